"""Which tensors share storage, and where each lies in it: the consequences of aliasing and in-place decisions.

The same function serves lowering, the searches and the editor, so that there is one answer to "is this legal".
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

import numpy as np

from mcu_lab.errors import ScheduleError
from mcu_lab.graph.box import Box
from mcu_lab.graph.ir import Graph
from mcu_lab.graph.remembered import remembered
from mcu_lab.limits import SHARED_ELEMENTS
from mcu_lab.lowering.ancestry import ancestry_of
from mcu_lab.lowering.folding import check_foldable, folded_layout, folded_numbers, inside_border, leaves_border
from mcu_lab.lowering.overwriting import check_acyclic, order_constraints
from mcu_lab.lowering.refusal import refused
from mcu_lab.ops import spec_of
from mcu_lab.ops.spec import Alias
from mcu_lab.plan.address import Layout, affine_layout, dense_strides
from mcu_lab.stopping import look_up


@dataclass(frozen=True)
class Groups:
    """Where every activation lies.

    root    activation -> the tensor whose buffer holds it (itself when it shares nothing).
    layout  activation -> origin and strides of the whole tensor in that buffer, in elements.
    before  (reader, writer): the reader has to run before the writer, which overwrites what it reads.
    held    of tensors that do not lie there whole (behind a PAD that writes nothing): the box that does.
    """

    root: Mapping[int, int]
    layout: Mapping[int, Layout]
    before: tuple[tuple[int, int], ...]
    held: Mapping[int, Box] = field(default_factory=lambda: MappingProxyType({}))


def groups(graph: Graph, alias: Collection[int] = (), in_place: Collection[tuple[int, int]] = ()) -> Groups:
    """Storage groups for these decisions. Raises ScheduleError naming the operator whose decision cannot hold.

    ``alias`` holds ids of operators that move no byte; ``in_place`` pairs (operator id, input slot). A resident
    graph input may be overwritten once nobody reads it any more; graph outputs may not. What is read from state may lie
    where the state does, and what is assigned to it may be made there; nothing else may (:func:`order_constraints`).
    """
    root = {t: t for t in graph.activations}
    layout = {t: Layout(0, dense_strides(graph.tensors[t].shape)) for t in graph.activations}
    sharing = _sharing(graph, frozenset(alias), frozenset(in_place))
    return Groups(
        MappingProxyType(root | sharing.root),
        MappingProxyType(layout | sharing.layout),
        tuple(sorted(sharing.before)),
        MappingProxyType(sharing.held),
    )


def candidates(graph: Graph) -> tuple[tuple[int, ...], tuple[tuple[int, int], ...]]:
    """(ids of operators that could be zero-copy, (operator id, slot) that could be in place), each legal by itself.

    Not every combination is legal: two decisions may want one tensor in two places. :func:`groups` tells.
    """

    def legal(alias: tuple[int, ...], in_place: tuple[tuple[int, int], ...]) -> bool:
        try:
            _sharing(graph, frozenset(alias), frozenset(in_place))
        except ScheduleError:
            return False
        return True

    specs = [(op, spec_of(op)) for op in graph.operators]
    pairs = [(op.id, slot) for op, spec in specs for slot in spec.in_place(graph, op)]
    return (
        tuple(op.id for op, spec in specs if spec.aliases(graph, op) and legal((op.id,), ())),
        tuple(pair for pair in pairs if legal((), (pair,))),
    )


@dataclass(frozen=True)
class _Sharing:
    """Root and layout of just the tensors that share storage, and the order that keeps them right."""

    root: dict[int, int]
    layout: dict[int, Layout]
    before: set[tuple[int, int]]
    held: dict[int, Box]


def _sharing(graph: Graph, zero_copy: frozenset[int], in_place: frozenset[tuple[int, int]]) -> _Sharing:
    links = [link for op in sorted(zero_copy) for link in _alias_links(graph, op)]
    slots = dict(sorted(in_place))
    for op, slot in sorted(in_place):
        if op in zero_copy or slots[op] != slot:
            raise refused(graph, op, "cannot share its output's storage in two ways.")
        links.append(_in_place_link(graph, op, slot))
    found = _Sharing({}, {}, set(), {})
    for component in _components(links):
        ops = {link.op for link in component}
        there = tuple((op, slots[op]) for op in sorted(ops - zero_copy))
        part = _shared_in(graph, tuple(sorted(ops & zero_copy)), there)
        found.root.update(part.root)
        found.layout.update(part.layout)
        found.before.update(part.before)
        found.held.update(part.held)
    check_acyclic(graph, found.before)
    return found


@remembered(most=1024)
def _shared_in(graph: Graph, zero_copy: tuple[int, ...], in_place: tuple[tuple[int, int], ...]) -> _Sharing:
    """What these decisions, which hang together by their tensors, come to. Others do not matter, but for the order."""
    look_up()
    component = [link for op in zero_copy for link in _alias_links(graph, op)]
    component += [_in_place_link(graph, op, slot) for op, slot in in_place]
    members = {t for link in component for t in (link.alias.part, link.alias.whole)}
    elements = sum(graph.tensors[t].elements for t in members)
    where = f"operator {component[0].op}"
    SHARED_ELEMENTS.allow(elements, "sharing the storage of its tensors", where=where, error=ScheduleError)
    top, numbers = _place(graph, component)
    layout = {t: _checked_layout(graph, component, t, top, numbers[t]) for t in numbers}
    root = dict.fromkeys(numbers, top)
    before = order_constraints(graph, frozenset(zero_copy), dict(in_place), top, numbers, ancestry_of(graph))
    held = {link.alias.whole: inside_border(graph, link.alias) for link in component if link.folded}
    return _Sharing(root, layout, before, held)


@dataclass(frozen=True)
class _Link:
    """One sharing of storage and the operator that asks for it; ``folded``: the whole's border lies nowhere."""

    op: int
    alias: Alias
    folded: bool = False


@remembered(most=1024)
def _alias_links(graph: Graph, op_id: int) -> list[_Link]:
    if not 0 <= op_id < len(graph.operators):
        raise ScheduleError(f"alias names operator {op_id}, but there are {len(graph.operators)} operators.")
    op = graph.operators[op_id]
    aliases = spec_of(op).aliases(graph, op)
    if not aliases:
        raise refused(graph, op_id, "has to move bytes; it has no zero-copy form.")
    for found in aliases:
        _check_sharable(graph, op_id, found.part, found.whole)
        _check_state(graph, op_id, found)
    linked = {t for found in aliases for t in (found.part, found.whole)}
    for tensor in op.outputs:
        if tensor not in linked:
            raise refused(graph, op_id, f"has no zero-copy form for its output {graph.tensors[tensor].name}.")
    folded = leaves_border(graph, op)
    for found in aliases if folded else ():
        check_foldable(graph, op_id, found)
    return [_Link(op_id, found, folded) for found in aliases]


def _in_place_link(graph: Graph, op_id: int, slot: int) -> _Link:
    if not 0 <= op_id < len(graph.operators):
        raise ScheduleError(f"in_place names operator {op_id}, but there are {len(graph.operators)} operators.")
    op = graph.operators[op_id]
    if slot not in spec_of(op).in_place(graph, op):
        raise refused(graph, op_id, f"cannot write its output over input slot {slot}.")
    source, target = op.inputs[slot], op.outputs[0]
    _check_sharable(graph, op_id, target, source)
    if graph.tensors[source].variable or graph.tensors[target].variable:
        raise refused(graph, op_id, "cannot write over state, or its state over another tensor.")
    if graph.tensors[source].shape != graph.tensors[target].shape:
        raise refused(graph, op_id, f"broadcasts input slot {slot}: its output does not fit in that input's place.")
    return _Link(op_id, Alias(target, source, lambda array: array))


def _check_sharable(graph: Graph, op: int, *tensors: int) -> None:
    for tensor in (graph.tensors[t] for t in tensors):
        if tensor.is_const:
            raise refused(graph, op, f"would share storage with the constant {tensor.name}, which stays in flash.")
    if len({graph.tensors[t].element_bytes for t in tensors}) > 1:
        raise refused(graph, op, "would share storage between elements of different size.")


def _check_state(graph: Graph, op_id: int, alias: Alias) -> None:
    """Only what an operator reads from a state that is as it was, or assigns to one, can lie there."""
    part, whole = graph.tensors[alias.part], graph.tensors[alias.whole]
    for state in (t for t in (part, whole) if t.variable):
        read = state is whole and not part.variable and graph.producer.get(state.id, op_id) >= op_id
        assigned = state is part and not whole.variable and graph.producer.get(state.id) == op_id
        if not read and not assigned:
            raise refused(graph, op_id, f"would share storage with {state.name}, the state of another inference.")


def _components(links: Iterable[_Link]) -> list[list[_Link]]:
    """Links that hang together by a tensor, each component in the order given."""
    parent: dict[int, int] = {}

    def find(tensor: int) -> int:
        while parent.setdefault(tensor, tensor) != tensor:
            parent[tensor] = tensor = parent[parent[tensor]]
        return tensor

    links = list(links)
    for link in links:
        parent[find(link.alias.part)] = find(link.alias.whole)
    found: dict[int, list[_Link]] = {}
    for link in links:
        found.setdefault(find(link.alias.part), []).append(link)
    return list(found.values())


def _place(graph: Graph, links: list[_Link]) -> tuple[int, dict[int, np.ndarray]]:
    """The largest tensor of a component (of several the first one made), and each tensor's element numbers in it.

    A part follows from its whole; a whole follows from its parts once they fill it, so that chains such as
    SPLIT -> ADD in place -> CONCATENATION close. What neither reaches, or reaches at two places, is refused.
    A whole with a border that lies nowhere follows from its part alone, and nothing follows from it.
    """
    bordered = {link.alias.whole for link in links if link.folded}
    members = {t for link in links for t in (link.alias.whole, link.alias.part)} - bordered
    states = [t for t in members if graph.tensors[t].variable]
    if len(states) > 1 or any(t in graph.inputs for t in members if states):
        name = graph.tensors[states[0]].name
        raise refused(graph, links[0].op, f"would make {name}, a state, lie where another state or an input does.")
    # State stays where it is, and is all that its buffer holds.
    top = min(states or members, key=lambda t: (-graph.tensors[t].elements, graph.producer.get(t, -1), t))
    indices = {top: np.arange(graph.tensors[top].elements, dtype=np.int64).reshape(graph.tensors[top].shape)}
    of_whole: dict[int, list[_Link]] = {}
    of_part: dict[int, list[_Link]] = {}
    for link in links:
        if not link.folded and bordered & {link.alias.whole, link.alias.part}:
            raise _two_places(graph, link.op, link.alias.part)
        if not link.folded:
            of_whole.setdefault(link.alias.whole, []).append(link)
            of_part.setdefault(link.alias.part, []).append(link)

    agenda = [top]
    while agenda:
        tensor = agenda.pop()
        for link in of_whole.get(tensor, ()):
            part, numbers = link.alias.part, link.alias.view(indices[tensor])
            if part not in indices:
                indices[part] = numbers
                agenda.append(part)
            elif not np.array_equal(indices[part], numbers):
                raise _two_places(graph, link.op, part)
        for link in of_part.get(tensor, ()):
            whole = link.alias.whole
            if whole in indices:
                if not np.array_equal(link.alias.view(indices[whole]), indices[tensor]):
                    raise _two_places(graph, link.op, tensor)
                continue
            numbers = np.full(graph.tensors[whole].shape, -1, dtype=np.int64)
            for sibling in of_whole[whole]:
                if sibling.alias.part in indices:
                    sibling.alias.view(numbers)[...] = indices[sibling.alias.part]
            if (numbers >= 0).all() and np.unique(numbers).size == numbers.size:
                indices[whole] = numbers
                agenda.append(whole)
    for link in links:
        if link.folded and link.alias.part in indices:
            indices[link.alias.whole] = folded_numbers(graph, link.alias, indices[link.alias.part])
        if link.alias.whole not in indices or link.alias.part not in indices:
            raise _two_places(graph, link.op, link.alias.part)
    return top, indices


def _two_places(graph: Graph, op: int, tensor: int) -> ScheduleError:
    return refused(
        graph,
        op,
        f"needs {graph.tensors[tensor].name} in two places at once.",
        "Leave out this decision or the other one on that tensor.",
    )


def _checked_layout(graph: Graph, links: list[_Link], tensor: int, top: int, numbers: np.ndarray) -> Layout:
    link = next(link for link in links if tensor in (link.alias.part, link.alias.whole))
    op, name = link.op, graph.tensors[tensor].name
    bordered = link.folded and tensor == link.alias.whole
    layout = folded_layout(graph, link.alias, link.alias.view(numbers)) if bordered else affine_layout(numbers)
    if layout is None:
        raise refused(graph, op, f"cannot leave {name} where it is: no origin and strides describe it there.")
    if tensor in (*graph.inputs, *graph.outputs):
        role = "input" if tensor in graph.inputs else "output"
        if layout != Layout(0, dense_strides(numbers.shape)) or numbers.size != graph.tensors[top].elements:
            raise refused(graph, op, f"would bury the graph {role} {name} inside {graph.tensors[top].name}.")
    return layout
