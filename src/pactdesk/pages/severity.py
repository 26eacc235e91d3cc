"""Changing how severe a request is, for both sides: the form, its cards, and what would happen."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from django import forms
from django.utils.functional import Promise
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _

from pactdesk.accounts.rules import parse_phone
from pactdesk.accounts.viewer import Viewer
from pactdesk.cases.queries.severity import Outlook, SeverityPage
from pactdesk.cases.queries.severity import outlook as outlook_of
from pactdesk.cases.rules.answers import AROUND_THE_CLOCK, BUSINESS_HOURS
from pactdesk.cases.rules.checking import MOST_NAME, MOST_PHONE
from pactdesk.cases.rules.judgement import hours_kept
from pactdesk.cases.rules.messages import MOST_REASON
from pactdesk.cases.rules.severity import Level, Reachable, Wanted
from pactdesk.cases.services.changing import CannotChange
from pactdesk.catalog import queries as catalog
from pactdesk.kernel.decisions import Decision, Reason
from pactdesk.kernel.moments import instant_in_words
from pactdesk.kernel.worded import text_in
from pactdesk.notifications.wording import SENTENCES, sentence
from pactdesk.pages.fields import CleanText, LongSelect, time_zone_choices
from pactdesk.pages.forms import RefusableForm
from pactdesk.pages.reasons import WordedReason, worded
from pactdesk.pages.requests import PageRequest
from pactdesk.pages.words import first_answer, updates
from pactdesk.servicelevels.rules.timers import Metric

_METRICS: Final[Mapping[Metric, str | Promise]] = {
    Metric.INITIAL_RESPONSE: gettext_lazy("First answer"),
    Metric.UPDATE: gettext_lazy("Next news"),
}


class SeverityForm(RefusableForm):
    """Another severity, whom to call where it is handled around the clock (SEV-4), and why.

    `page` knows what is offered. `seen` is the revision that the page showed, `shown` what would happen was shown for.
    """

    severity = forms.ChoiceField(
        label=gettext_lazy("How badly does this affect you?"),
        widget=forms.RadioSelect,
        error_messages={
            "required": SENTENCES["intake.severity-missing"],
            "invalid_choice": gettext_lazy(
                "This plan does not offer that severity. Choose one of those shown."
            ),
        },
    )
    hours = forms.ChoiceField(
        label=gettext_lazy("When should we work on it?"),
        widget=forms.RadioSelect,
        required=False,
        choices=(
            (AROUND_THE_CLOCK, gettext_lazy("Day and night, until it is solved")),
            (BUSINESS_HOURS, gettext_lazy("In business hours")),
        ),
    )
    night_name = CleanText(
        most=MOST_NAME, required=False, label=gettext_lazy("Who can we call day and night?")
    )
    night_phone = CleanText(
        most=MOST_PHONE,
        required=False,
        label=gettext_lazy("That person's phone number"),
        widget=forms.TextInput(attrs={"type": "tel", "autocomplete": "tel"}),
    )
    night_zone = forms.ChoiceField(
        label=gettext_lazy("That person's time zone"),
        required=False,
        choices=time_zone_choices,
        widget=LongSelect,
        error_messages={"invalid_choice": SENTENCES["contact.time-zone-unknown"]},
    )
    night_agreed = forms.BooleanField(
        label=gettext_lazy("I confirm that this person answers day and night"), required=False
    )
    reason = CleanText(
        most=MOST_REASON,
        lines=True,
        label=gettext_lazy("Why?"),
        help_text=gettext_lazy("Everybody who sees the request can read this."),
        widget=forms.Textarea(attrs={"rows": 3}),
        error_messages={"required": gettext_lazy("Say why, in a few words.")},
    )

    def __init__(self, data: Any = None, *, page: SeverityPage) -> None:
        self.page = page
        self.around_the_clock = frozenset(
            offer.severity
            for offer in page.offers
            if offer.offered and offer.target and offer.target.around_the_clock
        )
        super().__init__(
            data,
            initial={
                "severity": page.level.severity,
                "hours": AROUND_THE_CLOCK,
                "night_name": page.reachable.name,
                "night_phone": page.reachable.phone,
                "night_zone": page.reachable.time_zone,
            },
        )
        offered = [(offer.severity, offer.severity) for offer in page.offers if offer.offered]
        self.fields["severity"].choices = offered  # type: ignore[attr-defined]  # Django types it as any field

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        severity = cleaned.get("severity")
        if severity is None:
            return cleaned
        if severity not in self.around_the_clock:
            cleaned["hours"] = BUSINESS_HOURS
        elif not cleaned.get("hours"):
            self.add_error("hours", SENTENCES["intake.hours-missing"])
        if cleaned.get("hours") == AROUND_THE_CLOCK:
            self._clean_reachable(cleaned)
        return cleaned

    def _clean_reachable(self, cleaned: dict[str, Any]) -> None:
        if not cleaned.get("night_name") and "night_name" not in self.errors:
            self.add_error("night_name", sentence(Reason("intake.night-contact-missing"), "UTC"))
        if not cleaned.get("night_phone"):
            if "night_phone" not in self.errors:
                self.add_error("night_phone", SENTENCES["contact.phone-missing"])
        else:
            number = parse_phone(cleaned["night_phone"], self.page.country)
            if isinstance(number, Reason):
                self.add_error("night_phone", sentence(number, "UTC"))
            else:
                cleaned["night_phone"] = number
        if not cleaned.get("night_zone") and "night_zone" not in self.errors:
            self.add_error("night_zone", _("Choose a time zone."))
        if not cleaned.get("night_agreed"):
            self.add_error(
                "night_agreed",
                _(
                    "Severity A needs somebody who answers day and night. Confirm it, or choose business hours."
                ),
            )

    @property
    def wanted(self) -> Wanted:
        """What was chosen, once the form is valid."""
        chosen = self.cleaned_data
        if chosen["hours"] != AROUND_THE_CLOCK:
            return Wanted(chosen["severity"], chosen["hours"])
        reachable = Reachable(chosen["night_name"], chosen["night_phone"], chosen["night_zone"])
        return Wanted(chosen["severity"], chosen["hours"], reachable)

    @property
    def choice(self) -> str:
        """What was chosen, as the page repeats it to say for what it has shown what would happen."""
        return f"{self.cleaned_data['severity']}:{self.cleaned_data['hours']}"

    @property
    def was_shown(self) -> bool:
        """Whether what would happen was shown for exactly this choice."""
        return self.data.get("shown") == self.choice


def changed_or_shown(
    request: PageRequest, form: SeverityForm, *, at_desk: bool, change: Callable[[], object]
) -> tuple[bool, Outlook | None]:
    """Whether the severity is another one now, else what would happen; None where nothing can be, with reasons in the
    form. `change` is the door's verb: it is called only for what was shown before, and may raise `CannotChange`."""
    if not (form.is_bound and form.is_valid()):
        return False, None
    viewer = request.viewer
    outlook = outlook_of(viewer, form.page.number, form.wanted, at_desk=at_desk, at=request.at)
    if not outlook.decision.allowed:
        form.refuse(outlook.decision, zone=viewer.time_zone)
        return False, None
    if request.POST.get("do") != "change" or not form.was_shown:
        return False, outlook
    try:
        change()
    except CannotChange as refused:
        form.refuse(refused.decision, zone=viewer.time_zone)
        return False, None
    return True, outlook


@dataclass(frozen=True, slots=True)
class DueRow:
    """What is owed, and until when: now and afterwards, in words."""

    what: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a change would do, in words."""

    title: str
    rows: tuple[DueRow, ...]
    lines: tuple[str, ...]


def cards_of(page: SeverityPage, chosen: str) -> list[dict[str, Any]]:
    """The severities that can be chosen, each with what it promises and asks."""
    language, severities = get_language() or "en", catalog.current().severities
    cards = []
    for offer in page.offers:
        if offer.target is None or not offer.offered:
            continue
        severity = severities[offer.severity]
        is_now = offer.severity == page.level.severity
        hours = page.level.hours if is_now else AROUND_THE_CLOCK
        kept = hours_kept(offer.target, hours)
        lines = [
            text_in(severity.meaning, language),
            first_answer(kept, break_fix=page.break_fix),
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
                "checked": chosen == offer.severity,
                "around_the_clock": offer.target.around_the_clock,
                "chip": _("As it is now") if is_now else "",
            }
        )
    return cards


def unoffered_of(page: SeverityPage) -> list[dict[str, Any]]:
    """The others, each with why it cannot be chosen."""
    return [
        {"title": severity_name(offer.severity), "reasons": _reasons(offer.decision)}
        for offer in page.offers
        if not offer.offered
    ]


def severity_name(code: str) -> str:
    """A severity with its name: "A · Business is stopped"."""
    severity = catalog.current().severities.get(code)
    return f"{code} · {text_in(severity.name, get_language() or 'en')}" if severity else code


def level_in_words(level: Level) -> str:
    """A severity with its name and when it is worked on."""
    name = severity_name(level.severity)
    if level.hours == AROUND_THE_CLOCK:
        return _("%(severity)s, day and night") % {"severity": name}
    return _("%(severity)s, in business hours") % {"severity": name}


def outcome_of(outlook: Outlook, *, now: Level, viewer: Viewer) -> Outcome:
    """What a change from `now` would do, in the viewer's language and zone."""
    lines = []
    if outlook.level is not None and outlook.level != now:
        lines.append(
            _("Now: %(now)s. Then: %(then)s.")
            % {"now": level_in_words(now), "then": level_in_words(outlook.level)}
        )
    if not outlook.due:
        lines.append(_("Nothing is owed at the moment, so no time changes."))
    if outlook.updates is not None:
        lines.append(updates(outlook.updates))
    return Outcome(
        title=_("What would happen"),
        rows=tuple(
            DueRow(
                str(_METRICS[change.metric]),
                _due(change.before, viewer, is_owed=True),
                _due(change.after, viewer, is_owed=change.is_owed_after),
            )
            for change in outlook.due
        ),
        lines=tuple(lines),
    )


def _due(at: datetime | None, viewer: Viewer, *, is_owed: bool) -> str:
    if at is not None:
        return instant_in_words(at, viewer.zone.key, get_language() or "en")
    return _("paused") if is_owed else _("not owed any more")


def _reasons(decision: Decision) -> list[WordedReason]:
    return [worded(reason, zone="UTC") for reason in decision]
