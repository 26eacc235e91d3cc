"""The pages about webhooks: adding an endpoint, its secret, what it was told, and sending it again."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from html import unescape

import pytest
from django.conf import LazySettings
from django.http import HttpResponse
from django.test import Client
from django.utils import timezone

from pactdesk.journal.models import FactRow
from pactdesk.notifications.models import WebhookDelivery, WebhookEndpoint
from pactdesk.notifications.rules.events import EVENT_TYPES
from pactdesk.notifications.services import delivering
from tests import world
from tests.doors.visitors import visitor
from tests.receiver import Receiver

LIST = "/profile/webhooks/"
ADD = "/profile/webhooks/add/"
NOW = datetime(2026, 11, 20, 13, 2, tzinfo=UTC)

pytestmark = pytest.mark.django_db


def text_of(answer: HttpResponse) -> str:
    """The words of a page, without markup and with single spaces."""
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", answer.content.decode())).split())


@pytest.fixture
def carla() -> Client:
    return visitor("carla")


def typed(**changes: object) -> dict[str, object]:
    return {
        "url": "https://hooks.example.com/in",
        "description": "CI",
        "events": ["request.opened", "request.closed"],
        **changes,
    }


def added(client: Client, **changes: object) -> str:
    """The address of the page of a new endpoint."""
    assert client.post(ADD, typed(**changes)).status_code == 200
    return f"{LIST}{WebhookEndpoint.objects.latest('id').pk}/"


def test_somebody_without_endpoints_is_told_the_one_next_step(carla: Client) -> None:
    answer = carla.get(LIST)
    assert "No program of yours is told yet" in text_of(answer)
    assert answer.content.decode().count(f'href="{ADD}"') == 1
    assert f'href="{LIST}"' in carla.get("/profile/programs/").content.decode()


def test_all_events_are_offered_and_chosen_at_first(carla: Client) -> None:
    html = carla.get(ADD).content.decode()
    for event in EVENT_TYPES:
        assert re.search(rf'<input type="checkbox" name="events" value="{event}"[^>]* checked', html), event
    assert "endpoint.test" not in html


def test_the_secret_is_shown_once_and_kept_by_no_cache(carla: Client) -> None:
    answer = carla.post(ADD, typed())
    secret = re.search(r"whsec_[A-Za-z0-9+/=]{40,}", answer.content.decode())
    assert secret is not None
    assert answer["Cache-Control"] == "private, no-store"
    page = f"{LIST}{WebhookEndpoint.objects.get().pk}/"
    assert f'href="{page}"' in answer.content.decode()
    for path in (LIST, page, f"{page}edit/", f"{page}secret/"):
        shown = carla.get(path)
        assert shown.status_code == 200
        assert "whsec_" not in shown.content.decode()


@pytest.mark.parametrize(
    ("changes", "field", "told"),
    [
        ({"url": ""}, "url", "Enter the address that we call."),
        ({"url": "http://hooks.example.com/"}, "url", "The address has to begin with https://."),
        ({"url": "https://10.0.0.1/"}, "url", "Use a host name."),
        ({"url": "https://me:pw@hooks.example.com/"}, "url", "Leave out the name and password"),
        ({"url": "https://hooks.example.com:22/"}, "url", "Only these ports are called: 443, 8443."),
        ({"url": "https://hooks.example.com/" + "x" * 2000}, "url", "This address is 2026 characters long."),
        ({"url": "https://ex\u0430mple.com/"}, "url", "letters without accents"),
        ({"events": []}, "events", "Choose at least one event."),
        ({"description": "x" * 201}, "description", "Shorten the description to 200 characters."),
        ({"description": "a\u202eb"}, "description", "hidden characters"),
    ],
)
def test_a_slip_is_told_at_the_field_that_is_wrong_and_keeps_what_was_typed(
    carla: Client, changes: dict[str, object], field: str, told: str
) -> None:
    answer = carla.post(ADD, typed(**changes))
    html = answer.content.decode()
    assert answer.status_code == 422
    assert told in unescape(html.partition(f'id="id_{field}_error"')[2].partition("</div>")[0])
    assert "<title>Error: Add an endpoint" in html
    assert not WebhookEndpoint.objects.exists()


def test_an_event_that_nobody_offers_is_refused(carla: Client) -> None:
    assert carla.post(ADD, typed(events=["endpoint.test"])).status_code == 422


def test_an_account_that_has_ten_is_told_so_before_and_after(carla: Client) -> None:
    for _each in range(10):
        added(carla)
    answer = carla.get(LIST)
    assert "An account can have 10 endpoints." in text_of(answer)
    assert f'href="{ADD}"' not in answer.content.decode()
    refused = carla.post(ADD, typed())
    assert refused.status_code == 422
    assert "An account can have 10 endpoints." in text_of(refused)


def test_an_endpoint_is_changed_as_it_was_kept(carla: Client) -> None:
    page = added(carla)
    html = carla.get(f"{page}edit/").content.decode()
    assert 'value="https://hooks.example.com/in"' in html
    assert html.count(" checked") == 2
    answer = carla.post(
        f"{page}edit/", typed(url="https://hooks.example.com/other", events=["request.message"])
    )
    assert answer["Location"] == page
    words = text_of(carla.get(page))
    assert "The endpoint is saved." in words
    assert "https://hooks.example.com/other" in words
    assert "A message was written" in words
    assert "A request was sent" not in words


def test_a_replaced_secret_is_shown_once_and_the_page_says_until_when_both_count(carla: Client) -> None:
    page = added(carla)
    assert "For 24 hours each call is signed with both" in text_of(carla.get(f"{page}secret/"))
    answer = carla.post(f"{page}secret/", {"do": "replace"})
    assert "whsec_" in answer.content.decode()
    assert answer["Cache-Control"] == "private, no-store"
    assert "Calls are signed with the old secret, too, until" in text_of(carla.get(page))


def test_removing_is_asked_about_first(carla: Client) -> None:
    page = added(carla)
    assert "This cannot be undone." in text_of(carla.get(f"{page}remove/"))
    assert carla.post(f"{page}remove/", {"do": "remove"})["Location"] == LIST
    assert "The endpoint is removed." in text_of(carla.get(LIST))
    assert carla.get(page).status_code == 404


def test_a_test_leads_to_its_delivery_which_looks_again_until_there_is_an_answer(
    carla: Client, settings: LazySettings
) -> None:
    settings.WEBHOOKS_TO_THIS_MACHINE = True
    receiver = Receiver()
    receiver.status, receiver.body = 500, b"<b>broken</b>"
    page = added(carla, url=receiver.url())
    answer = carla.post(page, {"do": "test"})
    assert answer.status_code == 302
    delivery = answer["Location"]
    html = carla.get(delivery).content.decode()
    assert 'hx-trigger="every 2s"' in html
    assert "endpoint.test" in html

    at = WebhookDelivery.objects.get().created_at
    delivering.deliver(WebhookEndpoint.objects.get().pk, clock=lambda: at)
    receiver.close()
    html = carla.get(delivery).content.decode()
    assert "hx-trigger" not in html
    assert "Will be tried again" in html
    assert "It answered with status 500." in html
    assert "&lt;b&gt;broken&lt;/b&gt;" in html
    assert "<b>broken" not in html
    words = text_of(carla.get(page))
    assert "It answered with status 500." in words
    assert "Every call since" in words


def test_an_endpoint_is_switched_off_and_on(carla: Client) -> None:
    page = added(carla)
    carla.post(page, {"do": "off"})
    words = text_of(carla.get(page))
    assert "This endpoint is off" in words
    assert "You have switched it off." in words
    assert "Send a test" not in words
    refused = carla.post(page, {"do": "test"})
    assert refused.status_code == 422
    assert "The endpoint is switched off." in text_of(refused)
    carla.post(page, {"do": "on"})
    assert "This endpoint is off" not in text_of(carla.get(page))


def test_what_an_operator_switched_off_is_not_offered_to_be_switched_on(carla: Client) -> None:
    page = added(carla)
    WebhookEndpoint.objects.update(is_active=False, disabled_reason="operator", disabled_at=NOW)
    html = carla.get(page).content.decode()
    assert "Ask the service centre" in html
    assert 'value="on"' not in html
    assert carla.post(page, {"do": "on"}).status_code == 422


def test_one_delivery_is_sent_again(carla: Client) -> None:
    page = added(carla)
    delivery = carla.post(page, {"do": "test"})["Location"]
    WebhookDelivery.objects.update(state="parked", attempts=15, last_error="call.timed-out")
    words = text_of(carla.get(delivery))
    assert "Given up" in words
    assert "There was no answer within 10 seconds." in words
    assert carla.post(delivery, {"do": "replay"})["Location"] == delivery
    assert WebhookDelivery.objects.get().state == "queued"
    assert FactRow.objects.filter(code="webhook.deliveries-queued").count() == 2


def test_what_is_tried_again_later_can_be_sent_at_once(carla: Client) -> None:
    """Whoever has just mended the program does not wait for hours."""
    page = added(carla)
    delivery = carla.post(page, {"do": "test"})["Location"]
    assert 'value="replay"' not in carla.get(delivery).content.decode(), "it is on its way already"
    WebhookDelivery.objects.update(attempts=9, next_attempt_at=NOW + timedelta(days=400))
    assert 'value="replay"' in carla.get(delivery).content.decode()
    carla.post(delivery, {"do": "replay"})
    assert WebhookDelivery.objects.get().next_attempt_at <= timezone.now()


def test_everything_since_an_instant_is_sent_again_by_the_readers_clock(carla: Client) -> None:
    page = added(carla)
    for _each in range(3):
        carla.post(page, {"do": "test"})
    WebhookDelivery.objects.update(state="delivered", created_at=NOW)
    assert "The time is that of Athens." in text_of(carla.get(page))
    early = carla.post(page, {"do": "replay", "since": "2026-11-20T15:03"})  # 13:03 in UTC
    assert early.status_code == 422
    assert "There is nothing here that can be sent again." in text_of(early)
    assert carla.post(page, {"do": "replay", "since": "2026-11-20T15:02"})["Location"] == page
    assert "3 events are sent again." in text_of(carla.get(page))


@pytest.mark.parametrize(
    "since", ["", "yesterday", "2026-13-40T99:99", "0001-01-01T00:00", "9999-12-31T23:59"]
)
def test_an_instant_that_is_none_changes_nothing(carla: Client, since: str) -> None:
    page = added(carla)
    answer = carla.post(page, {"do": "replay", "since": since})
    assert answer.status_code == 422
    assert not WebhookDelivery.objects.exists()


def test_a_long_list_of_deliveries_is_read_page_by_page(carla: Client) -> None:
    page = added(carla)
    carla.post(page, {"do": "test"})
    first = WebhookDelivery.objects.get()
    for sequence in range(2, 62):
        first.pk, first.sequence, first.event_id = None, sequence, f"evt_{sequence}"
        first.save(force_insert=True)
    html = carla.get(page).content.decode()
    older = re.search(r'href="([^"]*\?older=[0-9]+)"', html)
    assert older is not None
    assert html.count("deliveries/") == 50
    assert carla.get(older[1]).content.decode().count("deliveries/") == 11
    for wrong in ("x", "-1", "²", "9" * 40):
        assert carla.get(f"{page}?older={wrong}").status_code == 200


def test_the_pages_cost_the_same_number_of_queries_however_many_endpoints_and_deliveries(
    carla: Client, django_assert_max_num_queries: object
) -> None:
    pages = [added(carla) for _each in range(9)]
    for _each in range(9):
        carla.post(pages[0], {"do": "test"})
    carla.get(LIST)
    for path, most in ((LIST, 6), (pages[0], 7)):
        with django_assert_max_num_queries(most):  # type: ignore[operator]  # a fixture of pytest-django
            carla.get(path)


def test_what_was_withheld_does_not_name_its_request(carla: Client) -> None:
    page = added(carla)
    delivery = carla.post(page, {"do": "test"})["Location"]
    WebhookDelivery.objects.update(state="withheld", body="")
    words = text_of(carla.get(delivery))
    assert "You no longer saw the request when it was to be sent." in words
    assert carla.post(delivery, {"do": "replay"}).status_code == 422


@pytest.mark.parametrize("language", ["el", "vi", "pl", "cs", "fr"])
def test_the_pages_open_in_every_language(carla: Client, language: str) -> None:
    page = added(carla)
    carla.post("/i18n/setlang/", {"language": language})
    for path in (LIST, ADD, page, f"{page}secret/", f"{page}remove/"):
        answer = carla.get(path)
        assert answer.status_code == 200
        assert f'<html lang="{language}"' in answer.content.decode()


def test_a_stranger_cannot_even_tell_that_there_is_one(carla: Client) -> None:
    page = added(carla)
    olaf = visitor("olaf")
    assert olaf.get(page).status_code == 404
    assert olaf.post(page, {"do": "off"}).status_code == 404
    assert WebhookEndpoint.objects.get().is_active
    assert world.viewer("olaf").account_id != WebhookEndpoint.objects.get().account_id
