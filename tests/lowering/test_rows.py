"""Stages by rows: fresh rows apart, sums of rows, operators that move nothing, in Python and in exported C."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import pytest

from mcu_lab.device.ad_hoc import ad_hoc
from mcu_lab.errors import ScheduleError
from mcu_lab.graph.ir import Graph
from mcu_lab.graph.tflite_read import read_tflite
from mcu_lab.limits import ROWS
from mcu_lab.lowering import default_schedule, lower
from mcu_lab.lowering.groups import candidates
from mcu_lab.lowering.rows import check_rows
from mcu_lab.plan.address import is_zero_copy
from mcu_lab.plan.lifetimes import macs, peak_bytes
from mcu_lab.plan.model import Compute, Copy, Form, Plan, View, views_of
from mcu_lab.plan.verify import verify
from mcu_lab.schedule.model import ByChannels, ByRows, ByTiles, Fresh, InputMode, Stage
from tests.conftest import model_path
from tests.firmware.cases import assert_same_bytes, needs_gcc
from tests.lowering.nets import Net as FlatNet
from tests.lowering.stage_cases import staged
from tests.plan.judge import Judge
from tests.plan.tiny import Net

#: Model, and the last operator of a stage that begins with the first.
TO_THE_END = (
    ("mlperf_kws_dscnn_int8", 11),
    ("mlperf_ic_resnet8_int8", 14),
    ("har_cnn_int8", 5),
    ("person_detect_int8", 29),
    ("mcunet_5fps_vww_int8", 20),
)


@cache
def graph_of(model: str) -> Graph:
    return read_tflite(model_path(model))


@cache
def judge_of(model: str) -> Judge:
    return Judge.of(graph_of(model), seed=5)


def assert_right(plan: Plan) -> None:
    assert verify(plan) == ()
    assert Judge.of(plan.graph).difference(plan, on_the_way=True) == ""


def views(plan: Plan, buffer: str) -> list[View]:
    return [v for step in plan.steps for v in views_of(step) if v.buffer == buffer]


@pytest.mark.quick(3)
@pytest.mark.parametrize(("inputs", "rows"), [("resident", 1), ("streamed", 2)])
@pytest.mark.parametrize("fresh", ["inside", "apart"])
@pytest.mark.parametrize(("model", "last"), TO_THE_END)
def test_real_models_to_the_end(model: str, last: int, fresh: Fresh, inputs: InputMode, rows: int) -> None:
    graph = graph_of(model)
    plan = staged(graph, (0, last), rows=rows, inputs=inputs, fresh=fresh, alias=candidates(graph)[0])
    assert verify(plan) == ()
    assert judge_of(model).difference(plan, on_the_way=True) == ""
    assert macs(plan) <= macs(lower(graph, default_schedule(graph), ad_hoc()))


@pytest.mark.parametrize(("model", "last"), TO_THE_END[:2])
def test_fresh_rows_apart_take_less(model: str, last: int) -> None:
    graph = graph_of(model)
    apart, inside = (staged(graph, (0, last), fresh=fresh, alias=candidates(graph)[0]) for fresh in ("apart", "inside"))
    assert peak_bytes(apart) < peak_bytes(inside)


@pytest.mark.parametrize("kernel", [1, 3, 5])
def test_a_line_buffer_keeps_what_windows_share(kernel: int) -> None:
    net = Net((1, 12, 4, 2))
    x = net.conv(net.input, 2)
    graph = net.graph(net.relu(net.conv(x, 2, kernel)))
    plan = staged(graph, (0, 2), fresh="apart")
    assert plan.buffer[f"f{x}"].shape[1] == 1
    assert (f"t{x}" in plan.buffer) == (kernel > 1)
    if kernel > 1:
        assert plan.buffer[f"t{x}"].shape[1] == kernel - 1
        assert [v.ring.rows for v in views(plan, f"t{x}") if v.ring] == [kernel - 1] * len(views(plan, f"t{x}"))
    assert_right(plan)


def test_a_strided_window_keeps_less_and_lies_on_more() -> None:
    net = Net((1, 12, 4, 2))
    x = net.conv(net.input, 2)
    plan = staged(net.graph(net.relu(net.conv(x, 2, 3, stride=2))), (0, 2), fresh="apart")
    assert plan.buffer[f"t{x}"].shape[1] == 1
    assert plan.buffer[f"f{x}"].shape[1] == 2
    assert_right(plan)


def test_each_row_moves_at_most_once() -> None:
    graph = graph_of("mlperf_kws_dscnn_int8")
    plan = staged(graph, (0, 11), fresh="apart")
    moved = [(s.dst.tensor, row) for s in plan.steps if isinstance(s, Copy) for row in range(*_bounds(s.dst))]
    assert moved
    assert len(set(moved)) == len(moved)
    assert all(isinstance(s, Copy) and s.src.buffer == f"f{s.dst.tensor}" for s in plan.steps if isinstance(s, Copy))


def _bounds(view: View) -> tuple[int, int]:
    return view.box[1].lo, view.box[1].hi


@pytest.mark.parametrize("fresh", ["inside", "apart"])
def test_a_branch_lies_in_the_line_buffer_of_what_it_names(fresh: Fresh) -> None:
    net = Net((1, 9, 4, 4))
    x = net.conv(net.input, 4)
    a, b = net.split(x, 2)
    joined = net.concatenation((net.conv(a, 2), net.depthwise(b)))
    graph = net.graph(net.add(net.conv(joined, 4), net.input))
    for alias in ((), (1,), (4,), (1, 4)):
        plan = staged(graph, (0, 6), fresh=fresh, alias=alias)
        assert_right(plan)
        named = {t for op in alias for t in (*graph.operators[op].inputs, *graph.operators[op].outputs)}
        held = named & {int(b.id[1:]) for b in plan.buffers if b.id[0] in "tf"}
        assert held == {t for op, t in ((1, x), (4, joined)) if op in alias}


def test_a_pad_inside_a_line_buffer_only_counts_differently() -> None:
    net = Net((1, 9, 4, 2))
    x = net.relu(net.input)
    wide = net.pad(x, (2, 1), (1, 1))
    graph = net.graph(net.conv(wide, 2))
    plan = staged(graph, (0, 2), alias=(1,))
    rings = {v.tensor: v.ring for v in views(plan, f"t{x}") if v.ring}
    assert (rings[x].phase - 2 - rings[wide].phase) % rings[x].rows == 0
    assert all(is_zero_copy(graph, s) for s in plan.steps if isinstance(s, Compute) and s.op == 1)
    assert {s.op for s in plan.steps if isinstance(s, Compute)} == {0, 1, 2}
    assert peak_bytes(plan) < peak_bytes(staged(graph, (0, 2)))
    assert_right(plan)


@pytest.mark.parametrize("alias", [(), (1,)])
@pytest.mark.parametrize("rows", [1, 2])
def test_a_classifier_adds_up_rows(alias: tuple[int, ...], rows: int) -> None:
    net = Net((1, 9, 4, 2))
    x = net.conv(net.input, 2)
    graph = net.graph(net.fully_connected(net.reshape(x, (1, 72)), 3))
    plan = staged(graph, (0, 2), rows=rows, alias=alias)
    assert plan.buffer["a2"].form is Form.SUMS
    assert plan.buffer["a2"].bytes == 12
    assert plan.buffer[f"t{x}"].shape[1] == rows
    assert sum(isinstance(s, Compute) and s.op == 2 for s in plan.steps) == -(-9 // rows)
    assert_right(plan)


def test_what_reads_a_sum_is_in_the_stage_too() -> None:
    net = Net((1, 8, 8, 2))
    pooled = net.average_pool(net.conv(net.input, 2), 8)
    graph = net.graph(net.relu(net.fully_connected(net.reshape(pooled, (1, 2)), 3)), net.mean(pooled, 1, 2))
    for alias in ((), (2,)):
        assert_right(staged(graph, (0, 5), alias=alias))


def test_a_sum_of_rows_needs_no_line_buffer_before_it() -> None:
    net = Net((1, 8, 4, 2))
    graph = net.graph(net.mean(net.input, 1, 2))
    plan = staged(graph, (0, 0))
    assert peak_bytes(plan) > peak_bytes(staged(graph, (0, 0), inputs="streamed"))
    assert_right(plan)


def test_rows_of_a_vector_arrive_as_those_of_its_image() -> None:
    net = Net((1, 72))
    image = net.reshape(net.input, (1, 9, 4, 2))
    graph = net.graph(net.conv(net.conv(image, 2), 2))
    for alias in ((), (0,)):
        plan = staged(graph, (0, 2), inputs="streamed", fresh="apart", alias=alias)
        arrivals = [s.dst.box[1] for s in plan.steps if isinstance(s, Copy) and s.src.buffer == f"i{net.input}"]
        assert [(i.lo, i.hi) for i in arrivals] == [(row * 8, row * 8 + 8) for row in range(9)]
        assert_right(plan)


@pytest.mark.parametrize("rows", [1, 2])
def test_a_row_that_arrives_serves_all_its_readers(rows: int) -> None:
    net = Net((1, 9, 4, 2))
    a, b = net.conv(net.input, 2, 5), net.depthwise(net.input)
    graph = net.graph(net.add(net.concatenation((a, b)), net.concatenation((net.input, net.input))))
    for fresh in ("inside", "apart"):
        plan = staged(graph, (0, 4), rows=rows, inputs="streamed", fresh=fresh)
        loaded = [
            row for s in plan.steps if isinstance(s, Copy) and s.src.buffer[0] == "i" for row in range(*_bounds(s.dst))
        ]
        assert loaded == list(range(9))
        assert_right(plan)


def test_all_that_shares_storage_is_whole_when_one_of_it_is() -> None:
    net = Net((1, 9, 4, 4))
    a, b = net.split(net.conv(net.input, 4), 2)
    graph = net.graph(net.conv(a, 2), net.relu(b))
    plan = staged(graph, (0, 2), alias=(1,))
    assert all(v.ring is None for step in plan.steps for v in views_of(step))
    assert_right(plan)


@pytest.mark.parametrize(
    ("stage", "reason"),
    [
        (ByTiles((0, 1), columns=-1), "-1 columns"),
        (ByChannels((0, 1), channels=-2), "-2 channels"),
        (ByRows((0, 1), fresh="elsewhere"), "no fresh rows 'elsewhere'"),  # type: ignore[arg-type]
        (ByTiles((0, 1), rows=0), "0 rows"),
        (ByTiles((0, 1), anew="none"), "which is not in it"),  # type: ignore[arg-type]
        (ByRows((1, 2)), "RESHAPE cannot be made row by row: .* no sum of rows"),
    ],
)
def test_what_is_no_stage_is_refused(stage: Stage, reason: str) -> None:
    net = Net((1, 8, 4, 2))
    graph = net.graph(net.reshape(net.conv(net.conv(net.input, 2), 2), (2, 8, 4, 1)))
    with pytest.raises(ScheduleError, match=reason):
        lower(graph, replace(default_schedule(graph), stages=(stage,)), ad_hoc())


def test_what_does_not_lie_in_rows_has_no_line_buffer() -> None:
    net = Net((1, 6, 4, 2))
    graph = net.graph(net.conv(net.reshape(net.conv(net.input, 2), (1, 4, 6, 2)), 2))
    assert_right(staged(graph, (0, 2)))
    with pytest.raises(ScheduleError, match=r"RESHAPE cannot leave .* in a line buffer"):
        staged(graph, (0, 2), alias=(1,))


@pytest.mark.parametrize("height", [1 << 30, ROWS.default])
def test_a_stage_of_very_many_rows_is_refused_at_once(height: int) -> None:
    net = FlatNet()
    x, y, z = net.input(1, height, 1, 1), net.tensor(1, height, 1, 1), net.tensor(1, height, 1, 1)
    net.op("RELU", [x], [y])
    net.op("RELU", [y], [z])
    with pytest.raises(ScheduleError, match=r"takes [\d,]+ rows; at most"):
        check_rows(net.graph(z), (0, 1))


@needs_gcc
@pytest.mark.slow
@pytest.mark.parametrize(
    ("model", "last", "fresh"),
    [
        ("mlperf_kws_dscnn_int8", 11, "apart"),
        ("mlperf_ic_resnet8_int8", 14, "apart"),
        ("har_cnn_int8", 5, "apart"),
        ("har_cnn_int8", 5, "inside"),
    ],
)
def test_exported_c(model: str, last: int, fresh: Fresh) -> None:
    graph = graph_of(model)
    assert_same_bytes(staged(graph, (0, last), fresh=fresh, alias=candidates(graph)[0]))


@needs_gcc
@pytest.mark.slow
@pytest.mark.parametrize("rows", [1, 2])
def test_exported_c_of_everything_at_once(rows: int) -> None:
    net = Net((1, 9, 5, 4))
    a, b = net.split(net.conv(net.pad(net.relu(net.input), (2, 1), (0, 1)), 4, stride=2), 2)
    c = net.concatenation((net.depthwise(a), net.conv(b, 2, 5)))
    d = net.add(net.conv(c, 4), c)
    flat = net.reshape(d, (1, net.shape(d)[1] * net.shape(d)[2] * 4))
    graph = net.graph(net.fully_connected(flat, 3), net.fully_connected(net.mean(d, 1, 2), 2))
    last = len(graph.operators) - 1
    assert_same_bytes(staged(graph, (0, last), rows=rows, inputs="streamed", fresh="apart", alias=candidates(graph)[0]))


@pytest.mark.parametrize("fresh", ["inside", "apart"])
def test_what_one_operator_makes_in_two_places_of_a_tensor_is_not_made_in_order(fresh: Fresh) -> None:
    """Halves of the channels, one of which comes to lie behind the other in rows."""
    net = Net((1, 4, 4, 2))
    halves = net.split(net.input, 2)
    joined = net.concatenation(halves, 1)
    graph = net.graph(net.conv(joined, 1), net.add(halves[1], halves[1]), net.conv(halves[0], 2))
    operators = tuple(op.id for op in graph.operators)
    schedule = replace(default_schedule(graph), stages=(ByRows(operators, 1, fresh),))
    assert_right(lower(graph, schedule, ad_hoc()))
    assert_right(lower(graph, replace(schedule, alias=(operators[1],)), ad_hoc()))
