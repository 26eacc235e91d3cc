"""Whoever buys gets a receipt, and hears what became of the money (PPI-3, PPI-5)."""

from __future__ import annotations

import pytest
from django.conf import LazySettings

from pactdesk.accounts.models import Account
from pactdesk.journal.models import FactRow
from pactdesk.kernel.worded import LANGUAGES
from pactdesk.notifications.models import OutgoingMail
from pactdesk.notifications.rules.cards import OPENED
from pactdesk.notifications.rules.purchases import FACT_CODES, KINDS, letter_about
from pactdesk.notifications.services import outbox, telling_cards, telling_purchases
from pactdesk.purchases.models import Purchase, SavedCard
from pactdesk.purchases.rules.payments import Money
from pactdesk.purchases.rules.refunds import Cause
from pactdesk.purchases.services import cards, refunds, trying
from pactdesk.purchases.services.programs import open_card
from tests import world
from tests.buying import AT, SANDBOX, buy, complete, later, run_payment_jobs

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _the_sandbox_takes_the_money(settings: LazySettings) -> None:
    settings.PAYMENT_PROVIDER = SANDBOX


def letters_about(purchase: Purchase) -> dict[str, OutgoingMail]:
    """What is owed about everything that has happened to a purchase, told twice."""
    facts = FactRow.objects.filter(subject_type="purchase", subject_id=purchase.pk).order_by("pk")
    ids = [mail_id for fact in facts for mail_id in telling_purchases.tell(fact.pk, at=AT)]
    assert not any(telling_purchases.tell(fact.pk, at=AT) for fact in facts), "each letter has one key"
    return {mail.kind: mail for mail in OutgoingMail.objects.filter(pk__in=ids)}


@pytest.mark.req("PPI-3")
def test_the_receipt_says_what_was_charged_for_what_and_until_when() -> None:
    purchase = buy()
    letters = letters_about(purchase)
    assert set(letters) == {"purchase-paid"}
    mail = letters["purchase-paid"]
    assert mail.to_address == world.person("olaf").email
    for expected in (
        purchase.number,
        "€499.00",
        "incl. VAT",
        "4242",
        "1 incident",
        f"/purchases/{purchase.pk}/",
    ):
        assert expected in mail.text + mail.subject
    assert letters_about(buy("declined")) == {}, "what the page has told is not told again"


@pytest.mark.req("PPI-5")
def test_the_buyer_hears_of_what_fails_later_of_refunds_and_of_disputes() -> None:
    asked = buy("asks")
    complete(at=later(hours=2))
    assert "Not paid" in letters_about(asked)["purchase-failed"].subject
    back = buy()
    Account.objects.filter(pk=world.person("marta").pk).update(is_staff=True, is_superuser=True)
    refunds.refund(back.pk, cause=Cause.SERVICE_CENTRE, note="", actor=world.viewer("marta"), at=AT)
    run_payment_jobs()
    complete(at=later(hours=3))
    assert "€499.00" in letters_about(back)["purchase-refunded"].text
    disputed = buy("disputed")
    run_payment_jobs()
    assert "purchase-disputed" in letters_about(disputed)
    disputed.refresh_from_db()
    trying.settle_dispute(disputed.payment, won=False)
    run_payment_jobs()
    assert "no longer be used" in letters_about(disputed)["purchase-dispute-lost"].text


def test_every_fact_that_is_told_has_one_letter_in_each_language() -> None:
    assert {letter_about(code, {"late": True}) for code in FACT_CODES} == set(KINDS)
    assert letter_about("purchase.failed", {"late": False}) is letter_about("purchase.ordered", {}) is None
    purchase = buy()
    SavedCard.objects.update(brand="amex")
    assert "American Express ····4242" in letters_about(purchase)["purchase-paid"].text
    subjects = set()
    for language in LANGUAGES:
        Account.objects.filter(pk=purchase.account_id).update(language=language)
        OutgoingMail.objects.all().delete()
        subjects.add(letters_about(purchase)["purchase-paid"].subject)
    assert len(subjects) == len(LANGUAGES)


@pytest.mark.req("PPI-3")
def test_whoever_opens_a_card_to_programs_is_told_each_time_in_case_it_was_somebody_else() -> None:
    world.catalogue()
    olaf = world.person("olaf", language="en", time_zone="Europe/Prague")
    actor = world.viewer("olaf")
    card_id = cards.save_test_card("works", actor=actor, at=AT)

    def opened(minor: int, language: str = "en", brand: str = "visa") -> list[OutgoingMail]:
        """The letters owed since the card was opened up to `minor`, each told twice."""
        world.person("olaf", language=language)
        OutgoingMail.objects.all().delete()
        SavedCard.objects.update(brand=brand)
        open_card(card_id, Money(minor, "EUR"), terms_accepted=True, actor=actor, at=AT)
        facts = FactRow.objects.filter(code="card.opened").order_by("pk")
        for fact in [*facts, *facts]:
            for mail_id in telling_cards.tell(fact.pk, at=AT):
                outbox.hand_over(mail_id, at=AT)
        return list(OutgoingMail.objects.order_by("pk"))

    (mail,) = opened(50_000)
    assert (mail.to_address, mail.kind, mail.state) == (olaf.email, OPENED, "kept")
    for expected in (
        "Visa ····4242",
        "€500.00 within 30 days",
        olaf.email,
        "10:00 (Prague)",
        "token",
        "close the card to programs",
        "/purchases/cards/",
    ):
        assert expected in mail.text
    assert "Cartes Bancaires ····4242" in opened(55_000, brand="cartes_bancaires")[-1].text
    assert len(opened(55_000)) == 2, "what is open up to the same amount is not opened"
    subjects = {opened(60_000 + place, language)[-1].subject for place, language in enumerate(LANGUAGES)}
    assert len(subjects) == len(LANGUAGES)
