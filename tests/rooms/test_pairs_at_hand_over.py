"""A letter with a pair leaves the house for whoever may have that pair at this moment, and for nobody else (BEN-4)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from django.conf import LazySettings

from pactdesk.accounts.models import Enrolment, Location, Organization
from pactdesk.accounts.viewer import Viewer
from pactdesk.agreements.facts import PairMailed
from pactdesk.agreements.models import Activation, Agreement, PairMailing, Registration
from pactdesk.agreements.queries.mailing import pair_of
from pactdesk.agreements.queries.recipients import recipients
from pactdesk.agreements.queries.waiting_pairs import waiting
from pactdesk.agreements.rules import grouped
from pactdesk.agreements.services import mailing, replace_pair, revoke_registration
from pactdesk.agreements.services.looking_after import replace_pair_for
from pactdesk.journal.models import FactRow
from pactdesk.notifications.models import OutgoingMail
from pactdesk.notifications.queries.outbox import kept_mails
from pactdesk.notifications.services import outbox, telling_pairs
from tests import world

pytestmark = [pytest.mark.django_db, pytest.mark.req("BEN-4")]
AT = datetime(2026, 11, 20, 12, tzinfo=UTC)


class House:
    """Carla owns an agreement of her organization and is its contact. Cem works in the country of the benefits, whose
    region lets any contact have the pair, and so does Nora by now. Marta is at the service centre."""

    def __init__(self) -> None:
        carla = world.person("carla")
        self.head = Location.objects.create(
            organization_id=carla.organization_id, name="Head office", country="GR", is_headquarters=True
        )
        self.abroad = Location.objects.create(
            organization_id=carla.organization_id, name="Wien", country="AT"
        )
        self.name_contact("carla")
        for name in ("cem", "nora"):
            world.person(name, organization_id=carla.organization_id, location=self.head)
        self.plan = world.agreement(owner="carla", registered=["cem"], at=AT)
        world.team("service-centre", "marta")
        self.marta: Viewer = world.viewer("marta")

    def name_contact(self, who: str) -> None:
        Organization.objects.filter(pk=world.organization_of("carla")).update(
            primary_contact=world.person(who)
        )

    def only_contacts(self) -> None:
        """The benefits are in a region whose policy is the primary programme contact only."""
        Location.objects.update(country="VN")

    def owed(self, who: str) -> int:
        """The letter with the pair that the service centre sends to this person now."""
        mailing.send_pair(self.plan.id, world.person(who).pk, actor=self.marta, at=AT)
        return newest()

    def seat(self) -> int:
        return Registration.objects.get(agreement=self.plan.id, account=world.person("cem")).pk

    def cut_off(self) -> None:
        revoke_registration(self.plan.id, self.seat(), actor=world.viewer("carla"), at=AT)

    def replace(self) -> None:
        """Its owner replaces the pair, and is shown the new one."""
        access_id = Agreement.objects.get(pk=self.plan.id).access_id
        replace_pair(self.plan.id, access_id=access_id, actor=world.viewer("carla"), at=AT)

    def is_shown(self, who: str) -> bool:
        """Whether a letter of this person's in the demonstration shows the pair that is recognised now."""
        mails = kept_mails(world.person(who).pk, to=world.person(who).email)
        return any(grouped(pair_of(self.plan.id).contract_id) in mail.text for mail in mails)


@pytest.fixture
def house(settings: LazySettings) -> House:
    settings.DEMO = True
    return House()


def newest() -> int:
    """The letter about the pair that was mailed last."""
    fact = FactRow.objects.filter(code=PairMailed.code).latest("pk")
    (mail_id,) = telling_pairs.tell(fact.pk, at=AT)
    return mail_id


def handed_over(mail_id: int) -> str:
    outbox.hand_over(mail_id, at=AT)
    return OutgoingMail.objects.get(pk=mail_id).state


def no_contact_any_more(house: House) -> None:
    house.only_contacts()
    house.name_contact("nora")


def moved_abroad(house: House) -> None:
    world.person("cem", location=house.abroad)


def gone_elsewhere(_house: House) -> None:
    world.person("cem", organization_id=None, location=None)


def cut_off(house: House) -> None:
    house.cut_off()


def another_pair(house: House) -> None:
    house.replace()


@pytest.mark.parametrize(
    ("is_contact", "since"),
    [
        (True, no_contact_any_more),
        (False, lambda house: house.only_contacts()),
        (False, moved_abroad),
        (False, gone_elsewhere),
        (False, cut_off),
        (True, cut_off),
        (False, another_pair),
        (True, another_pair),
    ],
)
def test_who_may_not_have_the_pair_any_more_gets_no_old_letter_with_it(
    house: House, is_contact: bool, since: Callable[[House], None]
) -> None:
    if is_contact:
        house.name_contact("cem")
    read, owed = house.owed("cem"), house.owed("cem")
    assert (handed_over(read), house.is_shown("cem")) == ("kept", True)
    since(house)
    assert handed_over(owed) == "withheld"
    assert OutgoingMail.objects.get(pk=owed).text == ""
    assert not house.is_shown("cem")
    # Nor is one shown after the pair was replaced to shut its reader out.
    house.replace()
    assert not house.is_shown("cem")


@pytest.mark.req("AGR-11")
def test_the_letter_about_the_new_pair_is_handed_over_and_those_about_the_one_before_are_not(
    house: House,
) -> None:
    before = house.owed("carla")
    assert replace_pair_for(
        house.plan.id, access_id=house.plan.access_id, reason="Leaked", actor=house.marta, at=AT
    ).allowed
    assert (handed_over(before), handed_over(newest())) == ("withheld", "kept")
    assert house.is_shown("carla")
    assert handed_over(house.owed("carla")) == "kept"


@pytest.mark.req("AGR-11")
def test_the_service_centre_sends_no_pair_to_whom_it_was_withdrawn_from(house: House) -> None:
    assert all(each.decision.allowed for each in recipients(house.marta, house.plan.id).people)
    house.cut_off()
    (refused,) = [each for each in recipients(house.marta, house.plan.id).people if not each.decision.allowed]
    assert (refused.account_id, refused.decision.codes) == (world.person("cem").pk, ("pair-mail.withdrawn",))
    with pytest.raises(mailing.CannotMailPair) as stopped:
        house.owed("cem")
    assert stopped.value.decision.codes == ("pair-mail.withdrawn",)


@pytest.mark.req("AGR-11")
def test_a_contact_from_whom_it_was_withdrawn_is_mailed_no_new_pair_and_that_is_said(house: House) -> None:
    house.name_contact("cem")
    house.cut_off()
    why = replace_pair_for(
        house.plan.id, access_id=house.plan.access_id, reason="Leaked", actor=house.marta, at=AT
    )
    assert why.codes == ("pair-mail.withdrawn",)
    assert Agreement.objects.get().access_id != house.plan.access_id
    # Nor the first one, which waits for somebody who may have it.
    term = Enrolment.objects.create(
        organization_id=world.organization_of("carla"),
        level="gold",
        renewed_on=AT.date(),
        ends_on=AT.date() + timedelta(days=364),
    )
    Activation.objects.create(
        agreement_id=house.plan.id,
        enrolment=term,
        programme_id=Agreement.objects.get().programme_id,
        activated_at=AT,
    )
    assert mailing.mail_waiting(at=AT) == 0
    with pytest.raises(mailing.CannotMailPair) as stopped:
        mailing.mail_waiting_one(house.plan.id, actor=house.marta, at=AT)
    assert stopped.value.decision.codes == ("pair-mail.withdrawn",)
    ((contact, cut_off),) = [(each.contact, each.cut_off) for each in waiting()]
    assert (contact, cut_off) == ("", "Cem Kowalski")
    assert not mailing.mail_activated(house.plan.id, at=AT)
    assert not PairMailing.objects.exists()
    house.name_contact("carla")
    assert mailing.mail_waiting_one(house.plan.id, actor=house.marta, at=AT)


@pytest.mark.req("AGR-11")
@pytest.mark.parametrize("asks", ["cem", "nora"])
def test_a_contact_from_whom_it_was_withdrawn_is_not_sent_the_pair_whoever_asks(
    house: House, asks: str
) -> None:
    house.name_contact("cem")
    other = world.agreement(owner="carla", registered=["cem"], at=AT)
    house.cut_off()
    mailing.mail_contacts(actor=world.viewer(asks), at=AT)
    assert list(PairMailing.objects.values_list("agreement", "account__first_name")) == [(other.id, "Cem")]
