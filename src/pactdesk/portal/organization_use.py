"""How an organization uses its agreements, as plots and as a table (REQ-3). Marks lead to the requests behind them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from zoneinfo import ZoneInfo

from babel.dates import format_skeleton
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from pactdesk.accounts import queries as accounts
from pactdesk.accounts.viewer import Viewer
from pactdesk.agreements.amounts import amount, count, counted_in
from pactdesk.agreements.queries.organization import OrganizationAgreement, of_organization
from pactdesk.agreements.rules import ADVISORY_HOUR
from pactdesk.cases.queries.activity import Used, used
from pactdesk.kernel.moments import place_of
from pactdesk.pages import plots
from pactdesk.pages.links import link
from pactdesk.pages.plots import Bar, Part, Plot
from pactdesk.portal.plans import language

MONTHS: Final = 12
# At most so many bars, and so many agreements of their own colour; the table has everybody.
_MOST_BARS: Final = 10
_MOST_COLOURS: Final = 4


@dataclass(frozen=True, slots=True)
class Use:
    """What was used in the past `months` ("2026-11", the current one last), with the names of all that is spoken of.

    `people` and `locations` are names by the id of an account; None stands for accounts of other organizations."""

    lines: tuple[Used, ...]
    months: tuple[str, ...]
    agreements: tuple[OrganizationAgreement, ...]
    people: Mapping[int | None, str]
    locations: Mapping[int | None, tuple[int | None, str]]
    zone: str

    def of_unit(self, unit: str) -> list[Used]:
        """Those lines that count in this unit."""
        counted = {each.agreement_id for each in self.agreements if each.unit == unit}
        return [line for line in self.lines if line.agreement_id in counted]

    def table(self) -> Iterator[tuple[Any, ...]]:
        """A line for each month, agreement and person. Advice is counted in minutes."""
        known = {each.agreement_id: each for each in self.agreements}
        for line in self.lines:
            plan = known[line.agreement_id]
            yield (
                line.month,
                plan.named.shown(language()),
                plan.named.access_id,
                self.locations[line.account_id][1],
                self.people[line.account_id],
                counted_in(plan.unit),
                line.requests,
                line.units,
            )


def read_use(viewer: Viewer, *, at: datetime) -> Use:
    """What the organization of its global administrator used. Six queries at most."""
    zone = viewer.time_zone or "UTC"
    months = _months(at.astimezone(ZoneInfo(zone)))
    agreements = of_organization(viewer)
    since = datetime.strptime(months[0], "%Y-%m").replace(tzinfo=ZoneInfo(zone))
    lines = used(viewer, [each.agreement_id for each in agreements], since=since)
    members = {each.account_id: each for each in accounts.members(viewer)}
    gone = {line.account_id for line in lines if line.account_id is not None} - set(members)
    elsewhere = _("Accounts of other organizations")
    no_place = _("Without a location")
    people: dict[int | None, str] = {None: elsewhere}
    for gone_id, name in (accounts.names_of(gone) if gone else {}).items():
        people[gone_id] = name
    for member in members.values():
        people[member.account_id] = member.name
    locations: dict[int | None, tuple[int | None, str]] = {None: (None, elsewhere)}
    for account_id in people:
        if account_id is not None:
            known = members.get(account_id)
            locations[account_id] = (
                (known.location_id, known.location) if known and known.location else (None, no_place)
            )
    return Use(lines, months, agreements, people, locations, zone)


def use_plots(found: Use) -> tuple[Plot, ...]:
    """By month and agreement, by location, and by person: for incidents, and for hours where there are any."""
    units = sorted({each.unit for each in found.agreements}, key=_hours_last)
    return tuple(
        plot
        for unit in units or ["incident"]
        for plot in (_by_month(found, unit), _by_location(found, unit), _by_person(found, unit))
    )


def _by_month(found: Use, unit: str) -> Plot:
    lines = found.of_unit(unit)
    total = sum(line.units for line in lines)
    by_agreement = _counted(lines, lambda line: line.agreement_id)
    coloured = [agreement_id for agreement_id, _units, _requests in by_agreement[:_MOST_COLOURS]]
    names = {each.agreement_id: each.named.shown(language()) for each in found.agreements}
    cells: Counter[tuple[str, int]] = Counter()
    for line in lines:
        cells[line.month, line.agreement_id if line.agreement_id in coloured else 0] += line.units
    key = [(f"s{place}", names[each]) for place, each in enumerate(coloured, start=1)]
    if len(by_agreement) > len(coloured):
        coloured.append(0)
        names[0] = _("Other agreements")
        key.append((f"s{len(coloured)}", names[0]))
    words = [_month_in_words(month) for month in found.months]
    stacks = [
        [
            Part(
                cells[month, each],
                f"s{place}",
                f"{words[at]}, {names[each]}: {amount(unit, cells[month, each])}",
                _activity(agreement=each) if each else "",
            )
            for place, each in enumerate(coloured, start=1)
        ]
        for at, month in enumerate(found.months)
    ]
    height, shapes = plots.columns(stacks, words, every=3)
    return Plot(
        code=f"{_code(unit)}-months",
        title=_("%(amount)s used in twelve months") % {"amount": amount(unit, total)},
        subtitle=_("By month and agreement, net of what was given back (%(place)s)")
        % {"place": place_of(found.zone, language())},
        nothing=_("Nothing was used in the past twelve months."),
        height=height,
        shapes=shapes if total else (),
        head=(_("Month"), *(names[each] for each in coloured)),
        rows=tuple(
            (words[at], *(count(unit, cells[month, each]) for each in coloured))
            for at, month in enumerate(found.months)
        )
        if total
        else (),
        key=tuple(key),
        csv_url=reverse("portal:activity-use-csv"),
    )


def _by_location(found: Use, unit: str) -> Plot:
    counted = _counted(found.of_unit(unit), lambda line: found.locations[line.account_id])
    rows = [
        (
            name,
            units,
            requests,
            _activity(location=location) if location else "",
        )
        for (location, name), units, requests in counted
    ]
    return _bars(
        rows,
        unit,
        code=f"{_code(unit)}-locations",
        title=_("Most is used at %(name)s") if rows and rows[0][3] else _("By location"),
        subtitle=_("By location of who sent the request, past twelve months"),
        head=_("Location"),
    )


def _by_person(found: Use, unit: str) -> Plot:
    counted = _counted(found.of_unit(unit), lambda line: line.account_id)
    rows = [
        (
            found.people[account_id],
            units,
            requests,
            _activity(person=account_id) if account_id else "",
        )
        for account_id, units, requests in counted
    ]
    return _bars(
        rows,
        unit,
        code=f"{_code(unit)}-people",
        title=_("Most is used by %(name)s") if rows and rows[0][3] else _("By person"),
        subtitle=_("By person who sent the request, past twelve months"),
        head=_("Person"),
    )


def _bars(
    rows: Sequence[tuple[str, int, int, str]], unit: str, *, code: str, title: str, subtitle: str, head: str
) -> Plot:
    bars = [
        Bar(name, (Part(units, "s1", f"{name}: {amount(unit, units)}", url),), count(unit, units))
        for name, units, _requests_, url in rows[:_MOST_BARS]
    ]
    if len(rows) > _MOST_BARS:
        rest = sum(units for _name, units, _requests_, _url in rows[_MOST_BARS:])
        label = ngettext("%(count)s other", "%(count)s others", len(rows) - _MOST_BARS) % {
            "count": len(rows) - _MOST_BARS
        }
        bars.append(Bar(label, (Part(rest, "s2", f"{label}: {amount(unit, rest)}"),), count(unit, rest)))
    height, shapes = plots.bars(bars)
    return Plot(
        code=code,
        title=title % {"name": rows[0][0]} if rows else title,
        subtitle=subtitle,
        nothing=_("Nothing was used in the past twelve months."),
        height=height,
        shapes=shapes if rows else (),
        head=(head, _("Used"), _("Requests")),
        rows=tuple((name, count(unit, units), str(requests)) for name, units, requests, _url in rows),
        csv_url=reverse("portal:activity-use-csv"),
    )


def _counted(lines: Sequence[Used], key: Any) -> list[tuple[Any, int, int]]:
    """How much was used by whatever `key` answers, most first, and for how many requests."""
    units: Counter[Any] = Counter()
    requests: Counter[Any] = Counter()
    for line in lines:
        units[key(line)] += line.units
        requests[key(line)] += line.requests
    return [(each, used, requests[each]) for each, used in units.most_common() if used > 0]


def _activity(**chosen: int) -> str:
    return link(reverse("portal:activity"), {name: str(value) for name, value in chosen.items()})


def _months(now: datetime) -> tuple[str, ...]:
    last = now.year * 12 + now.month - 1
    return tuple(f"{each // 12:04}-{each % 12 + 1:02}" for each in range(last - MONTHS + 1, last + 1))


def _month_in_words(month: str) -> str:
    return format_skeleton("yMMM", datetime.strptime(month, "%Y-%m"), locale=language())


def _code(unit: str) -> str:
    return "hours" if unit == ADVISORY_HOUR else "incidents"


def _hours_last(unit: str) -> tuple[bool, str]:
    return unit == ADVISORY_HOUR, unit
