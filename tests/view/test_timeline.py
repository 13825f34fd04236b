"""The Bokeh timeline draws the plan's buffers, and nothing but them."""

from __future__ import annotations

from dataclasses import replace

import pytest
from bokeh.models import ColumnDataSource, GlyphRenderer, Patches, Step
from bokeh.models.annotations import BoxAnnotation, Label, Span

from mcu_lab.device.ad_hoc import ad_hoc
from mcu_lab.lowering import default_schedule, lower
from mcu_lab.plan.extents import extents
from mcu_lab.plan.lifetimes import arena_bytes, lifetimes, live_bytes
from mcu_lab.schedule.model import Stage
from mcu_lab.view.projection import project
from mcu_lab.view.timeline import COLOURS, Chart, timeline
from tests.view.examples import as_stored

MODELS = ["digits_two_branch_int8", "digits_residual_int8"]


def drawn(made: Chart, glyph: type) -> list[GlyphRenderer]:
    return [r for r in made.figure.renderers if isinstance(r, GlyphRenderer) and isinstance(r.glyph, glyph)]


def limits(made: Chart) -> list[float]:
    return [s.location for s in made.figure.select(Span)]


def polygons(source: ColumnDataSource) -> dict[str, list[tuple[int, int]]]:
    data = source.data
    return {
        name: list(zip(steps, offsets, strict=True))
        for name, steps, offsets in zip(data["buffer"], data["steps"], data["offsets"], strict=True)
    }


@pytest.mark.parametrize("name", MODELS)
def test_rectangles_are_the_buffers_of_the_arena(name: str) -> None:
    plan = as_stored(name)
    patches = drawn(timeline(project(plan)), Patches)
    assert all((p.glyph.xs, p.glyph.ys) == ("steps", "offsets") for p in patches)
    found = [polygons(p.data_source) for p in patches]
    lives = lifetimes(plan)
    boxes = {
        b.id: [(lives[b.id].lo, b.offset), (lives[b.id].hi, b.offset), (lives[b.id].hi, b.end), (lives[b.id].lo, b.end)]
        for b in plan.buffers
        if b.memory == plan.device.arena
    }
    assert {name: corners for some in found for name, corners in some.items()} == boxes
    assert sum(map(len, found)) == len(boxes)


def test_what_is_live_in_parts_is_a_staircase_of_the_same_area() -> None:
    graph = as_stored("digits_residual_int8").graph
    schedule = replace(default_schedule(graph), stages=(Stage((0, 1), rows=1),))
    plan = lower(graph, schedule, ad_hoc())
    picture = project(plan, schedule)
    corners = {n: c for p in drawn(timeline(picture), Patches) for n, c in polygons(p.data_source).items()}
    live = extents(plan)
    assert any(len(c) > 4 for c in corners.values())
    for name, extent in live.items():
        twice = sum(
            x0 * y1 - x1 * y0
            for (x0, y0), (x1, y1) in zip(corners[name], corners[name][1:] + corners[name][:1], strict=True)
        )
        area = sum((extent.hi - extent.lo) * (extent.steps[1:] - extent.steps[:-1]))
        assert abs(twice) == 2 * area


def test_stages_are_shaded_where_they_run() -> None:
    graph = as_stored("digits_residual_int8").graph
    schedule = replace(default_schedule(graph), stages=(Stage((0, 1), rows=1),))
    picture = project(lower(graph, schedule, ad_hoc()), schedule)
    (stage,) = [row for row in picture.rows if row.kind == "stage"]
    (shade,) = timeline(picture).figure.select({"type": BoxAnnotation, "name": "stage"})
    assert (shade.left, shade.right) == (stage.first_step, stage.end_step)
    assert [label.text for label in timeline(picture).figure.select(Label)] == [stage.label]
    assert list(timeline(project(as_stored("digits_residual_int8"))).figure.select({"name": "stage"})) == []


@pytest.mark.parametrize("name", MODELS)
def test_the_curve_is_live_bytes_over_steps(name: str) -> None:
    plan = as_stored(name)
    (curve,) = drawn(timeline(project(plan)), Step)
    live = list(live_bytes(plan))
    assert curve.glyph.mode == "after"
    corners = list(zip(curve.data_source.data["x"], curve.data_source.data["y"], strict=True))
    assert corners[-1] == (len(live), live[-1])
    assert [[y for x, y in corners if x <= step][-1] for step in range(len(live))] == live


def test_the_whole_arena_is_in_sight() -> None:
    plan = as_stored("digits_two_branch_int8")
    fig = timeline(project(plan)).figure
    assert fig.y_range.start == 0 and fig.y_range.end > arena_bytes(plan)
    assert fig.x_range.start <= 0 and fig.x_range.end >= len(plan.steps)


@pytest.mark.parametrize("share", [0.5, 1.0, 3.9])
def test_a_limit_near_the_arena_is_drawn_and_in_sight(share: float) -> None:
    sram = round(share * arena_bytes(as_stored("digits_two_branch_int8")))
    made = timeline(project(as_stored("digits_two_branch_int8", ad_hoc(sram))))
    assert limits(made) == [sram]
    assert made.figure.y_range.end > sram


@pytest.mark.parametrize("sram", [None, 16 << 20])
def test_a_limit_far_above_would_flatten_everything(sram: int | None) -> None:
    assert limits(timeline(project(as_stored("digits_two_branch_int8", ad_hoc(sram))))) == []


def test_roles_have_colours_of_their_own() -> None:
    assert len({colour for colour, _ in COLOURS.values()}) == len(COLOURS)


def test_the_title_is_the_verdict_unless_one_is_given() -> None:
    picture = project(as_stored("digits_mlp_int8", ad_hoc(64)))
    assert timeline(picture).figure.title.text == picture.head.verdict
    assert timeline(picture, title="mine").figure.title.text == "mine"
