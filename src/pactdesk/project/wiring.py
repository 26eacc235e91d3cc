"""Who is told of what. One screen: a fact's code on the left, those who listen on the right."""

from __future__ import annotations

from functools import wraps

from pactdesk.cases import tasks as cases
from pactdesk.cases.queries import requests
from pactdesk.journal import services as journal
from pactdesk.journal.services import Listener
from pactdesk.notifications import tasks as notifications


def _of_real_requests(listener: Listener) -> Listener:
    """Tests of programs reach nobody: letters are told of real requests only."""

    @wraps(listener)
    def told(fact_id: int) -> None:
        if not requests.is_about_a_test(fact_id):
            listener(fact_id)

    return told


def connect() -> None:
    """Hand the table to the journal. Called once at start."""
    journal.listen(
        {
            "case.opened": (
                _of_real_requests(notifications.queue_confirmation),
                notifications.queue_webhooks,
                cases.queue_indexing,
                cases.queue_assignment,
            ),
            "case.message-added": (notifications.queue_webhooks, cases.queue_indexing),
            "case.assigned": (notifications.queue_webhooks,),
            "case.released": (),
            "case.transferred": (),
            "case.status-changed": (notifications.queue_webhooks,),
            "case.contact-added": (notifications.queue_webhooks, cases.queue_indexing),
            "case.contact-removed": (notifications.queue_webhooks, cases.queue_indexing),
            "case.closed": (notifications.queue_webhooks,),
            "case.reopened": (notifications.queue_webhooks,),
            "case.merged": (notifications.queue_webhooks,),
            "case.escalated": (),
            "case.escalation-taken-up": (),
            "case.linked": (),
            "case.unlinked": (),
            "case.file-added": (notifications.queue_webhooks,),
            "case.file-removed": (),
            "webhook.deliveries-queued": (notifications.queue_deliveries,),
            "webhook.endpoint-disabled": (notifications.queue_notice_of_disabled_endpoint,),
            "webhook.endpoint-added": (),
            "webhook.endpoint-changed": (),
            "webhook.endpoint-enabled": (),
            "webhook.endpoint-removed": (),
            "webhook.secret-replaced": (),
            # Kept for whoever asks later what an owner or an operator did; nobody is told.
            "account.client-issued": (),
            "account.client-revoked": (),
            "account.token-issued": (),
            "account.token-revoked": (),
            "agreement.pair-replaced": (),
            "agreement.registration-restored": (),
            "agreement.registration-revoked": (),
            "agreement.seat-limit-changed": (),
            "mail.discarded": (),
            "mail.released": (),
        }
    )
