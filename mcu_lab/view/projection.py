"""From a plan to its picture: see :mod:`mcu_lab.view.picture`. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from mcu_lab.device.ad_hoc import UNLIMITED_BYTES
from mcu_lab.device.model import Device
from mcu_lab.graph.box import Box, Interval
from mcu_lab.graph.ir import Graph, Operator, Tensor
from mcu_lab.ops import spec_of
from mcu_lab.plan.extent import Extent
from mcu_lab.plan.extents import extents
from mcu_lab.plan.lifetimes import arena_bytes, flash_bytes, lifetimes, live_bytes
from mcu_lab.plan.model import Buffer, Form, Plan
from mcu_lab.schedule.model import Schedule
from mcu_lab.view.peak import peak_of
from mcu_lab.view.picture import (
    Attribute,
    Head,
    MemoryUse,
    ModelInfo,
    OperatorInfo,
    Projection,
    Rect,
    Role,
    Row,
    TensorInfo,
)
from mcu_lab.view.rows import Unit, rows_of, units_of
from mcu_lab.view.words import bytes_words, kind_words, listed, shape_words, short_name, size_words

#: A curve with more corners than this is drawn coarser: the largest of neighbouring values stands for them.
MOST_CORNERS = 2_000

#: A picture needs no more of a staircase than its pixels can show.
MOST_STAIRS = 400


def describe(graph: Graph, path: str) -> ModelInfo:
    """The model's own part of the picture. ``path`` is where it was read from, for display."""
    return ModelInfo(
        name=graph.name,
        path=path,
        sha256=graph.sha256,
        tensors=tuple(
            TensorInfo(t.id, t.name, short_name(t.name) or f"tensor {t.id}", t.shape, t.dtype, t.bytes, t.is_const)
            for t in graph.tensors
        ),
        operators=tuple(_operator_info(graph, op) for op in graph.operators),
        inputs=graph.inputs,
        outputs=graph.outputs,
    )


def project(plan: Plan, schedule: Schedule | None = None) -> Projection:
    """The picture of ``plan``. Every buffer of the plan must have an offset.

    Operators whose steps alternate are shown as a stage. With the ``schedule`` that the plan follows from, so is each
    of its stages, and operators are counted in its order.
    """
    curve = live_bytes(plan)
    lives = lifetimes(plan)
    units = units_of(plan, curve)
    rows = rows_of(units, schedule)
    rects = _rects(plan, lives, units)
    return Projection(_head(plan, rows, rects, curve), rows, rects, corners(curve))


def corners(curve: Sequence[int]) -> tuple[tuple[int, int], ...]:
    """(step, value) wherever ``curve`` changes. Of a curve with very many changes, an upper bound with fewer."""
    group = 1
    while True:
        found: list[tuple[int, int]] = []
        for start in range(0, len(curve), group):
            value = curve[start] if group == 1 else max(curve[start : start + group])
            if not found or found[-1][1] != value:
                found.append((start, value))
        if len(found) <= MOST_CORNERS:
            return tuple(found)
        group *= -(-len(found) // MOST_CORNERS)


def _head(plan: Plan, rows: tuple[Row, ...], rects: tuple[Rect, ...], curve: Sequence[int]) -> Head:
    memories = tuple(
        MemoryUse(m.name, m.kind, arena_bytes(plan, m.name), _limit(m.bytes)) for m in plan.device.memories
    )
    limits = {m.name: m.limit_bytes for m in memories}
    return Head(
        arena=plan.device.arena,
        steps=len(plan.steps),
        memories=memories,
        arena_bytes=arena_bytes(plan),
        limit_bytes=limits[plan.device.arena],
        live_bound_bytes=max(curve),
        flash_bytes=flash_bytes(plan),
        flash_limit_bytes=limits[plan.device.constants],
        macs=sum(r.macs for r in rows if r.kind == "operator"),
        fits=all(m.limit_bytes is None or m.used_bytes <= m.limit_bytes for m in memories),
        verdict=_verdict(plan.device, memories),
        peak=peak_of(plan, rows, rects, curve),
    )


def _limit(capacity_bytes: int) -> int | None:
    return None if capacity_bytes >= UNLIMITED_BYTES else capacity_bytes


def _operator_info(graph: Graph, op: Operator) -> OperatorInfo:
    spec = spec_of(op)
    whole = tuple(Box.full(graph.tensors[t].shape) for t in op.outputs)
    return OperatorInfo(
        id=op.id,
        kind=op.kind,
        label=kind_words(op.kind),
        inputs=tuple(t for t in op.inputs if t >= 0),
        outputs=op.outputs,
        attributes=tuple(Attribute(name, str(value)) for name, value in op.attrs.items()),
        macs=spec.macs(graph, op, whole, None) if spec else 0,
    )


def _rects(plan: Plan, lives: Mapping[str, Interval], units: Sequence[Unit]) -> tuple[Rect, ...]:
    writers: dict[str, list[int]] = {b.id: [] for b in plan.buffers}
    readers: dict[str, list[int]] = {b.id: [] for b in plan.buffers}
    tensors: dict[str, dict[int, None]] = {b.id: {} for b in plan.buffers}
    for view in (*plan.at_start, *plan.at_end):
        tensors[view.buffer][view.tensor] = None
    for unit in units:
        number = -1 if unit.op is None else unit.op
        for name, tensor in unit.holds:
            tensors[name][tensor] = None
        for name in unit.writes:
            writers[name].append(number)
        for name in unit.reads:
            readers[name].append(number)
    live = extents(plan)
    rects = []
    for buffer in plan.buffers:
        life = lives.get(buffer.id)
        if life is None or buffer.offset is None:
            continue
        held = [plan.graph.tensors[t] for t in tensors[buffer.id]]
        role = _role(plan, buffer, held)
        rects.append(
            Rect(
                buffer=buffer.id,
                memory=buffer.memory,
                offset=buffer.offset,
                bytes=buffer.bytes,
                first_step=life.lo,
                end_step=life.hi,
                role=role,
                label=_buffer_label(buffer, role, held),
                shape=shape_words(buffer.shape),
                dtype=buffer.dtype,
                tensors=tuple(t.id for t in held),
                writers=tuple(dict.fromkeys(writers[buffer.id])),
                readers=tuple(dict.fromkeys(readers[buffer.id])),
                outline=outline(live.get(buffer.id), buffer.bytes),
            )
        )
    return tuple(rects)


def outline(extent: Extent | None, size_bytes: int) -> tuple[tuple[int, int, int], ...]:
    """Corners (step, lo, hi) of a buffer's live bytes; none where all of it lives all the time.

    Of more than `MOST_STAIRS`, several share one: the interval that holds all of theirs.
    """
    if extent is None:
        return ()
    corners = [(int(s), int(lo), int(hi)) for s, lo, hi in zip(extent.steps, extent.lo, extent.hi, strict=False)]
    if [corner[1:] for corner in corners] == [(0, size_bytes)]:
        return ()
    share = -(-len(corners) // MOST_STAIRS)
    return tuple(_joined(corners[i : i + share]) for i in range(0, len(corners), share))


def _joined(corners: Sequence[tuple[int, int, int]]) -> tuple[int, int, int]:
    held = [(lo, hi) for _, lo, hi in corners if hi > lo] or [(0, 0)]
    return corners[0][0], min(lo for lo, _ in held), max(hi for _, hi in held)


def _role(plan: Plan, buffer: Buffer, tensors: list[Tensor]) -> Role:
    if buffer.form is Form.SCRATCH:
        return "scratch"
    if buffer.form is Form.SUMS:
        return "sums"
    if any(t.variable for t in tensors):
        return "variable"
    if tensors and all(t.is_const for t in tensors):
        return "constant"
    ids = {t.id for t in tensors}
    if ids & set(plan.graph.inputs):
        return "input"
    return "output" if ids & set(plan.graph.outputs) else "activation"


def _buffer_label(buffer: Buffer, role: Role, tensors: list[Tensor]) -> str:
    if role in ("scratch", "sums"):
        return role
    if role == "input":
        return "input"
    return (short_name(tensors[0].name) if tensors else "") or buffer.id


def _verdict(device: Device, memories: tuple[MemoryUse, ...]) -> str:
    over = [m for m in memories if m.limit_bytes is not None and m.used_bytes > m.limit_bytes]
    if over:
        parts = [f"{bytes_words(m.used_bytes - (m.limit_bytes or 0))} too many in {m.name}" for m in over]
        return f"Does not fit {device.name}: {listed(parts)}."
    limited = [m for m in memories if m.limit_bytes is not None and m.used_bytes]
    if not limited:
        return "No limit is set."
    parts = [f"{size_words((m.limit_bytes or 0) - m.used_bytes)} of {m.name}" for m in limited]
    return f"Fits {device.name} and leaves {listed(parts)} free."
