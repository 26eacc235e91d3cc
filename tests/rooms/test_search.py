"""Finding requests: every word, in six languages, among one's own and no others (REQ-2)."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from procrastinate.contrib.django.models import ProcrastinateJob

from pactdesk.cases import tasks
from pactdesk.cases.access import contacts_of, desk_cases
from pactdesk.cases.models import CaseWords
from pactdesk.cases.queries.search import matching_cases, matching_places
from pactdesk.cases.rules.words import MOST_FOUND_BY, asked_for, found_by
from pactdesk.cases.services.conversation import note, reply
from pactdesk.cases.services.indexing import index_case, missing
from pactdesk.cases.services.submission import submit
from pactdesk.journal.models import FactRow
from pactdesk.kernel.ids import new_key
from tests import world
from tests.drafts import problem, ready

NOW = datetime(2026, 11, 20, 13, 2, tzinfo=UTC)

pytestmark = pytest.mark.django_db


def sent(summary: str, description: str = "It began on Tuesday.") -> int:
    carla = world.viewer("carla")
    plan = world.agreement(registered=["carla"], at=NOW)
    draft = ready(carla, plan.id, at=NOW, problem_answer=problem(summary=summary, description=description))
    number = submit(draft, terms_accepted=True, actor=carla, at=NOW).number
    index_case(number)
    return number


def found(text: str, *, who: str = "carla", language: str = "en") -> list[int]:
    places = matching_places(contacts_of(world.viewer(who)), text, language=language)
    return list(places.values_list("case_id", flat=True))


def found_at_desk(text: str) -> list[int]:
    return list(
        matching_cases(desk_cases(world.viewer("ines")), text, language="en").values_list("pk", flat=True)
    )


@pytest.fixture
def number() -> int:
    world.team("support", "ines")
    return sent("Domain controllers stop replicating", "Error 1722 since the certificates expired")


@pytest.mark.parametrize(
    "text",
    [
        "replicating",
        "controller",  # another number
        "stopped replication",  # other endings
        "REPLICAT",  # still typing
        "1722",
        "certificate error",
        "windows server",  # the product
        "  ",
    ],
)
def test_a_request_is_found_by_its_words(number: int, text: str) -> None:
    assert found(text) == [number]


@pytest.mark.parametrize(
    "text", ["printer", "controllers printer", "172", "🙂🙂", "'; DROP TABLE x; --", "!(&|<->"]
)
def test_what_does_not_stand_there_finds_nothing_and_breaks_nothing(number: int, text: str) -> None:
    # "172" is the beginning of 1722; signs alone ask for no word, so everything answers.
    assert found(text) == ([number] if text in {"172", "🙂🙂", "!(&|<->"} else [])


@pytest.mark.parametrize(
    ("summary", "text", "language"),
    [
        ("Zálohování databáze selhalo", "zalohovani databaze", "cs"),
        ("Zálohování databáze selhalo", "databází", "cs"),
        ("Serwer przestał odpowiadać", "serwery", "pl"),
        ("Ο διακομιστής δεν απαντά", "διακομιστη", "el"),
        ("Máy chủ không phản hồi", "may chu", "vi"),
        ("Les sauvegardes échouent", "sauvegarde echoue", "fr"),
    ],
)
def test_each_language_is_found_with_and_without_its_marks(summary: str, text: str, language: str) -> None:
    world.person("carla", language=language)
    number = sent(summary)
    assert found(text, language=language) == [number]


@pytest.mark.req("REQ-1")
def test_nobody_finds_what_is_not_theirs(number: int) -> None:
    assert found("replicating", who="olaf") == []
    assert found("replicating", who="ines") == []


@pytest.mark.req("REQ-2")
def test_a_note_is_found_at_the_desk_and_nowhere_else(number: int) -> None:
    note(number, "Known bug kestrel", key=new_key(), actor=world.viewer("ines"), at=NOW)
    reply(number, "We use albatross", key=new_key(), actor=world.viewer("carla"), at=NOW)
    index_case(number)
    assert found("kestrel") == []
    assert found("albatross") == [number]
    assert found_at_desk("kestrel albatross") == [number]
    assert found_at_desk("carla") == [number]
    assert found_at_desk("olive grove") == [number]


def test_changes_are_written_down_by_one_waiting_job(number: int) -> None:
    for _each in range(3):
        reply(number, "And again", key=new_key(), actor=world.viewer("carla"), at=NOW)
    for fact in FactRow.objects.filter(subject_id=number):
        tasks.queue_indexing(fact.pk)
    jobs = ProcrastinateJob.objects.filter(task_name="pactdesk.cases.tasks.index_case")
    assert [job.args for job in jobs] == [{"case": number}]


def test_what_came_before_there_was_an_index_is_found_after_a_night(number: int) -> None:
    CaseWords.objects.all().delete()
    assert found("replicating") == []
    assert tasks.queue_missing(10) == 1
    assert list(missing(10)) == [number]


def test_a_request_that_is_gone_is_no_trouble() -> None:
    index_case(4711)
    assert not CaseWords.objects.exists()


def test_very_long_requests_are_found_by_their_first_words() -> None:
    words = found_by((" ".join(f"{sign}{n}" for n in range(3_000)), "en") for sign in "abc")
    assert len(words) == MOST_FOUND_BY
    assert asked_for(" ".join(f"w{n}" for n in range(100)), "en").count("&") == 11
