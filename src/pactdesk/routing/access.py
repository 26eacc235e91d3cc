"""Who may say on which terms somebody works: whoever leads, manages or heads a team of theirs."""

from __future__ import annotations

from django.db.models import Q

from pactdesk.accounts.models import TeamMember
from pactdesk.accounts.viewer import Viewer


def answers_above(viewer: Viewer, account_id: int) -> bool:
    """Whether the viewer leads, manages or heads a team in which the account is. One query."""
    mine = viewer.account_id
    led = TeamMember.objects.filter(account_id=mine, is_lead=True).values("team_id")
    above = Q(team__manager=mine) | Q(team__head=mine) | Q(team__in=led)
    return TeamMember.objects.filter(above, account_id=account_id, account__is_active=True).exists()


def is_colleague(viewer: Viewer, account_id: int) -> bool:
    """Whether the account is in one of the viewer's teams. One query."""
    return TeamMember.objects.filter(
        account_id=account_id, team__in=viewer.teams, account__is_active=True
    ).exists()
