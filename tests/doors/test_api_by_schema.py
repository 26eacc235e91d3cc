"""The API holds to its own document, whatever it is sent: valid or not, with a token or without (schemathesis).

Every operation is a test of its own, twice: `anything` is sent with identifiers out of the air, `known` about what
is there, so that more than the first look-up is reached. Nothing may fail on our side, no answer may be one that the
document does not tell of, and what the document does not allow has to be refused.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import pytest
import schemathesis
from django.core.signals import request_finished, request_started
from django.core.wsgi import get_wsgi_application
from django.db import close_old_connections, transaction
from django.test import override_settings
from django.utils import timezone
from hypothesis import HealthCheck, settings
from schemathesis.config import (
    ChecksConfig,
    CoveragePhaseConfig,
    PhasesConfig,
    PositiveDataAcceptanceConfig,
    ProjectConfig,
    ProjectsConfig,
    SchemathesisConfig,
)
from schemathesis.core.parameters import ParameterLocation

from pactdesk.api.reference import openapi
from pactdesk.cases.models import Contact
from pactdesk.cases.rules.files import Place
from pactdesk.cases.services import conversation, files
from tests import world
from tests.doors.programs import new_key, program, request_body
from tests.effort import THOROUGH, tries

EXAMPLES = tries(1, 50)  # of each operation and test

# What the document allows may still be refused by a rule (422), or by the state of things (409, 404).
_TAKEN = ["2xx", "401", "403", "404", "409", "413", "422"]
_CHECKS = ChecksConfig(positive_data_acceptance=PositiveDataAcceptanceConfig(expected_statuses=_TAKEN))


def document(*, one_by_one: bool) -> Any:
    """The document as schemathesis reads it; `one_by_one`: each parameter and field is gone through beside."""
    phases = PhasesConfig(coverage=CoveragePhaseConfig(enabled=one_by_one))
    project = ProjectConfig(checks=_CHECKS, phases=phases)
    schema = schemathesis.openapi.from_dict(
        openapi(), config=SchemathesisConfig(seed=1, projects=ProjectsConfig(default=project))
    )
    schema.app = get_wsgi_application()
    return schema


there = document(one_by_one=True)
# Out of the air an identifier leads nowhere, whatever else is sent.
nowhere = document(one_by_one=THOROUGH).include(path_regex="{")

bounded = settings(
    max_examples=EXAMPLES,
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=list(HealthCheck),
)
pytestmark = pytest.mark.django_db


@dataclass(frozen=True, slots=True)
class Known:
    """Things that are there, of the account whose token it is."""

    token: str
    body: dict[str, Any]
    names: dict[str, Any]


@pytest.fixture(scope="module")
def known(django_db_setup: None, django_db_blocker: Any) -> Iterator[Known]:
    """The things, made once: every test goes through one connection, and what it does is rolled back to them."""
    with django_db_blocker.unblock(), transaction.atomic():
        yield from _there()
        transaction.set_rollback(True)


def _there() -> Iterator[Known]:
    at: datetime = timezone.now()
    world.team("support", "ines")
    agreement = world.agreement(registered=["carla"], units=1000, at=at)
    carla, body = program("carla"), request_body(agreement.id)
    viewer = world.viewer("carla")
    number = carla.post("/requests", body, key=new_key()).json()["number"]
    place = Place(number=int(number[3:]))
    conversation.reply(place.number, "Hello", key=uuid.uuid4(), actor=viewer, at=at)
    file = files.start(place, "a.txt", 5, actor=viewer, at=at)
    to = {"url": "https://hooks.example.com/", "events": ["request.opened"]}
    hook = carla.post("/webhooks", to, key=new_key())
    names = {
        "number": number,
        "agreement_id": agreement.id,
        "contact_id": Contact.objects.get().pk,
        "file_id": str(file.id),
        "product": "windows-server",
        "webhook_id": hook.json()["id"],
        "delivery_id": carla.post(f"/webhooks/{hook.json()['id']}/test", key=new_key()).json()["id"],
    }
    for signal in (request_started, request_finished):
        signal.disconnect(close_old_connections)
    with override_settings(API_RATE_OF_TOKEN=10**6, API_RATE_OF_ACCOUNT=10**6):
        yield Known(carla.token, body, names)
    for signal in (request_started, request_finished):
        signal.connect(close_old_connections)


@there.include(path_regex="^[^{]*$").parametrize()
@bounded
def test_anything(case: Any, known: Known) -> None:
    case.call_and_validate(headers={"Authorization": f"Bearer {known.token}"})


@nowhere.parametrize()
@bounded
def test_anything_about_what_is_not_there(case: Any, known: Known) -> None:
    case.call_and_validate(headers={"Authorization": f"Bearer {known.token}"})


@there.parametrize()
@bounded
def test_known(case: Any, known: Known) -> None:
    if not case.meta.is_negative_at(ParameterLocation.PATH):
        case.path_parameters.update(
            {name: value for name, value in known.names.items() if name in case.path_parameters}
        )
    body = case.body
    if not case.meta.is_negative_at(ParameterLocation.BODY) and isinstance(body, dict) and "problem" in body:
        chosen = {
            name: known.body["problem"][name]
            for name in ("product", "version", "usage", "category", "problem")
        }
        body["problem"].update(chosen)
        body["support"].update(known.body["support"])
    case.call_and_validate(headers={"Authorization": f"Bearer {known.token}"})
