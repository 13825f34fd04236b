"""A run on the C side: room for the row that is unfolded, and an input that is pushed row by row."""

from __future__ import annotations

from dataclasses import dataclass
from math import gcd

from mcu_lab.firmware.c_text import C_TYPES
from mcu_lab.firmware.encode import Folded
from mcu_lab.firmware.fill import fill
from mcu_lab.firmware.layout import Bank
from mcu_lab.graph.box import Box
from mcu_lab.plan.address import is_dense
from mcu_lab.plan.model import APPLICATION, Copy, Plan


@dataclass(frozen=True)
class Rows:
    """A streamed input as rows: ``count`` of ``elements`` each. ``start`` and ``bytes`` count bytes of its memory."""

    tensor: int
    memory: int
    count: int
    elements: int
    bytes: int
    start: int


def pushed_rows(plan: Plan, banks: tuple[Bank, ...]) -> Rows | None:
    """The streamed input, if there is one and the plan loads each of its rows once, in order and without delay.

    Rows run along axis 1. Of an input of two axes they are as many elements as all loads are multiples of; one of a
    single axis is one row, and a scalar has none.
    """
    streamed = [v for v in plan.at_start if plan.buffer[v.buffer].memory == APPLICATION]
    if len(streamed) != 1 or not is_dense(streamed[0]):
        return None
    view = streamed[0]
    tensor = plan.graph.tensors[view.tensor]
    if view.box != Box.full(tensor.shape) or not tensor.shape or not tensor.elements:
        return None
    axis = 1 if len(tensor.shape) > 1 and tensor.shape[0] == 1 else 0
    loads = [s for s in plan.steps if isinstance(s, Copy) and s.src.buffer == view.buffer]
    loaded = 0
    for load in loads:
        lo, hi = load.src.box[axis].lo, load.src.box[axis].hi
        if not load.blocking or lo < loaded or load.src.box.replaced(axis, view.box[axis]) != view.box:
            return None
        loaded = hi
    ends = (end for load in loads for end in (load.src.box[axis].lo, load.src.box[axis].hi))
    unit = 1 if len(tensor.shape) > 2 and axis else gcd(tensor.shape[axis], *ends)
    count = tensor.shape[axis] // unit
    size = tensor.bytes // count
    index = next(b.index for b in banks if b.memory == APPLICATION)
    start = (plan.buffer[view.buffer].offset or 0) + view.origin * tensor.element_bytes
    return Rows(view.tensor, index, count, tensor.elements // count, size, start)


def room_texts(folded: Folded) -> dict[str, str]:
    """How long the arrays are into which a row is unfolded, and how many bytes they take on a 32-bit core."""
    frames, counters = folded.depth, max(folded.counters, 1)
    slots, outs, views, axes = (max(n, 1) for n in (folded.slots, folded.outs, folded.views, folded.axes))
    return {
        "frames": str(frames),
        "counters": str(counters),
        "room_slots": str(slots),
        "room_outs": str(outs),
        "room_views": str(views),
        "room_axes": str(axes),
        "room_bytes": str(4 * frames + 2 * counters + 8 * slots + 4 * outs + 20 * views + 12 * axes),
        "stream_bytes": str(16 + 4 * frames + -(-2 * counters // 4) * 4),
    }


def stream_texts(plan: Plan, name: str, context: str, found: tuple[Bank, ...], folded: Folded) -> dict[str, str]:
    """The functions that take an input in rows, where the plan can; nothing otherwise."""
    parts = ("stream_include", "stream_header", "stream_code", "stream_readme")
    rows = pushed_rows(plan, found)
    if rows is None:
        return dict.fromkeys(parts, "") | {"row_type": "int8_t", "row_input": "0"}
    values = room_texts(folded) | {
        "name": name,
        "NAME": name.upper(),
        "context": context,
        "rows": str(rows.count),
        "row_elements": str(rows.elements),
        "row_type": C_TYPES[plan.graph.tensors[rows.tensor].dtype],
        "row_bytes": str(rows.bytes),
        "row_start": str(rows.start),
        "row_memory": str(rows.memory),
        "row_input": str(plan.graph.inputs.index(rows.tensor)),
    }
    texts = ('#include "mcu_push.h"\n', *(fill(f"stream.{end}", values) for end in ("h", "c", "md")))
    return dict(zip(parts, texts, strict=True)) | {key: values[key] for key in ("row_type", "row_input")}
