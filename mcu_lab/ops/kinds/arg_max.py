"""ARG_MAX: where along an axis the greatest element is."""

from __future__ import annotations

from mcu_lab.ops.extreme import extreme_spec

SPEC = extreme_spec("ARG_MAX", greatest=True)
