"""Lowering: the plan that follows from decisions, and clear refusals of decisions that cannot be."""

from __future__ import annotations

from dataclasses import replace

import pytest

from mcu_lab.device.ad_hoc import ad_hoc
from mcu_lab.errors import ScheduleError, UnsupportedError
from mcu_lab.graph.box import Box, Interval
from mcu_lab.graph.tflite_read import read_tflite
from mcu_lab.lowering import candidates, default_schedule, lower
from mcu_lab.lowering.place import first_fit
from mcu_lab.ops import problems
from mcu_lab.plan.extent import Extent
from mcu_lab.plan.lifetimes import arena_bytes, lifetimes, peak_bytes
from mcu_lab.plan.model import APPLICATION, Buffer, Compute, Copy, Form, Plan
from mcu_lab.schedule.model import Schedule
from tests.conftest import model_path
from tests.lowering.nets import Net
from tests.plan.partial_plans import with_external_memory

MODELS = ("mlperf_ic_resnet8_int8", "mlperf_kws_dscnn_int8", "hello_world_int8", "swiftnet_cell_vww_uint8")


def collisions(plan: Plan) -> list[tuple[str, str]]:
    """Pairs of buffers that live in one memory at one time with bytes in common."""
    lives = lifetimes(plan)
    placed = [b for b in plan.buffers if b.id in lives and b.memory != APPLICATION]
    return [
        (a.id, b.id)
        for i, a in enumerate(placed)
        for b in placed[:i]
        if a.memory == b.memory and lives[a.id] & lives[b.id] and a.offset < b.end and b.offset < a.end
    ]


@pytest.mark.parametrize("model", MODELS)
def test_every_operator_is_one_step_in_the_order_given(model: str) -> None:
    graph = read_tflite(model_path(model))
    plan = lower(graph, default_schedule(graph), ad_hoc())
    assert [s.op for s in plan.steps if isinstance(s, Compute)] == [op.id for op in graph.operators]
    assert [s.id for s in plan.steps] == list(range(len(plan.steps)))
    for step in plan.steps:
        op = graph.operators[step.op]
        assert tuple(v.tensor for v in step.writes) == op.outputs
        assert len(step.reads) == len(op.inputs)
        assert all(v.box == Box.full(graph.tensors[v.tensor].shape) for v in step.writes)


@pytest.mark.parametrize("model", MODELS)
def test_buffers_lie_apart_and_aligned(model: str) -> None:
    graph = read_tflite(model_path(model))
    alias, _ = candidates(graph)
    for schedule in (default_schedule(graph), replace(default_schedule(graph), alias=alias[:1], inputs="streamed")):
        plan = lower(graph, schedule, ad_hoc(alignment=16))
        assert collisions(plan) == []
        assert all(b.offset % b.alignment == 0 for b in plan.buffers)
        assert arena_bytes(plan) >= peak_bytes(plan)


def test_lowering_is_deterministic() -> None:
    graph = read_tflite(model_path("swiftnet_cell_vww_uint8"))
    schedule = default_schedule(graph)
    assert lower(graph, schedule, ad_hoc()) == lower(graph, schedule, ad_hoc())


def test_constants_of_equal_bytes_share_flash() -> None:
    net = Net()
    x = net.input(8)
    graph = net.graph(net.add(net.add(x, net.constant(8)), net.constant(8)))
    plan = lower(graph, default_schedule(graph), ad_hoc())
    constants = {v.buffer for v in plan.at_start if graph.tensors[v.tensor].is_const}
    assert len(constants) == 1
    assert {graph.tensors[v.tensor].data for v in plan.at_start if v.buffer in constants} == {bytes(range(8))}


def test_a_streamed_input_is_loaded_right_before_its_first_reader() -> None:
    graph = read_tflite(model_path("rnnoise_int8"))
    plan = lower(graph, replace(default_schedule(graph), inputs="streamed"), ad_hoc())
    for tensor in graph.inputs:
        (copy,) = [s for s in plan.steps if isinstance(s, Copy) and s.dst.tensor == tensor]
        assert plan.buffer[copy.src.buffer].memory == APPLICATION
        readers = [s.id for s in plan.steps if isinstance(s, Compute) and copy.dst.buffer in str(s.reads)]
        assert copy.id < min(readers)
        between = plan.steps[copy.id + 1 : min(readers)]
        assert all(isinstance(s, Copy) for s in between)


def test_a_constant_out_of_reach_is_loaded_for_each_reader() -> None:
    graph = read_tflite(model_path("mlperf_kws_dscnn_int8"))
    device = with_external_memory(ad_hoc())
    weights = graph.operators[0].inputs[1]
    plan = lower(graph, replace(default_schedule(graph), storage=((weights, "external"),)), device)
    copies = [s for s in plan.steps if isinstance(s, Copy)]
    assert len(copies) == len(graph.readers[weights])
    for copy in copies:
        reader = plan.steps[copy.id + 1]
        assert copy.blocking and isinstance(reader, Compute)
        assert plan.buffer[copy.src.buffer].memory == "external"
        assert copy.dst.buffer in {v.buffer for slot in reader.reads for v in slot}
        assert len(lifetimes(plan)[copy.dst.buffer]) == 2


def test_a_constant_in_sram_stays_for_the_next_inference() -> None:
    graph = read_tflite(model_path("hello_world_int8"))
    weights = graph.operators[0].inputs[1]
    plan = lower(graph, replace(default_schedule(graph), storage=((weights, "sram"),)), ad_hoc())
    (view,) = [v for v in plan.at_end if v.tensor == weights]
    assert plan.buffer[view.buffer].memory == "sram"
    assert len(lifetimes(plan)[view.buffer]) == len(plan.steps)
    assert collisions(plan) == []


def test_a_constant_that_one_operator_reads_twice_is_loaded_once() -> None:
    net = Net()
    constant, x = net.constant(8), net.input(8)
    graph = net.graph(net.add(net.add(constant, constant), x))
    schedule = replace(default_schedule(graph), storage=((constant, "external"),))
    plan = lower(graph, schedule, with_external_memory(ad_hoc()))
    assert sum(isinstance(s, Copy) for s in plan.steps) == 1


def test_an_unsupported_graph_is_refused_with_all_its_reasons() -> None:
    graph = read_tflite(model_path("okay_nabu_streaming_int8"))
    graph = replace(graph, operators=tuple(replace(op, kind=f"CUSTOM:{op.kind}") for op in graph.operators))
    with pytest.raises(UnsupportedError) as caught:
        lower(graph, default_schedule(graph), ad_hoc())
    assert all(str(problem) in str(caught.value) for problem in problems(graph))


def test_pins_win_over_offsets_and_the_rest_keeps_clear() -> None:
    graph = read_tflite(model_path("mlperf_ic_resnet8_int8"))
    default = default_schedule(graph)
    biggest = max((b for b in lower(graph, default, ad_hoc()).buffers if b.memory == "sram"), key=lambda b: b.bytes).id
    plan = lower(graph, replace(default, offsets=((biggest, 64),), pins=((biggest, 4096),)), ad_hoc())
    assert plan.buffer[biggest].offset == 4096
    assert collisions(plan) == []
    plan = lower(graph, replace(default, offsets=((biggest, 64),)), ad_hoc())
    assert plan.buffer[biggest].offset == 64
    assert collisions(plan) == []


def test_all_offsets_of_a_plan_give_that_plan_again() -> None:
    graph = read_tflite(model_path("swiftnet_cell_vww_uint8"))
    plan = lower(graph, default_schedule(graph), ad_hoc())
    offsets = tuple((b.id, b.offset) for b in plan.buffers)
    assert lower(graph, replace(default_schedule(graph), offsets=offsets), ad_hoc()) == plan


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"order": (0, 1, 2)}, "leaves out op3"),
        ({"order": (0, 1, 2, 2)}, "op2 ADD twice"),
        ({"order": (0, 1, 2, 9)}, "operator 9"),
        ({"order": (0, 3, 1, 2)}, "op3 ADD before op1 ADD, which makes its input n3"),
        ({"in_place": ((1, 0),), "order": (0, 1, 2, 3)}, "before op2 ADD has read it"),
        ({"alias": (0,)}, "no zero-copy form"),
        ({"storage": ((1, "flash"),)}, "not a constant"),
        ({"storage": ((99, "flash"),)}, "not a constant"),
        ({"storage": ((0, "qspi"),)}, "no memory qspi"),
        ({"storage": ((0, "flash"), (0, "sram"))}, "twice"),
        ({"offsets": (("t99", 0),)}, "no such buffer"),
        ({"pins": (("t1", -4),)}, "offset -4"),
    ],
)
def test_what_the_graph_does_not_allow_is_refused_by_name(change: dict, reason: str) -> None:
    net = Net()
    constant, x = net.constant(8), net.input(8)
    a = net.add(x, x)
    graph = net.graph(net.add(net.add(a, x), net.add(a, constant)))
    with pytest.raises(ScheduleError, match=reason):
        lower(graph, replace(default_schedule(graph), **change), ad_hoc())


def test_an_unreachable_memory_needs_a_link() -> None:
    graph = read_tflite(model_path("hello_world_int8"))
    device = replace(with_external_memory(ad_hoc()), links=())
    storage = ((graph.operators[0].inputs[1], "external"),)
    with pytest.raises(ScheduleError, match="no link"):
        lower(graph, replace(default_schedule(graph), storage=storage), device)


def test_first_fit_leaves_no_gap_it_could_fill() -> None:
    def buffer(name: str, size: int) -> Buffer:
        return Buffer(name, "sram", size, 4, None, (size,), "int8", Form.PLAIN)

    lives = {"a": Interval(0, 2), "b": Interval(0, 2), "c": Interval(1, 2), "d": Interval(2, 3)}
    buffers = [buffer("a", 8), buffer("b", 4), buffer("c", 4), buffer("d", 16)]
    offsets = first_fit(buffers, {b.id: Extent.whole(lives[b.id], b.bytes) for b in buffers}, {"b": 4})
    assert offsets == {"b": 4, "d": 0, "a": 8, "c": 0}


def test_an_empty_graph_is_a_plan() -> None:
    net = Net()
    x = net.input(4)
    plan = lower(net.graph(x), Schedule(order=()), ad_hoc())
    assert peak_bytes(plan) == arena_bytes(plan) == 4
