"""A24: secrets that go through this house are in no log, on no page of errors, and in no list that operators read."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from typing import Any

import psycopg
import pytest
from django.conf import LazySettings
from django.conf import settings as configured
from django.core import mail
from django.core.cache import cache
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from pactdesk.accounts.models import Account
from pactdesk.accounts.rules.tokens import SCOPES
from pactdesk.accounts.services.tokens import issue_client, issue_token
from pactdesk.agreements.rules import Pair
from pactdesk.journal.models import FactRow
from pactdesk.notifications.models import OutgoingMail
from pactdesk.notifications.services import endpoints, telling
from pactdesk.portal.views import benefits, home
from tests import world
from tests.doors.visitors import account, visitor
from tests.drafts import ready

CONTRACT_ID = "97531086429753108642"
ACCESS_ID = "0864297531"
PASSWORDS = {
    "right": "canary-right-horse-battery",
    "wrong": "canary-wrong-horse-battery",
    "new": "canary-new-horse-battery",
}

pytestmark = pytest.mark.django_db


class Everything(logging.Handler):
    """All that is logged anywhere, as an operator reads it, with what hangs on it."""

    def __init__(self) -> None:
        super().__init__(logging.DEBUG)
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        formatter = logging.Formatter("%(levelname)s %(name)s %(message)s")
        self.lines.append(formatter.format(record) + repr(record.__dict__.get("args")))


@pytest.fixture
def log() -> Iterator[Everything]:
    """Everything down to the finest level that this house can be told to log."""
    everything = Everything()
    root = logging.getLogger()
    level = root.level
    # Each variable that a template does not find, with its stack: nothing of what is looked for, and slow.
    logging.getLogger("django.template").setLevel(logging.INFO)
    root.addHandler(everything)
    root.setLevel(logging.DEBUG)
    # The statements themselves are logged only where a developer asks for them, which no setting of ours does.
    statements = logging.getLogger("django.db.backends")
    of_statements = statements.level
    statements.setLevel(logging.INFO)
    yield everything
    root.removeHandler(everything)
    root.setLevel(level)
    statements.setLevel(of_statements)
    logging.getLogger("django.template").setLevel(logging.NOTSET)


@pytest.fixture
def operator() -> Client:
    """Somebody who may read everything that the administration shows."""
    Account.objects.filter(pk=account("marta").pk).update(is_superuser=True, is_staff=True)
    return visitor("marta")


def everything_shown(client: Client) -> str:
    """All lists of the administration but those of the catalogue and the like, and of each a few rows."""
    shown, of_nobody = [], ("catalog/", "servicelevels/", "knowledge/", "routing/")
    front = client.get("/admin/").content.decode()
    for address in sorted({part.split('"')[0] for part in front.split('href="/admin/')[1:]}):
        if address.startswith(of_nobody):
            continue
        answer = client.get(f"/admin/{address}")
        text = answer.content.decode() if answer["Content-Type"].startswith("text/") else ""
        shown.append(text)
        for row in sorted({part.split('"')[0] for part in text.split(f'href="/admin/{address}')[1:]})[:2]:
            if row and "?" not in row:
                found = client.get(f"/admin/{address}{row}")
                shown.append(found.content.decode() if not found.streaming else "")
    return "\n".join(shown)


def test_no_secret_is_logged_shown_to_operators_or_mailed_where_it_does_not_belong(
    log: Everything, operator: Client
) -> None:
    cache.clear()
    at = timezone.now()
    carla = account("carla")
    carla.set_password(PASSWORDS["right"])
    carla.save()
    secrets = {CONTRACT_ID, *PASSWORDS.values(), configured.SECRET_KEY, configured.CONTRACT_KEY}

    browser = Client()
    for which in ("wrong", "right"):
        browser.post(reverse("account_login"), {"login": carla.email, "password": PASSWORDS[which]})
    secrets.add(browser.cookies[configured.SESSION_COOKIE_NAME].value)
    world.agreement(owner="carla", pair=Pair(ACCESS_ID, CONTRACT_ID), at=at)
    browser.post("/benefits/add/", {"access_id": ACCESS_ID, "contract_id": CONTRACT_ID[::-1]})
    browser.post("/benefits/add/", {"access_id": ACCESS_ID, "contract_id": CONTRACT_ID})
    browser.post("/benefits/add/", {"access_id": ACCESS_ID, "contract_id": CONTRACT_ID})
    secrets.add(CONTRACT_ID[::-1])

    viewer = world.viewer("carla")
    token = issue_token("CI", scopes=SCOPES, days=30, actor=viewer, at=at)
    program = issue_client("CI", scopes=SCOPES, actor=viewer, at=at)
    hook = endpoints.add_endpoint(
        "https://hooks.example.com/", description="", events=["request.opened"], actor=viewer, at=at
    )
    secrets |= {token.token, program.secret, hook.secret}
    for bearer in (token.token, token.token[:-1] + "x", "canary-bearer-that-is-none"):
        Client(headers={"Authorization": f"Bearer {bearer}"}).get("/api/v1/agreements")
    secrets |= {token.token[:-1] + "x", "canary-bearer-that-is-none"}
    Client().post(
        "/api/oauth/token",
        {"grant_type": "client_credentials", "client_id": program.client_id, "client_secret": program.secret},
    )
    Client().post(
        "/api/oauth/token",
        {
            "grant_type": "client_credentials",
            "client_id": program.client_id,
            "client_secret": "canary-client",
        },
    )
    secrets.add("canary-client")

    browser.post(reverse("account_reset_password"), {"email": carla.email})
    browser.post(
        reverse("account_change_password"),
        {"oldpassword": PASSWORDS["right"], "password1": PASSWORDS["new"], "password2": PASSWORDS["new"]},
    )
    secrets.add(browser.cookies[configured.SESSION_COOKIE_NAME].value)
    plan = world.agreement(registered=["carla"], at=at)
    draft = ready(viewer, plan.id, at=at)
    browser.post(
        reverse("portal:intake-step", args=[draft, "submit"]), {"terms": "on", "terms_accepted": "on"}
    )
    for fact in FactRow.objects.filter(subject_type="case"):
        telling.tell(fact.pk, at=at)

    logged, shown = "\n".join(log.lines), everything_shown(operator)
    assert len(log.lines) > 3
    assert carla.email in shown, "the administration was really read"
    facts = repr(list(FactRow.objects.values_list("code", "payload")))
    letters = repr(list(OutgoingMail.objects.values_list("subject", "text", "html", "headers")))
    pages = "\n".join(str(letter.body) for letter in mail.outbox)
    for secret in secrets:
        assert secret not in logged
        assert secret not in shown
        assert secret not in facts
        assert secret not in letters
        assert secret not in pages
    cache.clear()


@pytest.mark.parametrize("kind", [RuntimeError, ValueError, KeyError, psycopg.ProgrammingError, MemoryError])
def test_a_page_that_fails_says_nothing_of_what_was_typed(
    kind: type[Exception], log: Everything, monkeypatch: pytest.MonkeyPatch, settings: LazySettings
) -> None:
    """Neither to the one who typed it nor to those who read the log."""
    settings.DEBUG = False

    def fails(*about: Any, **more: Any) -> None:
        contract_id = CONTRACT_ID  # noqa: F841 - what a log with local variables would show
        raise kind("the machine is broken")

    monkeypatch.setattr(benefits.services, "add_agreement", fails)
    browser = visitor("carla", raise_request_exception=False)
    answer = browser.post(
        "/benefits/add/", {"access_id": ACCESS_ID, "contract_id": CONTRACT_ID, "password": PASSWORDS["right"]}
    )
    assert answer.status_code in {500, 503}
    said = answer.content.decode() + repr(dict(answer.headers))
    session = browser.cookies[configured.SESSION_COOKIE_NAME].value
    for secret in (CONTRACT_ID, PASSWORDS["right"], session, configured.SECRET_KEY):
        assert secret not in said
        assert secret not in "\n".join(log.lines)
    for inside in ("Traceback", "the machine is broken", "/src/pactdesk", kind.__name__, "psycopg"):
        assert inside not in said
    assert any("the machine is broken" in line for line in log.lines), "but operators learn what happened"


@pytest.mark.parametrize("address", ["/", "/requests/", "/benefits/", "/profile/", "/nowhere/", "/desk/"])
def test_no_page_of_errors_shows_the_inside(
    address: str, monkeypatch: pytest.MonkeyPatch, settings: LazySettings
) -> None:
    settings.DEBUG = False

    def fails(*about: Any, **more: Any) -> None:
        raise RuntimeError("the machine is broken")

    monkeypatch.setattr(home, "render", fails)
    browser = visitor("carla", raise_request_exception=False)
    said = browser.get(address).content.decode()
    for inside in ("Traceback", "RuntimeError", "the machine is broken", "/src/pactdesk", "DJANGO_SETTINGS"):
        assert inside not in said


def test_what_is_typed_into_an_address_does_not_break_the_log_into_lines(log: Everything) -> None:
    for evil in ("%0aINFO root admin signed in", "%0d%0aSet-Cookie:%20a=b", "%1b[2J", "%e2%80%a8x"):
        answer = Client().get(f"/nowhere/{evil}")
        assert answer.status_code == 404
        assert "Set-Cookie" not in answer.headers
    for line in log.lines:
        assert "\nINFO root admin" not in line
        assert "\x1b" not in line
