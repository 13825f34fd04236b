"""What a stage alone makes and reads, and where such a tensor lies when it shares storage with another one."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace

from mcu_lab.graph.box import Box
from mcu_lab.graph.ir import Graph, Operator
from mcu_lab.lowering.folding import interior
from mcu_lab.lowering.pull import all_or_none, linked, passing
from mcu_lab.lowering.refusal import refused
from mcu_lab.ops import spec_of
from mcu_lab.plan.model import View
from mcu_lab.schedule.model import Stage


def operators_of(graph: Graph, stage: Stage) -> tuple[Operator, ...]:
    """The stage's operators in the order of the file, in which each comes after what it reads."""
    return tuple(graph.operators[op] for op in sorted(stage.operators))


@dataclass(frozen=True)
class Shifted:
    """A tensor whose coordinate c is coordinate ``c + shift`` of ``root``, which may be the tensor itself."""

    root: int
    shift: tuple[int, ...]

    def in_root(self, box: Box) -> Box:
        return Box(tuple(i.shifted(by) for i, by in zip(box, self.shift, strict=True)))

    def view(self, root: View, tensor: int, box: Box) -> View:
        """A box of the tensor, going by where the root lies."""
        ring, origin = root.ring, root.origin
        for axis, (stride, by) in enumerate(zip(root.strides, self.shift, strict=True)):
            if ring and axis == ring.axis:
                ring = replace(ring, phase=(ring.phase + by) % ring.rows)
            else:
                origin += stride * by
        return replace(root, tensor=tensor, box=box, origin=origin, ring=ring)


def kept_places(graph: Graph, stage: Stage, tensors: Iterable[int], alias: Collection[int]) -> dict[int, Shifted]:
    """Those of ``tensors`` (in this order) that need never be whole, each by itself or inside what it is a PAD of.

    Tensors that share storage because of ``alias`` are all kept or none. Raises ScheduleError for operators that
    would share storage in another way.
    """
    still = [op for op in operators_of(graph, stage) if op.id in alias]
    passed = passing(graph, stage.operators)
    candidates = [t for t in tensors if t in passed]
    kept = all_or_none(graph, candidates, [op.id for op in still])
    places = {t: Shifted(t, (0,) * len(graph.tensors[t].shape)) for t in candidates if t in kept}
    for op in (op for op in still if linked(graph, op.id) & kept):
        found = spec_of(op).aliases(graph, op)
        inside = None
        if len(found) == 1 and (found[0].part, found[0].whole) == (op.inputs[0], op.outputs[0]):
            inside = interior(graph, found[0])
        if inside is None:
            raise refused(graph, op.id, "cannot leave its input where it is in such a stage.", "Let it move its bytes.")
        below = places[op.inputs[0]]
        shift = tuple(by - i.lo for by, i in zip(below.shift, inside, strict=True))
        places[op.outputs[0]] = Shifted(below.root, shift)
    return places
