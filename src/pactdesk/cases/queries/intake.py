"""What the answers of a draft mean in the catalogue of the moment. The catalogue is in memory."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from pactdesk.accounts import queries as accounts
from pactdesk.accounts.viewer import Viewer
from pactdesk.agreements import queries as agreements
from pactdesk.agreements.queries import ChosenPlan
from pactdesk.agreements.rules import ADVISORY_HOUR, Subject
from pactdesk.cases.rules.answers import Answers, Person
from pactdesk.cases.rules.answers import Problem as ProblemAnswer
from pactdesk.cases.rules.contacts import not_of_the_customer
from pactdesk.cases.rules.judgement import Circumstances, Judgement, judge
from pactdesk.catalog import queries as catalog
from pactdesk.catalog.queries import Catalogue, NotInCatalogue
from pactdesk.catalog.rules import Channel, Problem, Product, Version, made_here, offered, sign_in_fits
from pactdesk.delegation.access import assignments_of
from pactdesk.delegation.queries import NOBODY_ELSE, ActingFor, acting_for, on_any_subscription
from pactdesk.delegation.rules import Door, may_submit
from pactdesk.kernel.decisions import ALLOWED, Decision
from pactdesk.routing import queries as routing
from pactdesk.routing.rules import Route, Traits
from pactdesk.servicelevels.queries import Calendar, Policy

# What is promised where no programme pays: questions that draw nothing from a plan (RTE-2).
FREE_POLICY = "free-of-charge"


@dataclass(frozen=True, slots=True)
class Chosen:
    """The catalogue's entries behind the answers of step 1."""

    product: Product
    version: Version
    problem: Problem

    @property
    def needs_plan(self) -> bool:
        return self.product.needs_pair_for(self.problem)

    @property
    def calls_back(self) -> bool:
        """Whether a consultant calls back about it: advice is given by phone (RTE-2)."""
        return self.problem.problem_type.draws == ADVISORY_HOUR

    @property
    def door(self) -> Door:
        """What the channel wants to know of whoever comes in."""
        return door_of(self.product.channel)

    def subject(self, *, for_customer: bool) -> Subject:
        """What the request is about, for the rule that says what can pay for it."""
        return subject_of(
            self.product,
            self.version,
            needs_advice=self.problem.problem_type.draws == ADVISORY_HOUR,
            for_customer=for_customer,
        )


def subject_of(
    product: Product, version: Version, *, needs_advice: bool, for_customer: bool = False
) -> Subject:
    """What a request about this product is about, for the rule that says what can pay for it."""
    channel = product.channel.code
    programmes = catalog.current().programmes.values() if for_customer else ()
    return Subject(
        channel=channel,
        version=version,
        needs_advice=needs_advice,
        for_customer=for_customer,
        paid_for_customers=tuple(
            programme.name
            for programme in programmes
            if channel in programme.coverage.for_customers and not programme.retired
        ),
    )


@dataclass(frozen=True, slots=True)
class Setting:
    """Circumstances for the rule, the entries to refer to, and the terms to freeze with the case (SEV-6)."""

    circumstances: Circumstances
    chosen: Chosen | None
    policy: Policy
    calendar: Calendar
    programme: str = ""

    def route(self, answers: Answers) -> Route:
        """Which team the request would come to, and why (RTE-1); nobody's while its product is not known."""
        if self.chosen is None:
            return Route(None)
        return routing.route_for(
            Traits(
                problem_type=self.chosen.problem.problem_type.code,
                family=self.chosen.product.family.code,
                product=self.chosen.product.code,
                programme=self.programme,
                severity=answers.support.severity,
                language=answers.contact.language,
                country=answers.support.country,
                time_zone=answers.support.time_zone,
            )
        )

    def terms(self, severity: str, hours: str) -> dict[str, Any]:
        """The promise as data: versions of policy and calendar, which never change, and what was chosen of them."""
        target = self.policy.target(severity)
        every = target.update_every if target else None
        return {
            "policy": self.policy.version_id,
            "calendar": self.calendar.version_id,
            "severity": severity,
            "hours": hours,
            "break_fix": self.circumstances.break_fix,
            "initial_response_minutes": target.initial_response_minutes if target else None,
            "update_every": every.as_data() if every else None,
        }


@dataclass(frozen=True, slots=True)
class Outlook:
    """What would happen if the answers were sent now. `plan` is the agreement that they name, None where there is none
    or it is not the viewer's; `acting` is how the viewer stands to whom the request is for."""

    plan: ChosenPlan | None
    setting: Setting
    judgement: Judgement
    acting: ActingFor = NOBODY_ELSE

    @property
    def delegation_id(self) -> int | None:
        """The delegation on which the request rests, None where that is a role. A reseller's on a subscription is what
        its provider passed on, whatever the customer granted to it besides (OBO-4)."""
        if self.acting.rests_on_role:
            return None
        chosen, tier = self.setting.chosen, self.acting.standing.tier
        if chosen is not None and chosen.door.sign_in == "subscription" and tier == "reseller":
            return self.acting.passed_on_id
        return self.acting.delegation_id

    @property
    def spends_allowance(self) -> bool:
        """Whether an incident of the customer's own is spent, which the delegation counts."""
        lent = self.plan is not None and self.plan.lent_by_customer
        return lent and bool(self.judgement.units)


def door_of(channel: Channel) -> Door:
    """What a channel wants to know of whoever comes in."""
    return Door(channel.sign_in, asks_subscription=channel.asks_subscription)


def outlook_of(answers: Answers, viewer: Viewer, *, at: datetime, customer_id: int | None = None) -> Outlook:
    """Judge the answers of `viewer` as sending them would; `customer_id` is for whom they are, None for the own tenant.

    One query where they name an agreement, two where it may be a customer's, one where somebody acts for a customer or
    on a subscription, and one for the contacts of a request that is made for a customer.
    """
    agreement_id = answers.support.agreement_id
    acting = acting_in(answers, viewer, customer_id)
    plan = None
    if agreement_id is not None and customer_id is not None and acting.units_left:
        # Also where its pair was shared: that pays for the own tenant only.
        plan = agreements.lent_plan(customer_id, agreement_id)
    if agreement_id is not None and plan is None:
        plan = agreements.chosen_plan(viewer, agreement_id)
    setting = setting_of(answers, plan, viewer=viewer, acting=acting, theirs=_theirs(answers, customer_id))
    return Outlook(plan, setting, judge(answers, setting.circumstances, account=viewer.email, at=at), acting)


def acting_in(answers: Answers, viewer: Viewer, customer_id: int | None) -> ActingFor:
    """How the viewer stands now to whom these answers are for. One query at most.

    A subscription that is named where none is asked for says nothing: a role on it would hold longer than the rights
    under which the request is made."""
    product = catalog.current().products.get(answers.problem.product)
    asked = product is None or product.channel.asks_subscription
    return acting_for(viewer, customer_id, answers.problem.subscription if asked else "")


def may_act(answers: Answers, viewer: Viewer, acting: ActingFor) -> Decision:
    """Whether what these answers ask for may be asked for, as far as they are known, by whoever stands so. Two queries
    at most.

    While the product is not known, somebody who acts for a customer is told only that nothing holds any more. While no
    subscription is named where one is asked for, it may be any."""
    decision = _so_far(answers, viewer, acting)
    if decision.allowed or acting.customer_id is None or answers.problem.subscription:
        return decision
    product = catalog.current().products.get(answers.problem.product)
    if product is not None and not product.channel.asks_subscription:
        return decision
    return _so_far(answers, viewer, replace(acting, standing=on_any_subscription(viewer, acting)))


def _so_far(answers: Answers, viewer: Viewer, acting: ActingFor) -> Decision:
    chosen, standing = chosen_of(answers.problem), acting.standing
    if chosen is not None:
        return _may_act(answers, chosen, acting)
    product = catalog.current().products.get(answers.problem.product)
    best_effort = bool(answers.problem.best_effort)
    if product is not None and product.channel.open:
        door = door_of(product.channel)
        return may_submit(standing, door, break_fix=False, best_effort=best_effort)
    if acting.customer_id is None or standing.purposes or standing.from_provider:
        return ALLOWED
    if assignments_of(viewer).filter(subscription__organization_id=acting.customer_id).exists():
        return ALLOWED
    return may_submit(standing, Door("tenant"), break_fix=False)


def may_contact(person: Person, customer_id: int | None) -> Decision:
    """Whether somebody may be named in a request for a customer, or for the own tenant where that is None (OBO-2). One
    query at most."""
    if customer_id is None:
        return ALLOWED
    theirs = accounts.belonging_to(customer_id, [(person.email, person.phone)])
    return not_of_the_customer(person, theirs=theirs)


def _theirs(answers: Answers, customer_id: int | None) -> frozenset[str]:
    named = [(each.email, each.phone) for each in (answers.contact, *answers.share) if each.email]
    if customer_id is None or not named:
        return frozenset()
    return accounts.belonging_to(customer_id, named)


def chosen_of(problem: ProblemAnswer) -> Chosen | None:
    """The entries behind the answers of step 1; None where one is missing, or is not known any more."""
    catalogue = catalog.current()
    try:
        return Chosen(
            product=catalogue.product(problem.product),
            version=catalogue.version(problem.product, problem.version),
            problem=catalogue.problem(problem.category, problem.problem),
        )
    except NotInCatalogue:
        return None


def setting_of(
    answers: Answers,
    plan: ChosenPlan | None,
    *,
    viewer: Viewer,
    acting: ActingFor = NOBODY_ELSE,
    theirs: frozenset[str] = frozenset(),
) -> Setting:
    """What the answers mean now. `plan` is the agreement chosen in step 2, None where there is none; `acting` is how
    the requester stands to whom it is for, and `theirs` the customer's addresses among those that were named."""
    catalogue = catalog.current()
    chosen = chosen_of(answers.problem)
    # The customer's own plans pay for the customer's tenant.
    for_customer = acting.standing.for_customer and not (plan is not None and plan.lent_by_customer)
    policy = _policy(catalogue, chosen, plan)
    calendar = catalogue.calendar_for(answers.support.country, answers.support.time_zone)
    product = catalogue.products.get(answers.problem.product)
    redirect = made_here(product) if product else ALLOWED
    if chosen is not None:
        redirect = redirect.and_also(offered(chosen.product, chosen.version))
    return Setting(
        circumstances=Circumstances(
            subject=chosen.subject(for_customer=for_customer) if chosen else None,
            redirect=redirect,
            needs_plan=chosen.needs_plan if chosen else True,
            break_fix=chosen.problem.problem_type.break_fix if chosen else True,
            plan=plan.plan if plan else None,
            targets=policy.targets_in(answers.contact.language),
            calendar=calendar.data,
            calls_back=chosen.calls_back if chosen else False,
            acting=_may_act(answers, chosen, acting),
            theirs=theirs,
            sign_in=sign_in_fits(product.channel, viewer.kind, viewer.organization_kind)
            if product and redirect.allowed
            else ALLOWED,
        ),
        chosen=chosen,
        policy=policy,
        calendar=calendar,
        programme=plan.programme.code if plan else "",
    )


def _may_act(answers: Answers, chosen: Chosen | None, acting: ActingFor) -> Decision:
    """Whether somebody who stands so may ask for this; while the product is not known, only whether for anything."""
    if chosen is None:
        return ALLOWED
    return may_submit(
        acting.standing,
        chosen.door,
        break_fix=chosen.problem.problem_type.break_fix,
        best_effort=bool(answers.problem.best_effort),
    )


def _policy(catalogue: Catalogue, chosen: Chosen | None, plan: ChosenPlan | None) -> Policy:
    if plan is not None and (chosen is None or chosen.needs_plan):
        return catalogue.policy_of(plan.programme)
    # Work that would need a plan elsewhere is promised what its channel says.
    if chosen is not None and not chosen.needs_plan and chosen.problem.needs_plan:
        return catalogue.policy(chosen.product.channel.policy_code or FREE_POLICY)
    return catalogue.policy(FREE_POLICY)
