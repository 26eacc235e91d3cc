"""Numbers drawn: nothing leaves the drawing, and what is twice as much is twice as long."""

from __future__ import annotations

from itertools import pairwise

import pytest

from pactdesk.pages.plots import WIDTH, Bar, Line, Part, Shape, Steps, bars, columns, lines, nice, steps


def rects(shapes: tuple[Shape, ...], look: str) -> list[Shape]:
    return [shape for shape in shapes if shape.kind == "rect" and shape.look == look]


@pytest.mark.parametrize(
    ("value", "round_number"),
    [
        (0, 1),
        (0.2, 1),
        (1, 1),
        (1.5, 2),
        (3, 4),
        (4.1, 5),
        (6, 10),
        (10, 10),
        (11, 20),
        (401, 500),
        (1e6, 1e6),
    ],
)
def test_axes_end_at_round_numbers(value: float, round_number: float) -> None:
    assert nice(value) == round_number


def test_bars_are_as_long_as_their_numbers() -> None:
    height, shapes = bars(
        [
            Bar("A", (Part(2, "s1", "two"), Part(1, "s2", "one")), "3"),
            Bar("B", (Part(1, "s1", "one"),), "1", target=3),
        ]
    )
    two, one = rects(shapes, "s1")
    assert two.width == pytest.approx(2 * one.width, abs=0.2)
    [after] = rects(shapes, "s2")
    assert after.x == pytest.approx(two.x + two.width, abs=0.2)
    [target] = rects(shapes, "target")
    assert target.x + 1.5 == pytest.approx(after.x + after.width, abs=0.2)
    assert all(shape.y + shape.height <= height for shape in shapes)


def test_columns_stand_on_one_line_and_grow_upwards() -> None:
    height, shapes = columns(
        [[Part(1, "s1", ""), Part(3, "s2", "")], [], [Part(4, "s1", "")]], ["a", "b", "c"]
    )
    low, tall = rects(shapes, "s1")
    [high] = rects(shapes, "s2")
    assert low.y + low.height == pytest.approx(tall.y + tall.height)
    assert high.y + high.height == pytest.approx(low.y, abs=0.2)
    assert tall.height == pytest.approx(4 * low.height, abs=0.3)
    assert all(0 <= shape.y <= height for shape in shapes)


def test_lines_leave_out_what_there_is_not_and_their_names_do_not_meet() -> None:
    _height, shapes = lines(
        [
            Line("one", "s1", (1, None, 3)),
            Line("two", "s2", (2, 2.9, 3)),
            Line("none", "s3", (None, None, None)),
        ],
        ["a", "b", "c"],
    )
    drawn = [
        shape.points.split() for shape in shapes if shape.kind == "line" and shape.look in {"s1", "s2", "s3"}
    ]
    assert [len(points) for points in drawn] == [2, 3]
    names = [shape for shape in shapes if shape.text in {"one", "two", "none"}]
    assert len(names) == 2
    assert abs(names[0].y - names[1].y) >= 16
    assert all(shape.x <= WIDTH for shape in shapes)


def test_a_single_value_is_drawn_too() -> None:
    _height, shapes = lines([Line("one", "s1", (5,))], ["a"])
    assert [shape.kind for shape in shapes if shape.look == "s1"] == ["line", "dot"]


def test_what_is_left_goes_down_in_steps_and_on_at_this_pace() -> None:
    told = Steps(
        ((0, 10), (0.25, 9), (0.4, 7)),
        most=10,
        ends_with=3,
        now=0.5,
        now_label="now",
        begin_label="",
        end_label="",
    )
    _height, shapes = steps(told)
    solid, dotted = [shape for shape in shapes if shape.kind == "line" and shape.look.startswith("s1")]
    corners = [tuple(map(float, corner.split(","))) for corner in solid.points.split()]
    for (x0, y0), (x1, y1) in pairwise(corners):
        assert x0 == x1 or y0 == y1
    assert dotted.look == "s1 dotted"
    assert dotted.points.split()[0] == solid.points.split()[-1]


def test_nothing_is_foretold_where_nothing_can_be_said() -> None:
    told = Steps(((0, 10),), most=10, ends_with=None, now=0.1, now_label="", begin_label="", end_label="")
    assert not [shape for shape in steps(told)[1] if "dotted" in shape.look]
