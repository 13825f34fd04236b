"""Stages by channels: slices give the graph's bytes and the peaks they promise; what cannot be sliced is refused."""

from __future__ import annotations

from dataclasses import replace

import pytest

from mcu_lab.device.ad_hoc import ad_hoc
from mcu_lab.errors import ScheduleError
from mcu_lab.graph.ir import Graph
from mcu_lab.graph.tflite_read import read_tflite
from mcu_lab.lowering import default_schedule, lower
from mcu_lab.plan.lifetimes import macs
from mcu_lab.plan.model import Compute, Form, Plan
from mcu_lab.plan.verify import verify
from mcu_lab.schedule.model import ByChannels, Schedule
from tests.conftest import model_path
from tests.plan.judge import Judge
from tests.plan.tiny import Net


def sliced(graph: Graph, *runs: tuple[int, int], channels: int = 1, alias: tuple[int, ...] = ()) -> Plan:
    """The file's order, with a stage by channels for each (first, last) operator."""
    stages = tuple(ByChannels(tuple(range(first, last + 1)), channels=channels) for first, last in runs)
    return lower(graph, replace(default_schedule(graph), stages=stages, alias=alias), ad_hoc())


def assert_law(graph: Graph, plan: Plan) -> None:
    assert verify(plan) == ()
    assert Judge.of(graph).difference(plan, on_the_way=True) == ""


def arena_bytes(plan: Plan) -> int:
    return max(b.end for b in plan.buffers if b.memory == plan.device.arena)


#: Model, stages, channels a slice, and the bytes of what is live at once: no plan by channels alone has less.
BOUNDS = (
    ("person_detect_int8", ((0, 1), (2, 3), (4, 5), (6, 7)), 29_952),
    ("mlperf_vww_mobilenetv1_int8", ((0, 1), (2, 3), (4, 5), (6, 7)), 46_080),
)


@pytest.mark.parametrize(("model", "runs", "bound"), BOUNDS)
def test_channels_alone_reach_the_live_bytes(model: str, runs: tuple[tuple[int, int], ...], bound: int) -> None:
    graph = read_tflite(model_path(model))
    plan = sliced(graph, *runs)
    assert verify(plan) == ()
    assert arena_bytes(plan) <= 1.05 * bound
    assert macs(plan) == macs(lower(graph, default_schedule(graph), ad_hoc()))


@pytest.mark.parametrize("channels", [1, 2, 3, 5, 8])
def test_slices_are_summed_up(channels: int) -> None:
    net = Net((1, 6, 5, 3))
    x = net.depthwise(net.relu(net.conv(net.input, 5)))
    graph = net.graph(net.conv(x, 4))
    plan = sliced(graph, (0, 3), channels=channels)
    assert_law(graph, plan)
    (sums,) = [b for b in plan.buffers if b.form is Form.SUMS]
    assert sums.bytes == 4 * 6 * 5 * 4
    adding = [s for s in plan.steps if isinstance(s, Compute) and s.sums]
    assert [s.reduce.lo for s in adding if s.reduce] == list(range(0, 5, channels))
    assert [any(s.writes) for s in adding] == [False] * (len(adding) - 1) + [True]


def test_a_stage_may_end_in_slices_of_a_whole_tensor() -> None:
    net = Net((1, 6, 5, 3))
    wide = net.conv(net.input, 6, 1)
    graph = net.graph(net.depthwise(wide, stride=2))
    plan = sliced(graph, (0, 1), channels=2)
    assert_law(graph, plan)
    assert plan.buffer[f"t{wide}"].bytes == 6 * 5 * 2
    assert not any(b.form is Form.SUMS for b in plan.buffers)


def test_a_depth_multiplier_widens_the_slice() -> None:
    net = Net((1, 5, 4, 2))
    wide = net.depthwise(net.conv(net.input, 3, 1), multiplier=2)
    graph = net.graph(net.conv(wide, 2))
    plan = sliced(graph, (0, 2), channels=1)
    assert_law(graph, plan)
    assert plan.buffer[f"t{wide}"].bytes == 5 * 4 * 2


def test_mean_and_pools_pass_channels_to_a_classifier() -> None:
    net = Net((1, 6, 6, 2))
    x = net.max_pool(net.conv(net.input, 6), 3)
    graph = net.graph(net.fully_connected(net.mean(x, 1, 2), 3))
    assert_law(graph, sliced(graph, (0, 3), channels=4))
    net = Net((1, 4, 4, 2))
    flat = net.reshape(net.average_pool(net.conv(net.input, 6), 4), (1, 6))
    graph = net.graph(net.fully_connected(flat, 3))
    assert_law(graph, sliced(graph, (0, 3), channels=4))


def test_a_residual_reads_its_slice_of_what_is_whole() -> None:
    net = Net((1, 6, 5, 4))
    x = net.relu(net.input)
    graph = net.graph(net.relu(net.add(net.depthwise(net.conv(x, 4, 1)), x)))
    assert_law(graph, sliced(graph, (1, 4), channels=3))


@pytest.mark.parametrize("alias", [(), (1,)])
def test_a_pad_in_slices(alias: tuple[int, ...]) -> None:
    net = Net((1, 6, 5, 2))
    inner = net.conv(net.input, 6, 1)
    graph = net.graph(net.conv(net.depthwise(net.pad(inner, (1, 0), (0, 1))), 2))
    plan = sliced(graph, (0, 3), channels=4, alias=alias)
    assert_law(graph, plan)
    assert len([b for b in plan.buffers if b.id.startswith("t")]) == (4 if alias else 5)


def test_a_streamed_input_is_whole_before_the_first_slice() -> None:
    net = Net((1, 6, 5, 2))
    graph = net.graph(net.depthwise(net.conv(net.input, 6)))
    schedule = Schedule((0, 1), stages=(ByChannels((0, 1), channels=2),), inputs="streamed")
    assert_law(graph, lower(graph, schedule, ad_hoc()))


def _joined() -> Graph:
    net = Net((1, 4, 4, 2))
    return net.graph(net.relu(net.concatenation((net.conv(net.input, 2), net.conv(net.input, 2)))))


def _twice() -> Graph:
    net = Net((1, 4, 4, 2))
    return net.graph(net.relu(net.conv(net.conv(net.input, 3), 3)))


def _flattened() -> Graph:
    net = Net((1, 4, 4, 2))
    return net.graph(net.fully_connected(net.reshape(net.conv(net.input, 3), (1, 48)), 3))


def _uneven() -> Graph:
    net = Net((1, 4, 4, 2))
    return net.graph(net.conv(net.input, 3), net.conv(net.input, 5))


@pytest.mark.parametrize(
    ("graph", "last", "reason"),
    [
        (_joined(), 3, "CONCATENATION needs channels"),
        (_twice(), 2, "RELU reads what op1 CONV_2D sums up"),
        (_flattened(), 2, "needs channels"),
        (_uneven(), 1, "cannot be sliced together"),
    ],
)
def test_what_cannot_be_sliced_is_refused_by_name(graph: Graph, last: int, reason: str) -> None:
    with pytest.raises(ScheduleError, match=reason):
        sliced(graph, (0, last))


def test_a_slice_has_channels() -> None:
    graph = _uneven()
    for channels in (0, -1):
        with pytest.raises(ScheduleError, match=f"cannot make {channels} channels at a time"):
            lower(graph, replace(default_schedule(graph), stages=(ByChannels((0,), channels),)), ad_hoc())
