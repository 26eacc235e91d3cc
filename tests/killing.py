"""Kills whoever buys or pays back, around each commit, or with much effort before each statement, too; then the
completer comes.

A program, so that it can be killed: it starts a child for each point, which kills itself there with SIGKILL, until one
comes through. It answers, as JSON, how many points there were and what was wrong at which.
"""

from __future__ import annotations

import json
import os
import signal
import sys
import traceback
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "pactdesk.project.settings")
django.setup()

import psycopg  # noqa: E402
from django.db import connection  # noqa: E402

from pactdesk.accounts.access import viewer_of  # noqa: E402
from pactdesk.accounts.models import Account  # noqa: E402
from pactdesk.agreements.models import Agreement  # noqa: E402
from pactdesk.purchases.models import Purchase, SandboxPayment, SavedCard  # noqa: E402
from pactdesk.purchases.rules.buying import LEASE  # noqa: E402
from pactdesk.purchases.services import completing, refunds  # noqa: E402
from tests.buying import AT, PRICE, order  # noqa: E402
from tests.effort import THOROUGH  # noqa: E402

MOST_POINTS = 200
LATER = LEASE + timedelta(seconds=1)


def killed_at(point: int, deed: Callable[[], object]) -> bool:
    """Do `deed` in a child that kills itself at its n-th point; whether it got that far."""
    connection.close()
    child = os.fork()
    if child == 0:
        _armed(point)
        try:
            deed()
        except BaseException:
            traceback.print_exc()
            os._exit(1)
        os._exit(0)
    _pid, status = os.waitpid(child, 0)
    if os.WIFSIGNALED(status):
        assert os.WTERMSIG(status) == signal.SIGKILL
        return True
    assert os.WEXITSTATUS(status) == 0, "the deed failed by itself"
    return False


def _armed(point: int) -> None:
    """Before and after each commit, and with much effort before each statement, there is a point."""
    left = [point]

    def tick() -> None:
        left[0] -= 1
        if left[0] == 0:
            os.kill(os.getpid(), signal.SIGKILL)

    execute, commit = psycopg.Cursor.execute, psycopg.Connection.commit

    def watched_execute(cursor: Any, *args: Any, **kwargs: Any) -> Any:
        if THOROUGH:
            tick()
        return execute(cursor, *args, **kwargs)

    def watched_commit(current: Any) -> None:
        tick()
        commit(current)
        tick()

    psycopg.Cursor.execute = watched_execute  # type: ignore[method-assign]
    psycopg.Connection.commit = watched_commit  # type: ignore[method-assign]


def buying() -> tuple[int, list[str]]:
    """Kill an order at every point; afterwards it was never made, or it is paid and granted."""
    actor, card = viewer_of(Account.objects.get(first_name="Olaf")), SavedCard.objects.get().pk
    wrong: list[str] = []
    for point in range(1, MOST_POINTS):
        key = f"order-{point}"
        was_killed = killed_at(point, lambda key=key: order(card, actor=actor, key=key))  # type: ignore[misc]
        wrong += [f"{point}: {each}" for each in _unpaid_and_granted()]
        completing.complete(at=AT + LATER)
        purchase = Purchase.objects.filter(key=key).first()
        if purchase is not None and purchase.state != "granted":
            wrong.append(f"{point}: left {purchase.state}")
        taken = SandboxPayment.objects.filter(captured_minor__gt=0).count()
        granted = Agreement.objects.filter(holder__isnull=False, units_left=1).count()
        if not taken == granted == Purchase.objects.count():
            wrong.append(f"{point}: {taken} charges, {granted} agreements, {Purchase.objects.count()} orders")
        if not was_killed:
            return point, wrong
    return MOST_POINTS, wrong


def _unpaid_and_granted() -> list[str]:
    paid = SandboxPayment.objects.filter(captured_minor=PRICE.minor).values_list("reference", flat=True)
    granted = Purchase.objects.filter(agreement__isnull=False).exclude(payment__in=list(paid))
    return [f"{purchase.number} is granted and not paid" for purchase in granted]


def returning() -> tuple[int, list[str]]:
    """Kill a refund at every point: never money back and something to use, and what was begun is finished."""
    actor, card = viewer_of(Account.objects.get(first_name="Olaf")), SavedCard.objects.get().pk
    marta = viewer_of(Account.objects.get(first_name="Marta"))
    wrong: list[str] = []
    for point in range(1, MOST_POINTS):
        purchase_id = order(card, actor=actor)
        payment = Purchase.objects.get(pk=purchase_id).payment
        was_killed = killed_at(
            point,
            lambda purchase_id=purchase_id: refunds.refund(purchase_id, note="", actor=marta, at=AT + LATER),  # type: ignore[misc]
        )
        for look in ("before", "after"):
            if look == "after":
                completing.complete(at=AT + 3 * LATER)
            purchase = Purchase.objects.select_related("agreement").get(pk=purchase_id)
            back = SandboxPayment.objects.get(reference=payment).refunded_minor
            assert purchase.agreement is not None
            if back and purchase.agreement.units_left:
                wrong.append(f"{point}: money back and an incident, {look} the completer")
            if look == "after" and (purchase.state, back) not in {("granted", 0), ("refunded", PRICE.minor)}:
                wrong.append(f"{point}: {purchase.state} with {back} paid back")
        if not was_killed:
            return point, wrong
    return MOST_POINTS, wrong


if __name__ == "__main__":
    bought, wrong_buying = buying()
    returned, wrong_returning = returning()
    json.dump({"points": [bought, returned], "wrong": [*wrong_buying, *wrong_returning]}, sys.stdout)
