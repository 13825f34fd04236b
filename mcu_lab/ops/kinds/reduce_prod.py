"""REDUCE_PROD over any axes, with or without keeping them.

Source: TFLite ``kernels/reduce.cc`` (PrepareProd, EvalProd) and ``reference/reduce.h`` (QuantizedReduceProd), which
rescales after each multiplication, as in 64-bit sums.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache

import numpy as np

from mcu_lab.graph.box import Box
from mcu_lab.graph.ir import Graph, Operator
from mcu_lab.numerics.fixed_point import significand, wrapped
from mcu_lab.numerics.requantize import reduced_multiplier, scale_int64
from mcu_lab.ops.product import zero_point
from mcu_lab.ops.reduce import addends, needs, reduce_limits, reduce_params, reduced_count, whole, wide_limits
from mcu_lab.ops.spec import OpSpec, Region, WriteBoxes

DTYPES = ("int8", "int16", "int32", "float32")


@lru_cache(maxsize=1024)
def _scaling(input_scale: float, output_scale: float, count: int) -> tuple[int, int]:
    return significand(input_scale / output_scale ** (1.0 / count))


def _multiplier(graph: Graph, op: Operator) -> tuple[int, int]:
    x, y = graph.tensors[op.inputs[0]], graph.tensors[op.outputs[0]]
    assert x.quant and y.quant
    return _scaling(x.quant.scale, y.quant.scale, reduced_count(graph, op))


def _quantized(graph: Graph, op: Operator, box: Box, region: Region) -> np.ndarray:
    x, y = graph.tensors[op.inputs[0]], graph.tensors[op.outputs[0]]
    multiplier, shift = (np.array(n) for n in _multiplier(graph, op))

    def scaled(product: np.ndarray) -> np.ndarray:
        return wrapped(scale_int64(product, multiplier, shift))

    values = addends(graph, op, box, region, None, np.dtype(np.int64)) - zero_point(x)
    total = values[0].copy()
    for value in values[1:]:
        total = scaled(total * value)
    info = np.iinfo(y.dtype)
    return np.clip(wrapped(scaled(total) + zero_point(y)), info.min, info.max).astype(y.dtype)


def compute(
    graph: Graph, op: Operator, writes: WriteBoxes, regions: tuple[Region | None, ...]
) -> tuple[np.ndarray | None, ...]:
    box, region = writes[0], regions[0]
    if box is None:
        return (None,)
    assert region
    if graph.tensors[op.inputs[0]].dtype in ("int8", "int16"):
        return (_quantized(graph, op, box, region),)
    values = addends(graph, op, box, region, None, region.values.dtype)
    total = values[0].copy()
    for value in values[1:]:
        total *= value
    return (total,)


def limits(graph: Graph, op: Operator) -> tuple[str, ...]:
    found = reduce_limits(graph, op, DTYPES)
    if found:
        return found
    x, y = graph.tensors[op.inputs[0]], graph.tensors[op.outputs[0]]
    if x.dtype == "float32":
        return ()
    if x.dtype == "int32":
        return ("its int32 input is quantized, which LiteRT refuses.",) if x.quant else ()
    if not (x.quant and y.quant and min(x.quant.scale, y.quant.scale) > 0):
        return ("its input or output has no positive quantization scale.",)
    return wide_limits(graph, op)


def c_params(graph: Graph, op: Operator) -> Mapping[str, int | float | np.ndarray]:
    x, y = graph.tensors[op.inputs[0]], graph.tensors[op.outputs[0]]
    fields = {**reduce_params(graph, op), "whole": whole(graph, op)}
    if x.dtype not in ("int8", "int16"):
        return fields
    multiplier, shift = reduced_multiplier(*(np.array(n) for n in _multiplier(graph, op)))
    offsets = {"input_offset": -zero_point(x), "output_offset": zero_point(y)}
    return {**fields, **offsets, "multiplier": int(multiplier), "shift": int(shift)}


SPEC = OpSpec(
    kind="REDUCE_PROD",
    dtypes=DTYPES,
    needs=needs,
    compute=compute,
    limits=limits,
    c_kernel="reduce_prod",
    c_params=c_params,
)
