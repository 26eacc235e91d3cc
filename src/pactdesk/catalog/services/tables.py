"""The catalogue as a picture: out of the database, out of a file, and back into the database."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from django.db.models import Exists, ForeignObjectRel, OuterRef, Q

from pactdesk.catalog import models
from pactdesk.catalog.services.comparing import POSITION, Change, ChangePlan, Entry, Kind, Picture
from pactdesk.catalog.services.shape import CatalogueFile, QuestionPart
from pactdesk.servicelevels import services as levels
from pactdesk.servicelevels.models import (
    Calendar,
    CalendarUse,
    CalendarVersion,
    Policy,
    PolicyVersion,
    Severity,
    Target,
)
from pactdesk.servicelevels.models import Entry as EntryRow
from pactdesk.servicelevels.rules import Target as TargetTerms
from pactdesk.servicelevels.rules import UpdateCadence
from pactdesk.servicelevels.rules.reaching import Patience
from pactdesk.servicelevels.rules.steps import Step

Fields = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Table:
    """How one kind of entry is stored.

    `plain` fields are taken as they are, `references` name one entry of another noun, `links` several. `parent` is the
    field and the noun of the entry that this one belongs to; its code then reads "parent/code".
    """

    noun: str
    model: type[EntryRow]
    plain: tuple[str, ...]
    references: Mapping[str, str] = field(default_factory=dict)
    links: Mapping[str, str] = field(default_factory=dict)
    parent: tuple[str, str] | None = None

    def code_of(self, row: EntryRow) -> str:
        return f"{getattr(row, self.parent[0]).code}/{row.code}" if self.parent else row.code


# Each table refers only to tables before it.
TABLES: Final = (
    Table("severity", Severity, ("name", "meaning", "asks", "examples")),
    Table("calendar", Calendar, ("name",)),
    Table("policy", Policy, ("name",)),
    Table("problem type", models.ProblemType, ("name", "explanation", "draws", "break_fix")),
    Table(
        "channel",
        models.Channel,
        (
            "name",
            "explanation",
            "sign_in",
            "needs_pair",
            "instead_of_pair",
            "front_door_label",
            "front_door_url",
            "open",
            "category_label",
            "feature_label",
            "problem_label",
            "details_after_problem",
            "asks_subscription",
        ),
        {"policy": "policy"},
    ),
    Table("family", models.ProductFamily, ("name",)),
    Table("product", models.Product, ("name", "asks_usage"), {"family": "family", "channel": "channel"}),
    Table(
        "version",
        models.ProductVersion,
        ("name", "mainstream_until", "extended_until"),
        parent=("product", "product"),
    ),
    Table("category", models.Category, ("name",), links={"families": "family", "products": "product"}),
    Table("feature", models.Feature, ("name",), parent=("category", "category")),
    Table(
        "problem",
        models.Problem,
        ("name",),
        {"problem_type": "problem type", "feature": "feature"},
        parent=("category", "category"),
    ),
    Table(
        "question",
        models.Question,
        ("name", "help", "kind", "choices", "required"),
        links={"channels": "channel", "products": "product", "problem_types": "problem type"},
    ),
    Table(
        "programme",
        models.Programme,
        (
            "name",
            "short_code",
            "draws",
            "held_as",
            "unit",
            "quantity",
            "overdraft",
            "carries_over",
            "length_months",
            "extra_days",
            "partner_network",
            "mainstream_only",
            "recent_only",
            "own_tenant",
            "for_customers",
            "network_levels",
            "activation",
            "activated_within_days",
        ),
        {"policy": "policy"},
        {"channels": "channel", "excluded_products": "product"},
    ),
    Table(
        "region",
        models.Region,
        ("name", "countries", "may_mail_ids_to_any_contact"),
        {"calendar": "calendar"},
    ),
    Table("offer", models.Offer, (), {"programme": "programme"}),
)
_TABLE: Final = {table.noun: table for table in TABLES}


def stored() -> Picture:
    """The catalogue in the database."""
    extras = {
        "calendar": _stored_calendars(),
        "policy": _stored_policies(),
        "programme": _stored_version_rules(),
        "offer": _stored_prices(),
    }
    return {table.noun: _stored_entries(table, extras.get(table.noun, {})) for table in TABLES}


def _stored_entries(table: Table, extras: Mapping[int, Fields]) -> dict[str, Entry]:
    related = [_with_parent(name, noun) for name, noun in table.references.items()]
    related += [table.parent[0]] if table.parent else []
    rows = table.model._default_manager.order_by("position", "pk").prefetch_related(*table.links, *related)
    return {
        table.code_of(row): Entry(
            fields={
                POSITION: row.position,
                **{name: getattr(row, name) for name in table.plain},
                **{name: _referred(getattr(row, name), noun) for name, noun in table.references.items()},
                **{name: sorted(linked.code for linked in getattr(row, name).all()) for name in table.links},
                **extras.get(row.pk, {}),
            },
            retired=row.retired_at is not None,
            edited_at=row.edited_at,
        )
        for row in rows
    }


def _with_parent(name: str, noun: str) -> str:
    parent = _TABLE[noun].parent
    return f"{name}__{parent[0]}" if parent else name


def _referred(row: EntryRow | None, noun: str) -> str | None:
    return None if row is None else _TABLE[noun].code_of(row)


def _stored_calendars() -> dict[int, Fields]:
    uses: dict[int, list[str]] = defaultdict(list)
    for use in CalendarUse.objects.all():
        uses[use.calendar_id].append(_use(use.country, use.time_zone))
    latest = {row.calendar_id: row for row in CalendarVersion.objects.order_by("number")}
    return {
        calendar_id: {
            "serves": sorted(uses[calendar_id]),
            "terms": {
                "time_zone": row.time_zone,
                "weekly": row.weekly,
                "holiday_country": row.holiday_country,
                "holiday_overrides": row.holiday_overrides,
            },
            "holidays": _by_day(row.holidays),
            "holiday_years": [row.holidays_from, row.holidays_to],
        }
        for calendar_id, row in latest.items()
    }


def _stored_policies() -> dict[int, Fields]:
    targets: dict[int, dict[str, Fields]] = defaultdict(dict)
    for row in Target.objects.select_related("severity", "lowered_to"):
        targets[row.version_id][row.severity.code] = {
            "hours": row.hours,
            "initial_response_minutes": row.initial_response_minutes,
            "update_every_minutes": row.update_every_minutes,
            "update_every_business_days": row.update_every_business_days,
            "needs_contact_around_the_clock": row.needs_contact_around_the_clock,
            "lowered_to": row.lowered_to.code if row.lowered_to else None,
        }
    latest = {row.policy_id: row for row in PolicyVersion.objects.order_by("number")}
    return {
        policy_id: {
            "terms": {
                "around_the_clock_languages": row.around_the_clock_languages,
                "other_work_business_days": row.other_work_business_days,
                "steps": {step.code: step.audience for step in map(Step.from_data, row.steps)},
                "unreachable_attempts": row.unreachable_attempts,
                "unreachable_minutes_apart": row.unreachable_minutes_apart,
                "targets": targets[row.pk],
            }
        }
        for policy_id, row in latest.items()
    }


def _stored_version_rules() -> dict[int, Fields]:
    found: dict[int, Fields] = defaultdict(lambda: {"only_versions": [], "except_versions": []})
    for programme_id in models.Programme.objects.values_list("pk", flat=True):
        found[programme_id] = {"only_versions": [], "except_versions": []}
    for rule in models.ProgrammeVersionRule.objects.select_related("version__product"):
        versions = found[rule.programme_id]["only_versions" if rule.enabled else "except_versions"]
        versions.append(f"{rule.version.product.code}/{rule.version.code}")
    for versions in found.values():
        for listed in versions.values():
            listed.sort()
    return found


def _stored_prices() -> dict[int, Fields]:
    found: dict[int, Fields] = {
        pk: {"prices": {}} for pk in models.Offer.objects.values_list("pk", flat=True)
    }
    for row in models.OfferPrice.objects.select_related("region").order_by("region__position", "pk"):
        found[row.offer_id]["prices"][row.region.code] = {
            "amount_minor": row.amount_minor,
            "currency": row.currency,
            "tax_note": row.tax_note,
        }
    return found


def _use(country: str, time_zone: str) -> str:
    return f"{country} {time_zone}".strip() or "everybody else"


def _by_day(holidays: list[Any]) -> dict[str, Any]:
    return {holiday["day"]: holiday["name"] for holiday in holidays}


def wanted(file: CatalogueFile, present: Picture, *, at: datetime) -> Picture:
    """The catalogue that `file` asks for. `present` decides for how many years holidays are known: they are looked up
    further ahead only when the years that are known run out, so that applying a file twice changes nothing."""
    picture: dict[str, dict[str, Fields]] = {
        "severity": {code: part.model_dump() for code, part in file.severities.items()},
        "calendar": {
            code: _wanted_calendar(file, code, present.get("calendar", {}).get(code), at)
            for code in file.calendars
        },
        "policy": {code: _wanted_policy(file, code) for code in file.policies},
        "problem type": {code: part.model_dump() for code, part in file.problem_types.items()},
        "channel": {
            code: {
                **part.model_dump(exclude={"front_door"}),
                "front_door_label": part.front_door.label,
                "front_door_url": part.front_door.url or "",
            }
            for code, part in file.channels.items()
        },
        "family": {code: part.model_dump() for code, part in file.families.items()},
        "product": {code: part.model_dump(exclude={"versions"}) for code, part in file.products.items()},
        "version": {
            f"{product}/{code}": version.model_dump()
            for product, part in file.products.items()
            for code, version in part.versions.items()
        },
        "category": {
            code: {
                "name": part.name,
                "families": sorted(set(part.families)),
                "products": sorted(set(part.products)),
            }
            for code, part in file.categories.items()
        },
        "feature": {
            f"{category}/{code}": feature.model_dump()
            for category, part in file.categories.items()
            for code, feature in part.features.items()
        },
        "problem": {
            f"{category}/{code}": {
                "name": problem.name,
                "problem_type": problem.type,
                "feature": f"{category}/{problem.feature}" if problem.feature else None,
            }
            for category, part in file.categories.items()
            for code, problem in part.problems.items()
        },
        "question": {code: _wanted_question(part) for code, part in file.questions.items()},
        "programme": {code: _wanted_programme(file, code) for code in file.programmes},
        "region": {code: part.model_dump() for code, part in file.regions.items()},
        "offer": {code: part.model_dump() for code, part in file.offers.items()},
    }
    return {noun: dict(_in_order(entries)) for noun, entries in picture.items()}


def _in_order(entries: Mapping[str, Fields]) -> Iterator[tuple[str, Entry]]:
    """Entries with their positions, which are counted anew within each parent."""
    counted: Counter[str] = Counter()
    for code, fields in entries.items():
        parent = code.rpartition("/")[0]
        counted[parent] += 1
        yield code, Entry({POSITION: counted[parent], **fields})


def _wanted_calendar(file: CatalogueFile, code: str, present: Entry | None, at: datetime) -> Fields:
    part = file.calendars[code]
    terms = levels.CalendarTerms(
        time_zone=part.time_zone,
        weekly=part.weekly,
        holiday_country=part.holidays.country or "",
        added=part.holidays.add,
        left_out=tuple(sorted(day.isoformat() for day in part.holidays.leave_out)),
    )
    years = levels.Years.around(at)
    if present is not None and "holiday_years" in present.fields:
        known = levels.Years(*present.fields["holiday_years"])
        years = known if known.still_reach(at) else years
    serves = [_use(use.country or "", zone) for use in part.serves for zone in use.time_zones or [""]]
    return {
        "name": part.name,
        "serves": sorted([*serves, *([_use("", "")] if part.serves_everybody_else else [])]),
        "terms": {
            "time_zone": terms.time_zone,
            "weekly": terms.weekly,
            "holiday_country": terms.holiday_country,
            "holiday_overrides": terms.overrides(),
        },
        "holidays": _by_day(levels.known_holidays(terms, years)),
        "holiday_years": [years.first, years.last],
    }


def _wanted_policy(file: CatalogueFile, code: str) -> Fields:
    part = file.policies[code]
    return {
        "name": part.name,
        "terms": {
            "around_the_clock_languages": part.around_the_clock_languages,
            "other_work_business_days": part.other_work,
            "steps": dict(part.steps),
            "unreachable_attempts": part.unreachable.attempts,
            "unreachable_minutes_apart": part.unreachable.apart,
            "targets": {
                severity: {
                    "hours": target.hours,
                    "initial_response_minutes": target.initial_response,
                    "update_every_minutes": target.update_every.minutes if target.update_every else None,
                    "update_every_business_days": target.update_every.business_days
                    if target.update_every
                    else None,
                    "needs_contact_around_the_clock": target.needs_contact_around_the_clock,
                    "lowered_to": target.lowered_to,
                }
                for severity, target in part.targets.items()
            },
        },
    }


def _wanted_question(part: QuestionPart) -> Fields:
    return {
        **part.model_dump(include={"help", "kind", "required"}),
        "name": part.label,
        # A list, since the database keeps the keys of an object in an order of its own.
        "choices": [{"code": code, "name": name} for code, name in part.choices.items()],
        "channels": sorted(set(part.channels)),
        "products": sorted(set(part.products)),
        "problem_types": sorted(set(part.when)),
    }


def _wanted_programme(file: CatalogueFile, code: str) -> Fields:
    part = file.programmes[code]
    covers = part.covers
    return {
        **part.model_dump(exclude={"covers"}),
        "carries_over": {"none": 0, "all": None}.get(str(part.carries_over), part.carries_over),
        "network_levels": sorted(set(part.network_levels)),
        "mainstream_only": covers.mainstream_only,
        "recent_only": covers.recent_only,
        "own_tenant": covers.own_tenant,
        "for_customers": sorted(set(covers.for_customers)),
        "channels": sorted(set(covers.channels)),
        "excluded_products": sorted(set(covers.except_products)),
        "only_versions": sorted(set(covers.only_versions)),
        "except_versions": sorted(set(covers.except_versions)),
    }


def programmes_in_use(codes: Collection[str]) -> set[str]:
    """Those of these programmes that something outside the catalogue refers to. As many queries as tables refer."""
    found: set[str] = set()
    for relation in models.Programme._meta.get_fields(include_hidden=True):
        if not codes or not isinstance(relation, ForeignObjectRel):
            continue
        model = relation.related_model
        if model._meta.app_label != models.Programme._meta.app_label:
            theirs = model._base_manager.filter(**{relation.field.name: OuterRef("pk")})
            used = models.Programme.objects.filter(Exists(theirs), code__in=codes)
            found.update(used.values_list("code", flat=True))
    return found


def write(plan: ChangePlan, *, at: datetime) -> None:
    """Do what `plan` says, in the caller's transaction."""
    writer = _Writer(plan.desired, at)
    for change in plan.changes:
        if change.kind is Kind.RETIRE:
            writer.retire(change)
    # Two programmes may swap their short codes, which are unique at every moment.
    renamed = [
        change.code
        for change in plan.changes
        if change.noun == "programme" and any(changed.name == "short_code" for changed in change.fields)
    ]
    for pk in models.Programme.objects.filter(code__in=renamed).values_list("pk", flat=True):
        models.Programme.objects.filter(pk=pk).update(short_code=f"~{pk}")
    for change in plan.changes:
        if change.kind is not Kind.RETIRE:
            writer.write(change)


class _Writer:
    """Writes entries; remembers the primary keys of those that others refer to."""

    def __init__(self, desired: Picture, at: datetime) -> None:
        self._desired = desired
        self._at = at
        self._ids: dict[str, dict[str, int]] = {}
        self._also: dict[str, Callable[[EntryRow, Change, Fields], None]] = {
            "calendar": self._write_calendar,
            "policy": self._write_policy,
            "programme": self._write_version_rules,
            "offer": self._write_prices,
        }

    def retire(self, change: Change) -> None:
        table = _TABLE[change.noun]
        row = table.model._default_manager.get(pk=self._id(change.noun, change.code))
        row.retired_at = self._at
        row.edited_at = None
        row.save()
        if isinstance(row, Calendar):
            row.uses.all().delete()

    def write(self, change: Change) -> None:
        table = _TABLE[change.noun]
        fields: Fields = dict(self._desired[change.noun][change.code].fields)
        if change.kind is Kind.ADD:
            row = table.model(code=change.code.rpartition("/")[2])
            if table.parent:
                name, noun = table.parent
                setattr(row, f"{name}_id", self._id(noun, change.code.partition("/")[0]))
        else:
            row = table.model._default_manager.get(pk=self._id(change.noun, change.code))
        for name in (POSITION, *table.plain):
            setattr(row, name, fields[name])
        for name, noun in table.references.items():
            code = fields[name]
            setattr(row, f"{name}_id", None if code is None else self._id(noun, code))
        row.retired_at = None
        row.edited_at = None
        row.save()
        self._known(change.noun)[change.code] = row.pk
        for name, noun in table.links.items():
            getattr(row, name).set([self._id(noun, code) for code in fields[name]])
        if change.noun in self._also:
            self._also[change.noun](row, change, fields)

    def _id(self, noun: str, code: str) -> int:
        return self._known(noun)[code]

    def _known(self, noun: str) -> dict[str, int]:
        if noun not in self._ids:
            table = _TABLE[noun]
            rows = table.model._default_manager.all()
            if table.parent:
                rows = rows.select_related(table.parent[0])
            self._ids[noun] = {table.code_of(row): row.pk for row in rows}
        return self._ids[noun]

    def _write_calendar(self, row: EntryRow, change: Change, fields: Fields) -> None:
        uses = [_place(use) for use in fields["serves"]]
        CalendarUse.objects.filter(calendar_id=row.pk).delete()
        for country, time_zone in uses:
            CalendarUse.objects.filter(Q(country=country) & Q(time_zone=time_zone)).delete()
        CalendarUse.objects.bulk_create(
            CalendarUse(calendar_id=row.pk, country=country, time_zone=time_zone)
            for country, time_zone in uses
        )
        if _touches(change, "terms", "holidays", "holiday_years"):
            terms = fields["terms"]
            levels.issue_calendar_version(
                row.pk,
                levels.CalendarTerms(
                    time_zone=terms["time_zone"],
                    weekly=terms["weekly"],
                    holiday_country=terms["holiday_country"],
                    added=terms["holiday_overrides"]["add"],
                    left_out=tuple(terms["holiday_overrides"]["leave_out"]),
                ),
                years=levels.Years(*fields["holiday_years"]),
                at=self._at,
            )

    def _write_policy(self, row: EntryRow, change: Change, fields: Fields) -> None:
        if _touches(change, "terms"):
            terms = fields["terms"]
            levels.issue_policy_version(row.pk, _policy_terms(terms), at=self._at)

    def _write_version_rules(self, row: EntryRow, _change: Change, fields: Fields) -> None:
        models.ProgrammeVersionRule.objects.filter(programme_id=row.pk).delete()
        models.ProgrammeVersionRule.objects.bulk_create(
            models.ProgrammeVersionRule(
                programme_id=row.pk, version_id=self._id("version", code), enabled=enabled
            )
            for enabled, codes in ((True, fields["only_versions"]), (False, fields["except_versions"]))
            for code in codes
        )

    def _write_prices(self, row: EntryRow, _change: Change, fields: Fields) -> None:
        models.OfferPrice.objects.filter(offer_id=row.pk).delete()
        models.OfferPrice.objects.bulk_create(
            models.OfferPrice(offer_id=row.pk, region_id=self._id("region", region), **price)
            for region, price in fields["prices"].items()
        )


def _touches(change: Change, *names: str) -> bool:
    return any(changed.name.partition(".")[0] in names for changed in change.fields)


def _place(use: str) -> tuple[str, str]:
    if use == _use("", ""):
        return "", ""
    first, _, rest = use.partition(" ")
    return ("", first) if "/" in first or first == "UTC" else (first, rest)


def _policy_terms(terms: Fields) -> levels.PolicyTerms:
    targets: Mapping[str, Fields] = terms["targets"]
    return levels.PolicyTerms(
        targets=tuple(
            TargetTerms(
                severity=severity,
                initial_response_minutes=target["initial_response_minutes"],
                update_every=_cadence(target),
                hours=target["hours"],
                needs_contact_around_the_clock=target["needs_contact_around_the_clock"],
            )
            for severity, target in targets.items()
        ),
        lowered_to={
            severity: target["lowered_to"] for severity, target in targets.items() if target["lowered_to"]
        },
        around_the_clock_languages=tuple(terms["around_the_clock_languages"]),
        other_work_business_days=terms["other_work_business_days"],
        steps=tuple(Step.from_code(code, audience) for code, audience in terms["steps"].items()),
        patience=Patience(terms["unreachable_attempts"], terms["unreachable_minutes_apart"]),
    )


def _cadence(target: Fields) -> UpdateCadence | None:
    if target["update_every_minutes"] is None and target["update_every_business_days"] is None:
        return None
    return UpdateCadence(
        minutes=target["update_every_minutes"], business_days=target["update_every_business_days"]
    )
