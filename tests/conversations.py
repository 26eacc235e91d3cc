"""Requests that are talked about, for the tests: sent by Carla, shared with Cem, worked on by Ines."""

from __future__ import annotations

import uuid
from datetime import datetime

from django.utils import timezone

from pactdesk.cases.models import Case
from pactdesk.cases.rules.answers import Person
from pactdesk.cases.rules.status import Move
from pactdesk.cases.services import conversation, ending
from pactdesk.cases.services.submission import submit
from pactdesk.kernel.ids import new_key
from tests import world
from tests.drafts import problem, ready


def person(name: str) -> Person:
    """Somebody of the world as a contact."""
    viewer = world.viewer(name)
    return Person(viewer.name, viewer.email, viewer.phone, viewer.time_zone, viewer.language)


def sent(
    plan: world.Agreement | None,
    *,
    share: tuple[str | Person, ...] = (),
    primary: str = "carla",
    at: datetime | None = None,
    severity: str = "B",
    **about: str,
) -> Case:
    """A request that Carla has sent; Ines answers for its team. Without a plan it is free of charge."""
    world.team("support", "ines")
    carla, at = world.viewer("carla"), at or timezone.now()
    draft = ready(
        carla,
        plan.id if plan else None,
        at=at,
        severity=severity,
        problem_answer=problem(**about),
        primary=person(primary),
        share=tuple(person(each) if isinstance(each, str) else each for each in share),
    )
    return Case.objects.get(pk=submit(draft, terms_accepted=True, actor=carla, at=at).number)


def says(
    case: Case | int,
    text: str = "Here is the log.",
    *,
    who: str = "carla",
    at: datetime | None = None,
    key: uuid.UUID | None = None,
) -> int:
    """A contact replies; answers the id of the message."""
    number = case.pk if isinstance(case, Case) else case
    posted = conversation.reply(
        number, text, key=key or new_key(), actor=world.viewer(who), at=at or timezone.now()
    )
    return posted.message_id


def answers(
    case: Case | int,
    text: str = "Please try this.",
    *,
    then: Move | None = None,
    who: str = "ines",
    at: datetime | None = None,
) -> int:
    """An engineer answers; answers the id of the message."""
    number = case.pk if isinstance(case, Case) else case
    posted = conversation.answer(
        number, text, key=new_key(), seen=None, then=then, actor=world.viewer(who), at=at or timezone.now()
    )
    return posted.message_id


def closes(
    case: Case | int, outcome: str = "non-decrement", cause: str = "product-fault", reason: str = "It was us."
) -> int:
    """An engineer closes the request; answers how many units were given back."""
    return ending.close(
        case.pk if isinstance(case, Case) else case,
        outcome=outcome,
        cause=cause,
        reason=reason,
        seen=None,
        actor=world.viewer("ines"),
        at=timezone.now(),
    )
