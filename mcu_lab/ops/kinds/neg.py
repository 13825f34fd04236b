"""NEG: the stored values with their signs turned, whatever the quantization; the least value stays what it is.

Source: TFLite ``reference/neg.h``.
"""

from __future__ import annotations

import numpy as np

from mcu_lab.graph.ir import Graph, Operator
from mcu_lab.numerics.lut import byte_values
from mcu_lab.ops.unary import Form, by_table, shape_limits, unary_spec


def table(graph: Graph, op: Operator) -> np.ndarray:
    return (-byte_values("int8")).astype(np.int8)


_TURNED = Form(lambda graph, op, x: np.negative(x), "neg")

SPEC = unary_spec(
    "NEG",
    by_table(table, "int8") | dict.fromkeys(("int16", "int32", "float32"), _TURNED),
    shape_limits,
    notes="Turns stored values, whatever their quantization, like LiteRT.",
)
