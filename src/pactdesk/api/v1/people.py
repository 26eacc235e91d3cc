"""People in requests: how programs name them, and how they are told of them."""

from __future__ import annotations

from typing import Literal

from django.core.exceptions import ValidationError
from pydantic import BaseModel, Field

from pactdesk.accounts.rules import LONGEST_PHONE
from pactdesk.api.reading import Body
from pactdesk.cases.queries.records import PersonRecord
from pactdesk.cases.rules.answers import Person
from pactdesk.cases.rules.checking import MOST_NAME, MOST_PHONE
from pactdesk.kernel.decisions import Reason
from pactdesk.pages.fields import CleanEmail

Language = Literal["en", "el", "vi", "pl", "cs", "fr"]
MOST_EMAIL = 254

_email = CleanEmail(max_length=MOST_EMAIL)


class OtherPersonIn(Body):
    """Somebody who will see the request beside the primary contact."""

    name: str = Field(max_length=MOST_NAME, examples=["Ana Vasić"])
    email: str = Field(max_length=MOST_EMAIL, examples=["ana@olive-grove-foods.example"])
    phone: str = Field(
        "",
        max_length=MOST_PHONE,
        description="With the country code, or as written in the request's country.",
    )


class PersonIn(Body):
    """The primary contact: who is talked to."""

    name: str = Field(max_length=MOST_NAME, examples=["Carla Papadaki"])
    email: str = Field(max_length=MOST_EMAIL, examples=["carla@olive-grove-foods.example"])
    phone: str = Field(max_length=MOST_PHONE, examples=["+30 21 0123 4567"])
    time_zone: str = Field(max_length=64, examples=["Europe/Athens"])
    language: Language = Field(description="In which mails are written, and calls made where we can.")


class ContactOut(BaseModel):
    """Somebody who sees the request, or will once the invitation is accepted."""

    id: int
    role: Literal["primary", "additional"]
    name: str
    email: str
    phone: str = Field(json_schema_extra={"maxLength": LONGEST_PHONE})
    time_zone: str = Field(description="Of the primary contact and yourself; of others it is empty.")
    language: str = Field(description="Of the primary contact and yourself; of others it is empty.")
    is_you: bool


class ContactList(BaseModel):
    """All contacts, the first named first."""

    items: list[ContactOut]


def contact_out(person: PersonRecord) -> ContactOut:
    return ContactOut(
        id=person.id,
        role=person.role,
        name=person.name,
        email=person.email,
        phone=person.phone,
        time_zone=person.time_zone,
        language=person.language,
        is_you=person.is_viewer,
    )


def person_of(given: PersonIn | OtherPersonIn) -> tuple[Person, Reason | None]:
    """The person as the rules know one, and what is wrong with the address, if anything is."""
    email, refusal = email_of(given.email)
    extra = {"time_zone": given.time_zone, "language": given.language} if isinstance(given, PersonIn) else {}
    return Person(name=given.name, email=email, phone=given.phone, **extra), refusal


def email_of(text: str) -> tuple[str, Reason | None]:
    """An address in lower case, or why it is none."""
    try:
        return _email.clean(text).lower(), None
    except ValidationError:
        return text.lower(), Reason("contact.email-invalid")
