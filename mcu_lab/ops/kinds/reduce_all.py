"""REDUCE_ALL over any axes, with or without keeping them."""

from __future__ import annotations

import numpy as np

from mcu_lab.ops.deciding import deciding_spec

SPEC = deciding_spec("REDUCE_ALL", np.logical_and)
