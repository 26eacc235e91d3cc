"""Stories that a real browser plays on the site of the test."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from unittest.mock import patch

import pytest
from django.conf import settings
from django.core.signals import request_finished, request_started
from django.db import connections
from django.test import Client
from playwright.sync_api import Browser, BrowserContext, Page
from procrastinate.contrib.django import app

from pactdesk.project import worker
from tests import world

# Nobody waits longer for a page of the test's own machine, however busy it is.
PATIENCE = 20_000

Enter = Callable[..., Page]


@pytest.fixture
def town(live_site: str) -> Iterator[str]:
    """The site with its catalogue; answers its address. What a browser still asked for at the end is answered first:
    emptying the tables would get in its way."""
    world.catalogue()
    asked: list[object] = []

    def begin(**_about: Any) -> None:
        asked.append(None)

    def end(**_about: Any) -> None:
        if asked:
            asked.pop()

    request_started.connect(begin)
    request_finished.connect(end)
    yield live_site
    deadline = time.monotonic() + PATIENCE / 1000
    while asked and time.monotonic() < deadline:
        time.sleep(0.01)
    request_started.disconnect(begin)
    request_finished.disconnect(end)


@pytest.fixture
def enter(browser: Browser, town: str) -> Iterator[Enter]:
    """`enter("carla", **context)`: a new browser in which somebody is signed in; "" is nobody.

    What the page itself complains about in its console fails the test.
    """
    contexts: list[BrowserContext] = []
    complaints: list[str] = []

    def open_browser(who: str = "", **about: Any) -> Page:
        context = browser.new_context(base_url=town, **{"locale": "en-GB", **about})
        context.set_default_timeout(PATIENCE)
        contexts.append(context)
        if who:
            client = Client()
            client.force_login(world.person(who))
            context.add_cookies(
                [
                    {
                        "name": settings.SESSION_COOKIE_NAME,
                        "value": client.session.session_key or "",
                        "url": town,
                    }
                ]
            )
        page = context.new_page()
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on(
            "console",
            # A refused form is no fault of the page, but browsers note every answer that is not 2xx or 3xx, and
            # htmx notes what was given up for something newer.
            lambda message: (
                complaints.append(message.text)
                if message.type == "error"
                and "status of 422" not in message.text
                and "404" not in message.text
                and "net::ERR_FAILED" not in message.text  # what a test has broken off itself
                and not message.text.startswith(("htmx:afterRequest", "htmx:sendAbort"))
                else None
            ),
        )
        return page

    yield open_browser
    for context in contexts:
        context.close()
    assert not complaints


def run_jobs() -> None:
    """Do what waits to be done, as the worker would, until nothing is left. What the clock calls for is not done: it
    would depend on whether a minute begins meanwhile."""

    async def work() -> None:
        with (
            app.replace_connector(worker.connector()) as working,
            patch.object(working.periodic_registry, "periodic_tasks", {}),
        ):
            async with working.open_async():
                await working.run_worker_async(wait=False, install_signal_handlers=False, listen_notify=False)

    def in_a_loop_of_its_own() -> None:
        try:
            asyncio.run(work())
        finally:
            connections.close_all()

    # Playwright keeps a loop in this thread.
    with ThreadPoolExecutor(1) as aside:
        aside.submit(in_a_loop_of_its_own).result()
