"""Words by which a list is narrowed, out of its address. Nothing here is ever refused."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django import forms

_MOST = 200


def words_in(asked: Mapping[str, Any]) -> str:
    """What is looked for, in one line and no longer than a list looks at."""
    return " ".join(str(asked.get("q", "")).replace("\x00", "").split())[:_MOST]


class SearchField(forms.CharField):
    """Where words are typed."""

    def __init__(self, **about: Any) -> None:
        widget = forms.TextInput(attrs={"type": "search", "maxlength": _MOST, "autocomplete": "off"})
        super().__init__(required=False, widget=widget, **about)


class WordsForm(forms.Form):
    """A list that is narrowed by words alone."""

    q = SearchField()

    def __init__(self, asked: Mapping[str, Any], *, label: Any = "", help_text: Any = "") -> None:
        self.words = words_in(asked)
        super().__init__(initial={"q": self.words})
        self.fields["q"].label = label
        self.fields["q"].help_text = help_text
