"""Files over HTTP: chosen with and without script, handed out as downloads that nothing can run (WIZ-6, REQ-2)."""

from __future__ import annotations

import io
import re
import uuid
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from pactdesk.cases.models import Attachment, Draft
from pactdesk.cases.rules.files import MB, PIECE, WHOLE, Place
from pactdesk.cases.services import drafts
from pactdesk.cases.services.submission import submit
from pactdesk.kernel.ids import new_key
from tests import world
from tests.attachments import LOG, PDF, PNG, SVG, ZIP, added, put
from tests.doors.guided import problem_form
from tests.doors.visitors import visitor
from tests.drafts import ready

pytestmark = pytest.mark.django_db

NOW = timezone.now()


@pytest.fixture
def carla() -> Client:
    return visitor("carla")


@pytest.fixture
def plan() -> world.Agreement:
    world.team("support", "ines")
    return world.agreement(units=20, registered=["carla"], at=NOW)


@pytest.fixture
def draft(plan: world.Agreement) -> uuid.UUID:
    return ready(world.viewer("carla"), plan.id, at=NOW)


@pytest.fixture
def number(plan: world.Agreement) -> int:
    viewer = world.viewer("carla")
    return submit(ready(viewer, plan.id, at=NOW), terms_accepted=True, actor=viewer, at=NOW).number


@pytest.fixture
def limits(settings: Any) -> Any:
    def change(**changes: int) -> None:
        settings.FILE_LIMITS = {**settings.FILE_LIMITS, **changes}

    return change


def upload(name: str = "error.log", data: bytes = LOG, kind: str = "text/plain") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, data, kind)


def files_url(draft_id: uuid.UUID) -> str:
    return reverse("portal:draft-files", args=[draft_id])


def begun(client: Client, url: str, name: str, size: int, **more: str) -> Any:
    return client.post(url, {"file_name": name, "file_size": str(size), "file_mark": "17", **more})


def about(response: HttpResponse) -> dict[str, str]:
    return dict(re.findall(r'data-(state|file|url|received)="([^"]*)"', response.content.decode()))


def sent(client: Client, url: str, offset: int, data: bytes) -> HttpResponse:
    return client.put(url, data, "application/octet-stream", headers={"Upload-Offset": str(offset)})


def served(response: Any) -> bytes:
    return b"".join(response.streaming_content)


# With script


def test_a_script_announces_a_file_sends_it_in_pieces_and_gets_its_row_back(
    carla: Client, draft: uuid.UUID
) -> None:
    data = bytes(WHOLE + 3)
    row = about(begun(carla, files_url(draft), "dump.bin", len(data)))
    assert (row["state"], row["received"]) == ("uploading", "0")
    for offset in range(0, len(data), PIECE):
        answer = sent(carla, row["url"], offset, data[offset : offset + PIECE])
        assert answer.status_code == 200
        assert answer["Upload-Offset"] == str(min(offset + PIECE, len(data)))
    assert about(answer)["state"] == "ready"
    assert served(carla.get(row["url"])) == data
    assert carla.delete(row["url"]).status_code == 204
    assert carla.get(row["url"]).status_code == 404


def test_the_same_file_announced_again_goes_on_where_it_stopped(carla: Client, draft: uuid.UUID) -> None:
    first = about(begun(carla, files_url(draft), "dump.bin", WHOLE + 1))
    sent(carla, first["url"], 0, bytes(PIECE))
    again = about(begun(carla, files_url(draft), "dump.bin", WHOLE + 1))
    assert (again["file"], again["received"]) == (first["file"], str(PIECE))
    page = carla.get(reverse("portal:intake-step", args=[draft, "problem"])).content.decode()
    assert "Not complete" in page
    assert "choose the same file again" in page


@pytest.mark.parametrize(
    ("offset", "data", "status", "words"),
    [
        ("", b"12345", 400, ""),
        ("-1", b"12345", 400, ""),
        ("١", b"12345", 400, ""),
        ("9" * 30, b"12345", 400, ""),
        ("3", b"45", 409, "Something of this file is missing"),
        ("0", b"1234", 400, "The connection broke off"),
        ("0", b"123456", 422, "grew while it was being sent"),
    ],
)
def test_a_piece_that_does_not_fit_is_refused_and_the_row_says_where_to_go_on(
    carla: Client, draft: uuid.UUID, offset: str, data: bytes, status: int, words: str
) -> None:
    row = about(begun(carla, files_url(draft), "a.bin", 5))
    answer = carla.put(
        row["url"],
        data,
        "application/octet-stream",
        **{"HTTP_UPLOAD_OFFSET": offset},  # any text
    )
    assert answer.status_code == status
    assert words in answer.content.decode()
    assert Attachment.objects.get().received == 0
    assert about(sent(carla, row["url"], 0, b"12345"))["state"] == "ready"


@pytest.mark.parametrize(
    "form",
    [
        {},
        {"file_name": "a.log"},
        {"file_name": "a.log", "file_size": ""},
        {"file_name": "a.log", "file_size": "-1"},
        {"file_name": "a.log", "file_size": "1.5"},
        {"file_name": "a.log", "file_size": "٣"},
        {"file_name": "a.log", "file_size": "9" * 20},
        {"file_size": "5"},
    ],
)
def test_an_announcement_that_says_nothing_is_refused(
    carla: Client, draft: uuid.UUID, form: dict[str, str]
) -> None:
    assert carla.post(files_url(draft), form).status_code == 422
    assert not Attachment.objects.exists()


def test_every_limit_is_told_in_the_row(carla: Client, draft: uuid.UUID, limits: Any) -> None:
    limits(file=MB, request_files=1, request=2 * MB)
    answer = begun(carla, files_url(draft), "<b>dump</b>.bin", MB + 1)
    assert answer.status_code == 422
    assert "is larger than 1 MB." in answer.content.decode()
    assert b"<b>" not in answer.content
    put(Place(draft_id=draft), world.viewer("carla"), at=NOW)
    assert b"is one too many" in begun(carla, files_url(draft), "b.log", 5).content


def test_the_first_file_makes_the_draft_with_what_was_typed(carla: Client, plan: world.Agreement) -> None:
    key = new_key()
    typed = problem_form(draft=str(key), description="Half a sen")
    row = about(begun(carla, files_url(key), "error.log", len(LOG), **typed))
    sent(carla, row["url"], 0, LOG)
    answers = Draft.objects.get(pk=key).answers
    assert answers["problem"]["description"] == "Half a sen"
    assert answers["done"] == []
    # The next file leaves alone what was typed since.
    drafts.save_step(
        key, "problem", drafts.Problem(summary="Since"), actor=world.viewer("carla"), at=timezone.now()
    )
    begun(carla, files_url(key), "other.log", 5, **typed)
    assert Draft.objects.get(pk=key).answers["problem"]["summary"] == "Since"
    # The page that was open all the while is sent as it is.
    done = carla.post(reverse("portal:request-new"), problem_form(draft=str(key)))
    assert done.status_code == 302
    assert Draft.objects.count() == 1


def test_putting_and_deleting_need_the_token(draft: uuid.UUID) -> None:
    client = visitor("carla", enforce_csrf_checks=True)
    file_id = put(Place(draft_id=draft), world.viewer("carla"), at=NOW)
    url = f"{files_url(draft)}{file_id}/"
    assert client.delete(url).status_code == 403
    assert sent(client, url, 0, b"x").status_code == 403
    assert Attachment.objects.get(pk=file_id).state == "ready"


# Without script


def post_step(client: Client, draft: uuid.UUID, action: str, *uploads: Any, **changes: str) -> Any:
    form: dict[str, Any] = {**problem_form(draft=str(draft), **changes), "files": list(uploads)}
    if action:
        form["action"] = action
    return client.post(reverse("portal:intake-step", args=[draft, "problem"]), form)


@pytest.mark.req("WIZ-6")
@pytest.mark.parametrize("action", ["", "files", "leave", "choices", "articles"])
def test_files_come_with_whichever_button_is_pressed(carla: Client, draft: uuid.UUID, action: str) -> None:
    answer = post_step(carla, draft, action, upload(), upload("b.png", PNG))
    assert answer.status_code in {200, 302}
    assert sorted(Attachment.objects.filter(draft=draft).values_list("name", "state")) == [
        ("b.png", "ready"),
        ("error.log", "ready"),
    ]


@pytest.mark.parametrize("action", ["", "files", "leave"])
def test_files_of_a_new_request_are_kept_with_what_was_typed(
    carla: Client, plan: world.Agreement, action: str
) -> None:
    key = new_key()
    form = {**problem_form(draft=str(key)), "files": [upload()], "action": action}
    assert carla.post(reverse("portal:request-new"), form).status_code == 302
    assert Attachment.objects.get().draft_id == key
    assert Draft.objects.get(pk=key).answers["problem"]["summary"] == problem_form()["summary"]


def test_a_file_that_is_refused_is_told_beside_the_others_and_nothing_typed_is_lost(
    carla: Client, draft: uuid.UUID, limits: Any
) -> None:
    limits(file=100)
    answer = post_step(carla, draft, "", upload(), upload("large.bin", bytes(101)), summary="Another summary")
    page = answer.content.decode()
    assert answer.status_code == 422
    assert "large.bin is larger than" in page
    assert 'value="Another summary"' in page
    assert "error.log" in page
    assert Attachment.objects.get().name == "error.log"


def test_a_file_is_removed_by_its_button_and_the_step_is_shown_again(carla: Client, draft: uuid.UUID) -> None:
    file_id = put(Place(draft_id=draft), world.viewer("carla"), at=NOW)
    answer = post_step(carla, draft, f"remove-file:{file_id}", summary="Another summary")
    assert answer.status_code == 302
    page = carla.get(answer["Location"]).content.decode()
    assert "error.log" not in page
    assert "Another summary" in page
    assert post_step(carla, draft, "remove-file:nonsense").status_code == 404
    assert post_step(carla, draft, f"remove-file:{new_key()}").status_code == 404


def test_step_5_shows_the_files_again(carla: Client, draft: uuid.UUID) -> None:
    put(Place(draft_id=draft), world.viewer("carla"), at=NOW)
    page = carla.get(reverse("portal:intake-step", args=[draft, "verify"])).content.decode()
    assert "error.log" in page
    assert "remove-file" not in page


@pytest.mark.req("REQ-2")
def test_files_are_added_to_a_request_without_a_message(carla: Client, number: int) -> None:
    url = reverse("portal:request-files", args=[f"PD-{number}"])
    answer = carla.post(url, {"files": [upload(), upload("b.png", PNG)]}, follow=True)
    assert "2 files are added." in answer.content.decode()
    # One that a script has sent before goes along by its id.
    row = about(begun(carla, url, "c.log", 5))
    sent(carla, row["url"], 0, b"12345")
    assert "1 file is added." in carla.post(url, {"file": row["file"]}, follow=True).content.decode()
    assert Attachment.objects.filter(case_id=number).exclude(added_at=None).count() == 3
    assert carla.post(url, {"file": "nonsense"}).status_code == 404
    assert carla.post(url, {"file": str(new_key())}).status_code == 404


def test_a_file_that_was_not_added_yet_is_taken_back(carla: Client, number: int) -> None:
    url = reverse("portal:request-files", args=[f"PD-{number}"])
    file_id = put(Place(number=number), world.viewer("carla"), at=NOW)
    assert carla.post(url, {"action": f"remove-file:{file_id}"}).status_code == 302
    assert Attachment.objects.get(pk=file_id).state == "removed"


# Handing out


@pytest.mark.parametrize(
    ("name", "data", "content_type"),
    [
        ("a.png", PNG, "image/png"),
        ("a.pdf", PDF, "application/pdf"),
        ("a.log", LOG, "text/plain; charset=utf-8"),
        ("a.svg", SVG, "application/octet-stream"),
        ("a.html", b"<html><script>alert(1)</script>", "application/octet-stream"),
        ("a.txt", b"<html><script>alert(1)</script>", "application/octet-stream"),
        ("a.png", SVG, "application/octet-stream"),
        ("a.html", PNG, "application/octet-stream"),
        ("a.zip", ZIP, "application/octet-stream"),
        ("a.docx", ZIP, "application/octet-stream"),
        ("a.csv", LOG, "application/octet-stream"),
        ("a", b"\0\1", "application/octet-stream"),
    ],
)
def test_every_file_is_a_sealed_download(
    carla: Client, number: int, name: str, data: bytes, content_type: str
) -> None:
    file_id = added(number, world.viewer("carla"), name=name, data=data, at=NOW)
    url = reverse("portal:request-file", args=[f"PD-{number}", file_id])
    answer = carla.get(url)
    assert served(answer) == data
    assert {
        each: answer[each]
        for each in (
            "Content-Type",
            "Content-Disposition",
            "Content-Length",
            "Content-Security-Policy",
            "X-Content-Type-Options",
            "Cache-Control",
            "Cross-Origin-Resource-Policy",
        )
    } == {
        "Content-Type": content_type,
        "Content-Disposition": f'attachment; filename="{name}"',
        "Content-Length": str(len(data)),
        "Content-Security-Policy": "sandbox; default-src 'none'",
        "X-Content-Type-Options": "nosniff",
        "Cache-Control": "private, no-store",
        "Cross-Origin-Resource-Policy": "same-origin",
    }
    head = carla.head(url)
    assert served(head) == b""
    assert head["Content-Length"] == str(len(data))


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"state": "held"}, "It waits for the virus check."),
        ({"state": "uploading"}, "It is not there completely yet."),
        ({"state": "refused", "refusal": "file.infected"}, "It was refused and deleted."),
        ({"state": "removed"}, "It was removed from the request."),
    ],
)
def test_what_cannot_be_had_is_a_page_that_says_so_and_never_bytes(
    carla: Client, number: int, changes: dict[str, str], words: str
) -> None:
    file_id = added(number, world.viewer("carla"), at=NOW)
    Attachment.objects.filter(pk=file_id).update(**changes)
    answer = carla.get(reverse("portal:request-file", args=[f"PD-{number}", file_id]))
    assert answer.status_code == 404
    assert words in answer.content.decode()
    assert LOG not in answer.content


def test_bytes_that_are_lost_are_told_as_a_fault_of_ours(carla: Client, number: int) -> None:
    from pactdesk.kernel.storage import shelf

    file_id = added(number, world.viewer("carla"), at=NOW)
    shelf().delete(Attachment.objects.get(pk=file_id).storage_key)
    answer = carla.get(reverse("portal:request-file", args=[f"PD-{number}", file_id]))
    assert answer.status_code == 503
    assert "does not answer" in answer.content.decode()


# What is not asked for


@pytest.mark.parametrize("who", ["anonymous", "carla"])
def test_pages_that_take_no_files_keep_none(who: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def never(*_anything: Any, **_else: Any) -> Any:
        raise AssertionError("something was kept")

    monkeypatch.setattr("tempfile.SpooledTemporaryFile", never)
    client = visitor(who)
    form = {"email": "a@b.example", "files": upload()}
    for name in ("account_reset_password", "portal:profile", "portal:set-theme"):
        client.post(reverse(name), form)


def test_nobody_who_is_not_signed_in_sends_files_anywhere(monkeypatch: pytest.MonkeyPatch) -> None:
    def never(*_anything: Any, **_else: Any) -> Any:
        raise AssertionError("something was kept")

    monkeypatch.setattr("tempfile.SpooledTemporaryFile", never)
    answer = visitor("anonymous").post(
        reverse("portal:request-new"), {"draft": str(new_key()), "files": upload()}
    )
    assert answer.status_code == 302


def test_too_much_at_once_is_told_and_nothing_of_it_is_kept(
    carla: Client, draft: uuid.UUID, limits: Any
) -> None:
    limits(file=MB)
    answer = post_step(carla, draft, "", *(upload(f"{each}.bin", bytes(MB)) for each in range(4)))
    assert answer.status_code == 422
    assert "too large to be sent together" in answer.content.decode()
    assert not Attachment.objects.exists()


def test_a_temporary_disk_that_is_full_is_told_and_the_form_is_kept(
    carla: Client, draft: uuid.UUID, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Full(io.BytesIO):
        def write(self, _data: Any) -> int:
            raise OSError(28, "No space left on device")

    monkeypatch.setattr("tempfile.SpooledTemporaryFile", lambda **_about: Full())
    answer = post_step(carla, draft, "", upload(), summary="Another summary")
    assert answer.status_code == 422
    assert "There is no room left for files" in answer.content.decode()
    assert 'value="Another summary"' in answer.content.decode()


def test_the_script_is_small() -> None:
    import gzip
    from pathlib import Path

    import pactdesk

    static = Path(pactdesk.__file__).parent / "pages" / "static" / "pages"
    script = (static / "upload.js").read_bytes()
    assert len(script) < 4_600
    assert len(gzip.compress(script)) < 2_000
    assert len((static / "files.css").read_bytes()) < 1_500


# With replies and notes


def timeline(client: Client, url: str) -> str:
    return client.get(url).content.decode()


def portal_page(number: int) -> str:
    return reverse("portal:request", args=[f"PD-{number}"])


def desk_page(number: int) -> str:
    return reverse("desk:request", args=[f"PD-{number}"])


@pytest.mark.req("REQ-2")
def test_files_go_with_a_reply_and_both_sides_fetch_them(carla: Client, number: int) -> None:
    key = str(new_key())
    form = {"text": "Here it is.", "key": key}
    assert carla.post(portal_page(number), {**form, "files": [upload()]}).status_code == 302
    # Sent once more, it says and brings nothing twice.
    assert carla.post(portal_page(number), {**form, "files": [upload()]}).status_code == 302
    (file,) = Attachment.objects.filter(case_id=number).exclude(state="removed")
    assert file.message_id is not None
    for client, page, door in (
        (carla, portal_page(number), "portal"),
        (visitor("ines"), desk_page(number), "desk"),
    ):
        address = reverse(f"{door}:request-file", args=[f"PD-{number}", file.pk])
        assert timeline(client, page).count(f'href="{address}"') == 2, "beside the message, and in the list"
        assert served(client.get(address)) == LOG


def test_files_without_a_word_are_added_as_they_are(carla: Client, number: int) -> None:
    answer = carla.post(portal_page(number), {"text": "  ", "files": [upload()]}, follow=True)
    assert "1 file is added." in answer.content.decode()
    assert "File error.log added by you" in answer.content.decode()


@pytest.mark.parametrize("action", ["files", "remove"])
def test_changing_the_files_of_a_reply_sends_nothing_and_keeps_the_words(
    carla: Client, number: int, action: str
) -> None:
    before = put(Place(number=number), world.viewer("carla"), name="old.log", at=NOW)
    key = str(new_key())
    pressed = f"remove-file:{before}" if action == "remove" else action
    answer = carla.post(
        portal_page(number), {"text": "Half a sen", "key": key, "action": pressed, "files": [upload()]}
    )
    page = answer.content.decode()
    assert answer.status_code == 200
    assert "Half a sen</textarea>" in page
    assert f'value="{key}"' in page
    assert ("old.log" in page) == (action == "files")
    assert "error.log" in page
    assert not Attachment.objects.exclude(added_at=None).exists()


def test_a_reply_whose_file_is_refused_is_not_sent(carla: Client, number: int, limits: Any) -> None:
    limits(file=10)
    answer = carla.post(portal_page(number), {"text": "Here.", "files": [upload()]})
    assert answer.status_code == 422
    assert "error.log is larger than" in answer.content.decode()
    assert "Here.</textarea>" in answer.content.decode()
    assert not Attachment.objects.exists()


def test_a_reply_waits_for_a_file_that_is_not_complete(carla: Client, number: int) -> None:
    row = about(begun(carla, reverse("portal:request-files", args=[f"PD-{number}"]), "dump.bin", 100))
    answer = carla.post(portal_page(number), {"text": "Here.", "file": row["file"]})
    assert answer.status_code == 422
    assert "dump.bin is not there completely yet" in answer.content.decode()


@pytest.mark.req("REQ-2")
def test_files_of_notes_stay_at_the_desk_and_those_of_replies_do_not(carla: Client, number: int) -> None:
    ines = visitor("ines")
    note = {"do": "note", "writes": "note", "text": "Trace", "key": str(new_key())}
    assert ines.post(desk_page(number), {**note, "files": [upload("trace.log")]}).status_code == 302
    seen = re.search(r'name="seen" value="(\d+)"', timeline(ines, desk_page(number)))
    assert seen is not None
    reply = {"do": "reply", "text": "Try this", "key": str(new_key()), "seen": seen[1]}
    assert ines.post(desk_page(number), {**reply, "files": [upload("patch.txt")]}).status_code == 302
    assert dict(Attachment.objects.filter(case_id=number).values_list("name", "internal")) == {
        "trace.log": True,
        "patch.txt": False,
    }
    at_desk, outside = timeline(ines, desk_page(number)), timeline(carla, portal_page(number))
    assert "trace.log" in at_desk
    assert "patch.txt" in at_desk
    assert "trace.log" not in outside
    assert "patch.txt" in outside


def test_what_is_chosen_for_a_note_stands_in_its_box_only(number: int) -> None:
    ines = visitor("ines")
    url = reverse("desk:note-files", args=[f"PD-{number}"])
    row = about(begun(ines, url, "trace.log", len(LOG)))
    sent(ines, row["url"], 0, LOG)
    page = timeline(ines, desk_page(number))
    reply, note = page.index('class="composer-reply"'), page.index('class="composer-note"')
    assert page.index("trace.log") > note > reply
    # A reply that names it is refused, and so is a note that names one of a reply.
    form = {"do": "reply", "text": "x", "key": str(new_key()), "seen": "0", "file": row["file"]}
    assert ines.post(desk_page(number), form).status_code == 404
    for_all = put(Place(number=number, at_desk=True), world.viewer("ines"), at=NOW)
    form = {"do": "note", "writes": "note", "text": "x", "key": str(new_key()), "file": str(for_all)}
    assert ines.post(desk_page(number), form).status_code == 404
    assert not Attachment.objects.exclude(added_at=None).exists()


@pytest.mark.parametrize("writes", ["", "note"])
def test_changing_files_at_the_desk_keeps_what_was_typed_where_it_was_typed(number: int, writes: str) -> None:
    ines = visitor("ines")
    form = {"text": "Half a sen", "key": str(new_key()), "action": "files", "files": [upload()]}
    page = ines.post(desk_page(number), form | ({"writes": writes} if writes else {})).content.decode()
    assert page.count("Half a sen</textarea>") == 1
    note = page.index('class="composer-note"')
    assert (page.index("Half a sen") > note) == bool(writes)
    assert (page.index("error.log") > note) == bool(writes)
    assert Attachment.objects.get().internal == bool(writes)


@pytest.mark.req("REQ-2")
def test_an_engineer_takes_a_file_out_and_both_sides_are_told(carla: Client, number: int) -> None:
    file_id = added(number, world.viewer("carla"), at=NOW)
    url = reverse("desk:file-removal", args=[f"PD-{number}", file_id])
    ines = visitor("ines")
    assert f'href="{url}"' in timeline(ines, desk_page(number))
    assert "error.log is deleted for everybody" in timeline(ines, url)
    assert Attachment.objects.get(pk=file_id).state == "ready"
    answer = ines.post(url, {"seen": "0"}, follow=True)
    assert "error.log is removed." in answer.content.decode()
    assert ines.get(url).status_code == 302
    assert "Ines Moreau removed the file error.log" in answer.content.decode()
    assert "File error.log removed by Ines Moreau" in timeline(carla, portal_page(number))
    assert carla.get(reverse("portal:request-file", args=[f"PD-{number}", file_id])).status_code == 404


def test_files_that_came_with_the_request_stand_below_its_description(
    plan: world.Agreement, carla: Client
) -> None:
    viewer = world.viewer("carla")
    draft_id = ready(viewer, plan.id, at=NOW)
    put(Place(draft_id=draft_id), viewer, name="first.log", at=NOW)
    number = submit(draft_id, terms_accepted=True, actor=viewer, at=NOW).number
    for client, url in ((carla, portal_page(number)), (visitor("ines"), desk_page(number))):
        page = timeline(client, url)
        card = page[page.index('id="description"') :]
        assert "first.log" in card[: card.index("</ol>")]
