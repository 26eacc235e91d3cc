"""Limits of files hold when several are sent at the same moment (WIZ-6): of a draft, a request, a day, an agreement."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from django.conf import settings as configured
from django.db.models import Sum

from pactdesk.cases.models import Attachment
from pactdesk.cases.rules.files import Place
from pactdesk.cases.rules.status import Side
from pactdesk.cases.services import files
from pactdesk.cases.services.files import CannotStore
from pactdesk.cases.services.submission import submit
from tests import world
from tests.conversations import person
from tests.drafts import ready
from tests.racing import behind, outcome

NOW = datetime(2026, 11, 20, 13, 2, tzinfo=UTC)
MOST, SIZE = 100, 60

Deed = Callable[[], Any]


def begun(place: Place, who: str, name: str) -> Deed:
    viewer = world.viewer(who)
    return lambda: files.start(place, name, SIZE, actor=viewer, at=NOW)


def mailed(number: int, who: str, name: str) -> Deed:
    account = world.person(who).pk
    return lambda: files.store_bytes(
        number, name, bytes(SIZE), side=Side.REQUESTER, uploader_id=account, uploader_name=who, at=NOW
    )


@pytest.mark.django_db(transaction=True)
@pytest.mark.req("WIZ-6")
def test_two_files_that_fit_alone_and_not_together(settings: Any) -> None:
    """Whoever comes second waits for the first one and is counted with it. Without a lock, both would fit."""
    world.team("support", "ines")
    plan = world.agreement(units=20, registered=["carla", "cem"], at=NOW)
    carla = world.viewer("carla")

    def draft() -> Place:
        return Place(draft_id=ready(carla, plan.id, at=NOW, share=(person("cem"),)))

    def request() -> int:
        sent = draft().draft_id
        assert sent is not None
        return submit(sent, terms_accepted=True, actor=carla, at=NOW).number

    here, number, one, two = draft(), request(), request(), request()
    of_case, desk = Place(number=number), Place(number=number, at_desk=True)
    races: list[tuple[str, dict[str, int], Deed, Deed]] = [
        ("file.request-full", {"request": MOST}, begun(here, "carla", "a"), begun(here, "carla", "b")),
        ("file.request-full", {"request": MOST}, begun(of_case, "carla", "a"), begun(of_case, "cem", "b")),
        ("file.request-full", {"request": MOST}, begun(of_case, "cem", "c"), begun(desk, "ines", "d")),
        ("file.request-full", {"request": MOST}, begun(of_case, "cem", "e"), mailed(number, "carla", "f")),
        ("file.too-many", {"request_files": 1}, begun(here, "carla", "a"), begun(here, "carla", "b")),
        ("file.day-full", {"day": MOST}, begun(draft(), "carla", "a"), begun(draft(), "carla", "b")),
        ("file.day-full", {"day": MOST}, begun(draft(), "carla", "a"), mailed(number, "carla", "b")),
        (
            "file.agreement-full",
            {"agreement": MOST},
            begun(Place(number=one), "carla", "a"),
            begun(Place(number=two), "cem", "b"),
        ),
    ]
    for reason, limits, first, second in races:
        Attachment.objects.all().delete()
        settings.FILE_LIMITS = {**configured.FILE_LIMITS, "request": 10**6, "day": 10**6, **limits}
        with behind(first, second) as [late]:
            assert not late.done(), (
                f"{limits}: nothing kept the second from looking before the first was counted"
            )
        refused = outcome(late)
        assert isinstance(refused, CannotStore), (limits, refused)
        assert [each.code for each in refused.decision] == [reason]
        assert Attachment.objects.aggregate(bytes=Sum("size"))["bytes"] == SIZE
