"""Units that are set aside for others, and programmes that are held without a pair (OBO-6, OBO-9)."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from django.db import IntegrityError, transaction
from django.http import Http404
from django.utils import timezone

from pactdesk.accounts.viewer import Viewer
from pactdesk.agreements import ledger, queries
from pactdesk.agreements.models import Agreement, LedgerEntry
from pactdesk.agreements.queries import statements
from pactdesk.agreements.services import expire_ended, set_asides
from pactdesk.agreements.services.memberships import join_programme
from pactdesk.agreements.services.set_asides import CannotSetAside
from pactdesk.cases.models import Case
from pactdesk.cases.queries.intake import subject_of
from pactdesk.cases.services.submission import submit
from pactdesk.catalog import queries as catalog
from pactdesk.journal.models import FactRow
from tests import world
from tests.drafts import ready
from tests.racing import at_once

pytestmark = pytest.mark.django_db


def aside(agreement: int, holder: str, units: int, *, actor: Viewer, at: datetime, **about: object) -> int:
    about = {"most_units": None, "key": f"{agreement}:{holder}:{units}", **about}
    return set_asides.set_aside(
        agreement,
        world.organization_of(holder),
        units=units,
        actor=actor,
        at=at,
        **about,  # type: ignore[arg-type]
    )


def left(*agreements: int) -> list[int]:
    return [Agreement.objects.get(pk=each).units_left for each in agreements]


@pytest.fixture
def divided(db: None) -> tuple[Viewer, Viewer, int, int, int, datetime]:
    """Nora's agreement, of which units stand aside for Rafael's organization, and of these some for Carla's."""
    return divide()


def divide() -> tuple[Viewer, Viewer, int, int, int, datetime]:
    at = timezone.now()
    nora, rafael = world.administrator("nora"), world.administrator("rafael")
    world.relationship("rafael", "carla", "reseller", provider="nora")
    whole = world.agreement("gold-partner-support-20", owner="nora", registered=["nora"], at=at).id
    part = aside(whole, "rafael", 8, actor=nora, at=at)
    last = aside(part, "carla", 3, actor=rafael, at=at, most_units=4)
    return nora, rafael, whole, part, last, at


def test_units_go_through_several_hands_and_sum_to_what_was_granted(divided: tuple) -> None:  # type: ignore[type-arg]
    _nora, _rafael, whole, part, last, _at = divided
    assert left(whole, part, last) == [12, 5, 3]
    moved = LedgerEntry.objects.filter(kind="transfer").values_list("units", flat=True)
    assert sorted(moved) == [-8, -3, 3, 8]
    carla = world.viewer("carla")
    line = next(each for each in queries.benefits(carla, at=timezone.now()) if each.agreement_id == last)
    assert (line.set_aside_by, line.units_left, line.units_granted, line.may_open) == (
        "Lemaire Conseil",
        3,
        3,
        True,
    )
    statement = statements.statement(carla, last)
    assert [(each.kind, each.units, each.other) for each in statement.lines] == [
        ("transfer", 3, "Lemaire Conseil")
    ]
    assert FactRow.objects.filter(code="agreement.units-set-aside").count() == 2


def test_whoever_holds_it_pays_with_it_and_nobody_else(divided: tuple) -> None:  # type: ignore[type-arg]
    _nora, _rafael, whole, part, last, at = divided
    carla = world.viewer("carla")
    number = submit(ready(carla, last, at=at), terms_accepted=True, actor=carla, at=at).number
    assert Case.objects.get(pk=number).agreement_id == last
    assert left(whole, part, last) == [12, 5, 2]
    for stranger in ("olaf", "cem"):
        assert queries.chosen_plan(world.viewer(stranger), last) is None
        with pytest.raises(Http404):
            queries.agreement_page(world.viewer(stranger), last, at=at)
    assert queries.chosen_plan(carla, part) is None
    assert queries.chosen_plan(carla, whole) is None


def test_what_is_not_used_can_be_called_back_once(divided: tuple) -> None:  # type: ignore[type-arg]
    _nora, rafael, whole, part, last, at = divided
    for _again in range(2):
        set_asides.recall(last, units=2, key="back", actor=rafael, at=at)
    assert left(whole, part, last) == [12, 7, 1]
    with pytest.raises(CannotSetAside) as refused:
        set_asides.recall(last, units=2, key="more", actor=rafael, at=at)
    assert refused.value.decision.codes == ("set-aside.recalls-more-than-left",)
    # What was recalled makes room below the limit again.
    aside(part, "carla", 3, actor=rafael, at=at, most_units=4, key="again")
    assert left(last) == [4]


def test_the_limit_and_the_balance_hold(divided: tuple) -> None:  # type: ignore[type-arg]
    nora, rafael, whole, part, last, at = divided
    with pytest.raises(CannotSetAside) as refused:
        aside(part, "carla", 2, actor=rafael, at=at, most_units=4)
    assert refused.value.decision.codes == ("set-aside.above-limit",)
    with pytest.raises(CannotSetAside) as refused:
        aside(whole, "rafael", 13, actor=nora, at=at)
    assert refused.value.decision.codes == ("set-aside.more-than-left",)
    with pytest.raises(CannotSetAside) as refused:
        aside(whole, "cem", 1, actor=nora, at=at)
    assert refused.value.decision.codes == ("set-aside.no-relationship",)
    with pytest.raises(CannotSetAside) as refused:  # no limit named: the one that there is holds
        aside(part, "carla", 2, actor=rafael, at=at, key="none named")
    assert refused.value.decision.codes == ("set-aside.above-limit",)
    set_asides.limit(last, 9, actor=rafael, at=at)
    assert Agreement.objects.get(pk=last).most_units == 9
    with pytest.raises(CannotSetAside):
        set_asides.limit(last, 2, actor=rafael, at=at)
    assert left(whole, part, last) == [12, 5, 3]


def test_the_limit_can_be_changed_while_nothing_stands_aside(divided: tuple) -> None:  # type: ignore[type-arg]
    _nora, rafael, _whole, _part, last, at = divided
    set_asides.recall(last, units=3, key="all", actor=rafael, at=at)
    set_asides.limit(last, 2, actor=rafael, at=at)
    assert Agreement.objects.get(pk=last).most_units == 2


def test_only_its_owner_and_the_holders_administrators_divide(divided: tuple) -> None:  # type: ignore[type-arg]
    nora, rafael, whole, part, last, at = divided
    carla = world.viewer("carla")
    for who, agreement in ((rafael, whole), (nora, part), (carla, last), (world.viewer("olaf"), whole)):
        with pytest.raises(Http404):
            aside(agreement, "cem", 1, actor=who, at=at)
    for who in (nora, carla):
        with pytest.raises(Http404):
            set_asides.recall(last, units=1, key="x", actor=who, at=at)
    with pytest.raises(Http404):
        set_asides.recall(whole, units=1, key="x", actor=nora, at=at)


def test_what_was_set_aside_ends_and_is_suspended_with_its_origin(divided: tuple) -> None:  # type: ignore[type-arg]
    _nora, _rafael, whole, part, last, at = divided
    Agreement.objects.filter(pk=whole).update(suspended_at=at, ends_at=at + timedelta(hours=1))
    for each in (part, last):
        agreement = Agreement.objects.get(pk=each)
        assert (agreement.suspended_at, agreement.ends_at) == (at, at + timedelta(hours=1))
    assert expire_ended(at=at + timedelta(hours=2)) == 3
    assert left(whole, part, last) == [0, 0, 0]


def test_half_a_transfer_is_refused_by_the_database(divided: tuple) -> None:  # type: ignore[type-arg]
    _nora, _rafael, whole, part, _last, at = divided
    half = LedgerEntry(
        agreement_id=whole,
        counterpart_id=part,
        kind="transfer",
        units=-1,
        position=0,
        balance_after=0,
        at=at,
        idempotency_key="half:out",
    )

    def end() -> None:
        with transaction.atomic(), transaction.get_connection().cursor() as cursor:
            half.save()
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")

    with pytest.raises(IntegrityError, match="other half"):
        end()
    with pytest.raises(IntegrityError, match="ledger_transfer_between_two"), transaction.atomic():
        LedgerEntry.objects.create(
            agreement_id=whole,
            kind="transfer",
            units=1,
            position=0,
            balance_after=0,
            at=at,
            idempotency_key="alone:in",
        )


@pytest.mark.django_db(transaction=True)
def test_of_many_who_take_the_last_units_as_many_succeed_as_there_are() -> None:
    _nora, rafael, _whole, part, last, at = divide()

    def call_back(key: str) -> bool:
        try:
            set_asides.recall(last, units=2, key=key, actor=rafael, at=at)
        except CannotSetAside:
            return False
        return True

    outcomes = at_once([lambda key=str(each): call_back(key) for each in range(6)])  # type: ignore[misc]
    assert sorted(outcomes) == [False] * 5 + [True]
    assert left(part, last) == [7, 1]


def test_transfers_are_posted_once_under_a_key(divided: tuple) -> None:  # type: ignore[type-arg]
    nora, _rafael, whole, part, _last, at = divided
    assert aside(whole, "rafael", 2, actor=nora, at=at, key="twice") == part
    assert aside(whole, "rafael", 2, actor=nora, at=at, key="twice") == part
    assert left(whole, part) == [10, 7]
    with pytest.raises(Exception, match="ledger_key_once"), transaction.atomic():
        ledger.transfer(whole, part, units=1, key="twice", actor_id=None, at=at, note="")


@pytest.mark.req("OBO-6")
@pytest.mark.req("OBO-9")
def test_membership_is_not_counted_and_pays_for_customers_only() -> None:
    world.catalogue()
    at, nora = timezone.now(), world.viewer("nora")
    membership = join_programme(
        "cloud-solution-provider",
        world.organization_of("nora"),
        starts_on=(at - timedelta(days=1)).date(),
        time_zone="UTC",
        actor_id=None,
        at=at,
    )
    chosen = queries.chosen_plan(nora, membership)
    assert chosen is not None
    assert not chosen.plan.counted
    assert chosen.named.shown("en") == "Cloud Solution Provider"
    product = next(
        each for each in catalog.current().products.values() if each.channel.code == "online-services"
    )
    version = next(iter(catalog.current().product("windows-server").versions))
    subject = subject_of(product, version, needs_advice=False)
    (own,) = queries.plans_for(nora, subject, at=at)
    assert own.decision.codes == ("agreement.not-for-own-tenant",)
    (for_customer,) = queries.plans_for(nora, replace(subject, for_customer=True), at=at)
    assert for_customer.decision.allowed
    assert queries.chosen_plan(world.viewer("rafael"), membership) is None
    with pytest.raises(ValueError, match="not held as a member"):
        join_programme(
            "gold-partner-support-20",
            world.organization_of("nora"),
            starts_on=at.date(),
            time_zone="UTC",
            actor_id=None,
            at=at,
        )
