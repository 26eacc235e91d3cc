"""What was granted: for those who granted it, and for those who hold it. Lists have a fixed number of queries."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal

from django.db.models import F, Q, QuerySet
from django.db.models.functions import Now
from django.http import Http404

from pactdesk.accounts.viewer import Viewer
from pactdesk.delegation.access import assignments_in_force, decided_by, held_by
from pactdesk.delegation.models import Delegation
from pactdesk.delegation.queries.asked import purposes_of
from pactdesk.delegation.rules.acting import Purpose
from pactdesk.delegation.rules.granting import Terms
from pactdesk.kernel.places import Place
from pactdesk.kernel.text import tidy_line

PAGE: Final = 50
MOST_EXPORTED: Final = 5_000

Which = Literal["given", "held"]


@dataclass(frozen=True, slots=True)
class DelegationLine:
    """A delegation in a list. `grantor` is the customer, or the provider that passed its own on; `passed_on_to` names
    the resellers that hold something from it. `state` is "in-force", "ended" or "revoked"."""

    id: int
    customer_id: int
    customer: str
    partner_id: int
    partner: str
    grantor_id: int
    grantor: str
    parent_id: int | None
    subscription: str
    subscription_id: int | None
    purposes: frozenset[Purpose]
    most_units: int
    units_spent: int
    customer_sees: bool
    granted_at: datetime
    ends_at: datetime
    revoked_at: datetime | None
    state: str
    passed_on_to: tuple[str, ...]

    @property
    def terms(self) -> Terms:
        return Terms(self.purposes, self.most_units, self.ends_at)


@dataclass(frozen=True, slots=True)
class DelegationList:
    """A page of delegations, the newest first. `older_than` is where the next page begins, None at the end."""

    lines: tuple[DelegationLine, ...]
    older_than: Place | None


@dataclass(frozen=True, slots=True)
class DelegationPage:
    """One delegation. `is_grantor`: the viewer's organization granted it and may change it; `is_partner`: it holds it.

    `parent` is what it was passed on from, where the viewer may know that. `passed_on` are those that fall with it,
    and `roles` how many roles on subscriptions do.
    """

    line: DelegationLine
    is_grantor: bool
    is_partner: bool
    granted_by: str
    revoked_by: str
    parent: Terms | None
    passed_on: tuple[DelegationLine, ...]
    roles: int


def delegation_list(
    viewer: Viewer, which: Which, *, words: str = "", ended: bool = False, older_than: Place | None = None
) -> DelegationList:
    """What the viewer's organization granted, or what it holds: what is in force, or what has ended.

    `words` are looked for in the name of the other organization. Empty for whoever may not know. Two queries.
    """
    rows = _narrowed(viewer, which, words, ended)
    if older_than is not None:
        rows = rows.filter(
            Q(granted_at__lt=older_than.at) | Q(granted_at=older_than.at, pk__lt=older_than.id)
        )
    found = list(rows[: PAGE + 1])
    shown = found[:PAGE]
    last = Place(shown[-1].granted_at, shown[-1].pk) if len(found) > PAGE else None
    return DelegationList(_lines(shown), last)


def whole_list(viewer: Viewer, which: Which, *, words: str = "") -> tuple[DelegationLine, ...]:
    """All of it, in force or not, up to `MOST_EXPORTED`. Two queries."""
    return _lines(list(_narrowed(viewer, which, words, None)[:MOST_EXPORTED]))


def delegation_page(viewer: Viewer, delegation_id: int) -> DelegationPage:
    """One delegation, for administrators of whoever granted or holds it, or whom it concerns. Raises Http404.

    Four queries at most.
    """
    if not viewer.administers:
        raise Http404
    rows = (decided_by(viewer) | held_by(viewer)).select_related(
        "customer", "partner", "grantor", "subscription", "parent", "granted_by", "revoked_by"
    )
    row = rows.annotate(is_over=_IS_OVER).filter(pk=delegation_id).first()
    if row is None:
        raise Http404
    children = _joined(Delegation.objects.filter(parent=row, revoked_at=None, ends_at__gt=Now()))
    family = [row.pk, *(child.pk for child in children)]
    is_grantor = row.grantor_id == viewer.organization_id
    return DelegationPage(
        line=_line(row, tuple(child.partner.name for child in children)),
        is_grantor=is_grantor,
        is_partner=row.partner_id == viewer.organization_id,
        granted_by=row.granted_by.get_full_name() if row.granted_by and is_grantor else "",
        revoked_by=row.revoked_by.get_full_name() if row.revoked_by and is_grantor else "",
        parent=(
            Terms(purposes_of(row.parent), row.parent.most_units, row.parent.ends_at)
            if row.parent and is_grantor
            else None
        ),
        passed_on=tuple(_line(child, ()) for child in children),
        roles=assignments_in_force().filter(under__in=family).count(),
    )


_IS_OVER = Q(ends_at__lte=Now())


def _narrowed(viewer: Viewer, which: Which, words: str, ended: bool | None) -> QuerySet[Delegation]:
    if which == "given":
        rows, other = decided_by(viewer), "partner__name"
    else:
        # Whoever acts for customers may know until when; others have nothing to do with it.
        rows = held_by(viewer) if viewer.roles else Delegation.objects.none()
        other = "customer__name"
    for word in tidy_line(words).split():
        rows = rows.filter(**{f"{other}__icontains": word})
    over = Q(revoked_at__isnull=False) | Q(ends_at__lte=Now())
    if ended is not None:
        rows = rows.filter(over) if ended else rows.exclude(over)
    return _joined(rows).order_by("-granted_at", "-pk")


def _joined(rows: QuerySet[Delegation]) -> QuerySet[Delegation]:
    joined: QuerySet[Delegation] = rows.select_related(
        "customer", "partner", "grantor", "subscription"
    ).annotate(is_over=_IS_OVER)
    return joined


def _lines(rows: list[Delegation]) -> tuple[DelegationLine, ...]:
    children: dict[int, list[str]] = {}
    passed_on = Delegation.objects.filter(parent__in=rows, revoked_at=None, ends_at__gt=Now())
    for parent_id, name in passed_on.order_by("partner__name").values_list("parent_id", F("partner__name")):
        children.setdefault(parent_id or 0, []).append(name)
    return tuple(_line(row, children.get(row.pk, ())) for row in rows)


def _line(row: Delegation, passed_on_to: Iterable[str]) -> DelegationLine:
    over = "ended" if getattr(row, "is_over", False) else "in-force"
    return DelegationLine(
        id=row.pk,
        customer_id=row.customer_id,
        customer=row.customer.name,
        partner_id=row.partner_id,
        partner=row.partner.name,
        grantor_id=row.grantor_id,
        grantor=row.grantor.name,
        parent_id=row.parent_id,
        subscription=f"{row.subscription.name} ({row.subscription.number})" if row.subscription else "",
        subscription_id=row.subscription_id,
        purposes=purposes_of(row),
        most_units=row.most_units,
        units_spent=row.units_spent,
        customer_sees=row.customer_sees,
        granted_at=row.granted_at,
        ends_at=row.ends_at,
        revoked_at=row.revoked_at,
        state="revoked" if row.revoked_at else over,
        passed_on_to=tuple(passed_on_to),
    )
