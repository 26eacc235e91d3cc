"""Nobody of the service centre or at the desk decides about what benefits themself."""

from __future__ import annotations

from datetime import UTC, datetime
from uuid import uuid4

import pytest
from django.conf import LazySettings

from pactdesk.accounts.models import Account
from pactdesk.accounts.viewer import Viewer
from pactdesk.agreements.models import Agreement, PairMailing
from pactdesk.agreements.rules.corrections import Change
from pactdesk.agreements.rules.issuing import WantedAgreement
from pactdesk.agreements.services import CannotReplacePair, corrections, issuing, mailing
from pactdesk.agreements.services.corrections import CannotCorrect
from pactdesk.agreements.services.issuing import CannotIssue
from pactdesk.agreements.services.looking_after import CannotChangeOwner, change_owner, replace_pair_for
from pactdesk.agreements.services.mailing import CannotMailPair
from pactdesk.cases.models import Case
from pactdesk.cases.services import ending, relations
from pactdesk.cases.services.changing import CannotChange
from pactdesk.imports.models import Import
from pactdesk.imports.rules import Options
from pactdesk.imports.services import CannotImport, confirming
from pactdesk.purchases.queries import centre
from pactdesk.purchases.services import refunds
from pactdesk.purchases.services.returning import CannotRefund
from tests import world
from tests.buying import AT, SANDBOX, buy
from tests.conversations import sent
from tests.imported import table

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)


@pytest.fixture
def marta() -> Viewer:
    world.team("service-centre", "marta", _personal("Milan"))
    return world.viewer("marta")


def _personal(name: str) -> Account:
    """A colleague of Marta's who is in no organization."""
    found = Account.objects.filter(first_name=name).first()
    return found or Account.objects.create_user(
        f"{name.lower()}@fabrikon.example", first_name=name, last_name="Horák", kind="work"
    )


def own(how: str) -> Agreement:
    """An agreement that is Marta's in some way."""
    marta = world.person("marta")
    plan = world.agreement(
        units=7,
        owner="marta" if how == "owner" else "nora",
        registered=["marta"] if how in ("registered", "withdrawn") else [],
        at=NOW,
    )
    agreement = Agreement.objects.get(pk=plan.id)
    if how == "withdrawn":
        agreement.registrations.update(revoked_at=NOW)
    if how == "organization":
        Agreement.objects.filter(pk=plan.id).update(organization=marta.organization_id, owner=None)
    return agreement


@pytest.mark.req("AGR-10")
@pytest.mark.parametrize("how", ["owner", "registered", "withdrawn", "organization"])
def test_what_benefits_oneself_waits_for_a_colleague_and_is_approved_by_one(marta: Viewer, how: str) -> None:
    agreement, milan = own(how), world.viewer(_personal("Milan"))

    def ask(actor: Viewer, units: int = 1) -> corrections.Asked:
        change = Change("adjust", units)
        return corrections.ask(agreement.pk, change, reason="x", key=uuid4(), actor=actor, at=NOW)

    asked = ask(marta)
    assert asked.waits
    assert not ask(milan).waits
    corrections.decide(asked.correction_id, approves=True, words="", actor=milan, at=NOW)
    much = ask(milan, 50)
    with pytest.raises(CannotCorrect) as refused:
        corrections.decide(much.correction_id, approves=True, words="", actor=marta, at=NOW)
    assert refused.value.decision.codes == ("correction.for-oneself",)
    corrections.decide(much.correction_id, approves=False, words="No", actor=marta, at=NOW)
    agreement.refresh_from_db()
    assert agreement.units_left == 9


@pytest.mark.req("AGR-11", "BEN-4")
@pytest.mark.parametrize("how", ["owner", "registered", "withdrawn", "organization"])
def test_the_pair_of_what_benefits_oneself_is_neither_replaced_nor_sent(marta: Viewer, how: str) -> None:
    agreement = own(how)
    with pytest.raises(CannotReplacePair) as replaced:
        replace_pair_for(agreement.pk, access_id=agreement.access_id, reason="x", actor=marta, at=NOW)
    assert replaced.value.decision.codes == ("agreement.for-oneself",)
    with pytest.raises(CannotMailPair) as mailed:
        mailing.send_pair(agreement.pk, marta.account_id, actor=marta, at=NOW)
    assert "agreement.for-oneself" in mailed.value.decision.codes
    assert not PairMailing.objects.exists()


@pytest.mark.req("AGR-11")
def test_nobody_issues_for_themself_nor_becomes_the_owner(marta: Viewer) -> None:
    world.catalogue()
    milan = world.viewer(_personal("Milan"))

    def ask(actor: Viewer) -> issuing.Issued:
        wish = WantedAgreement("gold-partner-support-20", None, marta.account_id, 1, NOW.date())
        return issuing.ask(wish, reason="x", key=uuid4(), actor=actor, at=NOW)

    asked = ask(marta)
    assert asked.agreement_id is None
    assert issuing.decide(asked.issuance_id, approves=True, words="", actor=milan, at=NOW)
    wish = WantedAgreement("gold-partner-support-20", None, marta.account_id, 50, NOW.date())
    much = issuing.ask(wish, reason="x", key=uuid4(), actor=milan, at=NOW)
    with pytest.raises(CannotIssue) as refused:
        issuing.decide(much.issuance_id, approves=True, words="", actor=marta, at=NOW)
    assert refused.value.decision.codes == ("correction.for-oneself",)
    plan = world.agreement(owner="olaf", at=NOW)
    with pytest.raises(CannotChangeOwner) as kept:
        change_owner(plan.id, marta.account_id, reason="x", actor=marta, at=NOW)
    assert kept.value.decision.codes == ("agreement.for-oneself",)
    change_owner(plan.id, marta.account_id, reason="x", actor=milan, at=NOW)


@pytest.mark.req("AGR-10", "AGR-11")
@pytest.mark.parametrize("how", ["owner", "organization"])
def test_what_a_file_brings_for_oneself_is_confirmed_by_a_colleague(marta: Viewer, how: str) -> None:
    world.catalogue()
    person, milan = world.person("marta"), world.viewer(_personal("Milan"))
    world.person("carla")
    assert person.organization is not None
    own = {"organization": "", "owner": person.email}
    if how == "organization":
        own = {"organization": person.organization.name}
    rows = ({"units_granted": "1"}, {"units_granted": "1", **own})

    def bring(actor: Viewer, *rows: dict[str, str]) -> Import:
        content = table(*rows).encode()
        return Import.objects.get(pk=confirming.bring(content, "a.csv", Options(), actor=actor, at=NOW))

    def confirm(brought: Import, actor: Viewer) -> int:
        seen = bytes(brought.plan_digest or b"").hex()
        return confirming.apply(brought.pk, seen=seen, actor=actor, at=NOW)

    by_marta, by_milan = bring(marta, *rows), bring(milan, *rows)
    assert (by_marta.needs_second, by_milan.needs_second) == (True, False)
    assert not bring(marta, rows[0]).needs_second
    for brought in (by_marta, by_milan):
        with pytest.raises(CannotImport) as refused:
            confirm(brought, marta)
        assert refused.value.decision.codes == ("correction.for-oneself",)
    assert not Agreement.objects.exists()
    assert confirm(by_marta, milan) == 2


@pytest.mark.req("PPI-5")
def test_nobody_pays_the_own_purchase_back(marta: Viewer, settings: LazySettings) -> None:
    settings.PAYMENT_PROVIDER = SANDBOX
    purchase = buy()
    world.team("service-centre", "olaf")
    olaf = world.viewer("olaf")
    with pytest.raises(CannotRefund) as refused:
        refunds.refund(purchase.pk, note="x", actor=olaf, at=AT)
    assert refused.value.decision.codes == ("agreement.for-oneself",)
    assert purchase.agreement_id is not None
    for viewer, codes in ((olaf, ("agreement.for-oneself",)), (marta, ())):
        [line] = centre.sold(viewer, centre.Sought(), at=AT).lines
        assert line.refund.codes == centre.bought(viewer, purchase.agreement_id, at=AT).refund.codes == codes
    refunds.refund(purchase.pk, note="x", actor=marta, at=AT)


@pytest.mark.req("AGR-6")
@pytest.mark.parametrize("as_what", ["submitter", "contact"])
def test_whoever_asks_does_not_say_that_the_own_request_does_not_count(as_what: str) -> None:
    plan = world.agreement(units=4, registered=["carla"])
    case, other = sent(plan, share=("ines",) if as_what == "contact" else ()), sent(plan)
    if as_what == "submitter":
        Case.objects.update(submitter=world.person("ines"))
    ines, now = world.viewer("ines"), datetime.now(UTC)

    def close(outcome: str, cause: str) -> int:
        return ending.close(
            case.pk, outcome=outcome, cause=cause, reason="Done.", seen=None, actor=ines, at=now
        )

    for attempt in (
        lambda: close("non-decrement", "goodwill"),
        lambda: relations.merge(case.pk, into=other.pk, seen=None, actor=ines, at=now),
    ):
        with pytest.raises(CannotChange) as refused:
            attempt()
        assert refused.value.decision.codes == ("case.own-not-counted",)
    assert Agreement.objects.get(pk=plan.id).units_left == 2
    assert close("decrement", "") == 0
