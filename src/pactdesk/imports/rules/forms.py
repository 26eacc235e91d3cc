"""What files look like: which columns each form has, under which names, and what its rows say. Pure, and data."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final

from pactdesk.kernel.decisions import Reason

PACTDESK: Final = "pactdesk"
GLPI: Final = "glpi-credit"
VTIGER: Final = "vtiger-service-contracts"

INCIDENT: Final = "incident"
ADVISORY_HOUR: Final = "advisory_hour"


@dataclass(frozen=True, slots=True)
class Said:
    """What one row says, each as it is written there, "" where nothing is. `number` is that of the row.

    `kinds` are what stands for the programme where the form has types of its own, the most specific first; `unit` is
    what the other system counts, as one of ours, "" where it does not say. `left_out` is why the row is not meant.
    """

    number: int
    access_id: str = ""
    contract_id: str = ""
    programme: str = ""
    organization: str = ""
    owner: str = ""
    starts_on: str = ""
    ends_on: str = ""
    time_zone: str = ""
    granted: str = ""
    left: str = ""
    used: str = ""
    seat_limit: str = ""
    reference: str = ""
    kinds: tuple[str, ...] = ()
    unit: str = ""
    suspended: bool = False
    unlimited: bool = False
    left_out: Reason | None = None


Cells = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Form:
    """A kind of file. `columns` are ours, each with the names under which files have it, the usual one first;
    `has_pairs`: its rows name agreements by pairs, else by a reference of their own and a type to be mapped."""

    code: str
    columns: Mapping[str, tuple[str, ...]]
    required: tuple[str, ...]
    has_pairs: bool
    row: Callable[[int, Cells], Said]
    by_name: Mapping[str, str] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        names = {plain(name): column for column, known in self.columns.items() for name in (column, *known)}
        object.__setattr__(self, "by_name", names)

    def usual_name(self, column: str) -> str:
        """How the column is called where a file does not have it."""
        return self.columns[column][0]


def plain(name: str) -> str:
    """The name of a column without what people write differently: case, accents, spaces, signs."""
    letters = unicodedata.normalize("NFKD", name.casefold().replace("đ", "d").replace("ł", "l"))
    return "".join(letter for letter in letters if letter.isalnum())


def _ours(number: int, cells: Mapping[str, Any]) -> Said:
    return replace(Said(number), **cells)


_NOTHING: Final = frozenset({"null", r"\n", "n/a", "-"})


def _glpi(number: int, cells: Cells) -> Said:
    """Quantity 0 is unlimited there, and a voucher that is switched off can no longer be used."""
    said = {column: "" if text.casefold() in _NOTHING else text for column, text in cells.items()}
    active = said.get("active", "")
    quantity = said.get("granted", "")
    return Said(
        number,
        reference=said.get("reference", ""),
        kinds=(said.get("kind", ""),),
        organization=said.get("organization", "").rpartition(" > ")[2],
        starts_on=said.get("starts_on", ""),
        ends_on=said.get("ends_on", ""),
        granted=quantity,
        used=said.get("used", ""),
        unlimited=quantity in {"0", "Unlimited"},
        left_out=Reason("import.not-active") if plain(active) in _NO else None,
    )


_NO: Final = frozenset({"0", "no", "non", "nie", "ne", "οχι", "khong", "false"})
_ENDED: Final = frozenset({"complete", "archived", "inplanning"})
_UNITS: Final = {"hours": ADVISORY_HOUR, "incidents": INCIDENT}


def _vtiger(number: int, cells: Cells) -> Said:
    """What is related to is exported as "Accounts::::Name"; a person cannot hold an agreement."""
    module, between, name = cells.get("organization", "").rpartition("::::")
    unit, kind, status = (cells.get(column, "") for column in ("unit", "kind", "status"))
    return Said(
        number,
        reference=cells.get("reference", ""),
        kinds=tuple(filter(None, (f"{kind}/{unit}" if kind else "", unit))) or ("",),
        unit=_UNITS.get(plain(unit), ""),
        organization="" if between and plain(module) != "accounts" else name,
        starts_on=cells.get("starts_on", ""),
        ends_on=cells.get("ends_on", ""),
        granted=cells.get("granted", ""),
        used=cells.get("used", ""),
        suspended=plain(status) == "onhold",
        left_out=Reason("import.not-in-force", {"status": status}) if plain(status) in _ENDED else None,
    )


FORMS: Final[Mapping[str, Form]] = {
    form.code: form
    for form in (
        Form(
            PACTDESK,
            {
                "access_id": ("access_id", "Access ID"),
                "contract_id": ("contract_id", "Contract ID"),
                "programme": ("programme", "program", "programme code", "πρόγραμμα", "chương trình"),
                "organization": (
                    "organization",
                    "organisation",
                    "company",
                    "partner",
                    "partner number",
                    "οργανισμός",
                    "εταιρεία",
                    "tổ chức",
                    "công ty",
                    "organizacja",
                    "organizace",
                    "firma",
                    "société",
                ),
                "owner": (
                    "owner",
                    "owner e-mail",
                    "owner email",
                    "e-mail",
                    "email",
                    "κάτοχος",
                    "chủ sở hữu",
                    "właściciel",
                    "vlastník",
                    "propriétaire",
                ),
                "starts_on": (
                    "starts_on",
                    "starts",
                    "start",
                    "start date",
                    "first day",
                    "έναρξη",
                    "ημερομηνία έναρξης",
                    "ngày bắt đầu",
                    "początek",
                    "data rozpoczęcia",
                    "začátek",
                    "datum zahájení",
                    "début",
                    "date de début",
                ),
                "ends_on": (
                    "ends_on",
                    "ends",
                    "end",
                    "end date",
                    "last day",
                    "λήξη",
                    "ημερομηνία λήξης",
                    "ngày kết thúc",
                    "koniec",
                    "data zakończenia",
                    "konec",
                    "datum ukončení",
                    "fin",
                    "date de fin",
                ),
                "time_zone": (
                    "time_zone",
                    "ζώνη ώρας",
                    "múi giờ",
                    "strefa czasowa",
                    "časové pásmo",
                    "fuseau horaire",
                ),
                "granted": (
                    "units_granted",
                    "units",
                    "quantity",
                    "incidents",
                    "μονάδες",
                    "số lượng",
                    "przyznano",
                    "přiděleno",
                    "quantité",
                ),
                "left": (
                    "units_left",
                    "remaining",
                    "balance",
                    "υπόλοιπο",
                    "còn lại",
                    "pozostało",
                    "zbývá",
                    "restant",
                    "solde",
                ),
                "seat_limit": ("seat_limit", "seats", "θέσεις", "số tài khoản", "miejsca", "místa", "sièges"),
            },
            required=("access_id", "contract_id", "programme", "organization", "starts_on"),
            has_pairs=True,
            row=_ours,
        ),
        # As the query in docs/how-to/import-agreements.md and the lists of the plugin name them.
        Form(
            GLPI,
            {
                "reference": ("id",),
                "kind": ("type", "credit voucher type", "credit type"),
                "organization": ("entity", "completename"),
                "active": ("is_active", "active"),
                "starts_on": ("begin_date", "start date"),
                "ends_on": ("end_date", "end date"),
                "granted": ("quantity", "quantity sold"),
                "used": ("consumed", "quantity consumed"),
            },
            required=("reference", "kind", "organization", "starts_on", "granted", "used"),
            has_pairs=False,
            row=_glpi,
        ),
        # The labels of its export, and the names of its fields.
        Form(
            VTIGER,
            {
                "reference": ("Contract No", "contract number"),
                "kind": ("Type", "contract_type"),
                "unit": ("Tracking Unit",),
                "organization": ("Related to", "sc_related_to"),
                "starts_on": ("Start Date",),
                "ends_on": ("Due date",),
                "granted": ("Total Units",),
                "used": ("Used Units",),
                "status": ("Status", "contract_status"),
            },
            required=("reference", "unit", "organization", "starts_on", "granted", "used"),
            has_pairs=False,
            row=_vtiger,
        ),
    )
}
