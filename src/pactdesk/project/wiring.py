"""Who is told of what. One screen: a fact's code on the left, those who listen on the right."""

from __future__ import annotations

from pactdesk.journal import services as journal
from pactdesk.notifications import tasks as notifications


def connect() -> None:
    """Hand the table to the journal. Called once at start."""
    journal.listen(
        {
            "case.opened": (notifications.queue_confirmation,),
            # Kept for whoever asks later what an owner did; nobody is told.
            "agreement.pair-replaced": (),
            "agreement.registration-restored": (),
            "agreement.registration-revoked": (),
            "agreement.seat-limit-changed": (),
        }
    )
