"""A3: a reply address is no letterbox in which somebody receives what proves that they belong to the vendor."""

from __future__ import annotations

import pytest
from allauth.account.models import EmailAddress
from django.conf import LazySettings
from django.http import Http404
from django.test import Client

from pactdesk.accounts.models import Account
from pactdesk.cases.access import case_for
from pactdesk.cases.models import Message
from pactdesk.mailbox import checks
from tests import world
from tests.attacks.posting import came, reply_address, victim
from tests.mails import mail

__all__ = ["victim"]
CODE = "Your confirmation code is 482910"


def test_what_another_service_sends_to_a_reply_address_is_shown_to_no_requester(
    victim: int, client: Client
) -> None:
    """Carla registers elsewhere with the reply address she was told, and waits for the code."""
    row = came(mail(sender="Chat <no-reply@chat.example>", to=reply_address(victim, "carla"), text=CODE))
    assert (row.state, row.reason_code) == ("quarantined", "mail.sender-other")
    client.force_login(world.person("carla"))
    assert CODE not in client.get(f"/requests/PD-{victim}/").content.decode()
    assert not Message.objects.exists()


def test_an_address_that_nobody_has_proved_opens_no_request(victim: int, client: Client) -> None:
    """Somebody signs up with the address of a contact who has no account, and cannot confirm it."""
    came(
        mail(
            sender="Dana <dana@olive-grove-foods.example>", to=reply_address(victim, "dana"), text="It is me."
        )
    )
    assert Message.objects.count() == 1
    impostor = Account.objects.create_user("dana@olive-grove-foods.example", world.PASSWORD)
    EmailAddress.objects.create(user=impostor, email=impostor.email, verified=False, primary=True)
    client.force_login(impostor)
    assert "It is me." not in client.get(f"/requests/PD-{victim}/", follow=True).content.decode()
    with pytest.raises(Http404):
        case_for(world.viewer(impostor), victim)


def test_answers_at_the_domain_of_the_vendor_are_warned_of(settings: LazySettings) -> None:
    settings.DEFAULT_FROM_EMAIL = "Support <support@vendor.example>"
    settings.MAIL_REPLY_ADDRESS = "support@vendor.example"
    assert [warning.id for warning in checks.reply_domain_is_its_own()] == ["pactdesk.W001"]
    settings.MAIL_REPLY_ADDRESS = "support@reply.vendor.example"
    assert checks.reply_domain_is_its_own() == []
    settings.MAIL_AUTHSERV_ID = ""
    assert [warning.id for warning in checks.senders_can_be_confirmed()] == ["pactdesk.W002"]
    settings.MAIL_REPLY_ADDRESS = ""
    assert checks.senders_can_be_confirmed() == []
