"""A21: whoever may no longer know is no longer told, however long ago it was written down."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from django.conf import LazySettings

from pactdesk.accounts.models import Account
from pactdesk.cases.models import Case, Contact
from pactdesk.cases.rules.answers import Person
from pactdesk.cases.services.contacts import remove_contact
from pactdesk.cases.services.submission import submit
from pactdesk.journal.models import FactRow
from pactdesk.notifications.models import WebhookDelivery
from pactdesk.notifications.queries import webhooks as queries
from pactdesk.notifications.services import announcing, delivering, endpoints
from pactdesk.notifications.services.endpoints import CannotSend
from tests import world
from tests.drafts import ready
from tests.receiver import Receiver

NOW = datetime(2026, 11, 20, 13, 2, tzinfo=UTC)

pytestmark = pytest.mark.django_db


@pytest.fixture
def receiver(settings: LazySettings) -> Iterator[Receiver]:
    settings.WEBHOOKS_TO_THIS_MACHINE = True
    receiver = Receiver()
    yield receiver
    receiver.close()


@pytest.fixture
def number() -> int:
    """A request of Carla's in which Cem is an additional contact."""
    plan = world.agreement(units=3, registered=["carla"], at=NOW)
    carla, cem = world.viewer("carla"), world.viewer("cem")
    draft = ready(carla, plan.id, at=NOW, share=(Person(name="Cem", email=cem.email),))
    return submit(draft, terms_accepted=True, actor=carla, at=NOW).number


@pytest.fixture
def endpoint_id(number: int, receiver: Receiver) -> int:
    """An endpoint of Cem's for which the opening waits."""
    new = endpoints.add_endpoint(
        receiver.url(), description="", events=["request.opened"], actor=world.viewer("cem"), at=NOW
    )
    announcing.announce(FactRow.objects.get(code="case.opened").pk, at=NOW)
    assert WebhookDelivery.objects.get().state == "queued"
    return new.endpoint_id


def leave(number: int) -> None:
    cem = world.viewer("cem")
    place = Contact.objects.get(case_id=number, account_id=cem.account_id)
    remove_contact(number, place.pk, actor=cem, at=NOW)


def deliver(endpoint_id: int) -> object:
    return delivering.deliver(endpoint_id, clock=lambda: NOW + timedelta(minutes=1))


def test_what_waits_is_sent_to_somebody_who_is_still_a_contact(endpoint_id: int, receiver: Receiver) -> None:
    deliver(endpoint_id)
    assert len(receiver.asked) == 1


def test_what_waits_for_somebody_who_left_is_not_sent_and_its_words_are_gone(
    number: int, endpoint_id: int, receiver: Receiver
) -> None:
    leave(number)
    assert deliver(endpoint_id) is None
    assert receiver.asked == []
    delivery = WebhookDelivery.objects.get()
    assert (delivery.state, delivery.body) == ("withheld", "")


def test_what_was_delivered_is_not_replayed_to_somebody_who_left(
    number: int, endpoint_id: int, receiver: Receiver
) -> None:
    deliver(endpoint_id)
    leave(number)
    delivery = WebhookDelivery.objects.get()
    endpoints.replay(endpoint_id, delivery.pk, actor=world.viewer("cem"), at=NOW)
    endpoints.replay_as_operator([delivery.pk], actor_id=world.person("marta").pk, at=NOW)
    deliver(endpoint_id)
    assert len(receiver.asked) == 1
    with pytest.raises(CannotSend):
        endpoints.replay(endpoint_id, delivery.pk, actor=world.viewer("cem"), at=NOW)


def test_nothing_new_is_written_down_for_somebody_who_left(
    number: int, endpoint_id: int, receiver: Receiver
) -> None:
    deliver(endpoint_id)
    leave(number)
    WebhookDelivery.objects.all().delete()
    assert announcing.announce(FactRow.objects.get(code="case.opened").pk, at=NOW) == []


def test_an_account_that_was_switched_off_is_called_no_more(endpoint_id: int, receiver: Receiver) -> None:
    Account.objects.filter(pk=world.person("cem").pk).update(is_active=False)
    assert deliver(endpoint_id) is None
    assert announcing.announce(FactRow.objects.get(code="case.opened").pk, at=NOW) == []
    assert receiver.asked == []


def test_a_request_that_became_a_test_is_withheld_from_all_but_its_submitter(
    number: int, endpoint_id: int, receiver: Receiver
) -> None:
    Case.objects.filter(pk=number).update(is_test=True)
    deliver(endpoint_id)
    assert receiver.asked == []


def test_the_page_of_a_withheld_delivery_tells_nothing_of_the_request(number: int, endpoint_id: int) -> None:
    leave(number)
    deliver(endpoint_id)
    delivery = WebhookDelivery.objects.get()
    assert queries.delivery_page(world.viewer("cem"), endpoint_id, delivery.pk).body == ""


def test_the_twin_that_looks_only_when_it_writes_down_tells_somebody_who_left(
    number: int, endpoint_id: int, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(delivering, "may_be_told", lambda number, account_id: True)
    leave(number)
    deliver(endpoint_id)
    assert len(receiver.asked) == 1
