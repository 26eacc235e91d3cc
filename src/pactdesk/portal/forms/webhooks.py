"""A webhook endpoint as people type it, and since when everything is to be sent again."""

from __future__ import annotations

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from pactdesk.accounts.viewer import Viewer
from pactdesk.kernel.decisions import Reason
from pactdesk.notifications.rules.events import EVENT_TYPES
from pactdesk.notifications.wording import EVENT_NAMES
from pactdesk.pages.forms import RefusableForm

_FIELDS = {"url": "url", "webhook.no-events": "events", "webhook.unknown-event": "events"}


class EndpointForm(RefusableForm):
    """What an endpoint is. Whether it may be is decided by `notifications`, and `refuse` shows it."""

    url = forms.CharField(
        label=_("Address that we call"),
        help_text=_("It begins with https:// and is reachable from the open internet."),
        widget=forms.TextInput(
            attrs={"inputmode": "url", "autocomplete": "off", "spellcheck": "false", "autocapitalize": "none"}
        ),
        error_messages={"required": _("Enter the address that we call.")},
    )
    description = forms.CharField(
        label=_("What it is for"), required=False, help_text=_("For yourself, to tell your endpoints apart.")
    )
    events = forms.MultipleChoiceField(
        label=_("What it is told"),
        choices=[(each, EVENT_NAMES[each]) for each in EVENT_TYPES],
        widget=forms.CheckboxSelectMultiple(),
        error_messages={"required": _("Choose at least one event.")},
    )

    def place_of(self, reason: Reason) -> str | None:
        if reason.code.startswith("webhook.description-"):
            return "description"
        return _FIELDS.get(reason.code) or _FIELDS.get(reason.code.partition(".")[0])


class SinceForm(forms.Form):
    """An instant, as the clock on the reader's wall shows it."""

    since = forms.DateTimeField(
        label=_("Everything since"),
        input_formats=["%Y-%m-%dT%H:%M", "%Y-%m-%d %H:%M", "%Y-%m-%d"],
        widget=forms.DateTimeInput(format="%Y-%m-%dT%H:%M", attrs={"type": "datetime-local"}),
        error_messages={
            "required": _("Enter a day and a time."),
            "invalid": _("Enter a day and a time, such as 2026-11-20 14:30."),
        },
    )

    def is_valid_for(self, viewer: Viewer) -> bool:
        """Like `is_valid`, with the instant read in the viewer's time zone."""
        with timezone.override(viewer.zone):
            return self.is_valid()
