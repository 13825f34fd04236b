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


def order_constraints(
    graph: Graph,
    zero_copy: frozenset[int],
    in_place: Mapping[int, int],
    root: Mapping[int, int],
    indices: Mapping[int, np.ndarray],
    ancestry: Ancestry,
) -> set[tuple[int, int]]:
    """Pairs (reader, writer) that any order has to keep, so that nobody reads what an in-place operator replaced."""
    tops = {root[graph.operators[op].outputs[0]] for op in in_place}
    members = {top: [t for t in sorted(indices) if root[t] == top] for top in tops}
    values = _values(graph, zero_copy, [t for group in members.values() for t in group])
    before: set[tuple[int, int]] = set()
    for top, group in members.items():
        makers = {t: _makers(graph, values[t]) for t in group}
        for target in group:
            writer = graph.producer.get(target)
            if writer is None or writer in zero_copy:
                continue
            slot = in_place.get(writer)
            replaced = None if slot is None else graph.operators[writer].inputs[slot]
            doubtful = [
                t
                for t in group
                if not _made_later(ancestry, writer, makers[t])
                and not _read_before(graph, ancestry, writer, t, replaced)
            ]
            if not doubtful:
                continue
            held = np.full(graph.tensors[top].elements, -1, dtype=np.int64)
            held[indices[target].reshape(-1)] = values[target].reshape(-1)
            for tensor in doubtful:
                look_up()
                present = indices[tensor] >= 0  # all but the border of a PAD that writes nothing
                after, wanted = held[indices[tensor][present]], values[tensor][present]
                lost = wanted[(after >= 0) & (after != wanted)]
                if lost.size and not _made_later(ancestry, writer, _makers(graph, lost)):
                    before |= _readers_first(graph, ancestry, writer, tensor, replaced)
    _check_acyclic(graph, before)
    return {pair for pair in before if not ancestry.precedes(*pair)}


def _readers_first(
    graph: Graph, ancestry: Ancestry, writer: int, tensor: int, replaced: int | None
) -> set[tuple[int, int]]:
    """Every reader of ``tensor`` before ``writer``, which overwrites it (``replaced``: its own in-place input)."""
    name = graph.tensors[tensor].name
    if tensor in graph.outputs:
        raise refused(graph, writer, f"would overwrite the graph output {name}.")
    for reader in graph.readers.get(tensor, ()):
        if reader == writer and tensor != replaced:
            raise refused(graph, writer, f"reads {name} apart from the place where it would overwrite it.")
        if ancestry.precedes(writer, reader):
            later = graph.operators[reader]
            raise refused(graph, writer, f"would overwrite {name}, which {later} reads later.")
    return {(reader, writer) for reader in graph.readers.get(tensor, ()) if reader != writer}


def _values(graph: Graph, zero_copy: frozenset[int], tensors: Collection[int]) -> dict[int, np.ndarray]:
    """For each tensor, which value each element holds: numbers that are equal just where the values must be equal.

    A value is named by the tensor that was really computed and the element of it; zero-copy operators pass names on.
    """

    def own(tensor: int) -> np.ndarray:
        size = graph.tensors[tensor].elements
        return (np.arange(size, dtype=np.int64) + (tensor << 32)).reshape(graph.tensors[tensor].shape)

    values = {t: own(t) for t in tensors if graph.producer.get(t) not in zero_copy}
    for op in (graph.operators[i] for i in sorted(zero_copy)):
        for alias in spec_of(op).aliases(graph, op):
            if alias.part in op.outputs and alias.whole in values:
                values[alias.part] = alias.view(values[alias.whole])
            elif alias.whole in op.outputs and alias.part in values:
                alias.view(values.setdefault(alias.whole, own(alias.whole)))[...] = values[alias.part]
    return values


def _makers(graph: Graph, values: np.ndarray) -> frozenset[int | None]:
    """The operators that made these values; None stands for an input."""
    return frozenset(graph.producer.get(int(t)) for t in np.unique(values >> 32))


def _made_later(ancestry: Ancestry, writer: int, makers: Collection[int | None]) -> bool:
    """Whether all of them are made by the writer itself or by operators that can only run after it."""
    return all(m is not None and (m == writer or ancestry.precedes(writer, m)) for m in makers)


def _read_before(graph: Graph, ancestry: Ancestry, writer: int, tensor: int, replaced: int | None) -> bool:
    """Whether the data alone see to it that nobody reads the tensor once the writer has begun."""
    return tensor not in graph.outputs and all(
        ancestry.precedes(reader, writer) or (reader == writer and tensor == replaced)
        for reader in graph.readers.get(tensor, ())
    )


def _check_acyclic(graph: Graph, before: Collection[tuple[int, int]]) -> None:
    """Refuse decisions that each want to come after the other."""
    if not before:
        return
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
