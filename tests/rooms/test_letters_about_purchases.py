"""Whoever buys gets a receipt, and hears what became of the money (PPI-3, PPI-5)."""

from __future__ import annotations

import pytest
from django.conf import LazySettings

from pactdesk.accounts.models import Account
from pactdesk.journal.models import FactRow
from pactdesk.kernel.worded import LANGUAGES
from pactdesk.notifications.models import OutgoingMail
from pactdesk.notifications.rules.purchases import FACT_CODES, KINDS, letter_about
from pactdesk.notifications.services import telling_purchases
from pactdesk.purchases.models import Purchase
from pactdesk.purchases.rules.refunds import Cause
from pactdesk.purchases.services import refunds, trying
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
    subjects = set()
    for language in LANGUAGES:
        Account.objects.filter(pk=purchase.account_id).update(language=language)
        OutgoingMail.objects.all().delete()
        subjects.add(letters_about(purchase)["purchase-paid"].subject)
    assert len(subjects) == len(LANGUAGES)
