"""What operators do with mails that were held back."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.http import Http404

from pactdesk.journal import services as journal
from pactdesk.kernel.decisions import Reason, Refused
from pactdesk.mailbox.facts import MailDiscarded, MailReleased
from pactdesk.mailbox.models import ReceivedMail
from pactdesk.mailbox.rules.landing import releasable, vouches
from pactdesk.mailbox.services.processing import take

HELD = ("quarantined", "ignored")


class CannotDecide(Refused):
    """The mail stays as it was."""


@transaction.atomic
def release(mail_id: int, *, vouched: bool, actor_id: int, at: datetime) -> bool:
    """Process a held mail once more, without the reasons that may be set aside; answers whether it is a message now.

    Whose sender is in doubt is let through only where the operator vouches for it, and then says what its reply address
    says: never more than a contact may. Raises Http404, `CannotDecide`.
    """
    mail = _held(mail_id)
    codes = [Reason.from_data(each).code for each in mail.reasons]
    if not releasable(codes):
        raise CannotDecide(Reason("mail.cannot-be-released"))
    if vouches(codes) and not vouched:
        raise CannotDecide(Reason("mail.needs-a-word"))
    mail.decided_by_id = actor_id
    mail.overridden = codes
    if not take(mail, overridden=codes, at=at):
        return False
    mail.state = ReceivedMail.State.RELEASED
    mail.save(update_fields=["state"])
    fact = MailReleased(mail.pk, case=mail.case_number, reasons=codes, vouched=vouched and vouches(codes))
    journal.record(fact, actor_id=actor_id, at=at)
    return True


@transaction.atomic
def discard(mail_id: int, *, actor_id: int, at: datetime) -> None:
    """Put a held mail aside for good; it is deleted with all others of its age. Raises Http404, `CannotDecide`."""
    mail = _held(mail_id)
    mail.state = ReceivedMail.State.DISCARDED
    mail.decided_by_id, mail.decided_at = actor_id, at
    mail.save(update_fields=["state", "decided_by", "decided_at"])
    codes = [Reason.from_data(each).code for each in mail.reasons]
    fact = MailDiscarded(mail.pk, case=mail.case_number, reasons=codes)
    journal.record(fact, actor_id=actor_id, at=at)


def _held(mail_id: int) -> ReceivedMail:
    mail = ReceivedMail.objects.select_for_update(of=("self",)).filter(pk=mail_id).first()
    if mail is None:
        raise Http404
    if mail.state not in HELD:
        raise CannotDecide(Reason("mail.decided-already"))
    return mail
