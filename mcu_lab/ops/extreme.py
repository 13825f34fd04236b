"""ARG_MAX and ARG_MIN: where along an axis the greatest or least element is; the first of equal ones.

Source: TFLite ``kernels/arg_min_max.cc`` and ``reference/arg_min_max.h``.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from mcu_lab.graph.box import Box, Interval
from mcu_lab.graph.ir import Graph, Operator
from mcu_lab.ops.regions import constant, cut, normal_axis
from mcu_lab.ops.spec import OpSpec, ReadBoxes, Region, WriteBoxes

_INPUTS, _OUTPUTS = ("int8", "uint8", "int32", "bool", "float32"), ("int32", "int64")


def _axis(graph: Graph, op: Operator) -> int:
    given = constant(graph, op, 1)
    assert given is not None
    return normal_axis(int(given.reshape(-1)[0]), len(graph.tensors[op.inputs[0]].shape))


def extreme_spec(kind: str, *, greatest: bool) -> OpSpec:
    """The specification of one of the two."""

    def needs(graph: Graph, op: Operator, writes: WriteBoxes, reduce: Interval | None) -> ReadBoxes:
        box = writes[0]
        if box is None or not box.size:
            return None, None
        axis = _axis(graph, op)
        whole = Interval(0, graph.tensors[op.inputs[0]].shape[axis])
        return Box((*box.intervals[:axis], whole, *box.intervals[axis:])), None

    def compute(
        graph: Graph, op: Operator, writes: WriteBoxes, regions: tuple[Region | None, ...]
    ) -> tuple[np.ndarray | None, ...]:
        source, axis = needs(graph, op, writes, None)[0], _axis(graph, op)
        assert source is not None
        values = np.moveaxis(cut(regions[0], source), axis, 0)
        best, at = values[0], np.zeros(values.shape[1:], graph.tensors[op.outputs[0]].dtype)
        for i in range(1, len(values)):  # numpy's own lets NaNs win
            better = values[i] > best if greatest else values[i] < best
            best, at = np.where(better, values[i], best), np.where(better, at.dtype.type(i), at)
        return (np.asarray(at),)

    def limits(graph: Graph, op: Operator) -> tuple[str, ...]:
        if len(op.inputs) != 2 or min(op.inputs) < 0 or len(op.outputs) != 1:
            return (f"it has {len(op.inputs)} inputs and {len(op.outputs)} outputs; two and one are expected.",)
        x, y = graph.tensors[op.inputs[0]], graph.tensors[op.outputs[0]]
        if x.dtype not in _INPUTS or y.dtype not in _OUTPUTS:
            return (f"it goes from {x.dtype} to {y.dtype}; {', '.join(_INPUTS)} to int32 or int64 are supported.",)
        given = constant(graph, op, 1)
        if given is None or given.size != 1:
            return ("the axis is not one constant integer.",)
        axis = _axis(graph, op)
        if not 0 <= axis < len(x.shape):
            return (f"axis {int(given.reshape(-1)[0])} is not one of the input's {len(x.shape)} axes.",)
        expected = x.shape[:axis] + x.shape[axis + 1 :]
        if y.shape != expected:
            return (f"axis {axis} of {list(x.shape)} leaves {list(expected)}, but the output has {list(y.shape)}.",)
        return ()

    def c_params(graph: Graph, op: Operator) -> Mapping[str, int | float | np.ndarray]:
        shape, axis = graph.tensors[op.inputs[0]].shape, _axis(graph, op)
        return {"greatest": int(greatest), "axis_from_last": len(shape) - 1 - axis, "length": shape[axis]}

    return OpSpec(
        kind=kind,
        dtypes=("int8", "uint8", "int32", "int64", "bool", "float32"),
        needs=needs,
        compute=compute,
        notes="Constant axis, which is needed whole. To int32 or int64; of all but int64.",
        limits=limits,
        c_kernel="arg",
        c_params=c_params,
    )
