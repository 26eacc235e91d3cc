"""A17: whatever is clicked many times at once happens once. The races of the services stand in `tests/rooms`; here
every click goes through the door."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from django.conf import LazySettings
from django.http import HttpResponse
from django.urls import reverse
from django.utils import timezone

from pactdesk.agreements.models import Agreement, LedgerEntry
from pactdesk.cases.models import Case, Contact, Invitation, Message
from pactdesk.kernel.ids import new_key
from pactdesk.purchases.models import Purchase, SandboxPayment
from pactdesk.purchases.rules.payments import Money
from pactdesk.purchases.services.cards import save_test_card
from pactdesk.purchases.services.programs import open_card
from tests import world
from tests.buying import SANDBOX
from tests.doors.programs import new_key as new_idempotency_key
from tests.doors.programs import program
from tests.doors.visitors import visitor
from tests.drafts import ready
from tests.racing import at_once

NOW = datetime(2026, 11, 20, 13, 2, tzinfo=UTC)
CLICKS = 12

pytestmark = pytest.mark.django_db(transaction=True)


def clicked(who: str, address: str, data: dict[str, str]) -> Counter[int]:
    """Send the same form `CLICKS` times at the same moment, each from a window of its own."""

    def click() -> Callable[[], HttpResponse]:
        client = visitor(who)
        return lambda: client.post(address, data)

    answers = at_once([click() for _each in range(CLICKS)])
    assert not [each for each in answers if isinstance(each, Exception)], answers
    return Counter(each.status_code for each in answers)


def hidden(who: str, address: str) -> dict[str, str]:
    page = visitor(who).get(address).content.decode()
    found = dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', page))
    return {name: value for name, value in found.items() if name != "csrfmiddlewaretoken"}


def left(plan: world.Agreement) -> int:
    return Agreement.objects.get(pk=plan.id).units_left


@pytest.mark.req("WIZ-6", "AGR-6", "AGR-10", "REQ-2")
def test_each_click_counts_once_however_often_it_is_sent() -> None:
    """One request from its sending to its reopening, so that the house is set up once."""
    world.team("support", "ines")
    plan = world.agreement(units=3, registered=["carla"], at=NOW)
    draft = ready(world.viewer("carla"), plan.id, at=NOW)

    send = reverse("portal:intake-step", args=[draft, "submit"])
    assert set(clicked("carla", send, {"terms": "on", "terms_accepted": "on"})) == {302}
    number = Case.objects.get().pk
    assert left(plan) == 2

    here, there = (
        reverse("portal:request", args=[f"PD-{number}"]),
        reverse("desk:request", args=[f"PD-{number}"]),
    )
    assert set(clicked("carla", here, {"text": "Here is the log.", "key": str(new_key())})) == {302}
    assert Message.objects.filter(case_id=number).count() == 1
    assert set(clicked("ines", there, {**hidden("ines", there), "text": "Try this.", "do": "reply"})) == {302}
    assert Message.objects.filter(case_id=number).count() == 2

    share = reverse("portal:request-sharing", args=[f"PD-{number}"])
    answers = clicked("carla", share, {"name": "Zoe", "email": "zoe@olive-grove-foods.example"})
    assert answers[302] == 1
    assert set(answers) <= {302, 422}
    assert Contact.objects.filter(case_id=number).count() == 2
    assert Invitation.objects.filter(case_id=number).count() == 1

    close = reverse("desk:close", args=[f"PD-{number}"])
    why = {"outcome": "non-decrement", "cause": "goodwill", "reason": "It was ours."}
    assert set(clicked("ines", close, {**hidden("ines", close), **why})) <= {302, 409, 422}
    assert Case.objects.get().status == "closed"
    assert left(plan) == 3
    assert LedgerEntry.objects.filter(kind="credit").count() == 1

    reopen = reverse("portal:request-reopen", args=[f"PD-{number}"])
    assert set(clicked("carla", reopen, {"reason": "It is back."})) <= {302, 409, 422}
    assert Case.objects.get().status != "closed"
    assert left(plan) == 2
    assert LedgerEntry.objects.filter(kind="deduct").count() == 2


@pytest.mark.req("PPI-3", "PPI-5")
def test_programs_together_charge_a_card_no_more_than_its_owner_allows(settings: LazySettings) -> None:
    settings.PAYMENT_PROVIDER = SANDBOX
    world.catalogue()
    olaf, at = world.viewer("olaf"), timezone.now()
    card = save_test_card("works", actor=olaf, at=at)
    open_card(card, Money(2 * 45_900, "EUR"), terms_accepted=True, actor=olaf, at=at)
    order = {"offer": "single-incident", "price": {"amount_minor": 45_900, "currency": "EUR"}}
    body, key = {**order, "card": card, "terms_accepted": True}, new_idempotency_key()

    def sent(key: str) -> Callable[[], HttpResponse]:
        asking = program("olaf")
        return lambda: asking.post("/purchases", body, key=key)

    same = at_once([sent(key) for _each in range(CLICKS // 2)])
    assert {each.status_code for each in same} <= {201, 409}
    assert (Purchase.objects.count(), SandboxPayment.objects.count()) == (1, 1)
    others = at_once([sent(new_idempotency_key()) for _each in range(CLICKS // 2)])
    assert Counter(each.status_code for each in others) == {201: 1, 422: CLICKS // 2 - 1}
    paid = Purchase.objects.filter(state="granted")
    assert sum(each.captured_minor for each in paid) == 2 * 45_900
