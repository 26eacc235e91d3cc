"""Sentences for the reason codes of this room: of files, of their rows, and of imports."""

from __future__ import annotations

from collections.abc import Mapping

from django.utils.translation import gettext_lazy as _

from pactdesk.agreements import wording as agreements
from pactdesk.kernel.decisions import Reason
from pactdesk.kernel.worded import FALLBACK, text_in

SENTENCES = {
    # A file as a whole
    "import.file-empty": _("The file is empty."),
    "import.file-too-large": _("The file is larger than %(most)s MB. Divide it into several."),
    "import.not-a-table": _(
        "This file is no table of text. Open it in the program that made it and save it as CSV, best as “CSV "
        "UTF-8”."
    ),
    "import.encoding-differs": _(
        "The file cannot be read as %(encoding)s. Choose another encoding, or save it as “CSV UTF-8”."
    ),
    "import.too-many-columns": _(
        "A table may have at most %(most)s columns. Check how its cells are separated."
    ),
    "import.too-many-rows": _("The file has more than %(most)s rows. Divide it into several."),
    "import.no-rows": _("The file has names of columns, but no rows below them."),
    "import.column-twice": _("The columns “%(first)s” and “%(second)s” mean the same. Remove one of them."),
    "import.columns-missing": _(
        "These columns are missing: %(columns)s. The first line of the file has: %(found)s."
    ),
    "import.quotes-open": _(
        "The cells of row %(row)s cannot be told apart: a quotation mark is missing there or one too many. Inside a "
        "cell in quotation marks each mark is written twice."
    ),
    # A row
    "import.row-too-long": _(
        "The row has more cells than the %(columns)s columns that have a name. Put texts that contain the separator "
        "into quotation marks."
    ),
    "import.cell-too-long": _("A cell may hold at most %(most)s characters."),
    "import.value-missing": _("Enter a value."),
    "import.scientific-notation": _(
        "A spreadsheet has turned this ID into a number such as 1.23E+19, and its digits are lost. Format the "
        "column as text, enter the ID again as it was issued, and save the file anew."
    ),
    "import.written-as-number": _(
        "This is written as a number or a formula, not as the digits of an ID. Format the column as text and enter "
        "the ID again as it was issued."
    ),
    "import.digits-rounded": _(
        "A spreadsheet has kept the first 15 digits of this ID and made the others zeros. Format the column as "
        "text, enter the ID again as it was issued, and save the file anew. If it really ends so, write an "
        "apostrophe before it."
    ),
    "import.zeros-lost": _(
        "This ID has %(length)s digits, most in this column have %(usual)s, and none begins with a zero: a "
        "spreadsheet has taken the zeros at the start away. Format the column as text and enter the ID again as it "
        "was issued. If it really is shorter, write an apostrophe before it."
    ),
    "import.pair-twice": _("The same pair stands in row %(row)s already."),
    "import.reference-twice": _("The same reference stands in row %(row)s already."),
    "import.there-and-differs": _(
        "This agreement is there already and differs in: %(columns)s. An import changes nothing that exists. Remove "
        "the row, or change the agreement itself."
    ),
    "import.programme-unknown": _("There is no programme “%(value)s”."),
    "import.programme-nearly": _("There is no programme “%(value)s”. Written most like it is “%(closest)s”."),
    "import.programme-without-pair": _(
        "%(programme)s is not held by a pair of IDs, so no agreement of it can be imported."
    ),
    "import.kind-not-mapped": _("Say which programme stands for “%(kind)s”."),
    "import.unit-differs": _("%(programme)s counts other units than this row."),
    "import.unlimited": _(
        "The row is unlimited. An agreement counts its units: enter how many there are, or leave the row out."
    ),
    "import.organization-unknown": _("No organization has the name, partner number or domain “%(value)s”."),
    "import.organization-nearly": _(
        "No organization has the name, partner number or domain “%(value)s”. Written most like it is “%(closest)s”."
    ),
    "import.organization-ambiguous": _(
        "%(count)s organizations go by “%(value)s”. Enter the partner number or the domain."
    ),
    "import.owner-unknown": _(
        "No account has confirmed the address “%(value)s”. Leave the cell empty, and hand the agreement over later."
    ),
    "import.owner-elsewhere": _(
        "The account with the address “%(value)s” is not one of this organization. Name one that is, or leave the cell "
        "empty and hand the agreement over later."
    ),
    "import.date-unreadable": _("Nobody can tell which day “%(value)s” is. Write it as 2026-11-20."),
    "import.date-order-unknown": _(
        "This day can be read in two ways: “%(value)s”. Write it as 2026-11-20, or say whether the day or the month "
        "comes first."
    ),
    "import.date-as-number": _(
        "%(value)s is how a spreadsheet counts days. Format the column as dates, and save the file anew."
    ),
    "import.year-out-of-range": _("Enter a year from %(first)s to %(last)s."),
    "import.ends-before-start": _("The last day, %(ends_on)s, is before the first one, %(starts_on)s."),
    "import.time-zone-unknown": _("There is no time zone “%(value)s”. Write it as Europe/Prague."),
    "import.time-zone-nearly": _("There is no time zone “%(value)s”. Written most like it is “%(closest)s”."),
    "import.units-unreadable": _("There is no number of units in “%(value)s”. Enter digits only."),
    "import.units-not-whole": _("%(value)s is not a whole number, and units are counted whole. Round it."),
    "import.units-out-of-range": _("At most %(most)s can be entered here."),
    "import.more-left-than-granted": _("%(left)s are left of only %(granted)s that were granted."),
    # What is left out or lost
    "import.owner-alone": _(
        "No organization is named, so the agreement is its owner's alone. If it is that of the owner's organization, "
        "name that."
    ),
    "import.not-active": _("It is not active, so it is left out."),
    "import.not-in-force": _("Its status is “%(status)s”, so it is left out."),
    "import.more-used-than-granted": _(
        "%(used)s were used of only %(granted)s that were granted. Nothing is left; what is above is not carried "
        "over."
    ),
    # An import
    "import.has-mistakes": _("The file has mistakes. Nothing was imported."),
    "import.nothing-to-do": _("There is nothing to import: no row would make a new agreement."),
    "import.changed-meanwhile": _(
        "What this import would do is no longer what was shown. Look at it again, then confirm it."
    ),
    "import.applied-already": _("This file was imported already. Nothing was done again."),
    "import.discarded-already": _("This import was discarded. Bring the file again if you need it."),
    "import.second-person": _(
        "This import makes more than %(most)s units within a day. Somebody else than you has to confirm it."
    ),
}


def in_words(reason: Reason) -> str:
    """A reason in English for whoever runs the command; screens ask `notifications.wording`."""
    words = {
        name: text_in(value, FALLBACK) if isinstance(value, Mapping) else value
        for name, value in reason.params.items()
    }
    return str({**agreements.SENTENCES, **SENTENCES}[reason.code]) % words
