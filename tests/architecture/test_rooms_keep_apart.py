"""What import-linter cannot see: foreign keys, reverse accessors, look-ups by name, templates, names of files."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import pytest
from django.apps import apps
from django.conf import settings
from django.db.models import ForeignKey, ManyToManyField

import pactdesk

SOURCE = Path(pactdesk.__file__).parent
# From the top of the house down: a room knows those to its right only.
ORDER = (
    ("project",),
    ("portal", "desk", "api", "mailbox"),
    ("pages",),
    ("notifications",),
    ("cases",),
    ("imports", "purchases"),
    ("agreements", "knowledge", "routing"),
    ("delegation",),
    ("catalog",),
    ("servicelevels",),
    ("accounts",),
    ("journal",),
    ("kernel",),
)
HEIGHT = {room: -floor for floor, rooms in enumerate(ORDER) for room in rooms}
DOORS = ("portal", "desk", "api", "mailbox", "pages")
# What came in by mail and which keys programs have used is of no other room's concern.
KEEP_OWN_TABLES = ("api", "mailbox")


def python_files(room: str = "") -> Iterator[Path]:
    return (path for path in sorted((SOURCE / room).rglob("*.py")) if "migrations" not in path.parts)


def room_of(path: Path) -> str:
    return path.relative_to(SOURCE).parts[0]


def test_every_room_has_its_place_in_the_house() -> None:
    folders = {path.name for path in SOURCE.iterdir() if (path / "__init__.py").exists()}
    assert folders - {"locale"} == set(HEIGHT)


@pytest.mark.parametrize("room", HEIGHT)
def test_every_room_has_a_sign_on_its_door(room: str) -> None:
    sign = ast.get_docstring(ast.parse((SOURCE / room / "__init__.py").read_text()))
    assert sign, f"{room}/__init__.py says nothing"


def test_keys_between_tables_point_down_or_stay_in_the_room() -> None:
    """Whoever did something is an account, also in rooms that know nothing else of accounts."""
    upward = [
        f"{model.__name__}.{field.name} points up to {field.related_model.__name__}"
        for model in apps.get_models()
        if model._meta.app_label in HEIGHT
        for field in model._meta.get_fields()
        if isinstance(field, ForeignKey | ManyToManyField)
        and field.related_model._meta.app_label in HEIGHT
        and field.related_model._meta.label != settings.AUTH_USER_MODEL
        and HEIGHT[field.related_model._meta.app_label] > HEIGHT[model._meta.app_label]
    ]
    assert not upward


def test_no_room_reads_a_room_above_through_the_back_of_a_key() -> None:
    mistakes = []
    for model in apps.get_models():
        above = model._meta.app_label
        for field in model._meta.get_fields():
            if not isinstance(field, ForeignKey | ManyToManyField) or above not in HEIGHT:
                continue
            below = field.related_model._meta.app_label
            back = field.remote_field.get_accessor_name()
            if below == above or below not in HEIGHT or back is None or back.endswith("+"):
                continue
            for path in python_files(below):
                for node in ast.walk(ast.parse(path.read_text())):
                    if isinstance(node, ast.Attribute) and node.attr == back:
                        mistakes.append(f"{path.relative_to(SOURCE)}:{node.lineno} reads .{back} of {above}")
    assert not mistakes


def test_doors_never_touch_a_table() -> None:
    """Not by an import inside a function, and not by asking Django for a model by its name."""
    mistakes = []
    for door in DOORS:
        for path in python_files(door):
            for node in ast.walk(ast.parse(path.read_text())):
                names: list[str] = []
                if isinstance(node, ast.ImportFrom):
                    names = [f"{node.module}.{alias.name}" for alias in node.names]
                elif isinstance(node, ast.Import):
                    names = [alias.name for alias in node.names]
                elif isinstance(node, ast.Attribute) and node.attr in (
                    {"get_model", "get_user_model"} | (set() if door in KEEP_OWN_TABLES else {"objects"})
                ):
                    names = [f"pactdesk.models.{node.attr}"]
                for name in names:
                    if door in KEEP_OWN_TABLES and name.startswith(f"pactdesk.{door}.models"):
                        continue
                    if re.match(r"pactdesk\.(\w+\.)*models\b", name) or name.endswith(".get_user_model"):
                        mistakes.append(f"{path.relative_to(SOURCE)}:{node.lineno} {name}")
    assert not mistakes


def test_sql_names_only_tables_that_its_room_may_know() -> None:
    """The linter does not read statements: the tables in them belong to the room or to those below."""
    tables = {
        model._meta.db_table: model._meta.app_label
        for model in apps.get_models()
        if model._meta.app_label in HEIGHT
    }
    mistakes = []
    for path in python_files():
        room = room_of(path)
        if room == "project":
            continue
        for node in ast.walk(ast.parse(path.read_text())):
            if not (isinstance(node, ast.Constant) and isinstance(node.value, str)):
                continue
            for table in re.findall(r"\b[a-z]+_[a-z]+\b", node.value):
                if table in tables and HEIGHT[tables[table]] > HEIGHT[room]:
                    mistakes.append(f"{path.relative_to(SOURCE)}:{node.lineno} names {table}")
    assert not mistakes


def test_templates_of_a_room_are_used_in_that_room_only_but_for_the_frame() -> None:
    """Doors draw with `pages`, letters are drawn by notifications; no other includes another's parts."""
    mistakes = []
    for path in sorted(SOURCE.rglob("templates/**/*")):
        if not path.is_file():
            continue
        room = room_of(path)
        for used in re.findall(r"{%\s*(?:extends|include)\s+[\"']([^\"']+)", path.read_text()):
            owner = used.partition("/")[0]
            if owner in HEIGHT and owner != room and not (owner == "pages" and room in DOORS):
                mistakes.append(f"{path.relative_to(SOURCE)} uses {used}")
    assert not mistakes


def test_the_clock_is_read_at_the_edges_only() -> None:
    """Doors, tasks, commands and the administration say what time it is; everybody else is told (`at=`)."""
    edges = re.compile(
        r"(portal|desk|api|mailbox|pages|project)/|(tasks|admin)\.py$|management/commands/"
        # Where Django and allauth call us, nobody can tell the time.
        r"|notifications/backend\.py$|accounts/sessions\.py$"
    )
    mistakes = []
    for path in python_files():
        name = str(path.relative_to(SOURCE))
        if edges.search(name):
            continue
        for node in ast.walk(ast.parse(path.read_text())):
            if (
                isinstance(node, ast.Call)
                and isinstance(node.func, ast.Attribute)
                and node.func.attr
                in {
                    "now",
                    "utcnow",
                    "today",
                    "localtime",
                    "localdate",
                }
            ):
                mistakes.append(f"{name}:{node.lineno}")
    assert not mistakes


def test_no_file_is_a_drawer_for_anything() -> None:
    drawers = {"utils", "util", "helpers", "helper", "common", "misc", "signals", "base", "core"}
    assert not [path for path in python_files() if path.stem in drawers]


def test_rooms_do_not_talk_by_signals() -> None:
    mistakes = [
        str(path.relative_to(SOURCE))
        for path in python_files()
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.ImportFrom)
        and re.search(r"django\.(\w+\.)*(signals|dispatch)$", node.module or "")
    ]
    assert not mistakes


def test_the_order_in_this_file_is_that_of_the_linter() -> None:
    import tomllib

    config = tomllib.loads((SOURCE.parents[1] / "pyproject.toml").read_text())
    contract = config["tool"]["importlinter"]["contracts"][0]
    assert [set(re.findall(r"\w+", floor)) for floor in contract["layers"]] == [set(rooms) for rooms in ORDER]
    assert all(HEIGHT[upper[0]] > HEIGHT[lower[0]] for upper, lower in pairwise(ORDER))
