"""The parts that pages are drawn with: what screen readers, keyboards and small connections rely on."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from django import forms
from django.template import Context, Template
from django.template.loader import render_to_string

import pactdesk.pages

PAGES = Path(pactdesk.pages.__file__).parent
STATIC = PAGES / "static" / "pages"
STYLES = (STATIC / "pactdesk.css").read_text()


class Sample(forms.Form):
    phone = forms.CharField(
        help_text="With country code.", error_messages={"required": "Give a phone number that is answered"}
    )
    note = forms.CharField(required=False)
    plan = forms.ChoiceField(choices=[("1", "One"), ("2", "Two")], widget=forms.RadioSelect)


def drawn(source: str, **context: object) -> str:
    return Template("{% load ui %}" + source).render(Context(context))


def test_a_field_names_its_help_and_its_error_to_screen_readers() -> None:
    html = drawn("{% field form.phone %}", form=Sample({"phone": ""}))
    assert 'aria-describedby="id_phone_help id_phone_error"' in html
    assert 'id="id_phone_help"' in html
    assert 'id="id_phone_error"' in html
    assert 'aria-invalid="true"' in html
    assert 'for="id_phone"' in html


def test_only_a_field_that_may_stay_empty_says_so() -> None:
    assert "(optional)" in drawn("{% field form.note %}", form=Sample())
    assert "(optional)" not in drawn("{% field form.phone %}", form=Sample())


def test_a_choice_of_several_buttons_is_a_fieldset_with_a_legend() -> None:
    html = drawn("{% field form.plan %}", form=Sample())
    assert "<fieldset" in html
    assert "<legend" in html
    assert html.count('type="radio"') == 2


def test_the_error_summary_links_each_error_to_its_field() -> None:
    html = drawn("{% error_summary form %}", form=Sample({}))
    assert 'role="alert"' in html
    assert '<a href="#id_phone">Give a phone number that is answered</a>' in html
    assert '<a href="#id_plan_0">Plan: This field is required.</a>' in html


def test_the_error_summary_is_absent_from_a_form_that_was_not_sent() -> None:
    assert drawn("{% error_summary form %}", form=Sample()).strip() == ""


def test_what_was_typed_is_escaped_in_a_field() -> None:
    html = drawn("{% field form.note %}", form=Sample({"note": '"><script>'}))
    assert "<script>" not in html


def test_radio_cards_check_the_card_that_was_chosen() -> None:
    cards = [{"value": 1, "title": "One", "lines": ["7 left"]}, {"value": 2, "title": "Two"}]
    html = drawn("{% radio_cards form.plan cards %}", form=Sample({"plan": "2"}), cards=cards)
    assert re.search(r'id="id_plan_1" value="2" checked', html)
    assert html.count(" checked") == 1
    assert 'aria-describedby="id_plan_0_text"' in html


def test_an_icon_that_is_not_drawn_is_refused() -> None:
    with pytest.raises(ValueError, match="No icon is called 'unicorn'"):
        drawn("{% icon 'unicorn' %}")


def test_an_icon_is_silent_unless_it_has_a_label() -> None:
    assert 'aria-hidden="true"' in drawn("{% icon 'clock' %}")
    assert 'role="img" aria-label="Late"' in drawn("{% icon 'late' label='Late' %}")


@pytest.mark.parametrize("page", ["400.html", "403_csrf.html", "500.html", "503.html"])
def test_the_page_for_a_broken_house_needs_no_database(page: str) -> None:
    # Without the database mark every query raises.
    html = render_to_string(page)
    assert "<h1>" in html


def test_the_stylesheet_and_the_script_stay_small() -> None:
    assert len(STYLES.encode()) < 25_000
    assert (STATIC / "pactdesk.js").stat().st_size < 5_000


def test_no_template_needs_what_the_content_security_policy_forbids() -> None:
    for path in PAGES.glob("templates/**/*.html"):
        text = path.read_text()
        assert not re.search(r"\sstyle=|\son[a-z]+=|<style", text), path
        for script in re.findall(r"<script[^>]*>", text):
            assert "src=" in script or "application/json" in script, (path, script)


def _luminance(colour: str) -> float:
    digits = colour if len(colour) == 6 else "".join(digit * 2 for digit in colour)
    parts = [int(digits[at : at + 2], 16) / 255 for at in (0, 2, 4)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def _contrast(one: str, other: str) -> float:
    darker, lighter = sorted((_luminance(one), _luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


@pytest.mark.parametrize("scheme", [0, 1], ids=["light", "dark"])
def test_every_pair_of_colours_can_be_read(scheme: int) -> None:
    pairs = re.findall(r"--([\w-]+):light-dark\(#(\w+),#(\w+)\)", STYLES)
    colours = {name: (light, dark)[scheme] for name, light, dark in pairs}
    grounds = ("bg", "surface", "sunken")
    for name in ("text", "text2", "text3", "accent", "ok", "warn", "bad", "pause"):
        for ground in grounds:
            assert _contrast(colours[name], colours[ground]) >= 4.5, (name, ground)
    for name in ("ctl", "focus", "c1", "c2", "c3", "c4", "c5", "c6"):
        for ground in grounds:
            assert _contrast(colours[name], colours[ground]) >= 3, (name, ground)
    for name in ("accent", "ok", "warn", "bad", "pause"):
        assert _contrast(colours[name], colours[f"{name}-bg"]) >= 4.5, name
    for name in ("text", "text2"):
        assert _contrast(colours[name], colours["accent-bg"]) >= 4.5, name
    assert _contrast(colours["on-accent"], colours["accent"]) >= 4.5
