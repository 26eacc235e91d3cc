"""What is shown once is made once: going back and sending the form again makes nothing, nor do two clicks at once."""

from __future__ import annotations

import re

import pytest
from django.test import Client
from django.urls import reverse

from pactdesk.notifications.models import WebhookEndpoint
from tests import world
from tests.doors.test_tokens_pages import NEW, signed_in
from tests.doors.test_webhook_pages import ADD, typed
from tests.doors.visitors import visitor
from tests.racing import at_once


def key_on(client: Client, url: str) -> str:
    found = re.search(r'name="once" value="([0-9a-f-]+)"', client.get(url).content.decode())
    assert found is not None
    return found[1]


@pytest.mark.django_db
@pytest.mark.parametrize("name", ["portal:token-new", "portal:client-new"])
def test_a_form_that_is_sent_again_makes_no_second_one(name: str) -> None:
    carla = signed_in("carla")
    form = {**NEW, "once": key_on(carla, reverse(name))}
    assert carla.post(reverse(name), form).status_code == 200
    again = carla.post(reverse(name), form)
    assert again["Location"] == reverse("portal:tokens")
    listed = carla.get(again["Location"]).content.decode()
    assert "That was made already" in listed
    assert listed.count("/revoke/") == 1
    assert carla.post(reverse(name), {**form, "once": key_on(carla, reverse(name))}).status_code == 200


@pytest.mark.django_db
def test_an_endpoint_and_its_new_secret_are_made_once() -> None:
    carla = visitor("carla")
    form = {**typed(), "once": key_on(carla, ADD)}
    assert carla.post(ADD, form).status_code == 200
    assert carla.post(ADD, form).status_code == 302
    [endpoint] = WebhookEndpoint.objects.all()
    url = reverse("portal:webhook-secret", args=[endpoint.pk])
    form = {"do": "replace", "once": key_on(carla, url)}
    assert carla.post(url, form).status_code == 200
    sealed = bytes(WebhookEndpoint.objects.get().secret_sealed)
    assert carla.post(url, form)["Location"] == reverse("portal:webhook", args=[endpoint.pk])
    assert bytes(WebhookEndpoint.objects.get().secret_sealed) == sealed


@pytest.mark.django_db(transaction=True)
def test_two_clicks_at_once_make_one() -> None:
    carla = visitor("carla")
    world.catalogue()
    form = {**typed(), "once": key_on(carla, ADD)}
    answers = at_once([lambda: carla.post(ADD, form).status_code] * 2)
    assert sorted(answers) == [200, 302]
    assert WebhookEndpoint.objects.count() == 1
