"""A1: nobody speaks for the desk, or for anybody else, by writing their address into a mail."""

from __future__ import annotations

import pytest

from pactdesk.cases.models import Case, Message
from pactdesk.mailbox.models import ReceivedMail
from pactdesk.mailbox.rules import landing
from pactdesk.notifications.models import OutgoingMail
from tests import world
from tests.attacks.posting import came, opened, reply_address, victim
from tests.mails import AUTHSERV, mail

__all__ = ["victim"]

SENDERS = {
    "the contact": "Carla Papadaki <carla@olive-grove-foods.example>",
    "the engineer": "Ines Moreau <ines@fabrikon.example>",
    "an operator": "Marta Nowak <marta@fabrikon.example>",
    "a stranger": "Olaf Berg <olaf@mail.example>",
    "us": "Pactdesk <support@pactdesk.example>",
}
KEYS = (
    "none",
    "the number of the request",
    "of the contact",
    "of somebody else's request",
    "of another contact",
)
OURS = f"Authentication-Results: {AUTHSERV}; "
VERDICTS = {
    "nothing": "",
    "another server says pass": "Authentication-Results: mx.evil.example; dmarc=pass header.from={domain}\n",
    "our server says fail": OURS + "dmarc=fail header.from={domain}\n",
    "our server says pass for another domain": OURS + "dmarc=pass header.from=evil.example\n",
}
# Replies of a thread, as desks that go by Message-ID would believe them
THREAD = (
    "In-Reply-To: <{id}@127.0.0.1>\nReferences: <{id}@127.0.0.1> <PD-{number}@127.0.0.1>\n"
    "X-Pactdesk-Request: PD-{number}\n"
)


def forged(number: int, foreign: int, sender: str, key: str, verdict: str) -> bytes:
    to = {
        "none": "support@reply.vendor.example",
        "the number of the request": f"support+{number}@reply.vendor.example, support+PD-{number}@reply.vendor.example",
        "of the contact": reply_address(number, "carla"),
        "of somebody else's request": reply_address(foreign, "cem"),
        "of another contact": reply_address(number, "dana"),
    }[key]
    domain = SENDERS[sender].rpartition("@")[2].rstrip(">")
    extra = VERDICTS[verdict].format(domain=domain) + THREAD.format(id="a" * 40, number=number)
    return mail(sender=SENDERS[sender], to=to, subject=f"Re: PD-{number}", extra=extra, proven=None)


COMBINATIONS = [(sender, key, verdict) for sender in SENDERS for key in KEYS for verdict in VERDICTS]


def test_none_of_100_forged_mails_says_anything(victim: int) -> None:
    foreign = opened("cem")
    Case.objects.filter(pk=victim).update(owner=world.person("ines"))
    assert len(COMBINATIONS) >= 60
    before = OutgoingMail.objects.count()
    for sender, key, verdict in COMBINATIONS:
        row = came(forged(victim, foreign, sender, key, verdict))
        assert row.state == "quarantined", (sender, key, verdict)
        assert row.reason_code, (sender, key, verdict)
    assert not Message.objects.exists()
    assert ReceivedMail.objects.count() == len(COMBINATIONS)
    assert OutgoingMail.objects.count() == before
    assert set(Case.objects.values_list("status", "revision")) == {("new", 0)}


@pytest.mark.parametrize("who", ["ines", "marta"])
@pytest.mark.parametrize("key", KEYS)
def test_even_a_proven_mail_of_an_engineer_speaks_for_nobody_else(victim: int, who: str, key: str) -> None:
    """An engineer who is a contact would be heard as that contact; who is none is not heard."""
    foreign = opened("cem")
    address = world.person(who).email
    raw = forged(victim, foreign, "the engineer" if who == "ines" else "an operator", key, "nothing")
    proof = f"Authentication-Results: {AUTHSERV}; dmarc=pass header.from={address.rpartition('@')[2]}\r\n"
    assert came(proof.encode() + raw).state == "quarantined"
    assert not Message.objects.exists()


def test_with_proof_believed_from_anybody_the_same_mails_would_land(
    victim: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The guard: without it at least the mails that carry the contact's key and name are heard."""
    monkeypatch.setattr(landing, "unproven", lambda *args, **options: None)
    row = came(forged(victim, opened("cem"), "the contact", "of the contact", "nothing"))
    assert row.state == "taken"
    message = Message.objects.get()
    assert (message.side, message.kind, message.author_name) == ("requester", "public", "Carla Papadaki")
