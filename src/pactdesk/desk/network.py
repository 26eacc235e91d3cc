"""The partner network in words: terms, and what they bring."""

from __future__ import annotations

from datetime import UTC, date, datetime, time

from django.utils.translation import gettext as _

from pactdesk.accounts.queries.organizations import EnrolmentLine
from pactdesk.desk.words import language
from pactdesk.kernel.moments import day_in_words
from pactdesk.pages.words import level_name


def day(of: date) -> str:
    """A day in words."""
    return day_in_words(datetime.combine(of, time(12), tzinfo=UTC), "UTC", language())


def terms_in_words(line: EnrolmentLine) -> str:
    """A term: "Gold, renewed on 20 November 2026, until 19 November 2027"."""
    return _("%(level)s, renewed on %(day)s, until %(last_day)s") % {
        "level": level_name(line.level),
        "day": day(line.renewed_on),
        "last_day": day(line.ends_on),
    }
