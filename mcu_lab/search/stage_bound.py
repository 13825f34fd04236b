"""An arena that no schedule stays below, stages or not: cheap, and far from tight where the input is not what weighs.

* All that is read of the inputs that lie in SRAM from the start is live at the first step that makes something,
  and so is the least that this step can make: a row, or a channel, of what an operator makes that can be the first.
* At the end the outputs are live.
* No operator makes less than a row or a channel at a time.

It holds for every schedule that lowering accepts and every placement that keeps apart what is live at the same step.
"""

from __future__ import annotations

from mcu_lab.graph.box import Box
from mcu_lab.graph.ir import Graph, Operator, Tensor
from mcu_lab.lowering.pieces import ROW_AXIS, has_rows
from mcu_lab.ops import spec_of
from mcu_lab.ops.regions import bounding_box
from mcu_lab.schedule.model import InputMode


def stage_bound(graph: Graph, inputs: InputMode, *, tiled: bool) -> int:
    """Bytes. ``tiled``: steps may make single elements, so that what they make does not count."""
    made = {op.id: 0 if tiled else _least_made(graph, op) for op in graph.operators}
    given = 0
    if inputs == "resident":
        wanted = _demanded(graph)
        elements = {t: graph.tensors[t].element_bytes for t in set(graph.inputs)}
        given = sum(wanted[t].size * size for t, size in elements.items() if t in wanted)
        given += min((made[op] for op in _first(graph)), default=0)
    outputs = max((graph.tensors[t].bytes for t in graph.outputs if not graph.tensors[t].is_const), default=0)
    return max(outputs, given, max(made.values(), default=0))


def makes_too_much(graph: Graph) -> bool:
    """Whether operators make rows or columns at the edge of something that no output depends on."""
    wanted = _demanded(graph)
    return any(t in wanted and wanted[t] != Box.full(graph.tensors[t].shape) for t in graph.producer)


def _least_made(graph: Graph, op: Operator) -> int:
    """Bytes that a step of an operator makes at least; 0 when its output may lie where its input does."""
    spec = spec_of(op)
    if spec.aliases(graph, op) or spec.in_place(graph, op):
        return 0
    return sum(_least_part(graph.tensors[t]) for t in op.outputs)


def _least_part(tensor: Tensor) -> int:
    if not has_rows(tensor):
        return 0
    return tensor.bytes // max(tensor.shape[ROW_AXIS], tensor.shape[-1])


def _first(graph: Graph) -> list[int]:
    """Operators that may be the first to make something: nothing is ahead of them but what may be free."""
    free: set[int] = set()
    found = []
    for op in graph.operators:
        if free.issuperset(graph.predecessors(op)):
            found.append(op.id)
            if spec_of(op).aliases(graph, op):
                free.add(op.id)
    return [op for op in found if op not in free] or found


def _demanded(graph: Graph) -> dict[int, Box]:
    """For each tensor the box that the outputs depend on."""
    found = {t: Box.full(graph.tensors[t].shape) for t in graph.outputs}
    for op in reversed(graph.operators):
        writes = tuple(found.get(t) for t in op.outputs)
        if all(box is None for box in writes):
            continue
        for tensor, box in zip(op.inputs, spec_of(op).needs(graph, op, writes, None), strict=True):
            joined = bounding_box((box, found.get(tensor))) if tensor >= 0 else None
            if joined is not None:
                found[tensor] = joined
    return found
