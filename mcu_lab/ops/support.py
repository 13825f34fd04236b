"""What of a graph cannot be executed, and why: all of it at once."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

import numpy as np

from mcu_lab.errors import UnsupportedError
from mcu_lab.graph.box import Box
from mcu_lab.graph.ir import ELEMENT_BYTES, Graph, Operator
from mcu_lab.graph.opaque import is_opaque, plain_kind, why_opaque, with_opaque
from mcu_lab.graph.remembered import remembered
from mcu_lab.graph.state import calls_or_handles, unresolved
from mcu_lab.ops.registry import SPECS
from mcu_lab.ops.soundness import tensor_reasons
from mcu_lab.ops.spec import Region

#: Operators that are gone, or have no handle, once a graph has its state as tensors.
_OF_HANDLES = frozenset({"VAR_HANDLE", "READ_VARIABLE", "ASSIGN_VARIABLE", "CALL_ONCE"})
#: What is larger is no shape, and not worth knowing before the graph runs.
MOST_SHAPE_ELEMENTS = 16


@dataclass(frozen=True, slots=True)
class Unsupported:
    """One reason why a graph cannot be executed. ``op`` and ``kind`` are None and "" for the graph as a whole."""

    op: int | None
    kind: str
    reason: str

    def __str__(self) -> str:
        return self.reason if self.op is None else f"op{self.op} {self.kind}: {self.reason}"


@remembered()
def problems(graph: Graph) -> tuple[Unsupported, ...]:
    """Everything in the graph that cannot be executed, all at once; empty when all of it can. Never raises."""
    found: list[Unsupported] = []
    known: dict[int, np.ndarray] = {}
    there = _there(graph)
    for op in graph.operators:
        opaque = (why_opaque(op),) if is_opaque(op) else ()
        reasons = opaque or _missing(graph, op.inputs, there) or _reasons(graph, op) or _shape_reasons(graph, op, known)
        found += [Unsupported(op.id, plain_kind(op.kind), reason) for reason in reasons]
        if not reasons:
            known |= _values_before_running(graph, op, known)
    found += [Unsupported(None, "", reason) for reason in _missing(graph, graph.outputs, there)]
    ends = (graph.tensors[t] for t in dict.fromkeys((*graph.inputs, *graph.outputs)))
    found += [
        Unsupported(
            None, "", f"{t.name!r} goes in or out and is {t.dtype}; its elements have no fixed number of bytes."
        )
        for t in ends
        if t.dtype not in ELEMENT_BYTES
    ]
    found += [Unsupported(None, "", reason) for t in graph.states for reason in _state_reasons(graph, t)]
    return tuple(found)


def drawn(graph: Graph) -> Graph:
    """The graph to look at and to plan: what of it cannot be executed is opaque. The same graph when all of it can.

    Operators that make nothing, or read what is not there, are left as they are: they have no place in a plan.
    """
    there = _there(graph)
    reasons: dict[int, list[str]] = {}
    for found in problems(graph):
        op = None if found.op is None else graph.operators[found.op]
        if op is not None and not is_opaque(op) and op.outputs and not _missing(graph, op.inputs, there):
            reasons.setdefault(op.id, []).append(found.reason)
    return with_opaque(graph, {op: " ".join(whys) for op, whys in reasons.items()})


def require_planned(graph: Graph) -> None:
    """Raises UnsupportedError for all that keeps a graph from being planned: what is opaque does not."""
    found = [f for f in problems(graph) if f.op is None or not is_opaque(graph.operators[f.op])]
    if found:
        raise UnsupportedError("; ".join(str(f) for f in found), where=graph.name)


def require_supported(graph: Graph) -> None:
    """Raises UnsupportedError that lists everything :func:`problems` finds."""
    found = problems(graph)
    if found:
        raise UnsupportedError("; ".join(str(f) for f in found), where=graph.name)


def _values_before_running(graph: Graph, op: Operator, known: Mapping[int, np.ndarray]) -> dict[int, np.ndarray]:
    """Outputs that follow from shapes and constants alone: arithmetic on shapes, as converters leave it behind."""
    outputs = [graph.tensors[t] for t in op.outputs]
    if any(t.dtype != "int32" or t.elements > MOST_SHAPE_ELEMENTS for t in outputs):
        return {}
    writes = tuple(Box.full(t.shape) for t in outputs)
    regions: list[Region | None] = []
    for t, box in zip(op.inputs, SPECS[op.kind].needs(graph, op, writes, None), strict=True):
        value = _value_of(graph, t, known) if box is not None else None
        if box is not None and value is None:
            return {}
        regions.append(None if value is None else Region(Box.full(value.shape), value))
    made = SPECS[op.kind].compute(graph, op, writes, tuple(regions))
    return {t: value for t, value in zip(op.outputs, made, strict=True) if value is not None}


def _value_of(graph: Graph, tensor: int, known: Mapping[int, np.ndarray]) -> np.ndarray | None:
    return graph.tensors[tensor].array if graph.tensors[tensor].is_const else known.get(tensor)


def _shape_reasons(graph: Graph, op: Operator, known: Mapping[int, np.ndarray]) -> tuple[str, ...]:
    """Why an output may not have the shape stored in the file, for operators that are given it as an input."""
    slot = SPECS[op.kind].shape_slot
    if slot is None or slot >= len(op.inputs) or op.inputs[slot] < 0:
        return ()
    tensor, out = graph.tensors[op.inputs[slot]], graph.tensors[op.outputs[0]]
    value = _value_of(graph, tensor.id, known)
    if value is None:
        return (f"{tensor.name!r}, which decides the output's shape, depends on data.",)
    dims = value.reshape(-1).tolist()
    if len(dims) != len(out.shape) or any(n not in (-1, stored) for n, stored in zip(dims, out.shape, strict=True)):
        return (f"{tensor.name!r} is {dims}, but the output tensor has shape {list(out.shape)}.",)
    return ()


def _there(graph: Graph) -> frozenset[int]:
    """Tensors that hold something, now or later."""
    return frozenset({t.id for t in graph.tensors if t.is_const or t.variable}.union(graph.inputs, graph.producer))


def _missing(graph: Graph, tensors: Iterable[int], there: Collection[int]) -> tuple[str, ...]:
    """What of these tensors holds nothing: no constant, no input, and made by nobody."""
    lost = (t for t in dict.fromkeys(tensors) if t >= 0 and t not in there)
    return tuple(f"{graph.tensors[t].name!r} is no input, holds no constant, and nobody makes it." for t in lost)


def _state_reasons(graph: Graph, tensor: int) -> tuple[str, ...]:
    """Why a tensor cannot live from one inference to the next."""
    state = graph.tensors[tensor]
    if state.dtype not in ELEMENT_BYTES:
        return (f"{state.name!r} is a variable of {state.dtype}; its elements have no fixed number of bytes.",)
    if state.initial is not None and len(state.initial) != state.bytes:
        return (f"{state.name!r} is a variable of {state.bytes} bytes, but starts with {len(state.initial)}.",)
    reasons = tensor_reasons(state)
    return (*reasons, f"{state.name!r} is a variable and goes in.") if tensor in graph.inputs else reasons


@remembered()
def _unresolved(graph: Graph) -> str:
    return unresolved(graph)


def _reasons(graph: Graph, op: Operator) -> tuple[str, ...]:
    if op.kind in _OF_HANDLES and calls_or_handles(graph.tensors, op):
        return (_unresolved(graph) or "its handle is none of a variable.",)
    spec = SPECS.get(op.kind)
    if spec is None:
        return ("this operator is not supported.",)
    tensors = [graph.tensors[t] for t in (*op.inputs, *op.outputs) if t >= 0]
    wrong = [
        f"{t.name!r} is {t.dtype}; supported are {', '.join(spec.dtypes)}."
        for t in tensors
        if not t.is_const and t.dtype not in spec.dtypes
    ]
    wrong += [reason for t in dict.fromkeys(tensors) for reason in tensor_reasons(t)]
    if not op.outputs:
        wrong.append("it has no outputs.")
    # What an operator says of its limits presumes sound tensors of dtypes it knows.
    return tuple(wrong) or spec.limits(graph, op)
