"""How an agreement is used up over its term, as a plot."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.utils.translation import gettext as _

from pactdesk.accounts.viewer import Viewer
from pactdesk.agreements.amounts import count, units_left
from pactdesk.agreements.queries import AgreementLine
from pactdesk.agreements.queries.statements import DayBalance
from pactdesk.kernel.moments import place_of, short_day
from pactdesk.pages import plots
from pactdesk.pages.plots import Plot, Steps
from pactdesk.portal.plans import first_day, language, last_day, pace_in_words, pace_of


def usage_plot(line: AgreementLine, balances: Sequence[DayBalance], viewer: Viewer, *, at: datetime) -> Plot:
    """What was left day by day, and dotted what it comes to at this pace."""
    term = line.ends_at - line.starts_at
    told = pace_of(line, at=at)
    height, shapes = plots.steps(
        Steps(
            points=tuple(((each.at - line.starts_at) / term, each.balance / line.whole) for each in balances),
            most=max((each.balance / line.whole for each in balances), default=1),
            ends_with=told.left_at_end / line.whole if told else None,
            now=(at - line.starts_at) / term,
            now_label=units_left(line.unit, line.units_left, line.units_granted, counted=line.counted),
            begin_label=first_day(line, viewer),
            end_label=last_day(line, viewer),
            ends_at=(told.used_up_at - line.starts_at) / term if told and told.used_up_at else 1,
        )
    )
    return Plot(
        code="usage",
        title=pace_in_words(line, viewer, at=at)
        or units_left(line.unit, line.units_left, line.units_granted, counted=line.counted),
        subtitle=_("What is left, from the first day to the last (%(place)s)")
        % {"place": place_of(line.time_zone, language())},
        nothing=_("Nothing has moved the balance yet."),
        height=height,
        shapes=shapes if balances else (),
        head=(_("Day"), _("Balance")),
        rows=tuple(
            (short_day(each.at, line.time_zone, language()), count(line.unit, each.balance))
            for each in balances
        ),
    )
