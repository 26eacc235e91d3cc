"""Fields that several forms use: text without hidden characters, phone numbers, countries, time zones."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from babel import Locale
from django import forms
from django.core.exceptions import ValidationError
from django.forms.utils import flatatt
from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from pactdesk.accounts.rules import known_time_zones
from pactdesk.accounts.rules.text import hidden_refusal, known_countries, length_refusal
from pactdesk.kernel.decisions import Reason
from pactdesk.kernel.text import tidy, tidy_line
from pactdesk.notifications.wording import SENTENCES

_PLAIN = re.compile(r"[A-Za-z0-9_+-]+(/[A-Za-z0-9_+-]+)*")


class CleanText(forms.CharField):
    """One line of text, or several with `lines=True`; refuses control characters and direction overrides.

    The length is counted after tidying, and the sentence says how much is too much.
    """

    def __init__(self, *, most: int, lines: bool = False, **kwargs: Any) -> None:
        self.lines = lines
        self.most = most
        super().__init__(strip=False, **kwargs)

    def to_python(self, value: Any) -> str:
        text = str(value or "")
        return tidy(text) if self.lines else tidy_line(text)

    def clean(self, value: Any) -> str:
        _refuse_hidden_characters(value)
        text: str = super().clean(value)
        _raise(length_refusal(text, self.most))
        return text


class CleanEmail(forms.EmailField):
    """An e-mail address, of whatever script; what makes it look like another address is refused."""

    def clean(self, value: Any) -> str:
        _refuse_hidden_characters(value)
        return str(super().clean(value))


class Instant(forms.Field):
    """A day and a time on the wall clocks of `zone`; answers the UTC instant."""

    def __init__(self, *, zone: ZoneInfo | None = None, **kwargs: Any) -> None:
        self.zone = zone or ZoneInfo("UTC")
        kwargs.setdefault("widget", forms.DateTimeInput({"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"))
        super().__init__(**kwargs)

    def to_python(self, value: Any) -> datetime | None:
        if value in self.empty_values:
            return None
        try:
            local = datetime.fromisoformat(str(value).strip()).replace(tzinfo=self.zone)
            return local.astimezone(UTC)
        except (ValueError, OverflowError):
            raise ValidationError(
                _("Enter a day and a time, such as 2026-11-20 22:10."), code="invalid"
            ) from None

    def prepare_value(self, value: Any) -> Any:
        return value.astimezone(self.zone) if isinstance(value, datetime) else value


class LongSelect(forms.Select):
    """A selection among hundreds, such as countries. Django's templates would take longer for it than for the rest of
    the page."""

    def render(self, name: str, value: Any, attrs: Any = None, renderer: Any = None) -> SafeString:
        chosen = "" if value is None else str(value)
        lines = []
        for code, label in self.choices:
            if isinstance(label, (list, tuple)):
                options = "".join(_option(each, text, chosen) for each, text in label)
                lines.append(f'<optgroup label="{escape(code)}">{options}</optgroup>')
            else:
                lines.append(_option(code, label, chosen))
        attributes = flatatt(self.build_attrs({**self.attrs, "name": name}, attrs))
        return mark_safe(f"<select{attributes}>{''.join(lines)}</select>")  # noqa: S308 - every part is escaped


def _option(code: str, label: Any, chosen: str) -> str:
    if code == chosen:
        return f'<option value="{escape(code)}" selected>{escape(label)}</option>'
    # Of hundreds, each quotation mark counts; where a value is a plain word, HTML needs none.
    value = code if _PLAIN.fullmatch(code) else f'"{escape(code)}"'
    return f"<option value={value}>{escape(label)}</option>"


def _refuse_hidden_characters(value: Any) -> None:
    _raise(hidden_refusal(str(value or "")))


def _raise(refusal: Reason | None) -> None:
    """What a rule refuses, as forms say it."""
    if refusal is not None:
        raise ValidationError(
            SENTENCES[refusal.code], code=refusal.code.partition(".")[2], params=dict(refusal.params)
        )


def country_choices() -> list[tuple[str, str]]:
    """Countries in the reader's language, sorted as that language names them."""
    territories: Mapping[str, str] = Locale.parse((get_language() or "en").replace("-", "_")).territories
    countries = [(code, name) for code, name in territories.items() if code in known_countries()]
    return [("", str(_("Choose a country"))), *sorted(countries, key=lambda choice: choice[1].casefold())]


def time_zone_choices() -> list[tuple[str, Any]]:
    """Time zones grouped by continent, by the city that names them."""
    groups: dict[str, list[tuple[str, str]]] = {}
    for name in sorted(known_time_zones()):
        area, _slash, place = name.partition("/")
        groups.setdefault(area if place else "UTC", []).append((name, (place or area).replace("_", " ")))
    return [("", str(_("Choose a time zone"))), *groups.items()]
