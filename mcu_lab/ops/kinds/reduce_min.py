"""REDUCE_MIN over any axes, with or without keeping them."""

from __future__ import annotations

import numpy as np

from mcu_lab.ops.choosing import choosing_spec

SPEC = choosing_spec("REDUCE_MIN", np.less, np.minimum, np.inf)
