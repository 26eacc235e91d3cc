"""Who is written to about rights, and that it is once and only while it concerns them (OBO-3, OBO-4, A21)."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
import time_machine
from django.db.models import F
from django.utils import timezone

from pactdesk.accounts.models import Account, OrganizationRole
from pactdesk.delegation.models import Delegation
from pactdesk.delegation.rules import Terms
from pactdesk.delegation.services import delegations
from pactdesk.journal.models import FactRow
from pactdesk.notifications import tasks
from pactdesk.notifications.models import LetterChoice, OutgoingMail
from pactdesk.notifications.queries.choices import choices
from pactdesk.notifications.services import outbox, telling_rights
from tests import world
from tests.rooms.test_delegation import new_chain

pytestmark = [pytest.mark.django_db, pytest.mark.req("OBO-3")]


def told(at: datetime) -> list[tuple[str, str]]:
    """What every fact so far owes: the kind of each letter, and whom it is to."""
    OutgoingMail.objects.all().delete()
    for fact in FactRow.objects.filter(code__startswith="delegation.").exclude(code="delegation.asked"):
        telling_rights.tell(fact.pk, at=at)
    mails = OutgoingMail.objects.order_by("fact_id", "to_address")
    return [(mail.kind, mail.to_address.partition("@")[0]) for mail in mails]


def test_what_a_provider_passes_on_is_told_to_reseller_and_customer_and_falls_told_once() -> None:
    chain = new_chain()
    assert told(chain.at) == [
        ("rights-granted", "nora"),
        ("rights-granted", "carla"),
        ("rights-granted", "rafael"),
    ]
    delegations.revoke(chain.granted, actor=chain.customer, at=chain.at)
    assert told(chain.at)[-2:] == [("rights-ended", "nora"), ("rights-ended", "rafael")]


def test_what_is_granted_anew_is_told_as_granted_and_not_as_ended() -> None:
    at = timezone.now()
    world.administrator("nora")
    world.delegation("nora", "carla", "read", at=at)
    world.delegation("nora", "carla", "submit", at=at + timedelta(hours=1))
    assert told(at) == [("rights-granted", "nora")]


@pytest.mark.req("OBO-4")
def test_who_administers_no_more_is_told_nothing() -> None:
    chain = new_chain()
    OrganizationRole.objects.filter(account=chain.provider.account_id).delete()
    Account.objects.filter(pk=chain.reseller.account_id).update(is_active=False)
    assert told(chain.at) == [("rights-granted", "carla")]


def test_letters_about_rights_can_be_switched_off_by_those_whom_they_concern() -> None:
    at = timezone.now()
    nora = world.administrator("nora")
    assert choices(nora)["rights"]
    assert "rights" not in choices(world.viewer("olaf"))
    LetterChoice.objects.create(account_id=nora.account_id, choice="rights", wanted=False)
    world.delegation("nora", "carla", "read", at=at)
    assert told(at) == []


def test_of_an_end_everybody_is_told_once_two_weeks_before() -> None:
    at = timezone.now()
    world.administrator("nora")
    delegation = world.delegation("nora", "carla", "read", days=40, at=at)
    world.delegation("nora", "cem", "read", days=10, at=at)  # known to be short when it was granted
    assert telling_rights.tell_ending(at=at + timedelta(days=25)) == []
    assert len(telling_rights.tell_ending(at=at + timedelta(days=26, hours=1))) == 2
    assert telling_rights.tell_ending(at=at + timedelta(days=27)) == []
    mails = OutgoingMail.objects.order_by("to_address").values_list("kind", "to_address")
    assert [(kind, to.partition("@")[0]) for kind, to in mails] == [
        ("rights-ending", "carla"),
        ("rights-ending", "nora"),
    ]
    # An end that is put off comes anew.
    later = Terms(frozenset({"read"}), 0, at + timedelta(days=80))
    delegations.change(
        delegation,
        later,
        customer_sees=True,
        actor=world.viewer("carla"),
        at=at + timedelta(days=28),
    )
    assert telling_rights.tell_ending(at=at + timedelta(days=29)) == []
    assert len(telling_rights.tell_ending(at=at + timedelta(days=70))) == 2


def test_what_was_taken_back_or_is_over_ends_without_notice() -> None:
    at = timezone.now()
    world.administrator("nora")
    world.delegation("nora", "carla", "read", days=40, at=at)
    Delegation.objects.update(revoked_at=F("granted_at"))
    assert telling_rights.tell_ending(at=at + timedelta(days=30)) == []
    Delegation.objects.update(revoked_at=None)
    assert telling_rights.tell_ending(at=at + timedelta(days=41)) == []


def test_the_daily_job_hands_over_what_it_owes() -> None:
    at = timezone.now()
    world.administrator("nora")
    world.delegation("nora", "carla", "read", days=40, at=at)
    with time_machine.travel(at + timedelta(days=27), tick=False):
        tasks.tell_of_ending_rights.func(0)
        tasks.tell_of_ending_rights.func(0)
        mails = list(OutgoingMail.objects.all())
        assert len(mails) == 2
        for mail in mails:
            outbox.hand_over(mail.pk, at=timezone.now())
    assert set(OutgoingMail.objects.values_list("state", flat=True)) == {"kept"}
