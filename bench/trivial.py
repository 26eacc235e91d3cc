"""An application that answers at once: what server and clients could do if Pactdesk cost nothing."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any


def application(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
    environ["wsgi.input"].read()
    start_response("302 Found", [("Location", "/"), ("Content-Length", "0")])
    return (b"",)
