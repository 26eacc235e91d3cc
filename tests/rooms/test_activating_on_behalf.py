"""The service centre activates on behalf of an organization what its term brings: alone, or by two (BEN-2, BEN-3)."""

from __future__ import annotations

from datetime import UTC, datetime
from uuid import uuid4

import pytest
from django.db import IntegrityError, transaction
from django.http import Http404

from pactdesk.accounts.models import Competency, Location
from pactdesk.accounts.viewer import Viewer
from pactdesk.agreements.models import Activation, Agreement, Issuance, PairMailing, UnitsAlone
from pactdesk.agreements.queries.activation import brought_to
from pactdesk.agreements.rules.issuing import WantedActivation
from pactdesk.agreements.services import activation, issuing
from pactdesk.agreements.services.issuing import CannotIssue
from pactdesk.journal.models import FactRow
from pactdesk.kernel.decisions import Refused
from tests import world
from tests.rooms.test_activation import AT, DAY, centre, codes, enrolled, letters

pytestmark = pytest.mark.django_db


def ask(
    organization_id: int, programme: str, place: Location | None, actor: Viewer, at: datetime = AT
) -> issuing.Issued:
    wish = WantedActivation(programme, organization_id, place.pk if place else None)
    return issuing.ask_to_activate(wish, reason="Asked by phone", key=uuid4(), actor=actor, at=at)


def second() -> Viewer:
    """Ines, Marta's colleague there."""
    world.team("service-centre", "ines")
    return world.viewer("ines")


@pytest.mark.req("BEN-2")
def test_the_service_centre_has_an_action_pack_activated_on_behalf_of_an_organization() -> None:
    ours, code, marta = enrolled(level="action-pack").organization_id, "action-pack-support-10", centre()
    own, elsewhere = enrolled("marta", level="action-pack").organization_id, world.organization_of("cem")
    for organization_id, programme, at, expected in [
        (ours, "gold-partner-support-20", AT, ["activation.not-this-way"]),
        (ours, "competency-kit-support-5", AT, ["activation.not-this-way"]),
        (ours, code, AT + 400 * DAY, ["activation.not-enrolled"]),
        (elsewhere, code, AT, ["activation.not-enrolled"]),
        (own, code, AT, ["agreement.for-oneself"]),
    ]:
        with pytest.raises(Refused) as refused:
            ask(organization_id, programme, None, marta, at)
        assert codes(refused.value) == expected
    with pytest.raises(Http404):
        ask(ours, code, None, world.administrator("carla"))
    # It is more than one person does alone.
    asked = ask(ours, code, None, marta)
    assert (asked.agreement_id, brought_to(marta, ours, at=AT).waiting) == (None, {(code, None)})
    with pytest.raises(CannotIssue) as refused:
        ask(ours, code, None, marta)
    assert codes(refused.value) == ["activation.waits-already"]
    with pytest.raises(CannotIssue) as refused:
        issuing.decide(asked.issuance_id, approves=True, words="", actor=marta, at=AT)
    assert codes(refused.value) == ["correction.own"]
    ines = second()
    issuing.decide(asked.issuance_id, approves=True, words="", actor=ines, at=AT + DAY)
    agreement, activated = Agreement.objects.get(), FactRow.objects.get(code="agreement.activated")
    assert (agreement.units_left, agreement.owner_id) == (10, world.person("carla").pk)
    assert agreement.starts_at == datetime(2026, 11, 20, 22, tzinfo=UTC)  # the day of it in Athens
    assert (activated.payload["reason"], activated.actor_id) == ("Asked by phone", ines.account_id)
    (letter,) = letters()
    assert (letter.to_address, letter.subject.startswith("Activated: ")) == (
        world.person("carla").email,
        True,
    )
    for attempt in (
        lambda: ask(ours, code, None, marta, AT + 2 * DAY),
        lambda: activation.activate_on_request(code, actor=world.administrator("carla"), at=AT + 2 * DAY),
    ):
        with pytest.raises(activation.CannotActivate) as done:
            attempt()
        assert codes(done.value) == ["activation.done-before"]


@pytest.mark.req("BEN-3")
def test_kits_count_with_what_one_person_does_alone_and_more_waits_for_a_second_one() -> None:
    ours, code, marta = enrolled().organization_id, "competency-kit-support-5", centre()
    own = enrolled("marta").organization_id
    places = [
        Location.objects.create(organization_id=organization_id, name=name, country="GR")
        for organization_id, name in ((ours, "Heraklion"), (ours, "Piraeus"), (own, "Gdynia"))
    ]
    for place in places:
        Competency.objects.create(location=place, name="Cloud platform", earned_on=AT.date())
    assert ask(ours, code, places[0], marta).agreement_id is not None
    for organization_id, place, expected in [
        (ours, places[0], ["activation.done-before"]),
        (own, places[2], ["agreement.for-oneself"]),
    ]:
        with pytest.raises(Refused) as refused:
            ask(organization_id, code, place, marta, AT + 2 * DAY)
        assert codes(refused.value) == expected
    with pytest.raises(Http404):
        ask(ours, code, places[2], marta)
    asked, ines = ask(ours, code, places[1], marta), second()
    assert asked.agreement_id is None
    # It is judged again by how things stand then, and waits on.
    Competency.objects.filter(location=places[1]).delete()
    with pytest.raises(activation.CannotActivate) as lost:
        issuing.decide(asked.issuance_id, approves=True, words="", actor=ines, at=AT)
    assert codes(lost.value) == ["activation.no-competency"]
    Competency.objects.create(location=places[1], name="Security", earned_on=AT.date())
    # The database itself keeps what was asked, and lets it wait once.
    for forged, guard in (
        ({"location": places[0]}, "written once"),
        ({"activates": False, "location": None}, "written once"),
        ({"pk": None, "key": uuid4()}, "issuance_activation_waits_once"),
        ({"pk": None, "key": uuid4(), "activates": False}, "issuance_activates_for_an_organization"),
    ):
        with pytest.raises(IntegrityError, match=guard), transaction.atomic():
            forge(asked.issuance_id, **forged)
    assert Agreement.objects.count() == 1
    issuing.decide(asked.issuance_id, approves=True, words="", actor=ines, at=AT)
    assert sorted(place.name for place in map(place_of, Activation.objects.all())) == ["Heraklion", "Piraeus"]
    # What was approved does not count with what either does alone.
    assert [each.account_id for each in UnitsAlone.objects.all()] == [marta.account_id]


def forge(issuance_id: int, **changes: object) -> None:
    row = Issuance.objects.get(pk=issuance_id)
    for name, value in changes.items():
        setattr(row, name, value)
    row.save()


def place_of(activated: Activation) -> Location:
    assert activated.location is not None
    return activated.location


@pytest.mark.req("BEN-3")
def test_a_kit_is_activated_for_a_location_with_a_competency_and_mailed_to_its_contact() -> None:
    term = enrolled()
    cem = world.person("cem", organization_id=term.organization_id)
    branch = Location.objects.create(
        organization_id=term.organization_id, name="Heraklion", country="GR", primary_contact=cem
    )
    ours, marta, code = term.organization_id, centre(), "competency-kit-support-5"
    with pytest.raises(activation.CannotActivate) as refused:
        ask(ours, code, branch, marta)
    assert codes(refused.value) == ["activation.no-competency"]
    Competency.objects.create(location=branch, name="Cloud platform", earned_on=AT.date())
    wish, key = WantedActivation(code, ours, branch.pk), uuid4()
    kit = issuing.ask_to_activate(wish, reason="x", key=key, actor=marta, at=AT)
    assert issuing.ask_to_activate(wish, reason="x", key=key, actor=marta, at=AT) == kit
    wish = WantedActivation(code, ours)
    with pytest.raises(CannotIssue) as otherwise:
        issuing.ask_to_activate(wish, reason="x", key=key, actor=marta, at=AT)
    assert codes(otherwise.value) == ["correction.key-used-otherwise"]
    assert PairMailing.objects.get(agreement_id=kit.agreement_id).account_id == cem.pk
    (letter,) = letters()
    assert (letter.to_address, "Heraklion" in letter.text) == (cem.email, True)
