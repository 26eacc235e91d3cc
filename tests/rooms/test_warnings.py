"""Whoever answers for an agreement is told in time that it runs low or ends soon: each step once (AGR-2, AGR-10)."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.conf import LazySettings
from django.db import transaction

from pactdesk.accounts.models import Location, Organization
from pactdesk.agreements import ledger, tasks
from pactdesk.agreements.models import Agreement, BalanceWarning, LedgerReader
from pactdesk.agreements.queries.warnings import may_be_warned, warned
from pactdesk.agreements.rules.warnings import read_steps
from pactdesk.agreements.services import set_asides, warnings
from pactdesk.journal.models import FactRow
from pactdesk.kernel.ids import new_key
from pactdesk.notifications import tasks as notifications
from pactdesk.notifications.models import LetterChoice, OutgoingMail, WebhookDelivery
from pactdesk.notifications.rules.balances import FACT_CODES
from pactdesk.notifications.rules.events import EVENT_TYPES
from pactdesk.notifications.services import announcing, endpoints, telling_balances
from tests import world
from tests.racing import at_once, behind, outcome

AT = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
DAY = timedelta(days=1)
USUAL = read_steps("20%,1", "60,30,7")

pytestmark = pytest.mark.django_db


@pytest.fixture
def ten() -> int:
    """The id of an agreement of Carla's with ten incidents, of which two would be a fifth."""
    return world.agreement(units=10, owner="carla", at=AT).id


def take(agreement_id: int, units: int = 1) -> None:
    key = str(new_key())
    ledger.deduct(agreement_id, case_number=100_001, key=key, actor_id=None, at=AT, units=units)


def give(agreement_id: int, units: int = 1) -> None:
    key = str(new_key())
    ledger.credit(
        agreement_id, case_number=100_001, key=key, actor_id=None, at=AT, note="goodwill", units=units
    )


def look(at: datetime = AT) -> list[tuple[str, int]]:
    """The steps that are told anew by a look at what moved, with what was left."""
    known = set(FactRow.objects.values_list("pk", flat=True))
    warnings.look_at_what_moved(USUAL, at=at)
    facts = FactRow.objects.filter(code__in=FACT_CODES).exclude(pk__in=known).order_by("pk")
    return [(fact.payload["step"], fact.payload["units_left"]) for fact in facts]


@pytest.mark.req("AGR-10")
def test_each_step_is_told_once_and_the_one_reached_last_speaks_for_those_before(ten: int) -> None:
    assert look() == []
    take(ten, 7)
    assert look() == []
    take(ten)
    assert look() == [("20%", 2)]
    assert look() == []
    take(ten, 2)
    assert look() == [("1", 0)]
    assert look() == []
    another = world.agreement(units=10, owner="carla", at=AT).id
    take(another, 10)
    assert look() == [("1", 0)]
    assert BalanceWarning.objects.filter(agreement_id=another).count() == 2


@pytest.mark.req("AGR-6", "AGR-10")
def test_what_is_given_back_arms_a_step_again_once_the_balance_is_above_it(ten: int) -> None:
    take(ten, 9)
    assert look() == [("1", 1)]
    give(ten)
    assert look() == []  # two left: above the last one, not above a fifth
    take(ten)
    assert look() == [("1", 1)]
    give(ten, 5)
    look()
    take(ten, 4)
    assert look() == [("20%", 2)]
    assert BalanceWarning.objects.filter(over_at=None).count() == 1


@pytest.mark.req("AGR-2")
def test_the_end_is_told_at_each_step_and_anew_when_it_was_put_off(ten: int) -> None:
    end = Agreement.objects.get(pk=ten).ends_at

    def at_the_end(at: datetime) -> list[str]:
        known = set(FactRow.objects.values_list("pk", flat=True))
        warnings.look_at_the_ends(USUAL, at=at)
        facts = FactRow.objects.filter(code="agreement.ending-soon").exclude(pk__in=known)
        return [fact.payload["step"] for fact in facts]

    assert at_the_end(end - 61 * DAY) == []
    assert at_the_end(end - 60 * DAY) == ["60d"]
    assert at_the_end(end - 59 * DAY) == []
    # The worker was down: one step speaks for both.
    assert at_the_end(end - 6 * DAY) == ["7d"]
    assert at_the_end(end - 5 * DAY) == []
    Agreement.objects.filter(pk=ten).update(ends_at=end + 40 * DAY)
    assert at_the_end(end - 4 * DAY) == ["60d"]
    assert at_the_end(end + 40 * DAY) == []


def test_nobody_is_told_of_what_cannot_pay_anyhow_or_is_not_counted(ten: int) -> None:
    take(ten, 10)
    Agreement.objects.filter(pk=ten).update(suspended_at=AT)
    assert look() == look() == []
    assert warnings.look_at_all(USUAL, at=AT) == 0
    # Once it pays again the daily look finds what was not told.
    Agreement.objects.filter(pk=ten).update(suspended_at=None)
    assert look() == []
    assert warnings.look_at_all(USUAL, at=AT) == 1
    over = world.ended_agreement(units=10, owner="carla")
    take(over.id, 10)
    assert look() == []


def test_an_entry_that_is_written_later_under_a_lower_number_is_not_missed(ten: int) -> None:
    take(ten, 9)
    (entry,) = Agreement.objects.get(pk=ten).entries.filter(kind="deduct").values_list("pk", flat=True)
    # As if another one with a higher number had been seen while this one was not there yet.
    LedgerReader.objects.update_or_create(name="warnings", defaults={"before": entry - 1, "upto": entry})
    assert look() == [("1", 1)]
    assert LedgerReader.objects.get().before == entry
    assert look() == []


def test_steps_are_the_operators_choice(ten: int, settings: LazySettings) -> None:
    settings.WARN_AT_BALANCE, settings.WARN_BEFORE_END = "50%", ""
    take(ten, 5)
    with time_machine.travel(AT, tick=False):
        tasks.warn_of_balances.func(0)
        tasks.warn_of_balances.func(0)
        tasks.warn_of_ends.func(0)
    assert list(FactRow.objects.filter(code__in=FACT_CODES).values_list("payload__step", flat=True)) == [
        "50%"
    ]


@pytest.mark.django_db(transaction=True)
@pytest.mark.req("AGR-10")
def test_two_who_look_at_once_tell_it_once() -> None:
    ten = world.agreement(units=10, owner="carla", at=AT).id
    take(ten, 9)
    looks = [lambda: warnings.look_at_all(USUAL, at=AT)] * 2
    assert sorted(at_once(looks)) == [0, 1]
    give(ten, 9)
    warnings.look_at_all(USUAL, at=AT)
    take(ten, 9)
    with behind(*looks) as waiting:
        pass
    assert outcome(waiting[0]) == 0
    assert FactRow.objects.filter(code="agreement.balance-low").count() == 2


def test_the_owner_and_the_contact_of_the_organization_are_told_and_nobody_twice(ten: int) -> None:
    organization = Organization.objects.get(pk=world.organization_of("carla"))
    carla, cem, olaf = (world.person(who).pk for who in ("carla", "cem", "olaf"))

    def told() -> list[tuple[int, bool]]:
        about = warned(ten)
        assert about is not None
        return list(about.readers)

    assert told() == [(carla, True)]
    Location.objects.create(
        organization=organization, name="Piraeus", country="GR", is_headquarters=True, primary_contact_id=olaf
    )
    assert told() == [(carla, True), (olaf, False)]
    organization.primary_contact_id = cem
    organization.save()
    assert told() == [(carla, True), (cem, False)]
    organization.primary_contact_id = carla
    organization.save()
    assert told() == [(carla, True)]
    assert may_be_warned(ten, carla)
    assert not may_be_warned(ten, olaf)


def test_of_what_was_set_aside_the_contact_of_its_holder_is_told() -> None:
    world.relationship("rafael", "carla")
    given = world.agreement(units=10, owner="rafael", at=AT)
    held = set_asides.set_aside(
        given.id,
        world.organization_of("carla"),
        units=5,
        most_units=None,
        key="aside",
        actor=world.viewer("rafael"),
        at=AT,
    )
    Organization.objects.filter(pk=world.organization_of("carla")).update(primary_contact=world.person("cem"))
    take(held, 4)
    assert look() == [("1", 1)]
    about = warned(held)
    assert about is not None
    assert about.readers == ((world.person("cem").pk, True),)


@pytest.mark.req("LOC-1")
def test_letters_are_in_the_readers_language_once_and_can_be_switched_off(ten: int) -> None:
    carla, cem = world.person("carla", language="pl"), world.person("cem", language="en")
    Organization.objects.filter(pk=carla.organization_id).update(primary_contact=cem)
    take(ten, 9)
    look()
    fact = FactRow.objects.latest("pk")
    with time_machine.travel(AT, tick=False):
        notifications.write_letters_about_balances.func(fact.pk)
        assert telling_balances.tell(fact.pk, at=AT) == []
    polish, english = OutgoingMail.objects.order_by("-to_address")[:2][::-1]
    assert [polish.language, english.language] == ["pl", "en"]
    assert english.subject.startswith("Nearly used up: ")
    assert "1 of 10 incidents left" in english.text
    assert f"/benefits/{ten}/" in polish.text
    assert f"/benefits/{ten}/" not in english.text, "Cem has not added it and could not open its page"
    assert "/profile/letters/balances/off/" in english.text
    assert "Nearly" not in polish.text
    LetterChoice.objects.create(account=cem, choice="balances", wanted=False)
    give(ten, 9)
    look()
    take(ten, 9)
    look()
    (mail,) = telling_balances.tell(FactRow.objects.latest("pk").pk, at=AT)
    assert OutgoingMail.objects.get(pk=mail).account_id == carla.pk


def test_programs_of_those_who_answer_for_it_are_told_without_the_pair(
    ten: int, settings: LazySettings
) -> None:
    settings.WEBHOOKS_TO_THIS_MACHINE = True
    for who in ("carla", "olaf"):
        endpoints.add_endpoint(
            "http://127.0.0.1:9/", description="", events=EVENT_TYPES, actor=world.viewer(who), at=AT
        )
    take(ten, 9)
    look()
    fact = FactRow.objects.latest("pk")
    assert len(announcing.announce(fact.pk, at=AT)) == 1
    announcing.announce(fact.pk, at=AT)
    delivery = WebhookDelivery.objects.get()
    body = json.loads(delivery.body)
    assert body["type"] == "agreement.balance-low"
    assert body["data"] == {
        "agreement": ten,
        "unit": "incident",
        "counted_in": "incidents",
        "units_left": 1,
        "units_granted": 10,
        "ends_at": Agreement.objects.get(pk=ten).ends_at.isoformat(),
        "step": "1",
        "links": {"page": f"{settings.BASE_URL}/benefits/{ten}/"},
    }
    assert Agreement.objects.get(pk=ten).access_id not in delivery.body


def test_who_answers_for_it_no_more_gets_nothing_that_waited(ten: int, settings: LazySettings) -> None:
    from pactdesk.notifications.services import delivering

    settings.WEBHOOKS_TO_THIS_MACHINE = True
    new = endpoints.add_endpoint(
        "http://127.0.0.1:9/", description="", events=EVENT_TYPES, actor=world.viewer("carla"), at=AT
    )
    take(ten, 9)
    look()
    announcing.announce(FactRow.objects.latest("pk").pk, at=AT)
    with transaction.atomic():
        Agreement.objects.filter(pk=ten).update(owner=world.person("olaf"))
    delivering.deliver(new.endpoint_id, clock=lambda: AT)
    delivery = WebhookDelivery.objects.get()
    assert (delivery.state, delivery.body) == ("withheld", "")
