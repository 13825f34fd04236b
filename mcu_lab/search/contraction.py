"""Operators that may as well wait: a smaller ordering problem with the same least peak.

An operator that needs nothing before it, and whose buffers only one later operator wants, never gains by running
early: put off until just before that one, every operator in between has fewer bytes live, and while it
runs itself no more is live than right afterwards. So both can be one. (Models with weights stored as float16 are
full of them: one DEQUANTIZE for each constant.)
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from mcu_lab.search.problem import OrderProblem


@dataclass(frozen=True)
class Contraction:
    """``members[i]`` are the operators that operator ``i`` of ``problem`` stands for, in their order."""

    problem: OrderProblem
    members: tuple[tuple[int, ...], ...]

    def expanded(self, order: Sequence[int]) -> tuple[int, ...]:
        """The order of the original problem."""
        return tuple(op for i in order for op in self.members[i])

    def shortened(self, order: Sequence[int]) -> tuple[int, ...]:
        """An order of this problem no worse than ``order``, which is of the original one."""
        standing = {ops[-1]: i for i, ops in enumerate(self.members)}
        return tuple(standing[op] for op in order if op in standing)


def contracted(problem: OrderProblem) -> Contraction:
    """The problem with every operator that may wait joined to the one it waits for."""
    # A host has a predecessor, so it never waits itself.
    host = {op: after[0] for op, after in enumerate(problem.successors) if _may_wait(problem, op, after)}
    hosts = [op for op in problem.file_order if op not in host]
    members = {op: [op] for op in hosts}
    for op, other in reversed(host.items()):
        members[other].insert(0, op)
    rank = {op: i for i, op in enumerate(hosts)}
    scratch = [problem.scratch_bytes[op] for op in hosts]
    buffers = []
    for buffer in problem.buffers:
        waiting = [op for op in buffer.operators if op in host]
        if waiting:
            scratch[rank[host[waiting[0]]]] += buffer.bytes
        else:
            buffers.append(replace(buffer, operators=frozenset(rank[op] for op in buffer.operators)))
    before = tuple(frozenset(rank[p] for p in problem.predecessors[op] if p in rank) for op in hosts)
    return Contraction(OrderProblem(before, tuple(buffers), tuple(scratch)), tuple(tuple(members[op]) for op in hosts))


def _may_wait(problem: OrderProblem, op: int, after: Sequence[int]) -> bool:
    if problem.predecessors[op] or len(after) != 1 or problem.scratch_bytes[op] > 0:
        return False
    return all(
        b.operators == {op, after[0]} and not b.at_start and not b.at_end for b in problem.buffers if op in b.operators
    )
