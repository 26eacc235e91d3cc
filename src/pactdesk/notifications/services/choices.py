"""What people choose to be told by letter."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from django.db import transaction

from pactdesk.accounts.viewer import Viewer
from pactdesk.agreements.access import owned_agreement
from pactdesk.notifications.models import AgreementLetterChoice, LetterChoice
from pactdesk.notifications.queries.choices import is_asked_of
from pactdesk.notifications.rules.choices import BY_AGREEMENT, CHOICES, CODES


@transaction.atomic
def choose(wanted: Collection[str], *, actor: Viewer) -> None:
    """Be told what stands in `wanted`, codes of choices, and nothing else of what can be chosen.

    What somebody is not asked stays as it is.
    """
    for choice in CHOICES:
        if is_asked_of(choice, actor):
            _set(choice.code, choice.code in wanted, actor)


@transaction.atomic
def switch_off(code: str, *, actor: Viewer) -> None:
    """No letters of this choice any more, whatever was chosen for single agreements. Raises KeyError for a code that is
    none."""
    if code not in CODES:
        raise KeyError(code)
    _set(code, False, actor)
    AgreementLetterChoice.objects.filter(account_id=actor.account_id, choice=code, wanted=True).delete()


@transaction.atomic
def choose_about(agreement_id: int, wanted: Mapping[str, bool | None], *, actor: Viewer) -> None:
    """Be told of an agreement of one's own as `wanted` says, by the code of the choice; None: as of all of them.

    Raises Http404 where the actor does not own it (AGR-11), KeyError for a code that is not chosen by agreement.
    """
    owned = owned_agreement(actor, agreement_id)
    for code, value in wanted.items():
        if code not in BY_AGREEMENT:
            raise KeyError(code)
        mine = AgreementLetterChoice.objects.filter(account_id=actor.account_id)
        if value is None:
            mine.filter(agreement=owned, choice=code).delete()
        else:
            mine.update_or_create(
                account_id=actor.account_id, agreement=owned, choice=code, defaults={"wanted": value}
            )


def _set(code: str, wanted: bool, actor: Viewer) -> None:
    LetterChoice.objects.update_or_create(
        account_id=actor.account_id, choice=code, defaults={"wanted": wanted}
    )
