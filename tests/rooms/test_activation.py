"""Renewals activate agreements, and pairs are mailed to those who may have them (BEN-1 to BEN-4)."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from email import message_from_bytes
from io import StringIO
from smtplib import SMTPDataError

import pytest
from django.apps import apps
from django.conf import LazySettings
from django.core.management import call_command
from django.db import transaction
from pytest_django import DjangoAssertNumQueries

from pactdesk.accounts.models import Enrolment, Location, Organization
from pactdesk.accounts.viewer import Viewer
from pactdesk.agreements.facts import PairMailed
from pactdesk.agreements.models import Activation, Agreement, LedgerEntry, PairMailing
from pactdesk.agreements.queries.mailing import pair_of
from pactdesk.agreements.queries.waiting_pairs import waiting
from pactdesk.agreements.rules import grouped
from pactdesk.agreements.services import activation, add_agreement, mailing
from pactdesk.journal.models import FactRow
from pactdesk.kernel.decisions import Refused
from pactdesk.notifications.models import OutgoingMail
from pactdesk.notifications.rules.pairs import KIND
from pactdesk.notifications.services import outbox, telling_pairs
from tests import world
from tests.racing import at_once

AT = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
DAY = timedelta(days=1)

pytestmark = pytest.mark.django_db


def enrolled(
    who: str = "carla", level: str = "gold", country: str = "GR", *, contact: bool = True
) -> Enrolment:
    """A term of the organization of `who`, renewed a week ago, with a headquarters and a contact there."""
    world.catalogue()
    organization_id = world.organization_of(who)
    Location.objects.update_or_create(
        organization_id=organization_id,
        is_headquarters=True,
        defaults={
            "name": "Head office",
            "country": country,
            "primary_contact": world.person(who) if contact else None,
        },
    )
    renewed = (AT - 7 * DAY).date()
    return Enrolment.objects.create(
        organization_id=organization_id, level=level, renewed_on=renewed, ends_on=renewed + 364 * DAY
    )


def centre() -> Viewer:
    """Marta, at the service centre."""
    world.team("service-centre", "marta")
    return world.viewer("marta")


def codes(refused: Refused) -> list[str]:
    return [reason.code for reason in refused.decision]


def letters() -> list[OutgoingMail]:
    """The letters that are owed for every pair mailed so far, written by the listener."""
    for fact_id in FactRow.objects.filter(code=PairMailed.code).order_by("pk").values_list("pk", flat=True):
        telling_pairs.tell(fact_id, at=AT)
    return list(OutgoingMail.objects.filter(kind=KIND).order_by("pk"))


@pytest.mark.req("BEN-1", "BEN-2")
def test_a_renewal_activates_its_agreements_once_and_each_renewal_anew() -> None:
    term = enrolled()
    (planned,) = activation.activate_due(at=AT, dry_run=True)
    assert (planned.programme_code, planned.agreement_id, planned.is_mailed) == (
        "gold-partner-support-20",
        None,
        True,
    )
    assert not Agreement.objects.exists()
    (done,) = activation.activate_due(at=AT)
    assert activation.activate_due(at=AT + DAY) == ()
    agreement = Agreement.objects.get(pk=done.agreement_id)
    assert (agreement.units_left, agreement.owner_id, agreement.time_zone) == (
        20,
        world.person("carla").pk,
        "Europe/Athens",
    )
    assert (done.is_late, done.is_mailed) == (False, True)
    term.ends_on = (AT - DAY).date()
    term.save()
    Enrolment.objects.create(
        organization_id=term.organization_id, level="silver", renewed_on=AT.date(), ends_on=date(2027, 11, 19)
    )
    (next_one,) = activation.activate_due(at=AT + DAY)
    assert next_one.programme_code == "silver-partner-support-10"
    # Nothing is carried over unless the programme says so.
    Enrolment.objects.create(
        organization_id=term.organization_id, level="gold", renewed_on=AT.date(), ends_on=date(2027, 11, 19)
    )
    # Not before most of the year of the first one is over: else a term that is ended would be entered anew.
    for days in (1, 299):
        assert activation.activate_due(at=AT + days * DAY) == ()
        assert activation.activate_due(at=AT + days * DAY, dry_run=True) == ()
    (gold_again,) = activation.activate_due(at=AT + 300 * DAY)
    balances = dict(Agreement.objects.values_list("pk", "units_left"))
    assert (balances[done.agreement_id], balances[gold_again.agreement_id]) == (20, 20)


@pytest.mark.req("BEN-2")
def test_what_is_not_due_is_not_activated_and_what_is_late_is_said() -> None:
    term = enrolled()
    for renewed, ends, expected in [
        (AT.date() + DAY, AT.date() + 300 * DAY, []),
        (AT.date() - 400 * DAY, AT.date() - 36 * DAY, []),
        (AT.date() - 28 * DAY, AT.date() + DAY, [False]),
        (AT.date() - 29 * DAY, AT.date() + DAY, [True]),
        # A day begins earlier in Athens than in UTC.
        (date(2026, 11, 21), date(2027, 11, 20), [False]),
    ]:
        Enrolment.objects.filter(pk=term.pk).update(renewed_on=renewed, ends_on=ends)
        at = AT.replace(hour=22, minute=30) if renewed == date(2026, 11, 21) and expected else AT
        assert [each.is_late for each in activation.activate_due(at=at, dry_run=True)] == expected
    Enrolment.objects.filter(pk=term.pk).update(level="action-pack")
    assert activation.activate_due(at=AT.replace(hour=23), dry_run=True) == ()


@pytest.mark.req("BEN-2")
@pytest.mark.django_db(transaction=True)
def test_two_jobs_at_once_activate_once_and_one_that_stops_leaves_nothing_half(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    enrolled()

    def stop(*_args: object, **_named: object) -> bool:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(activation, "mail_activated", stop)
        with pytest.raises(KeyboardInterrupt):
            activation.activate_due(at=AT)
    assert not Agreement.objects.exists()
    assert not LedgerEntry.objects.exists()
    found = at_once([lambda: activation.activate_due(at=AT)] * 3)
    assert sorted(len(each) for each in found) == [0, 0, 1]
    assert Activation.objects.count() == Agreement.objects.count() == PairMailing.objects.count() == 1


@pytest.mark.req("BEN-2")
def test_the_database_itself_refuses_a_second_activation_of_a_renewal() -> None:
    term = enrolled()
    activation.activate_due(at=AT)
    first = Activation.objects.get()
    another = world.agreement(owner="carla", at=AT)
    with pytest.raises(Exception, match="activation_once"), transaction.atomic():
        Activation.objects.create(
            agreement_id=another.id, enrolment=term, programme_id=first.programme_id, activated_at=AT
        )


@pytest.mark.req("BEN-2")
def test_action_packs_are_activated_on_request_by_those_who_may_ask() -> None:
    enrolled(level="action-pack", contact=False)
    code = "action-pack-support-10"
    refusals = [
        ("carla", code, ["activation.not-allowed"]),
        ("olaf", code, ["activation.not-allowed"]),
    ]
    for who, programme, expected in refusals:
        with pytest.raises(activation.CannotActivate) as refused:
            activation.activate_on_request(programme, actor=world.viewer(who), at=AT)
        assert codes(refused.value) == expected
    carla = world.administrator("carla")
    for programme, at, expected in [
        ("gold-partner-support-20", AT, ["activation.not-this-way"]),
        (code, AT + 400 * DAY, ["activation.not-enrolled"]),
    ]:
        with pytest.raises(activation.CannotActivate) as refused:
            activation.activate_on_request(programme, actor=carla, at=at)
        assert codes(refused.value) == expected
    activation.activate_on_request(code, actor=carla, at=AT)
    with pytest.raises(activation.CannotActivate) as refused:
        activation.activate_on_request(code, actor=carla, at=AT)
    assert codes(refused.value) == ["activation.done-before"]
    Enrolment.objects.update(ends_on=AT.date() - DAY)
    anew = Enrolment.objects.create(
        organization_id=carla.organization_id,
        level="action-pack",
        renewed_on=AT.date(),
        ends_on=date(2027, 11, 19),
    )
    with pytest.raises(activation.CannotActivate) as refused:
        activation.activate_on_request(code, actor=carla, at=AT + DAY)
    assert codes(refused.value) == ["activation.done-lately"]
    activation.activate_on_request(code, actor=carla, at=AT + 300 * DAY)
    assert anew.activations.count() == 1


@pytest.mark.req("BEN-1")
def test_without_a_contact_the_pair_waits_and_is_mailed_once_there_is_one() -> None:
    term = enrolled(contact=False)
    (done,) = activation.activate_due(at=AT)
    assert not done.is_mailed
    assert [each.agreement_id for each in waiting()] == [done.agreement_id]
    assert mailing.mail_waiting(at=AT) == 0
    # Somebody who left, or never was of the organization, is nobody to write to.
    for stranger in (
        world.person("olaf"),
        world.person("cem", is_active=False, organization_id=term.organization_id),
    ):
        Organization.objects.filter(pk=term.organization_id).update(primary_contact=stranger)
        assert mailing.mail_waiting(at=AT) == 0
    Organization.objects.filter(pk=term.organization_id).update(primary_contact=world.person("carla"))
    said = StringIO()
    call_command("activate_renewals", dry_run=False, stdout=said)
    assert "1 pairs mailed that had waited" in said.getvalue()
    assert (mailing.mail_waiting(at=AT), waiting()) == (0, ())
    assert Agreement.objects.get().owner_id == world.person("carla").pk


@pytest.mark.req("BEN-1", "BEN-4")
def test_a_pair_waits_for_its_first_contact_although_others_were_mailed_it(
    django_assert_max_num_queries: DjangoAssertNumQueries,
) -> None:
    term = enrolled(contact=False)
    (done,) = activation.activate_due(at=AT)
    headquarters = Location.objects.get(organization_id=term.organization_id)
    cem = world.person("cem", organization_id=term.organization_id, location=headquarters)
    assert done.agreement_id is not None
    mailing.mail_me(done.agreement_id, actor=world.viewer(cem), at=AT)
    mailing.send_pair(done.agreement_id, cem.pk, actor=centre(), at=AT)
    assert [each.agreement_id for each in waiting()] == [done.agreement_id]
    # Pairs that wait on are read, and not locked one by one.
    with django_assert_max_num_queries(5):
        assert mailing.mail_waiting(at=AT) == 0
    Organization.objects.filter(pk=term.organization_id).update(primary_contact=world.person("carla"))
    assert (mailing.mail_waiting(at=AT), mailing.mail_waiting(at=AT), waiting()) == (1, 0, ())
    assert Agreement.objects.get().owner_id == world.person("carla").pk
    occasions = PairMailing.objects.order_by("pk").values_list("account__first_name", "occasion")
    assert list(occasions) == [("Cem", "asked-for"), ("Cem", "sent-again"), ("Carla", "activated")]


class Taken:
    """What a mail server would have been given."""

    def __init__(self) -> None:
        self.bodies: list[bytes] = []
        self.refuse = False


@pytest.fixture
def taken(monkeypatch: pytest.MonkeyPatch, settings: LazySettings) -> Taken:
    server = Taken()

    class Backend:
        def __init__(self, **_about: object) -> None:
            pass

        def send_messages(self, messages: list[object]) -> int:
            server.bodies += [message.message().as_bytes() for message in messages]  # type: ignore[attr-defined]
            if server.refuse:
                raise SMTPDataError(550, server.bodies[-1])
            return len(messages)

    settings.SMTP = {"host": "127.0.0.1"}
    monkeypatch.setattr(outbox, "SmtpBackend", Backend)
    return server


@pytest.mark.req("BEN-1", "AGR-11")
def test_the_letter_has_the_pair_and_no_table_has_the_contract_id(taken: Taken) -> None:
    enrolled()
    world.person("carla", language="el")
    (done,) = activation.activate_due(at=AT)
    assert done.agreement_id is not None
    pair = pair_of(done.agreement_id)
    (letter,) = letters()
    assert letters() == [letter]
    assert letter.language == "el"
    taken.refuse = True
    with pytest.raises(outbox.CouldNotHandOver):
        outbox.hand_over(letter.pk, at=AT)
    letter.refresh_from_db()
    assert letter.last_error == "SMTPDataError"
    taken.refuse = False
    outbox.hand_over(letter.pk, at=AT)
    letter.refresh_from_db()
    assert letter.state == "sent"
    # Base64 or not, the text is what the server was given.
    parts = message_from_bytes(taken.bodies[-1]).walk()
    said = [part.get_payload(decode=True).decode() for part in parts if not part.is_multipart()]  # type: ignore[union-attr]
    assert len(said) == 2
    assert all(grouped(pair.contract_id) in text and pair.access_id in text for text in said)
    for model in apps.get_models(include_auto_created=True):
        for row in model._default_manager.values_list():
            everything = " ".join(map(str, row))
            assert pair.contract_id not in everything.replace(" ", ""), model
    agreement_id = add_agreement(
        *(pair.access_id, pair.contract_id),
        subject=None,
        address="192.0.2.1",
        actor=world.viewer("carla"),
        at=AT,
    )
    assert agreement_id == done.agreement_id


@pytest.mark.req("BEN-4")
def test_a_letter_that_is_owed_is_withheld_from_who_has_left(taken: Taken) -> None:
    enrolled()
    activation.activate_due(at=AT)
    (letter,) = letters()
    world.person("carla", organization_id=world.organization_of("cem"))
    outbox.hand_over(letter.pk, at=AT)
    letter.refresh_from_db()
    assert (letter.state, taken.bodies) == ("withheld", [])


@pytest.mark.req("BEN-4")
@pytest.mark.parametrize(
    ("country", "refused"), [("GR", []), ("US", []), ("BR", []), ("VN", ["pair-mail.primary-contact-only"])]
)
def test_the_service_centre_sends_again_as_the_region_allows(country: str, refused: list[str]) -> None:
    term = enrolled(country=country)
    (done,) = activation.activate_due(at=AT)
    assert done.agreement_id is not None
    headquarters = Location.objects.get(organization_id=term.organization_id)
    cem = world.person("cem", organization_id=term.organization_id, location=headquarters)
    marta = centre()
    with pytest.raises(mailing.CannotMailPair) as stopped:
        mailing.send_pair(done.agreement_id, cem.pk, actor=world.viewer("carla"), at=AT)
    assert codes(stopped.value) == ["pair-mail.not-allowed"]
    if refused:
        with pytest.raises(mailing.CannotMailPair) as stopped:
            mailing.send_pair(done.agreement_id, cem.pk, actor=marta, at=AT)
        assert codes(stopped.value) == refused
    else:
        mailing.send_pair(done.agreement_id, cem.pk, actor=marta, at=AT)
    for _time in range(3 if refused else 2):
        mailing.send_pair(done.agreement_id, world.person("carla").pk, actor=marta, at=AT)
    with pytest.raises(mailing.CannotMailPair) as stopped:
        mailing.send_pair(done.agreement_id, world.person("carla").pk, actor=marta, at=AT)
    assert codes(stopped.value) == ["pair-mail.too-often"]
    mailing.send_pair(done.agreement_id, world.person("carla").pk, actor=marta, at=AT + DAY)
    last = FactRow.objects.filter(code=PairMailed.code).order_by("-pk")[0]
    assert (last.payload["occasion"], last.actor_id) == ("sent-again", marta.account_id)


@pytest.mark.req("BEN-4")
@pytest.mark.django_db(transaction=True)
def test_who_asks_many_times_at_once_is_mailed_as_often_as_one_may_and_no_more() -> None:
    enrolled()
    (done,) = activation.activate_due(at=AT)
    carla, agreement_id = world.viewer("carla"), done.agreement_id or 0
    found = at_once([lambda: mailing.mail_me(agreement_id, actor=carla, at=AT)] * 5)
    assert [type(each) for each in found if each is not None] == [mailing.CannotMailPair] * 2
    assert PairMailing.objects.filter(occasion="asked-for").count() == 3
    # What members ask for does not keep the service centre from sending it.
    mailing.send_pair(agreement_id, carla.account_id, actor=centre(), at=AT)
    mailing.mail_me(agreement_id, actor=carla, at=AT + DAY)
