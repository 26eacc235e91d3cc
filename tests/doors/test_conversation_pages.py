"""One request for its contacts: its timeline, replying, closing and reopening (REQ-1, REQ-2, AGR-6)."""

from __future__ import annotations

import re
import uuid
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.http import HttpResponse
from django.urls import reverse

from pactdesk.agreements.models import Agreement
from pactdesk.cases.models import Case, Contact, Message
from pactdesk.cases.queries.timeline import TimelineEntry
from pactdesk.cases.rules.answers import Person
from pactdesk.cases.rules.messages import MOST_CHARACTERS, MOST_REASON
from pactdesk.cases.rules.outcomes import CAUSES
from pactdesk.cases.rules.status import OPEN, Move
from pactdesk.cases.rules.timeline import FOR_CONTACTS
from pactdesk.cases.services import contacts, relations, work
from pactdesk.cases.services.conversation import note
from pactdesk.journal.models import FactRow
from pactdesk.kernel.ids import new_key
from pactdesk.pages import happenings
from pactdesk.pages.happenings import happening
from pactdesk.portal.views.conversation import MESSAGES
from tests import world
from tests.conversations import answers, closes, says, sent
from tests.doors.guided import HTMX, error_at, plain, texts, value_of
from tests.doors.visitors import visitor

NOW = datetime(2026, 11, 20, 13, 2, tzinfo=UTC)  # a Friday, 15:02 in Athens
HIDDEN = "\u202e"

pytestmark = pytest.mark.django_db


@pytest.fixture
def plan() -> world.Agreement:
    return world.agreement(units=3, registered=["carla"])


@pytest.fixture
def case(plan: world.Agreement) -> Case:
    return sent(plan, share=("cem",))


def url(case: Case, name: str = "request") -> str:
    return reverse(f"portal:{name}", args=[f"PD-{case.pk}"])


def page(case: Case, who: str = "carla", **query: str) -> HttpResponse:
    response: HttpResponse = visitor(who).get(url(case), query)
    assert response.status_code == 200
    return response


def replied(
    case: Case, text: str, *, who: str = "carla", key: uuid.UUID | None = None, **more: Any
) -> HttpResponse:
    response: HttpResponse = visitor(who).post(
        url(case), {"text": text, "key": str(key or new_key())}, **more
    )
    return response


def timeline(response: HttpResponse) -> str:
    found = re.search(
        r'<ol class="timeline" id="timeline">.*?</ol>\s*<section', response.content.decode(), re.S
    )
    assert found is not None
    return plain(found.group(0))


def card(response: HttpResponse, message_id: int) -> str:
    found = re.search(
        rf'<li class="[^"]*" id="message-{message_id}".*?</li>', response.content.decode(), re.S
    )
    assert found is not None
    return found.group(0)


# ----- what is shown


@pytest.mark.req("REQ-2")
def test_the_timeline_tells_in_one_order_what_was_said_and_what_happened(plan: world.Agreement) -> None:
    with time_machine.travel(NOW, tick=False) as clock:
        case = sent(plan, share=("cem",))
        clock.shift(timedelta(minutes=18))
        work.assign(case.pk, world.person("ines").pk, seen=None, actor=world.viewer("ines"), at=NOW)
        asked = answers(case, "Which version is it?", then=Move.ASK)
        clock.shift(timedelta(days=3))
        said = says(case, "Version 3.", who="cem")
        told = page(case)
    order = (
        "Friday, 20 November 2026 You 15:02",
        case.description,
        "Assigned to Ines Moreau",
        "Ines Moreau Support 15:20 Which version is it?",
        "Waiting for your answer 15:20",
        "Monday, 23 November 2026 Cem Kowalski 15:20 Version 3.",
        "The answer of Cem Kowalski has come: it is our turn 15:20",
    )
    text = timeline(told)
    places = [text.find(each) for each in order]
    assert -1 not in places, (order[places.index(-1)], text)
    assert places == sorted(places)
    assert "from-us" in card(told, asked)
    assert "from-us" not in card(told, said)
    assert "Times are those of Athens." in texts(told)


def test_what_oneself_said_is_ones_own(case: Case) -> None:
    said = says(case, "Mine")
    assert plain(card(page(case), said)).startswith("You ")
    assert plain(card(page(case, "cem"), said)).startswith("Carla Papadaki ")


@pytest.mark.req("REQ-2")
def test_internal_notes_and_what_only_the_desk_does_are_no_part_of_it(case: Case) -> None:
    ines = world.viewer("ines")
    note(case.pk, "Known bug 4711", key=new_key(), actor=ines, at=NOW)
    world.team("billing", "ines")
    work.transfer(case.pk, world.team("billing").pk, note="A hot potato", seen=None, actor=ines, at=NOW)
    for query in ({}, {"show": "messages"}, {"show": "changes"}):
        whole = page(case, **query).content.decode()
        assert "4711" not in whole
        assert "potato" not in whole


def test_a_message_in_another_language_says_so(case: Case) -> None:
    said = says(case)
    Message.objects.filter(pk=said).update(language="el", via="mail")
    told = card(page(case), said)
    assert 'lang="el"' in told
    assert "by e-mail" in plain(told)
    Message.objects.filter(pk=said).update(language="en")
    assert "lang=" not in card(page(case), said)


def test_addresses_in_a_text_are_links_that_tell_nobody_and_lines_stay_lines(case: Case) -> None:
    said = answers(case, "See https://support.example/a?b=1&c=2.\n\n  indented\n<b>not bold</b>")
    told = card(page(case), said)
    link = '<a href="https://support.example/a?b=1&amp;c=2" rel="nofollow noopener noreferrer">'
    assert link in told
    assert "\n\n  indented\n&lt;b&gt;not bold&lt;/b&gt;" in told


def test_every_fact_that_contacts_read_has_its_words() -> None:
    payload = {
        "side": "requester",
        "name": "n",
        "owner_name": "n",
        "account": None,
        "into": 1,
        "step": "manager",
        "before": "B",
        "hours": "24x7",
        "hours_before": "business",
        "channel": "phone",
        "result": "reached",
    }
    payload |= {
        "outcome": "decrement",
        "cause": "",
        "credited": 0,
        "deducted": 0,
        "reason": "",
        "after": "waiting",
    }
    for code in FOR_CONTACTS:
        for author in (1, 2):
            about = payload | ({"minutes": 70, "before": 95} if code in happenings.ADVICE else {})
            entry = TimelineEntry("event", NOW, "Ines", code=code, payload=about, author_id=author)
            told = str(happening(entry, reader_id=1, unit="incident").text)
            assert told[0].isupper() or told[0] in "n1", (code, told)
            assert "%" not in told
    for status in OPEN:  # closing has a fact of its own
        moved = payload | {"side": "vendor", "after": status}
        entry = TimelineEntry("event", NOW, "", code="case.status-changed", payload=moved)
        assert happening(entry, reader_id=1, unit="").text
    assert set(happenings.CAUSES) == set(CAUSES)


def test_the_filter_shows_messages_or_changes_alone(case: Case) -> None:
    answers(case, "Said by us", then=Move.ASK)
    messages = timeline(page(case, show="messages"))
    assert "Said by us" in messages
    assert "Waiting for your answer" not in messages
    changes = timeline(page(case, show="changes"))
    assert "Said by us" not in changes
    assert "Request sent by you" in changes
    assert "Waiting for your answer" in changes
    assert timeline(page(case, show="sideways")) == timeline(page(case))


def test_many_changes_in_a_row_are_folded_but_not_what_matters(case: Case) -> None:
    carla = world.viewer("carla")
    for each in ("one", "two", "three"):
        contacts.add_contact(case.pk, Person(each, f"{each}@mail.example"), actor=carla, at=NOW)
    whole = page(case).content.decode()
    fold = re.search(r"<details>.*?</details>", whole, re.S)
    assert fold is not None
    assert "3 changes" in fold.group(0)
    assert "three added to the contacts by you" in plain(fold.group(0))
    assert "<details>" not in re.sub(r"(?s)^.*<main", "", page(case, show="changes").content.decode())
    answers(case, "Solved", then=Move.RESOLVE)
    after = re.sub(r"(?s)<details>.*?</details>", "", page(case).content.decode())
    assert "Solved, as we see it" in plain(after)


def test_earlier_messages_come_on_demand_and_the_description_stays(case: Case) -> None:
    said = [says(case, f"Message {number}.") for number in range(MESSAGES + 3)]
    first = page(case)
    text = timeline(first)
    assert case.description in text
    assert "Message 2." not in text
    assert "Message 3." in text
    assert "Show 3 earlier messages" in text
    link = re.search(r'href="([^"]*earlier=1[^"]*)"', first.content.decode())
    assert link is not None
    assert link.group(1).endswith(f"#message-{said[3]}")
    second = visitor("carla").get(link.group(1).partition("#")[0].replace("&amp;", "&"))
    assert all(f"Message {number}." in timeline(second) for number in range(MESSAGES + 3))
    assert "earlier" not in timeline(second)
    for odd in ("-1", "x", "9" * 30, "١"):
        assert page(case, earlier=odd).status_code == 200


@pytest.mark.parametrize("count", [1, 30])
def test_a_request_costs_the_same_however_much_was_said(
    count: int, case: Case, statements: list[str]
) -> None:
    for _each in range(count):
        says(case)
        answers(case)
    carla = visitor("carla")
    carla.get(url(case))
    statements.clear()
    shown = carla.get(url(case))
    # Session, request, contacts, messages, facts, files, names; the count of what was left out; who helps: what was
    # asked, who stands in, how to reach them.
    assert len(statements) <= 11, "\n".join(statements)
    assert len(shown.content) < 60_000


def test_a_request_that_waits_asks_its_question_on_top(case: Case) -> None:
    asked = answers(case, "Which version is it? " + "Tell us all. " * 60, then=Move.ASK)
    told = page(case, "cem")
    box = re.search(r'<section class="question".*?</section>', told.content.decode(), re.S)
    assert box is not None
    assert plain(box.group(0)).startswith("Waiting for you Which version is it?")
    assert "…" in box.group(0)
    assert f'href="{url(case)}#message-{asked}"' in box.group(0)
    assert 'href="#reply"' in box.group(0)
    assert "It is your turn." in texts(told)
    says(case, "Version 3.")
    assert '<section class="question"' not in page(case).content.decode()


# ----- what was promised, and what comes next


def test_what_is_promised_and_what_was_kept_is_told_with_its_place(plan: world.Agreement) -> None:
    with time_machine.travel(NOW, tick=False) as clock:
        case = sent(plan)
        told = texts(page(case))
        assert "First answer by Mon 23 Nov 2026, 11:02 (Athens)" in told
        assert "An engineer takes it up and answers by Mon 23 Nov 2026, 11:02 (Athens)." in told
        assert "News from us at least every business day" in told
        work.assign(case.pk, world.person("ines").pk, seen=None, actor=world.viewer("ines"), at=NOW)
        assert "Ines Moreau has taken it up and answers by Mon 23 Nov" in texts(page(case))
        clock.shift(timedelta(hours=1))
        answers(case)
        told = texts(page(case))
        assert "First answer Fri 20 Nov 2026, 16:02 (Athens) On time" in told
        assert "Promised by Mon 23 Nov 2026, 11:02 (Athens)" in told
        assert "Ines Moreau is working on it." in told


def test_what_is_late_is_called_late(plan: world.Agreement) -> None:
    with time_machine.travel(NOW, tick=False) as clock:
        case = sent(plan)
        clock.shift(timedelta(days=5))
        told = texts(page(case))
        assert "First answer was due by Mon 23 Nov 2026, 11:02 (Athens) late by 2 d" in told
        assert "The first answer is late." in told
        answers(case)
        assert "First answer Wed 25 Nov 2026, 15:02 (Athens) Late" in texts(page(case))


def test_what_was_solved_says_when_it_closes_by_itself(plan: world.Agreement, settings: Any) -> None:
    settings.CLOSE_RESOLVED_AFTER_DAYS = 10
    with time_machine.travel(NOW, tick=False):
        case = sent(plan)
        answers(case, then=Move.RESOLVE)
        assert "Without an answer it closes by itself on 30 November 2026." in texts(page(case))
        settings.CLOSE_RESOLVED_AFTER_DAYS = 0
        assert "closes by itself" not in texts(page(case))


def test_a_merged_request_leads_to_the_one_as_which_it_goes_on(plan: world.Agreement) -> None:
    duplicate, original = sent(plan), sent(plan)
    relations.merge(duplicate.pk, original.pk, seen=None, actor=world.viewer("ines"), at=NOW)
    told = page(duplicate)
    assert told.content.decode().count(f'href="{url(original)}"') == 2
    assert f"This request goes on as PD-{original.pk}" in texts(told)
    assert "It does not count, because it repeats another request. 1 incident was given back." in texts(told)


# ----- replying


@pytest.mark.req("REQ-2")
@pytest.mark.parametrize("who", ["carla", "cem"])
def test_every_contact_replies_and_is_led_to_what_was_said(who: str, case: Case) -> None:
    answers(case, then=Move.ASK)
    response = replied(case, "  First line\r\nsecond  ", who=who)
    message = Message.objects.get(side="requester")
    assert (message.text, message.via, message.author) == (
        "First line\nsecond",
        "portal",
        world.person(who),
    )
    assert response.status_code == 302
    assert response["Location"] == f"{url(case)}?posted={message.pk}#message-{message.pk}"
    case.refresh_from_db()
    assert case.status == "in-progress"
    shown = card(visitor(who).get(response["Location"]), message.pk)
    assert "autofocus" in shown


@pytest.mark.req("REQ-1")
@pytest.mark.parametrize("who", ["anonymous", "petra", "ines", "marta", "olaf"])
def test_nobody_else_replies_closes_or_reopens(who: str, case: Case) -> None:
    for name, data in (
        ("request", {"text": "Let me in", "key": str(new_key())}),
        ("request-close", {"reason": "x"}),
        ("request-reopen", {"reason": "x"}),
    ):
        response = visitor(who).post(url(case, name), data)
        assert response.status_code == (302 if who in {"anonymous", "petra"} else 404), name
    case.refresh_from_db()
    assert case.status == "new"
    assert not Message.objects.exists()


@pytest.mark.req("REQ-1")
def test_a_submitter_who_is_no_contact_cannot_say_anything(plan: world.Agreement) -> None:
    case = sent(plan, primary="cem")
    assert replied(case, "Mine!").status_code == 404
    for name in ("request-close", "request-reopen"):
        assert visitor("carla").get(url(case, name)).status_code == 404
        assert visitor("carla").post(url(case, name), {"reason": "x"}).status_code == 404
    assert not Message.objects.exists()


def test_sending_twice_says_it_once(case: Case) -> None:
    key = new_key()
    first, second = replied(case, "Once", key=key), replied(case, "Once", key=key)
    assert first["Location"] == second["Location"]
    assert Message.objects.count() == 1
    assert FactRow.objects.filter(code="case.message-added").count() == 1


def test_a_key_that_is_taken_is_refused_and_the_next_try_works(case: Case, plan: world.Agreement) -> None:
    key, other = new_key(), sent(plan)
    replied(case, "Theirs", key=key, who="cem")
    for elsewhere in (case, other):
        refused = replied(elsewhere, "Mine", key=key)
        assert refused.status_code == 422
        assert value_of(refused, "text") == "Mine"
        assert "Theirs" not in error_at(refused, "id_text_error")
        again = value_of(refused, "key")
        assert again != str(key)
        assert replied(elsewhere, "Mine", key=uuid.UUID(again)).status_code == 302


@pytest.mark.parametrize("key", ["", "x", "0", "' OR 1=1", "0" * 32 + "0"])
def test_a_form_that_lost_its_key_is_sent_all_the_same(key: str, case: Case) -> None:
    assert visitor("carla").post(url(case), {"text": "Said", "key": key}).status_code == 302
    assert visitor("carla").post(url(case), {"text": "Said"}).status_code == 302
    assert Message.objects.count() == 2


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "Write something first."),
        ("  \r\n \u200b ", "Write something first."),
        ("x" * (MOST_CHARACTERS + 1), f"This is {MOST_CHARACTERS + 1} characters long."),
        (f"Pay {HIDDEN}now", "hidden characters (U+202E)"),
        ("a\x00b", "hidden characters (U+0000)"),
        ("a\x1bb", "hidden characters (U+001B)"),
    ],
    ids=["empty", "blank", "too long", "direction override", "NUL", "escape"],
)
def test_what_cannot_be_said_is_told_beside_the_text_which_stays(text: str, told: str, case: Case) -> None:
    key = new_key()
    response = replied(case, text, key=key)
    assert response.status_code == 422
    assert told in error_at(response, "id_text_error")
    assert value_of(response, "text").strip() == text.replace("\r\n", "\n").replace("\x00", "\x00").strip()
    assert value_of(response, "key") == str(key)
    assert not Message.objects.exists()


def test_the_longest_text_and_every_script_are_said_as_they_are(case: Case) -> None:
    for text in ("x" * MOST_CHARACTERS, "Καλημέρα, dzień dobry, chào buổi sáng, 👩‍🔧 שלום"):
        assert replied(case, text).status_code == 302
        assert Message.objects.latest("pk").text == text


def test_a_reply_to_a_request_that_was_closed_meanwhile_is_kept_in_the_form(case: Case) -> None:
    closes(case, "decrement", "")
    refused = replied(case, "Not solved!")
    assert refused.status_code == 422
    assert "This request is closed. Reopen it first." in error_at(refused, "id_text_error")
    assert value_of(refused, "text") == "Not solved!"
    assert f'href="{url(case, "request-reopen")}"' in refused.content.decode()


def test_with_htmx_the_answer_holds_all_that_changes(case: Case) -> None:
    answers(case, then=Move.ASK)
    refused = replied(case, "", headers=HTMX)
    assert refused.status_code == 422
    for region in ("conversation", "request-status", "question", "standing", "messages"):
        assert f'id="{region}"' in refused.content.decode()
    assert "HX-Request" in refused["Vary"]


def test_foreign_fields_change_nothing(case: Case) -> None:
    """A18: only text and key are read."""
    data = {"text": "Said", "key": str(new_key()), "author": "1", "side": "vendor", "kind": "internal"}
    data |= {"case": "1", "via": "desk", "at": "2020-01-01", "status": "closed", "author_name": "Ines Moreau"}
    visitor("carla").post(url(case), data)
    message = Message.objects.get()
    assert (message.side, message.kind, message.via, message.case_id, message.author_name) == (
        "requester",
        "public",
        "portal",
        case.pk,
        "Carla Papadaki",
    )


# ----- closing and reopening


@pytest.mark.req("REQ-2", "AGR-6")
def test_a_contact_closes_with_a_reason_and_is_told_before_that_it_counts(
    case: Case, plan: world.Agreement
) -> None:
    carla = visitor("carla")
    asked = texts(carla.get(url(case, "request-close")))
    assert "the incident that was deducted for it stays deducted" in asked
    assert "You can reopen it later. Nothing is deducted again for that." in asked
    response = carla.post(url(case, "request-close"), {"reason": "A restart helped."})
    assert response["Location"] == url(case)
    case.refresh_from_db()
    assert (case.status, case.outcome) == ("closed", "decrement")
    told = texts(carla.get(url(case)))
    assert "The request is closed." in told
    assert "Closed by you" in told
    assert "It counts." in told
    assert "A restart helped." in told
    assert "Nothing more can be said in it." in told
    assert Agreement.objects.get(pk=plan.id).units_left == 2
    assert Contact.objects.filter(case=case, is_open=True).count() == 0


def test_closing_what_is_closed_leads_back(case: Case) -> None:
    closes(case)
    carla = visitor("carla")
    for response in (
        carla.get(url(case, "request-close")),
        carla.post(url(case, "request-close"), {"reason": "Again"}),
    ):
        assert response["Location"] == url(case)
    case.refresh_from_db()
    assert case.outcome == "non-decrement"


def test_reopening_what_is_open_leads_back(case: Case) -> None:
    carla = visitor("carla")
    for response in (
        carla.get(url(case, "request-reopen")),
        carla.post(url(case, "request-reopen"), {"reason": "Again"}),
    ):
        assert response["Location"] == url(case)
    assert not FactRow.objects.filter(code="case.reopened").exists()


@pytest.mark.req("AGR-6")
def test_reopening_what_counted_deducts_nothing_and_says_so_before(case: Case, plan: world.Agreement) -> None:
    closes(case, "decrement", "")
    carla = visitor("carla")
    assert "Nothing is deducted again." in texts(carla.get(url(case, "request-reopen")))
    carla.post(url(case, "request-reopen"), {"reason": "It is back."})
    case.refresh_from_db()
    assert case.status == "new"
    assert Agreement.objects.get(pk=plan.id).units_left == 2
    told = texts(carla.get(url(case)))
    assert "The request is open again." in told
    assert "Reopened by you" in told
    assert "deducted again" not in told


@pytest.mark.req("AGR-6")
def test_reopening_what_was_given_back_deducts_again_and_says_how_many_are_left_before(
    case: Case, plan: world.Agreement
) -> None:
    answers(case)
    assert closes(case) == 1
    carla = visitor("carla")
    told = texts(carla.get(url(case)))
    assert "It does not count, because the product was at fault. 1 incident was given back." in told
    asked = texts(carla.get(url(case, "request-reopen")))
    assert "1 incident was given back when it was closed. It is deducted again." in asked
    assert "2 incidents will be left." in asked
    carla.post(url(case, "request-reopen"), {"reason": "It is back."})
    assert Agreement.objects.get(pk=plan.id).units_left == 2
    told = texts(carla.get(url(case)))
    assert "The request is open again. 1 incident was deducted again." in told
    assert told.count("1 incident was deducted again.") == 2
    case.refresh_from_db()
    assert case.status == "in-progress"


@pytest.mark.req("AGR-6")
@pytest.mark.parametrize("method", ["get", "post"])
def test_reopening_that_nothing_can_pay_for_is_refused_with_the_reason_and_a_way_out(
    method: str, case: Case, plan: world.Agreement
) -> None:
    closes(case)
    for _each in range(3):
        sent(plan)
    carla = visitor("carla")
    response = getattr(carla, method)(url(case, "request-reopen"), {"reason": "It is back."})
    assert response.status_code == (200 if method == "get" else 422)
    told = texts(response)
    assert "The request cannot be reopened now" in told
    assert "No incidents are left" in told
    assert f'href="{reverse("portal:request-new")}"' in response.content.decode() or method == "post"
    if method == "post":
        assert value_of(response, "reason") == "It is back."
    case.refresh_from_db()
    assert case.status == "closed"


@pytest.mark.parametrize("name", ["request-close", "request-reopen"])
@pytest.mark.parametrize(
    ("reason", "told"),
    [
        ("", "Say why, in a few words."),
        ("x" * (MOST_REASON + 1), f"Shorten it to {MOST_REASON}."),
        (f"a{HIDDEN}b", "hidden characters"),
    ],
    ids=["empty", "too long", "hidden"],
)
def test_a_reason_is_asked_for_and_kept(name: str, reason: str, told: str, case: Case) -> None:
    if name == "request-reopen":
        closes(case)
    before = Case.objects.get(pk=case.pk).status
    response = visitor("carla").post(url(case, name), {"reason": reason})
    assert response.status_code == 422
    assert told in error_at(response, "id_reason_error")
    assert value_of(response, "reason") == reason
    assert Case.objects.get(pk=case.pk).status == before


def test_what_was_free_says_nothing_about_plans(plan: world.Agreement) -> None:
    case = sent(
        None, product="office-ltsc", version="2024", usage="", category="licences", problem="licences-missing"
    )
    assert "deducted" not in texts(visitor("carla").get(url(case, "request-close"))).replace(
        "Nothing is deducted again for that.", ""
    )
    closes(case)
    assert "count" not in timeline(page(case)).lower().replace("account", "")
    assert "deducted" not in texts(visitor("carla").get(url(case, "request-reopen")))


def test_whoever_is_no_longer_a_contact_is_out_at_once(case: Case) -> None:
    """A21."""
    cem = visitor("cem")
    assert cem.get(url(case)).status_code == 200
    place = Contact.objects.get(case=case, account=world.person("cem"))
    contacts.remove_contact(case.pk, place.pk, actor=world.viewer("carla"), at=NOW)
    assert cem.get(url(case)).status_code == 404
    assert cem.post(url(case), {"text": "Still here?", "key": str(new_key())}).status_code == 404
