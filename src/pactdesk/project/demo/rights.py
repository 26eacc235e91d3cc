"""Who of the demo world may act for whom: subscriptions, what was granted, passed on and ends soon, a support group."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta

from django.conf import settings

from pactdesk.accounts.access import viewer_of
from pactdesk.accounts.models import Account
from pactdesk.accounts.viewer import Viewer
from pactdesk.delegation.rules import Terms, Wish
from pactdesk.delegation.services import asking, groups, subscriptions
from pactdesk.delegation.services.subscriptions import Holder
from pactdesk.journal.models import FactRow
from pactdesk.notifications import tasks
from pactdesk.notifications.rules.rights import FACT_CODES
from pactdesk.notifications.services import outbox, telling_rights

_PROVIDER = Wish(
    frozenset({"submit", "read", "manage-contacts", "spend"}), 3, 365, "provider", "As agreed on the phone."
)
_RESELLER = Wish(frozenset({"submit", "read"}), 0, 100, "reseller")
_DIRECT = Wish(frozenset({"submit", "read"}), 0, 180, "direct", "For the move to the new offices.")


def make(accounts: Mapping[str, Account], *, at: datetime) -> None:
    """Ask, grant, pass on and assign, each at its moment; the letters about it are owed when they were."""
    viewers = {name: viewer_of(account) for name, account in accounts.items()}

    def ago(days: float) -> datetime:
        return at - timedelta(days=days)

    nora, rafael, carla = viewers["nora"], viewers["rafael"], viewers["carla"]
    shop = subscriptions.add_subscription("sub-4f2a-1001", "Web shop", actor=carla, at=ago(120))
    subscriptions.add_subscription("sub-4f2a-1002", "Order archive", actor=carla, at=ago(119))
    subscriptions.add_subscription("sub-9c1e-2001", "Sail plans", actor=viewers["cem"], at=ago(118))
    _granted(_PROVIDER, nora, carla, ago(110), keeping=_PROVIDER.terms(ago(110)))
    _granted(_PROVIDER, nora, viewers["cem"], ago(100), keeping=_DIRECT.terms(ago(100)))
    # Both through Northgate; what Lemaire asked Baltic Sails for ends ten days from now.
    _granted(_RESELLER, rafael, viewers["cem"], ago(90), keeping=_RESELLER.terms(ago(90)), provider="4700002")
    _granted(_RESELLER, rafael, carla, ago(80), keeping=_RESELLER.terms(ago(80)), provider="4700002")
    link = asking.ask(_RESELLER, customer_id=carla.organization_id, actor=rafael, at=ago(70))
    asking.grant_asked(link.token, _until(at + timedelta(days=25)), actor=nora, at=ago(69))
    _granted(_DIRECT, viewers["petra"], carla, ago(20), keeping=_DIRECT.terms(ago(20)))
    asking.ask(_DIRECT, actor=viewers["petra"], at=ago(0.5))
    group = groups.create_group("Cloud desk", actor=viewers["jana"], at=ago(60))
    groups.add_member(group, viewers["jana"].account_id, actor=viewers["jana"], at=ago(60))
    subscriptions.give_role(shop, "contributor", Holder(group_id=group), actor=viewers["jana"], at=ago(60))
    # A personal account with a role, and no delegation at all (OBO-5).
    subscriptions.give_role(shop, "reader", Holder(viewers["olaf"].email), actor=carla, at=ago(30))
    for fact in FactRow.objects.filter(code__in=FACT_CODES).order_by("pk"):
        for mail_id in telling_rights.tell(fact.pk, at=fact.at):
            if settings.SMTP:
                tasks.queue_sending(mail_id)
            else:
                outbox.hand_over(mail_id, at=fact.at)


def _granted(
    wish: Wish, partner: Viewer, customer: Viewer, at: datetime, *, keeping: Terms, provider: str = ""
) -> None:
    """`partner` asks by a link, and an hour later `customer` grants what it keeps of that."""
    link = asking.ask(wish, provider_number=provider, actor=partner, at=at - timedelta(hours=1))
    asking.grant_asked(link.token, keeping, actor=customer, at=at)


def _until(ends_at: datetime) -> Terms:
    return Terms(frozenset({"submit", "read"}), 0, ends_at)
