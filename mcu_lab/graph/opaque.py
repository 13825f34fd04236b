"""Operators that cannot be executed, in a graph that is looked at and planned all the same.

An opaque operator is known to read all of its inputs and to write all of its outputs, and by why no more is known. Its
kind is marked, so that nobody takes it for what its name says; in a file it is the operator that it was.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from types import MappingProxyType

from mcu_lab.graph.ir import OPAQUE, Graph, Operator

_WHY = "why it is opaque"


def with_opaque(graph: Graph, reasons: Mapping[int, str]) -> Graph:
    """The graph with these operators opaque, by id; the same graph when there are none."""
    if not reasons:
        return graph
    return replace(
        graph, operators=tuple(_opaque(op, reasons[op.id]) if op.id in reasons else op for op in graph.operators)
    )


def _opaque(op: Operator, reason: str) -> Operator:
    return replace(op, kind=OPAQUE + op.kind, attrs=MappingProxyType({**op.attrs, _WHY: reason}))


def is_opaque(op: Operator) -> bool:
    return op.kind.startswith(OPAQUE)


def why_opaque(op: Operator) -> str:
    return str(op.attrs.get(_WHY, ""))


def plain_kind(kind: str) -> str:
    """The kind that an operator has in its file."""
    return kind.removeprefix(OPAQUE)


def without_opaque(graph: Graph) -> Graph:
    """The graph as it was."""
    if not any(map(is_opaque, graph.operators)):
        return graph
    return replace(graph, operators=tuple(_plain(op) for op in graph.operators))


def _plain(op: Operator) -> Operator:
    if not is_opaque(op):
        return op
    attrs = MappingProxyType({name: value for name, value in op.attrs.items() if name != _WHY})
    return replace(op, kind=plain_kind(op.kind), attrs=attrs)
