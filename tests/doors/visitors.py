"""Who knocks at the doors of the tests: the people of `world`, Petra whose profile is not complete, and nobody."""

from __future__ import annotations

from typing import Any

from allauth.account.models import EmailAddress
from django.test import Client

from pactdesk.accounts.models import Account
from tests import world

ANONYMOUS = "anonymous"
VISITORS = (ANONYMOUS, "petra", "carla", "cem", "ines", "marta", "olaf")


def account(name: str) -> Account:
    """The account of somebody; Petra has just signed up and has no profile yet."""
    if name != "petra":
        return world.person(name)
    email = "petra@mail.example"
    petra = Account.objects.filter(email=email).first()
    if petra is None:
        petra = Account.objects.create_user(email, world.PASSWORD, first_name="Petra", last_name="Horáková")
        EmailAddress.objects.create(user=petra, email=email, verified=True, primary=True)
    return petra


def visitor(name: str, **about: Any) -> Client:
    """A browser without script in which `name` is signed in; `about` is passed to Django's client."""
    client = Client(**about)
    if name != ANONYMOUS:
        client.force_login(account(name))
    return client
