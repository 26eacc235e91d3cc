"""What every template has to keep to, so that no page can be made to run or send what it should not."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from django.template import engines

import pactdesk

SOURCE = Path(pactdesk.__file__).parent
ALL = sorted(SOURCE.rglob("templates/**/*.html"))
# Letters bring their styles along, because mail programs fetch nothing.
PAGES = [path for path in ALL if "notifications" not in path.parts]
IDS = [str(path.relative_to(SOURCE)) for path in PAGES]


@pytest.mark.parametrize("path", ALL, ids=[str(path.relative_to(SOURCE)) for path in ALL])
def test_it_compiles(path: Path) -> None:
    engines["django"].from_string(path.read_text())


@pytest.mark.parametrize("path", PAGES, ids=IDS)
def test_nothing_in_it_runs_or_is_styled_in_place(path: Path) -> None:
    text = path.read_text()
    assert not re.search(r"<style|\sstyle\s*=", text)
    assert not re.search(r"\son\w+\s*=|\shx-on|javascript:|\bhx-vals=['\"]js:", text)
    for script in re.findall(r"<script[^>]*>", text):
        assert "src=" in script, script
    # Nothing is fetched from elsewhere.
    assert not re.search(r"\b(src|href)=[\"']?(https?:)?//", text)


@pytest.mark.parametrize("path", PAGES, ids=IDS)
def test_every_form_that_changes_something_carries_the_token(path: Path) -> None:
    text = path.read_text()
    for form in re.findall(r"<form\b.*?</form>", text, re.DOTALL):
        opening = form[: form.index(">")]
        if re.search(r"method=[\"']?post", opening, re.IGNORECASE):
            assert "{% csrf_token %}" in form or "{{ csrf_input }}" in form, opening
        else:
            assert "hx-post" not in form, opening
    assert text.count("<form") == text.count("</form>")


@pytest.mark.parametrize("path", PAGES, ids=IDS)
def test_what_htmx_sends_stands_in_a_form_with_the_token(path: Path) -> None:
    """A piece without a form of its own is included in one."""
    text = path.read_text()
    if not re.search(r"\shx-(post|put|patch|delete)=", text):
        return
    if "<form" in text:
        outside = re.sub(r"<form\b.*?</form>", "", text, flags=re.DOTALL)
        assert not re.search(r"\shx-(post|put|patch|delete)=", outside)
        return
    name = str(path).partition("templates/")[2]
    users = [other.read_text() for other in PAGES if f'"{name}"' in other.read_text()]
    assert users
    for user in users:
        outside = re.sub(r"<form\b.*?</form>", "", user, flags=re.DOTALL)
        assert f'"{name}"' not in outside


@pytest.mark.parametrize("path", PAGES, ids=IDS)
def test_nothing_is_shown_unescaped(path: Path) -> None:
    unsafe = re.findall(r"{{[^}]*\|\s*safe\b[^}]*}}|{%\s*autoescape off", path.read_text())
    assert not unsafe, unsafe


@pytest.mark.parametrize("path", PAGES, ids=IDS)
def test_a_new_window_knows_nothing_of_the_old_one(path: Path) -> None:
    for link in re.findall(r"<a\b[^>]*target=[^>]*>", path.read_text()):
        assert 'rel="noopener' in link, link
