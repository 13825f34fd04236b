"""Can the kernels follow the Views of a step? What they follow stands with each operator (:class:`Forms`)."""

from __future__ import annotations

from collections.abc import Iterator

from mcu_lab.device.model import Memory
from mcu_lab.graph.ir import Graph
from mcu_lab.ops import SPECS
from mcu_lab.ops.spec import Follow
from mcu_lab.plan.model import Compute, Copy, View
from mcu_lab.plan.verify.problem import Problem, ProblemCode


def unfollowed(graph: Graph, step: Compute) -> Iterator[Problem]:
    """Rings that turn, and inputs in parts, along an axis on which the operator's kernels go straight on."""
    op = graph.operators[step.op]
    forms = SPECS[op.kind].forms
    for slot, views in enumerate(step.reads):
        follow = forms.input(slot)
        axes = follow.axes(len(views[0].box)) if views else range(0)
        split = sorted(_split_axes(views) - set(axes))
        if split:
            seen = f"{op} reads input {slot} in {len(views)} Views that differ along axis {split[0]}"
            message = f"{seen}, but its kernels look for parts along {follow.value}. Read it as one View."
            yield Problem(ProblemCode.UNFOLLOWED, step.id, views[0].buffer, message)
        yield from (_turning(step, str(op), view, follow) for view in views if turns(view, follow))
    made = (*step.writes, step.sums)
    yield from (_turning(step, str(op), v, forms.outputs) for v in made if v and turns(v, forms.outputs))


def turns(view: View, follow: Follow) -> bool:
    """Whether the View's ring turns in the middle of its box, along an axis that is not followed."""
    ring = view.ring
    if ring is None or ring.axis in follow.axes(len(view.box)):
        return False
    places = view.box[ring.axis]
    return (places.lo + ring.phase) // ring.rows != (places.hi - 1 + ring.phase) // ring.rows


def _split_axes(views: tuple[View, ...]) -> set[int]:
    """Axes along which the Views of an input hold different coordinates."""
    rank = len(views[0].box) if views else 0
    return {axis for axis in range(rank) if len({view.box[axis] for view in views}) > 1}


def _turning(step: Compute, op: str, view: View, follow: Follow) -> Problem:
    assert view.ring
    seen = f"{op} uses t{view.tensor}{view.box}, which turns in a ring of {view.ring.rows} along axis {view.ring.axis}"
    message = f"{seen}, but its kernels look for turns along {follow.value}. Hold it without that ring."
    return Problem(ProblemCode.UNFOLLOWED, step.id, view.buffer, message)


def unreached(step: Copy, src: Memory, dst: Memory) -> Iterator[Problem]:
    """A Copy with neither end in the core's reach: whoever moves bytes for the core is given an address on its side."""
    if not src.reach and not dst.reach:
        seen = f"The Copy of t{step.src.tensor} goes from {src.name} to {dst.name}, both out of the core's reach"
        yield Problem(ProblemCode.UNFOLLOWED, step.id, step.dst.buffer, f"{seen}. Copy by way of the arena.")
