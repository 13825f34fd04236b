"""Inputs that an application can push row by row, and what the templates say about it."""

from __future__ import annotations

from dataclasses import dataclass

from mcu_lab.firmware.layout import Bank
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

    Rows run along axis 1; an input of one or two axes is one row.
    """
    streamed = [v for v in plan.at_start if plan.buffer[v.buffer].memory == APPLICATION]
    if len(streamed) != 1 or not is_dense(streamed[0]):
        return None
    view = streamed[0]
    tensor = plan.graph.tensors[view.tensor]
    in_rows = len(tensor.shape) > 2 and tensor.shape[0] == 1
    count = tensor.shape[1] if in_rows else 1
    if count < 1 or not tensor.elements:
        return None
    loaded = 0
    for step in plan.steps:
        if not isinstance(step, Copy) or step.src.buffer != view.buffer:
            continue
        lo, hi = (step.src.box[1].lo, step.src.box[1].hi) if in_rows else (0, 1)
        whole = step.src.box.replaced(1, view.box[1]) if in_rows else step.src.box
        if not step.blocking or lo < loaded or whole != view.box:
            return None
        loaded = hi
    size = tensor.bytes // count
    index = next(b.index for b in banks if b.memory == APPLICATION)
    start = (plan.buffer[view.buffer].offset or 0) + view.origin * tensor.element_bytes
    return Rows(view.tensor, index, count, tensor.elements // count, size, start)
