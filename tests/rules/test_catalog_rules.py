"""Lifecycle, front doors and worded values: rules of the catalogue that need no database."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from pactdesk.catalog import wording
from pactdesk.catalog.rules import (
    REASON_CODES,
    Channel,
    Coverage,
    Family,
    Phase,
    Problem,
    ProblemType,
    Product,
    Version,
    enables,
    made_here,
    offered,
    phase_on,
    sign_in_fits,
)
from pactdesk.catalog.rules.entries import SignIn
from pactdesk.kernel.worded import text_in
from pactdesk.servicelevels import wording as levels_wording
from pactdesk.servicelevels.rules import REASON_CODES as LEVELS_REASON_CODES
from pactdesk.servicelevels.rules.reaching import REACHING_CODES

VERSION = Version(
    id=1,
    product_code="mail-server",
    code="2019",
    name={"en": "Mail Server 2019"},
    mainstream_until=date(2024, 1, 9),
    extended_until=date(2025, 10, 14),
)
HERE = Channel(
    id=1,
    code="on-premises",
    name={"en": "On-premises"},
    explanation={"en": "It runs at your place."},
    sign_in="any",
    needs_pair=True,
    instead_of_pair={"en": "A paid incident"},
    front_door_label={"en": "Here"},
    front_door_url="",
    open=True,
)
ELSEWHERE = replace(
    HERE,
    id=2,
    code="online",
    name={"en": "Online", "cs": "Online služby"},
    explanation={"en": "It knows your tenant."},
    sign_in="tenant",
    needs_pair=False,
    instead_of_pair=None,
    front_door_label={"en": "the admin centre"},
    front_door_url="https://admin.example",
    open=False,
)
PRODUCT = Product(
    id=1,
    code="mail-server",
    name={"en": "Mail Server"},
    family=Family(1, "servers", {"en": "Servers"}),
    channel=HERE,
)


@pytest.mark.parametrize(
    ("day", "phase"),
    [
        (date(2024, 1, 9), Phase.MAINSTREAM),
        (date(2024, 1, 10), Phase.EXTENDED),
        (date(2025, 10, 14), Phase.EXTENDED),
        (date(2025, 10, 15), Phase.ENDED),
    ],
)
def test_the_last_day_of_a_phase_still_belongs_to_it(day: date, phase: Phase) -> None:
    assert phase_on(VERSION, day) is phase


def test_a_version_without_dates_stays_in_mainstream_support() -> None:
    assert (
        phase_on(replace(VERSION, mainstream_until=None, extended_until=None), date(2999, 1, 1))
        is Phase.MAINSTREAM
    )


def test_a_version_without_extended_support_ends_with_mainstream_support() -> None:
    assert phase_on(replace(VERSION, extended_until=None), date(2024, 1, 10)) is Phase.ENDED


@pytest.mark.req("ELI-4")
@pytest.mark.parametrize(
    ("coverage", "day", "enabled"),
    [
        (Coverage("incident", frozenset()), date(2030, 1, 1), True),
        (Coverage("incident", frozenset(), recent_only=True), date(2025, 10, 14), True),
        (Coverage("incident", frozenset(), recent_only=True), date(2025, 10, 15), False),
        (
            Coverage("incident", frozenset(), only_versions=frozenset({"mail-server/2019"})),
            date(2024, 1, 1),
            True,
        ),
        (
            Coverage("incident", frozenset(), only_versions=frozenset({"mail-server/next"})),
            date(2024, 1, 1),
            False,
        ),
        (
            Coverage("incident", frozenset(), except_versions=frozenset({"mail-server/2019"})),
            date(2024, 1, 1),
            False,
        ),
        (
            Coverage("incident", frozenset(), except_products=frozenset({"mail-server"})),
            date(2024, 1, 1),
            False,
        ),
    ],
)
def test_a_programme_enables_versions_by_age_by_name_and_by_product(
    coverage: Coverage, day: date, enabled: bool
) -> None:
    assert enables(coverage, VERSION, day) is enabled


def test_coverage_knows_whether_it_is_for_the_cloud_or_for_your_own_machines() -> None:
    cloud = Coverage("incident", frozenset({"online", "cloud"}))
    local = Coverage("incident", frozenset({"on-premises"}))
    both = Coverage("incident", frozenset({"on-premises", "cloud"}))
    assert [(c.cloud_only, c.on_premises_only) for c in (cloud, local, both)] == [
        (True, False),
        (False, True),
        (False, False),
    ]


@pytest.mark.req("IDN-3", "WIZ-1")
def test_a_product_of_another_channel_is_sent_there_with_the_reason_why() -> None:
    decision = made_here(replace(PRODUCT, name={"en": "Mail Online"}, channel=ELSEWHERE))
    assert decision.codes == ("channel.other-front-door",)
    (reason,) = decision
    assert reason.params["url"] == "https://admin.example"
    sentence = wording.SENTENCES[reason.code] % {
        name: text_in(value, "en") if isinstance(value, dict) else value
        for name, value in reason.params.items()
    }
    assert sentence == (
        "Requests about Mail Online are made at another front door: the admin centre. It knows your tenant."
    )
    assert made_here(PRODUCT).allowed


@pytest.mark.req("IDN-2")
@pytest.mark.parametrize(
    ("sign_in", "kind", "organization", "refused"),
    [
        ("any", "personal", "", ()),
        ("any", "work", "customer", ()),
        ("tenant", "personal", "", ("channel.needs-work-account",)),
        ("tenant", "work", "customer", ()),
        ("tenant", "work", "", ()),
        ("subscription", "personal", "", ()),
        ("partner", "personal", "", ("channel.needs-work-account",)),
        ("partner", "work", "partner", ()),
        ("partner", "work", "customer", ("channel.needs-partner",)),
        ("partner", "work", "vendor", ("channel.needs-partner",)),
        ("partner", "work", "", ("channel.needs-partner",)),
    ],
)
def test_a_front_door_says_which_accounts_it_lets_in(
    sign_in: SignIn, kind: str, organization: str, refused: tuple[str, ...]
) -> None:
    channel = replace(ELSEWHERE, sign_in=sign_in)
    assert sign_in_fits(channel, kind, organization).codes == refused


@pytest.mark.req("IDN-2", "RTE-2")
@pytest.mark.parametrize(
    ("channel", "draws", "needs"),
    [(HERE, "incident", True), (HERE, "nothing", False), (ELSEWHERE, "incident", False)],
)
def test_a_pair_is_needed_where_the_channel_needs_one_and_the_problem_is_not_free(
    channel: Channel, draws: str, needs: bool
) -> None:
    kind = ProblemType(1, "t", {"en": "T"}, {"en": "T"}, draws=draws, break_fix=False)
    problem = Problem(1, "mail-flow", "lost", {"en": "Lost"}, kind)
    assert replace(PRODUCT, channel=channel).needs_pair_for(problem) is needs


def test_what_was_retired_since_a_draft_was_written_can_no_longer_be_chosen() -> None:
    assert offered(PRODUCT, VERSION).allowed
    decision = offered(replace(PRODUCT, retired=True), replace(VERSION, retired=True))
    assert decision.codes == ("product.retired", "product.version-retired")


@pytest.mark.req("ELI-10")
def test_every_reason_has_a_sentence_and_a_way_out() -> None:
    assert set(wording.SENTENCES) == set(wording.REMEDIES) == set(REASON_CODES)
    of_levels = {*LEVELS_REASON_CODES, *REACHING_CODES}
    assert set(levels_wording.SENTENCES) == set(levels_wording.REMEDIES) == of_levels


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("cs", "Praha"),
        ("CS", "Praha"),
        ("cs-CZ", "Praha"),
        ("cs_CZ", "Praha"),
        ("fr", "Prague"),
        ("", "Prague"),
    ],
)
def test_a_worded_value_falls_back_to_its_language_and_then_to_english(language: str, text: str) -> None:
    assert text_in({"en": "Prague", "cs": "Praha", "fr": ""}, language) == text
