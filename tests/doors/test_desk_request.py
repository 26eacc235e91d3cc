"""One request at the desk: what it shows, what is said in it, and what is done when somebody else was quicker."""

from __future__ import annotations

import html
import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse

from pactdesk.accounts.models import Team
from pactdesk.cases.models import Case, Contact, Message
from pactdesk.cases.queries.timeline import TimelineEntry
from pactdesk.cases.rules.answers import Person
from pactdesk.cases.rules.timeline import FOR_THE_DESK
from pactdesk.cases.services import work
from pactdesk.cases.services.conversation import note, reply
from pactdesk.cases.services.escalation import escalate
from pactdesk.cases.services.sweeping import sweep
from pactdesk.desk import happenings
from pactdesk.kernel.ids import new_key
from tests import queues, world
from tests.doors.guided import HTMX, texts
from tests.doors.visitors import visitor

NOW = datetime(2026, 11, 20, 13, 2, tzinfo=UTC)  # a Friday, 14:02 in Paris and 15:02 in Athens

pytestmark = pytest.mark.django_db


@pytest.fixture
def first() -> Case:
    world.team("support", "ines", "marta")
    cem = world.viewer("cem")
    return queues.request(at=NOW, share=(Person("Cem Kowalski", cem.email, cem.phone, cem.time_zone, "pl"),))


@pytest.fixture
def ines(first: Case) -> Client:
    return visitor("ines")


def url(case: Case, name: str = "request", *more: Any) -> str:
    return reverse(f"desk:{name}", args=[f"PD-{case.pk}", *more])


def now(case: Case) -> Case:
    return Case.objects.get(pk=case.pk)


def hidden(response: HttpResponse, name: str) -> str:
    found = re.search(rf'<input type="hidden" name="{name}" value="([^"]*)"', response.content.decode())
    assert found is not None, name
    return html.unescape(found.group(1))


def say(client: Client, case: Case, text: str, do: str = "reply", **changes: str) -> HttpResponse:
    """Write into the page as it is now, and send."""
    page = client.get(url(case))
    data = {name: hidden(page, name) for name in ("key", "seen", "known")}
    return client.post(url(case), {**data, "text": text, "do": do, **changes})


def test_the_page_shows_all_that_an_engineer_needs(ines: Client, first: Case) -> None:
    note(first.pk, "Known bug 4711", key=new_key(), actor=world.viewer("ines"), at=NOW)
    with time_machine.travel(NOW, tick=False):
        told = texts(ines.get(url(first)))
    for words in (
        f"PD-{first.pk}",
        first.summary,
        first.description,
        "Internal",
        "Known bug 4711",
        "Mon 23 Nov 2026, 10:02 (Paris)",
        "+30 21 0123 4567",
        "English · 15:02 there (Athens)",
        "14:02 there (Warsaw)",
        "Carla Papadaki, who reads English",
        "Cem Kowalski, who reads Polski",
        "19 of 20 incidents left",
        "What was deducted stays deducted: 19 of 20 incidents left.",
        "What was deducted is given back at once: 20 of 20 incidents left.",
        "Windows Server 2022",
        "Olive Grove Foods",
    ):
        assert words in told, words


@pytest.mark.req("ESC-1")
def test_a_promise_in_danger_and_a_broken_one_stand_in_the_timeline(ines: Client, first: Case) -> None:
    # Half of four hours, of which Friday in Athens had two minutes less than two left.
    sweep(at=datetime(2026, 11, 23, 7, 3, tzinfo=UTC))
    assert "The first answer is still owed (50%)" in texts(ines.get(url(first)))
    work.assign(
        first.pk, world.person("ines").pk, seen=None, actor=world.viewer("ines"), at=NOW + timedelta(days=4)
    )
    sweep(at=NOW + timedelta(days=4))
    Team.objects.update(manager=world.person("marta"))
    escalate(first.pk, "manager", metric="initial-response", timer=1, at=NOW + timedelta(days=4))
    told = texts(ines.get(url(first)))
    assert "The first answer is late (100%)" in told
    assert "Brought to the attention of the" in told


def test_everything_that_the_desk_reads_has_words_there() -> None:
    payload = {
        "side": "vendor",
        "name": "n",
        "email": "e",
        "owner": 1,
        "owner_name": "n",
        "account": None,
        "team": 1,
        "team_code": "t",
        "note": "",
        "into": 1,
        "other": 1,
        "step": "manager",
        "before": "B",
        "hours": "24x7",
        "hours_before": "business",
        "channel": "phone",
        "result": "reached",
        "metric": "update",
        "outcome": "decrement",
        "cause": "",
        "credited": 0,
        "deducted": 0,
        "reason": "",
        "after": "waiting",
    }
    time = {"minutes": 90, "before": 60}
    for code in FOR_THE_DESK:
        for who in ("Ines", ""):
            told = payload | time if code in happenings.ADVICE else payload
            entry = TimelineEntry("event", NOW, who, code=code, payload=told)
            assert happenings.happening(entry, unit="incident", teams={}).text, code


def test_the_page_costs_the_same_however_much_was_said(
    ines: Client, first: Case, statements: list[str]
) -> None:
    carla, counts = world.viewer("carla"), []
    ines.get(url(first))
    for messages in (5, 60):
        for number in range(messages):
            reply(
                first.pk, f"Message {number}", key=new_key(), actor=carla, at=NOW + timedelta(minutes=number)
            )
        statements.clear()
        page = ines.get(url(first))
        # Whether the catalogue has changed is asked every two seconds, whoever reads what.
        counts.append(len([each for each in statements if "catalog_catalogrevision" not in each]))
    assert counts[0] == counts[1] <= 17, "\n".join(statements)
    assert len(page.content) < 60_000


@pytest.mark.req("REQ-2")
@pytest.mark.parametrize(
    ("do", "status", "told"),
    [
        ("reply", "in-progress", "Your reply is sent."),
        ("reply-ask", "waiting", "The request waits for the requester now."),
        ("reply-resolve", "resolved", "The request is resolved."),
    ],
)
def test_a_reply_goes_to_everybody_and_moves_the_request(
    do: str, status: str, told: str, ines: Client, first: Case
) -> None:
    answer = say(ines, first, "Try this.", do)
    message = Message.objects.get()
    assert answer["Location"] == f"{url(first)}?posted={message.pk}#message-{message.pk}"
    assert told in texts(ines.get(answer["Location"]))
    assert (message.kind, message.text, now(first).status) == ("public", "Try this.", status)
    assert "Try this." in texts(visitor("carla").get(f"/requests/PD-{first.pk}/"))


@pytest.mark.req("REQ-2")
def test_a_note_never_leaves_the_desk(ines: Client, first: Case) -> None:
    assert "Only the desk reads it." in texts(
        ines.get(say(ines, first, "Do not tell them", "note")["Location"])
    )
    assert Message.objects.get().kind == "internal"
    assert "Do not tell them" in texts(ines.get(url(first)))
    for who in ("carla", "cem"):
        assert "Do not tell them" not in texts(visitor(who).get(f"/requests/PD-{first.pk}/"))


@pytest.mark.parametrize("do", ["", "REPLY", "note ", "internal", "answer"])
def test_what_is_sent_under_no_known_name_is_a_reply_as_its_form_says_and_never_a_note(
    do: str, ines: Client, first: Case
) -> None:
    """The two forms have their own buttons; a form that lost its button is the one whose text everybody may read."""
    say(ines, first, "For everybody", do)
    assert Message.objects.get().kind == "public"


def test_sending_twice_says_it_once(ines: Client, first: Case) -> None:
    page = ines.get(url(first))
    data = {name: hidden(page, name) for name in ("key", "seen")} | {"text": "Once", "do": "reply"}
    ines.post(url(first), data)
    assert "was not sent again" in texts(ines.get(ines.post(url(first), data)["Location"]))
    assert Message.objects.count() == 1


def test_whoever_answers_what_changed_meanwhile_keeps_the_text_sees_the_news_and_can_send_again(
    ines: Client, first: Case
) -> None:
    page = ines.get(url(first))
    data = {name: hidden(page, name) for name in ("key", "seen", "known")}
    reply(first.pk, "We found it ourselves.", key=new_key(), actor=world.viewer("carla"), at=NOW)
    note(first.pk, "I talk to them.", key=new_key(), actor=world.viewer("marta"), at=NOW)
    sent = {**data, "text": "Please try this.", "do": "reply-ask"}
    refused = ines.post(url(first), sent)
    assert refused.status_code == 422
    body = refused.content.decode()
    assert "Please try this.</textarea>" in body
    assert "Somebody changed this request while you were working on it." in texts(refused)
    news = re.search(r'<ol class="timeline">(.*?)</ol>', body[body.index("New since you began") :], re.DOTALL)
    assert news is not None
    assert "We found it ourselves." in news.group(1)
    assert "I talk to them." in news.group(1)
    assert first.description not in news.group(1)
    assert not Message.objects.filter(text="Please try this.").exists()
    again = {**sent, "seen": hidden(refused, "seen"), "key": hidden(refused, "key")}
    assert ines.post(url(first), again).status_code == 302
    assert Message.objects.filter(text="Please try this.").count() == 1


@pytest.mark.parametrize("seen", ["", "x", "-1", "999999999", "1e3", "٣"])
def test_a_form_that_does_not_say_what_it_has_seen_overwrites_nobody(
    seen: str, ines: Client, first: Case
) -> None:
    assert say(ines, first, "Blind", seen=seen).status_code == 422
    assert ines.post(url(first, "owner"), {"do": "take", "seen": seen}).status_code == 422
    assert not Message.objects.exists()
    assert now(first).owner_id is None


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "Write something first."),
        (" \n\t ", "Write something first."),
        ("hidden \u202e text", "hidden characters"),
        ("x" * 50_001, "This is 50001 characters long."),
    ],
)
@pytest.mark.parametrize("do", ["reply", "note"])
def test_what_cannot_be_said_is_explained_beside_the_text(
    do: str, text: str, told: str, ines: Client, first: Case
) -> None:
    answer = say(ines, first, text, do)
    assert answer.status_code == 422
    assert told in texts(answer)
    assert not Message.objects.exists()
    mode = "mode-note" if do == "note" else "mode-reply"
    assert re.search(rf'id="{mode}" value="\w+" checked', answer.content.decode())


def test_what_people_type_is_shown_as_they_typed_it_and_never_run(ines: Client, first: Case) -> None:
    nasty = (
        "<script>alert(1)</script>'\"><img src=x onerror=alert(1)>{{ 7*7 }}{% url %} %s javascript:alert(1)"
    )
    Case.objects.filter(pk=first.pk).update(summary=nasty[:200], description=nasty)
    Contact.objects.filter(case=first).update(name=nasty[:200], phone=nasty[:40])
    for do in ("reply", "note"):
        say(ines, first, nasty, do)
    pages = [ines.get(url(first, name)) for name in ("request", "preview", "close", "owner", "contacts")]
    pages += [ines.get("/desk/?view=team"), ines.get(f"/desk/?q={nasty}")]
    for page in pages:
        body = page.content.decode()
        assert page.status_code == 200
        assert "<script>alert" not in body
        assert "<img src=x" not in body
        assert 'href="javascript' not in body


def test_the_timeline_can_be_cut_down_to_one_kind(ines: Client, first: Case) -> None:
    say(ines, first, "For everybody")
    say(ines, first, "For the desk", "note")
    shown = {
        kind: texts(ines.get(url(first), {"show": kind}))
        for kind in ("", "messages", "notes", "changes", "x")
    }
    assert "For everybody" in shown["messages"]
    assert "For the desk" not in shown["messages"]
    assert "For the desk" in shown["notes"]
    assert "For everybody" not in shown["notes"]
    assert "Ines Moreau took it" in shown["changes"]
    assert "For everybody" not in shown["changes"]
    for kind in ("", "x"):
        assert "For everybody" in shown[kind]
        assert "For the desk" in shown[kind]


def test_a_long_conversation_shows_its_end_and_the_rest_on_demand(ines: Client, first: Case) -> None:
    Message.objects.bulk_create(
        Message(
            case=first,
            kind="public",
            side="requester",
            author_name="Carla Papadaki",
            text=f"Line {number}.",
            via="portal",
            at=NOW + timedelta(seconds=number),
            key=new_key(),
        )
        for number in range(230)
    )
    told = texts(ines.get(url(first)))
    assert "Show 30 earlier messages" in told
    assert "Line 229." in told
    assert "Line 7." not in told
    assert first.description in told
    assert "Line 7." in texts(ines.get(url(first), {"all": "1"}))


def test_the_preview_is_a_part_with_the_last_words(ines: Client, first: Case) -> None:
    for number in range(5):
        say(ines, first, f"Word {number}")
    part = ines.get(url(first, "preview"), headers=HTMX)
    assert "<html" not in part.content.decode()
    assert [f"Word {number}" in texts(part) for number in range(5)] == [False, False, True, True, True]


# When it is not there any more


def test_a_request_that_went_to_another_team_gives_back_what_was_being_written(
    ines: Client, first: Case
) -> None:
    page = ines.get(url(first))
    other = world.team("second", "marta")
    work.transfer(first.pk, other.pk, note="Theirs", seen=None, actor=world.viewer("ines"), at=NOW)
    data = {name: hidden(page, name) for name in ("key", "seen", "known")}
    answer = ines.post(url(first), {**data, "text": "A long answer", "do": "reply"})
    assert answer.status_code == 404
    assert "This is not at your desk" in texts(answer)
    assert "A long answer</textarea>" in answer.content.decode()
    assert not Message.objects.exists()
    assert ines.get(url(first)).status_code == 404


def test_a_request_that_never_was_is_answered_like_one_of_another_team(ines: Client, first: Case) -> None:
    theirs = Case.objects.get(pk=queues.copies(first, 1)[0])
    Case.objects.filter(pk=theirs.pk).update(team=world.team("second"))
    nobodys = Case(pk=theirs.pk + 1)
    for name in ("request", "preview", "owner", "status", "transfer", "close", "reopen", "merge", "links"):
        sent = {"text": "x", "do": "reply", "seen": "0"}
        pairs = [(ines.get(url(case, name)), ines.post(url(case, name), sent)) for case in (theirs, nobodys)]
        for one, other in zip(*pairs, strict=True):
            assert one.status_code == other.status_code
            assert one.status_code in {404, 405}
            assert len(one.content) == len(other.content)


def test_a_merged_request_says_how_it_goes_on_and_takes_no_reply(ines: Client, first: Case) -> None:
    other = queues.request(plan=world.agreement(registered=["carla"]), at=NOW)
    ines.post(url(first, "merge"), {"other": f"PD-{other.pk}", "seen": str(first.revision)})
    told = texts(ines.get(url(first)))
    assert f"This request is a duplicate and goes on as PD-{other.pk}" in told
    assert "Send reply" not in told
    assert "Keep note" in told
    page = ines.get(url(first))
    late = {"text": "Too late", "do": "reply", "key": str(new_key()), "seen": str(now(first).revision)}
    answer = ines.post(url(first), late)
    assert answer.status_code == 422
    assert "This request is closed. Reopen it first." in texts(answer)
    assert "Too late</textarea>" in answer.content.decode()
    assert page.status_code == 200
