"""The demo world is made once, tells the stories it promises, and exists in demos only."""

from __future__ import annotations

import calendar
import io
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from allauth.account.models import EmailAddress
from django.contrib.auth.password_validation import validate_password
from django.core.management import CommandError, call_command
from django.test import Client
from django.utils import timezone

from pactdesk.accounts.access import viewer_of
from pactdesk.accounts.models import Account, TeamMember
from pactdesk.accounts.viewer import Viewer
from pactdesk.agreements import queries as agreements
from pactdesk.agreements.models import Agreement, LedgerEntry
from pactdesk.agreements.rules import Subject
from pactdesk.agreements.services import CannotAddAgreement, add_agreement
from pactdesk.cases.models import Case, Contact
from pactdesk.cases.queries import lists
from pactdesk.cases.queries.drafts import open_drafts
from pactdesk.cases.queries.lists import Sought
from pactdesk.cases.services.drafts import save_step
from pactdesk.cases.services.submission import submit
from pactdesk.catalog import queries as catalog
from pactdesk.catalog.models import Product
from pactdesk.journal.models import FactRow
from pactdesk.notifications import tasks
from pactdesk.notifications.models import OutgoingMail
from pactdesk.project import demo
from pactdesk.project.demo.agreements import PETRAS_PAIR
from pactdesk.project.demo.people import PASSWORD, PEOPLE
from pactdesk.project.demo.requests import DRAFTS, REQUESTS
from pactdesk.project.verification import prove
from tests import world


@pytest.fixture
def demo_world(db: None, settings: Any) -> None:
    world.catalogue()
    settings.DEMO = True
    call_command("demo_world", stdout=io.StringIO())


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
    assert [outcome for _, outcome in prove(at=timezone.now()) if outcome.wrong] == []


def test_what_happened_happened_in_order(demo_world: None) -> None:
    for kept in Agreement.objects.all():
        moments = list(kept.entries.order_by("position").values_list("at", flat=True))
        assert moments == sorted(moments)
    opened = list(Case.objects.order_by("pk").values_list("opened_at", flat=True))
    assert opened == sorted(opened)
    assert opened[-1] < timezone.now()


@pytest.mark.parametrize(
    "day", ["2027-01-01T00:10", "2027-03-28T01:30", "2028-02-29T23:50", "2029-11-20T12:00"]
)
def test_it_can_be_made_on_any_day(db: None, day: str) -> None:
    world.catalogue()
    at = datetime.fromisoformat(day).replace(tzinfo=UTC)
    demo.make(at=at)
    # Rows of other tests were rolled back, and their files still lie there: on a far day they are old.
    found = [outcome for _, outcome in prove(at=at) if outcome.wrong]
    assert [outcome for outcome in found if outcome.check.code != "bytes-belong-to-file"] == []
    ends = sorted(
        line.ends_at for line in agreements.benefits(viewer("carla"), at=at) if line.decision.allowed
    )
    assert timedelta() < ends[0] - at < timedelta(days=15)


def test_nobody_gets_a_known_password_outside_of_a_demo(db: None, settings: Any) -> None:
    settings.DEMO = False
    for arguments in ([], ["--show"]):
        with pytest.raises(CommandError, match="not a demo"):
            run(*arguments)
    assert not Account.objects.filter(email=PEOPLE["petra"].email).exists()


@pytest.fixture
def another_catalogue(db: None) -> Iterator[None]:
    """One in which somebody has renamed what the story needs."""
    world.catalogue()
    Product.objects.filter(code="sharepoint-server").update(code="team-server")
    catalog.forget()
    yield
    catalog.forget()


def test_where_the_catalogue_does_not_go_with_it_nothing_is_made(
    another_catalogue: None, settings: Any
) -> None:
    settings.DEMO = True
    with pytest.raises(CommandError, match="pactdesk catalog apply"):
        run()
    assert Account.objects.count() == Agreement.objects.count() == 0
    with pytest.raises(CommandError, match="not there yet"):
        run("--show")


def test_everybody_can_sign_in_with_the_password_that_is_shown(demo_world: None) -> None:
    shown = run("--show")
    assert PASSWORD in shown
    validate_password(PASSWORD)
    for person in PEOPLE.values():
        assert person.email in shown
        assert EmailAddress.objects.get(email=person.email).verified
        browser = Client()
        assert browser.login(email=person.email, password=PASSWORD)


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
def test_ines_and_marta_answer_for_the_teams_to_which_the_requests_come(demo_world: None) -> None:
    members = {member.account.first_name: member.team for member in TeamMember.objects.all()}
    assert {name: team.code for name, team in members.items()} == {
        "Ines": "support",
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
    assert {line.actor for line in agreements.whole_statement(viewer("carla"), shared.pk)} == {
        "Marta Nowak",
        "Carla Papadaki",
        "Cem Kowalski",
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
def test_each_confirmation_went_to_the_primary_contact_on_its_day_and_goes_once(demo_world: None) -> None:
    sent = {mail.to_address: mail for mail in OutgoingMail.objects.all()}
    assert set(sent) == set(Contact.objects.filter(role="primary").values_list("email", flat=True))
    assert sorted(OutgoingMail.objects.values_list("created_at", flat=True)) == list(
        Case.objects.order_by("opened_at").values_list("opened_at", flat=True)
    )
    for fact in FactRow.objects.filter(code="case.opened"):
        tasks.write_letters(fact_id=fact.pk)
    assert OutgoingMail.objects.count() == Case.objects.count()


def test_no_text_names_a_month() -> None:
    """It would be wrong on most days on which somebody reads it."""
    months = set(calendar.month_name) - {"", "May"}
    for asked in (*REQUESTS, *DRAFTS):
        words = f"{asked.problem.summary} {asked.problem.description}"
        assert not [month for month in months if month in words]
