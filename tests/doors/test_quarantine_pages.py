"""Operators see what was held and why, as text only, and release or discard it; both are written down."""

from __future__ import annotations

import html
from datetime import UTC, datetime

import pytest
from django.conf import LazySettings
from django.contrib.auth.models import Permission
from django.test import Client
from django.urls import reverse

from pactdesk.cases.models import Contact, Message
from pactdesk.cases.queries.reply_addresses import reply_address_of
from pactdesk.cases.services.submission import submit
from pactdesk.journal.models import FactRow
from pactdesk.mailbox.models import ReceivedMail
from pactdesk.mailbox.services.processing import process
from pactdesk.mailbox.services.receiving import receive
from tests import drafts, world
from tests.mails import AUTHSERV, REPLY_ADDRESS, mail

NOW = datetime(2026, 11, 20, 13, 2, tzinfo=UTC)
LIST = "/admin/mailbox/receivedmail/"

pytestmark = pytest.mark.django_db


@pytest.fixture
def operator(client: Client, settings: LazySettings) -> Client:
    settings.MAIL_REPLY_ADDRESS, settings.MAIL_AUTHSERV_ID = REPLY_ADDRESS, AUTHSERV
    client.force_login(world.person("marta", is_superuser=True))
    return client


@pytest.fixture
def number(operator: Client) -> int:
    carla = world.viewer("carla")
    plan = world.agreement(units=3, registered=["carla"], at=NOW)
    return submit(drafts.ready(carla, plan.id, at=NOW), terms_accepted=True, actor=carla, at=NOW).number


def came(number: int, **changes: str | None) -> ReceivedMail:
    place = Contact.objects.get(case=number)
    to = reply_address_of(case=number, contact=place.pk)
    raw = mail(**{"to": to, **changes})  # type: ignore[arg-type]
    kept = receive(raw, door="lmtp", envelope_from="x@y.example", envelope_to=[to], at=NOW)
    process(kept.mail_id, at=NOW)
    return ReceivedMail.objects.get(pk=kept.mail_id)


def page(client: Client, address: str) -> str:
    answer = client.get(address)
    assert answer.status_code == 200
    return html.unescape(answer.content.decode())


def test_the_list_says_what_is_held_and_why_and_can_be_filtered(operator: Client, number: int) -> None:
    came(number)
    came(number, proven=None, subject="Forged")
    said = page(operator, LIST)
    assert "Taken as a message" in said
    assert "Our mail server did not confirm that the mail is from carla@olive-grove-foods.example." in said
    assert f"PD-{number}" in said
    assert "Forged" not in page(operator, f"{LIST}?state__exact=taken")
    assert "Re: PD-100123" not in page(operator, f"{LIST}?reason=mail.sender-unproven").partition("<tbody")[2]
    assert "Forged" in page(operator, f"{LIST}?q=forged")


def test_a_mail_is_shown_as_text_whatever_it_is(operator: Client, number: int) -> None:
    attack = "<p>Hello<script>alert(1)</script><img src=x onerror=alert(2)>&lt;script&gt;alert(3)&lt;/script&gt;</p>"
    row = came(number, proven=None, kind="text/html", text=attack, subject="<b>bold</b>")
    for address in (f"{LIST}{row.pk}/change/", f"{LIST}{row.pk}/decide"):
        answer = operator.get(address, follow=True).content.decode()
        assert "Hello&lt;script&gt;alert(3)&lt;/script&gt;" in answer
        assert "onerror" not in answer
        assert "<b>bold</b>" not in answer
        assert "&lt;b&gt;bold&lt;/b&gt;" in answer


def test_the_bytes_are_a_text_file_that_no_browser_opens(operator: Client, number: int) -> None:
    row = came(number, proven=None, kind="text/html", text="<script>alert(1)</script>")
    answer = operator.get(reverse("admin:mailbox_receivedmail_as_it_came", args=[row.pk]))
    assert answer.content == bytes(row.raw)
    assert answer["Content-Type"] == "text/plain; charset=utf-8"
    assert answer["Content-Disposition"] == f'attachment; filename="mail-{row.pk}.txt"'
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert answer["Content-Security-Policy"] == "sandbox; default-src 'none'"


def test_a_forged_mail_is_released_by_confirming_it_and_not_otherwise(operator: Client, number: int) -> None:
    row = came(number, proven=None)
    decide = reverse("admin:mailbox_receivedmail_decide", args=[row.pk])
    assert "I have made sure" in page(operator, decide)
    refused = operator.post(decide, {"verb": "release"}, follow=True)
    assert "Confirm that this mail is from the contact." in refused.content.decode()
    assert not Message.objects.exists()

    released = operator.post(decide, {"verb": "release", "vouched": "yes"}, follow=True)
    assert "The mail is a message in the request now." in released.content.decode()
    row.refresh_from_db()
    assert (row.state, row.decided_by) == ("released", world.person("marta"))
    message = Message.objects.get(case=number)
    assert (message.side, message.author_name, message.via) == ("requester", "Carla Papadaki", "mail")
    assert FactRow.objects.get(code="mail.released").actor_id == world.person("marta").pk
    assert "decided about this mail already" in page(operator, decide)


def test_a_mail_is_discarded_and_that_is_written_down(operator: Client, number: int) -> None:
    row = came(number, to=REPLY_ADDRESS)
    ReceivedMail.objects.filter(pk=row.pk).update(
        reasons=[{"code": "mail.no-reply-address"}], state="quarantined", reason_code="mail.no-reply-address"
    )
    decide = reverse("admin:mailbox_receivedmail_decide", args=[row.pk])
    assert 'value="release"' not in page(operator, decide)
    operator.post(decide, {"verb": "discard"})
    row.refresh_from_db()
    assert row.state == "discarded"
    assert FactRow.objects.get(code="mail.discarded").actor_id == world.person("marta").pk


def test_several_are_discarded_at_once_and_what_is_a_message_stays(operator: Client, number: int) -> None:
    taken = came(number)
    held = [came(number, proven=None, text=f"Spam {n}") for n in range(3)]
    chosen = {"action": "discard_chosen", "_selected_action": [taken.pk, *(row.pk for row in held)]}
    answer = operator.post(LIST, chosen, follow=True)
    assert "3 mails were discarded." in answer.content.decode()
    assert sorted(ReceivedMail.objects.values_list("state", flat=True)) == ["discarded"] * 3 + ["taken"]


def test_looking_changes_nothing_and_deciding_takes_the_right_to(operator: Client, number: int) -> None:
    row = came(number, proven=None)
    decide = reverse("admin:mailbox_receivedmail_decide", args=[row.pk])
    operator.get(f"{decide}?verb=release&vouched=yes")
    helper = world.person("marta", is_superuser=False)
    for permissions, expected in (
        ((), {"list": 403, "decide": 403, "raw": 403}),
        (("view_receivedmail",), {"list": 200, "decide": 403, "raw": 200}),
        (("view_receivedmail", "change_receivedmail"), {"list": 200, "decide": 200, "raw": 200}),
        (("change_receivedmail",), {"decide": 200}),
    ):
        helper.user_permissions.set(Permission.objects.filter(codename__in=permissions))
        client = Client()
        client.force_login(helper)
        raw = reverse("admin:mailbox_receivedmail_as_it_came", args=[row.pk])
        found = {"list": client.get(LIST), "decide": client.get(decide), "raw": client.get(raw)}
        assert {name: found[name].status_code for name in expected} == expected
        if expected["decide"] == 403:
            assert client.post(decide, {"verb": "discard"}).status_code == 403
        change = client.post(f"{LIST}{row.pk}/change/", {"state": "taken"})
        assert change.status_code == 403
    row.refresh_from_db()
    assert row.state == "quarantined"


def test_what_does_not_exist_is_not_found(operator: Client) -> None:
    for number in ("0", "x"):
        for name in ("decide", "as_it_came"):
            assert (
                operator.get(reverse(f"admin:mailbox_receivedmail_{name}", args=[number])).status_code == 404
            )


def test_the_list_does_not_load_what_the_mails_are(
    operator: Client, number: int, django_assert_max_num_queries
) -> None:
    came(number)
    with django_assert_max_num_queries(30) as seen:
        page(operator, LIST)
    assert not any('"mailbox_receivedmail"."raw"' in query["sql"] for query in seen.captured_queries)
