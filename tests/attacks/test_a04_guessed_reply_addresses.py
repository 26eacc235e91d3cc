"""A4: the number of a request names nothing in a mail, and no guess at a reply address hits one."""

from __future__ import annotations

import random
from base64 import b32encode

import pytest

from pactdesk.cases.models import Message
from pactdesk.cases.rules.reply_address import Addressed, keyed_address, read_address, reply_key
from tests.attacks.posting import came, reply_address, victim
from tests.effort import tries
from tests.mails import REPLY_ADDRESS, mail

__all__ = ["victim"]
GUESSES = tries(100_000, 1_000_000)


def test_guesses_hit_nothing() -> None:
    """The numbers of the requests and their contacts are known, the key is not."""
    keys = [reply_key("the secret of an installation")]
    chance = random.Random(4)
    domain = REPLY_ADDRESS.partition("@")[2]
    hits = 0
    for guess in range(GUESSES):
        mac = b32encode(chance.randbytes(16)).decode()[:26].lower()
        case, contact = f"2{guess % 10}97", 1 + guess % 9
        hits += (
            read_address(f"support+{case}.{contact}.{mac}@{domain}", base=REPLY_ADDRESS, keys=keys)
            is not None
        )
    assert hits == 0
    right = keyed_address(REPLY_ADDRESS, Addressed(100_123, 7), key=keys[0])
    assert read_address(right, base=REPLY_ADDRESS, keys=keys) == Addressed(100_123, 7)


def test_an_address_of_one_contact_is_no_step_towards_that_of_another() -> None:
    key = reply_key("the secret of an installation")
    macs = {
        keyed_address(REPLY_ADDRESS, Addressed(100_000 + n, n % 7 + 1), key=key)[-47:] for n in range(10_000)
    }
    assert len(macs) == 10_000


@pytest.mark.parametrize(
    "to",
    [
        "support+{number}@reply.vendor.example",
        "support+PD-{number}@reply.vendor.example",
        "support+pd-{number}.1@reply.vendor.example",
        "support+{number}.{contact}@reply.vendor.example",
        "reply+{number}@reply.vendor.example",
        "{number}@reply.vendor.example",
    ],
)
def test_the_number_of_a_request_names_nothing(victim: int, to: str) -> None:
    address = to.format(number=victim, contact=1)
    extra = f"X-Pactdesk-Request: PD-{victim}\nIn-Reply-To: <PD-{victim}@vendor.example>\n"
    row = came(mail(to=address, subject=f"Re: [PD-{victim}] Setup stops", extra=extra), to=[address])
    assert (row.state, row.reason_code) == ("quarantined", "mail.no-reply-address")
    assert not Message.objects.exists()


def test_a_key_fits_only_what_it_was_made_for(victim: int) -> None:
    carla, dana = reply_address(victim, "carla"), reply_address(victim, "dana")
    head, _, rest = carla.rpartition(".example")[0].partition("+")
    case, contact, mac = rest.partition("@")[0].split(".")
    dana_contact = dana.partition("+")[2].split(".")[1]
    for forged in (
        f"{head}+{case}.{dana_contact}.{mac}@reply.vendor.example",
        f"{head}+{int(case, 36) + 1}.{contact}.{mac}@reply.vendor.example",
        f"{head}+{contact}.{case}.{mac}@reply.vendor.example",
        f"{head}+{case}.{contact}.{mac[:-1]}@reply.vendor.example",
        f"{head}+{case}.{contact}.{mac}@evil.example",
    ):
        assert came(mail(to=forged), to=[forged]).reason_code == "mail.no-reply-address"
    assert came(mail(to=carla), to=[carla]).state == "taken"
