"""LOG.

Source: TFLite ``kernels/elementwise.cc``, LogLUTPrepare: int8 and int16 through tables, in which what is not above 0
gives the least value of the output.
"""

from __future__ import annotations

import numpy as np

from mcu_lab.graph.ir import Graph, Operator
from mcu_lab.numerics import elementary
from mcu_lab.numerics.libm import logf
from mcu_lab.numerics.lut import dtype_range
from mcu_lab.ops.functions import AboveZero, function_forms
from mcu_lab.ops.unary import by_formula, unary_spec


def function_of(graph: Graph, op: Operator) -> AboveZero:
    y = graph.tensors[op.outputs[0]]
    assert y.quant
    least = np.float32(dtype_range(y.dtype)[0] - y.quant.zero_point) * np.float32(y.quant.scale)
    return AboveZero(logf, float(least))


SPEC = unary_spec(
    "LOG", function_forms(function_of, "int8", "int16") | by_formula(lambda op, x: elementary.log(x), "log")
)
