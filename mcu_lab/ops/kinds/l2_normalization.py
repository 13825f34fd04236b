"""L2_NORMALIZATION: each vector along the last axis divided by its Euclidean length.

Source: TFLite ``kernels/l2norm.cc``, ``reference/l2normalization.h`` (lengths below 1e-6 count as 1e-6) and
``integer_ops/l2normalization.h``.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from mcu_lab.graph.ir import Graph, Operator, Tensor
from mcu_lab.numerics.fixed_point import multiply_by_quantized_multiplier
from mcu_lab.numerics.inverse_root import inverse_root
from mcu_lab.numerics.lut import dtype_range
from mcu_lab.numerics.powers import square_root
from mcu_lab.ops.along_last import FORMS, NOTES, added, output_limits, whole_vectors
from mcu_lab.ops.binary import activation_of
from mcu_lab.ops.regions import whole_last_axis
from mcu_lab.ops.spec import OpSpec, Region, WriteBoxes
from mcu_lab.ops.unary import unary_limits

LEAST_LENGTH = np.float32(1e-6)
#: The only quantization of outputs that LiteRT accepts.
SCALE, ZERO_POINTS = 1 / 128, {"int8": 0, "uint8": 128}
#: Squares of so many differences of 8 bits fit in an int32.
MOST_DEPTH = (2**31 - 1) // 255**2


def limits(graph: Graph, op: Operator) -> tuple[str, ...]:
    wrong = unary_limits(graph, op)
    if wrong:
        return wrong
    x, y = graph.tensors[op.inputs[0]], graph.tensors[op.outputs[0]]
    if not x.shape:
        return ("the input is a scalar; normalization needs an axis.",)
    if activation_of(op) != "NONE":
        return (f"fused_activation_function is {activation_of(op)}; LiteRT accepts only NONE.",)
    if y.dtype == "float32":
        return ()
    if wrong := output_limits(y, SCALE, ZERO_POINTS):
        return wrong
    if x.shape[-1] > MOST_DEPTH:
        return (f"the last axis has {x.shape[-1]:,} elements; the squares of more than {MOST_DEPTH:,} may overflow.",)
    return ()


def compute(
    graph: Graph, op: Operator, writes: WriteBoxes, regions: tuple[Region | None, ...]
) -> tuple[np.ndarray | None, ...]:
    values, wanted = whole_vectors(graph, op, writes, regions)
    x = graph.tensors[op.inputs[0]]
    with np.errstate(all="ignore"):
        found = _real(values) if x.dtype == "float32" else _quantized(values, x)
    return (found[wanted],)


def _real(values: np.ndarray) -> np.ndarray:
    return values / np.maximum(square_root(added(values * values)), LEAST_LENGTH)


def _quantized(values: np.ndarray, x: Tensor) -> np.ndarray:
    assert x.quant
    centred = values.astype(np.int64) - x.quant.zero_point
    multiplier, shift = inverse_root((centred * centred).sum(axis=-1, keepdims=True))
    if x.dtype == "int8":
        scaled = multiply_by_quantized_multiplier(centred, multiplier, shift + 7)
    else:
        scaled = multiply_by_quantized_multiplier(centred * 128, multiplier, shift) + 128
    return np.clip(scaled, *dtype_range(x.dtype)).astype(x.dtype)


def c_params(graph: Graph, op: Operator) -> Mapping[str, int | float | np.ndarray]:
    x = graph.tensors[op.inputs[0]]
    if x.dtype == "float32":
        return {}
    assert x.quant
    return {"zero_point": x.quant.zero_point}


SPEC = OpSpec(
    kind="L2_NORMALIZATION",
    dtypes=("int8", "uint8", "float32"),
    needs=whole_last_axis,
    compute=compute,
    notes=NOTES,
    limits=limits,
    c_kernel="l2_normalization",
    forms=FORMS,
    c_params=c_params,
)
