"""A program goes the whole way with a client that was generated from the document which the site serves."""

from __future__ import annotations

import importlib
import subprocess
import sys
import urllib.request
import uuid
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from django.utils import timezone

from pactdesk.accounts.rules.tokens import SCOPES
from pactdesk.accounts.services.tokens import issue_token
from pactdesk.agreements.models import Agreement
from pactdesk.cases.models import Case, Message
from pactdesk.cases.services import conversation
from pactdesk.kernel.ids import new_key
from tests import world
from tests.drafts import problem

pytestmark = pytest.mark.django_db(transaction=True)

PACKAGE = "generated_pactdesk_client"


@pytest.fixture
def generated(live_site: str, tmp_path: Path) -> Iterator[ModuleType]:
    """The generated client, imported."""
    document, config = tmp_path / "openapi.json", tmp_path / "config.yaml"
    with urllib.request.urlopen(f"{live_site}/api/v1/openapi.json", timeout=30) as served:
        document.write_bytes(served.read())
    config.write_text("post_hooks: []\n")
    done = subprocess.run(
        [
            str(Path(sys.executable).with_name("openapi-python-client")),
            *("generate", "--path", str(document), "--output-path", str(tmp_path / PACKAGE)),
            *("--meta", "none", "--config", str(config), "--fail-on-warning"),
        ],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    sys.path.insert(0, str(tmp_path))
    try:
        yield importlib.import_module(PACKAGE)
    finally:
        sys.path.remove(str(tmp_path))
        for name in [name for name in sys.modules if name.partition(".")[0] == PACKAGE]:
            del sys.modules[name]


@pytest.mark.req("AGR-3", "ELI-10", "WIZ-6", "REQ-2", "AGR-6")
def test_from_the_pair_of_ids_to_the_closed_request(generated: ModuleType, live_site: str) -> None:
    world.team("support", "ines")
    agreement = world.agreement(units=3, owner="nora")
    carla = world.viewer("carla")
    token = issue_token("CI", scopes=SCOPES, days=30, actor=carla, at=timezone.now()).token
    client = generated.AuthenticatedClient(base_url=live_site, token=token, raise_on_unexpected_status=True)
    models = importlib.import_module(f"{PACKAGE}.models")

    def call(tag: str, operation: str, *args: Any, **about: Any) -> Any:
        return importlib.import_module(f"{PACKAGE}.api.{tag}.{operation}").sync(*args, client=client, **about)

    # The agreement is added, once.
    pair = models.PairIn(access_id=agreement.access_id, contract_id=agreement.contract_id)
    added = call("agreements", "add_agreement", body=pair)
    assert (added.units_left, added.can_pay) == (3, True)
    again = call("agreements", "add_agreement", body=pair)
    assert isinstance(again, models.Problem)
    assert [reason.code for reason in again.reasons] == ["agreement.already-registered"]

    # What can pay, and what would happen.
    answered = problem()
    able = call("agreements", "get_eligibility", product=answered.product, version=answered.version)
    assert [(plan.id, plan.can_pay) for plan in able.plans] == [(added.id, True)]
    product = call("catalogue", "get_product", answered.product)
    assert answered.category in [category.code for category in product.categories]
    body = models.RequestIn(
        problem=models.ProblemIn(
            product=answered.product,
            version=answered.version,
            usage=answered.usage or None,
            category=answered.category,
            problem=answered.problem,
            summary=answered.summary,
            description=answered.description,
        ),
        support=models.SupportIn(agreement=added.id, severity="B"),
        terms_accepted=True,
    )
    preview = call("requests", "preview_request", body=body)
    assert (preview.allowed, preview.units, preview.units_left) == (True, 1, 2)

    # Made once, however often it is sent.
    key = f'"{uuid.uuid4()}"'
    made = call("requests", "create_request", body=body, idempotency_key=key)
    assert call("requests", "create_request", body=body, idempotency_key=key) == made
    assert Case.objects.count() == 1
    assert Agreement.objects.get(pk=agreement.id).units_left == 2
    assert made.first_response_due_at == preview.promise.first_response_due_at or made.number

    # Talked about, with a file, until it works.
    text = models.MessageIn(text="Now it is error 1753.")
    call("requests", "add_message", made.number, body=text, idempotency_key=f'"{uuid.uuid4()}"')
    log = b"error 1753\n"
    file = call("files", "begin_file", made.number, body=models.FileIn(name="a.log", size=len(log)))
    payload = importlib.import_module(f"{PACKAGE}.types").File(payload=BytesIO(log))
    sent = call("files", "send_file", made.number, file.id, body=payload)
    assert (sent.state, sent.received) == ("ready", len(log))
    assert call("files", "fetch_file", made.number, file.id).payload.read() == log
    ines = world.viewer("ines")
    conversation.answer(
        Case.objects.get().pk, "Please restart it.", key=new_key(), seen=None, actor=ines, at=timezone.now()
    )
    said = call("requests", "list_messages", made.number).items
    assert [(message.side, message.text) for message in said] == [
        ("requester", "Now it is error 1753."),
        ("vendor", "Please restart it."),
    ]
    closed = call(
        "requests", "close_request", made.number, body=models.WhyIn(reason="It works since the restart.")
    )
    assert (closed.status, closed.outcome) == ("closed", "decrement")
    assert [
        line.number for line in call("requests", "list_requests", state=models.ListRequestsState.CLOSED).items
    ] == [made.number]

    # And where it went.
    entries = call("agreements", "get_statement", added.id).items
    assert [(entry.kind, entry.units, entry.request) for entry in entries] == [
        ("deduct", -1, made.number),
        ("grant", 3, None),
    ]
    assert Message.objects.count() == 2
