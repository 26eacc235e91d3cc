"""What a profile or a contact must look like (IDN-1)."""

from __future__ import annotations

import pytest

from pactdesk.accounts.models import Account
from pactdesk.accounts.rules import LONGEST_PHONE, parse_phone
from pactdesk.kernel.decisions import Reason


@pytest.mark.req("IDN-1")
@pytest.mark.parametrize(
    ("typed", "country", "number"),
    [
        ("21 0123 4567", "GR", "+30 21 0123 4567"),
        ("+48 22 123 45 67", "GR", "+48 22 123 45 67"),
        ("+30 21 0123 4567 ext 123456", "", "+30 21 0123 4567 ext. 123456"),
        ("+30 21 0123 4567 ext 1234567890", "", "+30 21 0123 4567 ext. 1234567890"),  # 32 characters
    ],
)
def test_a_phone_number_is_kept_in_its_international_form(typed: str, country: str, number: str) -> None:
    assert parse_phone(typed, country) == number
    assert len(number) <= LONGEST_PHONE


@pytest.mark.req("IDN-1")
@pytest.mark.parametrize(
    ("typed", "code"),
    [
        ("", "contact.phone-invalid"),
        ("12", "contact.phone-invalid"),
        ("call me", "contact.phone-invalid"),
        ("+999 123 456 789", "contact.phone-needs-country-code"),
        # One digit more than we keep, and the longest extension that can be read at all.
        ("+30 21 0123 4567 ext 12345678901", "contact.phone-invalid"),
        ("+30 21 0123 4567 ext 12345678901234567890", "contact.phone-invalid"),
    ],
)
def test_what_is_no_phone_number_or_longer_than_we_keep_is_refused(typed: str, code: str) -> None:
    assert parse_phone(typed, "GR") == Reason(code)


def test_every_number_that_the_rule_lets_through_fits_where_it_is_kept() -> None:
    assert Account._meta.get_field("phone").max_length == LONGEST_PHONE
