"""Work for the outbox and the webhooks: ids in, one service call."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Protocol

from django.db import transaction
from django.utils import timezone
from procrastinate import JobContext, RetryStrategy
from procrastinate.contrib.django import app
from procrastinate.exceptions import AlreadyEnqueued

from pactdesk.journal import queries as journal
from pactdesk.notifications.letters import programs
from pactdesk.notifications.services import (
    announcing,
    delivering,
    endpoints,
    outbox,
    telling,
    telling_approvals,
    telling_balances,
    telling_cards,
    telling_ownership,
    telling_pairs,
    telling_purchases,
    telling_rights,
    telling_sharing,
)


class _Teller(Protocol):
    """Owes the letters about a fact; answers the ids of those to be handed over."""

    def __call__(self, fact_id: int, *, at: datetime) -> list[int]: ...


# Taken by workers of their own, because what waits for other people's servers must not keep anything else waiting.
WEBHOOKS = "webhooks"


def queue_letters(fact_id: int) -> None:
    """Listener of everything that people are told by letter."""
    write_letters.defer(fact_id=fact_id)


def queue_sending(mail_id: int) -> None:
    """Queue the handing over of one owed mail, in the caller's transaction."""
    send.defer(mail_id=mail_id)


def queue_letters_about_rights(fact_id: int) -> None:
    """Listener of what happens to a right."""
    write_letters_about_rights.defer(fact_id=fact_id)


def queue_letters_about_balances(fact_id: int) -> None:
    """Listener of steps that a balance, or the time to the end, has reached."""
    write_letters_about_balances.defer(fact_id=fact_id)


def queue_letters_about_purchases(fact_id: int) -> None:
    """Listener of what happens to a purchase and its payment."""
    write_letters_about_purchases.defer(fact_id=fact_id)


def queue_letters_about_cards(fact_id: int) -> None:
    """Listener of `card.opened`."""
    write_letters_about_cards.defer(fact_id=fact_id)


def queue_letters_about_approvals(fact_id: int) -> None:
    """Listener of what people of the service centre ask one another to approve."""
    write_letters_about_approvals.defer(fact_id=fact_id)


def queue_letters_about_pairs(fact_id: int) -> None:
    """Listener of `agreement.pair-mailed`."""
    write_letters_about_pairs.defer(fact_id=fact_id)


def queue_notices_of_sharing(fact_id: int) -> None:
    """Listener of accounts that add an agreement."""
    write_notices_of_sharing.defer(fact_id=fact_id)


def queue_notices_of_ownership(fact_id: int) -> None:
    """Listener of what the service centre does in the place of an agreement's owner."""
    write_notices_of_ownership.defer(fact_id=fact_id)


def queue_notices_of_use(fact_id: int) -> None:
    """Listener of `case.opened`, for owners who want to know of each use."""
    if telling_sharing.anybody_wants_to_know():
        write_notices_of_sharing.defer(fact_id=fact_id)


def try_parked_again(mail_ids: Iterable[int]) -> int:
    """Let parked mails be written or handed over once more, because an operator asked; answers how many."""
    with transaction.atomic():
        taken_up = outbox.take_up_parked(mail_ids)
        for mail_id in taken_up.mails:
            queue_sending(mail_id)
        for fact_id in taken_up.facts:
            queue_letters(fact_id)
    return len(taken_up.mails) + len(taken_up.facts)


def queue_webhooks(fact_id: int) -> None:
    """Listener of everything that programs are told."""
    if announcing.anybody_listens():
        announce.defer(fact_id=fact_id)


def queue_deliveries(fact_id: int) -> None:
    """Listener of `webhook.deliveries-queued`: somebody asked for something to be sent."""
    wake(journal.fact(fact_id).subject_id)


def queue_notice_of_disabled_endpoint(fact_id: int) -> None:
    """Listener of `webhook.endpoint-disabled`."""
    tell_endpoint_disabled.defer(fact_id=fact_id)


def wake(endpoint_id: int, *, at: datetime | None = None) -> None:
    """Queue the delivering of what is due to one endpoint, now or `at`, once; in the caller's transaction."""
    turn = f"webhooks:{endpoint_id}" + (f":{int(at.timestamp())}" if at else "")
    try:
        with transaction.atomic():
            deliver.configure(queueing_lock=turn, schedule_at=at).defer(endpoint_id=endpoint_id)
    except AlreadyEnqueued:
        pass  # it is to be called then anyway


def _write(tell: _Teller, fact_id: int) -> None:
    """Owe what there is to tell of a fact, and queue the handing over of each letter, or neither."""
    with transaction.atomic():
        for mail_id in tell(fact_id, at=timezone.now()):
            queue_sending(mail_id)


@app.task(queue="mail", retry=RetryStrategy(max_attempts=12, exponential_wait=3))
def write_letters(fact_id: int) -> None:
    """Owe everybody the letters about a fact, and queue the handing over of each."""
    _write(telling.tell, fact_id)


@app.task(queue="mail", retry=RetryStrategy(max_attempts=12, exponential_wait=3))
def write_letters_about_rights(fact_id: int) -> None:
    """Owe those whom a right concerns the letters about a fact, and queue the handing over of each."""
    _write(telling_rights.tell, fact_id)


@app.task(queue="mail", retry=RetryStrategy(max_attempts=12, exponential_wait=3))
def write_letters_about_balances(fact_id: int) -> None:
    """Owe those who answer for an agreement the letters about a fact, and queue the handing over of each."""
    _write(telling_balances.tell, fact_id)


@app.task(queue="mail", retry=RetryStrategy(max_attempts=12, exponential_wait=3))
def write_letters_about_purchases(fact_id: int) -> None:
    """Owe the buyer the letter about a fact, and queue the handing over of it."""
    _write(telling_purchases.tell, fact_id)


@app.task(queue="mail", retry=RetryStrategy(max_attempts=12, exponential_wait=3))
def write_letters_about_cards(fact_id: int) -> None:
    """Owe the owner of a card the letter about a fact, and queue the handing over of it."""
    _write(telling_cards.tell, fact_id)


@app.task(queue="mail", retry=RetryStrategy(max_attempts=12, exponential_wait=3))
def write_letters_about_approvals(fact_id: int) -> None:
    """Owe people of the service centre the letters about a fact, and queue the handing over of each."""
    _write(telling_approvals.tell, fact_id)


@app.task(queue="mail", retry=RetryStrategy(max_attempts=12, exponential_wait=3))
def write_letters_about_pairs(fact_id: int) -> None:
    """Owe the letter that tells a pair, and queue its handing over."""
    _write(telling_pairs.tell, fact_id)


@app.task(queue="mail", retry=RetryStrategy(max_attempts=12, exponential_wait=3))
def write_notices_of_sharing(fact_id: int) -> None:
    """Owe the owner of an agreement the notice that somebody else has added or used it, and queue its handing over."""
    _write(telling_sharing.tell, fact_id)


@app.task(queue="mail", retry=RetryStrategy(max_attempts=12, exponential_wait=3))
def write_notices_of_ownership(fact_id: int) -> None:
    """Owe the owners of an agreement the notices about a fact, and queue the handing over of each."""
    _write(telling_ownership.tell, fact_id)


@app.periodic(cron="23 7 * * *")
@app.task(queue="mail", queueing_lock="tell-ending-rights", lock="tell-ending-rights", pass_context=False)
def tell_of_ending_rights(timestamp: int) -> None:
    """Once a day, of rights that end within two weeks."""
    with transaction.atomic():
        for mail_id in telling_rights.tell_ending(at=timezone.now()):
            queue_sending(mail_id)


@app.task(queue="mail", retry=RetryStrategy(max_attempts=12, exponential_wait=3))
def tell_endpoint_disabled(fact_id: int) -> None:
    """Owe the owner of an endpoint a letter that says that it is off."""
    letter = programs.endpoint_disabled(fact_id)
    if letter is None:
        return
    with transaction.atomic():
        mail_id = outbox.post(letter, at=timezone.now())
        if mail_id is not None:
            queue_sending(mail_id)


@app.task(
    queue="mail",
    retry=RetryStrategy(
        # More than the mail itself allows: a database that is away for a while is no failure of the mail's.
        max_attempts=2 * outbox.MOST_ATTEMPTS,
        linear_wait=600,
        wait=10,
    ),
)
def send(mail_id: int) -> None:
    """Hand one mail over."""
    outbox.hand_over(mail_id, at=timezone.now())


@app.task(queue="facts", retry=RetryStrategy(max_attempts=12, exponential_wait=3))
def announce(fact_id: int) -> None:
    """Owe a fact to the programs that are told of it."""
    with transaction.atomic():
        for endpoint_id in announcing.announce(fact_id, at=timezone.now()):
            wake(endpoint_id)


@app.task(queue=WEBHOOKS, retry=RetryStrategy(max_attempts=12, exponential_wait=3), pass_context=True)
def deliver(context: JobContext, endpoint_id: int) -> None:
    """Hand over what is due to one endpoint, and come back for the rest."""
    again = delivering.deliver(endpoint_id, clock=timezone.now, stop=context.should_abort)
    if again is not None:
        wake(endpoint_id, at=again)


@app.periodic(cron="43 3 * * *")
@app.task(queue="housekeeping", pass_context=False)
def remove_old_deliveries(timestamp: int) -> None:
    """Once a night."""
    endpoints.remove_old_deliveries(at=timezone.now())
