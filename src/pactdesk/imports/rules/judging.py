"""The one judgement of a file: what would come about, what is there, and every reason why a row cannot be taken.

Pure: what the house knows comes in as `Known`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date, datetime, time, timedelta
from difflib import get_close_matches
from typing import Final
from zoneinfo import ZoneInfo

from pactdesk.agreements.rules import MOST_SEATS, Pair, end_of_benefits, read_pair
from pactdesk.catalog.rules import Programme
from pactdesk.imports.rules.digits import Digits, read_digits, spoilt
from pactdesk.imports.rules.forms import Said, plain
from pactdesk.imports.rules.judgement import Held, Judgement, Known, Owner, Taken
from pactdesk.imports.rules.reading import Options, Reading
from pactdesk.imports.rules.refusing import Mistake, shown
from pactdesk.imports.rules.values import read_day, read_units
from pactdesk.kernel.decisions import Decision, Reason

UTC: Final = ZoneInfo("UTC")
_MOST_SUGGESTIONS: Final = 10
_CLOSE: Final = 0.6
# What is said of something unknown, and where something else is written much like it.
_PROGRAMME: Final = ("import.programme-unknown", "import.programme-nearly")
_ORGANIZATION: Final = ("import.organization-unknown", "import.organization-nearly")
_TIME_ZONE: Final = ("import.time-zone-unknown", "import.time-zone-nearly")


def pairs_of(reading: Reading) -> dict[int, Pair]:
    """The pairs that can be read, by row, whatever else is wrong: so that it can be looked up which there are."""
    found: dict[int, Pair] = {}
    for said in reading.rows if reading.form.has_pairs else ():
        access_id, contract_id = read_digits(said.access_id), read_digits(said.contract_id)
        if isinstance(access_id, Digits) and isinstance(contract_id, Digits):
            pair = read_pair(access_id.text, contract_id.text)
            if isinstance(pair, Pair):
                found[said.number] = pair
    return found


def judge(reading: Reading, known: Known, options: Options) -> Judgement:
    """What the file comes to. Every reason of every row is collected."""
    return _Judge(reading, known, options).judgement()


class _Judge:
    def __init__(self, reading: Reading, known: Known, options: Options) -> None:
        self.reading, self.known, self.options = reading, known, options
        self.mistakes = list(reading.mistakes)
        self.notices: list[Mistake] = []
        self.suggested: dict[str, str] = {}
        self.spoilt = {column: self._spoilt(column) for column in ("access_id", "contract_id")}
        self.first_pairs: dict[Pair, int] = {}
        self.first_references: dict[str, int] = {}

    def judgement(self) -> Judgement:
        taken, already, left_out = [], [], []
        for said in self.reading.rows:
            if said.left_out is not None:
                left_out.append(Mistake(said.number, "", said.left_out))
                continue
            before = len(self.mistakes)
            one = self._row(said)
            if one is None or len(self.mistakes) > before:
                continue
            if isinstance(one, Held):
                already.append(said.number)
            else:
                taken.append(one)
        return Judgement(
            rows=len(self.reading.rows) + len(self.reading.mistakes),
            taken=tuple(taken),
            already=tuple(already),
            left_out=tuple(left_out),
            notices=tuple(self.notices),
            mistakes=tuple(sorted(self.mistakes, key=lambda each: each.row)),
        )

    def _row(self, said: Said) -> Taken | Held | None:
        """What a row comes to; None, or anything with a mistake noted, where it cannot be taken."""
        pair = self._pair(said) if self.reading.form.has_pairs else None
        reference = "" if self.reading.form.has_pairs else self._reference(said)
        programme = self._programme(said)
        organization_id = self._organization(said)
        owner = self._owner(said)
        held = self.known.pairs.get(pair) if pair else self.known.references.get(reference)
        if held is None and owner is not None:
            self._belonging(said, organization_id, owner)
        zone = self._zone(said)
        starts_on, ends_on = self._day(said, "starts_on"), self._day(said, "ends_on")
        if not said.starts_on:
            self._refuse(said, "starts_on", Reason("import.value-missing"))
        seat_limit = self._seats(said)
        granted, left = self._units(said, programme)
        if starts_on is None or programme is None:
            return None
        if ends_on is not None and ends_on < starts_on:
            days = {"starts_on": starts_on.isoformat(), "ends_on": ends_on.isoformat()}
            self._refuse(said, "ends_on", Reason("import.ends-before-start", days))
            return None
        taken = Taken(
            row=said.number,
            pair=pair,
            reference=reference,
            programme_id=programme.id,
            programme=programme.code,
            organization_id=organization_id,
            owner_id=owner.account_id if owner else None,
            starts_at=_midnight(starts_on, zone),
            ends_at=_end(starts_on, ends_on, programme, zone),
            time_zone=zone.key,
            granted=granted,
            left=left,
            seat_limit=seat_limit,
            suspended=said.suspended,
            whole=_whole(programme),
        )
        return taken if held is None else self._there_already(said, held, taken)

    def _there_already(self, said: Said, held: Held, taken: Taken) -> Held:
        """Nothing that exists is changed: what the file says otherwise is a mistake. Balance and owner move by
        themselves, so nothing is said about them."""
        differs = {
            "programme": held.programme_id != taken.programme_id,
            "organization": held.organization_id != taken.organization_id,
            "starts_on": held.starts_at != taken.starts_at,
            "ends_on": bool(said.ends_on) and held.ends_at != taken.ends_at,
        }
        columns = [self._named(column) for column, is_so in differs.items() if is_so]
        if columns:
            self._refuse(said, "", Reason("import.there-and-differs", {"columns": ", ".join(columns)}))
        return held

    # The columns

    def _pair(self, said: Said) -> Pair | None:
        digits: dict[str, str] = {}
        for column in ("access_id", "contract_id"):
            cell = read_digits(getattr(said, column))
            refusal = cell if isinstance(cell, Reason) else self.spoilt[column].get(said.number)
            if refusal is not None:
                self._refuse(said, column, refusal)
            elif isinstance(cell, Digits):
                digits[column] = cell.text
        if len(digits) < 2:
            return None
        pair = read_pair(digits["access_id"], digits["contract_id"])
        if isinstance(pair, Decision):
            for reason in pair:
                column = "access_id" if "access-id" in reason.code else "contract_id"
                self._refuse(said, column, reason)
            return None
        first = self.first_pairs.setdefault(pair, said.number)
        if first != said.number:
            self._refuse(said, "contract_id", Reason("import.pair-twice", {"row": first}))
        return pair

    def _spoilt(self, column: str) -> dict[int, Reason]:
        cells = {said.number: read_digits(getattr(said, column)) for said in self.reading.rows}
        return spoilt({row: cell for row, cell in cells.items() if isinstance(cell, Digits)})

    def _reference(self, said: Said) -> str:
        if not said.reference:
            self._refuse(said, "reference", Reason("import.value-missing"))
            return ""
        first = self.first_references.setdefault(said.reference, said.number)
        if first != said.number:
            self._refuse(said, "reference", Reason("import.reference-twice", {"row": first}))
        return said.reference

    def _programme(self, said: Said) -> Programme | None:
        if self.reading.form.has_pairs:
            named, column = said.programme, "programme"
            programme = self.known.programmes.get(plain(named)) if named else None
        else:
            column = "unit" if "unit" in self.reading.form.columns else "kind"
            wanted = {plain(kind): code for kind, code in self.options.programmes.items()}
            named = next((wanted[plain(kind)] for kind in said.kinds if plain(kind) in wanted), "")
            if not named:
                kind = said.kinds[0]
                missing = Reason("import.kind-not-mapped", {"kind": shown(kind)})
                self._refuse(said, column, missing if kind else Reason("import.value-missing"))
                return None
            programme = self.known.programmes.get(plain(named))
        if programme is None:
            if named:
                known = self.known.programme_names
                self._refuse(said, column, self._unknown(_PROGRAMME, named, known))
            else:
                self._refuse(said, column, Reason("import.value-missing"))
            return None
        if programme.held_as != "agreement":
            self._refuse(
                said, column, Reason("import.programme-without-pair", {"programme": dict(programme.name)})
            )
            return None
        if said.unit and said.unit != programme.unit:
            self._refuse(said, column, Reason("import.unit-differs", {"programme": dict(programme.name)}))
        return programme

    def _organization(self, said: Said) -> int | None:
        if not said.organization:
            if not said.owner:
                self._refuse(said, "organization", Reason("import.value-missing"))
            return None
        found = self.known.organizations.get(said.organization.lower(), frozenset())
        if not found:
            unknown = self._unknown(_ORGANIZATION, said.organization, self.known.names)
            self._refuse(said, "organization", unknown)
        elif len(found) > 1:
            several = {"value": shown(said.organization), "count": len(found)}
            self._refuse(said, "organization", Reason("import.organization-ambiguous", several))
        return next(iter(found)) if len(found) == 1 else None

    def _owner(self, said: Said) -> Owner | None:
        if not said.owner:
            return None
        found = self.known.owners.get(said.owner.lower())
        if found is None:
            self._refuse(said, "owner", Reason("import.owner-unknown", {"value": shown(said.owner)}))
        return found

    def _belonging(self, said: Said, organization_id: int | None, owner: Owner) -> None:
        """As at the desk: who owns what is an organization's is one of its people, and what is issued for a person
        stays that person's, because an organization's administrators see its use and its contacts may be mailed it."""
        if organization_id is not None and organization_id != owner.organization_id:
            self._refuse(said, "owner", Reason("import.owner-elsewhere", {"value": shown(said.owner)}))
        if not said.organization and owner.organization_id is not None:
            alone = Reason("import.owner-alone")
            self.notices.append(Mistake(said.number, self._named("organization"), alone))

    def _zone(self, said: Said) -> ZoneInfo:
        named = said.time_zone or self.options.time_zone
        if named in self.known.time_zones:
            return ZoneInfo(named)
        known = tuple(sorted(self.known.time_zones))
        self._refuse(said, "time_zone", self._unknown(_TIME_ZONE, named, known))
        return UTC

    def _day(self, said: Said, column: str) -> date | None:
        text = getattr(said, column)
        if not text:
            return None
        read = read_day(text, self.options.dates)
        if isinstance(read, Reason):
            self._refuse(said, column, read)
            return None
        return read

    def _seats(self, said: Said) -> int | None:
        if not said.seat_limit:
            return None
        seats = read_units(said.seat_limit, MOST_SEATS)
        if isinstance(seats, int) and seats:
            return seats
        limits = {"least": 1, "most": MOST_SEATS}
        self._refuse(said, "seat_limit", Reason("agreement.seat-limit-out-of-range", limits))
        return None

    def _units(self, said: Said, programme: Programme | None) -> tuple[int, int]:
        """What was granted, those of the programme where nothing is said, and what is left of it."""
        if said.unlimited:
            self._refuse(said, "granted", Reason("import.unlimited"))
            return 0, 0
        whole = _whole(programme)
        usual = programme.quantity * whole if programme and programme.quantity else 0
        granted = self._number(said, "granted", usual, whole)
        if granted is None:
            return 0, 0
        if self.reading.form.has_pairs:
            left = self._number(said, "left", granted, whole)
            if left is not None and left > granted:
                told = {"left": f"{left / whole:g}", "granted": f"{granted / whole:g}"}
                self._refuse(said, "left", Reason("import.more-left-than-granted", told))
            return granted, left or 0
        used = self._number(said, "used", 0, whole)
        if used is not None and used > granted:
            told = {"used": f"{used / whole:g}", "granted": f"{granted / whole:g}"}
            more = Reason("import.more-used-than-granted", told)
            self.notices.append(Mistake(said.number, self._named("used"), more))
        return granted, max(0, granted - (used or 0))

    def _number(self, said: Said, column: str, otherwise: int, whole: int) -> int | None:
        text = getattr(said, column)
        if not text:
            return otherwise
        read = read_units(text, whole=whole)
        if isinstance(read, Reason):
            self._refuse(said, column, read)
            return None
        return read

    # Saying what is wrong

    def _refuse(self, said: Said, column: str, reason: Reason) -> None:
        self.mistakes.append(Mistake(said.number, self._named(column) if column else "", reason))

    def _named(self, column: str) -> str:
        form = self.reading.form
        if column == "programme" and column not in form.columns:
            column = "unit" if "unit" in form.columns else "kind"
        return shown(self.reading.named(column)) if column in form.columns else column

    def _unknown(self, codes: tuple[str, str], text: str, known: tuple[str, ...]) -> Reason:
        """That something is not known, with what is written most alike; looked for only so often, as it takes time."""
        if text not in self.suggested and len(self.suggested) < _MOST_SUGGESTIONS:
            by_lower = {each.lower(): each for each in known}
            close = get_close_matches(text.lower(), by_lower, n=1, cutoff=_CLOSE)
            self.suggested[text] = by_lower[close[0]] if close else ""
        closest = self.suggested.get(text, "")
        if closest:
            return Reason(codes[1], {"value": shown(text), "closest": shown(closest)})
        return Reason(codes[0], {"value": shown(text)})


def _whole(programme: Programme | None) -> int:
    """How much of what a ledger counts is one unit of the programme."""
    return programme.whole if programme else 1


def _midnight(day: date, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, time(), tzinfo=zone).astimezone(UTC)


def _end(starts_on: date, ends_on: date | None, programme: Programme, zone: ZoneInfo) -> datetime:
    """The named day is the last one with benefits; without one it is the programme that says how long they last."""
    if ends_on is None:
        return end_of_benefits(starts_on, programme.length_months, programme.extra_days, zone)
    return _midnight(ends_on + timedelta(days=1), zone)


def mentioned(reading: Reading) -> Iterator[tuple[str, str]]:
    """What the rows name that has to be looked up: ("organization" | "owner" | "reference", text)."""
    take: tuple[tuple[str, Callable[[Said], str]], ...] = (
        ("organization", lambda said: said.organization),
        ("owner", lambda said: said.owner),
        ("reference", lambda said: said.reference),
    )
    for said in reading.rows:
        for name, of in take:
            if text := of(said):
                yield name, text
