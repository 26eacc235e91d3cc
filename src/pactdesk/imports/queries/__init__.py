"""What the house knows of what a file names."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from typing import Final

from django.db.models.functions import Lower

from pactdesk.accounts.models import Organization, OrganizationDomain
from pactdesk.accounts.queries import people_by_address
from pactdesk.accounts.rules import known_time_zones
from pactdesk.agreements import sealing
from pactdesk.agreements.models import Agreement
from pactdesk.agreements.rules import Pair
from pactdesk.catalog import queries as catalog
from pactdesk.catalog.rules import Programme
from pactdesk.imports.models import Line
from pactdesk.imports.rules.forms import plain
from pactdesk.imports.rules.judgement import Held, Known, Owner
from pactdesk.imports.rules.judging import mentioned, pairs_of
from pactdesk.imports.rules.reading import Reading

# So many names are compared with one that is not known.
_MOST_NAMES: Final = 2000


def known_of(reading: Reading) -> Known:
    """What the rows of a file name and we know. At most seven queries, however many rows there are."""
    named: dict[str, set[str]] = defaultdict(set)
    for what, text in mentioned(reading):
        named[what].add(text)
    organizations = _organizations(named["organization"], by_number=reading.form.has_pairs)
    unknown = {text for text in named["organization"] if text.lower() not in organizations}
    programmes = _programmes()
    return Known(
        programmes=programmes,
        programme_names=tuple(sorted({programme.code for programme in programmes.values()})),
        organizations=organizations,
        names=_names() if unknown else (),
        owners={
            email: Owner(person.account_id, person.organization_id)
            for email, person in people_by_address(named["owner"]).items()
        },
        time_zones=known_time_zones(),
        pairs=_pairs(pairs_of(reading).values()),
        references=_references(reading.form.code, named["reference"]),
    )


def _programmes() -> dict[str, Programme]:
    """By code and by every name. A code wins over a name, and a name that two share stands for neither."""
    by_name: dict[str, Programme | None] = {}
    programmes = catalog.current().programmes.values()
    for programme in programmes:
        for name in {plain(name) for name in (*programme.name.values(), programme.short_code)} - {""}:
            known = by_name.setdefault(name, programme)
            by_name[name] = programme if known is programme else None
    told = {name: programme for name, programme in by_name.items() if programme is not None}
    return told | {plain(programme.code): programme for programme in programmes}


def _organizations(texts: Iterable[str], *, by_number: bool) -> dict[str, frozenset[int]]:
    """Organizations by name, by domain and, where the form is ours, by partner number: numbers of other systems mean
    something else."""
    wanted = [text.lower() for text in texts]
    found: dict[str, set[int]] = defaultdict(set)
    if not wanted:
        return {}
    rows = [
        *Organization.objects.annotate(lower=Lower("name"))
        .filter(lower__in=wanted)
        .values_list("lower", "pk"),
        *OrganizationDomain.objects.filter(name__in=wanted).values_list("name", "organization_id"),
    ]
    if by_number:
        numbers = Organization.objects.annotate(lower=Lower("partner_number")).filter(lower__in=wanted)
        rows += numbers.values_list("lower", "pk")
    for text, organization_id in rows:
        found[text].add(organization_id)
    return {text: frozenset(ids) for text, ids in found.items()}


def _names() -> tuple[str, ...]:
    return tuple(Organization.objects.order_by("name").values_list("name", flat=True)[:_MOST_NAMES])


def _pairs(pairs: Iterable[Pair]) -> dict[Pair, Held]:
    by_digest = {sealing.pair_digest(pair): pair for pair in pairs}
    if not by_digest:
        return {}
    rows = Agreement.objects.filter(pair_digest__in=list(by_digest)).values_list("pair_digest", *_HELD)
    return {by_digest[bytes(digest)]: Held(*held) for digest, *held in rows}


def _references(form: str, references: Iterable[str]) -> dict[str, Held]:
    wanted = list(references)
    if not wanted:
        return {}
    rows = Line.objects.filter(form=form, reference__in=wanted).values_list(
        "reference", *(f"agreement__{name}" for name in _HELD)
    )
    return {reference: Held(*held) for reference, *held in rows}


_HELD: Final = ("programme_id", "organization_id", "starts_at", "ends_at")
