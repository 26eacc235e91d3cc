"""A Stripe on loopback: localstripe, in a thread, with what it does not know and we use.

It takes `return_url`, keys of idempotency and lists by customer; its webhooks are kept, signed, for the test to send.
"""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any

from aiohttp import web
from localstripe import resources, server, webhooks

SECRET = "whsec_of_the_tests"


class Announced:
    """The events that the server would have sent, oldest first."""

    def __init__(self) -> None:
        self.bodies: list[bytes] = []

    def take(self, event: Any) -> None:
        self.bodies.append(json.dumps(event._export()).encode())


def signed(body: bytes, *, secret: str = SECRET, at: float | None = None) -> dict[str, str]:
    """The header with which Stripe signs `body`."""
    moment = int(time.time() if at is None else at)
    digest = hmac.new(secret.encode(), b"%d.%s" % (moment, body), hashlib.sha256).hexdigest()
    return {"Stripe-Signature": f"t={moment},v1={digest}"}


@contextmanager
def running() -> Iterator[tuple[str, Announced]]:
    """The address of the server, which knows nothing yet, and what it announces."""
    announced = Announced()
    resources.store.clear()
    resources.store.dump_to_disk = lambda: None
    webhooks.schedule_webhook = resources.schedule_webhook = announced.take
    _taught()
    yield _address(), announced


@cache
def _address() -> str:
    """Where the server of this process is: it can be started only once, and ends with the process."""
    started: list[int] = []
    ready = threading.Event()

    async def serve() -> None:
        runner = web.AppRunner(server.app, access_log=None)
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        started.append(runner.addresses[0][1])
        ready.set()
        await asyncio.Event().wait()

    threading.Thread(target=asyncio.run, args=[serve()], daemon=True).start()
    assert ready.wait(20)
    return f"http://127.0.0.1:{started[0]}"


def _taught() -> None:
    """What Stripe takes and localstripe does not."""
    intent, setup = resources.PaymentIntent, resources.SetupIntent
    if getattr(intent, "is_taught", False):
        return
    intent.is_taught = True
    confirm, create = intent._api_confirm.__func__, setup._api_create.__func__

    def with_return_url(cls: Any, id: str, return_url: str | None = None, **kwargs: Any) -> Any:
        found = confirm(cls, id, **kwargs)
        if found.next_action:
            url = f"https://bank.example/confirm/{id}"
            found.next_action = {
                "type": "redirect_to_url",
                "redirect_to_url": {"url": url, "return_url": return_url},
            }
        return found

    def without_types(cls: Any, allowed_payment_method_types: Any = None, **kwargs: Any) -> Any:
        return create(cls, **kwargs)

    setup._api_create = classmethod(without_types)
    taken = classmethod(with_return_url).__get__(None, intent)
    for route in server.app.router.routes():
        info = route.resource.get_info() if route.resource else {}
        if route.method == "POST" and info.get("formatter") == "/v1/payment_intents/{id}/confirm":
            route._handler = server.api_extra(taken, "")
