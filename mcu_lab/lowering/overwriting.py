"""What an in-place operator overwrites, and which order of operators that leaves."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from graphlib import CycleError, TopologicalSorter

import numpy as np

from mcu_lab.graph.ir import Graph
from mcu_lab.lowering.ancestry import Ancestry
from mcu_lab.lowering.refusal import refused
from mcu_lab.ops import spec_of
from mcu_lab.stopping import look_up

#: Added to the name of what a state was, for what it becomes; tensors have fewer elements.
_BECOME = 1 << 31


def order_constraints(
    graph: Graph,
    zero_copy: frozenset[int],
    in_place: Mapping[int, int],
    top: int,
    indices: Mapping[int, np.ndarray],
    ancestry: Ancestry,
) -> set[tuple[int, int]]:
    """Pairs (reader, writer) that any order has to keep, so that nobody reads what an in-place operator replaced.

    All is about the buffer of ``top``: who lies where in it (``indices``), and the decisions that put them there.

    Nor what was read from state, once what it becomes is made in its place. Raises ScheduleError where anything else
    would be made there: between inferences and within them, state is all that lies in its place.
    """
    is_state = graph.tensors[top].variable
    if not in_place and not is_state:
        return set()
    group = sorted(indices)
    values = _values(graph, zero_copy, group)
    makers = {t: _makers(graph, values[t]) for t in group}
    before: set[tuple[int, int]] = set()
    for target in group:
        writer = graph.producer.get(target)
        if writer is None or writer in zero_copy:
            continue
        if is_state:
            _check_becomes(graph, zero_copy, top, target, indices, values)
        slot = in_place.get(writer)
        replaced = None if slot is None else graph.operators[writer].inputs[slot]
        doubtful = [
            t
            for t in group
            if not _made_later(ancestry, writer, makers[t]) and not _read_before(graph, ancestry, writer, t, replaced)
        ]
        if not doubtful:
            continue
        held = np.full(graph.tensors[top].elements, -1, dtype=np.int64)
        made = _become(graph, target) if graph.tensors[target].variable else values[target]
        held[indices[target].reshape(-1)] = made.reshape(-1)
        for tensor in doubtful:
            look_up()
            present = indices[tensor] >= 0  # all but the border of a PAD that writes nothing
            after, wanted = held[indices[tensor][present]], values[tensor][present]
            lost = wanted[(after >= 0) & (after != wanted)]
            if lost.size and not _made_later(ancestry, writer, _makers(graph, lost)):
                before |= _readers_first(graph, ancestry, writer, tensor, replaced)
    return {pair for pair in before if not ancestry.precedes(*pair)}


def _check_becomes(
    graph: Graph,
    zero_copy: frozenset[int],
    state: int,
    target: int,
    indices: Mapping[int, np.ndarray],
    values: Mapping[int, np.ndarray],
) -> None:
    """Refuse what is made where a state lies, unless the state becomes just that."""
    assigner = graph.producer.get(state)
    becomes = _become(graph, state)
    if assigner in zero_copy:
        for alias in spec_of(graph.operators[assigner]).aliases(graph, graph.operators[assigner]):
            becomes = alias.view(values[alias.whole]) if alias.part == state else becomes
    made = becomes if target == state else values[target]
    if not np.array_equal(made.reshape(-1), becomes.reshape(-1)[indices[target].reshape(-1)]):
        name = graph.tensors[target].name
        what = f"would make {name} where {graph.tensors[state].name} lies, which does not become that."
        raise refused(graph, graph.producer[target], what)


def _readers_first(
    graph: Graph, ancestry: Ancestry, writer: int, tensor: int, replaced: int | None
) -> set[tuple[int, int]]:
    """Every reader of ``tensor`` before ``writer``, which overwrites it (``replaced``: its own in-place input)."""
    name = graph.tensors[tensor].name
    if tensor in graph.outputs and not graph.tensors[tensor].variable:
        raise refused(graph, writer, f"would overwrite the graph output {name}.")
    readers = _readers(graph, tensor)
    for reader in readers:
        if reader == writer and tensor != replaced:
            raise refused(graph, writer, f"reads {name} apart from the place where it would overwrite it.")
        if ancestry.precedes(writer, reader):
            later = graph.operators[reader]
            raise refused(graph, writer, f"would overwrite {name}, which {later} reads later.")
    return {(reader, writer) for reader in readers if reader != writer}


def _readers(graph: Graph, tensor: int) -> tuple[int, ...]:
    """Who reads a tensor; of state, who reads it as it was."""
    readers = graph.readers.get(tensor, ())
    changed = graph.producer.get(tensor) if graph.tensors[tensor].variable else None
    return readers if changed is None else tuple(r for r in readers if r < changed)


def _become(graph: Graph, state: int) -> np.ndarray:
    """Names for what a state becomes, where that is made in its own place only."""
    shape = graph.tensors[state].shape
    return np.arange(graph.tensors[state].elements, dtype=np.int64).reshape(shape) + (state << 32) + _BECOME


def _values(graph: Graph, zero_copy: frozenset[int], tensors: Collection[int]) -> dict[int, np.ndarray]:
    """For each tensor, which value each element holds: numbers that are equal just where the values must be equal.

    A value is named by the tensor that was really computed and the element of it; zero-copy operators pass names on.
    State is named by what it was.
    """

    def own(tensor: int) -> np.ndarray:
        size = graph.tensors[tensor].elements
        return (np.arange(size, dtype=np.int64) + (tensor << 32)).reshape(graph.tensors[tensor].shape)

    values = {t: own(t) for t in tensors if graph.tensors[t].variable or graph.producer.get(t) not in zero_copy}
    for op in (graph.operators[i] for i in sorted(zero_copy)):
        for alias in spec_of(op).aliases(graph, op):
            if graph.tensors[alias.part].variable:
                continue
            if alias.part in op.outputs and alias.whole in values:
                values[alias.part] = alias.view(values[alias.whole])
            elif alias.whole in op.outputs and alias.part in values:
                alias.view(values.setdefault(alias.whole, own(alias.whole)))[...] = values[alias.part]
    return values


def _makers(graph: Graph, values: np.ndarray) -> frozenset[int | None]:
    """The operators that made these values; None stands for an input, and for state as it was."""
    made = (int(t) for t in np.unique(values >> 32))
    return frozenset(None if graph.tensors[t].variable else graph.producer.get(t) for t in made)


def _made_later(ancestry: Ancestry, writer: int, makers: Collection[int | None]) -> bool:
    """Whether all of them are made by the writer itself or by operators that can only run after it."""
    return all(m is not None and (m == writer or ancestry.precedes(writer, m)) for m in makers)


def _read_before(graph: Graph, ancestry: Ancestry, writer: int, tensor: int, replaced: int | None) -> bool:
    """Whether the data alone see to it that nobody reads the tensor once the writer has begun."""
    is_state = graph.tensors[tensor].variable
    return (is_state or tensor not in graph.outputs) and all(
        ancestry.precedes(reader, writer) or (reader == writer and tensor == replaced)
        for reader in _readers(graph, tensor)
    )


def check_acyclic(graph: Graph, before: Collection[tuple[int, int]]) -> None:
    """Refuse decisions that each want to come after the other."""
    if all(reader < writer for reader, writer in before):
        return  # the order of the file keeps them
    earlier = {op.id: set(graph.predecessors(op)) for op in graph.operators}
    for reader, writer in before:
        earlier[writer].add(reader)
    try:
        TopologicalSorter(earlier).prepare()
    except CycleError as error:
        ops = [graph.operators[i] for i in error.args[1]]
        writer = next(op.id for op in ops if any(op.id == w for _, w in before))
        circle = ", ".join(map(str, ops))
        raise refused(graph, writer, f"in place leaves no legal order: {circle} would each have to wait.") from None
