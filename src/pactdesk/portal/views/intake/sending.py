"""Steps 5 and 6: everything at a glance with what will happen, then sending it, once (WIZ-5, WIZ-6)."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from typing import Any

import structlog
from django.conf import settings
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _

from pactdesk.agreements.amounts import in_time, units_left
from pactdesk.agreements.queries import ChosenPlan
from pactdesk.agreements.rules import ADVISORY_HOUR
from pactdesk.cases.queries.drafts import DraftPage, draft_page
from pactdesk.cases.queries.intake import Chosen, Outlook, chosen_of, outlook_of
from pactdesk.cases.queries.routing import team_for
from pactdesk.cases.rules.answers import AROUND_THE_CLOCK, Answers, Person, Support
from pactdesk.cases.rules.call_backs import call_back_in
from pactdesk.cases.rules.numbers import shown_number
from pactdesk.cases.services import drafts, submission
from pactdesk.cases.services.submission import CannotSubmit
from pactdesk.catalog import queries as catalog
from pactdesk.kernel.database import LOST, forget_lost_connections
from pactdesk.kernel.moments import day_in_words, instant_in_words, place_of
from pactdesk.kernel.worded import text_in
from pactdesk.pages.asked import answers_in_words, choices_in_words
from pactdesk.pages.call_backs import call_back_in_words
from pactdesk.pages.context import OWN_NAMES
from pactdesk.pages.links import number_in
from pactdesk.pages.reasons import worded
from pactdesk.pages.requests import PageRequest
from pactdesk.pages.routes import country_name, team_in_words
from pactdesk.pages.words import product_name, updates
from pactdesk.portal.forms.intake import USAGES, SubmitForm, VerifyForm
from pactdesk.portal.views.intake import files, frame
from pactdesk.portal.views.intake.people import will_see

log = structlog.get_logger(__name__)

# A lost connection is tried once more: the draft's key makes that harmless, whatever had been written.
_TRIES = 2


def verify(request: PageRequest, draft: DraftPage) -> HttpResponse:
    """Step 5."""
    outlook = _outlook(request, draft)
    form = VerifyForm(
        request.POST if request.method == "POST" else None, customer=outlook.acting.customer_name
    )
    if request.method == "POST":
        if request.POST.get("action") == "leave":
            return frame.after_keeping(request, "leave")
        if form.is_valid() and outlook.judgement.decision.allowed:
            answers = drafts.save_step(draft.id, "verify", None, actor=request.viewer, at=request.at)
            return frame.go_on(request, draft.id, answers)
    allowed = outlook.judgement.decision.allowed
    return frame.show(
        request,
        "verify",
        answers=draft.answers,
        draft_id=draft.id,
        customer_id=draft.customer_id,
        saved_at=draft.saved_at,
        status=422 if request.method == "POST" else 200,
        form=form,
        is_allowed=allowed,
        groups=_groups(request, draft, outlook),
        files=files.rows(request, draft.id),
        refusals=_refusals(draft, outlook),
        promise_lines=_promise_lines(request, outlook, draft.answers),
        will_see=will_see(request.viewer, draft.answers),
        team=team_in_words(team_for(outlook.setting, draft.answers), get_language() or "en"),
    )


def ask(request: PageRequest, draft: DraftPage, form: SubmitForm | None = None) -> HttpResponse:
    """Step 6: the service agreement, and the button."""
    form = form or SubmitForm()
    outlook = _outlook(request, draft)
    return frame.show(
        request,
        "submit",
        answers=draft.answers,
        draft_id=draft.id,
        customer_id=draft.customer_id,
        for_customer=draft.customer_id,
        saved_at=draft.saved_at,
        status=422 if form.errors else 200,
        form=form,
        agreement_url=settings.SERVICE_AGREEMENT_URL or f"{reverse('portal:help')}#service-agreement",
        refusals=_refusals(draft, outlook),
        promise_lines=_promise_lines(request, outlook, draft.answers),
    )


def send(request: PageRequest, draft_id: uuid.UUID) -> HttpResponse:
    """Send the request. Everything is judged by the service, so nothing is fetched before it."""
    accepted = bool(request.POST.get("terms_accepted"))
    try:
        number = _submitted(request, draft_id, accepted)
    except CannotSubmit as refused:
        return _mend(request, draft_id, refused)
    return frame.leave_to(request, reverse("portal:confirmation", args=[shown_number(number)]))


def _submitted(request: PageRequest, draft_id: uuid.UUID, accepted: bool) -> int:
    for attempt in range(1, _TRIES + 1):
        try:
            return submission.submit(
                draft_id,
                terms_accepted=accepted,
                # As the page said, after it was verified; None for the own tenant (OBO-1).
                for_customer=number_in(request.POST.get("for_customer", "")),
                actor=request.viewer,
                at=request.at,
            ).number
        except LOST as lost:
            forget_lost_connections()
            log.warning("connection lost while submitting", attempt=attempt, error=type(lost).__name__)
            if attempt == _TRIES:
                raise
    raise AssertionError("unreachable")


def _mend(request: PageRequest, draft_id: uuid.UUID, refused: CannotSubmit) -> HttpResponse:
    """Nothing was sent: say why, at the step where it can be mended."""
    draft = draft_page(request.viewer, draft_id)
    if refused.decision.codes == ("intake.terms-not-accepted",):
        form = SubmitForm(request.POST)
        form.is_valid()
        return ask(request, draft, form)
    if draft.discarded:
        messages.warning(request, _("This draft was discarded."))
        return frame.leave_to(request, reverse("portal:draft-list"))
    for reason in refused.decision:
        messages.error(request, worded(reason, zone=request.viewer.time_zone).sentence)
    return redirect(frame.step_url(draft_id, refused.step))


def _outlook(request: PageRequest, draft: DraftPage) -> Outlook:
    return outlook_of(draft.answers, request.viewer, at=request.at, customer_id=draft.customer_id)


def _refusals(draft: DraftPage, outlook: Outlook) -> list[dict[str, Any]]:
    plan, judgement = outlook.plan, outlook.judgement
    return [
        {
            "plan": _plan_label(plan, outlook.setting.chosen)
            if plan is not None and reason.code.startswith("agreement.")
            else "",
            "text": worded(reason, zone="UTC").sentence,
            "url": frame.step_url(draft.id, judgement.steps[reason.code]),
            "step": frame.NAMES[judgement.steps[reason.code]],
        }
        for reason in judgement.decision
    ]


def _promise_lines(request: PageRequest, outlook: Outlook, answers: Answers) -> list[tuple[str, str]]:
    """Which plan pays, what will be left, and by when the first answer is due in the reader's zone."""
    if not outlook.judgement.decision.allowed:
        return []
    language = get_language() or "en"
    lines: list[tuple[str, str]] = []
    plan = outlook.plan
    if outlook.judgement.units and plan is not None:
        left = plan.plan.units_left - outlook.judgement.units
        lines.append(
            (
                "document",
                _deduction(plan.programme.unit, max(left, 0))
                % {
                    "plan": _plan_label(plan, outlook.setting.chosen),
                    "count": max(left, 0),
                    "time": in_time(left),
                },
            )
        )
    elif plan is not None and not plan.plan.counted:
        label = _plan_label(plan, outlook.setting.chosen)
        lines.append(("document", _("Nothing is deducted: %(plan)s is not counted") % {"plan": label}))
    elif not outlook.setting.circumstances.needs_plan:
        lines.append(("document", _("Nothing is deducted: this kind of question is free of charge")))
    if outlook.judgement.promise is not None:
        zone = request.viewer.time_zone or "UTC"
        due = instant_in_words(outlook.judgement.promise.first_response_due, zone, language)
        lines.append(("clock", _("First answer by %(due)s") % {"due": due}))
        if outlook.judgement.promise.update_every is not None:
            lines.append(("bell", updates(outlook.judgement.promise.update_every)))
    lines.append(("mail", _("A confirmation goes to %(address)s") % {"address": answers.contact.email}))
    return lines


def _deduction(unit: str, left: int) -> str:
    if unit == ADVISORY_HOUR:
        return _("One advisory hour is set aside from %(plan)s; %(time)s of advice will be left")
    return ngettext(
        "One incident is deducted from %(plan)s; %(count)s will be left",
        "One incident is deducted from %(plan)s; %(count)s will be left",
        left,
    )


def _plan_label(plan: ChosenPlan, chosen: Chosen | None) -> str:
    in_the_cloud = chosen is not None and chosen.product.channel.sign_in == "subscription"
    return plan.named.shown(get_language() or "en", in_the_cloud=in_the_cloud)


def _groups(request: PageRequest, draft: DraftPage, outlook: Outlook) -> list[dict[str, Any]]:
    """All answers, by step, each with a way to change it."""
    answers = draft.answers
    rows = {
        "problem": [*_subject_rows(outlook), *_problem_rows(answers)],
        "support": _support_rows(answers, outlook),
        "contact": _person_rows(answers.contact),
        "share": [
            {"label": person.name, "value": ", ".join(filter(None, (person.email, person.phone)))}
            for person in answers.share
        ]
        or [{"label": _("Shared with"), "value": _("Nobody else")}],
    }
    return [
        {"step": step, "name": frame.NAMES[step], "url": frame.step_url(draft.id, step), "rows": found}
        for step, found in rows.items()
    ]


def _subject_rows(outlook: Outlook) -> list[dict[str, str]]:
    """For whom it is, and on which subscription."""
    acting, rows = outlook.acting, []
    if acting.customer_name:
        rows.append({"label": _("Customer"), "value": acting.customer_name})
    if acting.subscription_number:
        named = f"{acting.subscription_name} ({acting.subscription_number})"
        rows.append({"label": _("Subscription"), "value": named})
    return rows


def _problem_rows(answers: Answers) -> list[dict[str, str]]:
    language = get_language() or "en"
    problem, chosen = answers.problem, chosen_of(answers.problem)
    rows = []
    if chosen is not None:
        category, feature = chosen.product.category(problem.category), chosen.problem.feature
        named = choices_in_words(
            chosen.product.channel,
            category.name if category else {"en": ""},
            feature.name if feature else None,
            chosen.problem.name,
            language,
        )
        product = product_name(chosen.product.name, chosen.version.name, language)
        rows = [{"label": label, "value": value} for label, value in ((_("Product"), product), *named)]
    if problem.usage:
        rows.append({"label": _("Use"), "value": str(dict(USAGES).get(problem.usage, ""))})
    if problem.best_effort:
        rows.append({"label": _("Access"), "value": _("None: we do our best without it")})
    rows += [
        {"label": _("Summary"), "value": problem.summary},
        {"label": _("Description"), "value": problem.description, "long": "yes"},
        *(
            {"label": label, "value": value}
            for label, value in answers_in_words(_asked_answers(answers), language)
        ),
    ]
    return rows


def _asked_answers(answers: Answers) -> Mapping[str, str]:
    """Without what was answered to questions that are asked no longer."""
    chosen = chosen_of(answers.problem)
    asked = chosen.product.questions_for(chosen.problem) if chosen else ()
    return {each.code: answers.problem.answers.get(each.code, "") for each in asked}


def _support_rows(answers: Answers, outlook: Outlook) -> list[dict[str, str]]:
    language = get_language() or "en"
    support = answers.support
    severities = catalog.current().severities
    name = text_in(severities[support.severity].name, language) if support.severity in severities else ""
    rows = []
    if outlook.setting.circumstances.needs_plan:
        value = ""
        if outlook.plan is not None:
            plan = outlook.plan
            left = units_left(
                plan.programme.unit,
                plan.plan.units_left,
                plan.units_granted,
                counted=plan.plan.counted,
                overdraft=plan.plan.overdraft,
            )
            ends = day_in_words(plan.last_day, plan.time_zone, language)
            value = _("%(plan)s: %(left)s, until %(day)s") % {
                "plan": _plan_label(plan, outlook.setting.chosen),
                "left": left,
                "day": ends,
            }
        rows.append({"label": _("Plan"), "value": value})
    rows.append({"label": _("Severity"), "value": f"{support.severity} · {name}"})
    if support.hours == AROUND_THE_CLOCK:
        rows += [
            {"label": _("Hours"), "value": _("Day and night, until it is solved")},
            {"label": _("Day and night contact"), "value": _night_contact(support)},
        ]
    else:
        rows.append({"label": _("Hours"), "value": _("In business hours")})
    if outlook.setting.circumstances.calls_back:
        wish = call_back_in(support)
        value = call_back_in_words(wish, language) if wish else _("Any time in business hours")
        rows.append({"label": _("We may call"), "value": value})
    rows.append(
        {
            "label": _("Where you are"),
            "value": f"{country_name(support.country, language)}, {_place(support.time_zone)}",
        }
    )
    return rows


def _person_rows(person: Person) -> list[dict[str, str]]:
    return [
        {"label": _("Name"), "value": person.name},
        {"label": _("E-mail"), "value": person.email},
        {"label": _("Phone"), "value": person.phone},
        {"label": _("Time zone"), "value": _place(person.time_zone)},
        {"label": _("Language of e-mails"), "value": dict(OWN_NAMES).get(person.language, "")},
    ]


def _place(time_zone: str) -> str:
    return place_of(time_zone, get_language() or "en") if time_zone else ""


def _night_contact(support: Support) -> str:
    """Whom to call day and night, and where they are if that is elsewhere."""
    told = [support.night_name, support.night_phone]
    if support.night_time_zone not in {"", support.time_zone}:
        told.append(place_of(support.night_time_zone, get_language() or "en"))
    return ", ".join(told)
