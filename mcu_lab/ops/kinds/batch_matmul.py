"""BATCH_MATMUL: (..., rows, depth) times (..., depth, columns), each maybe transposed; leading axes broadcast.

Source: TFLite ``kernels/batch_matmul.cc`` and ``reference/batch_matmul.h``.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial

import numpy as np

from mcu_lab.graph.box import Box, Interval
from mcu_lab.graph.ir import Graph, Operator, Tensor
from mcu_lab.numerics.fixed_point import quantize_multiplier, significand
from mcu_lab.numerics.lut import dtype_range
from mcu_lab.numerics.requantize import reduced_multiplier, requantize, scale_int32, scale_int64
from mcu_lab.ops.elementwise import operand_box
from mcu_lab.ops.product import zero_point
from mcu_lab.ops.regions import cut
from mcu_lab.ops.spec import OpSpec, ReadBoxes, Region, WriteBoxes

DTYPES = ("int8", "int16", "float32")
_LEAST_RANK, _MOST_RANK = 2, 5
#: Sums of so many products of int16 are exact in float64.
_MOST_DEPTH = 1 << 22


def _transposed(op: Operator) -> tuple[bool, bool]:
    return bool(op.attrs.get("adj_x")), bool(op.attrs.get("adj_y"))


def _matrices(graph: Graph, op: Operator) -> tuple[tuple[int, int], tuple[int, int]]:
    """(rows, depth) and (depth, columns), as they are multiplied."""
    x, y = ((graph.tensors[t].shape[-2], graph.tensors[t].shape[-1]) for t in op.inputs)
    flip_x, flip_y = _transposed(op)
    return (x[::-1] if flip_x else x), (y[::-1] if flip_y else y)


def needs(graph: Graph, op: Operator, writes: WriteBoxes, reduce: Interval | None) -> ReadBoxes:
    box = writes[0]
    if box is None or not box.size:
        return (None, None)
    depth = Interval(0, _matrices(graph, op)[0][1])
    found = []
    for t, ends, flip in zip(op.inputs, ((box[-2], depth), (depth, box[-1])), _transposed(op), strict=True):
        batch = graph.tensors[t].shape[:-2]
        outer = operand_box(batch, Box(box.intervals[:-2])) if batch else Box(())
        found.append(Box((*outer, *(ends[::-1] if flip else ends))))
    return tuple(found)


def compute(
    graph: Graph, op: Operator, writes: WriteBoxes, regions: tuple[Region | None, ...]
) -> tuple[np.ndarray | None, ...]:
    box = writes[0]
    if box is None:
        return (None,)
    tensors, out = [graph.tensors[t] for t in op.inputs], graph.tensors[op.outputs[0]]
    values = []
    for region, needed, flip in zip(regions, needs(graph, op, writes, None), _transposed(op), strict=True):
        assert needed
        part = cut(region, needed)
        values.append(part.swapaxes(-1, -2) if flip else part)
    if out.dtype == "float32":
        return (_ordered(values[0], values[1], box.shape),)
    left, right = (v.astype(np.float64) - zero_point(t) for v, t in zip(values, tensors, strict=True))
    multiplier, shift = (np.array([n]) for n in _multiplier(graph, op))
    scale = partial(scale_int64 if out.dtype == "int16" else scale_int32, multiplier=multiplier, shift=shift)
    bounds = dtype_range(out.dtype)
    return (requantize((left @ right).reshape(box.shape), None, scale, zero_point(out), bounds, out.dtype),)


def _ordered(left: np.ndarray, right: np.ndarray, shape: tuple[int, ...]) -> np.ndarray:
    """float32, one product after the other."""
    sums = np.zeros(shape, np.float32)
    for k in range(left.shape[-1]):
        sums += left[..., :, k, None] * right[..., None, k, :]
    return sums


def _multiplier(graph: Graph, op: Operator) -> tuple[int, int]:
    x, y, out = (graph.tensors[t].quant for t in (*op.inputs, *op.outputs))
    assert x and y and out
    real = float(np.float32(x.scale) * np.float32(y.scale)) / out.scale
    return (significand if graph.tensors[op.inputs[0]].dtype == "int16" else quantize_multiplier)(real)


def limits(graph: Graph, op: Operator) -> tuple[str, ...]:
    if len(op.inputs) != 2 or len(op.outputs) != 1 or min(op.inputs) < 0:
        return (f"it has inputs {op.inputs} and outputs {op.outputs}; two and one are expected.",)
    x, y, out = (graph.tensors[t] for t in (*op.inputs, *op.outputs))
    if not x.dtype == y.dtype == out.dtype or x.dtype not in DTYPES:
        return (f"it maps {x.dtype} and {y.dtype} to {out.dtype}; {', '.join(DTYPES)} to themselves are supported.",)
    if not all(_LEAST_RANK <= len(t.shape) <= _MOST_RANK for t in (x, y, out)):
        return (f"its shapes are {x.shape}, {y.shape} and {out.shape}; ranks 2 to 5 are supported.",)
    (rows, depth), (other, columns) = _matrices(graph, op)
    if depth != other:
        return (f"its matrices are {rows}x{depth} and {other}x{columns}, which do not fit.",)
    try:
        batch = np.broadcast_shapes(x.shape[:-2], y.shape[:-2])
    except ValueError:
        return (f"its shapes {x.shape} and {y.shape} cannot be broadcast.",)
    if out.shape != (*batch, rows, columns):
        return (f"its output has shape {out.shape}; its inputs give {(*batch, rows, columns)}.",)
    return _quantization_limits((x, y, out), depth) if x.dtype != "float32" else ()


def _quantization_limits(tensors: tuple[Tensor, ...], depth: int) -> tuple[str, ...]:
    if any(not (t.quant and len(t.quant.scales) == 1 and t.quant.scale > 0) for t in tensors):
        return ("its tensors need one scale above 0 each.",)
    if tensors[0].dtype == "int16" and any(zero_point(t) for t in tensors):
        return ("its int16 tensors have a zero point; LiteRT accepts only 0.",)
    return (f"it sums up {depth:,} products; at most {_MOST_DEPTH:,} are exact.",) if depth > _MOST_DEPTH else ()


def macs(graph: Graph, op: Operator, writes: WriteBoxes, reduce: Interval | None) -> int:
    return 0 if writes[0] is None else writes[0].size * _matrices(graph, op)[0][1]


def c_params(graph: Graph, op: Operator) -> Mapping[str, int | float | np.ndarray]:
    tensors = [graph.tensors[t] for t in (*op.inputs, *op.outputs)]
    rank = max(4, *(len(t.shape) for t in tensors))
    shapes = [np.array((1,) * (rank - len(t.shape)) + t.shape, np.int32) for t in tensors]
    fields: dict[str, int | float | np.ndarray] = {
        "rank": rank,
        "x_shape": shapes[0],
        "y_shape": shapes[1],
        "x_depth": rank - (2 if _transposed(op)[0] else 1),
        "y_depth": rank - (1 if _transposed(op)[1] else 2),
        "depth": _matrices(graph, op)[0][1],
    }
    if tensors[0].dtype == "float32":
        return fields
    multiplier, shift = _multiplier(graph, op)
    if tensors[0].dtype == "int16":
        multiplier, shift = (int(n) for n in reduced_multiplier(np.array(multiplier), np.array(shift)))
    x, y, out = (zero_point(t) for t in tensors)
    offsets = {"x_offset": -x, "y_offset": -y, "output_offset": out}
    return {**fields, **offsets, "multiplier": multiplier, "shift": shift}


SPEC = OpSpec(
    kind="BATCH_MATMUL",
    dtypes=DTYPES,
    needs=needs,
    compute=compute,
    limits=limits,
    macs=macs,
    c_kernel="batch_matmul",
    c_params=c_params,
)
