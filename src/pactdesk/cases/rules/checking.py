"""Whether answers are such as the guided request takes: a form brings them step by step, a program all at once.

What they mean together (may this be sent, what is promised) is for `judgement`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Final

from pactdesk.accounts.rules import LANGUAGES, parse_phone, time_zone_refusal
from pactdesk.accounts.rules.text import known_countries, read_text
from pactdesk.cases.rules.answers import (
    AROUND_THE_CLOCK,
    BUSINESS_HOURS,
    USAGES,
    Answers,
    Person,
    Problem,
    Support,
)
from pactdesk.cases.rules.contacts import addable_contact
from pactdesk.cases.rules.questions import checked_answers, chosen_problem, questions_in
from pactdesk.cases.rules.steps import CONTACT, PROBLEM, SHARE, SUPPORT
from pactdesk.catalog.rules import Category, Product
from pactdesk.kernel.decisions import Reason
from pactdesk.servicelevels.rules import Target

# Characters.
MOST_SUMMARY: Final = 200
MOST_DESCRIPTION: Final = 20_000
MOST_NAME: Final = 200
MOST_PHONE: Final = 40


@dataclass(frozen=True, slots=True)
class Finding:
    """What is wrong with one answer: the step, the field in it ("summary"), in step 4 the place of the person.

    The answer to a question has the question's code in its field: "answers/service-down".
    """

    step: str
    field: str
    reason: Reason
    place: int | None = None


@dataclass(frozen=True, slots=True)
class Checked:
    """The answers as they are kept, and everything that is wrong with them."""

    answers: Answers
    findings: tuple[Finding, ...]


def checked(answers: Answers, product: Product | None) -> Checked:
    """Check all answers at once. `product` is the one that they name, None where the catalogue has none.

    Addresses have to be lower case, and such as mail can be sent to: that is for the doors to say.
    """
    problem, of_problem = _problem(answers.problem, product)
    support, of_support = _support(answers.support)
    contact, of_contact = _person(answers.contact, CONTACT, country=support.country)
    share: list[Person] = []
    of_share: list[Finding] = []
    for place, given in enumerate(answers.share):
        person, found = _person(given, SHARE, country=support.country, place=place)
        refused = addable_contact(person, primary=contact, others=share)
        of_share += [*found, *(Finding(SHARE, "email", reason, place) for reason in refused)]
        share.append(person)
    return Checked(
        answers=replace(answers, problem=problem, support=support, contact=contact, share=tuple(share)),
        findings=(*of_problem, *of_support, *of_contact, *of_share),
    )


def checked_person(person: Person, *, country: str) -> tuple[Person, tuple[Finding, ...]]:
    """Check somebody who is to see a request that there is already; `country` is the request's, for phone numbers."""
    kept, findings = _person(person, SHARE, country=country)
    return kept, tuple(findings)


def missing_in_catalogue(
    answer: Problem, product: Product | None, *, with_problem: bool = True
) -> Iterator[Finding]:
    """What step 1 names and the catalogue does not offer; category and problem are left out without `with_problem`.

    Of a product of another channel nothing more is asked, nor of one that has only one version which that is.
    """
    if product is None:
        yield Finding(PROBLEM, "product", Reason("intake.product-unknown"))
        return
    if not product.channel.open:
        return
    if product.version(with_only_version(answer, product).version) is None:
        yield Finding(PROBLEM, "version", Reason("intake.version-unknown"))
    if not with_problem:
        return
    category = _offered_category(product, answer.category)
    if category is None:
        yield Finding(PROBLEM, "category", Reason("intake.category-unknown"))
    elif all(problem.code != answer.problem for problem in category.offered_problems):
        yield Finding(PROBLEM, "problem", Reason("intake.problem-unknown"))


def with_only_version(answer: Problem, product: Product) -> Problem:
    """The answer with the version about which nobody is asked, since the product has no other."""
    only = product.only_version
    return replace(answer, version=only.code) if only is not None and not answer.version else answer


def with_hours(support: Support, targets: Iterable[Target]) -> tuple[Support, tuple[Finding, ...]]:
    """The answers of step 2 with the hours that a severity leaves no choice about.

    Where it can be worked on around the clock, the requester has to say whether it shall be (SEV-4).
    """
    if support.hours:
        return support, ()
    target = next((each for each in targets if each.severity == support.severity), None)
    if target is not None and target.around_the_clock:
        return support, (Finding(SUPPORT, "hours", Reason("intake.hours-missing")),)
    return replace(support, hours=BUSINESS_HOURS), ()


def _offered_category(product: Product, code: str) -> Category | None:
    return next((category for category in product.offered_categories if category.code == code), None)


def _problem(answer: Problem, product: Product | None) -> tuple[Problem, list[Finding]]:
    findings = [*missing_in_catalogue(answer, product)]
    asks_usage = product is not None and product.channel.open and product.asks_usage
    if asks_usage and answer.usage not in USAGES:
        findings.append(Finding(PROBLEM, "usage", Reason("intake.usage-missing")))
    summary, of_summary = _text(PROBLEM, "summary", answer.summary, most=MOST_SUMMARY)
    description, of_description = _text(
        PROBLEM, "description", answer.description, most=MOST_DESCRIPTION, lines=True
    )
    if not summary and not of_summary:
        of_summary = [Finding(PROBLEM, "summary", Reason("intake.summary-missing"))]
    if not description and not of_description:
        of_description = [Finding(PROBLEM, "description", Reason("intake.description-missing"))]
    kept = replace(answer, summary=summary, description=description, usage=answer.usage if asks_usage else "")
    if product is None:
        return replace(kept, answers={}), [*findings, *of_summary, *of_description]
    chosen = chosen_problem(answer, product)
    answers, refused = checked_answers(answer.answers, questions_in(answer, product))
    of_answers = [Finding(PROBLEM, f"answers/{code}", reason) for code, reason in refused.items()]
    kept = replace(
        with_only_version(kept, product),
        feature=chosen.feature.code if chosen and chosen.feature else "",
        answers=answers,
    )
    return kept, [*findings, *of_summary, *of_description, *of_answers]


def _support(answer: Support) -> tuple[Support, list[Finding]]:
    findings: list[Finding] = []
    if answer.country not in known_countries():
        findings.append(Finding(SUPPORT, "country", Reason("intake.country-unknown")))
    if (refusal := time_zone_refusal(answer.time_zone)) is not None:
        findings.append(Finding(SUPPORT, "time_zone", refusal))
    if answer.hours != AROUND_THE_CLOCK:
        return replace(answer, night_name="", night_phone="", night_time_zone=""), findings
    if answer.night_time_zone and (refusal := time_zone_refusal(answer.night_time_zone)) is not None:
        findings.append(Finding(SUPPORT, "night_time_zone", refusal))
    name, of_name = _text(SUPPORT, "night_name", answer.night_name, most=MOST_NAME)
    phone, of_phone = _phone(SUPPORT, "night_phone", answer.night_phone, answer.country)
    return replace(answer, night_name=name, night_phone=phone), [*findings, *of_name, *of_phone]


def _person(
    person: Person, step: str, *, country: str, place: int | None = None
) -> tuple[Person, list[Finding]]:
    name, findings = _text(step, "name", person.name, most=MOST_NAME)
    if not name and not findings:
        findings = [Finding(step, "name", Reason("contact.name-missing"))]
    phone, of_phone = _phone(step, "phone", person.phone, country)
    if step == CONTACT:
        if not phone and not of_phone:
            of_phone = [Finding(step, "phone", Reason("contact.phone-missing"))]
        if (refusal := time_zone_refusal(person.time_zone)) is not None:
            findings.append(Finding(step, "time_zone", refusal))
        if person.language not in LANGUAGES:
            findings.append(Finding(step, "language", Reason("contact.language-unknown")))
    found = [replace(finding, place=place) for finding in (*findings, *of_phone)]
    return replace(person, name=name, phone=phone), found


def _text(step: str, field: str, text: str, *, most: int, lines: bool = False) -> tuple[str, list[Finding]]:
    read = read_text(text, most=most, lines=lines)
    return ("", [Finding(step, field, read)]) if isinstance(read, Reason) else (read, [])


def _phone(step: str, field: str, text: str, country: str) -> tuple[str, list[Finding]]:
    typed, findings = _text(step, field, text, most=MOST_PHONE)
    if findings or not typed:
        return typed, findings
    number = parse_phone(typed, country if country in known_countries() else "")
    return ("", [Finding(step, field, number)]) if isinstance(number, Reason) else (number, [])
