"""Places of people in requests."""

from __future__ import annotations

from pactdesk.cases.models import Contact


def claim_places(address: str, *, account_id: int) -> int:
    """Give an account the places of the contacts with this address, once it has proved to own it; answers how many.

    Places that belong to an account stay with it (WIZ-4, REQ-1).
    """
    places = Contact.objects.filter(email=address.lower(), account=None)
    return places.update(account_id=account_id)
