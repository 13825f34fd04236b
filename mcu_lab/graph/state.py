"""State from one inference to the next, as tensors of the graph.

A file says it in two ways. Operators such as SVDF are given a *variable tensor* that they change; and a VAR_HANDLE
makes the handle of a *resource variable*, which READ_VARIABLE and ASSIGN_VARIABLE are given, and which a subgraph that
is called once fills. Here both are one thing: a tensor marked ``variable``, which one operator at most writes, as one
of its outputs. Whoever comes before that operator in the graph reads what the last inference left, whoever comes after
it what this one has made. A resource variable takes the id of its handle; the handle, VAR_HANDLE and CALL_ONCE are gone
until the graph is written again.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from types import MappingProxyType

from mcu_lab.graph.ir import ELEMENT_BYTES, AttrValue, Graph, Operator, Signature, Tensor
from mcu_lab.graph.opaque import plain_kind

#: Operator kind -> the input slots of the variable tensors that it changes (each kind's kernel in TFLite).
CHANGED: Mapping[str, tuple[int, ...]] = MappingProxyType(
    {
        "SVDF": (4,), "RNN": (4,), "UNIDIRECTIONAL_SEQUENCE_RNN": (4,),
        "LSTM": (18, 19), "UNIDIRECTIONAL_SEQUENCE_LSTM": (18, 19),
    }
)  # fmt: skip
#: Operators that run another subgraph, which may change state that no tensor of this one shows.
CALLS = frozenset({"CALL", "CALL_ONCE", "IF", "WHILE", "STABLEHLO_COMPOSITE", "STABLEHLO_WHILE"})
_HANDLES = frozenset({"resource", "variant"})
_NAMES = ("container", "shared_name")

_Key = tuple[AttrValue, ...]


class _UnresolvedError(Exception):
    """Why handles stay handles, in a sentence."""


def calls_or_handles(tensors: Sequence[Tensor], op: Operator) -> bool:
    """Whether an operator may touch state that its tensors do not show: it has a handle, or calls a subgraph."""
    return plain_kind(op.kind) in CALLS or any(
        t >= 0 and tensors[t].dtype in _HANDLES for t in (*op.inputs, *op.outputs)
    )


def subgraph_attrs(op: Operator) -> tuple[str, ...]:
    """The attributes that say which subgraphs an operator calls."""
    return tuple(name for name in op.attrs if name == "subgraph" or name.endswith("subgraph_index"))


def with_state(graph: Graph) -> Graph:
    """A graph as a file has it, with its state as tensors. Handles stay where :func:`unresolved` says why."""
    with suppress(_UnresolvedError):
        graph = _resolved(graph)
    return replace(graph, operators=_with_changes(graph))


def unresolved(graph: Graph) -> str:
    """Why a graph still has handles of variables; empty when it has none."""
    try:
        _resolved(graph)
    except _UnresolvedError as reason:
        return str(reason)
    return ""


def _with_changes(graph: Graph) -> tuple[Operator, ...]:
    """The operators, with what they change among their outputs. The first that changes a tensor writes it, no other."""
    written = {*graph.inputs, *graph.producer}
    found = []
    for op in graph.operators:
        slots = (op.inputs[s] for s in CHANGED.get(op.kind, ()) if s < len(op.inputs))
        changed = tuple(t for t in dict.fromkeys(slots) if t >= 0 and graph.tensors[t].variable and t not in written)
        written.update(changed)
        found.append(replace(op, outputs=(*op.outputs, *changed)) if changed else op)
    return tuple(found)


def _resolved(graph: Graph) -> Graph:
    if not any(op.kind == "VAR_HANDLE" for op in graph.operators):
        return graph
    handles = _handles(graph)
    first = {key: min(t for t in handles if handles[t] == key) for key in handles.values()}
    initial, called = _initial(graph)
    tensors = list(graph.tensors)
    operators = []
    for op in graph.operators:
        if op.kind in ("READ_VARIABLE", "ASSIGN_VARIABLE") and op.inputs and op.inputs[0] in handles:
            key = handles[op.inputs[0]]
            state = first[key]
            value = op.outputs[0] if op.kind == "READ_VARIABLE" else op.inputs[1]
            tensors[state] = _state(tensors[state], graph.tensors[value], initial.get(key))
            named = MappingProxyType({**op.attrs, **dict(zip(_NAMES, key, strict=True))})
            ends = ((state,), op.outputs) if op.kind == "READ_VARIABLE" else ((value,), (state,))
            operators.append(replace(op, inputs=ends[0], outputs=ends[1], attrs=named))
        elif op.kind not in ("VAR_HANDLE", "CALL_ONCE"):
            operators.append(op)
    assigned = [op.outputs[0] for op in operators if op.kind == "ASSIGN_VARIABLE"]
    if twice := [t for t in assigned if assigned.count(t) > 1]:
        raise _UnresolvedError(f"the variable {tensors[twice[0]].name!r} is assigned more than once.")
    resolved = replace(
        graph, tensors=tuple(tensors), operators=tuple(replace(op, id=i) for i, op in enumerate(operators))
    )
    return without_subgraphs(resolved, called)


def _handles(graph: Graph) -> dict[int, _Key]:
    """Handle -> the name of its variable. Every use of one must be known."""
    made = [op for op in graph.operators if op.kind == "VAR_HANDLE"]
    handles = {op.outputs[0]: tuple(op.attrs.get(n, "") for n in _NAMES) for op in made if len(op.outputs) == 1}
    if len(handles) < len(made) or any(op.inputs for op in made):
        raise _UnresolvedError("a VAR_HANDLE has one output and no input.")
    if ends := handles.keys() & {*graph.inputs, *graph.outputs}:
        raise _UnresolvedError(f"the handle {graph.tensors[min(ends)].name!r} goes in or out.")
    for op in graph.operators:
        if op.kind == "VAR_HANDLE" or handles.keys().isdisjoint(op.inputs):
            continue
        shape = {"READ_VARIABLE": (1, 1), "ASSIGN_VARIABLE": (2, 0)}.get(op.kind)
        only = sum(t in handles for t in op.inputs) == 1 and op.inputs[0] in handles
        if shape != (len(op.inputs), len(op.outputs)) or not only or min(op.inputs) < 0:
            raise _UnresolvedError(f"the handle of a variable goes to {op}, which can do anything to it.")
    called = called_subgraphs(graph, [op for op in graph.operators if op.kind != "CALL_ONCE"])
    if any(op.kind == "VAR_HANDLE" for i in called for op in graph.subgraphs[i - 1].operators):
        raise _UnresolvedError("a subgraph that is called in every inference uses variables too.")
    return handles


def called_subgraphs(graph: Graph, operators: Sequence[Operator]) -> set[int]:
    """Indices of the subgraphs that operators call, and those that these call. 0 is the graph itself."""
    found: set[int] = set()
    agenda = list(operators)
    while agenda:
        op = agenda.pop()
        for name in subgraph_attrs(op):
            index = op.attrs[name]
            if isinstance(index, int) and 0 < index <= len(graph.subgraphs) and index not in found:
                found.add(index)
                agenda += graph.subgraphs[index - 1].operators
    return found


def _state(handle: Tensor, value: Tensor, initial: Tensor | None) -> Tensor:
    """The tensor of a variable: what its handle is called, in the shape of what is read from it or assigned to it."""
    for other in (initial or value, handle if handle.variable else value):
        if (other.shape, other.dtype) != (value.shape, value.dtype):
            held = f"{other.dtype} {list(other.shape)} and {value.dtype} {list(value.shape)}"
            raise _UnresolvedError(f"the variable {handle.name!r} holds {held}.")
    if value.dtype not in ELEMENT_BYTES:
        raise _UnresolvedError(f"the variable {handle.name!r} holds {value.dtype}, whose elements have no fixed size.")
    if handle.variable:
        return handle
    start = initial.data if initial else None
    return Tensor(handle.id, handle.name, value.shape, value.dtype, value.quant, variable=True, initial=start)


def _initial(graph: Graph) -> tuple[dict[_Key, Tensor], set[int]]:
    """Variable -> the constant that it starts with, and the indices of the subgraphs that say so."""
    found: dict[_Key, Tensor] = {}
    called: set[int] = set()
    used = False
    for op in graph.operators:
        used |= op.kind in ("READ_VARIABLE", "ASSIGN_VARIABLE")
        if op.kind != "CALL_ONCE":
            continue
        index = op.attrs.get("init_subgraph_index", 0)
        if not isinstance(index, int) or not 0 < index <= len(graph.subgraphs):
            raise _UnresolvedError(f"{op} calls subgraph {index!r}, which there is not.")
        if used:
            raise _UnresolvedError(f"{op} comes after a variable has been used.")
        if index not in called:
            called.add(index)
            found |= dict(_assigned(graph.subgraphs[index - 1], index))
    everyone = (*graph.operators, *(op for s in graph.subgraphs for op in s.operators))
    others = called_subgraphs(graph, [op for op in everyone if op.kind != "CALL_ONCE"])
    others |= {s.subgraph for s in graph.signatures}
    if shared := called & others:
        raise _UnresolvedError(
            f"subgraph {min(shared)} sets variables when it is called once, and is called elsewhere."
        )
    return found, called


def _assigned(subgraph: Graph, index: int) -> Iterator[tuple[_Key, Tensor]]:
    handles: dict[int, _Key] = {}
    for op in subgraph.operators:
        if op.kind == "VAR_HANDLE" and len(op.outputs) == 1:
            handles[op.outputs[0]] = tuple(op.attrs.get(n, "") for n in _NAMES)
        elif op.kind == "ASSIGN_VARIABLE" and len(op.inputs) == 2 and op.inputs[0] in handles and op.inputs[1] >= 0:
            value = subgraph.tensors[op.inputs[1]]
            if not value.is_const:
                raise _UnresolvedError(f"subgraph {index}, called once, assigns what it computes; it must be constant.")
            yield handles[op.inputs[0]], value
        else:
            raise _UnresolvedError(f"subgraph {index}, called once, runs {op}; it may only assign constants.")


def without_subgraphs(graph: Graph, gone: set[int]) -> Graph:
    """Without these subgraphs; whoever calls another one finds it under its new index."""
    left = [i for i in range(len(graph.subgraphs) + 1) if i not in gone]
    place = {index: new for new, index in enumerate(left)}

    def moved(op: Operator) -> Operator:
        named = {name: op.attrs[name] for name in subgraph_attrs(op)}
        new = {name: place[index] for name, index in named.items() if isinstance(index, int) and index in place}
        return replace(op, attrs=MappingProxyType({**op.attrs, **new})) if new else op

    subgraphs = tuple(graph.subgraphs[i - 1] for i in left if i)
    return replace(
        graph,
        operators=tuple(map(moved, graph.operators)),
        subgraphs=tuple(replace(s, operators=tuple(map(moved, s.operators))) for s in subgraphs),
        signatures=tuple(Signature(s.key, s.inputs, s.outputs, place[s.subgraph]) for s in graph.signatures),
    )


def without_state(graph: Graph) -> Graph:
    """The graph as a file has it: the inverse of :func:`with_state`."""
    keys: dict[int, _Key] = {}
    operators = []
    for op in graph.operators:
        if set(_NAMES) <= op.attrs.keys() and op.kind in ("READ_VARIABLE", "ASSIGN_VARIABLE"):
            state = op.inputs[0] if op.kind == "READ_VARIABLE" else op.outputs[0]
            keys[state] = tuple(op.attrs[n] for n in _NAMES)
            attrs = MappingProxyType({n: v for n, v in op.attrs.items() if n not in _NAMES})
            ends = ((state,), op.outputs) if op.kind == "READ_VARIABLE" else ((state, op.inputs[0]), ())
            operators.append(replace(op, inputs=ends[0], outputs=ends[1], attrs=attrs))
        else:
            changed = {op.inputs[s] for s in CHANGED.get(op.kind, ()) if s < len(op.inputs)}
            operators.append(replace(op, outputs=tuple(t for t in op.outputs if t not in changed)))
    if not keys:
        return replace(graph, operators=tuple(operators))
    filled = {t: key for t, key in keys.items() if graph.tensors[t].initial is not None}
    ahead = [_made_handle(t, key) for t, key in sorted(keys.items())]
    subgraphs = graph.subgraphs
    if filled:
        attrs = MappingProxyType({"init_subgraph_index": 1 + len(subgraphs)})
        ahead.insert(0, Operator(0, "CALL_ONCE", (), (), attrs))
        subgraphs = (*subgraphs, _filling(graph, filled))
    tensors = [_handle(t) if t.id in keys else t for t in graph.tensors]
    numbered = tuple(replace(op, id=i) for i, op in enumerate((*ahead, *operators)))
    return replace(graph, tensors=tuple(tensors), operators=numbered, subgraphs=subgraphs)


def _handle(state: Tensor) -> Tensor:
    return Tensor(state.id, state.name, (), "resource")


def _made_handle(tensor: int, key: _Key) -> Operator:
    return Operator(0, "VAR_HANDLE", (), (tensor,), MappingProxyType(dict(zip(_NAMES, key, strict=True))))


def _filling(graph: Graph, keys: Mapping[int, _Key]) -> Graph:
    """The subgraph that gives variables what they start with."""
    tensors: list[Tensor] = []
    operators: list[Operator] = []
    for state, key in sorted(keys.items()):
        held, at = graph.tensors[state], len(tensors)
        tensors += [
            replace(_handle(held), id=at),
            replace(held, id=at + 1, data=held.initial, variable=False, initial=None),
        ]
        operators += [_made_handle(at, key), Operator(0, "ASSIGN_VARIABLE", (at, at + 1), ())]
    numbered = tuple(replace(op, id=i) for i, op in enumerate(operators))
    return Graph("initial", tuple(tensors), numbered, (), ())
