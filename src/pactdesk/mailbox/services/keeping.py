"""How long received mails are kept."""

from __future__ import annotations

from datetime import datetime, timedelta

from pactdesk.mailbox.models import ReceivedMail


def remove_old(*, keep: timedelta, at: datetime) -> int:
    """Delete received mails that are older than `keep`, and answer how many. One that nobody has looked at yet stays.

    What became a message stands in its request; handing the same mail over again would say nothing twice even then.
    """
    old = ReceivedMail.objects.filter(received_at__lt=at - keep).exclude(state="received")
    return old.delete()[0]
