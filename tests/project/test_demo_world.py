"""The demo world is made once, and tells the stories that it promises."""

from __future__ import annotations

import calendar
import io
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest
from allauth.account.models import EmailAddress
from django.conf import settings
from django.contrib.auth.password_validation import validate_password
from django.core.management import call_command
from django.db import transaction
from django.test import Client
from django.utils import timezone

from pactdesk.accounts.access import viewer_of
from pactdesk.accounts.models import Account, TeamMember
from pactdesk.accounts.viewer import Viewer
from pactdesk.agreements import queries as agreements
from pactdesk.agreements.models import Agreement, LedgerEntry
from pactdesk.agreements.queries import statements
from pactdesk.agreements.queries.activation import activatable
from pactdesk.agreements.queries.lost_pairs import LostPairs, lost_pairs
from pactdesk.agreements.queries.mailing import pair_of
from pactdesk.agreements.queries.waiting_pairs import waiting
from pactdesk.agreements.rules import Subject, grouped
from pactdesk.agreements.services import CannotAddAgreement, add_agreement
from pactdesk.cases.models import Attachment, Case, Contact, Message, SavedReply, Timer
from pactdesk.cases.queries import lists
from pactdesk.cases.queries.drafts import open_drafts
from pactdesk.cases.queries.lists import Sought
from pactdesk.cases.rules.status import STATUSES
from pactdesk.cases.services import assignment, sweeping
from pactdesk.cases.services.drafts import save_step
from pactdesk.cases.services.submission import submit
from pactdesk.cases.services.sweeping import sweep
from pactdesk.catalog import queries as catalog
from pactdesk.journal.models import FactRow
from pactdesk.notifications import tasks
from pactdesk.notifications.models import OutgoingMail
from pactdesk.notifications.rules.telling import FACT_CODES
from pactdesk.project.demo.agreements import PETRAS_PAIR
from pactdesk.project.demo.people import PASSWORD, PEOPLE
from pactdesk.project.demo.requests import DRAFTS, REQUESTS
from pactdesk.project.demo.talks import TALKS, Closed, Noted, Said
from pactdesk.project.verification import prove
from tests import world


@pytest.fixture(scope="module")
def made(django_db_setup: None, django_db_blocker: Any) -> Iterator[None]:
    """The demo world, made once for all tests of this file."""
    with django_db_blocker.unblock(), pytest.MonkeyPatch.context() as patched:
        world.catalogue()
        patched.setattr(settings, "DEMO", True)
        with transaction.atomic():
            run()
            yield
            transaction.set_rollback(True)


@pytest.fixture
def demo_world(made: None, django_db_blocker: Any) -> Iterator[None]:
    """As it was made: what a test changes in it is taken back."""
    with django_db_blocker.unblock(), transaction.atomic():
        yield
        transaction.set_rollback(True)


def viewer(name: str) -> Viewer:
    return viewer_of(Account.objects.get(email=PEOPLE[name].email))


def run(*arguments: str) -> str:
    printed = io.StringIO()
    call_command("demo_world", *arguments, stdout=printed)
    return printed.getvalue()


def test_it_is_made_once(demo_world: None, django_assert_num_queries: Any) -> None:
    rows = [model.objects.count() for model in (Account, Agreement, LedgerEntry, Case, FactRow, OutgoingMail)]
    with django_assert_num_queries(1):
        assert "already" in run()
    assert rows == [
        model.objects.count() for model in (Account, Agreement, LedgerEntry, Case, FactRow, OutgoingMail)
    ]


def test_it_keeps_every_invariant(demo_world: None) -> None:
    at = timezone.now()
    sweep(at=at)  # as the worker does within a minute
    assert [outcome for _, outcome in prove(at=at) if outcome.wrong] == []


def test_what_happened_happened_in_order(demo_world: None) -> None:
    for kept in Agreement.objects.all():
        moments = list(kept.entries.order_by("position").values_list("at", flat=True))
        assert moments == sorted(moments)
    opened = list(Case.objects.order_by("pk").values_list("opened_at", flat=True))
    assert opened == sorted(opened)
    assert opened[-1] < timezone.now()


def test_everybody_can_sign_in_with_the_password_that_is_shown(demo_world: None) -> None:
    shown = run("--show")
    assert PASSWORD in shown
    validate_password(PASSWORD)
    for person in PEOPLE.values():
        assert person.email in shown
        assert EmailAddress.objects.get(email=person.email).verified
        browser = Client()
        assert browser.login(email=person.email, password=PASSWORD)


def test_the_home_page_names_one_who_asks_and_one_who_answers(demo_world: None) -> None:
    html = Client().get("/").content.decode()
    assert PEOPLE["carla"].email in html
    assert PEOPLE["ines"].email in html
    assert PASSWORD not in html


def test_the_introduction_fits_a_terminal_and_stands_in_columns(demo_world: None) -> None:
    lines = run("--show").splitlines()
    assert max(map(len, lines)) <= 100
    columns = {
        line.index(person.email) for person in PEOPLE.values() for line in lines if person.email in line
    }
    assert len(columns) == 1


def test_only_marta_runs_the_desk(demo_world: None) -> None:
    assert [account.first_name for account in Account.objects.filter(is_superuser=True)] == ["Marta"]
    assert [account.first_name for account in Account.objects.filter(is_staff=True)] == ["Marta"]


@pytest.mark.req("RTE-2")
def test_the_engineers_answer_for_the_teams_to_which_the_requests_come(demo_world: None) -> None:
    members = {member.account.first_name: member.team for member in TeamMember.objects.all()}
    assert {name: team.code for name, team in members.items()} == {
        "Ines": "support",
        "Linh": "support",
        "Marta": "service-centre",
    }
    assert set(Case.objects.values_list("team__code", flat=True)) == {"support", "service-centre"}


@pytest.mark.req("AGR-1", "AGR-3")
def test_petra_begins_with_nothing_but_the_pair(demo_world: None) -> None:
    petra, now = viewer("petra"), timezone.now()
    assert (petra.kind, petra.profile_complete) == ("work", False)
    assert agreements.benefits(petra, at=now) == []
    shown = run("--show").replace(" ", "")
    assert PETRAS_PAIR.access_id in shown
    assert PETRAS_PAIR.contract_id in shown

    def add(access_id: str) -> int:
        return add_agreement(
            access_id, PETRAS_PAIR.contract_id, subject=None, address="192.0.2.1", actor=petra, at=now
        )

    with pytest.raises(CannotAddAgreement):
        add(PETRAS_PAIR.access_id.lstrip("0"))
    agreement_id = add(PETRAS_PAIR.access_id)
    (line,) = agreements.benefits(petra, at=now)
    assert (line.agreement_id, line.programme_code, line.units_left) == (
        agreement_id,
        "gold-partner-support-20",
        20,
    )
    assert line.decision.allowed


@pytest.mark.req("ELI-10")
def test_carlas_agreements_show_every_standing(demo_world: None) -> None:
    subject = Subject("on-premises", catalog.current().version("sql-server", "2019"))
    plans = agreements.plans_for(viewer("carla"), subject, at=timezone.now())
    assert {code for plan in plans for code in plan.decision.codes} == {
        "agreement.registration-revoked",
        "agreement.suspended",
        "agreement.not-started",
        "agreement.expired",
        "agreement.no-incidents-left",
        "agreement.advisory-hours-only",
        "agreement.cloud-only",
        "agreement.mainstream-only",
    }
    usable = [plan for plan in plans if plan.decision.allowed]
    assert [plan.programme_code for plan in usable] == [
        "silver-partner-support-10",
        "gold-partner-support-20",
    ]
    assert usable[0].ends_at - timezone.now() < timedelta(days=15)
    assert 0 < usable[1].units_left < 20


@pytest.mark.req("AGR-4")
def test_carla_owns_an_agreement_that_cem_has_added_too(demo_world: None) -> None:
    shared = Agreement.objects.get(owner__email=PEOPLE["carla"].email, seat_limit__isnull=False)
    page = agreements.agreement_page(viewer("carla"), shared.pk, at=timezone.now())
    assert page.seats is not None
    assert [seat.email for seat in page.seats] == [PEOPLE["carla"].email, PEOPLE["cem"].email]
    assert {line.actor for line in statements.whole_statement(viewer("carla"), shared.pk)} == {
        "Marta Nowak",
        "Carla Papadaki",
        "Cem Kowalski",
        "Ines Moreau",
    }


@pytest.mark.req("REQ-1")
def test_cem_sees_what_is_shared_with_him_and_olaf_sees_nothing(demo_world: None) -> None:
    seen = {
        name: {line.number for line in lists.request_list(viewer(name), Sought()).lines}
        for name in ("carla", "cem", "olaf")
    }
    assert seen["cem"] & seen["carla"]
    assert seen["cem"] - seen["carla"]
    assert seen["carla"] - seen["cem"]
    assert seen["olaf"] == set()


@pytest.mark.req("WIZ-8")
def test_carlas_drafts_stand_at_steps_2_and_5_and_one_can_be_sent(demo_world: None) -> None:
    carla, now = viewer("carla"), timezone.now()
    drafts = {draft.step_number: draft for draft in open_drafts(carla)}
    assert sorted(drafts) == [2, 5]
    save_step(drafts[5].id, "verify", None, actor=carla, at=now)
    assert not submit(drafts[5].id, terms_accepted=True, actor=carla, at=now).replayed


@pytest.mark.req("WIZ-6")
def test_each_confirmation_went_to_the_primary_contact_on_its_day(demo_world: None) -> None:
    sent = OutgoingMail.objects.filter(kind="request-opened").exclude(state="withheld")
    primary = Contact.objects.filter(role="primary")
    assert sorted(sent.values_list("to_address", flat=True)) == sorted(
        primary.values_list("email", flat=True)
    )
    assert sorted(sent.values_list("created_at", flat=True)) == list(
        Case.objects.order_by("opened_at").values_list("opened_at", flat=True)
    )


def test_every_letter_was_written_when_it_was_due_and_none_is_owed_again(demo_world: None) -> None:
    letters = OutgoingMail.objects.count()
    assert {"answer", "closed", "desk-reply"} <= set(OutgoingMail.objects.values_list("kind", flat=True))
    moments = dict(FactRow.objects.values_list("pk", "at"))
    assert all(mail.created_at == moments[mail.fact_id] for mail in OutgoingMail.objects.all())
    for fact in FactRow.objects.filter(code__in=FACT_CODES):
        tasks.write_letters(fact_id=fact.pk)
    assert OutgoingMail.objects.count() == letters


@pytest.mark.req("REQ-2")
def test_its_requests_stand_in_every_state_and_what_was_said_came_in_the_order_of_time(
    demo_world: None,
) -> None:
    assert set(Case.objects.values_list("status", flat=True)) == set(STATUSES)
    said = list(Message.objects.order_by("pk").values_list("at", "kind", "side"))
    assert [at for at, _kind, _side in said] == sorted(at for at, _kind, _side in said)
    assert said[-1][0] < timezone.now()
    assert {(kind, side) for _at, kind, side in said} == {
        ("public", "requester"),
        ("public", "vendor"),
        ("internal", "vendor"),
    }
    files = Attachment.objects.filter(state="ready", added_at__isnull=False)
    assert {file.internal for file in files} == {True, False}
    assert {(file.side, file.message is not None) for file in files} == {
        ("requester", True),
        ("vendor", True),
    }


@pytest.mark.req("BEN-1", "BEN-2", "BEN-4")
def test_renewals_brought_agreements_and_one_pair_waits_for_somebody_to_be_mailed_to(
    demo_world: None,
) -> None:
    now = timezone.now()
    assert [each.organization for each in waiting()] == ["Vltava Systems"]
    mailed = OutgoingMail.objects.filter(kind="pair")
    assert set(mailed.values_list("to_address", "state")) == {
        (PEOPLE["nora"].email, "kept"),
        (PEOPLE["minh"].email, "kept"),
    }
    able = {name: bool(found and found.pairs) for name, found in lost(("nora", "jana", "minh", "lan"), now)}
    assert able == {"nora": True, "jana": True, "minh": True, "lan": False}
    rafael = activatable(viewer("rafael"), at=now)
    assert rafael is not None
    assert [(each.programme.code, each.is_activated) for each in rafael.on_request] == [
        ("action-pack-support-10", False)
    ]
    nora = activatable(viewer("nora"), at=now)
    assert nora is not None
    assert [(place.name, place.activated) for place in nora.kits] == [("Brno", frozenset())]
    mails = Client()
    assert mails.login(email=PEOPLE["minh"].email, password=PASSWORD)
    pair = pair_of(mailed.get(to_address=PEOPLE["minh"].email).agreement_id or 0)
    assert grouped(pair.contract_id) in mails.get("/demo/mail/?mine=1").content.decode()


def lost(names: tuple[str, ...], at: datetime) -> Iterator[tuple[str, LostPairs | None]]:
    return ((name, lost_pairs(viewer(name), at=at)) for name in names)


@pytest.mark.req("AGR-6")
def test_one_request_was_given_back_and_says_why(demo_world: None) -> None:
    credit = LedgerEntry.objects.get(kind="credit")
    case = Case.objects.get(outcome="non-decrement")
    assert (credit.case_number, credit.units, case.outcome_cause) == (case.pk, 1, "product-fault")
    assert Case.objects.filter(outcome="decrement").exists()


@pytest.mark.req("SEV-5", "SEV-6")
def test_the_desk_has_something_to_do(demo_world: None) -> None:
    """Of each severity and of several engineers; the critical one that nobody knows about stays for whoever looks."""
    at = timezone.now()
    sweeping.sweep(at=at)
    open_ones = Case.objects.exclude(status="closed")
    assert set(open_ones.values_list("severity", flat=True)) == {"A", "B", "C"}
    owners = {case.owner.first_name if case.owner else "" for case in open_ones}
    assert owners == {"", "Ines", "Linh", "Marta"}
    (critical,) = open_ones.filter(severity="A", owner=None)
    assert assignment.assign_critical(critical.pk, at=at) is None
    assert timedelta() < critical.due_at - at < timedelta(hours=2)
    missed = {timer.case.summary for timer in Timer.objects.filter(breached_at__isnull=False)}
    assert len(missed) <= 1, "what is talked about was answered in time"
    assert open_ones.filter(due_at__lt=at, owner=None).exists()


def test_the_engineers_have_texts_ready_in_the_languages_of_their_contacts(demo_world: None) -> None:
    replies = SavedReply.objects.all()
    assert replies
    for reply in replies:
        assert {"en", "fr", "cs"} <= set(reply.texts)


def test_what_came_lately_is_new_to_the_contacts(demo_world: None) -> None:
    lines = lists.request_list(viewer("carla"), Sought()).lines
    assert {line.is_new for line in lines} == {True, False}


def test_no_text_names_a_month() -> None:
    """It would be wrong on most days on which somebody reads it."""
    months = set(calendar.month_name) - {"", "May"}
    texts = [f"{asked.problem.summary} {asked.problem.description}" for asked in (*REQUESTS, *DRAFTS)]
    texts += [step.text for steps in TALKS.values() for step in steps if isinstance(step, Said | Noted)]
    texts += [step.reason for steps in TALKS.values() for step in steps if isinstance(step, Closed)]
    for words in texts:
        assert not [month for month in months if month in words]


def test_every_talk_is_about_a_request() -> None:
    assert set(TALKS) <= {asked.problem.summary for asked in REQUESTS}
