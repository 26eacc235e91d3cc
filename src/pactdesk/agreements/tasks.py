"""Ending what has ended, and warning before."""

from __future__ import annotations

from django.utils import timezone
from procrastinate.contrib.django import app

from pactdesk.agreements import services
from pactdesk.agreements.queries.warnings import chosen_steps
from pactdesk.agreements.services import activation, mailing, warnings


@app.periodic(cron="*/15 * * * *")
@app.task(queue="housekeeping", pass_context=False)
def expire_ended_agreements(timestamp: int) -> None:
    """Every quarter of an hour, because agreements end at midnight in many zones."""
    services.expire_ended(at=timezone.now())


@app.periodic(cron="47 * * * *")
@app.task(
    queue="housekeeping", queueing_lock="activate-renewals", lock="activate-renewals", pass_context=False
)
def activate_renewals(timestamp: int) -> None:
    """Every hour: what renewals bring, and the pairs for which there is somebody to be mailed to by now."""
    activation.activate_due(at=timezone.now())
    mailing.mail_waiting(at=timezone.now())


@app.periodic(cron="* * * * *")
@app.task(queue="housekeeping", queueing_lock="warn-of-balances", lock="warn-of-balances", pass_context=False)
def warn_of_balances(timestamp: int) -> None:
    """Every minute: what the ledger has moved since."""
    warnings.look_at_what_moved(chosen_steps(), at=timezone.now())


@app.periodic(cron="11 * * * *")
@app.task(queue="housekeeping", queueing_lock="warn-of-ends", lock="warn-of-balances", pass_context=False)
def warn_of_ends(timestamp: int) -> None:
    """Every hour, because days begin in many zones; once a day every agreement is looked at."""
    at = timezone.now()
    warnings.look_at_the_ends(chosen_steps(), at=at)
    if at.hour == 2:
        warnings.look_at_all(chosen_steps(), at=at)
