"""Step 2: which plan pays, how bad it is, and where one is (WIZ-2, ELI-1 to ELI-10)."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _

from pactdesk.accounts.rules import known_time_zones
from pactdesk.agreements import queries as agreements
from pactdesk.agreements.amounts import units_left
from pactdesk.agreements.queries import AgreementLine
from pactdesk.agreements.services import CannotAddAgreement, add_agreement
from pactdesk.cases.queries.drafts import DraftPage
from pactdesk.cases.queries.intake import Chosen, Setting, acting_in, chosen_of, setting_of
from pactdesk.cases.rules.answers import AROUND_THE_CLOCK, Support
from pactdesk.cases.rules.judgement import hours_kept
from pactdesk.cases.services import drafts
from pactdesk.catalog import queries as catalog
from pactdesk.delegation.queries import NOBODY_ELSE, ActingFor
from pactdesk.kernel.moments import day_in_words, instant_in_words, place_of
from pactdesk.kernel.worded import text_in
from pactdesk.pages.reasons import worded
from pactdesk.pages.requests import PageRequest, address_of
from pactdesk.pages.words import first_answer, updates
from pactdesk.portal import buying
from pactdesk.portal.draw_order import why_first_in_words
from pactdesk.portal.forms.benefits import PairForm
from pactdesk.portal.forms.intake import SupportForm
from pactdesk.portal.plans import Warning, warnings_in_words
from pactdesk.portal.views.intake import frame
from pactdesk.servicelevels.queries import Severity
from pactdesk.servicelevels.rules import SeverityOffer, promise, rule_offered_severities

# Where these choices change, the choices that depend on them are drawn anew.
_DECIDING = ("agreement_id", "severity", "hours", "country", "time_zone")


@dataclass(frozen=True, slots=True)
class Options:
    """What can be chosen in this step, for the product at hand and the plan that is chosen now. `lent` are the
    agreements of the customer among `plans`, of whose incidents some may be spent."""

    chosen: Chosen | None
    plans: tuple[AgreementLine, ...]
    setting: Setting
    offers: tuple[SeverityOffer, ...]
    acting: ActingFor = NOBODY_ELSE
    lent: frozenset[int] = frozenset()

    @property
    def usable(self) -> tuple[AgreementLine, ...]:
        return tuple(plan for plan in self.plans if plan.decision.allowed)

    @property
    def needs_plan(self) -> bool:
        return self.setting.circumstances.needs_plan


def edit(request: PageRequest, draft: DraftPage) -> HttpResponse:
    """Show the step, answer it, or add an agreement without leaving it."""
    if request.method == "POST":
        return _answer(request, draft)
    initial = draft.answers.support
    if request.htmx and request.GET.get("part") == "choices":
        typed = _form(request, request.GET, _options(request, draft, initial)).unfinished()
        return _show(request, draft, typed, template="portal/intake/support_choices.html")
    return _show(request, draft, initial)


def _answer(request: PageRequest, draft: DraftPage) -> HttpResponse:
    action = request.POST.get("action")
    typed = _typed(request.POST)
    options = _options(request, draft, typed)
    form = _form(request, request.POST, options)
    if action == "add":
        return _add(request, draft, typed, options)
    if action == "refresh":
        drafts.keep_unfinished(draft.id, "support", typed, actor=request.viewer, at=request.at)
        return redirect(frame.step_url(draft.id, "support"))
    if action == "buy":
        drafts.keep_unfinished(draft.id, "support", typed, actor=request.viewer, at=request.at)
        return frame.leave_to(request, buying.for_draft(reverse("portal:buy"), draft.id))
    if action in frame.KEEPS:
        return frame.keep(request, draft.id, "support", typed, action)
    if not form.is_valid():
        return _show(request, draft, typed, form=form, options=options, status=422)
    answers = drafts.save_step(draft.id, "support", form.answer(), actor=request.viewer, at=request.at)
    return frame.go_on(request, draft.id, answers)


def _add(request: PageRequest, draft: DraftPage, typed: Support, options: Options) -> HttpResponse:
    add_form = PairForm(request.POST)
    if add_form.is_valid():
        try:
            agreement_id = add_agreement(
                add_form.cleaned_data["access_id"],
                add_form.cleaned_data["contract_id"],
                subject=options.chosen.subject(for_customer=draft.customer_id is not None)
                if options.chosen
                else None,
                address=address_of(request),
                actor=request.viewer,
                at=request.at,
            )
        except CannotAddAgreement as refused:
            add_form.refuse(refused.decision, zone=request.viewer.time_zone)
        else:
            kept = replace(typed, agreement_id=agreement_id)
            drafts.keep_unfinished(draft.id, "support", kept, actor=request.viewer, at=request.at)
            messages.success(request, _("The agreement is added to your account."))
            return redirect(frame.step_url(draft.id, "support"))
    return _show(request, draft, typed, add_form=add_form, options=options, status=422)


def _show(
    request: PageRequest,
    draft: DraftPage,
    typed: Support,
    *,
    form: SupportForm | None = None,
    add_form: PairForm | None = None,
    options: Options | None = None,
    status: int = 200,
    template: str = "",
) -> HttpResponse:
    options = options or _options(request, draft, typed)
    typed = _with_defaults(request, typed, options)
    if form is None:
        form = _form(request, None, options, initial=typed)
    return frame.show(
        request,
        "support",
        answers=draft.answers,
        draft_id=draft.id,
        customer_id=draft.customer_id,
        saved_at=draft.saved_at,
        status=status,
        template=template,
        form=form,
        add_form=add_form or PairForm(),
        options=options,
        chosen_plan=typed.agreement_id,
        why_first=why_first_in_words(options.plans, in_the_cloud=_in_the_cloud(options)),
        may_buy=options.needs_plan and buying.may_pay_for(draft, request.viewer),
        plan_cards=[_plan_card(line, options) for line in options.usable],
        warnings=_warnings(request, options, typed.agreement_id),
        unusable=[_unusable(line, draft, options) for line in options.plans if not line.decision.allowed],
        severity_cards=_severity_cards(request, options, typed),
        unoffered=_unoffered(options) if options.usable or not options.needs_plan else [],
        promise_lines=_promise_lines(request, options, typed),
    )


def _options(request: PageRequest, draft: DraftPage, typed: Support) -> Options:
    answers, viewer, customer_id = draft.answers, request.viewer, draft.customer_id
    chosen = chosen_of(answers.problem)
    acting = acting_in(answers, viewer, customer_id)
    plans: tuple[AgreementLine, ...] = ()
    lent: frozenset[int] = frozenset()
    if chosen is not None and chosen.needs_plan:
        subject = chosen.subject(for_customer=customer_id is not None)
        plans = tuple(agreements.plans_for(viewer, subject, at=request.at))
        if customer_id is not None and acting.units_left:
            theirs = agreements.plans_lent(customer_id, viewer, subject, at=request.at)
            lent = frozenset(plan.agreement_id for plan in theirs)
            plans = (*(plan for plan in plans if plan.agreement_id not in lent), *theirs)
    usable = [plan.agreement_id for plan in plans if plan.decision.allowed]
    agreement_id = typed.agreement_id if typed.agreement_id in usable else next(iter(usable), None)
    plan = None
    if agreement_id in lent and agreement_id is not None and customer_id is not None:
        plan = agreements.lent_plan(customer_id, agreement_id)
    elif agreement_id is not None:
        plan = agreements.chosen_plan(viewer, agreement_id)
    support = replace(
        typed,
        agreement_id=agreement_id,
        country=typed.country or request.viewer.country,
        time_zone=_zone(request, typed),
    )
    contact = replace(answers.contact, language=answers.contact.language or request.viewer.language)
    setting = setting_of(
        replace(answers, support=support, contact=contact), plan, viewer=request.viewer, acting=acting
    )
    severities = [severity.code for severity in catalog.current().offered_severities()]
    offers = rule_offered_severities(severities, setting.circumstances.targets)
    return Options(chosen=chosen, plans=plans, setting=setting, offers=offers, acting=acting, lent=lent)


def _with_defaults(request: PageRequest, typed: Support, options: Options) -> Support:
    """What the page starts with: the first usable plan, and country and time zone from the profile (IDN-1).

    Hours are kept for the severity that asks about them; whoever comes to it from another one finds day and night.
    """
    usable = [plan.agreement_id for plan in options.usable]
    asks_hours = {
        offer.severity for offer in options.offers if offer.target and offer.target.around_the_clock
    }
    return replace(
        typed,
        agreement_id=typed.agreement_id if typed.agreement_id in usable else next(iter(usable), None),
        hours=(typed.hours if typed.severity in asks_hours else "") or AROUND_THE_CLOCK,
        country=typed.country or request.viewer.country,
        time_zone=_zone(request, typed),
    )


def _zone(request: PageRequest, typed: Support) -> str:
    """The zone that was chosen; that of the profile where none is, or none that there is."""
    return typed.time_zone if typed.time_zone in known_time_zones() else request.viewer.time_zone


def _form(request: PageRequest, data: Any, options: Options, initial: Support | None = None) -> SupportForm:
    return SupportForm(
        data,
        plans=[plan.agreement_id for plan in options.usable],
        needs_plan=options.needs_plan,
        severities=[offer.severity for offer in options.offers if offer.offered],
        around_the_clock=frozenset(
            offer.severity for offer in options.offers if offer.target and offer.target.around_the_clock
        ),
        calls_back_at=request.at if options.setting.circumstances.calls_back else None,
        initial=initial,
    )


def _typed(data: Any) -> Support:
    return SupportForm(
        data, plans=(), needs_plan=True, severities=(), around_the_clock=frozenset()
    ).unfinished()


def _plan_label(line: AgreementLine, options: Options) -> str:
    return line.named.shown(get_language() or "en", in_the_cloud=_in_the_cloud(options))


def _in_the_cloud(options: Options) -> bool:
    return options.chosen is not None and options.chosen.product.channel.sign_in == "subscription"


def _plan_card(line: AgreementLine, options: Options) -> dict[str, Any]:
    until = day_in_words(line.last_day, line.time_zone, get_language() or "en")
    lines = [
        units_left(
            line.unit, line.units_left, line.units_granted, counted=line.counted, overdraft=line.overdraft
        ),
        _("Until %(day)s") % {"day": until},
    ]
    if line.agreement_id in options.lent:
        allowed = {
            "customer": options.acting.customer_name,
            "left": options.acting.units_left,
            "most": options.acting.most_units,
        }
        lines.insert(
            0,
            ngettext(
                "An agreement of %(customer)s: you may still spend %(left)s of %(most)s incident",
                "An agreement of %(customer)s: you may still spend %(left)s of %(most)s incidents",
                options.acting.most_units,
            )
            % allowed,
        )
    if line.set_aside_by:
        lines.append(_("Set aside by %(organization)s") % {"organization": line.set_aside_by})
    return {"value": line.agreement_id, "title": _plan_label(line, options), "lines": lines}


def _warnings(request: PageRequest, options: Options, agreement_id: int | None) -> tuple[Warning, ...]:
    """What to think of in time about the plan that is chosen; of a customer's plan that customer is told."""
    line = next((each for each in options.usable if each.agreement_id == agreement_id), None)
    if line is None or line.agreement_id in options.lent:
        return ()
    return warnings_in_words(line, at=request.at)


def _unusable(line: AgreementLine, draft: DraftPage, options: Options) -> dict[str, Any]:
    places = {
        "choose-another-product": frame.step_url(draft.id, "problem"),
        "choose-another-plan": "#plans",
        "buy-incident": buying.for_draft(reverse("portal:buy"), draft.id),
    }
    return {
        "title": _plan_label(line, options),
        "reasons": [worded(reason, zone=line.time_zone, places=places) for reason in line.decision],
    }


def _severity_cards(request: PageRequest, options: Options, typed: Support) -> list[dict[str, Any]]:
    language = get_language() or "en"
    severities = catalog.current().severities
    cards = []
    for offer in options.offers:
        if offer.target is None or not offer.offered:
            continue
        severity = severities[offer.severity]
        kept = hours_kept(offer.target, typed.hours if offer.severity == typed.severity else AROUND_THE_CLOCK)
        lines = [
            text_in(severity.meaning, language),
            first_answer(kept, break_fix=options.setting.circumstances.break_fix),
            updates(kept.update_every),
            text_in(severity.asks, language),
        ]
        cards.append(
            {
                "id": f"id_severity_{offer.severity}",
                "value": offer.severity,
                "mark": offer.severity,
                "title": text_in(severity.name, language),
                "lines": [line for line in lines if line],
                "checked": typed.severity == offer.severity,
                "around_the_clock": offer.target.around_the_clock,
                "due": _due(request, options, offer, typed),
            }
        )
    return cards


def _unoffered(options: Options) -> list[dict[str, Any]]:
    severities = catalog.current().severities
    return [
        {
            "title": _severity_title(severities[offer.severity]),
            "reasons": [worded(reason, zone="UTC") for reason in offer.decision],
        }
        for offer in options.offers
        if not offer.offered
    ]


def _severity_title(severity: Severity) -> str:
    return f"{severity.code} · {text_in(severity.name, get_language() or 'en')}"


def _due(request: PageRequest, options: Options, offer: SeverityOffer, typed: Support) -> str:
    """By when an answer would be due if the request were sent now, in the reader's zone."""
    if offer.target is None:
        return ""
    circumstances = options.setting.circumstances
    hours = typed.hours if offer.severity == typed.severity else AROUND_THE_CLOCK
    made = promise(
        hours_kept(offer.target, hours), circumstances.calendar, request.at, break_fix=circumstances.break_fix
    )
    zone = typed.time_zone or request.viewer.time_zone or "UTC"
    return instant_in_words(made.first_response_due, zone, get_language() or "en")


def _promise_lines(request: PageRequest, options: Options, typed: Support) -> list[tuple[str, str]]:
    """What would follow if the request were sent now (said before it is sent)."""
    offer = next(
        (offer for offer in options.offers if offer.severity == typed.severity and offer.offered), None
    )
    if offer is None or offer.target is None:
        return []
    kept = hours_kept(offer.target, typed.hours)
    lines = [("clock", _("First answer by %(due)s") % {"due": _due(request, options, offer, typed)})]
    if kept.update_every is not None:
        lines.append(("bell", updates(kept.update_every)))
    if not kept.around_the_clock:
        calendar = options.setting.calendar
        lines.append(
            (
                "calendar",
                _("Counted in the business hours of %(calendar)s (%(place)s time)")
                % {
                    "calendar": text_in(calendar.name, get_language() or "en"),
                    "place": place_of(calendar.data.tz, get_language() or "en"),
                },
            )
        )
    return lines
