"""A schedule taken over to another graph: what names something that is still there stays decided.

Rewrites change ids, and one that is taken back brings operators back. What the new graph does not allow is left out,
decision by decision.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Any

from mcu_lab.device.model import Device
from mcu_lab.errors import McuLabError
from mcu_lab.graph.ir import Graph
from mcu_lab.lowering import buffer_names, checked, default_schedule
from mcu_lab.plan.model import Plan
from mcu_lab.rewriting import Numbers
from mcu_lab.schedule.model import ByTiles, Schedule, Stage

#: A buffer is named after a tensor, or an operator where it begins with one of these letters (see ``lower``).
_BUFFER = re.compile(r"([a-z])([0-9]+)(?:\.([0-9]+))?")
_OF_OPERATORS = "as"


def carried(plan: Plan, schedule: Schedule, graph: Graph, numbers: Numbers, device: Device) -> Schedule:
    """``schedule``, of which ``plan`` is made, for ``graph``; ``numbers`` says which of its ids are which.

    Pins stay where there is still such a buffer. Offsets that a search chose stay when things have only gone: buffers
    that live no longer than before lie right where they were.
    """
    new = renumbered(schedule, numbers)
    wanted = replace(new, order=_whole_order(graph, new), offsets=(), pins=())
    bare = _allowed(graph, wanted, device)
    there = buffer_names(graph, bare, device)
    pins, offsets = (tuple(item for item in items if item[0] in there) for items in (new.pins, new.offsets))
    only_gone = (
        bare is wanted
        and len(bare.order) == len(new.order)
        and there <= {_buffer(name, numbers) for name in plan.buffer}
        and sum(len(stage.operators) for stage in schedule.stages) == sum(len(stage.operators) for stage in bare.stages)
        and all(plan.graph.tensors[old].shape == graph.tensors[t].shape for old, t in numbers.tensors.items())
    )
    return replace(bare, offsets=offsets if only_gone else (), pins=pins)


def renumbered(schedule: Schedule, numbers: Numbers) -> Schedule:
    """What ``schedule`` decides of things that are still there, by their new ids. Its order may lack operators."""
    operators, tensors = numbers.operators, numbers.tensors
    return replace(
        schedule,
        order=_new(schedule.order, operators),
        alias=_new(schedule.alias, operators),
        in_place=tuple((operators[op], slot) for op, slot in schedule.in_place if op in operators),
        stages=tuple(stage for old in schedule.stages if (stage := _stage(old, operators)).operators),
        storage=tuple((tensors[t], memory) for t, memory in schedule.storage if t in tensors),
        transfers=tuple(replace(t, tensor=tensors[t.tensor]) for t in schedule.transfers if t.tensor in tensors),
        offsets=tuple(_placed(schedule.offsets, numbers)),
        pins=tuple(_placed(schedule.pins, numbers)),
    )


def _stage(stage: Stage, operators: Mapping[int, int]) -> Stage:
    left = _new(stage.operators, operators)
    if isinstance(stage, ByTiles) and stage.anew != "all":
        return replace(stage, operators=left, anew=_new(stage.anew, operators))
    return replace(stage, operators=left)


def _new(ids: Iterable[int], numbers: Mapping[int, int]) -> tuple[int, ...]:
    return tuple(numbers[i] for i in ids if i in numbers)


def _placed(items: Iterable[tuple[str, int]], numbers: Numbers) -> Iterator[tuple[str, int]]:
    for name, offset in items:
        if new := _buffer(name, numbers):
            yield new, offset


def _buffer(name: str, numbers: Numbers) -> str | None:
    """What a buffer is called now; None when what it was named after is gone."""
    found = _BUFFER.fullmatch(name)
    if found is None:
        return None
    kind, first, second = found.groups()
    of = (numbers.operators if kind in _OF_OPERATORS else numbers.tensors).get(int(first))
    reader = None if second is None else numbers.operators.get(int(second))
    if of is None or (second is not None and reader is None):
        return None
    return f"{kind}{of}" if reader is None else f"{kind}{of}.{reader}"


def _whole_order(graph: Graph, schedule: Schedule) -> tuple[int, ...]:
    """The order with operators that came back, each as soon as it can run, but within no stage."""
    order = list(schedule.order)
    known = frozenset(order)
    inside = {op: frozenset(stage.operators) for stage in schedule.stages for op in stage.operators}
    for op in graph.operators:
        if op.id in known:
            continue
        at = max((order.index(before) + 1 for before in graph.predecessors(op)), default=0)
        while 0 < at < len(order) and order[at] in inside.get(order[at - 1], ()):
            at += 1
        order.insert(at, op.id)
    return tuple(order)


def _allowed(graph: Graph, wanted: Schedule, device: Device) -> Schedule:
    """As many of these decisions as the graph allows. What it does not allow is found by deciding one after another."""
    if _is_allowed(graph, wanted, device):
        return wanted
    found = replace(wanted, alias=(), in_place=(), stages=(), storage=(), transfers=())
    if not _is_allowed(graph, found, device):
        found = replace(found, order=default_schedule(graph).order)
    for name in ("storage", "alias", "in_place", "stages", "transfers"):
        for item in getattr(wanted, name):
            change: dict[str, Any] = {name: (*getattr(found, name), item)}
            more = replace(found, **change)
            found = more if _is_allowed(graph, more, device) else found
    return found


def _is_allowed(graph: Graph, schedule: Schedule, device: Device) -> bool:
    try:
        checked(graph, schedule, device)
    except McuLabError:
        return False
    return True
