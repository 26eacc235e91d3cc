"""The database is restarted under a requester's hands: a sentence or success, and never a request lost or doubled."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import psycopg
import pytest
from django.db import connection
from django.http import HttpResponse

from pactdesk.agreements.models import Agreement
from pactdesk.cases.models import Case
from pactdesk.cases.services import submission
from pactdesk.journal import services as journal
from tests import world
from tests.doors.guided import Guided, texts
from tests.doors.visitors import visitor

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.req("AGR-10", "WIZ-6")]

SENTENCE = "sending something again does not count twice"


def restart() -> None:
    """End every connection of this database but the one that asks, as a restart of the server does."""
    with psycopg.connect(**connection.get_connection_params()) as other:
        other.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database()"
            " AND pid <> pg_backend_pid() AND backend_type = 'client backend'"
        )


@pytest.fixture(params=["one connection", "a pool"])
def pooled(request: pytest.FixtureRequest) -> Iterator[None]:
    """Installations keep several connections; a restart kills all of them at once."""
    if request.param == "a pool":
        connection.close()
        connection.settings_dict["OPTIONS"]["pool"] = {"min_size": 3, "max_size": 3, "timeout": 10}
    yield
    if request.param == "a pool":
        connection.close()
        connection.close_pool()
        del connection.settings_dict["OPTIONS"]["pool"]


@pytest.fixture
def guided(pooled: None) -> Guided:
    """A requester in front of the last button."""
    plan = world.agreement(units=2, registered=["carla"])
    guided = Guided("carla", visitor("carla", raise_request_exception=False)).up_to("submit", plan)
    guided.plan = plan  # type: ignore[attr-defined]  # only the tests of this file ask for it
    return guided


def send(guided: Guided) -> HttpResponse:
    response = guided.send("submit", {"terms_accepted": "on"})
    connection.close()  # as every request does at its end; a pool keeps it
    return response


def outcome() -> tuple[int, int]:
    connection.close()
    return Case.objects.count(), Agreement.objects.get().units_left


def break_at(moment: str, monkeypatch: pytest.MonkeyPatch, *, times: int) -> None:
    """Restart the server at a moment of the next submissions, so many times."""
    rest = list(range(times))
    record, submit = journal.record, submission.submit

    def in_the_middle(*args: Any, **kwargs: Any) -> None:
        if rest:
            rest.pop()
            restart()
        record(*args, **kwargs)

    def before_the_answer(*args: Any, **kwargs: Any) -> submission.Submitted:
        submitted = submit(*args, **kwargs)
        if rest:
            rest.pop()
            restart()
            connection.ensure_connection()
            connection.cursor().execute("SELECT 1")
        return submitted

    if moment == "in the middle":
        monkeypatch.setattr(journal, "record", in_the_middle)
    else:
        monkeypatch.setattr(submission, "submit", before_the_answer)


@pytest.mark.parametrize("moment", ["in the middle", "before the answer"])
def test_a_restart_during_a_submission_is_not_even_noticed(
    moment: str, guided: Guided, monkeypatch: pytest.MonkeyPatch
) -> None:
    break_at(moment, monkeypatch, times=1)
    response = send(guided)
    assert response.status_code == 302
    assert outcome() == (1, 1)
    assert response["Location"] == f"/requests/PD-{Case.objects.get().pk}/confirmation/"


@pytest.mark.parametrize("moment", ["in the middle", "before the answer"])
def test_a_server_that_stays_away_gives_a_sentence_and_sending_again_makes_one_request(
    moment: str, guided: Guided, monkeypatch: pytest.MonkeyPatch
) -> None:
    break_at(moment, monkeypatch, times=2)
    response = send(guided)
    assert response.status_code == 503
    assert SENTENCE in texts(response)
    assert response["Retry-After"]
    assert outcome() == ((0, 2) if moment == "in the middle" else (1, 1))

    assert send(guided).status_code == 302
    assert outcome() == (1, 1)


def test_after_a_restart_nobody_meets_more_than_one_dead_connection(guided: Guided) -> None:
    answers = []
    for _ in range(3):
        guided.client.get("/requests/")  # warm: every connection of the pool has been used
        connection.close()
    restart()
    for _ in range(4):
        answers.append(guided.client.get("/requests/").status_code)
        connection.close()
    assert sorted(answers) in ([200, 200, 200, 200], [200, 200, 200, 503])
    assert send(guided).status_code == 302
    assert outcome() == (1, 1)
