"""Where the elements of a View lie: the definition in :class:`mcu_lab.plan.model.View`, as functions.

All numbers count elements of the view's buffer unless the name ends in ``_bytes``.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from mcu_lab.graph.box import Box, Interval, coordinates
from mcu_lab.graph.ir import Graph
from mcu_lab.ops import spec_of
from mcu_lab.ops.spec import Alias
from mcu_lab.plan.model import Compute, Form, Plan, Ring, View

#: Bytes of one accumulator in a SUMS buffer.
SUM_BYTES = 4


@dataclass(frozen=True, slots=True)
class Layout:
    """Where a whole tensor lies in a buffer: element ``c`` at ``origin + sum(strides[i] * c[i])``."""

    origin: int
    strides: tuple[int, ...]


def dense_strides(shape: Sequence[int]) -> tuple[int, ...]:
    """Row-major strides, in elements."""
    strides = [1] * len(shape)
    for axis in reversed(range(len(shape) - 1)):
        strides[axis] = strides[axis + 1] * shape[axis + 1]
    return tuple(strides)


def dense_view(buffer: str, tensor: int, shape: Sequence[int], box: Box | None = None) -> View:
    """``box`` (default: all) of a tensor of which the whole lies row-major from element 0 of ``buffer``."""
    return View(buffer, tensor, box or Box.full(shape), 0, dense_strides(shape))


def packed_view(buffer: str, tensor: int, box: Box, start: int = 0) -> View:
    """``box`` alone, row-major from element ``start`` of ``buffer``; nothing else of the tensor is there."""
    strides = dense_strides(box.shape)
    return View(buffer, tensor, box, start - sum(s * i.lo for s, i in zip(strides, box, strict=True)), strides)


def part_of(view: View, box: Box) -> View:
    """The same view of ``box`` alone."""
    return view if view.box == box else View(view.buffer, view.tensor, box, view.origin, view.strides, view.ring)


def affine_layout(indices: np.ndarray) -> Layout | None:
    """The layout that gives just these element numbers (one for each element of a tensor), or None if none does.

    An axis of length 1 gets the stride it would have in a dense tensor.
    """
    if indices.size == 0:
        return Layout(0, dense_strides(indices.shape))
    origin = int(indices.flat[0])
    strides = [1] * indices.ndim
    for axis in reversed(range(indices.ndim)):
        if indices.shape[axis] > 1:
            strides[axis] = int(np.take(indices, 1, axis).flat[0]) - origin
        elif axis + 1 < indices.ndim:
            strides[axis] = strides[axis + 1] * indices.shape[axis + 1]
    layout = Layout(origin, tuple(strides))
    return layout if np.array_equal(layout_indices(layout, indices.shape), indices) else None


def layout_indices(layout: Layout, shape: Sequence[int]) -> np.ndarray:
    """Element numbers of a whole tensor: int64, of that shape."""
    return _numbers(Box.full(shape), layout, None)


def element_indices(view: View) -> np.ndarray:
    """Element numbers of the view's box in its buffer: int64, shaped like the box."""
    return _numbers(view.box, Layout(view.origin, view.strides), view.ring)


def _numbers(box: Box, layout: Layout, ring: Ring | None) -> np.ndarray:
    along = [
        np.arange(interval.lo, interval.hi, dtype=np.int64).reshape([-1 if a == axis else 1 for a in range(len(box))])
        for axis, interval in enumerate(box)
    ]
    return _numbers_at(along, layout, ring)


def _numbers_at(places: Sequence[np.ndarray], layout: Layout, ring: Ring | None) -> np.ndarray:
    """Element numbers at coordinates, one array for each axis, broadcast against each other."""
    numbers = np.array(layout.origin, dtype=np.int64)
    for axis, (along, stride) in enumerate(zip(places, layout.strides, strict=True)):
        turned = (along + ring.phase) % ring.rows if ring and ring.axis == axis else along
        numbers = numbers + turned * stride
    return numbers


def affine_pieces(view: View) -> tuple[View, ...]:
    """The view without its ring: one View for each turn of the ring that the box touches, in coordinate order."""
    if view.ring is None:
        return (view,)
    axis, rows, phase = view.ring.axis, view.ring.rows, view.ring.phase
    interval = view.box[axis]
    turns = range((interval.lo + phase) // rows, -(-(interval.hi + phase) // rows))
    starts = (turn * rows - phase for turn in turns)
    return tuple(
        replace(
            view,
            box=view.box.replaced(axis, interval & Interval(start, start + rows)),
            origin=view.origin - view.strides[axis] * start,
            ring=None,
        )
        for start in starts
    )


def element_span(view: View) -> Interval:
    """The least interval of element numbers that holds the view; empty for an empty box."""
    if view.box.size == 0:
        return Interval(0, 0)
    lowest = highest = view.origin
    for axis, (interval, stride) in enumerate(zip(view.box, view.strides, strict=True)):
        first, last = interval.lo, interval.hi - 1
        if view.ring and view.ring.axis == axis:
            rows = view.ring.rows
            first, last = first + view.ring.phase, last + view.ring.phase
            wraps = first // rows != last // rows
            first, last = (0, rows - 1) if wraps else (first % rows, last % rows)
        lowest += min(stride * first, stride * last)
        highest += max(stride * first, stride * last)
    return Interval(lowest, highest + 1)


def byte_span(view: View, element_bytes: int) -> Interval:
    """The least interval of bytes, counted from the start of the buffer, that holds the view."""
    span = element_span(view)
    return Interval(span.lo * element_bytes, span.hi * element_bytes)


def element_bytes(plan: Plan, view: View) -> int:
    """Bytes of one element of the view in its buffer: the tensor's own, or 4 for sums."""
    if plan.buffer[view.buffer].form is Form.SUMS:
        return SUM_BYTES
    return plan.graph.tensors[view.tensor].element_bytes


def is_dense(view: View) -> bool:
    """Whether the box's elements follow each other in row-major order without a gap."""
    if view.ring is not None:
        return False
    expected = 1
    for length, stride in zip(reversed(view.box.shape), reversed(view.strides), strict=True):
        if length > 1 and stride != expected:
            return False
        expected *= length
    return True


def is_zero_copy(graph: Graph, step: Compute) -> bool:
    """Whether every output of the step lies exactly where its operator's aliases find it among the inputs.

    Then the step moves no byte: the values are in place already.
    """
    read = {v.buffer for slot in step.reads for v in slot}
    if not all(v is None or v.buffer in read for v in step.writes):
        return False
    op = graph.operators[step.op]
    aliases = spec_of(op).aliases(graph, op)
    if not aliases:
        return False
    writes = {v.tensor: v for v in step.writes if v}
    reads = {v.tensor: v for slot in step.reads for v in slot[:1]}
    unmoved = {t: np.zeros(v.box.shape, dtype=bool) for t, v in writes.items()}
    for alias in aliases:
        if alias.part in writes and alias.whole in reads:
            unmoved[alias.part] |= _agreeing(graph, alias, writes[alias.part], reads[alias.whole])
        if alias.whole in writes and alias.part in reads:
            part, whole = reads[alias.part], writes[alias.whole]
            agreeing = _agreeing(graph, alias, part, whole)
            there = (c[agreeing] - i.lo for c, i in zip(_in_whole(graph, alias, part.box), whole.box, strict=True))
            unmoved[alias.whole][tuple(there)] = True
    return bool(writes) and all(same.all() for same in unmoved.values())


def _agreeing(graph: Graph, alias: Alias, part: View, whole: View) -> np.ndarray:
    """Which elements of the part's box both Views have, and have in the same place: bool, in the shape of that box."""
    if part.buffer != whole.buffer:
        return np.zeros(part.box.shape, dtype=bool)
    places = _in_whole(graph, alias, part.box)
    agreeing = element_indices(part) == _numbers_at(places, Layout(whole.origin, whole.strides), whole.ring)
    for along, interval in zip(places, whole.box, strict=True):
        agreeing &= (along >= interval.lo) & (along < interval.hi)
    return agreeing


def _in_whole(graph: Graph, alias: Alias, box: Box) -> tuple[np.ndarray, ...]:
    """For each axis of the whole, the coordinates of the elements of a box of the part, in the shape of that box."""
    anywhere = np.empty(graph.tensors[alias.whole].shape, dtype=np.int8)  # only its strides matter
    within = alias.view(anywhere)
    first = int(within.__array_interface__["data"][0]) - int(anywhere.__array_interface__["data"][0])
    return coordinates(_numbers(box, Layout(first, within.strides), None), anywhere.shape)
