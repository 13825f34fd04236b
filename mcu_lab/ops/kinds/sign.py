"""SIGN: -1, 0 or 1.

Source: TFLite ``kernels/sign.cc``.
"""

from __future__ import annotations

import numpy as np

from mcu_lab.ops.unary import Form, unary_limits, unary_spec

# Adding 0 leaves no -0.
SPEC = unary_spec(
    "SIGN",
    dict.fromkeys(("float32", "int32"), Form(lambda graph, op, x: np.sign(x) + x.dtype.type(0), "sign")),
    unary_limits,
)
