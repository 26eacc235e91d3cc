"""Writing down what a request is found by. The worker does it, because it costs more than what it is about."""

from __future__ import annotations

from django.db.models import Exists, OuterRef

from pactdesk.cases.models import Case, CaseWords, Contact, Message
from pactdesk.cases.queries.timeline import MOST_MESSAGES
from pactdesk.cases.rules.numbers import shown_number
from pactdesk.cases.rules.words import found_by
from pactdesk.catalog import queries as catalog
from pactdesk.kernel.database import execute
from pactdesk.kernel.worded import LANGUAGES, text_in

_WRITE = """
INSERT INTO cases_casewords (case_id, for_contacts, for_the_desk)
SELECT id, array_to_tsvector(%(contacts)s::text[]), array_to_tsvector(%(desk)s::text[])
FROM cases_case WHERE id = %(case)s
ON CONFLICT (case_id) DO UPDATE SET for_contacts = excluded.for_contacts, for_the_desk = excluded.for_the_desk
"""


def index_case(number: int) -> None:
    """Write down what the request with this number is found by, as it is now. Safe to repeat."""
    case = Case.objects.select_related("organization").filter(pk=number).first()
    if case is None:
        return
    product = catalog.current().product_by_id(case.product_id)
    people = list(Contact.objects.filter(case=case).order_by("pk"))
    said = list(Message.objects.filter(case=case).order_by("-pk")[:MOST_MESSAGES])
    everybody = [
        (shown_number(case.pk), ""),
        (case.summary, case.language),
        (case.description, case.language),
        *((text_in(product.name, language), language) for language in LANGUAGES),
        *((person.name, "") for person in people),
        *((each.text, each.language) for each in said if each.kind == Message.Kind.PUBLIC),
    ]
    desk = [
        *everybody,
        *((person.email, "") for person in people),
        (case.organization.name if case.organization else "", ""),
        *((each.text, each.language) for each in said if each.kind == Message.Kind.INTERNAL),
    ]
    execute(_WRITE, {"case": case.pk, "contacts": found_by(everybody), "desk": found_by(desk)})


def missing(most: int) -> list[int]:
    """The numbers of at most so many requests that are not found by anything yet, the newest first."""
    words = CaseWords.objects.filter(case=OuterRef("pk"))
    return list(Case.objects.filter(~Exists(words)).order_by("-pk").values_list("pk", flat=True)[:most])
