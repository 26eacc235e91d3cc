"""Which drafts and cases a Viewer may see. What is not theirs does not exist for them: 404."""

from __future__ import annotations

import uuid

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.http import Http404

from pactdesk.accounts.viewer import Viewer
from pactdesk.cases.models import Attachment, Case, Contact, Draft, Message, SavedReply
from pactdesk.cases.rules.files import Place
from pactdesk.delegation.access import within_reach


def open_drafts_of(viewer: Viewer) -> QuerySet[Draft]:
    """The drafts that the viewer may go on with."""
    return Draft.objects.filter(account_id=viewer.account_id, case=None, discarded_at=None)


def draft_for(viewer: Viewer, draft_id: uuid.UUID) -> Draft:
    """The viewer's own draft, sent and discarded ones included. Raises Http404."""
    draft = Draft.objects.filter(pk=draft_id, account_id=viewer.account_id).first()
    if draft is None:
        raise Http404
    return draft


def contacts_of(viewer: Viewer) -> QuerySet[Contact]:
    """The viewer's places as a contact: the only key to a case (REQ-1). What belongs to a customer shows only while the
    viewer may read for that customer (OBO-3)."""
    return Contact.objects.filter(within_reach(viewer), account_id=viewer.account_id)


def cases_of(viewer: Viewer) -> QuerySet[Case]:
    """The cases in which the viewer is a contact (REQ-1)."""
    return Case.objects.filter(Exists(contacts_of(viewer).filter(case=OuterRef("pk"))))


def case_for(viewer: Viewer, number: int | None, *, lock: bool = False, along: tuple[str, ...] = ()) -> Case:
    """The case with this number, for one of its contacts. Raises Http404.

    `lock` holds its row until the caller's transaction ends; `along` names keys whose rows come with it.
    """
    cases = cases_of(viewer).select_related(*along) if along else cases_of(viewer)
    case = (
        (cases.select_for_update(of=("self",)) if lock else cases).filter(pk=number).first()
        if number
        else None
    )
    # Whoever waited for the lock may have been removed meanwhile, and the statement above looked before it waited.
    if case is None or (lock and not contacts_of(viewer).filter(case=case).exists()):
        raise Http404
    return case


def desk_cases(viewer: Viewer) -> QuerySet[Case]:
    """The cases that an engineer works on: those of the viewer's teams, and those that the viewer owns.

    Nobody who answers for no team works at the desk, and no test comes there.
    """
    if not viewer.works_at_desk:
        return Case.objects.none()
    return Case.objects.filter(Q(team_id__in=viewer.teams) | Q(owner_id=viewer.account_id), is_test=False)


def desk_case(viewer: Viewer, number: int | None, *, lock: bool = False, along: tuple[str, ...] = ()) -> Case:
    """The case with this number, for an engineer of its team or its owner. Raises Http404.

    `lock` holds its row until the caller's transaction ends; `along` names keys whose rows come with it.
    """
    cases = desk_cases(viewer).select_related(*along) if along else desk_cases(viewer)
    case = (
        (cases.select_for_update(of=("self",)) if lock else cases).filter(pk=number).first()
        if number
        else None
    )
    if case is None:
        raise Http404
    return case


def files_in(viewer: Viewer, place: Place) -> QuerySet[Attachment]:
    """The files of a place as the viewer sees them. Raises Http404 where the place is not theirs.

    Of a draft: its own. Of a request: what was added to it, internal ones at the desk only, and what the viewer is
    about to add.
    """
    if place.draft_id is not None:
        return Attachment.objects.filter(draft=draft_for(viewer, place.draft_id), case=None)
    case = desk_case(viewer, place.number) if place.at_desk else case_for(viewer, place.number)
    side = Message.Side.VENDOR if place.at_desk else Message.Side.REQUESTER
    about_to_be_added = Q(added_at=None, uploader_id=viewer.account_id, side=side)
    return Attachment.objects.filter(files_added(at_desk=place.at_desk) | about_to_be_added, case=case)


def files_added(*, at_desk: bool) -> Q:
    """What one side sees of the files of a request: internal ones stay at the desk."""
    added = Q(added_at__isnull=False)
    return added if at_desk else added & Q(internal=False)


def file_for(viewer: Viewer, place: Place, file_id: uuid.UUID) -> Attachment:
    """One file of a place, removed and refused ones included. Raises Http404."""
    file = files_in(viewer, place).filter(pk=file_id).first()
    if file is None:
        raise Http404
    return file


def saved_replies_of(viewer: Viewer) -> QuerySet[SavedReply]:
    """The saved replies of the viewer's teams and of everybody at the desk, deleted ones included."""
    if not viewer.works_at_desk:
        return SavedReply.objects.none()
    return SavedReply.objects.filter(Q(team_id__in=viewer.teams) | Q(team_id=None))


def submitted_case(viewer: Viewer, number: int | None) -> Case:
    """The case with this number, for whoever submitted it: for the confirmation only (REQ-1). Raises Http404."""
    mine = Case.objects.select_related("agreement").filter(
        within_reach(viewer, to_submit=True), submitter_id=viewer.account_id
    )
    case = mine.filter(pk=number).first() if number else None
    if case is None:
        raise Http404
    return case
