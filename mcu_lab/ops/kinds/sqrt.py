"""SQRT.

Source: TFLite ``kernels/elementwise.cc``, SqrtEvalQuantized: the quotient by the output's scale is cut off, not
rounded. LiteRT ends an inference that meets a quantized value below 0; here it counts as 0.
"""

from __future__ import annotations

import numpy as np

from mcu_lab.graph.ir import Graph, Operator
from mcu_lab.numerics.fixed_point import converted, wrapped
from mcu_lab.numerics.lut import byte_values, dtype_range
from mcu_lab.numerics.powers import square_root
from mcu_lab.ops.unary import Form, Params, by_formula, by_table, unary_spec


def quantized(graph: Graph, op: Operator, values: np.ndarray) -> np.ndarray:
    """Stored values, int64, of the input -> stored values of the output."""
    x, y = graph.tensors[op.inputs[0]], graph.tensors[op.outputs[0]]
    assert x.quant and y.quant
    real = np.float32(x.quant.scale) * (values - x.quant.zero_point).astype(np.float32)
    with np.errstate(over="ignore"):
        steps = np.trunc(square_root(np.maximum(real, np.float32(0))) / np.float32(y.quant.scale))
    return np.clip(wrapped(converted(steps) + y.quant.zero_point), *dtype_range(y.dtype)).astype(y.dtype)


def table(graph: Graph, op: Operator) -> np.ndarray:
    return quantized(graph, op, byte_values(graph.tensors[op.inputs[0]].dtype))


def params(graph: Graph, op: Operator) -> Params:
    x, y = graph.tensors[op.inputs[0]], graph.tensors[op.outputs[0]]
    assert x.quant and y.quant
    return {"in_scale": x.quant.scale, "out_scale": y.quant.scale}


SPEC = unary_spec(
    "SQRT",
    by_table(table, "int8")
    | {"int16": Form(lambda graph, op, x: quantized(graph, op, x.astype(np.int64)), "sqrt", params)}
    | by_formula(lambda op, x: square_root(x), "sqrt"),
    notes="Quantized values below 0 count as 0; LiteRT ends an inference that meets one.",
)
