"""MINIMUM: the smaller of two stored values, whatever their quantization.

Source: TFLite ``kernels/maximum_minimum.cc``: of a pair with a NaN, the second.
"""

from __future__ import annotations

import numpy as np

from mcu_lab.ops.meeting import meeting_spec

SPEC = meeting_spec(
    "MINIMUM",
    ("int8", "uint8", "int16", "int32", "int64", "float32"),
    lambda graph, op, x, y: np.where(x < y, x, y),
    notes="Broadcasting; operands may be constants. Compares stored values, whatever their quantization, like LiteRT.",
)
