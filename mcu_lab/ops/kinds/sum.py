"""SUM over any axes, with or without keeping them.

Source: TFLite ``kernels/reduce.cc`` (EvalSum) and ``reference/reduce.h`` (QuantizedMeanOrSum, ReduceGeneric).
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache, partial

import numpy as np

from mcu_lab.graph.ir import Graph, Operator
from mcu_lab.numerics.fixed_point import quantize_multiplier
from mcu_lab.ops import summing
from mcu_lab.ops.reduce import addends, needs, summed_rows, summing_limits, whole
from mcu_lab.ops.spec import OpSpec, Region, WriteBoxes

DTYPES = ("int8", "uint8", "int16", "int32", "float32")


@lru_cache(maxsize=1024)
def _scaling(input_scale: float, output_scale: float, count: int) -> tuple[int, int]:
    return quantize_multiplier(input_scale / output_scale)


_finish = partial(summing.finish, _scaling)


def compute(
    graph: Graph, op: Operator, writes: WriteBoxes, regions: tuple[Region | None, ...]
) -> tuple[np.ndarray | None, ...]:
    box, region = writes[0], regions[0]
    if box is None:
        return (None,)
    assert region
    match graph.tensors[op.inputs[0]].dtype:
        case "float32":
            values = addends(graph, op, box, region, None, np.dtype(np.float32))
            return (summing.ordered_sum(values, start=whole(graph, op)),)
        case "int32":
            return (summing.sums_of(graph, op, box, region).astype(np.int32),)  # wraps, as theirs does
    return (_finish(graph, op, box, summing.sums_of(graph, op, box, region), regions),)


def c_params(graph: Graph, op: Operator) -> Mapping[str, int | float | np.ndarray]:
    return {**summing.c_params(_scaling, graph, op), "whole": whole(graph, op)}


SPEC = OpSpec(
    kind="SUM",
    dtypes=DTYPES,
    misread=("int8", "int16"),
    needs=needs,
    compute=compute,
    notes=(
        "LiteRT's reference kernel takes the bytes of int8 and int16 for uint8, which neither its own optimized kernel "
        "nor TFLM does; there the outputs are TFLM's. `check` holds them against the optimized kernel, which may round "
        "otherwise where scales differ."
    ),
    limits=partial(summing_limits, dtypes=DTYPES),
    accumulate=summing.accumulate,
    reduce_axis=summed_rows,
    finish=_finish,
    c_kernel="sum",
    c_params=c_params,
)
