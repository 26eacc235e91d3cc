"""Submitting deducts one incident, exactly once, whoever races (WIZ-6, AGR-6, AGR-10)."""

from __future__ import annotations

import re
import threading
import uuid
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import psycopg
import pytest
from django.db import connection
from django.http import Http404

from pactdesk.agreements.models import Agreement, LedgerEntry
from pactdesk.cases.models import Case, Contact, Draft
from pactdesk.cases.rules.answers import Person, Support
from pactdesk.cases.services import drafts
from pactdesk.cases.services.submission import CannotSubmit, submit
from pactdesk.journal.models import FactRow
from tests import world
from tests.drafts import problem, ready

NOW = datetime(2026, 11, 20, 13, 2, tzinfo=UTC)  # a Friday, 15:02 in Athens


def left(agreement: world.Agreement) -> int:
    return Agreement.objects.get(pk=agreement.id).units_left


def refusal_of(draft_id: uuid.UUID, who: str = "carla", at: datetime = NOW) -> CannotSubmit:
    with pytest.raises(CannotSubmit) as refused:
        submit(draft_id, terms_accepted=True, actor=world.viewer(who), at=at)
    return refused.value


@pytest.fixture
def plan(db: None) -> world.Agreement:
    return world.agreement(units=3, registered=["carla"], at=NOW)


@pytest.mark.req("AGR-6", "WIZ-6", "AGR-10")
def test_submitting_makes_a_case_and_deducts_one_incident(plan: world.Agreement) -> None:
    carla = world.viewer("carla")
    submitted = submit(ready(carla, plan.id, at=NOW), terms_accepted=True, actor=carla, at=NOW)

    case = Case.objects.get(pk=submitted.number)
    assert (case.submitter_id, case.agreement_id, case.status) == (carla.account_id, plan.id, "new")
    assert left(plan) == 2
    entry = LedgerEntry.objects.get(agreement_id=plan.id, kind="deduct")
    assert (entry.units, entry.balance_after, entry.case_number, entry.actor_id, entry.at) == (
        -1,
        2,
        case.pk,
        carla.account_id,
        NOW,
    )
    fact = FactRow.objects.get(code="case.opened")
    assert (fact.subject_id, fact.actor_id) == (case.pk, carla.account_id)


@pytest.mark.req("AGR-10", "WIZ-8")
def test_submitting_twice_answers_the_same_case_and_deducts_once(plan: world.Agreement) -> None:
    carla = world.viewer("carla")
    draft_id = ready(carla, plan.id, at=NOW)
    first = submit(draft_id, terms_accepted=True, actor=carla, at=NOW)
    second = submit(draft_id, terms_accepted=True, actor=carla, at=NOW + timedelta(minutes=1))

    assert (second.number, second.replayed) == (first.number, True)
    assert left(plan) == 2
    assert FactRow.objects.filter(code="case.opened").count() == 1


@pytest.mark.req("WIZ-8")
def test_nothing_is_deducted_while_a_draft_is_not_sent(plan: world.Agreement) -> None:
    ready(world.viewer("carla"), plan.id, at=NOW)
    assert left(plan) == 3


@pytest.mark.req("WIZ-6")
def test_a_request_is_not_sent_before_the_service_agreement_is_accepted(plan: world.Agreement) -> None:
    carla = world.viewer("carla")
    with pytest.raises(CannotSubmit) as refused:
        submit(ready(carla, plan.id, at=NOW), terms_accepted=False, actor=carla, at=NOW)
    assert refused.value.decision.codes == ("intake.terms-not-accepted",)
    assert left(plan) == 3


@pytest.mark.req("WIZ-1")
def test_a_step_cannot_be_skipped(plan: world.Agreement) -> None:
    carla = world.viewer("carla")
    draft_id = ready(carla, plan.id, at=NOW)
    drafts.keep_unfinished(draft_id, "contact", None, actor=carla, at=NOW)

    refused = refusal_of(draft_id)
    assert (refused.decision.codes, refused.step) == (("intake.step-missing",), "contact")
    assert left(plan) == 3


@pytest.mark.req("WIZ-8")
def test_somebody_elses_draft_does_not_exist(plan: world.Agreement) -> None:
    draft_id = ready(world.viewer("carla"), plan.id, at=NOW)
    with pytest.raises(Http404):
        submit(draft_id, terms_accepted=True, actor=world.viewer("olaf"), at=NOW)
    assert left(plan) == 3


@pytest.mark.req("ELI-1")
def test_a_plan_of_somebody_else_does_not_pay(plan: world.Agreement) -> None:
    draft_id = ready(world.viewer("cem"), plan.id, at=NOW)
    assert refusal_of(draft_id, "cem").decision.codes == ("agreement.gone",)
    assert left(plan) == 3


@pytest.mark.req("ELI-2", "ELI-3")
def test_a_plan_that_ended_or_ran_out_since_step_2_is_refused_there(plan: world.Agreement) -> None:
    carla = world.viewer("carla")
    draft_id = ready(carla, plan.id, at=NOW)
    for _ in range(3):
        submit(ready(carla, plan.id, at=NOW), terms_accepted=True, actor=carla, at=NOW)

    refused = refusal_of(draft_id)
    assert (refused.decision.codes, refused.step) == (("agreement.no-incidents-left",), "support")
    assert "agreement.expired" in refusal_of(draft_id, at=NOW + timedelta(days=500)).decision.codes
    assert left(plan) == 0


@pytest.mark.req("WIZ-6", "REQ-1")
def test_contacts_are_tied_to_the_accounts_that_proved_their_address(plan: world.Agreement) -> None:
    carla = world.viewer("carla")
    cem = world.viewer("cem")
    stranger = Person(name="Somebody", email="somebody@elsewhere.example")
    draft_id = ready(carla, plan.id, at=NOW, share=(Person(name="Cem", email=cem.email), stranger))
    number = submit(draft_id, terms_accepted=True, actor=carla, at=NOW).number

    contacts = dict(Contact.objects.filter(case_id=number).values_list("email", "account_id"))
    assert contacts == {carla.email: carla.account_id, cem.email: cem.account_id, stranger.email: None}


@pytest.mark.req("SEV-6", "SEV-2")
def test_the_promise_is_frozen_with_the_case(plan: world.Agreement) -> None:
    carla = world.viewer("carla")
    number = submit(ready(carla, plan.id, at=NOW), terms_accepted=True, actor=carla, at=NOW).number

    case = Case.objects.get(pk=number)
    # Four business hours from Friday 15:02 in Athens: 1:58 that day, the rest on Monday from 9:00.
    assert case.first_response_due_at == datetime(2026, 11, 23, 9, 2, tzinfo=UTC)
    assert case.terms["initial_response_minutes"] == 240
    assert {"policy", "calendar", "service_agreement"} <= set(case.terms)


@pytest.mark.req("SEV-4", "WIZ-2")
def test_around_the_clock_needs_somebody_to_call(plan: world.Agreement) -> None:
    carla = world.viewer("carla")
    unreachable = Support(plan.id, "A", "24x7", "", "", carla.country, carla.time_zone)
    refused = refusal_of(ready(carla, plan.id, at=NOW, support=unreachable))
    assert (refused.decision.codes, refused.step) == (("intake.night-contact-missing",), "support")

    reachable = Support(
        plan.id,
        "A",
        "24x7",
        "Night desk",
        "+30 21 0123 9999",
        carla.country,
        carla.time_zone,
        night_time_zone="Europe/Prague",
    )
    draft_id = ready(carla, plan.id, at=NOW, support=reachable)
    case = Case.objects.get(pk=submit(draft_id, terms_accepted=True, actor=carla, at=NOW).number)
    assert case.first_response_due_at == NOW + timedelta(hours=2)
    assert (case.hours, case.night_name, case.night_time_zone) == ("24x7", "Night desk", "Europe/Prague")


@pytest.mark.req("WIZ-2")
def test_only_the_critical_severity_may_be_around_the_clock(plan: world.Agreement) -> None:
    carla = world.viewer("carla")
    wish = Support(plan.id, "B", "24x7", "Night desk", "+30 21 0123 9999", carla.country, carla.time_zone)
    refused = refusal_of(ready(carla, plan.id, at=NOW, support=wish))
    assert refused.decision.codes == ("intake.only-critical-around-the-clock",)


@pytest.mark.req("IDN-2", "WIZ-1")
def test_a_product_of_a_channel_that_is_not_open_is_not_submitted_here(
    plan: world.Agreement, closed_channel: str
) -> None:
    from pactdesk.catalog import queries as catalog

    carla = world.viewer("carla")
    elsewhere = next(product for product in catalog.current().products.values() if not product.channel.open)
    answered = problem(product=elsewhere.code, version="", category="any", problem="any")
    refused = refusal_of(ready(carla, plan.id, at=NOW, problem_answer=answered))
    assert (refused.decision.codes[0], refused.step) == ("channel.other-front-door", "problem")
    assert left(plan) == 3


# The races need connections of their own, so these tests commit.

RACERS = 200


def race(draft_ids: list[uuid.UUID], who: str) -> Counter[str]:
    """Submit all drafts at the same moment, each on a connection of its own; count how it ended for each."""
    viewer = world.viewer(who)
    barrier = threading.Barrier(len(draft_ids))

    def run(draft_id: uuid.UUID) -> str:
        try:
            connection.ensure_connection()
            barrier.wait(timeout=60)
            return (
                "replayed"
                if submit(draft_id, terms_accepted=True, actor=viewer, at=NOW).replayed
                else "submitted"
            )
        except CannotSubmit as refused:
            return refused.decision.codes[0]
        finally:
            connection.close()

    with ThreadPoolExecutor(max_workers=len(draft_ids)) as racers:
        return Counter(racers.map(run, draft_ids))


def copies_of_a_draft(draft_id: uuid.UUID, count: int) -> list[uuid.UUID]:
    """As many drafts with the same answers."""
    draft = Draft.objects.get(pk=draft_id)
    copies = [uuid.uuid4() for _ in range(count)]
    Draft.objects.bulk_create(
        Draft(
            id=copy,
            account_id=draft.account_id,
            answers=draft.answers,
            created_at=NOW,
            saved_at=NOW,
            expires_at=draft.expires_at,
        )
        for copy in copies
    )
    return copies


@pytest.mark.req("AGR-10")
@pytest.mark.django_db(transaction=True)
def test_200_simultaneous_submissions_on_the_last_incident_make_one_request() -> None:
    plan = world.agreement(units=1, registered=["carla"], at=NOW)
    racers = copies_of_a_draft(ready(world.viewer("carla"), plan.id, at=NOW), RACERS)

    assert race(racers, "carla") == Counter({"agreement.no-incidents-left": RACERS - 1, "submitted": 1})
    assert left(plan) == 0
    assert Case.objects.count() == 1
    assert LedgerEntry.objects.filter(agreement_id=plan.id, kind="deduct").count() == 1


@pytest.mark.req("AGR-10")
@pytest.mark.django_db(transaction=True)
def test_without_the_ledgers_guard_the_same_race_overspends() -> None:
    """The twin: takes the guard away and sees the loss that it prevents."""
    plan = world.agreement(units=1, registered=["carla"], at=NOW)
    racers = copies_of_a_draft(ready(world.viewer("carla"), plan.id, at=NOW), RACERS)
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_get_functiondef('agreements_post_entry'::regproc)")
        guarded: str = cursor.fetchone()[0]
        unguarded = re.sub(r"AND \(NEW\.units > 0.*?END\)", "", guarded, flags=re.DOTALL)
        assert unguarded != guarded
        checks = (
            ("agreements_agreement", "agreement_balance_within_overdraft", "units_left >= 0 - overdraft"),
        )
        for table, name, _condition in checks:
            cursor.execute(f"ALTER TABLE {table} DROP CONSTRAINT {name}")
        cursor.execute(unguarded)
        try:
            outcomes = race(racers, "carla")
            assert outcomes["submitted"] > 1
            assert left(plan) < 0
        finally:
            cursor.execute("TRUNCATE agreements_agreement CASCADE")
            cursor.execute(guarded)
            for table, name, condition in checks:
                cursor.execute(f"ALTER TABLE {table} ADD CONSTRAINT {name} CHECK ({condition})")


@pytest.mark.req("AGR-10")
@pytest.mark.django_db(transaction=True)
def test_the_same_draft_sent_50_times_at_once_makes_one_request() -> None:
    plan = world.agreement(units=10, registered=["carla"], at=NOW)
    draft_id = ready(world.viewer("carla"), plan.id, at=NOW)

    assert race([draft_id] * 50, "carla") == Counter({"replayed": 49, "submitted": 1})
    assert left(plan) == 9
    assert Case.objects.count() == 1


@pytest.mark.req("AGR-10")
@pytest.mark.django_db(transaction=True)
def test_a_connection_lost_in_the_middle_leaves_nothing_behind(monkeypatch: pytest.MonkeyPatch) -> None:
    """The server ends the connection between two statements of one submission: nothing of it stays, and sending again
    works."""
    from pactdesk.journal import services as journal

    plan = world.agreement(units=2, registered=["carla"], at=NOW)
    carla = world.viewer("carla")
    draft_id = ready(carla, plan.id, at=NOW)
    record = journal.record

    def end_the_connection(*args: object, **kwargs: object) -> None:
        with psycopg.connect(**connection.get_connection_params()) as other:
            other.execute("SELECT pg_terminate_backend(%s)", [connection.connection.info.backend_pid])
        record(*args, **kwargs)

    monkeypatch.setattr(journal, "record", end_the_connection)
    with pytest.raises(psycopg.OperationalError):
        submit(draft_id, terms_accepted=True, actor=carla, at=NOW)
    connection.close()
    assert (Case.objects.count(), left(plan)) == (0, 2)

    monkeypatch.undo()
    assert not submit(draft_id, terms_accepted=True, actor=carla, at=NOW).replayed
    assert (Case.objects.count(), left(plan)) == (1, 1)
