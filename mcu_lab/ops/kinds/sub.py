"""SUB: the difference of two tensors, broadcast against each other."""

from __future__ import annotations

from functools import partial

import numpy as np

from mcu_lab.ops.binary import ACTIVATED, DTYPES
from mcu_lab.ops.meeting import meeting_spec
from mcu_lab.ops.sums import met, sum_limits, sum_params

SPEC = meeting_spec("SUB", DTYPES, partial(met, np.subtract), sum_limits, sum_params, ACTIVATED)
