"""How much is tried: what each change deserves, or with `THOROUGH=1 make test` what a release does."""

from __future__ import annotations

import os

THOROUGH = os.environ.get("THOROUGH", "") not in ("", "0")


def tries(usual: int, thorough: int) -> int:
    """`usual` with every change, `thorough` before a release."""
    return thorough if THOROUGH else usual
