"""What every page keeps to, whatever it is about: small, well formed, labelled, guarded."""

from __future__ import annotations

import re
from collections import Counter
from html.parser import HTMLParser

import pytest
from django.http import HttpResponse
from django.urls import reverse
from django.utils import timezone

from pactdesk.accounts.rules.tokens import SCOPES
from pactdesk.accounts.services.tokens import issue_client, issue_token, revoke_token
from pactdesk.cases.queries.invitations import invitation_letter
from pactdesk.cases.rules.answers import Person
from pactdesk.cases.services.contacts import add_contact
from pactdesk.notifications.services import endpoints
from tests import world
from tests.doors.guided import Guided, contact_form, problem_form
from tests.doors.visitors import visitor
from tests.drafts import problem

STEPS = ("problem", "support", "contact", "share", "verify", "submit")
MOST_BYTES = 60_000
VOID = {"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr"}


class Page(HTMLParser):
    """Reads a page and notes what is wrong with it."""

    def __init__(self, response: HttpResponse) -> None:
        super().__init__()
        self.mistakes: list[str] = []
        self.ids: Counter[str] = Counter()
        self.targets: list[tuple[str, str]] = []
        self.labelled: set[str] = set()
        self.controls: list[dict[str, str]] = []
        self.open: list[tuple[str, dict[str, str]]] = []
        self.tokens: list[bool] = []
        self.headings: list[int] = []
        self.feed(response.content.decode())
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        about = {name: value or "" for name, value in attrs}
        self.notice(tag, about)
        if tag not in VOID:
            self.open.append((tag, about))

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.notice(tag, {name: value or "" for name, value in attrs})

    def handle_endtag(self, tag: str) -> None:
        if tag in VOID:
            return
        if not self.open or self.open[-1][0] != tag:
            self.mistakes.append(f"</{tag}> closes {self.open[-1][0] if self.open else 'nothing'}")
            return
        _tag, about = self.open.pop()
        if tag == "form" and about.get("method", "").lower() == "post" and not self.tokens.pop():
            self.mistakes.append(f"form to {about.get('action')} without a token")

    def notice(self, tag: str, about: dict[str, str]) -> None:
        if "id" in about:
            self.ids[about["id"]] += 1
        for name in ("aria-describedby", "aria-labelledby", "for", "form"):
            if name in about and not (name == "form" and tag == "form"):
                self.targets += [(name, each) for each in about[name].split()]
        if tag == "label":
            self.labelled.add(about.get("for", ""))
        if tag == "form" and about.get("method", "").lower() == "post":
            self.tokens.append(False)
        if tag == "input" and about.get("name") == "csrfmiddlewaretoken":
            self.tokens[-1] = True
        if tag in {"input", "select", "textarea"} and about.get("type") not in {"hidden", "submit"}:
            self.controls.append(about)
        if re.fullmatch("h[1-6]", tag):
            self.headings.append(int(tag[1]))
        if "style" in about or any(name.startswith("on") for name in about):
            self.mistakes.append(f"<{tag}> runs or is styled in place")
        if tag == "a" and not about.get("href"):
            self.mistakes.append("a link to nowhere")
        if tag == "button" and "type" not in about:
            self.mistakes.append("a button that does not say whether it sends")
        sends = any(name in about for name in ("hx-post", "hx-put", "hx-delete"))
        # Whether a form has its token shows at its end.
        if sends and tag != "form" and not any(self.tokens or [False]):
            self.mistakes.append(f"<{tag}> sends without a token")

    def all_mistakes(self) -> list[str]:
        found = list(self.mistakes)
        found += [f"id {name} stands {count} times" for name, count in self.ids.items() if count > 1]
        found += [
            f"{name}={target} points nowhere" for name, target in self.targets if target not in self.ids
        ]
        found += [
            f"{control.get('name')} has no label"
            for control in self.controls
            if control.get("id") not in self.labelled and "aria-label" not in control
        ]
        found += [f"{tag} is never closed" for tag, _about in self.open]
        if self.headings.count(1) != 1:
            found.append(f"{self.headings.count(1)} titles")
        for before, after in zip(self.headings, self.headings[1:], strict=False):
            if after > before + 1:
                found.append(f"h{after} follows h{before}")
        return found


@pytest.fixture
def guided(db: None) -> Guided:
    """Somebody with plans of every kind, two drafts and a request."""
    world.ended_agreement(registered=["carla"])
    world.agreement("signature-cloud-support", registered=["carla"])
    plan = world.agreement(owner="carla", registered=["carla", "cem"])
    Guided("carla").up_to("", plan)
    guided = Guided("carla").up_to("share", plan)
    guided.send("share", {"name": "Cem Kowalski", "email": "cem@baltic-sails.example", "action": "add"})
    guided.send("share")
    guided.send("verify")
    guided.plan = plan  # type: ignore[attr-defined]  # only the tests of this file ask for it
    return guided


def webhook_pages() -> list[str]:
    """An endpoint of Carla's that is off, one that is on, and a delivery to it."""
    carla, at = world.viewer("carla"), timezone.now()
    on, off = (
        endpoints.add_endpoint(
            "https://hooks.example.com/", description=each, events=["request.opened"], actor=carla, at=at
        ).endpoint_id
        for each in ("", "Another one")
    )
    endpoints.switch_off(off, actor=carla, at=at)
    delivery = endpoints.send_test(on, actor=carla, at=at)
    return [
        f"/profile/webhooks/{off}/",
        *(f"/profile/webhooks/{on}/{page}" for page in ("", "edit/", "secret/", "remove/")),
        f"/profile/webhooks/{on}/deliveries/{delivery}/",
    ]


def customer_pages() -> list[str]:
    """The customers of Carla's organization, one of them with a subscription and rights, and what was opened for it."""
    world.administrator("carla")
    world.delegation("carla", "cem", "submit", "read", "spend", units=2)
    world.role_on(world.subscription("cem"), "carla", "owner")
    customer = world.organization_of("cem")
    return [
        "/activity/",
        "/activity/?q=nobody",
        "/activity/use/",
        "/customers/",
        "/customers/?q=nobody",
        "/customers/find/",
        f"/customers/{customer}/",
        f"/customers/{customer}/?q=nothing",
        f"/customers/{customer}/requests/new/",
        "/opened-for-us/",
    ]


def sharing_pages(number: str) -> list[str]:
    """The question before removing somebody, and the invitation of another one."""
    at = timezone.now()
    new = add_contact(
        int(number[3:]), Person("Eleni", "eleni@mail.example"), actor=world.viewer("carla"), at=at
    )
    letter = invitation_letter(new.contact_id)
    assert letter is not None
    return [f"/requests/{number}/sharing/{new.contact_id}/", f"/invitations/{letter.token}/"]


def program_pages() -> list[str]:
    """A token and an OAuth client of Carla's, with the question before each is revoked."""
    carla, at = world.viewer("carla"), timezone.now()
    token = issue_token("Build server", scopes=SCOPES, days=90, actor=carla, at=at)
    client = issue_client("Build server", scopes=SCOPES, actor=carla, at=at)
    revoked = issue_token("Old server", scopes=SCOPES, days=90, actor=carla, at=at)
    revoke_token(revoked.token_id, actor=carla, at=at)
    return [
        "/profile/programs/",
        f"/profile/programs/tokens/{token.token_id}/revoke/",
        f"/profile/programs/clients/{client.client_id}/revoke/",
    ]


def pages_of(guided: Guided) -> dict[str, HttpResponse]:
    """Every page that Carla can open, and what the forms answer to mistakes."""
    client = guided.client
    Guided("carla").up_to("", guided.plan)  # type: ignore[attr-defined]  # see above
    number = re.search(r"PD-\d+", client.get(reverse("portal:request-list")).content.decode())
    assert number is not None
    agreement = guided.plan.id  # type: ignore[attr-defined]  # see above
    seat = re.search(r"/seats/(\d+)/", client.get(f"/benefits/{agreement}/").content.decode())
    assert seat is not None
    urls = [
        "/",
        "/help/",
        "/profile/",
        "/benefits/",
        "/benefits/add/",
        "/benefits/?q=gold&programme=gold-partner-support-20",
        "/benefits/?q=nowhere",
        "/benefits/lost-ids/",
        "/benefits/activate/",
        f"/benefits/{agreement}/",
        f"/benefits/{agreement}/?kind=credit&since=2026-01-01",
        f"/benefits/{agreement}/seats/{seat.group(1)}/",
        "/requests/",
        "/requests/?show=closed",
        "/requests/?q=controllers&severity=B",
        "/requests/?q=nowhere",
        *customer_pages(),
        "/requests/drafts/",
        "/requests/new/",
        "/requests/new/?product=windows-server",
        f"/requests/drafts/{guided.draft_id}/discard/",
        f"/requests/{number.group(0)}/",
        f"/requests/{number.group(0)}/?show=changes",
        f"/requests/{number.group(0)}/close/",
        f"/requests/{number.group(0)}/why/",
        f"/requests/{number.group(0)}/severity/",
        f"/requests/{number.group(0)}/restore/",
        f"/requests/{number.group(0)}/sharing/",
        f"/requests/{number.group(0)}/manager/",
        *sharing_pages(number.group(0)),
        f"/requests/{number.group(0)}/confirmation/",
        "/nowhere/",
        "/profile/letters/",
        "/profile/letters/answers/off/",
        "/profile/webhooks/",
        "/profile/webhooks/add/",
        *webhook_pages(),
        "/api/",
        *(
            f"/api/{tag}/"
            for tag in ("catalogue", "agreements", "requests", "severity", "escalation", "files", "purchases")
        ),
        *program_pages(),
        "/accounts/email/",
        "/accounts/logout/",
        "/accounts/password/change/",
        "/accounts/2fa/",
        *(guided.url(step) for step in STEPS),
    ]
    pages = {url: client.get(url) for url in urls}
    stranger = visitor("anonymous")
    for url in (
        "/",
        "/help/",
        "/api/",
        "/accounts/login/",
        "/accounts/signup/",
        "/accounts/password/reset/",
        "/invitations/wrong/",
        "/nowhere/",
    ):
        pages[f"anonymous {url}"] = stranger.get(url)
    typed = {"access_id": "1", "contract_id": "x", "action": "add"}
    for name, url, data in (
        ("nothing", "/requests/new/", {}),
        ("half", "/requests/new/", problem_form(summary="", version="")),
        ("cloud", "/requests/new/", problem_form(problem(product="exchange-online"), summary="")),
        ("nothing", guided.url("support"), {}),
        ("night", guided.url("support"), {"severity": "A", "hours": "24x7"}),
        ("pair", guided.url("support"), typed),
        ("nothing", guided.url("contact"), {}),
        ("wrong", guided.url("share"), contact_form(email="x")),
        ("nothing", guided.url("submit"), {}),
        ("pair", "/benefits/add/", typed),
        ("nothing", "/customers/find/", {}),
        ("nothing", "/profile/", {}),
        ("nothing", "/profile/webhooks/add/", {}),
        ("inward", "/profile/webhooks/add/", {"url": "https://localhost/", "events": ["request.opened"]}),
        ("nothing", f"/requests/{number.group(0)}/", {}),
        ("nothing", f"/requests/{number.group(0)}/close/", {}),
        ("nothing", f"/requests/{number.group(0)}/sharing/", {}),
        ("night", f"/requests/{number.group(0)}/severity/", {"severity": "A", "hours": "24x7"}),
        ("shown", f"/requests/{number.group(0)}/severity/", {"severity": "C", "reason": "Small."}),
    ):
        pages[f"{name} to {url}"] = client.post(url, data)
    return pages


def test_every_page_is_well_formed_labelled_and_small(guided: Guided) -> None:
    mistakes = []
    for url, response in pages_of(guided).items():
        assert response.status_code in {200, 404, 422}, (url, response.status_code)
        mistakes += [f"{url}: {mistake}" for mistake in Page(response).all_mistakes()]
        if len(response.content) > MOST_BYTES:
            mistakes.append(f"{url}: {len(response.content)} bytes")
    assert not mistakes, "\n".join(mistakes)


def test_every_page_is_guarded_by_its_headers(guided: Guided) -> None:
    for url, response in pages_of(guided).items():
        policy = response["Content-Security-Policy"]
        assert "default-src 'none'" in policy, url
        assert "script-src 'self'" in policy, url
        assert "unsafe" not in policy, url
        assert response["X-Frame-Options"] == "DENY", url
        assert response["X-Content-Type-Options"] == "nosniff", url
        assert response["Referrer-Policy"] == "same-origin", url
        # What is about somebody is never kept by a cache in between.
        assert "Cookie" in response["Vary"], url
        assert "public" not in response.get("Cache-Control", ""), url


@pytest.mark.req("LOC-1")
@pytest.mark.parametrize("language", ["el", "vi", "pl", "cs", "fr"])
def test_every_step_can_be_read_in_every_language(language: str, guided: Guided) -> None:
    guided.client.post(reverse("set_language"), {"language": language})
    for step in STEPS:
        response = guided.get(step)
        assert response.status_code == 200
        assert f'<html lang="{language}"' in response.content.decode()
        mistakes = Page(response).all_mistakes()
        assert not mistakes, (step, mistakes)
        assert len(response.content) < MOST_BYTES, step
