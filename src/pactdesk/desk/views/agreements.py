"""Agreements at the service centre: the list, and one with all that happened to it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from django.http import HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from pactdesk.agreements.amounts import counted_in, units_left
from pactdesk.agreements.queries import centre
from pactdesk.agreements.queries.centre import Line
from pactdesk.desk.corrections import KINDS, OUTCOMES, asked_in_words, stands
from pactdesk.desk.entrance import at_service_centre
from pactdesk.desk.forms.agreements import (
    AgreementsForm,
)
from pactdesk.desk.frame import render_at_desk
from pactdesk.desk.words import Words, language
from pactdesk.kernel.moments import day_in_words, instant_in_words, place_of
from pactdesk.kernel.worded import text_in
from pactdesk.notifications.queries.outbox import UNWRITTEN, states_of_pair_letters
from pactdesk.pages.links import link, number_in, place_in, written_place
from pactdesk.pages.reasons import WordedReason, worded
from pactdesk.pages.requests import PageRequest
from pactdesk.pages.spreadsheet import download
from pactdesk.pages.statements import StatementRow, statement_row
from pactdesk.purchases.queries import purchase_of_agreement
from pactdesk.purchases.rules.buying import number_of

HERE: Final = "agreements"
_MAILED: Final = "agreement.pair-mailed"
_REPLACED: Final = "agreement.pair-replaced"
_ACTS: Final[Mapping[str, Words]] = {
    "agreement.issued": gettext_lazy("Issued"),
    "agreement.activated": gettext_lazy("Activated"),
    "agreement.owner-changed": gettext_lazy("Another owner: %(name)s"),
    "agreement.seat-limit-changed": gettext_lazy("Another number of accounts may add it"),
    "agreement.suspended": gettext_lazy("Suspended"),
    "agreement.resumed": gettext_lazy("No longer suspended"),
    "agreement.pair-replaced": gettext_lazy("New pair of IDs"),
    "agreement.registration-revoked": gettext_lazy("A registration was withdrawn"),
    "agreement.registration-restored": gettext_lazy("A registration was given back"),
}
# What became of a letter with the IDs, and what helps: who may not have them when it is to leave gets none (BEN-4).
_LETTERS: Final[Mapping[str, tuple[Words, Words]]] = {
    "queued": (gettext_lazy("The IDs are to be mailed to %(name)s"), ""),
    "sent": (gettext_lazy("The IDs were mailed to %(name)s"), ""),
    "kept": (gettext_lazy("The IDs were mailed to %(name)s"), ""),
    "parked": (
        gettext_lazy("The IDs could not be mailed to %(name)s"),
        gettext_lazy(
            "The mail server did not take the letter. The mail log says why, and has it sent again."
        ),
    ),
    "withheld": (
        gettext_lazy("The IDs were not mailed to %(name)s"),
        gettext_lazy(
            "When the letter was to leave, this person could not have them any more, the pair had been replaced, or "
            "the agreement was suspended. Look at who may have them now, and send them again."
        ),
    ),
    UNWRITTEN: (
        gettext_lazy("The IDs were not mailed to %(name)s"),
        gettext_lazy(
            "No letter was written within an hour: the account was switched off, or something went wrong. Look at who "
            "may have them now, and send them again."
        ),
    ),
}


@dataclass(frozen=True, slots=True)
class Row:
    """An agreement in the list. `state` is "" where there is nothing to say."""

    url: str
    label: str
    holder: str
    left: str
    until: str
    state: str


@dataclass(frozen=True, slots=True)
class ListPage:
    """The list as the address narrows it."""

    rows: tuple[Row, ...]
    is_narrowed: bool
    clear_url: str
    newest_url: str
    older_url: str
    csv_url: str


@dataclass(frozen=True, slots=True)
class ChangeRow:
    """Something that was done with the agreement, or waits. `reason` says why, or what can be done now; that stands
    behind `url`, which is called `label`, both "" where there is nothing to do."""

    what: str
    reason: str
    who: str
    state: str
    url: str
    label: str


@dataclass(frozen=True, slots=True)
class AgreementPage:
    """One agreement."""

    label: str
    holder: str
    units: str
    left: int
    total: int
    until: str
    reasons: tuple[WordedReason, ...]
    facts: tuple[tuple[str, str], ...]
    actions: tuple[tuple[str, str], ...]
    seats: tuple[tuple[str, str, str], ...]
    organization_url: str
    purchase_url: str
    changes: tuple[ChangeRow, ...]
    rows: tuple[StatementRow, ...]
    place: str
    newer_url: str
    older_url: str


@at_service_centre
@require_safe
def agreement_list(request: PageRequest) -> HttpResponse:
    """All agreements, newest first, narrowed as the address says."""
    form = AgreementsForm(request.GET)
    older = place_in(request.GET.get("older", ""))
    found = centre.lines(request.viewer, form.sought, at=request.at, older=older)
    here, kept = reverse("desk:agreements"), form.chosen
    page = ListPage(
        rows=tuple(map(row_of, found.lines)),
        is_narrowed=bool(kept),
        clear_url=here,
        newest_url=link(here, kept) if older else "",
        older_url=link(here, {**kept, "older": written_place(found.older)}) if found.older else "",
        csv_url=link(reverse("desk:agreements-csv"), kept),
    )
    return render_at_desk(request, "desk/agreements.html", page, here=HERE, list_form=form)


@at_service_centre
@require_safe
def agreement_list_csv(request: PageRequest) -> HttpResponse:
    """The same agreements for a spreadsheet, up to `centre.MOST_EXPORTED`. No Contract ID is in it."""
    head = (
        _("Access ID"),
        _("Programme"),
        _("Organization or owner"),
        _("Counts"),
        _("Left"),
        _("Starts"),
        _("Ends"),
        _("State"),
    )
    rows = (
        (
            line.named.access_id,
            text_in(line.named.programme, language()),
            line.holder,
            counted_in(line.unit) if line.counted else "",
            line.units_left if line.counted else None,
            line.starts_at,
            line.last_day,
            _state(line),
        )
        for line in centre.whole_list(request.viewer, AgreementsForm(request.GET).sought, at=request.at)
    )
    return download("pactdesk-agreements", head, rows, zone=request.viewer.zone)


@at_service_centre
@require_safe
def agreement(request: PageRequest, agreement_id: int) -> HttpResponse:
    """One agreement with its statement, who has added it, and what was done with it."""
    found = centre.page(request.viewer, agreement_id, at=request.at)
    older_than = number_in(request.GET.get("older", ""))
    statement = centre.statement(request.viewer, agreement_id, older_than=older_than)
    line, balance = found.line, found.balance
    zone, here = request.viewer.time_zone or "UTC", reverse("desk:agreement", args=[agreement_id])
    page = AgreementPage(
        label=line.named.shown(language()),
        holder=line.holder,
        units=stands(balance),
        left=max(balance.units_left, 0),
        total=max(balance.units_granted, balance.units_left) if balance.counted else 0,
        until=_("until %(day)s") % {"day": day_in_words(line.last_day, line.time_zone, language())},
        reasons=tuple(worded(reason, zone=line.time_zone) for reason in balance.decision),
        facts=_facts(found),
        organization_url=reverse("desk:organization", args=[found.organization_id])
        if found.organization_id
        else "",
        purchase_url=_purchase_url(found),
        actions=_actions(found),
        seats=tuple(_seat(seat, agreement_id, zone) for seat in found.seats),
        changes=_changes(found, zone, request.at),
        rows=tuple(statement_row(each, balance.unit, request.viewer) for each in statement.lines),
        place=place_of(zone, language()),
        newer_url=f"{here}#statement" if older_than is not None else "",
        older_url=f"{here}?older={statement.older_than}#statement"
        if statement.older_than is not None
        else "",
    )
    return render_at_desk(request, "desk/agreement.html", page, here=HERE)


def row_of(line: Line) -> Row:
    """An agreement for a list."""
    return Row(
        url=reverse("desk:agreement", args=[line.id]),
        label=line.named.shown(language()),
        holder=line.holder,
        left=units_left(line.unit, line.units_left, 0, counted=line.counted),
        until=day_in_words(line.last_day, line.time_zone, language()),
        state=_state(line),
    )


def _state(line: Line) -> str:
    states = []
    if line.suspended:
        states.append(_("Suspended"))
    if line.frozen:
        states.append(_("Payment disputed"))
    return ", ".join(states)


def _facts(found: centre.Page) -> tuple[tuple[str, str], ...]:
    line = found.line
    rows = [(_("Whose it is"), line.holder or _("Nobody is known"))]
    if found.owner:
        rows.append((_("Owner of the agreement"), found.owner))
    rows.append((_("First day"), day_in_words(line.starts_at, line.time_zone, language())))
    rows.append((_("Last day"), day_in_words(line.last_day, line.time_zone, language())))
    rows.append((_("Its days are those of"), place_of(line.time_zone, language())))
    limit = _("Any number") if found.seat_limit is None else str(found.seat_limit)
    if line.named.access_id:
        rows.append((_("Accounts that may add it"), limit))
    return tuple(rows)


def _purchase_url(found: centre.Page) -> str:
    purchase_id = purchase_of_agreement(found.line.id) if found.bought else None
    return link(reverse("desk:purchases"), {"q": number_of(purchase_id)}) if purchase_id else ""


def _actions(found: centre.Page) -> tuple[tuple[str, str], ...]:
    line, here = found.line, "desk:agreement-correct"
    actions = []
    if line.counted:
        if not found.bought:
            actions.append((str(KINDS["add"]), reverse(here, args=[line.id, "add"])))
        actions.append((str(KINDS["adjust"]), reverse(here, args=[line.id, "adjust"])))
    if found.bought:
        actions.append((_("Pay it back"), reverse("desk:agreement-refund", args=[line.id])))
    if not found.is_part:
        actions.append((str(KINDS["extend"]), reverse(here, args=[line.id, "extend"])))
        label = _("End the suspension") if line.suspended else _("Suspend")
        actions.append((label, reverse("desk:agreement-suspension", args=[line.id])))
    if line.named.access_id:
        actions.append((_("Send the IDs again"), reverse("desk:agreement-send", args=[line.id])))
        actions.append((_("Replace the IDs"), reverse("desk:agreement-pair", args=[line.id])))
        actions.append((_("Change the owner"), reverse("desk:agreement-owner", args=[line.id])))
        actions.append((_("Limit the accounts"), reverse("desk:agreement-seat-limit", args=[line.id])))
    return tuple(actions)


def _seat(seat: centre.Seat, agreement_id: int, zone: str) -> tuple[str, str, str]:
    day = day_in_words(seat.registered_at, zone, language())
    told = {"email": seat.email, "day": day}
    if seat.revoked:
        return seat.name, _("%(email)s, added on %(day)s, access withdrawn") % told, ""
    url = reverse("desk:agreement-seat", args=[agreement_id, seat.registration_id])
    return seat.name, _("%(email)s, added on %(day)s") % told, url


def _changes(found: centre.Page, zone: str, at: datetime) -> tuple[ChangeRow, ...]:
    told: list[tuple[Any, ChangeRow]] = [
        (
            each.asked_at,
            ChangeRow(
                what=asked_in_words(each),
                reason=each.reason,
                who=_by(each.asker, each.asked_at, zone),
                state=str(OUTCOMES[each.outcome]),
                url=reverse("desk:approval", args=[each.id]) if not each.outcome else "",
                label=_("Decide") if not each.outcome else "",
            ),
        )
        for each in found.corrections
    ]
    drawn = _letters(found, zone, at) | _mailed_to_nobody(found, zone)
    told += [(act.at, drawn.get(act.fact_id) or _act(act, zone)) for act in found.acts]
    return tuple(row for _at, row in sorted(told, key=lambda each: each[0], reverse=True))


def _act(act: centre.Act, zone: str) -> ChangeRow:
    what = str(_ACTS[act.code]) % {"name": act.about or _("Nobody")}
    return ChangeRow(what, act.reason, _by(act.who, act.at, zone), "", "", "")


def _mailed_to_nobody(found: centre.Page, zone: str) -> dict[int, ChangeRow]:
    """The newest pair, by its fact, where the service centre has drawn it and nobody was to be mailed it since. An
    owner who replaces a pair has seen the new one."""
    act = next((act for act in found.acts if act.code in {_MAILED, _REPLACED}), None)
    if act is None or act.code == _MAILED or not act.reason:
        return {}
    url = reverse("desk:agreement-send", args=[found.line.id])
    what = _("New pair of IDs, mailed to nobody yet")
    return {act.fact_id: ChangeRow(what, act.reason, _by(act.who, act.at, zone), "", url, _("Send the IDs"))}


def _letters(found: centre.Page, zone: str, at: datetime) -> dict[int, ChangeRow]:
    """The letters with the IDs, by fact, each with what became of it. Where a later one reached the same person, there
    is nothing to be done about one that did not."""
    letters = [act for act in found.acts if act.code == _MAILED]
    states = states_of_pair_letters({act.fact_id: act.at for act in letters}, at=at)
    rows: dict[int, ChangeRow] = {}
    reached: set[int | None] = set()
    for act in letters:  # the newest first
        state = states[act.fact_id]
        what, advice = _LETTERS[state]
        url, label = "", ""
        if advice and act.about_id in reached:
            advice = _("A later letter took its place.")
        elif state in {"withheld", UNWRITTEN}:
            url, label = reverse("desk:agreement-send", args=[found.line.id]), _("Send the IDs again")
        elif state == "parked":
            url, label = link(reverse("desk:mail-log"), {"state": state}), _("Mail log")
        else:
            reached.add(act.about_id)
        name = str(what) % {"name": act.about or _("Nobody")}
        rows[act.fact_id] = ChangeRow(name, str(advice), _by(act.who, act.at, zone), "", url, label)
    return rows


def _by(who: str, at: Any, zone: str) -> str:
    return _("%(who)s, %(moment)s") % {
        "who": who or _("Automatic"),
        "moment": instant_in_words(at, zone, language()),
    }
