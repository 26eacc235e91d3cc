"""A16: pairs of IDs, partner numbers and numbers of subscriptions cannot be found by trying.

`PACTDESK_GUESSES=1000000` tries a million pairs from ten thousand addresses. How long each kind of wrong takes is
measured by `make bench ARGS=guess`.
"""

from __future__ import annotations

import os
import re
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import UTC, datetime, timedelta

import pytest
from django.core.cache import cache
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from pactdesk.accounts.models import Account, Organization
from pactdesk.accounts.viewer import Viewer
from pactdesk.agreements import services
from pactdesk.agreements.models import Agreement, Registration
from pactdesk.agreements.rules import GuessLimits
from pactdesk.delegation.rules.asking import Wish
from pactdesk.delegation.rules.trying import MOST_WRONG
from pactdesk.delegation.services import asking, subscriptions
from pactdesk.kernel.ids import random_digits
from tests import world
from tests.doors.guided import texts
from tests.doors.programs import codes, program
from tests.doors.visitors import visitor
from tests.drafts import ready
from tests.effort import tries

AT = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
GUESSES = int(os.environ.get("PACTDESK_GUESSES") or tries(1000, 20_000))
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


@pytest.mark.req("AGR-11")
@pytest.mark.parametrize(
    "addresses",
    [
        # Whoever has one address of IPv6 has the 2⁶⁴ beside it.
        [f"2001:db8:7:1:{number:x}::{number:x}" for number in range(1, 99)],
        [
            "2001:0db8:0007:0001::1",
            "2001:DB8:7:1::2",
            "2001:db8:7:1:ffff:ffff:ffff:ffff",
            "2001:db8:7:1::1%eth0",
        ],
        ["192.0.2.7", "::ffff:192.0.2.7", "::ffff:c000:207", " 192.0.2.7"],
    ],
    ids=["one network", "one network, written otherwise", "one address, written otherwise"],
)
def test_nobody_has_more_addresses_than_networks(addresses: list[str]) -> None:
    gold, most = world.agreement(at=AT), 3
    guessers = [
        world.viewer(Account.objects.create_user(f"guest{number}@mail.example", world.PASSWORD))
        for number in range(most + 1)
    ]
    answers = [
        _codes(gold.access_id, random_digits(20), guesser, address, most)
        for guesser, address in zip(guessers, addresses, strict=False)
    ]
    assert answers[:most] == [("pair.not-recognised",)] * most
    assert set(answers[most:]) == {("pair.too-many-attempts",)}
    assert _codes(gold.access_id, "1", world.viewer("carla"), "2001:db8:7:2::1", most) == (
        "pair.not-recognised",
    )


def _codes(access_id: str, contract_id: str, who: Viewer, address: str, most: int) -> tuple[str, ...]:
    limits = GuessLimits(per_account=most + 1, per_address=most)
    with pytest.raises(services.CannotAddAgreement) as refused:
        services.add_agreement(
            access_id, contract_id, subject=None, address=address, actor=who, at=AT, limits=limits
        )
    return refused.value.decision.codes


@pytest.mark.req("AGR-11")
@pytest.mark.django_db(transaction=True)
def test_guesses_are_counted_for_all_processes_and_after_a_restart() -> None:
    """What one connection counted, another one knows, with nothing kept in the memory of a process."""
    gold = world.agreement(at=AT)
    olaf = world.viewer("olaf")
    for _number in range(3):
        assert _codes(gold.access_id, random_digits(20), olaf, "192.0.2.7", 2)[0].startswith("pair.")

    def elsewhere() -> tuple[str, ...]:
        try:
            cache.clear()
            return _codes(gold.access_id, gold.contract_id, world.viewer("olaf"), "192.0.2.7", 2)
        finally:
            connection.close()

    with ThreadPoolExecutor(1) as other:
        assert other.submit(elsewhere).result() == ("pair.too-many-attempts",)


@pytest.mark.req("AGR-11")
def test_all_doors_count_together_and_answer_alike() -> None:
    """The page of benefits, step 2 of a request, and the API."""
    gold, own = world.agreement(), world.agreement(registered=["carla"])
    Agreement.objects.filter(pk=gold.id).update(suspended_at=timezone.now())
    carla, robot = visitor("carla"), program("carla")
    step = reverse(
        "portal:intake-step", args=[ready(world.viewer("carla"), own.id, at=timezone.now()), "support"]
    )

    def tried(access_id: str, contract_id: str) -> tuple[str, str, tuple[str, ...]]:
        pair = {"access_id": access_id, "contract_id": contract_id}
        pages = (carla.post("/benefits/add/", pair), carla.post(step, {**pair, "action": "add"}))
        return (
            *("We do not know this pair" in texts(page) for page in pages),
            tuple(codes(robot.post("/agreements", pair))),
        )

    unknown = (True, True, ("pair.not-recognised",))
    assert tried(gold.access_id, random_digits(20)) == unknown
    assert tried(random_digits(10), gold.contract_id) == unknown
    assert tried(random_digits(10), random_digits(20)) == unknown
    assert tried(gold.access_id, random_digits(20)) == (True, False, ("pair.too-many-attempts",)), (
        "the tenth and on"
    )
    assert tried(gold.access_id, gold.contract_id) == (False, False, ("pair.too-many-attempts",))


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
