"""The reference page of the catalogue's format, written out of the shape itself."""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from typing import Annotated, Any, Literal, get_args, get_origin

from pydantic.fields import FieldInfo

from pactdesk.catalog.services.shape import FORMAT, KINDS, SECTIONS, Part

_OPENING = f"""\
# The format of a catalogue file

This page is written by `pactdesk catalog format`; a test compares it with what the program reads.

A catalogue is one YAML file in UTF-8. It starts with `format: {FORMAT}` and has the sections below, each with at least
one entry; only `questions` and `offers` may be missing. Within a section the key of an entry is its **code**: letters,
digits and dashes, at most 60 long. A code names its entry for good; an entry under another code is another entry. Lists
are shown in the order of the file.

Values:

- **worded**: text in several languages, `{{en: Prague, cs: Praha}}`. The languages are en, el, vi, pl, cs and fr;
  English is required and stands in for those that are missing. A plain text is the same in every language.
- **code of a …**: the entry has to stand in the same file.
- **country code**: two letters as in ISO 3166. **IANA time zone**: as in `Europe/Prague`.
- Keys that are marked with an asterisk are required. Unknown and repeated keys are mistakes.
"""


def reference() -> str:
    """The page, in Markdown."""
    return "\n".join(_page())


def _page() -> Iterator[str]:
    yield _OPENING
    for section, (_noun, part) in SECTIONS.items():
        yield f"## {section}\n"
        yield f"{inspect.cleandoc(part.__doc__ or '')}\n"
        yield "| key | value | meaning |"
        yield "| --- | --- | --- |"
        yield from _rows(part)
        yield ""


def _rows(part: type[Part], within: str = "") -> Iterator[str]:
    for name, info in part.model_fields.items():
        star = "\\*" if info.is_required() else ""
        kind, inner, suffix = _kind(info)
        yield f"| `{within}{name}`{star} | {kind}{_otherwise(info)} | {info.description} |"
        if inner is not None:
            yield from _rows(inner, f"{within}{name}{suffix}.")


def _otherwise(info: FieldInfo) -> str:
    if isinstance(info.default, bool):
        return f" (otherwise `{'true' if info.default else 'false'}`)"
    return (
        f" (otherwise `{info.default}`)"
        if isinstance(info.default, str | int) and not info.is_required()
        else ""
    )


def _kind(info: FieldInfo) -> tuple[str, type[Part] | None, str]:
    """What stands at a key: its kind in words, the keys within it, and how these are reached."""
    annotation: Any = info.annotation
    if info.metadata:  # pydantic has taken the annotation apart
        annotation = Annotated[(annotation, *info.metadata)]
    kinds = [kind for kind in get_args(annotation) if kind is not type(None)]
    if type(None) in get_args(annotation):
        annotation = kinds[0]
    if annotation in KINDS:
        return KINDS[annotation], None, ""
    origin, args = get_origin(annotation), get_args(annotation)
    if origin is Annotated:
        return "text", None, ""
    if origin is Literal:
        return ", ".join(f"`{value}`" for value in args), None, ""
    if origin is list:
        word, inner, _suffix = _of(args[0])
        return f"list: {word}", inner, "[]"
    if origin is dict:
        word, inner, _suffix = _of(args[1])
        key = KINDS.get(args[0], "code")
        return f"by {key}: {word}", inner, ".*"
    return _of(annotation)


def _of(annotation: Any) -> tuple[str, type[Part] | None, str]:
    if isinstance(annotation, type) and issubclass(annotation, Part):
        return "keys with values", annotation, ""
    if get_origin(annotation) is Literal:
        return ", ".join(f"`{value}`" for value in get_args(annotation)), None, ""
    return KINDS[annotation], None, ""
