"""What attacks by mail have in common: a request to attack, its reply addresses, and mails that come in."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

import pytest
from django.conf import LazySettings

from pactdesk.cases.models import Contact
from pactdesk.cases.queries.reply_addresses import reply_address_of
from pactdesk.cases.rules.answers import Person
from pactdesk.cases.services.submission import submit
from pactdesk.mailbox.models import ReceivedMail
from pactdesk.mailbox.services.processing import process
from pactdesk.mailbox.services.receiving import receive
from tests import world
from tests.drafts import ready
from tests.mails import AUTHSERV, REPLY_ADDRESS

NOW = datetime(2026, 11, 20, 13, 2, tzinfo=UTC)


@pytest.fixture
def victim(db: None, settings: LazySettings) -> int:
    """The number of a request of Carla's that Ines owns, shared with Dana, who has no account."""
    settings.MAIL_REPLY_ADDRESS, settings.MAIL_AUTHSERV_ID = REPLY_ADDRESS, AUTHSERV
    world.team("support", "ines")
    return opened("carla", share=(Person(name="Dana", email="dana@olive-grove-foods.example"),))


def opened(who: str, *, share: Sequence[Person] = ()) -> int:
    viewer = world.viewer(who)
    plan = world.agreement(units=3, registered=[who], at=NOW)
    draft = ready(viewer, plan.id, at=NOW, share=tuple(share))
    return submit(draft, terms_accepted=True, actor=viewer, at=NOW).number


def reply_address(number: int, who: str) -> str:
    place = Contact.objects.get(case=number, email__startswith=f"{who}@")
    return reply_address_of(case=number, contact=place.pk)


def came(
    raw: bytes,
    *,
    to: Sequence[str] = (),
    envelope_from: str | None = "someone@mail.example",
    at: datetime = NOW,
) -> ReceivedMail:
    """The row of a mail that came in and was processed."""
    kept = receive(raw, door="lmtp", envelope_from=envelope_from, envelope_to=to, at=at)
    process(kept.mail_id, at=at)
    return ReceivedMail.objects.get(pk=kept.mail_id)
