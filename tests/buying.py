"""What tests of purchases have in common: somebody who buys with a card of the sandbox, and time that passes."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from procrastinate.contrib.django.models import ProcrastinateJob

from pactdesk.accounts.viewer import Viewer
from pactdesk.kernel.ids import new_key
from pactdesk.purchases import tasks
from pactdesk.purchases.models import Purchase
from pactdesk.purchases.rules.buying import LEASE, Ware
from pactdesk.purchases.rules.payments import Money
from pactdesk.purchases.services import cards, completing, ordering
from tests import world

SANDBOX = "pactdesk.purchases.providers.sandbox.Sandbox"
AT = datetime(2026, 11, 26, 9, 0, tzinfo=UTC)
PRICE = Money(49_900, "EUR")
SINGLE = Ware("single", "professional-support-1", 1, PRICE, "incl. VAT")
PACK = Ware("five-pack", "professional-support-5", 5, Money(199_900, "EUR"), "incl. VAT")
RETURN_URL = "https://pactdesk.example/purchases/{id}/"


def buyer() -> Viewer:
    """Olaf, who has a personal account."""
    world.catalogue()
    return world.viewer("olaf")


def buy(
    card: str = "works", *, ware: Ware = SINGLE, actor: Viewer | None = None, at: datetime = AT
) -> Purchase:
    """An order of `actor` with a fresh card of the sandbox, taken as far as it goes by itself."""
    actor = actor or buyer()
    card_id = cards.save_test_card(card, actor=actor, at=at)
    return Purchase.objects.get(pk=order(card_id, ware=ware, actor=actor, at=at))


def order(
    card_id: int | None,
    *,
    actor: Viewer,
    ware: Ware | None = SINGLE,
    key: str = "",
    shown: Money | None = None,
    terms_accepted: bool = True,
    at: datetime = AT,
) -> int:
    """Send an order form."""
    return ordering.order_ware(
        ware,
        key=key or str(new_key()),
        shown=shown or (ware.money if ware else PRICE),
        card_id=card_id,
        terms_accepted=terms_accepted,
        return_url=RETURN_URL,
        actor=actor,
        at=at,
    )


def complete(at: datetime = AT + LEASE) -> completing.Completed:
    """What the periodic job does at `at`."""
    return completing.complete(at=at)


def run_payment_jobs() -> int:
    """Do the jobs of the queue of payments that are due, also those that they queue; answers how many."""
    done = 0
    while waiting := list(
        ProcrastinateJob.objects.filter(queue_name=tasks.QUEUE, status="todo", scheduled_at=None).order_by(
            "id"
        )
    ):
        for job in waiting:
            ProcrastinateJob.objects.filter(pk=job.pk)._raw_delete("default")
            task = getattr(tasks, job.task_name.rpartition(".")[2])
            task(**job.args)
            done += 1
    return done


def later(**ago: float) -> datetime:
    """So much after `AT`."""
    return AT + timedelta(**ago)
