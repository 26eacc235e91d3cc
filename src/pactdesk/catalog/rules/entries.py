"""What the catalogue knows, as immutable values. `id` is a primary key, for rooms above to refer to.

A retired entry is offered no longer, but what refers to it still has to be shown.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Final, Literal

from pactdesk.kernel.worded import Worded

# What the database allows in the columns of these names.
SignIn = Literal["any", "tenant", "subscription", "partner"]
Draws = Literal["incident", "advisory_hour", "nothing"]
HeldAs = Literal["agreement", "purchase", "membership"]
Unit = Literal["incident", "advisory_hour"]
Activation = Literal["none", "automatic", "on-request", "kit"]
_WHOLE: Mapping[str, int] = {"advisory_hour": 60}
AnswerKind = Literal["choice", "yes-no", "text", "number"]

ON_PREMISES: Final = "on-premises"


@dataclass(frozen=True, slots=True)
class Channel:
    """A front door, the sign-in that it needs and whether it needs a pair (IDN-2).

    `open`: requests can be made in this installation; otherwise at `front_door_url`. A label is what it calls a
    category, a feature or a problem, None for these very words. `details_after_problem`: summary and description appear
    once the problem is chosen (WIZ-1). `asks_subscription`: a request names the subscription that it concerns.
    `policy_code` is what it promises to work that needs no pair here, "" for what any free request is promised.
    """

    id: int
    code: str
    name: Worded
    explanation: Worded
    sign_in: SignIn
    needs_pair: bool
    instead_of_pair: Worded | None
    front_door_label: Worded
    front_door_url: str
    open: bool
    retired: bool = False
    category_label: Worded | None = None
    feature_label: Worded | None = None
    problem_label: Worded | None = None
    details_after_problem: bool = False
    asks_subscription: bool = False
    policy_code: str = ""


@dataclass(frozen=True, slots=True)
class Family:
    """Products that are listed together."""

    id: int
    code: str
    name: Worded
    retired: bool = False


@dataclass(frozen=True, slots=True)
class Version:
    """A version of a product. Dates are the last day of a phase of support; None: no end is known."""

    id: int
    product_code: str
    code: str
    name: Worded
    mainstream_until: date | None = None
    extended_until: date | None = None
    retired: bool = False

    @property
    def full_code(self) -> str:
        """ "exchange-server/2019": unique over all products."""
        return f"{self.product_code}/{self.code}"


@dataclass(frozen=True, slots=True)
class ProblemType:
    """A kind of work, and what it takes from a plan (RTE-2)."""

    id: int
    code: str
    name: Worded
    explanation: Worded
    draws: Draws
    break_fix: bool
    retired: bool = False


@dataclass(frozen=True, slots=True)
class Feature:
    """A part of a category under which its problems are grouped (WIZ-1)."""

    id: int
    category_code: str
    code: str
    name: Worded
    retired: bool = False


@dataclass(frozen=True, slots=True)
class Problem:
    """What goes wrong, or is asked, within a category; under `feature` where the category has some."""

    id: int
    category_code: str
    code: str
    name: Worded
    problem_type: ProblemType
    retired: bool = False
    feature: Feature | None = None

    @property
    def full_code(self) -> str:
        """ "mail-flow/not-delivered": unique over all categories."""
        return f"{self.category_code}/{self.code}"

    @property
    def needs_plan(self) -> bool:
        """Whether anything is drawn for it; billing and programme questions are free (RTE-2)."""
        return self.problem_type.draws != "nothing"


@dataclass(frozen=True, slots=True)
class Category:
    """A topic with its problems, in the order in which they are listed; retired problems come last."""

    id: int
    code: str
    name: Worded
    problems: tuple[Problem, ...] = ()
    retired: bool = False
    features: tuple[Feature, ...] = ()

    @property
    def offered_problems(self) -> tuple[Problem, ...]:
        return tuple(problem for problem in self.problems if not problem.retired)

    @property
    def offered_features(self) -> tuple[Feature, ...]:
        """The features that can be chosen, each with a problem at least; () where problems are chosen at once."""
        used = {problem.feature.code for problem in self.offered_problems if problem.feature}
        return tuple(each for each in self.features if not each.retired and each.code in used)

    def problems_of(self, feature_code: str) -> tuple[Problem, ...]:
        """What can be chosen under a feature; under "" what belongs to none."""
        return tuple(
            problem
            for problem in self.offered_problems
            if (problem.feature.code if problem.feature else "") == feature_code
        )

    def problem(self, code: str) -> Problem | None:
        """The problem with this code, retired or not; None: there is none."""
        return next((problem for problem in self.problems if problem.code == code), None)


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked in step 1 besides (WIZ-1). `choices` are worded answers by code, in their order, for `choice`.

    `problem_types` are codes of the types of problem that it is asked for; empty: for all.
    """

    id: int
    code: str
    name: Worded
    help: Worded | None
    kind: AnswerKind
    choices: Mapping[str, Worded]
    required: bool
    problem_types: frozenset[str] = frozenset()
    retired: bool = False

    def is_asked_for(self, problem: Problem | None) -> bool:
        """Whether it is asked about this problem; None: while none is chosen."""
        return not self.problem_types or (
            problem is not None and problem.problem_type.code in self.problem_types
        )


@dataclass(frozen=True, slots=True)
class Product:
    """Something that is supported. `categories` are those of its family and its own; `questions` those of its channel
    and its own."""

    id: int
    code: str
    name: Worded
    family: Family
    channel: Channel
    asks_usage: bool = False
    versions: tuple[Version, ...] = ()
    categories: tuple[Category, ...] = ()
    retired: bool = False
    questions: tuple[Question, ...] = ()

    @property
    def offered_versions(self) -> tuple[Version, ...]:
        return tuple(version for version in self.versions if not version.retired)

    @property
    def only_version(self) -> Version | None:
        """The version where there is no choice, so that nobody is asked; None: there is one."""
        offered = self.offered_versions
        return offered[0] if len(offered) == 1 else None

    def questions_for(self, problem: Problem | None) -> tuple[Question, ...]:
        """What is asked about this problem; None: while none is chosen."""
        return tuple(each for each in self.questions if not each.retired and each.is_asked_for(problem))

    @property
    def offered_categories(self) -> tuple[Category, ...]:
        return tuple(category for category in self.categories if not category.retired)

    def version(self, code: str) -> Version | None:
        """The version with this code, retired or not; None: there is none."""
        return next((version for version in self.versions if version.code == code), None)

    def category(self, code: str) -> Category | None:
        """The category with this code, retired or not; None: it does not apply to this product."""
        return next((category for category in self.categories if category.code == code), None)

    def needs_pair_for(self, problem: Problem) -> bool:
        """Whether a request about this problem has to be charged to a pair or to what may stand in for it (IDN-2)."""
        return self.channel.needs_pair and problem.needs_plan


@dataclass(frozen=True, slots=True)
class Coverage:
    """What a programme covers. `channels` are channel codes; versions are "product/version" codes.

    `only_versions` empty means every version of the covered channels, save `except_versions`. A product that is left
    out as a whole stands in `except_products` by its code, and in `except_versions` with each of its versions.
    `own_tenant`: it pays for requests about the holder's own tenant; `for_customers` are the channels in which it pays
    for what a partner asks for a customer (OBO-6, OBO-7).
    """

    unit: str
    channels: frozenset[str]
    mainstream_only: bool = False
    recent_only: bool = False
    only_versions: frozenset[str] = frozenset()
    except_versions: frozenset[str] = frozenset()
    except_products: frozenset[str] = frozenset()
    own_tenant: bool = True
    for_customers: frozenset[str] = frozenset()

    @property
    def whole(self) -> int:
        """How much of what a ledger counts is one unit: an advisory hour is sixty minutes."""
        return _WHOLE.get(self.unit, 1)

    @property
    def cloud_only(self) -> bool:
        return bool(self.channels) and ON_PREMISES not in self.channels

    @property
    def on_premises_only(self) -> bool:
        return self.channels == frozenset({ON_PREMISES})


@dataclass(frozen=True, slots=True)
class Programme:
    """What was sold or granted. Benefits last `length_months` and `extra_days` (AGR-2).

    `quantity` None: not counted, as for members of the provider programme. `policy_code` says what it promises. So many
    units as `overdraft` says may be drawn in advance; of what is left renewal carries over `carries_over` at most, None
    is all. Organizations at one of the `network_levels` get it with each renewal, on request, or as a kit for a
    location with a competency (BEN-2, BEN-3), within so many days.
    """

    id: int
    code: str
    name: Worded
    short_code: str
    draws: Worded
    held_as: HeldAs
    unit: Unit
    quantity: int | None
    length_months: int
    extra_days: int
    partner_network: bool
    policy_code: str
    coverage: Coverage
    retired: bool = False
    overdraft: int = 0
    carries_over: int | None = 0
    network_levels: frozenset[str] = frozenset()
    activation: Activation = "none"
    activated_within_days: int = 28

    @property
    def whole(self) -> int:
        """How much of what a ledger counts is one unit (`Coverage.whole`)."""
        return self.coverage.whole

    @property
    def counted_unit(self) -> str:
        """What it counts, "" where nothing is."""
        return self.unit if self.quantity is not None else ""


@dataclass(frozen=True, slots=True)
class Region:
    """Countries that are served alike. `may_mail_ids_to_any_contact`: BEN-4."""

    id: int
    code: str
    name: Worded
    countries: frozenset[str]
    calendar_code: str
    may_mail_ids_to_any_contact: bool
    retired: bool = field(default=False)


@dataclass(frozen=True, slots=True)
class Price:
    """What an offer costs in a region. `amount_minor` is a whole number of the smallest units of `currency`, ISO 4217:
    49900 for 499.00 EUR, 500 for 500 JPY. `tax_note` says what is in it."""

    amount_minor: int
    currency: str
    tax_note: Worded


@dataclass(frozen=True, slots=True)
class Offer:
    """Something that a personal account can buy: what its programme grants (PPI-2).

    `prices` are by code of a region. Where it has no price it is not sold.
    """

    id: int
    code: str
    programme: Programme
    prices: Mapping[str, Price]
    retired: bool = False

    @property
    def units(self) -> int:
        """How many incidents are bought with it."""
        return self.programme.quantity or 0

    @property
    def single(self) -> bool:
        """Whether it is one incident, not a pack."""
        return self.units == 1
