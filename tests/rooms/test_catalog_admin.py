"""Operators look at the catalogue and edit it in the admin; a catalogue file has the last word."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.contrib import admin
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from pactdesk.catalog import models, queries, services
from pactdesk.servicelevels.models import Calendar, CalendarVersion, Policy, PolicyVersion, Severity, Target
from tests import world
from tests.catalogues import small, written

ROOMS = ("catalog", "servicelevels")
MODELS = [model for model in admin.site._registry if model._meta.app_label in ROOMS]


@pytest.fixture(autouse=True)
def nothing_remembered() -> Iterator[None]:
    queries.forget()
    yield
    queries.forget()


@pytest.fixture
def operator(db: None, contexts: None) -> Client:
    """The browser of somebody who may edit everything, beside the example catalogue."""
    world.catalogue()
    client = Client()
    client.force_login(world.person("marta", is_staff=True, is_superuser=True))
    return client


def form_of(client: Client, address: str) -> dict[str, Any]:
    """What the page's forms would send if nothing were changed."""
    page = client.get(address)
    assert page.status_code == 200
    sent: dict[str, Any] = {}
    forms = [page.context["adminform"].form]
    for formset in (each.formset for each in page.context["inline_admin_formsets"]):
        forms += [formset.management_form, *formset.forms]
    for form in forms:
        for bound in form:
            _collect(sent, bound.html_name, bound.field.widget, bound.value())
    return sent


def _collect(sent: dict[str, Any], name: str, widget: Any, value: Any) -> None:
    widget = getattr(widget, "widget", widget)
    if hasattr(widget, "widgets"):
        for suffix, part, inner in zip(
            widget.widgets_names, widget.widgets, widget.decompress(value), strict=True
        ):
            _collect(sent, f"{name}{suffix}", part, inner)
    elif isinstance(value, (list, tuple)):
        sent[name] = [str(getattr(each, "pk", each)) for each in value]
    elif value is True:
        sent[name] = "on"
    elif value is not None and value is not False:
        sent[name] = str(value)


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.__name__)
def test_every_table_has_a_list_that_can_be_searched_and_a_page_for_each_entry(
    operator: Client, model: Any, django_assert_max_num_queries: Any
) -> None:
    name = f"admin:{model._meta.app_label}_{model._meta.model_name}"
    with django_assert_max_num_queries(40):
        assert operator.get(reverse(f"{name}_changelist")).status_code == 200
    if admin.site._registry[model].search_fields:
        assert operator.get(reverse(f"{name}_changelist"), {"q": "Windows"}).status_code == 200
    row = model.objects.first()
    assert operator.get(reverse(f"{name}_change", args=[row.pk])).status_code == 200


def test_search_finds_products_by_their_english_name(operator: Client) -> None:
    page = operator.get(reverse("admin:catalog_product_changelist"), {"q": "windows server"})
    assert [product.code for product in page.context["cl"].result_list] == ["windows-server"]


def test_an_edit_is_seen_at_once_marked_and_overwritten_by_the_file(
    operator: Client, django_capture_on_commit_callbacks: Any
) -> None:
    product = models.Product.objects.get(code="windows-server")
    assert queries.current().product("windows-server").name["en"] == "Windows Server"
    address = reverse("admin:catalog_product_change", args=[product.pk])
    sent = form_of(operator, address)
    assert sent["name_en"] == "Windows Server"
    with django_capture_on_commit_callbacks(execute=True):
        answer = operator.post(address, {**sent, "name_en": "Server of ours", "name_cs": "Náš server"})
    assert answer.status_code == 302

    assert queries.current().product("windows-server").name == {"en": "Server of ours", "cs": "Náš server"}
    product.refresh_from_db()
    assert product.edited_at is not None
    lines = list(services.plan(world.CATALOGUE, at=timezone.now()).lines())
    assert "overwrites an edit made in the admin" in lines[0]
    assert lines[1:3] == [
        '    name.en: "Server of ours" -> "Windows Server"',
        '    name.cs: "Náš server" -> nothing',
    ]


def test_an_edited_version_within_its_product_is_marked_too(operator: Client) -> None:
    product = models.Product.objects.get(code="windows-server")
    address = reverse("admin:catalog_product_change", args=[product.pk])
    sent = form_of(operator, address)
    place = next(key for key, value in sent.items() if key.startswith("versions-") and value == "2022")
    operator.post(address, {**sent, place.replace("code", "extended_until"): "2032-01-01"})
    version = models.ProductVersion.objects.get(product=product, code="2022")
    assert str(version.extended_until) == "2032-01-01"
    assert version.edited_at is not None
    assert product.versions.filter(edited_at__isnull=False).count() == 1


@pytest.mark.req("WIZ-1")
@pytest.mark.parametrize(
    "choices",
    [
        '"many"',
        '["many"]',
        '[{"code": "many"}]',
        '[{"code": "so many", "name": {"en": "Many"}}]',
        '[{"code": "many", "name": {"cs": "Mnoho"}}]',
        '[{"code": "many", "name": {"en": "Many"}}, {"code": "many", "name": {"en": "More"}}]',
    ],
)
def test_what_are_no_answers_to_choose_from_are_refused(operator: Client, choices: str) -> None:
    question = models.Question.objects.get(code="users-affected")
    address = reverse("admin:catalog_question_change", args=[question.pk])
    page = operator.post(address, {**form_of(operator, address), "choices": choices})
    assert page.status_code == 200
    assert "Write a list of answers" in page.content.decode()


@pytest.mark.req("WIZ-1")
def test_a_question_can_be_edited_and_a_problem_moved_to_another_feature(
    operator: Client, django_capture_on_commit_callbacks: Any
) -> None:
    question = models.Question.objects.get(code="users-affected")
    address = reverse("admin:catalog_question_change", args=[question.pk])
    sent = form_of(operator, address)
    choices = '[{"code": "few", "name": {"en": "Few"}}, {"code": "all", "name": {"en": "All"}}]'
    with django_capture_on_commit_callbacks(execute=True):
        answer = operator.post(address, {**sent, "choices": choices, "name_en": "Who?"})
        assert answer.status_code == 302, answer.context["errors"]
    found = queries.current().questions["users-affected"]
    assert (found.name["en"], list(found.choices)) == ("Who?", ["few", "all"])

    # A channel without words of its own keeps to that.
    channel = models.Channel.objects.get(code="business-applications")
    address = reverse("admin:catalog_channel_change", args=[channel.pk])
    answer = operator.post(address, {**form_of(operator, address), "asks_subscription": ""})
    assert answer.status_code == 302, answer.context["errors"]
    channel.refresh_from_db()
    assert (channel.category_label, channel.asks_subscription) == (None, False)

    mail = models.Category.objects.get(code="online-mail")
    address = reverse("admin:catalog_category_change", args=[mail.pk])
    sent = form_of(operator, address)
    place = next(key for key, value in sent.items() if key.startswith("problems-") and value == "delayed")
    boxes = models.Feature.objects.get(category=mail, code="mailboxes")
    with django_capture_on_commit_callbacks(execute=True):
        answer = operator.post(address, {**sent, place.replace("code", "feature"): str(boxes.pk)})
    assert answer.status_code == 302
    moved = queries.current().problem("online-mail", "delayed").feature
    assert moved is not None
    assert moved.code == "mailboxes"
    # Those of other categories are not offered.
    other = models.Feature.objects.exclude(category=mail).first()
    assert other is not None
    answer = operator.post(address, {**sent, place.replace("code", "feature"): str(other.pk)})
    assert answer.status_code == 200


def test_a_text_without_english_is_refused(operator: Client) -> None:
    product = models.Product.objects.get(code="windows-server")
    address = reverse("admin:catalog_product_change", args=[product.pk])
    page = operator.post(address, {**form_of(operator, address), "name_en": "", "name_cs": "Server"})
    assert page.status_code == 200
    assert "Write it in English at least." in page.content.decode()
    channel = models.Channel.objects.get(code="online-services")
    address = reverse("admin:catalog_channel_change", args=[channel.pk])
    page = operator.post(address, {**form_of(operator, address), "instead_of_pair_cs": "Něco"})
    assert "Write it in English at least." in page.content.decode()


def test_a_text_that_may_be_left_out_stays_left_out(operator: Client) -> None:
    channel = models.Channel.objects.get(code="online-services")
    address = reverse("admin:catalog_channel_change", args=[channel.pk])
    assert operator.post(address, {**form_of(operator, address), "position": "7"}).status_code == 302
    channel.refresh_from_db()
    assert (channel.instead_of_pair, channel.position) == (None, 7)


def test_entries_are_retired_and_brought_back_and_never_deleted(operator: Client) -> None:
    product = models.Product.objects.get(code="windows-8")
    address = reverse("admin:catalog_product_changelist")
    operator.post(address, {"action": "retire", "_selected_action": [product.pk]})
    product.refresh_from_db()
    assert product.retired_at is not None
    operator.post(address, {"action": "bring_back", "_selected_action": [product.pk]})
    product.refresh_from_db()
    assert (product.retired_at, product.edited_at is None) == (None, False)
    assert operator.post(reverse("admin:catalog_product_delete", args=[product.pk])).status_code == 403


def test_the_code_of_an_entry_cannot_be_edited(operator: Client) -> None:
    product = models.Product.objects.get(code="windows-8")
    address = reverse("admin:catalog_product_change", args=[product.pk])
    operator.post(address, {**form_of(operator, address), "code": "windows-9"})
    product.refresh_from_db()
    assert product.code == "windows-8"


def test_a_calendar_gets_its_next_version_from_a_form_that_shows_the_present_one(operator: Client) -> None:
    calendar = Calendar.objects.get(code="prague")
    present = calendar.versions.count()
    address = f"{reverse('admin:servicelevels_calendarversion_add')}?calendar={calendar.pk}"
    sent = form_of(operator, address)
    assert (sent["time_zone"], sent["holiday_country"]) == ("Europe/Prague", "CZ")
    assert sent["weekly"] == "mon-fri: 09:00-17:00"
    answer = operator.post(address, {**sent, "weekly": "mon: 08:00-12:00, 13:00-17:00\nthu-fri: 22:00-06:00"})
    assert answer.status_code == 302

    made = CalendarVersion.objects.get(calendar=calendar, number=present + 1)
    assert made.weekly == {
        "mon": [["08:00", "12:00"], ["13:00", "17:00"]],
        "thu": [["22:00", "06:00"]],
        "fri": [["22:00", "06:00"]],
    }
    page = operator.get(reverse("admin:servicelevels_calendar_change", args=[calendar.pk]))
    assert "thu-fri: 22:00-06:00" in page.content.decode()
    assert {
        "day": f"{timezone.now().year}-12-25",
        "name": {"en": "Christmas Day", "cs": "1. svátek vánoční"},
    } in made.holidays
    queries.forget()
    assert queries.current().calendar("prague").version_id == made.pk
    plan = services.plan(world.CATALOGUE, at=timezone.now())
    assert "calendar prague changes (this overwrites an edit" in next(plan.lines())


@pytest.mark.parametrize(
    "wrong",
    [
        {"time_zone": "Europe/Praque"},
        {"weekly": "mon: 9-17"},
        {"weekly": "mon: 09:00"},
        {"weekly": "mon-fry: 09:00-17:00"},
        {"holiday_country": "XX"},
        {"holiday_overrides": '{"add": {"2026-13-01": {"en": "No"}}}'},
        {"holiday_overrides": "[1]"},
    ],
    ids=str,
)
def test_what_is_no_calendar_is_refused(operator: Client, wrong: dict[str, str]) -> None:
    calendar = Calendar.objects.get(code="prague")
    address = f"{reverse('admin:servicelevels_calendarversion_add')}?calendar={calendar.pk}"
    page = operator.post(address, {**form_of(operator, address), **wrong})
    assert page.status_code == 200
    text = page.content.decode()
    assert "This is not a calendar" in text or "These are not weekly hours" in text


def test_a_policy_gets_its_next_version_with_targets(operator: Client) -> None:
    policy = Policy.objects.get(code="provider")
    address = f"{reverse('admin:servicelevels_policyversion_add')}?policy={policy.pk}"
    sent = form_of(operator, address)
    assert [sent[f"targets-{n}-initial_response_minutes"] for n in range(3)] == ["120", "240", "480"]
    answer = operator.post(address, {**sent, "targets-0-initial_response_minutes": "60"})
    assert answer.status_code == 302, answer.context["errors"]

    made = PolicyVersion.objects.filter(policy=policy).first()
    assert made is not None
    assert sorted(made.targets.values_list("initial_response_minutes", flat=True)) == [60, 240, 480]
    queries.forget()
    target = queries.current().policy("provider").target("A")
    assert target is not None
    assert target.initial_response_minutes == 60
    assert Target.objects.filter(version__policy=policy, version__number=made.number - 1).count() == 3


@pytest.mark.req("WIZ-2")
def test_only_the_critical_severity_can_be_promised_around_the_clock(operator: Client) -> None:
    policy = Policy.objects.get(code="provider")
    address = f"{reverse('admin:servicelevels_policyversion_add')}?policy={policy.pk}"
    page = operator.post(address, {**form_of(operator, address), "targets-1-hours": "24x7"})
    assert page.status_code == 200
    assert "Only severity A may be handled around the clock." in page.content.decode()
    assert Severity.objects.order_by("position").first() == Severity.objects.get(code="A")


def test_versions_and_the_revision_can_only_be_looked_at(operator: Client) -> None:
    for model in (CalendarVersion, PolicyVersion, models.CatalogRevision):
        name = f"admin:{model._meta.app_label}_{model._meta.model_name}"
        row = model.objects.first()
        assert row is not None
        assert operator.post(reverse(f"{name}_change", args=[row.pk]), {}).status_code == 403
        assert operator.post(reverse(f"{name}_delete", args=[row.pk]), {"post": "yes"}).status_code == 403


def test_what_was_added_in_the_admin_is_retired_by_a_file_that_does_not_name_it(
    operator: Client, tmp_path: Path
) -> None:
    services.apply(written(tmp_path, small()), actor_id=None, at=timezone.now())
    address = reverse("admin:catalog_productfamily_add")
    operator.post(address, {"code": "extras", "name_en": "Extras", "position": "9"})
    assert models.ProductFamily.objects.get(code="extras").edited_at is not None
    plan = services.plan(written(tmp_path, small()), at=timezone.now())
    (line,) = list(plan.lines())[:-1]
    assert line.startswith("- family extras is retired (this overwrites an edit made in the admin on ")
