"""Other layouts of what buffers hold: any strides, rings on any axis, several tensors in one buffer.

Each change takes a plan that is right and gives one that is right, or None where there is nothing of its kind.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from math import lcm

import numpy as np

from mcu_lab.ops.regions import bounding_box
from mcu_lab.plan.address import Layout, element_bytes, layout_indices
from mcu_lab.plan.model import APPLICATION, Buffer, Form, Plan, Ring, View
from tests.law.effects import least_ring, row_lives
from tests.plan.rewriting import all_views, with_buffer, with_views


def any_strides(rng: np.random.Generator, shape: Sequence[int]) -> tuple[int, tuple[int, ...], int]:
    """(origin, strides, elements) of a layout of a box of this shape, its corner at coordinate 0.

    Axes in any order and direction, with gaps; now and then interleaved in a way that no order of axes gives.
    """
    if rng.random() < 0.15 and len(shape):
        for _ in range(8):
            strides = tuple(int(s) for s in rng.integers(-9, 10, len(shape)))
            origin = sum(-s * (n - 1) for s, n in zip(strides, shape, strict=True) if s < 0)
            numbers = layout_indices(Layout(origin, strides), shape).ravel()
            if len(set(numbers.tolist())) == numbers.size:
                return origin, strides, int(numbers.max()) + 1
    order = range(len(shape) - 1, -1, -1) if rng.random() < 0.4 else rng.permutation(len(shape))
    found = [0] * len(shape)
    origin, unit = 0, 1
    for axis in order:
        gap = int(rng.integers(1, 4)) if rng.random() < 0.25 else 0
        found[axis] = unit + gap
        unit = found[axis] * shape[axis]
        if rng.random() < 0.2:
            origin += found[axis] * (shape[axis] - 1)
            found[axis] = -found[axis]
    lead = int(rng.integers(0, 4)) if rng.random() < 0.3 else 0
    last = sum(abs(s) * (n - 1) for s, n in zip(found, shape, strict=True))
    return origin + lead, tuple(found), lead + last + 1 + (int(rng.integers(0, 4)) if rng.random() < 0.3 else 0)


def held_anyhow(rng: np.random.Generator, view: View, ring: Ring | None = None) -> tuple[View, int]:
    """The view's box alone, with any strides, and how many elements that takes. With ``ring``, its axis turns."""
    shape = [ring.rows if ring and ring.axis == axis else n for axis, n in enumerate(view.box.shape)]
    corner = [0 if ring and ring.axis == axis else i.lo for axis, i in enumerate(view.box)]
    origin, strides, elements = any_strides(rng, shape)
    start = origin - sum(s * lo for s, lo in zip(strides, corner, strict=True))
    return replace(view, origin=start, strides=strides, ring=ring), elements


def relaid(rng: np.random.Generator, plan: Plan) -> Plan | None:
    """A buffer of one tensor, all of it in one layout, in any other layout; perhaps in a ring of enough rows."""
    chosen = _one_tensor_each(plan)
    if not chosen:
        return None
    name, views = chosen[int(rng.integers(len(chosen)))]
    hull = bounding_box(v.box for v in views)
    assert hull is not None
    ring = None
    if len(hull) and rng.random() < 0.6:
        axis = int(rng.integers(len(hull)))
        least = least_ring(row_lives(plan, name, axis))
        rows = least + int(rng.choice((0, 0, 0, 1, 2)))
        ring = Ring(axis, rows, int(rng.integers(rows)))
    target, elements = held_anyhow(rng, replace(views[0], box=hull), ring)
    old, size = plan.buffer[name], element_bytes(plan, views[0])
    buffer = replace(old, bytes=elements * size, shape=(elements,))
    changed = with_views(plan, lambda v: replace(target, box=v.box) if v.buffer == name else v)
    return with_buffer(changed, buffer)


def _one_tensor_each(plan: Plan) -> list[tuple[str, list[View]]]:
    """Buffers in which all Views are of one tensor in one layout without a ring."""
    held: dict[str, list[View]] = {}
    for view in all_views(plan):
        held.setdefault(view.buffer, []).append(view)
    return [
        (name, views)
        for name, views in held.items()
        if len({(v.tensor, v.origin, v.strides, v.ring) for v in views}) == 1 and views[0].ring is None
    ]


def stretched(rng: np.random.Generator, plan: Plan) -> Plan | None:
    """All that a buffer holds with gaps between its elements, shifted, perhaps the last element first."""
    held = _element_sizes(plan)
    names = [name for name, sizes in held.items() if len(sizes) == 1]
    if not names:
        return None
    name = names[int(rng.integers(len(names)))]
    buffer, size = plan.buffer[name], next(iter(held[name]))
    times, lead = int(rng.integers(1, 4)), int(rng.integers(0, 4))
    elements = lead + times * (buffer.bytes // size - 1) + 1
    turned = rng.random() < 0.5

    def change(view: View) -> View:
        if view.buffer != name:
            return view
        origin, strides = lead + times * view.origin, tuple(times * s for s in view.strides)
        if turned:
            return replace(view, origin=elements - 1 - origin, strides=tuple(-s for s in strides))
        return replace(view, origin=origin, strides=strides)

    return with_buffer(with_views(plan, change), replace(buffer, bytes=elements * size, shape=(elements,)))


def together(rng: np.random.Generator, plan: Plan) -> Plan | None:
    """Two buffers of one memory as one, one behind the other."""
    held = _element_sizes(plan)
    pairs = [
        (a, b)
        for a in plan.buffers
        for b in plan.buffers
        if a.id != b.id and a.memory == b.memory and a.form is b.form is Form.PLAIN and {a.id, b.id} <= held.keys()
    ]
    if not pairs:
        return None
    host, guest = pairs[int(rng.integers(len(pairs)))]
    unit = lcm(*held[guest.id])
    start = -(-host.bytes // unit) * unit + unit * int(rng.choice((0, 0, 1, 3)))

    def change(view: View) -> View:
        if view.buffer != guest.id:
            return view
        return replace(view, buffer=host.id, origin=view.origin + start // element_bytes(plan, view))

    bigger = replace(host, bytes=start + guest.bytes, alignment=lcm(host.alignment, guest.alignment))
    merged = with_buffer(with_views(plan, change), bigger)
    return replace(merged, buffers=tuple(b for b in merged.buffers if b.id != guest.id))


def _element_sizes(plan: Plan) -> dict[str, set[int]]:
    sizes: dict[str, set[int]] = {}
    for view in all_views(plan):
        sizes.setdefault(view.buffer, set()).add(element_bytes(plan, view))
    return sizes


def with_idle_strides(rng: np.random.Generator, plan: Plan) -> Plan:
    """Any stride, huge, negative or zero, along axes on which a View has one element; state lies at the end as at the
    start.
    """

    def change(view: View) -> View:
        if plan.graph.tensors[view.tensor].variable:
            return view
        origin, strides = view.origin, list(view.strides)
        for axis, interval in enumerate(view.box):
            turns = view.ring is not None and view.ring.axis == axis
            if len(interval) == 1 and not turns and rng.random() < 0.2:
                stride = int(rng.choice((0, 1, -1, 7, -1000, 1 << 20, 1 << 40, 1 << 55, -(1 << 55))))
                origin += interval.lo * (strides[axis] - stride)
                strides[axis] = stride
        return replace(view, origin=origin, strides=tuple(strides))

    return with_views(plan, change)


def renamed(rng: np.random.Generator, plan: Plan) -> Plan:
    """Buffers in any order, their names telling nothing."""
    names = {b.id: f"b{number}" for b, number in zip(plan.buffers, rng.permutation(len(plan.buffers)), strict=True)}
    changed = with_views(plan, lambda v: replace(v, buffer=names[v.buffer]))
    steps = tuple(replace(s, scratch=names[s.scratch]) if getattr(s, "scratch", None) else s for s in changed.steps)
    buffers = tuple(
        replace(plan.buffers[int(i)], id=names[plan.buffers[int(i)].id]) for i in rng.permutation(len(names))
    )
    return replace(changed, buffers=buffers, steps=steps)


def new_buffer(plan: Plan, name: str, memory: str, elements: int, view: View, form: Form = Form.PLAIN) -> Buffer:
    """A buffer for so many elements of the view's tensor (of sums: int32)."""
    tensor = plan.graph.tensors[view.tensor]
    size = 4 if form is Form.SUMS else tensor.element_bytes
    dtype = "int32" if form is Form.SUMS else tensor.dtype
    unit = 1 if memory == APPLICATION else plan.device.memory(memory).alignment
    return Buffer(name, memory, elements * size, lcm(unit, size), None, (elements,), dtype, form)


def work_memory(rng: np.random.Generator, plan: Plan) -> str:
    """A memory that kernels can read and write."""
    return str(rng.choice([m.name for m in plan.device.memories if m.writable and m.reach]))


def free_name(plan: Plan, prefix: str) -> str:
    return next(f"{prefix}{n}" for n in range(len(plan.buffers) + 1) if f"{prefix}{n}" not in plan.buffer)
