"""What operators see of accounts, agreements, requests and the outbox, and what even they do not see."""

from __future__ import annotations

import re
from datetime import UTC, datetime

import pytest
from django.conf import LazySettings
from django.contrib.auth.models import Permission
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from procrastinate.contrib.django.models import ProcrastinateJob

from pactdesk.accounts.models import Account, OrganizationRole
from pactdesk.agreements import ledger
from pactdesk.agreements.models import Agreement, LedgerEntry
from pactdesk.cases.services.submission import submit
from pactdesk.delegation.models import Relationship, Subscription
from pactdesk.notifications.models import OutgoingMail, WebhookDelivery, WebhookEndpoint
from pactdesk.notifications.services import endpoints, outbox
from tests import buying, drafts, world

ISSUE = "admin:agreements_agreement_add"
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


@pytest.mark.req("AGR-11")
def test_an_issued_agreement_shows_its_pair_once(operator: Client) -> None:
    world.catalogue()
    page(operator, ISSUE)
    answer = operator.post(
        reverse(ISSUE),
        {
            "programme_code": "gold-partner-support-20",
            "starts_on": "2026-11-20",
            "zone": "Europe/Prague",
            "owner": world.person("nora").pk,
            "organization": world.person("nora").organization_id,
            "seat_limit": 5,
        },
    )
    agreement = Agreement.objects.get()
    told = answer.content.decode()
    assert answer.status_code == 200
    assert "no-store" in answer["Cache-Control"]
    shown = told.partition("Contract ID</dt>")[2].partition("</dd>")[0]
    contract_id = "".join(re.findall(r"[0-9]", shown.partition(">")[2]))
    assert agreement.access_id in told
    assert len(contract_id) == 20
    assert (agreement.owner, agreement.seat_limit, agreement.units_left) == (world.person("nora"), 5, 20)
    assert agreement.starts_at == datetime(2026, 11, 19, 23, tzinfo=UTC)
    assert LedgerEntry.objects.get().actor == world.person("marta")
    later = page(operator, "admin:agreements_agreement_change", agreement.pk)
    for secret in (
        contract_id,
        contract_id[:4] + " " + contract_id[4:8],
        "contract_id_sealed",
        "pair_digest",
    ):
        assert secret not in later


@pytest.mark.req("AGR-1", "AGR-11")
def test_an_imported_pair_is_kept_as_it_came(operator: Client) -> None:
    world.catalogue()
    answer = operator.post(
        reverse(ISSUE),
        {
            "programme_code": "gold-partner-support-20",
            "starts_on": "2026-11-20",
            "zone": "UTC",
            "quantity": 3,
            "known_access_id": "0042-17",
            "known_contract_id": "0000 77",
        },
    )
    assert answer.status_code == 200
    assert (Agreement.objects.get().access_id, Agreement.objects.get().units_left) == ("004217", 3)
    from pactdesk.agreements.services import add_agreement

    carla = world.viewer("carla")
    add_agreement("004217", "000077", subject=None, address="192.0.2.1", actor=carla, at=timezone.now())


@pytest.mark.parametrize(
    ("pair", "complaint"),
    [
        (("0042", ""), "Enter the Contract ID."),
        (("00A2", "77"), "An Access ID consists of digits only."),
        (("0230242323", "77"), "There is an agreement with this pair already."),
    ],
)
def test_a_pair_that_cannot_be_imported_is_refused_with_a_sentence(
    operator: Client, pair: tuple[str, str], complaint: str
) -> None:
    world.agreement(pair=world.Pair("0230242323", "77"))
    answer = operator.post(
        reverse(ISSUE),
        {
            "programme_code": "gold-partner-support-20",
            "starts_on": "2026-11-20",
            "zone": "UTC",
            "known_access_id": pair[0],
            "known_contract_id": pair[1],
        },
    )
    assert complaint in answer.content.decode()
    assert Agreement.objects.count() == 1


@pytest.mark.req("AGR-10")
def test_changing_an_agreement_leaves_alone_what_was_spent_meanwhile(
    operator: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The page is sent after another request has moved the balance: only what stands in the form is saved."""
    plan = world.agreement(units=5)
    loaded = Agreement.from_db.__func__

    def spent_after_loading(cls: type[Agreement], *args: object) -> Agreement:
        agreement: Agreement = loaded(cls, *args)
        monkeypatch.undo()
        ledger.deduct(plan.id, case_number=1, key="meanwhile", actor_id=None, at=timezone.now())
        return agreement

    monkeypatch.setattr(Agreement, "from_db", classmethod(spent_after_loading))
    answer = operator.post(
        reverse("admin:agreements_agreement_change", args=[plan.id]),
        {
            "owner": world.person("cem").pk,
            "organization": "",
            "seat_limit": "",
            **{
                f"{inline}-{name}_FORMS": 0
                for inline in ("registrations", "entries")
                for name in ("TOTAL", "INITIAL")
            },
        },
    )
    assert answer.status_code == 302
    saved = Agreement.objects.get(pk=plan.id)
    assert (saved.owner, saved.units_left) == (world.person("cem"), 4)


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
    moved = {**as_it_stands, "organization": str(world.organization_of("nora"))}
    assert operator.post(address, moved).status_code == 302
    assert world.viewer("rafael").organization_id == world.organization_of("nora")
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
