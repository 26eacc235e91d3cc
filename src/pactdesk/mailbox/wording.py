"""Why a mail did not become a message, for operators."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from pactdesk.kernel.decisions import Reason
from pactdesk.notifications import wording as others

SENTENCES = {
    "mail.too-large": _("The mail is larger than %(megabytes)s MB."),
    "mail.too-complex": _("The mail has more parts, levels, lines or headers than an honest mail needs."),
    "mail.unreadable": _("The mail could not be read (%(error)s)."),
    "mail.from-unclear": _(
        "The header From does not name exactly one address that every program reads alike."
    ),
    "mail.sender-unproven": _("Our mail server did not confirm that the mail is from %(address)s."),
    "mail.sender-other": _("The mail is from %(address)s, but its reply address belongs to %(expected)s."),
    "mail.replies-off": _(
        "No sender can be confirmed, because the name of our own mail server is not set (PACTDESK_MAIL_AUTHSERV_ID)."
    ),
    "mail.no-reply-address": _(
        "The mail was not sent to a reply address of ours, so it belongs to no request."
    ),
    "mail.several-requests": _("The mail was sent to the reply addresses of several requests or contacts."),
    "mail.contact-gone": _("Whoever had this reply address is no longer a contact of the request."),
    "mail.empty": _("The mail says nothing beside what it quotes, and brings no file."),
    "mail.too-many": _("More mails came from this contact within an hour than a person writes (%(most)s)."),
    "mail.automatic": _("A machine wrote the mail: %(sign)s says so."),
    "mail.delivery-report": _("The mail is a report about the delivery of another mail."),
    "mail.from-a-desk": _("A support desk like this one wrote the mail."),
    "mail.could-not-be-processed": _("The mail could not be processed (%(error)s). It can be tried again."),
    "mail.cannot-be-released": _("A mail that was held for this reason cannot become a message."),
    "mail.needs-a-word": _("Confirm that this mail is from the contact. Its sender is not proven."),
    "mail.decided-already": _("Somebody has decided about this mail already."),
}


def sentence(reason: Reason) -> str:
    """`reason` in the active language, whichever room it comes from. Raises KeyError for a code without a sentence."""
    if reason.code in SENTENCES:
        return str(SENTENCES[reason.code]) % reason.params
    return others.sentence(reason, "UTC")
