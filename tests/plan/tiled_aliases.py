"""Zero-copy operators that are themselves run row by row."""

from __future__ import annotations

from dataclasses import replace

from mcu_lab.device.ad_hoc import ad_hoc
from mcu_lab.graph.box import Box, Interval
from mcu_lab.graph.ir import Graph
from mcu_lab.plan.address import dense_strides, dense_view
from mcu_lab.plan.model import Buffer, Compute, Plan, View
from tests.plan import tiny

ROWS, COLUMNS = 6, 3


def joined_and_split() -> Graph:
    """Two tensors are concatenated along the channels; what comes of it is split along the rows and added up."""
    net = tiny.Net((1, ROWS, COLUMNS, 2), seed=4)
    a, b = net.relu(net.input), net.add(net.input, net.input)
    upper, lower = net.split(net.relu(net.concatenation((a, b))), 2, axis=1)
    return net.graph(net.add(upper, lower), a)


def row_by_row(graph: Graph) -> Plan:
    """Every operator of :func:`joined_and_split` one row at a time; CONCATENATION and SPLIT move nothing."""
    relu, double, join, again, split, add = graph.operators
    joined = (1, ROWS, COLUMNS, 4)
    half = (1, ROWS // 2, COLUMNS, 4)
    x = dense_view("x", graph.inputs[0], (1, ROWS, COLUMNS, 2))
    a, b = (
        View("joined", op.outputs[0], x.box, origin, dense_strides(joined)) for op, origin in ((relu, 0), (double, 2))
    )
    whole, ready = dense_view("joined", join.outputs[0], joined), dense_view("ready", again.outputs[0], joined)
    upper, lower = (dense_view("ready", t, half) for t in split.outputs)
    lower = replace(lower, origin=ROWS // 2 * COLUMNS * 4)
    total = dense_view("total", add.outputs[0], half)
    axis = View("axis", split.inputs[0], Box(()), 0, ())
    work: list[tuple[int, tuple[View | None, ...], tuple[tuple[View, ...], ...]]] = []
    for row in range(ROWS):
        work.append((relu.id, (_row(a, row),), ((_row(x, row),),)))
        work.append((double.id, (_row(b, row),), ((_row(x, row),), (_row(x, row),))))
        work.append((join.id, (_row(whole, row),), ((_row(a, row),), (_row(b, row),))))
        work.append((again.id, (_row(ready, row),), ((_row(whole, row),),)))
    for row in range(ROWS // 2):
        work.append((split.id, (_row(upper, row), None), ((axis,), (_row(ready, row),))))
        work.append((split.id, (None, _row(lower, row)), ((axis,), (_row(ready, row + ROWS // 2),))))
        work.append((add.id, (_row(total, row),), ((_row(upper, row),), (_row(lower, row),))))
    size = ROWS * COLUMNS * 4
    buffers = (
        Buffer("x", "sram", size // 2, 4, 0, (size // 2,), "int8"),
        Buffer("joined", "sram", size, 4, size // 2, joined, "int8"),
        Buffer("ready", "sram", size, 4, size // 2 + size, joined, "int8"),
        Buffer("total", "sram", size // 2, 4, size // 2 + 2 * size, half, "int8"),
        Buffer("axis", "flash", 4, 4, 0, (), "int32"),
    )
    steps = tuple(Compute(i, op, writes, reads) for i, (op, writes, reads) in enumerate(work))
    return Plan(graph, ad_hoc(), buffers, steps, (x, axis), (total, a))


def _row(view: View, row: int) -> View:
    return replace(view, box=view.box.replaced(1, Interval(row, row + 1)))
