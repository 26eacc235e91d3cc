"""Importing at the desk: a file is brought, looked at, perhaps read otherwise, and confirmed.

What is confirmed is what was shown: the file lies sealed in the database, is judged again in the transaction that
imports it, and nothing is done where it would come to something else by now. Lock order: the lock of all imports, the
import's row, who has brought it, then agreements.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

from django.db import IntegrityError, transaction

from pactdesk.accounts.models import Account
from pactdesk.accounts.viewer import Viewer
from pactdesk.agreements.services.alone import (
    count_as_alone,
    is_too_much_alone,
    most_units_alone,
    wait_for_the_person,
)
from pactdesk.imports.access import import_for, visible_imports
from pactdesk.imports.models import Import
from pactdesk.imports.rules import Judgement, Options
from pactdesk.imports.services import (
    CannotImport,
    describe,
    examine,
    new_import,
    one_after_the_other,
    plan_digest,
    require_clean,
    take,
)
from pactdesk.kernel import sealing
from pactdesk.kernel.database import constraint_of
from pactdesk.kernel.decisions import Reason

KEPT_FOR: Final = timedelta(days=14)
_PURPOSE: Final = b"import"


@transaction.atomic
def bring(content: bytes, name: str, options: Options, *, actor: Viewer, at: datetime) -> int:
    """Keep a file and what it comes to, to be looked at and confirmed; answers the id of the import.

    Nothing is made of it yet, whether it has mistakes or not. Raises Http404 for people who are not of the service
    centre, and `CannotImport` where nothing can be made of the file.
    """
    visible_imports(actor)  # or Http404
    reading, judgement = examine(content, options)
    imported = new_import(content, name, at)
    imported.content_sealed = sealing.seal(_PURPOSE, content.decode("latin-1"))
    imported.brought_by_id = actor.account_id
    describe(imported, reading, judgement, options)
    imported.needs_second = _needs_second(imported, judgement, at)
    imported.save()
    return imported.pk


@transaction.atomic
def read_again(import_id: int, options: Options, *, actor: Viewer, at: datetime) -> int:
    """Read the file of an import otherwise; answers the id under which it goes on. Whoever reads what somebody else has
    brought brings it anew, because the one who confirms has to be another than the one who chose how it is read.

    Raises Http404, and `CannotImport` where it was decided already or nothing can be made of it so.
    """
    imported = import_for(actor, import_id, lock=True)
    content = _content(imported)
    options = replace(options, form=imported.form)
    reading, judgement = examine(content, options)
    if imported.brought_by_id != actor.account_id:
        successor = new_import(content, imported.file_name, at)
        successor.content_sealed = imported.content_sealed
        imported.state, imported.content_sealed = Import.State.DISCARDED, None
        imported.decided_at, imported.decided_by_id = at, actor.account_id
        imported.save()
        imported = successor
        imported.brought_by_id = actor.account_id
    describe(imported, reading, judgement, options)
    imported.needs_second = _needs_second(imported, judgement, at)
    imported.save()
    return imported.pk


def apply(import_id: int, *, seen: str, actor: Viewer, at: datetime) -> int:
    """Import what was shown, all or nothing; answers how many agreements came about. Again: changes nothing, answers 0.

    `seen` is the mark of the plan that the page showed (`ImportPage.plan_mark`). Where it makes more units than one
    person may make alone within a day, or something that benefits who brought it, somebody else has to confirm it; and
    nobody confirms what benefits themself. Raises Http404, and `CannotImport` with every reason.
    """
    try:
        with _unless_somebody_was_quicker():
            return _apply(import_id, seen, actor, at)
    except CannotImport as cannot:
        if _OUTDATED & set(cannot.decision.codes):
            _look_again(import_id, at)
        raise


_OUTDATED: Final = frozenset({"import.has-mistakes", "import.nothing-to-do", "import.changed-meanwhile"})


@transaction.atomic
def _look_again(import_id: int, at: datetime) -> None:
    """Write down what a file comes to by now, so that the page shows it."""
    imported = Import.objects.select_for_update().get(pk=import_id)
    options = options_of(imported)
    reading, judgement = examine(_content(imported), options)
    describe(imported, reading, judgement, options)
    imported.needs_second = imported.needs_second or _needs_second(imported, judgement, at)
    imported.save()


@contextmanager
def _unless_somebody_was_quicker() -> Iterator[None]:
    """With the same file, with one of the pairs, or with a row of another system: the database knows."""
    try:
        yield
    except IntegrityError as error:
        match constraint_of(error):
            case "import_file_applied_once":
                raise CannotImport(Reason("import.applied-already")) from error
            case "agreement_pair_once" | "import_reference_once":
                raise CannotImport(Reason("import.changed-meanwhile")) from error
        raise


@transaction.atomic
def _apply(import_id: int, seen: str, actor: Viewer, at: datetime) -> int:
    one_after_the_other()
    imported = import_for(actor, import_id, lock=True)
    if imported.state == Import.State.APPLIED:
        return 0
    content = _content(imported)
    reading, judgement = examine(content, options_of(imported))
    require_clean(judgement)
    wait_for_the_person(_bringer(imported))
    imported.needs_second = imported.needs_second or _needs_second(imported, judgement, at)
    if judgement.benefits(actor.account_id, actor.organization_id):
        raise CannotImport(Reason("correction.for-oneself"))
    if imported.needs_second and imported.brought_by_id == actor.account_id:
        raise CannotImport(Reason("import.second-person", {"most": most_units_alone()}))
    digest = plan_digest(judgement)
    if imported.plan_digest is None or bytes(imported.plan_digest) != digest or seen != digest.hex():
        raise CannotImport(Reason("import.changed-meanwhile"))
    if not imported.needs_second:
        count_as_alone(_bringer(imported), imported.units, at=at)
    return take(imported, reading, judgement, actor.account_id, at)


@transaction.atomic
def discard(import_id: int, *, actor: Viewer, at: datetime) -> None:
    """Give an import up and forget its file. Again: changes nothing. Raises Http404, and `CannotImport` where it was
    imported."""
    imported = import_for(actor, import_id, lock=True)
    if imported.state == Import.State.APPLIED:
        raise CannotImport(Reason("import.applied-already"))
    if imported.state == Import.State.DISCARDED:
        return
    imported.state, imported.content_sealed = Import.State.DISCARDED, None
    imported.decided_at, imported.decided_by_id = at, actor.account_id
    imported.save()


def forget_old_files(*, at: datetime) -> int:
    """Forget the files that nobody has confirmed within `KEPT_FOR`, for they hold Contract IDs; answers how many."""
    kept = Import.objects.filter(content_sealed__isnull=False, brought_at__lt=at - KEPT_FOR)
    return kept.update(content_sealed=None, state=Import.State.DISCARDED, decided_at=at)


def options_of(imported: Import) -> Options:
    """How an import was read."""
    return Options(form=imported.form, **imported.options)


def _needs_second(imported: Import, judgement: Judgement, at: datetime) -> bool:
    """Many small files are one large one, and what the same person has corrected and issued alone counts, too. What
    benefits that person needs a second one however little it is."""
    bringer = _bringer(imported)
    organization_id = Account.objects.values_list("organization_id", flat=True).get(pk=bringer)
    return judgement.benefits(bringer, organization_id) or is_too_much_alone(bringer, imported.units, at=at)


def _bringer(imported: Import) -> int:
    assert imported.brought_by_id is not None  # at the desk somebody has
    return imported.brought_by_id


def _content(imported: Import) -> bytes:
    if imported.content_sealed is None:
        is_applied = imported.state == Import.State.APPLIED
        raise CannotImport(Reason("import.applied-already" if is_applied else "import.discarded-already"))
    return sealing.unseal(_PURPOSE, imported.content_sealed).encode("latin-1")
