"""Stages: rows through line buffers give the graph's bytes, nothing is made twice, no ring is longer than it must."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from functools import cache
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mcu_lab.device.ad_hoc import ad_hoc
from mcu_lab.errors import ScheduleError
from mcu_lab.graph.box import Box
from mcu_lab.graph.ir import Graph
from mcu_lab.graph.tflite_read import read_tflite
from mcu_lab.lowering import default_schedule, lower
from mcu_lab.plan.lifetimes import lifetimes, macs, peak_bytes
from mcu_lab.plan.model import APPLICATION, Compute, Copy, Plan, View, views_of
from mcu_lab.plan.verify import verify
from mcu_lab.schedule.model import ByRows, InputMode, Schedule, Stage
from tests.conftest import DATA, examples, model_path
from tests.lowering.nets import Net as FlatNet
from tests.lowering.stage_cases import nets, schedules, staged
from tests.plan.judge import Judge
from tests.plan.partial_plans import with_external_memory
from tests.plan.tiny import Net

#: Model, first and last operator of each stage, rows a step.
STAGED = (
    ("mlperf_vww_mobilenetv1_int8", ((0, 11),), 1),
    ("mlperf_vww_mobilenetv1_int8", ((0, 7), (8, 27)), 2),
    ("mlperf_ic_resnet8_int8", ((0, 11),), 1),
    ("mlperf_ic_resnet8_int8", ((0, 3), (4, 12)), 3),
    ("mlperf_kws_dscnn_int8", ((0, 8),), 1),
    ("mcunet_5fps_vww_int8", ((0, 30),), 1),
    ("digits_cnn_int8", ((0, 2),), 2),
    ("digits_two_branch_int8", ((0, 5),), 1),
)
SMALL = ("digits_cnn_int8", "digits_dscnn_int8", "digits_residual_int8", "digits_two_branch_int8")


@cache
def graph_of(name: str) -> Graph:
    own: Path = DATA / f"{name}.tflite"
    return read_tflite(own if own.exists() else model_path(name))


@cache
def judge_of(name: str) -> Judge:
    return Judge.of(graph_of(name), seed=3)


def rings(plan: Plan) -> dict[str, View]:
    """One View of each buffer that holds rows in a ring."""
    return {v.buffer: v for step in plan.steps for v in views_of(step) if v.ring}


@pytest.mark.quick(2)
@pytest.mark.parametrize("inputs", ["resident", "streamed"])
@pytest.mark.parametrize(("model", "runs", "rows"), STAGED)
def test_real_models_by_rows(model: str, runs: tuple[tuple[int, int], ...], rows: int, inputs: InputMode) -> None:
    plan = staged(graph_of(model), *runs, rows=rows, inputs=inputs)
    assert rings(plan)
    assert verify(plan) == ()
    assert judge_of(model).difference(plan, on_the_way=True) == ""


@settings(max_examples=examples(150), deadline=None, suppress_health_check=list(HealthCheck))
@given(nets(), st.data())
def test_random_stages_of_random_graphs(graph: Graph, data: st.DataObject) -> None:
    plan = lower(graph, data.draw(schedules(graph)), ad_hoc())
    assert verify(plan) == ()
    assert Judge.of(graph).difference(plan, on_the_way=True) == ""


@pytest.mark.quick(1)
@pytest.mark.parametrize("model", [*SMALL, "mlperf_kws_dscnn_int8", "mlperf_ic_resnet8_int8"])
@settings(max_examples=6, deadline=None, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_random_stages_of_real_models(model: str, data: st.DataObject) -> None:
    plan = lower(graph_of(model), data.draw(schedules(graph_of(model))), ad_hoc())
    assert verify(plan) == ()
    assert judge_of(model).difference(plan, on_the_way=True) == ""


@pytest.mark.parametrize(("model", "runs", "rows"), STAGED)
def test_no_row_is_made_twice(model: str, runs: tuple[tuple[int, int], ...], rows: int) -> None:
    graph = graph_of(model)
    plan = staged(graph, *runs, rows=rows)
    made = Counter(
        (v.tensor, row) for s in plan.steps if isinstance(s, Compute) for v in s.writes if v for row in _rows(v.box)
    )
    assert set(made.values()) == {1}
    assert macs(plan) <= macs(lower(graph, default_schedule(graph), ad_hoc()))
    assert peak_bytes(plan) < peak_bytes(lower(graph, default_schedule(graph), ad_hoc()))


def _rows(box: Box) -> range:
    return range(box[1].lo, box[1].hi) if len(box) == 4 else range(1)


@pytest.mark.parametrize("model", ["mlperf_ic_resnet8_int8", "digits_residual_int8"])
def test_with_one_row_less_any_ring_loses_what_is_wanted(model: str) -> None:
    plan = staged(graph_of(model), (0, 3), rows=2, inputs="streamed")
    for buffer, view in rings(plan).items():
        assert view.ring
        shorter = replace(view.ring, rows=view.ring.rows - 1)
        if shorter.rows:
            assert verify(_with_ring(plan, buffer, shorter)) != (), buffer


def _with_ring(plan: Plan, buffer: str, ring: object) -> Plan:
    def changed(value: object) -> object:
        if isinstance(value, View):
            return replace(value, ring=ring) if value.buffer == buffer else value  # type: ignore[arg-type]
        return tuple(map(changed, value)) if isinstance(value, tuple) else value

    def step_with(step: object) -> object:
        names = ("writes", "reads") if isinstance(step, Compute) else ("src", "dst")
        return replace(step, **{name: changed(getattr(step, name)) for name in names})  # type: ignore[type-var]

    return replace(plan, steps=tuple(step_with(s) for s in plan.steps))  # type: ignore[misc]


def test_a_residual_waits_for_the_depth_it_skips() -> None:
    net = Net((1, 12, 4, 2))
    x = net.conv(net.input, 2)
    y = net.conv(net.conv(x, 2), 2)
    graph = net.graph(net.add(x, y))
    plan = staged(graph, (0, 3))
    ring = rings(plan)[f"t{x}"].ring
    # Row 0 is still wanted by ADD when its second window needs row 2.
    assert ring and ring.rows == 3
    deeper = Net((1, 12, 4, 2))
    x = deeper.conv(deeper.input, 2)
    y = x
    for _ in range(4):
        y = deeper.conv(y, 2)
    ring = rings(staged(deeper.graph(deeper.add(x, y)), (0, 5)))[f"t{x}"].ring
    assert ring and ring.rows == 5


def test_a_streamed_input_is_never_whole() -> None:
    graph = graph_of("mlperf_vww_mobilenetv1_int8")
    (image,) = graph.inputs
    plan = staged(graph, (0, 7), rows=2, inputs="streamed")
    assert [b.bytes for b in plan.buffers if b.memory == APPLICATION] == [graph.tensors[image].bytes]
    copies = [s for s in plan.steps if isinstance(s, Copy)]
    assert [s.src.box[1].lo for s in copies] == sorted(s.src.box[1].lo for s in copies)
    assert sum(s.src.box.size for s in copies) == graph.tensors[image].elements
    assert plan.buffer[f"t{image}"].bytes < graph.tensors[image].bytes / 10


def test_an_input_that_others_read_too_is_loaded_whole() -> None:
    net = Net((1, 8, 4, 2))
    a = net.conv(net.input, 2)
    graph = net.graph(net.conv(net.conv(net.add(a, net.input), 2), 2))
    plan = staged(graph, (2, 3), inputs="streamed")
    (copy,) = [s for s in plan.steps if isinstance(s, Copy)]
    assert copy.dst.box == Box.full(graph.tensors[graph.inputs[0]].shape)
    plan = staged(graph, (1, 3), inputs="streamed")
    assert verify(plan) == ()
    assert sum(isinstance(s, Copy) for s in plan.steps) == 1


def test_what_leaves_a_stage_is_whole() -> None:
    net = Net((1, 8, 4, 2))
    a = net.conv(net.input, 2)
    b = net.conv(a, 2)
    c = net.conv(b, 2)
    graph = net.graph(net.add(a, c), b)
    plan = staged(graph, (0, 2))
    assert rings(plan) == {}
    assert verify(plan) == ()
    assert Judge.of(graph).difference(plan, on_the_way=True) == ""


def test_membership_alone_counts() -> None:
    graph = graph_of("mlperf_ic_resnet8_int8")
    schedule = default_schedule(graph)
    forwards, backwards = ByRows((4, 5, 6, 7)), ByRows((6, 7, 5, 4))
    assert lower(graph, replace(schedule, stages=(forwards,)), ad_hoc()) == lower(
        graph, replace(schedule, stages=(backwards,)), ad_hoc()
    )


def test_a_constant_out_of_reach_is_loaded_once_for_all_rows() -> None:
    graph = graph_of("mlperf_kws_dscnn_int8")
    weights = graph.operators[2].inputs[1]
    schedule = replace(default_schedule(graph), storage=((weights, "external"),), stages=(ByRows((1, 2, 3)),))
    plan = lower(graph, schedule, with_external_memory(ad_hoc()))
    (copy,) = [s for s in plan.steps if isinstance(s, Copy)]
    assert len(lifetimes(plan)[copy.dst.buffer]) > graph.tensors[graph.operators[2].outputs[0]].shape[1]
    assert verify(plan) == ()


@pytest.mark.parametrize(
    ("stages", "reason"),
    [
        ((ByRows(()),), "no operators"),
        ((ByRows((0, 1), 0),), "0 rows"),
        ((ByRows((0, 9)),), "operator 9"),
        ((ByRows((-1, 0)),), "operator -1"),
        ((ByRows((0, 0)),), "in a stage already"),
        ((ByRows((0, 1)), ByRows((1, 2))), "op1 CONV_2D, which is in a stage already"),
        ((ByRows((0, 2)),), "op1 CONV_2D comes between"),
        ((ByRows((1, 2)),), "op2 CONV_2D has no tensor in common"),
        ((ByRows((3, 4)),), "RESHAPE cannot be made row by row: .* rank 4"),
    ],
)
def test_what_is_no_stage_is_refused_by_name(stages: tuple[Stage, ...], reason: str) -> None:
    net = Net((1, 8, 4, 2))
    a = net.conv(net.input, 2)
    b, c = net.conv(a, 2), net.conv(net.input, 2)
    d = net.concatenation((b, c))
    graph = net.graph(net.reshape(d, (2, 8, 4, 2)))
    with pytest.raises(ScheduleError, match=reason):
        lower(graph, replace(default_schedule(graph), stages=stages), ad_hoc())


def test_outputs_of_different_height_are_refused() -> None:
    net = FlatNet()
    x = net.input(1, 6, 2, 2)
    graph = net.graph(*net.split(x, 2, 1), net.add(x, x))
    halves = lower(graph, replace(default_schedule(graph), stages=(ByRows((0,)),)), ad_hoc())
    assert verify(halves) == ()
    lengths = net.integers(2, 4)
    parts = [net.tensor(1, 2, 2, 2), net.tensor(1, 4, 2, 2)]
    net.op("SPLIT_V", [x, lengths, net.integers(1)], parts, num_splits=2)
    graph = net.graph(*parts)
    with pytest.raises(ScheduleError, match="differ in height"):
        lower(graph, replace(default_schedule(graph), stages=(ByRows((2,)),)), ad_hoc())


def test_working_in_place_inside_a_stage_is_refused() -> None:
    net = Net((1, 8, 4, 2))
    graph = net.graph(net.conv(net.relu(net.conv(net.input, 2)), 2))
    schedule = replace(default_schedule(graph), in_place=((1, 0),))
    assert verify(lower(graph, schedule, ad_hoc())) == ()
    with pytest.raises(ScheduleError, match="is in a stage"):
        lower(graph, replace(schedule, stages=(ByRows((0, 1, 2)),)), ad_hoc())


def test_sharing_storage_beside_a_stage_goes_with_it() -> None:
    net = Net((1, 8, 4, 2))
    a = net.conv(net.conv(net.input, 2), 2)
    b = net.relu(a)
    graph = net.graph(net.concatenation((b, net.conv(net.conv(net.input, 2), 2))))
    schedule = Schedule((0, 1, 2, 3, 4, 5), (5,), ((2, 0),), (ByRows((0, 1)), ByRows((3, 4), 2)))
    plan = lower(graph, schedule, ad_hoc())
    assert verify(plan) == ()
    assert len(rings(plan)) == 2
    assert Judge.of(graph).difference(plan, on_the_way=True) == ""
