"""The catalogue in the database: planned, applied, retired, kept in versions, and asked from memory."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import IntegrityError, connection, transaction
from django.db.utils import ProgrammingError
from django.utils import timezone

from pactdesk.cases.rules.answers import Support
from pactdesk.cases.services.submission import submit
from pactdesk.catalog import models, queries, services
from pactdesk.catalog.services import CatalogMistakes, Kind
from pactdesk.servicelevels.models import (
    Calendar,
    CalendarVersion,
    PolicyVersion,
    Severity,
    Target,
)
from tests import world
from tests.catalogues import small, written
from tests.drafts import ready

NOW = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
TABLES = (
    "servicelevels_severity",
    "servicelevels_calendar",
    "servicelevels_policy",
    "catalog_catalogrevision",
)
OTHER_TABLES = (
    "catalog_channel",
    "catalog_productfamily",
    "catalog_problemtype",
    "catalog_category",
    "catalog_question",
    "catalog_programme",
    "catalog_region",
)


@pytest.fixture(autouse=True)
def nothing_remembered() -> Iterator[None]:
    queries.forget()
    yield
    queries.forget()


@pytest.fixture
def no_catalogue(db: None) -> None:
    """A database without any catalogue, until the test's transaction is rolled back."""
    with connection.cursor() as cursor:
        cursor.execute(f"TRUNCATE {', '.join(TABLES + OTHER_TABLES)} CASCADE")


Apply = Callable[..., services.ChangePlan]


@pytest.fixture
def apply(no_catalogue: None, tmp_path: Path) -> Apply:
    """Apply the small catalogue with some of its texts replaced."""

    def apply(
        *changes: tuple[str, str], at: datetime = NOW, actor_id: int | None = None
    ) -> services.ChangePlan:
        plan = services.apply(written(tmp_path, small(*changes)), actor_id=actor_id, at=at)
        queries.forget()
        return plan

    return apply


def revision() -> int:
    return models.CatalogRevision.objects.get().number


def run(statement: str) -> None:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)


def test_applying_a_file_twice_adds_everything_once(apply: Apply) -> None:
    first = apply()
    before = revision()
    second = apply(at=NOW + timedelta(hours=1))

    assert {change.kind for change in first.changes} == {Kind.ADD}
    assert models.Product.objects.count() == 2
    assert second.empty
    assert list(second.lines()) == ["Nothing to change: the catalogue is as the file says."]
    assert revision() == before
    assert models.CatalogRevision.objects.get().applied_at == NOW


def test_a_plan_says_what_would_change_and_changes_nothing(apply: Apply, tmp_path: Path) -> None:
    apply()
    before = revision()
    file = written(tmp_path, small(("cs: Tok pošty", "cs: Cesta pošty"), ("quantity: 20", "quantity: 25")))
    plan = services.plan(file, at=NOW)

    assert list(plan.lines()) == [
        "~ category mail-flow changes",
        '    name.cs: "Tok pošty" -> "Cesta pošty"',
        "~ programme gold-20 changes",
        "    quantity: 20 -> 25",
        "2 to change.",
    ]
    assert revision() == before
    assert models.Programme.objects.get(code="gold-20").quantity == 20


def test_the_example_catalogue_is_applied_and_fits_itself(no_catalogue: None) -> None:
    services.apply(world.CATALOGUE, actor_id=None, at=NOW)
    assert services.apply(world.CATALOGUE, actor_id=None, at=NOW).empty
    queries.forget()
    catalogue = queries.current()
    for programme in catalogue.programmes.values():
        assert catalogue.policy_of(programme).targets
    for product in catalogue.products.values():
        assert product.offered_categories, product.code
        if product.channel.open:
            assert product.offered_versions, product.code
    for region in catalogue.regions.values():
        for country in region.countries:
            assert catalogue.calendar_for(country, "").data.weekly


def test_a_file_with_a_mistake_changes_nothing(apply: Apply) -> None:
    apply()
    before = revision()
    with pytest.raises(CatalogMistakes):
        apply(("quantity: 20", "quantity: 25"), ("calendar: manila", "calendar: manilla"))
    assert revision() == before
    assert models.Programme.objects.get(code="gold-20").quantity == 20


def test_a_failure_half_way_leaves_everything_as_it_was(apply: Apply) -> None:
    apply()
    before = revision()
    run(
        "CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE 'no'; END $$;"
        "CREATE TRIGGER refuse BEFORE UPDATE ON catalog_region FOR EACH ROW EXECUTE FUNCTION refuse()"
    )
    with pytest.raises(ProgrammingError, match="no"):
        apply(("quantity: 20", "quantity: 25"), ("ids_to_any_contact: true", "ids_to_any_contact: false"))
    assert models.Programme.objects.get(code="gold-20").quantity == 20
    assert revision() == before


def test_what_the_file_no_longer_names_is_retired_and_comes_back_as_the_same_entry(apply: Apply) -> None:
    apply()
    version = queries.current().version("mail-server", "next")
    only = ", only_versions: [mail-server/next]", ""
    gone = apply(("      next: {name: Mail Server Next}\n", ""), only)

    assert [(change.kind, change.code) for change in gone.of(Kind.RETIRE)] == [
        (Kind.RETIRE, "mail-server/next")
    ]
    catalogue = queries.current()
    assert catalogue.version_by_id(version.id).retired
    assert [each.code for each in catalogue.product("mail-server").offered_versions] == ["2019"]
    assert models.ProductVersion.objects.get(pk=version.id).retired_at == NOW

    back = apply()
    assert [change.code for change in back.of(Kind.BRING_BACK)] == ["mail-server/next"]
    assert queries.current().version("mail-server", "next") == version


def test_nothing_that_is_retired_can_be_chosen_any_more(apply: Apply) -> None:
    apply()
    apply(
        ("  mail-online: {name: Mail Online, family: cloud, channel: online}\n", ""),
        (
            "    products: [mail-online]\n    problems:\n      down",
            "    families: [cloud]\n    problems:\n      down",
        ),
        ("    products: [mail-online]\n", ""),
        (", except_products: [mail-online]", ""),
        ("      invoice: {name: An invoice, type: billing}\n", ""),
    )
    catalogue = queries.current()
    assert [
        (family.code, [product.code for product in products])
        for family, products in catalogue.offered_products()
    ] == [("servers", ["mail-server"])]
    assert catalogue.product("mail-online").retired
    assert [problem.code for problem in catalogue.categories["mail-flow"].offered_problems] == ["lost"]
    assert catalogue.problem("mail-flow", "invoice").retired


@pytest.mark.req("SEV-2", "SEV-3")
def test_a_changed_target_makes_a_new_version_and_the_old_one_stays(apply: Apply) -> None:
    apply()
    old = queries.current().policy("partner")
    plan = apply(("initial_response: 90 min", "initial_response: 1 h"), at=NOW + timedelta(days=1))

    assert list(plan.lines())[:2] == [
        "~ policy partner changes",
        "    terms.targets.A.initial_response_minutes: 90 -> 60",
    ]
    catalogue = queries.current()
    new = catalogue.policy("partner")
    assert (new.version, new.effective_from) == (2, NOW + timedelta(days=1))
    assert [policy.target("A").initial_response_minutes for policy in (old, new)] == [90, 60]
    assert catalogue.policy_version(old.version_id) == old


def test_a_renamed_policy_keeps_its_version(apply: Apply) -> None:
    apply()
    apply(("name: Partner support", "name: Support of partners"))
    assert PolicyVersion.objects.count() == 1


@pytest.mark.req("SEV-3")
def test_languages_that_are_not_served_around_the_clock_keep_to_business_hours(apply: Apply) -> None:
    apply()
    policy = queries.current().policy("partner")
    english, czech = policy.targets_in("en"), policy.targets_in("cs")
    assert [(target.severity, target.hours) for target in english] == [("A", "24x7"), ("B", "business")]
    assert [(target.severity, target.hours) for target in czech] == [("A", "business"), ("B", "business")]
    assert {target.other_within_business_days for target in english} == {1}
    assert policy.lowered_to == {"A": "B"}


@pytest.mark.req("SEV-6")
def test_a_changed_calendar_makes_a_new_version_and_the_old_one_stays(apply: Apply) -> None:
    apply()
    old = queries.current().calendar("prague")
    apply(("leave_out: [2026-05-08]", "leave_out: []"))
    catalogue = queries.current()
    new = catalogue.calendar("prague")
    assert (old.version, new.version) == (1, 2)
    day = datetime(2026, 5, 8).date()
    assert old.data.holiday_on(day) is None
    found = new.data.holiday_on(day)
    assert found is not None
    assert set(found.name) == {"en", "cs"}
    assert catalogue.calendar_version(old.version_id) == old
    assert Calendar.objects.count() == 3
    assert CalendarVersion.objects.count() == 4


@pytest.mark.req("SEV-6")
def test_holidays_are_those_of_the_country_and_those_that_the_operator_added(apply: Apply) -> None:
    apply()
    data = queries.current().calendar("prague").data
    named = {each.written: dict(each.name) for each in data.holidays}
    assert named["2026-12-25"]["cs"] == "1. svátek vánoční"
    assert named["--12-31"] == {"en": "Stocktaking", "cs": "Inventura"}
    assert not queries.current().calendar("utc").data.holidays


def test_holidays_are_looked_up_further_ahead_only_when_the_known_years_run_out(apply: Apply) -> None:
    apply()
    assert apply(at=NOW.replace(year=2029)).empty
    plan = apply(at=NOW.replace(year=2030))
    assert {change.code for change in plan.changes} == {"prague", "utc", "manila"}
    version = CalendarVersion.objects.get(calendar__code="prague", number=2)
    assert (version.holidays_from, version.holidays_to) == (2029, 2035)
    assert any(holiday["day"] == "2035-01-01" for holiday in version.holidays)


@pytest.mark.parametrize("table", ["calendarversion", "policyversion", "target"])
@pytest.mark.parametrize("statement", ["UPDATE servicelevels_{} SET id = id", "DELETE FROM servicelevels_{}"])
def test_the_database_refuses_to_change_or_remove_what_was_promised(
    apply: Apply, table: str, statement: str
) -> None:
    apply()
    with pytest.raises(IntegrityError, match="never change"):
        run(statement.format(table))


def test_an_edit_made_in_the_admin_is_shown_by_the_plan_and_overwritten(apply: Apply, tmp_path: Path) -> None:
    apply()
    edited_at = datetime(2026, 11, 19, 8, 30, tzinfo=UTC)
    models.Product.objects.filter(code="mail-server").update(name={"en": "Post"}, edited_at=edited_at)
    plan = services.plan(written(tmp_path, small()), at=NOW)
    assert list(plan.lines())[:2] == [
        "~ product mail-server changes (this overwrites an edit made in the admin on 2026-11-19 08:30 UTC)",
        '    name.en: "Post" -> "Mail Server"',
    ]
    apply()
    product = models.Product.objects.get(code="mail-server")
    assert (product.name, product.edited_at) == ({"en": "Mail Server"}, None)


def test_programmes_may_swap_their_short_codes(apply: Apply) -> None:
    apply()
    apply(
        ("short_code: G20", "short_code: X"),
        ("short_code: D4", "short_code: G20"),
        ("short_code: X", "short_code: D4"),
    )
    assert queries.current().programme("gold-20").short_code == "D4"
    assert queries.current().programme("developer-4").short_code == "G20"


def test_a_country_may_move_from_one_calendar_to_another(apply: Apply) -> None:
    apply()
    apply(
        ("      - {country: CZ}\n", ""),
        ("time_zone: Asia/Manila", "time_zone: Asia/Manila\n    serves: [{country: CZ}]"),
    )
    assert queries.current().calendar_for("CZ", "Europe/Prague").code == "manila"
    assert CalendarVersion.objects.count() == 3


def test_a_retired_calendar_serves_nobody(apply: Apply) -> None:
    apply()
    apply(("  prague:\n", "  vienna:\n"), ("      - {country: CZ}\n", ""))
    catalogue = queries.current()
    assert catalogue.calendar("prague").retired
    assert catalogue.calendar_for("CZ", "Europe/Prague").code == "manila"
    assert apply(("  prague:\n", "  vienna:\n"), ("      - {country: CZ}\n", "")).empty


@pytest.mark.req("SEV-6", "RTE-1")
@pytest.mark.parametrize(
    ("country", "time_zone", "calendar"),
    [
        ("CZ", "Europe/Prague", "prague"),
        ("CZ", "Asia/Tokyo", "prague"),
        ("US", "America/New_York", "prague"),
        ("US", "America/Chicago", "utc"),
        ("AT", "Europe/Vienna", "prague"),
        ("FR", "Europe/Paris", "manila"),
        ("", "", "utc"),
        ("ZZ", "Nowhere", "utc"),
    ],
)
def test_the_calendar_of_a_request_is_the_closest_to_its_country_and_time_zone(
    apply: Apply, country: str, time_zone: str, calendar: str
) -> None:
    apply()
    assert queries.current().calendar_for(country, time_zone).code == calendar


@pytest.mark.req("BEN-4")
def test_a_region_says_to_whom_ids_are_mailed(apply: Apply) -> None:
    apply()
    region = queries.current().region_of("FR")
    assert region is not None
    assert (region.code, region.may_mail_ids_to_any_contact) == ("emea", True)
    assert queries.current().region_of("DE") is None


@pytest.mark.req("PPI-2")
def test_what_is_sold_depends_on_the_region_and_changes_with_the_file(apply: Apply) -> None:
    apply()
    ((offer, price),) = queries.current().offers_in("CZ")
    assert (offer.code, offer.programme.code, offer.single, offer.units) == ("single", "paid-1", True, 1)
    assert (price.amount_minor, price.currency) == (49_900, "EUR")
    assert price.tax_note == {"en": "With VAT", "cs": "S DPH"}
    assert queries.current().offers_in("JP") == queries.current().offers_in("DE") == ()

    moved = apply(
        (
            "      emea: {amount_minor: 49900, currency: EUR,",
            "      apac: {amount_minor: 60000, currency: JPY,",
        )
    )
    assert [(change.noun, change.code) for change in moved.changes] == [("offer", "single")]
    assert queries.current().offers_in("CZ") == ()
    assert [found.amount_minor for _offer, found in queries.current().offers_in("JP")] == [60_000]

    start = small().index("offers:")
    apply((small()[start:], ""))
    assert queries.current().offers_in("JP") == ()
    assert queries.current().offer("single").retired
    apply()
    assert [found.code for found, _price in queries.current().offers_in("CZ")] == ["single"]


@pytest.mark.req("PPI-2")
@pytest.mark.parametrize("wrong", [{"amount_minor": 0}, {"currency": "eur"}, {"tax_note": {"cs": "S DPH"}}])
def test_the_database_takes_no_price_that_cannot_be_charged(apply: Apply, wrong: dict[str, Any]) -> None:
    apply()
    with pytest.raises(IntegrityError):
        models.OfferPrice.objects.update(**wrong)


@pytest.mark.req("AGR-2", "ELI-4", "ELI-5", "ELI-6", "ELI-7")
def test_a_programme_says_what_it_grants_and_covers(apply: Apply) -> None:
    apply()
    catalogue = queries.current()
    gold, developer, cloud = (catalogue.programme(code) for code in ("gold-20", "developer-4", "cloud"))
    assert (gold.unit, gold.quantity, gold.length_months, gold.extra_days) == ("incident", 20, 12, 30)
    assert gold.coverage.on_premises_only
    assert gold.coverage.recent_only
    assert gold.coverage.except_versions == {"mail-server/2019"}
    assert developer.coverage.mainstream_only
    assert developer.coverage.only_versions == {"mail-server/next"}
    assert cloud.coverage.cloud_only
    assert cloud.coverage.except_products == {"mail-online"}
    assert catalogue.programme_by_id(gold.id) is gold
    assert catalogue.policy_of(gold).code == "partner"


def test_categories_come_from_the_family_and_from_the_product(apply: Apply) -> None:
    apply()
    catalogue = queries.current()
    assert [category.code for category in catalogue.product("mail-server").categories] == ["mail-flow"]
    assert [category.code for category in catalogue.product("mail-online").categories] == [
        "mail-flow",
        "health",
    ]


def test_entries_are_found_by_code_and_by_id_and_unknown_ones_are_said_to_be(apply: Apply) -> None:
    apply()
    catalogue = queries.current()
    product = catalogue.product("mail-server")
    problem = catalogue.problem("mail-flow", "lost")
    assert catalogue.product_by_id(product.id) is product
    assert catalogue.problem_by_id(problem.id) is problem
    assert catalogue.category_by_id(catalogue.categories["mail-flow"].id).problem("lost") is problem
    assert catalogue.severity_by_id(catalogue.severity("A").id).name["cs"] == "Provoz stojí"
    assert [severity.code for severity in catalogue.offered_severities()] == ["A", "B"]
    for ask in (
        lambda: catalogue.product("no"),
        lambda: catalogue.version("mail-server", "no"),
        lambda: catalogue.problem("mail-flow", "no"),
        lambda: catalogue.product_by_id(0),
        lambda: catalogue.calendar("no"),
    ):
        with pytest.raises(queries.NotInCatalogue):
            ask()


def test_the_catalogue_costs_no_query_once_it_is_known(apply: Apply, django_assert_num_queries: Any) -> None:
    apply()
    first = queries.current()
    with django_assert_num_queries(0):
        assert queries.current() is first


def test_the_catalogue_is_read_with_few_queries_however_large_it_is(
    no_catalogue: None, django_assert_max_num_queries: Any
) -> None:
    services.apply(world.CATALOGUE, actor_id=None, at=NOW)
    queries.forget()
    with django_assert_max_num_queries(30):
        queries.current()


def test_a_change_by_hand_is_seen_at_the_next_check_and_not_before(
    apply: Apply, monkeypatch: pytest.MonkeyPatch, django_assert_num_queries: Any
) -> None:
    apply()
    queries.current()
    run("UPDATE catalog_product SET name = '{\"en\": \"Post\"}' WHERE code = 'mail-server'")
    assert queries.current().product("mail-server").name == {"en": "Mail Server"}

    monkeypatch.setattr(queries._memory, "check_after", 0.0)  # two seconds have passed
    assert queries.current().product("mail-server").name == {"en": "Post"}

    monkeypatch.setattr(queries._memory, "check_after", 0.0)
    with django_assert_num_queries(1):
        queries.current()


@pytest.mark.parametrize(
    "table",
    [
        "catalog_programme_channels",
        "catalog_category_families",
        "catalog_category_products",
        "catalog_programme_excluded_products",
        "catalog_programmeversionrule",
        "servicelevels_calendaruse",
        "servicelevels_severity",
        "catalog_problem",
    ],
)
def test_every_table_of_the_catalogue_raises_the_revision(apply: Apply, table: str) -> None:
    apply()
    before = revision()
    run(f"UPDATE {table} SET id = id")
    assert revision() == before + 1


def test_no_table_of_the_catalogue_is_forgotten(db: None) -> None:
    """Whoever adds a table to these rooms has to let the database notice its changes."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace "
            "WHERE n.nspname = 'public' AND c.relkind = 'r' "
            "AND (c.relname LIKE 'catalog\\_%' OR c.relname LIKE 'servicelevels\\_%') "
            "AND NOT EXISTS (SELECT FROM pg_trigger t WHERE t.tgrelid = c.oid AND t.tgname = c.relname || '_noted')"
        )
        assert cursor.fetchall() == [("catalog_catalogrevision",)]


@pytest.mark.parametrize(
    ("constraint", "statement"),
    [
        ("product_name_in_english", 'UPDATE catalog_product SET name = \'{"cs": "Pošta"}\''),
        ("product_version_extended_after", "UPDATE catalog_productversion SET extended_until = '2001-01-01'"),
        ("product_version_extended_needs", "UPDATE catalog_productversion SET mainstream_until = NULL"),
        ("programme_counted_unless_membership", "UPDATE catalog_programme SET quantity = NULL"),
        ("programme_quantity_positive", "UPDATE catalog_programme SET quantity = 0"),
        ("programme_length_positive", "UPDATE catalog_programme SET length_months = 0"),
        ("programme_unit_known", "UPDATE catalog_programme SET unit = 'day'"),
        ("programme_held_as_known", "UPDATE catalog_programme SET held_as = 'gift'"),
        ("programme_short_code_once", "UPDATE catalog_programme SET short_code = 'X'"),
        (
            "channel_closed_here_says_where_else",
            "UPDATE catalog_channel SET open = false, front_door_url = ''",
        ),
        ("channel_sign_in_known", "UPDATE catalog_channel SET sign_in = 'guest'"),
        ("channel_word_for_category", 'UPDATE catalog_channel SET category_label = \'{"cs": "Téma"}\''),
        ("question_kind_known", "UPDATE catalog_question SET kind = 'colour', choices = '[]'"),
        ("question_choices_for_a_choice", "UPDATE catalog_question SET choices = '[]'"),
        ("question_choices_for_a_choice", "UPDATE catalog_question SET kind = 'text'"),
        ("question_name_in_english", "UPDATE catalog_question SET name = '{}'"),
        ("problem_type_draws_known", "UPDATE catalog_problemtype SET draws = 'blood'"),
        ("catalog_revision_one_row", "INSERT INTO catalog_catalogrevision VALUES (2, 1, now())"),
        ("calendar_use_once", "UPDATE servicelevels_calendaruse SET country = 'CZ', time_zone = ''"),
    ],
)
def test_the_database_refuses_a_catalogue_that_cannot_be(
    apply: Apply, constraint: str, statement: str
) -> None:
    apply(
        (
            "programmes:\n",
            "questions:\n  who: {label: Who?, kind: choice, choices: {a: A, b: B}, channels: [online]}\nprogrammes:\n",
        )
    )
    with pytest.raises(IntegrityError, match=constraint):
        run(statement)


@pytest.mark.req("SEV-4", "WIZ-2")
@pytest.mark.parametrize(
    ("constraint", "wrong"),
    [
        ("target_hours_known", {"hours": "always"}),
        ("target_initial_response_positive", {"initial_response_minutes": 0}),
        ("target_one_update_cadence", {"update_every_minutes": 60, "update_every_business_days": 1}),
        ("target_update_cadence_positive", {"update_every_business_days": 0}),
        ("target_contact_only_around_the_clock", {"needs_contact_around_the_clock": True}),
        ("target_around_the_clock_updates", {"hours": "24x7", "update_every_business_days": 1}),
        ("target_once_for_each_severity", {}),
    ],
)
def test_the_database_refuses_a_promise_that_cannot_be(
    apply: Apply, constraint: str, wrong: dict[str, Any]
) -> None:
    apply()
    version = PolicyVersion.objects.get()
    severity = Severity.objects.create(code="Z", name={"en": "Z"}, meaning={"en": "Z"}, asks={"en": "Z"})
    terms: dict[str, Any] = {"hours": "business", "initial_response_minutes": 60}
    if not wrong:
        severity = Severity.objects.get(code="A")
    with pytest.raises(IntegrityError, match=constraint), transaction.atomic():
        Target.objects.create(version=version, severity=severity, **{**terms, **wrong})


@pytest.mark.django_db(transaction=True)
def test_two_people_who_apply_at_once_take_turns(tmp_path: Path) -> None:
    with connection.cursor() as cursor:
        cursor.execute(f"TRUNCATE {', '.join(TABLES + OTHER_TABLES)} CASCADE")
    file = written(tmp_path, small())
    assert not queries.current().products

    def apply_it() -> services.ChangePlan:
        try:
            return services.apply(file, actor_id=None, at=NOW)
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as people:
        plans = [people.submit(apply_it) for _each in range(4)]
    assert sorted(plan.result().empty for plan in plans) == [False, True, True, True]
    assert PolicyVersion.objects.count() == 1
    assert queries.current().product("mail-server").name == {"en": "Mail Server"}


def command(*args: str) -> tuple[int, str, str]:
    """Exit status, output and errors of the command."""
    out, err = StringIO(), StringIO()
    try:
        call_command("catalog", *args, stdout=out, stderr=err)
    except SystemExit as ended:
        return int(ended.code or 0), out.getvalue(), err.getvalue()
    return 0, out.getvalue(), err.getvalue()


def test_the_command_plans_applies_and_says_that_nothing_is_left(no_catalogue: None, tmp_path: Path) -> None:
    file = str(written(tmp_path, small()))
    carla = world.person("carla")
    planned = command("plan", file)
    assert planned[0] == 0
    assert "+ product mail-server is added" in planned[1]
    assert not models.Product.objects.exists()

    applied = command("apply", file, "--by", carla.email.upper())
    assert applied[1].endswith("Applied.\n")
    assert models.CatalogRevision.objects.get().applied_by == carla
    assert command("apply", file) == (0, "Nothing to change: the catalogue is as the file says.\n", "")


def test_the_command_prints_every_mistake_and_ends_with_status_1(no_catalogue: None, tmp_path: Path) -> None:
    file = str(
        written(tmp_path, small(("quantity: 20", "quantity: many"), ("lowered_to: B", "lowered_to: Z")))
    )
    for verb in ("plan", "apply"):
        status, out, err = command(verb, file)
        lines = err.splitlines()
        assert (status, out) == (1, "")
        assert [
            line.removeprefix(f"{file}:").partition(" expected")[0].partition(": ")[2] for line in lines[:-1]
        ] == [
            "policies.partner.targets.A.lowered_to:",
            "programmes.gold-20.quantity:",
        ]
        assert lines[-1] == "2 mistakes. Nothing was changed."
    assert not models.Product.objects.exists()


def test_the_command_refuses_an_unknown_account(no_catalogue: None, tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="nobody@example"):
        call_command("catalog", "apply", str(written(tmp_path, small())), "--by", "nobody@example")
    assert not models.Product.objects.exists()


@pytest.mark.req("SEV-6")
def test_what_is_in_use_is_warned_of_with_how_much_uses_it(db: None, tmp_path: Path) -> None:
    world.catalogue()
    now = timezone.now()
    plan = world.agreement("silver-partner-support-10", registered=["carla"], at=now)
    carla = world.viewer("carla")
    for severity, country, zone in (("B", "CZ", "Europe/Prague"), ("C", "GR", "Europe/Athens")):
        support = Support(plan.id, severity, "", "", "", country, zone)
        draft = ready(carla, plan.id, at=now, support=support)
        submit(draft, terms_accepted=True, actor=carla, at=now)
    _status, out, _err = command("plan", str(written(tmp_path, small())))
    warned = [line for line in out.splitlines() if line.startswith("!")]
    kept = "They keep what they were promised."
    assert f"! severity C is in use: 1 open request. {kept}" in warned
    assert f"! calendar athens is in use: 1 open request. {kept}" in warned
    assert (
        f"! programme silver-partner-support-10 is in use: 2 open requests and 1 agreement in force. {kept}"
        in warned
    )
    assert (
        "! calendar prague is in use: 1 open request. "
        "They keep their version until the next one is applied to them in the administration." in warned
    )
    assert len(warned) == 4
