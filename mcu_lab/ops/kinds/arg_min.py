"""ARG_MIN: where along an axis the least element is."""

from __future__ import annotations

from mcu_lab.ops.extreme import extreme_spec

SPEC = extreme_spec("ARG_MIN", greatest=False)
