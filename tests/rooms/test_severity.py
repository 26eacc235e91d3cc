"""How severe a request is: changed, lowered because nobody can be reached, restored, and its clock set back."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.http import Http404

from pactdesk.accounts.models import Team
from pactdesk.cases.models import ReachAttempt
from pactdesk.cases.queries import severity as queries
from pactdesk.cases.rules.answers import AROUND_THE_CLOCK, Person, Support
from pactdesk.cases.rules.severity import Level, Reachable, Wanted
from pactdesk.cases.services import clocks, severity
from pactdesk.cases.services.changing import CannotChange
from pactdesk.cases.services.submission import submit
from pactdesk.journal.models import FactRow
from pactdesk.kernel.ids import new_key
from pactdesk.notifications.models import OutgoingMail
from pactdesk.notifications.services import telling
from pactdesk.servicelevels.rules.timers import Metric
from tests import world
from tests.drafts import problem, ready
from tests.racing import behind, outcome
from tests.rooms.test_clocks import DAY, HOUR, NOW, answered, case, is_kept_as_folded, plan, sent, shown

__all__ = ["plan"]

MINUTE = timedelta(minutes=1)
# A Friday, 23:00 in Prague.
NIGHT = datetime(2026, 11, 20, 22, 0, tzinfo=UTC)
SOMEBODY = Reachable("Night desk", "+420 601 123 999", "Europe/Prague")
UP, DOWN = Wanted("A", reachable=SOMEBODY), Wanted("B")

pytestmark = pytest.mark.django_db


@pytest.fixture
def critical(plan: world.Agreement) -> int:
    """Severity A around the clock, sent at night."""
    return sent(plan, "A", at=NIGHT)


def by_nora(number: int, wanted: Wanted, at: datetime, reason: str = "It has become worse.") -> None:
    severity.change_by_contact(number, wanted, reason=reason, actor=world.viewer("nora"), at=at)


def tried(
    number: int,
    at: datetime,
    outcome: str = "no-answer",
    *,
    made: timedelta = timedelta(0),
    key: uuid.UUID | None = None,
) -> None:
    severity.log_attempt(
        number,
        channel="phone",
        outcome=outcome,
        made_at=at - made,
        key=key or new_key(),
        actor=world.viewer("ines"),
        at=at,
    )


def lower(number: int, at: datetime, seen: int | None = None) -> Level:
    return severity.lower_as_unreachable(number, seen=seen, actor=world.viewer("ines"), at=at)


def restore(number: int, at: datetime) -> Level:
    return severity.restore(number, actor=world.viewer("nora"), at=at)


def lowered(number: int) -> datetime:
    """Lower it after two attempts in vain; answers when."""
    tried(number, NIGHT + 10 * MINUTE)
    tried(number, NIGHT + 40 * MINUTE)
    lower(number, NIGHT + 41 * MINUTE)
    return NIGHT + 41 * MINUTE


def told(number: int) -> list[str]:
    return list(FactRow.objects.filter(subject_id=number).order_by("pk").values_list("code", flat=True))


# Changing it


@pytest.mark.req("SEV-1")
@pytest.mark.req("SEV-6")
def test_raising_brings_what_is_owed_forward_and_lowering_takes_it_back(plan: world.Agreement) -> None:
    number = sent(plan)
    assert case(number).due_at == datetime(2026, 11, 23, 9, 2, tzinfo=UTC)
    by_nora(number, UP, NOW + HOUR)
    raised = case(number)
    assert (raised.severity, raised.hours, raised.due_at) == ("A", "24x7", NOW + 3 * HOUR)
    assert (raised.night_name, raised.night_time_zone) == ("Night desk", "Europe/Prague")
    ines = world.viewer("ines")
    severity.change(number, DOWN, reason="A workaround.", seen=raised.revision, actor=ines, at=NOW + 2 * HOUR)
    assert (
        case(number).due_at == case(number).first_response_due_at == datetime(2026, 11, 23, 9, 2, tzinfo=UTC)
    )
    assert is_kept_as_folded(number, NOW + 2 * HOUR)
    facts = FactRow.objects.filter(code="case.severity-changed").order_by("pk")
    assert [(f.payload["before"], f.payload["after"], f.payload["side"]) for f in facts] == [
        ("B", "A", "requester"),
        ("A", "B", "vendor"),
    ]


@pytest.mark.req("SEV-6")
def test_what_would_happen_is_what_happens(plan: world.Agreement) -> None:
    number, nora = sent(plan), world.viewer("nora")
    answered(number, NOW + HOUR)
    for wanted in (UP, Wanted("C"), Wanted("A", "business")):
        with transaction.atomic():
            expected = queries.outlook(nora, number, wanted, at_desk=False, at=NOW + 2 * HOUR)
            assert expected.decision.allowed
            assert [change.metric for change in expected.due] == [Metric.UPDATE]
            assert expected.due[0].before == case(number).due_at
            by_nora(number, wanted, NOW + 2 * HOUR)
            assert case(number).due_at == expected.due[0].after
            kept = queries.severity_page(nora, number, at_desk=False).level
            assert kept == expected.level
            transaction.set_rollback(True)


def test_asking_what_would_happen_changes_nothing(plan: world.Agreement) -> None:
    number = sent(plan)
    before = case(number).revision
    queries.outlook(world.viewer("nora"), number, UP, at_desk=False, at=NOW + HOUR)
    assert (case(number).severity, case(number).revision, told(number)) == ("B", before, ["case.opened"])


@pytest.mark.req("SEV-4")
@pytest.mark.parametrize(
    ("wanted", "reason", "code"),
    [
        (Wanted("A"), "Worse.", "intake.night-contact-missing"),
        (Wanted("B"), "Worse.", "severity.as-before"),
        (Wanted("Z"), "Worse.", "intake.severity-missing"),
        (UP, "  ", "message.empty"),
        (UP, "x" * 1001, "message.too-long"),
    ],
)
def test_what_cannot_be_is_refused_and_leaves_nothing_behind(
    plan: world.Agreement, wanted: Wanted, reason: str, code: str
) -> None:
    number = sent(plan)
    with pytest.raises(CannotChange, match=code):
        by_nora(number, wanted, NOW + HOUR, reason)
    assert (case(number).severity, told(number)) == ("B", ["case.opened"])


@pytest.mark.req("SEV-1")
def test_a_plan_offers_what_it_promised_when_the_request_was_sent(plan: world.Agreement) -> None:
    nora = world.viewer("nora")
    advice = world.agreement("partner-advisory-hours-20", registered=["nora"], at=NOW)
    asked = problem(category="advice", problem="deployment-planning")
    draft = ready(nora, advice.id, at=NOW, problem_answer=asked)
    number = submit(draft, terms_accepted=True, actor=nora, at=NOW).number
    page = queries.severity_page(nora, number, at_desk=False)
    assert [(offer.severity, offer.decision.codes) for offer in page.offers] == [
        ("A", ("severity.not-in-plan",)),
        ("B", ()),
        ("C", ()),
    ]
    with pytest.raises(CannotChange, match=r"severity\.not-in-plan"):
        by_nora(number, UP, NOW + HOUR)


def test_nobody_overwrites_what_somebody_else_changed(plan: world.Agreement) -> None:
    number, ines = sent(plan), world.viewer("ines")
    by_nora(number, UP, NOW + HOUR)
    with pytest.raises(CannotChange, match=r"case\.changed-meanwhile"):
        severity.change(number, Wanted("C"), reason="Small.", seen=0, actor=ines, at=NOW + HOUR)


def test_it_is_for_contacts_and_the_desk_alone(plan: world.Agreement, critical: int) -> None:
    for who in ("olaf", "carla"):
        viewer = world.viewer(who)
        for verb in (
            lambda who=viewer: severity.change_by_contact(critical, DOWN, reason="x", actor=who, at=NIGHT),
            lambda who=viewer: severity.change(critical, DOWN, reason="x", seen=None, actor=who, at=NIGHT),
            lambda who=viewer: severity.restore(critical, actor=who, at=NIGHT),
            lambda who=viewer: severity.lower_as_unreachable(critical, seen=None, actor=who, at=NIGHT),
            lambda who=viewer: queries.why(who, critical, at_desk=False, at=NIGHT),
            lambda who=viewer: queries.reaching(who, critical),
        ):
            with pytest.raises(Http404):
                verb()
    with pytest.raises(Http404):
        severity.change_by_contact(critical, DOWN, reason="x", actor=world.viewer("ines"), at=NIGHT)


# Nobody can be reached


@pytest.mark.req("SEV-4")
def test_it_is_lowered_after_two_attempts_half_an_hour_apart(critical: int) -> None:
    ines = world.viewer("ines")

    def standing() -> tuple[tuple[str, ...], datetime | None]:
        found = queries.reaching(ines, critical)
        return found.decision.codes, found.counts_from

    assert standing() == (("severity.too-few-attempts",), None)
    tried(critical, NIGHT + 10 * MINUTE)
    assert standing() == (("severity.too-few-attempts",), NIGHT + 40 * MINUTE)
    tried(critical, NIGHT + 39 * MINUTE)
    assert standing() == (("severity.attempts-too-close",), NIGHT + 40 * MINUTE)
    with pytest.raises(CannotChange, match=r"severity\.attempts-too-close"):
        lower(critical, NIGHT + 39 * MINUTE)
    tried(critical, NIGHT + 40 * MINUTE)
    assert standing() == ((), None)
    expected = queries.outlook_of_lowering(ines, critical, at=NIGHT + 41 * MINUTE)
    assert lower(critical, NIGHT + 41 * MINUTE) == Level("B", "business")
    # Four hours of B, from Monday nine o'clock in Prague on.
    assert case(critical).due_at == expected.due[0].after == datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
    assert shown(critical) == ["initial-response 1 cancelled", "initial-response 2 running"]
    assert (case(critical).severity, case(critical).hours) == ("B", "business")
    assert is_kept_as_folded(critical, NIGHT + 41 * MINUTE)
    [fact] = FactRow.objects.filter(code="case.severity-lowered")
    assert len(fact.payload["attempts"]) == 3


@pytest.mark.req("SEV-4")
def test_restoring_starts_anew_and_can_be_done_once(critical: int) -> None:
    at = lowered(critical) + HOUR
    expected = queries.outlook_of_restoring(world.viewer("nora"), critical, at=at)
    assert restore(critical, at) == Level("A", "24x7")
    assert case(critical).due_at == expected.due[0].after == at + 2 * HOUR
    assert shown(critical)[1:] == ["initial-response 2 cancelled", "initial-response 3 running"]
    with pytest.raises(CannotChange, match=r"severity\.nothing-to-restore"):
        restore(critical, at)
    # To lower it again, it has to be tried again.
    with pytest.raises(CannotChange, match=r"severity\.too-few-attempts"):
        lower(critical, at + MINUTE)


@pytest.mark.req("SEV-4")
def test_what_was_missed_before_it_was_lowered_stays_missed(critical: int) -> None:
    tried(critical, NIGHT + 3 * HOUR)
    tried(critical, NIGHT + 4 * HOUR)
    lower(critical, NIGHT + 4 * HOUR)
    [first, _second] = queries.why(world.viewer("nora"), critical, at_desk=False, at=NIGHT + 5 * HOUR).why[
        ::-1
    ]
    assert first.timer.breached_at == NIGHT + 2 * HOUR


@pytest.mark.req("SEV-4")
@pytest.mark.req("SEV-6")
def test_somebody_who_was_reached_has_been_answered_when_that_was(critical: int) -> None:
    tried(critical, NIGHT + 10 * MINUTE)
    # Written down after the answer was due, said before.
    tried(critical, NIGHT + 3 * HOUR, "reached", made=2 * HOUR)
    assert shown(critical) == ["initial-response 1 met", "update 1 running"]
    subject = case(critical)
    assert (subject.first_response_at, subject.status) == (NIGHT + HOUR, "in-progress")
    assert subject.owner_id == world.viewer("ines").account_id
    with pytest.raises(CannotChange, match=r"severity\.reached-meanwhile"):
        lower(critical, NIGHT + 3 * HOUR)


def test_an_attempt_is_written_down_once_for_a_key_and_never_ahead(
    plan: world.Agreement, critical: int
) -> None:
    key = new_key()
    tried(critical, NIGHT + MINUTE, key=key)
    tried(critical, NIGHT + MINUTE, key=key)
    assert ReachAttempt.objects.count() == 1
    with pytest.raises(CannotChange, match=r"message\.key-taken"):
        tried(sent(plan, "A", at=NIGHT), NIGHT + MINUTE, key=key)
    for made in (-MINUTE, HOUR):
        with pytest.raises(CannotChange, match=r"case\.attempt-out-of-time"):
            tried(critical, NIGHT + 2 * MINUTE, made=made)
    with pytest.raises(ValueError, match="no attempt is made by"):
        tried(critical, NIGHT + MINUTE, "shouted")


@pytest.mark.parametrize(
    "statement", ["UPDATE cases_reachattempt SET at = now()", "DELETE FROM cases_reachattempt"]
)
def test_the_database_lets_nobody_change_the_log(critical: int, statement: str) -> None:
    tried(critical, NIGHT + MINUTE)
    with (
        pytest.raises(IntegrityError, match="written once"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(statement)


@pytest.mark.parametrize(
    ("changes", "guard"),
    [
        ({"channel": "pigeon"}, "reach_attempt_words_known"),
        ({"outcome": "perhaps"}, "reach_attempt_words_known"),
        ({"at": NIGHT + HOUR}, "reach_attempt_not_ahead"),
    ],
)
def test_the_database_refuses_an_attempt_that_cannot_be(
    critical: int, changes: dict[str, Any], guard: str
) -> None:
    fields = {"at": NIGHT, "logged_at": NIGHT, "channel": "phone", "outcome": "reached", **changes}
    with pytest.raises(IntegrityError, match=guard), transaction.atomic():
        ReachAttempt.objects.create(
            case_id=critical, actor_id=world.viewer("ines").account_id, key=new_key(), **fields
        )


# At the same moment


@pytest.mark.django_db(transaction=True)
def test_two_who_lower_it_at_once_lower_it_once(plan: world.Agreement) -> None:
    number = sent(plan, "A", at=NIGHT)
    tried(number, NIGHT + 10 * MINUTE)
    tried(number, NIGHT + 40 * MINUTE)
    at = NIGHT + 41 * MINUTE
    with behind(lambda: lower(number, at), lambda: lower(number, at)) as others:
        pass
    assert "severity.not-around-the-clock" in str(outcome(others[0]))
    assert told(number).count("case.severity-lowered") == 1


@pytest.mark.django_db(transaction=True)
def test_an_attempt_that_reaches_somebody_comes_before_lowering(plan: world.Agreement) -> None:
    number = sent(plan, "A", at=NIGHT)
    tried(number, NIGHT + 10 * MINUTE)
    tried(number, NIGHT + 40 * MINUTE)
    at = NIGHT + 41 * MINUTE
    with behind(lambda: tried(number, at, "reached"), lambda: lower(number, at)) as others:
        pass
    assert "severity.reached-meanwhile" in str(outcome(others[0]))
    assert case(number).severity == "A"


@pytest.mark.django_db(transaction=True)
def test_of_two_who_restore_it_at_once_one_does(plan: world.Agreement) -> None:
    number = sent(plan, "A", at=NIGHT)
    at = lowered(number) + MINUTE
    with behind(lambda: restore(number, at), lambda: restore(number, at)) as others:
        pass
    assert "severity.nothing-to-restore" in str(outcome(others[0]))
    assert shown(number)[-1] == "initial-response 3 running"
    assert clocks.differences([case(number)], at=at) == ()


# Setting the clock back


@pytest.fixture
def marta(plan: world.Agreement) -> Any:
    team = world.team("support", "marta")
    Team.objects.filter(pk=team.pk).update(manager=world.person("marta"))
    return world.viewer("marta")


@pytest.mark.req("SEV-6")
def test_the_manager_sets_the_clock_back_and_both_instants_are_kept(
    plan: world.Agreement, marta: Any
) -> None:
    number = sent(plan)
    expected = queries.outlook_of_start(marta, number, NOW - HOUR, at=NOW + MINUTE)
    severity.set_back(number, NOW - HOUR, reason="Called before.", seen=0, actor=marta, at=NOW + MINUTE)
    # Four hours from 13:02 in Prague on: three of Friday and two minutes less, the rest on Monday.
    assert case(number).due_at == expected.due[0].after == datetime(2026, 11, 23, 8, 2, tzinfo=UTC)
    assert case(number).opened_at == NOW
    [fact] = FactRow.objects.filter(code="case.clock-set-back")
    assert (fact.payload["before"], fact.payload["start"]) == (NOW.isoformat(), (NOW - HOUR).isoformat())
    with pytest.raises(CannotChange, match=r"case\.start-not-earlier"):
        severity.set_back(number, NOW - HOUR, reason="x", seen=None, actor=marta, at=NOW + 2 * MINUTE)


@pytest.mark.req("SEV-6")
def test_nobody_else_sets_it_back_and_not_after_the_answer(plan: world.Agreement, marta: Any) -> None:
    number = sent(plan)
    back = {"reason": "Called before.", "seen": None, "at": NOW + HOUR}
    with pytest.raises(CannotChange, match=r"case\.only-a-manager"):
        severity.set_back(number, NOW - HOUR, actor=world.viewer("ines"), **back)
    with pytest.raises(CannotChange, match=r"message\.empty"):
        severity.set_back(number, NOW - HOUR, actor=marta, **{**back, "reason": ""})
    answered(number, NOW + MINUTE)
    with pytest.raises(CannotChange, match=r"case\.answered-already"):
        severity.set_back(number, NOW - HOUR, actor=marta, **back)


# Letters


@pytest.fixture
def shared(plan: world.Agreement) -> int:
    """Severity A of Nora's, in which Carla is an additional contact."""
    carla, nora = world.viewer("carla"), world.viewer("nora")
    support = Support(plan.id, "A", AROUND_THE_CLOCK, "Night desk", "+420 601 123 999", "CZ", "Europe/Prague")
    share = (Person(carla.name, carla.email, "", carla.time_zone, "en"),)
    draft = ready(nora, plan.id, at=NIGHT, support=support, share=share)
    return submit(draft, terms_accepted=True, actor=nora, at=NIGHT).number


def letters(code: str, at: datetime) -> dict[str, OutgoingMail]:
    fact = FactRow.objects.filter(code=code).latest("id")
    telling.tell(fact.pk, at=at)
    return {mail.to_address.partition("@")[0]: mail for mail in OutgoingMail.objects.filter(fact_id=fact.pk)}


@pytest.mark.req("SEV-4")
def test_a_lowering_is_told_to_requester_and_partner_with_why_and_a_way_back(shared: int) -> None:
    at = lowered(shared)
    written = letters("case.severity-lowered", at)
    assert set(written) == {"nora", "carla"}
    text = written["carla"].text
    assert "from severity A to B" in text
    assert "We could not reach Night desk." in text
    assert "Sat 21 Nov 2026, 00:10" in text  # in Athens, where Carla is
    assert f"/requests/PD-{shared}/restore/" in text
    assert "Mon 23 Nov 2026, 14:00" in text
    restore(shared, at + MINUTE)
    written = letters("case.severity-restored", at + MINUTE)
    assert set(written) == {"carla"}
    assert "severity A again" in written["carla"].text


@pytest.mark.req("SEV-1")
def test_a_change_is_told_to_the_others_and_to_the_owner(shared: int) -> None:
    tried(shared, NIGHT + MINUTE, "reached")
    by_nora(shared, DOWN, NIGHT + DAY, "A workaround holds.")
    written = letters("case.severity-changed", NIGHT + DAY)
    assert set(written) == {"carla", "ines"}
    assert "A workaround holds." in written["carla"].text
    assert written["ines"].kind == "desk-severity"
