"""What operators share that reduce a tensor over some of its axes, with or without keeping them.

The axes are a constant and baked into the step. Source: TFLite ``kernels/reduce.cc`` and ``reference/reduce.h``, which
visit elements in row-major order, one after the other.
"""

from __future__ import annotations

from collections.abc import Mapping
from math import prod

import numpy as np

from mcu_lab.graph.box import Box, Interval
from mcu_lab.graph.ir import Graph, Operator
from mcu_lab.ops.product import sums_fit, zero_point
from mcu_lab.ops.spec import ReadBoxes, Region, WriteBoxes
from mcu_lab.ops.window import padded

#: The axis of an image that slices run along.
ROWS = 1
QUANTIZED = ("int8", "uint8", "int16")


def reduced_axes(graph: Graph, op: Operator) -> tuple[int, ...]:
    """The reduced axes, ascending, each once."""
    rank = len(graph.tensors[op.inputs[0]].shape)
    return tuple(sorted({int(a) % rank for a in graph.tensors[op.inputs[1]].array.reshape(-1)}))


def reduced_count(graph: Graph, op: Operator) -> int:
    """How many elements make one of the output."""
    x = graph.tensors[op.inputs[0]]
    return prod(x.shape[a] for a in reduced_axes(graph, op))


def sliced_rows(graph: Graph, op: Operator) -> int | None:
    """The rows of an image, where they are reduced."""
    image = len(graph.tensors[op.inputs[0]].shape) == 4
    return ROWS if image and ROWS in reduced_axes(graph, op) else None


def summed_rows(graph: Graph, op: Operator) -> int | None:
    """The same where all sums of an image fit in int32."""
    fit = sums_fit(graph.tensors[op.inputs[0]].dtype, reduced_count(graph, op))
    return sliced_rows(graph, op) if fit else None


def input_box(graph: Graph, op: Operator, box: Box, reduce: Interval | None = None) -> Box:
    shape, axes = graph.tensors[op.inputs[0]].shape, reduced_axes(graph, op)
    kept = iter(i for a, i in enumerate(box) if not (op.attrs.get("keep_dims") and a in axes))
    whole = Box(tuple(Interval(0, n) if a in axes else next(kept) for a, n in enumerate(shape)))
    return whole if reduce is None else whole.replaced(ROWS, reduce)


def needs(graph: Graph, op: Operator, writes: WriteBoxes, reduce: Interval | None) -> ReadBoxes:
    return (input_box(graph, op, writes[0], reduce) if writes[0] is not None else None, None)


def addends(
    graph: Graph, op: Operator, box: Box, region: Region, reduce: Interval | None, dtype: np.dtype
) -> np.ndarray:
    """What is reduced, in order: one array in the shape of the output box for each position of the reduced axes."""
    axes = reduced_axes(graph, op)
    values = padded(region, input_box(graph, op, box, reduce), 0, dtype)
    return np.moveaxis(values, axes, range(len(axes))).reshape(-1, *box.shape)


def reduce_limits(graph: Graph, op: Operator, dtypes: tuple[str, ...]) -> tuple[str, ...]:
    """Reasons against dtypes, axes and shapes."""
    if len(op.inputs) != 2 or len(op.outputs) != 1 or min(op.inputs) < 0:
        return (f"it has inputs {op.inputs} and outputs {op.outputs}; a tensor and its axes are expected.",)
    x, axis, y = (graph.tensors[t] for t in (*op.inputs, *op.outputs))
    if x.dtype not in dtypes or y.dtype != x.dtype:
        return (f"it maps {x.dtype} to {y.dtype}; {', '.join(dtypes)} to themselves are supported.",)
    if not axis.is_const or axis.dtype != "int32":
        return (f"its axes (tensor {axis.id}) are not an int32 constant.",)
    if any(not -len(x.shape) <= int(a) < len(x.shape) for a in axis.array.reshape(-1)):
        return (f"its axes {axis.array.reshape(-1).tolist()} are not axes of shape {x.shape}.",)
    axes = reduced_axes(graph, op)
    if op.attrs.get("keep_dims"):
        expected = tuple(1 if a in axes else n for a, n in enumerate(x.shape))
    else:
        expected = tuple(n for a, n in enumerate(x.shape) if a not in axes)
    if y.shape != expected:
        return (f"its output has shape {y.shape}; axes {axes} of {x.shape} give {expected}.",)
    return ()


def summing_limits(graph: Graph, op: Operator, dtypes: tuple[str, ...]) -> tuple[str, ...]:
    """The same, and what sums of quantized elements need."""
    found = reduce_limits(graph, op, dtypes)
    if found:
        return found
    x, y = graph.tensors[op.inputs[0]], graph.tensors[op.outputs[0]]
    if x.dtype not in QUANTIZED:
        return ()
    if not (x.quant and y.quant and min(x.quant.scale, y.quant.scale) > 0):
        return ("its input or output has no positive quantization scale.",)
    return wide_limits(graph, op)


def wide_limits(graph: Graph, op: Operator) -> tuple[str, ...]:
    """LiteRT's own limit of int16."""
    x, y = graph.tensors[op.inputs[0]], graph.tensors[op.outputs[0]]
    if x.dtype == "int16" and (zero_point(x) or zero_point(y)):
        return (f"its int16 tensors have the zero points {zero_point(x)} and {zero_point(y)}; LiteRT accepts only 0.",)
    return ()


def reduce_params(graph: Graph, op: Operator) -> Mapping[str, int | float | np.ndarray]:
    """The fields of the C struct ``mcu_reduce_params_t`` that say what is reduced."""
    x, y = graph.tensors[op.inputs[0]], graph.tensors[op.outputs[0]]
    axes, rank = reduced_axes(graph, op), max(4, len(x.shape))
    pad = rank - len(x.shape)
    kept = np.full(rank, -1, np.int32)
    places = range(len(x.shape)) if op.attrs.get("keep_dims") else [a for a in range(len(x.shape)) if a not in axes]
    for place, axis in enumerate(places):
        if axis not in axes:
            kept[pad + axis] = rank - len(y.shape) + place
    shape = np.array((1,) * pad + x.shape, np.int32)
    return {"rank": rank, "kept": kept, "shape": shape, "count": reduced_count(graph, op)}


def whole(graph: Graph, op: Operator) -> int:
    """1 where all axes are reduced: LiteRT then begins with the first element, and with a neutral one elsewhere."""
    return int(len(reduced_axes(graph, op)) == len(graph.tensors[op.inputs[0]].shape))
