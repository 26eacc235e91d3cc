"""Every kind of letter, whole, in two languages, as somebody has read and approved it (`data/letters.*.txt`).

`PACTDESK_SNAPSHOTS=renew` writes the files anew; what changed is then to be read before it is committed.
"""

from __future__ import annotations

import os
import re
from datetime import UTC, datetime, timedelta
from io import BytesIO
from pathlib import Path

import pytest
from django.conf import LazySettings

from pactdesk.accounts.models import Account, TeamMember
from pactdesk.agreements import ledger
from pactdesk.agreements.models import Agreement
from pactdesk.agreements.rules import Pair
from pactdesk.agreements.rules.warnings import read_steps
from pactdesk.agreements.services import warnings
from pactdesk.cases.models import Contact
from pactdesk.cases.rules.answers import Person
from pactdesk.cases.rules.files import Place
from pactdesk.cases.rules.severity import Reachable, Wanted
from pactdesk.cases.rules.status import Move
from pactdesk.cases.services import (
    contacts,
    conversation,
    ending,
    escalation,
    files,
    relations,
    severity,
    work,
)
from pactdesk.cases.services.sweeping import sweep
from pactdesk.delegation.rules import Wish
from pactdesk.delegation.services import asking, delegations
from pactdesk.journal.models import FactRow
from pactdesk.kernel.ids import new_key
from pactdesk.notifications.models import OutgoingMail
from pactdesk.notifications.rules import balances, rights
from pactdesk.notifications.rules.telling import FACT_CODES, KINDS
from pactdesk.notifications.services import choices, telling, telling_balances, telling_rights
from tests import world
from tests.rooms.test_clocks import plan, sent

__all__ = ["plan"]

DATA = Path(__file__).parent / "data"
NOW = datetime(2026, 11, 23, 8, 0, tzinfo=UTC)  # a Monday, 9:00 in Prague
MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
UNPROVED = "new@mail.example"
SOMEBODY = Reachable("Night desk", "+420 601 123 999", "Europe/Prague")

pytestmark = pytest.mark.django_db


@pytest.mark.req("LOC-1")
@pytest.mark.parametrize("language", ["en", "el"])
def test_letters_read_as_they_were_approved(
    language: str, plan: world.Agreement, settings: LazySettings
) -> None:
    settings.MAIL_REPLY_ADDRESS = "support@reply.vendor.example"
    _people(language)
    _story(plan, language)
    for fact in FactRow.objects.filter(code__in=FACT_CODES).order_by("pk"):
        telling.tell(fact.pk, at=fact.at)
    mails = list(OutgoingMail.objects.order_by("fact_id", "to_address"))
    assert set(KINDS) - {mail.kind for mail in mails} == set(), "kinds of letters that the story has not"
    # One of each kind, and one of those to an address that nobody has proved, which all are alike.
    of_each = {
        "unproved" if mail.to_address == UNPROVED and mail.kind == "answer" else mail.kind: mail
        for mail in reversed(mails)
        if mail.to_address != UNPROVED or mail.kind in {"answer", "invitation"}
    }
    told = "".join(_shown(mail) for mail in reversed(of_each.values()))
    file = DATA / f"letters.{language}.txt"
    if os.environ.get("PACTDESK_SNAPSHOTS") == "renew":
        file.parent.mkdir(exist_ok=True)
        file.write_text(told, encoding="utf-8")
    assert told == file.read_text(encoding="utf-8")


@pytest.mark.req("OBO-3", "OBO-4")
def test_letters_about_rights_read_as_they_were_approved() -> None:
    for who in ("carla", "nora", "rafael"):
        world.administrator(who)
    Account.objects.update(language="en", time_zone="Europe/Athens")
    carla, nora, rafael = (world.viewer(who) for who in ("carla", "nora", "rafael"))
    world.relationship("rafael", "carla", "reseller", provider="nora")
    customer = carla.organization_id or 0

    def wish(days: int = 90) -> Wish:
        return Wish(frozenset({"submit", "read", "spend"}), 3, days, "provider")

    link = asking.ask(wish(), actor=nora, at=NOW)
    granted = asking.grant_asked(link.token, wish().terms(NOW), actor=carla, at=NOW)
    of_provider = Wish(frozenset({"read"}), 0, 30, "reseller")
    link = asking.ask(of_provider, customer_id=customer, actor=rafael, at=NOW)
    asking.grant_asked(link.token, of_provider.terms(NOW), actor=nora, at=NOW + MINUTE)
    shorter = wish(60).terms(NOW)
    delegations.change(granted, shorter, customer_sees=True, actor=carla, at=NOW + HOUR)
    refused = asking.ask(wish(), actor=nora, at=NOW)
    asking.refuse_asked(refused.token, actor=carla, at=NOW + 2 * HOUR)
    delegations.revoke(granted, actor=carla, at=NOW + 50 * 24 * HOUR)
    for fact in FactRow.objects.filter(code__in=rights.FACT_CODES).order_by("pk"):
        assert telling_rights.tell(fact.pk, at=fact.at)
        assert telling_rights.tell(fact.pk, at=fact.at) == []
    world.delegation("nora", "carla", "read", days=30, at=NOW)
    telling_rights.tell_ending(at=NOW + 17 * 24 * HOUR)
    mails = list(OutgoingMail.objects.order_by("pk"))
    assert {mail.kind for mail in mails} == set(rights.KINDS)
    told = "".join(_shown(mail) for mail in mails)
    told = re.sub(r"/rights/\d+/", "/rights/ID/", told)
    file = DATA / "letters-about-rights.en.txt"
    if os.environ.get("PACTDESK_SNAPSHOTS") == "renew":
        file.write_text(told, encoding="utf-8")
    assert told == file.read_text(encoding="utf-8")


@pytest.mark.req("AGR-2", "AGR-10", "LOC-1")
@pytest.mark.parametrize("language", ["en", "el"])
def test_letters_about_balances_read_as_they_were_approved(language: str) -> None:
    world.person("carla", language=language)
    plan = world.agreement(
        "gold-partner-support-20", owner="carla", pair=Pair("0230242323", "1" * 20), at=NOW
    )
    steps = read_steps("20%,1", "30")
    for left in (20, 4, 0):
        if units := Agreement.objects.get(pk=plan.id).units_left - left:
            ledger.deduct(plan.id, case_number=100_001, key=f"{left}", actor_id=None, at=NOW, units=units)
            warnings.look_at_what_moved(steps, at=NOW)
        else:
            end = Agreement.objects.get(pk=plan.id).ends_at
            warnings.look_at_the_ends(steps, at=end - 30 * 24 * HOUR)
    for fact in FactRow.objects.filter(code__in=balances.FACT_CODES).order_by("pk"):
        assert len(telling_balances.tell(fact.pk, at=fact.at)) == 1
    mails = list(OutgoingMail.objects.order_by("pk"))
    assert {mail.kind for mail in mails} == set(balances.KINDS)
    told = re.sub(r"/benefits/\d+/", "/benefits/ID/", "".join(_shown(mail) for mail in mails))
    file = DATA / f"letters-about-balances.{language}.txt"
    if os.environ.get("PACTDESK_SNAPSHOTS") == "renew":
        file.write_text(told, encoding="utf-8")
    assert told == file.read_text(encoding="utf-8")


def _people(language: str) -> None:
    team = world.team("support", "ines", "marta", "cem")
    TeamMember.objects.filter(team=team, account=world.person("cem")).update(is_lead=True)
    team.manager = world.person("marta")
    team.save()
    choices.choose(["team", "assigned", "replies", "promises", "escalations"], actor=world.viewer("ines"))
    for who in ("carla", "nora", "olaf"):
        world.person(who)
    Account.objects.update(language=language)


def _story(plan: world.Agreement, language: str) -> None:
    carla, nora, ines, marta = (world.viewer(who) for who in ("carla", "nora", "ines", "marta"))
    number = sent(plan, "A", at=NOW)
    contacts.add_contact(number, Person(carla.name, carla.email), actor=nora, at=NOW)
    Contact.objects.update(language=language)
    work.assign(number, ines.account_id, seen=None, actor=marta, at=NOW + MINUTE)
    conversation.answer(
        number, "Please restart it.", key=new_key(), seen=None, actor=ines, at=NOW + 2 * MINUTE
    )
    conversation.answer(
        number, "Did it help?", key=new_key(), seen=None, then=Move.ASK, actor=ines, at=NOW + 3 * MINUTE
    )
    conversation.reply(number, "It did not.", key=new_key(), actor=carla, at=NOW + 4 * MINUTE)
    work.set_status(number, Move.ASK, seen=None, actor=ines, at=NOW + 5 * MINUTE)
    conversation.reply(number, "Here I am.", key=new_key(), actor=carla, at=NOW + 6 * MINUTE)
    place = Place(number=number, at_desk=True)
    file = files.store(place, "fix.txt", BytesIO(b"Run this."), 9, actor=ines, at=NOW + 7 * MINUTE)
    files.add(place, [file.id], actor=ines, at=NOW + 7 * MINUTE)
    for minutes in (10, 50):
        severity.log_attempt(
            number,
            channel="phone",
            outcome="no-answer",
            made_at=NOW + minutes * MINUTE,
            key=new_key(),
            actor=ines,
            at=NOW + minutes * MINUTE,
        )
    severity.lower_as_unreachable(number, seen=None, actor=ines, at=NOW + 51 * MINUTE)
    severity.restore(number, actor=nora, at=NOW + 52 * MINUTE)
    severity.change(number, Wanted("B"), reason="A workaround.", seen=None, actor=ines, at=NOW + 53 * MINUTE)
    severity.change_by_contact(
        number, Wanted("A", reachable=SOMEBODY), reason="Worse again.", actor=nora, at=NOW + 54 * MINUTE
    )
    escalation.ask_for_manager(number, reason="Nobody has called.", actor=carla, at=NOW + 55 * MINUTE)
    escalation.take_up(number, actor=ines, at=NOW + 56 * MINUTE)
    contacts.add_contact(number, Person("Olaf", world.viewer("olaf").email), actor=carla, at=NOW + HOUR)
    contacts.add_contact(number, Person("New", UNPROVED), actor=carla, at=NOW + HOUR)
    removed = Contact.objects.get(case_id=number, email=world.viewer("olaf").email)
    contacts.remove_contact(number, removed.pk, actor=nora, at=NOW + HOUR + MINUTE)
    quiet = sent(plan, "B", at=NOW + HOUR)
    work.assign(quiet, ines.account_id, seen=None, actor=ines, at=NOW + HOUR)
    sweep(at=NOW + 4 * HOUR)
    work.set_status(number, Move.RESOLVE, seen=None, actor=ines, at=NOW + 4 * HOUR + MINUTE)
    ending.close(
        number,
        outcome="non-decrement",
        cause="product-fault",
        reason="It was a fault of ours.",
        seen=None,
        actor=ines,
        at=NOW + 5 * HOUR,
    )
    ending.reopen_by_contact(number, reason="It is back.", actor=carla, at=NOW + 6 * HOUR)
    paged = sent(plan, "A", at=NOW + 7 * HOUR)
    escalation.page_lead(paged, at=NOW + 7 * HOUR + MINUTE)
    relations.merge(paged, number, seen=None, actor=ines, at=NOW + 8 * HOUR)


def _shown(mail: OutgoingMail) -> str:
    """The letter without what is another one each time: numbers of requests and secrets."""
    numbers = sorted(set(re.findall(r"PD-\d+", f"{mail.subject} {mail.text}")))
    text = f"To: {mail.to_address}\nSubject: {mail.subject}\n\n{mail.text}"
    for place, number in enumerate(numbers, 1):
        text = text.replace(number, f"PD-{place}")
    text = re.sub(r"/invitations/[^/\s]+/", "/invitations/TOKEN/", text)
    return f"===== {mail.kind}\n{text.rstrip()}\n\n"
