"""POW: one operand to the power of the other.

Source: TFLite ``kernels/pow.cc``, which takes int32 to doubles and back. LiteRT ends the inference where the exponent
of an int32 is below 0; it makes 0 here.
"""

from __future__ import annotations

import numpy as np

from mcu_lab.graph.ir import Graph, Operator
from mcu_lab.numerics.fixed_point import converted
from mcu_lab.numerics.powers import power
from mcu_lab.ops.meeting import meeting_spec

#: Of an exponent; beyond what fits in so many, every base but -1, 0 and 1 has overflowed.
_BITS = 31


def _whole_power(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """int32, by squaring in doubles: exact as far as an int32 goes. What does not fit becomes INT32_MIN, as on x86."""
    x, y = np.broadcast_arrays(x, y)
    made, square, left = np.ones(x.shape), x.astype(np.float64), np.maximum(y, 0).astype(np.int64)
    for _ in range(_BITS):
        made = np.where(left & 1, made * square, made)
        square, left = square * square, left >> 1
    return np.where(y < 0, 0, converted(made)).astype(np.int32)


def _meet(graph: Graph, op: Operator, x: np.ndarray, y: np.ndarray) -> np.ndarray:
    return power(x, y) if x.dtype == "float32" else _whole_power(x, y)


SPEC = meeting_spec(
    "POW", ("int32", "float32"), _meet, notes="Broadcasting; operands may be constants. int32 to powers from 0 on."
)
