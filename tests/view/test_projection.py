"""The picture says what the plan says: every figure is checked against its own recount."""

from __future__ import annotations

from dataclasses import replace

import pytest

from mcu_lab.device import ad_hoc, board
from mcu_lab.graph.ir import Graph
from mcu_lab.graph.tflite_read import read_tflite
from mcu_lab.lowering import default_schedule, lower
from mcu_lab.plan.model import Compute, Copy, Plan
from mcu_lab.view.picture import Projection
from mcu_lab.view.projection import describe, project
from mcu_lab.view.words import listed, shape_words, short_name, size_words
from tests.conftest import model_path
from tests.session.models import diamond

MODELS = ["mlperf_kws_dscnn_int8", "mlperf_ic_resnet8_int8", "swiftnet_cell_vww_uint8", "mobilenetv2_100_224_int8"]


def pictured(name: str) -> tuple[Plan, Projection]:
    graph = read_tflite(model_path(name))
    plan = lower(graph, default_schedule(graph), board("nucleo-f446re"))
    return plan, project(plan)


@pytest.mark.parametrize("name", MODELS)
def test_rectangles_are_the_buffers_and_their_touches(name: str) -> None:
    plan, picture = pictured(name)
    assert {r.buffer for r in picture.rects} == {b.id for b in plan.buffers}
    for rect in picture.rects:
        buffer = plan.buffer[rect.buffer]
        assert (rect.offset, rect.bytes, rect.memory) == (buffer.offset, buffer.bytes, buffer.memory)
        assert 0 <= rect.first_step < rect.end_step <= len(plan.steps)
        for step in (*rect.writers, *rect.readers):
            assert rect.first_step <= step < rect.end_step


@pytest.mark.parametrize("name", MODELS)
def test_the_curve_is_the_sum_of_the_rectangles_alive(name: str) -> None:
    _, picture = pictured(name)
    for row in picture.rows:
        alive = [r for r in picture.rects if r.memory == picture.arena and r.first_step <= row.step < r.end_step]
        assert row.live_bytes == sum(r.bytes for r in alive)
        assert all(r.offset + r.bytes <= picture.arena_bytes for r in alive)
    assert picture.live_bound_bytes == max(r.live_bytes for r in picture.rows)


@pytest.mark.parametrize("name", MODELS)
def test_rows_name_what_their_steps_touch(name: str) -> None:
    plan, picture = pictured(name)
    for step, row in zip(plan.steps, picture.rows, strict=True):
        if isinstance(step, Compute):
            assert row.op == step.op
            assert set(row.reads) == {v.buffer for slot in step.reads for v in slot}
            assert {v.buffer for v in step.writes if v} <= set(row.writes)
        elif isinstance(step, Copy):
            assert (row.reads, row.writes) == ((step.src.buffer,), (step.dst.buffer,))


@pytest.mark.parametrize("name", MODELS)
def test_the_peak_names_exactly_the_buffers_that_make_it(name: str) -> None:
    _, picture = pictured(name)
    peak = picture.peak
    assert peak is not None
    by_id = {r.buffer: r for r in picture.rects}
    assert sum(by_id[b].bytes for b in peak.buffers) == peak.bytes == picture.rows[peak.step].live_bytes
    assert f"step {peak.step}" in peak.text
    assert f"{by_id[peak.buffers[0]].bytes:,} B" in peak.text


def test_what_does_not_fit_says_by_how_much() -> None:
    graph = diamond(1000)
    plan = lower(graph, default_schedule(graph), ad_hoc(2000, 100_000))
    picture = project(plan)
    assert not picture.fits
    assert f"{picture.arena_bytes - 2000:,} B too many in sram" in picture.verdict


def test_no_limit_is_no_limit() -> None:
    graph = diamond()
    picture = project(lower(graph, default_schedule(graph), ad_hoc()))
    assert picture.fits and picture.limit_bytes is None and picture.flash_limit_bytes is None
    assert "No limit" in picture.verdict


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
    assert picture.rows == () and picture.peak is None


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
