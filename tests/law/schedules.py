"""Random decisions about any graph. Many are refused, each for a reason; the others have to hold the law."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import assert_never

import numpy as np

from mcu_lab.device.ad_hoc import ad_hoc
from mcu_lab.errors import ScheduleError
from mcu_lab.graph.ir import Graph
from mcu_lab.lowering import candidates, checked, groups, lower
from mcu_lab.plan.model import Plan
from mcu_lab.schedule.model import ByChannels, ByRows, ByTiles, Schedule, Stage, Transfer
from tests.plan.partial_plans import with_external_memory


@dataclass
class Tally:
    """What came of the schedules: how many plans, of which kinds of stages, and how many refusals for which reason."""

    plans: int = 0
    kinds: Counter[str] = field(default_factory=Counter)
    refused: Counter[str] = field(default_factory=Counter)

    def __str__(self) -> str:
        reasons = "\n".join(f"{count:6}  {reason}" for reason, count in self.refused.most_common())
        kinds = ", ".join(f"{count} {kind}" for kind, count in sorted(self.kinds.items()))
        return f"{self.plans} plans ({kinds}); {self.refused.total()} refused:\n{reasons}"


def random_plan(rng: np.random.Generator, graph: Graph, tally: Tally) -> tuple[Schedule, Plan]:
    """A schedule that lowering accepts, with its plan. Decisions are added as long as they are accepted.

    A small graph gets as many stages as it takes, a large one some eight, anywhere in its order: each is lowered.
    Anything else than a ScheduleError escapes: lowering refuses, it does not crash.
    """
    schedule = _ordered(rng, graph)
    plan = lower(graph, schedule, ad_hoc())
    gap = max(2, len(schedule.order) // 8)
    at = int(rng.integers(0, gap - 1))
    while at < len(schedule.order):
        length = int(rng.integers(1, min(14, len(schedule.order) - at) + 1))
        while length:
            wish = random_stage(rng, graph, schedule.order[at : at + length])
            wider = replace(schedule, stages=(*schedule.stages, wish))
            try:
                plan = lower(graph, wider, ad_hoc())
            except ScheduleError as error:
                tally.refused[_reason(error)] += 1
                length //= 2
                continue
            schedule = wider
            tally.kinds[kind_of(wish)] += 1
            break
        at += max(1, length) + int(rng.integers(0, gap))
    if rng.random() < 0.3:
        schedule = replace(schedule, pins=_pins(rng, plan))
        plan = lower(graph, schedule, ad_hoc())
    tally.plans += 1
    return schedule, plan


def anywhere(rng: np.random.Generator, graph: Graph, tally: Tally) -> tuple[Schedule, Plan]:
    """A random plan; of some, constants lie out of the core's reach, and come from there in random transfers."""
    schedule, plan = random_plan(rng, graph, tally)
    constants = [t.id for t in graph.tensors if t.is_const]
    own = rng.spawn(1)[0]  # so that the draws that follow are what they are without it
    if not constants or own.random() < 0.4:
        return schedule, plan
    device, beside = with_external_memory(ad_hoc()), bool(own.random() < 0.8)
    device = replace(device, links=tuple(replace(link, asynchronous=beside) for link in device.links))
    away = tuple((t, "external") for t in constants if own.random() < 0.7)
    # Operators in stages are given their constants whole, so some stages have to go, and pins of what they made.
    stages = tuple(stage for stage in schedule.stages if own.random() < 0.4)
    schedule = replace(schedule, stages=stages, storage=away, pins=())
    for tensor, _ in away:
        wider = replace(schedule, transfers=(*schedule.transfers, _transfer(own, graph, tensor)))
        try:
            checked(graph, wider, device)
        except ScheduleError as error:
            tally.refused[_reason(error)] += 1
            continue
        schedule = wider
        tally.kinds["transfers"] += 1
    return schedule, lower(graph, schedule, device)


def _transfer(rng: np.random.Generator, graph: Graph, tensor: int) -> Transfer:
    """A few chunks along some axis of the constant, which may be the right one; or all of it."""
    extents = [*graph.tensors[tensor].shape, max(graph.tensors[tensor].shape, default=1)]
    chunk = max(1, -(-extents[int(rng.integers(len(extents)))] // int(rng.integers(1, 6))))
    ahead = int(rng.integers(0, 4))
    return Transfer(tensor, chunk, ahead, int(rng.integers(1, 5)) if rng.random() < 0.2 else ahead + 1)


def kind_of(stage: Stage) -> str:
    match stage:
        case ByRows():
            return f"rows, fresh {stage.fresh}"
        case ByTiles():
            return "patches" if stage.anew == "all" else "anew" if stage.anew else "strips"
        case ByChannels():
            return "channels"
        case _:
            assert_never(stage)


def _ordered(rng: np.random.Generator, graph: Graph) -> Schedule:
    """A random order with as many random aliases and in-place operators as go together."""
    alias: tuple[int, ...] = ()
    in_place: tuple[tuple[int, int], ...] = ()
    could_alias, could_be_in_place = candidates(graph)
    wishes: list[int | tuple[int, int]] = [*could_alias, *could_be_in_place]
    for number in rng.permutation(len(wishes)):
        wish = wishes[number]
        if rng.random() < (0.4 if isinstance(wish, int) else 0.8):
            continue
        wider = ((*alias, wish), in_place) if isinstance(wish, int) else (alias, (*in_place, wish))
        try:
            groups(graph, *wider)
        except ScheduleError:
            continue
        alias, in_place = wider
    earlier = {op.id: set(graph.predecessors(op)) for op in graph.operators}
    for reader, writer in groups(graph, alias, in_place).before:
        earlier[writer].add(reader)
    order: list[int] = []
    shuffled = rng.random() < 0.5
    while len(order) < len(earlier):
        ready = [op for op in earlier if op not in order and earlier[op] <= set(order)]
        order.append(ready[int(rng.integers(len(ready)))] if shuffled else ready[0])
    return Schedule(tuple(order), alias, in_place, inputs="streamed" if rng.random() < 0.5 else "resident")


def random_stage(rng: np.random.Generator, graph: Graph, run: Sequence[int]) -> Stage:
    rows = int(rng.integers(1, 4))
    columns = int(rng.integers(0, 5))
    match int(rng.integers(6)):
        case 0:
            return ByRows(tuple(run), rows)
        case 1:
            return ByRows(tuple(run), rows, "apart")
        case 2:
            return ByTiles(tuple(run), rows, columns)
        case 3:
            return ByTiles(tuple(run), rows, columns, "all")
        case 4:
            return ByChannels(tuple(run), int(rng.integers(1, 5)))
    passing = [op for op in run if _stays(graph, op, run)]
    anew = tuple(op for op in passing if rng.random() < 0.5) or tuple(passing[:1])
    return ByTiles(tuple(run), rows, columns, anew)


def _stays(graph: Graph, op: int, run: Sequence[int]) -> bool:
    """Whether all that an operator makes is read by the run alone; now and then a wrong guess is a wish, too."""
    outputs = graph.operators[op].outputs
    return all(graph.readers.get(t) and set(run).issuperset(graph.readers[t]) for t in outputs)


def _pins(rng: np.random.Generator, plan: Plan) -> tuple[tuple[str, int], ...]:
    """One buffer moved up, to any aligned offset; lowering places the others around it."""
    movable = [b for b in plan.buffers if b.memory == plan.device.arena]
    chosen = movable[int(rng.integers(len(movable)))]
    return ((chosen.id, int(rng.integers(0, 64)) * chosen.alignment),)


def _reason(error: ScheduleError) -> str:
    """The refusal without names and numbers."""
    words = (word if word.isalpha() or not any(c.isdigit() for c in word) else "#" for word in error.what.split())
    return " ".join(words)[:110]
