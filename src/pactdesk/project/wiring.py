"""Who is told of what. One screen: a fact's code on the left, those who listen on the right."""

from __future__ import annotations

from pactdesk.cases import tasks as cases
from pactdesk.journal import services as journal
from pactdesk.notifications import tasks as notifications


def connect() -> None:
    """Hand the table to the journal. Called once at start."""
    journal.listen(
        {
            "case.opened": (notifications.queue_confirmation, cases.queue_indexing, cases.queue_assignment),
            # What happens to a request is told by letters and webhooks, as they are built.
            "case.message-added": (cases.queue_indexing,),
            "case.assigned": (),
            "case.released": (),
            "case.transferred": (),
            "case.status-changed": (),
            "case.contact-added": (cases.queue_indexing,),
            "case.contact-removed": (cases.queue_indexing,),
            "case.closed": (),
            "case.reopened": (),
            "case.merged": (),
            "case.linked": (),
            "case.unlinked": (),
            "case.file-added": (),
            "case.file-removed": (),
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
