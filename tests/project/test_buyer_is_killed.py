"""Kill -9 at every border of buying and paying back, and 200 orders at once (PPI-5; cases R15 and A17)."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import pytest
from django.conf import LazySettings
from django.conf import settings as told
from django.db import connection
from django.db.models import QuerySet

from pactdesk.agreements.models import Agreement
from pactdesk.kernel.ids import new_key
from pactdesk.project.verification import prove
from pactdesk.purchases.models import Purchase, SandboxPayment
from pactdesk.purchases.services import cards
from tests import world
from tests.buying import AT, SANDBOX, buyer, order
from tests.effort import tries
from tests.racing import at_once

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.req("PPI-5")]
ORDERS = 200


@pytest.fixture(autouse=True)
def _the_sandbox_takes_the_money(settings: LazySettings) -> None:
    settings.PAYMENT_PROVIDER = SANDBOX


def test_whoever_is_killed_leaves_no_unpaid_incident_and_loses_no_paid_one() -> None:
    cards.save_test_card("works", actor=buyer(), at=AT)
    world.person("marta")
    about = connection.settings_dict
    environment = {
        **os.environ,
        "PYTHONPATH": os.pathsep.join(["src", "."]),
        "DATABASE_URL": f"postgresql://{about['USER']}@/{about['NAME']}?host={about['HOST']}",
        "PACTDESK_PAYMENTS": "sandbox",
        "PACTDESK_SECRET_KEY": told.SECRET_KEY,
        "PACTDESK_CONTRACT_KEY": told.CONTRACT_KEY,
    }
    if about["PASSWORD"]:
        environment["PGPASSWORD"] = about["PASSWORD"]
    done = subprocess.run(
        [sys.executable, "-m", "tests.killing"], env=environment, capture_output=True, text=True, timeout=120
    )
    assert done.returncode == 0, done.stderr[-3000:]
    found = json.loads(done.stdout)
    assert found["wrong"] == []
    bought, returned = found["points"]
    assert bought > tries(2 * 5, 40)  # five phases, each with its commit
    assert returned > tries(2 * 2, 15)
    assert [
        outcome.check.code for group, outcome in prove(at=AT) if group == "Purchases" and outcome.is_broken
    ] == []


def ordered_at_once(times: int) -> list[object]:
    actor = buyer()
    card = cards.save_test_card("works", actor=actor, at=AT)
    key = str(new_key())
    return at_once([lambda: order(card, actor=actor, key=key)] * times)


def charges() -> int:
    return SandboxPayment.objects.filter(captured_minor__gt=0).count()


def test_an_order_that_is_sent_many_times_at_once_is_charged_once() -> None:
    answers = ordered_at_once(ORDERS)
    assert set(answers) == {Purchase.objects.get().pk}
    assert charges() == Agreement.objects.filter(holder__isnull=False).count() == 1


def test_without_its_guards_it_would_be_charged_more_than_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """The twin of the test above: orders that do not take turns, and a table that takes two with one key."""
    constraint = next(each for each in Purchase._meta.constraints if each.name == "purchase_key_once")
    with connection.schema_editor() as editor:
        editor.remove_constraint(Purchase, constraint)
    monkeypatch.setattr(QuerySet, "select_for_update", lambda self, **options: self)
    try:
        for _ in range(5):
            ordered_at_once(20)
            if charges() > 1:
                break
        assert charges() > Purchase.objects.values("key").distinct().count()
    finally:
        monkeypatch.undo()
        with connection.cursor() as cursor:
            cursor.execute("TRUNCATE purchases_purchase, purchases_paymentevent CASCADE")
        with connection.schema_editor() as editor:
            editor.add_constraint(Purchase, constraint)
