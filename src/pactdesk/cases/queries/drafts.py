"""The viewer's drafts."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import datetime

from django.http import Http404

from pactdesk.accounts.viewer import Viewer
from pactdesk.cases.access import draft_for, open_drafts_of
from pactdesk.cases.rules.answers import Answers
from pactdesk.cases.rules.steps import STEPS, current_step


@dataclass(frozen=True, slots=True)
class DraftLine:
    """A draft in a list. `title` is its summary, "" where none was typed yet; `step` is where to go on, from 1;
    `customer` is the name of the one for whom it is made, "" where it is for the own tenant."""

    id: uuid.UUID
    title: str
    product: str
    saved_at: datetime
    expires_at: datetime
    step: str
    step_number: int
    customer: str = ""


@dataclass(frozen=True, slots=True)
class DraftPage:
    """A draft being worked on. `case` is the number it was sent under, None while it was not sent; `customer_id` is for
    whom it is made, None for the own tenant."""

    id: uuid.UUID
    answers: Answers
    saved_at: datetime
    case: int | None
    discarded: bool
    customer_id: int | None = None


def open_drafts(viewer: Viewer) -> tuple[DraftLine, ...]:
    """The viewer's drafts that were not sent, the last saved first. One query."""
    lines = []
    for draft in open_drafts_of(viewer).select_related("customer").order_by("-saved_at")[:100]:
        answers = Answers.from_data(draft.answers)
        step = current_step(answers)
        lines.append(
            DraftLine(
                id=draft.pk,
                title=answers.problem.summary,
                product=answers.problem.product,
                saved_at=draft.saved_at,
                expires_at=draft.expires_at,
                step=step,
                step_number=STEPS.index(step) + 1,
                customer=draft.customer.name if draft.customer else "",
            )
        )
    return tuple(lines)


def is_open(viewer: Viewer, draft_id: uuid.UUID) -> bool:
    """Whether this is a draft of the viewer's that can still be gone on with. One query."""
    return open_drafts_of(viewer).filter(pk=draft_id).exists()


def known_draft(viewer: Viewer, draft_id: uuid.UUID) -> DraftPage | None:
    """Like `draft_page`; None where the viewer has no draft under this key. One query."""
    try:
        return draft_page(viewer, draft_id)
    except Http404:
        return None


def draft_page(viewer: Viewer, draft_id: uuid.UUID) -> DraftPage:
    """The viewer's own draft, also when it was sent or discarded. Raises Http404. One query."""
    draft = draft_for(viewer, draft_id)
    return DraftPage(
        id=draft.pk,
        answers=Answers.from_data(draft.answers),
        saved_at=draft.saved_at,
        case=draft.case_id,
        discarded=draft.discarded_at is not None,
        customer_id=draft.customer_id,
    )
