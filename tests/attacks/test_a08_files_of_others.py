"""A8: reaching a file that is not yours, by its address, by guessing, past the desk (ASVS 3.2.1, 5.3.2)."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.conf import settings
from django.http import Http404, HttpResponse
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from pactdesk.cases.models import Attachment, Contact
from pactdesk.cases.queries.files import contents
from pactdesk.cases.rules.answers import Person
from pactdesk.cases.rules.files import Place
from pactdesk.cases.services import contacts, files
from pactdesk.cases.services.conversation import note, reply
from pactdesk.cases.services.submission import submit
from pactdesk.kernel.ids import new_key
from tests import world
from tests.attachments import added, put
from tests.doors.visitors import VISITORS, visitor
from tests.drafts import ready

pytestmark = pytest.mark.django_db

NOW = timezone.now()
CANARY = b"canary 7f3e\n"


class Places:
    """One file in every place there is, each with the canary in it. Carla asks, Cem stands in, Ines answers."""

    def __init__(self) -> None:
        world.team("support", "ines")
        world.team("billing", "marta")
        carla, cem, ines = world.viewer("carla"), world.viewer("cem"), world.viewer("ines")
        plan = world.agreement(units=5, registered=["carla"], at=NOW)
        self.draft = ready(carla, plan.id, at=NOW)
        sent = ready(carla, plan.id, at=NOW, share=(Person("Cem Kowalski", cem.email),))
        came_along = put(Place(draft_id=sent), carla, data=CANARY, at=NOW)
        self.number = submit(sent, terms_accepted=True, actor=carla, at=NOW).number
        case, desk = Place(number=self.number), Place(number=self.number, at_desk=True)
        in_message = put(case, carla, data=CANARY, at=NOW)
        reply(self.number, "See", key=new_key(), files=[in_message], actor=carla, at=NOW)
        hidden = Place(number=self.number, at_desk=True, internal=True)
        in_note = put(hidden, ines, data=CANARY, at=NOW)
        note(self.number, "See", key=new_key(), files=[in_note], actor=ines, at=NOW)
        self.files = {
            "draft": put(Place(draft_id=self.draft), carla, data=CANARY, at=NOW),
            "came along": came_along,
            "in a message": in_message,
            "in a note": in_note,
            "added": added(self.number, carla, data=CANARY, at=NOW),
            "added internally": added(self.number, ines, at_desk=True, internal=True, data=CANARY, at=NOW),
            "not added yet": put(case, carla, data=CANARY, at=NOW),
            "not added yet at the desk": put(desk, ines, data=CANARY, at=NOW),
        }


CONTACTS = frozenset({"carla", "cem"})
# Who gets the bytes by the addresses of requesters; everybody else gets nothing, whatever they try.
BY_PORTAL = {
    "draft": frozenset({"carla"}),
    "came along": CONTACTS,
    "in a message": CONTACTS,
    "in a note": frozenset(),
    "added": CONTACTS,
    "added internally": frozenset(),
    "not added yet": frozenset({"carla"}),
    "not added yet at the desk": frozenset(),
}


# And by those of the desk, to the engineers of the request's team.
BY_DESK = {name: frozenset({"ines"}) for name in BY_PORTAL} | {
    "draft": frozenset(),
    "not added yet": frozenset(),
}


@pytest.fixture
def places() -> Places:
    return Places()


def got(response: HttpResponse) -> bytes:
    return b"".join(response.streaming_content) if response.streaming else response.content  # type: ignore[attr-defined]


@pytest.mark.parametrize("who", VISITORS)
def test_every_file_is_handed_to_those_who_see_it_and_to_nobody_else(who: str, places: Places) -> None:
    client = visitor(who)
    wrong = []
    for name, file_id in places.files.items():
        shown = f"PD-{places.number}"
        for address, seen_by in (
            (
                reverse("portal:draft-file", args=[places.draft, file_id]),
                BY_PORTAL[name] if name == "draft" else (),
            ),
            (
                reverse("portal:request-file", args=[shown, file_id]),
                BY_PORTAL[name] if name != "draft" else (),
            ),
            (reverse("desk:request-file", args=[shown, file_id]), BY_DESK[name]),
            (reverse("desk:note-file", args=[shown, file_id]), BY_DESK[name]),
        ):
            for method in ("get", "head", "delete", "put"):
                if method == "delete" and who in seen_by:
                    continue  # theirs to take away, which is tested elsewhere
                answer = sends(client, address) if method == "put" else getattr(client, method)(address)
                allowed = method == "get" and who in seen_by
                if (CANARY in got(answer)) != allowed:
                    wrong.append(f"{who} at {name} by {method} {address}: {answer.status_code}")
    assert not wrong, "\n".join(wrong)
    assert not Attachment.objects.filter(state="removed").exists()


def sends(client: Client, address: str) -> HttpResponse:
    return client.put(address, b"mine now", "application/octet-stream", headers={"Upload-Offset": "0"})


def test_an_engineer_of_another_team_gets_nothing_at_the_desk(places: Places) -> None:
    for who, sees in (("ines", True), ("marta", False), ("carla", False), ("olaf", False)):
        for name in ("in a note", "added internally", "added", "came along"):
            place = Place(number=places.number, at_desk=True)
            if sees:
                assert b"".join(contents(world.viewer(who), place, places.files[name]).blocks) == CANARY
            else:
                with pytest.raises(Http404):
                    contents(world.viewer(who), place, places.files[name])


def test_who_is_no_contact_any_more_gets_nothing_any_more(places: Places) -> None:
    cem = visitor("cem")
    address = reverse("portal:request-file", args=[f"PD-{places.number}", places.files["added"]])
    assert got(cem.get(address)) == CANARY
    place = Contact.objects.get(case_id=places.number, role="additional")
    contacts.remove_contact(places.number, place.pk, actor=world.viewer("carla"), at=NOW)
    assert cem.get(address).status_code == 404


def test_names_and_numbers_on_the_shelf_are_no_addresses(places: Places) -> None:
    """The folder is outside of what is served, and no address is made of a name in it."""
    folder = Path(settings.STORAGES["files"]["OPTIONS"]["location"])
    assert Path(settings.STATIC_ROOT) not in (folder, *folder.parents)
    client = visitor("carla")
    for file_id in places.files.values():
        key = Attachment.objects.get(pk=file_id).storage_key
        for address in (
            f"/static/{key}",
            f"/media/{key}",
            f"/files/{key}",
            f"/{key}",
            f"/static/../files/{key}",
            f"/static/%2e%2e/files/{key}",
            f"/requests/PD-{places.number}/files/{key}/",
            f"/requests/PD-{places.number}/files/../files/{file_id}/",
            f"/requests/PD-{places.number}/files/{file_id}",
            f"/requests/new/{places.draft}/files/",
        ):
            assert CANARY not in got(client.get(address)), address


def test_what_is_not_theirs_looks_like_what_is_not_there(places: Places) -> None:
    client = visitor("carla")
    theirs = reverse("portal:request-file", args=[f"PD-{places.number}", places.files["in a note"]])
    nothing = reverse("portal:request-file", args=[f"PD-{places.number}", new_key()])
    for method in (client.get, client.head, client.delete, lambda url: sends(client, url)):
        one, other = method(theirs), method(nothing)
        assert (
            (one.status_code, len(one.content))
            == (other.status_code, len(other.content))
            == (
                404,
                len(other.content),
            )
        )


def test_ids_cannot_be_guessed() -> None:
    viewer = world.viewer("carla")
    plan = world.agreement(units=1, registered=["carla"], at=NOW)
    draft = Place(draft_id=ready(viewer, plan.id, at=NOW))
    ids = [files.start(draft, f"{each}.log", 1, actor=viewer, at=NOW).id for each in range(20)]
    assert all(each.version == 4 for each in ids)
    assert len({each.int >> 64 for each in ids}) == 20
