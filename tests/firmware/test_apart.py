"""Rows that lie apart, in a line buffer and among fresh ones, and line buffers that turn along the last axis."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from mcu_lab.device.ad_hoc import ad_hoc
from mcu_lab.firmware.layout import banks
from mcu_lab.firmware.stream import pushed_rows
from mcu_lab.graph.box import Interval
from mcu_lab.graph.ir import Graph, Quant
from mcu_lab.lowering import default_schedule, lower
from mcu_lab.plan.model import Compute, Copy, Plan, Step, View
from mcu_lab.plan.verify import verify
from mcu_lab.schedule.model import ByRows, Fresh
from tests.firmware.cases import assert_same_bytes, load, needs_gcc, needs_qemu
from tests.plan import tiny

SHARE = Quant((1 / 256,), (-128,))


def everything(seed: int) -> Graph:
    """One operator of every kind that has rows, in random order, each output added to a convolution of its input."""
    net = tiny.Net((1, 11, 6, 4), seed)
    kinds = (
        lambda x: net.depthwise(x),
        lambda x: net.max_pool(x, 3),
        lambda x: net.relu(x),
        lambda x: net.unary("LOGISTIC", x, SHARE),
        lambda x: net.unary("TANH", x, Quant((1 / 128,), (0,))),
        lambda x: net.unary("LEAKY_RELU", x, alpha=0.25),
        lambda x: net.unary("QUANTIZE", x),
        lambda x: net.unary("SOFTMAX", x, SHARE, beta=1.0),
        lambda x: net.sub(x, net.relu(x)),
        lambda x: net.mul(x, x),
        lambda x: net.concatenation(net.split(x, 2)[::-1]),
        lambda x: net.depthwise(net.pad(x, (1, 0), (0, 1))),
        lambda x: net.resize(net.average_pool(x, 2), *net.shape(x)[1:3]),
    )
    x = net.input
    for kind in np.random.default_rng(seed).permutation(len(kinds)):
        y = kinds[kind](x)
        x = net.add(net.conv(x, 4), y) if net.shape(y) == net.shape(x) else y
    return net.graph(x, net.fully_connected(x, 3), net.mean(x, 1, 2))


def in_two(plan: Plan, view: View) -> tuple[View, ...]:
    """The View of an activation as two, apart in the middle of its rows."""
    rows = view.box[1] if len(view.box) == 4 else Interval(0, 0)
    if len(rows) < 2 or plan.graph.tensors[view.tensor].is_const:
        return (view,)
    middle = rows.lo + len(rows) // 2
    parts = (Interval(rows.lo, middle), Interval(middle, rows.hi))
    return tuple(replace(view, box=view.box.replaced(1, part)) for part in parts)


@needs_gcc
@pytest.mark.slow
def test_every_kind_finds_rows_in_two_views() -> None:
    graph = everything(0)
    whole = lower(graph, default_schedule(graph), ad_hoc())
    steps: list[Step] = []
    for step in whole.steps:
        assert isinstance(step, Compute)
        reads = tuple(tuple(part for view in slot for part in in_two(whole, view)) for slot in step.reads)
        assert max(map(len, reads)) == 2
        steps.append(replace(step, reads=reads))
    plan = replace(whole, steps=tuple(steps))
    assert verify(plan) == ()
    assert_same_bytes(plan)


@needs_gcc
@pytest.mark.slow
@pytest.mark.parametrize("rows", [2, 3])
def test_every_kind_in_a_stage_of_fresh_rows_that_lie_apart(rows: int) -> None:
    graph = everything(rows)
    stage = ByRows(tuple(range(len(graph.operators) - 2)), rows=rows, fresh="apart")
    plan = lower(graph, replace(default_schedule(graph), stages=(stage,), inputs="streamed"), ad_hoc())
    assert any(len(slot) > 1 for s in plan.steps if isinstance(s, Compute) for slot in s.reads)
    assert_same_bytes(plan)


def streamed_vector(fresh: Fresh, alias: tuple[int, ...] = (0,)) -> Plan:
    """Loads a vector in rows that is laid out as an image, as recorded sound is."""
    net = tiny.Net((1, 44), seed=4)
    x = net.depthwise(net.conv(net.reshape(net.input, (1, 11, 4, 1)), 3), stride=2)
    graph = net.graph(net.fully_connected(x, 3))
    schedule = replace(default_schedule(graph), alias=alias, stages=(ByRows((0, 1, 2), rows=2, fresh=fresh),))
    return lower(graph, replace(schedule, inputs="streamed"), ad_hoc())


def turning(plan: Plan) -> int:
    """Copies of which the destination's ring turns in the middle of a run."""
    copies = [s for s in plan.steps if isinstance(s, Copy) and s.dst.ring and s.dst.ring.axis == len(s.dst.box) - 1]
    ends = [(s.dst.box[s.dst.ring.axis], s.dst.ring) for s in copies if s.dst.ring]
    return sum((i.lo + r.phase) // r.rows != (i.hi - 1 + r.phase) // r.rows for i, r in ends)


@needs_gcc
@pytest.mark.slow
def test_a_streamed_vector_turns_in_its_ring() -> None:
    plan = streamed_vector("inside")
    assert turning(plan) > 0
    assert_same_bytes(plan)


@needs_gcc
@pytest.mark.slow
def test_an_operator_that_moves_elements_reads_a_ring_along_the_last_axis() -> None:
    plan = streamed_vector("inside", alias=())
    moves = [s for s in plan.steps if isinstance(s, Compute) and s.op == 0]
    assert any(view.ring and view.ring.axis == 1 for move in moves for slot in move.reads for view in slot)
    assert_same_bytes(plan)


@needs_gcc
@pytest.mark.slow
@pytest.mark.parametrize(("fresh", "push"), [("inside", 1), ("apart", 3)])
def test_a_streamed_vector_is_pushed(fresh: Fresh, push: int) -> None:
    plan = streamed_vector(fresh)
    rows = pushed_rows(plan, banks(plan))
    assert rows and rows.count > 1 and rows.count * rows.elements == 44
    assert_same_bytes(plan, push=push)


@needs_qemu
@pytest.mark.qemu
@pytest.mark.slow
@pytest.mark.parametrize(("fresh", "push"), [("inside", None), ("apart", 3)])
def test_a_recorded_second_of_sound_on_an_emulated_cortex_m4(fresh: Fresh, push: int | None) -> None:
    graph = load("dscnn_large_kws_int8")
    stage = ByRows(tuple(range(13)), fresh=fresh)
    schedule = replace(default_schedule(graph), alias=(0,), stages=(stage,), inputs="streamed")
    assert_same_bytes(lower(graph, schedule, ad_hoc()), "cortex-m4", push=push)
