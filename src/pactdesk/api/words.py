"""What several operations answer with: things by code and name, in the language that was asked for."""

from __future__ import annotations

from django.utils.translation import get_language
from pydantic import BaseModel, Field

from pactdesk.kernel.worded import FALLBACK, Worded, text_in


class Named(BaseModel):
    """Something of the catalogue: its stable code, and its name in the language of the answer."""

    code: str = Field(description="Stable: refer to it.")
    name: str


def named(code: str, name: Worded) -> Named:
    return Named(code=code, name=in_words(name))


def in_words(worded: Worded) -> str:
    """`worded` in the language of the answer."""
    return text_in(worded, get_language() or FALLBACK)
