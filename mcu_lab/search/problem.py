"""The ordering problem as pure data: operators, who must come before whom, and the buffers they touch."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property


@dataclass(frozen=True, slots=True)
class OrderBuffer:
    """A buffer of ``bytes`` and the operators that read or write it.

    Tensors that share storage (zero-copy or in place) are one buffer. It is live from its first toucher
    (from the start with ``at_start``) through its last toucher (through the end with ``at_end``); a
    buffer that nobody touches is live at every step.
    """

    name: str
    bytes: int
    operators: frozenset[int]
    at_start: bool = False
    at_end: bool = False


@dataclass(frozen=True)
class OrderProblem:
    """Operators ``0 .. n-1``, numbered in the order of the file.

    predecessors   for each operator, those that must be executed before it; ``0 .. n-1`` must satisfy it.
    buffers        what the operators touch.
    scratch_bytes  for each operator, working memory that lives only while it runs.
    """

    predecessors: tuple[frozenset[int], ...]
    buffers: tuple[OrderBuffer, ...]
    scratch_bytes: tuple[int, ...]

    def __post_init__(self) -> None:
        if len(self.scratch_bytes) != len(self.predecessors):
            raise ValueError("one scratch figure for each operator")
        for op, before in enumerate(self.predecessors):
            if any(not 0 <= p < op for p in before):
                raise ValueError(f"operator {op} must come after its predecessors {sorted(before)}")
        for buffer in self.buffers:
            if any(not 0 <= op < len(self.predecessors) for op in buffer.operators):
                raise ValueError(f"buffer {buffer.name} is touched by operators that do not exist")

    @property
    def file_order(self) -> tuple[int, ...]:
        return tuple(range(len(self.predecessors)))

    @cached_property
    def successors(self) -> tuple[tuple[int, ...], ...]:
        after: list[list[int]] = [[] for _ in self.predecessors]
        for op, before in enumerate(self.predecessors):
            for p in sorted(before):
                after[p].append(op)
        return tuple(tuple(ops) for ops in after)

    def reversed(self) -> OrderProblem:
        """The problem whose orders are those of this one backwards, with as much live; operator ``i`` is ``n-1-i``."""
        last = len(self.predecessors) - 1
        return OrderProblem(
            tuple(frozenset(last - after for after in self.successors[last - op]) for op in range(last + 1)),
            tuple(
                OrderBuffer(b.name, b.bytes, frozenset(last - op for op in b.operators), b.at_end, b.at_start)
                for b in self.buffers
            ),
            self.scratch_bytes[::-1],
        )

    def allows(self, order: Sequence[int]) -> bool:
        """Whether ``order`` holds every operator once, each behind its predecessors."""
        place = {op: i for i, op in enumerate(order)}
        return (
            len(order) == len(place) == len(self.predecessors)
            and all(op in place for op in range(len(order)))
            and all(place[p] < place[op] for op, before in enumerate(self.predecessors) for p in before)
        )

    def lifetimes(self, order: Sequence[int]) -> tuple[tuple[int, int], ...]:
        """For each buffer the half-open interval of steps in which it is live."""
        place = {op: i for i, op in enumerate(order)}
        return tuple(_lifetime(b, [place[op] for op in b.operators], len(order)) for b in self.buffers)

    def live_bytes(self, order: Sequence[int]) -> tuple[int, ...]:
        """Live bytes at each step of ``order``, scratch included."""
        change = [0] * (len(order) + 1)
        for buffer, (lower, upper) in zip(self.buffers, self.lifetimes(order), strict=True):
            change[lower] += buffer.bytes
            change[upper] -= buffer.bytes
        live, total = [], 0
        for step, op in enumerate(order):
            total += change[step]
            live.append(total + self.scratch_bytes[op])
        return tuple(live)

    def peak_bytes(self, order: Sequence[int]) -> int:
        """Largest live bytes over the steps of ``order``."""
        return max(self.live_bytes(order), default=0)


def _lifetime(buffer: OrderBuffer, steps: list[int], count: int) -> tuple[int, int]:
    if not steps:
        return 0, count
    return (0 if buffer.at_start else min(steps), count if buffer.at_end else max(steps) + 1)


def closures(problem: OrderProblem) -> tuple[list[int], list[int]]:
    """For each operator the bit sets of all operators that must come before it, and behind it."""
    count = len(problem.predecessors)
    before, behind = [0] * count, [0] * count
    for op in range(count):
        before[op] = union((1 << p | before[p]) for p in problem.predecessors[op])
    for op in reversed(range(count)):
        behind[op] = union((1 << s | behind[s]) for s in problem.successors[op])
    return before, behind


def union(sets: Iterable[int]) -> int:
    """The union of bit sets."""
    total = 0
    for s in sets:
        total |= s
    return total
