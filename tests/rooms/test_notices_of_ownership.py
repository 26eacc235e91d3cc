"""The owner of an agreement is told of what the service centre does in the owner's place (AGR-4, AGR-11)."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from pactdesk.accounts.viewer import Viewer
from pactdesk.agreements.models import Agreement
from pactdesk.agreements.queries.mailing import pair_of
from pactdesk.agreements.rules import grouped
from pactdesk.agreements.services import replace_pair
from pactdesk.agreements.services.looking_after import change_owner, replace_pair_for
from pactdesk.journal.models import FactRow
from pactdesk.kernel.worded import LANGUAGES
from pactdesk.notifications.models import OutgoingMail
from pactdesk.notifications.queries.log import mail_log
from pactdesk.notifications.rules.ownership import CHANGED, OWNER_BEFORE, OWNER_NOW, PAIR_REPLACED, REPLACED
from pactdesk.notifications.services import outbox, telling_ownership
from tests import world

pytestmark = [pytest.mark.django_db, pytest.mark.req("AGR-4", "AGR-11")]
AT = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)


@pytest.fixture
def marta() -> Viewer:
    world.team("service-centre", "marta")
    return world.viewer("marta")


def told(code: str) -> dict[str, OutgoingMail]:
    """What the newest fact owes, told twice and handed over, by kind."""
    fact_id = FactRow.objects.filter(code=code).latest("pk").pk
    ids = telling_ownership.tell(fact_id, at=AT)
    assert telling_ownership.tell(fact_id, at=AT) == [], "each notice has one key"
    for mail_id in ids:
        outbox.hand_over(mail_id, at=AT)
    return {mail.kind: mail for mail in OutgoingMail.objects.filter(pk__in=ids)}


def access_id(agreement_id: int) -> str:
    return Agreement.objects.get(pk=agreement_id).access_id


def everything(mail: OutgoingMail) -> str:
    return f"{mail.subject}\n{mail.text}\n{mail.html}"


def test_the_owner_is_told_that_the_pair_was_replaced_when_and_what_to_do_and_no_id_of_the_new_one(
    marta: Viewer,
) -> None:
    gold = world.agreement(owner="carla", registered=["cem"], at=AT)
    Agreement.objects.filter(pk=gold.id).update(organization=None)
    old = ""

    def replace() -> OutgoingMail:
        nonlocal old
        old = access_id(gold.id)
        replace_pair_for(gold.id, access_id=access_id(gold.id), reason="Leaked by Cem", actor=marta, at=AT)
        return told(REPLACED)[PAIR_REPLACED]

    mail = replace()
    assert (mail.to_address, mail.state) == (world.person("carla").email, "kept")
    for expected in (
        f"the service centre has replaced the pair of IDs of your agreement {gold.access_id}",
        "to nobody but whom the benefits are addressed to",
        "14:00 (Athens)",
        "not recognised any more",
        "write to the service centre at once",
        f"/benefits/{gold.id}/",
    ):
        assert expected in mail.text
    new = pair_of(gold.id).contract_id
    for kept in (new, grouped(new), gold.contract_id, access_id(gold.id), "[[", "Leaked", "Marta"):
        assert kept not in everything(mail)
    assert [line.kind for line in mail_log(marta, words="", state="", older_than=None).lines] == [
        PAIR_REPLACED
    ]
    subjects = set()
    for language in LANGUAGES:
        world.person("carla", language=language)
        subjects.add(replace().subject.replace(old, ""))
    assert len(subjects) == len(LANGUAGES)

    replace_pair(gold.id, access_id=access_id(gold.id), actor=world.viewer("carla"), at=AT)
    assert told(REPLACED) == {}, "whoever did it is not told"


def test_both_owners_are_told_of_a_change_each_in_their_language(marta: Viewer) -> None:
    gold = world.agreement(owner="olaf", at=AT)
    world.person("olaf", language="cs")
    world.person("nora", language="en", time_zone="Europe/Prague")
    Agreement.objects.filter(pk=gold.id).update(organization=None)

    def change(owner: str) -> dict[str, OutgoingMail]:
        change_owner(gold.id, world.person(owner).pk, reason="Has left", actor=marta, at=AT)
        return told(CHANGED)

    letters = change("nora")
    before, now = letters[OWNER_BEFORE], letters[OWNER_NOW]
    assert (before.to_address, before.language) == (world.person("olaf").email, "cs")
    assert (now.to_address, now.language) == (world.person("nora").email, "en")
    for expected in (
        "made you the owner",
        "13:00 (Prague)",
        "write to the service centre",
        f"/benefits/{gold.id}/",
    ):
        assert expected in now.text
    assert f"/benefits/{gold.id}/" not in before.text
    assert gold.access_id in now.text
    assert gold.access_id not in everything(before), "a former owner is told no Access ID"
    for mail in letters.values():
        for kept in (gold.contract_id, grouped(gold.contract_id), "Has left", "Marta"):
            assert kept not in everything(mail)

    # A former owner, whose letter waits, is not told the Access ID of a pair that was drawn meanwhile.
    change_owner(gold.id, world.person("carla").pk, reason="x", actor=marta, at=AT)
    replace_pair(gold.id, access_id=gold.access_id, actor=world.viewer("carla"), at=AT)
    late = told(CHANGED)
    assert access_id(gold.id) in late[OWNER_NOW].text
    assert access_id(gold.id) not in everything(late[OWNER_BEFORE])
    assert "Gold Partner Support" in late[OWNER_BEFORE].text


def test_no_letter_tells_the_access_id_of_a_new_pair_to_somebody_who_does_not_own_the_agreement_any_more(
    marta: Viewer,
) -> None:
    gold = world.agreement(owner="carla", at=AT)
    Agreement.objects.filter(pk=gold.id).update(organization=None)
    replace_pair_for(gold.id, access_id=gold.access_id, reason="Leaked by Carla", actor=marta, at=AT)
    fact_id = FactRow.objects.filter(code=REPLACED).latest("pk").pk
    [waiting] = telling_ownership.tell(fact_id, at=AT)  # owed before, handed over after the owner was changed
    change_owner(gold.id, world.person("nora").pk, reason="x", actor=marta, at=AT)
    changed = told(CHANGED)
    outbox.hand_over(waiting, at=AT)
    replaced = OutgoingMail.objects.get(pk=waiting)
    assert (replaced.state, replaced.text) == ("withheld", "")
    for mail in (changed[OWNER_BEFORE], replaced):
        assert access_id(gold.id) not in everything(mail)
    assert access_id(gold.id) in changed[OWNER_NOW].text

    # Who owned it for a moment only is not told that it is theirs, nor what it is called.
    change_owner(gold.id, world.person("olaf").pk, reason="x", actor=marta, at=AT)
    fact_id = FactRow.objects.filter(code=CHANGED).latest("pk").pk
    ids = telling_ownership.tell(fact_id, at=AT)
    change_owner(gold.id, world.person("nora").pk, reason="x", actor=marta, at=AT)
    for mail_id in ids:
        outbox.hand_over(mail_id, at=AT)
    states = {mail.kind: mail.state for mail in OutgoingMail.objects.filter(pk__in=ids)}
    assert states == {OWNER_BEFORE: "kept", OWNER_NOW: "withheld"}


def test_who_is_told_where_an_agreement_has_no_owner(marta: Viewer) -> None:
    gold = world.agreement(owner="carla", at=AT)
    carla = world.person("carla")
    for owner, kinds in ((None, {OWNER_BEFORE}), (carla.pk, {OWNER_NOW})):
        change_owner(gold.id, owner, reason="x", actor=marta, at=AT)
        assert set(told(CHANGED)) == kinds
    carla.is_active = False
    carla.save()
    change_owner(gold.id, None, reason="x", actor=marta, at=AT)
    assert told(CHANGED) == {}, "nobody writes to an account that was switched off"
