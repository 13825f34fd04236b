"""Which bytes of which buffers each step reads and writes, and so in which orders steps may run."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import lru_cache
from itertools import pairwise

import numpy as np

from mcu_lab.plan.address import element_bytes, element_indices
from mcu_lab.plan.model import APPLICATION, Compute, Copy, Plan, Step, View, Wait

#: Buffer id -> its bytes, as the bits of an integer.
Bytes = dict[str, int]


@dataclass(frozen=True)
class Effect:
    """What a step touches. Until it has been waited for, a copy is said to read and write again by its Wait."""

    reads: Bytes = field(default_factory=dict)
    writes: Bytes = field(default_factory=dict)

    def before(self, later: Effect) -> bool:
        """Whether the later one must not be moved in front of this one."""
        return _meet(self.writes, later.reads) or _meet(self.writes, later.writes) or _meet(self.reads, later.writes)


def _meet(one: Bytes, other: Bytes) -> bool:
    return any(mask & other.get(buffer, 0) for buffer, mask in one.items())


def bytes_of(plan: Plan, view: View) -> int:
    return _bytes_of(view, element_bytes(plan, view), plan.buffer[view.buffer].bytes)


@lru_cache(maxsize=1 << 14)
def _bytes_of(view: View, size: int, buffer_bytes: int) -> int:
    touched = np.zeros(buffer_bytes, dtype=bool)
    touched[element_indices(view).reshape(-1, 1) * size + np.arange(size)] = True
    return int.from_bytes(np.packbits(touched, bitorder="little").tobytes(), "little")


def effects(plan: Plan) -> list[Effect]:
    """One for each step."""
    return [_effect(plan, step) for step in plan.steps]


def _effect(plan: Plan, step: Step) -> Effect:
    effect = Effect()

    def touch(kind: Bytes, view: View) -> None:
        kind[view.buffer] = kind.get(view.buffer, 0) | bytes_of(plan, view)

    if isinstance(step, Wait):
        return _effect(plan, plan.steps[step.copy])
    if isinstance(step, Copy):
        touch(effect.reads, step.src)
        touch(effect.writes, step.dst)
        if plan.buffer[step.src.buffer].memory == APPLICATION:
            effect.writes[f"handed over {step.src.tensor}"] = 1  # in the order of the plan
        return effect
    for view in (v for slot in step.reads for v in slot):
        touch(effect.reads, view)
    if step.sums:
        touch(effect.reads, step.sums)
    for written in (step.sums, *step.writes):
        if written:
            touch(effect.writes, written)
    if step.scratch:
        effect.writes[step.scratch] = (1 << plan.buffer[step.scratch].bytes) - 1
    return effect


def shares_buffers(step: Compute) -> bool:
    """Whether a step writes into a buffer that it reads."""
    read = {v.buffer for slot in step.reads for v in slot}
    return any(v.buffer in read for v in step.writes if v)


def row_lives(plan: Plan, buffer: str, axis: int) -> dict[int, tuple[int, int]]:
    """Coordinate along an axis -> first and last step (-1: the start) that touches it in a buffer of one tensor."""
    lives: dict[int, tuple[int, int]] = {}

    def touch(view: View, step: int) -> None:
        if view.buffer == buffer:
            for row in range(view.box[axis].lo, view.box[axis].hi):
                first, last = lives.get(row, (step, step))
                lives[row] = min(first, step), max(last, step)

    for view in plan.at_start:
        touch(view, -1)
    for index, step in enumerate(plan.steps):
        moving = plan.steps[step.copy] if isinstance(step, Wait) else step
        if isinstance(moving, Copy):
            touch(moving.src, index)
            touch(moving.dst, index)
        elif isinstance(moving, Compute):
            sums = (moving.sums,) if moving.sums else ()
            for view in (*(v for slot in moving.reads for v in slot), *sums, *(v for v in moving.writes if v)):
                touch(view, index)
    for view in plan.at_end:
        touch(view, len(plan.steps))
    return lives


def least_ring(lives: dict[int, tuple[int, int]]) -> int:
    """The fewest rows of a ring in which no two rows that live at once share a place."""
    span = max(lives) - min(lives) + 1
    for rows in range(1, span):
        turns: dict[int, list[tuple[int, int]]] = {}
        for row, life in lives.items():
            turns.setdefault(row % rows, []).append(life)
        if all(_apart(sorted(group)) for group in turns.values()):
            return rows
    return span


def _apart(lives: list[tuple[int, int]]) -> bool:
    return all(last < first for (_, last), (first, _) in pairwise(lives))
