"""What the service centre may issue by hand."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest

from pactdesk.agreements.rules.issuing import Somebody, WantedAgreement, may_be_issued, needs_two_to_issue
from pactdesk.catalog.rules import Coverage, Programme

TODAY = date(2026, 11, 20)
WISH = WantedAgreement("gold", organization_id=1, owner_id=None, units=20, starts_on=TODAY)
CONTACT = Somebody(owner_belongs=True, can_be_mailed=True)
GOLD = Programme(
    id=1,
    code="gold",
    name={"en": "Gold"},
    short_code="G",
    draws={"en": ""},
    held_as="agreement",
    unit="incident",
    quantity=20,
    length_months=12,
    extra_days=30,
    partner_network=True,
    policy_code="business",
    coverage=Coverage(channels=frozenset(), unit="incident"),
)
MEMBERSHIP = {"held_as": "membership", "quantity": None}


@pytest.mark.req("AGR-2", "AGR-11", "BEN-1")
@pytest.mark.parametrize(
    ("wish", "programme", "whose", "codes"),
    [
        ({}, {}, {}, ()),
        ({"organization_id": None, "owner_id": 7, "seat_limit": 3}, {}, {}, ()),
        ({}, None, {}, ("issuance.not-this-programme",)),
        ({}, {"retired": True}, {}, ("issuance.not-this-programme",)),
        ({}, {"held_as": "purchase"}, {}, ("issuance.not-this-programme",)),
        ({"units": 0}, MEMBERSHIP, {"can_be_mailed": False}, ()),
        ({}, MEMBERSHIP, {}, ("issuance.membership-has-none",)),
        ({"units": 0, "owner_id": 7}, MEMBERSHIP, {}, ("issuance.membership-has-none",)),
        ({"units": 0, "seat_limit": 2}, MEMBERSHIP, {}, ("issuance.membership-has-none",)),
        (
            {"units": 0, "organization_id": None, "owner_id": 7},
            MEMBERSHIP,
            {},
            ("issuance.members-are-organizations",),
        ),
        ({"organization_id": None}, {}, {}, ("issuance.for-nobody",)),
        ({"owner_id": 7}, {}, {"owner_belongs": False}, ("issuance.owner-elsewhere",)),
        ({}, {}, {"can_be_mailed": False}, ("issuance.nobody-to-mail",)),
        ({"units": 0}, {}, {}, ("issuance.units-out-of-range",)),
        ({"units": 1_000_001}, {}, {}, ("issuance.units-out-of-range",)),
        ({"starts_on": TODAY - timedelta(days=366)}, {}, {}, ()),
        ({"starts_on": TODAY - timedelta(days=367)}, {}, {}, ("issuance.too-far-away",)),
        ({"starts_on": TODAY + timedelta(days=367)}, {}, {}, ("issuance.too-far-away",)),
        ({"seat_limit": 0}, {}, {}, ("agreement.seat-limit-out-of-range",)),
        (
            {"units": 0, "seat_limit": 0},
            {"retired": True},
            {"can_be_mailed": False},
            (
                "issuance.not-this-programme",
                "issuance.nobody-to-mail",
                "issuance.units-out-of-range",
                "agreement.seat-limit-out-of-range",
            ),
        ),
    ],
)
def test_what_may_be_issued(
    wish: dict[str, Any], programme: dict[str, Any] | None, whose: dict[str, Any], codes: tuple[str, ...]
) -> None:
    about = None if programme is None else replace(GOLD, **programme)
    decision = may_be_issued(replace(WISH, **wish), about, replace(CONTACT, **whose), today=TODAY)
    assert decision.codes == codes


def test_what_is_not_counted_is_always_much() -> None:
    assert not needs_two_to_issue(GOLD, is_much=False)
    assert needs_two_to_issue(GOLD, is_much=True)
    assert needs_two_to_issue(replace(GOLD, **MEMBERSHIP), is_much=False)
