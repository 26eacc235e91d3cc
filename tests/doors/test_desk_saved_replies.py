"""Texts kept ready: written, changed, deleted and brought back, and inserted in the contact's language."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

import pytest
from django.test import Client
from django.urls import reverse

from pactdesk.cases.models import Case, Contact, SavedReply
from pactdesk.cases.services.saved_replies import keep_reply, remove_deleted
from tests import queues, world
from tests.doors.guided import texts
from tests.doors.visitors import visitor

NOW = datetime(2026, 11, 20, 13, 2, tzinfo=UTC)
LIST = "/desk/replies/"

pytestmark = pytest.mark.django_db


@pytest.fixture
def first() -> Case:
    world.team("support", "ines")
    return queues.request(at=NOW)


@pytest.fixture
def ines(first: Case) -> Client:
    return visitor("ines")


def kept(*, team: str | None = "support", who: str = "ines", **texts: str) -> int:
    return keep_reply(
        None,
        name="Ask for logs",
        texts={"en": "Hello {name}, please send the log for {number}. {engineer}", **texts},
        team_id=world.team(team).pk if team else None,
        seen=None,
        actor=world.viewer(who),
        at=NOW,
    )


def page_of(case: Case) -> str:
    return reverse("desk:request", args=[f"PD-{case.pk}"])


def test_one_is_written_changed_deleted_and_brought_back(ines: Client) -> None:
    assert "No saved replies yet" in texts(ines.get(LIST))
    ines.post(f"{LIST}new/", {"name": "Thanks", "text_en": "Thank you.", "text_cs": "Děkuji."})
    row = SavedReply.objects.get()
    assert (row.team_id, row.texts) == (None, {"en": "Thank you.", "cs": "Děkuji."})
    assert "English, Čeština" in texts(ines.get(LIST))
    changed = {
        "name": "Many thanks",
        "text_en": "Thank you.",
        "team": str(world.team("support").pk),
        "seen": "1",
    }
    assert ines.post(f"{LIST}{row.pk}/", changed).status_code == 302
    assert "Many thanks" in texts(ines.get(LIST))
    deleted = ines.get(ines.post(f"{LIST}{row.pk}/delete/")["Location"])
    assert "The saved reply is deleted." in texts(deleted)
    assert "Many thanks" not in texts(deleted)
    assert ines.get(f"{LIST}{row.pk}/").status_code == 404
    ines.post(f"{LIST}{row.pk}/restore/")
    assert "Many thanks" in texts(ines.get(LIST))


def test_of_two_who_change_it_the_second_is_told_and_keeps_the_text(ines: Client) -> None:
    reply_id = kept()
    sent = {"name": "Mine", "text_en": "Mine.", "seen": "1"}
    assert ines.post(f"{LIST}{reply_id}/", sent).status_code == 302
    answer = ines.post(f"{LIST}{reply_id}/", {**sent, "text_en": "Also mine."})
    assert answer.status_code == 422
    assert "Somebody changed this text while you were working on it." in texts(answer)
    assert "Also mine.</textarea>" in answer.content.decode()
    assert SavedReply.objects.get().texts == {"en": "Mine."}


def test_what_is_of_another_team_is_as_good_as_not_there(ines: Client, first: Case) -> None:
    world.team("second", "marta")
    theirs = kept(team="second", who="marta")
    assert "Ask for logs" not in texts(ines.get(LIST))
    for name in ("saved-reply", "saved-reply-delete", "saved-reply-restore"):
        for reply_id in (theirs, theirs + 1):
            url = reverse(f"desk:{name}", args=[reply_id])
            assert ines.post(url, {"name": "x", "text_en": "x", "seen": "1"}).status_code == 404
    assert ines.get(reverse("desk:filled-reply", args=[f"PD-{first.pk}", theirs])).status_code == 404
    assert "please send the log" not in texts(ines.get(page_of(first), {"insert": str(theirs)}))
    assert SavedReply.objects.get().name == "Ask for logs"
    # Nor can one be given to a team of somebody else.
    second = str(world.team("second").pk)
    assert ines.post(f"{LIST}new/", {"name": "x", "text_en": "x", "team": second}).status_code == 422


@pytest.mark.req("LOC-1")
def test_it_is_inserted_in_the_contacts_language_or_marked_as_english(ines: Client, first: Case) -> None:
    reply_id = kept(cs="Dobrý den {name}, {number}")
    url = reverse("desk:filled-reply", args=[f"PD-{first.pk}", reply_id])
    english = f"Hello Carla Papadaki, please send the log for PD-{first.pk}. Ines Moreau"
    assert ines.get(url).content.decode() == english
    assert "(in English)" not in texts(ines.get(page_of(first)))
    Contact.objects.filter(case=first).update(language="pl")
    assert ines.get(url).content.decode() == english
    assert "Ask for logs (in English)" in texts(ines.get(page_of(first)))
    Contact.objects.filter(case=first).update(language="cs")
    assert ines.get(url).content.decode() == f"Dobrý den Carla Papadaki, PD-{first.pk}"
    assert "(in English)" not in texts(ines.get(page_of(first)))


def test_without_script_it_comes_behind_what_was_typed_and_nothing_is_sent(ines: Client, first: Case) -> None:
    reply_id = str(kept())
    typed = ines.post(page_of(first), {"do": "insert", "saved": reply_id, "text": "One moment."})
    field = re.search(r"<textarea[^>]*>\s*(.*?)</textarea>", typed.content.decode(), re.DOTALL)
    assert field is not None
    assert field.group(1).startswith("One moment.\n\nHello Carla Papadaki")
    assert typed.status_code == 200
    assert "Hello Carla Papadaki" in ines.get(page_of(first), {"insert": reply_id}).content.decode()
    for nothing in ("", "x", "0", "9" * 20):
        assert ines.get(page_of(first), {"insert": nothing}).status_code == 200
    assert not first.messages.exists()


def test_what_a_request_says_is_not_replaced_again_nor_run(ines: Client, first: Case) -> None:
    Contact.objects.filter(case=first).update(name="{engineer}<b>")
    reply_id = kept()
    url = reverse("desk:filled-reply", args=[f"PD-{first.pk}", reply_id])
    answer = ines.get(url)
    assert answer["Content-Type"] == "text/plain; charset=utf-8"
    assert answer.content.decode().startswith("Hello {engineer}<b>, please")
    assert "{engineer}&lt;b&gt;" in ines.get(page_of(first), {"insert": str(reply_id)}).content.decode()


def test_what_was_deleted_long_ago_is_removed(ines: Client) -> None:
    reply_id = kept()
    ines.post(f"{LIST}{reply_id}/delete/")
    deleted_at = SavedReply.objects.get().deleted_at
    assert deleted_at is not None
    days = timedelta(days=30)
    assert remove_deleted(after=days, at=deleted_at + days - timedelta(seconds=1)) == 0
    assert remove_deleted(after=days, at=deleted_at + days) == 1
