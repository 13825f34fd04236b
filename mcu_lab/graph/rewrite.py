"""Graph in, Graph out: changes that leave every computed value as it was."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from types import MappingProxyType

from mcu_lab.errors import ScheduleError
from mcu_lab.graph.ir import Graph, Operator
from mcu_lab.graph.offline_plan import METADATA_NAME

#: Operators that run another subgraph, which may change state that no tensor of this one shows.
_CALLS = frozenset({"CALL", "CALL_ONCE", "IF", "WHILE"})
_HANDLES = frozenset({"resource", "variant"})


def must_precede(graph: Graph) -> tuple[frozenset[int], ...]:
    """For each operator the ids of those that must have run before it, nearest ones only.

    An operator waits for those that write what it reads. Operators that touch the same variable keep the order of
    the graph, and so do all that read a resource handle or call a subgraph, for handles may name the same state.
    """
    before: list[set[int]] = [set() for _ in graph.operators]
    last: dict[int | str, int] = {}
    for op in graph.operators:
        before[op.id].update(p for p in graph.predecessors(op) if p < op.id)
        for state in _states(graph, op):
            if state in last:
                before[op.id].add(last[state])
            last[state] = op.id
    return tuple(frozenset(ops) for ops in before)


def touches_state(graph: Graph, op: Operator) -> bool:
    """Whether an operator reads or changes what the next inference, or another operator, may find changed."""
    return bool(_states(graph, op))


def _states(graph: Graph, op: Operator) -> tuple[int | str, ...]:
    touched = dict.fromkeys(t for t in (*op.inputs, *op.outputs) if t >= 0)
    variables = tuple(t for t in touched if graph.tensors[t].variable)
    reads_handle = any(t >= 0 and graph.tensors[t].dtype in _HANDLES for t in op.inputs)
    return (*variables, "handles") if reads_handle or op.kind in _CALLS else variables


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
