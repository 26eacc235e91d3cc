"""Advisory hours: an hour is set aside, consultants write their minutes, and the plan follows (AGR-6, AGR-7, RTE-2)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from importlib import import_module
from typing import Any

import pytest
from django.db import ProgrammingError, connection, transaction
from django.http import Http404

from pactdesk.agreements import amounts, ledger
from pactdesk.agreements.facts import BalanceLow
from pactdesk.agreements.models import Agreement, LedgerEntry
from pactdesk.agreements.services import set_asides
from pactdesk.cases.models import AdvisoryTime, Case
from pactdesk.cases.queries.advice import advice_page, times_told
from pactdesk.cases.queries.desk import desk_page
from pactdesk.cases.queries.requests import reopening
from pactdesk.cases.queries.timeline import timeline_of
from pactdesk.cases.rules.advice import cost, reopening_takes_more, writable
from pactdesk.cases.services import advice, ending, relations
from pactdesk.cases.services.changing import CannotChange, explained, taking
from pactdesk.cases.services.submission import CannotSubmit, submit
from pactdesk.desk.beside import what_reopening_does
from pactdesk.imports.models import Import
from pactdesk.journal import services as journal
from pactdesk.journal.queries import facts_about
from pactdesk.kernel.ids import new_key
from pactdesk.project.verification import prove
from tests import world
from tests.drafts import problem, ready
from tests.racing import at_once

AT = datetime(2026, 11, 20, 13, 2, tzinfo=UTC)
TODAY = AT.date()

pytestmark = pytest.mark.django_db


@pytest.fixture
def plan(db: None) -> world.Agreement:
    """Three advisory hours."""
    world.team("support", "ines", "marta")
    return world.agreement("partner-advisory-hours-20", units=3, registered=["carla"], at=AT)


def asked(plan: world.Agreement) -> int:
    """A request of advice that is paid by the plan."""
    carla = world.viewer("carla")
    about = problem(category="advice", problem="how-to")
    draft = ready(carla, plan.id, at=AT, severity="C", problem_answer=about)
    return submit(draft, terms_accepted=True, actor=carla, at=AT).number


def write(number: int, minutes: int, who: str = "ines", note: str = "Sizing") -> int:
    advice.write_time(
        number, minutes=minutes, day=TODAY, note=note, key=new_key(), actor=world.viewer(who), at=AT
    )
    return AdvisoryTime.objects.latest("pk").pk


def left(plan: world.Agreement) -> int:
    return Agreement.objects.get(pk=plan.id).units_left


def close(number: int, outcome: str = "decrement", cause: str = "") -> int:
    return ending.close(
        number, outcome=outcome, cause=cause, reason="Done.", seen=None, actor=world.viewer("ines"), at=AT
    )


def entries(plan: world.Agreement) -> list[tuple[str, int, str]]:
    rows = LedgerEntry.objects.filter(agreement_id=plan.id, case_number__isnull=False).order_by("position")
    return list(rows.values_list("kind", "units", "note"))


def applied(sums: dict[str, list[int]]) -> Import:
    """An import that was applied, with what it brought by programme: agreements, units granted, units left."""
    return Import.objects.create(
        state="applied",
        form="pactdesk",
        file_name="x",
        brought_at=AT,
        decided_at=AT,
        by_programme=sums,
        file_digest=b"",
        counts={"taken": 0},
    )


def nothing_is_broken() -> None:
    broken = {outcome.check.code: outcome.examples for _group, outcome in prove(at=AT) if outcome.is_broken}
    assert broken == {}


@pytest.mark.parametrize(
    ("minutes", "said"),
    [(0, "0 min"), (45, "45 min"), (60, "1 h"), (750, "12 h 30 min"), (-90, "−1 h 30 min")],
)
def test_minutes_are_told_as_people_say_them(minutes: int, said: str) -> None:
    assert amounts.in_time(minutes) == said


@pytest.mark.req("AGR-6", "AGR-7", "RTE-2")
def test_an_hour_is_set_aside_what_goes_beyond_is_deducted_and_what_is_not_used_comes_back(
    plan: world.Agreement,
) -> None:
    number = asked(plan)
    assert left(plan) == 120
    write(number, 40)
    assert left(plan) == 120
    write(number, 55, "marta", "Workshop")
    assert left(plan) == 85
    assert close(number) == 0
    other = asked(plan)
    write(other, 25)
    assert close(other) == 35
    assert left(plan) == 60
    assert entries(plan) == [
        ("deduct", -60, ""),
        ("deduct", -35, "time"),
        ("deduct", -60, ""),
        ("credit", 35, "unused"),
    ]
    nothing_is_broken()


@pytest.mark.req("AGR-6")
def test_what_does_not_count_gives_everything_back_and_reopening_takes_what_was_spent(
    plan: world.Agreement,
) -> None:
    number = asked(plan)
    write(number, 95)
    assert close(number, "non-decrement", "goodwill") == 95
    assert left(plan) == 180
    ines = world.viewer("ines")
    assert ending.reopen(number, reason="Again.", seen=None, actor=ines, at=AT) == 95
    assert left(plan) == 85
    close(number)
    # More than an hour was spent, so nothing is set aside beyond it: every minute more is deducted.
    assert ending.reopen(number, reason="Again.", seen=None, actor=ines, at=AT) == 0
    write(number, 5)
    assert left(plan) == 80
    assert close(number) == 0
    nothing_is_broken()


@pytest.mark.req("AGR-6", "AGR-10")
def test_an_hour_backs_one_open_request(plan: world.Agreement) -> None:
    ledger.adjust(plan.id, units=-120, key="one", actor_id=None, at=AT, note="one hour")
    carla, ines, number = world.viewer("carla"), world.viewer("ines"), asked(plan)
    ending.close_by_contact(number, reason="Found it.", actor=carla, at=AT)
    assert left(plan) == 60
    before, desk = reopening(carla, number, at=AT), desk_page(ines, number, at=AT)
    assert (before.takes, before.left, desk.taken_by_reopening) == (60, 60, 60)
    assert what_reopening_does(desk) == "What was given back when it was closed is deducted again."
    assert ending.reopen_by_contact(number, reason="Again.", actor=carla, at=AT) == 60
    case = Case.objects.get(pk=number)
    assert (case.charged_units, case.reserved_units, case.charge_count, left(plan)) == (60, 60, 2, 0)
    with pytest.raises(CannotSubmit):
        asked(plan)
    nothing_is_broken()
    # What was spent counts towards the hour.
    write(number, 25)
    assert close(number) == 35
    assert reopening(carla, number, at=AT).takes == 35
    other = Agreement.objects.filter(pk=plan.id)
    other.update(overdraft=60)
    second = asked(plan)
    other.update(overdraft=25)
    with pytest.raises(CannotChange) as refused:
        ending.reopen_by_contact(number, reason="Again.", actor=carla, at=AT)
    assert refused.value.decision.codes == ("advice.reopening-takes-more",)
    assert reopening(carla, number, at=AT).decision == refused.value.decision
    assert Case.objects.get(pk=number).status == "closed"
    assert close(second) == 60
    # Less than an hour is left, and enough for what is missing.
    assert reopening(carla, number, at=AT).decision.allowed
    assert ending.reopen(number, reason="Again.", seen=None, actor=ines, at=AT) == 35
    assert left(plan) == 0
    nothing_is_broken()


@pytest.mark.req("AGR-6", "AGR-10")
def test_nothing_is_taken_from_what_is_suspended_or_over(plan: world.Agreement) -> None:
    number, agreement = asked(plan), Agreement.objects.filter(pk=plan.id)
    time = write(number, 60)
    for change, code in (
        ({"suspended_at": AT}, "agreement.suspended"),
        ({"suspended_at": None, "ends_at": AT}, "agreement.expired"),
    ):
        agreement.update(**change)
        with pytest.raises(CannotChange) as refused:
            write(number, 1)
        assert refused.value.decision.codes == (code,)
        assert (AdvisoryTime.objects.count(), left(plan)) == (1, 120)
    # What the hour covers is written all the same.
    advice.correct_time(number, time, minutes=50, day=TODAY, note="x", actor=world.viewer("ines"), at=AT)
    write(number, 10)
    close(number, "non-decrement", "goodwill")
    with pytest.raises(CannotChange) as refused:
        ending.reopen_by_contact(number, reason="Again.", actor=world.viewer("carla"), at=AT)
    assert refused.value.decision.codes == ("agreement.expired",)


def test_who_is_overtaken_reads_why_in_the_words_of_advice(plan: world.Agreement) -> None:
    number, short = asked(plan), reopening_takes_more(61)
    for reason, told in ((short, short.code), (None, "agreement.no-incidents-left")):
        with pytest.raises(CannotChange) as refused, explained(), transaction.atomic(), taking(reason):
            ledger.deduct(plan.id, case_number=number, key="x", actor_id=None, at=AT, units=121)
        assert refused.value.decision.codes == (told,)


@pytest.mark.req("AGR-10")
def test_more_than_is_left_is_refused_unless_it_may_be_drawn_in_advance(plan: world.Agreement) -> None:
    number = asked(plan)
    with pytest.raises(CannotChange) as refused:
        write(number, 181)
    assert refused.value.decision.codes == ("advice.more-than-left",)
    assert AdvisoryTime.objects.count() == 0
    write(number, 180)
    Agreement.objects.filter(pk=plan.id).update(overdraft=30)
    write(number, 30)
    assert left(plan) == -30
    with pytest.raises(CannotSubmit) as none_left:
        asked(plan)
    assert none_left.value.decision.codes == ("agreement.no-hours-left",)
    nothing_is_broken()


def test_less_than_an_hour_pays_for_no_request(plan: world.Agreement) -> None:
    ledger.adjust(plan.id, units=-150, key="less", actor_id=None, at=AT, note="less")
    with pytest.raises(CannotSubmit) as refused:
        asked(plan)
    assert refused.value.decision.codes == ("agreement.no-whole-hour-left",)


def test_consultants_correct_and_remove_their_own_and_the_journal_keeps_how_it_was(
    plan: world.Agreement,
) -> None:
    number = asked(plan)
    time = write(number, 95)
    ines = world.viewer("ines")
    about = {"day": TODAY, "note": "Sizing", "at": AT}
    advice.correct_time(number, time, minutes=70, actor=ines, **about)  # type: ignore[arg-type]
    assert left(plan) == 110
    advice.correct_time(number, time, minutes=70, actor=ines, **about)  # type: ignore[arg-type]
    with pytest.raises(Http404):
        advice.correct_time(number, time, minutes=5, actor=world.viewer("marta"), **about)  # type: ignore[arg-type]
    advice.remove_time(number, time, actor=ines, at=AT)
    assert left(plan) == 120
    with pytest.raises(Http404):
        advice.remove_time(number, time, actor=ines, at=AT)
    told = [
        (each.code, each.payload["minutes"])
        for each in timeline_of(Case.objects.get(pk=number), at_desk=False).entries
        if each.code.startswith("case.time-") and each.payload
    ]
    assert told == [("case.time-written", 95), ("case.time-corrected", 70), ("case.time-removed", 70)]
    assert [kind for kind, _units, _note in entries(plan)] == ["deduct", "deduct", "credit", "credit"]
    nothing_is_broken()


def test_the_same_form_twice_writes_once_also_at_once(plan: world.Agreement) -> None:
    number, key = asked(plan), new_key()
    for _each in range(2):
        advice.write_time(number, minutes=90, day=TODAY, note="x", key=key, actor=world.viewer("ines"), at=AT)
    assert (AdvisoryTime.objects.count(), left(plan)) == (1, 90)


@pytest.mark.django_db(transaction=True)
@pytest.mark.req("AGR-10")
def test_two_consultants_at_once_deduct_what_both_have_spent() -> None:
    world.team("support", "ines", "marta")
    plan = world.agreement("partner-advisory-hours-20", units=3, registered=["carla"], at=AT)
    number = asked(plan)
    assert all(at_once([lambda: write(number, 50, "ines"), lambda: write(number, 50, "marta")]))
    assert left(plan) == 180 - 100
    nothing_is_broken()


@pytest.mark.parametrize(
    ("status", "minutes", "together", "days", "takes_advice", "codes"),
    [
        ("new", 1, 1, 0, True, ()),
        ("new", 1440, 30_000, 0, True, ()),
        ("closed", 1, 1, 0, True, ("case.is-closed",)),
        ("new", 1, 1, 0, False, ("advice.not-paid-in-hours",)),
        ("new", 0, 0, 1, True, ("advice.minutes-out-of-range", "advice.day-out-of-time")),
        (
            "new",
            1441,
            30_001,
            -1,
            True,
            ("advice.minutes-out-of-range", "advice.too-much-together", "advice.day-out-of-time"),
        ),
    ],
)
def test_what_can_be_written(
    status: str, minutes: int, together: int, days: int, takes_advice: bool, codes: tuple[str, ...]
) -> None:
    decision = writable(
        status=status,
        minutes=minutes,
        together=together,
        day=TODAY + timedelta(days=days),
        opened_on=TODAY,
        today=TODAY,
        takes_advice=takes_advice,
    )
    assert decision.codes == codes
    assert cost(reserved=60, spent=25) == 60


@pytest.mark.req("REQ-1")
def test_only_contacts_read_the_notes_and_merging_gives_all_back(plan: world.Agreement) -> None:
    number, other = asked(plan), asked(plan)
    write(number, 10)
    assert [line.note for line in times_told(world.viewer("carla"), [number, other])[number]] == ["Sizing"]
    assert times_told(world.viewer("olaf"), [number]) == {}
    page = advice_page(world.viewer("marta"), number)
    assert [(line.minutes, line.is_mine) for line in page.lines] == [(10, False)]
    assert relations.merge(number, other, seen=None, actor=world.viewer("ines"), at=AT) == 60
    assert left(plan) == 120
    nothing_is_broken()


@pytest.mark.req("OBO-6")
def test_hours_are_set_aside_whole_and_counted_in_minutes(plan: world.Agreement) -> None:
    world.relationship("rafael", "carla")
    given = world.agreement("partner-advisory-hours-20", owner="rafael", at=AT)
    held = set_asides.set_aside(
        given.id,
        world.organization_of("carla"),
        units=2,
        most_units=3,
        key="aside",
        actor=world.viewer("rafael"),
        at=AT,
    )
    assert (left(given), Agreement.objects.get(pk=held).units_left) == (18 * 60, 120)
    with pytest.raises(set_asides.CannotSetAside) as refused:
        set_asides.recall(held, units=3, key="back", actor=world.viewer("rafael"), at=AT)
    assert refused.value.decision.refusals[0].params == {"left": 2}


@pytest.mark.req("AGR-10")
def test_what_was_counted_in_hours_is_turned_into_minutes_and_back_with_the_guards_on_again(
    plan: world.Agreement,
) -> None:
    incidents = world.agreement(units=5, registered=["carla"], at=AT)
    number, closed = asked(plan), asked(plan)
    # In hours nothing was written, and closing as one that counts gave nothing back.
    write(closed, 60)
    close(closed)
    AdvisoryTime.objects.all().delete()
    for which, standing in ((plan, 60), (incidents, 5)):
        warned = BalanceLow(which.id, "20%", standing, standing, AT.isoformat())
        journal.record(warned, actor_id=None, at=AT)
    sums = {"partner-advisory-hours-20": [2, 1200, 600], "gold-partner-support-20": [1, 20, 7]}
    imported = applied(sums)
    turns = [
        import_module(f"pactdesk.{room}.migrations.{name}_hours_in_minutes")._TURN
        for room, name in (("agreements", "0016"), ("cases", "0027"), ("imports", "0003"))
    ]

    def told() -> tuple[Any, ...]:
        facts = facts_about("agreement", plan.id, codes=["agreement.balance-low"])
        other = facts_about("agreement", incidents.id, codes=["agreement.balance-low"])
        imported.refresh_from_db()
        return (
            facts[-1].payload["units_left"],
            other[-1].payload["units_left"],
            imported.by_programme["partner-advisory-hours-20"],
            imported.by_programme["gold-partner-support-20"],
        )

    def turn(by: str, forward: str) -> None:
        with connection.cursor() as cursor:
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
            for statements in turns:
                cursor.execute(statements.format(turn=by, forward=forward))

    turn("/ 60", "false")
    assert (left(plan), left(incidents), Case.objects.get(pk=number).charged_units) == (1, 5, 1)
    assert told() == (1, 5, [2, 20, 10], [1, 20, 7])
    turn("* 60", "true")
    assert (left(plan), Case.objects.get(pk=number).reserved_units) == (60, 60)
    assert told() == (60, 5, [2, 1200, 600], [1, 20, 7])
    nothing_is_broken()
    ines = world.viewer("ines")
    assert ending.reopen(closed, reason="Again.", seen=None, actor=ines, at=AT) == 0
    write(closed, 5)
    assert close(closed) == 55
    nothing_is_broken()


@pytest.mark.req("AGR-10")
def test_minutes_that_are_no_whole_hours_are_not_turned_back_into_hours(plan: world.Agreement) -> None:
    sums = {"partner-advisory-hours-20": [2, 1200, 630], "gold-partner-support-20": [1, 20, 7]}
    applied(sums)
    number = asked(plan)
    write(number, 90)
    for room, name in (("agreements", "0016"), ("cases", "0027"), ("imports", "0003")):
        module = import_module(f"pactdesk.{room}.migrations.{name}_hours_in_minutes")
        [operation] = module.Migration.operations
        with pytest.raises(ProgrammingError, match="no whole hours"), transaction.atomic():
            connection.cursor().execute(operation.reverse_sql)
    assert (left(plan), Case.objects.get(pk=number).charged_units) == (90, 90)
