"""The catalogue, as far as the guided request shows it: what can be asked about, and what programmes promise."""

from __future__ import annotations

from datetime import date
from typing import Literal

from django.http import Http404
from django.utils.translation import get_language
from ninja import Router
from pydantic import BaseModel, Field

from pactdesk.api.authentication import ApiRequest, Needs
from pactdesk.api.frame import answers
from pactdesk.api.problems import ReasonOut, reasons_out
from pactdesk.api.words import Named, in_words, named
from pactdesk.catalog import queries as catalog
from pactdesk.catalog.queries import Catalogue
from pactdesk.catalog.rules import Category, Product, Programme, Question, made_here, phase_on
from pactdesk.kernel.worded import FALLBACK
from pactdesk.servicelevels.rules import Target

router = Router(tags=["Catalogue"])

Hours = Literal["24x7", "business"]


class ProductLine(BaseModel):
    """A product in the list."""

    code: str
    name: str
    family: Named
    channel: Named
    made_here: bool = Field(description="Whether requests about it are made in this installation.")
    reasons: list[ReasonOut] = Field(description="Where they are made instead, and why.")


class ProductList(BaseModel):
    """All products on offer, by family."""

    items: list[ProductLine]


class VersionOut(BaseModel):
    """A version of a product. Dates are the last day of a phase; null: no end is known."""

    code: str
    name: str
    phase: Literal["mainstream", "extended", "ended"]
    mainstream_until: date | None
    extended_until: date | None


class ProblemOut(BaseModel):
    """What can go wrong, or be asked, in a category."""

    code: str
    name: str
    type: Named = Field(description="What kind of work it asks for.")
    draws: Literal["incident", "advisory_hour", "nothing"] = Field(description="What it takes from a plan.")
    feature: Named | None = Field(description="The part of its category that it belongs to; null: to none.")


class CategoryOut(BaseModel):
    """A topic with its problems."""

    code: str
    name: str
    problems: list[ProblemOut]


class ChoiceOut(BaseModel):
    """One of the answers that a question offers."""

    code: str
    name: str


class QuestionOut(BaseModel):
    """What a request about the product has to answer besides: with the code of a choice, “yes” or “no”, text, or a
    whole number in digits."""

    code: str
    name: str
    help: str
    kind: Literal["choice", "yes-no", "text", "number"]
    choices: list[ChoiceOut] = Field(description="Only for “choice”.")
    required: bool
    when: list[str] = Field(description="Asked for problems of these types only. Empty: for all.")


class ProductOut(ProductLine):
    """A product with all that can be chosen for a request about it."""

    asks_usage: bool = Field(description="Whether a request has to say how the product is used.")
    versions: list[VersionOut]
    categories: list[CategoryOut]
    questions: list[QuestionOut]


class Cadence(BaseModel):
    """How often news is promised: every so many minutes, or every so many business days."""

    minutes: int | None
    business_days: int | None


class TargetOut(BaseModel):
    """What is promised for one severity."""

    severity: str
    hours: Hours
    first_response_minutes: int
    update_every: Cadence | None
    needs_contact_around_the_clock: bool


class ProgrammeOut(BaseModel):
    """What can be sold or granted, what it covers and promises."""

    code: str
    name: str
    unit: Literal["incident", "advisory_hour"]
    quantity: int | None = Field(description="How many units are granted; null: they are not counted.")
    length_months: int
    extra_days: int
    channels: list[str] = Field(description="Codes of the channels whose products it covers.")
    mainstream_only: bool
    recent_only: bool
    only_versions: list[str] = Field(description="“product/version”; empty: all that are not left out.")
    except_versions: list[str]
    targets: list[TargetOut]


class ProgrammeList(BaseModel):
    """All programmes."""

    items: list[ProgrammeOut]


class SeverityOut(BaseModel):
    """How badly somebody is affected, in the requester's words."""

    code: str
    name: str
    meaning: str
    asks: str = Field(description="What it asks of the requester.")


class SeverityList(BaseModel):
    """All severities, the critical one first."""

    items: list[SeverityOut]


@router.get(
    "/products",
    response=answers({200: ProductList}),
    auth=Needs("catalogue:read"),
    operation_id="list_products",
    summary="List the products",
    url_name="products",
)
def products(request: ApiRequest) -> ProductList:
    """Everything that is supported, here or elsewhere, in the order of the guided request."""
    offered = catalog.current().offered_products()
    return ProductList(items=[_line(product) for _family, products in offered for product in products])


@router.get(
    "/products/{product}",
    response=answers({200: ProductOut}, path=True),
    auth=Needs("catalogue:read"),
    operation_id="get_product",
    summary="Get a product with its versions and problems",
    url_name="product",
)
def product(request: ApiRequest, product: str) -> ProductOut:
    """What can be chosen in the first step of a request about it."""
    found = catalog.current().products.get(product)
    if found is None or found.retired:
        raise Http404
    today = request.at.date()
    return ProductOut(
        **_line(found).model_dump(),
        asks_usage=found.asks_usage,
        versions=[
            VersionOut(
                code=version.code,
                name=in_words(version.name),
                phase=phase_on(version, today).value,
                mainstream_until=version.mainstream_until,
                extended_until=version.extended_until,
            )
            for version in found.offered_versions
        ],
        categories=[_category(category) for category in found.offered_categories],
        questions=[_question(question) for question in found.questions if not question.retired],
    )


@router.get(
    "/programmes",
    response=answers({200: ProgrammeList}),
    auth=Needs("catalogue:read"),
    operation_id="list_programmes",
    summary="List the programmes with what they promise",
    url_name="programmes",
)
def programmes(request: ApiRequest) -> ProgrammeList:
    """Promises are those made to whoever speaks the language of the answer (SEV-3)."""
    catalogue = catalog.current()
    return ProgrammeList(
        items=[_programme(each, catalogue) for each in catalogue.programmes.values() if not each.retired]
    )


@router.get(
    "/severities",
    response=answers({200: SeverityList}),
    auth=Needs("catalogue:read"),
    operation_id="list_severities",
    summary="List the severities",
    url_name="severities",
)
def severities(request: ApiRequest) -> SeverityList:
    """Which of them a plan offers, and what is promised then, is said by a preview of the request."""
    return SeverityList(
        items=[
            SeverityOut(
                code=severity.code,
                name=in_words(severity.name),
                meaning=in_words(severity.meaning),
                asks=in_words(severity.asks),
            )
            for severity in catalog.current().offered_severities()
        ]
    )


def target_out(target: Target) -> TargetOut:
    """A target for a program."""
    every = target.update_every
    return TargetOut(
        severity=target.severity,
        hours=target.hours,
        first_response_minutes=target.initial_response_minutes,
        update_every=Cadence(minutes=every.minutes, business_days=every.business_days) if every else None,
        needs_contact_around_the_clock=target.needs_contact_around_the_clock,
    )


def _line(product: Product) -> ProductLine:
    decision = made_here(product)
    return ProductLine(
        code=product.code,
        name=in_words(product.name),
        family=named(product.family.code, product.family.name),
        channel=named(product.channel.code, product.channel.name),
        made_here=decision.allowed,
        reasons=reasons_out(decision),
    )


def _category(category: Category) -> CategoryOut:
    return CategoryOut(
        code=category.code,
        name=in_words(category.name),
        problems=[
            ProblemOut(
                code=problem.code,
                name=in_words(problem.name),
                type=named(problem.problem_type.code, problem.problem_type.name),
                draws=problem.problem_type.draws,
                feature=named(problem.feature.code, problem.feature.name) if problem.feature else None,
            )
            for problem in category.offered_problems
        ],
    )


def _question(question: Question) -> QuestionOut:
    return QuestionOut(
        code=question.code,
        name=in_words(question.name),
        help=in_words(question.help) if question.help else "",
        kind=question.kind,
        choices=[ChoiceOut(code=code, name=in_words(name)) for code, name in question.choices.items()],
        required=question.required,
        when=sorted(question.problem_types),
    )


def _programme(programme: Programme, catalogue: Catalogue) -> ProgrammeOut:
    coverage = programme.coverage
    return ProgrammeOut(
        code=programme.code,
        name=in_words(programme.name),
        unit=programme.unit,
        quantity=programme.quantity,
        length_months=programme.length_months,
        extra_days=programme.extra_days,
        channels=sorted(coverage.channels),
        mainstream_only=coverage.mainstream_only,
        recent_only=coverage.recent_only,
        only_versions=sorted(coverage.only_versions),
        except_versions=sorted(coverage.except_versions),
        targets=[
            target_out(target)
            for target in catalogue.policy_of(programme).targets_in(get_language() or FALLBACK)
        ],
    )
