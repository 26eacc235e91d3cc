"""A9: theft by re-association. The id of somebody's file in a field of one's own form, in each that takes one."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from pactdesk.cases.models import Attachment
from pactdesk.cases.rules.answers import Person
from pactdesk.cases.rules.files import Place
from pactdesk.cases.services.submission import submit
from pactdesk.kernel.ids import new_key
from tests import world
from tests.attachments import added, put
from tests.doors.guided import problem_form
from tests.doors.visitors import visitor
from tests.drafts import ready

pytestmark = pytest.mark.django_db

NOW = timezone.now()


@pytest.fixture
def theirs() -> dict[str, Any]:
    """Files of Nora, and of others in a request that Carla shares with them."""
    world.team("support", "ines")
    nora, carla, cem, ines = (world.viewer(name) for name in ("nora", "carla", "cem", "ines"))
    plan_of_nora = world.agreement(units=5, registered=["nora"], at=NOW)
    plan = world.agreement(units=5, registered=["carla"], at=NOW)
    draft = ready(nora, plan_of_nora.id, at=NOW)
    number = submit(ready(nora, plan_of_nora.id, at=NOW), terms_accepted=True, actor=nora, at=NOW).number
    shared = ready(carla, plan.id, at=NOW, share=(Person("Cem Kowalski", cem.email),))
    mine = submit(shared, terms_accepted=True, actor=carla, at=NOW).number
    return {
        "of a draft of another": put(Place(draft_id=draft), nora, at=NOW),
        "of a request of another": added(number, nora, at=NOW),
        "about to be added by another": put(Place(number=number), nora, at=NOW),
        "about to be added by a fellow contact": put(Place(number=mine), cem, at=NOW),
        "about to be added by the engineer": put(Place(number=mine, at_desk=True), ines, at=NOW),
        "internal": added(mine, ines, at_desk=True, internal=True, at=NOW),
        "of nobody": new_key(),
        "my draft": ready(carla, plan.id, at=NOW),
        "my request": f"PD-{mine}",
    }


def before() -> list[tuple[Any, ...]]:
    return sorted(
        Attachment.objects.values_list("pk", "state", "case_id", "draft_id", "message_id", "added_at")
    )


FOREIGN = (
    "of a draft of another",
    "of a request of another",
    "about to be added by another",
    "about to be added by a fellow contact",
    "about to be added by the engineer",
    "internal",
    "of nobody",
)


@pytest.mark.parametrize("whose", FOREIGN)
def test_no_form_of_mine_takes_moves_or_removes_it(whose: str, theirs: dict[str, Any]) -> None:
    client: Client = visitor("carla")
    file_id, number, draft = str(theirs[whose]), theirs["my request"], theirs["my draft"]
    state = before()
    add, step = (
        reverse("portal:request-files", args=[number]),
        reverse("portal:intake-step", args=[draft, "problem"]),
    )
    answers = [
        client.post(add, {"file": file_id}),
        client.post(add, {"file": [file_id, file_id]}),
        client.post(add, {"action": f"remove-file:{file_id}"}),
        client.post(step, {**problem_form(), "action": f"remove-file:{file_id}"}),
        client.delete(reverse("portal:request-file", args=[number, file_id])),
        client.delete(reverse("portal:draft-file", args=[draft, file_id])),
        client.put(reverse("portal:draft-file", args=[draft, file_id]), b"x", headers={"Upload-Offset": "0"}),
        client.put(
            reverse("portal:request-file", args=[number, file_id]), b"x", headers={"Upload-Offset": "0"}
        ),
        # Fields that no form has.
        client.post(add, {"file_id": file_id, "files": file_id, "id": file_id, "pk": file_id}),
    ]
    assert [answer.status_code for answer in answers[:-1]] == [404] * 8
    assert before() == state


def test_an_announcement_takes_nothing_but_name_size_and_mark(theirs: dict[str, Any]) -> None:
    """Mass assignment (A18): every field of the table, and then some."""
    client = visitor("carla")
    form = {field.attname: str(theirs["of a draft of another"]) for field in Attachment._meta.concrete_fields}
    form |= {
        "file_name": "a.log",
        "file_size": "5",
        "case_id": "100001",
        "internal": "true",
        "state": "ready",
        "storage_key": Attachment.objects.exclude(storage_key="").first().storage_key,  # type: ignore[union-attr]
        "received": "5",
        "side": "vendor",
        "added_at": "2020-01-01",
    }
    state = before()
    client.post(reverse("portal:draft-files", args=[theirs["my draft"]]), form)
    new = Attachment.objects.exclude(pk__in=[each[0] for each in state]).get()
    assert (new.state, new.received, new.storage_key, new.internal, new.case_id) == (
        "uploading",
        0,
        "",
        False,
        None,
    )
    assert (new.side, new.added_at, new.uploader_id) == ("requester", None, world.viewer("carla").account_id)
    assert before()[: len(state)] == state or set(state) <= set(before())
