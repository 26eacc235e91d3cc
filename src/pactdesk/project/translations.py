"""Compiles the translations, so that nobody needs gettext to run Pactdesk."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

LOCALE = Path(__file__).resolve().parents[1] / "locale"


def compile_stale(locale: Path = LOCALE) -> list[Path]:
    """Compile every .po file that is newer than its .mo file, and answer which those were (LOC-1)."""
    stale = []
    for source in sorted(locale.glob("*/LC_MESSAGES/*.po")):
        target = source.with_suffix(".mo")
        if target.exists() and target.stat().st_mtime_ns >= source.stat().st_mtime_ns:
            continue
        with source.open("rb") as po_file:
            catalog = read_po(po_file, abort_invalid=True)
        # Aside first: a server that starts meanwhile must not read half a file.
        with tempfile.NamedTemporaryFile(dir=target.parent, delete=False) as mo_file:
            write_mo(mo_file, catalog)
        os.chmod(mo_file.name, 0o644)
        os.replace(mo_file.name, target)
        stale.append(source)
    return stale
