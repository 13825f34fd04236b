"""TRANSPOSE_CONV: output shape, weights OHWI, input NHWC, bias (O), output NHWC.

Source: TFLite ``kernels/transpose_conv.cc`` and ``reference/transpose_conv.h``, which scatter each input over the
outputs under its window: an output sums up its inputs row by row, each one channel by channel.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from mcu_lab.graph.box import Box, Interval
from mcu_lab.graph.ir import Graph, Operator
from mcu_lab.ops.finishing import finish_params, finish_sums
from mcu_lab.ops.product import Product, bias_box, operands, read_slots, sums_dtype, zero_point
from mcu_lab.ops.product_limits import product_limits
from mcu_lab.ops.spec import Follow, Forms, OpSpec, ReadBoxes, Region, WriteBoxes
from mcu_lab.ops.window import integer, padded

_PRODUCT = Product(slots=(2, 1, 3))
#: LiteRT's bound of strides; a window that is longer than this times its output is a damaged file.
_MOST_STRIDE = (1 << 15) - 1
_SLACK = 64


@dataclass(frozen=True, slots=True)
class _Spread:
    """One axis: input ``i`` goes to the outputs ``i * stride - before + k`` for k in [0, size)."""

    size: int
    stride: int
    before: int
    length: int

    def needed(self, out: Interval) -> Interval:
        """The inputs whose windows meet these outputs."""
        lo = max(0, -(-(out.lo + self.before - self.size + 1) // self.stride))
        return Interval(lo, max(lo, min(self.length, (out.hi - 1 + self.before) // self.stride + 1)))

    def taps(self, out: Interval) -> int:
        """How many inputs all of these outputs have together."""
        return sum(len(self.needed(Interval(o, o + 1))) for o in range(out.lo, out.hi))


def _axis(size: int, stride: int, padding: str, inputs: int, outputs: int) -> _Spread:
    windows = -(-outputs // stride)
    before = max(0, (windows - 1) * stride + size - outputs) // 2 if padding == "SAME" else 0
    return _Spread(size, stride, before, inputs)


def _spreads(graph: Graph, op: Operator) -> tuple[_Spread, _Spread]:
    """Of rows and columns."""
    x, weights, _, y = operands(graph, op, _PRODUCT)
    padding = str(op.attrs["padding"])
    rows, columns = (
        _axis(weights.shape[a], integer(op, stride), padding, x.shape[a], y.shape[a])
        for a, stride in ((1, "stride_h"), (2, "stride_w"))
    )
    return rows, columns


def needs(graph: Graph, op: Operator, writes: WriteBoxes, reduce: Interval | None) -> ReadBoxes:
    box = writes[0]
    if box is None:
        return read_slots(op, None, None, None, None)
    weights = graph.tensors[op.inputs[1]]
    rows, columns = _spreads(graph, op)
    read = Box((box[0], rows.needed(box[1]), columns.needed(box[2]), Interval(0, weights.shape[3])))
    return read_slots(
        op,
        None,
        Box.full(weights.shape).replaced(0, box[3]),
        read if read.size else None,
        bias_box(op, box[3], product=_PRODUCT),
    )


def compute(
    graph: Graph, op: Operator, writes: WriteBoxes, regions: tuple[Region | None, ...]
) -> tuple[np.ndarray | None, ...]:
    box = writes[0]
    if box is None:
        return (None,)
    x, weights, _, _ = operands(graph, op, _PRODUCT)
    w_region, x_region = regions[1], regions[2]
    assert w_region
    rows, columns = _spreads(graph, op)
    depth = weights.shape[3]
    dtype = sums_dtype(x, w_region, zero_point(weights), rows.size * columns.size * depth)
    sums = np.zeros(box.shape, dtype)
    read = needs(graph, op, writes, None)[2]
    if read is not None:
        values = padded(x_region, read, 0, dtype) - dtype.type(zero_point(x))
        w = padded(w_region, Box.full(weights.shape).replaced(0, box[3]), 0, dtype) - dtype.type(zero_point(weights))
        # The later a tap, the earlier the input that an output sees through it.
        for i in reversed(range(rows.size)):
            for j in reversed(range(columns.size)):
                down, across = _tap(rows, i, box[1], read[1]), _tap(columns, j, box[2], read[2])
                if down and across:
                    target = sums[:, down[1], across[1]]
                    _add(target, values[:, down[0], across[0]], w[:, i, j].T)
    return (finish_sums(graph, op, box, sums, regions, product=_PRODUCT),)


def _tap(spread: _Spread, tap: int, out: Interval, read: Interval) -> tuple[slice, slice] | None:
    """The inputs in ``read`` whose tap falls on outputs in ``out``, and those outputs, both within their intervals."""
    shift = tap - spread.before
    lo = max(read.lo, -(-(out.lo - shift) // spread.stride))
    hi = min(read.hi, (out.hi - 1 - shift) // spread.stride + 1)
    if lo >= hi:
        return None
    first, last = lo * spread.stride + shift - out.lo, (hi - 1) * spread.stride + shift - out.lo
    return slice(lo - read.lo, hi - read.lo), slice(first, last + 1, spread.stride)


def _add(sums: np.ndarray, x: np.ndarray, w: np.ndarray) -> None:
    """``sums += x @ w``, for float32 one channel after the other."""
    if x.dtype != np.float32:
        sums += x @ w
        return
    for c in range(x.shape[-1]):
        sums += x[..., c, None] * w[c]


def limits(graph: Graph, op: Operator) -> tuple[str, ...]:
    found = product_limits(graph, op, _PRODUCT)
    if found:
        return found
    x, weights, _, y = operands(graph, op, _PRODUCT)
    if not len(x.shape) == len(weights.shape) == len(y.shape) == 4:
        return (f"its shapes are {x.shape}, {weights.shape} and {y.shape}; rank 4 is expected.",)
    if (x.shape[0], x.shape[3]) != (y.shape[0], weights.shape[3]):
        return (f"its input is {x.shape}, its weights {weights.shape} and its output {y.shape}; they do not fit.",)
    if op.attrs.get("padding") not in ("SAME", "VALID"):
        return (f"padding is {op.attrs.get('padding')!r}; SAME and VALID are supported.",)
    for name in ("stride_h", "stride_w"):
        if not 1 <= integer(op, name) <= _MOST_STRIDE:
            return (f"{name} is {op.attrs.get(name)!r}; it must lie between 1 and {_MOST_STRIDE}.",)
    for axis, what in ((1, "rows"), (2, "columns")):
        if weights.shape[axis] > 2 * y.shape[axis] + _SLACK:
            return (f"its windows span {weights.shape[axis]:,} {what} of an output with {y.shape[axis]:,}.",)
    return ()


def macs(graph: Graph, op: Operator, writes: WriteBoxes, reduce: Interval | None) -> int:
    box = writes[0]
    if box is None:
        return 0
    rows, columns = _spreads(graph, op)
    depth = graph.tensors[op.inputs[1]].shape[3]
    return rows.taps(box[1]) * columns.taps(box[2]) * len(box[0]) * len(box[3]) * depth


def c_params(graph: Graph, op: Operator) -> Mapping[str, int | float | np.ndarray]:
    rows, columns = _spreads(graph, op)
    return {
        **{f"{name}_h": n for name, n in (("filter", rows.size), ("stride", rows.stride), ("pad", rows.before))},
        **{
            f"{name}_w": n
            for name, n in (("filter", columns.size), ("stride", columns.stride), ("pad", columns.before))
        },
        "input_h": rows.length,
        "input_w": columns.length,
        "input_c": graph.tensors[op.inputs[1]].shape[3],
        **finish_params(graph, op, _PRODUCT),
    }


SPEC = OpSpec(
    kind="TRANSPOSE_CONV",
    dtypes=("int8", "uint8", "int16", "int32", "float32"),
    needs=needs,
    compute=compute,
    limits=limits,
    macs=macs,
    forms=Forms((Follow.NOWHERE, Follow.NOWHERE, Follow.ROWS, Follow.NOWHERE), Follow.ROWS),
    shape_slot=0,
    data_slot=2,
    c_kernel="transpose_conv",
    c_params=c_params,
)
