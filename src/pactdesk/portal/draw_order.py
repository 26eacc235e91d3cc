"""In which order agreements are offered, in words, and the buttons that change it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from django.utils.functional import Promise
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _

from pactdesk.agreements.queries import AgreementLine
from pactdesk.agreements.queries.draw_order import Because, why_first
from pactdesk.kernel.moments import day_in_words
from pactdesk.pages.requests import PageRequest
from pactdesk.portal.plans import language, plan_label

# So many can be moved step by step; whoever has more uses one of them first on its own page.
MOST: Final = 24
_PLACE: Final = "draw-order"
_WHY: Final[dict[Because, str | Promise]] = {
    "own-order": gettext_lazy("%(plan)s is offered first, because you have put it before the others."),
    "not-counted": gettext_lazy("%(plan)s is offered first, because nothing is deducted from it."),
    "ends-soonest": gettext_lazy("%(plan)s is offered first, because it ends soonest."),
}


@dataclass(frozen=True, slots=True)
class OrderRow:
    """An agreement in its place. `first`, `earlier` and `later` are what buttons send: "7-3" has 7 offered before 3; ""
    where it cannot be moved so."""

    agreement_id: int
    label: str
    until: str
    first: str
    earlier: str
    later: str


@dataclass(frozen=True, slots=True)
class Order:
    """The agreements in the order in which they are offered. `is_own`: the account has changed it. `done` says what has
    just been done, and `undo` is what sends it back, None where nothing was."""

    rows: tuple[OrderRow, ...]
    more: int
    is_own: bool
    why: str
    done: str = ""
    undo: str | None = None


def order_of(request: PageRequest, lines: Sequence[AgreementLine]) -> Order | None:
    """The order of those of all the viewer's agreements that can pay; None where there is nothing to put in order. What
    has just been done is told once."""
    done: dict[str, str] = request.session.pop(_PLACE, {}) if _PLACE in request.session else {}
    usable = [line for line in lines if line.decision.allowed]
    if len(usable) < 2:
        return None
    shown = usable[:MOST]
    ids = [line.agreement_id for line in shown]
    return Order(
        rows=tuple(_row(line, ids, place) for place, line in enumerate(shown)),
        more=len(usable) - len(shown),
        is_own=any(line.place is not None for line in usable),
        why=why_first_in_words(usable),
        done=done.get("text", ""),
        undo=done.get("before"),
    )


def remember(request: PageRequest, text: str, before: Sequence[int]) -> None:
    """Have the next page of benefits say what was done, with a way back to the own order that there was."""
    request.session[_PLACE] = {"text": text, "before": ",".join(map(str, before))}


def why_first_in_words(plans: Sequence[AgreementLine], **names: Any) -> str:
    """Which of the plans that can pay is offered first, and why; "" where there is nothing to choose. `names` are
    handed on to the name of the plan."""
    because = why_first(plans)
    if because is None:
        return ""
    first = next(line for line in plans if line.decision.allowed)
    return str(_WHY[because]) % {"plan": first.named.shown(get_language() or "en", **names)}


def _row(line: AgreementLine, ids: Sequence[int], place: int) -> OrderRow:
    mine, last = line.agreement_id, len(ids) - 1
    return OrderRow(
        agreement_id=mine,
        label=plan_label(line),
        until=_("until %(day)s") % {"day": day_in_words(line.last_day, line.time_zone, language())},
        first=f"{mine}-{ids[0]}" if place > 1 else "",
        earlier=f"{mine}-{ids[place - 1]}" if place else "",
        later=f"{ids[place + 1]}-{mine}" if place < last else "",
    )
