"""The service centre issues agreements, replaces their pair and sends it: nobody sees it, and two people do what is
much (AGR-11, BEN-1, BEN-4)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.db import IntegrityError, connection, transaction
from django.http import Http404
from django.test.utils import CaptureQueriesContext

from pactdesk.accounts.models import Account, Enrolment, Location
from pactdesk.accounts.queries.organizations import account_with
from pactdesk.accounts.viewer import Viewer
from pactdesk.agreements.facts import PairMailed
from pactdesk.agreements.models import Agreement, Issuance, PairMailing, Registration
from pactdesk.agreements.queries import centre, plans_for
from pactdesk.agreements.queries import issuing as waiting
from pactdesk.agreements.queries.mailing import pair_of, pair_told_by
from pactdesk.agreements.queries.recipients import recipients
from pactdesk.agreements.rules import Subject
from pactdesk.agreements.rules.corrections import Change
from pactdesk.agreements.rules.issuing import WantedActivation, WantedAgreement
from pactdesk.agreements.services import (
    CannotAddAgreement,
    CannotLimitSeats,
    CannotReplacePair,
    activation,
    add_agreement,
    corrections,
    issuing,
)
from pactdesk.agreements.services.issuing import CannotIssue
from pactdesk.agreements.services.looking_after import replace_pair_for, set_seat_limit_for
from pactdesk.catalog import queries as catalog
from pactdesk.journal.models import FactRow
from pactdesk.notifications.models import OutgoingMail
from pactdesk.notifications.services import outbox, telling_pairs
from tests import database, world
from tests.racing import at_once

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
GOLD = "gold-partner-support-20"


@pytest.fixture
def marta() -> Viewer:
    world.team("service-centre", "marta", second())
    return world.viewer("marta")


def second() -> Account:
    """A colleague of Marta's."""
    found = Account.objects.filter(first_name="Milan").first()
    return found or Account.objects.create_user(
        "milan@fabrikon.example", first_name="Milan", last_name="Horák", kind="work"
    )


def with_contact(who: str = "carla", country: str = "GR") -> int:
    """The organization of `who`, with a headquarters whose contact they are."""
    organization_id = world.organization_of(who)
    Location.objects.update_or_create(
        organization_id=organization_id,
        is_headquarters=True,
        defaults={"name": "Head office", "country": country, "primary_contact": world.person(who)},
    )
    return organization_id


def wish(organization_id: int | None, units: int = 5, **about: Any) -> WantedAgreement:
    return WantedAgreement(
        about.pop("programme", GOLD),
        organization_id,
        about.pop("owner", None),
        units,
        about.pop("starts_on", NOW.date()),
        **about,
    )


def issue(
    wanted: WantedAgreement, actor: Viewer, *, key: UUID | None = None, at: datetime = NOW
) -> issuing.Issued:
    return issuing.ask(wanted, reason="Agreed by phone", key=key or uuid4(), actor=actor, at=at)


def facts(*codes: str) -> list[str]:
    return list(FactRow.objects.filter(code__in=codes).order_by("pk").values_list("code", flat=True))


def letters() -> list[OutgoingMail]:
    """The letters with a pair, written and handed over."""
    for fact_id in FactRow.objects.filter(code=PairMailed.code).order_by("pk").values_list("pk", flat=True):
        for mail_id in telling_pairs.tell(fact_id, at=NOW):
            outbox.hand_over(mail_id, at=NOW)
    return list(OutgoingMail.objects.filter(kind="pair").order_by("pk"))


@pytest.mark.req("AGR-2", "AGR-11", "BEN-1")
def test_one_person_issues_up_to_the_limit_and_the_pair_is_mailed_and_shown_nowhere(marta: Viewer) -> None:
    organization_id, key = with_contact(), uuid4()
    done = issue(wish(organization_id, 5, seat_limit=3), marta, key=key)
    assert issue(wish(organization_id, 5, seat_limit=3), marta, key=key) == done
    for other in (
        wish(organization_id, 4, seat_limit=3),
        wish(organization_id, 5),
        wish(None, 5, seat_limit=3),
    ):
        with pytest.raises(CannotIssue) as refused:
            issue(other, marta, key=key)
        assert refused.value.decision.codes == ("correction.key-used-otherwise",)
    agreement = Agreement.objects.get(pk=done.agreement_id)
    assert (agreement.units_left, agreement.seat_limit, agreement.time_zone) == (5, 3, "Europe/Athens")
    assert agreement.owner == world.person("carla")
    assert [(each.account_id, each.occasion) for each in PairMailing.objects.all()] == [
        (world.person("carla").pk, "issued")
    ]
    assert facts("agreement.issued", "agreement.pair-mailed", "issuance.asked") == [
        "agreement.issued",
        "agreement.pair-mailed",
    ]
    (letter,) = letters()
    pair = pair_of(agreement.pk)
    assert letter.subject == "Your agreement: Gold Partner Support 20-pack"
    for written in (letter.text, letter.html, *map(str, FactRow.objects.values_list("payload", flat=True))):
        assert pair.contract_id not in written.replace(" ", "")
    page = centre.page(marta, agreement.pk, at=NOW)
    assert [(act.code, act.who, act.about, act.reason) for act in page.acts] == [
        ("agreement.pair-mailed", "Marta Nowak", "Carla Papadaki", ""),
        ("agreement.issued", "Marta Nowak", "", "Agreed by phone"),
    ]


@pytest.mark.req("BEN-5")
def test_cloud_support_has_a_pair_of_its_own_that_is_not_taken_for_that_of_products(marta: Viewer) -> None:
    organization_id = with_contact()
    Enrolment.objects.create(
        organization_id=organization_id,
        level="gold",
        renewed_on=NOW.date(),
        ends_on=NOW.date() + timedelta(days=364),
    )
    (activated,) = activation.activate_due(at=NOW)
    issued = issue(wish(organization_id, 5, programme="signature-cloud-support"), marta)
    assert activated.agreement_id is not None
    assert issued.agreement_id is not None
    product, cloud = pair_of(activated.agreement_id), pair_of(issued.agreement_id)
    assert [(each.agreement_id, each.to_address, each.subject) for each in letters()] == [
        (activated.agreement_id, world.person("carla").email, "Activated: Gold Partner Support 20-pack"),
        (issued.agreement_id, world.person("carla").email, "Your agreement: Signature Cloud Support"),
    ]
    carla = world.viewer("carla")
    server, machines = about("windows-server", "2022"), about("azure-virtual-machines", "current")
    for access_id, contract_id, subject, refused in [
        # Neither half opens the agreement of the other.
        (product.access_id, cloud.contract_id, None, "pair.not-recognised"),
        (cloud.access_id, product.contract_id, None, "pair.not-recognised"),
        (*(cloud.access_id, cloud.contract_id), server, "agreement.cloud-only"),
        (*(product.access_id, product.contract_id), machines, "agreement.on-premises-only"),
    ]:
        with pytest.raises(CannotAddAgreement) as stopped:
            add_agreement(access_id, contract_id, subject=subject, address="192.0.2.9", actor=carla, at=NOW)
        assert stopped.value.decision.codes == (refused,)
    for pair, subject, agreement_id in [
        (product, server, activated.agreement_id),
        (cloud, machines, issued.agreement_id),
    ]:
        assert agreement_id == add_agreement(
            *(pair.access_id, pair.contract_id), subject=subject, address="192.0.2.9", actor=carla, at=NOW
        )
        # Each pays for its own, and for nothing of the other.
        plans = plans_for(carla, subject, at=NOW)
        assert [each.agreement_id for each in plans if each.decision.allowed] == [agreement_id]


def about(product: str, version: str) -> Subject:
    """A request about this version of a product."""
    channel = catalog.current().product(product).channel.code
    return Subject(channel, catalog.current().version(product, version))


def test_for_a_person_it_is_the_owner_who_is_mailed(marta: Viewer) -> None:
    world.catalogue()
    olaf = world.person("olaf")
    done = issue(wish(None, 2, owner=olaf.pk), marta)
    assert done.agreement_id is not None
    (letter,) = letters()
    assert (letter.to_address, letter.state) == (olaf.email, "kept")
    assert "for you." in letter.text
    told = (letter.fact_id, done.agreement_id)
    assert pair_told_by(*told, olaf.pk) == pair_of(done.agreement_id)
    assert pair_told_by(*told, world.person("carla").pk) is None
    Agreement.objects.update(owner=None)
    assert pair_told_by(*told, olaf.pk) is None
    assert pair_told_by(*told, None) is None


def test_the_owner_is_found_by_the_index_of_addresses_however_it_is_written(marta: Viewer) -> None:
    olaf = world.person("olaf")
    database.forget_counts()
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
        with CaptureQueriesContext(connection) as read:
            assert account_with(marta, olaf.email.upper()) == olaf.pk
        cursor.execute(f"EXPLAIN {read.captured_queries[0]['sql']}")
        assert "account_email_once" in str(cursor.fetchall())
    assert account_with(marta, "olaf") is None
    world.person("olaf", is_active=False)
    assert account_with(marta, olaf.email) is None


@pytest.mark.req("AGR-10")
def test_above_the_limit_somebody_else_says_yes_and_only_then_it_is_issued(marta: Viewer) -> None:
    organization_id, milan = with_contact(), world.viewer(second())
    asked = issue(wish(organization_id, 20), marta)
    assert asked.agreement_id is None
    assert not Agreement.objects.exists()
    with pytest.raises(CannotIssue) as refused:
        issuing.decide(asked.issuance_id, approves=True, words="", actor=marta, at=NOW)
    assert refused.value.decision.codes == ("correction.own",)
    Location.objects.update(primary_contact=None)
    with pytest.raises(CannotIssue) as refused:
        issuing.decide(asked.issuance_id, approves=True, words="", actor=milan, at=NOW)
    assert refused.value.decision.codes == ("issuance.nobody-to-mail",)
    assert [each.id for each in waiting.waiting(marta)] == [asked.issuance_id]
    with_contact()
    agreement_id = issuing.decide(asked.issuance_id, approves=True, words="Fine", actor=milan, at=NOW)
    assert Agreement.objects.get(pk=agreement_id).units_left == 20
    with pytest.raises(CannotIssue) as refused:
        issuing.decide(asked.issuance_id, approves=True, words="", actor=milan, at=NOW)
    assert refused.value.decision.codes == ("correction.decided-already",)
    for actor, outcome in ((milan, "refused"), (marta, "withdrawn")):
        other = issue(wish(organization_id, 20), marta)
        assert issuing.decide(other.issuance_id, approves=False, words="No", actor=actor, at=NOW) is None
        assert Issuance.objects.get(pk=other.issuance_id).outcome == outcome
    assert Agreement.objects.count() == 1
    assert [(each.outcome, each.decider) for each in waiting.decided(marta)] == [
        ("withdrawn", "Marta Nowak"),
        ("refused", "Milan Horák"),
        ("done", "Milan Horák"),
    ]


def test_what_one_person_issues_and_corrects_alone_within_a_day_counts_together(marta: Viewer) -> None:
    organization_id = with_contact()
    first = issue(wish(organization_id, 3), marta)
    assert first.agreement_id is not None

    def correct(units: int, at: datetime = NOW) -> bool:
        change = Change("adjust", units)
        key, agreement_id = uuid4(), first.agreement_id or 0
        return corrections.ask(agreement_id, change, reason="x", key=key, actor=marta, at=at).waits

    assert not correct(-2)
    assert correct(1)
    assert issue(wish(organization_id, 1), marta).agreement_id is None
    assert not correct(1, at=NOW + timedelta(days=1, seconds=1))


@pytest.mark.req("AGR-11")
def test_a_pair_is_replaced_with_a_reason_mailed_and_the_old_one_stops_at_once(marta: Viewer) -> None:
    with_contact()
    plan = world.agreement(owner="carla", registered=["carla", "cem"], at=NOW)

    def replace(access_id: str) -> bool:
        done = replace_pair_for(plan.id, access_id=access_id, reason="Leaked", actor=marta, at=NOW)
        return done.allowed

    assert replace(plan.access_id)
    with pytest.raises(CannotReplacePair) as refused:
        replace(plan.access_id)
    assert refused.value.decision.codes == ("agreement.pair-replaced-already",)
    new = pair_of(plan.id)
    assert new.access_id != plan.access_id
    olaf, about = world.viewer("olaf"), {"subject": None, "address": "192.0.2.9", "at": NOW}
    with pytest.raises(CannotAddAgreement):
        add_agreement(plan.access_id, plan.contract_id, actor=olaf, **about)  # type: ignore[arg-type]
    assert add_agreement(new.access_id, new.contract_id, actor=olaf, **about) == plan.id  # type: ignore[arg-type]
    assert Registration.objects.filter(agreement_id=plan.id, revoked_at=None).count() == 3
    (letter,) = letters()
    assert (letter.subject, letter.to_address) == (
        "New IDs of Gold Partner Support 20-pack",
        world.person("carla").email,
    )
    assert "not recognised any more" in letter.text
    corrections.suspend(plan.id, reason="x", actor=marta, at=NOW)
    assert not replace(new.access_id)
    corrections.resume(plan.id, reason="x", actor=marta, at=NOW)
    Location.objects.update(primary_contact=None)
    with pytest.raises(CannotReplacePair) as refused:
        replace(pair_of(plan.id).access_id)
    assert refused.value.decision.codes == ("agreement.nobody-to-mail",)
    assert PairMailing.objects.count() == 1


@pytest.mark.req("AGR-11")
def test_a_limit_of_seats_is_changed_with_a_reason(marta: Viewer) -> None:
    plan = world.agreement(owner="carla", registered=["carla", "cem"], at=NOW)
    set_seat_limit_for(plan.id, 2, reason="Asked by phone", actor=marta, at=NOW)
    with pytest.raises(CannotLimitSeats):
        set_seat_limit_for(plan.id, 1, reason="x", actor=marta, at=NOW)
    assert Agreement.objects.get(pk=plan.id).seat_limit == 2
    fact = FactRow.objects.get(code="agreement.seat-limit-changed")
    assert (fact.payload["before"], fact.payload["after"], fact.payload["reason"]) == (
        None,
        2,
        "Asked by phone",
    )


@pytest.mark.req("BEN-4")
def test_it_is_told_who_may_be_sent_the_pair_and_why_others_may_not(marta: Viewer) -> None:
    organization_id = with_contact(country="GR")
    head = Location.objects.get(organization_id=organization_id, is_headquarters=True)
    cyprus = Location.objects.create(organization_id=organization_id, name="Nicosia", country="CY")
    for name, place in (("Anna", head), ("Berta", cyprus), ("Chris", None)):
        Account.objects.create_user(
            f"{name.lower()}@olive.example",
            first_name=name,
            last_name="Zeta",
            kind="work",
            organization_id=organization_id,
            location=place,
        )
    plan = world.agreement(owner="carla", at=NOW)

    def told(**about: Any) -> list[tuple[str, tuple[str, ...]]]:
        found = recipients(marta, plan.id, **about)
        return [(each.name.split()[0], each.decision.codes) for each in found.people]

    assert told() == [
        ("Carla", ()),
        ("Anna", ()),
        ("Berta", ("pair-mail.other-country",)),
        ("Chris", ("pair-mail.location-unknown",)),
    ]
    assert told(words="chris ze") == [("Carla", ()), ("Chris", ("pair-mail.location-unknown",))]
    head.country = "JP"
    head.save()
    assert told()[1] == ("Anna", ("pair-mail.primary-contact-only",))


@pytest.mark.parametrize("who", ["ines", "nora", "olaf", "carla"])
def test_nobody_else_sees_or_does_any_of_it(marta: Viewer, who: str) -> None:
    world.team("support", "ines")
    organization_id, viewer = with_contact(), world.viewer(who)
    asked = issue(wish(organization_id, 20), marta)
    plan = world.agreement(owner="carla", at=NOW)
    attempts: tuple[Callable[[], object], ...] = (
        lambda: issue(wish(organization_id, 1), viewer),
        lambda: issuing.decide(asked.issuance_id, approves=True, words="", actor=viewer, at=NOW),
        lambda: replace_pair_for(plan.id, access_id=plan.access_id, reason="x", actor=viewer, at=NOW),
        lambda: set_seat_limit_for(plan.id, 1, reason="x", actor=viewer, at=NOW),
        lambda: recipients(viewer, plan.id),
        lambda: waiting.waiting(viewer),
        lambda: waiting.decided(viewer),
        lambda: waiting.asked(viewer, asked.issuance_id),
    )
    for attempt in attempts:
        with pytest.raises(Http404):
            attempt()


def test_the_database_itself_keeps_who_asked_and_what_was_decided(marta: Viewer) -> None:
    asked = issue(wish(with_contact(), 20), marta)
    rows = Issuance.objects.filter(pk=asked.issuance_id)
    plan = world.agreement(at=NOW)
    done = {"outcome": "done", "decided_at": NOW, "agreement_id": plan.id}
    for forged, guard in (
        ({**done, "decided_by": marta.account_id}, "issuance_by_two_people"),
        ({"outcome": "done", "decided_at": NOW, "decided_by": second()}, "issuance_done_with_an_agreement"),
        ({"outcome": "refused"}, "issuance_decided_or_open"),
        ({"asked_by": second()}, "written once"),
        ({"units": 2000}, "written once"),
        ({"needs_second": False}, "written once"),
    ):
        with pytest.raises(IntegrityError, match=guard), transaction.atomic():
            rows.update(**forged)
    issuing.decide(asked.issuance_id, approves=False, words="", actor=marta, at=NOW)
    with pytest.raises(IntegrityError, match="written once"), transaction.atomic():
        rows.update(outcome="", decided_by=None, decided_at=None)


@pytest.mark.django_db(transaction=True)
def test_of_many_at_once_one_is_issued_approved_and_replaced() -> None:
    world.team("service-centre", "marta", second())
    marta, milan, organization_id = world.viewer("marta"), world.viewer(second()), with_contact()
    world.catalogue()

    key = uuid4()
    same = at_once([lambda: issue(wish(organization_id, 4), marta, key=key)] * 6)
    assert len({each.agreement_id for each in same}) == 1
    assert Agreement.objects.count() == 1

    different = at_once([lambda: issue(wish(organization_id, 1), marta)] * 6)
    assert sum(each.agreement_id is not None for each in different) == 1

    asked = issue(wish(organization_id, 20), marta)
    answers = at_once(
        [lambda: issuing.decide(asked.issuance_id, approves=True, words="", actor=milan, at=NOW)] * 6
    )
    assert sum(isinstance(each, CannotIssue) for each in answers) == 5
    assert Agreement.objects.count() == 3

    Enrolment.objects.create(
        organization_id=organization_id,
        level="action-pack",
        renewed_on=NOW.date(),
        ends_on=NOW.date() + timedelta(days=364),
    )
    pack = WantedActivation("action-pack-support-10", organization_id)
    answers = at_once(
        [
            lambda actor=actor: issuing.ask_to_activate(pack, reason="x", key=uuid4(), actor=actor, at=NOW)
            for actor in (marta, milan) * 3
        ]
    )
    assert sum(isinstance(each, CannotIssue) for each in answers) == 5

    agreement = Agreement.objects.latest("pk")
    before = agreement.access_id
    answers = at_once(
        [lambda: replace_pair_for(agreement.pk, access_id=before, reason="x", actor=marta, at=NOW)] * 6
    )
    assert sum(isinstance(each, CannotReplacePair) for each in answers) == 5
    assert PairMailing.objects.filter(occasion="replaced").count() == 1
