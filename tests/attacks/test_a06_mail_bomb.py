"""A6: nobody makes us send mails, and least of all words of theirs, to somebody who never asked for them."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest
from allauth.account.models import EmailAddress
from django.db import connection

from pactdesk.accounts.models import Account
from pactdesk.cases.models import Case
from pactdesk.cases.rules.answers import Person
from pactdesk.cases.services.contacts import add_contact
from pactdesk.cases.services.submission import submit
from pactdesk.journal.models import FactRow
from pactdesk.notifications.models import OutgoingMail
from pactdesk.notifications.services import telling
from tests import world
from tests.drafts import ready

NOW = datetime(2026, 11, 20, 13, 2, tzinfo=UTC)
VICTIM = "victim@elsewhere.example"
ADVERTISEMENT = "CHEAP WATCHES http://evil.example"

pytestmark = pytest.mark.django_db


def sent(count: int, *, at: datetime = NOW, who: str = "olaf") -> None:
    """So many requests of somebody's, who names the victim as the primary contact and advertises wherever it goes."""
    attacker = world.viewer(who)
    plan = world.agreement(units=count, registered=[who], at=NOW)
    for _each in range(count):
        victim = Person(ADVERTISEMENT, VICTIM, attacker.phone, attacker.time_zone, "en")
        draft = ready(attacker, plan.id, at=at, primary=victim)
        submit(draft, terms_accepted=True, actor=attacker, at=at)
    Case.objects.update(summary=ADVERTISEMENT, description=ADVERTISEMENT)


def tell_all(*, at: datetime = NOW) -> None:
    for fact in FactRow.objects.filter(
        code__in=["case.opened", "case.contact-added", "case.contact-invited"]
    ).order_by("id"):
        telling.tell(fact.pk, at=at)


def to_the_victim() -> list[OutgoingMail]:
    """What is on its way to the victim."""
    return list(OutgoingMail.objects.filter(to_address=VICTIM).exclude(state="withheld"))


def test_of_many_submissions_for_one_address_one_mail_goes_out_a_day() -> None:
    sent(60)
    tell_all()
    assert len(to_the_victim()) == 1
    assert OutgoingMail.objects.filter(to_address=VICTIM, state="withheld").count() == 59


def test_what_is_withheld_is_kept_without_what_it_would_have_said() -> None:
    sent(2)
    tell_all()
    withheld = OutgoingMail.objects.get(state="withheld")
    assert (withheld.text, withheld.html) == ("", "")


def test_being_added_and_being_named_first_are_counted_together() -> None:
    sent(1)
    olaf = world.viewer("olaf")
    plan = world.agreement(units=5, registered=["olaf"], at=NOW)
    for _each in range(5):
        number = submit(ready(olaf, plan.id, at=NOW), terms_accepted=True, actor=olaf, at=NOW).number
        add_contact(number, Person(ADVERTISEMENT, VICTIM), actor=olaf, at=NOW)
    tell_all()
    assert len(to_the_victim()) == 1


def test_a_day_later_there_may_be_one_more() -> None:
    sent(2)
    first, second = FactRow.objects.filter(code="case.opened").order_by("id")
    telling.tell(first.pk, at=NOW)
    telling.tell(second.pk, at=NOW + timedelta(hours=24, seconds=1))
    assert len(to_the_victim()) == 2


def test_not_a_word_of_the_senders_reaches_an_address_that_nobody_has_proved() -> None:
    sent(1)
    tell_all()
    (mail,) = to_the_victim()
    for word in ("WATCHES", "evil.example", "Olaf", "Berg", ADVERTISEMENT[:8]):
        assert word not in mail.subject
        assert word not in mail.text
        assert word not in mail.html
    assert str(mail.headers).find("WATCHES") == -1


def test_an_address_in_a_profile_is_not_proved_by_standing_there() -> None:
    """The attacker's own account, with the victim's address as its contact e-mail."""
    Account.objects.filter(pk=world.person("olaf").pk).update(contact_email=VICTIM)
    sent(3)
    tell_all()
    (mail,) = to_the_victim()
    assert "WATCHES" not in mail.subject + mail.text + mail.html


def test_an_address_that_waits_for_its_proof_is_not_proved() -> None:
    EmailAddress.objects.create(user=world.person("olaf"), email=VICTIM, verified=False, primary=False)
    sent(2)
    tell_all()
    (mail,) = to_the_victim()
    assert "WATCHES" not in mail.subject


def test_whoever_has_proved_the_address_gets_every_confirmation_with_its_words() -> None:
    EmailAddress.objects.create(user=world.person("cem"), email=VICTIM, verified=True, primary=False)
    sent(3)
    tell_all()
    assert len(to_the_victim()) == 3
    assert all("WATCHES" in mail.subject for mail in to_the_victim())


def test_the_form_of_the_address_does_not_make_it_another_one() -> None:
    olaf = world.viewer("olaf")
    plan = world.agreement(units=3, registered=["olaf"], at=NOW)
    for form in (VICTIM, VICTIM.upper(), f" {VICTIM.title()} "):
        number = submit(ready(olaf, plan.id, at=NOW), terms_accepted=True, actor=olaf, at=NOW).number
        add_contact(number, Person("x", form), actor=olaf, at=NOW)
    tell_all()
    assert len(to_the_victim()) == 1


@pytest.mark.django_db(transaction=True)
def test_workers_that_write_at_the_same_time_let_one_through() -> None:
    sent(8)

    def write(fact_id: int) -> None:
        try:
            telling.tell(fact_id, at=NOW)
        finally:
            connection.close()

    facts = list(FactRow.objects.filter(code="case.opened").values_list("pk", flat=True))
    with ThreadPoolExecutor(4) as workers:
        for done in [workers.submit(write, fact) for fact in facts]:
            done.result(timeout=30)
    assert len(to_the_victim()) == 1


def test_the_twin_that_does_not_count_fills_the_victims_mailbox(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(telling, "_has_had_one", lambda email, *, at: False)
    sent(10)
    tell_all()
    assert len(to_the_victim()) == 10


def test_the_twin_that_believes_the_profile_sends_the_advertisement(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(telling, "_is_proved", lambda email: True)
    sent(1)
    tell_all()
    assert "WATCHES" in to_the_victim()[0].subject
