"""Programme-support requests, which need no pair and cost nothing, begun with what is known (BEN-4, REQ-3)."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from enum import StrEnum

from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _

from pactdesk.accounts.viewer import Viewer
from pactdesk.agreements.queries.activation import Enrolled
from pactdesk.cases.rules.answers import Problem
from pactdesk.cases.services import drafts
from pactdesk.catalog import queries as catalog
from pactdesk.catalog.rules import Product, made_here, sign_in_fits
from pactdesk.kernel.decisions import Decision
from pactdesk.kernel.moments import day_in_words
from pactdesk.kernel.worded import text_in
from pactdesk.pages.requests import PageRequest
from pactdesk.pages.words import level_name
from pactdesk.portal.plans import language

_TYPE = "programme"
# The question of the catalogue which partner number it is about, where an operator asks it.
_PARTNER_QUESTION = "partner-id"


class Matter(StrEnum):
    """What is asked of the service centre, by the code of its problem in the catalogue. Where an operator has no such
    problem, the request begins without one."""

    LOST_IDS = "ids-lost"
    CONTACT = "programme-contact"
    ACTIVATION = "activate-benefits"
    KIT = "competency-kit"


def programme_product() -> Product | None:
    """The product under which questions about programmes are asked; None where the catalogue has none."""
    return next(
        (
            product
            for product in catalog.current().products.values()
            if any(
                problem.problem_type.code == _TYPE
                for category in product.offered_categories
                for problem in category.offered_problems
            )
        ),
        None,
    )


def may_be_asked(viewer: Viewer) -> Decision:
    """Whether somebody can make a programme-support request here: the partner centre is for partners (IDN-2)."""
    product = programme_product()
    if product is None:
        return Decision()
    return Decision(
        (
            *made_here(product),
            *sign_in_fits(product.channel, viewer.kind, viewer.organization_kind),
        )
    )


def known_of(organization: str, partner_number: str, enrolments: Iterable[Enrolled]) -> list[tuple[str, str]]:
    """What is known of an organization in the partner network, as (label, value)."""
    told = [(_("Organization"), organization), (_("Partner number"), partner_number)]
    for term in enrolments:
        day = day_in_words(term.ends_on, "UTC", language())
        value = _("%(level)s, until %(day)s") % {"level": level_name(term.level), "day": day}
        told.append((_("Partner network"), value))
    return [(label, value) for label, value in told if value]


def begin(
    draft_id: uuid.UUID,
    matter: Matter,
    first: str,
    known: Iterable[tuple[str, str]],
    *,
    partner_number: str = "",
    request: PageRequest,
) -> HttpResponse:
    """Begin a request about `matter` and lead to its first step. `first` is what it says in one sentence, `known` are
    the facts, as (label, value). The same key again begins nothing anew; raises Http404 where it is somebody else's."""
    facts = "\n".join(_("%(label)s: %(value)s") % {"label": label, "value": value} for label, value in known)
    problem = _problem(matter, f"{first}\n\n{facts}", partner_number)
    drafts.start_draft(draft_id, problem, complete=False, actor=request.viewer, at=request.at)
    return redirect("portal:intake", draft_id)


def _problem(matter: Matter, description: str, partner_number: str) -> Problem:
    product = programme_product()
    if product is None:
        return Problem(description=description)
    version = next(iter(product.offered_versions), None)
    begun = Problem(product=product.code, version=version.code if version else "", description=description)
    for category in product.offered_categories:
        problem = category.problem(matter)
        if problem is not None and not problem.retired:
            return Problem(
                product=begun.product,
                version=begun.version,
                category=category.code,
                problem=problem.code,
                summary=text_in(problem.name, language()),
                description=description,
                answers={
                    question.code: partner_number
                    for question in product.questions_for(problem)
                    if partner_number and question.code == _PARTNER_QUESTION
                },
            )
    return begun
