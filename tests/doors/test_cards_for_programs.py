"""Whoever owns a card says at a screen, after the password, how much programs may charge to it (PPI-3)."""

from __future__ import annotations

import pytest
from django.conf import LazySettings
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from pactdesk.journal.models import FactRow
from pactdesk.purchases.models import Purchase, SavedCard
from pactdesk.purchases.services import cards
from tests import world
from tests.buying import SANDBOX
from tests.doors.programs import new_key, program
from tests.doors.test_every_page import Page
from tests.doors.visitors import visitor

pytestmark = [pytest.mark.django_db, pytest.mark.req("PPI-3")]


@pytest.fixture(autouse=True)
def _the_sandbox_takes_the_money(settings: LazySettings) -> None:
    settings.PAYMENT_PROVIDER = SANDBOX
    world.catalogue()


@pytest.fixture
def olaf() -> Client:
    """A browser in which Olaf has typed his password a moment ago."""
    person, client = world.person("olaf"), Client()
    client.post(reverse("account_login"), {"login": person.email, "password": world.PASSWORD})
    client.post(reverse("account_reauthenticate"), {"password": world.PASSWORD})
    return client


def card() -> tuple[SavedCard, str]:
    card_id = cards.save_test_card("works", actor=world.viewer("olaf"), at=timezone.now())
    return SavedCard.objects.get(pk=card_id), reverse("portal:card-programs", args=[card_id])


def test_an_amount_is_set_shown_used_and_taken_back(olaf: Client) -> None:
    kept, address = card()
    assert Page(olaf.get(address)).all_mistakes() == []
    page = olaf.get(address).content.decode()
    assert "At most within 30 days, in EUR" in page
    assert "Let no program charge it" not in page
    assert olaf.post(address, {"most": "500", "terms_accepted": "on"}).url == reverse("portal:cards")
    kept.refresh_from_db()
    assert (kept.programs_minor, kept.programs_currency) == (50_000, "EUR")
    order = {"offer": "single-incident", "card": kept.pk, "terms_accepted": True}
    order["price"] = {"amount_minor": 45_900, "currency": "EUR"}
    assert program("olaf").post("/purchases", order, key=new_key()).status_code == 201
    listed = olaf.get(reverse("portal:cards")).content.decode()
    assert "Programs may order for €500.00 within 30 days; €41.00 of it are left." in listed
    bought = olaf.get(reverse("portal:purchase", args=[Purchase.objects.get().pk])).content.decode()
    assert "Ordered by the program" in bought
    assert Page(olaf.get(address)).all_mistakes() == []
    assert 'name="most" value="500"' in olaf.get(address).content.decode()
    assert olaf.post(address, {"do": "close"}).url == reverse("portal:cards")
    kept.refresh_from_db()
    assert (kept.programs_minor, kept.programs_currency) == (None, "")
    told = FactRow.objects.filter(code__startswith="card.").order_by("id").values_list("code", flat=True)
    assert list(told) == ["card.saved", "card.opened", "card.closed"]


@pytest.mark.parametrize(
    ("typed", "told"),
    [
        ({"most": "0", "terms_accepted": "on"}, "above nothing"),
        ({"most": "-5", "terms_accepted": "on"}, "above nothing"),
        ({"most": "99999999999999999999", "terms_accepted": "on"}, "above nothing"),
        ({"most": "many", "terms_accepted": "on"}, "Write a whole number."),
        ({"most": "4.5", "terms_accepted": "on"}, "Write a whole number."),
        ({"most": "500"}, "Accept the service agreement"),
    ],
)
def test_what_cannot_be_is_refused_with_what_was_typed_kept(
    olaf: Client, typed: dict[str, str], told: str
) -> None:
    kept, address = card()
    refused = olaf.post(address, typed)
    page = refused.content.decode()
    assert refused.status_code == 422
    assert told in page
    assert f'value="{typed["most"]}"' in page
    kept.refresh_from_db()
    assert kept.programs_minor is None


def test_the_password_is_asked_for_first_and_other_peoples_cards_are_not_found(olaf: Client) -> None:
    kept, address = card()
    for visit in (visitor("olaf").get, visitor("olaf").post):
        assert visit(address).url.startswith(reverse("account_reauthenticate"))
    SavedCard.objects.filter(pk=kept.pk).update(account=world.person("nora"))
    assert olaf.get(address).status_code == 404
    assert olaf.post(address, {"do": "close"}).status_code == 404


def test_a_card_that_is_removed_is_open_to_nobody(olaf: Client, settings: LazySettings) -> None:
    kept, address = card()
    olaf.post(address, {"most": "500", "terms_accepted": "on"})
    settings.PAYMENT_PROVIDER = ""
    assert "not sold here" in olaf.get(address).content.decode()
    assert olaf.post(address, {"most": "900", "terms_accepted": "on"}).status_code == 403
    settings.PAYMENT_PROVIDER = SANDBOX
    cards.remove_card(kept.pk, actor=world.viewer("olaf"), at=timezone.now())
    kept.refresh_from_db()
    assert (kept.programs_minor, kept.programs_currency) == (None, "")
