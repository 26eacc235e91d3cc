"""The guided request in a customer's context: entered through the customer, said throughout, confirmed (IDN-4, OBO)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest
from django.http import HttpResponse
from django.urls import reverse
from django.utils import timezone

from pactdesk.accounts.models import Organization
from pactdesk.agreements.models import Agreement
from pactdesk.agreements.services.memberships import join_programme
from pactdesk.cases.models import Case
from pactdesk.catalog import queries as catalog
from pactdesk.delegation.models import Delegation
from pactdesk.delegation.services import delegations
from pactdesk.kernel.ids import new_key
from tests import world
from tests.doors.guided import Guided, contact_form, problem_form, support_form, texts
from tests.doors.visitors import visitor
from tests.drafts import problem

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("contexts")]


@pytest.fixture(autouse=True)
def _catalogue(db: None) -> Iterator[None]:
    world.catalogue()
    yield
    catalog.forget()


def product_at(channel: str) -> str:
    """A product that is supported there."""
    return next(
        code
        for code, each in catalog.current().products.items()
        if each.channel.code == channel and not each.retired
    )


def for_customer(channel: str = "online-services", who: str = "nora", **changes: str) -> ForCustomer:
    return ForCustomer(who, channel, **changes)


class ForCustomer(Guided):
    """Somebody of a partner with a draft for Carla's organization, or about to begin one."""

    def __init__(self, who: str, channel: str, **changes: str) -> None:
        world.person(who, language="en")
        Organization.objects.filter(pk=world.organization_of("nora")).update(kind="partner")
        super().__init__(who, visitor(who))
        self.customer = world.organization_of("carla")
        product = catalog.current().product(product_at(channel))
        version = product.offered_versions[0].code if product.offered_versions else ""
        self.answered = problem(product=product.code, version=version, usage="", **changes)

    @property
    def new(self) -> str:
        return reverse("portal:customer-request-new", args=[self.customer])

    def start(self, **changes: str) -> HttpResponse:
        data = problem_form(self.answered, draft=str(self.draft_id), customer=str(self.customer), **changes)
        response: HttpResponse = self.client.post(self.new, data)
        return response

    def verified(self, agreement: int | None = None) -> None:
        """All steps up to the fifth, answered and confirmed."""
        assert self.start().status_code == 302
        assert (
            self.send("support", support_form(agreement, country="CZ", time_zone="Europe/Prague")).status_code
            == 302
        )
        assert self.send("contact", contact_form(self.who)).status_code == 302
        assert self.send("share").status_code == 302
        assert self.send("verify", {"for_customer": "on"}).status_code == 302


@pytest.mark.req("IDN-4")
@pytest.mark.req("OBO-1")
def test_a_request_for_a_customer_says_so_throughout_and_has_to_be_confirmed() -> None:
    world.administrator("nora")
    world.delegation("nora", "carla", "submit", "read")
    guided = for_customer()
    page = guided.client.get(
        f"{guided.new}?family={catalog.current().product(guided.answered.product).family.code}"
    )
    text = page.content.decode()
    assert "For Olive Grove Foods" in text
    assert "Under the rights that this customer granted to you, until" in text
    # Products on somebody's own machines belong to no tenant, so none of them is on offer.
    assert 'value="windows-server"' not in text
    assert guided.start().status_code == 302
    assert guided.draft is not None
    assert guided.draft.customer_id == guided.customer
    assert "For Olive Grove Foods" in guided.client.get("/requests/drafts/").content.decode()
    assert "For Olive Grove Foods" in guided.client.get("/").content.decode()
    guided.send("support", support_form(None, country="CZ", time_zone="Europe/Prague"))
    guided.send("contact", contact_form("nora"))
    guided.send("share")
    for step in ("problem", "support", "contact", "share", "verify"):
        assert "For Olive Grove Foods" in texts(guided.get(step)), step
    refused = guided.send("verify")
    assert refused.status_code == 422
    assert "Confirm that this request is for Olive Grove Foods." in texts(refused)
    assert guided.send("verify", {"for_customer": "on"}).status_code == 302
    # Whoever sends it without the page that names the customer has not confirmed this one.
    for told in ({}, {"for_customer": str(world.organization_of("cem"))}, {"for_customer": "x"}):
        guided.send("submit", {"terms_accepted": "on", **told})
        assert guided.case is None
    guided.send("verify", {"for_customer": "on"})
    sent = guided.send("submit", {"terms_accepted": "on", "for_customer": str(guided.customer)})
    case = guided.case
    assert case is not None
    assert (case.customer_id, case.delegation_id is not None) == (guided.customer, True)
    text = texts(guided.client.get(sent["Location"]))
    assert "For Olive Grove Foods" in text
    assert "rights that the customer granted on" in text
    page = guided.client.get(reverse("portal:request", args=[f"PD-{case.pk}"]))
    assert "Made for Olive Grove Foods Made by Nora Dvořáková, Northgate Distribution" in texts(page)
    rows = guided.client.get(reverse("portal:customer", args=[guided.customer])).context["requests"].rows
    assert [row["number"] for row in rows] == [f"PD-{case.pk}"]


@pytest.mark.req("IDN-4")
def test_nobody_comes_into_a_customers_context_but_through_that_customer() -> None:
    world.administrator("nora")
    world.delegation("nora", "carla", "submit")
    for who in ("olaf", "cem", "rafael", "carla", "marta"):
        assert for_customer(who=who).client.get(for_customer().new).status_code == 404
        assert for_customer(who=who).start().status_code == 404
    # A file that makes the draft makes it for the customer, and for nobody whose customer it is not.
    nora, olaf = for_customer(), for_customer(who="olaf")
    about = {"file_name": "a.txt", "file_size": "3", "file_mark": "1", "customer": str(nora.customer)}
    for guided, status in ((nora, 201), (olaf, 404)):
        data = problem_form(guided.answered) | about
        answer = guided.client.post(reverse("portal:draft-files", args=[guided.draft_id]), data)
        assert answer.status_code == status
    assert nora.draft is not None
    assert nora.draft.customer_id == nora.customer
    assert olaf.draft is None
    # What is begun for oneself stays one's own, whatever a form says.
    own = Guided("nora", nora.client)
    own.begin(customer=str(nora.customer))
    assert own.draft is not None
    assert own.draft.customer_id is None


@pytest.mark.req("OBO-2")
def test_contact_details_of_the_customer_are_refused_at_the_field() -> None:
    world.administrator("nora")
    world.delegation("nora", "carla", "submit")
    guided = for_customer()
    guided.start()
    guided.send("support", support_form(None, country="CZ", time_zone="Europe/Prague"))
    carla = world.viewer("carla")
    refused = guided.send("contact", contact_form("nora", email=carla.email))
    assert refused.status_code == 422
    assert f"{carla.email} is one of the customer's." in texts(refused)
    assert refused.context["form"].errors.keys() == {"email"}
    assert guided.send("contact", contact_form("nora")).status_code == 302
    added = guided.send("share", {"name": "Carla", "email": carla.email, "action": "add"})
    assert added.status_code == 422
    assert guided.answers["share"] == []


@pytest.mark.req("OBO-6")
def test_what_pays_for_customers_is_offered_and_the_rest_with_its_reason() -> None:
    world.administrator("nora")
    world.delegation("nora", "carla", "submit", "spend", units=3)
    world.role_on(world.subscription("carla"), "nora", "owner")
    own = world.agreement("gold-partner-support-20", owner="nora", registered=["nora"])
    theirs = world.agreement("signature-cloud-support", owner="carla", registered=["carla"])
    at = timezone.now()
    membership = join_programme(
        "cloud-solution-provider",
        world.organization_of("nora"),
        starts_on=(at - timedelta(days=1)).date(),
        time_zone="UTC",
        actor_id=None,
        at=at,
    )
    guided = for_customer("cloud-subscriptions", subscription="sub-1001")
    assert guided.start().status_code == 302
    page = guided.get("support")
    cards = {card["value"]: card for card in page.context["plan_cards"]}
    assert own.id not in cards
    assert list(cards) == [membership, theirs.id]
    assert "An agreement of Olive Grove Foods: you may still spend 3 of 3 incidents" in texts(page)
    assert [plan["title"] for plan in page.context["unusable"]]
    # For the own tenant it is the other way round.
    world.role_on(world.subscription("nora", "own-1"), "nora", "owner")
    mine = Guided("nora", guided.client)
    assert mine.begin(guided.answered, subscription="own-1").status_code == 302
    page = mine.get("support")
    assert page.context["plan_cards"] == []
    assert "not for your own tenant" in texts(page)
    guided.send("support", support_form(theirs.id, country="CZ", time_zone="Europe/Prague"))
    guided.send("contact", contact_form("nora"))
    guided.send("share")
    guided.send("verify", {"for_customer": "on"})
    guided.send("submit", {"terms_accepted": "on", "for_customer": str(guided.customer)})
    assert guided.case is not None
    assert guided.case.agreement_id == theirs.id
    assert Delegation.objects.get(revoked_at=None).units_spent == 1
    assert Agreement.objects.get(pk=own.id).units_left == 20


@pytest.mark.req("RTE-3")
@pytest.mark.parametrize("way", ["way:reproduce", "way:best-effort"])
def test_out_of_scope_goes_on_in_ones_own_name_with_everything_kept(way: str) -> None:
    world.administrator("nora", "helpdesk-administrator")
    world.delegation("nora", "carla", "submit", "read")
    world.subscription("carla")
    world.role_on(world.subscription("nora", "own-1"), "nora", "owner")
    guided = for_customer("cloud-subscriptions", subscription="sub-1001")
    refused = guided.start()
    assert refused.status_code == 422
    text = texts(refused)
    assert "A helpdesk administrator cannot make requests on a customer's subscription." in text
    assert "Reproduce it on your own subscription" in text
    data = problem_form(guided.answered, draft=str(guided.draft_id), summary="Typed last", action=way)
    turned = guided.send("problem", data)
    assert turned.status_code == 302
    assert guided.draft is not None
    assert guided.draft.customer_id is None
    assert guided.answers["problem"]["summary"] == "Typed last"
    page = guided.get("problem")
    text = texts(page)
    assert "goes on in your own name" in text
    assert "For Olive Grove Foods" not in text
    if way == "way:best-effort":
        assert page.context["form"]["best_effort"].value() == "on"
        again = guided.send("problem", problem_form(guided.answered, subscription="", best_effort="on"))
    else:
        again = guided.send("problem", problem_form(guided.answered, subscription="own-1"))
    assert again.status_code == 302, texts(again)
    assert bool(guided.answers["problem"]["best_effort"]) == (way == "way:best-effort")


@pytest.mark.req("RTE-3")
def test_on_a_subscription_of_ones_own_a_role_is_needed_or_no_access() -> None:
    world.administrator("nora", "helpdesk-administrator")
    world.subscription("nora", "own-1")
    guided = for_customer("cloud-subscriptions")
    own = Guided("nora", guided.client)

    def begin(**changes: str) -> HttpResponse:
        return own.begin(guided.answered, **changes)

    missing = begin()
    assert missing.status_code == 422
    assert "Choose the subscription that this is about." in texts(missing)
    refused = begin(subscription="own-1")
    assert refused.status_code == 422
    assert "You have no role on this subscription that lets us restore something on it" in texts(refused)
    assert "Ask for help that needs no access" in texts(refused)
    world.role_on(world.subscription("nora", "own-1"), "nora", "contributor")
    assert begin(subscription="own-1").status_code == 302
    # Somebody else's number is not on offer, whatever the form says.
    world.subscription("carla", "sub-1001")
    assert begin(subscription="sub-1001").status_code == 422


@pytest.mark.req("OBO-3")
@pytest.mark.parametrize("how", ["revoked", "ended"])
def test_a_delegation_that_ends_in_the_middle_is_said_at_once_and_nothing_is_sent(how: str) -> None:
    world.administrator("nora")
    under = world.delegation("nora", "carla", "submit", "read")
    guided = for_customer()
    guided.verified()
    if how == "revoked":
        delegations.revoke(under, actor=world.viewer("carla"), at=timezone.now())
        said = "This customer has taken back the rights that it had granted to your organization."
    else:
        Delegation.objects.update(granted_at=world.LONG_AGO, ends_at=timezone.now() - timedelta(minutes=1))
        said = "The rights that this customer granted to your organization have run out."
    for step in ("problem", "support", "contact", "share", "verify", "submit"):
        text = texts(guided.get(step))
        assert said in text, step
        assert ("Reproduce it on your own subscription" in text) == (step not in {"verify", "submit"}), step
    assert guided.send("verify", {"for_customer": "on"}).status_code == 422
    answer = guided.send("submit", {"terms_accepted": "on", "for_customer": str(guided.customer)})
    assert answer.status_code == 302
    assert not Case.objects.exists()
    # What is typed meanwhile is kept, and goes on in one's own name.
    typed = contact_form("nora", name="Nora D.", action="way:best-effort")
    assert guided.send("contact", typed).status_code == 302
    assert guided.answers["contact"]["name"] == "Nora D."
    assert guided.draft is not None
    assert guided.draft.customer_id is None


@pytest.mark.req("OBO-5")
def test_whoever_has_a_role_on_the_subscription_acts_under_it() -> None:
    guided = for_customer("cloud-subscriptions", who="rafael", subscription="sub-1001")
    world.role_on(world.subscription("carla"), "rafael", "contributor")
    page = guided.client.get(guided.new)
    assert page.status_code == 200
    assert guided.start().status_code == 302
    assert "Under your role on Subscription sub-1001: Contributor." in texts(guided.get("support"))


def test_a_second_click_makes_one_draft_for_the_customer() -> None:
    world.administrator("nora")
    world.delegation("nora", "carla", "submit")
    guided = for_customer()
    guided.draft_id = new_key()
    assert [guided.start().status_code, guided.start().status_code] == [302, 302]
    assert guided.draft is not None
    assert guided.draft.customer_id == guided.customer


@pytest.mark.req("OBO-1")
@pytest.mark.req("OBO-4")
def test_rights_for_one_subscription_lead_to_a_request_about_it() -> None:
    world.administrator("nora")
    subscription = world.subscription("carla")
    world.subscription("carla", "sub-1002")
    world.delegation("nora", "carla", "submit", "read", subscription_id=subscription.pk)
    guided = for_customer("cloud-subscriptions", subscription="sub-1001")
    page = guided.client.get(reverse("portal:customer", args=[guided.customer]))
    offered = [row["url"] for row in page.context["families"]]
    assert offered
    assert "has not granted" not in texts(guided.client.get(offered[0]))
    assert guided.start().status_code == 302
    # What is about no subscription needs rights of its own.
    online = for_customer("online-services")
    refused = online.start()
    assert (refused.status_code, "has not granted" in texts(refused)) == (422, True)
    assert for_customer("cloud-subscriptions", subscription="sub-1002").start().status_code == 422
