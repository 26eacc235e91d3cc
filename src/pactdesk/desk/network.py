"""The partner network in words: terms, and what they bring."""

from __future__ import annotations

from django.utils.translation import gettext as _

from pactdesk.accounts.queries.organizations import EnrolmentLine
from pactdesk.desk.words import language
from pactdesk.kernel.moments import day_in_words
from pactdesk.pages.words import level_name


def terms_in_words(line: EnrolmentLine) -> str:
    """A term: "Gold, renewed on 20 November 2026, until 19 November 2027"."""
    return _("%(level)s, renewed on %(day)s, until %(last_day)s") % {
        "level": level_name(line.level),
        "day": day_in_words(line.renewed_on, "UTC", language()),
        "last_day": day_in_words(line.ends_on, "UTC", language()),
    }
