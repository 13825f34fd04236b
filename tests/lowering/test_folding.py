"""A PAD that writes nothing: its input is the interior of its output, and convolutions take the border for padding."""

from __future__ import annotations

from dataclasses import replace

import pytest

from mcu_lab.device.ad_hoc import ad_hoc
from mcu_lab.errors import ScheduleError
from mcu_lab.graph.box import Box, Interval
from mcu_lab.graph.ir import Graph
from mcu_lab.lowering import candidates, groups, lower
from mcu_lab.plan.lifetimes import arena_bytes
from mcu_lab.plan.model import Compute, Plan
from mcu_lab.plan.verify import ProblemCode, verify
from mcu_lab.schedule.model import Schedule
from tests.plan import tiny
from tests.plan.judge import Judge

PADDINGS = [((1, 0), (0, 1)), ((2, 3), (1, 4)), ((0, 0), (5, 0)), ((4, 4), (0, 0))]


def padded(height: tuple[int, int], width: tuple[int, int], stride: int = 2) -> Graph:
    """Two readers behind a PAD, whose input another operator reads too."""
    net = tiny.Net((1, 7, 6, 4))
    x = net.relu(net.input)
    wide = net.pad(x, height, width)
    return net.graph(net.conv(wide, 5, 3, stride), net.depthwise(wide, 3, stride), net.relu(x))


def lowered(graph: Graph, alias: tuple[int, ...]) -> Plan:
    return lower(graph, Schedule(tuple(range(len(graph.operators))), alias=alias), ad_hoc())


def pad_of(graph: Graph) -> int:
    return next(op.id for op in graph.operators if op.kind == "PAD")


@pytest.mark.parametrize("stride", [1, 2, 3])
@pytest.mark.parametrize(("height", "width"), PADDINGS)
def test_folded_or_not_the_bytes_are_the_graphs(height: tuple[int, int], width: tuple[int, int], stride: int) -> None:
    graph = padded(height, width, stride)
    judge, pad = Judge.of(graph), pad_of(graph)
    assert pad in candidates(graph)[0]
    literal, folded = lowered(graph, ()), lowered(graph, (pad,))
    for plan in (literal, folded):
        assert verify(plan) == ()
        assert judge.difference(plan, on_the_way=True) == ""
    wide = graph.operators[pad].outputs[0]
    assert f"t{wide}" in literal.buffer and f"t{wide}" not in folded.buffer
    assert arena_bytes(folded) < arena_bytes(literal)


def test_the_interior_alone_lies_somewhere() -> None:
    graph = padded((2, 3), (1, 4))
    pad = graph.operators[pad_of(graph)]
    shared = groups(graph, alias=(pad.id,))
    x, wide = pad.inputs[0], pad.outputs[0]
    assert shared.held == {wide: Box.of((0, 1), (2, 9), (1, 7), (0, 4))}
    assert shared.root[wide] == shared.root[x] == x
    assert shared.layout[wide].strides == shared.layout[x].strides
    assert shared.layout[wide].origin == -(2 * 6 + 1) * 4


def test_border_bytes_that_lie_nowhere_cannot_be_read() -> None:
    graph = padded((1, 1), (1, 1), 1)
    plan = lowered(graph, (pad_of(graph),))
    step = next(s for s in plan.steps if isinstance(s, Compute) and graph.operators[s.op].kind == "CONV_2D")
    read = step.reads[0][0]
    for axis in (1, 2):
        for lo, hi in ((read.box[axis].lo - 1, read.box[axis].hi), (read.box[axis].lo, read.box[axis].hi + 1)):
            wider = replace(read, box=read.box.replaced(axis, Interval(lo, hi)))
            reads = ((wider,), *step.reads[1:])
            steps = tuple(replace(s, reads=reads) if s is step else s for s in plan.steps)
            found = {p.code for p in verify(replace(plan, steps=steps))}
            assert found and found <= {ProblemCode.WRONG_VALUE, ProblemCode.OUTSIDE_BUFFER}


def refused(graph: Graph) -> str:
    assert pad_of(graph) not in candidates(graph)[0]
    with pytest.raises(ScheduleError) as error:
        groups(graph, alias=(pad_of(graph),))
    return str(error.value)


def test_nobody_else_may_want_the_border() -> None:
    net = tiny.Net((1, 6, 6, 2))
    wide = net.pad(net.input, (1, 1), (1, 1))
    assert "graph output" in refused(net.graph(net.conv(wide, 3), wide))
    net = tiny.Net((1, 6, 6, 2))
    wide = net.pad(net.input, (1, 1), (1, 1))
    assert "AVERAGE_POOL_2D reads it" in refused(net.graph(net.conv(wide, 3), net.average_pool(wide, 2)))
    net = tiny.Net((1, 6, 6, 2))
    deeper = net.pad(net.pad(net.input, (1, 1), (1, 1)), (1, 0), (0, 0))
    graph = net.graph(net.conv(deeper, 3))
    assert "PAD reads it" in refused(graph)
    assert candidates(graph)[0] == (1,)


def test_an_input_that_is_read_through_a_pad_may_be_overwritten_only_behind_its_readers() -> None:
    graph = padded((1, 1), (1, 1))
    pad, last = pad_of(graph), len(graph.operators) - 1
    shared = groups(graph, alias=(pad,), in_place=((last, 0),))
    convolutions = {op.id for op in graph.operators if op.kind.endswith("CONV_2D")}
    assert {(reader, last) for reader in convolutions} <= set(shared.before)


def test_a_resident_input_needs_no_copy_of_itself_with_a_border() -> None:
    net = tiny.Net((1, 8, 8, 3))
    graph = net.graph(net.conv(net.pad(net.input, (0, 1), (0, 1)), 4, 3, 2))
    plan = lowered(graph, (0,))
    assert verify(plan) == () and Judge.of(graph).difference(plan) == ""
    streamed = lower(graph, Schedule((0, 1), alias=(0,), inputs="streamed"), ad_hoc())
    assert verify(streamed) == () and Judge.of(graph).difference(streamed) == ""
    assert set(b for b in plan.buffer if b.startswith("t")) == {"t0", f"t{graph.outputs[0]}"}
