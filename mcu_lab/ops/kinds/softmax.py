"""SOFTMAX along the last axis: ``exp(beta * x)`` divided by its sum.

Sources: TFLite ``kernels/activations.cc`` (SoftmaxPrepare) and ``reference/softmax.h``: 8-bit inputs in fixed point,
int16 with tables of its own, float32 one value after the other.
"""

from __future__ import annotations

from collections.abc import Mapping
from math import isfinite

import numpy as np

from mcu_lab.graph.ir import Graph, Operator, Tensor
from mcu_lab.numerics.exp32 import exp32
from mcu_lab.numerics.softmax8 import MOST_DEPTH, exponentials, has_multiplier, softmax8
from mcu_lab.numerics.softmax16 import MOST_DEPTH_16, exp_table, input_multiplier, reciprocal_table, softmax16
from mcu_lab.ops.along_last import FORMS, added, whole_vectors
from mcu_lab.ops.elementwise import quantization_limits
from mcu_lab.ops.regions import number, whole_last_axis
from mcu_lab.ops.spec import OpSpec, Region, WriteBoxes

#: Pairs of (input dtype, output dtype) that are executed.
CONVERSIONS = (
    ("int8", "int8"), ("uint8", "uint8"), ("int16", "int16"), ("float32", "float32"),
    ("int8", "int16"), ("uint8", "int16"),
)  # fmt: skip
#: Where LiteRT asks for one scale and zero point of the output, by the pair of dtypes.
_OUTPUTS = {("int8", "int8"): (1 / 256, -128), ("int16", "int16"): (1 / 32768, 0)}


def limits(graph: Graph, op: Operator) -> tuple[str, ...]:
    if len(op.inputs) != 1 or min(op.inputs) < 0 or len(op.outputs) != 1:
        return (f"it has {len(op.inputs)} inputs and {len(op.outputs)} outputs; one and one are supported.",)
    x, y = graph.tensors[op.inputs[0]], graph.tensors[op.outputs[0]]
    if (x.dtype, y.dtype) not in CONVERSIONS:
        return (f"{x.dtype} to {y.dtype} is not supported.",)
    if x.shape != y.shape:
        return (f"the input has shape {list(x.shape)} but the output {list(y.shape)}.",)
    if not x.shape:
        return ("the input is a scalar; softmax needs an axis.",)
    beta = number(op, "beta", 1.0)
    if not (isfinite(beta) and beta > 0):
        return (f"beta is {beta!r}; it must lie above 0.",)
    return (*quantization_limits(graph, op), *_output_limits(x, y)) or _fixed_point_limits(x, beta)


def _output_limits(x: Tensor, y: Tensor) -> tuple[str, ...]:
    if (x.dtype, y.dtype) not in _OUTPUTS:
        return ()
    scale, zero_point = _OUTPUTS[x.dtype, y.dtype]
    if x.dtype == "int16" and not (x.quant and len(x.quant.scales) == 1 and x.quant.zero_point == 0):
        return (f"{x.name!r} is int16 and needs one scale for the whole tensor, and the zero point 0.",)
    if y.quant and y.quant.zero_point == zero_point and abs(y.quant.scale - scale) <= scale / 1000:
        return ()
    found = f"the scale {y.quant.scale:g} and the zero point {y.quant.zero_point}" if y.quant else "no scale"
    return (f"the output has {found}; LiteRT accepts only 1/{round(1 / scale)} and {zero_point}.",)


def _fixed_point_limits(x: Tensor, beta: float) -> tuple[str, ...]:
    if x.dtype == "int16" and x.shape[-1] > MOST_DEPTH_16:
        return (f"the last axis has {x.shape[-1]:,} elements; the sum of more than {MOST_DEPTH_16:,} may overflow.",)
    if x.dtype not in ("int8", "uint8"):
        return ()
    assert x.quant
    if not has_multiplier(x.quant.scale, beta):
        return (f"its input scale times beta is {x.quant.scale * beta:g}; LiteRT needs more than 2**-26.",)
    if x.shape[-1] > MOST_DEPTH:
        return (f"the last axis has {x.shape[-1]:,} elements; the sum of more than {MOST_DEPTH:,} may overflow.",)
    return ()


def compute(
    graph: Graph, op: Operator, writes: WriteBoxes, regions: tuple[Region | None, ...]
) -> tuple[np.ndarray | None, ...]:
    values, wanted = whole_vectors(graph, op, writes, regions)
    beta = np.float32(number(op, "beta", 1.0))
    x, out = graph.tensors[op.inputs[0]], graph.tensors[op.outputs[0]]
    if out.dtype == "float32":
        raised = exp32((values - values.max(axis=-1, keepdims=True)) * beta)
        return ((raised / added(raised))[wanted],)
    assert x.quant
    if x.dtype == "int16":
        return (softmax16(values, x.quant.scale, float(beta))[wanted],)
    return (softmax8(values, x.quant.scale, float(beta), out.dtype)[wanted],)


def c_params(graph: Graph, op: Operator) -> Mapping[str, int | float | np.ndarray]:
    x, beta = graph.tensors[op.inputs[0]], float(np.float32(number(op, "beta", 1.0)))
    if x.dtype == "float32":
        return {"beta": beta}
    assert x.quant
    if x.dtype == "int16":
        multiplier, shift = input_multiplier(x.quant.scale, beta)
        tables = {"exponential": exp_table(), "reciprocal": reciprocal_table()}
        return {**{n: t.astype(np.int16) for n, t in tables.items()}, "multiplier": multiplier, "shift": shift}
    return {"table": exponentials(x.quant.scale, beta)}


SPEC = OpSpec(
    kind="SOFTMAX",
    dtypes=("int8", "uint8", "int16", "float32"),
    needs=whole_last_axis,
    compute=compute,
    notes=(
        "The last axis is needed whole; also 8 bits to int16. In 8 bits, a row whose shares are all below 1/512 is 0, "
        "where LiteRT ends its process."
    ),
    limits=limits,
    c_kernel="softmax",
    forms=FORMS,
    c_params=c_params,
)
