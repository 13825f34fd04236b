"""MEAN over any axes, with or without keeping them.

Source: TFLite ``reference/reduce.h`` (Mean, QuantizedMeanOrSum).
"""

from __future__ import annotations

from functools import lru_cache, partial

import numpy as np

from mcu_lab.graph.ir import Graph, Operator
from mcu_lab.numerics.fixed_point import significand
from mcu_lab.ops import summing
from mcu_lab.ops.reduce import addends, needs, reduced_count, summed_rows, summing_limits
from mcu_lab.ops.spec import OpSpec, Region, WriteBoxes

DTYPES = ("int8", "uint8", "int16", "int32", "float32")


@lru_cache(maxsize=1024)
def _scaling(input_scale: float, output_scale: float, count: int) -> tuple[int, int]:
    """The multiplier of the two scales with 1/count folded in, as TFLite's ``QuantizedMeanOrSum`` folds it."""
    multiplier, shift = significand(input_scale / output_scale)
    room = min(count.bit_length() - 1, 32, 31 + shift)
    left = shift - room
    return (multiplier << room) // count, left if left <= 31 else left & 31


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
            total = summing.ordered_sum(addends(graph, op, box, region, None, np.dtype(np.float32)))
            return (total / np.float32(reduced_count(graph, op)),)
        case "int32":
            sums = summing.sums_of(graph, op, box, region)
            # C's division truncates.
            return ((np.sign(sums) * (np.abs(sums) // reduced_count(graph, op))).astype(np.int32),)
    return (_finish(graph, op, box, summing.sums_of(graph, op, box, region), regions),)


SPEC = OpSpec(
    kind="MEAN",
    dtypes=DTYPES,
    needs=needs,
    compute=compute,
    limits=partial(summing_limits, dtypes=DTYPES),
    accumulate=summing.accumulate,
    reduce_axis=summed_rows,
    finish=_finish,
    c_kernel="mean",
    c_params=partial(summing.c_params, _scaling),
)
