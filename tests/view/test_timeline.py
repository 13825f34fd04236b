"""The Bokeh timeline draws the plan's buffers, and nothing but them."""

from __future__ import annotations

from dataclasses import replace

import pytest
from bokeh.models import ColumnDataSource, GlyphRenderer, Patches, Quad, Step
from bokeh.models.annotations import Span

from mcu_lab.device.ad_hoc import ad_hoc
from mcu_lab.lowering import default_schedule, lower
from mcu_lab.plan.lifetimes import arena_bytes, lifetimes, live_bytes
from mcu_lab.plan.model import Plan
from mcu_lab.schedule.model import ByRows
from mcu_lab.view.projection import project
from mcu_lab.view.timeline import COLOURS, Timeline, timeline
from tests.view.examples import as_stored

MODELS = ["digits_two_branch_int8", "digits_residual_int8"]


def drawn(made: Timeline, glyph: type) -> list[GlyphRenderer]:
    return [r for r in made.figure.renderers if isinstance(r, GlyphRenderer) and isinstance(r.glyph, glyph)]


def limits(made: Timeline) -> list[float]:
    return [s.location for s in made.figure.select(Span)]


def rectangles(source: ColumnDataSource) -> set[tuple[str, int, int, int, int]]:
    data = source.data
    return set(zip(data["buffer"], data["first"], data["end"], data["offset"], data["top"], strict=True))


def buffers(plan: Plan) -> set[tuple[str, int, int, int, int]]:
    lives = lifetimes(plan)
    return {
        (b.id, lives[b.id].lo, lives[b.id].hi, b.offset or 0, b.end)
        for b in plan.buffers
        if b.memory == plan.device.arena
    }


@pytest.mark.parametrize("name", MODELS)
def test_rectangles_are_the_buffers_of_the_arena(name: str) -> None:
    plan = as_stored(name)
    quads = drawn(timeline(project(plan)), Quad)
    found = [rectangles(q.data_source) for q in quads]
    assert set().union(*found) == buffers(plan)
    assert sum(map(len, found)) == len(buffers(plan))
    assert all(
        (q.glyph.left, q.glyph.right, q.glyph.bottom, q.glyph.top) == ("first", "end", "offset", "top") for q in quads
    )


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


def test_what_is_live_in_parts_is_a_staircase_inside_its_rectangle() -> None:
    plan = as_stored("digits_residual_int8")
    schedule = replace(default_schedule(plan.graph), stages=(ByRows(tuple(range(8))),))
    picture = project(lower(plan.graph, schedule, plan.device))
    stairs = {r.buffer: r for r in picture.rects if r.outline}
    outlines = drawn(timeline(picture), Patches)
    assert stairs and sum(len(p.data_source.data["xs"]) for p in outlines) == len(stairs)
    for patch in outlines:
        for xs, ys in zip(patch.data_source.data["xs"], patch.data_source.data["ys"], strict=True):
            lives = [r for r in stairs.values() if (r.first_step, r.end_step) == (min(xs), max(xs))]
            assert any(r.offset <= min(ys) <= max(ys) <= r.offset + r.bytes for r in lives)
