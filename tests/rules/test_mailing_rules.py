"""Who may be mailed a pair, as tables (BEN-1, BEN-3, BEN-4)."""

from __future__ import annotations

import pytest

from pactdesk.agreements.rules.mailing import Addressed, Recipient, may_be_mailed, may_have, may_send_again

GR = Addressed(organization_id=1, country="GR", contact=10)


@pytest.mark.req("BEN-4")
@pytest.mark.parametrize(
    ("account", "organization", "country", "any_contact", "refused"),
    [
        # The primary programme contact, whatever the region and wherever the contact works.
        (10, 1, "GR", True, ()),
        (10, 1, "GR", False, ()),
        (10, 1, "", False, ()),
        # Anybody of the partner in the country of the benefits, where the region's policy allows it.
        (11, 1, "GR", True, ()),
        (11, 1, "GR", False, ("primary-contact-only",)),
        (11, 1, "CY", True, ("other-country",)),
        (11, 1, "", True, ("location-unknown",)),
        # Nobody else.
        (12, 2, "GR", True, ("not-of-organization",)),
        (12, None, "GR", True, ("not-of-organization",)),
        (12, 2, "GR", False, ("not-of-organization", "primary-contact-only")),
        (12, 2, "CY", True, ("not-of-organization", "other-country")),
    ],
)
def test_who_may_be_mailed(
    account: int, organization: int | None, country: str, any_contact: bool, refused: tuple[str, ...]
) -> None:
    decision = may_be_mailed(Recipient(account, organization, country), GR, any_contact=any_contact)
    assert tuple(reason.code for reason in decision) == tuple(f"pair-mail.{code}" for code in refused)


@pytest.mark.req("BEN-4", "AGR-11")
@pytest.mark.parametrize("account", [10, 11])
def test_whoever_was_cut_off_by_the_owner_does_not_get_the_pair_by_asking(account: int) -> None:
    person = Recipient(account, 1, "GR")
    assert may_have(person, GR, any_contact=True, was_withdrawn=False).allowed
    refused = may_have(person, GR, any_contact=True, was_withdrawn=True)
    assert refused.codes == ("pair-mail.withdrawn",)


@pytest.mark.req("BEN-4")
def test_an_agreement_of_no_organization_is_mailed_to_nobody() -> None:
    nobody = Addressed(organization_id=None, country="", contact=None)
    for person in (Recipient(10, None, ""), Recipient(11, 1, "GR")):
        assert "pair-mail.not-of-organization" in [
            reason.code for reason in may_be_mailed(person, nobody, any_contact=True)
        ]


@pytest.mark.req("BEN-4")
@pytest.mark.parametrize(
    ("of_agreement", "of_sender", "refused"),
    [
        (0, 0, []),
        (2, 19, []),
        (3, 0, ["too-often"]),
        (0, 20, ["too-many"]),
        (3, 20, ["too-often", "too-many"]),
    ],
)
def test_how_often_pairs_are_sent_within_a_day(of_agreement: int, of_sender: int, refused: list[str]) -> None:
    decision = may_send_again(of_agreement=of_agreement, of_sender=of_sender)
    assert [reason.code for reason in decision] == [f"pair-mail.{code}" for code in refused]
