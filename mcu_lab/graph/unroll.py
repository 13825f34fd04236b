"""Loops that run a number of times that is known, and branches whose condition is: their subgraphs take their place.

Converters write a recurrent layer as a WHILE that counts its time steps. How often it runs, and which step it takes out
of its input, follows from constants alone, so that the steps can stand one behind the other like other operators. What
depends on data stays WHILE or IF.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from mcu_lab.graph.ir import Graph, Operator, Tensor
from mcu_lab.graph.known import can_be_known, evaluated
from mcu_lab.graph.state import called_subgraphs, calls_or_handles, without_subgraphs

#: A graph of more operators is not worth having, nor is a count that takes more of them to work out.
MOST_OPERATORS = 10_000
_LOOPS = frozenset({"WHILE", "IF"})
_DEEPEST = 8


class _UnknownError(Exception):
    """A loop or branch depends on data."""


@dataclass(frozen=True, eq=False)
class _Value:
    """What a tensor of a subgraph is in the graph: a tensor there (None: not yet), and its elements where known."""

    tensor: int | None
    known: np.ndarray | None = None


_Names = dict[int, _Value]


def unrolled(graph: Graph) -> Graph:
    """The graph without the loops and branches that can do without; the same graph where there are none."""
    if not any(op.kind in _LOOPS for op in graph.operators):
        return graph
    work = _Unrolling(graph, list(graph.tensors))
    names = {t.id: _value(t, t.id) for t in graph.tensors}
    for op in graph.operators:
        if op.kind not in _LOOPS or not work.tried(op, names):
            work.add(op, names, op.outputs)
    outputs = tuple(work.tensor(names[t]) for t in graph.outputs)
    found = _compact(graph, work, outputs)
    gone = called_subgraphs(graph, graph.operators) - called_subgraphs(found, found.operators)
    return without_subgraphs(found, gone - {s.subgraph for s in graph.signatures})


def _value(tensor: Tensor, name: int) -> _Value:
    return _Value(name, tensor.array if tensor.is_const and can_be_known(tensor) else None)


@dataclass
class _Unrolling:
    """Tensors and operators of the graph to be. Lives only while :func:`unrolled` runs."""

    graph: Graph
    tensors: list[Tensor]
    operators: list[Operator] = field(default_factory=list)
    constants: dict[tuple[int, int], int] = field(default_factory=dict)
    made: dict[tuple[str, tuple[int, ...], bytes], int] = field(default_factory=dict)
    seen: int = 0

    def tried(self, op: Operator, names: _Names) -> bool:
        """Puts a subgraph in the place of ``op``, as often as it runs; nothing is done where that is not known."""
        before = len(self.tensors), len(self.operators), dict(self.constants), dict(self.made)
        try:
            values = self.run(op, names, 0)
        except _UnknownError:
            del self.tensors[before[0] :], self.operators[before[1] :]
            self.constants, self.made = before[2:]
            return False
        self.keep_names(op.outputs, values, before[1])
        names.update(zip(op.outputs, values, strict=True))
        return True

    def keep_names(self, outputs: Sequence[int], values: list[_Value], first: int) -> None:
        """What operators from number ``first`` on make for an output is that output's tensor."""
        own = {t for op in self.operators[first:] for t in op.outputs}
        renamed: dict[int, int] = {}
        for k, (out, value) in enumerate(zip(outputs, values, strict=True)):
            if value.tensor in own and value.tensor not in renamed:
                renamed[value.tensor] = out
            values[k] = _Value(renamed.get(value.tensor, value.tensor), value.known)  # type: ignore[arg-type]
        for n, op in enumerate(self.operators[first:], first):
            inputs, made = (tuple(renamed.get(t, t) for t in ids) for ids in (op.inputs, op.outputs))
            self.operators[n] = replace(op, inputs=inputs, outputs=made)

    def run(self, op: Operator, names: _Names, depth: int) -> list[_Value]:
        """What the outputs of a WHILE or an IF become."""
        if depth > _DEEPEST:
            raise _UnknownError
        given = [names[t] for t in op.inputs if t >= 0]
        if len(given) < len(op.inputs):
            raise _UnknownError
        if op.kind == "IF":
            branch = "then_subgraph_index" if self.decided(given[0]) else "else_subgraph_index"
            return self.inlined(self.called(op, branch), given[1:], len(op.outputs), depth)
        condition, body = self.called(op, "cond_subgraph_index"), self.called(op, "body_subgraph_index")
        while self.decided(self.inlined(condition, given, 1, depth)[0]):
            self.spend()
            given = self.inlined(body, given, len(given), depth)
        if len(given) != len(op.outputs):
            raise _UnknownError
        return given

    def spend(self) -> None:
        self.seen += 1
        if self.seen > MOST_OPERATORS:
            raise _UnknownError

    def decided(self, condition: _Value) -> bool:
        if condition.known is None or condition.known.size != 1:
            raise _UnknownError
        return bool(condition.known.reshape(-1)[0])

    def called(self, op: Operator, attribute: str) -> int:
        index = op.attrs.get(attribute)
        if not isinstance(index, int) or not 0 < index <= len(self.graph.subgraphs):
            raise _UnknownError
        return index

    def inlined(self, index: int, given: Sequence[_Value], outputs: int, depth: int) -> list[_Value]:
        """The operators of a subgraph behind those there are; what its outputs become."""
        subgraph = self.graph.subgraphs[index - 1]
        if (len(given), outputs) != (len(subgraph.inputs), len(subgraph.outputs)):
            raise _UnknownError
        names: _Names = {t.id: self.constant(index, t) for t in subgraph.tensors if t.is_const}
        for t, value in zip(subgraph.inputs, given, strict=True):
            self.meets(subgraph.tensors[t], value)
            names[t] = value
        for op in subgraph.operators:
            self.inline(subgraph, op, names, depth)
        if not all(t in names for t in subgraph.outputs):
            raise _UnknownError
        return [names[t] for t in subgraph.outputs]

    def meets(self, tensor: Tensor, value: _Value) -> None:
        held = value.known if value.tensor is None else self.tensors[value.tensor]
        if held is None or (tuple(held.shape), str(held.dtype)) != (tensor.shape, tensor.dtype):
            raise _UnknownError

    def inline(self, subgraph: Graph, op: Operator, names: _Names, depth: int) -> None:
        given = [t for t in op.inputs if t >= 0]
        if any(t not in names or subgraph.tensors[t].variable for t in given):
            raise _UnknownError
        if op.kind in _LOOPS:
            names.update(zip(op.outputs, self.run(op, names, depth + 1), strict=True))
            return
        self.spend()
        if calls_or_handles(subgraph.tensors, op):
            raise _UnknownError
        known = [names[t].known if t >= 0 else None for t in op.inputs]
        if len(op.outputs) == 1 and known and all(k is not None for k in known):
            value = evaluated(op, known, subgraph.tensors[op.outputs[0]])  # type: ignore[arg-type]
            if value is not None:
                names[op.outputs[0]] = _Value(None, value)
                return
        outputs = tuple(self.new(subgraph.tensors[t]) for t in op.outputs)
        self.add(op, names, outputs)
        names.update((t, _Value(new)) for t, new in zip(op.outputs, outputs, strict=True))

    def add(self, op: Operator, names: Mapping[int, _Value], outputs: tuple[int, ...]) -> None:
        inputs = tuple(self.tensor(names[t]) if t >= 0 else -1 for t in op.inputs)
        self.operators.append(replace(op, id=len(self.operators), inputs=inputs, outputs=outputs))

    def constant(self, index: int, tensor: Tensor) -> _Value:
        """A constant of a subgraph, which all its runs share."""
        key = index, tensor.id
        if key not in self.constants:
            self.constants[key] = self.new(tensor)
        return _value(tensor, self.constants[key])

    def new(self, tensor: Tensor) -> int:
        self.tensors.append(replace(tensor, id=len(self.tensors)))
        return len(self.tensors) - 1

    def tensor(self, value: _Value) -> int:
        """The tensor that holds a value; one that is only known becomes a constant."""
        if value.tensor is not None:
            return value.tensor
        assert value.known is not None
        key = str(value.known.dtype), value.known.shape, value.known.tobytes()
        if key not in self.made:
            self.made[key] = self.new(Tensor(0, f"known {value.known.tolist()}", key[1], key[0], data=key[2]))
        return self.made[key]


def _compact(graph: Graph, work: _Unrolling, outputs: tuple[int, ...]) -> Graph:
    """With those of the new tensors only that somebody uses."""
    used = {*outputs, *(t for op in work.operators for t in (*op.inputs, *op.outputs))}
    kept = [t for t in work.tensors if t.id < len(graph.tensors) or t.id in used]
    place = {t.id: n for n, t in enumerate(kept)} | {-1: -1}
    operators = tuple(
        replace(op, id=n, inputs=tuple(place[t] for t in op.inputs), outputs=tuple(place[t] for t in op.outputs))
        for n, op in enumerate(work.operators)
    )
    tensors = tuple(replace(t, id=n) for n, t in enumerate(kept))
    return replace(graph, tensors=tensors, operators=operators, outputs=tuple(place[t] for t in outputs))
