"""The home page, help and articles, the mails of a demonstration, light and dark, and the health check."""

from __future__ import annotations

import re
from datetime import timedelta
from html import unescape
from pathlib import Path

import pytest
from django.db import DatabaseError, connection, transaction
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from pactdesk.accounts.models import Organization, Session
from pactdesk.agreements.facts import PairMailed
from pactdesk.agreements.rules import grouped
from pactdesk.cases.services import drafts as draft_services
from pactdesk.cases.services.submission import submit
from pactdesk.journal import services as journal
from pactdesk.journal.models import FactRow
from pactdesk.kernel.ids import new_key
from pactdesk.knowledge.services import load
from pactdesk.notifications.queries.outbox import NotADemo, kept_mails
from pactdesk.notifications.rules.pairs import ACCESS_ID, CONTRACT_ID
from pactdesk.notifications.services import outbox
from tests import drafts, world
from tests.doors.visitors import visitor

ARTICLES = Path(__file__).parents[2] / "catalogs" / "articles"

pytestmark = pytest.mark.django_db


def text_of(answer: HttpResponse) -> str:
    """The words of a page, without markup and with single spaces."""
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", answer.content.decode())).split())


# Home


def test_somebody_who_is_not_signed_in_reads_what_this_is_and_finds_the_way_in(client: Client) -> None:
    answer = client.get("/")
    html = answer.content.decode()
    assert "Pactdesk is where you ask the vendor for help" in html
    assert 'href="/accounts/login/"' in html
    assert 'href="/accounts/signup/"' in html
    assert "printed where it was started" not in html


def test_the_demonstration_says_where_the_people_who_can_sign_in_are_named(
    client: Client, settings: object
) -> None:
    settings.DEMO = True  # type: ignore[attr-defined]  # a fixture of pytest-django
    assert "were printed where it was started" in text_of(client.get("/"))


@pytest.mark.req("WIZ-8")
def test_drafts_are_offered_with_their_next_step_and_until_when_they_are_kept() -> None:
    carla, at = world.viewer("carla"), timezone.now()
    world.catalogue()
    draft_id = new_key()
    draft_services.start_draft(draft_id, drafts.problem(summary="Mail stands still"), actor=carla, at=at)
    words = text_of(visitor("carla").get("/"))
    assert "Mail stands still Goes on at step 2 of 6: Plan and severity" in words
    assert re.search(r"Saved .* \(Athens\)\. Kept until ", words)
    assert f"/requests/new/{draft_id}/" in visitor("carla").get("/").content.decode()
    assert "Mail stands still" not in text_of(visitor("cem").get("/"))


@pytest.mark.req("REQ-1")
def test_open_requests_are_listed_for_their_contacts_and_nobody_else() -> None:
    carla, at = world.viewer("carla"), timezone.now()
    plan = world.agreement(registered=["carla"], units=3)
    sent = submit(
        drafts.ready(carla, plan.id, at=at, problem_answer=drafts.problem(summary="Mail stands still")),
        terms_accepted=True,
        actor=carla,
        at=at,
    )
    words = text_of(visitor("carla").get("/"))
    assert f"PD-{sent.number} Mail stands still" in words
    assert re.search(r"First answer by .* \(Athens\)", words)
    assert "2 of 3 incidents left" in words
    for who in ("cem", "olaf", "marta"):
        assert "Mail stands still" not in text_of(visitor(who).get("/"))


def test_there_is_one_primary_button_and_it_starts_a_request() -> None:
    world.agreement(registered=["carla"])
    for who in ("carla", "olaf"):
        html = visitor(who).get("/").content.decode()
        assert re.findall(r'<a class="button" href="([^"]*)">([^<]*)</a>', html) == [
            ("/requests/new/", "Start a request")
        ]


def test_somebody_who_has_nothing_yet_is_told_what_will_stand_here_and_how_to_begin() -> None:
    words = text_of(visitor("olaf").get("/"))
    assert "This is where your requests, drafts and benefits will stand." in words
    assert "No request is open." in words
    assert "You need its Access ID and Contract ID." in words


def test_plans_that_cannot_pay_are_counted_and_explained_elsewhere() -> None:
    world.ended_agreement(registered=["carla"])
    world.ended_agreement(registered=["carla"])
    answer = visitor("carla").get("/")
    assert "None of your agreements can pay for a request at the moment." in text_of(answer)
    assert '<a href="/benefits/#unavailable">2 unavailable plans</a>' in answer.content.decode()


def test_the_home_page_costs_the_same_number_of_queries_however_much_there_is(
    django_assert_max_num_queries: object,
) -> None:
    at = timezone.now()
    plan = world.agreement(registered=["carla"])
    carla = visitor("carla")
    for number in range(4):
        viewer = world.viewer("carla")
        submit(drafts.ready(viewer, plan.id, at=at), terms_accepted=True, actor=viewer, at=at)
        draft_services.start_draft(new_key(), drafts.problem(summary=f"Draft {number}"), actor=viewer, at=at)
        world.agreement(registered=["carla"])
    carla.get("/")
    with django_assert_max_num_queries(8):  # type: ignore[operator]  # a fixture of pytest-django
        carla.get("/")


# Help


def test_the_help_page_explains_ids_severities_and_programmes_to_everybody(client: Client) -> None:
    world.catalogue()
    answer = client.get("/help/")
    html, words = answer.content.decode(), text_of(answer)
    for anchor in ("ids", "sharing", "severities", "programmes", "buying", "service-centre"):
        assert f'id="{anchor}"' in html
        assert f'href="#{anchor}"' in html
    assert "0230242323 and 230242323 are two different IDs." in words
    assert "A Business is stopped" in words
    assert "Gold Partner Support 20-pack" in words
    assert "12 months and 30 days" in words
    assert "With a personal account you can buy a single incident" in words
    assert f'href="{reverse("portal:buy")}"' in html
    assert 'href="mailto:support@pactdesk.example"' in html


@pytest.mark.req("KNO-1")
def test_an_article_is_read_in_the_readers_language_with_its_revision(client: Client) -> None:
    world.catalogue()
    load(ARTICLES, at=timezone.now())
    english = client.get("/help/articles/1001/")
    assert "Access ID and Contract ID" in text_of(english)
    assert "Last reviewed" in text_of(english)
    french = client.get("/help/articles/1001/", {"language": "fr"})
    assert '<div class="stack" lang="fr">' in french.content.decode()
    assert 'href="?language=en"' in french.content.decode()
    assert client.get("/help/articles/1001/", {"language": "<x>"}).status_code == 200


def test_an_article_that_is_not_there_is_not_found(client: Client) -> None:
    assert client.get("/help/articles/987654/").status_code == 404


# Mails of a demonstration


def letter(key: str, subject: str, *, text: str = "Hello", html: str = "") -> int:
    posted = outbox.post(
        outbox.Letter(key, "case.opened", "carla@mail.example", "en", subject, text, html),
        at=timezone.now() + timedelta(seconds=int(key)),
    )
    assert posted is not None
    return posted


def test_the_mails_of_a_demonstration_can_be_read_the_newest_first(client: Client, settings: object) -> None:
    settings.DEMO = True  # type: ignore[attr-defined]  # a fixture of pytest-django
    assert "No mail was written yet" in text_of(client.get("/demo/mail/"))
    letter("1", "The first", text="See https://pactdesk.example/requests/PD-1/ <script>x</script>")
    letter("2", "The second")
    answer = client.get("/demo/mail/")
    html, words = answer.content.decode(), text_of(answer)
    assert words.index("The second") < words.index("The first")
    assert "To carla@mail.example" in words
    assert '<a href="https://pactdesk.example/requests/PD-1/" rel="nofollow">' in html
    assert "<script>x" not in html


def test_an_html_mail_is_shown_in_a_sandbox_that_runs_and_fetches_nothing(
    client: Client, settings: object
) -> None:
    settings.DEMO = True  # type: ignore[attr-defined]  # a fixture of pytest-django
    mail_id = letter("1", "With colours", html="<p style='color:navy'>Hello</p><script>x</script>")
    answer = client.get("/demo/mail/", {"html": mail_id})
    policy = answer["Content-Security-Policy"]
    assert "<p style='color:navy'>" in answer.content.decode()
    assert policy.startswith("sandbox; default-src 'none';")
    assert "allow-" not in policy
    assert "script-src" not in policy
    plain = letter("2", "Without")
    for wanted in (plain, 0, "x"):
        assert client.get("/demo/mail/", {"html": wanted}).status_code == 404


@pytest.mark.req("BEN-1")
def test_the_ids_in_a_mail_are_shown_to_whom_it_is_addressed(settings: object) -> None:
    settings.DEMO = True  # type: ignore[attr-defined]  # a fixture of pytest-django
    pair = world.agreement(owner="carla")
    carla = world.person("carla")
    Organization.objects.filter(pk=carla.organization_id).update(primary_contact=carla)
    fact = PairMailed(pair.id, account=carla.pk, occasion="sent-again")
    with transaction.atomic():
        journal.record(fact, actor_id=None, at=timezone.now())
    marks = f"Yours: {ACCESS_ID} and {CONTRACT_ID}."
    mail_id = outbox.post(
        outbox.Letter(
            *("1", "pair", carla.email, "en", "The IDs", marks, f"<p>{marks}</p>"),
            fact_id=FactRow.objects.get(code=PairMailed.code).pk,
            account_id=carla.pk,
            agreement_id=pair.id,
        ),
        at=timezone.now(),
    )
    told = f"Yours: {pair.access_id} and {grouped(pair.contract_id)}."
    for who, address in (("carla", ""), ("carla", "?mine=1"), ("carla", f"?mine=1&html={mail_id}")):
        assert told in visitor(who).get(f"/demo/mail/{address}").content.decode()
    # Neither colleagues nor strangers, nor whoever has left meanwhile.
    world.person("cem", organization_id=carla.organization_id)
    for who in ("cem", "marta", "anonymous"):
        for address in ("", f"?html={mail_id}"):
            shown = visitor(who).get(f"/demo/mail/{address}").content.decode()
            assert "Yours: •••• and ••••." in shown
            assert pair.access_id not in shown
    world.person("carla", organization_id=world.organization_of("nora"))
    assert "Yours: •••• and ••••." in visitor("carla").get("/demo/mail/").content.decode()


def test_outside_a_demonstration_nobody_reads_the_mails(settings: object) -> None:
    settings.DEMO = False  # type: ignore[attr-defined]  # a fixture of pytest-django
    with pytest.raises(NotADemo):
        kept_mails(world.person("carla").pk)
    mail_id = letter("1", "A secret", html="<p>Hello</p>")
    for who in ("carla", "marta"):
        assert visitor(who).get("/demo/mail/").status_code == 404
        assert visitor(who).get("/demo/mail/", {"html": mail_id}).status_code == 404


# Light and dark


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_the_chosen_theme_is_drawn_by_the_server_from_then_on(client: Client, theme: str) -> None:
    answer = client.post("/theme/", {"theme": theme, "next": "/help/"})
    assert (answer.status_code, answer["Location"]) == (302, "/help/")
    assert f'data-theme="{theme}"' in client.get("/help/").content.decode()
    client.post("/theme/", {"theme": ""})
    assert "data-theme" not in client.get("/help/").content.decode().partition("<body>")[0]


def test_an_unknown_theme_changes_nothing_and_foreign_places_are_not_gone_to(client: Client) -> None:
    answer = client.post("/theme/", {"theme": '"><x', "next": "https://evil.example/"})
    assert answer["Location"] == "/"
    assert "theme" not in answer.cookies


# Health


def test_the_health_check_answers_without_a_session(client: Client) -> None:
    answer = client.get("/health/")
    assert (answer.status_code, answer.json()) == (200, {"status": "ok"})
    assert not answer.cookies
    assert not Session.objects.exists()
    assert "no-store" in answer["Cache-Control"]


def test_the_health_check_fails_while_the_database_does_not_answer(client: Client) -> None:
    def refuse(*_call: object) -> None:
        raise DatabaseError("the server is gone")

    with connection.execute_wrapper(refuse):
        answer = client.get("/health/")
    assert (answer.status_code, answer.json()) == (503, {"status": "no database"})
