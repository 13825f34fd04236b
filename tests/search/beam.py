"""A plain beam search over sets of executed operators, to hold the order search against; it shares nothing with it."""

from __future__ import annotations

from mcu_lab.search.problem import OrderProblem


def beam_order(problem: OrderProblem, width: int) -> tuple[int, ...]:
    """Of each number of executed operators, the ``width`` sets with the lowest peak and then the fewest live bytes."""
    count = len(problem.predecessors)
    waits_for = [sum(1 << p for p in before) for before in problem.predecessors]
    touched: list[list[tuple[int, int, bool, bool]]] = [[] for _ in range(count)]
    for b in problem.buffers:
        touchers = sum(1 << op for op in b.operators)
        for op in b.operators:
            touched[op].append((b.bytes, touchers & ~(1 << op), b.at_start, b.at_end))

    def run(done: int, live: int, op: int) -> tuple[int, int]:
        before = live + sum(size for size, others, start, _ in touched[op] if not start and not others & done)
        ended = sum(size for size, others, _, end in touched[op] if not end and not others & ~done)
        return before + problem.scratch_bytes[op], before - ended

    live = sum(b.bytes for b in problem.buffers if b.at_start or not b.operators)
    ready = frozenset(op for op in range(count) if not waits_for[op])
    states = [(0, live, 0, ready, ())]  # peak, live, done, ready, how it came about
    for _ in range(count):
        best: dict[int, tuple] = {}
        for peak, live, done, ready, path in states:
            for op in ready:
                during, after = run(done, live, op)
                then = done | 1 << op
                found = max(peak, during), after
                if then not in best or found < best[then][:2]:
                    best[then] = (*found, then, ready, (op, path))
        kept = sorted(best.values(), key=lambda state: state[:3])[:width]
        states = [
            (
                peak,
                live,
                done,
                (ready - {path[0]}) | {s for s in problem.successors[path[0]] if not waits_for[s] & ~done},
                path,
            )
            for peak, live, done, ready, path in kept
        ]
    order, path = [], states[0][4]
    while path:
        op, path = path
        order.append(op)
    return tuple(reversed(order))
