"""What somebody who wants to try Pactdesk out is told."""

from __future__ import annotations

import textwrap

from pactdesk.agreements.rules import grouped
from pactdesk.catalog import queries as catalog
from pactdesk.kernel.worded import FALLBACK, text_in
from pactdesk.project.demo.agreements import PETRAS_PAIR, PETRAS_PROGRAMME
from pactdesk.project.demo.people import PASSWORD, PEOPLE

WIDTH = 100
_GAP = 2


def introduction() -> str:
    """Who can sign in with what, what there is to try as whom, and the pair to begin with."""
    programme = catalog.current().programme(PETRAS_PROGRAMME)
    return f"""\
Sign in with one of these addresses and the password   {PASSWORD}

{_people()}

The agreement that Petra has been told about, a {text_in(programme.name, FALLBACK)}:

  Access ID    {PETRAS_PAIR.access_id}  (the zero at the start counts)
  Contract ID  {grouped(PETRAS_PAIR.contract_id)}  (with or without the spaces)
"""


def _people() -> str:
    names = max(len(person.first_name) for person in PEOPLE.values()) + _GAP
    addresses = max(len(person.email) for person in PEOPLE.values()) + _GAP
    return "\n".join(
        textwrap.fill(
            person.tries,
            width=WIDTH,
            initial_indent=f"  {person.first_name:<{names}}{person.email:<{addresses}}",
            subsequent_indent=" " * (2 + names + addresses),
        )
        for person in PEOPLE.values()
    )
