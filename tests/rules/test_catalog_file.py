"""Catalogue files: what is understood, and how every mistake is told, with its line."""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path

import pytest

from pactdesk.catalog.services import CatalogMistakes, Mistake, reading, shape
from pactdesk.catalog.services.comparing import Entry, Kind, compare
from pactdesk.catalog.services.reference import reference
from pactdesk.kernel.worded import LANGUAGES
from tests.catalogues import line_of, small, written

ROOT = Path(__file__).parents[2]
EXAMPLE = ROOT / "catalogs" / "partner-support.yaml"


def checked(text: str) -> shape.CatalogueFile:
    return shape.check(reading.read_bytes(text.encode(), "c.yaml"))


def mistakes_in(text: str) -> tuple[Mistake, ...]:
    with pytest.raises(CatalogMistakes) as refused:
        checked(text)
    return refused.value.mistakes


def the_mistake_in(text: str) -> Mistake:
    (mistake,) = mistakes_in(text)
    return mistake


def test_values_come_in_their_own_kinds() -> None:
    file = checked(small())
    version = file.products["mail-server"].versions["2019"]
    target = file.policies["partner"].targets["A"]
    assert version.mainstream_until == date(2024, 1, 9)
    assert (target.initial_response, target.update_every and target.update_every.minutes) == (90, 120)
    assert file.policies["partner"].other_work == 1
    assert file.severities["B"].name == {"en": "Work is slowed"}
    assert file.calendars["manila"].weekly == {"mon": [["08:00", "12:00"], ["13:00", "17:00"]]}
    assert list(file.calendars["utc"].weekly) == ["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
    assert list(file.programmes) == ["gold-20", "developer-4", "cloud", "paid-1"]


@pytest.mark.parametrize(
    ("old", "new", "path", "expected", "got"),
    [
        (
            "family: servers",
            "familly: servers",
            "products.mail-server.familly",
            'did you mean "family"',
            "'familly'",
        ),
        ("extra_days: 30", "extra_days: some", "programmes.gold-20.extra_days", "a whole number", "'some'"),
        ("quantity: 20", "quantity: 0", "programmes.gold-20.quantity", "at least 1", "'0'"),
        (
            "asks_usage: true",
            "asks_usage: yes",
            "products.mail-server.asks_usage",
            "true or false",
            "'yes'",
        ),
        (
            "mainstream_until: 2024-01-09",
            "mainstream_until: 2024-02-30",
            "products.mail-server.versions.2019.mainstream_until",
            "a day that exists",
            "'2024-02-30'",
        ),
        (
            "mainstream_until: 2024-01-09",
            "mainstream_until: 9 January 2024",
            "products.mail-server.versions.2019.mainstream_until",
            "a day written as 2029-10-09",
            "'9 January 2024'",
        ),
        (
            "extended_until: 2025-10-14",
            "extended_until: 2023-10-14",
            "products.mail-server.versions.2019.extended_until",
            "not before the end of mainstream support (2024-01-09)",
            "'2023-10-14'",
        ),
        (
            "{name: Mail Server Next}",
            "{name: Mail Server Next, extended_until: 2030-01-01}",
            "products.mail-server.versions.next.extended_until",
            "mainstream_until beside it",
            "extended_until alone",
        ),
        (
            "name: {en: Mail flow, cs: Tok pošty}",
            "name: {cs: Tok pošty}",
            "categories.mail-flow.name",
            "a text in English",
            "keys with values",
        ),
        (
            "name: {en: Mail flow, cs: Tok pošty}",
            "name: {en: Mail flow, cz: Tok pošty}",
            "categories.mail-flow.name.cz",
            "one of the languages en, el, vi, pl, cs, fr",
            "'cz'",
        ),
        ("explanation: It fails,", "explanation: '',", "problem_types.break-fix.explanation", "text", "''"),
        (
            "draws: nothing",
            "draws: money",
            "problem_types.billing.draws",
            "incident, advisory_hour or nothing",
            "'money'",
        ),
        (
            "type: billing",
            "type: bling",
            "categories.mail-flow.problems.invoice.type",
            'did you mean "billing"',
            "'bling'",
        ),
        (
            "except_versions: [mail-server/2019]",
            "except_versions: [mail-server/2018]",
            "programmes.gold-20.covers.except_versions[1]",
            'did you mean "mail-server/2019"',
            "'mail-server/2018'",
        ),
        (
            "currency: EUR",
            "currency: EURO",
            "offers.single.prices.emea.currency",
            "letters such as EUR",
            "'EURO'",
        ),
        (
            "amount_minor: 49900",
            "amount_minor: 499.00",
            "offers.single.prices.emea.amount_minor",
            "such as 49900 for 499.00 EUR",
            "'499.00'",
        ),
        (
            "      emea: {amount",
            "      emae: {amount",
            "offers.single.prices.emae",
            'did you mean "emea"',
            "'emae'",
        ),
        (
            "programme: paid-1",
            "programme: paid-2",
            "offers.single.programme",
            'did you mean "paid-1"',
            "'paid-2'",
        ),
        (
            "held_as: purchase\n    unit: incident",
            "held_as: purchase\n    unit: advisory_hour",
            "programmes.paid-1.unit",
            "incident, since what is paid for is incidents",
            "'advisory_hour'",
        ),
        (
            "programme: paid-1",
            "programme: gold-20",
            "offers.single.programme",
            "whose held_as is purchase",
            "one held as agreement",
        ),
        (
            "prices:\n      emea: {amount_minor: 49900, currency: EUR, tax_note: {en: With VAT, cs: S DPH}}",
            "prices: {}",
            "offers.single.prices",
            "a price in at least one region",
            "none",
        ),
        ("families: [servers]", "families: servers", "categories.mail-flow.families", "a list", "'servers'"),
        (
            "covers: {channels: [online], except_products: [mail-online]}",
            "covers: all",
            "programmes.cloud.covers",
            "keys with values",
            "'all'",
        ),
        (
            "time_zone: Europe/Prague",
            "time_zone: Europe/Praque",
            "calendars.prague.time_zone",
            'did you mean "Europe/Prague"',
            "'Europe/Praque'",
        ),
        (
            "{country: CZ, add",
            "{country: XX, add",
            "calendars.prague.holidays.country",
            "public holidays are known",
            "'XX'",
        ),
        (
            "- {country: CZ}",
            "- {country: Czechia}",
            "calendars.prague.serves[1].country",
            "two letters",
            "'Czechia'",
        ),
        (
            "- {country: CZ}",
            "- {}",
            "calendars.prague.serves[1]",
            "a country, time zones, or both",
            "neither",
        ),
        (
            "{--12-31:",
            "{--12-32:",
            "calendars.prague.holidays.add.--12-32",
            "--12-24 for every year",
            "'--12-32'",
        ),
        ('["09:00-17:00"]', '["9-17"]', "calendars.prague.weekly.mon-fri[1]", "09:00-17:00", "'9-17'"),
        (
            '["09:00-17:00"]',
            '["09:00-23:59"]',
            "calendars.prague.weekly.mon-fri[1]",
            "24:00",
            "'09:00-23:59'",
        ),
        ("{mon-fri:", "{fri-mon:", "calendars.prague.weekly", "weekdays in their order", "keys with values"),
        (
            "{mon-fri:",
            "{tue: [], mon-fri:",
            "calendars.prague.weekly",
            "tue is named twice",
            "keys with values",
        ),
        (
            "initial_response: 90 min",
            "initial_response: 90",
            "policies.partner.targets.A.initial_response",
            "30 min or 2 h",
            "'90'",
        ),
        (
            "other_work: 1 business day",
            "other_work: 8 h",
            "policies.partner.other_work",
            "1 business day",
            "'8 h'",
        ),
        (
            "B: {hours: business, initial",
            "B: {hours: 24x7, initial",
            "policies.partner.targets.B.hours",
            "only severity A is around the clock",
            "'24x7'",
        ),
        (
            "lowered_to: B",
            "lowered_to: A",
            "policies.partner.targets.A.lowered_to",
            "another severity",
            "'A'",
        ),
        (
            "update_every: 2 h",
            "update_every: 1 business day",
            "policies.partner.targets.A.update_every",
            "a time in min or h",
            "business days",
        ),
        (
            "    serves_everybody_else: true\n",
            "",
            "calendars",
            "one calendar with serves_everybody_else: true",
            "none",
        ),
        (
            "time_zone: Asia/Manila",
            "time_zone: Asia/Manila\n    serves_everybody_else: true",
            "calendars.manila.serves_everybody_else",
            "calendar utc does",
            "another one",
        ),
        (
            "countries: [CZ, FR]",
            "countries: [CZ, FR, CZ]",
            "regions.emea.countries[3]",
            "region emea names it too",
            "'CZ'",
        ),
        (
            "short_code: D4",
            "short_code: G20",
            "programmes.developer-4.short_code",
            "programme gold-20 names it too",
            "'G20'",
        ),
        ("    quantity: 20\n", "", "programmes.gold-20", "only a membership is unlimited", "none"),
        (', url: "https://admin.example"', "", "channels.online.front_door", "not open here", "none"),
        (
            '"https://admin.example"',
            "admin.example",
            "channels.online.front_door.url",
            "https://",
            "'admin.example'",
        ),
        (
            "    families: [servers]\n    products: [mail-online]\n",
            "",
            "categories.mail-flow",
            "families or products",
            "neither",
        ),
        (
            "  cloud: {name: Cloud}",
            "  cloud: {name: Cloud}\n  big cloud: {name: Cloud}",
            "families.big cloud",
            "a code of letters",
            "'big cloud'",
        ),
        (
            "lost: {name: Mail is lost, type: break-fix}",
            "lost: {name: Mail is lost, type: break-fix, feature: sending}",
            "categories.mail-flow.problems.lost.feature",
            "the code of a feature of this category",
            "'sending'",
        ),
        (
            "    products: [mail-online]\n    problems:\n      down",
            "    products: [mail-online]\n    features: {web: {name: Web}}\n    problems:\n      down",
            "categories.health.problems.down.feature",
            "a feature of this category, since it has some",
            "none",
        ),
        (
            "{name: It is down, type: break-fix}",
            "{name: It is down, type: break-fix, feature: web}\n"
            "    features: {web: {name: Web}, app: {name: App}}",
            "categories.health.features.app",
            "a problem that belongs to it",
            "none",
        ),
        (
            "    needs_pair: true\n",
            "    needs_pair: true\n    policy: partner\n",
            "channels.on-premises.policy",
            "since a plan promises there",
            "'partner'",
        ),
        (
            'url: "https://admin.example"}\n',
            'url: "https://admin.example"}\n    open: true\n',
            "products.mail-online.versions",
            "at least one version",
            "none",
        ),
        (
            "programmes:\n",
            "questions:\n  down: {label: Is it down?, kind: yes-no}\nprogrammes:\n",
            "questions.down",
            "channels or products that ask it",
            "neither",
        ),
        (
            "programmes:\n",
            "questions:\n  who: {label: Who?, kind: choice, choices: {one: One}, channels: [online]}\nprogrammes:\n",
            "questions.who.choices",
            "at least two answers",
            "1",
        ),
        (
            "programmes:\n",
            "questions:\n"
            "  who: {label: Who?, kind: text, choices: {a: A, b: B}, channels: [online]}\nprogrammes:\n",
            "questions.who.choices",
            "nothing, since the kind is text",
            "answers",
        ),
        (
            "programmes:\n",
            "questions:\n"
            "  who: {label: Who?, kind: choice, choices: {a b: A, c: C}, channels: [online]}\nprogrammes:\n",
            "questions.who.choices.a b",
            "a code of letters",
            "'a b'",
        ),
        ("format: 1", "format: 2", "format", "format: 1", "'2'"),
        ("regions:", "region:", "region", 'did you mean "regions"', "'region'"),
    ],
)
def test_a_mistake_is_told_with_its_path_what_was_expected_and_what_was_there(
    old: str, new: str, path: str, expected: str, got: str
) -> None:
    found = [mistake for mistake in mistakes_in(small((old, new))) if mistake.path == path]
    assert len(found) == 1, [str(mistake) for mistake in mistakes_in(small((old, new)))]
    assert expected in found[0].expected
    assert got == found[0].got


def test_a_mistake_is_told_with_the_line_and_column_where_it_stands() -> None:
    text = small(("    time_zone: Asia/Manila", "    time_zone: Asia/Manilla"))
    mistake = the_mistake_in(text)
    line = line_of(text, "Manilla")
    assert (mistake.line, mistake.column) == (line, 16)
    assert str(mistake).startswith(
        f"c.yaml:{line}:16: calendars.manila.time_zone: expected an IANA time zone"
    )
    assert str(mistake).endswith("got 'Asia/Manilla'")


def test_a_missing_key_is_told_where_its_owner_stands() -> None:
    text = small(("    channel: on-premises\n", ""))
    mistake = the_mistake_in(text)
    assert (mistake.line, mistake.path) == (line_of(text, "  mail-server:"), "products.mail-server.channel")
    assert (mistake.expected, mistake.got) == ("the key 'channel'", "nothing")


def test_a_key_that_stands_twice_is_told_with_both_lines() -> None:
    text = small(("    asks_usage: true\n", "    asks_usage: true\n    name: Mail\n"))
    mistake = the_mistake_in(text)
    assert mistake.line == line_of(text, "    name: Mail\n".rstrip("\n")) + 4
    assert mistake.expected == f"each key once (it also stands in line {line_of(text, 'name: Mail Server')})"


def test_all_mistakes_are_told_at_once_in_the_order_of_the_file() -> None:
    text = small(
        ("asks_usage: true", "asks_usage: maybe"),
        ("type: billing", "type: bling"),
        ("lowered_to: B", "lowered_to: Z"),
        ("short_code: D4", "short_code: G20"),
    )
    found = mistakes_in(text)
    assert [mistake.path for mistake in found] == [
        "policies.partner.targets.A.lowered_to",
        "products.mail-server.asks_usage",
        "categories.mail-flow.problems.invoice.type",
        "programmes.developer-4.short_code",
    ]
    assert [mistake.line for mistake in found] == sorted(mistake.line for mistake in found)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("severities: [", "YAML"),
        ("a: b: c", "YAML"),
        ("", "the sections"),
        ("- a list", "the sections"),
        ("? [a]\n: b", "a plain key"),
        ("a: &a [*a]", "a value that ends"),
    ],
)
def test_what_is_no_catalogue_at_all_is_told(text: str, expected: str) -> None:
    assert any(expected in mistake.expected for mistake in mistakes_in(text))


def test_a_file_that_is_not_there_or_not_utf_8_is_told(tmp_path: Path) -> None:
    with pytest.raises(CatalogMistakes, match="a readable file"):
        reading.read(tmp_path / "nowhere.yaml")
    (tmp_path / "latin.yaml").write_bytes("name: Praha č".encode("iso-8859-2"))
    with pytest.raises(CatalogMistakes, match="YAML in UTF-8"):
        reading.read(tmp_path / "latin.yaml")


def test_anchors_cannot_blow_a_file_up() -> None:
    text = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n"
    text += "".join(f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]\n" for n in range(1, 9))
    assert any(mistake.expected == "a value that ends" for mistake in mistakes_in(text))


def test_the_example_catalogue_says_everything_in_six_languages() -> None:
    """Names of products, programmes and policies may stay as they are; every other text is in all six languages."""
    file = shape.check(reading.read(EXAMPLE))
    texts = [
        text
        for section in (
            file.severities,
            file.problem_types,
            file.channels,
            file.families,
            file.categories,
            file.questions,
            file.regions,
        )
        for part in section.values()
        for text in _worded(part.model_dump())
    ]
    texts += [calendar.name for calendar in file.calendars.values()]
    texts += [programme.draws for programme in file.programmes.values()]
    assert [text for text in texts if set(text) != set(LANGUAGES)] == []
    assert len(texts) > 150


def _worded(value: object) -> list[dict[str, str]]:
    if isinstance(value, dict):
        if "en" in value:
            return [value]
        return [text for inner in value.values() for text in _worded(inner)]
    return [text for inner in value for text in _worded(inner)] if isinstance(value, list) else []


@pytest.mark.req("AGR-2")
def test_the_example_programmes_last_a_year_and_those_of_the_partner_network_thirty_days_more() -> None:
    file = shape.check(reading.read(EXAMPLE))
    counted = [programme for programme in file.programmes.values() if programme.held_as != "membership"]
    assert {programme.length_months for programme in counted} == {12}
    assert {(programme.partner_network, programme.extra_days) for programme in counted} == {
        (True, 30),
        (False, 0),
    }


@pytest.mark.req("SEV-2", "SEV-3", "SEV-4")
def test_the_example_policies_promise_what_the_programmes_say() -> None:
    file = shape.check(reading.read(EXAMPLE))
    promised = {
        code: {
            severity: (
                target.hours,
                target.initial_response,
                target.update_every.as_data() if target.update_every else None,
            )
            for severity, target in file.policies[code].targets.items()
        }
        for code in ("partner-cloud", "provider")
    }
    assert promised == {
        "partner-cloud": {
            "A": ("24x7", 60, {"minutes": 120}),
            "B": ("business", 120, {"business_days": 1}),
            "C": ("business", 240, {"business_days": 3}),
        },
        "provider": {"A": ("24x7", 120, None), "B": ("business", 240, None), "C": ("business", 480, None)},
    }
    assert file.policies["provider"].around_the_clock_languages == ["en"]
    assert file.policies["provider"].other_work == 1
    around_the_clock = [p.targets["A"] for p in file.policies.values() if "A" in p.targets]
    assert {(t.needs_contact_around_the_clock, t.lowered_to) for t in around_the_clock} == {(True, "B")}


@pytest.mark.req("IDN-2")
def test_the_example_channels_ask_for_the_sign_in_and_the_pair_of_the_channel_table() -> None:
    file = shape.check(reading.read(EXAMPLE))
    table = {
        code: (channel.sign_in, channel.needs_pair, channel.instead_of_pair is not None, channel.open)
        for code, channel in file.channels.items()
    }
    assert table == {
        "on-premises": ("any", True, True, True),
        "online-services": ("tenant", False, False, True),
        "cloud-subscriptions": ("subscription", True, True, True),
        "business-applications": ("tenant", True, True, True),
        "lifecycle-services": ("tenant", True, True, True),
        "partner-centre": ("partner", False, False, True),
    }
    assert file.products["finance"].channel == "lifecycle-services"


def test_the_reference_page_describes_the_format_as_it_is_read() -> None:
    page = (ROOT / "docs" / "reference" / "catalogue-format.md").read_text(encoding="utf-8")
    assert page == reference(), "write it again: pactdesk catalog format > docs/reference/catalogue-format.md"
    for section in shape.SECTIONS:
        assert re.search(rf"^## {section}$", page, re.MULTILINE)


def test_a_plan_adds_changes_retires_and_brings_back() -> None:
    present = {
        "family": {
            "old": Entry({"position": 1, "name": {"en": "Old"}}),
            "kept": Entry({"position": 2, "name": {"en": "Kept", "cs": "Držená"}}),
            "away": Entry({"position": 3, "name": {"en": "Away"}}, retired=True),
            "gone": Entry({"position": 4, "name": {"en": "Gone"}}, retired=True),
        }
    }
    wanted = {
        "family": {
            "kept": Entry({"position": 1, "name": {"en": "Kept", "cs": "Chovaná"}}),
            "away": Entry({"position": 2, "name": {"en": "Away"}}),
            "new": Entry({"position": 3, "name": {"en": "New"}}),
        }
    }
    plan = compare(present, wanted)
    assert [(change.kind, change.code) for change in plan.changes] == [
        (Kind.RETIRE, "old"),
        (Kind.CHANGE, "kept"),
        (Kind.BRING_BACK, "away"),
        (Kind.ADD, "new"),
    ]
    assert list(plan.lines()) == [
        "- family old is retired",
        "~ family kept changes",
        '    name.cs: "Držená" -> "Chovaná"',
        "^ family away comes back",
        "+ family new is added",
        "1 to add, 1 to change, 1 to retire, 1 to bring back.",
    ]
    assert compare(wanted, wanted).empty


def test_a_plan_does_not_list_every_entry_that_only_moves() -> None:
    present = {"family": {code: Entry({"position": n, "name": {"en": code}}) for n, code in enumerate("ab")}}
    wanted = {"family": {code: Entry({"position": n, "name": {"en": code}}) for n, code in enumerate("ba")}}
    assert list(compare(present, wanted).lines()) == ["~ the order of 2 entries changes", "2 to change."]


def test_a_file_is_read_from_disk_under_its_own_name(tmp_path: Path) -> None:
    file = written(tmp_path, small(("format: 1", "format: one")))
    with pytest.raises(CatalogMistakes) as refused:
        shape.check(reading.read(file))
    assert str(refused.value).startswith(f"{file}:1:9: format: expected format: 1, got 'one'")
