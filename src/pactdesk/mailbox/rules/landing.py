"""Whether a mail becomes a message in a request (trust A1 to A5).

Four things have to be true: it names a place by a key that only we can make; the place is still there; it is from the
contact who has that place, provably; and a person wrote it. Nothing else counts: not the number of a request, not who
is in copy, not whose address it is elsewhere. An engineer who answers by mail is whatever the place says.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from pactdesk.kernel.decisions import Decision, Reason
from pactdesk.mailbox.rules.automatic import automatic
from pactdesk.mailbox.rules.parsing import Parsed
from pactdesk.mailbox.rules.sender import sender_of, unproven

AUTOMATIC = frozenset({"mail.automatic", "mail.delivery-report", "mail.from-a-desk"})
# Somebody else may have written it: to let one of these through is to vouch for the sender.
FORGEABLE = frozenset({"mail.from-unclear", "mail.sender-unproven", "mail.sender-other", "mail.replies-off"})
OVERRIDABLE = FORGEABLE | {"mail.automatic", "mail.too-many"}
# Nobody can set these aside, but they may have ceased to be true.
WORTH_ANOTHER_TRY = frozenset({"mail.could-not-be-processed", "case.is-closed"})


@dataclass(frozen=True, slots=True)
class Place:
    """The contact whom a reply address names: the case, the id of the place, and the address that has it."""

    case: int
    contact: int
    address: str


def may_land(
    mail: Parsed, places: Sequence[Place | None], *, words: str, envelope_from: str | None, authserv_id: str
) -> Decision:
    """Every reason why `mail` does not become a message; none where it does.

    `places` are those that its keyed addresses name, None for one whose contact was removed; `words` is what it would
    say. A mail that a machine wrote has that one reason only: nothing more is to be looked into.
    """
    machine = automatic(mail, envelope_from=envelope_from)
    if machine:
        return Decision((machine,))
    refusals = [*_misplaced(places)]
    sender = sender_of(mail)
    if isinstance(sender, Reason):
        refusals.append(sender)
    else:
        if (reason := unproven(mail, sender, authserv_id=authserv_id)) is not None:
            refusals.append(reason)
        place = places[0] if places else None
        if place is not None and sender != place.address.lower():
            refusals.append(Reason("mail.sender-other", {"address": sender, "expected": place.address}))
    if not words and not mail.attachments:
        refusals.append(Reason("mail.empty"))
    return Decision(tuple(refusals))


def releasable(codes: Collection[str]) -> bool:
    """Whether an operator may release a mail that was refused for these reasons."""
    return bool(codes) and set(codes) <= OVERRIDABLE | WORTH_ANOTHER_TRY


def vouches(codes: Collection[str]) -> bool:
    """Whether releasing such a mail means to vouch that it is from the contact."""
    return not FORGEABLE.isdisjoint(codes)


def _misplaced(places: Sequence[Place | None]) -> list[Reason]:
    if not places:
        return [Reason("mail.no-reply-address")]
    if len(places) > 1:
        return [Reason("mail.several-requests")]
    return [Reason("mail.contact-gone")] if places[0] is None else []
