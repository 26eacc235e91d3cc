"""Walking through the guided request over HTTP, as a browser without script does."""

from __future__ import annotations

import html
import re
import uuid
from typing import Any

from django.http import HttpResponse
from django.test import Client
from django.urls import reverse

from pactdesk.cases.models import Case, Draft
from pactdesk.cases.rules.answers import Problem
from pactdesk.kernel.ids import new_key
from tests import world
from tests.doors.visitors import visitor
from tests.drafts import problem

HTMX = {"HX-Request": "true"}


def problem_form(answered: Problem | None = None, **changes: str) -> dict[str, str]:
    """What is sent in step 1, complete; `answered` is what it says, the usual problem unless given."""
    answered = answered or problem()
    form = {name: getattr(answered, name) for name in answered.__slots__ if name != "answers"}
    return form | {f"answer-{code}": text for code, text in answered.answers.items()} | changes


def support_form(agreement: world.Agreement | int | None, **changes: str) -> dict[str, str]:
    """What is sent in step 2, complete."""
    chosen = agreement.id if isinstance(agreement, world.Agreement) else agreement
    form = {"severity": "B", "country": "GR", "time_zone": "Europe/Athens"}
    return form | ({"agreement_id": str(chosen)} if chosen is not None else {}) | changes


def contact_form(who: str = "carla", **changes: str) -> dict[str, str]:
    """What is sent in step 3, complete."""
    viewer = world.viewer(who)
    return {
        "name": viewer.name,
        "email": viewer.email,
        "phone": viewer.phone,
        "time_zone": viewer.time_zone,
        "language": viewer.language,
    } | changes


class Guided:
    """A requester with one draft. Steps are sent as forms; nothing follows a redirect by itself."""

    def __init__(self, who: str = "carla", client: Client | None = None) -> None:
        self.who = who
        self.client = client or visitor(who)
        self.draft_id = new_key()

    def url(self, step: str = "") -> str:
        if step:
            return reverse("portal:intake-step", args=[self.draft_id, step])
        return reverse("portal:intake", args=[self.draft_id])

    def begin(self, answered: Problem | None = None, **changes: str) -> HttpResponse:
        """Step 1 for the first time; it makes the draft."""
        data = problem_form(answered, draft=str(self.draft_id), **changes)
        response: HttpResponse = self.client.post(reverse("portal:request-new"), data)
        return response

    def get(self, step: str, **headers: Any) -> HttpResponse:
        response: HttpResponse = self.client.get(self.url(step), headers=headers)
        return response

    def send(self, step: str, data: dict[str, str] | None = None, **headers: Any) -> HttpResponse:
        response: HttpResponse = self.client.post(self.url(step), data or {}, headers=headers)
        return response

    def up_to(self, step: str, agreement: world.Agreement | None = None, **support: str) -> Guided:
        """Everything before `step` answered."""
        answers: dict[str, dict[str, str]] = {
            "support": support_form(agreement, **support),
            "contact": contact_form(self.who),
            "share": {},
            "verify": {},
            "submit": {"terms_accepted": "on"},
        }
        if self.draft is None:
            assert self.begin().status_code == 302
        if step == "problem":
            return self
        for each, data in answers.items():
            if each == step:
                break
            response = self.send(each, data)
            assert response.status_code == 302, (each, texts(response))
        return self

    @property
    def draft(self) -> Draft | None:
        return Draft.objects.filter(pk=self.draft_id).first()

    @property
    def answers(self) -> dict[str, Any]:
        draft = self.draft
        assert draft is not None
        answers: dict[str, Any] = draft.answers
        return answers

    @property
    def case(self) -> Case | None:
        return Case.objects.filter(draft_key=self.draft_id).first()


def texts(response: HttpResponse) -> str:
    """What a page says in its main part, without markup, in one line."""
    main = re.search(r"<main.*</main>", response.content.decode(), re.DOTALL)
    return plain(main.group(0) if main else response.content.decode())


def plain(markup: str) -> str:
    """`markup` without tags, in one line."""
    return " ".join(html.unescape(re.sub(r"<svg.*?</svg>|<[^>]*>", " ", markup, flags=re.DOTALL)).split())


def error_at(response: HttpResponse, field: str) -> str:
    """The sentence that stands at a field as its error; "" where there is none."""
    found = re.search(rf'<div id="{field}">(.*?)</div>', response.content.decode(), re.DOTALL)
    return plain(found.group(1)).removeprefix("Error: ") if found else ""


def value_of(response: HttpResponse, field: str) -> str:
    """What stands in a text field, text area or selection of a page."""
    page = response.content.decode()
    if found := re.search(rf'<textarea[^>]*name="{field}"[^>]*>(.*?)</textarea>', page, re.DOTALL):
        return html.unescape(found.group(1)).removeprefix("\n")
    if found := re.search(rf'<select[^>]*name="{field}"[^>]*>(.*?)</select>', page, re.DOTALL):
        chosen = re.search(r'<option value="?([^" ]*)"? selected', found.group(1))
        return chosen.group(1) if chosen else ""
    for tag in re.findall(rf'<input[^>]*name="{field}"[^>]*>', page):
        if 'type="radio"' in tag and " checked" not in tag:
            continue
        value = re.search(r'value="([^"]*)"', tag)
        return html.unescape(value.group(1)) if value else ""
    return ""


def is_uuid(text: str) -> bool:
    try:
        uuid.UUID(text)
    except ValueError:
        return False
    return True
