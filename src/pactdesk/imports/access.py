"""Who may see and make imports. For everybody else there are none."""

from __future__ import annotations

from django.db.models import QuerySet
from django.http import Http404

from pactdesk.accounts.viewer import Viewer
from pactdesk.imports.models import Import


def may_import(viewer: Viewer) -> bool:
    """Whether `viewer` is one of those who bring agreements and balances along."""
    return viewer.is_operator


def visible_imports(viewer: Viewer) -> QuerySet[Import]:
    """The imports that `viewer` may see. Raises Http404 for people who may not import."""
    if not may_import(viewer):
        raise Http404
    return Import.objects.all()


def import_for(viewer: Viewer, import_id: int, *, lock: bool = False) -> Import:
    """The import with this id. Raises Http404. `lock` holds its row until the caller's transaction ends."""
    found = visible_imports(viewer).filter(pk=import_id)
    imported = (found.select_for_update() if lock else found).first()
    if imported is None:
        raise Http404
    return imported
