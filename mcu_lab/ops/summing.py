"""MEAN and SUM of quantized elements: int32 sums, and the multiplier that makes outputs of them.

Source: TFLite ``reference/reduce.h`` (QuantizedMeanOrSum).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np

from mcu_lab.graph.box import Box, Interval
from mcu_lab.graph.ir import Graph, Operator
from mcu_lab.numerics.fixed_point import multiply_by_quantized_multiplier, wrapped
from mcu_lab.ops.product import require_int32_sums, zero_point
from mcu_lab.ops.reduce import addends, reduce_params, reduced_count, summed_rows
from mcu_lab.ops.spec import Region

#: (multiplier, shift) of input scale, output scale and the number of elements.
ScalingOf = Callable[[float, float, int], tuple[int, int]]


def accumulate(
    graph: Graph, op: Operator, box: Box, regions: tuple[Region | None, ...], reduce: Interval
) -> np.ndarray:
    require_int32_sums(graph, op, summed_rows(graph, op) is not None)
    assert regions[0]
    return addends(graph, op, box, regions[0], reduce, np.dtype(np.int32)).sum(axis=0, dtype=np.int32)


def sums_of(graph: Graph, op: Operator, box: Box, region: Region) -> np.ndarray:
    """int64, of all that is reduced."""
    return addends(graph, op, box, region, None, np.dtype(np.int64)).sum(axis=0)


def finish(
    scaling: ScalingOf,
    graph: Graph,
    op: Operator,
    box: Box,
    sums: np.ndarray,
    regions: tuple[Region | None, ...],
) -> np.ndarray:
    x, y = graph.tensors[op.inputs[0]], graph.tensors[op.outputs[0]]
    assert x.quant and y.quant
    count = reduced_count(graph, op)
    total = wrapped(wrapped(sums) - zero_point(x) * count)
    scaled = multiply_by_quantized_multiplier(total, *scaling(x.quant.scale, y.quant.scale, count)) + zero_point(y)
    info = np.iinfo(y.dtype)
    return np.clip(wrapped(scaled), info.min, info.max).astype(y.dtype).reshape(box.shape)


def ordered_sum(values: np.ndarray, start: int = 0) -> np.ndarray:
    """float32, one after the other, as the reference kernel adds; numpy's own sum would pair them.

    From 0 on, or from the first of them on.
    """
    total = values[0].copy() if start else np.float32(0) + values[0]
    for value in values[1:]:
        total += value
    return total


def c_params(scaling: ScalingOf, graph: Graph, op: Operator) -> Mapping[str, int | float | np.ndarray]:
    x, y = graph.tensors[op.inputs[0]], graph.tensors[op.outputs[0]]
    fields = reduce_params(graph, op)
    if not (x.quant and y.quant) or x.dtype in ("float32", "int32"):
        return fields
    count = reduced_count(graph, op)
    multiplier, shift = scaling(x.quant.scale, y.quant.scale, count)
    sum_offset = int(wrapped(np.array(-zero_point(x) * count)))
    offsets = {"sum_offset": sum_offset, "output_offset": zero_point(y)}
    return {**fields, **offsets, "multiplier": multiplier, "shift": shift}
