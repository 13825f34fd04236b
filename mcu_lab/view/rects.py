"""A plan's buffers as rectangles, with the outline of what is live in them."""

from __future__ import annotations

from dataclasses import replace

from mcu_lab.graph.ir import Tensor
from mcu_lab.graph.remembered import remembered
from mcu_lab.plan.extent import Extent
from mcu_lab.plan.extents import extents
from mcu_lab.plan.model import Buffer, Form, Plan
from mcu_lab.plan.touches import lifetimes
from mcu_lab.view.picture import Rect, Role
from mcu_lab.view.rows import units_of
from mcu_lab.view.words import shape_words, short_name

#: An outline with more corners than this is drawn coarser, never smaller.
MOST_PIECES = 300


def rects_of(plan: Plan) -> tuple[Rect, ...]:
    """One rectangle for each buffer that anything touches, where it lies."""
    offsets = {buffer.id: buffer.offset for buffer in plan.buffers}
    return tuple(
        rect if offset == rect.offset else replace(rect, offset=offset)
        for rect in _unplaced(plan)
        if (offset := offsets[rect.buffer]) is not None
    )


@remembered(shared=True)
def _unplaced(plan: Plan) -> tuple[Rect, ...]:
    """The rectangles, at whatever offsets this plan has: all that does not depend on them is worked out once."""
    writers: dict[str, dict[int, None]] = {b.id: {} for b in plan.buffers}
    readers: dict[str, dict[int, None]] = {b.id: {} for b in plan.buffers}
    tensors: dict[str, dict[int, None]] = {b.id: {} for b in plan.buffers}
    for view in (*plan.at_start, *plan.at_end):
        tensors[view.buffer][view.tensor] = None
    for unit in units_of(plan):
        number = -1 if unit.op is None else unit.op
        for name, tensor in unit.holds:
            tensors[name][tensor] = None
        for name in unit.writes:
            writers[name][number] = None
        for name in unit.reads:
            readers[name][number] = None
    lives, live = lifetimes(plan), extents(plan)
    rects = []
    for buffer in plan.buffers:
        if buffer.id not in lives:
            continue
        life = lives[buffer.id]
        held = [plan.graph.tensors[t] for t in tensors[buffer.id]]
        role = _role(plan, buffer, held)
        rects.append(
            Rect(
                buffer=buffer.id,
                memory=buffer.memory,
                offset=buffer.offset or 0,
                bytes=buffer.bytes,
                first_step=life.lo,
                end_step=life.hi,
                role=role,
                label=_buffer_label(buffer, role, held),
                shape=shape_words(buffer.shape),
                dtype=buffer.dtype,
                tensors=tuple(t.id for t in held),
                writers=tuple(writers[buffer.id]),
                readers=tuple(readers[buffer.id]),
                outline=outline(live[buffer.id], buffer.bytes) if buffer.id in live else (),
            )
        )
    return tuple(rects)


def outline(extent: Extent, size_bytes: int) -> tuple[tuple[int, int, int], ...]:
    """(step, lo, hi): from this step until the next corner bytes ``lo`` up to ``hi`` are live. Empty when always all.

    Of very many corners, neighbours are put together and the least interval that holds them counts.
    """
    if extent.is_whole(size_bytes):
        return ()
    steps, los, his = extent.steps.tolist(), extent.lo.tolist(), extent.hi.tolist()
    group = -(-len(los) // MOST_PIECES)
    corners = []
    for i in range(0, len(los), group):
        live = [(lo, hi) for lo, hi in zip(los[i : i + group], his[i : i + group], strict=True) if lo < hi]
        corners.append((steps[i], min((lo for lo, _ in live), default=0), max((hi for _, hi in live), default=0)))
    return tuple(corners)


def _role(plan: Plan, buffer: Buffer, tensors: list[Tensor]) -> Role:
    if buffer.form is Form.SCRATCH:
        return "scratch"
    if buffer.form is Form.SUMS:
        return "sums"
    if any(t.variable for t in tensors):
        return "variable"
    if buffer.form is Form.CODEBOOK or (tensors and all(t.is_const for t in tensors)):
        return "constant"
    if any(t.id in plan.graph.inputs for t in tensors):
        return "input"
    return "output" if any(t.id in plan.graph.outputs for t in tensors) else "activation"


def _buffer_label(buffer: Buffer, role: Role, tensors: list[Tensor]) -> str:
    if role in ("scratch", "sums"):
        return role
    if role == "input":
        return "input"
    return (short_name(tensors[0].name) if tensors else "") or buffer.id
