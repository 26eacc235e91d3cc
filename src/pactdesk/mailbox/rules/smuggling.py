"""Mails that could hide a second one from a server in between (SMTP smuggling, VU#302671; trust A5)."""

from __future__ import annotations

import re

# A line feed alone ends a line for some servers and not for others; so does a carriage return beside a dot. What stood
# behind it may be the end of the mail, and the rest another one that nobody has checked. The server has taken the dot
# away that a line begins with, so a return at the beginning of a line counts, too.
_BROKEN = re.compile(rb"(?<!\r)\n|\r\.|(?:\A|\n)\r(?!\n)")


def may_smuggle(content: bytes) -> bool:
    """Whether `content`, as a server hands it over, has line ends that programs read differently."""
    return _BROKEN.search(content) is not None
