"""Step 1: the product, what is wrong with it, and articles that may help before going on (WIZ-1)."""

from __future__ import annotations

import uuid
from dataclasses import replace
from datetime import datetime
from functools import partial
from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.cache import patch_vary_headers
from django.utils.translation import get_language

from pactdesk.cases.queries.drafts import DraftPage
from pactdesk.cases.rules.answers import Answers, Problem
from pactdesk.cases.services import drafts
from pactdesk.catalog import queries as catalog
from pactdesk.delegation.queries.customers import subscriptions_to_name
from pactdesk.kernel.ids import new_key
from pactdesk.knowledge import queries as knowledge
from pactdesk.pages import files as pages_files
from pactdesk.pages.links import number_in
from pactdesk.pages.reasons import worded
from pactdesk.pages.requests import PageRequest
from pactdesk.portal.forms.intake import ProblemForm
from pactdesk.portal.front_doors import front_door_of
from pactdesk.portal.views.intake import acting, files, frame

FEW, MANY = 3, 10

# What a changed choice brings anew beside the articles: never the list that is being used.
_SWAPPED = {
    "product": {"hx-target": "#choices", "hx-swap": "outerHTML"},
    "category": {"hx-target": "#problem-choice", "hx-select": "#problem-choice", "hx-swap": "outerHTML"},
    "feature": {"hx-target": "#symptom-choice", "hx-select": "#symptom-choice", "hx-swap": "outerHTML"},
    "problem": {"hx-target": "this", "hx-swap": "none"},
}
# What a browser need not send to be told what can be chosen.
NOT_ASKED_WITH = "not csrfmiddlewaretoken,description,files"


def start(request: PageRequest, customer_id: int | None = None) -> HttpResponse:
    """A new request, for a customer or the own tenant. The draft begins with the first Next; its key stands in the
    form, so two clicks make one."""
    if request.method == "POST":
        key = key_in(request.POST.get("draft", ""))
        return _answer(request, key, Answers(), is_new=True, customer_id=customer_id)
    form = _form(request, None, customer_id, Problem(product=request.GET.get("product", "")))
    return _show(request, form, Answers(), draft_id=None, key=new_key(), customer_id=customer_id)


def edit(request: PageRequest, draft: DraftPage) -> HttpResponse:
    """Step 1 of a draft that exists."""
    if request.method == "POST":
        return _answer(request, draft.id, draft.answers, is_new=False, customer_id=draft.customer_id)
    form = _form(request, None, draft.customer_id, draft.answers.problem)
    return _show(
        request,
        form,
        draft.answers,
        draft_id=draft.id,
        key=draft.id,
        customer_id=draft.customer_id,
        saved_at=draft.saved_at,
    )


def options(request: PageRequest) -> HttpResponse:
    """With htmx: what can be chosen for the product and category at hand, and the articles that fit."""
    customer_id = number_in(request.GET.get("customer", ""))
    typed = ProblemForm(request.GET, **_catalogue(request, customer_id)).unfinished()
    form = _form(request, None, customer_id, typed)
    response = render(
        request,
        "portal/intake/choices.html",
        {
            "form": form,
            "key": key_in(request.GET.get("draft", "")),
            "in_part": True,
            # Where the same is asked as before, what stands there is left as it is: somebody may be typing in it.
            "swap_questions": request.GET.get("asked") != form.asked,
            "not_asked_with": NOT_ASKED_WITH,
            **_beside(request, form),
        },
    )
    patch_vary_headers(response, ("HX-Request",))
    return response


def _answer(
    request: PageRequest, draft_id: uuid.UUID, answers: Answers, *, is_new: bool, customer_id: int | None
) -> HttpResponse:
    form = _form(request, request.POST, customer_id)
    action = request.POST.get("action", "")
    # Whichever button was pressed, files that were chosen come along, and whoever goes on in another name has a draft.
    if is_new and (request.FILES.getlist("files") or action == "files" or action in acting.WAYS):
        _begin(request, draft_id, form, customer_id)
        is_new = False
    known_id = None if is_new else draft_id
    problems = files.take(request, draft_id)
    if action in {"choices", "articles"}:
        return _show(
            request,
            _form(request, None, customer_id, form.unfinished()),
            answers,
            draft_id=known_id,
            key=draft_id,
            customer_id=customer_id,
            file_problems=problems,
        )
    if action == "files" or pages_files.removal_in(action) is not None:
        return files.change(request, draft_id, form.unfinished(), action, problems)
    if action in frame.KEEPS:
        files.tell(request, problems)
        if is_new:
            _begin(request, draft_id, form, customer_id)
            return frame.after_keeping(request, action)
        return frame.keep(request, draft_id, "problem", form.unfinished(), action)
    if not _is_complete(request, form, answers, customer_id) or problems:
        if is_new and form.is_valid():
            # It is out of scope here, and can go on elsewhere.
            _begin(request, draft_id, form, customer_id)
            known_id = draft_id
        return _show(
            request,
            form,
            replace(answers, problem=form.unfinished()),
            draft_id=known_id,
            key=draft_id,
            customer_id=customer_id,
            status=422,
            file_problems=problems,
        )
    if is_new:
        drafts.start_draft(
            draft_id, form.answer(), customer_id=customer_id, actor=request.viewer, at=request.at
        )
        answers = Answers().with_step("problem", form.answer())
    else:
        answers = drafts.save_step(draft_id, "problem", form.answer(), actor=request.viewer, at=request.at)
    return frame.go_on(request, draft_id, answers)


def _begin(request: PageRequest, draft_id: uuid.UUID, form: ProblemForm, customer_id: int | None) -> None:
    drafts.start_draft(
        draft_id,
        form.unfinished(),
        complete=False,
        customer_id=customer_id,
        actor=request.viewer,
        at=request.at,
    )


def _is_complete(request: PageRequest, form: ProblemForm, answers: Answers, customer_id: int | None) -> bool:
    """Whether all is chosen, and may be asked for by whoever asks (OBO-3, RTE-3)."""
    if not form.is_valid():
        return False
    decision = acting.refused(request, replace(answers, problem=form.answer()), customer_id)
    for reason in decision:
        if reason.code in acting.AT_THE_FIELD and "subscription" in form.fields:
            form.add_error("subscription", worded(reason, zone="UTC").sentence)
    return decision.allowed


def _show(
    request: PageRequest,
    form: ProblemForm,
    answers: Answers,
    *,
    draft_id: uuid.UUID | None,
    key: uuid.UUID,
    customer_id: int | None,
    saved_at: datetime | None = None,
    status: int = 200,
    file_problems: tuple[str, ...] = (),
) -> HttpResponse:
    return frame.show(
        request,
        "problem",
        answers=answers,
        draft_id=draft_id,
        customer_id=customer_id,
        saved_at=saved_at,
        status=status,
        form=form,
        for_customer=customer_id,
        key=key,
        not_asked_with=NOT_ASKED_WITH,
        files_box=files.box(request, key, begun=draft_id is not None, problems=file_problems),
        **_beside(request, form),
    )


def _beside(request: PageRequest, form: ProblemForm) -> dict[str, Any]:
    """What stands beside the form: the front door of the product, and articles that may help."""
    language = get_language() or "en"
    product = form.chosen_product
    door = front_door_of(product, request.viewer, language) if product is not None else None
    if product is None or not product.channel.open:
        return {"door": door, "articles": (), "more_articles": False}
    everything = request.POST.get("action") == "articles" or request.GET.get("articles") == "all"
    wanted = MANY if everything else FEW
    # Looked up, because what a browser sends may be anything, and not everything may be asked of a database.
    category = product.category(str(form["category"].value() or ""))
    chosen = str(form["problem"].value() or "") if "problem" in form.fields else ""
    problem = category.problem(chosen) if category else None
    found = knowledge.suggestions(
        product=product.code,
        category=category.code if category else "",
        problem=problem.code if problem else "",
        text=str(form["summary"].value() or ""),
        language=language,
        limit=wanted + 1,
        more=everything,
    )
    return {"door": door, "articles": found[:wanted], "more_articles": len(found) > wanted}


def _form(
    request: PageRequest, data: Any, customer_id: int | None, initial: Problem | None = None
) -> ProblemForm:
    form = ProblemForm(data, initial=initial, **_catalogue(request, customer_id))
    for name, swapped in _SWAPPED.items():
        if name in form.fields:
            form.fields[name].widget.attrs.update(
                {
                    "hx-get": reverse("portal:intake-options"),
                    "hx-include": "closest form",
                    "hx-params": NOT_ASKED_WITH,
                    "hx-sync": "this:replace",
                    **swapped,
                }
            )
    return form


def _catalogue(request: PageRequest, customer_id: int | None) -> dict[str, Any]:
    return {
        "for_customer": customer_id is not None,
        "family": request.GET.get("family", ""),
        "subscriptions": partial(subscriptions_to_name, request.viewer, customer_id),
        "catalogue": catalog.current(),
        "language": get_language() or "en",
        "viewer": request.viewer,
    }


def key_in(text: str) -> uuid.UUID:
    """The key of a draft as it stands in the form, or a new one."""
    try:
        return uuid.UUID(text)
    except ValueError:
        return new_key()
