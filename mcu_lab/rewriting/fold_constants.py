"""Fold constants: what follows from constants alone is computed ahead, once, and stored."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import ClassVar, Literal

import numpy as np

from mcu_lab.graph.box import Box
from mcu_lab.graph.ir import Graph, Operator
from mcu_lab.graph.opaque import is_opaque
from mcu_lab.graph.rewrite import touches_state
from mcu_lab.ops import SPECS, problems
from mcu_lab.ops.spec import Region
from mcu_lab.rewriting.numbers import Numbers, named, seen_outside, with_only

#: A graph of a kilobyte can ask for gigabytes of ones; more than this is not stored.
MOST_BYTES = 1 << 26


@dataclass(frozen=True)
class FoldConstants:
    """Operators that read nothing but constants leave, and what they made is stored in their place.

    So weights that a file holds in float16 are float32 before the model runs: they take twice the flash, and no SRAM.
    Outputs of the graph are still made while it runs.
    """

    type: Literal["fold_constants"] = field(default="fold_constants", repr=False)

    label: ClassVar[str] = "compute ahead what follows from constants"
    removes: ClassVar[str] = "that read nothing but constants"
    #: Whether every output byte stays what it was, for every input.
    exact: ClassVar[bool] = True

    def applied(self, graph: Graph) -> tuple[Graph, Numbers] | None:
        """The graph with what is known stored, and which of its ids are which; None where nothing is."""
        made = _made(graph)
        if not made:
            return None
        folded = {graph.producer[t] for t in made}
        tensors = tuple(
            replace(t, data=np.ascontiguousarray(made[t.id]).tobytes()) if t.id in made else t for t in graph.tensors
        )
        kept = {op.id for op in graph.operators} - folded
        touched = {t for op in folded for t in (*graph.operators[op].inputs, *graph.operators[op].outputs)}
        spent = touched - named(graph, kept)
        return with_only(replace(graph, tensors=tensors), kept, {t.id for t in tensors if t.id not in spent})


def _made(graph: Graph) -> dict[int, np.ndarray]:
    """What operators make of constants alone, by tensor."""
    wrong = {found.op for found in problems(graph)}
    made: dict[int, np.ndarray] = {}
    room = MOST_BYTES
    for op in graph.operators:
        needed = sum(graph.tensors[t].bytes for t in op.outputs)
        if op.id in wrong or needed > room or not _can_be_folded(graph, op, made):
            continue
        for t, value in zip(op.outputs, _computed(graph, op, made), strict=True):
            if value is not None:
                made[t] = value
        room -= needed
    return made


def _can_be_folded(graph: Graph, op: Operator, made: dict[int, np.ndarray]) -> bool:
    known = all(t < 0 or t in made or graph.tensors[t].is_const for t in op.inputs)
    plain = op.kind in SPECS and not is_opaque(op) and not touches_state(graph, op)
    return bool(known and plain and op.inputs and op.outputs and set(seen_outside(graph)).isdisjoint(op.outputs))


def _computed(graph: Graph, op: Operator, made: dict[int, np.ndarray]) -> tuple[np.ndarray | None, ...]:
    def whole(t: int) -> Region | None:
        if t < 0:
            return None
        values = made[t] if t in made else graph.tensors[t].array
        return Region(Box.full(values.shape), values)

    boxes = tuple(Box.full(graph.tensors[t].shape) for t in op.outputs)
    return SPECS[op.kind].compute(graph, op, boxes, tuple(map(whole, op.inputs)))
