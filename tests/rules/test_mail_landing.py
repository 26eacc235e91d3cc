"""A mail becomes a message only where its key, its place, its sender and its writer all hold."""

from __future__ import annotations

import pytest

from pactdesk.mailbox.rules.landing import Place, may_land, releasable, vouches
from pactdesk.mailbox.rules.parsing import Parsed, parse_mail
from tests.mails import AUTHSERV, mail

CARLA = "carla@olive-grove-foods.example"
PLACE = Place(case=100123, contact=42, address=CARLA)


def codes(
    raw: bytes, *places: Place | None, words: str = "It works.", authserv_id: str = AUTHSERV
) -> tuple[str, ...]:
    read = parse_mail(raw, most_bytes=1_000_000)
    assert isinstance(read, Parsed)
    return may_land(read, places, words=words, envelope_from="x@y.example", authserv_id=authserv_id).codes


def test_an_answer_of_the_contact_lands() -> None:
    assert codes(mail(), PLACE) == ()
    assert codes(mail(sender="CARLA@Olive-Grove-Foods.example"), PLACE) == ()


@pytest.mark.parametrize(
    ("raw", "places", "expected"),
    [
        (mail(), (), ("mail.no-reply-address",)),
        (mail(), (None,), ("mail.contact-gone",)),
        (mail(), (PLACE, PLACE), ("mail.several-requests",)),
        (mail(sender="eve@evil.example"), (PLACE,), ("mail.sender-other",)),
        (mail(proven="evil.example"), (PLACE,), ("mail.sender-unproven",)),
        (mail(proven=None), (PLACE,), ("mail.sender-unproven",)),
        (
            mail(sender="eve@evil.example", proven=None),
            (PLACE,),
            ("mail.sender-unproven", "mail.sender-other"),
        ),
        (mail(sender="a@x.example, b@y.example"), (PLACE,), ("mail.from-unclear",)),
        (mail(sender="a@x.example, b@y.example"), (), ("mail.no-reply-address", "mail.from-unclear")),
        (mail(extra="Auto-Submitted: auto-replied\n", proven=None), (), ("mail.automatic",)),
    ],
)
def test_every_reason_is_told(
    raw: bytes, places: tuple[Place | None, ...], expected: tuple[str, ...]
) -> None:
    assert codes(raw, *places) == expected


def test_without_the_name_of_our_mail_server_nothing_lands() -> None:
    assert codes(mail(), PLACE, authserv_id="") == ("mail.replies-off",)


def test_an_answer_says_something_or_brings_a_file() -> None:
    assert codes(mail(), PLACE, words="") == ("mail.empty",)
    assert codes(mail(kind="application/pdf"), PLACE, words="") == ()


@pytest.mark.parametrize(
    ("reasons", "may_be_released", "needs_a_word"),
    [
        (["mail.sender-unproven"], True, True),
        (["mail.sender-unproven", "mail.sender-other"], True, True),
        (["mail.automatic"], True, False),
        (["mail.too-many"], True, False),
        (["case.is-closed"], True, False),
        (["mail.could-not-be-processed"], True, False),
        (["mail.from-a-desk"], False, False),
        (["mail.delivery-report"], False, False),
        (["mail.no-reply-address"], False, False),
        (["mail.contact-gone", "mail.sender-unproven"], False, True),
        (["mail.unreadable"], False, False),
        ([], False, False),
    ],
)
def test_only_what_a_person_can_judge_may_be_released(
    reasons: list[str], may_be_released: bool, needs_a_word: bool
) -> None:
    assert releasable(reasons) is may_be_released
    assert vouches(reasons) is needs_a_word
