"""What happens to a request is told by letter: to whom, in which words and language, and what holds them together."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from smtplib import SMTPServerDisconnected
from typing import Any

import pytest
from allauth.account.models import EmailAddress
from django.conf import LazySettings
from django.conf import settings as django_settings
from django.template import TemplateSyntaxError

from pactdesk.accounts.models import Account
from pactdesk.cases.models import Case, Contact
from pactdesk.cases.queries.invitations import invitation_letter
from pactdesk.cases.rules.answers import Person
from pactdesk.cases.rules.status import Move
from pactdesk.cases.services import contacts, conversation, ending, escalation, relations, work
from pactdesk.cases.services.submission import submit
from pactdesk.cases.services.sweeping import sweep
from pactdesk.journal import services as journal_services
from pactdesk.journal.models import FactRow
from pactdesk.kernel.ids import new_key
from pactdesk.notifications import letters, tasks
from pactdesk.notifications.models import LetterChoice, OutgoingMail, ToldFact
from pactdesk.notifications.services import choices, outbox, telling
from pactdesk.notifications.services.outbox import CouldNotHandOver
from tests import world
from tests.drafts import ready

NOW = datetime(2026, 11, 20, 13, 2, tzinfo=UTC)
LATER = NOW + timedelta(hours=1)

POISON = [
    kind("a\x00b")
    for kind in (
        ArithmeticError,
        AssertionError,
        AttributeError,
        BufferError,
        ConnectionResetError,
        EOFError,
        FileNotFoundError,
        IndexError,
        KeyError,
        MemoryError,
        NotImplementedError,
        OSError,
        OverflowError,
        RecursionError,
        RuntimeError,
        StopIteration,
        SystemError,
        TimeoutError,
        TypeError,
        ValueError,
        ZeroDivisionError,
        SMTPServerDisconnected,
        TemplateSyntaxError,
    )
]

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _no_reply_address(settings: LazySettings) -> None:
    settings.MAIL_REPLY_ADDRESS = ""


@pytest.fixture
def plan() -> world.Agreement:
    world.team("support", "ines")
    return world.agreement(units=3, registered=["carla"], at=NOW)


@pytest.fixture
def number(plan: world.Agreement) -> int:
    """A request of Carla's in which Nora, who reads Czech, is an additional contact."""
    carla, nora = world.viewer("carla"), world.viewer("nora")
    share = (Person(nora.name, nora.email, "", nora.time_zone, "cs"),)
    draft = ready(carla, plan.id, at=NOW, share=share)
    return submit(draft, terms_accepted=True, actor=carla, at=NOW).number


def tell(code: str) -> list[OutgoingMail]:
    """The letters about the newest fact with this code, by reader."""
    fact = FactRow.objects.filter(code=code).latest("id")
    telling.tell(fact.pk, at=LATER)
    return list(OutgoingMail.objects.filter(fact_id=fact.pk).order_by("to_address"))


def address(who: str) -> str:
    return world.viewer(who).email


def answered(number: int, text: str = "Please restart it.", then: Move | None = None) -> None:
    ines = world.viewer("ines")
    conversation.answer(number, text, key=new_key(), seen=None, then=then, actor=ines, at=LATER)


def close(number: int, outcome: str = "non-decrement", cause: str = "product-fault") -> None:
    ending.close(
        number,
        outcome=outcome,
        cause=cause,
        reason="It was a fault of ours.",
        seen=None,
        actor=world.viewer("ines"),
        at=LATER,
    )


# What is told to whom


@pytest.mark.req("ESC-1")
def test_who_is_asked_for_help_reads_what_goes_wrong_and_the_contacts_who_takes_it_up(number: int) -> None:
    ines = world.viewer("ines")
    work.assign(number, ines.account_id, seen=None, actor=ines, at=NOW)
    escalation.ask_for_manager(number, reason="Nobody has called.", actor=world.viewer("carla"), at=LATER)
    [mail] = tell("case.escalated")
    assert (mail.to_address, mail.kind) == (address("ines"), "desk-escalated")
    assert "Carla Papadaki is not content with how a support request goes on" in mail.text
    assert "Nobody has called." in mail.text
    assert f"/desk/requests/PD-{number}/" in mail.text
    assert "/profile/letters/escalations/off/" in mail.text
    escalation.take_up(number, actor=ines, at=LATER)
    taken = {mail.to_address: mail for mail in tell("case.escalation-taken-up")}
    assert set(taken) == {address("carla"), address("nora")}
    assert "Ines Moreau takes care that your support request" in taken[address("carla")].text


@pytest.mark.req("ESC-1")
def test_a_notice_says_what_is_owed_and_by_when_in_the_readers_zone(number: int) -> None:
    ines = world.viewer("ines")
    work.assign(number, ines.account_id, seen=None, actor=ines, at=NOW)
    sweep(at=NOW + timedelta(days=2, hours=19))
    [fact, *_others] = FactRow.objects.filter(code="case.promise-at-risk").order_by("pk")
    telling.tell(fact.pk, at=NOW + timedelta(days=2, hours=19))
    [mail] = OutgoingMail.objects.filter(kind="desk-promise")
    assert mail.to_address == address("ines")
    assert "the first answer to a support request is still owed, by Mon 23 Nov 2026" in mail.text
    assert "(Paris)" in mail.text


@pytest.mark.req("WIZ-6")
def test_an_opening_is_confirmed_to_the_primary_contact_and_to_nobody_else(number: int) -> None:
    (mail,) = tell("case.opened")
    assert (mail.to_address, mail.kind) == (address("carla"), "request-opened")
    assert mail.subject.startswith(f"[PD-{number}] We have your request: ")
    assert "Mon 23 Nov 2026, 11:02 (Athens)" in mail.text


@pytest.mark.req("REQ-2", "LOC-1")
def test_an_answer_reaches_every_contact_with_its_words_each_in_their_language(number: int) -> None:
    answered(number)
    carla, nora = tell("case.message-added")
    assert [carla.to_address, nora.to_address] == [address("carla"), address("nora")]
    assert (carla.language, nora.language) == ("en", "cs")
    for mail in (carla, nora):
        assert "> Please restart it." in mail.text
        assert "Please restart it." in mail.html
        assert f"/requests/PD-{number}/" in mail.text
        assert f"/requests/PD-{number}/" in mail.html
    assert f"Ines Moreau has written in your support request PD-{number}:" in carla.text


def test_an_answer_that_waits_or_resolves_says_so_in_one_letter(number: int) -> None:
    answered(number, then=Move.ASK)
    assert "We wait for your answer now." in tell("case.message-added")[0].text
    assert tell("case.status-changed") == []
    answered(number, then=Move.RESOLVE)
    assert "write to us within 10 days" in tell("case.message-added")[0].text
    assert tell("case.status-changed") == []


def test_a_status_without_words_is_told_by_itself(number: int) -> None:
    ines = world.viewer("ines")
    work.assign(number, ines.account_id, seen=None, actor=ines, at=LATER)
    work.set_status(number, Move.START, seen=None, actor=ines, at=LATER)
    assert tell("case.status-changed") == []
    work.set_status(number, Move.ASK, seen=None, actor=ines, at=LATER + timedelta(minutes=1))
    carla, _nora = tell("case.status-changed")
    assert carla.kind == "waiting"
    assert "we need something from you" in carla.text
    work.set_status(number, Move.RESOLVE, seen=None, actor=ines, at=LATER + timedelta(minutes=2))
    assert {mail.kind for mail in tell("case.status-changed")} == {"resolved"}


def test_a_note_of_the_desk_reaches_nobody_even_if_it_is_told(number: int) -> None:
    conversation.note(number, "The customer is wrong.", key=new_key(), actor=world.viewer("ines"), at=LATER)
    assert tell("case.message-added") == []
    assert ToldFact.objects.filter(letters=0).exists()


def test_a_reply_reaches_its_engineer_and_not_the_other_contacts(number: int) -> None:
    conversation.reply(number, "It is broken.", key=new_key(), actor=world.viewer("carla"), at=LATER)
    assert tell("case.message-added") == []
    ines = world.viewer("ines")
    work.assign(number, ines.account_id, seen=None, actor=ines, at=LATER)
    assert tell("case.assigned") == [], "who did it knows it"
    conversation.reply(number, "Still broken.", key=new_key(), actor=world.viewer("carla"), at=LATER)
    (mail,) = tell("case.message-added")
    assert (mail.to_address, mail.kind) == (address("ines"), "desk-reply")
    assert "> Still broken." in mail.text
    assert f"/desk/requests/PD-{number}/" in mail.text
    assert "Carla Papadaki has answered in a support request that you own:" in mail.text


def test_an_engineer_hears_of_what_a_colleague_assigned(number: int) -> None:
    world.team("support", "marta")
    ines, marta = world.viewer("ines"), world.viewer("marta")
    work.assign(number, ines.account_id, seen=None, actor=marta, at=LATER)
    (mail,) = tell("case.assigned")
    assert mail.to_address == ines.email
    assert "Marta Nowak has assigned a support request to you." in mail.text


@pytest.mark.req("AGR-6")
def test_a_closing_that_does_not_count_says_that_the_incident_is_back(number: int) -> None:
    close(number)
    carla, _nora = tell("case.closed")
    assert "It does not count: 1 incident was given back to your agreement." in carla.text
    assert "> It was a fault of ours." in carla.text
    assert "fault of the product" not in carla.text


@pytest.mark.req("AGR-6")
def test_a_closing_that_counts_says_so(number: int) -> None:
    close(number, "decrement", "")
    assert "It counts" in tell("case.closed")[0].text


@pytest.mark.req("AGR-6")
def test_a_reopening_says_whether_something_was_deducted_again(number: int) -> None:
    close(number)
    carla = world.viewer("carla")
    work_owner = world.viewer("ines")
    Case.objects.filter(pk=number).update(owner_id=work_owner.account_id)
    ending.reopen_by_contact(number, reason="It is back.", actor=carla, at=LATER)
    ines, nora = tell("case.reopened")
    assert (ines.kind, nora.kind) == ("desk-reopened", "reopened")
    assert "> It is back." in ines.text
    nora.language = "en"
    OutgoingMail.objects.all().delete()
    ToldFact.objects.all().delete()
    Contact.objects.filter(email=address("nora")).update(language="en")
    assert "1 unit was deducted again, because it had been given back." in tell("case.reopened")[1].text


def test_whoever_closes_is_not_told_and_the_others_are(number: int) -> None:
    ending.close_by_contact(number, reason="We found it.", actor=world.viewer("carla"), at=LATER)
    (nora,) = tell("case.closed")
    assert nora.to_address == address("nora")


def test_a_merged_request_is_told_once_and_leads_to_the_other(plan: world.Agreement, number: int) -> None:
    carla = world.viewer("carla")
    other = submit(ready(carla, plan.id, at=NOW), terms_accepted=True, actor=carla, at=NOW).number
    relations.merge(number, other, seen=None, actor=world.viewer("ines"), at=LATER)
    assert tell("case.closed") == []
    letter = tell("case.merged")[0]
    assert f"PD-{other}" in letter.text
    assert f"/requests/PD-{other}/" in letter.html
    assert "1 incident was given back" in letter.text
    assert tell("case.contact-added") == [], "the letter about merging says it"


def test_somebody_who_was_added_is_told_with_a_link(number: int) -> None:
    cem = world.viewer("cem")
    contacts.add_contact(number, Person("Cem", cem.email), actor=world.viewer("carla"), at=LATER)
    (mail,) = tell("case.contact-added")
    assert (mail.to_address, mail.kind) == (cem.email, "contact-added")
    assert "Carla Papadaki has added you" in mail.text


def test_somebody_without_an_account_is_invited_without_a_word_of_anybodys(number: int) -> None:
    contacts.add_contact(
        number,
        Person("Buy now http://evil.example", "new@mail.example"),
        actor=world.viewer("carla"),
        at=LATER,
    )
    assert tell("case.contact-added") == []
    (mail,) = tell("case.contact-invited")
    assert mail.kind == "invitation"
    letter = invitation_letter(Contact.objects.get(email="new@mail.example").pk)
    assert letter is not None
    assert f"/invitations/{letter.token}/" in mail.text
    assert f"PD-{number}" in mail.subject
    assert invitation_letter(Contact.objects.get(email="new@mail.example").pk) == letter
    for words in ("evil", "Buy", "Carla", Case.objects.get(pk=number).summary):
        assert words not in mail.subject + mail.text + mail.html


def test_somebody_who_was_removed_is_told_and_hears_no_more(number: int) -> None:
    nora = world.viewer("nora")
    place = Contact.objects.get(case_id=number, email=nora.email)
    contacts.remove_contact(number, place.pk, actor=world.viewer("carla"), at=LATER)
    (mail,) = tell("case.contact-removed")
    assert (mail.to_address, mail.language) == (nora.email, "cs")
    answered(number)
    assert [each.to_address for each in tell("case.message-added")] == [address("carla")]


def test_files_that_came_with_an_answer_are_named_and_not_sent(number: int) -> None:
    from pactdesk.cases.facts import FileAdded  # what another service announces in the same step

    answered(number)
    actor = world.viewer("ines").account_id
    for name, internal in (("fix.zip", False), ("secret.txt", True)):
        fact = FileAdded(number, file="x", name=name, size=3, internal=internal, side="vendor")
        journal_services.record(fact, actor_id=actor, at=LATER)
    carla, _nora = tell("case.message-added")
    assert "1 file came along; it can be read in the request: fix.zip" in carla.text
    assert "secret.txt" not in carla.text
    assert tell("case.file-added") == []


def test_a_test_request_reaches_nobody(number: int) -> None:
    Case.objects.filter(pk=number).update(is_test=True)
    assert tell("case.opened") == []
    assert ToldFact.objects.get().letters == 0


def test_a_team_hears_of_new_requests_only_where_it_wants_to(number: int) -> None:
    choices.choose(["team"], actor=world.viewer("ines"))
    kinds = {mail.kind: mail.to_address for mail in tell("case.opened")}
    assert kinds == {"request-opened": address("carla"), "desk-new": address("ines")}


# What is chosen


def test_what_somebody_does_not_want_is_not_written(number: int) -> None:
    choices.switch_off("answers", actor=world.viewer("carla"))
    answered(number)
    assert [mail.to_address for mail in tell("case.message-added")] == [address("nora")]
    close(number)
    assert len(tell("case.closed")) == 2


def test_confirmations_always_come(number: int) -> None:
    choices.choose([], actor=world.viewer("carla"))
    assert len(tell("case.opened")) == 1


def test_what_is_asked_at_the_desk_is_not_changed_by_somebody_who_does_not_work_there() -> None:
    world.catalogue()
    choices.choose(["team", "answers"], actor=world.viewer("carla"))
    assert set(LetterChoice.objects.values_list("choice", "wanted")) == {
        ("answers", True),
        ("endings", False),
        ("severity", False),
        ("places", False),
        ("balances", False),
        ("registrations", False),
        ("uses", False),
    }


def test_a_letter_says_where_to_switch_such_letters_off_and_a_confirmation_does_not(number: int) -> None:
    answered(number)
    carla, _nora = tell("case.message-added")
    assert "/profile/letters/answers/off/" in carla.text
    assert "/profile/letters/answers/off/" in carla.html
    assert carla.headers["List-Unsubscribe"].endswith("/profile/letters/answers/off/>")
    (confirmation,) = tell("case.opened")
    assert "/profile/letters/" not in confirmation.text + confirmation.html


# What holds them together


def test_letters_about_a_request_are_one_thread_for_mail_programs(number: int) -> None:
    (opened,) = tell("case.opened")
    answered(number)
    carla, nora = tell("case.message-added")
    roots = {mail.headers["References"] for mail in (opened, carla, nora)}
    assert len(roots) == 1
    assert re.fullmatch(r"<request\.[0-9a-f]{32}@[^>]+>", roots.pop())
    assert len({mail.message_id for mail in (opened, carla, nora)}) == 3
    summary = Case.objects.get(pk=number).summary
    assert carla.subject == nora.subject == f"[PD-{number}] {summary}"
    assert carla.headers["List-Id"].startswith("<requests.")
    assert carla.headers["X-Pactdesk-Request"] == f"PD-{number}"


def test_an_answer_by_mail_goes_to_an_address_of_each_readers_own(
    number: int, settings: LazySettings
) -> None:
    assert "Reply-To" not in tell("case.opened")[0].headers
    settings.MAIL_REPLY_ADDRESS = "support@reply.vendor.example"
    answered(number)
    carla, nora = tell("case.message-added")
    assert carla.headers["Reply-To"] != nora.headers["Reply-To"]
    assert carla.headers["Reply-To"].startswith("support+")
    assert "You can answer this e-mail" in carla.text


def test_an_engineer_has_no_reply_address(number: int, settings: LazySettings) -> None:
    settings.MAIL_REPLY_ADDRESS = "support@reply.vendor.example"
    ines = world.viewer("ines")
    Case.objects.filter(pk=number).update(owner_id=ines.account_id)
    conversation.reply(number, "Hello", key=new_key(), actor=world.viewer("carla"), at=LATER)
    (mail,) = tell("case.message-added")
    assert "Reply-To" not in mail.headers


def test_what_is_told_twice_is_owed_once(number: int) -> None:
    answered(number)
    fact = FactRow.objects.filter(code="case.message-added").latest("id")
    tasks.write_letters(fact.pk)
    tasks.write_letters(fact.pk)
    ToldFact.objects.all().delete()
    tasks.write_letters(fact.pk)
    assert OutgoingMail.objects.filter(fact_id=fact.pk).count() == 2
    assert ToldFact.objects.get(fact_id=fact.pk).letters == 2


def test_long_addresses_that_begin_alike_are_two_readers(number: int) -> None:
    long = "a" * 60 + "@" + "b" * 60 + ".example"
    for end in ("one", "two"):
        contacts.add_contact(number, Person("X", f"{end[0]}{long}"), actor=world.viewer("carla"), at=LATER)
    answered(number)
    assert len(tell("case.message-added")) == 4


# When something is wrong with one of them


def test_a_letter_that_cannot_be_written_is_parked_and_the_others_go_out(
    number: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    draft = letters.requests.draft

    def poisoned(kind: str, it: letters.requests.Telling, *, proved: bool) -> letters.layout.Draft:
        if it.language == "cs":
            raise ZeroDivisionError("a\x00b")
        return draft(kind, it, proved=proved)

    monkeypatch.setattr(letters.requests, "draft", poisoned)
    answered(number)
    parked, carla = tell("case.message-added")
    assert (carla.state, carla.to_address) == ("queued", address("carla"))
    assert (parked.state, parked.to_address) == ("parked", "")
    assert parked.last_error == "ZeroDivisionError: a\ufffdb"
    assert ToldFact.objects.get(fact_id=carla.fact_id).letters == 2


def raising(error: BaseException) -> Callable[..., Any]:
    def raise_it(*args: object, **kwargs: object) -> object:
        raise error

    return raise_it


@pytest.mark.parametrize("error", POISON, ids=lambda error: type(error).__name__)
def test_whatever_goes_wrong_with_one_letter_stops_no_other(
    number: int, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    """R8, for writing and for handing over."""
    answered(number)
    with monkeypatch.context() as broken:
        broken.setattr(letters.requests, "draft", raising(error))
        assert {mail.state for mail in tell("case.message-added")} == {"parked"}
    (confirmation,) = tell("case.opened")
    with monkeypatch.context() as broken:
        broken.setattr(outbox, "SmtpBackend", raising(error))
        broken.setattr(django_settings, "SMTP", {"host": "127.0.0.1"})
        with pytest.raises(CouldNotHandOver):
            outbox.hand_over(confirmation.pk, at=LATER)
    confirmation.refresh_from_db()
    assert (confirmation.state, confirmation.attempts) == ("queued", 1)
    outbox.hand_over(confirmation.pk, at=LATER)
    confirmation.refresh_from_db()
    assert confirmation.state == "kept"


def test_a_parked_letter_is_written_and_sent_again_when_an_operator_asks(
    number: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as broken:
        broken.setattr(letters.requests, "draft", lambda *args, **kwargs: 1 / 0)
        answered(number)
        parked = tell("case.message-added")
    assert {mail.state for mail in parked} == {"parked"}
    again = outbox.take_up_parked([mail.pk for mail in parked])
    assert again.facts == {parked[0].fact_id}
    assert {mail.state for mail in tell("case.message-added")} == {"queued"}


@pytest.mark.parametrize("how", ["removed", "switched off"])
def test_a_letter_that_waits_is_not_sent_to_somebody_who_may_no_longer_know(number: int, how: str) -> None:
    """A21"""
    answered(number)
    carla, nora = tell("case.message-added")
    if how == "removed":
        place = Contact.objects.get(case_id=number, email=address("nora"))
        contacts.remove_contact(number, place.pk, actor=world.viewer("carla"), at=LATER)
    else:
        Account.objects.filter(pk=world.person("nora").pk).update(is_active=False)
    for mail in (carla, nora):
        outbox.hand_over(mail.pk, at=LATER)
    nora.refresh_from_db()
    carla.refresh_from_db()
    assert (nora.state, nora.text, nora.html) == ("withheld", "", "")
    assert carla.state == "kept"


def test_a_mail_that_ends_its_worker_each_time_is_parked_some_day(number: int) -> None:
    (mail,) = tell("case.opened")
    OutgoingMail.objects.filter(pk=mail.pk).update(attempts=outbox.MOST_ATTEMPTS)
    outbox.hand_over(mail.pk, at=LATER)
    mail.refresh_from_db()
    assert mail.state == "parked"


def test_markup_in_what_was_written_stays_text(number: int) -> None:
    answered(number, "<script>alert(1)</script>\n<img src=x onerror=alert(1)>")
    carla, _nora = tell("case.message-added")
    assert "<script>" not in carla.html
    assert "<img" not in carla.html
    assert "&lt;script&gt;" in carla.html
    assert "> <script>alert(1)</script>" in carla.text


def test_nothing_is_fetched_by_whoever_opens_a_letter(number: int) -> None:
    """P9: no picture, no style, no font from anywhere."""
    answered(number)
    html = tell("case.message-added")[0].html
    assert not re.search(r"<(img|link|script|iframe|object)\b|url\(|@import|src=", html)


@pytest.mark.req("LOC-1")
@pytest.mark.parametrize("language", ["en", "el", "vi", "pl", "cs", "fr"])
def test_every_letter_can_be_written_in_every_language(number: int, language: str) -> None:
    Contact.objects.filter(case_id=number).update(language=language)
    Account.objects.filter(pk=world.person("ines").pk).update(language=language)
    ines = world.viewer("ines")
    Case.objects.filter(pk=number).update(owner_id=ines.account_id)
    answered(number, then=Move.ASK)
    conversation.reply(number, "x", key=new_key(), actor=world.viewer("carla"), at=LATER)
    close(number)
    ending.reopen_by_contact(number, reason="x", actor=world.viewer("carla"), at=LATER)
    cem = world.viewer("cem")
    contacts.add_contact(
        number, Person("Cem", cem.email, language=language), actor=world.viewer("carla"), at=LATER
    )
    place = Contact.objects.get(case_id=number, email=cem.email)
    contacts.remove_contact(number, place.pk, actor=world.viewer("carla"), at=LATER)
    for fact in FactRow.objects.filter(subject_id=number).order_by("id"):
        if fact.code in telling_codes():
            telling.tell(fact.pk, at=LATER)
    mails = OutgoingMail.objects.all()
    assert len({mail.kind for mail in mails}) >= 6
    for mail in mails:
        assert mail.state == "queued", mail.last_error
        assert mail.language == language
        assert f'<html lang="{language}">' in mail.html
        assert "%(" not in mail.text + mail.html + mail.subject


def telling_codes() -> set[str]:
    from pactdesk.notifications.rules.telling import FACT_CODES

    return set(FACT_CODES)


def test_an_address_is_proved_by_its_owner_and_not_by_a_profile_that_names_it(number: int) -> None:
    """A6: anybody can write anybody's address into a profile."""
    EmailAddress.objects.filter(email=address("carla")).update(verified=False)
    (mail,) = tell("case.opened")
    assert mail.subject == f"[PD-{number}] Support request"
    assert Case.objects.get(pk=number).summary not in mail.text
