"""The guided request as pure rules: which step is open, what is kept, who is named, and what would be promised."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pactdesk.agreements.rules import Plan, Subject
from pactdesk.cases.rules.answers import AROUND_THE_CLOCK, BUSINESS_HOURS, Answers, Person, Problem, Support
from pactdesk.cases.rules.contacts import MOST_ADDITIONAL, addable_contact, submitter_will_see
from pactdesk.cases.rules.judgement import Circumstances, judge
from pactdesk.cases.rules.numbers import read_number, shown_number
from pactdesk.cases.rules.steps import STEPS, current_step, may_visit
from pactdesk.catalog.rules import Coverage, Version
from pactdesk.kernel.decisions import ALLOWED, Decision, Reason
from pactdesk.servicelevels.rules import CalendarData, Target

AT = datetime(2026, 11, 20, 13, 2, tzinfo=UTC)  # a Friday, 15:02 in Athens
CARLA = "carla@example.org"

# Steps (WIZ-1 to WIZ-6)


@pytest.mark.req("WIZ-1")
def test_there_are_six_steps_in_one_order() -> None:
    assert STEPS == ("problem", "support", "contact", "share", "verify", "submit")


@pytest.mark.req("WIZ-1", "WIZ-7")
@pytest.mark.parametrize(
    ("done", "current", "open_steps"),
    [
        ("", "problem", "problem"),
        ("problem", "support", "problem support"),
        ("problem support", "contact", "problem support contact"),
        ("problem support contact share verify", "submit", "problem support contact share verify submit"),
        # A step that was opened again closes those behind it until it is answered.
        ("support contact share verify", "problem", "problem"),
        ("problem contact share", "support", "problem support"),
        # Submitting is never done: there is always something left to press.
        (
            "problem support contact share verify submit",
            "submit",
            "problem support contact share verify submit",
        ),
    ],
)
def test_done_steps_may_be_edited_and_the_first_that_is_not_done_may_be_answered(
    done: str, current: str, open_steps: str
) -> None:
    answers = Answers(done=frozenset(done.split()))
    assert current_step(answers) == current
    assert [step for step in STEPS if may_visit(answers, step)] == open_steps.split()


# Answers (WIZ-1, WIZ-7, WIZ-8)

FULL = Answers(
    problem=Problem("windows-server", "2022", "partner", "directory", "replication", "Short", "Long\n\nText"),
    support=Support(7, "A", AROUND_THE_CLOCK, "Night desk", "+30 21 0123 9999", "GR", "Europe/Athens"),
    contact=Person("Carla", CARLA, "+30 21 0123 4567", "Europe/Athens", "el"),
    share=(Person("Cem", "cem@example.org"), Person("Nora", "nora@example.org")),
    done=frozenset({"problem", "support", "contact", "share", "verify"}),
)


@pytest.mark.req("WIZ-8")
def test_answers_survive_being_kept_as_json() -> None:
    assert Answers.from_data(json.loads(json.dumps(FULL.as_data()))) == FULL
    assert Answers.from_data({}) == Answers()


@pytest.mark.req("WIZ-8")
def test_a_draft_of_an_older_or_newer_version_can_still_be_read() -> None:
    data = FULL.as_data()
    del data["support"]["night_name"]
    del data["share"]
    data["problem"]["mood"] = "sad"
    data["weather"] = "rain"
    read = Answers.from_data(data)
    assert read.support == replace(FULL.support, night_name="")
    assert (read.problem, read.share) == (FULL.problem, ())


@pytest.mark.req("WIZ-7")
@pytest.mark.parametrize("step", ["problem", "support", "contact", "share"])
def test_what_is_answered_anew_has_to_be_checked_again(step: str) -> None:
    answered = FULL.with_step(step, getattr(FULL, step))
    assert answered.done == FULL.done - {"verify"}
    assert FULL.with_step("verify", None).done == FULL.done


@pytest.mark.req("WIZ-8")
@pytest.mark.parametrize(
    ("step", "value"),
    [
        ("problem", replace(FULL.problem, summary="")),
        ("support", replace(FULL.support, severity="")),
        ("contact", replace(FULL.contact, phone="1")),
        ("share", FULL.share[:1]),
        ("contact", None),
    ],
)
def test_what_is_kept_unfinished_opens_its_step_again(
    step: str, value: Problem | Support | Person | tuple[Person, ...] | None
) -> None:
    kept = FULL.with_unfinished(step, value)
    assert kept.done == FULL.done - {step, "verify"}
    assert getattr(kept, step) == (getattr(FULL, step) if value is None else value)


@pytest.mark.req("WIZ-8")
@pytest.mark.parametrize("step", ["problem", "support", "contact", "share"])
def test_keeping_what_stands_there_already_opens_nothing(step: str) -> None:
    assert FULL.with_unfinished(step, getattr(FULL, step)) == FULL


# Contacts (WIZ-4, REQ-1)


@pytest.mark.req("WIZ-4")
@pytest.mark.parametrize(
    ("address", "others", "codes"),
    [
        ("new@example.org", 0, ()),
        ("new@example.org", MOST_ADDITIONAL - 1, ()),
        ("new@example.org", MOST_ADDITIONAL, ("contact.too-many",)),
        (CARLA, 0, ("contact.is-primary",)),
        ("p0@example.org", 1, ("contact.named-twice",)),
        (CARLA, MOST_ADDITIONAL, ("contact.is-primary", "contact.too-many")),
    ],
)
def test_nobody_is_named_twice_and_ten_people_are_enough(
    address: str, others: int, codes: tuple[str, ...]
) -> None:
    named = [Person(f"P{number}", f"p{number}@example.org") for number in range(others)]
    decision = addable_contact(Person("Somebody", address), primary=Person("Carla", CARLA), others=named)
    assert decision.codes == codes


@pytest.mark.req("WIZ-4", "REQ-1")
@pytest.mark.parametrize(
    ("address", "will_see"),
    [
        (CARLA, True),
        (CARLA.upper(), True),
        ("cem@example.org", True),
        ("olaf@example.org", False),
        ("", False),
    ],
)
def test_a_submitter_follows_a_request_only_as_a_contact(address: str, will_see: bool) -> None:
    assert submitter_will_see(address, primary=FULL.contact, others=FULL.share) is will_see


# Numbers


@given(st.integers(min_value=1, max_value=10**15 - 1))
def test_a_shown_number_is_read_back(number: int) -> None:
    assert read_number(shown_number(number)) == number


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("PD-100123", 100123),
        ("pd-100123", 100123),
        (" 100123 ", 100123),
        ("PD-", None),
        ("", None),
        ("PD-1 2", None),
        ("PD--1", None),
        ("PD-1e5", None),
        ("PD-١٢٣", None),
        ("XPD-1", None),
        ("PD-" + "9" * 16, None),
    ],
)
def test_a_number_is_read_as_people_type_it(text: str, number: int | None) -> None:
    assert read_number(text) == number


# Judgement (WIZ-5, ELI-10, SEV-4, RTE-2)

OPEN_NINE_TO_FIVE = CalendarData.from_data(
    {
        "tz": "Europe/Athens",
        "weekly": {day: [["09:00", "17:00"]] for day in ("mon", "tue", "wed", "thu", "fri")},
    }
)
TARGETS = (
    Target("A", 120, hours="24x7", needs_contact_around_the_clock=True),
    Target("B", 240, other_within_business_days=1),
)
VERSION = Version(id=1, product_code="windows-server", code="2022", name={"en": "2022"})
PLAN = Plan(
    agreement_id=7,
    coverage=Coverage(unit="incident", channels=frozenset({"on-premises"})),
    units_left=1,
    starts_at=AT - timedelta(days=30),
    ends_at=AT + timedelta(days=30),
)
SITUATION = Circumstances(
    subject=Subject("on-premises", VERSION),
    redirect=ALLOWED,
    needs_plan=True,
    break_fix=True,
    plan=PLAN,
    targets=TARGETS,
    calendar=OPEN_NINE_TO_FIVE,
)
REDIRECT = Decision((Reason("channel.other-front-door"),))
REACHABLE = replace(FULL.support, severity="A", hours=AROUND_THE_CLOCK)
IN_HOURS = Support(7, "B", BUSINESS_HOURS, "", "", "GR", "Europe/Athens")


@pytest.mark.req("WIZ-5", "ELI-10")
@pytest.mark.parametrize(
    ("support", "changes", "expected"),
    [
        (IN_HOURS, {}, []),
        (REACHABLE, {}, []),
        (replace(REACHABLE, hours=BUSINESS_HOURS, night_name="", night_phone=""), {}, []),
        (IN_HOURS, {"redirect": REDIRECT}, [("channel.other-front-door", "problem")]),
        (IN_HOURS, {"redirect": REDIRECT, "subject": None}, [("channel.other-front-door", "problem")]),
        (IN_HOURS, {"subject": None}, [("intake.product-gone", "problem")]),
        (replace(IN_HOURS, agreement_id=None), {"plan": None}, [("intake.plan-missing", "support")]),
        (IN_HOURS, {"plan": None}, [("agreement.gone", "support")]),
        (IN_HOURS, {"plan": replace(PLAN, units_left=0)}, [("agreement.no-incidents-left", "support")]),
        (
            IN_HOURS,
            {"plan": replace(PLAN, units_left=0, ends_at=AT, suspended=True)},
            [
                ("agreement.suspended", "support"),
                ("agreement.expired", "support"),
                ("agreement.no-incidents-left", "support"),
            ],
        ),
        (IN_HOURS, {"needs_plan": False, "plan": None}, []),
        (replace(IN_HOURS, agreement_id=None), {"needs_plan": False, "plan": None}, []),
        (replace(IN_HOURS, severity=""), {}, [("intake.severity-missing", "support")]),
        (replace(IN_HOURS, severity="C"), {}, [("severity.not-in-plan", "support")]),
        (
            replace(IN_HOURS, hours=AROUND_THE_CLOCK, night_name="N", night_phone="1"),
            {},
            [("intake.only-critical-around-the-clock", "support")],
        ),
        (replace(REACHABLE, night_name=""), {}, [("intake.night-contact-missing", "support")]),
        (replace(REACHABLE, night_phone=""), {}, [("intake.night-contact-missing", "support")]),
        (
            replace(REACHABLE, night_phone=""),
            {"subject": None, "plan": None},
            [
                ("intake.product-gone", "problem"),
                ("agreement.gone", "support"),
                ("intake.night-contact-missing", "support"),
            ],
        ),
    ],
)
def test_every_reason_is_collected_with_the_step_where_it_can_be_mended(
    support: Support, changes: dict[str, object], expected: list[tuple[str, str]]
) -> None:
    judged = judge(
        replace(FULL, support=support),
        replace(SITUATION, **changes),  # type: ignore[arg-type]  # fields by name
        account=CARLA,
        at=AT,
    )
    assert [(reason.code, judged.steps[reason.code]) for reason in judged.decision] == expected
    assert judged.decision.allowed is (not expected)
    assert judged.first_step == (expected[0][1] if expected else None)


@pytest.mark.req("WIZ-3", "WIZ-4")
def test_the_primary_contact_is_not_shared_with_as_well() -> None:
    both = replace(FULL, support=IN_HOURS, contact=replace(FULL.contact, email="cem@example.org"))
    judged = judge(both, SITUATION, account=CARLA, at=AT)
    assert judged.decision.codes == ("contact.shared-with-primary",)
    assert judged.first_step == "share"


@pytest.mark.req("WIZ-5", "SEV-2", "SEV-3", "SEV-4")
@pytest.mark.parametrize(
    ("support", "break_fix", "due"),
    [
        # Around the clock: two hours from now.
        (REACHABLE, True, AT + timedelta(hours=2)),
        # The same severity kept in business hours: 1:58 on Friday, two minutes on Monday from 9:00 in Athens.
        (replace(REACHABLE, hours=BUSINESS_HOURS), True, datetime(2026, 11, 23, 7, 2, tzinfo=UTC)),
        (IN_HOURS, True, datetime(2026, 11, 23, 9, 2, tzinfo=UTC)),
        # What is not break-fix may take a business day.
        (IN_HOURS, False, datetime(2026, 11, 23, 15, 0, tzinfo=UTC)),
    ],
)
def test_the_promise_is_that_of_the_plan_in_the_hours_that_were_chosen(
    support: Support, break_fix: bool, due: datetime
) -> None:
    judged = judge(
        replace(FULL, support=support), replace(SITUATION, break_fix=break_fix), account=CARLA, at=AT
    )
    assert judged.promise is not None
    assert judged.promise.first_response_due == due
    assert judged.units == 1


@pytest.mark.req("RTE-2")
def test_what_needs_no_plan_takes_no_unit() -> None:
    judged = judge(
        replace(FULL, support=IN_HOURS), replace(SITUATION, needs_plan=False, plan=None), account=CARLA, at=AT
    )
    assert (judged.decision.allowed, judged.units) == (True, 0)


def test_a_promise_is_shown_also_while_something_else_is_missing() -> None:
    """Step 2 says by when an answer would be due before a plan is chosen."""
    judged = judge(replace(FULL, support=IN_HOURS), replace(SITUATION, plan=None), account=CARLA, at=AT)
    assert not judged.decision.allowed
    assert judged.promise is not None


@given(
    left=st.integers(-1, 2),
    day=st.dates(min_value=date(2026, 11, 1), max_value=date(2026, 12, 31)),
    severity=st.sampled_from(["", "A", "B", "C"]),
    hours=st.sampled_from([AROUND_THE_CLOCK, BUSINESS_HOURS]),
    named=st.booleans(),
)
def test_whatever_is_allowed_has_a_promise_and_a_plan_that_can_pay(
    left: int, day: date, severity: str, hours: str, named: bool
) -> None:
    at = datetime.combine(day, AT.time(), tzinfo=UTC)
    night = {"night_name": "N", "night_phone": "1"} if named else {"night_name": "", "night_phone": ""}
    support = replace(IN_HOURS, severity=severity, hours=hours, **night)
    judged = judge(
        replace(FULL, support=support),
        replace(SITUATION, plan=replace(PLAN, units_left=left)),
        account=CARLA,
        at=at,
    )
    if judged.decision.allowed:
        assert left > 0
        assert PLAN.starts_at <= at < PLAN.ends_at
        assert judged.promise is not None
        assert judged.promise.first_response_due > at
        assert not judged.promise.needs_contact_around_the_clock or named
    else:
        assert set(judged.steps) == set(judged.decision.codes)
        assert judged.first_step in STEPS
