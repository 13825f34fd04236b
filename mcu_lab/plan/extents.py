"""Which bytes of a plan's buffers are live at each step, so that other buffers may lie on those that are not.

A byte is live at a step when it was written then or earlier (or holds a value from the start) and is read then or later
(or at the end) before it is written anew. What is written and never read is live at the step that writes it; within a
step everything that is read or written is live at once; scratch is live, whole, at the steps that name it; a copy that
does not block touches both its ends until its Wait. Of the live bytes the *hull* counts, the least interval that holds
them: a stage's input dies row by row from the front, its output grows, a line buffer fills up.

A hull is never too small. Reading the steps backwards marks what is read and clears what is written; a View with many
separate runs of bytes counts as its whole span when it is read, and clears nothing when it is written. That can only
add bytes, and these only from a buffer's first write on, as the forward reading tells.

Buffers that only whole operators and copies of whole tensors touch are whole from their first touch to their last, as
the searches for orders count them.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType

from mcu_lab.graph.box import Box, Interval
from mcu_lab.graph.remembered import remembered, share
from mcu_lab.plan.address import SUM_BYTES, byte_span
from mcu_lab.plan.extent import Extent, Run
from mcu_lab.plan.model import Compute, Copy, Form, Plan, Ring, Step, View, Wait
from mcu_lab.plan.touches import lifetimes, touched

#: A View with more separate runs of bytes than this counts as one run with holes.
MOST_RUNS = 64


#: No bytes.
NONE: Run = (0, 0)


def extents(plan: Plan, memory: str | None = None) -> Mapping[str, Extent]:
    """Extent of every buffer in ``memory`` (default: the arena) that anything touches, by buffer id.

    Each spans the buffer's lifetime.
    """
    return _extents(plan, memory or plan.device.arena)


def moved(old: Plan, new: Plan) -> Plan:
    """``new``, which has the same steps over the same buffers as ``old``: elsewhere, or on another device."""
    share(old, new)
    return new


@remembered(most=4, shared=True)
def _extents(plan: Plan, memory: str) -> Mapping[str, Extent]:
    lives = lifetimes(plan)
    partial = {b for step in _partial_steps(plan) for b in touched(plan, step)}
    buffers = [b for b in plan.buffers if b.memory == memory and b.id in lives]
    # State is all that lies in its place, also where this inference wants it no more.
    held = {view.buffer for view in plan.at_start if plan.graph.tensors[view.tensor].variable}
    held |= {buffer.id for buffer in plan.buffers if buffer.holds is not None}
    uses = _uses(plan, {b.id: b.bytes for b in buffers if b.id in partial - held})
    found = {b.id: _extent(uses[b.id]) if b.id in uses else Extent.whole(lives[b.id], b.bytes) for b in buffers}
    return MappingProxyType(found)


def _partial_steps(plan: Plan) -> Iterator[Step]:
    """Steps of operators that take more than one, and copies of parts of tensors."""
    times = Counter(step.op for step in plan.steps if isinstance(step, Compute))
    for step in plan.steps:
        if isinstance(step, Compute):
            if times[step.op] > 1:
                yield step
        elif isinstance(step, Copy) and step.dst.box != Box.full(plan.graph.tensors[step.dst.tensor].shape):
            yield step


@dataclass(slots=True)
class _Touch:
    """Runs of one buffer's bytes that a step reads and writes; of those in ``holed`` it writes only a part."""

    reads: list[Run] = field(default_factory=list)
    writes: list[Run] = field(default_factory=list)
    holed: list[Run] = field(default_factory=list)


@dataclass(slots=True)
class _Use:
    """What touches one buffer, by step, ascending; what it holds at the start counts as written by step 0."""

    bytes: int
    touches: dict[int, _Touch] = field(default_factory=dict)
    at_end: list[Run] = field(default_factory=list)

    def at(self, step: int) -> _Touch:
        return self.touches.setdefault(step, _Touch())


def _uses(plan: Plan, sizes: Mapping[str, int]) -> dict[str, _Use]:
    """The use of each buffer of ``sizes`` (id -> bytes)."""
    uses = {name: _Use(size) for name, size in sizes.items()}
    if not uses:
        return uses
    sums = {b.id for b in plan.buffers if b.form is Form.SUMS}

    def runs(view: View) -> tuple[list[Run], bool]:
        size = SUM_BYTES if view.buffer in sums else plan.graph.tensors[view.tensor].element_bytes
        return _byte_runs(view, size, sizes[view.buffer])

    def read(step: int, view: View) -> None:
        if view.buffer in uses:
            uses[view.buffer].at(step).reads += runs(view)[0]

    def write(step: int, view: View) -> None:
        if view.buffer in uses:
            spans, solid = runs(view)
            touch = uses[view.buffer].at(step)
            (touch.writes if solid else touch.holed).extend(spans)

    for view in plan.at_start:
        write(0, view)
    for step in plan.steps:
        if isinstance(step, Compute):
            for view in (v for slot in step.reads for v in slot):
                read(step.id, view)
            if step.sums and step.reduce and step.reduce.lo:
                read(step.id, step.sums)
            for made in (step.sums, *step.writes):
                if made:
                    write(step.id, made)
            if step.scratch in uses:
                uses[step.scratch].at(step.id).writes.append((0, sizes[step.scratch]))
        elif isinstance(step, Copy):
            read(step.id, step.src)
            write(step.id, step.dst)
        else:
            for view in _awaited(plan, step):
                read(step.id, view)
    for view in plan.at_end:
        if view.buffer in uses:
            uses[view.buffer].at(max(1, len(plan.steps)) - 1)
            uses[view.buffer].at_end += runs(view)[0]
    return uses


def _awaited(plan: Plan, wait: Wait) -> tuple[View, ...]:
    """The ends of the copy that a step waits for."""
    copy = plan.steps[wait.copy] if 0 <= wait.copy < len(plan.steps) else wait
    return (copy.src, copy.dst) if isinstance(copy, Copy) else ()


def _extent(use: _Use) -> Extent:
    """The hulls of one buffer, from what touches it."""
    after = _hulls_after(use)
    written = NONE
    steps, hulls = [], []
    for (step, touch), following in zip(use.touches.items(), [*use.touches, None][1:], strict=True):
        written = _hull([written, *touch.writes, *touch.holed])
        kept = _common(after[step], written)
        steps.append(step)
        hulls.append(_hull([kept, *touch.reads, *touch.writes, *touch.holed]))
        if following is not None and following > step + 1:
            steps.append(step + 1)
            hulls.append(kept)
    return Extent.of([*steps, steps[-1] + 1], hulls)


def _hulls_after(use: _Use) -> dict[int, Run]:
    """For each step that touches the buffer, the hull of what is read later before it is written anew.

    Cuts the buffer where a run begins or ends; one byte for each piece tells whether it is wanted.
    """
    runs = [run for t in use.touches.values() for run in (*t.reads, *t.writes)] + use.at_end
    cuts = sorted({0, use.bytes, *(end for run in runs for end in run)})
    number = {cut: i for i, cut in enumerate(cuts)}
    wanted = bytearray(len(cuts))

    def mark(runs: Sequence[Run], value: bytes) -> None:
        for lo, hi in runs:
            first, last = number[lo], number[hi]
            wanted[first:last] = value * (last - first)

    hulls: dict[int, Run] = {}
    mark(use.at_end, b"\1")
    for step, touch in reversed(use.touches.items()):
        first = wanted.find(1)
        hulls[step] = NONE if first < 0 else (cuts[first], cuts[wanted.rfind(1) + 1])
        mark(touch.writes, b"\0")
        mark(touch.reads, b"\1")
    return hulls


def _hull(runs: Collection[Run]) -> Run:
    """The least run that holds all of these; none of them is empty but for NONE."""
    found = NONE
    for run in runs:
        if found == NONE:
            found = run
        elif run != NONE:
            found = min(found[0], run[0]), max(found[1], run[1])
    return found


def _common(one: Run, other: Run) -> Run:
    lo, hi = max(one[0], other[0]), min(one[1], other[1])
    return (lo, hi) if lo < hi else NONE


def _byte_runs(view: View, element_bytes: int, buffer_bytes: int) -> tuple[list[Run], bool]:
    """(runs of bytes in the buffer, whether the view has all of them).

    A view of more than MOST_RUNS runs gives its span alone, with holes.
    """
    intervals = view.box.intervals
    for interval in intervals:
        if interval.lo >= interval.hi:
            return [], True
    ring_axis = view.ring.axis if view.ring else -1
    runs: list[Run] = [(view.origin, view.origin + 1)]
    for axis in range(len(intervals) - 1, -1, -1):
        stride, along = view.strides[axis], intervals[axis]
        pieces = _places(along, view.ring) if view.ring and axis == ring_axis else [(along.lo, along.hi)]
        if len(runs) == 1 and runs[0][1] - runs[0][0] == stride:
            start = runs[0][0]
            runs = [(start + stride * lo, start + stride * hi) for lo, hi in pieces]
        elif len(runs) * sum(hi - lo for lo, hi in pieces) > MOST_RUNS:
            span = byte_span(view, element_bytes)
            return _inside([(span.lo, span.hi)], buffer_bytes), False
        else:
            shifts = [stride * place for lo, hi in pieces for place in range(lo, hi)]
            runs = [(lo + shift, hi + shift) for shift in shifts for lo, hi in runs]
    return _inside([(lo * element_bytes, hi * element_bytes) for lo, hi in runs], buffer_bytes), True


def _places(along: Interval, ring: Ring) -> list[Run]:
    """Where coordinates lie along the axis of a ring, in which they may go round."""
    lo, hi, rows = along.lo, along.hi, ring.rows
    if hi - lo >= rows:
        return [(0, rows)]
    lo, hi = (lo + ring.phase) % rows, (hi + ring.phase - 1) % rows + 1
    return [(lo, hi)] if lo < hi else [(lo, rows), (0, hi)]


def _inside(runs: Sequence[Run], buffer_bytes: int) -> list[Run]:
    if all(0 <= lo < hi <= buffer_bytes for lo, hi in runs):
        return list(runs)
    clipped = [(max(0, lo), min(hi, buffer_bytes)) for lo, hi in runs]
    return [run for run in clipped if run[0] < run[1]]
