"""In which order an account's agreements are offered to pay for its requests."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from django.db.models import OuterRef, Subquery

from pactdesk.accounts.viewer import Viewer
from pactdesk.agreements.access import drawn_on_by, programme_of
from pactdesk.agreements.models import DrawPlace
from pactdesk.agreements.queries import AgreementLine, usual_order
from pactdesk.agreements.rules.draw_order import ordered

Because = Literal["own-order", "not-counted", "ends-soonest"]


@dataclass(frozen=True, slots=True)
class DrawOrder:
    """The agreements on which an account may draw, by their ids: as is usual, and which it wants before all others."""

    usual: tuple[int, ...]
    own: tuple[int, ...]

    @property
    def all(self) -> tuple[int, ...]:
        """All of them as they are offered."""
        return ordered(self.usual, self.own)


def draw_order(viewer: Viewer) -> DrawOrder:
    """The order of the viewer's account, whether they can pay at the moment or not. One query."""
    place = DrawPlace.objects.filter(account_id=viewer.account_id, agreement=OuterRef("pk")).values("place")
    rows = drawn_on_by(viewer).annotate(place=Subquery(place))
    found = list(rows.values_list("pk", "programme_id", "ends_at", "parent_id", "place"))
    usual = sorted(
        found,
        key=lambda row: usual_order(
            programme_of(row[1]).quantity is not None, row[2], row[3] is not None, row[0]
        ),
    )
    placed = sorted((row[4], row[0]) for row in found if row[4] is not None)
    return DrawOrder(tuple(row[0] for row in usual), tuple(agreement_id for _place, agreement_id in placed))


def why_first(offered: Sequence[AgreementLine]) -> Because | None:
    """Why the first of the plans that can pay is offered first; None where there is nothing to choose."""
    usable = [line for line in offered if line.decision.allowed]
    if len(usable) < 2:
        return None
    if usable[0].place is not None:
        return "own-order"
    return "ends-soonest" if usable[0].counted else "not-counted"
