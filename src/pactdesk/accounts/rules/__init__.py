"""What a profile or a contact must look like. Pure: data in, a cleaned value or a Reason out."""

from __future__ import annotations

from functools import cache
from zoneinfo import available_timezones

import phonenumbers

from pactdesk.kernel.decisions import Reason

LONGEST_PHONE = 32  # characters of the international form, with an extension
_NO_CITIES = ("Etc/", "SystemV/", "posix/", "right/", "US/", "Brazil/", "Canada/", "Chile/", "Mexico/")
LANGUAGES = ("en", "el", "vi", "pl", "cs", "fr")


@cache
def known_time_zones() -> frozenset[str]:
    """The IANA names that stand for places, and UTC.

    Left out are aliases that name no place ("EST") or a country's part ("Canada/Eastern"): each has a city, too.
    """
    return frozenset(
        name
        for name in available_timezones()
        if name == "UTC" or ("/" in name and not name.startswith(_NO_CITIES))
    )


def time_zone_refusal(name: str) -> Reason | None:
    """None where `name` is a time zone that we offer."""
    return None if name in known_time_zones() else Reason("contact.time-zone-unknown", {"given": name[:64]})


def parse_phone(text: str, country: str) -> str | Reason:
    """A phone number in its international form ("+30 210 123 4567"), or why it is none.

    A number without a leading "+" is read as one of `country` (an ISO 3166 code). One whose extension makes it longer
    than `LONGEST_PHONE` is refused.
    """
    try:
        number = phonenumbers.parse(text, country or None)
    except phonenumbers.NumberParseException as error:
        if error.error_type == phonenumbers.NumberParseException.INVALID_COUNTRY_CODE:
            return Reason("contact.phone-needs-country-code")
        return Reason("contact.phone-invalid")
    if not phonenumbers.is_possible_number(number):
        return Reason("contact.phone-invalid")
    written = phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.INTERNATIONAL)
    return written if len(written) <= LONGEST_PHONE else Reason("contact.phone-invalid")
