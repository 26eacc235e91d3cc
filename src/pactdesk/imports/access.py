"""Who may see and make imports: the service centre. For everybody else there are none."""

from __future__ import annotations

from django.db.models import QuerySet
from django.http import Http404

from pactdesk.accounts.viewer import Viewer
from pactdesk.imports.models import Import


def visible_imports(viewer: Viewer) -> QuerySet[Import]:
    """The imports that `viewer` may see. Raises Http404 for people who are not of the service centre."""
    if not viewer.at_service_centre:
        raise Http404
    return Import.objects.all()


def import_for(viewer: Viewer, import_id: int, *, lock: bool = False) -> Import:
    """The import with this id. Raises Http404. `lock` holds its row until the caller's transaction ends."""
    found = visible_imports(viewer).filter(pk=import_id)
    imported = (found.select_for_update() if lock else found).first()
    if imported is None:
        raise Http404
    return imported
