"""Several plans in one set of memories: what lasts lies apart at the bottom, all else of each plan above it.

Of no plan anything is decided anew. Its buffers lie to each other as before, but that there is no room between them for
what has moved out.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from math import lcm
from types import MappingProxyType

import numpy as np

from mcu_lab.errors import InputError
from mcu_lab.graph.box import Interval
from mcu_lab.plan.address import element_bytes, element_indices
from mcu_lab.plan.bundle import Bundle
from mcu_lab.plan.codes import contents
from mcu_lab.plan.extents import moved
from mcu_lab.plan.model import APPLICATION, Buffer, Codebook, Compute, Copy, Plan

#: What a buffer that never changes is known by: bytes, which of them say anything, and the name of a codebook.
Content = tuple[bytes, bytes, str]


def together(plans: Mapping[str, Plan]) -> Bundle:
    """The plans as a bundle; one alone stays as it is. Each has all its buffers placed.

    Raises InputError for no plan at all, and for plans of different devices.
    """
    if not plans:
        raise InputError("a bundle has one plan at least.")
    device = next(iter(plans.values())).device
    for name, plan in plans.items():
        if plan.device != device:
            raise InputError(f"is for {plan.device.name}, others are for {device.name}.", where=f"plan {name}")
        if unplaced := [b.id for b in plan.buffers if b.offset is None]:
            raise InputError(f"has buffers without a place: {unplaced[0]}.", where=f"plan {name}")
    if len(plans) == 1:
        return Bundle(MappingProxyType(dict(plans)))
    places: dict[str, dict[str, int]] = {name: {} for name in plans}
    for memory in dict.fromkeys(b.memory for plan in plans.values() for b in plan.buffers if b.memory != APPLICATION):
        bottom = _stacked(plans, memory, places)
        for name, plan in plans.items():
            places[name] |= _above(plan, memory, bottom, places[name])
    return Bundle(MappingProxyType({name: _placed(plan, places[name]) for name, plan in plans.items()}))


def _placed(plan: Plan, places: Mapping[str, int]) -> Plan:
    return moved(
        plan, replace(plan, buffers=tuple(replace(b, offset=places.get(b.id, b.offset)) for b in plan.buffers))
    )


def _stacked(plans: Mapping[str, Plan], memory: str, places: Mapping[str, dict[str, int]]) -> int:
    """Give all that lasts in a memory its place from 0 on, the same to what is equal in two plans; the end of it."""
    known: dict[Content, list[int]] = {}
    end = 0
    for name, plan in plans.items():
        lasting = _lasting(plan)
        free = {content: iter(offsets.copy()) for content, offsets in known.items()}
        for buffer in sorted((b for b in plan.buffers if b.memory == memory and b.id in lasting), key=_lowest):
            content = lasting[buffer.id]
            offset = next(free[content], None) if content in free else None
            if offset is None or offset % buffer.alignment:
                offset = -(-end // buffer.alignment) * buffer.alignment
                end = offset + buffer.bytes
                if content is not None:
                    known.setdefault(content, []).append(offset)
            places[name][buffer.id] = offset
    return end


def _lowest(buffer: Buffer) -> tuple[int, str]:
    return buffer.offset or 0, buffer.id


def _lasting(plan: Plan) -> Mapping[str, Content | None]:
    """Buffers that hold something from one inference to the next; what, where nothing in them ever changes."""
    tensors = plan.graph.tensors
    starts = [v for v in plan.at_start if tensors[v.tensor].is_const or tensors[v.tensor].variable]
    stored = {v.buffer for v in starts} | {b.id for b in plan.buffers if b.holds is not None}
    changed = {v.buffer for v in plan.at_start if not tensors[v.tensor].is_const} | _written(plan)
    return {name: None if name in changed else _content(plan, plan.buffer[name]) for name in stored}


def _written(plan: Plan) -> set[str]:
    names: set[str] = set()
    for step in plan.steps:
        if isinstance(step, Compute):
            names |= {v.buffer for v in (*step.writes, step.sums) if v} | ({step.scratch} if step.scratch else set())
        elif isinstance(step, Copy):
            names.add(step.dst.buffer)
    return names


def _content(plan: Plan, buffer: Buffer) -> Content:
    held, said = np.zeros(buffer.bytes, np.uint8), np.zeros(buffer.bytes, bool)
    if buffer.holds is None:
        for view in (v for v in plan.at_start if v.buffer == buffer.id):
            unit = element_bytes(plan, view)
            cells = element_indices(view)[..., None] * unit + np.arange(unit)
            part = np.ascontiguousarray(plan.graph.tensors[view.tensor].array[view.box.slices])
            held[cells], said[cells] = part.reshape(*view.box.shape, 1).view(np.uint8), True
    else:
        data = contents(buffer)
        held[: len(data)], said[: len(data)] = np.frombuffer(data, np.uint8), True
    return held.tobytes(), np.packbits(said).tobytes(), buffer.id if isinstance(buffer.holds, Codebook) else ""


def _above(plan: Plan, memory: str, bottom: int, placed: Mapping[str, int]) -> dict[str, int]:
    """Places above ``bottom`` for those buffers of a memory that have none yet.

    They come closer to each other by what lies between them of those that have moved out, in steps that suit them all.
    """
    passing = [b for b in plan.buffers if b.memory == memory and b.id not in placed]
    left = [Interval(b.offset or 0, b.end) for b in plan.buffers if b.memory == memory and b.id in placed]
    unit = lcm(*(b.alignment for b in passing))
    gaps = [gap for gap in _gaps(Interval(b.offset or 0, b.end) for b in passing) if any(gap & one for one in left)]
    base = -(-bottom // unit) * unit
    return {b.id: base + (b.offset or 0) - sum(len(g) // unit * unit for g in gaps if g.hi <= (b.offset or 0))
            for b in passing}  # fmt: skip


def _gaps(taken: Iterable[Interval]) -> list[Interval]:
    """What lies below and between these."""
    gaps, end = [], 0
    for one in sorted(taken, key=lambda i: (i.lo, i.hi)):
        if one.lo > end:
            gaps.append(Interval(end, one.lo))
        end = max(end, one.hi)
    return gaps
