"""Which operator and tensor of one graph is which of another: ids are indices, so a rewrite changes them."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType

from mcu_lab.graph.ir import AttrValue, Graph, Operator, Tensor
from mcu_lab.graph.offline_plan import METADATA_NAME


@dataclass(frozen=True)
class Numbers:
    """Ids of one graph -> ids of another. What the other one does not have is not named."""

    operators: Mapping[int, int]
    tensors: Mapping[int, int]

    @staticmethod
    def same(graph: Graph) -> Numbers:
        """Every id is what it was."""
        return Numbers({op.id: op.id for op in graph.operators}, {t.id: t.id for t in graph.tensors})

    def then(self, other: Numbers) -> Numbers:
        """From the first graph straight to the last."""
        return Numbers(_joined(self.operators, other.operators), _joined(self.tensors, other.tensors))

    def back(self) -> Numbers:
        """The other way round."""
        return Numbers(_turned(self.operators), _turned(self.tensors))


def with_only(graph: Graph, operators: Collection[int], tensors: Collection[int]) -> tuple[Graph, Numbers]:
    """The graph of just these operators and tensors, in their old order, numbered anew.

    ``tensors`` has to hold all that those operators, the graph's inputs, outputs and signatures name. The graph is no
    longer the file's, so it has no sha256; an offline memory plan is dropped, for it counts tensors.
    """
    kept = [op for op in graph.operators if op.id in operators]
    left = [t for t in graph.tensors if t.id in tensors]
    numbers = Numbers({op.id: i for i, op in enumerate(kept)}, {t.id: i for i, t in enumerate(left)})
    made = replace(
        graph,
        tensors=tuple(_renumbered(tensor, i) for i, tensor in enumerate(left)),
        operators=tuple(_operator(op, i, numbers.tensors) for i, op in enumerate(kept)),
        inputs=tuple(numbers.tensors[t] for t in graph.inputs),
        outputs=tuple(numbers.tensors[t] for t in graph.outputs),
        signatures=tuple(
            signature
            if signature.subgraph
            else replace(
                signature,
                inputs=tuple((name, numbers.tensors[t]) for name, t in signature.inputs),
                outputs=tuple((name, numbers.tensors[t]) for name, t in signature.outputs),
            )
            for signature in graph.signatures
        ),
        metadata=MappingProxyType({name: data for name, data in graph.metadata.items() if name != METADATA_NAME}),
        sha256="",
    )
    return made, numbers


def intermediates(op: Operator) -> tuple[int, ...]:
    """Tensors that an operator names beside its inputs and outputs, -1 for an absent one."""
    named = op.attrs.get("intermediates", ())
    return tuple(int(t) for t in named) if isinstance(named, tuple) else ()


def seen_outside(graph: Graph) -> tuple[int, ...]:
    """Tensors that whoever runs the graph names: its inputs and outputs, and those of its signatures."""
    called = (t for s in graph.signatures if not s.subgraph for _, t in (*s.inputs, *s.outputs))
    return (*graph.inputs, *graph.outputs, *called)


def named(graph: Graph, operators: Collection[int]) -> set[int]:
    """Tensors that somebody names: these operators, or whoever runs the graph."""
    kept = [graph.operators[op] for op in operators]
    inside = {t for op in kept for t in (*op.inputs, *op.outputs, *intermediates(op)) if t >= 0}
    return inside.union(seen_outside(graph))


def _renumbered(tensor: Tensor, number: int) -> Tensor:
    return tensor if tensor.id == number else replace(tensor, id=number)


def _operator(op: Operator, number: int, tensors: Mapping[int, int]) -> Operator:
    def new(ids: tuple[int, ...]) -> tuple[int, ...]:
        return tuple(t if t < 0 else tensors[t] for t in ids)

    attrs: Mapping[str, AttrValue] = op.attrs
    if named := intermediates(op):
        attrs = MappingProxyType({**attrs, "intermediates": new(named)})
    return replace(op, id=number, inputs=new(op.inputs), outputs=new(op.outputs), attrs=attrs)


def _joined(first: Mapping[int, int], second: Mapping[int, int]) -> Mapping[int, int]:
    return {old: second[between] for old, between in first.items() if between in second}


def _turned(numbers: Mapping[int, int]) -> Mapping[int, int]:
    return {new: old for old, new in numbers.items()}
