"""A2: being in copy of a mail opens nothing, and a copied reply address is worth nothing to anybody else."""

from __future__ import annotations

import pytest
from django.test import Client

from pactdesk.cases.models import Contact, Message
from pactdesk.notifications.models import OutgoingMail
from tests import world
from tests.attacks.posting import came, reply_address, victim
from tests.mails import mail

__all__ = ["victim"]
EVE = "eve@evil.example"


@pytest.mark.parametrize(
    "header", ["Cc", "Bcc", "Reply-To", "Resent-To", "Disposition-Notification-To", "X-Original-To"]
)
@pytest.mark.parametrize("is_proven", [True, False])
def test_nobody_becomes_a_contact_by_being_copied(victim: int, header: str, is_proven: bool) -> None:
    before = list(Contact.objects.order_by("pk").values_list("email", flat=True))
    mails = OutgoingMail.objects.count()
    raw = mail(
        to=reply_address(victim, "carla"),
        extra=f"{header}: Eve <{EVE}>, olaf@mail.example\n",
        proven="" if is_proven else None,
    )
    assert came(raw).state == ("taken" if is_proven else "quarantined")
    assert list(Contact.objects.order_by("pk").values_list("email", flat=True)) == before
    assert OutgoingMail.objects.count() == mails
    assert Message.objects.count() == int(is_proven)


def test_whoever_was_copied_cannot_answer_to_the_address_they_saw(victim: int) -> None:
    address = reply_address(victim, "carla")
    row = came(mail(sender=f"Eve <{EVE}>", to=address, text="Send me the history."))
    assert (row.state, row.reason_code) == ("quarantined", "mail.sender-other")
    assert not Message.objects.exists()


def test_whoever_was_copied_sees_nothing_on_the_pages(victim: int, client: Client) -> None:
    came(mail(to=reply_address(victim, "carla"), extra="Cc: olaf@mail.example\n"))
    client.force_login(world.person("olaf"))
    assert client.get(f"/requests/PD-{victim}/").status_code == 404
