"""The whole catalogue as an immutable value, kept in memory.

Screens and rules ask `current()`; they never read the tables. Once loaded it costs nothing to ask: whether the
catalogue has changed is looked up at most every two seconds, by one query, in one thread.
"""

from __future__ import annotations

import threading
import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from types import MappingProxyType
from typing import Final, Protocol, TypeVar, cast

from pactdesk.catalog import models
from pactdesk.catalog.rules import (
    Category,
    Channel,
    Coverage,
    Family,
    Feature,
    Offer,
    Price,
    Problem,
    ProblemType,
    Product,
    Programme,
    Question,
    Region,
    Version,
)
from pactdesk.catalog.rules.entries import Activation, AnswerKind, Draws, HeldAs, SignIn, Unit
from pactdesk.servicelevels import queries as levels
from pactdesk.servicelevels.queries import Calendar, Policy, ServiceLevels, Severity

SECONDS_BETWEEN_CHECKS: Final = 2.0
# A catalogue that changes while it is read is read again, so often at most.
_READINGS: Final = 5

Mark = tuple[int, datetime | None]


class NotInCatalogue(LookupError):
    """The catalogue has no such entry, not even a retired one."""


class _Coded(Protocol):
    @property
    def id(self) -> int: ...
    @property
    def code(self) -> str: ...
    @property
    def retired(self) -> bool: ...


T = TypeVar("T")
K = TypeVar("K")
C = TypeVar("C", bound=_Coded)


@dataclass(frozen=True, slots=True)
class Catalogue:
    """Everything that is sold and supported, retired entries included, by code and in the order of its lists.

    Look-ups raise `NotInCatalogue`. `revision` rises with every change.
    """

    revision: int = 0
    severities: Mapping[str, Severity] = field(default_factory=dict, repr=False)
    channels: Mapping[str, Channel] = field(default_factory=dict, repr=False)
    families: Mapping[str, Family] = field(default_factory=dict, repr=False)
    products: Mapping[str, Product] = field(default_factory=dict, repr=False)
    problem_types: Mapping[str, ProblemType] = field(default_factory=dict, repr=False)
    categories: Mapping[str, Category] = field(default_factory=dict, repr=False)
    questions: Mapping[str, Question] = field(default_factory=dict, repr=False)
    programmes: Mapping[str, Programme] = field(default_factory=dict, repr=False)
    regions: Mapping[str, Region] = field(default_factory=dict, repr=False)
    offers: Mapping[str, Offer] = field(default_factory=dict, repr=False)
    levels: ServiceLevels = field(default_factory=lambda: ServiceLevels({}, {}, {}, {}, {}, {}), repr=False)
    _products_by_id: Mapping[int, Product] = field(default_factory=dict, repr=False)
    _versions_by_id: Mapping[int, Version] = field(default_factory=dict, repr=False)
    _categories_by_id: Mapping[int, Category] = field(default_factory=dict, repr=False)
    _problems_by_id: Mapping[int, Problem] = field(default_factory=dict, repr=False)
    _programmes_by_id: Mapping[int, Programme] = field(default_factory=dict, repr=False)
    _severities_by_id: Mapping[int, Severity] = field(default_factory=dict, repr=False)

    def offered_products(self) -> tuple[tuple[Family, tuple[Product, ...]], ...]:
        """What can be chosen for a new request, by family; families without anything on offer are missing."""
        listed = (
            (
                family,
                tuple(
                    product
                    for product in self.products.values()
                    if product.family.code == family.code and not product.retired
                ),
            )
            for family in self.families.values()
            if not family.retired
        )
        return tuple((family, products) for family, products in listed if products)

    def offered_severities(self) -> tuple[Severity, ...]:
        """Severities, the critical one first."""
        return tuple(severity for severity in self.severities.values() if not severity.retired)

    def product(self, code: str) -> Product:
        return _found(self.products, code, "product")

    def version(self, product_code: str, version_code: str) -> Version:
        version = self.product(product_code).version(version_code)
        if version is None:
            raise NotInCatalogue(f"version {product_code}/{version_code}")
        return version

    def problem(self, category_code: str, problem_code: str) -> Problem:
        problem = _found(self.categories, category_code, "category").problem(problem_code)
        if problem is None:
            raise NotInCatalogue(f"problem {category_code}/{problem_code}")
        return problem

    def channel(self, code: str) -> Channel:
        return _found(self.channels, code, "channel")

    def programme(self, code: str) -> Programme:
        return _found(self.programmes, code, "programme")

    def severity(self, code: str) -> Severity:
        return _found(self.severities, code, "severity")

    def policy(self, code: str) -> Policy:
        """The policy in the version that is in force for new requests."""
        return _found(self.levels.policies, code, "policy")

    def policy_of(self, programme: Programme) -> Policy:
        return self.policy(programme.policy_code)

    def policy_version(self, version_id: int) -> Policy:
        """The policy as it was promised to a request, also where a newer version is in force."""
        return _found(self.levels.policy_versions, version_id, "policy version")

    def calendar(self, code: str) -> Calendar:
        """The calendar in the version that is in force for new requests."""
        return _found(self.levels.calendars, code, "calendar")

    def calendar_version(self, version_id: int) -> Calendar:
        """The calendar as it was promised to a request, also where a newer version is in force."""
        return _found(self.levels.calendar_versions, version_id, "calendar version")

    def product_by_id(self, product_id: int) -> Product:
        return _found(self._products_by_id, product_id, "product")

    def version_by_id(self, version_id: int) -> Version:
        return _found(self._versions_by_id, version_id, "product version")

    def category_by_id(self, category_id: int) -> Category:
        return _found(self._categories_by_id, category_id, "category")

    def problem_by_id(self, problem_id: int) -> Problem:
        return _found(self._problems_by_id, problem_id, "problem")

    def programme_by_id(self, programme_id: int) -> Programme:
        return _found(self._programmes_by_id, programme_id, "programme")

    def severity_by_id(self, severity_id: int) -> Severity:
        return _found(self._severities_by_id, severity_id, "severity")

    def region_of(self, country: str) -> Region | None:
        """The region that `country` (ISO 3166) belongs to; None: it is in none."""
        return next(
            (
                region
                for region in self.regions.values()
                if country in region.countries and not region.retired
            ),
            None,
        )

    def offer(self, code: str) -> Offer:
        return _found(self.offers, code, "offer")

    def offers_in(self, country: str) -> tuple[tuple[Offer, Price], ...]:
        """What is sold in `country` (ISO 3166) and for how much, in the order of the file (PPI-2)."""
        region = self.region_of(country)
        if region is None:
            return ()
        return tuple(
            (offer, offer.prices[region.code])
            for offer in self.offers.values()
            if region.code in offer.prices and not offer.retired and not offer.programme.retired
        )

    def calendar_for(self, country: str, time_zone: str) -> Calendar:
        """The calendar whose working hours a request from this country and time zone is promised (SEV-6, RTE-1).

        The closest that is known: this zone of this country, the country, the zone wherever it is, the country's
        region, and at last the calendar that serves everybody else.
        """
        uses = self.levels.calendar_uses
        for place in ((country, time_zone), (country, ""), ("", time_zone)):
            if any(place) and place in uses:
                return self.calendar(uses[place])
        region = self.region_of(country)
        if region is not None:
            return self.calendar(region.calendar_code)
        return self.calendar(_found(uses, ("", ""), "calendar for everybody else"))


def _found(entries: Mapping[K, T], key: K, noun: str) -> T:
    try:
        return entries[key]
    except KeyError:
        raise NotInCatalogue(f"{noun} {key}") from None


@dataclass(slots=True)
class _Memory:
    """The catalogue that this process knows, and when to look whether it is still true."""

    catalogue: Catalogue | None = None
    mark: Mark | None = None
    check_after: float = 0.0
    lock: threading.Lock = field(default_factory=threading.Lock)


_memory = _Memory()


def current() -> Catalogue:
    """The catalogue as it is now; changes made elsewhere are seen within two seconds."""
    catalogue = _memory.catalogue
    if catalogue is not None and time.monotonic() < _memory.check_after:
        return catalogue
    # One thread looks; the others go on with what they have, and wait only where there is nothing yet.
    if catalogue is None:
        _memory.lock.acquire()
    elif not _memory.lock.acquire(blocking=False):
        return catalogue
    try:
        return _checked()
    finally:
        _memory.lock.release()


def _checked() -> Catalogue:
    if _memory.catalogue is not None and time.monotonic() < _memory.check_after:
        return _memory.catalogue
    mark = _mark()
    catalogue = _memory.catalogue
    if catalogue is None or mark != _memory.mark:
        catalogue, mark = _read(mark)
    _memory.catalogue, _memory.mark = catalogue, mark
    _memory.check_after = time.monotonic() + SECONDS_BETWEEN_CHECKS
    return catalogue


def forget() -> None:
    """Make the next `current()` read the tables: after a change in this process, and between tests."""
    with _memory.lock:
        _memory.catalogue = _memory.mark = None


def _mark() -> Mark:
    """What tells one state of the catalogue from another."""
    found = models.CatalogRevision.objects.values_list("number", "changed_at").first()
    return found or (0, None)


def _read(mark: Mark) -> tuple[Catalogue, Mark]:
    for _reading in range(_READINGS):
        catalogue = _load(mark[0])
        after = _mark()
        if after == mark:
            break
        mark = after
    return catalogue, mark


def _load(revision: int) -> Catalogue:
    service_levels = levels.load()
    channels = {
        row.pk: _channel(row)
        for row in models.Channel.objects.select_related("policy").order_by("position", "code")
    }
    families = {
        row.pk: Family(id=row.pk, code=row.code, name=row.name, retired=row.retired_at is not None)
        for row in models.ProductFamily.objects.order_by("position", "code")
    }
    problem_types = {
        row.pk: _problem_type(row) for row in models.ProblemType.objects.order_by("position", "code")
    }
    categories = _categories(problem_types)
    questions = _questions(problem_types)
    products = _products(families, channels, categories, questions)
    programmes = _programmes(channels, products)
    regions = (
        _region(row) for row in models.Region.objects.select_related("calendar").order_by("position", "code")
    )
    offers = _offers(_by_id(programmes))
    return Catalogue(
        revision=revision,
        severities=MappingProxyType(dict(service_levels.severities)),
        channels=_by_code(channels.values()),
        families=_by_code(families.values()),
        products=_by_code(products),
        problem_types=_by_code(problem_types.values()),
        categories=_by_code(categories.values()),
        questions=_by_code(questions.values()),
        programmes=_by_code(programmes),
        regions=_by_code(regions),
        offers=_by_code(offers),
        levels=service_levels,
        _products_by_id=_by_id(products),
        _versions_by_id=_by_id(version for product in products for version in product.versions),
        _categories_by_id=MappingProxyType(categories),
        _problems_by_id=_by_id(problem for category in categories.values() for problem in category.problems),
        _programmes_by_id=_by_id(programmes),
        _severities_by_id=_by_id(service_levels.severities.values()),
    )


def _by_code(entries: Iterable[C]) -> Mapping[str, C]:
    return MappingProxyType({entry.code: entry for entry in entries})


def _by_id(entries: Iterable[C]) -> Mapping[int, C]:
    return MappingProxyType({entry.id: entry for entry in entries})


def _grouped(rows: Iterable[T], key: Callable[[T], int]) -> Mapping[int, list[T]]:
    groups: dict[int, list[T]] = defaultdict(list)
    for row in rows:
        groups[key(row)].append(row)
    return groups


def _channel(row: models.Channel) -> Channel:
    return Channel(
        id=row.pk,
        code=row.code,
        name=row.name,
        explanation=row.explanation,
        sign_in=cast("SignIn", row.sign_in),
        needs_pair=row.needs_pair,
        instead_of_pair=row.instead_of_pair,
        front_door_label=row.front_door_label,
        front_door_url=row.front_door_url,
        open=row.open,
        retired=row.retired_at is not None,
        category_label=row.category_label,
        feature_label=row.feature_label,
        problem_label=row.problem_label,
        details_after_problem=row.details_after_problem,
        asks_subscription=row.asks_subscription,
        policy_code=row.policy.code if row.policy else "",
    )


def _problem_type(row: models.ProblemType) -> ProblemType:
    return ProblemType(
        id=row.pk,
        code=row.code,
        name=row.name,
        explanation=row.explanation,
        draws=cast("Draws", row.draws),
        break_fix=row.break_fix,
        retired=row.retired_at is not None,
    )


def _categories(problem_types: Mapping[int, ProblemType]) -> dict[int, Category]:
    problems = _grouped(models.Problem.objects.order_by("position", "code"), lambda row: row.category_id)
    codes = dict(models.Category.objects.values_list("pk", "code"))
    features = {
        row.pk: Feature(
            id=row.pk,
            category_code=codes[row.category_id],
            code=row.code,
            name=row.name,
            retired=row.retired_at is not None,
        )
        for row in models.Feature.objects.order_by("position", "code")
    }
    return {
        row.pk: Category(
            id=row.pk,
            code=row.code,
            name=row.name,
            problems=tuple(
                Problem(
                    id=problem.pk,
                    category_code=codes[row.pk],
                    code=problem.code,
                    name=problem.name,
                    problem_type=problem_types[problem.problem_type_id],
                    retired=problem.retired_at is not None,
                    feature=features[problem.feature_id] if problem.feature_id else None,
                )
                for problem in problems.get(row.pk, ())
            ),
            retired=row.retired_at is not None,
            features=tuple(feature for feature in features.values() if feature.category_code == row.code),
        )
        for row in models.Category.objects.order_by("position", "code")
    }


def _questions(problem_types: Mapping[int, ProblemType]) -> dict[int, Question]:
    asked_for = _pairs(
        models.Question.problem_types.through.objects.values_list("question_id", "problemtype_id")
    )
    return {
        row.pk: Question(
            id=row.pk,
            code=row.code,
            name=row.name,
            help=row.help,
            kind=cast("AnswerKind", row.kind),
            choices=MappingProxyType({choice["code"]: choice["name"] for choice in row.choices}),
            required=row.required,
            problem_types=frozenset(problem_types[type_id].code for type_id in asked_for[row.pk]),
            retired=row.retired_at is not None,
        )
        for row in models.Question.objects.order_by("position", "code")
    }


def _products(
    families: Mapping[int, Family],
    channels: Mapping[int, Channel],
    categories: Mapping[int, Category],
    questions: Mapping[int, Question],
) -> list[Product]:
    versions = _grouped(
        models.ProductVersion.objects.order_by("position", "code"), lambda row: row.product_id
    )
    of_family = _pairs(
        models.Category.families.through.objects.values_list("productfamily_id", "category_id")
    )
    of_product = _pairs(models.Category.products.through.objects.values_list("product_id", "category_id"))
    in_channel = _pairs(models.Question.channels.through.objects.values_list("channel_id", "question_id"))
    about = _pairs(models.Question.products.through.objects.values_list("product_id", "question_id"))
    rows = models.Product.objects.order_by("family__position", "position", "code")
    return [
        Product(
            id=row.pk,
            code=row.code,
            name=row.name,
            family=families[row.family_id],
            channel=channels[row.channel_id],
            asks_usage=row.asks_usage,
            versions=tuple(_version(version, row.code) for version in versions.get(row.pk, ())),
            # In the order of the categories, whichever way they come.
            categories=tuple(
                category
                for category_id, category in categories.items()
                if category_id in of_family[row.family_id] or category_id in of_product[row.pk]
            ),
            retired=row.retired_at is not None,
            questions=tuple(
                question
                for question_id, question in questions.items()
                if question_id in in_channel[row.channel_id] or question_id in about[row.pk]
            ),
        )
        for row in rows
    ]


def _pairs(pairs: Iterable[tuple[int, int]]) -> Mapping[int, set[int]]:
    found: dict[int, set[int]] = defaultdict(set)
    for owner, linked in pairs:
        found[owner].add(linked)
    return found


def _version(row: models.ProductVersion, product_code: str) -> Version:
    return Version(
        id=row.pk,
        product_code=product_code,
        code=row.code,
        name=row.name,
        mainstream_until=row.mainstream_until,
        extended_until=row.extended_until,
        retired=row.retired_at is not None,
    )


def _programmes(channels: Mapping[int, Channel], products: list[Product]) -> list[Programme]:
    covered = _pairs(models.Programme.channels.through.objects.values_list("programme_id", "channel_id"))
    left_out = _pairs(
        models.Programme.excluded_products.through.objects.values_list("programme_id", "product_id")
    )
    rules = _grouped(models.ProgrammeVersionRule.objects.all(), lambda row: row.programme_id)
    versions = {version.id: version.full_code for product in products for version in product.versions}
    by_id = _by_id(products)
    found = []
    for row in models.Programme.objects.select_related("policy").order_by("position", "code"):
        excluded = [by_id[product_id] for product_id in left_out[row.pk]]
        named = rules.get(row.pk, ())
        found.append(
            Programme(
                id=row.pk,
                code=row.code,
                name=row.name,
                short_code=row.short_code,
                draws=row.draws,
                held_as=cast("HeldAs", row.held_as),
                unit=cast("Unit", row.unit),
                quantity=row.quantity,
                length_months=row.length_months,
                extra_days=row.extra_days,
                partner_network=row.partner_network,
                policy_code=row.policy.code,
                coverage=Coverage(
                    unit=row.unit,
                    channels=frozenset(channels[channel_id].code for channel_id in covered[row.pk]),
                    mainstream_only=row.mainstream_only,
                    recent_only=row.recent_only,
                    only_versions=frozenset(versions[rule.version_id] for rule in named if rule.enabled),
                    except_versions=frozenset(
                        [
                            *(versions[rule.version_id] for rule in named if not rule.enabled),
                            *(version.full_code for product in excluded for version in product.versions),
                        ]
                    ),
                    except_products=frozenset(product.code for product in excluded),
                    own_tenant=row.own_tenant,
                    for_customers=frozenset(row.for_customers),
                ),
                retired=row.retired_at is not None,
                overdraft=row.overdraft,
                carries_over=row.carries_over,
                network_levels=frozenset(row.network_levels),
                activation=cast("Activation", row.activation),
                activated_within_days=row.activated_within_days,
            )
        )
    return found


def _region(row: models.Region) -> Region:
    return Region(
        id=row.pk,
        code=row.code,
        name=row.name,
        countries=frozenset(row.countries),
        calendar_code=row.calendar.code,
        may_mail_ids_to_any_contact=row.may_mail_ids_to_any_contact,
        retired=row.retired_at is not None,
    )


def _offers(programmes: Mapping[int, Programme]) -> list[Offer]:
    prices = _grouped(
        models.OfferPrice.objects.select_related("region").order_by("region__position", "pk"),
        lambda row: row.offer_id,
    )
    return [
        Offer(
            id=row.pk,
            code=row.code,
            programme=programmes[row.programme_id],
            prices=MappingProxyType(
                {
                    price.region.code: Price(price.amount_minor, price.currency, price.tax_note)
                    for price in prices.get(row.pk, ())
                }
            ),
            retired=row.retired_at is not None,
        )
        for row in models.Offer.objects.order_by("position", "code")
    ]
