"""Placeholders are replaced literally and once; a saved reply is written in English at least."""

from __future__ import annotations

import pytest

from pactdesk.cases.rules.saved_replies import filled, keepable

VALUES = {"name": "Carla", "number": "PD-1", "summary": "It {engineer} stops", "engineer": "Ines"}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Hello {name}, about {number}", "Hello Carla, about PD-1"),
        ("{summary}", "It {engineer} stops"),  # what a value says is not replaced again
        ("{Name} { name } {{name}} {name", "{Name} { name } {Carla} {name"),
        ("{name.__class__} {0} {} %s %(name)s {{ name }}", "{name.__class__} {0} {} %s %(name)s {{ name }}"),
        ("{password}", "{password}"),
        ("", ""),
    ],
)
def test_only_the_known_placeholders_are_replaced_and_nothing_is_run(text: str, expected: str) -> None:
    assert filled(text, VALUES) == expected


@pytest.mark.parametrize(
    ("name", "texts", "codes"),
    [
        ("Thanks", {"en": "Thank you."}, ()),
        ("", {"en": "Thank you."}, ("reply.name-missing",)),
        ("x" * 81, {"en": "Thank you."}, ("reply.name-missing",)),
        ("Thanks", {"cs": "Děkuji."}, ("reply.english-missing",)),
        ("Thanks", {"en": "x", "cs": "a\u202eb"}, ("message.hidden-characters",)),
    ],
)
def test_a_saved_reply_has_a_name_and_an_english_text(
    name: str, texts: dict[str, str], codes: tuple[str, ...]
) -> None:
    assert keepable(name, texts).codes == codes
