"""Graph in, Graph out: changes that leave every computed value as it was."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise
from types import MappingProxyType

from mcu_lab.errors import ScheduleError
from mcu_lab.graph.ir import Graph, Operator
from mcu_lab.graph.offline_plan import METADATA_NAME
from mcu_lab.graph.state import calls_or_handles


def must_precede(graph: Graph) -> tuple[frozenset[int], ...]:
    """For each operator the ids of those that must have run before it, nearest ones only.

    An operator waits for those that write what it reads, and that read what state was before it. All that have a handle
    or call a subgraph keep the order of the graph, for handles may name the same state.
    """
    before = [set(graph.predecessors(op)) for op in graph.operators]
    for earlier, later in pairwise(op.id for op in graph.operators if calls_or_handles(graph.tensors, op)):
        before[later].add(earlier)
    return tuple(map(frozenset, before))


def touches_state(graph: Graph, op: Operator) -> bool:
    """Whether an operator reads or changes what the next inference, or another operator, may find changed."""
    touched = (t for t in (*op.inputs, *op.outputs) if t >= 0)
    return calls_or_handles(graph.tensors, op) or any(graph.tensors[t].variable for t in touched)


def reordered(graph: Graph, order: Sequence[int]) -> Graph:
    """The graph with its operators in another order, numbered anew; tensors keep their ids.

    ``order[i]`` is the present id of the operator that shall run as the ``i``-th. An offline memory plan is dropped,
    for it belongs to the order it was made for. Raises ScheduleError for an order that is no permutation or breaks a
    dependency.
    """
    count = len(graph.operators)
    if sorted(order) != list(range(count)):
        raise ScheduleError(
            f"the order has {len(order)} entries, {len(set(order))} of them different, for {count} operators.",
            where=graph.name,
            hint=f"Name each operator from 0 to {count - 1} once.",
        )
    place = {op: i for i, op in enumerate(order)}
    for op, before in zip(graph.operators, must_precede(graph), strict=True):
        for other in sorted(before):
            if place[other] > place[op.id]:
                raise ScheduleError(
                    f"{op} comes at place {place[op.id]}, before {graph.operators[other]} at place {place[other]}.",
                    where=graph.name,
                    hint="It needs what that operator writes, or they share state.",
                )
    return replace(
        graph,
        operators=tuple(replace(graph.operators[op], id=i) for i, op in enumerate(order)),
        metadata=MappingProxyType({name: data for name, data in graph.metadata.items() if name != METADATA_NAME}),
        sha256="",
    )
