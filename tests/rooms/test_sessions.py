"""A session leads to its account only while both are what they were when it began."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from pactdesk.accounts.models import Account, Session
from pactdesk.accounts.sessions import SessionStore, first_use
from tests import world
from tests.racing import behind, outcome


@pytest.fixture
def carla(db: None) -> Account:
    return world.person("carla")


@pytest.fixture
def browser(carla: Account) -> Client:
    client = Client()
    client.force_login(carla)
    return client


def is_signed_in(browser: Client) -> bool:
    return browser.get(reverse("portal:profile")).status_code == 200


def test_a_session_names_its_account_and_costs_one_query(
    browser: Client, carla: Account, django_assert_num_queries: object
) -> None:
    assert is_signed_in(browser)
    session = Session.objects.get()
    assert session.account_id == carla.pk
    store = SessionStore(session.session_key)
    with django_assert_num_queries(0):  # type: ignore[operator]  # through the ORM, that is
        assert store["_auth_user_id"] == str(carla.pk)
        assert store.account is not None
        assert store.account.organization is not None
        assert store.account.organization.name == "Olive Grove Foods"


def test_a_changed_password_ends_the_other_sessions(browser: Client, carla: Account) -> None:
    carla.set_password("another-long-password")
    carla.save()
    assert not is_signed_in(browser)


def test_an_account_that_is_closed_is_signed_out(browser: Client, carla: Account) -> None:
    Account.objects.filter(pk=carla.pk).update(is_active=False)
    assert not is_signed_in(browser)


def test_a_session_that_has_ended_leads_nowhere(browser: Client) -> None:
    Session.objects.update(expire_date=timezone.now() - timedelta(seconds=1))
    assert not is_signed_in(browser)


def test_a_session_of_a_way_in_that_was_closed_leads_nowhere(browser: Client, settings: object) -> None:
    settings.AUTHENTICATION_BACKENDS = ["django.contrib.auth.backends.ModelBackend"]  # type: ignore[attr-defined]
    assert not is_signed_in(browser)


@pytest.mark.usefixtures("contexts")
def test_a_row_that_names_another_account_than_its_data_signs_nobody_else_in(
    browser: Client, carla: Account
) -> None:
    """The column is for finding; the signed data decides."""
    Session.objects.update(account=world.person("olaf"))
    page = browser.get(reverse("portal:profile"))
    assert page.context["viewer"].account_id == carla.pk


def test_ended_sessions_are_removed(browser: Client) -> None:
    Session.objects.update(expire_date=timezone.now() - timedelta(seconds=1))
    SessionStore.clear_expired()
    assert not Session.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_a_key_is_used_once_by_two_at_the_same_moment() -> None:
    browser = Client()
    browser.force_login(world.person("carla"))
    [one, two] = (SessionStore(browser.session.session_key) for _ in range(2))
    with behind(lambda: first_use(one, "key"), lambda: first_use(two, "key")) as others:
        assert not others[0].done()
    assert outcome(others[0]) is False
    assert first_use(two, "another") is True
