"""Plans changed as a whole: every View alike, steps put in and numbered anew."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace

from mcu_lab.plan.model import Buffer, Compute, Copy, Plan, Step, View, Wait, views_of


def with_views(plan: Plan, change: Callable[[View], View]) -> Plan:
    """The plan with ``change`` done to every View, wherever it is."""
    return replace(
        plan,
        steps=tuple(step_with_views(s, change) for s in plan.steps),
        at_start=tuple(change(v) for v in plan.at_start),
        at_end=tuple(change(v) for v in plan.at_end),
    )


def step_with_views(step: Step, change: Callable[[View], View]) -> Step:
    if isinstance(step, Wait):
        return step
    if isinstance(step, Copy):
        return replace(step, src=change(step.src), dst=change(step.dst))
    reads = tuple(tuple(change(v) for v in slot) for slot in step.reads)
    writes = tuple(change(v) if v else None for v in step.writes)
    return replace(step, reads=reads, writes=writes, sums=change(step.sums) if step.sums else None)


def all_views(plan: Plan) -> Iterator[View]:
    yield from plan.at_start
    for step in plan.steps:
        yield from views_of(step)
    yield from plan.at_end


def numbered(plan: Plan, steps: Iterable[Step]) -> Plan:
    """Steps numbered by their index again, Waits following their Copies where these still exist."""
    listed = list(steps)
    new = {step.id: i for i, step in enumerate(listed)}
    return replace(
        plan,
        steps=tuple(
            replace(s, id=i, copy=new.get(s.copy, s.copy)) if isinstance(s, Wait) else replace(s, id=i)
            for i, s in enumerate(listed)
        ),
    )


def with_buffer(plan: Plan, buffer: Buffer) -> Plan:
    """The plan with one buffer more, or in the place of the one of that id."""
    if buffer.id in plan.buffer:
        return replace(plan, buffers=tuple(buffer if b.id == buffer.id else b for b in plan.buffers))
    return replace(plan, buffers=(*plan.buffers, buffer))


def with_step(plan: Plan, step: Step) -> Plan:
    """The plan with another step in the place of the one of that id."""
    return replace(plan, steps=(*plan.steps[: step.id], step, *plan.steps[step.id + 1 :]))


def computes(plan: Plan) -> list[Compute]:
    return [s for s in plan.steps if isinstance(s, Compute)]
