"""Lists of requests that are told to more people than may open them: who is no contact of a request is told that there
is one, how it stands, and whom to ask (REQ-1)."""

from __future__ import annotations

from typing import Any, Final

from django.db.models import Exists, OuterRef, QuerySet, Subquery

from pactdesk.accounts.viewer import Viewer
from pactdesk.cases.access import contacts_of
from pactdesk.cases.models import Case, Contact
from pactdesk.cases.rules.status import CLOSED
from pactdesk.kernel.places import Place
from pactdesk.kernel.text import tidy_line, without_hidden

PAGE: Final = 20
MOST_EXPORTED: Final = 5_000
_MOST_WORDS: Final = 8


def told(cases: QuerySet[Case], viewer: Viewer, *, closed: bool) -> Any:
    """Those that are closed, or those that are not, the newest first; each with the name of its primary `contact`, and
    whether the viewer `may_open` it."""
    rows = cases.filter(status=CLOSED) if closed else cases.exclude(status=CLOSED)
    primary = Contact.objects.filter(case=OuterRef("pk"), role=Contact.Role.PRIMARY)
    mine = contacts_of(viewer).filter(case=OuterRef("pk"))
    annotated = rows.annotate(contact=Subquery(primary.values("name")[:1]), may_open=Exists(mine))
    return annotated.order_by("-opened_at", "-pk")


def words_of(text: str) -> list[str]:
    """The words that are looked for."""
    return without_hidden(tidy_line(text)).split()[:_MOST_WORDS]


def page_of(rows: Any, older_than: Place | None) -> tuple[list[dict[str, Any]], Place | None]:
    """A page of `rows`, which `told` has put in order, and where the next one begins; None on the last."""
    if older_than is not None:
        # One comparison of both, as the index is sorted; the first alone is what the planner can start from.
        rows = rows.filter(opened_at__lte=older_than.at).exclude(
            opened_at=older_than.at, pk__gte=older_than.id
        )
    found = list(rows[: PAGE + 1])
    page = found[:PAGE]
    return page, Place(page[-1]["opened_at"], page[-1]["pk"]) if len(found) > PAGE else None


def submitter_of(row: dict[str, Any]) -> str:
    """The name of who sent it, or the address of whoever has none."""
    return f"{row['first_name']} {row['last_name']}".strip() or str(row["email"])
