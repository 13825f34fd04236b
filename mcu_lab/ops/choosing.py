"""REDUCE_MAX and REDUCE_MIN: one of the elements, and of equal ones the first.

Source: TFLite ``kernels/reduce.cc`` (EvalType). What is no number loses, but as the first of all, where LiteRT begins
with it.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from mcu_lab.graph.box import Box, Interval
from mcu_lab.graph.ir import Graph, Operator
from mcu_lab.ops.product import require_int32_sums
from mcu_lab.ops.reduce import QUANTIZED, addends, needs, reduce_limits, reduce_params, sliced_rows, whole
from mcu_lab.ops.spec import OpSpec, Region, WriteBoxes

DTYPES = ("int8", "uint8", "int16", "int32", "float32")


def _limits(graph: Graph, op: Operator) -> tuple[str, ...]:
    found = reduce_limits(graph, op, DTYPES)
    if found:
        return found
    x, y = graph.tensors[op.inputs[0]], graph.tensors[op.outputs[0]]
    if x.dtype not in QUANTIZED:
        return ()
    ours, theirs = ((t.quant.scale, t.quant.zero_point) if t.quant else (0.0, 0) for t in (x, y))
    if ours != theirs:
        return (f"its input has scale and zero point {ours}, its output {theirs}; LiteRT accepts only the same.",)
    if x.dtype == "int16" and ours[1]:
        return (f"its int16 tensors have the zero point {ours[1]}; LiteRT accepts only 0.",)
    return ()


def _rows(graph: Graph, op: Operator) -> int | None:
    return sliced_rows(graph, op) if graph.tensors[op.inputs[0]].dtype in QUANTIZED else None


def choosing_spec(kind: str, wins: np.ufunc, joined: np.ufunc, worst: float) -> OpSpec:
    """``wins`` says whether an element is taken instead of what was chosen before, ``joined`` chooses of two integers.

    ``worst`` is the infinity that loses to every element.
    """

    def least(dtype: np.dtype) -> np.ndarray:
        info = np.finfo(dtype) if dtype.kind == "f" else np.iinfo(dtype)
        return np.array(info.min if worst < 0 else info.max, dtype)

    def compute(
        graph: Graph, op: Operator, writes: WriteBoxes, regions: tuple[Region | None, ...]
    ) -> tuple[np.ndarray | None, ...]:
        box, region = writes[0], regions[0]
        if box is None:
            return (None,)
        assert region
        values = addends(graph, op, box, region, None, region.values.dtype)
        if values.dtype.kind != "f":
            return (joined.reduce(values, axis=0),)
        chosen = values[0] if whole(graph, op) else np.full(box.shape, least(values.dtype))
        for value in values:
            chosen = np.where(wins(value, chosen), value, chosen)
        return (chosen,)

    def accumulate(
        graph: Graph, op: Operator, box: Box, regions: tuple[Region | None, ...], reduce: Interval
    ) -> np.ndarray:
        require_int32_sums(graph, op, _rows(graph, op) is not None)
        assert regions[0]
        return joined.reduce(addends(graph, op, box, regions[0], reduce, np.dtype(np.int32)), axis=0)

    def finish(
        graph: Graph, op: Operator, box: Box, sums: np.ndarray, regions: tuple[Region | None, ...]
    ) -> np.ndarray:
        return sums.astype(graph.tensors[op.outputs[0]].dtype)

    def c_params(graph: Graph, op: Operator) -> Mapping[str, int | float | np.ndarray]:
        return {**reduce_params(graph, op), "whole": whole(graph, op)}

    return OpSpec(
        kind=kind,
        dtypes=DTYPES,
        needs=needs,
        compute=compute,
        limits=_limits,
        accumulate=accumulate,
        join=joined,
        reduce_axis=_rows,
        finish=finish,
        c_kernel=kind.lower(),
        c_params=c_params,
    )
