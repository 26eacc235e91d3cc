"""Says at the terminal what was done and how long it took."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def step(name: str) -> Iterator[None]:
    """Print the name of a step and its time in seconds when it is done; a step that fails says so for itself."""
    started = time.monotonic()
    yield
    print(f"  {name:<24}{time.monotonic() - started:6.1f} s", flush=True)
