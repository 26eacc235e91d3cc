"""Programs are told what their owners may know: signed, in order, and again until it is taken."""

from __future__ import annotations

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from threading import Event

import pytest
from django.conf import LazySettings
from django.db import connection, transaction
from django.http import Http404
from procrastinate.contrib.django.models import ProcrastinateJob
from standardwebhooks import Webhook, WebhookVerificationError

from pactdesk.cases.models import Case
from pactdesk.cases.rules.answers import Person
from pactdesk.cases.services import conversation, ending
from pactdesk.cases.services.submission import submit
from pactdesk.journal.models import FactRow
from pactdesk.kernel.ids import new_key
from pactdesk.notifications import tasks
from pactdesk.notifications.models import OutgoingMail, WebhookDelivery, WebhookEndpoint
from pactdesk.notifications.queries import webhooks as queries
from pactdesk.notifications.rules.events import EVENT_TYPES
from pactdesk.notifications.services import announcing, delivering, endpoints
from pactdesk.notifications.services.endpoints import CannotKeepEndpoint, CannotSend, NewEndpoint
from tests import world
from tests.drafts import ready
from tests.receiver import Receiver

NOW = datetime(2026, 11, 20, 13, 2, tzinfo=UTC)

pytestmark = pytest.mark.django_db


class Clock:
    """A clock that stands still until it is moved."""

    def __init__(self) -> None:
        self.at = NOW

    def __call__(self) -> datetime:
        return self.at

    def move(self, **by: float) -> datetime:
        self.at += timedelta(**by)
        return self.at


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture(autouse=True)
def _this_machine_may_be_called(settings: LazySettings) -> None:
    settings.WEBHOOKS_TO_THIS_MACHINE = True


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    receiver = Receiver()
    yield receiver
    receiver.close()


def endpoint(
    receiver: Receiver | str, who: str = "carla", events: tuple[str, ...] = EVENT_TYPES
) -> NewEndpoint:
    url = receiver if isinstance(receiver, str) else receiver.url()
    return endpoints.add_endpoint(url, description="", events=events, actor=world.viewer(who), at=NOW)


@pytest.fixture
def number() -> int:
    """A request of Carla's in which Cem is an additional contact."""
    world.team("support", "ines")
    plan = world.agreement(units=3, registered=["carla"], at=NOW)
    carla, cem = world.viewer("carla"), world.viewer("cem")
    draft = ready(carla, plan.id, at=NOW, share=(Person(name="Cem", email=cem.email),))
    return submit(draft, terms_accepted=True, actor=carla, at=NOW).number


def newest(code: str) -> int:
    return FactRow.objects.filter(code=code).latest("id").pk


def told(who: str | None = None) -> list[tuple[str, str]]:
    """Whose endpoints are owed what."""
    deliveries = WebhookDelivery.objects.order_by("endpoint_id", "sequence")
    return [
        (each.endpoint.account.first_name, each.type)
        for each in deliveries.select_related("endpoint__account")
    ]


def owed(new: NewEndpoint, count: int = 1, *, at: datetime = NOW) -> list[WebhookDelivery]:
    """Deliveries that wait for an endpoint."""
    found = []
    with transaction.atomic():
        row = WebhookEndpoint.objects.select_for_update().get(pk=new.endpoint_id)
        for _each in range(count):
            event_id = announcing.id_of(str(new_key()))
            found.append(
                announcing.owe(row, "request.opened", event_id, {}, case=None, happened=at, at=at, test=False)
            )
    return found


def state(delivery: WebhookDelivery) -> str:
    return WebhookDelivery.objects.get(pk=delivery.pk).state


# Who is told


@pytest.mark.req("REQ-1")
def test_only_contacts_are_told(number: int, receiver: Receiver) -> None:
    for who in ("carla", "cem", "olaf", "ines", "marta"):
        endpoint(receiver, who)
    announcing.announce(newest("case.opened"), at=NOW)
    assert told() == [("Carla", "request.opened"), ("Cem", "request.opened")]


@pytest.mark.req("REQ-1")
def test_a_submitter_who_is_no_contact_is_not_told(receiver: Receiver) -> None:
    plan = world.agreement(units=3, registered=["carla"], at=NOW)
    carla, cem = world.viewer("carla"), world.viewer("cem")
    primary = Person(cem.name, cem.email, cem.phone, cem.time_zone, "en")
    draft = ready(carla, plan.id, at=NOW, primary=primary)
    submit(draft, terms_accepted=True, actor=carla, at=NOW)
    endpoint(receiver, "carla")
    assert announcing.announce(newest("case.opened"), at=NOW) == []


def test_a_note_of_the_desk_reaches_no_program_and_an_answer_does_without_its_words(
    number: int, receiver: Receiver
) -> None:
    endpoint(receiver)
    ines = world.viewer("ines")
    conversation.note(number, "The customer is wrong.", key=new_key(), actor=ines, at=NOW)
    assert announcing.announce(newest("case.message-added"), at=NOW) == []
    conversation.answer(number, "Please restart it.", key=new_key(), seen=None, actor=ines, at=NOW)
    announcing.announce(newest("case.message-added"), at=NOW)
    (delivery,) = WebhookDelivery.objects.all()
    assert "restart" not in delivery.body
    assert json.loads(delivery.body)["data"]["side"] == "vendor"


def test_a_test_request_reaches_its_submitters_own_endpoints_only_and_says_so(
    number: int, receiver: Receiver
) -> None:
    Case.objects.filter(pk=number).update(is_test=True)
    endpoint(receiver, "carla")
    endpoint(receiver, "cem")
    announcing.announce(newest("case.opened"), at=NOW)
    assert told() == [("Carla", "request.opened")]
    assert json.loads(WebhookDelivery.objects.get().body)["test"] is True


def test_an_endpoint_gets_only_the_events_that_it_wants_and_only_while_it_is_on(
    number: int, receiver: Receiver
) -> None:
    wanted = endpoint(receiver, events=("request.closed",))
    off = endpoint(receiver)
    endpoints.switch_off(off.endpoint_id, actor=world.viewer("carla"), at=NOW)
    assert announcing.announce(newest("case.opened"), at=NOW) == []
    ending.close_by_contact(number, reason="Done.", actor=world.viewer("carla"), at=NOW)
    assert announcing.announce(newest("case.closed"), at=NOW) == [wanted.endpoint_id]
    assert json.loads(WebhookDelivery.objects.get().body)["data"]["status"] == "closed"


def test_an_endpoint_is_not_told_of_what_happened_before_it_was_there(
    number: int, receiver: Receiver
) -> None:
    endpoints.add_endpoint(
        receiver.url(),
        description="",
        events=EVENT_TYPES,
        actor=world.viewer("carla"),
        at=NOW + timedelta(seconds=1),
    )
    assert announcing.announce(newest("case.opened"), at=NOW + timedelta(seconds=2)) == []


def test_a_fact_that_is_told_twice_is_one_event_with_one_id_for_all(number: int, receiver: Receiver) -> None:
    endpoint(receiver, "carla")
    endpoint(receiver, "cem")
    fact = newest("case.opened")
    announcing.announce(fact, at=NOW)
    announcing.announce(fact, at=NOW)
    ids = set(WebhookDelivery.objects.values_list("event_id", flat=True))
    assert WebhookDelivery.objects.count() == 2
    assert len(ids) == 1
    assert next(iter(ids)).startswith("evt_")


def test_the_events_of_an_endpoint_are_numbered_without_gaps(number: int, receiver: Receiver) -> None:
    new = endpoint(receiver)
    for code in ("case.opened", "case.opened"):
        announcing.announce(newest(code), at=NOW)
    conversation.reply(number, "One more thing.", key=new_key(), actor=world.viewer("carla"), at=NOW)
    announcing.announce(newest("case.message-added"), at=NOW)
    numbers = [json.loads(each.body)["sequence"] for each in WebhookDelivery.objects.order_by("sequence")]
    assert numbers == [1, 2]
    assert WebhookEndpoint.objects.get(pk=new.endpoint_id).last_sequence == 2


# From the fact to the call


def test_a_fact_queues_its_announcing_and_that_a_call(number: int, receiver: Receiver) -> None:
    fact = newest("case.opened")
    ProcrastinateJob.objects.all().delete()
    tasks.queue_webhooks(fact)
    assert not ProcrastinateJob.objects.exists(), "nobody listens"
    new = endpoint(receiver)
    ProcrastinateJob.objects.all().delete()
    tasks.queue_webhooks(fact)
    tasks.announce(fact)
    tasks.wake(new.endpoint_id)
    jobs = list(ProcrastinateJob.objects.order_by("id").values_list("task_name", "queue_name", "args"))
    assert jobs == [
        ("pactdesk.notifications.tasks.announce", "facts", {"fact_id": fact}),
        ("pactdesk.notifications.tasks.deliver", "webhooks", {"endpoint_id": new.endpoint_id}),
    ]


def test_a_delivery_is_sent_as_standard_webhooks_says(receiver: Receiver, clock: Clock) -> None:
    new = endpoint(receiver)
    clock.at = datetime.now(UTC)  # the library compares it with the time of the day
    (delivery,) = owed(new, at=clock.at)
    assert delivering.deliver(new.endpoint_id, clock=clock) is None
    (asked,) = receiver.asked
    assert Webhook(new.secret).verify(asked.body, asked.headers) == json.loads(delivery.body)
    assert asked.body.decode() == delivery.body
    assert asked.headers["webhook-id"] == delivery.event_id
    assert asked.headers["content-type"] == "application/json"
    with pytest.raises(WebhookVerificationError):
        Webhook(new.secret).verify(asked.body.replace(b"request", b"Request"), asked.headers)
    kept = WebhookDelivery.objects.get()
    assert (kept.state, kept.attempts, kept.last_status, kept.last_answer) == ("delivered", 1, 200, "ok")
    assert kept.delivered_at == clock.at


def test_for_a_day_both_secrets_sign_and_then_only_the_new_one(receiver: Receiver, clock: Clock) -> None:
    new = endpoint(receiver)
    clock.at = datetime.now(UTC)
    second = endpoints.replace_secret(new.endpoint_id, actor=world.viewer("carla"), at=clock.at)
    owed(new, at=clock.at)
    delivering.deliver(new.endpoint_id, clock=clock)
    for secret in (new.secret, second):
        Webhook(secret).verify(receiver.asked[0].body, receiver.asked[0].headers)
    WebhookEndpoint.objects.update(previous_until=clock.at)
    owed(new, at=clock.at)
    delivering.deliver(new.endpoint_id, clock=clock)
    Webhook(second).verify(receiver.asked[1].body, receiver.asked[1].headers)
    with pytest.raises(WebhookVerificationError):
        Webhook(new.secret).verify(receiver.asked[1].body, receiver.asked[1].headers)


def test_the_secret_is_stored_sealed_and_nowhere_in_clear(receiver: Receiver) -> None:
    new = endpoint(receiver)
    row = WebhookEndpoint.objects.values().get()
    assert new.secret[6:] not in str(row)
    assert new.secret.encode() not in bytes(row["secret_sealed"])
    assert not any(new.secret in str(fact) for fact in FactRow.objects.values_list("payload", flat=True))


def test_what_is_due_is_sent_in_order(receiver: Receiver, clock: Clock) -> None:
    new = endpoint(receiver)
    deliveries = owed(new, 5)
    assert delivering.deliver(new.endpoint_id, clock=clock) is None
    assert [each.headers["webhook-id"] for each in receiver.asked] == [each.event_id for each in deliveries]


def test_one_with_much_to_send_lets_others_have_their_turn(receiver: Receiver) -> None:
    new = endpoint(receiver)
    owed(new, 5)
    times = iter(NOW + timedelta(seconds=12 * each) for each in range(100))
    again = delivering.deliver(new.endpoint_id, clock=lambda: next(times))
    assert again is not None
    assert 0 < len(receiver.asked) < 5
    assert WebhookEndpoint.objects.get().busy_until is None
    delivering.deliver(new.endpoint_id, clock=lambda: again)
    assert len(receiver.asked) == 5


def test_a_worker_that_is_told_to_stop_stops_and_comes_back(receiver: Receiver, clock: Clock) -> None:
    new = endpoint(receiver)
    owed(new, 5)
    again = delivering.deliver(new.endpoint_id, clock=clock, stop=lambda: len(receiver.asked) == 2)
    assert (again, len(receiver.asked)) == (NOW, 2)


# When it is not taken


@pytest.mark.parametrize("status", [199 + 2, 204, 299])
def test_every_status_of_the_two_hundreds_is_a_yes(receiver: Receiver, clock: Clock, status: int) -> None:
    receiver.status, receiver.body = status, b""
    new = endpoint(receiver)
    (delivery,) = owed(new)
    delivering.deliver(new.endpoint_id, clock=clock)
    assert state(delivery) == "delivered"


@pytest.mark.parametrize("status", [301, 302, 400, 404, 500, 503])
def test_any_other_status_is_a_no_and_it_is_tried_again_under_the_same_id(
    receiver: Receiver, clock: Clock, status: int
) -> None:
    receiver.statuses = [status]
    receiver.headers = {"Location": receiver.url("/elsewhere")}
    new = endpoint(receiver)
    (delivery,) = owed(new)
    again = delivering.deliver(new.endpoint_id, clock=clock)
    assert again is not None
    assert NOW < again < NOW + timedelta(seconds=10)
    kept = WebhookDelivery.objects.get()
    assert (kept.state, kept.attempts, kept.last_status) == ("queued", 1, status)
    assert delivering.deliver(new.endpoint_id, clock=clock) == again, "not before its time"
    clock.at = again
    delivering.deliver(new.endpoint_id, clock=clock)
    assert [each.path for each in receiver.asked] == ["/in", "/in"]
    assert {each.headers["webhook-id"] for each in receiver.asked} == {delivery.event_id}
    assert state(delivery) == "delivered"


def test_nobody_listening_is_a_failure_with_a_reason(clock: Clock) -> None:
    receiver = Receiver()
    receiver.close()
    new = endpoint(receiver)
    owed(new)
    delivering.deliver(new.endpoint_id, clock=clock)
    assert WebhookDelivery.objects.get().last_error == "call.no-connection"


def test_after_three_days_it_is_parked_and_can_still_be_read(receiver: Receiver, clock: Clock) -> None:
    receiver.status = 500
    new = endpoint(receiver)
    (delivery,) = owed(new)
    again: datetime | None = NOW
    while again is not None:
        clock.at = again
        again = delivering.deliver(new.endpoint_id, clock=clock)
    assert clock.at >= NOW + timedelta(days=3)
    assert clock.at < NOW + timedelta(days=3, hours=1, minutes=30)
    kept = WebhookDelivery.objects.get()
    assert kept.state == "parked"
    assert kept.body == delivery.body
    assert 13 <= kept.attempts <= 17
    assert len(receiver.asked) == kept.attempts


def test_an_endpoint_that_only_fails_is_spared_and_what_waits_for_it_is_not_lost(
    receiver: Receiver, clock: Clock
) -> None:
    receiver.status = 500
    new = endpoint(receiver)
    owed(new, 20)
    again = delivering.deliver(new.endpoint_id, clock=clock)
    assert len(receiver.asked) == 3
    assert again is not None
    assert timedelta(seconds=20) < again - NOW < timedelta(seconds=40)
    clock.at = again
    delivering.deliver(new.endpoint_id, clock=clock)
    assert len(receiver.asked) == 4, "one at a time, to see whether it lives"


def test_an_endpoint_that_comes_back_gets_all_at_once(receiver: Receiver, clock: Clock) -> None:
    receiver.status = 500
    new = endpoint(receiver)
    owed(new, 6)
    again: datetime | None = NOW
    while again is not None and clock.at < NOW + timedelta(hours=20):
        clock.at = again
        again = delivering.deliver(new.endpoint_id, clock=clock)
    assert again is not None
    receiver.status = 200
    clock.at = again
    assert delivering.deliver(new.endpoint_id, clock=clock) is None
    assert set(WebhookDelivery.objects.values_list("state", flat=True)) == {"delivered"}


def test_one_event_that_is_never_taken_does_not_keep_the_others(receiver: Receiver, clock: Clock) -> None:
    new = endpoint(receiver)
    receiver.statuses = [500]
    first, *others = owed(new, 4)
    delivering.deliver(new.endpoint_id, clock=clock)
    assert state(first) == "queued"
    assert {state(each) for each in others} == {"delivered"}


def test_an_endpoint_that_asks_for_patience_gets_it(receiver: Receiver, clock: Clock) -> None:
    receiver.statuses, receiver.headers = [429], {"Retry-After": "600"}
    new = endpoint(receiver)
    owed(new, 2)
    assert delivering.deliver(new.endpoint_id, clock=clock) == NOW + timedelta(seconds=600)
    assert len(receiver.asked) == 1


def test_one_dead_endpoint_is_called_by_one_worker_only(receiver: Receiver, clock: Clock) -> None:
    new = endpoint(receiver)
    owed(new, 3)
    WebhookEndpoint.objects.update(busy_until=NOW + timedelta(seconds=50))
    assert delivering.deliver(new.endpoint_id, clock=clock) == NOW + timedelta(seconds=50)
    assert receiver.asked == []
    clock.move(seconds=50)  # whoever had it was killed
    delivering.deliver(new.endpoint_id, clock=clock)
    assert len(receiver.asked) == 3


def test_an_endpoint_that_is_gone_is_switched_off_and_its_owner_is_told(
    receiver: Receiver, clock: Clock
) -> None:
    receiver.status = 410
    new = endpoint(receiver)
    first, second = owed(new, 2)
    assert delivering.deliver(new.endpoint_id, clock=clock) is None
    row = WebhookEndpoint.objects.get()
    assert (row.is_active, row.disabled_reason) == (False, "gone")
    assert {state(first), state(second)} == {"parked"}
    tasks.tell_endpoint_disabled(newest("webhook.endpoint-disabled"))
    tasks.tell_endpoint_disabled(newest("webhook.endpoint-disabled"))
    mail = OutgoingMail.objects.get()
    assert (mail.to_address, mail.language) == (world.viewer("carla").email, "en")
    assert "410" in mail.text
    assert receiver.url() in mail.text


def test_an_endpoint_that_has_failed_for_five_days_is_switched_off_in_its_owners_language(
    receiver: Receiver, clock: Clock
) -> None:
    receiver.status = 500
    new = endpoint(receiver, "nora")
    owed(new, 1)
    delivering.deliver(new.endpoint_id, clock=clock)
    clock.move(days=4)
    WebhookDelivery.objects.update(give_up_at=NOW + timedelta(days=30), next_attempt_at=NOW)
    delivering.deliver(new.endpoint_id, clock=clock)
    assert WebhookEndpoint.objects.get().is_active
    clock.move(days=1)
    WebhookDelivery.objects.update(next_attempt_at=NOW)
    delivering.deliver(new.endpoint_id, clock=clock)
    assert WebhookEndpoint.objects.get().disabled_reason == "failing"
    tasks.tell_endpoint_disabled(newest("webhook.endpoint-disabled"))
    assert OutgoingMail.objects.get().language == "cs"


def test_a_success_starts_the_five_days_anew(receiver: Receiver, clock: Clock) -> None:
    receiver.status = 500
    new = endpoint(receiver)
    owed(new)
    delivering.deliver(new.endpoint_id, clock=clock)
    assert WebhookEndpoint.objects.get().failing_since == NOW
    receiver.status = 200
    clock.move(hours=1)
    delivering.deliver(new.endpoint_id, clock=clock)
    row = WebhookEndpoint.objects.get()
    assert (row.failing_since, row.consecutive_failures, row.resume_at) == (None, 0, None)


def test_what_cannot_be_called_any_more_fails_without_a_call(
    receiver: Receiver, settings: LazySettings
) -> None:
    new = endpoint(receiver)
    owed(new)
    settings.WEBHOOKS_TO_THIS_MACHINE = False
    delivering.deliver(new.endpoint_id, clock=Clock())
    assert WebhookDelivery.objects.get().last_error == "url.not-https"
    assert receiver.asked == []


def test_an_answer_that_is_no_text_can_be_kept(receiver: Receiver, clock: Clock) -> None:
    receiver.body = b"\x00\xff" * 9000
    new = endpoint(receiver)
    owed(new)
    delivering.deliver(new.endpoint_id, clock=clock)
    assert len(WebhookDelivery.objects.get().last_answer) == 2000


# What owners and operators do


def test_an_account_has_at_most_ten_endpoints(receiver: Receiver) -> None:
    for _each in range(10):
        endpoint(receiver)
    with pytest.raises(CannotKeepEndpoint) as refused:
        endpoint(receiver)
    assert refused.value.decision.codes == ("webhook.too-many-endpoints",)
    endpoint(receiver, "cem")


def test_an_endpoint_is_kept_as_it_was_typed_and_can_be_changed(receiver: Receiver) -> None:
    carla = world.viewer("carla")
    new = endpoints.add_endpoint(
        f"  {receiver.url()} ", description=" My  CI ", events=["request.opened"] * 2, actor=carla, at=NOW
    )
    (line,) = queries.endpoints(carla)
    assert (line.url, line.description, line.events) == (receiver.url(), "My CI", ("request.opened",))
    endpoints.change_endpoint(
        new.endpoint_id,
        url=receiver.url("/other"),
        description="",
        events=["request.closed"],
        actor=carla,
        at=NOW,
    )
    (line,) = queries.endpoints(carla)
    assert (line.url, line.events) == (receiver.url("/other"), ("request.closed",))
    with pytest.raises(CannotKeepEndpoint):
        endpoints.change_endpoint(
            new.endpoint_id, url="ftp://x", description="", events=[], actor=carla, at=NOW
        )


def test_nobody_touches_the_endpoints_of_others(receiver: Receiver) -> None:
    new = endpoint(receiver)
    (delivery,) = owed(new)
    cem = world.viewer("cem")
    for verb in (
        lambda: endpoints.change_endpoint(
            new.endpoint_id, url=receiver.url(), description="", events=["request.opened"], actor=cem, at=NOW
        ),
        lambda: endpoints.replace_secret(new.endpoint_id, actor=cem, at=NOW),
        lambda: endpoints.switch_off(new.endpoint_id, actor=cem, at=NOW),
        lambda: endpoints.switch_on(new.endpoint_id, actor=cem, at=NOW),
        lambda: endpoints.remove_endpoint(new.endpoint_id, actor=cem, at=NOW),
        lambda: endpoints.send_test(new.endpoint_id, actor=cem, at=NOW),
        lambda: endpoints.replay(new.endpoint_id, delivery.pk, actor=cem, at=NOW),
        lambda: endpoints.replay_since(new.endpoint_id, NOW, actor=cem, at=NOW),
        lambda: queries.endpoint_page(cem, new.endpoint_id),
        lambda: queries.delivery_page(cem, new.endpoint_id, delivery.pk),
    ):
        with pytest.raises(Http404):
            verb()  # type: ignore[no-untyped-call]  # a lambda
    assert queries.endpoints(cem) == ()


def test_a_delivery_of_one_endpoint_is_not_replayed_through_another(receiver: Receiver) -> None:
    """A9: the ids of both have to belong together."""
    mine, other = endpoint(receiver), endpoint(receiver, "cem")
    (delivery,) = owed(other)
    with pytest.raises(Http404):
        endpoints.replay(mine.endpoint_id, delivery.pk, actor=world.viewer("carla"), at=NOW)


def test_a_test_is_sent_at_once_even_to_one_that_is_spared(receiver: Receiver, clock: Clock) -> None:
    new = endpoint(receiver)
    WebhookEndpoint.objects.update(
        consecutive_failures=9, failing_since=NOW, resume_at=NOW + timedelta(hours=1)
    )
    endpoints.send_test(new.endpoint_id, actor=world.viewer("carla"), at=NOW)
    tasks.queue_deliveries(newest("webhook.deliveries-queued"))
    assert ProcrastinateJob.objects.filter(queue_name="webhooks").count() == 1
    delivering.deliver(new.endpoint_id, clock=clock)
    sent = json.loads(receiver.asked[0].body)
    assert (sent["type"], sent["test"], sent["sequence"]) == ("endpoint.test", True, 1)


def test_nobody_makes_us_knock_without_end(receiver: Receiver) -> None:
    carla = world.viewer("carla")
    one, two = endpoint(receiver), endpoint(receiver)
    for each in range(20):
        endpoints.send_test((one, two)[each % 2].endpoint_id, actor=carla, at=NOW)
    with pytest.raises(CannotSend):
        endpoints.send_test(one.endpoint_id, actor=carla, at=NOW + timedelta(minutes=59))
    endpoints.send_test(one.endpoint_id, actor=carla, at=NOW + timedelta(minutes=61))


def test_what_was_delivered_or_parked_is_sent_again_under_its_old_id_and_number(
    receiver: Receiver, clock: Clock
) -> None:
    new = endpoint(receiver)
    deliveries = owed(new, 3)
    delivering.deliver(new.endpoint_id, clock=clock)
    endpoints.replay(new.endpoint_id, deliveries[0].pk, actor=world.viewer("carla"), at=NOW)
    delivering.deliver(new.endpoint_id, clock=clock)
    assert receiver.asked[3].headers["webhook-id"] == deliveries[0].event_id
    assert receiver.asked[3].body == receiver.asked[0].body

    WebhookDelivery.objects.filter(pk=deliveries[0].pk).update(created_at=NOW - timedelta(days=2))
    count = endpoints.replay_since(
        new.endpoint_id, NOW - timedelta(days=1), actor=world.viewer("carla"), at=NOW
    )
    assert count == 2
    delivering.deliver(new.endpoint_id, clock=clock)
    assert [each.headers["webhook-id"] for each in receiver.asked[4:]] == [
        each.event_id for each in deliveries[1:]
    ]
    with pytest.raises(CannotSend):
        endpoints.replay_since(new.endpoint_id, NOW + timedelta(1), actor=world.viewer("carla"), at=NOW)


def test_an_endpoint_that_is_off_sends_nothing_and_parks_what_waits_until_it_is_on_again(
    receiver: Receiver, clock: Clock
) -> None:
    carla = world.viewer("carla")
    new = endpoint(receiver)
    (delivery,) = owed(new)
    endpoints.switch_off(new.endpoint_id, actor=carla, at=NOW)
    assert state(delivery) == "parked"
    for verb in (
        lambda: endpoints.send_test(new.endpoint_id, actor=carla, at=NOW),
        lambda: endpoints.replay(new.endpoint_id, delivery.pk, actor=carla, at=NOW),
    ):
        with pytest.raises(CannotSend):
            verb()  # type: ignore[no-untyped-call]  # a lambda
    tasks.tell_endpoint_disabled(newest("webhook.endpoint-disabled"))
    assert not OutgoingMail.objects.exists(), "whoever did it knows it"
    endpoints.switch_on(new.endpoint_id, actor=carla, at=NOW)
    endpoints.replay(new.endpoint_id, delivery.pk, actor=carla, at=NOW)
    delivering.deliver(new.endpoint_id, clock=clock)
    assert state(delivery) == "delivered"


def test_an_operator_switches_off_and_only_an_operator_on_again(receiver: Receiver) -> None:
    new = endpoint(receiver)
    marta = world.person("marta")
    endpoints.switch_off_as_operator(new.endpoint_id, actor_id=marta.pk, at=NOW)
    with pytest.raises(CannotKeepEndpoint) as refused:
        endpoints.switch_on(new.endpoint_id, actor=world.viewer("carla"), at=NOW)
    assert refused.value.decision.codes == ("webhook.switched-off-by-operator",)
    tasks.tell_endpoint_disabled(newest("webhook.endpoint-disabled"))
    assert OutgoingMail.objects.count() == 1
    endpoints.switch_on_as_operator(new.endpoint_id, actor_id=marta.pk, at=NOW)
    assert WebhookEndpoint.objects.get().is_active


def test_an_operator_replays_whatever_is_chosen_but_not_to_endpoints_that_are_off(
    receiver: Receiver, clock: Clock
) -> None:
    on, off = endpoint(receiver), endpoint(receiver, "cem")
    deliveries = [*owed(on, 2), *owed(off)]
    for each in (on, off):
        delivering.deliver(each.endpoint_id, clock=clock)
    endpoints.switch_off(off.endpoint_id, actor=world.viewer("cem"), at=NOW)
    count = endpoints.replay_as_operator(
        [each.pk for each in deliveries], actor_id=world.person("marta").pk, at=NOW
    )
    assert count == 2
    assert FactRow.objects.filter(code="webhook.deliveries-queued").count() == 1


def test_old_deliveries_are_forgotten_and_what_is_owed_is_not(receiver: Receiver, clock: Clock) -> None:
    new = endpoint(receiver)
    old, recent, waiting = owed(new, 3)
    WebhookDelivery.objects.filter(pk__in=[old.pk, recent.pk]).update(state="delivered")
    WebhookDelivery.objects.filter(pk__in=[old.pk, waiting.pk]).update(created_at=NOW - timedelta(days=31))
    assert endpoints.remove_old_deliveries(at=NOW) == 1
    assert set(WebhookDelivery.objects.values_list("pk", flat=True)) == {recent.pk, waiting.pk}


def test_an_endpoint_that_is_removed_takes_its_deliveries_along(receiver: Receiver, clock: Clock) -> None:
    new = endpoint(receiver)
    owed(new)
    endpoints.remove_endpoint(new.endpoint_id, actor=world.viewer("carla"), at=NOW)
    assert not WebhookDelivery.objects.exists()
    assert delivering.deliver(new.endpoint_id, clock=clock) is None


@pytest.mark.parametrize("verb", ["add", "change", "replace", "off", "on", "remove"])
def test_whatever_is_done_with_an_endpoint_is_written_down_with_who_did_it(
    receiver: Receiver, verb: str
) -> None:
    carla = world.viewer("carla")
    url = receiver.url("/in?token=secret")
    new = endpoint(url)
    if verb == "change":
        endpoints.change_endpoint(
            new.endpoint_id, url=url, description="x", events=["request.opened"], actor=carla, at=NOW
        )
    if verb == "replace":
        endpoints.replace_secret(new.endpoint_id, actor=carla, at=NOW)
    if verb in {"off", "on"}:
        endpoints.switch_off(new.endpoint_id, actor=carla, at=NOW)
    if verb == "on":
        endpoints.switch_on(new.endpoint_id, actor=carla, at=NOW)
    if verb == "remove":
        endpoints.remove_endpoint(new.endpoint_id, actor=carla, at=NOW)
    fact = FactRow.objects.latest("id")
    codes = {
        "add": "endpoint-added",
        "change": "endpoint-changed",
        "replace": "secret-replaced",
        "off": "endpoint-disabled",
        "on": "endpoint-enabled",
        "remove": "endpoint-removed",
    }
    assert (fact.code, fact.actor_id, fact.subject_id) == (
        f"webhook.{codes[verb]}",
        carla.account_id,
        new.endpoint_id,
    )
    assert fact.payload["url"] == receiver.url(), "what stands behind the question mark may be a secret"


# Two at once


@pytest.mark.django_db(transaction=True)
def test_what_is_written_down_while_a_worker_finishes_is_never_left_lying(receiver: Receiver) -> None:
    """The worker has been taken for the waking job already, and looks before the writing is committed."""
    new = endpoint(receiver)
    written, worker_asked = Event(), Event()

    def write() -> None:
        try:
            with transaction.atomic():
                row = WebhookEndpoint.objects.select_for_update().get(pk=new.endpoint_id)
                announcing.owe(
                    row, "request.opened", "evt_1", {}, case=None, happened=NOW, at=NOW, test=False
                )
                written.set()
                # The worker asks now. Either it waits for us, or it has looked past what we wrote.
                worker_asked.wait(0.5)
        finally:
            connection.close()

    def work() -> None:
        try:
            written.wait(5)
            delivering.deliver(new.endpoint_id, clock=Clock())
            worker_asked.set()
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as both:
        for done in [both.submit(write), both.submit(work)]:
            done.result(timeout=10)
    assert WebhookDelivery.objects.get().state == "delivered"


@pytest.mark.django_db(transaction=True)
def test_two_that_add_the_tenth_endpoint_at_once_do_not_make_eleven(receiver: Receiver) -> None:
    carla = world.viewer("carla")
    for _each in range(9):
        endpoint(receiver)
    url = receiver.url()

    def add() -> bool:
        try:
            endpoints.add_endpoint(url, description="", events=["request.opened"], actor=carla, at=NOW)
        except CannotKeepEndpoint:
            return False
        finally:
            connection.close()
        return True

    with ThreadPoolExecutor(4) as many:
        done = [each.result(timeout=10) for each in [many.submit(add) for _each in range(4)]]
    assert sorted(done) == [False, False, False, True]
