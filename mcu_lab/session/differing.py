"""What is decided differently in two plans of one model, in sentences."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TypeVar

from mcu_lab.graph.ir import Graph
from mcu_lab.plan.model import Plan
from mcu_lab.rewriting import numbers_of
from mcu_lab.schedule.model import Schedule, Stage, Transfer
from mcu_lab.session.carrying import renumbered
from mcu_lab.session.decisions import Decisions, named
from mcu_lab.view.words import bytes_words, counted, listed, short_name, stage_words

K = TypeVar("K")
V = TypeVar("V")

#: Of a kind of difference no more than this are named; the others are counted.
MOST_NAMED = 3


def decided(base: Graph, plan: Plan, before: Decisions, after: Decisions) -> tuple[str, ...]:
    """What is decided differently in ``after``: board, graph, input, order, stages, sharing, storage, transfers, pins,
    placement.

    ``plan`` is any plan of the graph of ``after``; it gives things their names. ``base`` is the file's graph.
    """
    said = []
    if before.device != after.device:
        said.append(f"Board: {after.device.name} instead of {before.device.name}.")
    said += [f"New rewrite: {r.label}." for r in after.rewrites if r not in before.rewrites]
    said += [f"No longer: {r.label}." for r in before.rewrites if r not in after.rewrites]
    old, new = before.schedule, after.schedule
    if before.rewrites != after.rewrites:
        old = renumbered(old, numbers_of(base, before.rewrites, after.rewrites))
    if old.inputs != new.inputs:
        said.append(f"Input: {new.inputs} instead of {old.inputs}.")
    said += _order(plan, old.order, new.order)
    said += _stages(plan, old, new)
    said += _sharing(plan, old, new)
    said += _storage(plan, old, new)
    said += _transfers(plan, old, new)
    said += _pins(old, new)
    if old.offsets != new.offsets:
        said.append(f"Placement: {_placed(old, new)}.")
    return tuple(said)


def _placed(before: Schedule, after: Schedule) -> str:
    if not after.offsets:
        return "first fit instead of a search"
    return "other offsets of a search" if before.offsets else "a search instead of first fit"


def moved(before: Sequence[int], after: Sequence[int]) -> tuple[int, ...]:
    """The fewest items that have to move to make ``after`` of ``before``; in the order of ``after``.

    Of what both have, all but a longest increasing subsequence of old places.
    """
    place = {item: i for i, item in enumerate(before)}
    after = [item for item in after if item in place]
    tails: list[int] = []
    ends: list[int] = []
    previous: list[int | None] = []
    for i, item in enumerate(after):
        at = bisect_left(tails, place[item])
        tails[at:], ends[at:] = [place[item], *tails[at + 1 :]], [i, *ends[at + 1 :]]
        previous.append(ends[at - 1] if at else None)
    stay = set()
    last = ends[-1] if ends else None
    while last is not None:
        stay.add(last)
        last = previous[last]
    return tuple(item for i, item in enumerate(after) if i not in stay)


def _order(plan: Plan, before: Sequence[int], after: Sequence[int]) -> list[str]:
    there = {op: i for i, op in enumerate(before)}
    here = {op: i for i, op in enumerate(after)}
    ways = [f"{named(plan, op)} at {here[op]} instead of {there[op]}" for op in moved(before, after)]
    return [f"Order: {_some(ways)}."] if ways else []


def _stages(plan: Plan, before: Schedule, after: Schedule) -> list[str]:
    old = {frozenset(s.operators): s for s in before.stages}
    new = {frozenset(s.operators): s for s in after.stages}
    changed = [(old[ops], stage) for ops, stage in new.items() if ops in old and old[ops] != stage]
    said = [
        f"Stage {_reach(plan, after, stage)}: {stage_words(stage)} instead of {stage_words(was)}."
        for was, stage in changed
    ]
    made = [f"{_reach(plan, after, s)}: {stage_words(s)}" for ops, s in new.items() if ops not in old]
    gone = [_reach(plan, before, s) for ops, s in old.items() if ops not in new]
    said += [f"New stage: {words}." for words in made[:MOST_NAMED]]
    if len(made) > MOST_NAMED:
        said.append(f"{counted(len(made) - MOST_NAMED, 'more new stage')}.")
    return said + ([f"No longer a stage: {_some(gone)}."] if gone else [])


def _sharing(plan: Plan, before: Schedule, after: Schedule) -> list[str]:
    old, new = dict(before.in_place), dict(after.in_place)
    facts = [
        ("Move no byte now", sorted(set(after.alias) - set(before.alias))),
        ("Copy again", sorted(set(before.alias) - set(after.alias))),
        ("In place now", [op for op, slot in new.items() if old.get(op) != slot]),
        ("No longer in place", [op for op in old if op not in new]),
    ]
    return [f"{what}: {_some([named(plan, op) for op in ops])}." for what, ops in facts if ops]


def _storage(plan: Plan, before: Schedule, after: Schedule) -> list[str]:
    home = plan.device.constants

    def words(tensor: int, there: str | None, here: str | None) -> str:
        return f"{short_name(plan.graph.tensors[tensor].name)} in {here or home} instead of {there or home}"

    ways = _changes(dict(before.storage), dict(after.storage), words)
    return [f"Storage: {_some(ways)}."] if ways else []


def _transfers(plan: Plan, before: Schedule, after: Schedule) -> list[str]:
    def words(tensor: int, there: Transfer | None, here: Transfer | None) -> str:
        how = f"chunks of {here.chunk}, {here.ahead} ahead in {counted(here.slots, 'slot')}" if here else "whole"
        return f"{short_name(plan.graph.tensors[tensor].name)} {how}"

    old, new = ({t.tensor: t for t in schedule.transfers} for schedule in (before, after))
    ways = _changes(old, new, words)
    return [f"Transfers: {_some(ways)}."] if ways else []


def _pins(before: Schedule, after: Schedule) -> list[str]:
    def words(buffer: str, there: int | None, here: int | None) -> str:
        if here is None:
            return f"{buffer} is free"
        return f"{buffer} at {bytes_words(here)}" + ("" if there is None else f" instead of {bytes_words(there)}")

    ways = _changes(dict(before.pins), dict(after.pins), words)
    return [f"Pins: {_some(ways)}."] if ways else []


def _changes(before: Mapping[K, V], after: Mapping[K, V], words: Callable[[K, V | None, V | None], str]) -> list[str]:
    keys = dict.fromkeys([*before, *after])
    return [words(k, before.get(k), after.get(k)) for k in keys if before.get(k) != after.get(k)]


def _reach(plan: Plan, schedule: Schedule, stage: Stage) -> str:
    """``conv (operator 0) to add (operator 4)``."""
    inside = [op for op in schedule.order if op in stage.operators]
    return f"{named(plan, inside[0])} to {named(plan, inside[-1])}"


def _some(items: Iterable[str]) -> str:
    every = list(items)
    rest = len(every) - MOST_NAMED
    return listed(every) if rest <= 0 else f"{', '.join(every[:MOST_NAMED])} and {rest} more"
