"""Which agreement is drawn first: soonest end first, unless the requester has chosen an own order."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest
from django.http import Http404

from pactdesk.agreements import queries, services
from pactdesk.agreements.models import DrawPlace, Registration
from pactdesk.agreements.queries.draw_order import draw_order, why_first
from pactdesk.agreements.services.corrections import suspend
from pactdesk.agreements.services.draw_order import put_in_order, use_before
from pactdesk.agreements.services.looking_after import withdraw_registration
from tests import world
from tests.racing import behind, outcome
from tests.rooms.test_agreements import subject

AT = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)


def plans(*who: str) -> list[int]:
    """Three agreements, the one that ends soonest first; the last one belongs to Rafael."""
    starts = (date(2026, 1, 10), date(2026, 3, 10), date(2026, 5, 10))
    return [
        world.agreement(owner="rafael" if place == 2 else None, registered=who, starts_on=day, at=AT).id
        for place, day in enumerate(starts)
    ]


def offered(who: str = "carla") -> list[int]:
    found = queries.plans_for(world.viewer(who), subject("windows-server", "2022"), at=AT)
    assert [line.agreement_id for line in queries.benefits(world.viewer(who), at=AT)] == [
        line.agreement_id for line in found
    ]
    return [line.agreement_id for line in found]


@pytest.mark.django_db
@pytest.mark.req("AGR-5")
def test_what_ends_soonest_is_first_until_the_requester_wants_it_otherwise() -> None:
    first, second, third = plans("carla", "cem")
    carla = world.viewer("carla")
    assert offered() == [first, second, third]
    before = use_before(third, first, actor=carla)
    assert (before, offered()) == ((), [third, first, second])
    assert offered("cem") == [first, second, third]
    assert use_before(third, first, actor=carla) == (third,)
    added = world.agreement(registered=["carla"], starts_on=date(2026, 1, 1), at=AT).id
    assert offered() == [third, added, first, second]
    assert put_in_order((second, third), actor=carla) == (third,)
    assert offered() == [second, third, added, first]
    put_in_order((), actor=carla)
    assert (offered(), DrawPlace.objects.count()) == ([added, first, second, third], 0)


@pytest.mark.django_db
def test_what_cannot_pay_keeps_its_place_and_is_passed_over() -> None:
    first, second, third = plans("carla")
    carla = world.viewer("carla")
    world.team("service-centre", "marta")
    put_in_order((third, second), actor=carla)
    suspend(third, reason="Looked into", actor=world.viewer("marta"), at=AT)
    lines = queries.plans_for(carla, subject("windows-server", "2022"), at=AT)
    assert [line.agreement_id for line in lines] == [second, first, third]
    assert why_first(lines) == "own-order"
    assert draw_order(carla).all == (third, second, first)


@pytest.mark.django_db
def test_why_a_plan_is_first_is_told_where_there_is_a_choice() -> None:
    carla = world.viewer("carla")

    def why() -> str | None:
        return why_first(queries.plans_for(carla, subject("windows-server", "2022"), at=AT))

    world.catalogue()
    assert why() is None
    first, second, _third = plans("carla")
    assert why() == "ends-soonest"
    use_before(second, first, actor=carla)
    assert why() == "own-order"


@pytest.mark.django_db
def test_only_what_one_may_draw_on_can_be_put_in_order() -> None:
    first, second, _third = plans("carla")
    others = world.agreement(registered=["cem"], at=AT).id
    carla = world.viewer("carla")
    for moved, before in ((others, first), (first, others), (first, 10**9)):
        with pytest.raises(Http404):
            use_before(moved, before, actor=carla)
    put_in_order((others, 10**9, second), actor=carla)
    assert draw_order(carla).own == (second,)


def revoke(agreement_id: int, who: str) -> None:
    seat = Registration.objects.get(agreement_id=agreement_id, account=world.person(who))
    services.revoke_registration(agreement_id, seat.pk, actor=world.viewer("rafael"), at=AT)


@pytest.mark.django_db
@pytest.mark.req("AGR-11")
def test_who_loses_a_registration_loses_the_place_also_when_it_comes_back() -> None:
    first, second, third = plans("carla", "cem")
    for who in ("carla", "cem"):
        put_in_order((third,), actor=world.viewer(who))
    revoke(third, "carla")
    assert draw_order(world.viewer("carla")).own == ()
    assert draw_order(world.viewer("cem")).own == (third,)
    seat = Registration.objects.get(agreement_id=third, account=world.person("carla"))
    services.restore_registration(third, seat.pk, actor=world.viewer("rafael"), at=AT)
    assert offered() == [first, second, third]
    world.team("service-centre", "marta")
    seat = Registration.objects.get(agreement_id=third, account=world.person("cem"))
    withdraw_registration(third, seat.pk, reason="Left", actor=world.viewer("marta"), at=AT)
    assert not DrawPlace.objects.exists()


@pytest.mark.django_db(transaction=True)
@pytest.mark.req("AGR-11")
def test_two_changes_at_once_make_one_order_and_a_withdrawal_leaves_no_place_behind() -> None:
    first, second, third = plans("carla")
    carla = world.viewer("carla")
    with behind(
        lambda: put_in_order((third,), actor=carla), lambda: put_in_order((second,), actor=carla)
    ) as (later,):
        assert not later.done()
    assert outcome(later) == (third,)
    assert draw_order(carla).own == (second,)

    with behind(lambda: revoke(third, "carla"), lambda: use_before(third, first, actor=carla)) as (late,):
        assert not late.done()
    assert isinstance(outcome(late), Http404)
    seat = Registration.objects.get(agreement_id=third)
    services.restore_registration(third, seat.pk, actor=world.viewer("rafael"), at=AT)
    with behind(lambda: put_in_order((third,), actor=carla), lambda: revoke(third, "carla")) as (late,):
        assert not late.done()
    assert outcome(late) is None
    assert not DrawPlace.objects.filter(agreement_id=third).exists()
