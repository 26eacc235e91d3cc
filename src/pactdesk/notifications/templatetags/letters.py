"""What letters are drawn with: how they begin, and what somebody wrote."""

from __future__ import annotations

from django import template

from pactdesk.notifications.letters.layout import greeting as greeting_of

register = template.Library()


@register.filter
def greeting(name: str) -> str:
    """How a letter to `name` begins; "" greets nobody by name."""
    return greeting_of(name)


@register.filter
def quoted(text: str) -> str:
    """`text` marked line by line as what somebody wrote, as mail programs do."""
    return "\n".join(f"> {line}".rstrip() for line in text.splitlines())
