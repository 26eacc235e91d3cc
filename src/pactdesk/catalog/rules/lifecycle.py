"""Where a product version stands in its support lifecycle, and what a programme makes of that."""

from __future__ import annotations

from datetime import date
from enum import StrEnum

from pactdesk.catalog.rules.entries import Coverage, Version


class Phase(StrEnum):
    MAINSTREAM = "mainstream"
    EXTENDED = "extended"
    ENDED = "ended"


def phase_on(version: Version, day: date) -> Phase:
    """The phase of support on `day`. The last day of a phase still belongs to it."""
    if version.mainstream_until is None or day <= version.mainstream_until:
        return Phase.MAINSTREAM
    if version.extended_until is not None and day <= version.extended_until:
        return Phase.EXTENDED
    return Phase.ENDED


def enables(coverage: Coverage, version: Version, day: date) -> bool:
    """Whether the version is enabled for a programme with this coverage on `day` (ELI-4).

    Channel and mainstream support are reasons of their own (ELI-5 to ELI-7) and are not looked at here.
    """
    if version.product_code in coverage.except_products or version.full_code in coverage.except_versions:
        return False
    if coverage.only_versions and version.full_code not in coverage.only_versions:
        return False
    return not (coverage.recent_only and phase_on(version, day) is Phase.ENDED)
