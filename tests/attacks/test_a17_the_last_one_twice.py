"""A17: what is there once is given once: the last place of an agreement, a correction, a purchase, its money, a pair.

Beside the races stand their twins, the same without the lock: there the loss happens, or the database's own guard is
what is left. Everybody in a twin reads before anybody writes, so that it is lost every time.
"""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.conf import LazySettings
from django.db.models import QuerySet
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from pactdesk.accounts.models import Enrolment, Location
from pactdesk.agreements import services as agreements
from pactdesk.agreements.models import Agreement, Correction, LedgerEntry, PairMailing, Registration
from pactdesk.agreements.rules.corrections import Change
from pactdesk.agreements.rules.issuing import WantedAgreement
from pactdesk.agreements.rules.mailing import MOST_OF_AGREEMENT
from pactdesk.agreements.services import activation, corrections, issuing, mailing
from pactdesk.kernel.decisions import Refused
from pactdesk.kernel.ids import new_key
from pactdesk.purchases.models import Purchase, SandboxPayment
from pactdesk.purchases.services import cards, ordering, refunds, returning
from tests import world
from tests.buying import PRICE, SANDBOX, SINGLE, order
from tests.doors.visitors import visitor
from tests.racing import SECONDS, at_once, behind, outcome

RACERS = 6

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("contexts")]


def how(outcomes: list[Any]) -> Counter[str]:
    """How it ended, counted: reason codes, statuses, names of other exceptions, "done" for the rest."""
    return Counter(
        each.decision.codes[0]
        if isinstance(each, Refused)
        else type(each).__name__
        if isinstance(each, Exception)
        else str(getattr(each, "status_code", "done"))
        for each in outcomes
    )


def clicks(address: str, data: dict[str, str], *people: str) -> Counter[str]:
    """The same form, sent at the same moment by each of these, from windows of their own."""

    def click(client: Client) -> Callable[[], Any]:
        return lambda: client.post(address, data)

    return how(at_once([click(visitor(who)) for who in people]))


def asked(agreement_id: int, units: int) -> int:
    """A correction that waits for a second person."""
    return corrections.ask(
        agreement_id,
        Change("add", units),
        reason="Agreed",
        key=new_key(),
        actor=world.viewer("marta"),
        at=timezone.now(),
    ).correction_id


def wished() -> int:
    """An agreement for Olaf that waits for a second person."""
    wish = WantedAgreement(
        "gold-partner-support-20", None, world.person("olaf").pk, 20, timezone.now().date(), None
    )
    marta = world.viewer("marta")
    return issuing.ask(wish, reason="Agreed", key=new_key(), actor=marta, at=timezone.now()).issuance_id


def activated() -> int:
    """An agreement that a renewal activated and whose pair nobody was mailed so far; Carla is its contact by now."""
    organization_id = world.organization_of("carla")
    at = timezone.now()
    place = Location.objects.create(
        organization_id=organization_id, is_headquarters=True, name="Head office", country="GR"
    )
    Enrolment.objects.create(
        organization_id=organization_id,
        level="gold",
        renewed_on=(at - timedelta(days=7)).date(),
        ends_on=(at + timedelta(days=300)).date(),
    )
    activation.activate_due(at=at)
    assert not PairMailing.objects.filter(occasion="activated").exists()
    Location.objects.filter(pk=place.pk).update(primary_contact=world.person("carla"))
    return Agreement.objects.filter(activation__isnull=False).latest("pk").pk


@pytest.mark.req("AGR-10", "AGR-11", "PPI-5", "BEN-1")
def test_what_is_there_once_is_given_once_however_many_ask_at_once(settings: LazySettings) -> None:
    """All in one house, so that it is set up once."""
    settings.PAYMENT_PROVIDER, settings.UNITS_ALONE = SANDBOX, 5
    world.team("service-centre", "marta", "ines")
    now, marta = timezone.now(), world.viewer("marta")

    # The last place, for which four accounts try the same pair.
    gold = world.agreement(owner="nora", units=9)
    Agreement.objects.filter(pk=gold.id).update(seat_limit=1)
    pair = {"access_id": gold.access_id, "contract_id": gold.contract_id}
    everybody = ("carla", "cem", "rafael", "olaf")  # nobody who decides below: whoever benefits may not
    assert clicks(reverse("portal:benefit-add"), pair, *everybody) == {"302": 1, "422": 3}
    assert Registration.objects.filter(agreement_id=gold.id, revoked_at=None).count() == 1

    # Somebody adds it while the owner lowers the limit, either of them first.
    Agreement.objects.filter(pk=gold.id).update(seat_limit=2)
    nora, late = world.viewer("nora"), [each for each in everybody if not registered(each, gold)]
    limit = lambda: agreements.set_seat_limit(gold.id, 1, actor=nora, at=now)  # noqa: E731
    with behind(limit, lambda: add(late[0], gold)) as (waiting,):
        pass
    assert how([outcome(waiting)]) == {"agreement.no-seat-left": 1}
    agreements.set_seat_limit(gold.id, 2, actor=nora, at=now)
    with behind(lambda: add(late[0], gold), limit) as (waiting,):
        pass
    assert isinstance(outcome(waiting), agreements.CannotLimitSeats)
    assert (Agreement.objects.get(pk=gold.id).seat_limit, places(gold)) == (2, 2)

    # A correction that is approved six times.
    approval = reverse("desk:approval", args=[asked(gold.id, 50)])
    assert clicks(approval, {"do": "approve", "words": ""}, *["ines"] * RACERS) == {"302": 1, "422": 5}
    assert Agreement.objects.get(pk=gold.id).units_left == 9 + 50

    # An agreement that is issued by six approvals of one wish, and by one form that is sent six times.
    approval, made = reverse("desk:issuance", args=[wished()]), Agreement.objects.count()
    assert clicks(approval, {"do": "approve", "words": ""}, *["ines"] * RACERS) == {"302": 1, "422": 5}
    assert Agreement.objects.count() == made + 1
    form = {
        "programme": "gold-partner-support-20",
        "units": "3",
        "starts_on": now.date().isoformat(),
        "owner": world.person("olaf").email,
        "reason": "Agreed",
        "key": str(new_key()),
    }
    assert clicks(reverse("desk:agreement-issue"), form, *["marta"] * RACERS) == {"302": RACERS}
    assert Agreement.objects.count() == made + 2

    # An order that is sent six times, and the money of it that is asked back six times.
    card_id = cards.save_test_card("works", actor=world.viewer("olaf"), at=now)
    page = reverse("portal:buy-offer", args=["single-incident"])
    shown = visitor("olaf").get(page).context["page"].form
    paid = {name: str(shown.initial[name]) for name in ("key", "amount_minor", "currency")}
    sent = clicks(page, {**paid, "card": str(card_id), "terms_accepted": "on"}, *["olaf"] * RACERS)
    assert sent == {"302": RACERS}
    [purchase] = Purchase.objects.all()
    assert (purchase.state, SandboxPayment.objects.count()) == ("granted", 1)
    refund = lambda: refunds.refund(purchase.pk, note="", actor=marta, at=now)  # noqa: E731
    assert how(at_once([refund] * RACERS)) == {"done": 1, "refund.already": RACERS - 1}
    assert SandboxPayment.objects.get().refunded_minor == purchase.amount_minor
    assert LedgerEntry.objects.filter(agreement_id=purchase.agreement_id, units__lt=0).count() == 1

    # A pair that is mailed to its contact, and is asked for again by more clicks than are answered in a day.
    pair_of = activated()
    mail = lambda: mailing.mail_activated(pair_of, at=now)  # noqa: E731
    assert sorted(at_once([mail] * RACERS)) == [False] * (RACERS - 1) + [True]
    lost, again = reverse("portal:benefit-lost-ids"), {"do": "mail-me", "agreement": str(pair_of)}
    answers = clicks(lost, again, *["carla"] * RACERS)
    assert answers["302"] == MOST_OF_AGREEMENT
    assert set(answers) == {"302", "422"}
    assert PairMailing.objects.filter(agreement_id=pair_of).count() == 1 + answers["302"]


def registered(who: str, plan: world.Agreement) -> bool:
    return Registration.objects.filter(agreement_id=plan.id, account=world.person(who)).exists()


def places(plan: world.Agreement) -> int:
    return Registration.objects.filter(agreement_id=plan.id, revoked_at=None).count()


def add(who: str, plan: world.Agreement) -> int:
    """Add the agreement from an address of one's own, since guesses from one address take turns."""
    return agreements.add_agreement(
        plan.access_id,
        plan.contract_id,
        subject=None,
        address=f"192.0.2.{len(who)}{ord(who[0])}",
        actor=world.viewer(who),
        at=timezone.now(),
    )


@pytest.fixture
def unlocked(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Take all row locks away, and let two who ask one of these rules of `module` wait there for each other."""
    monkeypatch.setattr(QuerySet, "select_for_update", lambda self, **_about: self)

    def together(module: Any, *names: str) -> None:
        both = threading.Barrier(2)
        for name in names:
            monkeypatch.setattr(
                module, name, waited_for(kept.setdefault((module, name), getattr(module, name)), both)
            )

    kept: dict[tuple[Any, str], Callable[..., Any]] = {}
    return together


def waited_for(rule: Callable[..., Any], both: threading.Barrier) -> Callable[..., Any]:
    def asked_by_both(*about: Any, **more: Any) -> Any:
        decision = rule(*about, **more)
        both.wait(timeout=SECONDS)
        return decision

    return asked_by_both


@pytest.mark.req("AGR-10", "AGR-11", "PPI-5", "BEN-1")
def test_without_the_locks_it_is_given_twice_or_the_database_alone_is_in_the_way(
    settings: LazySettings, unlocked: Callable[..., None]
) -> None:
    settings.PAYMENT_PROVIDER, settings.UNITS_ALONE = SANDBOX, 5
    world.team("service-centre", "marta", "ines")
    now, marta, olaf = timezone.now(), world.viewer("marta"), world.viewer("olaf")
    for who in ("carla", "cem", "rafael"):
        world.person(who)
    gold = world.agreement(owner="nora", units=9)
    Agreement.objects.filter(pk=gold.id).update(seat_limit=1)
    waits, pair_of = asked(gold.id, 50), activated()
    card_id = cards.save_test_card("works", actor=olaf, at=now)
    bought = order(card_id, actor=olaf, at=now)

    unlocked(agreements, "may_take_a_seat")
    assert how(at_once([lambda: add("carla", gold), lambda: add("cem", gold)])) == {"done": 2}
    assert places(gold) == 2, "two have the one place"

    Agreement.objects.filter(pk=gold.id).update(seat_limit=None)
    unlocked(agreements, "may_limit_seats", "may_take_a_seat")
    nora = world.viewer("nora")
    limit = lambda: agreements.set_seat_limit(gold.id, 2, actor=nora, at=now)  # noqa: E731
    assert how(at_once([limit, lambda: add("rafael", gold)])) == {"done": 2}
    assert (Agreement.objects.get(pk=gold.id).seat_limit, places(gold)) == (2, 3), "more than the limit"

    unlocked(corrections, "may_be_corrected")
    ines = world.viewer("ines")
    approve = lambda: corrections.decide(waits, approves=True, words="", actor=ines, at=now)  # noqa: E731
    assert how(at_once([approve, approve])) == {"done": 1, "IntegrityError": 1}
    assert (Agreement.objects.get(pk=gold.id).units_left, Correction.objects.get().outcome) == (59, "done")

    unlocked(ordering, "may_order")
    key = str(new_key())
    pay = lambda: order(card_id, actor=olaf, ware=SINGLE, key=key, at=now)  # noqa: E731
    assert how(at_once([pay, pay])) == {"done": 1, "IntegrityError": 1}
    assert SandboxPayment.objects.count() == Purchase.objects.count() == 2

    unlocked(returning, "refundable")
    refund = lambda: refunds.refund(bought, note="", actor=marta, at=now)  # noqa: E731
    assert how(at_once([refund, refund])) == {"done": 1, "refund.used": 1}
    assert sum(SandboxPayment.objects.values_list("refunded_minor", flat=True)) == PRICE.minor

    unlocked(mailing, "addressed")
    mail = lambda: mailing.mail_activated(pair_of, at=now)  # noqa: E731
    assert how(at_once([mail, mail])) == {"done": 1, "IntegrityError": 1}
    assert PairMailing.objects.filter(agreement_id=pair_of).count() == 1
