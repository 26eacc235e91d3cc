"""Every reason has its words and a way out, every fact somebody who is told, every address a row in the table."""

from __future__ import annotations

import importlib
import importlib.util
import inspect
import re
from pathlib import Path
from types import ModuleType

import pytest
from django.urls import NoReverseMatch, reverse
from django.utils import translation
from procrastinate.contrib.django import app as jobs

import pactdesk
from pactdesk.cases.rules.steps import STEPS
from pactdesk.cases.wording import SENTENCES as CASE_SENTENCES
from pactdesk.journal import services as journal
from pactdesk.journal.facts import Fact
from pactdesk.kernel.worded import LANGUAGES
from pactdesk.notifications import tasks as notifications
from pactdesk.notifications.rules import ownership, telling
from pactdesk.notifications.rules.events import FACT_CODES
from pactdesk.notifications.wording import REMEDIES, SENTENCES
from pactdesk.pages import reasons
from pactdesk.portal.views.intake.frame import NAMES, TITLES
from pactdesk.project import cli, wiring, worker
from tests.doors import test_who_may_open_what as who_may

SOURCE = Path(pactdesk.__file__).parent
HELP = (SOURCE / "portal" / "templates" / "portal" / "help.html").read_text()


def _tool(name: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(name, SOURCE.parents[1] / "tools" / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.req("ELI-10")
def test_every_code_in_the_source_has_a_sentence_and_no_sentence_is_spare(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert _tool("reasons").main() == 0, capsys.readouterr().out


@pytest.mark.req("ELI-10")
def test_every_way_out_is_known_to_the_portal_and_every_one_it_knows_is_used() -> None:
    assert set(REMEDIES.values()) == set(reasons.remedy_codes())
    assert set(REMEDIES) <= set(SENTENCES)


@pytest.mark.req("ELI-10")
def test_every_reason_of_a_plan_or_a_request_has_a_way_out() -> None:
    kinds = ("agreement.", "pair.", "intake.", "draft.", "channel.", "product.", "severity.", "contact.")
    told = {code for code in SENTENCES if code.startswith(kinds)}
    # A phone number or a time zone is mended in the field beside the sentence.
    in_the_field = {code for code in told if code.startswith(("contact.phone", "contact.time-zone"))}
    assert told - in_the_field - set(REMEDIES) == set()


@pytest.mark.req("ELI-10")
def test_every_way_out_leads_to_a_page_and_to_a_place_on_it() -> None:
    for way_out in reasons._WAYS_OUT.values():
        if not way_out.name:
            continue
        try:
            reverse(way_out.name)
        except NoReverseMatch:
            pytest.fail(f"{way_out} leads nowhere")
        if way_out.name == "portal:help":
            assert f'id="{way_out.anchor}"' in HELP, way_out
        if way_out.name == "portal:benefits" and way_out.anchor:
            overview = (SOURCE / "portal/templates/portal/benefits/overview.html").read_text()
            assert f'id="{way_out.anchor}"' in overview, way_out


def test_every_sentence_can_be_filled_in_and_is_a_whole_one() -> None:
    for code, sentence in SENTENCES.items():
        for language in LANGUAGES:
            with translation.override(language):
                text = str(sentence)
            placeholders = set(re.findall(r"%\((\w+)\)[sd]", text))
            with translation.override("en"):
                assert placeholders == set(re.findall(r"%\((\w+)\)[sd]", str(sentence))), (code, language)
            assert "%" not in re.sub(r"%\(\w+\)[sd]|%%", "", text), (code, language)
        with translation.override("en"):
            assert str(sentence)[0].isupper() or str(sentence).startswith("%("), code
            assert str(sentence).rstrip().endswith((".", "s")), code


def test_every_step_has_a_name_and_a_title() -> None:
    assert set(NAMES) == set(TITLES) == set(STEPS)
    assert all(
        code.split(".")[0]
        in {
            "advice",
            "case",
            "contact",
            "draft",
            "escalation",
            "file",
            "intake",
            "invitation",
            "message",
            "reply",
            "severity",
        }
        for code in CASE_SENTENCES
    )


def _facts() -> list[type[Fact]]:
    """Every fact that a room announces."""
    found: list[type[Fact]] = []
    for path in sorted(SOURCE.glob("*/facts.py")):
        module = importlib.import_module(f"pactdesk.{path.parent.name}.facts")
        found += [
            each
            for _name, each in inspect.getmembers(module, inspect.isclass)
            if issubclass(each, Fact) and "code" in vars(each)
        ]
    return found


@pytest.mark.req("WIZ-6")
def test_everybody_who_has_to_know_is_told() -> None:
    codes = {fact.code for fact in _facts()}
    assert "case.opened" in codes
    assert len(codes) == len(_facts()), "two facts share a code"
    wiring.connect()
    assert codes <= set(journal._listeners), (
        "wiring.py says of every fact who is told, if only that nobody is"
    )
    assert [listener.__qualname__ for listener in journal.listeners_of("case.opened")] == [
        "queue_letters",
        "queue_notices_of_use",
        "queue_webhooks",
        "queue_indexing",
        "queue_assignment",
    ]


def test_programs_are_told_of_every_fact_that_is_an_event() -> None:
    wiring.connect()
    told = {
        code for code, listeners in journal._listeners.items() if notifications.queue_webhooks in listeners
    }
    assert told == set(FACT_CODES)


def test_people_are_told_of_every_fact_that_owes_letters() -> None:
    wiring.connect()
    told = {
        code for code, listeners in journal._listeners.items() if notifications.queue_letters in listeners
    }
    assert told == set(telling.FACT_CODES)
    to_owners = notifications.queue_notices_of_ownership
    told = {code for code, listeners in journal._listeners.items() if to_owners in listeners}
    assert told == set(ownership.FACT_CODES)
    assert list(journal.listeners_of("card.opened")) == [notifications.queue_letters_about_cards]


def test_whoever_listens_listens_to_a_fact_that_exists() -> None:
    wiring.connect()
    assert set(journal._listeners) <= {fact.code for fact in _facts()}


def test_the_job_that_delivers_facts_has_the_name_that_the_statement_writes_down() -> None:
    """Facts are queued by SQL, which no rename reaches."""
    jobs.perform_import_paths()
    [(queue, name)] = re.findall(r"'(\w+)', '([\w.]+)'", journal._RECORD)
    assert name in jobs.tasks
    assert jobs.tasks[name].queue == queue


def test_every_job_runs_in_a_room_and_takes_ids_only() -> None:
    jobs.perform_import_paths()
    ours = {name: task for name, task in jobs.tasks.items() if name.startswith("pactdesk.")}
    assert len(ours) >= 4
    for name, task in ours.items():
        parameters = set(inspect.signature(task.func).parameters)
        assert parameters <= {
            "context",
            "timestamp",
            "fact_id",
            "mail_id",
            "file_id",
            "case",
            "agreement_id",
            "account_id",
            "endpoint_id",
            "purchase_id",
            "event_id",
        }, name


@pytest.mark.parametrize("table", ["OPENED", "SENT"])
def test_every_address_has_a_row_in_the_table_of_who_may_open_what(table: str) -> None:
    named = {
        name
        for name, address, _parameters in who_may.patterns()
        if name not in who_may._HIDDEN and not who_may.is_table_of_the_administration(address)
    }
    assert set(who_may.rows(getattr(who_may, table))) == named


def test_the_worker_takes_jobs_of_every_queue_and_webhooks_keep_nobody_waiting() -> None:
    jobs.perform_import_paths()
    first_crew = set(worker.queues_of_the_first_crew())
    assert first_crew | {notifications.WEBHOOKS} == {task.queue for task in jobs.tasks.values()}
    assert notifications.WEBHOOKS not in first_crew
    assert cli.WORKERS_HANDS == worker.FIRST_CREW + worker.CALLERS, "each keeps a connection to the database"
    calling = {name for name, task in jobs.tasks.items() if task.queue == notifications.WEBHOOKS}
    assert calling == {"pactdesk.notifications.tasks.deliver"}
