"""The ordering problem and the placement problem that a plan poses: the plan says who touches what, nobody else."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from heapq import heapify, heappop, heappush

from mcu_lab.graph.ir import Graph
from mcu_lab.plan.extents import extents
from mcu_lab.plan.model import Compute, Plan
from mcu_lab.plan.touches import touched
from mcu_lab.search.blocks import Block
from mcu_lab.search.problem import OrderBuffer, OrderProblem


def first_order(graph: Graph, before: Collection[tuple[int, int]]) -> tuple[int, ...]:
    """The order of the file, changed only as far as the pairs (earlier, later) demand. They must leave an order."""
    waits_for = {op.id: set(graph.predecessors(op)) for op in graph.operators}
    for earlier, later in before:
        waits_for[later].add(earlier)
    behind: dict[int, list[int]] = {op: [] for op in waits_for}
    for op, others in waits_for.items():
        for other in others:
            behind[other].append(op)
    ready = [op for op, others in waits_for.items() if not others]
    heapify(ready)
    order = []
    while ready:
        op = heappop(ready)
        order.append(op)
        for later in behind[op]:
            waits_for[later].remove(op)
            if not waits_for[later]:
                heappush(ready, later)
    return tuple(order)


def computed(plan: Plan) -> tuple[int, ...]:
    """Operator ids in the order of the plan."""
    return tuple(step.op for step in plan.steps if isinstance(step, Compute))


def order_problem(plan: Plan, before: Collection[tuple[int, int]]) -> OrderProblem:
    """Operator ``i`` of the problem is ``computed(plan)[i]``; what one operator alone touches is its scratch.

    Steps ahead of a Compute (loads of what it reads) belong to it: all that they touch is live while it runs.
    ``before`` holds pairs (earlier, later) of operators that any order must keep beside the graph's own.
    """
    ops = computed(plan)
    rank = {op: i for i, op in enumerate(ops)}
    touchers: dict[str, set[int]] = {b.id: set() for b in plan.buffers if b.memory == plan.device.arena}
    at = 0
    for step in plan.steps:
        for buffer in touched(plan, step):
            if buffer in touchers and ops:
                touchers[buffer].add(min(at, len(ops) - 1))
        at += isinstance(step, Compute)
    starts, ends = {v.buffer for v in plan.at_start}, {v.buffer for v in plan.at_end}
    scratch = [0] * len(ops)
    buffers = []
    for name, ranks in touchers.items():
        kept = name in starts, name in ends
        if len(ranks) == 1 and not any(kept):
            scratch[next(iter(ranks))] += plan.buffer[name].bytes
        elif ranks or all(kept):
            buffers.append(OrderBuffer(name, plan.buffer[name].bytes, frozenset(ranks), *kept))
    waits_for = [{rank[p] for p in plan.graph.predecessors(plan.graph.operators[op])} for op in ops]
    for earlier, later in before:
        waits_for[rank[later]].add(rank[earlier])
    return OrderProblem(tuple(map(frozenset, waits_for)), tuple(buffers), tuple(scratch))


def placement_blocks(plan: Plan, pins: Mapping[str, int]) -> list[Block]:
    """The arena's buffers as blocks, in the order of the plan."""
    blocks = []
    for name, extent in extents(plan).items():
        buffer, life = plan.buffer[name], extent.life
        parts = None if extent.is_rectangle else extent
        blocks.append(Block(name, buffer.bytes, life.lo, life.hi, buffer.alignment, pins.get(name), parts))
    return blocks
