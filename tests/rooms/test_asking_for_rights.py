"""Asking for rights by a link, and answering it, with real tables (OBO-3, OBO-4, A20)."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.http import Http404
from django.utils import timezone

from pactdesk.accounts.models import Organization
from pactdesk.delegation.models import Delegation, DelegationRequest, Relationship
from pactdesk.delegation.queries import acting_for
from pactdesk.delegation.queries.asked import asked_for, asked_page, customers_through_a_provider
from pactdesk.delegation.rules import Terms, Wish
from pactdesk.delegation.rules.asking import LIFETIME, MOST_OPEN
from pactdesk.delegation.services import asking
from pactdesk.delegation.services.asking import CannotAnswer, CannotAsk, NewLink
from pactdesk.journal.models import FactRow
from tests import world
from tests.racing import at_once

pytestmark = [pytest.mark.django_db, pytest.mark.req("OBO-3")]


def wish(*purposes: str, **about: Any) -> Wish:
    return Wish(
        **{  # type: ignore[arg-type]
            "purposes": frozenset(purposes or ("submit", "read")),
            "most_units": 0,
            "days": 30,
            "tier": "direct",
            **about,
        }
    )


def asked(who: str = "nora", *, at: datetime | None = None, **about: Any) -> NewLink:
    return asking.ask(wish(**about), actor=world.administrator(who), at=at or timezone.now())


def terms(*purposes: str, at: datetime, days: float = 20, units: int = 0) -> Terms:
    return Terms(frozenset(purposes or ("read",)), units, at + timedelta(days=days))  # type: ignore[arg-type]


def test_what_is_asked_by_a_link_is_granted_narrower_once() -> None:
    at = timezone.now()
    link = asked(at=at)
    carla = world.administrator("carla")
    delegation_id = asking.grant_asked(
        link.token, terms("submit", at=at), customer_sees=False, actor=carla, at=at
    )
    row = Delegation.objects.get(pk=delegation_id)
    assert (row.may_submit, row.may_read, row.customer_sees) == (True, False, False)
    assert Relationship.objects.get(partner_id=row.partner_id).tier == "direct"
    [line] = asked_for(world.viewer("nora"), at=at)
    assert (line.outcome, line.delegation_id, line.answered_for) == (
        "granted",
        delegation_id,
        "Olive Grove Foods",
    )
    for again in (carla, world.administrator("cem")):
        with pytest.raises(CannotAnswer) as refused:
            asking.grant_asked(link.token, terms(at=at), actor=again, at=at)
        assert refused.value.decision.codes == ("asking.not-valid",)
    assert asked_page(carla, link.token, at=at) is None
    assert list(FactRow.objects.order_by("pk").values_list("code", flat=True)) == [
        "delegation.asked",
        "delegation.granted",
    ]


@pytest.mark.parametrize(
    ("purposes", "units", "days", "codes"),
    [
        (("submit", "read", "manage-contacts"), 0, 20, ("asking.more-than-asked",)),
        (("submit", "spend"), 3, 20, ("asking.more-than-asked",)),
        (("submit",), 0, 32, ("asking.longer-than-asked",)),
        (("spend",), 1, 20, ("delegation.spending-needs-submitting",)),
        ((), 0, -1, ("delegation.ends-in-the-past",)),
    ],
)
def test_nobody_grants_more_than_was_asked_for(
    purposes: tuple[str, ...], units: int, days: int, codes: tuple[str, ...]
) -> None:
    at = timezone.now()
    link = asking.ask(wish("submit", "read", "spend", most_units=2), actor=world.administrator("nora"), at=at)
    carla = world.administrator("carla")
    with pytest.raises(CannotAnswer) as refused:
        asking.grant_asked(link.token, terms(*purposes, at=at, units=units, days=days), actor=carla, at=at)
    assert refused.value.decision.codes == codes
    # It works on, for what may be granted.
    asking.grant_asked(link.token, terms("submit", "spend", at=at, units=2), actor=carla, at=at)


def test_who_may_not_decide_is_told_who_asks_and_no_more() -> None:
    at = timezone.now()
    link = asked(at=at)
    world.administrator("carla")
    told = {
        who: asked_page(world.viewer(who) if who else None, link.token, at=at)
        for who in ("", "olaf", "nora", "marta", "carla")
    }
    assert {who: page.deciding if page else None for who, page in told.items()} == {
        "": "sign-in",
        "olaf": "no-organization",
        "nora": "own",
        "marta": "not-administrator",
        "carla": "yes",
    }
    for who, page in told.items():
        assert page is not None
        assert page.partner == "Northgate Distribution"
        assert (page.wish is None, page.asked_by == "", page.expires_at is None) == ((who != "carla",) * 3), (
            who
        )
    for who in ("olaf", "nora", "marta", "cem"):
        with pytest.raises(Http404):
            asking.grant_asked(link.token, terms(at=at), actor=world.viewer(who), at=at)
        with pytest.raises(Http404):
            asking.refuse_asked(link.token, actor=world.viewer(who), at=at)


def test_a_link_ends_by_time_by_withdrawing_and_by_refusing() -> None:
    at = timezone.now()
    carla, nora = world.administrator("carla"), world.administrator("nora")
    old, withdrawn, refused = (asked(at=at) for _each in range(3))
    asking.withdraw(withdrawn.request_id, actor=nora, at=at)
    asking.withdraw(withdrawn.request_id, actor=nora, at=at)
    asking.refuse_asked(refused.token, actor=carla, at=at)
    for token, moment in (
        (old.token, at + LIFETIME),
        (withdrawn.token, at),
        (refused.token, at),
        (old.token[:-1], at),
        ("x" * 32, at),
        ("' OR 1=1 --", at),
    ):
        assert asked_page(None, token, at=moment) is None
        with pytest.raises(CannotAnswer):
            asking.grant_asked(token, terms(at=moment), actor=carla, at=moment)
    assert {line.outcome for line in asked_for(nora, at=at + LIFETIME)} == {
        "expired",
        "withdrawn",
        "refused",
    }
    with pytest.raises(Http404):
        asking.withdraw(old.request_id, actor=carla, at=at)
    asking.remove_old(at=at + LIFETIME + asking.KEPT)
    assert not DelegationRequest.objects.exists()


def test_who_may_ask() -> None:
    at = timezone.now()
    for viewer in (
        world.viewer("nora"),
        world.administrator("rafael", "helpdesk-administrator"),
        world.administrator("carla"),
        world.viewer("olaf"),
    ):
        with pytest.raises(Http404):
            asking.ask(wish(), actor=viewer, at=at)
    with pytest.raises(CannotAsk) as refused:
        asking.ask(
            wish("spend", days=0, tier="reseller"),
            provider_number="4711",
            actor=world.administrator("nora"),
            at=at,
        )
    assert refused.value.decision.codes == (
        "delegation.units-out-of-range",
        "delegation.spending-needs-submitting",
        "asking.days-out-of-range",
        "asking.provider-unknown",
    )
    for _each in range(MOST_OPEN):
        asked(at=at)
    with pytest.raises(CannotAsk) as refused:
        asked(at=at)
    assert refused.value.decision.codes == ("asking.too-many-open",)
    asked(at=at + LIFETIME)


@pytest.mark.req("OBO-4")
def test_a_reseller_asks_its_provider_for_a_customer() -> None:
    at = timezone.now()
    nora, rafael = world.administrator("nora"), world.administrator("rafael")
    Organization.objects.filter(pk=nora.organization_id).update(partner_number="4711")
    carla = world.administrator("carla")
    link = asking.ask(wish(tier="reseller"), provider_number="4711", actor=rafael, at=at)
    asking.grant_asked(link.token, terms("read", at=at), actor=carla, at=at)
    customer = carla.organization_id or 0
    assert customers_through_a_provider(rafael) == (
        (customer, "Olive Grove Foods", "Northgate Distribution"),
    )
    link = asking.ask(wish(tier="reseller"), customer_id=customer, actor=rafael, at=at)
    page = asked_page(nora, link.token, at=at)
    assert page is not None
    assert (page.deciding, page.customer, page.held) == ("yes", "Olive Grove Foods", None)
    with pytest.raises(CannotAnswer) as refused:
        asking.grant_asked(link.token, terms("read", at=at), actor=nora, at=at)
    assert refused.value.decision.codes == ("asking.nothing-to-pass-on",)
    held = world.delegation("nora", "carla", "submit", "read", tier="provider", at=at)
    stranger = asked_page(carla, link.token, at=at)
    assert stranger is not None
    assert (stranger.deciding, stranger.customer) == ("another-organization", "")
    with pytest.raises(Http404):
        asking.grant_asked(link.token, terms("read", at=at), actor=carla, at=at)
    passed_on = asking.grant_asked(link.token, terms("submit", at=at), actor=nora, at=at)
    assert Delegation.objects.get(pk=passed_on).parent_id == held
    assert acting_for(rafael, customer).standing.from_provider == {"submit"}
    with pytest.raises(Http404):
        asking.ask(wish(tier="reseller"), customer_id=world.organization_of("cem"), actor=rafael, at=at)


def test_a_copy_of_the_database_opens_nothing() -> None:
    link = asked()
    with connection.cursor() as cursor:
        cursor.execute("SELECT r::text FROM delegation_delegationrequest r")
        [(row,)] = cursor.fetchall()
        cursor.execute("SELECT payload::text FROM journal_fact")
        facts = " ".join(each for (each,) in cursor.fetchall())
    assert link.token not in row + facts


@pytest.mark.django_db(transaction=True)
def test_of_two_administrators_who_answer_a_link_at_once_one_does() -> None:
    at = timezone.now()
    link = asked(at=at)
    administrators = [world.administrator(who) for who in ("carla", "cem")]

    def grant(actor: Any) -> Any:
        return lambda: asking.grant_asked(link.token, terms("read", at=at), actor=actor, at=at)

    answers = at_once([grant(each) for each in administrators] * 2)
    assert sum(isinstance(each, int) for each in answers) == 1, answers
    assert sum(isinstance(each, CannotAnswer) for each in answers) == 3, answers
    assert Delegation.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_of_many_who_ask_at_once_no_more_have_an_open_link_than_may() -> None:
    at, nora = timezone.now(), world.administrator("nora")
    for _each in range(MOST_OPEN - 1):
        asked(at=at)
    at_once([lambda: asking.ask(wish(), actor=nora, at=at)] * 4)
    assert DelegationRequest.objects.count() == MOST_OPEN
