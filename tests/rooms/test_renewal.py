"""What renewal does with what is left, and with what was drawn in advance."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from pactdesk.accounts.viewer import Viewer
from pactdesk.agreements import ledger, queries
from pactdesk.agreements.models import Agreement, LedgerEntry
from pactdesk.agreements.queries import statements
from pactdesk.agreements.rules import Plan, usable_for
from pactdesk.agreements.rules.renewal import Carried, carried
from pactdesk.agreements.services import expire_ended
from pactdesk.agreements.services.renewal import carry_over
from pactdesk.cases.services.submission import CannotSubmit, submit
from pactdesk.catalog import queries as catalog
from pactdesk.catalog.models import Programme
from pactdesk.journal.models import FactRow
from tests import world
from tests.drafts import ready

AT = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("left", "fresh", "most", "ended", "alike", "outcome"),
    [
        pytest.param(4, 20, 0, False, True, Carried(), id="nothing unless the programme says so"),
        pytest.param(4, 20, None, False, True, Carried(moved=4), id="all"),
        pytest.param(4, 20, 3, False, True, Carried(moved=3), id="up to three"),
        pytest.param(2, 20, 3, False, True, Carried(moved=2), id="no more than there is"),
        pytest.param(4, 20, None, True, True, Carried(), id="what has ended lapses"),
        pytest.param(4, 20, None, False, False, Carried(), id="hours are no incidents"),
        pytest.param(-2, 20, 0, False, True, Carried(settled=2), id="debts are settled, whatever it says"),
        pytest.param(-2, 20, 0, True, True, Carried(settled=2), id="also late"),
        pytest.param(-3, 2, None, False, True, Carried(settled=2), id="as far as it goes"),
        pytest.param(-3, -1, None, False, True, Carried(), id="and not out of another debt"),
    ],
)
def test_what_is_carried_over(
    left: int, fresh: int, most: int | None, ended: bool, alike: bool, outcome: Carried
) -> None:
    assert carried(left=left, fresh=fresh, most=most, ended=ended, alike=alike) == outcome


@pytest.fixture(autouse=True)
def _catalogue_of_the_next_test() -> Iterator[None]:
    """What the programme says here is not what the next test reads."""
    catalog.forget()
    yield
    catalog.forget()


def programme_says(**fields: int | None) -> None:
    """What the programme of the tests says of renewal and of what may be drawn in advance."""
    world.catalogue()
    Programme.objects.filter(code="gold-partner-support-20").update(**fields)
    catalog.forget()


def left(*agreements: int) -> list[int]:
    return [Agreement.objects.get(pk=each).units_left for each in agreements]


@pytest.mark.req("AGR-10")
@pytest.mark.parametrize(("most", "expected"), [(0, [4, 10]), (3, [1, 13]), (None, [0, 14])])
def test_renewal_carries_over_what_the_programme_says_once(most: int | None, expected: list[int]) -> None:
    programme_says(carries_over=most)
    former = world.agreement(units=4, at=AT).id
    new = world.agreement(units=10, at=AT).id
    moved = carry_over(former, new, at=AT)
    assert left(former, new) == expected
    assert (moved, carry_over(former, new, at=AT)) == (expected[1] - 10,) * 2
    assert left(former, new) == expected
    assert FactRow.objects.filter(code="agreement.carried-over").count() == bool(moved)
    assert sum(LedgerEntry.objects.filter(kind="transfer").values_list("units", flat=True)) == 0


@pytest.mark.req("AGR-2", "AGR-10")
def test_what_was_drawn_in_advance_stays_after_the_end_and_is_settled_by_renewal() -> None:
    programme_says(overdraft=2)
    former = world.agreement(units=1, registered=["carla"], at=AT).id
    carla = world.viewer("carla")
    for _each in range(3):
        submit(ready(carla, former, at=AT), terms_accepted=True, actor=carla, at=AT)
    assert left(former) == [-2]
    with pytest.raises(CannotSubmit) as refused:
        submit(ready(carla, former, at=AT), terms_accepted=True, actor=carla, at=AT)
    assert refused.value.decision.codes == ("agreement.no-incidents-left",)
    Agreement.objects.filter(pk=former).update(ends_at=AT + timedelta(days=1))
    late = AT + timedelta(days=2)
    assert expire_ended(at=late) == 0
    new = world.agreement(units=10, registered=["carla"], at=late).id
    assert carry_over(former, new, at=late) == -2
    assert carry_over(former, new, at=late) == -2
    assert left(former, new) == [0, 8]
    assert statements.statement(carla, new).lines[0].note == "settled"


@pytest.mark.req("AGR-10")
def test_a_programme_fixes_what_may_be_drawn_in_advance_when_it_is_granted() -> None:
    before = world.agreement(units=1, registered=["carla"], at=AT).id
    programme_says(overdraft=2)
    after = world.agreement(units=1, registered=["carla"], at=AT).id
    assert overdrafts(world.viewer("carla")) == {before: 0, after: 2}
    plan = Plan(1, catalog.current().programme("gold-partner-support-20").coverage, 0, AT, AT + timedelta(1))
    assert not usable_for(plan, None, account="", at=AT).allowed


def overdrafts(viewer: Viewer) -> dict[int, int]:
    return {line.agreement_id: line.overdraft for line in queries.benefits(viewer, at=AT)}


def test_what_was_not_used_is_not_carried_over_twice_when_two_look_at_once() -> None:
    programme_says(carries_over=None)
    former, new = (world.agreement(units=4, at=AT).id for _each in range(2))
    carry_over(former, new, at=AT)
    ledger.grant(former, units=1, key="late", actor_id=None, at=AT, note="late")
    assert carry_over(former, new, at=AT) == 4
    assert left(former, new) == [1, 8]
