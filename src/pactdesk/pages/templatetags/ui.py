"""What the portal's templates draw with: icons, form fields, the error summary and radio cards.

The looks are in `static/pages/pactdesk.css`, the markup in `templates/pages/components/`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from django import template
from django.forms import BaseForm, BoundField, CheckboxInput, Field, MultiWidget
from django.template import Context
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext

from pactdesk.kernel.ids import new_key
from pactdesk.pages import once
from pactdesk.pages.clocks import patterns

register = template.Library()

# Strokes on a grid of 24 by 24, drawn for Pactdesk.
_STROKES = {
    "account": '<circle cx="12" cy="8" r="4"/><path d="M4.5 20.5c1-4 4-6 7.5-6s6.5 2 7.5 6"/>',
    "arrow-left": '<path d="M19 12H5m6-6-6 6 6 6"/>',
    "arrow-right": '<path d="M5 12h14m-6-6 6 6-6 6"/>',
    "bell": '<path d="M6 16.5V11a6 6 0 0 1 12 0v5.5l1.5 1.5h-15zM10 21h4"/>',
    "calendar": '<rect x="4" y="5" width="16" height="15" rx="2.5"/><path d="M4 10h16M8.5 3v4m7-4v4"/>',
    "card": '<rect x="3.5" y="5.5" width="17" height="13" rx="2.5"/><path d="M3.5 10h17M7 14.5h4"/>',
    "chart": '<path d="M5 20v-9m5 9V4m5 16v-7m5 7V8M3 20h18"/>',
    "check": '<path d="m5 12.5 4.5 4.5L19 7.5"/>',
    "chevron-down": '<path d="m7 10 5 5 5-5"/>',
    "chevron-left": '<path d="m14 7-5 5 5 5"/>',
    "chevron-right": '<path d="m10 7 5 5-5 5"/>',
    "clock": '<circle cx="12" cy="12" r="8.5"/><path d="M12 7.5V12l3 2"/>',
    "close": '<path d="m7 7 10 10M17 7 7 17"/>',
    "copy": '<rect x="9" y="9" width="11" height="11" rx="2.5"/><path d="M15 9V6.5A2.5 2.5 0 0 0 12.5 '
    '4h-6A2.5 2.5 0 0 0 4 6.5v6A2.5 2.5 0 0 0 6.5 15H9"/>',
    "document": '<path d="M7 3.5h7l4.5 4.5v12.5H7A1.5 1.5 0 0 1 5.5 19V5A1.5 1.5 0 0 1 7 3.5zM14 '
    '3.5V8h4.5M9 13h6m-6 3.5h4"/>',
    "download": '<path d="M12 4v11m-5-4.5 5 5 5-5M5 20h14"/>',
    "edit": '<path d="m5 19 .8-4L16 4.8l3.2 3.2L9 18.2zm8.5-11.7 3.2 3.2"/>',
    "external": '<path d="M14 5h5v5m0-5-8 8M10 6H6.5A1.5 1.5 0 0 0 5 7.5v10A1.5 1.5 0 0 0 6.5 19h10a1.5 1.5 '
    '0 0 0 1.5-1.5V14"/>',
    "globe": '<circle cx="12" cy="12" r="8.5"/><path d="M3.5 12h17M12 3.5c5 5 5 12 0 17M12 3.5c-5 5-5 12 0 '
    '17"/>',
    "help": '<circle cx="12" cy="12" r="8.5"/><path d="M9.5 9.5c.3-1.5 1.3-2 2.5-2 1.5 0 2.5.9 2.5 2.2 0 '
    '1.9-2.5 2-2.5 3.8m0 3v.1"/>',
    "inbox": '<path d="M4 13.5 6.5 5h11l2.5 8.5v5a1 1 0 0 1-1 1H5a1 1 0 0 1-1-1zm0 0h4.5l1 2.5h5l1-2.5H20"/>',
    "info": '<circle cx="12" cy="12" r="8.5"/><path d="M12 11v5m0-8.2v.1"/>',
    "key": '<circle cx="8" cy="15.5" r="4"/><path d="m11 12.5 8-8m-3 3 2.5 2.5"/>',
    "leave": '<path d="M10 4.5H6.5A1.5 1.5 0 0 0 5 6v12a1.5 1.5 0 0 0 1.5 1.5H10M15 8l4 4-4 4m4-4H9.5"/>',
    "lock": '<rect x="5" y="10.5" width="14" height="9.5" rx="2.5"/><path d="M8 10.5V8a4 4 0 0 1 8 0v2.5"/>',
    "mail": '<rect x="3.5" y="5.5" width="17" height="13" rx="2.5"/><path d="m4.5 7.5 7.5 6 7.5-6"/>',
    "menu": '<path d="M4 7h16M4 12h16M4 17h16"/>',
    "moon": '<path d="M19.5 14.5A8 8 0 0 1 9.5 4.5a8 8 0 1 0 10 10z"/>',
    "people": '<circle cx="9" cy="8.5" r="3.5"/><path d="M2.5 19.5c.8-3.5 3.3-5 6.5-5s5.7 1.5 6.5 5M15 '
    '5.3a3.5 3.5 0 0 1 0 6.4m3 3.3c1.8.8 3 2.3 3.5 4.5"/>',
    "plug": '<path d="M9 3.5v5m6-5v5M6.5 8.5h11V12a5.5 5.5 0 0 1-11 0zm5.5 9v3.5"/>',
    "plus": '<path d="M12 5v14M5 12h14"/>',
    "print": '<path d="M7 9V4h10v5M7 17H5.5A1.5 1.5 0 0 1 4 15.5v-5A1.5 1.5 0 0 1 5.5 9h13a1.5 1.5 0 0 1 '
    '1.5 1.5v5a1.5 1.5 0 0 1-1.5 1.5H17M7 14h10v6H7z"/>',
    "screen": '<rect x="3.5" y="4.5" width="17" height="11.5" rx="2"/><path d="M12 16v4m-4 0h8"/>',
    "search": '<circle cx="10.5" cy="10.5" r="6"/><path d="m15 15 5 5"/>',
    "settings": '<path d="M4 7h9m5 0h2M4 17h2m5 0h9"/><circle cx="15.5" cy="7" r="2.5"/><circle cx="8.5" '
    'cy="17" r="2.5"/>',
    "sun": '<circle cx="12" cy="12" r="4"/><path d="M12 3v2m0 14v2M3 12h2m14 0h2M5.6 5.6 7 7m10 10 1.4 '
    '1.4M5.6 18.4 7 17M17 7l1.4-1.4"/>',
    "warning": '<path d="M12 4.5 21 19.5H3zM12 10v4.5m0 2.4v.1"/>',
    # The shapes of the clock chip: each state has its own, so that colour comes second.
    "due": '<circle class="icon-solid" cx="12" cy="12" r="7"/>',
    "soon": '<circle cx="12" cy="12" r="8"/><path class="icon-solid" d="M12 4a8 8 0 0 0 0 16z"/>',
    "late": '<path class="icon-solid" d="M12 5 20.5 19h-17z"/>',
    "paused": '<path stroke-width="5" d="M8.5 6v12m7-12v12"/>',
    "met": '<path d="m4.5 13 5 5L20 7"/>',
}


@register.simple_tag
def once_key() -> SafeString:
    """A field by which a form that is sent again is known (`pages.once`)."""
    return format_html('<input type="hidden" name="{}" value="{}">', once.FIELD, new_key())


@register.simple_tag
def icon(name: str, label: str = "") -> SafeString:
    """An inline drawing in the colour of its text. Without `label` it is hidden from screen readers.

    Raises `ValueError` for a name that is not drawn, so that a slip shows in the first test of the page.
    """
    try:
        strokes = _STROKES[name]
    except KeyError:
        raise ValueError(f"No icon is called {name!r}; there are {', '.join(sorted(_STROKES))}") from None
    voice = format_html('role="img" aria-label="{}"', label) if label else mark_safe('aria-hidden="true"')
    drawing = mark_safe(strokes)  # noqa: S308 - our own constants above, never input
    return format_html('<svg class="icon" viewBox="0 0 24 24" {}>{}</svg>', voice, drawing)


@register.inclusion_tag("pages/components/clock_shapes.html", takes_context=True)
def clock_shapes(context: Context) -> dict[str, Any]:
    """The shapes of the clock chip, and its words for the script. Once on a page, before its clocks."""
    return {"words": patterns(), "now": context["request"].at.isoformat()}


def _is_group(bound: BoundField) -> bool:
    """True where the widget is several inputs (radio buttons, boxes, a date in parts) and needs a legend."""
    return bool(bound.use_fieldset)


@register.inclusion_tag("pages/components/field.html")
def field(
    bound: BoundField,
    *,
    label: str = "",
    help: str | None = "",
    size: str = "",
    hide_label: bool = False,
    mark_optional: bool = True,
) -> dict[str, Any]:
    """One form field with label, help and errors, wired by `aria-describedby`. Renders any Django field.

    `size` is "short", "medium", "digits" (for numbers that are typed off paper) or "" for the full width.
    `help` replaces the field's own help text, and None leaves it out. A field that may stay empty says
    "(optional)".
    """
    widget = bound.field.widget
    if help is None:
        bound.help_text = ""  # else Django lets the field point to a text that is not drawn
    help_text = help or bound.help_text
    described = [str(widget.attrs["aria-describedby"])] if "aria-describedby" in widget.attrs else []
    if help_text:
        described.append(f"{bound.auto_id}_help")
    if bound.errors:
        described.append(f"{bound.auto_id}_error")
    # Placeholders vanish while one types, so labels do that work.
    attrs: dict[str, Any] = {"placeholder": False}
    if described:
        attrs["aria-describedby"] = " ".join(described)
    group = _is_group(bound)
    if isinstance(widget, MultiWidget):
        # Each part needs a name of its own; a form that knows better ones sets `aria-label` on its widgets.
        for part in widget.widgets:
            part.attrs.setdefault("aria-label", str(label or bound.label))
    if bound.is_hidden:
        kind = "hidden"
    elif isinstance(widget, CheckboxInput):
        kind = "checkbox"
    elif group:
        kind = "options" if hasattr(widget, "option_template_name") else "group"
    else:
        kind = "input"
    return {
        "field": bound,
        "kind": kind,
        "widget": bound.as_widget(attrs=attrs if not group else None),
        "label": label or bound.label,
        "help": help_text,
        "help_id": f"{bound.auto_id}_help",
        "error_id": f"{bound.auto_id}_error",
        "described": " ".join(described),
        "size": size,
        "hide_label": hide_label,
        "optional": mark_optional and not bound.field.required and not bound.field.disabled,
    }


def _named(bound: BoundField, error: str) -> str:
    """The error, with the field's name before it where the words alone do not say which field is meant."""
    if error != str(Field.default_error_messages["required"]):
        return error
    return gettext("%(field)s: %(error)s") % {"field": bound.label, "error": error}


@register.inclusion_tag("pages/components/error_summary.html")
def error_summary(*forms: BaseForm | str | None) -> dict[str, Any]:
    """Every error of the forms, each with a link to its field; nothing when there is none.

    It takes the focus when the page opens (`pactdesk.js`). The words are those beside the field; "This field is
    required" also says which.
    """
    items: list[dict[str, str]] = []
    for form in forms:
        if not isinstance(form, BaseForm) or not form.is_bound:
            continue
        items += [{"href": "", "text": str(error)} for error in form.non_field_errors()]
        for bound in form:
            target = f"{bound.auto_id}_0" if _is_group(bound) else bound.id_for_label
            href = f"#{target}" if target and not bound.is_hidden else ""
            items += [{"href": href, "text": _named(bound, str(error))} for error in bound.errors]
    return {"items": items}


def _part(card: Any, name: str) -> Any:
    return card.get(name, "") if isinstance(card, Mapping) else getattr(card, name, "")


@register.inclusion_tag("pages/components/radio_cards.html")
def radio_cards(
    bound: BoundField, cards: Iterable[Any], *, legend: str = "", help: str = "", large: bool = True
) -> dict[str, Any]:
    """A choice whose options need more than a name: one card each, in a fieldset.

    A card is an object or a mapping with `value` and `title`, and as wished `mark` (a letter in a box),
    `lines` (sentences below the title), `chip` and `chip_kind`. When the field's value is no longer offered,
    no card is chosen.
    """
    chosen = str(bound.value())
    drawn = [
        {name: _part(card, name) for name in ("value", "title", "mark", "lines", "chip", "chip_kind")}
        | {"id": f"{bound.auto_id}_{number}", "checked": str(_part(card, "value")) == chosen}
        for number, card in enumerate(cards)
    ]
    return {
        "field": bound,
        "cards": drawn,
        "legend": legend or bound.label,
        "help": help or bound.help_text,
        "help_id": f"{bound.auto_id}_help",
        "error_id": f"{bound.auto_id}_error",
        "large": large,
    }
