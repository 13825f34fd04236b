"""From a plan to its picture: see :mod:`mcu_lab.view.picture`. Pure."""

from __future__ import annotations

from dataclasses import dataclass

from mcu_lab.device.ad_hoc import UNLIMITED_BYTES
from mcu_lab.device.model import Device
from mcu_lab.graph.box import Box
from mcu_lab.graph.ir import Graph, Operator, Tensor
from mcu_lab.ops import spec_of
from mcu_lab.plan.lifetimes import arena_bytes, explain_peak, flash_bytes, lifetimes, live_bytes, step_macs
from mcu_lab.plan.model import Buffer, Compute, Copy, Form, Plan, Step
from mcu_lab.view.picture import (
    Action,
    Attribute,
    MemoryUse,
    ModelInfo,
    OperatorInfo,
    Peak,
    Projection,
    Rect,
    Role,
    Row,
    TensorInfo,
)
from mcu_lab.view.words import bytes_words, kind_words, listed, shape_words, short_name, size_words

#: How many buffers the peak's sentence names one by one.
MOST_TOLD = 4


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


def project(plan: Plan) -> Projection:
    """The picture of ``plan``. Every buffer of the plan must have an offset."""
    memories = tuple(
        MemoryUse(m.name, m.kind, arena_bytes(plan, m.name), _limit(m.bytes)) for m in plan.device.memories
    )
    limits = {m.name: m.limit_bytes for m in memories}
    curve = live_bytes(plan)
    rows = tuple(_row(plan, step, curve[step.id]) for step in plan.steps)
    rects = _rects(plan)
    flash = flash_bytes(plan)
    return Projection(
        arena=plan.device.arena,
        rows=rows,
        rects=rects,
        memories=memories,
        arena_bytes=arena_bytes(plan),
        limit_bytes=limits[plan.device.arena],
        live_bound_bytes=max(curve),
        flash_bytes=flash,
        flash_limit_bytes=limits[plan.device.constants],
        macs=sum(r.macs for r in rows),
        fits=all(m.limit_bytes is None or m.used_bytes <= m.limit_bytes for m in memories),
        verdict=_verdict(plan.device, memories),
        peak=_peak(plan, rects, rows),
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


def _row(plan: Plan, step: Step, live: int) -> Row:
    if isinstance(step, Compute):
        return _compute_row(plan, step, live)
    if isinstance(step, Copy):
        label = f"{plan.buffer[step.src.buffer].memory} → {plan.buffer[step.dst.buffer].memory}"
        return Row(
            step.id,
            None,
            "copy",
            label,
            shape_words(step.dst.box.shape),
            (step.src.buffer,),
            (step.dst.buffer,),
            live,
            0,
        )
    return Row(step.id, None, "wait", f"wait for step {step.copy}", "", (), (), live, 0)


def _compute_row(plan: Plan, step: Compute, live: int) -> Row:
    op = plan.graph.operators[step.op]
    spec = spec_of(op)
    reads = tuple(dict.fromkeys(v.buffer for slot in step.reads for v in slot))
    writes = tuple(dict.fromkeys(v.buffer for v in step.writes if v))
    action: Action = "compute"
    if writes and set(writes) <= set(reads):
        action = "alias" if spec and spec.aliases(plan.graph, op) else "in_place"
    made = [v for v in step.writes if v]
    partial = any(v.box != Box.full(plan.graph.tensors[v.tensor].shape) for v in made)
    shapes = listed([str(v.box) if partial else shape_words(v.box.shape) for v in made])
    touched = (*writes, *((step.sums.buffer,) if step.sums else ()), *((step.scratch,) if step.scratch else ()))
    return Row(step.id, op.id, action, kind_words(op.kind), shapes, reads, touched, live, step_macs(plan.graph, step))


def _rects(plan: Plan) -> tuple[Rect, ...]:
    touches = _touches(plan)
    lives = lifetimes(plan)
    rects = []
    for buffer in plan.buffers:
        life = lives.get(buffer.id)
        if life is None or buffer.offset is None:
            continue
        touch = touches[buffer.id]
        held = [plan.graph.tensors[t] for t in touch.tensors]
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
                tensors=tuple(touch.tensors),
                writers=tuple(touch.writers),
                readers=tuple(touch.readers),
            )
        )
    return tuple(rects)


@dataclass
class _Touch:
    """Collected over one buffer: which steps write and read it, and which tensors it holds."""

    writers: dict[int, None]
    readers: dict[int, None]
    tensors: dict[int, None]


def _touches(plan: Plan) -> dict[str, _Touch]:
    found = {b.id: _Touch({}, {}, {}) for b in plan.buffers}
    for view in (*plan.at_start, *plan.at_end):
        found[view.buffer].tensors[view.tensor] = None
    for step in plan.steps:
        if isinstance(step, Compute):
            written = [v for v in (*step.writes, step.sums) if v]
            read = [v for slot in step.reads for v in slot]
        elif isinstance(step, Copy):
            written, read = [step.dst], [step.src]
        else:
            continue
        for view in written:
            found[view.buffer].writers[step.id] = None
            found[view.buffer].tensors[view.tensor] = None
        for view in read:
            found[view.buffer].readers[step.id] = None
            found[view.buffer].tensors[view.tensor] = None
        if isinstance(step, Compute) and step.scratch:
            found[step.scratch].writers[step.id] = None
    return found


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


def _peak(plan: Plan, rects: tuple[Rect, ...], rows: tuple[Row, ...]) -> Peak | None:
    if not rows:
        return None
    peak = explain_peak(plan)
    row = rows[peak.step]
    by_id = {r.buffer: r for r in rects}
    live = [by_id[b] for b in peak.buffers]
    told = [_why_alive(r, row) for r in live[:MOST_TOLD]]
    rest = live[MOST_TOLD:]
    if rest:
        told.append(f"{len(rest)} others ({bytes_words(sum(r.bytes for r in rest))})")
    what = "One buffer is" if len(live) == 1 else f"{len(live)} buffers are"
    text = f"At step {row.step}, {row.label}, {what} alive: {listed(told, '; ')}."
    gap = arena_bytes(plan) - peak.bytes
    if gap > 0:
        text += f" Placement adds {bytes_words(gap)} of gaps between buffers."
    return Peak(peak.step, peak.bytes, peak.buffers, text)


def _why_alive(rect: Rect, row: Row) -> str:
    size = f"{rect.shape} ({bytes_words(rect.bytes)})"
    if rect.buffer in row.reads and rect.buffer in row.writes:
        return f"{size}, worked on in place"
    if rect.buffer in row.writes:
        return f"its {rect.role} {size}" if rect.role in ("scratch", "sums") else f"its output {size}"
    if rect.buffer in row.reads:
        return f"its input {size}"
    later = [s for s in rect.readers if s > row.step]
    if later:
        return f"{size} kept for step {later[0]}"
    return f"{size}, an output of the model" if rect.role == "output" else f"{size} kept to the end"
