"""SOFTMAX along the last axis: ``exp(beta * x)`` divided by its sum.

Source: TFLite ``kernels/activations.cc`` and ``optimized_ops.h``, which the reference resolver uses as well: 8-bit
inputs look ``exp`` up in a float32 table by their distance to the maximum, and add in float32 from first to last.
int16 has its own integer arithmetic.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from mcu_lab.graph.ir import Graph, Operator
from mcu_lab.numerics.exp32 import exp32
from mcu_lab.numerics.lut import dtype_range, round_half_away, softmax_table
from mcu_lab.numerics.softmax16 import softmax16
from mcu_lab.ops.regions import cut, number, whole_last_axis
from mcu_lab.ops.spec import Follow, Forms, OpSpec, Region, WriteBoxes
from mcu_lab.ops.unary import unary_limits

#: TFLite asks for no more than a number; beyond this it is damage.
MOST_BETA = 1000.0


def limits(graph: Graph, op: Operator) -> tuple[str, ...]:
    found = unary_limits(graph, op)
    if found:
        return found
    x, y = graph.tensors[op.inputs[0]], graph.tensors[op.outputs[0]]
    if not x.shape:
        return ("the input is a scalar; softmax needs an axis.",)
    if not 0 < number(op, "beta", 1.0) <= MOST_BETA:
        return (f"beta is {op.attrs['beta']!r}; it must lie above 0 and not above {MOST_BETA}.",)
    if x.dtype == "int16" and not (x.quant and y.quant and len(x.quant.scales) == 1 and y.quant.zero_point == 0):
        return ("int16 tensors need one scale for the whole tensor, and the output zero point 0.",)
    return ()


def compute(
    graph: Graph, op: Operator, writes: WriteBoxes, regions: tuple[Region | None, ...]
) -> tuple[np.ndarray | None, ...]:
    source = whole_last_axis(graph, op, writes, None)[0]
    assert writes[0] is not None and source is not None
    values = cut(regions[0], source)
    beta = np.float32(number(op, "beta", 1.0))
    out = graph.tensors[op.outputs[0]]
    wanted = (..., writes[0].slices[-1])
    if out.dtype == "float32":
        raised = exp32((values - values.max(axis=-1, keepdims=True)) * beta)
        return ((raised / _added(raised))[wanted],)
    x = graph.tensors[op.inputs[0]]
    assert x.quant and out.quant
    if out.dtype == "int16":
        return (softmax16(values, x.quant.scale, float(beta))[wanted],)
    wide = values.astype(np.int64)
    raised = softmax_table(x.quant.scale, float(beta))[255 - (wide.max(axis=-1, keepdims=True) - wide)]
    rescaled = raised * (np.float32(1) / (_added(raised) * np.float32(out.quant.scale)))
    rounded = np.floor(rescaled + np.float32(0.5)) if out.dtype == "uint8" else round_half_away(rescaled)
    offset = 0 if out.dtype == "uint8" else out.quant.zero_point
    return (np.clip(rounded.astype(np.int64) + offset, *dtype_range(out.dtype)).astype(out.dtype)[wanted],)


def _added(raised: np.ndarray) -> np.ndarray:
    """Sums along the last axis. cumsum adds from first to last, as C does; sum() adds pairwise."""
    return np.cumsum(raised, axis=-1, dtype=np.float32)[..., -1:]


def c_params(graph: Graph, op: Operator) -> Mapping[str, int | float | np.ndarray]:
    if graph.tensors[op.outputs[0]].dtype == "float32":
        return {"beta": float(number(op, "beta", 1.0))}
    x, y = graph.tensors[op.inputs[0]].quant, graph.tensors[op.outputs[0]].quant
    assert x and y
    table = softmax_table(x.scale, number(op, "beta", 1.0))
    return {"table": table, "scale": y.scale, "zero_point": y.zero_point}


SPEC = OpSpec(
    kind="SOFTMAX",
    dtypes=("int8", "uint8", "int16", "float32"),
    needs=whole_last_axis,
    compute=compute,
    notes="The last axis is needed whole.",
    limits=limits,
    c_kernel="softmax",
    forms=Forms((Follow.BEFORE_LAST,), Follow.BEFORE_LAST),
    c_params=c_params,
)
