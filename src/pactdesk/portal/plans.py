"""Agreements and programmes in words, in the active language: names, what is left, until when, what is covered."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.urls import reverse
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _

from pactdesk.accounts.viewer import Viewer
from pactdesk.agreements.amounts import amount, in_time, units_left
from pactdesk.agreements.queries import AgreementLine
from pactdesk.agreements.queries.warnings import chosen_steps, reached
from pactdesk.agreements.rules import ADVISORY_HOUR, Pace, pace
from pactdesk.agreements.rules.warnings import is_end_step
from pactdesk.catalog.queries import Catalogue
from pactdesk.catalog.rules import Programme
from pactdesk.kernel.moments import day_in_words, place_of
from pactdesk.kernel.worded import text_in
from pactdesk.pages.reasons import WordedReason, way_out, worded
from pactdesk.pages.words import first_answer

# Lists of plans do not send their readers to the list of plans.
_HERE = {"choose-another-plan": ""}


@dataclass(frozen=True, slots=True)
class Warning:
    """What to think of in time about an agreement that can still pay: a sentence, and a link to the way out."""

    text: str
    url: str
    label: str


@dataclass(frozen=True, slots=True)
class PlanCard:
    """An agreement as lists show it. `reasons` are why it cannot pay now; `total` draws the meter.

    `url` is "" where the reader may not open it. `warnings`: it runs low, or ends soon. `pace` says what it comes to at
    its end, "" where nobody can say; `set_aside_by` which organization put it aside, "" where none did.
    """

    url: str
    label: str
    units: str
    left: int
    total: int
    until: str
    is_owner: bool
    reasons: tuple[WordedReason, ...]
    pace: str = ""
    set_aside_by: str = ""
    warnings: tuple[Warning, ...] = ()


def plan_card(line: AgreementLine, viewer: Viewer, *, at: datetime) -> PlanCard:
    """`line` for a list at `at`; its days are those of the zone in which the agreement counts them."""
    # As `units_left` counts: corrections can leave more than was granted at first.
    total = max(line.units_granted, line.units_left)
    return PlanCard(
        url=reverse("portal:benefit", args=[line.agreement_id]) if line.may_open else "",
        label=plan_label(line),
        units=units_left(
            line.unit, line.units_left, line.units_granted, counted=line.counted, overdraft=line.overdraft
        ),
        left=max(line.units_left, 0),
        total=total,
        until=_("until %(day)s") % {"day": last_day(line, viewer)},
        is_owner=line.is_owner,
        set_aside_by=line.set_aside_by,
        reasons=tuple(worded(reason, zone=line.time_zone, places=_HERE) for reason in line.decision),
        pace=pace_in_words(line, viewer, at=at),
        warnings=warnings_in_words(line, at=at),
    )


def warnings_in_words(line: AgreementLine, *, at: datetime) -> tuple[Warning, ...]:
    """The steps that the operator warns at and that this agreement has reached, in words."""
    found = []
    for step in reached(line, chosen_steps(), at=at):
        if is_end_step(step):
            day = day_in_words(line.last_day, line.time_zone, language())
            label, url = way_out("renew")
            told = _("Its benefits end soon: the last day is %(day)s.") % {"day": day}
            found.append(Warning(told, url, label))
        else:
            left = units_left(line.unit, line.units_left, line.units_granted, overdraft=line.overdraft)
            label, url = way_out("buy-incident" if line.unit != ADVISORY_HOUR else "ask-service-centre")
            told = _("Nearly used up: %(left)s.") % {"left": left}
            found.append(Warning(told, url, label))
    return tuple(found)


def pace_in_words(line: AgreementLine, viewer: Viewer, *, at: datetime) -> str:
    """What is left at the end if use goes on as it did, as a sentence; "" where nobody can say."""
    told = pace_of(line, at=at)
    if told is None:
        return ""
    if told.used_up_at is not None:
        day = day_in_words(told.used_up_at, line.time_zone, language())
        return _("At this pace it is used up about %(day)s.") % {"day": day}
    if line.unit == ADVISORY_HOUR:
        return _("At this pace %(time)s will be left at the end.") % {"time": in_time(told.left_at_end)}
    return ngettext(
        "At this pace %(count)s will be left at the end.",
        "At this pace %(count)s will be left at the end.",
        told.left_at_end,
    ) % {"count": told.left_at_end}


def pace_of(line: AgreementLine, *, at: datetime) -> Pace | None:
    """Where use so far leads; None where nobody can say, or it cannot pay anyhow."""
    if not line.decision.allowed:
        return None
    return pace(
        used=line.units_granted - line.units_left,
        units_left=line.units_left,
        starts_at=line.starts_at,
        ends_at=line.ends_at,
        at=at,
    )


def plan_label(line: AgreementLine) -> str:
    """How people know a plan: "0230242323 – Gold Partner Support 20-pack" (AGR-9)."""
    return line.named.shown(language())


def first_day(line: AgreementLine, viewer: Viewer) -> str:
    """The first day of the benefits; the place is named where their days are not those of the reader."""
    return _day(line.starts_at, line.time_zone, viewer)


def last_day(line: AgreementLine, viewer: Viewer) -> str:
    """The last day of the benefits, told like `first_day`."""
    return _day(line.ends_at - timedelta(microseconds=1), line.time_zone, viewer)


def grant_in_words(programme: Programme, granted: int | None = None) -> str:
    """What is granted: "20 incidents", "5 h of advice". `granted`: on one agreement, instead of what is usual."""
    number = granted
    if granted is None and programme.quantity is not None:
        number = programme.quantity * programme.whole
    if number is None:
        return _("Not counted")
    return amount(programme.unit, number)


def length_in_words(programme: Programme) -> str:
    """How long its benefits last: "12 months", and "30 days more" where it is so (AGR-2)."""
    months = ngettext("%(number)s month", "%(number)s months", programme.length_months)
    if not programme.extra_days:
        return months % {"number": programme.length_months}
    days = ngettext("%(number)s day", "%(number)s days", programme.extra_days)
    return _("%(months)s and %(days)s") % {
        "months": months % {"number": programme.length_months},
        "days": days % {"number": programme.extra_days},
    }


def coverage_in_words(programme: Programme, catalogue: Catalogue) -> list[str]:
    """What a programme covers: names of channels, then what narrows them down."""
    coverage = programme.coverage
    words = [
        text_in(channel.name, language())
        for channel in catalogue.channels.values()
        if channel.code in coverage.channels
    ]
    if coverage.mainstream_only:
        words.append(_("Only versions in mainstream support"))
    if coverage.recent_only:
        words.append(_("Only versions in mainstream or extended support"))
    if coverage.only_versions:
        names = ", ".join(_version(code, catalogue) for code in sorted(coverage.only_versions))
        words.append(_("Only these versions: %(names)s") % {"names": names})
    left_out = [
        *(text_in(catalogue.product(code).name, language()) for code in sorted(coverage.except_products)),
        *(
            _version(code, catalogue)
            for code in sorted(coverage.except_versions)
            if code.partition("/")[0] not in coverage.except_products
        ),
    ]
    if left_out:
        words.append(_("Not covered: %(names)s") % {"names": ", ".join(left_out)})
    return words


def promises_in_words(programme: Programme, catalogue: Catalogue, spoken: str) -> list[tuple[str, str]]:
    """Severity and first answer, for each severity that the programme offers to people who speak `spoken` (SEV-3)."""
    targets = catalogue.policy_of(programme).targets_in(spoken)
    return [
        (_("Severity %(code)s") % {"code": target.severity}, first_answer(target, break_fix=True))
        for target in targets
    ]


def language() -> str:
    """The language of the page."""
    return get_language() or "en"


def _day(at: datetime, zone: str, viewer: Viewer) -> str:
    day = day_in_words(at, zone, language())
    if zone == viewer.time_zone:
        return day
    return _("%(day)s (%(place)s)") % {"day": day, "place": place_of(zone, language())}


def _version(code: str, catalogue: Catalogue) -> str:
    product, _slash, version = code.partition("/")
    return text_in(catalogue.version(product, version).name, language())
