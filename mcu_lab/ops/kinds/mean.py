"""MEAN over any axes, with or without keeping them. The axes are a constant and baked into the step."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from math import prod

import numpy as np

from mcu_lab.graph.box import Box, Interval
from mcu_lab.graph.ir import Graph, Operator
from mcu_lab.numerics.fixed_point import multiply_by_quantized_multiplier, significand, wrapped
from mcu_lab.ops.product import require_int32_sums, sums_fit, zero_point
from mcu_lab.ops.spec import OpSpec, ReadBoxes, Region, WriteBoxes
from mcu_lab.ops.window import padded

#: The axis of an image that slices run along.
ROWS = 1
DTYPES = ("int8", "uint8", "int16", "float32")


def _axes(graph: Graph, op: Operator) -> tuple[int, ...]:
    """The reduced axes, ascending, each once."""
    rank = len(graph.tensors[op.inputs[0]].shape)
    return tuple(sorted({int(a) % rank for a in graph.tensors[op.inputs[1]].array.reshape(-1)}))


def reduce_axis(graph: Graph, op: Operator) -> int | None:
    """Rows, where they are summed up and all sums of an image fit in int32."""
    x = graph.tensors[op.inputs[0]]
    return ROWS if len(x.shape) == 4 and ROWS in _axes(graph, op) and _sums_fit(graph, op) else None


def _sums_fit(graph: Graph, op: Operator) -> bool:
    x = graph.tensors[op.inputs[0]]
    return sums_fit(x.dtype, prod(x.shape[a] for a in _axes(graph, op)))


def _input_box(graph: Graph, op: Operator, box: Box, reduce: Interval | None = None) -> Box:
    shape, axes = graph.tensors[op.inputs[0]].shape, _axes(graph, op)
    kept = iter(i for a, i in enumerate(box) if not (op.attrs.get("keep_dims") and a in axes))
    whole = Box(tuple(Interval(0, n) if a in axes else next(kept) for a, n in enumerate(shape)))
    return whole if reduce is None else whole.replaced(ROWS, reduce)


def needs(graph: Graph, op: Operator, writes: WriteBoxes, reduce: Interval | None) -> ReadBoxes:
    return (_input_box(graph, op, writes[0], reduce) if writes[0] is not None else None, None)


@lru_cache(maxsize=1024)
def _scaling(input_scale: float, output_scale: float, count: int) -> tuple[int, int]:
    """The multiplier of the two scales with 1/count folded in, as TFLite's ``QuantizedMeanOrSum`` folds it."""
    multiplier, shift = significand(input_scale / output_scale)
    room = min(count.bit_length() - 1, 32, 31 + shift)
    left = shift - room
    return (multiplier << room) // count, left if left <= 31 else left & 31


def compute(
    graph: Graph, op: Operator, writes: WriteBoxes, regions: tuple[Region | None, ...]
) -> tuple[np.ndarray | None, ...]:
    box, region = writes[0], regions[0]
    if box is None:
        return (None,)
    assert region
    if graph.tensors[op.inputs[0]].dtype != "float32":
        return (
            finish(graph, op, box, _addends(graph, op, box, region, None, np.dtype(np.int64)).sum(axis=0), regions),
        )
    values = _addends(graph, op, box, region, None, np.dtype(np.float32))
    # One after the other, as the reference kernel adds; numpy's own sum would pair them.
    total = np.zeros(box.shape, dtype=np.float32)
    for value in values:
        total += value
    return (total / np.float32(len(values)),)


def _addends(
    graph: Graph, op: Operator, box: Box, region: Region, reduce: Interval | None, dtype: np.dtype
) -> np.ndarray:
    """What is added up, in order: one array in the shape of the output box for each position of the reduced axes."""
    axes = _axes(graph, op)
    values = padded(region, _input_box(graph, op, box, reduce), 0, dtype)
    return np.moveaxis(values, axes, range(len(axes))).reshape(-1, *box.shape)


def accumulate(
    graph: Graph, op: Operator, box: Box, regions: tuple[Region | None, ...], reduce: Interval
) -> np.ndarray:
    require_int32_sums(graph, op, _sums_fit(graph, op))
    assert regions[0]
    return _addends(graph, op, box, regions[0], reduce, np.dtype(np.int32)).sum(axis=0, dtype=np.int32)


def finish(graph: Graph, op: Operator, box: Box, sums: np.ndarray, regions: tuple[Region | None, ...]) -> np.ndarray:
    x, y = graph.tensors[op.inputs[0]], graph.tensors[op.outputs[0]]
    assert x.quant and y.quant
    count = prod(x.shape[a] for a in _axes(graph, op))
    total = wrapped(wrapped(sums) - zero_point(x) * count)
    mean = multiply_by_quantized_multiplier(total, *_scaling(x.quant.scale, y.quant.scale, count)) + zero_point(y)
    info = np.iinfo(y.dtype)
    return np.clip(wrapped(mean), info.min, info.max).astype(y.dtype).reshape(box.shape)


def limits(graph: Graph, op: Operator) -> tuple[str, ...]:
    if len(op.inputs) != 2 or len(op.outputs) != 1 or min(op.inputs) < 0:
        return (f"it has inputs {op.inputs} and outputs {op.outputs}; a tensor and its axes are expected.",)
    x, axis, y = (graph.tensors[t] for t in (*op.inputs, *op.outputs))
    if x.dtype not in DTYPES or y.dtype != x.dtype:
        return (f"it maps {x.dtype} to {y.dtype}; {', '.join(DTYPES)} to themselves are supported.",)
    if not axis.is_const or axis.dtype != "int32":
        return (f"its axes (tensor {axis.id}) are not an int32 constant.",)
    if any(not -len(x.shape) <= int(a) < len(x.shape) for a in axis.array.reshape(-1)):
        return (f"its axes {axis.array.reshape(-1).tolist()} are not axes of shape {x.shape}.",)
    axes = _axes(graph, op)
    if op.attrs.get("keep_dims"):
        expected = tuple(1 if a in axes else n for a, n in enumerate(x.shape))
    else:
        expected = tuple(n for a, n in enumerate(x.shape) if a not in axes)
    if y.shape != expected:
        return (f"its output has shape {y.shape}; axes {axes} of {x.shape} give {expected}.",)
    if x.dtype != "float32" and not (x.quant and y.quant and min(x.quant.scale, y.quant.scale) > 0):
        return ("its input or output has no positive quantization scale.",)
    if x.dtype == "int16" and (zero_point(x) or zero_point(y)):
        return (f"its int16 tensors have the zero points {zero_point(x)} and {zero_point(y)}; LiteRT accepts only 0.",)
    return ()


def c_params(graph: Graph, op: Operator) -> Mapping[str, int | float | np.ndarray]:
    x, y = graph.tensors[op.inputs[0]], graph.tensors[op.outputs[0]]
    axes, rank = _axes(graph, op), max(4, len(x.shape))
    pad = rank - len(x.shape)
    kept = np.full(rank, -1, np.int32)
    places = range(len(x.shape)) if op.attrs.get("keep_dims") else [a for a in range(len(x.shape)) if a not in axes]
    for place, axis in enumerate(places):
        if axis not in axes:
            kept[pad + axis] = rank - len(y.shape) + place
    count = prod(x.shape[a] for a in axes)
    fields: dict[str, int | float | np.ndarray] = {
        "rank": rank,
        "kept": kept,
        "shape": np.array((1,) * pad + x.shape, np.int32),
        "count": count,
    }
    if x.dtype == "float32":
        return fields
    assert x.quant and y.quant
    multiplier, shift = _scaling(x.quant.scale, y.quant.scale, count)
    offsets = {"sum_offset": -zero_point(x) * count, "output_offset": zero_point(y)}
    return {**fields, **offsets, "multiplier": multiplier, "shift": shift}


SPEC = OpSpec(
    kind="MEAN",
    dtypes=DTYPES,
    needs=needs,
    compute=compute,
    limits=limits,
    accumulate=accumulate,
    reduce_axis=reduce_axis,
    finish=finish,
    c_kernel="mean",
    c_params=c_params,
)
