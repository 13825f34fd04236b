"""Real functions on quantized values: 8-bit ones through a table, int16 along lines between values of the function."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from mcu_lab.graph.ir import Graph, Operator
from mcu_lab.numerics.lut import lines_of_real_function, table_of_real_function
from mcu_lab.ops.unary import Form, by_lines, by_table

Real = Callable[[float], float | np.float32]


@dataclass(frozen=True)
class AboveZero:
    """A function of what is above 0; anything else gives ``otherwise``."""

    function: Real
    otherwise: float

    def __call__(self, x: float) -> float | np.float32:
        return self.otherwise if x <= 0 else self.function(x)


def function_forms(function: Callable[[Graph, Operator], Real], *dtypes: str) -> dict[str, Form]:
    """Forms on those of int8, uint8 and int16 for the function that belongs to an operator.

    Functions are compared: tables are remembered by them.
    """

    def table(graph: Graph, op: Operator) -> np.ndarray:
        x, y = graph.tensors[op.inputs[0]], graph.tensors[op.outputs[0]]
        assert x.quant and y.quant
        scales = x.quant.scale, x.quant.zero_point, y.quant.scale, y.quant.zero_point
        return table_of_real_function(function(graph, op), y.dtype, *scales)

    def lines(graph: Graph, op: Operator) -> np.ndarray:
        x, y = graph.tensors[op.inputs[0]], graph.tensors[op.outputs[0]]
        assert x.quant and y.quant
        return lines_of_real_function(function(graph, op), x.quant.scale, y.quant.scale)

    forms = by_table(table) | by_lines(lines)
    return {dtype: forms[dtype] for dtype in dtypes}
