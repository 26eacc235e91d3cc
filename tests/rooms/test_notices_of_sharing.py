"""The owner of an agreement is told when somebody else adds it, and of each use if wanted (AGR-4, AGR-11)."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest
from django.http import Http404

from pactdesk.agreements import services as agreements
from pactdesk.agreements.models import Agreement, Registration
from pactdesk.cases.services.submission import submit
from pactdesk.journal.models import FactRow
from pactdesk.notifications import tasks
from pactdesk.notifications.models import OutgoingMail, WebhookDelivery
from pactdesk.notifications.rules.sharing import REGISTERED, USED
from pactdesk.notifications.services import announcing, choices, endpoints, telling_sharing
from tests import world
from tests.drafts import problem, ready

AT = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)

pytestmark = pytest.mark.django_db


def newest(code: str) -> int:
    return FactRow.objects.filter(code=code).latest("pk").pk


def told(code: str = "agreement.registered") -> list[OutgoingMail]:
    """What the newest fact owes, told twice."""
    ids = telling_sharing.tell(newest(code), at=AT)
    assert telling_sharing.tell(newest(code), at=AT) == [], "each notice has one key"
    return list(OutgoingMail.objects.filter(pk__in=ids))


def request_of(who: str, agreement_id: int) -> int:
    about = problem(summary="Only for its contacts")
    draft = ready(world.viewer(who), agreement_id, problem_answer=about, at=AT)
    return submit(draft, terms_accepted=True, actor=world.viewer(who), at=AT).number


@pytest.mark.req("AGR-4", "AGR-11")
def test_the_owner_is_told_who_added_the_agreement_when_and_how_to_withdraw_it() -> None:
    gold = world.agreement(owner="carla", registered=["cem"], at=AT)
    agreements.set_seat_limit(gold.id, 5, actor=world.viewer("carla"), at=AT)
    [mail] = told()
    assert (mail.to_address, mail.kind) == (world.person("carla").email, REGISTERED)
    seat = Registration.objects.get(agreement_id=gold.id)
    for expected in (
        "Cem Kowalski has added your agreement",
        world.person("cem").email,
        "14:00 (Athens)",
        "1 of 5",
        f"/benefits/{gold.id}/seats/{seat.pk}/",
        "/profile/letters/registrations/off/",
    ):
        assert expected in mail.text
    # No more than the owner's page says of a registrant, and never the pair.
    cem = world.person("cem")
    for kept in (cem.phone, "Baltic Sails", cem.time_zone, gold.contract_id):
        assert kept not in mail.text + mail.html
    choices.choose(set(), actor=world.viewer("carla"))
    agreements.add_agreement(*_pair(gold), subject=None, address="", actor=world.viewer("rafael"), at=AT)
    assert told() == [], "whoever wants no such letters gets none"


@pytest.mark.req("AGR-11")
def test_nobody_is_told_of_what_is_the_owners_own_or_nobodys_or_over() -> None:
    own = world.agreement(owner="carla", registered=["carla"], at=AT)
    assert told() == []
    world.agreement(registered=["cem"], at=AT)
    assert told() == []
    agreements.add_agreement(*_pair(own), subject=None, address="", actor=world.viewer("cem"), at=AT)
    seat = Registration.objects.get(agreement_id=own.id, account=world.person("cem"))
    agreements.revoke_registration(own.id, seat.pk, actor=world.viewer("carla"), at=AT)
    assert told() == [], "access that was withdrawn meanwhile is no news"


@pytest.mark.req("AGR-11", "REQ-1")
def test_each_use_is_told_to_owners_who_want_it_without_a_word_of_the_request() -> None:
    gold = world.agreement(units=3, owner="carla", registered=["carla", "cem"], at=AT)
    number = request_of("cem", gold.id)
    tasks.queue_notices_of_use(newest("case.opened"))
    assert not telling_sharing.anybody_wants_to_know()
    assert told("case.opened") == [], "off until chosen"
    choices.choose({"uses"}, actor=world.viewer("carla"))
    assert telling_sharing.anybody_wants_to_know()
    [mail] = told("case.opened")
    assert (mail.to_address, mail.kind) == (world.person("carla").email, USED)
    for expected in (f"PD-{number}", "Cem Kowalski", "1 incident", "2 of 3 incidents left"):
        assert expected in mail.text
    assert "Only for its contacts" not in mail.text + mail.html + mail.subject
    request_of("carla", gold.id)
    assert told("case.opened") == [], "one's own use is no news"


@pytest.mark.req("AGR-4", "AGR-11")
def test_what_the_owner_chose_for_one_agreement_goes_before_what_was_chosen_for_all() -> None:
    carla, cem = world.viewer("carla"), world.viewer("cem")
    one, other = (world.agreement(owner="carla", registered=["cem"], at=AT) for _each in range(2))
    choices.choose_about(one.id, {"registrations": False, "uses": True}, actor=carla)
    assert telling_sharing.anybody_wants_to_know(), "of one agreement is enough"
    for plan, expected in ((one, True), (other, False)):
        request_of("cem", plan.id)
        assert bool(told("case.opened")) is expected
        agreements.add_agreement(*_pair(plan), subject=None, address="", actor=world.viewer("olaf"), at=AT)
        assert bool(told()) is not expected

    choices.choose_about(one.id, {"registrations": None, "uses": False}, actor=carla)
    choices.choose({"uses"}, actor=carla)
    request_of("cem", one.id)
    assert told("case.opened") == []
    request_of("cem", other.id)
    assert told("case.opened")
    agreements.add_agreement(*_pair(one), subject=None, address="", actor=world.viewer("rafael"), at=AT)
    assert told() == [], "left as of all, which was not chosen"

    choices.choose_about(one.id, {"uses": True}, actor=carla)
    choices.switch_off("uses", actor=carla)
    request_of("cem", one.id)
    assert told("case.opened") == [], "the link in a letter stops all such letters"
    for who, code in ((cem, "uses"), (carla, "rights")):
        with pytest.raises(Http404 if who == cem else KeyError):
            choices.choose_about(one.id, {code: True}, actor=who)


@pytest.mark.req("AGR-11")
def test_programs_of_the_owner_are_told_and_those_of_the_primary_contact_are_not() -> None:
    gold = world.agreement(owner="carla", at=AT)
    carla = world.person("carla")
    assert carla.organization is not None
    carla.organization.primary_contact = world.person("cem")
    carla.organization.save()
    for who in ("carla", "cem"):
        endpoints.add_endpoint(
            "https://hooks.example/x",
            description="",
            events=("agreement.registered",),
            actor=world.viewer(who),
            at=AT,
        )
    agreements.add_agreement(*_pair(gold), subject=None, address="", actor=world.viewer("rafael"), at=AT)
    announcing.announce(newest("agreement.registered"), at=AT)
    [delivery] = WebhookDelivery.objects.all()
    assert delivery.endpoint.account_id == carla.pk
    data = json.loads(delivery.body)["data"]
    assert data["agreement"] == gold.id
    assert set(data) == {"agreement", "unit", "counted_in", "links"}
    assert Agreement.objects.get(pk=gold.id).access_id not in delivery.body


def _pair(agreement: world.Agreement) -> tuple[str, str]:
    return agreement.access_id, agreement.contract_id
