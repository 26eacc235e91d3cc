"""A10: what somebody may not see cannot be felt for: by numbers, words, lists, counts, or what changes elsewhere."""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from importlib import import_module
from pkgutil import iter_modules
from typing import Any

import pytest
import time_machine
from django.conf import LazySettings
from django.db import connection
from django.http import Http404
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from pactdesk.accounts.models import Location, Organization
from pactdesk.accounts.viewer import Viewer
from pactdesk.agreements.models import Agreement
from pactdesk.cases import queries, services
from pactdesk.cases.models import Case, Contact
from pactdesk.cases.queries import advice, charged, records, requests, sharing
from pactdesk.cases.queries import desk as desk_queries
from pactdesk.cases.queries import escalation as escalation_queries
from pactdesk.cases.queries import severity as severities
from pactdesk.cases.queries.assignment import choosing
from pactdesk.cases.queries.queue import lines_of
from pactdesk.cases.rules.answers import Person
from pactdesk.cases.rules.files import Place
from pactdesk.cases.rules.severity import Wanted
from pactdesk.cases.rules.status import Move
from pactdesk.cases.services import advice as consulting
from pactdesk.cases.services import (
    assignment,
    contacts,
    conversation,
    ending,
    escalation,
    files,
    invitations,
    looking,
    relations,
    severity,
    work,
)
from pactdesk.cases.services.indexing import index_case
from pactdesk.cases.services.submission import submit
from pactdesk.catalog import queries as catalog
from pactdesk.kernel.ids import new_key
from tests import world
from tests.attachments import put
from tests.attacks import benefits_house
from tests.buying import SANDBOX
from tests.doors.test_who_may_open_what import absent, addresses, fingerprints  # noqa: F401 - fixtures
from tests.doors.visitors import visitor
from tests.drafts import problem, ready
from tests.effort import THOROUGH

NOW = datetime(2026, 11, 20, 13, 2, tzinfo=UTC)
LOOKED_AT = timezone.now() + timedelta(minutes=30)

pytestmark = [pytest.mark.django_db, pytest.mark.req("REQ-1")]


# By number, at the services


def sent(who: str = "carla", *, share: tuple[Person, ...] = (), **words: str) -> int:
    plan = world.agreement(units=9, registered=[who], at=NOW)
    viewer = world.viewer(who)
    draft = ready(viewer, plan.id, at=NOW, share=share, problem_answer=problem(**words))
    return submit(draft, terms_accepted=True, actor=viewer, at=NOW).number


def key() -> Any:
    return new_key()


def _cem() -> Person:
    return Person("Cem", "cem@baltic-sails.example")


# Every verb that takes a number and an actor, by its side of the counter.
VERBS: dict[Callable[..., Any], Callable[[int | None, Viewer], Any]] = {
    conversation.reply: lambda n, who: conversation.reply(n, "x", key=key(), actor=who, at=NOW),
    conversation.answer: lambda n, who: conversation.answer(n, "x", key=key(), seen=None, actor=who, at=NOW),
    conversation.note: lambda n, who: conversation.note(n, "x", key=key(), actor=who, at=NOW),
    consulting.write_time: lambda n, who: consulting.write_time(
        n, minutes=30, day=NOW.date(), note="x", key=key(), actor=who, at=NOW
    ),
    consulting.correct_time: lambda n, who: consulting.correct_time(
        n, 1, minutes=30, day=NOW.date(), note="x", actor=who, at=NOW
    ),
    consulting.remove_time: lambda n, who: consulting.remove_time(n, 1, actor=who, at=NOW),
    work.assign: lambda n, who: work.assign(n, who.account_id, seen=None, actor=who, at=NOW),
    work.release: lambda n, who: work.release(n, seen=None, actor=who, at=NOW),
    work.transfer: lambda n, who: work.transfer(
        n, world.team("support").pk, note="x", seen=None, actor=who, at=NOW
    ),
    work.set_status: lambda n, who: work.set_status(n, Move.RESOLVE, seen=None, actor=who, at=NOW),
    work.take_back: lambda n, who: work.take_back(n, "new", seen=0, actor=who, at=NOW),
    ending.close_by_contact: lambda n, who: ending.close_by_contact(n, reason="x", actor=who, at=NOW),
    ending.close: lambda n, who: ending.close(
        n, outcome="decrement", cause="", reason="x", seen=None, actor=who, at=NOW
    ),
    ending.reopen_by_contact: lambda n, who: ending.reopen_by_contact(n, reason="x", actor=who, at=NOW),
    ending.reopen: lambda n, who: ending.reopen(n, reason="x", seen=None, actor=who, at=NOW),
    contacts.add_contact: lambda n, who: contacts.add_contact(n, _cem(), actor=who, at=NOW),
    contacts.add_contact_from_desk: lambda n, who: contacts.add_contact_from_desk(
        n, _cem(), actor=who, at=NOW
    ),
    contacts.remove_contact: lambda n, who: contacts.remove_contact(n, _place_in(n), actor=who, at=NOW),
    contacts.remove_contact_from_desk: lambda n, who: contacts.remove_contact_from_desk(
        n, _place_in(n), actor=who, at=NOW
    ),
    relations.merge: lambda n, who: relations.merge(n or 0, (n or 0) + 1, seen=None, actor=who, at=NOW),
    relations.link: lambda n, who: relations.link(n or 0, (n or 0) + 1, actor=who, at=NOW),
    relations.unlink: lambda n, who: relations.unlink(n or 0, (n or 0) + 1, actor=who, at=NOW),
    invitations.invite_again: lambda n, who: invitations.invite_again(n, _place_in(n), actor=who, at=NOW),
    looking.look: lambda n, who: looking.look(n, until=NOW, actor=who, at=NOW),
    sharing.sharing_of: lambda n, who: sharing.sharing_of(who, n),
    escalation.ask_for_manager: lambda n, who: escalation.ask_for_manager(n, reason="x", actor=who, at=NOW),
    escalation.take_up: lambda n, who: escalation.take_up(n, actor=who, at=NOW),
    escalation.go_further: lambda n, who: escalation.go_further(n, reason="x", actor=who, at=NOW),
    escalation_queries.help_for: lambda n, who: escalation_queries.help_for(who, n),
    assignment.hand_on: lambda n, who: assignment.hand_on(n, seen=None, actor=who, at=NOW),
    choosing: lambda n, who: choosing(who, n, at=NOW),
    assignment.assign_next: lambda n, who: assignment.assign_next(n, actor=who, at=NOW),
    severity.change_by_contact: lambda n, who: severity.change_by_contact(
        n, Wanted("C"), reason="x", actor=who, at=NOW
    ),
    severity.change: lambda n, who: severity.change(n, Wanted("C"), reason="x", seen=None, actor=who, at=NOW),
    severity.log_attempt: lambda n, who: severity.log_attempt(
        n, channel="phone", outcome="no-answer", made_at=NOW, key=key(), actor=who, at=NOW
    ),
    severity.lower_as_unreachable: lambda n, who: severity.lower_as_unreachable(
        n, seen=None, actor=who, at=NOW
    ),
    severity.restore: lambda n, who: severity.restore(n, actor=who, at=NOW),
    severity.set_back: lambda n, who: severity.set_back(n, NOW, reason="x", seen=None, actor=who, at=NOW),
    severities.severity_page: lambda n, who: severities.severity_page(who, n, at_desk=True),
    severities.start_page: lambda n, who: severities.start_page(who, n),
    severities.outlook: lambda n, who: severities.outlook(who, n, Wanted("C"), at_desk=False, at=NOW),
    severities.outlook_of_lowering: lambda n, who: severities.outlook_of_lowering(who, n, at=NOW),
    severities.outlook_of_restoring: lambda n, who: severities.outlook_of_restoring(who, n, at=NOW),
    severities.outlook_of_start: lambda n, who: severities.outlook_of_start(who, n, NOW, at=NOW),
    severities.reaching: lambda n, who: severities.reaching(who, n),
    advice.advice_page: lambda n, who: advice.advice_page(who, n),
    severities.why: lambda n, who: severities.why(who, n, at_desk=False, at=NOW),
    files.start: lambda n, who: files.start(Place(number=n), "a.log", 3, actor=who, at=NOW),
    requests.request_page: lambda n, who: requests.request_page(who, n),
    requests.reopening: lambda n, who: requests.reopening(who, n, at=NOW),
    requests.confirmation: lambda n, who: requests.confirmation(who, n),
    records.record: lambda n, who: records.record(who, n),
    records.must_see: lambda n, who: records.must_see(who, n),
    records.contacts_of_record: lambda n, who: records.contacts_of_record(who, n),
    records.conversation: lambda n, who: records.conversation(who, n, most=9),
    records.message: lambda n, who: records.message(who, n, 1),
    charged.charged_to: lambda n, who: charged.charged_to(who, n),
    desk_queries.desk_page: lambda n, who: desk_queries.desk_page(who, n, at=NOW),
    desk_queries.merge_preview: lambda n, who: _there(desk_queries.merge_preview(who, n, (n or 0) + 1)),
    desk_queries.other_case: lambda n, who: _there(desk_queries.other_case(who, n)),
    desk_queries.desk_line: lambda n, who: desk_queries.desk_line(who, n),
    desk_queries.preview: lambda n, who: desk_queries.preview(who, n),
}


def _there(found: object) -> object:
    """For questions that answer None for what does not exist."""
    if found is None:
        raise Http404
    return found


def _place_in(number: int | None) -> int:
    place = Contact.objects.filter(case_id=number).order_by("pk").first() if number else None
    return place.pk if place else 0


def _taking_number_and_person() -> Iterator[Callable[..., Any]]:
    for package in (services, queries):
        for module in iter_modules(package.__path__):
            found = import_module(f"{package.__name__}.{module.name}")
            for _name, each in inspect.getmembers(found, inspect.isfunction):
                if each.__module__ == found.__name__ and not each.__name__.startswith("_"):
                    parameters = set(inspect.signature(each).parameters)
                    if "number" in parameters and parameters & {"actor", "viewer"}:
                        yield each


def test_no_verb_or_question_about_a_number_is_left_out_here() -> None:
    assert set(_taking_number_and_person()) - set(VERBS) == set()


@pytest.mark.parametrize("verb", VERBS, ids=lambda verb: verb.__name__)
def test_a_number_of_somebody_else_is_one_that_nobody_has(verb: Callable[..., Any]) -> None:
    world.team("support", "ines")
    world.team("billing", "marta")
    theirs, _another = sent("nora"), sent("nora")
    strangers = {who: world.viewer(who) for who in ("olaf", "carla", "marta")}
    before = fingerprints()
    for who, viewer in strangers.items():
        seen = []
        for number in (theirs, absent(theirs), 0, None, -1, 2**31, 2**63 - 1, 2**63, 10**30):
            with CaptureQueriesContext(connection) as asked, pytest.raises(Http404):
                VERBS[verb](number, viewer)
            if number in {theirs, absent(theirs)}:
                seen.append([_shape(each["sql"]) for each in asked])
        assert seen[0] == seen[1], (
            f"{who} can tell by what is asked of the database, and so by the time it takes"
        )
    assert fingerprints() == before


def _shape(sql: str) -> str:
    return re.sub(r"\d+|'[^']*'", "?", sql)


# By words


def test_lines_of_the_queue_are_only_those_of_ones_own_teams() -> None:
    world.team("support", "ines")
    world.team("billing", "marta")
    number = sent("nora")
    assert list(lines_of(world.viewer("ines"), [number])) == [number]
    for who in ("marta", "nora", "carla", "olaf"):
        assert list(lines_of(world.viewer(who), [number])) == []


SECRET = "zeppelin"
ASKED = "quokka"


@pytest.fixture
def theirs() -> int:
    """A request of Nora's, and her organization, her plan, her file and her colleague, full of a word that nobody else
    may ever read."""
    world.team("support", "ines")
    nora = world.person("nora")
    Organization.objects.filter(pk=nora.organization_id).update(name=f"{SECRET} {ASKED} Ltd")
    plan = world.agreement(units=9, owner="nora", registered=["nora"], at=NOW)
    viewer = world.viewer("nora")
    draft = ready(
        viewer,
        plan.id,
        at=NOW,
        share=(Person(f"{SECRET} {ASKED}", f"{SECRET}@{ASKED}.example"),),
        problem_answer=problem(summary=f"{SECRET} {ASKED}", description=f"{SECRET} {ASKED} everywhere"),
    )
    put(Place(draft_id=draft), viewer, name=f"{SECRET}-{ASKED}.log", at=NOW)
    number = submit(draft, terms_accepted=True, actor=viewer, at=NOW).number
    ines = world.viewer("ines")
    conversation.reply(number, f"{SECRET} {ASKED} again", key=key(), actor=viewer, at=NOW)
    conversation.answer(number, f"Try {SECRET} {ASKED}", key=key(), seen=None, actor=ines, at=NOW)
    conversation.note(number, f"{SECRET} {ASKED} is a known bug", key=key(), actor=ines, at=NOW)
    unsent = ready(
        viewer, plan.id, at=NOW, problem_answer=problem(summary=f"Draft of {SECRET}", description=SECRET)
    )
    put(Place(draft_id=unsent), viewer, name=f"{SECRET}.log", at=NOW)
    index_case(number)
    return number


QUERIES = (
    "",
    f"?q={ASKED}",
    f"?q={ASKED[:3]}",
    "?q=PD-{number}",
    "?q={number}",
    "?show=closed",
    f"?show=closed&q={ASKED}",
    f"?view=team&q={ASKED}",
    "?view=team",
    "?number={number}",
    f"?q={ASKED}&owner=1&team=1&status=new",
    "?older=9999999999.000000-999999999",
    "?whole=1",
    "?page=2",
)


LISTS = {
    "portal:home",
    "portal:help",
    "portal:request-list",
    "portal:customers",
    "portal:customers-csv",
    "portal:customer",
    "portal:customer-csv",
    "portal:opened-for-us",
    "portal:opened-for-us-csv",
    "portal:draft-list",
    "portal:benefits",
    "portal:activity",
    "desk:queue",
    "desk:queue-news",
    "desk:queue-export",
    "desk:palette",
    "desk:purchases",
    "admin:search",
}


STRANGERS = ["anonymous", "petra", "carla", "olaf", "marta", *(["cem"] if THOROUGH else [])]


@pytest.mark.parametrize("who", STRANGERS)
def test_a_word_of_somebody_elses_is_on_no_page(
    who: str,
    theirs: int,
    addresses: dict[str, str],  # noqa: F811 - the fixture
    settings: LazySettings,
) -> None:
    """Marta is an operator and of the service centre: she finds the names of organizations there and what they have,
    and no more than the others of what they ask for."""
    if who == "marta":
        Organization.objects.filter(name__contains=SECRET).update(name="Northgate Distribution")
    else:
        settings.PAYMENT_PROVIDER = SANDBOX
        benefits_house.keeps(SECRET)
    client = visitor(who)
    found = []
    for name, address in addresses.items():
        for query, headers in _ways_to_ask(name):
            asked = address + query.format(number=theirs)
            answer = client.get(asked, headers=headers)
            body = b"".join(answer.streaming_content) if answer.streaming else answer.content
            said = str(answer.headers) + body.decode("utf-8", "replace")
            if SECRET in said.lower():
                found.append(f"{name}: {asked}")
    assert found == []


@pytest.mark.req("AGR-11", "REQ-3")
def test_who_manages_an_organization_learns_no_name_of_a_stranger_who_uses_its_agreement() -> None:
    """Who else has added it is its owner's to know. The pages of the organization and their files only count them."""
    carla = world.administrator("carla")
    plan = world.agreement(units=9, registered=["nora"], at=NOW)
    Agreement.objects.filter(pk=plan.id).update(organization_id=carla.organization_id)
    nora = world.person("nora", first_name=SECRET.title(), last_name=ASKED)
    draft = ready(world.viewer(nora), plan.id, at=NOW)
    number = submit(draft, terms_accepted=True, actor=world.viewer(nora), at=NOW).number
    client, found = visitor("carla"), []
    for path in ("/activity/", "/activity/list.csv", "/activity/use/", "/activity/use.csv", "/benefits/"):
        for query in ("", f"?q={ASKED}", f"?q=PD-{number}", f"?person={nora.pk}", f"?agreement={plan.id}"):
            said = client.get(path + query).content.decode().lower()
            if SECRET in said or nora.email in said or ("PD" not in query and f"pd-{number}" in said):
                found.append(path + query)
    assert found == []
    assert "1 account of another organization" in client.get("/activity/use/").content.decode()


def _ways_to_ask(name: str) -> list[tuple[str, dict[str, str]]]:
    """Every page whole, and a part of it for a word; lists in every way."""
    part = {"HX-Request": "true"}
    if name not in LISTS:
        return [(QUERIES[0], {}), (QUERIES[1], part)]
    return [*((query, {}) for query in QUERIES), *((query, part) for query in QUERIES[:2])]


@pytest.mark.parametrize(
    ("who", "page"),
    [
        ("carla", "/requests/"),
        ("olaf", "/requests/"),
        ("marta", "/desk/"),
        ("marta", "/desk/queue.csv"),
        ("marta", "/desk/news/"),
        ("marta", "/desk/go/"),
    ],
)
def test_looking_for_a_word_of_somebody_elses_answers_like_one_that_nobody_used(
    who: str, page: str, theirs: int
) -> None:
    world.team("billing", "marta")
    client = visitor(who)
    answers = []
    client.get(page, {"q": "warm", "view": "team"})
    for word in (ASKED, ASKED.replace("k", "j")):
        catalog.forget()  # looked at now, so not in between, on a busy machine
        catalog.current()
        with CaptureQueriesContext(connection) as asked:
            answer = client.get(page, {"q": word, "view": "team", "since": "2020-01-01T00:00:00Z"})
        body = answer.content.decode().replace(word, "WORD")
        answers.append((answer.status_code, _without_tokens(body), len(asked)))
    assert answers[0] == answers[1]


def test_jumping_to_a_number_of_another_team_answers_like_one_that_nobody_has(theirs: int) -> None:
    world.team("billing", "marta")
    marta = visitor("marta")
    answers = []
    for number in (theirs, absent(theirs)):
        answer = marta.get("/desk/", {"q": f"PD-{number}"})
        answers.append(
            (answer.status_code, _without_tokens(answer.content.decode()).replace(str(number), "N"))
        )
    assert answers[0] == answers[1]


# By what changes


@pytest.fixture
def watched() -> int:
    """A request of Carla's that Cem sees, too, with an engineer on it."""
    world.team("support", "ines")
    cem = world.viewer("cem")
    number = sent(share=(Person("Cem Kowalski", cem.email),))
    conversation.answer(
        number, "Looking.", key=key(), seen=None, actor=world.viewer("ines"), at=timezone.now()
    )
    index_case(number)
    return number


def _without_tokens(body: str) -> str:
    """The page without what is new in every answer."""
    body = re.sub(r'(name="csrfmiddlewaretoken" value|name="key" value|name="draft" value)="[^"]*"', "", body)
    body = re.sub(r"since=[^\"&]*", "", body)
    body = re.sub(r' data-now="[^"]*"', "", body)  # what the clocks of a page begin with
    return re.sub(r'"X-CSRFToken":\s*"[^"]*"', "", body.replace("&quot;", '"'))


def _all_that_is_seen(client: Client, number: int) -> dict[str, tuple[int, str]]:
    seen = {}
    for address in (
        "/",
        "/requests/",
        "/requests/?show=closed",
        "/requests/?q=replicating",
        "/requests/?q=kestrel",
        f"/requests/PD-{number}/",
        f"/requests/PD-{number}/?whole=1",
        f"/requests/PD-{number}/close/",
        f"/requests/PD-{number}/confirmation/",
        "/benefits/",
        "/profile/",
    ):
        with time_machine.travel(LOOKED_AT, tick=False):  # clocks go on otherwise
            answer = client.get(address)
        seen[address] = (answer.status_code, _without_tokens(answer.content.decode()))
        headers = {name: value for name, value in answer.headers.items() if name != "Set-Cookie"}
        seen[f"{address} headers"] = (0, repr(sorted(headers.items())).replace(str(len(answer.content)), ""))
    return seen


@pytest.mark.req("REQ-2")
@pytest.mark.parametrize("who", ["carla", "cem"])
def test_nothing_that_contacts_see_changes_with_what_the_desk_keeps_to_itself(watched: int, who: str) -> None:
    client, ines = visitor(who), world.viewer("ines")
    other = sent("nora")
    seen = _all_that_is_seen(client, watched)
    assert _all_that_is_seen(client, watched) == seen, "the pages change by themselves"

    conversation.note(watched, "Known bug kestrel", key=key(), actor=ines, at=timezone.now())
    relations.link(watched, other, actor=ines, at=timezone.now())
    index_case(watched)
    assert Case.objects.get(pk=watched).revision > 1
    changed = {
        address for address, answer in _all_that_is_seen(client, watched).items() if answer != seen[address]
    }
    assert changed == set()


@pytest.mark.req("REQ-2")
def test_programs_of_contacts_do_not_see_it_either(watched: int) -> None:
    carla, ines = world.viewer("carla"), world.viewer("ines")
    other = sent("nora")

    def record() -> str:
        return repr(records.record(carla, watched)) + repr(records.conversation(carla, watched, most=99))

    before = record()
    conversation.note(watched, "Known bug kestrel", key=key(), actor=ines, at=timezone.now())
    relations.link(watched, other, actor=ines, at=timezone.now())
    assert record() == before


@pytest.mark.parametrize("ask", [requests.request_page, records.record], ids=lambda ask: ask.__name__)
def test_whoever_is_removed_while_the_page_is_put_together_gets_none(
    ask: Callable[..., Any], watched: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    cem, module = world.viewer("cem"), import_module(ask.__module__)
    find = module.case_for

    def found_and_removed(*about: Any, **more: Any) -> Case:
        case: Case = find(*about, **more)
        Contact.objects.filter(case=case, account_id=cem.account_id).delete()
        return case

    monkeypatch.setattr(module, "case_for", found_and_removed)
    with pytest.raises(Http404):
        ask(cem, watched)


@pytest.mark.req("BEN-4")
def test_whoever_may_not_have_a_pair_sees_the_same_whether_there_is_one() -> None:
    """Cem works for the partner in another country than that of the benefits; Olaf is a stranger."""
    organization_id = world.organization_of("nora")
    for country, main in (("CZ", True), ("AT", False)):
        place = Location.objects.create(
            organization_id=organization_id, name=country, country=country, is_headquarters=main
        )
    world.person("cem", organization_id=organization_id, location=place)
    Organization.objects.filter(pk=organization_id).update(primary_contact=world.person("nora"))
    found: list[dict[str, tuple[int, str]]] = []
    for _whether in range(2):
        seen = {}
        for who in ("cem", "olaf"):
            client = visitor(who)
            for form in ({"do": "mail-contacts"}, {"do": "mail-me", "agreement": "1"}):
                answer = client.post("/benefits/lost-ids/", form, follow=True)
                seen[f"{who} {form['do']}"] = (answer.status_code, _without_tokens(answer.content.decode()))
        found.append(seen)
        world.agreement(owner="nora")
    assert found[0] == found[1]
    assert {status for status, _page in found[0].values()} == {200, 404}
