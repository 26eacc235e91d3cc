"""What people have chosen to be told by letter."""

from __future__ import annotations

from collections.abc import Iterable

from pactdesk.accounts.viewer import Viewer
from pactdesk.agreements.queries import named
from pactdesk.agreements.rules import PlanName
from pactdesk.notifications.models import AgreementLetterChoice, LetterChoice
from pactdesk.notifications.rules.choices import CHOICES, Choice, is_asked


def choices(viewer: Viewer) -> dict[str, bool]:
    """Whether the viewer is told, by the code of each choice that is the viewer's to make. One query."""
    rows = LetterChoice.objects.filter(account_id=viewer.account_id).values_list("choice", "wanted")
    chosen = dict(rows)
    return {each.code: chosen.get(each.code, each.default) for each in CHOICES if is_asked_of(each, viewer)}


def chosen_by(account_ids: Iterable[int]) -> dict[int, dict[str, bool]]:
    """What each of these accounts has chosen, by the code of the choice, without what was never chosen. One query."""
    chosen: dict[int, dict[str, bool]] = {}
    for row in LetterChoice.objects.filter(account_id__in=set(account_ids)):
        chosen.setdefault(row.account_id, {})[row.choice] = row.wanted
    return chosen


def chosen_about(account_id: int, agreement_id: int) -> dict[str, bool]:
    """What this account has chosen for this agreement alone, by the code of the choice; what is not in it is as for all
    of its agreements. One query."""
    rows = AgreementLetterChoice.objects.filter(account_id=account_id, agreement_id=agreement_id)
    return dict(rows.values_list("choice", "wanted"))


def chosen_otherwise(viewer: Viewer) -> list[tuple[int, PlanName]]:
    """The agreements, by id and name, for which the viewer, who owns them, has not left it at the choice for all of
    them. One query."""
    rows = AgreementLetterChoice.objects.filter(
        account_id=viewer.account_id, agreement__owner_id=viewer.account_id
    ).select_related("agreement__organization")
    found = {row.agreement_id: named(row.agreement) for row in rows.order_by("agreement_id")}
    return list(found.items())


def is_asked_of(choice: Choice, viewer: Viewer) -> bool:
    """Whether the viewer is asked to make this choice."""
    return is_asked(
        choice,
        works_at_desk=viewer.works_at_desk,
        administers=bool(viewer.roles),
        at_service_centre=viewer.at_service_centre,
    )
