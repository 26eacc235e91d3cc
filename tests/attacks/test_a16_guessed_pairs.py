"""A16: pairs of IDs, partner numbers and numbers of subscriptions cannot be found by trying.

`PACTDESK_GUESSES=1000000` tries as many pairs as before a release, from ten thousand addresses.
"""

from __future__ import annotations

import os
import re
from contextlib import suppress
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from pactdesk.accounts.models import Account, Organization
from pactdesk.agreements import services
from pactdesk.agreements.models import Agreement, Registration
from pactdesk.agreements.rules import GuessLimits
from pactdesk.delegation.rules.asking import Wish
from pactdesk.delegation.rules.trying import MOST_WRONG
from pactdesk.delegation.services import asking, subscriptions
from pactdesk.kernel.ids import random_digits
from tests import world
from tests.doors.visitors import visitor

AT = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
GUESSES = int(os.environ.get("PACTDESK_GUESSES", "1000"))
# As the attack has been seen: a hundred guesses from each address, and each account lent to many of them.
ADDRESSES, ACCOUNTS = max(GUESSES // 100, 2), max(GUESSES // 1000, 1)

pytestmark = pytest.mark.django_db


@pytest.mark.req("AGR-11")
def test_guesses_from_everywhere_hit_nothing_and_hardly_reach_the_agreements() -> None:
    gold = world.agreement(at=AT)
    guessers = [
        world.viewer(Account.objects.create_user(f"guest{number}@mail.example", world.PASSWORD))
        for number in range(ACCOUNTS)
    ]
    looked_up = 0

    def count(execute, sql, params, many, context):  # type: ignore[no-untyped-def]
        nonlocal looked_up
        looked_up += sql.startswith("SELECT") and '"pair_digest" = ' in sql
        return execute(sql, params, many, context)

    with connection.execute_wrapper(count):
        for number in range(GUESSES):
            with suppress(services.CannotAddAgreement):
                services.add_agreement(
                    gold.access_id,
                    random_digits(20),
                    subject=None,
                    address=f"10.{number % ADDRESSES >> 8}.{number % ADDRESSES & 255}.1",
                    actor=guessers[number % ACCOUNTS],
                    at=AT,
                )
    assert not Registration.objects.exists()
    assert 0 < looked_up <= max(GUESSES // 100, GuessLimits().per_account)
    services.add_agreement(
        gold.access_id,
        gold.contract_id,
        subject=None,
        address="198.51.100.7",
        actor=world.viewer("carla"),
        at=AT,
    )
    assert Registration.objects.count() == 1, "whoever holds the pair is served meanwhile"


@pytest.mark.req("AGR-11")
def test_every_kind_of_wrong_is_answered_alike_to_whoever_does_not_hold_the_pair() -> None:
    """In words, in length, and in what the database is asked."""
    now = timezone.now()
    kinds = {each: world.agreement() for each in ("good", "expired", "suspended", "empty", "full", "revoked")}
    set_to = {
        "expired": {"starts_at": now - timedelta(days=500), "ends_at": now - timedelta(days=100)},
        "suspended": {"suspended_at": now},
        "full": {"seat_limit": 0},
    }
    for each, fields in set_to.items():
        Agreement.objects.filter(pk=kinds[each].id).update(**fields)
    seat = Registration.objects.create(
        agreement_id=kinds["revoked"].id, account=world.person("olaf"), registered_at=now, revoked_at=now
    )
    assert seat.pk
    olaf = visitor("olaf")
    tried = [(each.access_id, random_digits(20)) for each in kinds.values()]
    tried += [(random_digits(10), kinds["good"].contract_id), (random_digits(10), random_digits(20))]
    answers = [_answer(olaf, *pair) for pair in tried]
    assert len({each[:2] for each in answers}) == 1
    assert len({each[2] for each in answers}) == 1, "the database is asked the same"


def _answer(client: Client, access_id: str, contract_id: str) -> tuple[int, str, tuple[str, ...]]:
    with CaptureQueriesContext(connection) as asked:
        answer = client.post("/benefits/add/", {"access_id": access_id, "contract_id": contract_id})
    html = answer.content.decode()
    for told in (access_id, contract_id):
        html = html.replace(told, "#" * len(told))
    html = re.sub(r'(csrfmiddlewaretoken" value="|nonce=")[^"]+', "", html)
    kinds = tuple(
        re.sub(r"\d+|'[^']*'", "?", each["sql"])[:80] for each in asked if "agreements_" in each["sql"]
    )
    return answer.status_code, html, kinds


@pytest.mark.req("OBO-3")
def test_partner_numbers_are_not_found_by_trying() -> None:
    rafael = world.administrator("rafael")
    Organization.objects.filter(pk=world.organization_of("nora")).update(partner_number="4648141")
    wish = Wish(frozenset({"submit"}), 0, 30, "reseller")
    for number in range(MOST_WRONG):
        with pytest.raises(asking.CannotAsk) as refused:
            asking.ask(wish, provider_number=f"9{number}", actor=rafael, at=AT)
        assert refused.value.decision.codes == ("asking.provider-unknown",)
    for number in ("4648141", "1"):
        with pytest.raises(asking.CannotAsk) as refused:
            asking.ask(wish, provider_number=number, actor=rafael, at=AT)
        assert refused.value.decision.codes == ("asking.too-many-providers",)


@pytest.mark.req("OBO-4")
def test_numbers_of_other_peoples_subscriptions_are_not_found_by_trying() -> None:
    carla = world.administrator("carla")
    world.subscription("cem", "sub-1001")
    for _number in range(MOST_WRONG):
        with pytest.raises(subscriptions.CannotKeepSubscription) as refused:
            subscriptions.add_subscription("SUB-1001", "Mine", actor=carla, at=AT)
        assert refused.value.decision.codes == ("subscription.number-taken",)
    for number in ("sub-1001", "sub-2002"):
        with pytest.raises(subscriptions.CannotKeepSubscription) as refused:
            subscriptions.add_subscription(number, "Mine", actor=carla, at=AT)
        assert refused.value.decision.codes == ("subscription.too-many-tried",)
    assert subscriptions.add_subscription("sub-2002", "Mine", actor=world.administrator("cem"), at=AT)
