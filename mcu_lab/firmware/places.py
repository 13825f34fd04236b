"""Where a View lies, apart from how far its box reaches: what rows that are alike have in common."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import IntEnum

from mcu_lab.firmware.layout import CView, wrapped

Range = tuple[int, int]


class Strides(IntEnum):
    """How the strides of a place follow; numbers as in mcu_unfold.c."""

    DENSE = 0
    """Row-major over the place's own axes; the offset belongs to coordinate 0."""
    GIVEN = 1
    """Written out; the offset belongs to coordinate 0."""
    PACKED = 2
    """Row-major over the box, whose first element lies at the offset."""
    ANCHORED = 3
    """Written out; the box's first element lies at the offset."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where a View lies, apart from how far its box has slid. ``axes`` are all coordinates that it ever covers.

    front    axes (0, 1) with stride 0 in front.
    unit     bytes from one element to the next along the last axis, where strides follow.
    ring     (axis, rows, phase).
    strides  in bytes, of the axes behind those in front, where they are written out.
    """

    memory: int
    kind: Strides
    unit: int
    offset: int
    front: int
    axes: tuple[Range, ...]
    strides: tuple[int, ...]
    ring: tuple[int, int, int] | None


@dataclass(frozen=True, slots=True)
class Store:
    """What a Place of a tensor is without its axes. ``strides`` are empty where they follow from the box."""

    tensor: int
    rank: int
    memory: int
    anchored: bool
    offset: int
    strides: tuple[int, ...]
    unit: int
    front: int
    ring: tuple[int, int, int] | None


def store_of(view: CView, *, anchored: bool) -> Store:
    strides = tuple(s for _, _, s in view.axes)
    ahead = front(view)
    ring = None if view.ring_axis is None else (view.ring_axis, view.ring_rows, view.ring_phase)
    offset, written = view.offset, strides
    if anchored:
        offset = wrapped(view.offset + sum(lo * s for lo, _, s in view.axes))
        written = () if strides == dense(tuple((lo, hi) for lo, hi, _ in view.axes), strides[-1], ahead) else strides
    return Store(view.tensor, len(strides), view.memory, anchored, offset, written, strides[-1], ahead, ring)


def dense(axes: Sequence[Range], unit: int, front: int) -> tuple[int, ...] | None:
    """Row-major strides behind the axes in front; None for a View that runs backwards, as a unit has no sign."""
    found = [0] * len(axes)
    for axis in reversed(range(front, len(axes))):
        found[axis] = unit
        unit *= axes[axis][1] - axes[axis][0]
    return tuple(found) if unit >= 0 else None


def front(view: CView) -> int:
    """How many axes in front are (0, 1) without a stride; the last one never is."""
    return next((i for i, axis in enumerate(view.axes[:-1]) if axis != (0, 1, 0)), len(view.axes) - 1)


def place_of(store: Store, axes: tuple[Range, ...]) -> Place:
    # PACKED strides follow each box, so strides that are written are not those even where they suit the whole place.
    whole = tuple((0, hi) for _, hi in axes)
    follow = not store.strides if store.anchored else store.strides == dense(whole, store.unit, store.front)
    kinds = (Strides.GIVEN, Strides.DENSE) if not store.anchored else (Strides.ANCHORED, Strides.PACKED)
    return Place(
        memory=store.memory,
        kind=kinds[follow],
        unit=store.unit if follow else 0,
        offset=store.offset,
        front=store.front,
        axes=axes,
        strides=() if follow else store.strides[store.front :],
        ring=store.ring,
    )
