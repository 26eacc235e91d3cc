"""Files of drafts and requests: sent, checked, added, removed, and never there by half (WIZ-6, REQ-2)."""

from __future__ import annotations

import hashlib
import io
import os
import uuid
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as django_settings
from django.db import IntegrityError, transaction
from django.http import Http404

from pactdesk.accounts.viewer import Viewer
from pactdesk.cases.models import Attachment, Case, Contact, Message
from pactdesk.cases.queries.files import (
    NotServed,
    contents,
    files_about_to_be_added,
    files_of_case,
    files_of_draft,
)
from pactdesk.cases.queries.timeline import timeline_of
from pactdesk.cases.rules.answers import Person
from pactdesk.cases.rules.files import PIECE, WHOLE, Place
from pactdesk.cases.rules.status import Move, Side
from pactdesk.cases.services import drafts, ending, files
from pactdesk.cases.services.conversation import CannotReply, answer, note, reply
from pactdesk.cases.services.files import CannotStore
from pactdesk.cases.services.submission import submit
from pactdesk.journal.models import FactRow
from pactdesk.kernel.ids import new_key
from pactdesk.kernel.storage import shelf
from tests import world
from tests.attachments import LOG, PNG, added, put
from tests.drafts import ready

NOW = datetime(2026, 11, 20, 13, 2, tzinfo=UTC)
LATER = NOW + timedelta(hours=1)

pytestmark = pytest.mark.django_db


@pytest.fixture
def plan() -> world.Agreement:
    world.team("support", "ines")
    return world.agreement(units=20, registered=["carla"], at=NOW)


@pytest.fixture
def carla() -> Viewer:
    return world.viewer("carla")


@pytest.fixture
def ines() -> Viewer:
    return world.viewer("ines")


@pytest.fixture
def draft(plan: world.Agreement, carla: Viewer) -> Place:
    return Place(draft_id=ready(carla, plan.id, at=NOW, share=(Person("Cem", world.person("cem").email),)))


@pytest.fixture
def number(draft: Place, carla: Viewer) -> int:
    assert draft.draft_id is not None
    return submit(draft.draft_id, terms_accepted=True, actor=carla, at=NOW).number


@pytest.fixture
def limits(settings: Any) -> Any:
    """Changes limits for this test: `limits(file=10)`."""

    def change(**changes: int) -> None:
        settings.FILE_LIMITS = {**django_settings.FILE_LIMITS, **changes}

    return change


@pytest.fixture
def on_disk(settings: Any, tmp_path: Path) -> Iterator[Path]:
    """A folder of this test's own for the files."""
    settings.STORAGES = {
        **settings.STORAGES,
        "files": {"BACKEND": "pactdesk.kernel.storage.Folder", "OPTIONS": {"location": tmp_path}},
    }
    return tmp_path


def kept(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]


def read(viewer: Viewer, place: Place, file_id: uuid.UUID) -> bytes:
    return b"".join(contents(viewer, place, file_id).blocks)


def case(number: int) -> Case:
    return Case.objects.get(pk=number)


def facts(code: str) -> list[dict[str, Any]]:
    return [row.payload for row in FactRow.objects.filter(code=code).order_by("pk")]


# Sending


@pytest.mark.req("WIZ-6")
def test_a_file_of_a_draft_goes_with_it_into_the_request_and_its_contacts_see_it(
    draft: Place, carla: Viewer
) -> None:
    file_id = put(draft, carla, name="ΣΦΑΛΜΑ.log", at=NOW)
    assert [line.name for line in files_of_draft(carla, draft.draft_id or new_key())] == ["ΣΦΑΛΜΑ.log"]
    number = submit(draft.draft_id or new_key(), terms_accepted=True, actor=carla, at=LATER).number
    for at_desk, viewer in ((False, world.viewer("cem")), (True, world.viewer("ines"))):
        (line,) = files_of_case(case(number), at_desk=at_desk)
        assert (line.id, line.of_draft, line.added_at) == (file_id, True, LATER)
        assert read(viewer, Place(number=number, at_desk=at_desk), file_id) == LOG
    assert [line.id for line in timeline_of(case(number), at_desk=False).came_along] == [file_id]
    with pytest.raises(Http404):
        contents(carla, draft, file_id)


def test_it_is_kept_under_a_random_name_with_its_digest_for_its_owner_only(
    on_disk: Path, draft: Place, carla: Viewer
) -> None:
    file_id = put(draft, carla, name="../../etc/passwd\u202egpj.exe", data=PNG, at=NOW)
    row = Attachment.objects.get(pk=file_id)
    (path,) = kept(on_disk)
    assert path == on_disk / row.storage_key
    assert path.stat().st_mode & 0o077 == 0
    assert all(folder.stat().st_mode & 0o077 == 0 for folder in (path.parent, path.parent.parent))
    assert "passwd" not in str(path)
    assert len(path.name) == 60
    assert path.read_bytes() == PNG
    assert row.sha256 == hashlib.sha256(PNG).hexdigest()
    assert row.name == "passwdgpj.exe"
    assert row.content_type == "image/png"
    assert contents(carla, draft, file_id).content_type == "application/octet-stream"


def test_a_large_file_comes_in_pieces_that_may_be_sent_again_and_is_one_file_in_the_end(
    on_disk: Path, draft: Place, carla: Viewer, django_capture_on_commit_callbacks: Any
) -> None:
    data = os.urandom(WHOLE + 5)
    begun = files.start(draft, "dump.bin", len(data), mark="17", actor=carla, at=NOW)
    offset = 0
    while offset < len(data):
        piece = data[offset : offset + PIECE]
        for _again in range(2):
            with django_capture_on_commit_callbacks(execute=True):
                line = files.append(draft, begun.id, offset, io.BytesIO(piece), actor=carla, at=NOW)
            assert line.received == offset + len(piece)
        offset += len(piece)
    assert line.state == "ready"
    assert read(carla, draft, begun.id) == data
    assert len(kept(on_disk)) == 1
    assert Attachment.objects.get(pk=begun.id).sha256 == hashlib.sha256(data).hexdigest()


def test_the_same_file_chosen_again_goes_on_where_it_stopped(draft: Place, carla: Viewer) -> None:
    size = WHOLE + 1
    begun = files.start(draft, "dump.bin", size, mark="17", actor=carla, at=NOW)
    files.append(draft, begun.id, 0, io.BytesIO(bytes(PIECE)), actor=carla, at=NOW)
    again = files.start(draft, "dump.bin", size, mark="17", actor=carla, at=LATER)
    assert (again.id, again.received) == (begun.id, PIECE)
    for name, length, mark in (
        ("other.bin", size, "17"),
        ("dump.bin", size + 1, "17"),
        ("dump.bin", size, "18"),
    ):
        other = files.start(draft, name, length, mark=mark, actor=carla, at=LATER)
        assert (other.id == begun.id, other.received) == (False, 0)


@pytest.mark.parametrize(
    ("offset", "data", "code"),
    [
        (PIECE, bytes(PIECE), "file.gap"),
        (0, bytes(PIECE - 1), "file.cut-short"),
        (0, b"", "file.cut-short"),
        (0, bytes(PIECE + 1), "file.longer-than-announced"),
    ],
)
def test_a_piece_that_does_not_fit_is_not_kept(
    on_disk: Path, draft: Place, carla: Viewer, offset: int, data: bytes, code: str
) -> None:
    begun = files.start(draft, "dump.bin", WHOLE + 1, actor=carla, at=NOW)
    with pytest.raises(CannotStore, match=code.replace(".", r"\.")):
        files.append(draft, begun.id, offset, io.BytesIO(data), actor=carla, at=NOW)
    assert Attachment.objects.get(pk=begun.id).received == 0
    assert kept(on_disk) == []


def test_nothing_is_read_beyond_the_first_byte_too_many(draft: Place, carla: Viewer) -> None:
    class Endless:
        given = 0

        def read(self, size: int = -1, /) -> bytes:
            self.given += size
            return bytes(size)

    begun = files.start(draft, "endless.bin", 1000, actor=carla, at=NOW)
    source = Endless()
    with pytest.raises(CannotStore, match=r"file\.longer-than-announced"):
        files.append(draft, begun.id, 0, source, actor=carla, at=NOW)
    assert source.given == 1001


def test_the_limits_hold_at_their_last_byte(
    limits: Any, plan: world.Agreement, draft: Place, number: int, carla: Viewer
) -> None:
    place = Place(number=number)
    limits(file=10)
    put(place, carla, data=b"0123456789", at=NOW)
    with pytest.raises(CannotStore, match=r"file\.too-large"):
        put(place, carla, data=b"0123456789a", at=NOW)
    limits(request=15)
    put(place, carla, data=b"01234", at=NOW)
    with pytest.raises(CannotStore, match=r"file\.request-full"):
        put(place, carla, data=b"0", at=NOW)
    limits(request_files=2)
    with pytest.raises(CannotStore, match=r"file\.too-many"):
        put(place, carla, data=b"0", at=NOW)
    other = Place(
        number=submit(ready(carla, plan.id, at=NOW), terms_accepted=True, actor=carla, at=NOW).number
    )
    limits(agreement=16, request_files=10)
    put(other, carla, data=b"0", at=NOW)
    with pytest.raises(CannotStore, match=r"file\.agreement-full"):
        put(other, carla, data=b"0", at=NOW)
    limits(day=17, agreement=0)
    put(other, carla, data=b"0", at=NOW)
    with pytest.raises(CannotStore, match=r"file\.day-full"):
        put(other, carla, data=b"0", at=NOW)
    put(other, carla, data=b"0", at=NOW + timedelta(days=1))


def test_what_is_only_announced_counts_until_it_is_given_up(limits: Any, draft: Place, carla: Viewer) -> None:
    limits(request=100)
    begun = files.start(draft, "a.bin", 60, actor=carla, at=NOW)
    with pytest.raises(CannotStore, match=r"file\.request-full"):
        files.start(draft, "b.bin", 60, actor=carla, at=NOW)
    files.remove(draft, begun.id, actor=carla, at=NOW)
    files.start(draft, "b.bin", 60, actor=carla, at=NOW)


# Adding


@pytest.mark.req("REQ-2")
def test_what_is_about_to_be_added_is_seen_by_nobody_else(number: int, carla: Viewer) -> None:
    cem, ines = world.viewer("cem"), world.viewer("ines")
    file_id = put(Place(number=number), carla, at=NOW)
    assert files_of_case(case(number), at_desk=True) == ()
    for viewer, place in ((cem, Place(number=number)), (ines, Place(number=number, at_desk=True))):
        with pytest.raises(Http404):
            contents(viewer, place, file_id)
        assert files_about_to_be_added(viewer, place) == ()
    files.add(Place(number=number), [file_id], actor=carla, at=LATER)
    assert read(cem, Place(number=number), file_id) == LOG
    assert read(ines, Place(number=number, at_desk=True), file_id) == LOG


@pytest.mark.req("REQ-2")
def test_files_without_a_message_are_told_once_and_wake_a_request_that_waited(
    number: int, carla: Viewer
) -> None:
    ines = world.viewer("ines")
    answer(number, "Send me the log.", key=new_key(), seen=None, then=Move.ASK, actor=ines, at=NOW)
    place = Place(number=number)
    file_id = put(place, carla, at=LATER)
    for _again in range(2):
        files.add(place, [file_id], actor=carla, at=LATER)
    assert facts("case.file-added") == [
        {
            "case": number,
            "file": str(file_id),
            "name": "error.log",
            "size": len(LOG),
            "internal": False,
            "side": "requester",
        }
    ]
    assert case(number).status == "in-progress"
    assert Contact.objects.filter(case_id=number, changed_at=LATER).count() == 2


@pytest.mark.req("REQ-2")
def test_files_go_with_a_message_and_stand_beside_it(number: int, carla: Viewer) -> None:
    key, file_id = new_key(), put(Place(number=number), carla, at=NOW)
    for _again in range(2):
        reply(number, "Here it is.", key=key, files=[file_id], actor=carla, at=LATER)
    (said,) = [entry for entry in timeline_of(case(number), at_desk=False).entries if entry.kind == "message"]
    assert [line.id for line in said.files] == [file_id]
    assert facts("case.file-added") == []


def test_files_of_a_note_stay_at_the_desk(number: int, carla: Viewer) -> None:
    ines, desk = world.viewer("ines"), Place(number=number, at_desk=True, internal=True)
    file_id = put(desk, ines, at=NOW)
    note(number, "See the trace.", key=new_key(), files=[file_id], actor=ines, at=LATER)
    assert Attachment.objects.get(pk=file_id).internal
    assert read(ines, desk, file_id) == LOG
    assert files_of_case(case(number), at_desk=False) == ()
    with pytest.raises(Http404):
        contents(carla, Place(number=number), file_id)
    hidden = added(number, ines, at_desk=True, internal=True, at=LATER)
    assert [fact["internal"] for fact in facts("case.file-added")] == [True]
    for at_desk, codes in ((True, ["case.opened", "case.file-added"]), (False, ["case.opened"])):
        entries = timeline_of(case(number), at_desk=at_desk).entries
        assert [entry.code for entry in entries if entry.kind == "event"] == codes
    with pytest.raises(Http404):
        contents(carla, Place(number=number), hidden)


@pytest.mark.parametrize(
    "theirs", ["of another request", "of somebody else", "of the other side", "of a draft"]
)
def test_a_message_takes_no_file_but_those_its_author_sent_to_its_request(
    plan: world.Agreement, number: int, carla: Viewer, theirs: str
) -> None:
    ines = world.viewer("ines")
    other = submit(ready(carla, plan.id, at=NOW), terms_accepted=True, actor=carla, at=NOW).number
    file_id = {
        "of another request": lambda: put(Place(number=other), carla, at=NOW),
        "of somebody else": lambda: put(Place(number=number), world.viewer("cem"), at=NOW),
        "of the other side": lambda: put(Place(number=number, at_desk=True), ines, at=NOW),
        "of a draft": lambda: put(Place(draft_id=ready(carla, plan.id, at=NOW)), carla, at=NOW),
    }[theirs]()
    with pytest.raises(Http404):
        reply(number, "Mine", key=new_key(), files=[file_id], actor=carla, at=LATER)
    with pytest.raises(Http404):
        files.add(Place(number=number), [file_id], actor=carla, at=LATER)
    assert not Message.objects.filter(case_id=number).exists()


def test_a_message_waits_for_its_files_to_be_complete(number: int, carla: Viewer) -> None:
    begun = files.start(Place(number=number), "dump.bin", 100, actor=carla, at=NOW)
    with pytest.raises(CannotReply, match=r"file\.not-complete"):
        reply(number, "Here", key=new_key(), files=[begun.id], actor=carla, at=LATER)


def test_a_closed_request_takes_no_files_but_for_the_desk(number: int, carla: Viewer) -> None:
    before = put(Place(number=number), carla, at=NOW)
    ending.close_by_contact(number, reason="Done.", actor=carla, at=NOW)
    with pytest.raises(CannotStore, match=r"case\.is-closed"):
        put(Place(number=number), carla, at=LATER)
    with pytest.raises(CannotStore, match=r"case\.is-closed"):
        files.add(Place(number=number), [before], actor=carla, at=LATER)
    ines, desk = world.viewer("ines"), Place(number=number, at_desk=True)
    with pytest.raises(CannotStore, match=r"case\.is-closed"):
        files.add(desk, [put(desk, ines, at=LATER)], actor=ines, at=LATER)
    added(number, ines, at_desk=True, internal=True, at=LATER)


def test_a_file_that_is_still_coming_follows_its_draft_into_the_request(draft: Place, carla: Viewer) -> None:
    begun = files.start(draft, "dump.bin", len(LOG), actor=carla, at=NOW)
    number = submit(draft.draft_id or new_key(), terms_accepted=True, actor=carla, at=NOW).number
    with pytest.raises(Http404):
        files.append(draft, begun.id, 0, io.BytesIO(LOG), actor=carla, at=LATER)
    line = files.append(Place(number=number), begun.id, 0, io.BytesIO(LOG), actor=carla, at=LATER)
    assert (line.state, line.of_draft, line.added_at) == ("ready", False, LATER)
    assert [fact["file"] for fact in facts("case.file-added")] == [str(begun.id)]


def test_a_draft_that_was_sent_or_thrown_away_takes_no_files(
    plan: world.Agreement, draft: Place, number: int, carla: Viewer
) -> None:
    thrown = Place(draft_id=ready(carla, plan.id, at=NOW))
    drafts.discard(thrown.draft_id or new_key(), actor=carla, at=NOW)
    for place in (draft, thrown, Place(draft_id=new_key())):
        with pytest.raises(Http404):
            put(place, carla, at=NOW)


# Removing


def test_removing_takes_the_bytes_along(
    on_disk: Path, draft: Place, carla: Viewer, django_capture_on_commit_callbacks: Any
) -> None:
    file_id = put(draft, carla, at=NOW)
    begun = files.start(draft, "dump.bin", WHOLE + 1, actor=carla, at=NOW)
    files.append(draft, begun.id, 0, io.BytesIO(bytes(PIECE)), actor=carla, at=NOW)
    assert len(kept(on_disk)) == 2
    for each in (file_id, begun.id, begun.id):
        with django_capture_on_commit_callbacks(execute=True):
            files.remove(draft, each, actor=carla, at=LATER)
    assert kept(on_disk) == []
    assert files_of_draft(carla, draft.draft_id or new_key()) == ()
    with pytest.raises(NotServed):
        contents(carla, draft, file_id)


@pytest.mark.req("REQ-2")
def test_what_is_part_of_a_request_is_removed_by_an_engineer_and_that_is_told(
    number: int, carla: Viewer
) -> None:
    file_id = added(number, carla, at=NOW)
    with pytest.raises(CannotStore, match=r"file\.not-yours-to-remove"):
        files.remove(Place(number=number), file_id, actor=carla, at=LATER)
    ines, desk = world.viewer("ines"), Place(number=number, at_desk=True)
    for _again in range(2):
        files.remove(desk, file_id, actor=ines, at=LATER)
    assert [fact["file"] for fact in facts("case.file-removed")] == [str(file_id)]
    assert files_of_case(case(number), at_desk=True) == ()


@pytest.mark.parametrize("who", ["cem", "marta", "olaf"])
def test_nobody_else_touches_a_draft_s_files(draft: Place, carla: Viewer, who: str) -> None:
    other = world.viewer(who)
    file_id = put(draft, carla, at=NOW)
    begun = files.start(draft, "b.log", 5, actor=carla, at=NOW)
    for attempt in (
        lambda: files.start(draft, "c.log", 5, actor=other, at=NOW),
        lambda: files.append(draft, begun.id, 0, io.BytesIO(b"12345"), actor=other, at=NOW),
        lambda: files.remove(draft, file_id, actor=other, at=NOW),
        lambda: contents(other, draft, file_id),
        lambda: files_of_draft(other, draft.draft_id or new_key()),
    ):
        with pytest.raises(Http404):
            attempt()


def test_another_contact_cannot_go_on_with_somebody_s_upload(number: int, carla: Viewer) -> None:
    place = Place(number=number)
    begun = files.start(place, "b.log", 5, actor=carla, at=NOW)
    with pytest.raises(Http404):
        files.append(place, begun.id, 0, io.BytesIO(b"12345"), actor=world.viewer("cem"), at=NOW)


# For mail and programs


def test_files_of_mails_are_kept_once_and_seen_with_their_message(number: int, carla: Viewer) -> None:
    posted = reply(number, "By mail", key=new_key(), actor=carla, at=LATER, via="mail")
    key = new_key()
    stored = [
        files.store_bytes(
            number,
            "scan.png",
            PNG,
            side=Side.REQUESTER,
            uploader_id=carla.account_id,
            uploader_name=carla.name,
            message_id=posted.message_id,
            key=key,
            at=LATER,
        )
        for _again in range(2)
    ]
    assert stored == [key, key]
    (line,) = files_of_case(case(number), at_desk=False)
    assert (line.message_id, line.content_type, line.state) == (posted.message_id, "image/png", "ready")


def test_a_file_cannot_be_put_beside_a_message_of_another_request(
    plan: world.Agreement, number: int, carla: Viewer
) -> None:
    other = submit(ready(carla, plan.id, at=NOW), terms_accepted=True, actor=carla, at=NOW).number
    posted = reply(other, "Other", key=new_key(), actor=carla, at=LATER)
    with pytest.raises(Http404):
        files.store_bytes(
            number,
            "scan.png",
            PNG,
            side=Side.REQUESTER,
            uploader_id=None,
            uploader_name="Carla",
            message_id=posted.message_id,
            at=LATER,
        )


# The database's own guards


@pytest.mark.parametrize(
    "changes",
    [
        {"draft": None, "case": None},
        {"received": 10**9},
        {"state": "ready", "sha256": ""},
        {"state": "ready", "storage_key": ""},
        {"state": "refused"},
        {"refusal": "file.infected"},
        {"internal": True},
        {"added_at": NOW},
    ],
)
def test_the_database_refuses_rows_that_cannot_be(
    draft: Place, carla: Viewer, changes: dict[str, Any]
) -> None:
    file_id = put(draft, carla, at=NOW)
    with pytest.raises(IntegrityError), transaction.atomic():
        Attachment.objects.filter(pk=file_id).update(**changes)


def test_two_rows_never_share_their_bytes(draft: Place, carla: Viewer) -> None:
    one, other = put(draft, carla, at=NOW), put(draft, carla, at=NOW)
    with pytest.raises(IntegrityError), transaction.atomic():
        Attachment.objects.filter(pk=one).update(storage_key=Attachment.objects.get(pk=other).storage_key)


# Keeping order


@pytest.mark.django_db(transaction=True)
def test_the_sweep_takes_what_nobody_finished_or_added_and_bytes_without_a_row_after_a_day(
    on_disk: Path,
    draft: Place,
    number: int,
    plan: world.Agreement,
    carla: Viewer,
) -> None:
    place = Place(number=number)
    stays = added(number, carla, at=NOW)
    fresh = Place(draft_id=ready(carla, plan.id, at=NOW))
    in_draft = put(fresh, carla, at=NOW)
    not_added = put(place, carla, at=NOW)
    begun = files.start(fresh, "dump.bin", WHOLE + 1, actor=carla, at=NOW)
    files.append(fresh, begun.id, 0, io.BytesIO(bytes(PIECE)), actor=carla, at=NOW)
    shelf().put("ab/cd/orphan", io.BytesIO(b"left behind"))
    (on_disk / "ab/cd/half.1234.new").write_bytes(b"half")
    assert len(kept(on_disk)) == 6
    for path in kept(on_disk):
        os.utime(path, (NOW.timestamp(), NOW.timestamp()))
    young = NOW + timedelta(days=1) - timedelta(seconds=1)
    assert files.sweep(at=young) == 0
    assert files.sweep(at=NOW + timedelta(days=1, seconds=1)) == 4
    assert set(Attachment.objects.values_list("pk", flat=True)) == {stays, in_draft}
    assert len(kept(on_disk)) == 2
    assert read(carla, place, stays) == LOG
    assert read(carla, fresh, in_draft) == LOG
    assert not_added not in {stays, in_draft}
    assert files.sweep(at=NOW + timedelta(days=2)) == 0


def test_a_row_whose_bytes_are_gone_stays_as_evidence(on_disk: Path, draft: Place, carla: Viewer) -> None:
    file_id = put(draft, carla, at=NOW)
    (path,) = kept(on_disk)
    path.unlink()
    files.sweep(at=NOW + timedelta(days=3))
    assert Attachment.objects.get(pk=file_id).state == "ready"


def test_bytes_of_drafts_that_expired_are_swept(on_disk: Path, draft: Place, carla: Viewer) -> None:
    put(draft, carla, at=NOW)
    drafts.remove_expired(at=NOW + timedelta(days=31))
    assert not Attachment.objects.exists()
    assert files.sweep(at=datetime.now(UTC) + timedelta(days=2)) == 1
    assert kept(on_disk) == []


@pytest.mark.req("REQ-2")
def test_what_was_sent_for_a_note_never_goes_with_a_reply_nor_the_other_way_round(
    number: int, carla: Viewer
) -> None:
    ines = world.viewer("ines")
    hidden, desk = Place(number=number, at_desk=True, internal=True), Place(number=number, at_desk=True)
    for_a_note, for_a_reply = put(hidden, ines, at=NOW), put(desk, ines, at=NOW)
    assert [line.id for line in files_about_to_be_added(ines, hidden)] == [for_a_note]
    assert [line.id for line in files_about_to_be_added(ines, desk)] == [for_a_reply]
    for attempt in (
        lambda: answer(number, "See", key=new_key(), seen=None, files=[for_a_note], actor=ines, at=LATER),
        lambda: note(number, "See", key=new_key(), files=[for_a_reply], actor=ines, at=LATER),
        lambda: files.add(desk, [for_a_note], actor=ines, at=LATER),
        lambda: files.add(hidden, [for_a_reply], actor=ines, at=LATER),
    ):
        with pytest.raises(Http404), transaction.atomic():
            attempt()
    assert files_of_case(case(number), at_desk=True) == ()
    assert not Message.objects.filter(case_id=number).exists()


def test_a_contact_has_no_internal_place(number: int, carla: Viewer) -> None:
    place = Place(number=number, internal=True)
    file_id = put(place, carla, at=NOW)
    assert Attachment.objects.get(pk=file_id).internal is False
