"""Who may come in: people who answer for a team. For everybody else there is no desk."""

from __future__ import annotations

from functools import wraps
from typing import Any

from django.http import Http404, HttpResponse
from django.shortcuts import render

from pactdesk.pages.requests import P, View, with_profile


def at_service_centre(view: View[P]) -> View[P]:
    """Only for the people of the service centre; others at the desk are not told that it is there."""
    for_desk = at_desk(view)

    @wraps(view)
    def inner(request: Any, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        if request.viewer is not None and not request.viewer.at_service_centre:
            raise Http404
        return for_desk(request, *args, **kwargs)

    return inner


def at_desk(view: View[P]) -> View[P]:
    """Only for people at the desk; nobody else is told that it is there.

    What they cannot see is answered by a page of the desk, which gives back what was typed: a request may have moved to
    another team while somebody was writing. It reads the same whether there is such a request or not.
    """
    for_people = with_profile(view)

    @wraps(view)
    def inner(request: Any, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        if request.viewer is not None and not request.viewer.works_at_desk:
            raise Http404
        try:
            return for_people(request, *args, **kwargs)
        except Http404:
            typed = request.POST.get("text", "") or request.POST.get("reason", "")
            return render(request, "desk/not_found.html", {"typed": typed}, status=404)

    return inner
