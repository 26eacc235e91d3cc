"""People whom an engineer looks for by a part of their name or address."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from django.db.models import Q

from pactdesk.accounts import queries as accounts
from pactdesk.accounts.viewer import Viewer
from pactdesk.cases.access import desk_cases
from pactdesk.cases.models import Contact

# So many of the requests that changed last are looked through: whoever wrote before that is found by words.
RECENT: Final = 500
_AT_MOST: Final = 60


@dataclass(frozen=True, slots=True)
class FoundPerson:
    """Somebody at the desk (`account_id`, of a team of the viewer's), or a contact (None) of requests there."""

    name: str
    email: str
    account_id: int | None


def people_found(viewer: Viewer, text: str, *, most: int) -> tuple[FoundPerson, ...]:
    """At most so many people with `text` in their name or address: of the viewer's teams, then contacts of the requests
    at the viewer's desk that changed last. Three queries."""
    wanted = text.strip().casefold()
    if not wanted or not viewer.works_at_desk:
        return ()
    members = dict(member for team in accounts.teams(only=viewer.teams) for member in team.members)
    found = [
        FoundPerson(name, "", account_id)
        for account_id, name in sorted(members.items(), key=lambda each: each[1])
        if wanted in name.casefold()
    ]
    recent = desk_cases(viewer).order_by("-changed_at").values("pk")[:RECENT]
    named = Contact.objects.filter(
        Q(name__icontains=wanted) | Q(email__icontains=wanted), case__in=recent
    ).order_by("-case")
    contacts = {each.email: each.name for each in named[:_AT_MOST]}
    found += [FoundPerson(name, email, None) for email, name in contacts.items()]
    return tuple(found[:most])
