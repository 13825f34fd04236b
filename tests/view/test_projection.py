"""The picture says what the plan says: every figure is checked against its own recount."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise
from typing import Any

import pytest

from mcu_lab.device import ad_hoc, board
from mcu_lab.graph.ir import Graph
from mcu_lab.graph.tflite_read import read_tflite
from mcu_lab.lowering import default_schedule, lower
from mcu_lab.plan.extent import Extent
from mcu_lab.plan.extents import extents
from mcu_lab.plan.lifetimes import live_bytes, macs, step_macs
from mcu_lab.plan.model import Compute, Copy, Plan
from mcu_lab.schedule.model import ByRows, Schedule
from mcu_lab.view.picture import Projection
from mcu_lab.view.projection import MOST_CORNERS, corners, describe, project
from mcu_lab.view.rects import MOST_PIECES, outline
from mcu_lab.view.rows import step_rows
from mcu_lab.view.words import listed, shape_words, short_name, size_words, stage_words
from tests.conftest import model_path
from tests.session.models import diamond

MODELS = ["mlperf_kws_dscnn_int8", "mlperf_ic_resnet8_int8", "swiftnet_cell_vww_uint8", "mobilenetv2_100_224_int8"]


def pictured(name: str) -> tuple[Plan, Projection]:
    graph = read_tflite(model_path(name))
    plan = lower(graph, default_schedule(graph), board("nucleo-f446re"))
    return plan, project(plan)


def staged(name: str, last: int, rows: int = 2, **decisions: Any) -> tuple[Plan, Schedule]:
    """The first operators of a model, up to ``last``, as a stage."""
    graph = read_tflite(model_path(name))
    stage = ByRows(tuple(range(last)), rows)
    schedule = replace(default_schedule(graph), stages=(stage,), **decisions)
    return lower(graph, schedule, board("nucleo-f446re")), schedule


def curve_at(picture: Projection, step: int) -> int:
    return [live for start, live in picture.curve if start <= step][-1]


@pytest.mark.parametrize("name", MODELS)
def test_rectangles_are_the_buffers_and_their_touches(name: str) -> None:
    plan, picture = pictured(name)
    assert {r.buffer for r in picture.rects} == {b.id for b in plan.buffers}
    computes = [step for step in plan.steps if isinstance(step, Compute)]
    for rect in picture.rects:
        buffer = plan.buffer[rect.buffer]
        assert (rect.offset, rect.bytes, rect.memory) == (buffer.offset, buffer.bytes, buffer.memory)
        assert 0 <= rect.first_step < rect.end_step <= len(plan.steps)
        read = {s.op for s in computes if rect.buffer in {v.buffer for slot in s.reads for v in slot}}
        assert set(rect.readers) == read
        assert set(rect.writers) >= {s.op for s in computes if rect.buffer in {v.buffer for v in s.writes if v}}


@pytest.mark.parametrize("name", MODELS)
def test_the_curve_is_live_bytes(name: str) -> None:
    plan, picture = pictured(name)
    assert [curve_at(picture, step.id) for step in plan.steps] == list(live_bytes(plan))
    assert picture.head.live_bound_bytes == max(live for _, live in picture.curve)
    assert all(before != after for (_, before), (_, after) in pairwise(picture.curve))


def test_a_curve_with_very_many_corners_is_an_upper_bound_with_few() -> None:
    curve = [i * 7919 % 1000 for i in range(50_000)]
    found = corners(curve)
    assert len(found) <= MOST_CORNERS
    assert max(live for _, live in found) == max(curve)
    ends = [*(step for step, _ in found[1:]), len(curve)]
    assert all(max(curve[start:end]) <= live for (start, live), end in zip(found, ends, strict=True))


@pytest.mark.parametrize("name", MODELS)
def test_rows_name_what_their_steps_touch(name: str) -> None:
    plan, picture = pictured(name)
    for step, row in zip(plan.steps, picture.rows, strict=True):
        assert (row.first_step, row.end_step, row.steps) == (step.id, step.id + 1, 1)
        if isinstance(step, Compute):
            assert row.op == step.op
            assert set(row.reads) == {v.buffer for slot in step.reads for v in slot}
            assert {v.buffer for v in step.writes if v} <= set(row.writes)
        elif isinstance(step, Copy):
            assert (row.reads, row.writes) == ((step.src.buffer,), (step.dst.buffer,))


@pytest.mark.parametrize("inputs", ["resident", "streamed"])
def test_a_stage_is_as_long_as_its_operators_however_many_steps_it_takes(inputs: str) -> None:
    plan, schedule = staged("mlperf_vww_mobilenetv1_int8", 6, inputs=inputs)
    picture = project(plan, schedule)
    assert len(plan.steps) > 3 * len(picture.rows)
    (stage,) = [row for row in picture.rows if row.kind == "stage"]
    members = [row for row in picture.rows if row.stage == stage.stage and row.kind != "stage"]
    assert {row.op for row in members if row.op is not None} == set(schedule.stages[0].operators)
    assert stage.steps == sum(row.steps for row in members) == stage.end_step - stage.first_step
    assert sum(row.steps for row in picture.rows if row.kind != "stage") == len(plan.steps)
    assert picture.head.macs == macs(plan) == sum(step_macs(plan.graph, step) for step in plan.steps)
    by_op = {row.op: row for row in members}
    for op in schedule.stages[0].operators:
        own = [step.id for step in plan.steps if isinstance(step, Compute) and step.op == op]
        assert (by_op[op].first_step, by_op[op].end_step, by_op[op].steps) == (own[0], own[-1] + 1, len(own))


def test_operators_are_counted_in_the_order_of_the_schedule() -> None:
    plan, schedule = staged("mlperf_ic_resnet8_int8", 5)
    rows = [row for row in project(plan, schedule).rows if row.kind == "operator"]
    assert {row.index: row.op for row in rows} == dict(enumerate(schedule.order))
    assert [row.index for row in rows] == sorted(row.index for row in rows if row.index is not None)


def test_a_stage_is_seen_in_the_steps_alone() -> None:
    plan, schedule = staged("mlperf_ic_resnet8_int8", 5)
    decided = project(plan, schedule).rows
    assert project(plan).rows == tuple(replace(row, how="") for row in decided)
    assert [row.how for row in decided if row.how] == [stage_words(stage) for stage in schedule.stages]


def test_single_steps_add_up_to_their_rows() -> None:
    plan, schedule = staged("mlperf_ic_resnet8_int8", 5)
    picture = project(plan, schedule)
    singles = step_rows(plan, range(len(plan.steps)))
    for row in picture.rows:
        if row.kind == "operator":
            own = [s for s in singles if s.op == row.op]
            assert row.macs == sum(s.macs for s in own)
            assert row.live_bytes == max(s.live_bytes for s in own)
            assert set(row.writes) == {name for s in own for name in s.writes}


@pytest.mark.parametrize("name", MODELS)
def test_the_peak_names_exactly_the_buffers_that_make_it(name: str) -> None:
    plan, picture = pictured(name)
    peak = picture.head.peak
    assert peak is not None
    by_id = {r.buffer: r for r in picture.rects}
    assert sum(by_id[b].bytes for b in peak.buffers) == peak.bytes == picture.rows[peak.row].live_bytes
    assert peak.bytes == max(live_bytes(plan))
    assert picture.rows[peak.row].first_step <= peak.step < picture.rows[peak.row].end_step
    assert f"step {peak.step}" in peak.text
    assert f"{by_id[peak.buffers[0]].bytes:,} B" in peak.text


def test_what_does_not_fit_says_by_how_much() -> None:
    graph = diamond(1000)
    plan = lower(graph, default_schedule(graph), ad_hoc(2000, 100_000))
    head = project(plan).head
    assert not head.fits
    assert f"{head.arena_bytes - 2000:,} B too many in sram" in head.verdict


def test_no_limit_is_no_limit() -> None:
    graph = diamond()
    head = project(lower(graph, default_schedule(graph), ad_hoc())).head
    assert head.fits and head.limit_bytes is None and head.flash_limit_bytes is None
    assert "No limit" in head.verdict


def test_aliases_and_in_place_steps_are_told_apart() -> None:
    graph = read_tflite(model_path("swiftnet_cell_vww_uint8"))
    split = next(op.id for op in graph.operators if op.kind == "SPLIT")
    schedule = replace(default_schedule(graph), alias=(split,))
    picture = project(lower(graph, schedule, ad_hoc()))
    actions = {row.op: row.action for row in picture.rows}
    assert actions[split] == "alias"
    assert {a for op, a in actions.items() if op != split} == {"compute"}

    small = diamond()
    picture = project(lower(small, replace(default_schedule(small), in_place=((2, 0),)), ad_hoc()))
    assert [row.action for row in picture.rows] == ["compute", "compute", "in_place"]


def test_a_graph_without_operators_has_a_picture() -> None:
    graph = diamond()
    empty: Graph = replace(graph, operators=(), outputs=(0,))
    picture = project(lower(empty, default_schedule(empty), ad_hoc()))
    assert picture.rows == () and picture.head.peak is None


def test_the_model_is_described_whole() -> None:
    graph = read_tflite(model_path("mlperf_kws_dscnn_int8"))
    model = describe(graph, "m.tflite")
    assert [t.id for t in model.tensors] == list(range(len(graph.tensors)))
    assert sum(op.macs for op in model.operators) == sum(r.macs for r in pictured("mlperf_kws_dscnn_int8")[1].rows)
    assert all(i >= 0 for op in model.operators for i in op.inputs)


@pytest.mark.parametrize(
    ("name", "short"),
    [
        ("MobilenetV2/expanded_conv_3/relu6/Relu6;more/of/it", "relu6/Relu6"),
        ("serving_default_input:0", "serving_default_input"),
        ("", ""),
        ("a/" + "b" * 90, "…" + "b" * 47),
        ("<img src=x onerror=alert(1)>", "<img src=x onerror=alert(1)>"),
    ],
)
def test_short_names(name: str, short: str) -> None:
    assert short_name(name) == short


def test_words() -> None:
    assert (listed([]), listed(["a"]), listed(["a", "b"]), listed(["a", "b", "c"])) == (
        "",
        "a",
        "a and b",
        "a, b and c",
    )
    assert (listed(["a", "b"], "; "), listed(["a", "b", "c"], "; ")) == ("a and b", "a; b; and c")
    assert (shape_words((1, 1, 5)), shape_words((1, 96, 96, 3)), shape_words(())) == ("5", "96×96×3", "scalar")
    assert (size_words(512), size_words(262144), size_words(2 << 20)) == ("512 B", "256 KiB", "2 MiB")


@pytest.mark.parametrize("inputs", ["resident", "streamed"])
def test_outlines_are_the_extents(inputs: str) -> None:
    plan, schedule = staged("mlperf_ic_resnet8_int8", 5, inputs=inputs)
    live = extents(plan)
    drawn = [r for r in project(plan, schedule).rects if r.memory == plan.device.arena]
    assert any(r.outline for r in drawn) and not all(r.outline for r in drawn)
    for rect in drawn:
        for step in range(rect.first_step, rect.end_step):
            hull = live[rect.buffer].at(step)
            lo, hi = 0, rect.bytes
            if rect.outline:
                lo, hi = [(lo, hi) for start, lo, hi in rect.outline if start <= step][-1]
            assert (lo, hi) == (hull.lo, hull.hi) or (not hull and lo == hi)


def test_an_outline_with_very_many_corners_is_drawn_coarser_but_never_smaller() -> None:
    hulls = [(i % 7, 100 + i % 11) for i in range(3_000)]
    extent = Extent.of(range(len(hulls) + 1), hulls)
    found = outline(extent, 200)
    assert len(found) <= MOST_PIECES
    for step, (lo, hi) in enumerate(hulls):
        drawn_lo, drawn_hi = [(a, b) for start, a, b in found if start <= step][-1]
        assert drawn_lo <= lo and hi <= drawn_hi


def test_pictures_that_share_their_steps_differ_in_offsets_alone() -> None:
    graph = diamond()
    schedule = default_schedule(graph)
    one = project(lower(graph, schedule, ad_hoc()), schedule)
    moved = replace(schedule, pins=(("t3", 4096),))
    other = project(lower(graph, moved, ad_hoc(8192)), moved)
    assert [r.offset for r in other.rects if r.buffer == "t3"] == [4096]
    assert [replace(r, offset=0) for r in one.rects] == [replace(r, offset=0) for r in other.rects]
    assert (one.rows, one.curve) == (other.rows, other.curve)
    assert one.head.arena_bytes < other.head.arena_bytes and other.head.limit_bytes == 8192


@pytest.mark.parametrize("fresh", ["inside", "apart"])
def test_outlines_hold_the_bytes_that_are_live(fresh: str) -> None:
    graph = read_tflite(model_path("mlperf_vww_mobilenetv1_int8"))
    stage = ByRows(tuple(range(8)), fresh=fresh)  # type: ignore[arg-type]
    plan = lower(graph, replace(default_schedule(graph), stages=(stage,)), board("nucleo-f446re"))
    rects = {r.buffer: r for r in project(plan).rects}
    live = extents(plan)
    assert any(rects[name].outline for name in live)
    for name, extent in live.items():
        rect = rects[name]
        if not rect.outline:
            assert extent.is_rectangle
            continue
        assert len(rect.outline) <= MOST_PIECES
        for step in range(rect.first_step, rect.end_step):
            lo, hi = [(lo, hi) for start, lo, hi in rect.outline if start <= step][-1]
            hull = extent.at(step)
            assert not hull or lo <= hull.lo < hull.hi <= hi <= rect.bytes


def test_the_peaks_sizes_are_live_bytes() -> None:
    plan, schedule = staged("mlperf_vww_mobilenetv1_int8", 8)
    peak = project(plan, schedule).head.peak
    assert peak is not None
    assert peak.bytes == max(live_bytes(plan))
    assert set(peak.buffers) == {name for name, extent in extents(plan).items() if extent.at(peak.step)}
