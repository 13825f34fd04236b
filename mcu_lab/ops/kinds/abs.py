"""ABS: the absolute value.

Source: TFLite ``kernels/elementwise.cc``, AbsEvalQuantized and AbsInt16EvalImpl (int16 that is not quantized).
"""

from __future__ import annotations

import numpy as np

from mcu_lab.graph.ir import Graph, Operator
from mcu_lab.numerics.fixed_point import multiply_by_quantized_multiplier, quantize_multiplier, wrapped
from mcu_lab.numerics.lut import byte_values, dtype_range
from mcu_lab.ops.unary import Form, Slopes, by_slopes, by_table, shape_limits, unary_limits, unary_spec


def multiplier_of(graph: Graph, op: Operator) -> tuple[int, int]:
    x, y = graph.tensors[op.inputs[0]], graph.tensors[op.outputs[0]]
    if x.quant is None or y.quant is None:
        return quantize_multiplier(1.0)
    return quantize_multiplier(float(np.float32(x.quant.scale) / np.float32(y.quant.scale)))


def table(graph: Graph, op: Operator) -> np.ndarray:
    """The output value of each input byte."""
    x, y = graph.tensors[op.inputs[0]], graph.tensors[op.outputs[0]]
    assert x.quant and y.quant
    size = np.abs(byte_values(x.dtype) - x.quant.zero_point)
    scaled = multiply_by_quantized_multiplier(size, *multiplier_of(graph, op))
    return np.clip(wrapped(scaled + y.quant.zero_point), *dtype_range(y.dtype)).astype(y.dtype)


def slopes(graph: Graph, op: Operator) -> Slopes:
    multiplier = multiplier_of(graph, op)
    least, most = dtype_range("int16")
    # Where nothing is quantized nothing saturates: -32768 stays what it is.
    return Slopes(multiplier, multiplier, (least, most if graph.tensors[op.inputs[0]].quant else most + 1), before=-1)


def limits(graph: Graph, op: Operator) -> tuple[str, ...]:
    tensors = [graph.tensors[t] for t in (*op.inputs, *op.outputs) if t >= 0]
    bare = all(t.dtype == "int16" and t.quant is None for t in tensors)
    return (shape_limits if bare else unary_limits)(graph, op)


_SIZE = Form(lambda graph, op, x: np.abs(x), "abs")

SPEC = unary_spec(
    "ABS", by_table(table, "int8") | by_slopes(slopes) | dict.fromkeys(("int32", "float32"), _SIZE), limits
)
