"""Random schedules of any graph: sharing, stages of every kind, storage, offsets. Most are legal, all are possible."""

from __future__ import annotations

import random

from mcu_lab.graph.ir import Graph
from mcu_lab.ops import SPECS
from mcu_lab.schedule.model import ByChannels, ByRows, ByTiles, Schedule, Stage


def random_schedule(graph: Graph, rng: random.Random) -> Schedule:
    """Decisions in the words of a document, on a graph that can be executed."""
    order = _order(graph, rng)
    share = rng.choice((0.0, 0.3, 0.8, 1.0))
    alias = tuple(op.id for op in graph.operators if rng.random() < share and SPECS[op.kind].aliases(graph, op))
    in_place = tuple(
        (op.id, rng.choice(slots))
        for op in graph.operators
        if op.id not in alias and rng.random() < share / 2 and (slots := SPECS[op.kind].in_place(graph, op))
    )
    stages = _stages(order, rng)
    staged = {op for stage in stages for op in stage.operators}
    in_place = tuple(pair for pair in in_place if pair[0] not in staged or rng.random() < 0.05)
    return Schedule(order, alias, in_place, stages=stages, inputs=rng.choice(("resident", "streamed")))


def _order(graph: Graph, rng: random.Random) -> tuple[int, ...]:
    """The order of the file, or another one that the data allow."""
    if rng.random() < 0.5:
        return tuple(op.id for op in graph.operators)
    left = {op.id: set(graph.predecessors(op)) for op in graph.operators}
    order: list[int] = []
    while left:
        ready = [op for op, before in left.items() if not before & left.keys()]
        if not ready:
            return tuple(op.id for op in graph.operators)
        order.append(rng.choice(ready))
        del left[order[-1]]
    return tuple(order)


def _stages(order: tuple[int, ...], rng: random.Random) -> tuple[Stage, ...]:
    stages = []
    at = 0
    while at < len(order) and len(stages) < 4:
        end = min(len(order), at + rng.choice((1, 1, 2, 2, 3, 4, 6, 12)))
        if rng.random() < 0.6:
            stages.append(random_stage(order[at:end], rng))
        at = end
    return tuple(stages)


def random_stage(operators: tuple[int, ...], rng: random.Random) -> Stage:
    rows, columns = rng.choice((1, 1, 2, 3, 7, 1 << 20)), rng.choice((1, 2, 3, 8, 1 << 20))
    match rng.randrange(6):
        case 0:
            return ByRows(operators, rows)
        case 1:
            return ByRows(operators, rows, fresh="apart")
        case 2:
            return ByTiles(operators, rows, rng.choice((0, columns)))
        case 3:
            return ByTiles(operators, rows, rng.choice((0, columns)), "all")
        case 4:
            return ByChannels(operators, rng.choice((1, 2, 3, 5, 1 << 20)))
    anew = tuple(op for op in operators if rng.random() < 0.5)
    return ByTiles(operators, rows, rng.choice((0, columns)), anew or operators[:1])
