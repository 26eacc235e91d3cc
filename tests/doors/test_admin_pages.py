"""What operators see of accounts, agreements, requests and the outbox, and what even they do not see."""

from __future__ import annotations

import re

import pytest
from django.conf import LazySettings
from django.contrib.auth.models import Permission
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from procrastinate.contrib.django.models import ProcrastinateJob

from pactdesk.accounts.models import Account, Competency, Enrolment, Location, Organization, OrganizationRole
from pactdesk.agreements import ledger
from pactdesk.agreements.models import Agreement
from pactdesk.cases.services.submission import submit
from pactdesk.delegation.models import Relationship, Subscription
from pactdesk.journal.models import FactRow
from pactdesk.notifications.models import OutgoingMail, WebhookDelivery, WebhookEndpoint
from pactdesk.notifications.services import endpoints, outbox
from tests import buying, drafts, world

MODELS = [
    "accounts_account",
    "accounts_organization",
    "accounts_location",
    "agreements_agreement",
    "cases_case",
    "cases_draft",
    "delegation_delegation",
    "delegation_relationship",
    "delegation_roleassignment",
    "delegation_subscription",
    "mailbox_receivedmail",
    "notifications_outgoingmail",
    "notifications_webhookendpoint",
    "notifications_webhookdelivery",
    "purchases_paymentevent",
    "purchases_purchase",
]


@pytest.fixture
def operator(client: Client, db: None) -> Client:
    client.force_login(world.person("marta", is_superuser=True))
    return client


def helper(client: Client, *permissions: str) -> Client:
    """An operator who is no superuser and may do only what is named."""
    marta = world.person("marta")
    marta.user_permissions.set(Permission.objects.filter(codename__in=permissions))
    client.force_login(marta)
    return client


def page(client: Client, name: str, *args: object) -> str:
    answer = client.get(reverse(name, args=args))
    assert answer.status_code == 200
    return answer.content.decode()


@pytest.mark.parametrize("model", MODELS)
def test_every_list_opens(operator: Client, model: str) -> None:
    carla = world.viewer("carla")
    plan = world.agreement(registered=["carla"])
    submit(
        drafts.ready(carla, plan.id, at=timezone.now()), terms_accepted=True, actor=carla, at=timezone.now()
    )
    page(operator, f"admin:{model}_changelist")


@pytest.mark.parametrize("path", ["/admin/agreements/agreement/", "/admin/accounts/account/"])
@pytest.mark.parametrize("who", ["carla", "olaf"])
def test_nobody_but_operators_comes_in(client: Client, db: None, who: str, path: str) -> None:
    client.force_login(world.person(who))
    assert client.get(path).status_code == 302


@pytest.mark.req("AGR-10", "AGR-11", "BEN-2")
def test_what_the_service_centre_does_at_its_desk_cannot_be_done_around_it(operator: Client) -> None:
    """No agreement is issued, handed over or limited here, nobody is enrolled, and no contact is named, to whom pairs
    would be mailed: at the desk each of it has a reason, a fact, and where it is much a second person."""
    plan = world.agreement(owner="carla", registered=["carla"])
    organization = Organization.objects.get(pk=world.organization_of("carla"))
    place = Location.objects.create(organization=organization, name="Piraeus", country="GR")
    before = Agreement.objects.values().get()
    assert operator.get(reverse("admin:agreements_agreement_add")).status_code == 403
    change = reverse("admin:agreements_agreement_change", args=[plan.id])
    shown = operator.get(change).content.decode()
    assert plan.contract_id not in re.sub(r"\s", "", shown)
    assert "pair_digest" not in shown
    forged = {"owner": world.person("cem").pk, "organization": "", "seat_limit": "1", "units_left": "99"}
    assert operator.post(change, forged).status_code == 403
    issue = {"programme_code": "gold-partner-support-20", "starts_on": "2026-11-20", "zone": "UTC"}
    assert operator.post(reverse("admin:agreements_agreement_add"), issue).status_code == 403
    assert Agreement.objects.values().get() == before

    of_organization = {
        "name": organization.name,
        "kind": organization.kind,
        "partner_number": "",
        "primary_contact": world.person("cem").pk,
        **rows("locations", 1, id=place.pk, name="Piraeus", country="GR", primary_contact=before["owner_id"]),
        **rows("domains", 0),
        **rows("enrolments", 0, level="gold", renewed_on="2026-11-01", ends_on="2027-10-31"),
    }
    url = reverse("admin:accounts_organization_change", args=[organization.pk])
    assert operator.post(url, of_organization).status_code == 302
    url = reverse("admin:accounts_location_change", args=[place.pk])
    assert (
        operator.post(url, rows("competencies", 0, name="Cloud", earned_on="2026-11-01")).status_code == 302
    )
    organization.refresh_from_db()
    place.refresh_from_db()
    assert (organization.primary_contact, place.primary_contact) == (None, None)
    assert not Enrolment.objects.exists()
    assert not Competency.objects.exists()


def rows(inline: str, initial: int, **first: object) -> dict[str, object]:
    """What the administration sends of the rows within a page, one of them."""
    frame = {f"{inline}-TOTAL_FORMS": 1, f"{inline}-INITIAL_FORMS": initial}
    return (
        {**frame, **{f"{inline}-0-{name}": value for name, value in first.items()}}
        if first
        else {
            f"{inline}-TOTAL_FORMS": 0,
            f"{inline}-INITIAL_FORMS": 0,
        }
    )


@pytest.mark.req("AGR-10")
def test_the_ledger_can_be_looked_at_and_not_edited(operator: Client) -> None:
    plan = world.agreement(units=5)
    ledger.adjust(plan.id, units=2, key="x", actor_id=None, at=timezone.now(), note="counted again")
    shown = page(operator, "admin:agreements_agreement_change", plan.id)
    assert "counted again" in shown
    for field in ("entries-0-units", "suspended_at_0", "ends_at_0", "units_left"):
        assert f'name="{field}"' not in shown
    assert (
        operator.post(
            reverse("admin:agreements_agreement_delete", args=[plan.id]), {"post": "yes"}
        ).status_code
        == 403
    )


def test_the_outbox_shows_no_text_because_it_may_hold_codes(operator: Client) -> None:
    letter = outbox.Letter(
        "k", "account", "carla@mail.example", "en", "Sign-in code", "Your code is 424242", "<b>424242</b>"
    )
    mail_id = outbox.post(letter, at=timezone.now())
    shown = page(operator, "admin:notifications_outgoingmail_change", mail_id)
    assert "carla@mail.example" in shown
    assert "424242" not in shown


@pytest.mark.parametrize(
    "model", ["cases_case", "cases_draft", "notifications_outgoingmail", "accounts_location"]
)
def test_what_is_read_only_offers_no_adding(operator: Client, model: str) -> None:
    assert operator.get(reverse(f"admin:{model}_add")).status_code == 403


def test_an_operator_cannot_raise_powers_or_touch_a_superuser(client: Client, db: None) -> None:
    helper(client, "view_account", "change_account")
    boss = world.person("ines", is_superuser=True, is_staff=True)
    marta = world.person("marta")
    for account in (marta, world.person("cem")):
        fields = {
            "kind": "work",
            "first_name": "M",
            "last_name": "N",
            "is_active": "on",
            "is_staff": "on",
            "is_superuser": "on",
        }
        client.post(reverse("admin:accounts_account_change", args=[account.pk]), fields)
    assert set(Account.objects.filter(is_superuser=True)) == {boss}
    url = reverse("admin:accounts_account_change", args=[boss.pk])
    assert client.post(url, {"first_name": "X"}).status_code == 403
    assert client.get(reverse("admin:auth_user_password_change", args=[boss.pk])).status_code == 403
    assert client.get(reverse("admin:auth_group_add")).status_code == 403


def test_an_account_is_made_with_its_address_in_lower_case(operator: Client) -> None:
    page(operator, "admin:accounts_account_add")
    answer = operator.post(
        reverse("admin:accounts_account_add"),
        {
            "email": "New.Person@Example.ORG",
            "first_name": "New",
            "last_name": "Person",
            "kind": "work",
            "usable_password": "true",
            "password1": world.PASSWORD,
            "password2": world.PASSWORD,
        },
    )
    assert answer.status_code == 302
    account = Account.objects.get(email="new.person@example.org")
    page(operator, "admin:accounts_account_change", account.pk)


def test_an_organization_is_edited_with_its_locations(operator: Client) -> None:
    organization = world.person("nora").organization
    assert organization is not None
    shown = page(operator, "admin:accounts_organization_change", organization.pk)
    assert 'name="locations-TOTAL_FORMS"' in shown


@pytest.mark.req("BEN-4")
def test_a_location_is_not_removed_and_where_it_is_says_who_has_put_it_there(operator: Client) -> None:
    organization = Organization.objects.get(pk=world.organization_of("carla"))
    place = Location.objects.create(organization=organization, name="Piraeus", country="GR")
    Competency.objects.create(location=place, name="Cloud", earned_on=timezone.localdate())
    url = reverse("admin:accounts_organization_change", args=[organization.pk])

    def save(**typed: object) -> None:
        about = {"name": organization.name, "kind": organization.kind, "partner_number": ""}
        first = rows("locations", 1, id=place.pk, organization=organization.pk, name="Piraeus", **typed)
        data = {**about, **first, **rows("domains", 0), **rows("enrolments", 0)}
        assert operator.post(url, data).status_code == 302

    save(country="GR", DELETE="on")
    assert Competency.objects.exists()
    assert not FactRow.objects.filter(code="organization.location-changed").exists()
    save(country="CY", is_headquarters="on")
    told = FactRow.objects.get(code="organization.location-changed")
    assert (told.subject_id, told.payload["location"]) == (organization.pk, place.pk)
    assert told.payload["country"] == ["GR", "CY"]
    assert told.payload["headquarters"] == [False, True]
    assert told.actor_id is not None


def _hooked() -> tuple[int, int]:
    """An endpoint of Carla's whose URL has a token in it, and a parked delivery to it."""
    carla = world.viewer("carla")
    new = endpoints.add_endpoint(
        "https://hooks.example.com/in?token=hush",
        description="",
        events=["request.opened"],
        actor=carla,
        at=timezone.now(),
    )
    delivery_id = endpoints.send_test(new.endpoint_id, actor=carla, at=timezone.now())
    WebhookDelivery.objects.update(state="parked", attempts=15, last_error="call.timed-out")
    return new.endpoint_id, delivery_id


def test_operators_see_endpoints_without_secrets_and_deliveries_without_what_they_say(
    operator: Client,
) -> None:
    endpoint_id, delivery_id = _hooked()
    for name, key in (("webhookendpoint", endpoint_id), ("webhookdelivery", delivery_id)):
        listed = page(operator, f"admin:notifications_{name}_changelist")
        shown = page(operator, f"admin:notifications_{name}_change", key)
        for html in (listed, shown):
            assert "hooks.example.com/in" in html
            assert "hush" not in html
            assert "whsec" not in html
            assert "&quot;sequence&quot;" not in html


def test_operators_send_deliveries_again(operator: Client) -> None:
    _endpoint_id, delivery_id = _hooked()
    answer = operator.post(
        reverse("admin:notifications_webhookdelivery_changelist"),
        {"action": "replay", "_selected_action": [delivery_id]},
        follow=True,
    )
    assert "1 event is sent again." in answer.content.decode()
    assert WebhookDelivery.objects.get().state == "queued"


def test_operators_switch_endpoints_off_and_on(operator: Client) -> None:
    endpoint_id, _delivery_id = _hooked()
    where = reverse("admin:notifications_webhookendpoint_changelist")
    operator.post(where, {"action": "switch_off", "_selected_action": [endpoint_id]})
    assert WebhookEndpoint.objects.get().disabled_reason == "operator"
    operator.post(where, {"action": "switch_on", "_selected_action": [endpoint_id]})
    assert WebhookEndpoint.objects.get().is_active


def test_an_operator_who_may_only_look_neither_sends_again_nor_switches(client: Client, db: None) -> None:
    endpoint_id, delivery_id = _hooked()
    marta = helper(client, "view_webhookdelivery", "view_webhookendpoint")
    for name, action, key in (
        ("webhookdelivery", "replay", delivery_id),
        ("webhookendpoint", "switch_off", endpoint_id),
    ):
        where = reverse(f"admin:notifications_{name}_changelist")
        assert f'value="{action}"' not in marta.get(where).content.decode()
        marta.post(where, {"action": action, "_selected_action": [key]})
    assert WebhookDelivery.objects.get().state == "parked"
    assert WebhookEndpoint.objects.get().is_active


def test_operators_try_parked_mails_again(operator: Client) -> None:
    letter = outbox.Letter("test:1", "test", "ana@example.org", "en", "Hello", "Text")
    mail_id = outbox.post(letter, at=timezone.now())
    OutgoingMail.objects.update(state="parked", attempts=16, last_error="451 no")
    where = reverse("admin:notifications_outgoingmail_changelist")
    answer = operator.post(where, {"action": "try_again", "_selected_action": [mail_id]}, follow=True)
    assert "1 mail is tried again." in answer.content.decode()
    assert (OutgoingMail.objects.get().state, OutgoingMail.objects.get().attempts) == ("queued", 0)
    assert ProcrastinateJob.objects.filter(args={"mail_id": mail_id}).exists()


@pytest.mark.req("OBO-4")
def test_operators_say_who_looks_after_whom_and_mend_subscriptions_and_only_look_at_what_was_granted(
    operator: Client,
) -> None:
    world.administrator("nora")
    granted = world.delegation("nora", "carla", "read")
    role = world.role_on(world.subscription("carla"), "olaf", "reader")
    for model, row in (("delegation", granted), ("roleassignment", role.pk)):
        name = f"admin:delegation_{model}"
        assert operator.get(reverse(f"{name}_add")).status_code == 403
        assert operator.get(reverse(f"{name}_change", args=[row])).status_code == 200
        assert operator.post(reverse(f"{name}_change", args=[row]), {}).status_code == 403
        assert operator.post(reverse(f"{name}_delete", args=[row]), {"post": "yes"}).status_code == 403
    related = {
        "partner": world.organization_of("rafael"),
        "customer": world.organization_of("cem"),
        "tier": "reseller",
        "provider": world.organization_of("nora"),
    }
    assert operator.post(reverse("admin:delegation_relationship_add"), related).status_code == 302
    made = Relationship.objects.get(partner_id=related["partner"])
    assert (made.customer_name, made.provider_id) == ("baltic sails", related["provider"])
    assert operator.post(reverse("admin:delegation_relationship_add"), related).status_code == 200
    own = {**related, "customer": related["partner"]}
    assert operator.post(reverse("admin:delegation_relationship_add"), own).status_code == 200
    assert Relationship.objects.filter(partner_id=related["partner"]).count() == 1
    new = {"organization": world.organization_of("cem"), "number": "SUB-7", "name": "Sails"}
    assert operator.post(reverse("admin:delegation_subscription_add"), new).status_code == 302
    subscription = Subscription.objects.get(number="SUB-7")
    Subscription.objects.update(ended_at=timezone.now())
    page_of_it = reverse("admin:delegation_subscription_change", args=[subscription.pk])
    assert operator.post(page_of_it, {"name": "Sails", "ended_at_0": "", "ended_at_1": ""}).status_code == 302
    subscription.refresh_from_db()
    assert subscription.ended_at is None


@pytest.mark.req("OBO-3")
@pytest.mark.usefixtures("contexts")
def test_nobody_who_is_moved_to_another_organization_administers_it(operator: Client) -> None:
    rafael = world.administrator("rafael").account_id
    address = reverse("admin:accounts_account_change", args=[rafael])
    [role] = OrganizationRole.objects.filter(account=rafael)
    as_it_stands = {
        **{
            name: value
            for name, value in operator.get(address).context["adminform"].form.initial.items()
            if value not in (None, False)
        },
        "organization_roles-TOTAL_FORMS": "1",
        "organization_roles-INITIAL_FORMS": "1",
        "organization_roles-0-id": str(role.pk),
        "organization_roles-0-account": str(rafael),
        "organization_roles-0-role": role.role,
    }
    assert operator.post(address, as_it_stands).status_code == 302
    assert world.viewer("rafael").administers
    former = world.organization_of("rafael")
    moved = {**as_it_stands, "organization": str(world.organization_of("nora"))}
    assert operator.post(address, moved).status_code == 302
    assert world.viewer("rafael").organization_id == world.organization_of("nora")
    told = FactRow.objects.get(code="account.moved")
    assert (told.actor_id, told.payload["organization"]) == (
        world.person("marta").pk,
        [former, world.organization_of("nora")],
    )
    assert not world.viewer("rafael").roles


def test_operators_look_at_a_purchase_and_change_nothing_of_it(
    operator: Client, settings: LazySettings
) -> None:
    settings.PAYMENT_PROVIDER = buying.SANDBOX
    purchase = buying.buy()
    assert purchase.number in page(operator, "admin:purchases_purchase_changelist")
    address = "admin:purchases_purchase_change"
    assert purchase.payment in page(operator, address, purchase.pk)
    assert operator.post(reverse(address, args=[purchase.pk]), {"state": "failed"}).status_code == 403
    assert operator.post(reverse("admin:purchases_purchase_delete", args=[purchase.pk])).status_code == 403
