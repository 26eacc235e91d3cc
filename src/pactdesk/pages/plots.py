"""Plots as shapes: numbers in, lines and bars out. A template draws them as SVG, with the numbers as a table beside.

All lengths are units of the drawing, whose origin is at the top left; `WIDTH` of them are as wide as the page allows.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Final

WIDTH: Final = 560
ROW, BAR = 48, 16
LEFT, RIGHT, TOP, BOTTOM = 2, 76, 10, 28
_PLOT_HEIGHT: Final = 170
_SCALE: Final = 34  # for the numbers beside
_NAMES: Final = 106  # for the names at the ends of lines


@dataclass(frozen=True, slots=True)
class Shape:
    """One thing to draw: "rect", "line", "area", "dot" or "text". `look` is its class; `title` is read out for it and
    shown on hovering; `href` makes it a link. `points` are those of a line or an area, ready for SVG."""

    kind: str
    look: str = ""
    x: float = 0
    y: float = 0
    width: float = 0
    height: float = 0
    points: str = ""
    text: str = ""
    anchor: str = "start"
    title: str = ""
    href: str = ""


@dataclass(frozen=True, slots=True)
class Plot:
    """A drawing with what it says. `title` is the finding, `subtitle` names measure, period and zone. `head` and `rows`
    are its numbers as a table; without shapes there is nothing to draw, and `nothing` says so. `key` names looks that
    stand for something."""

    code: str
    title: str
    subtitle: str
    nothing: str
    height: float
    shapes: tuple[Shape, ...]
    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    key: tuple[tuple[str, str], ...] = ()
    csv_url: str = ""
    width: int = WIDTH

    @property
    def leads_on(self) -> bool:
        """Whether there are links in it: what is an image has nothing inside that could be used."""
        return any(shape.href for shape in self.shapes)


@dataclass(frozen=True, slots=True)
class Part:
    """A part of a bar: how much, how it looks, what it is, and where it leads."""

    value: float
    look: str
    title: str
    href: str = ""


@dataclass(frozen=True, slots=True)
class Bar:
    """A bar with its parts, a word above it and one behind. `target` is where a mark stands, in the bar's unit."""

    label: str
    parts: tuple[Part, ...]
    told: str
    target: float | None = None
    target_title: str = ""


def bars(rows: Sequence[Bar], *, most: float = 0) -> tuple[float, tuple[Shape, ...]]:
    """Horizontal bars one below the other, as long as their sums; `most` is what the whole length stands for, at least
    the longest. Height and shapes."""
    room = WIDTH - LEFT - RIGHT
    longest = max([most, *(sum(part.value for part in row.parts) for row in rows), 1e-9])
    shapes: list[Shape] = []
    for place, row in enumerate(rows):
        top = place * ROW + ROW - BAR - 6
        shapes.append(Shape("text", "word", LEFT, top - 7, text=row.label))
        shapes.append(Shape("rect", "ground", LEFT, top, room, BAR))
        at = float(LEFT)
        for part in row.parts:
            length = part.value / longest * room
            if length > 0:
                shapes.append(
                    Shape("rect", part.look, at, top, length, BAR, title=part.title, href=part.href)
                )
            at += length
        if row.target is not None:
            x = LEFT + row.target / longest * room
            shapes.append(Shape("rect", "target", x - 1.5, top - 4, 3, BAR + 8, title=row.target_title))
        shapes.append(Shape("text", "value", WIDTH - RIGHT + 10, top + BAR - 4, text=row.told))
    return len(rows) * ROW, _rounded(shapes)


def columns(
    stacks: Sequence[Sequence[Part]], labels: Sequence[str], *, every: int = 1
) -> tuple[float, tuple[Shape, ...]]:
    """Stacked columns from a base line of 0, with the label of each `every`th below. Height and shapes."""
    highest = nice(max((sum(part.value for part in stack) for stack in stacks), default=0))
    shapes, bottom = _grid(highest)
    step = (WIDTH - _SCALE - 8) / max(len(stacks), 1)
    for place, stack in enumerate(stacks):
        x, y = _SCALE + place * step, float(bottom)
        for part in stack:
            height = part.value / highest * _PLOT_HEIGHT
            if height > 0:
                y -= height
                shapes.append(
                    Shape("rect", part.look, x + 2, y, step - 4, height, title=part.title, href=part.href)
                )
        if place % every == 0:
            shapes.append(
                Shape("text", "tick", x + step / 2, bottom + 18, text=labels[place], anchor="middle")
            )
    return bottom + BOTTOM, _rounded(shapes)


@dataclass(frozen=True, slots=True)
class Line:
    """A line over the same places as all others; None where there is nothing. `name` is written at its end."""

    name: str
    look: str
    values: tuple[float | None, ...]
    titles: tuple[str, ...] = ()
    area: bool = False


def lines(series: Sequence[Line], labels: Sequence[str]) -> tuple[float, tuple[Shape, ...]]:
    """Lines from a base line of 0, each with its name at its end and a mark for each value. Height and shapes."""
    everything = [value for line in series for value in line.values if value is not None]
    highest = nice(max(everything, default=0))
    shapes, bottom = _grid(highest)
    room = WIDTH - _SCALE - 8 - _NAMES
    places = [_SCALE + 6 + place * room / max(len(labels) - 1, 1) for place in range(len(labels))]
    ends: list[tuple[float, Shape]] = []
    for line in series:
        found = [
            (places[place], bottom - value / highest * _PLOT_HEIGHT, place)
            for place, value in enumerate(line.values)
            if value is not None
        ]
        if not found:
            continue
        told = " ".join(f"{x:.1f},{y:.1f}" for x, y, _ in found)
        if line.area:
            corners = f"{found[0][0]:.1f},{bottom} {told} {found[-1][0]:.1f},{bottom}"
            shapes.append(Shape("area", line.look, points=corners))
        shapes.append(Shape("line", line.look, points=told))
        shapes += [
            Shape("dot", line.look, x, y, title=line.titles[place] if line.titles else "")
            for x, y, place in found
        ]
        x, y, _ = found[-1]
        ends.append((y, Shape("text", f"end {line.look}", x + 9, y + 4, text=line.name)))
    shapes += _apart(ends)
    every = math.ceil(len(labels) / 7)
    shapes += [
        Shape("text", "tick", places[place], bottom + 18, text=label, anchor="middle")
        for place, label in enumerate(labels)
        if (len(labels) - 1 - place) % every == 0
    ]
    return bottom + BOTTOM, _rounded(shapes)


@dataclass(frozen=True, slots=True)
class Steps:
    """What is left over a span: `points` as (share of the span, value); from the last one a dotted line leads to
    `ends_with` at `ends_at`, a share of the span, unless nothing can be said yet (None)."""

    points: tuple[tuple[float, float], ...]
    most: float
    ends_with: float | None
    now: float
    now_label: str
    begin_label: str
    end_label: str
    ends_at: float = 1


def steps(told: Steps) -> tuple[float, tuple[Shape, ...]]:
    """A line in steps, with what it comes to at this pace. Height and shapes."""
    highest = nice(max(told.most, 1))
    shapes, bottom = _grid(highest)
    room = WIDTH - _SCALE - 16

    def at(share: float, value: float) -> tuple[float, float]:
        return _SCALE + min(max(share, 0), 1) * room, bottom - value / highest * _PLOT_HEIGHT

    corners: list[tuple[float, float]] = []
    for share, value in told.points:
        if corners:
            corners.append((at(share, value)[0], corners[-1][1]))
        corners.append(at(share, value))
    if corners:
        here = at(told.now, told.points[-1][1])
        corners.append(here)
        shapes.append(Shape("line", "s1", points=" ".join(f"{x:.1f},{y:.1f}" for x, y in corners)))
        shapes.append(Shape("dot", "s1", *here, title=told.now_label))
        if told.ends_with is not None and told.now < 1:
            x, y = at(told.ends_at, told.ends_with)
            shapes.append(Shape("line", "s1 dotted", points=f"{here[0]:.1f},{here[1]:.1f} {x:.1f},{y:.1f}"))
    shapes.append(Shape("text", "tick", _SCALE, bottom + 18, text=told.begin_label))
    shapes.append(Shape("text", "tick", _SCALE + room, bottom + 18, text=told.end_label, anchor="end"))
    return bottom + BOTTOM, _rounded(shapes)


def nice(value: float) -> float:
    """The next round number that is not below `value`: 1, 2, 4, 5, 10, 20, 40 … At least 1."""
    if value <= 1:
        return 1
    power: float = 10.0 ** math.floor(math.log10(value))
    return next(step * power for step in (1, 2, 4, 5, 10) if step * power >= value - 1e-9)


def _grid(highest: float) -> tuple[list[Shape], float]:
    """Lines for nothing, half and all of `highest`, each with its number; and where nothing is."""
    bottom = TOP + _PLOT_HEIGHT
    shapes = []
    for share in (0, 0.5, 1):
        y = bottom - share * _PLOT_HEIGHT
        shapes.append(Shape("line", "base" if share == 0 else "grid", points=f"{_SCALE},{y} {WIDTH - 8},{y}"))
        if share * highest == int(share * highest):
            shapes.append(
                Shape("text", "tick", _SCALE - 6, y + 4, text=f"{share * highest:.0f}", anchor="end")
            )
    return shapes, bottom


def _apart(ends: Iterable[tuple[float, Shape]]) -> list[Shape]:
    """The names at the ends of lines, none on top of another."""
    placed: list[Shape] = []
    lowest = -math.inf
    for y, shape in sorted(ends, key=lambda each: each[0]):
        lowest = max(y, lowest + 16)
        placed.append(replace(shape, y=lowest + 4))
    return placed


def _rounded(shapes: Iterable[Shape]) -> tuple[Shape, ...]:
    return tuple(
        replace(
            shape,
            x=round(shape.x, 1),
            y=round(shape.y, 1),
            width=round(shape.width, 1),
            height=round(shape.height, 1),
        )
        for shape in shapes
    )
