"""Reading what programs send: strict JSON, and what is wrong with it as reasons."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Annotated, Any, NoReturn

from django.conf import settings
from django.http import HttpRequest
from ninja.parser import Parser as JsonParser
from pydantic import AfterValidator, AwareDatetime, BaseModel, BeforeValidator, ConfigDict
from pydantic_core import PydanticCustomError

from pactdesk.api.problems import Fault, Refusal
from pactdesk.kernel.decisions import Reason

JSON = "application/json"


_MOMENT = re.compile(r"\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d(:\d\d(\.\d{1,9})?)?([Zz]|[+-]\d\d:\d\d)")


def _written_out(value: Any) -> Any:
    """Only what is written as a date and a time: a bare number is none."""
    if not isinstance(value, str) or not _MOMENT.fullmatch(value):
        raise PydanticCustomError("datetime_parsing", "not written out")
    return value


def _in_utc(value: datetime) -> datetime:
    """The database knows offsets up to 16 hours, and no instant before the first year or after the last."""
    try:
        return value.astimezone(UTC)
    except OverflowError:
        raise PydanticCustomError("datetime_parsing", "out of range") from None


def _whole(value: Any) -> Any:
    """1.0 is a whole number to JSON Schema, so it is one here."""
    return int(value) if isinstance(value, float) and value.is_integer() else value


# An instant with its offset, as RFC 3339 writes it; a whole number.
Moment = Annotated[AwareDatetime, BeforeValidator(_written_out), AfterValidator(_in_utc)]
Whole = Annotated[int, BeforeValidator(_whole)]


class Body(BaseModel):
    """What an operation reads. A name that it does not know is refused (A18), and nothing becomes another type."""

    model_config = ConfigDict(extra="forbid", strict=True)


class Parser(JsonParser):
    """JSON as RFC 8259 has it and as two readers understand it alike: UTF-8, no name twice, no NaN."""

    def parse_body(self, request: HttpRequest) -> Any:
        charset = (request.content_params or {}).get("charset", "utf-8")
        if request.content_type != JSON or charset.lower() != "utf-8":
            raise Refusal("media-type", params={"type": JSON})
        if len(request.body) > settings.API_MOST_BYTES:
            raise Refusal("too-large", params={"most": settings.API_MOST_BYTES})
        return json.loads(
            request.body.decode("utf-8"), object_pairs_hook=_object, parse_constant=_refuse_constant
        )


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a name stands twice")
    return found


def _refuse_constant(text: str) -> NoReturn:
    raise ValueError(f"{text} is no JSON")


# What pydantic finds, as our reasons. What is not listed is malformed.
_CODES = {
    "missing": "input.missing",
    "extra_forbidden": "input.unknown",
    "string_type": "input.not-text",
    "int_type": "input.not-a-number",
    "int_parsing": "input.not-a-number",
    "int_parsing_size": "input.not-a-number",
    "int_from_float": "input.not-a-number",
    "bool_type": "input.not-yes-or-no",
    "list_type": "input.not-a-list",
    "model_type": "input.not-an-object",
    "model_attributes_type": "input.not-an-object",
    "dict_type": "input.not-an-object",
    "datetime_type": "input.not-a-moment",
    "datetime_parsing": "input.not-a-moment",
    "datetime_from_date_parsing": "input.not-a-moment",
    "datetime_object_invalid": "input.not-a-moment",
    "timezone_aware": "input.not-a-moment",
}


def faults_of(errors: Sequence[Mapping[str, Any]]) -> tuple[Fault, ...]:
    """What pydantic found in the whole request, each with its place in it."""
    found: list[Fault] = []
    for error in errors:
        fault = Fault(_reason(error), _pointer(error["loc"]))
        if fault not in found:
            found.append(fault)
    return tuple(found)


def _reason(error: Mapping[str, Any]) -> Reason:
    kind, context = error["type"], error.get("ctx", {})
    match kind:
        case "string_too_long":
            return Reason("input.too-many", {"most": context["max_length"]})
        case "string_too_short":
            return Reason("input.too-short", {"least": context["min_length"]})
        case "too_long":
            return Reason("input.too-many", {"most": context["max_length"]})
        case "literal_error" | "enum":
            return Reason("input.not-a-choice", {"choices": context["expected"].replace(" or ", ", ")})
        case _:
            return Reason(_CODES.get(kind, "input.malformed"))


def _pointer(place: Sequence[str | int]) -> str:
    source, *path = place
    if source == "body":
        # The first step is the name of the argument that takes the whole body.
        steps = (str(step).replace("~", "~0").replace("/", "~1") for step in path[1:])
        return "#" + "".join(f"/{step}" for step in steps)
    return f"?{path[-1]}" if path else ""
