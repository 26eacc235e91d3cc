"""Teams at the desk: who works now and on which terms; changed by who leads them, an absence by oneself (SEV-5)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.http import Http404
from django.utils import timezone

from pactdesk.accounts.models import Team, TeamMember
from pactdesk.cases.queries.assignment import choosing
from pactdesk.journal.models import FactRow
from pactdesk.routing.models import Engineer
from pactdesk.routing.rules.terms import Terms
from pactdesk.routing.services import CannotChangeTerms, set_away, set_terms
from tests import queues, world
from tests.doors.guided import texts
from tests.doors.visitors import visitor

AT = datetime(2026, 11, 20, 13, 2, tzinfo=UTC)
WEEK = ("mon", "tue", "wed", "thu", "fri")
NO_SHIFT = {f"{day}_{part}": "" for day in WEEK for part in ("from", "until")}

pytestmark = [pytest.mark.django_db, pytest.mark.req("SEV-5")]


@pytest.fixture(autouse=True)
def team() -> Team:
    """Ines leads Olaf; Marta manages both."""
    team = world.team("support", "ines", "olaf")
    TeamMember.objects.filter(account=world.person("ines")).update(is_lead=True)
    Team.objects.filter(pk=team.pk).update(manager=world.person("marta"))
    return team


def url(who: str) -> str:
    return f"/desk/teams/{world.person(who).pk}/"


def terms(**changes: Any) -> dict[str, Any]:
    """What is sent for the terms."""
    days = {f"{day}_from": "09:00" for day in WEEK} | {f"{day}_until": "17:00" for day in WEEK}
    return {"do": "terms", "capacity": "5", "languages": ["en", "pl"], **days, **changes}


def test_the_page_says_who_works_now_with_what_in_hand_and_who_stands_above() -> None:
    Engineer.objects.create(
        account=world.person("olaf"), away_from=timezone.now() - timedelta(days=1), languages=["fr"]
    )
    page = texts(visitor("ines").get("/desk/teams/"))
    assert "Manager Marta Nowak" in page
    assert "Ines Moreau Lead On shift 0 of 8 in hand" in page
    assert "Olaf Berg Away 0 of 8 in hand Languages: Français" in page


@pytest.mark.parametrize("who", ["ines", "marta"])
def test_who_leads_or_manages_somebody_says_on_which_terms_they_work(who: str) -> None:
    client = visitor(who)
    assert "Monday" in texts(client.get(url("olaf")))
    backup = str(world.person("ines").pk)
    sent = terms(backup=backup, products=["sql-server"], fri_until="00:00")
    answer = client.post(url("olaf"), sent)
    assert "The terms of Olaf Berg are kept." in texts(client.get(answer["Location"]))
    row = Engineer.objects.get(account=world.person("olaf"))
    assert (row.capacity, row.languages, row.products) == (5, ["en", "pl"], ["sql-server"])
    assert row.backup_id == world.person("ines").pk
    assert (row.weekly["mon"], row.weekly["fri"]) == ([["09:00", "17:00"]], [["09:00", "24:00"]])
    assert "sun" not in row.weekly
    fact = FactRow.objects.get(code="engineer.terms-changed")
    assert set(fact.payload["what"]) >= {"capacity", "weekly"}
    client.post(url("olaf"), sent)
    assert FactRow.objects.filter(code="engineer.terms-changed").count() == 1, "nothing has changed"


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        (NO_SHIFT, "Enter the hours of at least one day."),
        ({"mon_until": ""}, "Enter each shift from when until when."),
        ({"mon_until": "09:00"}, "Enter each shift from when until when."),
        ({"mon_from": "late"}, "Enter a time, such as 09:00."),
        ({"capacity": "0"}, "Enter a number from 1 to 99."),
        ({"backup": "{carla}"}, "Choose somebody of the same team."),
    ],
)
def test_terms_that_make_no_sense_are_refused(changes: dict[str, str], said: str) -> None:
    carla = str(world.person("carla").pk)
    sent = terms(**{name: value.replace("{carla}", carla) for name, value in changes.items()})
    answer = visitor("marta").post(url("olaf"), sent)
    assert answer.status_code == 422
    assert said in texts(answer)
    assert not Engineer.objects.exists()


def test_somebody_says_that_they_are_away_and_gets_nothing_until_they_are_back() -> None:
    olaf = visitor("olaf")
    assert "Monday" not in texts(olaf.get(url("olaf"))), "the terms are for those above"
    answer = olaf.post(url("olaf"), {"do": "away", "away_from": "2026-01-01T00:00", "away_until": ""})
    assert "The absence of Olaf Berg is kept." in texts(olaf.get(answer["Location"]))
    case, ines = queues.request(owner=world.person("ines")), world.viewer("ines")
    assert choosing(ines, case.pk, at=timezone.now()).chosen is None
    refused = olaf.post(url("olaf"), {"do": "away", "away_from": "", "away_until": "2026-01-01T00:00"})
    assert (refused.status_code, "Say from when, too." in texts(refused)) == (422, True)
    olaf.post(url("olaf"), {"do": "back"})
    found = choosing(ines, case.pk, at=timezone.now()).chosen
    assert found is not None
    assert found.name == "Olaf Berg"


def test_nobody_else_changes_anybody_and_no_other_team_is_seen() -> None:
    world.team("billing", "nora")
    for who, whom in (("nora", "olaf"), ("olaf", "ines"), ("ines", "nora"), ("ines", "carla")):
        assert visitor(who).get(url(whom)).status_code == 404, (who, whom)
        assert visitor(who).post(url(whom), terms()).status_code == 404
        with pytest.raises(Http404):
            set_away(world.person(whom).pk, AT, None, actor=world.viewer(who), at=AT)
        with pytest.raises(Http404):
            set_terms(world.person(whom).pk, Terms(), actor=world.viewer(who), at=AT)
    assert visitor("olaf").post(url("olaf"), terms()).status_code == 404, "not even of oneself"
    assert "Olaf" not in texts(visitor("nora").get("/desk/teams/"))
    assert not Engineer.objects.exists()


def test_only_somebody_of_the_same_team_stands_in() -> None:
    olaf, carla = world.person("olaf").pk, world.person("carla").pk
    with pytest.raises(CannotChangeTerms, match=r"engineer\.backup-not-in-team"):
        set_terms(olaf, Terms(backup_id=carla), actor=world.viewer("marta"), at=AT)
