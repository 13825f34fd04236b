"""Which bytes a View names. Follows the definition in :class:`mcu_lab.plan.model.View` and nothing else."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from mcu_lab.graph.box import Interval
from mcu_lab.plan.model import View


def extent(view: View) -> tuple[int, int]:
    """Least and greatest element number in the buffer (both inclusive), in exact integers."""
    lowest = highest = view.origin
    for axis, (interval, stride) in enumerate(zip(view.box, view.strides, strict=True)):
        first, last = _ends(view, axis, interval)
        lowest += min(stride * first, stride * last)
        highest += max(stride * first, stride * last)
    return lowest, highest


def _ends(view: View, axis: int, interval: Interval) -> tuple[int, int]:
    first, last = interval.lo, interval.hi - 1
    if view.ring is None or view.ring.axis != axis:
        return first, last
    rows = view.ring.rows
    first, last = first + view.ring.phase, last + view.ring.phase
    crosses_seam = first // rows != last // rows
    return (0, rows - 1) if crosses_seam else (first % rows, last % rows)


def byte_numbers(view: View, offset_bytes: int, element_bytes: int) -> np.ndarray:
    """Bytes of the memory that hold the view: int64, shape ``(*box.shape, element_bytes)``.

    Only for a view whose extent lies inside its buffer: that bounds every number below 2**63.
    """
    corner = view.origin
    along: list[np.ndarray] = []
    for axis, (interval, stride) in enumerate(zip(view.box, view.strides, strict=True)):
        if view.ring is not None and view.ring.axis == axis:
            places = np.arange(interval.lo + view.ring.phase, interval.hi + view.ring.phase)
            coordinates = places % min(view.ring.rows, interval.hi + view.ring.phase)
            first = int(coordinates.min())
            coordinates -= first
        else:
            coordinates, first = np.arange(len(interval)), interval.lo
        corner += first * stride
        along.append(coordinates * (stride * element_bytes) if coordinates.any() else coordinates)
    return outer_sum(offset_bytes + corner * element_bytes, (*along, np.arange(element_bytes)))


def outer_sum(start: int, along: Sequence[np.ndarray]) -> np.ndarray:
    """``start`` plus one number from each vector, in every combination: int64, one axis for each vector."""
    total = np.array(start, dtype=np.int64)
    for numbers in along:
        total = total[..., None] + numbers
    return total
