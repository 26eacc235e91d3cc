"""Inviting contacts who have no account (REQ-2): issued, sent again, accepted once, withdrawn."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import partial
from threading import Barrier

import pytest
from allauth.account.models import EmailAddress
from django.db import IntegrityError, connection, transaction
from django.db.models import QuerySet
from django.http import Http404

from pactdesk.cases.models import Case, Contact, Invitation
from pactdesk.cases.queries.invitations import invitation_letter, invitation_page, open_invitation
from pactdesk.cases.queries.sharing import sharing_of
from pactdesk.cases.rules.answers import Person
from pactdesk.cases.rules.contacts import MOST_ADDITIONAL
from pactdesk.cases.rules.invitations import (
    COUNTED,
    LIFETIME,
    MOST_FROM_A_REQUEST,
    MOST_TO_AN_ADDRESS,
    is_token,
    may_invite,
)
from pactdesk.cases.services import contacts, invitations
from pactdesk.cases.services.invitations import Accepted, CannotAccept, CannotInvite
from pactdesk.journal.models import FactRow
from tests import world
from tests.conversations import sent
from tests.racing import SECONDS, at_once

NOW = datetime(2026, 11, 20, 13, 2, tzinfo=UTC)
LATER = NOW + timedelta(hours=1)
ELENI = Person("Eleni Vasilaki", "Eleni@olive-grove-foods.example", "+30 2721 054321")

pytestmark = [pytest.mark.django_db, pytest.mark.req("REQ-2")]


@pytest.fixture
def case() -> Case:
    return sent(world.agreement(units=9, registered=["carla"], at=NOW), at=NOW)


def added(case: Case, person: Person = ELENI, *, who: str = "carla", at: datetime = NOW) -> int:
    return contacts.add_contact(case.pk, person, actor=world.viewer(who), at=at).contact_id


def token_of(contact_id: int) -> str:
    letter = invitation_letter(contact_id)
    assert letter is not None
    return letter.token


def accepts(token: str, who: str = "olaf", at: datetime = LATER) -> int:
    return invitations.accept(token, actor=world.viewer(who), at=at).case_number


def sees(case: Case, who: str) -> bool:
    return Contact.objects.filter(case=case, account=world.person(who)).exists()


def test_whoever_has_no_account_is_invited_and_whoever_has_sees_it_at_once(case: Case) -> None:
    carla = world.viewer("carla")
    one = contacts.add_contact(case.pk, ELENI, actor=carla, at=NOW)
    other = contacts.add_contact(case.pk, Person("Cem", world.person("cem").email), actor=carla, at=NOW)
    assert (one.is_known, one.not_invited.allowed) == (False, True)
    assert other.is_known
    assert invitation_letter(other.contact_id) is None
    fact = FactRow.objects.get(code="case.contact-invited")
    assert fact.payload["contact"] == one.contact_id
    assert "token" not in str(fact.payload)


def test_the_letter_has_all_that_it_needs_and_the_database_no_token(case: Case) -> None:
    letter = invitation_letter(added(case))
    assert letter is not None
    assert (letter.to_name, letter.to_email, letter.invited_by) == (
        "Eleni Vasilaki",
        "eleni@olive-grove-foods.example",
        "Carla Papadaki",
    )
    assert (letter.number, letter.summary, letter.expires_at) == (case.pk, case.summary, NOW + LIFETIME)
    assert is_token(letter.token)
    with connection.cursor() as cursor:
        for table in ("cases_invitation", "journal_fact", "procrastinate_jobs"):
            cursor.execute(f"SELECT string_agg(t::text, ' ') FROM {table} t")
            rows = cursor.fetchone()[0]
            assert letter.token not in rows
            assert letter.token.encode().hex() not in rows


def test_an_engineer_s_contact_is_invited_too(case: Case) -> None:
    one = contacts.add_contact_from_desk(case.pk, ELENI, actor=world.viewer("ines"), at=NOW)
    letter = invitation_letter(one.contact_id)
    assert letter is not None
    assert letter.invited_by == "Ines Moreau"


def test_accepting_gives_the_place_to_the_account_that_is_signed_in_once(case: Case) -> None:
    token = token_of(contact := added(case))
    assert accepts(token) == case.pk
    place, olaf = Contact.objects.get(pk=contact), world.person("olaf")
    # Everybody knows who sees it, and letters go where they are read.
    assert (place.account, place.name, place.email) == (olaf, "Olaf Berg", olaf.email)
    assert (place.language, place.time_zone, place.phone) == ("en", "Europe/Oslo", olaf.phone)
    assert invitation_letter(contact) is None
    kept = Invitation.objects.get()
    assert (kept.accepted_by, kept.ended_at, bytes(kept.sealed_token)) == (
        world.person("olaf"),
        LATER,
        b"",
    )
    assert FactRow.objects.get(code="case.invitation-accepted").actor_id == world.person("olaf").pk
    for who in ("olaf", "nora"):
        with pytest.raises(CannotAccept, match=r"invitation\.not-valid"):
            accepts(token, who)
    assert not sees(case, "nora")


def test_whoever_sees_the_request_already_leaves_the_invitation_for_somebody_else(case: Case) -> None:
    token = token_of(added(case))
    with pytest.raises(CannotAccept, match=r"invitation\.in-already"):
        accepts(token, "carla")
    page = invitation_page(world.viewer("carla"), token, at=LATER)
    assert page is not None
    assert page.sees_it
    accepts(token, "olaf")


def test_an_invitation_holds_for_72_hours(case: Case) -> None:
    token = token_of(added(case))
    last = NOW + timedelta(hours=72) - timedelta(seconds=1)
    assert invitation_page(None, token, at=last) is not None
    assert invitation_page(None, token, at=NOW + timedelta(hours=72)) is None
    with pytest.raises(CannotAccept, match=r"invitation\.not-valid"):
        accepts(token, at=NOW + timedelta(hours=72))
    accepts(token, at=last)


def test_sending_again_makes_a_new_token_and_the_old_one_is_dead(case: Case) -> None:
    first = token_of(contact := added(case))
    tomorrow = NOW + COUNTED
    address = invitations.invite_again(case.pk, contact, actor=world.viewer("carla"), at=tomorrow)
    assert address == "eleni@olive-grove-foods.example"
    second = token_of(contact)
    assert first != second
    assert FactRow.objects.filter(code="case.contact-invited").count() == 2
    with pytest.raises(CannotAccept, match=r"invitation\.not-valid"):
        accepts(first)
    letter = invitation_letter(contact)
    assert letter is not None
    assert letter.expires_at == tomorrow + LIFETIME
    accepts(second, at=tomorrow)


def test_removing_the_contact_withdraws_the_invitation(case: Case) -> None:
    token = token_of(contact := added(case))
    contacts.remove_contact(case.pk, contact, actor=world.viewer("carla"), at=LATER)
    assert invitation_letter(contact) is None
    with pytest.raises(CannotAccept, match=r"invitation\.not-valid"):
        accepts(token)
    assert bytes(Invitation.objects.get().sealed_token) == b""


def test_proving_the_address_otherwise_takes_the_place_and_the_token_is_dead(case: Case) -> None:
    token = token_of(contact := added(case))
    EmailAddress.objects.create(user=world.person("nora"), email=ELENI.email.lower(), verified=True)
    contacts.claim_places(ELENI.email, account_id=world.person("nora").pk)
    assert invitation_letter(contact) is None
    with pytest.raises(CannotAccept, match=r"invitation\.not-valid"):
        accepts(token)
    with pytest.raises(CannotInvite, match=r"invitation\.sees-it-already"):
        invitations.invite_again(case.pk, contact, actor=world.viewer("carla"), at=NOW + COUNTED)


def test_nobody_but_a_contact_invites(case: Case) -> None:
    contact = added(case)
    for who in ("ines", "olaf", "cem"):
        with pytest.raises(Http404):
            invitations.invite_again(case.pk, contact, actor=world.viewer(who), at=LATER)
    other = sent(world.agreement(units=9, registered=["carla"], at=NOW), at=NOW)
    with pytest.raises(CannotInvite, match=r"invitation\.nobody-there"):
        invitations.invite_again(other.pk, contact, actor=world.viewer("carla"), at=LATER)


def test_nobody_is_written_to_more_than_once_a_day_whatever_is_done(case: Case) -> None:
    """A6: neither sending again nor removing and adding again nor another request makes it more."""
    carla = world.viewer("carla")
    contacts.remove_contact(case.pk, added(case), actor=carla, at=NOW)
    last = contacts.add_contact(case.pk, ELENI, actor=carla, at=NOW)
    assert last.not_invited.codes == ("invitation.too-many",)
    assert invitation_letter(last.contact_id) is None
    other = sent(world.agreement(units=9, registered=["carla"], at=NOW), at=NOW)
    assert not contacts.add_contact(other.pk, ELENI, actor=carla, at=NOW).not_invited.allowed
    with pytest.raises(CannotInvite, match=r"invitation\.too-many"):
        invitations.invite_again(case.pk, last.contact_id, actor=carla, at=NOW)
    assert FactRow.objects.filter(code="case.contact-invited").count() == 1
    invitations.invite_again(case.pk, last.contact_id, actor=carla, at=NOW + COUNTED)


def test_when_somebody_can_be_invited() -> None:
    known: dict[str, int | bool] = {
        "has_account": False,
        "is_test": False,
        "to_address": 0,
        "from_request": 0,
    }
    for change, refusal in (
        ({}, ()),
        ({"to_address": MOST_TO_AN_ADDRESS - 1, "from_request": MOST_FROM_A_REQUEST - 1}, ()),
        ({"to_address": MOST_TO_AN_ADDRESS}, ("invitation.too-many",)),
        ({"from_request": MOST_FROM_A_REQUEST}, ("invitation.too-many",)),
        ({"has_account": True}, ("invitation.sees-it-already",)),
        ({"is_test": True}, ("invitation.only-a-test",)),
    ):
        assert may_invite(**(known | change)).codes == refusal  # type: ignore[arg-type]  # as annotated


def test_a_test_reaches_nobody(case: Case) -> None:
    Case.objects.filter(pk=case.pk).update(is_test=True)
    one = contacts.add_contact(case.pk, ELENI, actor=world.viewer("carla"), at=NOW)
    assert one.not_invited.codes == ("invitation.only-a-test",)
    assert not Invitation.objects.exists()


def test_tokens_are_forgotten_when_their_time_is_over_and_rows_a_while_later(case: Case) -> None:
    contact = added(case)
    invitations.end_expired(at=NOW + LIFETIME - timedelta(seconds=1))
    assert invitation_letter(contact) is not None
    invitations.end_expired(at=NOW + LIFETIME)
    kept = Invitation.objects.get()
    assert (bytes(kept.sealed_token), kept.accepted_by) == (b"", None)
    invitations.end_expired(at=NOW + LIFETIME + invitations.KEPT)
    assert not Invitation.objects.exists()


def test_the_database_refuses_what_must_not_be(case: Case) -> None:
    contact = added(case)
    kept = Invitation.objects.get()
    for guard, change in (
        ("invitation_ended_without_token", {"ended_at": NOW}),
        ("invitation_accepted_is_ended", {"accepted_by": world.person("olaf")}),
    ):
        with pytest.raises(IntegrityError, match=guard), transaction.atomic():
            Invitation.objects.filter(pk=kept.pk).update(**change)
    about = {"case": case, "email": kept.email, "issued_at": NOW, "expires_at": NOW}
    with pytest.raises(IntegrityError, match="invitation_one_open"), transaction.atomic():
        Invitation.objects.create(contact_id=contact, token_hash=b"x" * 32, sealed_token=b"x", **about)
    with pytest.raises(IntegrityError, match="invitation_token_once"), transaction.atomic():
        Invitation.objects.create(token_hash=kept.token_hash, sealed_token=b"x", **about)


def test_whom_the_page_of_sharing_shows_and_what_can_be_done(case: Case) -> None:
    carla = world.viewer("carla")
    added(case)
    contacts.add_contact(case.pk, Person("Cem", world.person("cem").email), actor=carla, at=NOW)
    mine = sharing_of(carla, case.pk)
    told = [(each.name, each.may_invite, each.may_remove.codes) for each in mine.people]
    assert told == [
        ("Carla Papadaki", False, ("contact.primary-stays",)),
        ("Eleni Vasilaki", True, ()),
        ("Cem", True, ()),  # who has an account, which nobody is told
    ]
    assert mine.may_add.allowed
    cems = sharing_of(world.viewer("cem"), case.pk)
    assert [each.may_remove.codes for each in cems.people] == [
        ("contact.primary-stays", "contact.not-yours-to-remove"),
        ("contact.not-yours-to-remove",),
        (),
    ]
    for number in range(MOST_ADDITIONAL - 2):
        added(case, Person(f"P{number}", f"p{number}@mail.example"))
    assert sharing_of(carla, case.pk).may_add.codes == ("contact.too-many",)
    with pytest.raises(Http404):
        sharing_of(world.viewer("olaf"), case.pk)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("who", [("olaf",), ("olaf", "nora")], ids=["one account", "two accounts"])
def test_however_many_accept_at_once_one_does(who: tuple[str, ...]) -> None:
    """A17."""
    case = sent(world.agreement(units=9, registered=["carla"], at=NOW), at=NOW)
    token = token_of(added(case))
    viewers = [world.viewer(each) for each in who] * (20 // len(who))
    outcomes = at_once([partial(invitations.accept, token, actor=each, at=LATER) for each in viewers])
    assert sum(isinstance(each, Accepted) for each in outcomes) == 1
    assert sum(isinstance(each, CannotAccept) for each in outcomes) == 19
    assert Contact.objects.filter(case=case, account__isnull=False).count() == 2
    assert FactRow.objects.filter(code="case.invitation-accepted").count() == 1


@pytest.mark.django_db(transaction=True)
def test_it_is_the_lock_on_the_request_that_makes_it_one(monkeypatch: pytest.MonkeyPatch) -> None:
    """The twin: where nobody waits for the lock, the same token lets two accounts in, one after the other."""
    case = sent(world.agreement(units=9, registered=["carla"], at=NOW), at=NOW)
    token = token_of(added(case))
    together = Barrier(2)

    def read_together(token: str, *, at: datetime) -> Invitation | None:
        found = open_invitation(token, at=at)
        together.wait(timeout=SECONDS)
        return found

    monkeypatch.setattr(invitations, "open_invitation", read_together)
    monkeypatch.setattr(QuerySet, "select_for_update", lambda rows, **_about: rows)
    viewers = [world.viewer("olaf"), world.viewer("nora")]
    outcomes = at_once([partial(invitations.accept, token, actor=each, at=LATER) for each in viewers])
    assert all(isinstance(each, Accepted) for each in outcomes)
