"""FLOOR_DIV: the quotient of stored values, rounded down.

Source: TFLite ``reference/floor_div.h``: in double precision. LiteRT ends an inference that divides a whole number by
0; here that is 0.
"""

from __future__ import annotations

import numpy as np

from mcu_lab.graph.ir import Graph, Operator
from mcu_lab.ops.meeting import meeting_spec


def meet(graph: Graph, op: Operator, x: np.ndarray, y: np.ndarray) -> np.ndarray:
    if x.dtype == np.float32:
        return np.floor(x.astype(np.float64) / y.astype(np.float64))
    wide = y.astype(np.int64)
    return np.where(wide == 0, 0, x.astype(np.int64) // np.where(wide == 0, 1, wide)).astype(x.dtype)


SPEC = meeting_spec(
    "FLOOR_DIV",
    ("int8", "int16", "int32", "float32"),
    meet,
    notes="Broadcasting. Divides stored values, like LiteRT, which ends an inference where integers are divided by 0; "
    "here that is 0.",
)
