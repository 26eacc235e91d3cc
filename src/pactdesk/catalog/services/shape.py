"""The shape of a catalogue file: what may stand in it, checked against everything else that stands in it."""

from __future__ import annotations

import difflib
import re
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import cache
from typing import Annotated, Any, ClassVar, Final, Literal, get_args, get_origin
from zoneinfo import available_timezones

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    TypeAdapter,
    ValidationError,
    ValidationInfo,
)
from pydantic_core import ErrorDetails, PydanticCustomError

from pactdesk.catalog.services.reading import CatalogMistakes, Document, Trail, described
from pactdesk.kernel.text import hidden_characters, tidy
from pactdesk.kernel.worded import LANGUAGES
from pactdesk.servicelevels.rules import Holiday, InvalidCalendar, UpdateCadence, Window
from pactdesk.servicelevels.rules.steps import AUDIENCES, DEFAULT_STEPS, Step
from pactdesk.servicelevels.services import holidays_are_known

FORMAT: Final = "1"
WEEKDAYS: Final = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
MINUTES: Final = {"min": 1, "h": 60}
_CODE = re.compile(r"[A-Za-z0-9]+(?:-[A-Za-z0-9]+)*")
_SPAN = re.compile(r"([1-9][0-9]{0,4}) (min|h|business days?)")
_WEEKDAYS = re.compile(r"(mon|tue|wed|thu|fri|sat|sun)(?:-(mon|tue|wed|thu|fri|sat|sun))?")


def _expected(what: str) -> PydanticCustomError:
    return PydanticCustomError("catalogue", "{expected}", {"expected": what})


def _closest(given: str, known: Mapping[str, Any] | set[str] | tuple[str, ...]) -> str:
    close = difflib.get_close_matches(given, list(known), n=1, cutoff=0.6)
    return f' (did you mean "{close[0]}"?)' if close else ""


def _text(value: object) -> str:
    if not isinstance(value, str) or not tidy(value):
        raise _expected("text")
    if hidden_characters(value):
        raise _expected("text without control characters")
    return tidy(value)


def _flag(value: object) -> bool:
    if value not in ("true", "false"):
        raise _expected("true or false")
    return value == "true"


def _whole(value: object) -> int:
    if not isinstance(value, str) or not re.fullmatch(r"[0-9]{1,6}", value):
        raise _expected("a whole number")
    return int(value)


def _positive(value: int) -> int:
    if value < 1:
        raise _expected("a whole number of at least 1")
    return value


def _carried(value: object) -> int | str:
    if value in ("none", "all"):
        return str(value)
    try:
        return _positive(_whole(value))
    except PydanticCustomError:
        raise _expected("none, all or a whole number of at least 1") from None


def _amount(value: object) -> int:
    if not isinstance(value, str) or not re.fullmatch(r"[1-9][0-9]{0,11}", value):
        raise _expected("a whole number of the smallest units of the currency, such as 49900 for 499.00 EUR")
    return int(value)


def _day(value: object) -> date:
    if isinstance(value, str) and re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", value):
        try:
            return date.fromisoformat(value)
        except ValueError:
            raise _expected("a day that exists, written as 2029-10-09") from None
    raise _expected("a day written as 2029-10-09")


def _holiday_day(value: str) -> str:
    try:
        return Holiday.from_data(value).written
    except InvalidCalendar:
        raise _expected("a day written as 2026-12-24, or as --12-24 for every year") from None


def _language(value: str) -> str:
    if value not in LANGUAGES:
        raise _expected(f"one of the languages {', '.join(LANGUAGES)}")
    return value


def _worded(value: object) -> object:
    return {"en": value} if isinstance(value, str) else value


def _has_english(value: dict[str, str]) -> dict[str, str]:
    if "en" not in value:
        raise _expected("a text in English (en), which other languages fall back to")
    return value


@cache
def _zones() -> frozenset[str]:
    return frozenset(available_timezones())


def _zone(value: str) -> str:
    if value not in _zones():
        raise _expected("an IANA time zone such as Europe/Prague" + _closest(value, tuple(_zones())))
    return value


@cache
def _countries() -> frozenset[str]:
    from babel import Locale  # reading its data takes a moment, and only this check needs it

    return frozenset(code for code in map(str, Locale("en").territories) if re.fullmatch("[A-Z]{2}", code))


def _country(value: str) -> str:
    if value not in _countries():
        raise _expected("a country code of two letters such as CZ (ISO 3166)")
    return value


@cache
def _currencies() -> frozenset[str]:
    from babel import Locale  # as above

    return frozenset(map(str, Locale("en").currencies))


def _currency(value: str) -> str:
    if value not in _currencies():
        raise _expected("a currency code of three letters such as EUR (ISO 4217)")
    return value


def _holiday_country(value: str) -> str:
    if not value or not holidays_are_known(value):
        raise _expected(
            "a country whose public holidays are known, such as CZ, or a part of it, such as GB-ENG"
        )
    return value


def _minutes(value: object) -> int:
    found = _SPAN.fullmatch(value) if isinstance(value, str) else None
    if found is None or found[2] not in MINUTES:
        raise _expected("a time such as 30 min or 2 h")
    return int(found[1]) * MINUTES[found[2]]


def _business_days(value: object) -> int:
    found = _SPAN.fullmatch(value) if isinstance(value, str) else None
    if found is None or found[2] in MINUTES:
        raise _expected("a time such as 1 business day")
    return int(found[1])


def _cadence(value: object) -> UpdateCadence:
    found = _SPAN.fullmatch(value) if isinstance(value, str) else None
    if found is None:
        raise _expected("a time such as 2 h or 3 business days")
    amount = int(found[1])
    if found[2] in MINUTES:
        return UpdateCadence(minutes=amount * MINUTES[found[2]])
    return UpdateCadence(business_days=amount)


def _step_code(value: object) -> str:
    if isinstance(value, str):
        before = value.removesuffix(" before")
        code = value if before == value else f"-{_minutes(before)}min"
        try:
            return Step.from_code(code, AUDIENCES[0]).code
        except ValueError:
            pass
    raise _expected("a share of the target such as 75%, or a time such as 30 min before")


def _default_steps() -> dict[str, Any]:
    return {step.code: step.audience for step in DEFAULT_STEPS}


def _windows(value: object) -> object:
    if isinstance(value, str):
        opens, dash, closes = value.partition("-")
        if dash:
            try:
                return Window.from_data([opens.strip(), closes.strip()]).as_data()
            except InvalidCalendar as error:
                raise PydanticCustomError(
                    "catalogue", "{expected}", {"expected": f"working hours such as 09:00-17:00 ({error})"}
                ) from None
    raise _expected("working hours such as 09:00-17:00")


def _weekly(value: dict[str, list[list[str]]]) -> dict[str, list[list[str]]]:
    week: dict[str, list[list[str]]] = {}
    for days, windows in value.items():
        found = _WEEKDAYS.fullmatch(days)
        if found is None:
            raise _expected(f"weekdays such as mon or mon-fri{_closest(days, WEEKDAYS)}, not {days!r}")
        first = WEEKDAYS.index(found[1])
        last = WEEKDAYS.index(found[2]) if found[2] else first
        if last < first:
            raise _expected(f"weekdays in their order, not {days!r}")
        for day in WEEKDAYS[first : last + 1]:
            if day in week:
                raise _expected(f"each weekday once; {day} is named twice")
            week[day] = windows
    if not any(week.values()):
        raise _expected("working hours on at least one weekday")
    return {day: week[day] for day in WEEKDAYS if week.get(day)}


def _reference(noun: str) -> Callable[[object, ValidationInfo], str]:
    def check(value: object, info: ValidationInfo) -> str:
        known: Mapping[str, set[str]] = info.context or {}
        if not isinstance(value, str):
            raise _expected(f"the code of a {noun}")
        if value not in known.get(noun, set()):
            raise _expected(f"the code of a {noun} in this file{_closest(value, known.get(noun, set()))}")
        return value

    return check


def _inner_code(value: str) -> str:
    if not _CODE.fullmatch(value) or len(value) > 60:
        raise _expected("a code of letters, digits and dashes, at most 60 long")
    return value


Text = Annotated[str, BeforeValidator(_text)]
Flag = Annotated[bool, BeforeValidator(_flag)]
Whole = Annotated[int, BeforeValidator(_whole)]
Positive = Annotated[Whole, AfterValidator(_positive)]
CarriesOver = Annotated[int | str, BeforeValidator(_carried)]
Day = Annotated[date, BeforeValidator(_day)]
HolidayDay = Annotated[str, AfterValidator(_holiday_day)]
Language = Annotated[str, AfterValidator(_language)]
Worded = Annotated[dict[Language, Text], BeforeValidator(_worded), AfterValidator(_has_english)]
Zone = Annotated[str, AfterValidator(_zone)]
Country = Annotated[str, AfterValidator(_country)]
HolidayCountry = Annotated[str, AfterValidator(_holiday_country)]
Minutes = Annotated[int, BeforeValidator(_minutes)]
BusinessDays = Annotated[int, BeforeValidator(_business_days)]
StepCode = Annotated[str, BeforeValidator(_step_code)]
Every = Annotated[UpdateCadence, BeforeValidator(_cadence)]
Windows = Annotated[list[str], BeforeValidator(_windows)]
Weekly = Annotated[dict[str, list[Windows]], AfterValidator(_weekly)]
SeverityCode = Annotated[str, BeforeValidator(_reference("severity"))]
CalendarCode = Annotated[str, BeforeValidator(_reference("calendar"))]
PolicyCode = Annotated[str, BeforeValidator(_reference("policy"))]
ChannelCode = Annotated[str, BeforeValidator(_reference("channel"))]
FamilyCode = Annotated[str, BeforeValidator(_reference("family"))]
ProductCode = Annotated[str, BeforeValidator(_reference("product"))]
VersionCode = Annotated[str, BeforeValidator(_reference("version"))]
ProblemTypeCode = Annotated[str, BeforeValidator(_reference("problem type"))]
ProgrammeCode = Annotated[str, BeforeValidator(_reference("programme"))]
RegionCode = Annotated[str, BeforeValidator(_reference("region"))]
InnerCode = Annotated[str, AfterValidator(_inner_code)]
Amount = Annotated[int, BeforeValidator(_amount)]
Currency = Annotated[str, AfterValidator(_currency)]

# What the reference page says about each kind of value.
KINDS: Final[Mapping[Any, str]] = {
    Text: "text",
    Flag: "`true` or `false`",
    Whole: "whole number",
    Positive: "whole number, at least 1",
    CarriesOver: "`none`, `all`, or a whole number, at least 1",
    Day: "day, `2029-10-09`",
    HolidayDay: "day, `2026-12-24`, or `--12-24` for every year",
    Language: "language",
    Worded: "worded",
    Zone: "IANA time zone",
    Country: "country code",
    HolidayCountry: "country code, or `GB-ENG` for a part of one",
    Minutes: "time, `30 min` or `2 h`",
    BusinessDays: "time, `1 business day`",
    StepCode: "share of the target, `75%`, or `30 min before`",
    Every: "time, `2 h` or `3 business days`",
    Weekly: "weekdays (`mon`, `mon-fri`) with lists of hours (`09:00-17:00`)",
    SeverityCode: "code of a severity",
    CalendarCode: "code of a calendar",
    PolicyCode: "code of a policy",
    ChannelCode: "code of a channel",
    FamilyCode: "code of a family",
    ProductCode: "code of a product",
    VersionCode: "`product/version`",
    ProblemTypeCode: "code of a problem type",
    ProgrammeCode: "code of a programme",
    RegionCode: "code of a region",
    InnerCode: "code",
    Amount: "whole number, at least 1",
    Currency: "currency code of three letters",
}


class Part(BaseModel):
    """A group of keys in the file. Unknown keys are mistakes."""

    model_config: ClassVar[ConfigDict] = ConfigDict(extra="forbid", frozen=True)


class SeverityPart(Part):
    """How badly the business suffers. The first is the critical one; only it may be handled around the clock."""

    name: Worded = Field(description="The consequence for the business.")
    meaning: Worded = Field(description="What has to be true for this severity.")
    asks: Worded = Field(description="What it asks of the requester.")
    examples: list[Worded] = Field(default=[], description="Examples, each worded.")


class UsePart(Part):
    country: Country | None = Field(default=None, description="Requests from this country.")
    time_zones: list[Zone] = Field(
        default=[], description="Only those in these time zones. Without: the whole country."
    )


class HolidaysPart(Part):
    country: HolidayCountry | None = Field(default=None, description="Public holidays of this country.")
    add: dict[HolidayDay, Worded] = Field(default={}, description="Days to add, each with its name.")
    leave_out: list[Day] = Field(default=[], description="Public holidays on which work goes on.")


class CalendarPart(Part):
    """Working time in one place.

    A changed calendar gets a new version; requests keep the one they were submitted under.
    """

    name: Worded = Field(description="As people are told.")
    time_zone: Zone = Field(description="The zone in which the hours are meant.")
    weekly: Weekly = Field(description="Working hours. They may end at 24:00, or on the next day.")
    holidays: HolidaysPart = Field(default=HolidaysPart(), description="Days without working hours.")
    serves: list[UsePart] = Field(
        default=[], description="Where requests come from that this calendar is used for."
    )
    serves_everybody_else: Flag = Field(default=False, description="True for exactly one calendar.")


class TargetPart(Part):
    hours: Literal["24x7", "business"] = Field(
        description="When the clock runs. `24x7` only for the first severity."
    )
    initial_response: Minutes = Field(description="Until the first answer.")
    update_every: Every | None = Field(default=None, description="Between updates.")
    needs_contact_around_the_clock: Flag = Field(
        default=False, description="The requester must be reachable day and night. Only with `24x7`."
    )
    lowered_to: SeverityCode | None = Field(
        default=None, description="The severity it falls to where nobody can be reached."
    )


class UnreachablePart(Part):
    attempts: Positive = Field(default=2, description="So many attempts to reach somebody.")
    apart: Minutes = Field(default=30, description="So far apart, at least.")


class PolicyPart(Part):
    """What is promised.

    A changed policy gets a new version; requests keep the one they were submitted under. The policy `free-of-charge` is
    for requests that nothing pays for.
    """

    name: Worded = Field(description="As operators call it.")
    around_the_clock_languages: list[Language] = Field(
        default=[],
        description="Languages in which `24x7` is kept; requests in others keep to business hours. Empty: all.",
    )
    other_work: BusinessDays | None = Field(
        default=None,
        description="Initial response to a request that is not break-fix. Without: as for break-fix.",
    )
    steps: dict[StepCode, Literal["engineer", "team-lead", "manager", "head-of-support"]] = Field(
        default_factory=_default_steps,
        description="Who is told on the way to a due instant and past it. Without: 50% `engineer`, 75% `team-lead`, "
        "100% `manager`, 150% `head-of-support`.",
    )
    unreachable: UnreachablePart = Field(
        default=UnreachablePart(),
        description="When a request whose contact day and night cannot be reached may be lowered.",
    )
    targets: dict[SeverityCode, TargetPart] = Field(
        description="What is promised, by severity. A severity that is missing is not offered."
    )


class ProblemTypePart(Part):
    """A kind of work: what it takes from a plan."""

    name: Worded = Field(description="As people are told.")
    explanation: Worded = Field(description="What kind of work it is, and who does it.")
    draws: Literal["incident", "advisory_hour", "nothing"] = Field(description="What it takes from a plan.")
    break_fix: Flag = Field(default=False, description="Whether it restores something that fails.")


class FrontDoorPart(Part):
    label: Worded = Field(description="As people are told.")
    url: Annotated[str, Field(pattern=r"^https://\S+$")] | None = Field(
        default=None, description="Its address. Needed unless the channel is open here."
    )


class ChannelPart(Part):
    """A front door, with the sign-in and the plan that it needs."""

    name: Worded = Field(description="As people are told.")
    explanation: Worded = Field(description="Why its products are supported there.")
    sign_in: Literal["any", "tenant", "subscription", "partner"] = Field(description="The sign-in it needs.")
    needs_pair: Flag = Field(description="Whether an Access ID and a Contract ID are needed.")
    instead_of_pair: Worded | None = Field(default=None, description="What else may pay for a request.")
    front_door: FrontDoorPart = Field(description="Where requests are made.")
    open: Flag = Field(default=False, description="Whether requests can be made in this installation.")
    category_label: Worded | None = Field(
        default=None, description="What it calls a category, such as Topic. Without: Category."
    )
    feature_label: Worded | None = Field(
        default=None, description="What it calls a feature. Without: Feature."
    )
    problem_label: Worded | None = Field(
        default=None, description="What it calls a problem, such as Symptom. Without: Problem."
    )
    details_after_problem: Flag = Field(
        default=False, description="Whether summary and description appear once the problem is chosen."
    )
    asks_subscription: Flag = Field(
        default=False, description="Whether a request concerns one subscription, which it names."
    )
    policy: PolicyCode | None = Field(
        default=None,
        description="What it promises to work that would need a plan elsewhere. Only with `needs_pair: false`.",
    )


class FamilyPart(Part):
    """Products that are listed together."""

    name: Worded = Field(description="As people are told.")


class VersionPart(Part):
    name: Worded = Field(description="As people are told.")
    mainstream_until: Day | None = Field(
        default=None, description="Last day of mainstream support. Without: no end is known."
    )
    extended_until: Day | None = Field(default=None, description="Last day of extended support.")


class ProductPart(Part):
    """Something that is supported."""

    name: Worded = Field(description="As people are told.")
    family: FamilyCode = Field(description="The family it is listed in.")
    channel: ChannelCode = Field(description="The front door for requests about it.")
    asks_usage: Flag = Field(default=False, description="Whether the requester is asked how it is used.")
    versions: dict[str, VersionPart] = Field(default={}, description="Its versions, by code.")


class FeaturePart(Part):
    name: Worded = Field(description="As people are told.")


class ProblemPart(Part):
    name: Worded = Field(description="What goes wrong, or is asked.")
    type: ProblemTypeCode = Field(description="What kind of work it asks for.")
    feature: InnerCode | None = Field(
        default=None, description="Code of the feature that it belongs to, where the category has some."
    )


class CategoryPart(Part):
    """A topic. It is offered for whole families, for single products, or both."""

    name: Worded = Field(description="As people are told.")
    families: list[FamilyCode] = Field(default=[], description="Offered for every product of these families,")
    products: list[ProductCode] = Field(default=[], description="and for these products.")
    features: dict[str, FeaturePart] = Field(
        default={}, description="Its parts, by code: one is chosen before the problem."
    )
    problems: dict[str, ProblemPart] = Field(description="What can be chosen in it, by code.")


class QuestionPart(Part):
    """What else is asked in step 1: about every product of a channel, or about single products."""

    label: Worded = Field(description="The question.")
    help: Worded | None = Field(default=None, description="What helps to answer it.")
    kind: Literal["choice", "yes-no", "text", "number"] = Field(
        description="One of several answers, yes or no, text of one line, or a whole number."
    )
    choices: dict[InnerCode, Worded] = Field(
        default={}, description="The answers to choose from, by code. Only for `choice`."
    )
    required: Flag = Field(default=True, description="Whether it has to be answered.")
    channels: list[ChannelCode] = Field(
        default=[], description="Asked about every product of these channels,"
    )
    products: list[ProductCode] = Field(default=[], description="and about these products.")
    when: list[ProblemTypeCode] = Field(
        default=[], description="Only for problems of these types. Empty: for all."
    )


class CoversPart(Part):
    channels: list[ChannelCode] = Field(description="Products of these channels.")
    mainstream_only: Flag = Field(default=False, description="Only versions in mainstream support.")
    recent_only: Flag = Field(default=False, description="Only versions in mainstream or extended support.")
    except_products: list[ProductCode] = Field(default=[], description="Products that are left out.")
    only_versions: list[VersionCode] = Field(default=[], description="If any: these versions and no others.")
    except_versions: list[VersionCode] = Field(default=[], description="Versions that are left out.")
    own_tenant: Flag = Field(default=True, description="Whether it pays for requests about the own tenant.")
    for_customers: list[ChannelCode] = Field(
        default=[],
        description="In these of its channels it pays for requests that a partner makes for a customer.",
    )


class ProgrammePart(Part):
    """What was sold or granted."""

    name: Worded = Field(description="As people are told.")
    short_code: Annotated[str, Field(pattern=r"^[A-Za-z0-9-]{1,12}$")] = Field(
        description="Up to 12 letters, digits and dashes, as in 15 SCS-4648141."
    )
    draws: Worded = Field(description="What a request takes from it, in words.")
    held_as: Literal["agreement", "purchase", "membership"] = Field(
        default="agreement", description="With a pair, as a paid incident, or by being a member."
    )
    unit: Literal["incident", "advisory_hour"] = Field(
        description="What is counted. It stays as soon as agreements count it; what is bought counts incidents."
    )
    quantity: Positive | None = Field(
        default=None, description="Units granted. Without: unlimited, for members only."
    )
    overdraft: Whole = Field(default=0, description="So many units may be drawn in advance, at most.")
    carries_over: CarriesOver = Field(
        default="none",
        description="What renewal carries over of what is left: none, all, or so many units at most.",
    )
    length_months: Positive = Field(description="How long its benefits last.")
    extra_days: Whole = Field(default=0, description="Days on top.")
    partner_network: Flag = Field(
        default=False, description="Whether it is a benefit of the partner network."
    )
    network_levels: list[Literal["gold", "silver", "action-pack"]] = Field(
        default=[], description="Organizations at these levels of the partner network get it."
    )
    activation: Literal["none", "automatic", "on-request", "kit"] = Field(
        default="none",
        description="By hand, with each renewal, when it is asked for, or for a location with a competency.",
    )
    activated_within_days: Positive = Field(
        default=28, description="How long after the renewal it is activated at the latest."
    )
    policy: PolicyCode = Field(description="What it promises.")
    covers: CoversPart = Field(description="What it pays for.")


class RegionPart(Part):
    """Countries that are served alike."""

    name: Worded = Field(description="As people are told.")
    countries: list[Country] = Field(description="Each country in one region at most.")
    calendar: CalendarCode = Field(description="For countries that no calendar serves by name.")
    may_mail_ids_to_any_contact: Flag = Field(
        default=False,
        description="Whether the service centre may mail the IDs to any contact of the partner.",
    )


class PricePart(Part):
    amount_minor: Amount = Field(
        description="In the smallest units of the currency: `49900` for 499.00 EUR, `500` for 500 JPY."
    )
    currency: Currency = Field(description="What it is paid in.")
    tax_note: Worded = Field(description="What stands beside the price about taxes.")


class OfferPart(Part):
    """What a personal account can buy: the paid incidents that a programme grants."""

    programme: ProgrammeCode = Field(description="What is granted. Its `held_as` is `purchase`.")
    prices: dict[RegionCode, PricePart] = Field(
        description="What it costs, by code of a region. In other regions it is not sold."
    )


# Sections of the file, in an order in which each names only those before it.
SECTIONS: Final[Mapping[str, tuple[str, type[Part]]]] = {
    "severities": ("severity", SeverityPart),
    "calendars": ("calendar", CalendarPart),
    "policies": ("policy", PolicyPart),
    "problem_types": ("problem type", ProblemTypePart),
    "channels": ("channel", ChannelPart),
    "families": ("family", FamilyPart),
    "products": ("product", ProductPart),
    "categories": ("category", CategoryPart),
    "questions": ("question", QuestionPart),
    "programmes": ("programme", ProgrammePart),
    "regions": ("region", RegionPart),
    "offers": ("offer", OfferPart),
}
# Sections that may be missing.
OPTIONAL: Final = frozenset({"questions", "offers"})
# Entries within entries that have codes of their own.
_NESTED: Final = {"products": ("versions",), "categories": ("features", "problems")}


@dataclass(slots=True)
class CatalogueFile:
    """A catalogue file in which everything fits. Each mapping keeps the order of the file."""

    severities: dict[str, SeverityPart] = field(default_factory=dict)
    calendars: dict[str, CalendarPart] = field(default_factory=dict)
    policies: dict[str, PolicyPart] = field(default_factory=dict)
    problem_types: dict[str, ProblemTypePart] = field(default_factory=dict)
    channels: dict[str, ChannelPart] = field(default_factory=dict)
    families: dict[str, FamilyPart] = field(default_factory=dict)
    products: dict[str, ProductPart] = field(default_factory=dict)
    categories: dict[str, CategoryPart] = field(default_factory=dict)
    questions: dict[str, QuestionPart] = field(default_factory=dict)
    programmes: dict[str, ProgrammePart] = field(default_factory=dict)
    regions: dict[str, RegionPart] = field(default_factory=dict)
    offers: dict[str, OfferPart] = field(default_factory=dict)


def check(document: Document) -> CatalogueFile:
    """The catalogue in `document`. Raises `CatalogMistakes` with everything that is wrong with it."""
    file = CatalogueFile()
    if not isinstance(document.data, dict):
        document.report((), f"the sections {', '.join(SECTIONS)}", described(document.data))
        raise CatalogMistakes(document.mistakes)
    _check_top(document)
    known = _known_codes(document)
    for section, (noun, part) in SECTIONS.items():
        adapter = TypeAdapter(part)
        entries = document.data.get(section) or {}
        if not isinstance(entries, dict):
            document.report((section,), f"entries by code, each a {noun}", described(entries))
            continue
        for code, entry in entries.items():
            _check_codes(document, section, code, entry)
            try:
                getattr(file, section)[code] = adapter.validate_python(entry, context=known)
            except ValidationError as errors:
                for error in errors.errors(include_url=False):
                    _report(document, part, (section, code), error)
    _check_across(file, document)
    if document.mistakes:
        raise CatalogMistakes(document.mistakes)
    return file


def _check_top(document: Document) -> None:
    known = ("format", *SECTIONS)
    for key in document.data:
        if key not in known:
            expected = f"one of the keys {', '.join(known)}{_closest(key, known)}"
            document.report((key,), expected, repr(key), at_key=True)
    if document.data.get("format") != FORMAT:
        document.report(("format",), f"format: {FORMAT}", described(document.data.get("format")))
    for section in SECTIONS:
        if section not in OPTIONAL and not document.data.get(section):
            document.report((section,), f"the section {section!r} with at least one entry", "nothing")


def _known_codes(document: Document) -> dict[str, set[str]]:
    """Codes by noun, from the raw file, so that a mistake within an entry does not make others look dangling."""
    known: dict[str, set[str]] = {}
    for section, (noun, _part) in SECTIONS.items():
        entries = document.data.get(section)
        known[noun] = set(entries) if isinstance(entries, dict) else set()
    products = document.data.get("products")
    known["version"] = {
        f"{code}/{version}"
        for code in known["product"]
        for version in (products[code].get("versions") or () if isinstance(products[code], dict) else ())
    }
    return known


def _check_codes(document: Document, section: str, code: str, entry: object) -> None:
    trails: list[Trail] = [(section, code)]
    for nested in _NESTED.get(section, ()):
        inner = entry.get(nested) if isinstance(entry, dict) else None
        if isinstance(inner, dict):
            trails += [(section, code, nested, key) for key in inner]
    for trail in trails:
        if not _CODE.fullmatch(str(trail[-1])) or len(str(trail[-1])) > 60:
            document.report(
                trail,
                "a code of letters, digits and dashes, at most 60 long",
                repr(str(trail[-1])),
                at_key=True,
            )


def _report(document: Document, part: type[Part], entry: Trail, error: ErrorDetails) -> None:
    inner = tuple(step for step in error["loc"] if step != "[key]")
    trail = (*entry, *inner)
    match error["type"]:
        case "missing":
            document.report(trail, f"the key {inner[-1]!r}", "nothing", at_key=True)
        case "extra_forbidden":
            keys = tuple(_part_at(part, inner[:-1]).model_fields)
            unknown = str(inner[-1])
            document.report(
                trail,
                f"one of the keys {', '.join(keys)}{_closest(unknown, keys)}",
                repr(unknown),
                at_key=True,
            )
        case _:
            at_key = "[key]" in error["loc"]
            # A plain text stands for {en: text}: the mistake is told where the text is.
            while trail not in document.values and trail not in document.keys:
                trail = trail[:-1]
            got = repr(str(trail[-1])) if at_key else described(document.at(trail))
            document.report(trail, _wanted(error), got, at_key=at_key)


def _wanted(error: ErrorDetails) -> str:
    context: Mapping[str, Any] = error.get("ctx") or {}
    match error["type"]:
        case "catalogue":
            return str(context["expected"])
        case "literal_error":
            return str(context["expected"]).replace("'", "")
        case "dict_type" | "model_type" | "model_attributes_type":
            return "keys with values"
        case "list_type":
            return "a list"
        case "string_type":
            return "text"
        case "string_pattern_mismatch":
            return f"text of the form {context['pattern']}"
        case _:
            return error["msg"]


def _part_at(part: type[Part], inner: Trail) -> type[Part]:
    """The group of keys that stands at `inner` within `part`."""
    found: Any = part
    for step in inner:
        if isinstance(found, type) and issubclass(found, Part):
            found = _without_none(found.model_fields[str(step)].annotation)
        else:
            found = get_args(found)[-1]
        while get_origin(found) is Annotated:
            found = get_args(found)[0]
    if not (isinstance(found, type) and issubclass(found, Part)):
        raise TypeError(f"no keys are known at {inner}")
    return found


def _without_none(annotation: Any) -> Any:
    kinds = [kind for kind in get_args(annotation) if kind is not type(None)]
    return kinds[0] if type(None) in get_args(annotation) else annotation


def _check_across(file: CatalogueFile, document: Document) -> None:
    for trail, expected, got in _contradictions(file):
        document.report(trail, expected, got)


Contradiction = tuple[Trail, str, str]


def _contradictions(file: CatalogueFile) -> Iterator[Contradiction]:
    yield from _of_calendars(file)
    yield from _of_policies(file)
    yield from _of_products(file)
    yield from _of_programmes(file)
    for code, channel in file.channels.items():
        if channel.policy is not None and channel.needs_pair:
            yield ("channels", code, "policy"), "nothing, since a plan promises there", repr(channel.policy)
        if not channel.open and channel.front_door.url is None:
            yield (
                ("channels", code, "front_door"),
                "an address (url), since the channel is not open here",
                "none",
            )
    yield from _of_categories(file)
    yield from _of_questions(file)
    yield from _of_offers(file)
    yield from _repeated(
        (("regions", code, "countries", index), country, f"region {code}")
        for code, region in file.regions.items()
        for index, country in enumerate(region.countries)
    )


def _of_calendars(file: CatalogueFile) -> Iterator[Contradiction]:
    uses: list[tuple[Trail, str, str]] = []
    for code, calendar in file.calendars.items():
        for index, use in enumerate(calendar.serves):
            trail: Trail = ("calendars", code, "serves", index)
            if use.country is None and not use.time_zones:
                yield trail, "a country, time zones, or both", "neither"
            uses += [(trail, f"{use.country or ''} {zone}".strip(), code) for zone in use.time_zones or [""]]
    yield from _repeated((trail, use, f"calendar {code}") for trail, use, code in uses if use)
    rest = [code for code, calendar in file.calendars.items() if calendar.serves_everybody_else]
    if not rest and file.calendars:
        yield ("calendars",), "one calendar with serves_everybody_else: true", "none"
    for code in rest[1:]:
        trail = ("calendars", code, "serves_everybody_else")
        yield trail, f"one calendar that serves everybody else (calendar {rest[0]} does)", "another one"


def _of_policies(file: CatalogueFile) -> Iterator[Contradiction]:
    critical = next(iter(file.severities), None)
    for code, policy in file.policies.items():
        if not policy.targets:
            yield ("policies", code, "targets"), "a target for at least one severity", "none"
        for severity, target in policy.targets.items():
            trail: Trail = ("policies", code, "targets", severity)
            if target.hours == "24x7" and severity != critical:
                yield (
                    (*trail, "hours"),
                    f"business, since only severity {critical} is around the clock",
                    "'24x7'",
                )
            if (
                target.hours == "24x7"
                and target.update_every is not None
                and target.update_every.minutes is None
            ):
                yield (
                    (*trail, "update_every"),
                    "a time in min or h, since the hours are 24x7",
                    "business days",
                )
            if target.needs_contact_around_the_clock and target.hours != "24x7":
                yield (
                    (*trail, "needs_contact_around_the_clock"),
                    "false, since the hours are business hours",
                    "'true'",
                )
            if target.lowered_to == severity:
                yield (*trail, "lowered_to"), "another severity", repr(severity)
            elif target.lowered_to is not None and target.lowered_to not in policy.targets:
                yield (
                    (*trail, "lowered_to"),
                    "a severity that this policy has a target for",
                    repr(target.lowered_to),
                )


def _of_products(file: CatalogueFile) -> Iterator[Contradiction]:
    for code, product in file.products.items():
        channel = file.channels.get(product.channel)
        if channel is not None and channel.open and not product.versions:
            yield ("products", code, "versions"), "at least one version, since requests are made here", "none"
        for name, version in product.versions.items():
            trail: Trail = ("products", code, "versions", name, "extended_until")
            if version.extended_until is None:
                continue
            if version.mainstream_until is None:
                yield trail, "mainstream_until beside it", "extended_until alone"
            elif version.extended_until < version.mainstream_until:
                until = version.mainstream_until.isoformat()
                yield (
                    trail,
                    f"a day not before the end of mainstream support ({until})",
                    f"'{version.extended_until}'",
                )


def _of_categories(file: CatalogueFile) -> Iterator[Contradiction]:
    for code, category in file.categories.items():
        if not category.families and not category.products:
            yield ("categories", code), "families or products that it is offered for", "neither"
        used = {problem.feature for problem in category.problems.values()}
        for feature in category.features:
            if feature not in used:
                yield ("categories", code, "features", feature), "a problem that belongs to it", "none"
        for name, problem in category.problems.items():
            trail: Trail = ("categories", code, "problems", name, "feature")
            if problem.feature is None and category.features:
                yield trail, "a feature of this category, since it has some", "none"
            elif problem.feature is not None and problem.feature not in category.features:
                close = _closest(problem.feature, set(category.features))
                yield trail, f"the code of a feature of this category{close}", repr(problem.feature)


def _of_questions(file: CatalogueFile) -> Iterator[Contradiction]:
    for code, question in file.questions.items():
        trail: Trail = ("questions", code)
        if not question.channels and not question.products:
            yield trail, "channels or products that ask it", "neither"
        if question.kind == "choice" and len(question.choices) < 2:
            yield (*trail, "choices"), "at least two answers to choose from", str(len(question.choices))
        elif question.kind != "choice" and question.choices:
            yield (*trail, "choices"), f"nothing, since the kind is {question.kind}", "answers"


def _of_programmes(file: CatalogueFile) -> Iterator[Contradiction]:
    for code, programme in file.programmes.items():
        trail: Trail = ("programmes", code)
        if programme.quantity is None and programme.held_as != "membership":
            yield trail, "a quantity, since only a membership is unlimited", "none"
        if programme.activation != "none" and not programme.network_levels:
            yield (*trail, "network_levels"), "at least one level, since it is activated for some", "none"
        if programme.activation != "none" and programme.held_as != "agreement":
            yield (
                (*trail, "activation"),
                "none, since only an agreement has a pair to be mailed",
                repr(programme.activation),
            )
        if programme.held_as == "purchase" and programme.unit != "incident":
            yield (*trail, "unit"), "incident, since what is paid for is incidents", repr(programme.unit)
        if not programme.covers.channels:
            yield (*trail, "covers", "channels"), "at least one channel", "an empty list"
        for index, channel in enumerate(programme.covers.for_customers):
            if channel not in programme.covers.channels:
                spot: Trail = (*trail, "covers", "for_customers", index)
                yield spot, "a channel that it covers", repr(channel)
        for index, version in enumerate(programme.covers.except_versions):
            if version in programme.covers.only_versions:
                at: Trail = (*trail, "covers", "except_versions", index)
                yield at, "a version that is not in only_versions", repr(version)
    yield from _repeated(
        (("programmes", code, "short_code"), programme.short_code, f"programme {code}")
        for code, programme in file.programmes.items()
    )


def _of_offers(file: CatalogueFile) -> Iterator[Contradiction]:
    for code, offer in file.offers.items():
        programme = file.programmes.get(offer.programme)
        if programme is not None and programme.held_as != "purchase":
            expected = "a programme whose held_as is purchase, since paying grants it"
            yield ("offers", code, "programme"), expected, f"one held as {programme.held_as}"
        if not offer.prices:
            yield ("offers", code, "prices"), "a price in at least one region", "none"
    yield from _repeated(
        (("offers", code, "programme"), offer.programme, f"offer {code}")
        for code, offer in file.offers.items()
    )


def _repeated(uses: Iterator[tuple[Trail, str, str]]) -> Iterator[Contradiction]:
    """What is named twice though it may be named once."""
    owners: dict[str, list[str]] = defaultdict(list)
    for trail, value, owner in uses:
        if value in owners:
            yield trail, f"something that is named once ({owners[value][0]} names it too)", repr(value)
        owners[value].append(owner)
