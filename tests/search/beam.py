"""A plain beam search over sets of executed operators, to hold the order search against; it shares nothing with it."""

from __future__ import annotations

from mcu_lab.search.problem import OrderProblem


def beam_order(problem: OrderProblem, width: int) -> tuple[int, ...]:
    """Of each number of executed operators, the ``width`` sets with the lowest peak and then the fewest live bytes."""
    run = _Runs(problem)
    live = sum(b.bytes for b in problem.buffers if b.at_start or not b.operators)
    ready = tuple(op for op in problem.file_order if not run.waits_for[op])
    states = [(0, live, 0, ready, ())]  # peak, live, done, ready, how it came about
    for _ in problem.file_order:
        best: dict[int, tuple] = {}
        for peak, live, done, ready, path in states:
            for op in ready:
                during, change = run.effect(done, op)
                then, height = done | 1 << op, max(peak, live + during)
                found = best.get(then)
                if found is None or (height, live + change) < found[:2]:
                    best[then] = height, live + change, then, ready, (op, path)
        states = [
            (peak, live, done, run.ready(done, ready, path[0]), path)
            for peak, live, done, ready, path in sorted(best.values())[:width]
        ]
    order, path = [], states[0][4]
    while path:
        op, path = path
        order.append(op)
    return tuple(reversed(order))


class _Runs:
    """What running an operator does, remembered for what has run of those that share a buffer with it."""

    def __init__(self, problem: OrderProblem) -> None:
        self.waits_for = [sum(1 << p for p in before) for before in problem.predecessors]
        self._problem = problem
        self._touched: list[list[tuple[int, int, bool, bool]]] = [[] for _ in self.waits_for]
        for b in problem.buffers:
            touchers = sum(1 << op for op in b.operators)
            for op in b.operators:
                self._touched[op].append((b.bytes, touchers & ~(1 << op), b.at_start, b.at_end))
        self._near = [0] * len(self.waits_for)
        for op, touched in enumerate(self._touched):
            for _, others, _, _ in touched:
                self._near[op] |= others
        self._known: list[dict[int, tuple[int, int]]] = [{} for _ in self.waits_for]

    def effect(self, done: int, op: int) -> tuple[int, int]:
        """(bytes more that are live while it runs, and after it)."""
        known, near = self._known[op], done & self._near[op]
        if near not in known:
            touched = self._touched[op]
            first = sum(size for size, others, start, _ in touched if not start and not others & near)
            last = sum(size for size, others, _, end in touched if not end and not others & ~near)
            known[near] = first + self._problem.scratch_bytes[op], first - last
        return known[near]

    def ready(self, done: int, ready: tuple[int, ...], op: int) -> tuple[int, ...]:
        fresh = tuple(s for s in self._problem.successors[op] if not self.waits_for[s] & ~done)
        return (*(other for other in ready if other != op), *fresh)
