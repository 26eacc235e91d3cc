"""The service centre corrects agreements: alone up to a limit, by two people above it, and never twice."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
from django.db import IntegrityError, transaction
from django.http import Http404

from pactdesk.accounts.models import Account
from pactdesk.accounts.viewer import Viewer
from pactdesk.agreements.models import Agreement, Correction, LedgerEntry
from pactdesk.agreements.queries import centre
from pactdesk.agreements.queries.centre import Sought
from pactdesk.agreements.rules.corrections import Change
from pactdesk.agreements.services import corrections
from pactdesk.agreements.services.corrections import CannotCorrect
from pactdesk.journal.models import FactRow
from tests import world
from tests.racing import at_once

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)


@pytest.fixture
def marta() -> Viewer:
    world.team("service-centre", "marta", second())
    return world.viewer("marta")


def second() -> Account:
    """A colleague of Marta's."""
    found = Account.objects.filter(first_name="Milan").first()
    return found or Account.objects.create_user(
        "milan@fabrikon.example", first_name="Milan", last_name="Horák", kind="work"
    )


def milan() -> Viewer:
    return world.viewer(second())


def plan(units: int = 7) -> Agreement:
    return Agreement.objects.get(pk=world.agreement(units=units, owner="nora", at=NOW).id)


def ask(agreement: Agreement, change: Change, actor: Viewer, **about: object) -> corrections.Asked:
    key = about.pop("key", None) or uuid4()
    return corrections.ask(agreement.pk, change, reason="Agreed by phone", key=key, actor=actor, at=NOW)  # type: ignore[arg-type]


@pytest.mark.req("AGR-10")
def test_up_to_the_limit_one_person_corrects_alone_and_once(marta: Viewer) -> None:
    agreement, key = plan(), uuid4()
    done = ask(agreement, Change("adjust", -3), marta, key=key)
    assert ask(agreement, Change("adjust", -3), marta, key=key) == done
    for other in (Change("adjust", -2), Change("add", 3)):
        with pytest.raises(CannotCorrect) as refused:
            ask(agreement, other, marta, key=key)
        assert refused.value.decision.codes == ("correction.key-used-otherwise",)
    assert not done.waits
    agreement.refresh_from_db()
    assert agreement.units_left == 4
    ask(agreement, Change("add", 2), marta)
    told = [
        (entry.kind, entry.units, entry.note) for entry in LedgerEntry.objects.filter(agreement=agreement)
    ][-2:]
    assert told == [("adjust", -3, "Agreed by phone"), ("grant", 2, "added: Agreed by phone")]


def test_many_small_corrections_of_one_person_count_together(marta: Viewer) -> None:
    agreement = plan()
    assert not ask(agreement, Change("add", 3), marta).waits
    assert ask(agreement, Change("adjust", -3), marta).waits
    assert not ask(plan(), Change("adjust", -2), marta).waits
    assert ask(plan(), Change("add", 1), marta).waits
    assert not ask(agreement, Change("add", 3), milan()).waits
    later = agreement.ends_at + timedelta(days=20)
    assert not ask(agreement, Change("extend", ends_at=later), marta).waits
    assert ask(agreement, Change("extend", ends_at=later + timedelta(days=1)), marta).waits


def test_above_the_limit_it_waits_and_only_somebody_else_says_yes(marta: Viewer) -> None:
    agreement = plan()
    asked = ask(agreement, Change("adjust", 6), marta)
    assert asked.waits
    agreement.refresh_from_db()
    assert agreement.units_left == 7
    with pytest.raises(CannotCorrect) as refused:
        corrections.decide(asked.correction_id, approves=True, words="", actor=marta, at=NOW)
    assert refused.value.decision.codes == ("correction.own",)
    corrections.decide(asked.correction_id, approves=True, words="Fine", actor=milan(), at=NOW)
    agreement.refresh_from_db()
    assert agreement.units_left == 13
    with pytest.raises(CannotCorrect) as refused:
        corrections.decide(asked.correction_id, approves=True, words="", actor=milan(), at=NOW)
    assert refused.value.decision.codes == ("correction.decided-already",)
    [told] = centre.decided(marta)
    assert (told.outcome, told.asker, told.decider, told.words) == (
        "done",
        "Marta Nowak",
        "Milan Horák",
        "Fine",
    )
    codes = FactRow.objects.filter(subject_type="agreement").order_by("id").values_list("code", flat=True)
    assert list(codes)[-2:] == ["agreement.correction-asked", "agreement.correction-decided"]


def test_what_is_refused_or_taken_back_changes_nothing(marta: Viewer) -> None:
    agreement = plan()
    for actor, outcome in ((milan(), "refused"), (marta, "withdrawn")):
        asked = ask(agreement, Change("add", 50), marta)
        corrections.decide(asked.correction_id, approves=False, words="No", actor=actor, at=NOW)
        assert Correction.objects.get(pk=asked.correction_id).outcome == outcome
    agreement.refresh_from_db()
    assert agreement.units_left == 7


def test_what_no_longer_fits_is_refused_when_it_is_approved_and_waits_on(marta: Viewer) -> None:
    agreement = plan(units=7)
    asked = ask(agreement, Change("adjust", -7), marta)
    ask(agreement, Change("adjust", -1), marta)
    with pytest.raises(CannotCorrect) as refused:
        corrections.decide(asked.correction_id, approves=True, words="", actor=milan(), at=NOW)
    assert refused.value.decision.codes == ("correction.below-nothing",)
    assert [each.id for each in centre.waiting(marta)] == [asked.correction_id]


def test_benefits_are_extended_with_what_is_set_aside(marta: Viewer) -> None:
    agreement = plan()
    later = agreement.ends_at + timedelta(days=30)
    ask(agreement, Change("extend", ends_at=later), marta)
    agreement.refresh_from_db()
    assert agreement.ends_at == later
    assert ask(agreement, Change("extend", ends_at=later + timedelta(days=60)), marta).waits


def test_suspending_is_a_fact_with_a_reason_and_can_be_ended(marta: Viewer) -> None:
    agreement = plan()
    corrections.suspend(agreement.pk, reason="Pair leaked", actor=marta, at=NOW)
    with pytest.raises(CannotCorrect):
        corrections.suspend(agreement.pk, reason="Pair leaked", actor=marta, at=NOW)
    assert [line.suspended for line in centre.lines(marta, Sought(state="suspended"), at=NOW).lines] == [True]
    corrections.resume(agreement.pk, reason="New pair", actor=marta, at=NOW)
    acts = centre.page(marta, agreement.pk, at=NOW).acts
    assert [(act.code, act.who, act.reason) for act in acts] == [
        ("agreement.resumed", "Marta Nowak", "New pair"),
        ("agreement.suspended", "Marta Nowak", "Pair leaked"),
    ]


@pytest.mark.parametrize("who", ["ines", "nora", "olaf", "carla"])
def test_nobody_else_sees_or_does_any_of_it(marta: Viewer, who: str) -> None:
    world.team("support", "ines")
    agreement, viewer = plan(), world.viewer(who)
    asked = ask(agreement, Change("add", 50), marta)
    for attempt in (
        lambda: ask(agreement, Change("add", 1), viewer),
        lambda: corrections.decide(asked.correction_id, approves=True, words="", actor=viewer, at=NOW),
        lambda: corrections.suspend(agreement.pk, reason="x", actor=viewer, at=NOW),
        lambda: corrections.resume(agreement.pk, reason="x", actor=viewer, at=NOW),
        lambda: centre.lines(viewer, Sought(), at=NOW),
        lambda: list(centre.whole_list(viewer, Sought(), at=NOW)),
        lambda: centre.page(viewer, agreement.pk, at=NOW),
        lambda: centre.statement(viewer, agreement.pk),
        lambda: centre.waiting(viewer),
        lambda: centre.decided(viewer),
        lambda: centre.asked(viewer, asked.correction_id),
    ):
        with pytest.raises(Http404):
            attempt()


def test_the_database_itself_refuses_that_who_asked_says_yes_and_that_a_decision_changes(
    marta: Viewer,
) -> None:
    asked = ask(plan(), Change("add", 50), marta)
    rows = Correction.objects.filter(pk=asked.correction_id)
    for forged in ({"asked_by": world.person("ines")}, {"needs_second": False}, {"units": 500}):
        with pytest.raises(IntegrityError, match="written once"), transaction.atomic():
            rows.update(**forged)
    with pytest.raises(IntegrityError, match="correction_by_two_people"), transaction.atomic():
        rows.update(outcome="done", decided_by=marta.account_id, decided_at=NOW)
    with pytest.raises(IntegrityError, match="correction_decided_or_open"), transaction.atomic():
        rows.update(outcome="done")
    corrections.decide(asked.correction_id, approves=False, words="", actor=milan(), at=NOW)
    with pytest.raises(IntegrityError), transaction.atomic():
        rows.update(outcome="", decided_by=None, decided_at=None)


@pytest.mark.parametrize(
    ("words", "state", "found"),
    [
        ("", "", True),
        ("northgate", "", True),
        ("nora@northgate-distribution.example", "", True),
        ("Nora@Northgate-Distribution.example", "", True),
        ("ora@northgate-distribution.example", "", False),
        ("olive", "", False),
        ("", "ended", False),
        ("", "used-up", False),
        ("", "frozen", False),
    ],
)
def test_an_agreement_is_found_by_organization_owner_and_access_id(
    marta: Viewer, words: str, state: str, found: bool
) -> None:
    agreement = plan()
    Agreement.objects.filter(pk=agreement.pk).update(organization_id=world.organization_of("nora"))
    lines = centre.lines(marta, Sought(words, state), at=NOW).lines  # type: ignore[arg-type]
    assert bool(lines) is found
    grouped = " ".join((agreement.access_id[:5], agreement.access_id[5:]))
    assert [line.id for line in centre.lines(marta, Sought(grouped), at=NOW).lines] == [agreement.pk]


@pytest.mark.django_db(transaction=True)
def test_of_many_who_approve_at_once_one_does() -> None:
    world.team("service-centre", "marta", second())
    marta, other = world.viewer("marta"), milan()
    agreement = plan()
    asked = ask(agreement, Change("add", 50), marta)

    def approve() -> None:
        corrections.decide(asked.correction_id, approves=True, words="", actor=other, at=NOW)

    outcomes = at_once([approve] * 8)
    assert sum(isinstance(each, CannotCorrect) for each in outcomes) == 7
    agreement.refresh_from_db()
    assert agreement.units_left == 57
