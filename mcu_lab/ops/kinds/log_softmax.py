"""LOG_SOFTMAX along the last axis: the logarithm of what SOFTMAX gives.

Source: TFLite ``kernels/activations.cc`` (LogSoftmaxPrepare) and ``reference/log_softmax.h``; 8 bits as in
:mod:`mcu_lab.numerics.log_softmax8`.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from mcu_lab.graph.ir import Graph, Operator
from mcu_lab.numerics.elementary import exp, log
from mcu_lab.numerics.log_softmax8 import log_softmax8, log_softmax_scaling
from mcu_lab.numerics.softmax8 import MOST_DEPTH, exponentials, has_multiplier
from mcu_lab.ops.along_last import FORMS, NOTES, added, output_limits, whole_vectors
from mcu_lab.ops.regions import whole_last_axis
from mcu_lab.ops.spec import OpSpec, Region, WriteBoxes
from mcu_lab.ops.unary import unary_limits

#: The only quantization of outputs that LiteRT accepts.
SCALE, ZERO_POINTS = 1 / 16, {"int8": 127, "uint8": 255}


def limits(graph: Graph, op: Operator) -> tuple[str, ...]:
    wrong = unary_limits(graph, op)
    if wrong:
        return wrong
    x, y = graph.tensors[op.inputs[0]], graph.tensors[op.outputs[0]]
    if not x.shape:
        return ("the input is a scalar; log-softmax needs an axis.",)
    if y.dtype == "float32":
        return ()
    if wrong := output_limits(y, SCALE, ZERO_POINTS):
        return wrong
    assert x.quant
    if not has_multiplier(x.quant.scale, 1.0):
        return (f"its input scale is {x.quant.scale:g}; LiteRT needs more than 2**-26.",)
    if x.shape[-1] > MOST_DEPTH:
        return (f"the last axis has {x.shape[-1]:,} elements; the sum of more than {MOST_DEPTH:,} may overflow.",)
    return ()


def compute(
    graph: Graph, op: Operator, writes: WriteBoxes, regions: tuple[Region | None, ...]
) -> tuple[np.ndarray | None, ...]:
    values, wanted = whole_vectors(graph, op, writes, regions)
    x = graph.tensors[op.inputs[0]]
    if x.dtype == "float32":
        with np.errstate(all="ignore"):
            found = _real(values)
    else:
        assert x.quant
        found = log_softmax8(values, x.quant.scale, x.dtype)
    return (found[wanted],)


def _real(values: np.ndarray) -> np.ndarray:
    below = values - values.max(axis=-1, keepdims=True)
    return below - log(added(exp(below)))


def c_params(graph: Graph, op: Operator) -> Mapping[str, int | float | np.ndarray]:
    x = graph.tensors[op.inputs[0]]
    if x.dtype == "float32":
        return {}
    assert x.quant
    (multiplier, shift), (back_multiplier, back_shift), reach = log_softmax_scaling(x.quant.scale)
    return {
        "table": exponentials(x.quant.scale, 1.0), "multiplier": multiplier, "shift": shift,
        "back_multiplier": back_multiplier, "back_shift": back_shift, "reach": reach,
    }  # fmt: skip


SPEC = OpSpec(
    kind="LOG_SOFTMAX",
    dtypes=("int8", "uint8", "float32"),
    needs=whole_last_axis,
    compute=compute,
    notes=NOTES,
    limits=limits,
    c_kernel="log_softmax",
    forms=FORMS,
    c_params=c_params,
)
