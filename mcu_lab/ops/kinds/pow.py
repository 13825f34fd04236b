"""POW: one operand to the power of the other.

Source: TFLite ``kernels/pow.cc``.
"""

from __future__ import annotations

from mcu_lab.numerics.powers import power
from mcu_lab.ops.meeting import meeting_spec

SPEC = meeting_spec("POW", ("float32",), lambda graph, op, x, y: power(x, y))
