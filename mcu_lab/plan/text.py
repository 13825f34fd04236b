"""A plan as text for people: one line for each buffer, one line for each step, in columns."""

from __future__ import annotations

from collections.abc import Sequence

from mcu_lab.graph.box import Box
from mcu_lab.plan.address import element_bytes, element_span
from mcu_lab.plan.lifetimes import arena_bytes, flash_bytes, lifetimes, macs, peak_bytes
from mcu_lab.plan.model import Buffer, Compute, Copy, Plan, Step, View


def to_text(plan: Plan) -> str:
    """The whole plan. A View reads ``t7[0:1,4:6,0:48,0:8] in t3+128 ring 1%4``: box of tensor 7, which starts 128 bytes
    into buffer t3, axis 1 stored modulo 4. The box is left out when it is the whole tensor, the buffer when the
    tensor has it to itself.
    """
    lives = lifetimes(plan)
    buffers = [_buffer_row(plan, b, str(lives.get(b.id, "never"))) for b in sorted(plan.buffers, key=_place)]
    steps = [_step_row(plan, step) for step in plan.steps]
    return "\n".join(
        [
            f"plan of {plan.graph.name} on {plan.device.name}",
            f"{plan.device.arena} {arena_bytes(plan):,} B (at most {peak_bytes(plan):,} B live), "
            f"constants {flash_bytes(plan):,} B, {macs(plan):,} MACs, {len(plan.steps)} steps",
            "",
            *_columns([("buffer", "memory", "from", "to", "bytes", "live", "form", "shape"), *buffers], right="234"),
            "",
            f"present at start: {_list(plan, plan.at_start)}",
            f"kept to the end:  {_list(plan, plan.at_end)}",
            "",
            *_columns([("step", "does", "writes", "reads"), *steps], right="0"),
        ]
    )


def view_text(plan: Plan, view: View) -> str:
    """One View in the notation of :func:`to_text`."""
    whole = view.box == Box.full(plan.graph.tensors[view.tensor].shape)
    start = element_span(view).lo * element_bytes(plan, view)
    place = view.buffer + (f"{start:+d}" if start else "")
    text = f"t{view.tensor}" + ("" if whole else str(view.box))
    if place not in (f"t{view.tensor}", f"c{view.tensor}"):
        text += f" in {place}"
    if view.ring is None:
        return text
    shift = f"+{view.ring.phase}" if view.ring.phase else ""
    return f"{text} ring {view.ring.axis}{shift}%{view.ring.rows}"


def _place(buffer: Buffer) -> tuple[str, int, str]:
    return buffer.memory, -1 if buffer.offset is None else buffer.offset, buffer.id


def _buffer_row(plan: Plan, buffer: Buffer, life: str) -> tuple[str, ...]:
    bounds = ("?", "?") if buffer.offset is None else (str(buffer.offset), str(buffer.end))
    shape = "x".join(map(str, buffer.shape)) or "scalar"
    return (buffer.id, buffer.memory, *bounds, f"{buffer.bytes:,}", life, buffer.form.value, f"{shape} {buffer.dtype}")


def _step_row(plan: Plan, step: Step) -> tuple[str, ...]:
    if isinstance(step, Compute):
        op = plan.graph.operators[step.op]
        does = f"{op.kind} op{op.id}" + (f" slice {step.reduce}" if step.reduce else "")
        writes = [view_text(plan, v) for v in step.writes if v]
        if step.sums:
            writes.insert(0, f"sums {view_text(plan, step.sums)}")
        if step.scratch:
            writes.append(f"scratch {step.scratch}")
        reads = [" + ".join(view_text(plan, v) for v in slot) or "-" for slot in step.reads]
        return str(step.id), does, ", ".join(writes), ", ".join(reads)
    if isinstance(step, Copy):
        does = "copy" if step.blocking else "start copy"
        return str(step.id), does, view_text(plan, step.dst), view_text(plan, step.src)
    return str(step.id), f"wait for step {step.copy}", "", ""


def _list(plan: Plan, views: Sequence[View]) -> str:
    return ", ".join(view_text(plan, v) for v in views) or "nothing"


def _columns(rows: Sequence[Sequence[str]], right: str) -> list[str]:
    """Rows padded to columns; ``right`` names the columns that are aligned to the right, by digit."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    padded = [
        [
            cell.rjust(w) if str(i) in right else cell.ljust(w)
            for i, (cell, w) in enumerate(zip(row, widths, strict=True))
        ]
        for row in rows
    ]
    return ["  ".join(row).rstrip() for row in padded]
