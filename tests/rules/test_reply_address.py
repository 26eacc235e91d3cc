"""A reply address names one contact of one case, survives mail servers, and cannot be guessed."""

from __future__ import annotations

import pytest

from pactdesk.cases.rules.reply_address import (
    LONGEST_MAILBOX,
    Addressed,
    keyed_address,
    read_address,
    reply_key,
)

BASE = "support@reply.vendor.example"
KEY = reply_key("a secret")
OLD = reply_key("the secret before")
CASE = Addressed(case=100123, contact=42)


def test_an_address_names_its_case_and_its_contact() -> None:
    address = keyed_address(BASE, CASE, key=KEY)
    assert address == "support+2597.16.uym5h47xyvt4cbgzqlyplprizi@reply.vendor.example"
    assert read_address(address, base=BASE, keys=[KEY]) == CASE


def test_mail_servers_may_fold_letters_and_leave_spaces() -> None:
    address = keyed_address("Support@Reply.Vendor.example", CASE, key=KEY)
    assert address == address.lower()
    assert read_address(f" {address.upper()} ", base=BASE, keys=[KEY]) == CASE


def test_an_address_of_the_secret_before_is_read_and_none_is_made() -> None:
    before = keyed_address(BASE, CASE, key=OLD)
    assert read_address(before, base=BASE, keys=[KEY, OLD]) == CASE
    assert read_address(before, base=BASE, keys=[KEY]) is None


@pytest.mark.parametrize(
    "changed",
    [
        lambda a: a.replace("2597.", "2598."),
        lambda a: a.replace(".16.", ".17."),
        lambda a: a.replace("2597.16", "259.716"),
        lambda a: a.replace(".16.", ".016."),
        lambda a: a.replace("izi@", "iza@"),
        lambda a: a.replace("izi@", "iz@"),
        lambda a: a.replace("izi@", "izia@"),
        lambda a: a.replace("@reply.", "@"),
        lambda a: a.replace("support+", ""),
        lambda a: a.replace("support+", "other+"),
        lambda a: a.replace("support+", "support-"),
        lambda a: a.replace("@", "@evil.example@"),
        lambda a: f"support+100123@{a.partition('@')[2]}",
        lambda a: "",
        lambda a: "@",
    ],
)
def test_a_changed_address_names_nothing(changed) -> None:
    assert read_address(changed(keyed_address(BASE, CASE, key=KEY)), base=BASE, keys=[KEY]) is None


def test_the_longest_address_is_within_what_mail_allows() -> None:
    most = Addressed(case=36**7 - 1, contact=36**7 - 1)  # 78 thousand million of each
    address = keyed_address("m" * LONGEST_MAILBOX + "@x.example", most, key=KEY)
    assert len(address.partition("@")[0]) == 64
    assert read_address(address, base="m" * LONGEST_MAILBOX + "@x.example", keys=[KEY]) == most
    with pytest.raises(ValueError, match="no room"):
        keyed_address("m" * (LONGEST_MAILBOX + 1) + "@x.example", most, key=KEY)
    with pytest.raises(ValueError, match="no room"):
        keyed_address("nothing", most, key=KEY)


def test_the_key_serves_this_purpose_only() -> None:
    assert reply_key("a secret") != b"a secret"
    assert len(reply_key("a secret")) == 32
