"""What the outputs of a graph depend on."""

from __future__ import annotations

from collections.abc import Mapping

from mcu_lab.graph.box import Box
from mcu_lab.graph.ir import Graph
from mcu_lab.graph.remembered import remembered
from mcu_lab.ops import spec_of
from mcu_lab.ops.regions import bounding_box


@remembered()
def demanded(graph: Graph) -> Mapping[int, Box]:
    """For each tensor the box that the outputs depend on; those that nothing depends on are missing."""
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
