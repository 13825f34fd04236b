"""Random damage to plans: what a bug in lowering, a search or an editor could do to them.

Every damage keeps the types right, so that the damage is to what the plan says and not to its spelling.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from random import Random

from mcu_lab.graph.box import Interval
from mcu_lab.plan.model import Buffer, Compute, Copy, Form, Plan, Ring, Step, View, Wait
from tests.plan.rewriting import numbered, with_views


@dataclass(frozen=True)
class Damage:
    """One way to damage a plan; ``apply`` gives None when there is nothing of the kind to damage."""

    name: str
    apply: Callable[[Plan, Random], Plan | None]


def damaged(plan: Plan, seed: int) -> tuple[Plan, tuple[str, ...]]:
    """The plan after one to three random damages, and their names. The same seed gives the same damage."""
    random = Random(seed)
    names: list[str] = []
    wanted = random.choice((1, 1, 1, 2, 3))
    now = plan
    while len(names) < wanted or now == plan:
        damage = random.choice(DAMAGES)
        try:
            result = damage.apply(now, random)
        except (IndexError, ValueError):
            continue  # a choice among no steps, or no buffers of the kind
        if result is not None and result != now:
            now = result
            names.append(damage.name)
    return now, tuple(names)


# Buffers.


def _with_buffer(plan: Plan, index: int, **changes: object) -> Plan:
    buffers = list(plan.buffers)
    buffers[index] = replace(buffers[index], **changes)  # type: ignore[arg-type]
    return replace(plan, buffers=tuple(buffers))


def _in_arena(plan: Plan) -> list[tuple[int, Buffer]]:
    return [(i, b) for i, b in enumerate(plan.buffers) if b.memory == plan.device.arena]


def _shift_offset(plan: Plan, random: Random) -> Plan | None:
    index, buffer = random.choice(list(enumerate(plan.buffers)))
    return _with_buffer(
        plan, index, offset=(buffer.offset or 0) + random.choice((-64, -16, -8, -4, -1, 1, 4, 8, 16, 64))
    )


def _slide_a_little(plan: Plan, random: Random) -> Plan | None:
    arena = _in_arena(plan)
    index, _ = random.choice(arena)
    limit = max(b.end for _, b in arena)
    return _with_buffer(plan, index, offset=4 * random.randrange(limit // 4 + 1))


def _put_on_another(plan: Plan, random: Random) -> Plan | None:
    arena = _in_arena(plan)
    if len(arena) < 2:
        return None
    (index, buffer), (_, other) = random.sample(arena, 2)
    ends = (other.offset or 0, other.end - buffer.bytes, other.end)
    return _with_buffer(plan, index, offset=max(0, random.choice(ends) // 4 * 4))


def _swap_places(plan: Plan, random: Random) -> Plan | None:
    arena = _in_arena(plan)
    if len(arena) < 2:
        return None
    (first, a), (second, b) = random.sample(arena, 2)
    return _with_buffer(_with_buffer(plan, first, offset=b.offset), second, offset=a.offset)


def _shuffle_places(plan: Plan, random: Random) -> Plan | None:
    """All buffers of the arena anywhere in a little more room than they took."""
    arena = _in_arena(plan)
    room = max(b.end for _, b in arena) * random.choice((1, 2, 4))
    for index, buffer in arena:
        plan = _with_buffer(plan, index, offset=random.randrange(max(1, room - buffer.bytes) // 4 + 1) * 4)
    return plan


def _resize(plan: Plan, random: Random) -> Plan | None:
    index, buffer = random.choice(list(enumerate(plan.buffers)))
    return _with_buffer(plan, index, bytes=max(0, buffer.bytes + random.choice((-32, -4, -1, 1, 4, 32))))


def _change_memory(plan: Plan, random: Random) -> Plan | None:
    index, _ = random.choice(list(enumerate(plan.buffers)))
    return _with_buffer(plan, index, memory=random.choice(plan.device.memories).name)


def _change_form(plan: Plan, random: Random) -> Plan | None:
    index, _ = random.choice(list(enumerate(plan.buffers)))
    return _with_buffer(plan, index, form=random.choice((Form.PLAIN, Form.SUMS, Form.SCRATCH)))


# The list of steps.


def _swap_neighbours(plan: Plan, random: Random) -> Plan | None:
    if len(plan.steps) < 2:
        return None
    steps = list(plan.steps)
    at = random.randrange(len(steps) - 1)
    steps[at], steps[at + 1] = steps[at + 1], steps[at]
    return numbered(plan, steps)


def _move_step(plan: Plan, random: Random) -> Plan | None:
    steps = list(plan.steps)
    step = steps.pop(random.randrange(len(steps)))
    steps.insert(random.randrange(len(steps) + 1), step)
    return numbered(plan, steps)


def _drop_step(plan: Plan, random: Random) -> Plan | None:
    steps = list(plan.steps)
    steps.pop(random.randrange(len(steps)))
    return numbered(plan, steps) if steps else None


def _drop_wait(plan: Plan, random: Random) -> Plan | None:
    waits = [i for i, s in enumerate(plan.steps) if isinstance(s, Wait)]
    if not waits:
        return None
    at = random.choice(waits)
    return numbered(plan, [s for i, s in enumerate(plan.steps) if i != at])


def _repeat_step(plan: Plan, random: Random) -> Plan | None:
    steps = list(plan.steps)
    again = replace(random.choice(steps), id=-1)
    steps.insert(random.randrange(len(steps) + 1), again)
    return numbered(plan, steps)


def _do_not_block(plan: Plan, random: Random) -> Plan | None:
    copies = [i for i, s in enumerate(plan.steps) if isinstance(s, Copy)]
    if not copies:
        return None
    steps = list(plan.steps)
    at = random.choice(copies)
    copy = steps[at]
    assert isinstance(copy, Copy)
    steps[at] = replace(copy, blocking=not copy.blocking)
    return replace(plan, steps=tuple(steps))


def _run_another_operator(plan: Plan, random: Random) -> Plan | None:
    at = random.randrange(len(plan.steps))
    step = plan.steps[at]
    if not isinstance(step, Compute):
        return None
    return _with_step(plan, at, replace(step, op=random.randrange(len(plan.graph.operators))))


def _with_step(plan: Plan, index: int, step: Step) -> Plan:
    steps = list(plan.steps)
    steps[index] = step
    return replace(plan, steps=tuple(steps))


def _change_slice(plan: Plan, random: Random) -> Plan | None:
    slices = [s for s in plan.steps if isinstance(s, Compute) and s.reduce]
    if not slices:
        return None
    step = random.choice(slices)
    assert step.reduce
    lo, hi = step.reduce.lo, step.reduce.hi
    other = random.choice(
        (Interval(lo + 1, hi), Interval(lo, hi - 1), Interval(lo - 1, hi), Interval(lo, hi + 1), None)
    )
    return _with_step(plan, step.id, replace(step, reduce=other))


def _drop_write(plan: Plan, random: Random) -> Plan | None:
    at = random.randrange(len(plan.steps))
    step = plan.steps[at]
    if not isinstance(step, Compute):
        return None
    slot = random.randrange(len(step.writes))
    return _with_step(plan, at, replace(step, writes=(*step.writes[:slot], None, *step.writes[slot + 1 :])))


def _drop_scratch(plan: Plan, random: Random) -> Plan | None:
    at = random.randrange(len(plan.steps))
    step = plan.steps[at]
    if not isinstance(step, Compute):
        return None
    return _with_step(plan, at, replace(step, scratch=random.choice((None, random.choice(plan.buffers).id))))


# Views.


def _any_view(plan: Plan, random: Random, change: Callable[[View], View | None]) -> Plan | None:
    """The plan with one random View changed, wherever it is."""
    at = random.randrange(-2, len(plan.steps))
    if at < 0:
        name = ("at_start", "at_end")[at]
        views = getattr(plan, name)
        if not views:
            return None
        index = random.randrange(len(views))
        changed = change(views[index])
        return None if changed is None else replace(plan, **{name: (*views[:index], changed, *views[index + 1 :])})
    step = plan.steps[at]
    if isinstance(step, Wait):
        return None
    if isinstance(step, Copy):
        end = random.choice(("src", "dst"))
        changed = change(getattr(step, end))
        return None if changed is None else _with_step(plan, at, replace(step, **{end: changed}))
    return _with_changed_view(plan, step, random, change)


def _with_changed_view(plan: Plan, step: Compute, random: Random, change: Callable[[View], View | None]) -> Plan | None:
    places = [("reads", i, j) for i, slot in enumerate(step.reads) for j in range(len(slot))]
    places += [("writes", i, 0) for i, view in enumerate(step.writes) if view]
    places += [("sums", 0, 0)] if step.sums else []
    place, i, j = random.choice(places)
    if place == "sums":
        assert step.sums
        changed = change(step.sums)
        return None if changed is None else _with_step(plan, step.id, replace(step, sums=changed))
    if place == "writes":
        view = step.writes[i]
        assert view
        changed = change(view)
        writes = (*step.writes[:i], changed, *step.writes[i + 1 :])
        return None if changed is None else _with_step(plan, step.id, replace(step, writes=writes))
    slot = step.reads[i]
    changed = change(slot[j])
    reads = (*step.reads[:i], (*slot[:j], changed, *slot[j + 1 :]), *step.reads[i + 1 :]) if changed else None
    return None if reads is None else _with_step(plan, step.id, replace(step, reads=reads))


def _on_view(change: Callable[[Plan, View, Random], View | None]) -> Callable[[Plan, Random], Plan | None]:
    return lambda plan, random: _any_view(plan, random, lambda view: change(plan, view, random))


def _move_origin(plan: Plan, view: View, random: Random) -> View | None:
    return replace(view, origin=view.origin + random.choice((-8, -4, -2, -1, 1, 2, 4, 8)))


def _change_stride(plan: Plan, view: View, random: Random) -> View | None:
    if not view.strides:
        return None
    axis = random.randrange(len(view.strides))
    stride = random.choice((0, view.strides[axis] - 1, view.strides[axis] + 1, -view.strides[axis], 1))
    return replace(view, strides=(*view.strides[:axis], stride, *view.strides[axis + 1 :]))


def _change_ring(plan: Plan, view: View, random: Random) -> View | None:
    if view.ring and random.random() < 0.7:
        ring = view.ring
        other = Ring(ring.axis, ring.rows + random.choice((-1, 1)), ring.phase)
        turned = Ring(ring.axis, ring.rows, (ring.phase + 1) % ring.rows)
        return replace(view, ring=random.choice((None, other, turned)))
    if not len(view.box):
        return None
    axis = random.randrange(len(view.box))
    return replace(view, ring=Ring(axis, random.randrange(1, view.box[axis].hi + 2)))


def _change_box(plan: Plan, view: View, random: Random) -> View | None:
    if not len(view.box):
        return None
    axis = random.randrange(len(view.box))
    lo, hi = view.box[axis].lo, view.box[axis].hi
    other = random.choice(((lo + 1, hi), (lo, hi - 1), (lo - 1, hi), (lo, hi + 1), (lo + 1, hi + 1), (lo - 1, hi - 1)))
    return replace(view, box=view.box.replaced(axis, Interval(*other)))


def _change_buffer(plan: Plan, view: View, random: Random) -> View | None:
    return replace(view, buffer=random.choice(plan.buffers).id)


def _change_tensor(plan: Plan, view: View, random: Random) -> View | None:
    return replace(view, tensor=random.randrange(len(plan.graph.tensors)))


def _drop_end(name: str) -> Callable[[Plan, Random], Plan | None]:
    def drop(plan: Plan, random: Random) -> Plan | None:
        views = getattr(plan, name)
        if not views:
            return None
        at = random.randrange(len(views))
        return replace(plan, **{name: (*views[:at], *views[at + 1 :])})

    return drop


def _double_read(plan: Plan, random: Random) -> Plan | None:
    """One read as two that overlap or leave a gap."""
    at = random.randrange(len(plan.steps))
    step = plan.steps[at]
    if not isinstance(step, Compute) or not step.reads[0] or not len(step.reads[0][0].box):
        return None
    view = step.reads[0][0]
    axis = random.randrange(len(view.box))
    cut = random.randrange(view.box[axis].lo, view.box[axis].hi + 1)
    lower = replace(view, box=view.box.replaced(axis, Interval(view.box[axis].lo, cut)))
    upper = replace(view, box=view.box.replaced(axis, Interval(cut + random.choice((-1, 0, 0, 1)), view.box[axis].hi)))
    return _with_step(plan, at, replace(step, reads=((lower, upper), *step.reads[1:])))


# Every View of a buffer alike: another layout, which is right as long as it holds what it has to.


def _shift_contents(plan: Plan, random: Random) -> Plan | None:
    index, buffer = random.choice(list(enumerate(plan.buffers)))
    by = random.choice((1, 2, 4))
    shifted = with_views(plan, lambda v: replace(v, origin=v.origin + by) if v.buffer == buffer.id else v)
    return _with_buffer(shifted, index, bytes=buffer.bytes + by * random.choice((1, 4)))


def _ring_throughout(plan: Plan, random: Random) -> Plan | None:
    _, buffer = random.choice(_in_arena(plan))
    rank = len(buffer.shape)
    if rank == 0:
        return None
    axis = random.randrange(rank)
    ring = Ring(axis, random.randrange(1, buffer.shape[axis] + 2))
    return with_views(plan, lambda v: replace(v, ring=ring) if v.buffer == buffer.id and len(v.box) == rank else v)


def _turn_round(plan: Plan, random: Random) -> Plan | None:
    """The first element last."""
    buffer = random.choice(plan.buffers)

    def turned(view: View) -> View:
        if view.buffer != buffer.id or view.ring or buffer.form is Form.SCRATCH:
            return view
        size = 4 if buffer.form is Form.SUMS else plan.graph.tensors[view.tensor].element_bytes
        last = buffer.bytes // max(1, size) - 1
        return replace(view, origin=last - view.origin, strides=tuple(-s for s in view.strides))

    return with_views(plan, turned)


def _move_in_with_another(plan: Plan, random: Random) -> Plan | None:
    arena = _in_arena(plan)
    if len(arena) < 2:
        return None
    (_, guest), (index, host) = random.sample(arena, 2)
    merged = with_views(plan, lambda v: replace(v, buffer=host.id) if v.buffer == guest.id else v)
    return _with_buffer(merged, index, bytes=max(host.bytes, guest.bytes))


DAMAGES: tuple[Damage, ...] = (
    Damage("shift an offset", _shift_offset),
    Damage("slide a buffer", _slide_a_little),
    Damage("put a buffer on another", _put_on_another),
    Damage("swap the places of two buffers", _swap_places),
    Damage("shuffle the places of all buffers", _shuffle_places),
    Damage("resize a buffer", _resize),
    Damage("change a buffer's memory", _change_memory),
    Damage("change a buffer's form", _change_form),
    Damage("swap neighbouring steps", _swap_neighbours),
    Damage("move a step", _move_step),
    Damage("drop a step", _drop_step),
    Damage("drop a wait", _drop_wait),
    Damage("repeat a step", _repeat_step),
    Damage("change whether a copy blocks", _do_not_block),
    Damage("run another operator", _run_another_operator),
    Damage("change a channel slice", _change_slice),
    Damage("drop a write", _drop_write),
    Damage("change the scratch", _drop_scratch),
    Damage("move a view's origin", _on_view(_move_origin)),
    Damage("change a view's stride", _on_view(_change_stride)),
    Damage("change a view's ring", _on_view(_change_ring)),
    Damage("change a view's box", _on_view(_change_box)),
    Damage("point a view at another buffer", _on_view(_change_buffer)),
    Damage("change a view's tensor", _on_view(_change_tensor)),
    Damage("drop a view at start", _drop_end("at_start")),
    Damage("drop a view at end", _drop_end("at_end")),
    Damage("read in two parts", _double_read),
    Damage("shift all that a buffer holds", _shift_contents),
    Damage("keep a buffer as a ring throughout", _ring_throughout),
    Damage("turn a buffer round", _turn_round),
    Damage("hold two buffers in one", _move_in_with_another),
)
