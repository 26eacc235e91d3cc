"""Whoever could approve is told of what waits, and whoever asked of what was decided; both can be switched off."""

from __future__ import annotations

from datetime import UTC, date, datetime
from uuid import uuid4

import pytest

from pactdesk.accounts.models import Competency, Enrolment, Location, TeamMember
from pactdesk.accounts.viewer import Viewer
from pactdesk.agreements.rules.corrections import Change
from pactdesk.agreements.rules.issuing import WantedActivation, WantedAgreement
from pactdesk.agreements.services import corrections, issuing
from pactdesk.agreements.services.alone import count_as_alone
from pactdesk.journal.models import FactRow
from pactdesk.notifications.models import OutgoingMail
from pactdesk.notifications.queries.choices import choices
from pactdesk.notifications.rules.approvals import FACT_CODES, KINDS, readers_of
from pactdesk.notifications.services import choices as choosing
from pactdesk.notifications.services import outbox, telling_approvals
from tests import world

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
GOLD = "gold-partner-support-20"


@pytest.fixture
def centre() -> tuple[Viewer, Viewer]:
    """Marta asks, Ines decides; Cem manages the service centre."""
    team = world.team("service-centre", "marta", "ines")
    team.manager = world.person("cem")
    team.save()
    return world.viewer("marta"), world.viewer("ines")


def letters() -> list[tuple[str, str, str]]:
    """What is owed about every such fact, handed over: to whom, about what, and whether it left."""
    OutgoingMail.objects.all().delete()
    facts = FactRow.objects.filter(code__in=FACT_CODES).order_by("pk")
    for fact_id in facts.values_list("pk", flat=True):
        for mail_id in telling_approvals.tell(fact_id, at=NOW):
            outbox.hand_over(mail_id, at=NOW)
    found = OutgoingMail.objects.filter(kind__in=KINDS).order_by("pk")
    return sorted((mail.to_address.partition("@")[0], mail.subject, mail.state) for mail in found)


@pytest.mark.parametrize(
    ("needs_second", "outcome", "decided_by", "told"),
    [
        (True, "", None, {2, 3}),
        (True, "done", 2, {1}),
        (True, "refused", 2, {1}),
        (True, "withdrawn", 1, set()),
        (False, "done", 1, set()),
    ],
)
def test_who_is_told(needs_second: bool, outcome: str, decided_by: int | None, told: set[int]) -> None:
    about = {"asked_by": 1, "needs_second": needs_second, "outcome": outcome, "decided_by": decided_by}
    assert readers_of(**about, centre=(1, 2, 3)) == told  # type: ignore[arg-type]
    # Whoever has left the service centre is told nothing any more.
    assert readers_of(**about, centre=()) == set()  # type: ignore[arg-type]


def test_a_correction_is_told_when_it_waits_and_when_it_is_decided(centre: tuple[Viewer, Viewer]) -> None:
    marta, ines = centre
    plan = world.agreement(owner="nora", at=NOW)

    def ask(units: int) -> int:
        change = Change("adjust", units)
        return corrections.ask(
            plan.id, change, reason="Counted twice", key=uuid4(), actor=marta, at=NOW
        ).correction_id

    ask(-1)
    assert letters() == []
    waiting = ask(-8)
    subject = "To be approved: Adjust the balance"
    assert letters() == [("cem", subject, "kept"), ("ines", subject, "kept")]
    letter = OutgoingMail.objects.filter(to_address__startswith="ines").get()
    for told in ("Marta Nowak asks", "−8 incidents", "Counted twice", f"/desk/approvals/{waiting}/"):
        assert told in letter.text, told
    choosing.switch_off("approvals", actor=ines)
    assert [to for to, _subject, _state in letters()] == ["cem"]
    corrections.decide(waiting, approves=True, words="Fine with me", actor=ines, at=NOW)
    assert letters() == [("marta", "Approved: Adjust the balance", "kept")]
    assert "Fine with me" in OutgoingMail.objects.get().text


def test_an_issuance_likewise_and_who_took_it_back_is_not_written_to(centre: tuple[Viewer, Viewer]) -> None:
    marta, ines = centre
    organization_id = world.organization_of("carla")
    Location.objects.create(
        organization_id=organization_id,
        is_headquarters=True,
        name="Athens",
        country="GR",
        primary_contact=world.person("carla"),
    )
    world.catalogue()

    def ask() -> int:
        wanted = WantedAgreement(GOLD, organization_id, None, 20, NOW.date())
        return issuing.ask(wanted, reason="Offer 4711", key=uuid4(), actor=marta, at=NOW).issuance_id

    waiting = ask()
    assert [to for to, _subject, _state in letters()] == ["cem", "ines"]
    letter = OutgoingMail.objects.filter(to_address__startswith="ines").get()
    for told in ("Olive Grove Foods", "20 incidents", f"/desk/approvals/issues/{waiting}/"):
        assert told in letter.text, told
    issuing.decide(waiting, approves=False, words="Not agreed", actor=ines, at=NOW)
    assert letters() == [("marta", "Refused: Issue an agreement", "kept")]
    issuing.decide(ask(), approves=False, words="", actor=marta, at=NOW)
    assert len(letters()) == 1


def test_an_activation_likewise_with_the_place_for_which_it_is(centre: tuple[Viewer, Viewer]) -> None:
    marta, ines = centre
    organization_id = world.organization_of("carla")
    place = Location.objects.create(organization_id=organization_id, name="Piraeus", country="GR")
    Competency.objects.create(location=place, name="Cloud", earned_on=NOW.date())
    Enrolment.objects.create(
        organization_id=organization_id, level="gold", renewed_on=NOW.date(), ends_on=date(2027, 11, 19)
    )
    count_as_alone(marta.account_id, 5, at=NOW)
    kit = WantedActivation("competency-kit-support-5", organization_id, place.pk)
    asked = issuing.ask_to_activate(kit, reason="Earned", key=uuid4(), actor=marta, at=NOW)
    subject = "To be approved: Activate benefits"
    assert letters() == [("cem", subject, "kept"), ("ines", subject, "kept")]
    letter = OutgoingMail.objects.filter(to_address__startswith="ines").get()
    for told in (
        "Olive Grove Foods · Piraeus",
        "5 incidents",
        f"/desk/approvals/issues/{asked.issuance_id}/",
    ):
        assert told in letter.text, told
    issuing.decide(asked.issuance_id, approves=True, words="", actor=ines, at=NOW)
    assert letters() == [("marta", "Approved: Activate benefits", "kept")]


@pytest.mark.req("AGR-10")
def test_whoever_has_left_the_service_centre_meanwhile_gets_nothing(centre: tuple[Viewer, Viewer]) -> None:
    marta, _ines = centre
    plan = world.agreement(owner="nora", at=NOW)
    corrections.ask(plan.id, Change("add", 50), reason="x", key=uuid4(), actor=marta, at=NOW)
    mails = [
        mail_id
        for fact_id in FactRow.objects.filter(code__in=FACT_CODES).values_list("pk", flat=True)
        for mail_id in telling_approvals.tell(fact_id, at=NOW)
    ]
    TeamMember.objects.filter(account=world.person("ines")).delete()
    for mail_id in mails:
        outbox.hand_over(mail_id, at=NOW)
    told = dict(OutgoingMail.objects.values_list("to_address", "state"))
    assert told[world.person("ines").email] == "withheld"
    assert told[world.person("cem").email] == "kept"


def test_only_the_service_centre_is_asked_to_choose(centre: tuple[Viewer, Viewer]) -> None:
    world.team("support", "rafael")
    assert {"approvals", "decisions"} <= set(choices(centre[0]))
    for who in ("rafael", "carla"):
        assert not {"approvals", "decisions"} & set(choices(world.viewer(who)))
