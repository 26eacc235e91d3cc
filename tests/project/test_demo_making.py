"""Making the demo world: on any day, in demos only, all or nothing."""

from __future__ import annotations

import io
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from pactdesk.accounts.access import viewer_of
from pactdesk.accounts.models import Account
from pactdesk.agreements import queries as agreements
from pactdesk.agreements.models import Agreement
from pactdesk.cases.services.sweeping import sweep
from pactdesk.catalog import queries as catalog
from pactdesk.catalog.models import Product
from pactdesk.project import demo
from pactdesk.project.demo.people import PEOPLE
from pactdesk.project.verification import prove
from tests import world
from tests.effort import THOROUGH


def run(*arguments: str) -> str:
    printed = io.StringIO()
    call_command("demo_world", *arguments, stdout=printed)
    return printed.getvalue()


@pytest.mark.parametrize(
    "day",
    ["2027-03-28T01:30", "2028-02-29T23:50", *(["2027-01-01T00:10", "2029-11-20T12:00"] if THOROUGH else [])],
)
def test_it_can_be_made_on_any_day(db: None, day: str) -> None:
    world.catalogue()
    at = datetime.fromisoformat(day).replace(tzinfo=UTC)
    demo.make(at=at)
    sweep(at=at)  # as the worker does within a minute
    # Rows of other tests were rolled back, and their files still lie there: on a far day they are old.
    found = [outcome for _, outcome in prove(at=at) if outcome.wrong]
    assert [outcome for outcome in found if outcome.check.code != "bytes-belong-to-file"] == []
    carla = viewer_of(Account.objects.get(email=PEOPLE["carla"].email))
    ends = sorted(line.ends_at for line in agreements.benefits(carla, at=at) if line.decision.allowed)
    assert timedelta() < ends[0] - at < timedelta(days=15)


def test_nobody_gets_a_known_password_outside_of_a_demo(db: None, settings: Any) -> None:
    settings.DEMO = False
    for arguments in ([], ["--show"]):
        with pytest.raises(CommandError, match="not a demo"):
            run(*arguments)
    assert not Account.objects.filter(email=PEOPLE["petra"].email).exists()


@pytest.fixture
def another_catalogue(db: None) -> Iterator[None]:
    """One in which somebody has renamed what the story needs."""
    world.catalogue()
    Product.objects.filter(code="sharepoint-server").update(code="team-server")
    catalog.forget()
    yield
    catalog.forget()


def test_where_the_catalogue_does_not_go_with_it_nothing_is_made(
    another_catalogue: None, settings: Any
) -> None:
    settings.DEMO = True
    with pytest.raises(CommandError, match="pactdesk catalog apply"):
        run()
    assert Account.objects.count() == Agreement.objects.count() == 0
    with pytest.raises(CommandError, match="not there yet"):
        run("--show")
