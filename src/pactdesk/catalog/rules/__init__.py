"""The rules of the catalogue, pure: no Django, no database."""

from __future__ import annotations

from pactdesk.catalog.rules.channels import REASON_CODES, made_here, offered, sign_in_fits
from pactdesk.catalog.rules.entries import (
    ON_PREMISES,
    Category,
    Channel,
    Coverage,
    Family,
    Feature,
    Offer,
    Price,
    Problem,
    ProblemType,
    Product,
    Programme,
    Question,
    Region,
    Version,
)
from pactdesk.catalog.rules.lifecycle import Phase, enables, phase_on

__all__ = [
    "ON_PREMISES",
    "REASON_CODES",
    "Category",
    "Channel",
    "Coverage",
    "Family",
    "Feature",
    "Offer",
    "Phase",
    "Price",
    "Problem",
    "ProblemType",
    "Product",
    "Programme",
    "Question",
    "Region",
    "Version",
    "enables",
    "made_here",
    "offered",
    "phase_on",
    "sign_in_fits",
]
