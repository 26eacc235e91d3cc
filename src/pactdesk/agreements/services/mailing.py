"""Mailing the pair of an agreement: when it is activated or issued, when it is replaced, and again when somebody has
lost it (BEN-1, BEN-3, BEN-4).

A pair is mailed to those who may have it and to nobody else, whoever asks. What is written down of it is to whom and
when: the IDs stand in no row, no fact and no log.
"""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.http import Http404

from pactdesk.accounts.models import Account
from pactdesk.accounts.viewer import Viewer
from pactdesk.agreements.facts import PairMailed
from pactdesk.agreements.models import MAILED_AT_FIRST, Activation, Agreement, PairMailing
from pactdesk.agreements.queries.benefiting import benefits
from pactdesk.agreements.queries.lost_pairs import running
from pactdesk.agreements.queries.mailing import (
    addressed,
    addresses_of,
    any_contact_in,
    recipient,
    was_withdrawn,
)
from pactdesk.agreements.queries.waiting_pairs import waiting
from pactdesk.agreements.rules.mailing import (
    MOST_OF_SENDER,
    WINDOW,
    Recipient,
    may_have,
    may_send_again,
)
from pactdesk.journal import services as journal
from pactdesk.kernel.decisions import Decision, Reason, Refused


class CannotMailPair(Refused):
    """Nothing was mailed."""


@transaction.atomic
def send_pair(agreement_id: int, to: int, *, actor: Viewer, at: datetime) -> None:
    """Mail the pair once more to the account `to`, because somebody has lost it (BEN-4).

    For the service centre, but not where the agreement benefits the actor. Raises `CannotMailPair` with every reason,
    `Agreement.DoesNotExist`.
    """
    if not actor.at_service_centre:
        raise CannotMailPair(Reason("pair-mail.not-allowed"))
    _lock_sender(actor)
    agreement = Agreement.objects.select_for_update().get(pk=agreement_id)
    person = recipient(to)
    if person is None or agreement.pair_digest is None:
        raise CannotMailPair(Reason("pair-mail.no-address"))
    about = addressed(agreement)
    today = PairMailing.objects.filter(occasion="sent-again", at__gt=at - WINDOW)
    reasons = (
        *may_have(
            person,
            about,
            any_contact=any_contact_in(about.country),
            was_withdrawn=was_withdrawn(agreement.pk, to),
        ),
        *may_send_again(
            of_agreement=today.filter(agreement=agreement).count(),
            of_sender=today.filter(asked_by_id=actor.account_id).count(),
        ),
        *((Reason("pair-mail.suspended"),) if agreement.suspended_at else ()),
        *((Reason("agreement.for-oneself"),) if benefits(actor, agreement) else ()),
    )
    if reasons:
        raise CannotMailPair(*reasons)
    _mail(agreement.pk, to, "sent-again", actor.account_id, at)


@transaction.atomic
def mail_me(agreement_id: int, *, actor: Viewer, at: datetime) -> None:
    """Mail the pair to the actor, who cannot find it and may have it as the policy of the region says (BEN-4).

    Raises Http404 where the actor may not have it, as for an agreement that does not exist; `CannotMailPair` where it
    was asked for too often.
    """
    person = _lock_sender(actor)
    if actor.organization_id is None or person is None:
        raise Http404
    found = running(actor.organization_id, actor.account_id, agreement_id=agreement_id, at=at)
    if not found:
        raise Http404
    [(agreement, location_id)] = found
    about = addresses_of(actor.organization_id).of(location_id)
    decision = may_have(
        person,
        about,
        any_contact=any_contact_in(about.country),
        was_withdrawn=agreement.was_withdrawn,  # type: ignore[attr-defined]  # `running` annotates it
    )
    if not decision.allowed:
        raise Http404
    today = PairMailing.objects.filter(occasion="asked-for", asked_by_id=actor.account_id, at__gt=at - WINDOW)
    reasons = may_send_again(of_agreement=today.filter(agreement=agreement).count(), of_sender=today.count())
    if not reasons.allowed:
        raise CannotMailPair(*reasons)
    _mail(agreement.pk, actor.account_id, "asked-for", actor.account_id, at)


@transaction.atomic
def mail_contacts(*, actor: Viewer, at: datetime) -> None:
    """Mail the pairs of the actor's organization to whom they are addressed, because the actor cannot find one (BEN-4):
    those of the headquarters, and those of the actor's location.

    Whoever was mailed a pair within a day is not mailed it again, and a contact from whom an agreement was withdrawn is
    not mailed its pair (AGR-11). Nothing is answered: whoever may not have a pair is
    not told whether there is one. Raises Http404 for whoever is in no organization.
    """
    person = _lock_sender(actor)
    if actor.organization_id is None or person is None:
        raise Http404
    addresses = addresses_of(actor.organization_id)
    today = PairMailing.objects.filter(at__gt=at - WINDOW)
    left = MOST_OF_SENDER - today.filter(occasion="asked-for", asked_by_id=actor.account_id).count()
    ours = today.filter(agreement__organization_id=actor.organization_id)
    told = set(ours.values_list("agreement_id", "account_id"))
    for agreement, location_id in running(actor.organization_id, actor.account_id, at=at):
        contact = addresses.of(location_id).contact
        if location_id not in {None, person.location_id} or contact is None:
            continue
        if left > 0 and (agreement.pk, contact) not in told and not was_withdrawn(agreement.pk, contact):
            _mail(agreement.pk, contact, "asked-for", actor.account_id, at)
            left -= 1


def mail_waiting(*, at: datetime) -> int:
    """Mail the pairs of activated agreements for which there was nobody to be mailed to, as far as there is somebody
    now; answers how many. Safe to repeat, and to run twice at once. Those that wait on are not locked."""
    return sum(mail_activated(each.agreement_id, at=at) for each in waiting() if each.contact)


def mail_waiting_one(agreement_id: int, *, actor: Viewer, at: datetime) -> bool:
    """Mail one of them at once, for the service centre; whether it was done now: it may have been mailed meanwhile.

    Raises `CannotMailPair` where there is still nobody to be mailed to, or where the agreement was withdrawn from the
    contact, and Http404 where it does not wait.
    """
    if not actor.at_service_centre:
        raise CannotMailPair(Reason("pair-mail.not-allowed"))
    activation = Activation.objects.filter(agreement=agreement_id, agreement__suspended_at=None)
    found = activation.select_related("agreement").first()
    if found is None:
        raise Http404
    contact = addressed(found.agreement).contact
    if contact is None:
        raise CannotMailPair(Reason("pair-mail.no-address"))
    if was_withdrawn(agreement_id, contact):
        raise CannotMailPair(Reason("pair-mail.withdrawn"))
    return mail_activated(agreement_id, at=at)


def mail_activated(agreement_id: int, *, at: datetime) -> bool:
    """Mail the pair of an agreement that was activated to its primary programme contact, once; whether it was done now.

    The contact owns it from now on where nobody does. Without a contact who can be written to and may have it, it
    waits (`queries.waiting_pairs`).
    """
    return _mail_at_first(agreement_id, "activated", None, at)


def mail_issued(agreement_id: int, *, actor_id: int, at: datetime) -> bool:
    """The same for one that the service centre has issued, whose contact is its owner where it is no organization's."""
    return _mail_at_first(agreement_id, "issued", actor_id, at)


@transaction.atomic
def mail_replaced(agreement_id: int, *, actor_id: int, at: datetime) -> Decision:
    """Mail the pair that has taken the place of another one to whom the benefits are addressed; or answer why nobody is
    mailed it: the agreement is suspended, or was withdrawn from the contact."""
    agreement = Agreement.objects.select_for_update().get(pk=agreement_id)
    contact = addressed(agreement).contact
    if contact is None:
        return Decision((Reason("pair-mail.no-address"),))
    decision = Decision(
        (
            *((Reason("pair-mail.suspended"),) if agreement.suspended_at else ()),
            *((Reason("pair-mail.withdrawn"),) if was_withdrawn(agreement.pk, contact) else ()),
        )
    )
    if decision.allowed:
        _mail(agreement.pk, contact, "replaced", actor_id, at)
    return decision


@transaction.atomic
def _mail_at_first(agreement_id: int, occasion: str, actor_id: int | None, at: datetime) -> bool:
    agreement = Agreement.objects.select_for_update().get(pk=agreement_id)
    contact = addressed(agreement).contact
    # What others had mailed to themselves, or were sent, does not stand for it.
    done = PairMailing.objects.filter(agreement=agreement, occasion__in=MAILED_AT_FIRST)
    if contact is None or done.exists() or was_withdrawn(agreement.pk, contact):
        return False
    if agreement.owner_id is None:
        agreement.owner_id = contact
        agreement.save(update_fields=["owner"])
    _mail(agreement.pk, contact, occasion, actor_id, at)
    return True


def _lock_sender(actor: Viewer) -> Recipient | None:
    """The sender, before any agreement, always: what either has sent today is counted while nobody else adds to it."""
    Account.objects.select_for_update(no_key=True).filter(pk=actor.account_id).first()
    return recipient(actor.account_id)


def _mail(agreement_id: int, account_id: int, occasion: str, actor_id: int | None, at: datetime) -> None:
    PairMailing.objects.create(
        agreement_id=agreement_id, account_id=account_id, occasion=occasion, asked_by_id=actor_id, at=at
    )
    journal.record(PairMailed(agreement_id, account=account_id, occasion=occasion), actor_id=actor_id, at=at)
