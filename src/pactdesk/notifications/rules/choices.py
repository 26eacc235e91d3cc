"""What people may choose to be told of. Confirmations, invitations, letters about one's own account, and pages of a
lead always come."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from pactdesk.notifications.rules import approvals, balances, rights, sharing, telling


@dataclass(frozen=True, slots=True)
class Choice:
    """A choice that covers some kinds of letters. `at_desk`: only who works there is asked, `at_service_centre`
    likewise, `for_administrators`: only who has a role in the organization. `of_benefits`: it is about agreements;
    `by_agreement`: and their owner may choose otherwise for each of them. `default`: until chosen."""

    code: str
    kinds: tuple[str, ...]
    at_desk: bool
    default: bool
    for_administrators: bool = False
    of_benefits: bool = False
    by_agreement: bool = False
    at_service_centre: bool = False


CHOICES: tuple[Choice, ...] = (
    Choice(
        "answers",
        (telling.ANSWER, telling.WAITING, telling.RESOLVED, telling.FILE_ADDED, telling.TAKEN_UP),
        at_desk=False,
        default=True,
    ),
    Choice("endings", (telling.CLOSED, telling.REOPENED, telling.MERGED), at_desk=False, default=True),
    Choice("severity", (telling.SEVERITY_CHANGED, telling.SEVERITY_RESTORED), at_desk=False, default=True),
    Choice("places", (telling.CONTACT_ADDED, telling.CONTACT_REMOVED), at_desk=False, default=True),
    Choice("balances", balances.KINDS, at_desk=False, default=True, of_benefits=True),
    Choice(
        "registrations",
        (sharing.REGISTERED,),
        at_desk=False,
        default=True,
        of_benefits=True,
        by_agreement=True,
    ),
    Choice("uses", (sharing.USED,), at_desk=False, default=False, of_benefits=True, by_agreement=True),
    Choice("rights", rights.KINDS, at_desk=False, default=True, for_administrators=True),
    Choice("assigned", (telling.DESK_ASSIGNED,), at_desk=True, default=True),
    Choice(
        "replies",
        (telling.DESK_REPLY, telling.DESK_REOPENED, telling.DESK_SEVERITY),
        at_desk=True,
        default=True,
    ),
    Choice("escalations", (telling.DESK_ESCALATED,), at_desk=True, default=True),
    Choice("promises", (telling.DESK_PROMISE,), at_desk=True, default=True),
    Choice("team", (telling.DESK_NEW,), at_desk=True, default=False),
    Choice("approvals", (approvals.ASKED,), at_desk=True, default=True, at_service_centre=True),
    Choice("decisions", (approvals.DECIDED,), at_desk=True, default=True, at_service_centre=True),
)
CODES: tuple[str, ...] = tuple(each.code for each in CHOICES)
BY_AGREEMENT: tuple[str, ...] = tuple(each.code for each in CHOICES if each.by_agreement)
_OF_KIND: Mapping[str, Choice] = {kind: each for each in CHOICES for kind in each.kinds}


def choice_of(kind: str) -> Choice | None:
    """The choice that covers letters of this kind; None where they always come."""
    return _OF_KIND.get(kind)


def is_wanted(kind: str, chosen: Mapping[str, bool], *, here: Mapping[str, bool] | None = None) -> bool:
    """Whether somebody who has chosen like this is told by letters of this kind. What was chosen for the one agreement
    that a letter is about, `here`, goes before what was chosen for all of them."""
    choice = choice_of(kind)
    if choice is None:
        return True
    if here and choice.by_agreement and choice.code in here:
        return here[choice.code]
    return chosen.get(choice.code, choice.default)


def is_asked(choice: Choice, *, works_at_desk: bool, administers: bool, at_service_centre: bool) -> bool:
    """Whether somebody is asked to make this choice."""
    return (
        (works_at_desk or not choice.at_desk)
        and (administers or not choice.for_administrators)
        and (at_service_centre or not choice.at_service_centre)
    )
