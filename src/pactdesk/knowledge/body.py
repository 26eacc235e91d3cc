"""The bodies of articles: Markdown in, HTML out that can do no harm."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from typing import Final
from urllib.parse import urlsplit

import nh3
from django.utils.safestring import SafeString, mark_safe
from markdown_it import MarkdownIt

LINK_SCHEMES: Final = frozenset({"https", "mailto"})
_TAGS: Final = {
    "a", "blockquote", "br", "code", "div", "em", "h2", "h3", "h4", "hr", "li", "ol", "p", "pre", "strong", "table",
    "tbody", "td", "th", "thead", "tr", "ul",
}  # fmt: skip
_ATTRIBUTES: Final = {"a": {"href", "title"}, "ol": {"start"}}
# Long commands and wide tables scroll sideways; so that the keyboard can scroll them, they have to take the focus.
_ALWAYS: Final = {
    "div": {"class": "table-wrap", "tabindex": "0"},
    "pre": {"tabindex": "0"},
    "table": {"class": "table"},
}


def _table_open(*_about: object) -> str:
    return "<div><table>\n"


def _table_close(*_about: object) -> str:
    return "</table></div>\n"


# HTML within Markdown is shown as it was typed, and never read as HTML. The only `div` is the one around a table.
_markdown = MarkdownIt("commonmark", {"html": False}).enable("table").disable("image")
_markdown.add_render_rule("table_open", _table_open)
_markdown.add_render_rule("table_close", _table_close)


@lru_cache(maxsize=512)
def as_html(markdown: str) -> SafeString:
    """`markdown` as HTML with no more than text, lists, tables, code and links to https and mailto addresses.

    The title of the article is the page's first heading, so headings begin with the second level.
    """
    cleaned = nh3.clean(
        _markdown.render(markdown),
        tags=_TAGS,
        attributes=_ATTRIBUTES,
        set_tag_attribute_values=_ALWAYS,
        url_schemes=set(LINK_SCHEMES),
        link_rel="noopener noreferrer",
    )
    return mark_safe(cleaned)  # noqa: S308 - it has just been cleaned


def complaints(markdown: str) -> Iterator[tuple[int, str, str]]:
    """What `as_html` would leave out: the line (from 0), what was expected there, and what stands there."""
    line = 0
    for token in _markdown.parse(markdown):
        if token.map:
            line = token.map[0]
        if token.type == "heading_open" and token.tag not in _TAGS:
            yield line, "headings from ## to ####, since the title is the first", token.markup
        for inner in token.children or ():
            if inner.type != "link_open":
                continue
            address = str(inner.attrGet("href") or "")
            if urlsplit(address).scheme not in LINK_SCHEMES:
                yield line, "a link that begins with https: or mailto:", repr(address)
