"""Requests at the desk, as many as a test needs, in whatever state."""

from __future__ import annotations

import uuid
from datetime import datetime, timedelta
from typing import Any

from django.utils import timezone

from pactdesk.cases.models import Case, Contact
from pactdesk.cases.rules.answers import Person
from pactdesk.cases.services.submission import submit
from tests import world
from tests.drafts import problem, ready

_COPIED = tuple(field.attname for field in Case._meta.concrete_fields)


def request(
    *,
    who: str = "carla",
    summary: str = "Domain controllers stop replicating",
    plan: world.Agreement | None = None,
    share: tuple[Person, ...] = (),
    severity: str = "B",
    at: datetime | None = None,
    **state: Any,
) -> Case:
    """A request that somebody has sent to "support"; `state` are columns that are set behind the back of the verbs."""
    at = at or timezone.now()
    viewer = world.viewer(who)
    plan = plan or world.agreement(registered=[who], at=at)
    draft = ready(
        viewer, plan.id, at=at, problem_answer=problem(summary=summary), share=share, severity=severity
    )
    number = submit(draft, terms_accepted=True, actor=viewer, at=at).number
    if state:
        Case.objects.filter(pk=number).update(**state)
    return Case.objects.get(pk=number)


def copies(case: Case, count: int, **state: Any) -> list[int]:
    """`count` more like this one, each changed and due a minute after the one before; answers their numbers."""
    state = {"due_at": case.due_at, **state}
    values = {name: getattr(case, name) for name in _COPIED}
    first = Case.objects.order_by("-pk").values_list("pk", flat=True)[0] + 1
    made = []
    for place in range(count):
        later = timedelta(minutes=place + 1)
        about = {**values, **state, "id": first + place, "draft_key": uuid.uuid4()}
        about |= {"summary": f"Copy {place}", "changed_at": case.changed_at + later}
        about["due_at"] = about["due_at"] + later if about["due_at"] else None
        made.append(Case(**about))
    Case.objects.bulk_create(made)
    contact = Contact.objects.get(case=case, role=Contact.Role.PRIMARY)
    Contact.objects.bulk_create(
        Contact(
            case=each,
            role=contact.role,
            name=contact.name,
            email=contact.email,
            account_id=contact.account_id,
            changed_at=each.changed_at,
        )
        for each in made
    )
    return [each.pk for each in made]
