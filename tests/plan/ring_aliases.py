"""A plan by rows in which a PAD and a RESHAPE move nothing: both only name anew what lies in a ring.

CONV_2D -> PAD -> CONV_2D -> RESHAPE -> FULLY_CONNECTED: the first two hand rows on in rings, and the last one takes its
input apart as the rows come.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from mcu_lab.graph.box import Box, Interval
from mcu_lab.graph.ir import Graph
from mcu_lab.plan.address import dense_strides, dense_view
from mcu_lab.plan.model import Form, Plan, Ring, View
from tests.plan import tiny
from tests.plan.partial_plans import Draft

#: Rows above and below, columns left and right.
PADDING = ((1, 2), (1, 0))
KERNEL = 3


def graph() -> Graph:
    net = tiny.Net((1, 8, 5, 3))
    wide = net.pad(net.conv(net.input, 4), *PADDING)
    narrow = net.conv(wide, 2, KERNEL)
    length = 1
    for n in net.shape(narrow):
        length *= n
    return net.graph(net.fully_connected(net.reshape(narrow, (1, length)), 6))


@dataclass(frozen=True)
class Rings:
    """How many rows the two rings hold, and where the first row of each lies in its ring."""

    rows: tuple[int, int] = (KERNEL, 1)
    phases: tuple[int, int] = (0, 0)


def row_by_row(rings: Rings) -> Plan:
    g = graph()
    conv, pad, second, reshape, dense = g.operators
    made, wide, narrow, flat = (op.outputs[0] for op in (conv, pad, second, reshape))
    draft = Draft(g)
    draft.resident_inputs()
    held = _views(draft, rings)
    name = draft.buffer("sums", dense.outputs[0], (1, 6), form=Form.SUMS)
    sums = dense_view(name, dense.outputs[0], (1, 6))
    height, shape = g.tensors[made].shape[1], g.tensors[narrow].shape
    unit = shape[2] * shape[3]
    done = 0
    for row in range(shape[1]):
        last = min(row + KERNEL // 2 - PADDING[0][0], height - 1)
        while done <= last:
            draft.compute(conv, [_row(held[made], done)], {})
            inside = _row(held[wide], done + PADDING[0][0])
            box = inside.box.replaced(2, Interval(PADDING[1][0], PADDING[1][0] + g.tensors[made].shape[2]))
            draft.compute(pad, [replace(inside, box=box)], held)
            done += 1
        draft.compute(second, [_row(held[narrow], row)], held)
        values = Interval(row * unit, (row + 1) * unit)
        draft.compute(reshape, [replace(held[flat], box=Box((Interval(0, 1), values)))], held)
        target = draft.whole(dense.outputs[0]) if row == shape[1] - 1 else None
        draft.compute(dense, [target], held, reduce=values, sums=sums)
    return draft.finished()


def _row(view: View, row: int) -> View:
    return replace(view, box=view.box.replaced(1, Interval(row, row + 1)))


def _views(draft: Draft, rings: Rings) -> dict[int, View]:
    """Where the four tensors lie: each pair of names in one ring."""
    conv, pad, second, reshape, _ = draft.graph.operators
    found: dict[int, View] = {}
    for op, rows, phase in zip((conv, second), rings.rows, rings.phases, strict=True):
        tensor = op.outputs[0]
        shape = draft.graph.tensors[tensor].shape
        name = draft.buffer(f"t{tensor}", tensor, (1, rows, *shape[2:]))
        found[tensor] = replace(dense_view(name, tensor, shape), ring=Ring(1, rows, phase))
    inner = found[conv.outputs[0]]
    assert inner.ring
    wide = pad.outputs[0]
    found[wide] = View(
        inner.buffer, wide, Box.full(draft.graph.tensors[wide].shape),
        inner.origin - PADDING[1][0] * inner.strides[2], inner.strides,
        Ring(1, inner.ring.rows, (inner.ring.phase - PADDING[0][0]) % inner.ring.rows),
    )  # fmt: skip
    outer = found[second.outputs[0]]
    assert outer.ring
    flat, unit = reshape.outputs[0], outer.strides[1]
    shape = draft.graph.tensors[flat].shape
    ring = Ring(1, outer.ring.rows * unit, outer.ring.phase * unit)
    found[flat] = View(outer.buffer, flat, Box.full(shape), 0, dense_strides(shape), ring)
    return found
