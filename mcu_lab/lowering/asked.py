"""What a step asks for: a box of each input, by its operator's region rule, and room to work in."""

from __future__ import annotations

from dataclasses import dataclass

from mcu_lab.graph.box import Box
from mcu_lab.graph.ir import Graph
from mcu_lab.graph.remembered import remembered
from mcu_lab.lowering.pieces import Make
from mcu_lab.ops import spec_of
from mcu_lab.plan.address import part_of
from mcu_lab.plan.model import View
from mcu_lab.stopping import look_up


@dataclass(frozen=True, slots=True)
class Asked:
    """What a step asks for by its operator's rules: a box of each input, Views of those that a stage keeps, scratch."""

    boxes: tuple[Box | None, ...]
    kept: tuple[tuple[View, ...] | None, ...]
    scratch_bytes: int

    @staticmethod
    def of(graph: Graph, make: Make) -> Asked:
        look_up()
        op = graph.operators[make.op]
        spec = spec_of(op)
        made = (make.sums.box,) if make.sums else make.writes
        boxes = spec.needs(graph, op, made, make.reduce)
        kept = tuple(
            _held(make.reads[t], box) if box is not None and t in make.reads else None
            for t, box in zip(op.inputs, boxes, strict=True)
        )
        return Asked(boxes, kept, spec.scratch_bytes(graph, op, made))


@remembered()
def wholes(graph: Graph) -> tuple[tuple[Make, Asked], ...]:
    """Every operator, executed whole on tensors that lie whole."""
    makes = [Make(op.id, tuple(Box.full(graph.tensors[t].shape) for t in op.outputs)) for op in graph.operators]
    return tuple((make, Asked.of(graph, make)) for make in makes)


def _held(kept: tuple[View, ...], box: Box) -> tuple[View, ...]:
    """Views of just this box of what a stage has ``kept`` of a tensor."""
    held = tuple(part_of(view, common) for view in kept if (common := view.box & box).size)
    return held if box.size else tuple(part_of(view, box) for view in kept[:1])
