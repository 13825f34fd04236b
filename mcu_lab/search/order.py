"""The operator order with the least peak, and the proof that there is none with less.

States are sets of executed operators (bit sets in Python integers): how much memory is live depends on which
operators have run, not on the order they ran in. The least peak is then a shortest path from the empty set to
the full one whose length is its largest step: Dijkstra's algorithm, with max in place of plus. Three things keep
it small.

*Commitment.* Let ``L(S)`` be the bytes live between operators after the set S has run, and ``M(S, v)`` those live
while v runs. A buffer with touchers T adds ``[S meets T] - [T within S]`` times its bytes to ``L`` (first term 1 if
at start, second 0 if at end): both terms are submodular in S, so ``L`` is, and what v adds to ``L`` only shrinks as
more operators have run. Say v is ready in S, ``M(S, v) <= B`` and ``L(S + v) <= L(S)``. Take any completion
of S with peak <= B and move v to its front. Every operator it passes now runs in ``S' + v`` instead of S'. That
changes ``M`` by the bytes v touches first minus those v finishes; the former are no more, the latter no less
than at S, where they sum to at most 0. So the peak stays <= B, and v alone need be tried. The same holds for a
run ``v1 .. vk`` in which each operator waits for the one before: if it is the first prefix with
``L(S + v1 .. vk) <= L(S)``, every smaller part of it leaves more live than the whole, and the argument repeats.

*Cuts.* An operator that is before or behind every other one splits all orders at the same set; when
the search reaches that set with the least possible peak, nothing it left behind matters any more.

*Contraction.* Operators that may as well wait are joined to those that wait for them
(:mod:`mcu_lab.search.contraction`).

*Bounds.* While v runs, every buffer is live that is touched at or before v by an operator that must be there and
at or behind v likewise. The largest sum over v bounds all orders from below, and the best order known
bounds the search from above.

The idea of the bottleneck search over downsets is in Liberis & Lane 2019 and in Serenity (Ahn et al. 2020, section
3.1) as dynamic programming; Serenity also divides at cuts. Commitment generalises the hill-valley segments that Liu
(1987) merges for trees.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass

from mcu_lab.search.contraction import contracted
from mcu_lab.search.downsets import Search
from mcu_lab.search.limits import NO_LIMITS, Limits, Progress
from mcu_lab.search.problem import OrderProblem, closures, union

#: About 400 bytes of memory each.
MAX_STATES = 500_000
_LOOK_UP_EVERY = 256


@dataclass(frozen=True)
class OrderResult:
    """An order, its peak, and what is known of all others.

    ``lower_bound_bytes`` holds for every order of the problem. ``stopped`` says why the search ended before
    it knew: ``time``, ``states`` or ``cancelled``; empty when it ran to its end.
    """

    order: tuple[int, ...]
    peak_bytes: int
    lower_bound_bytes: int
    states: int
    seconds: float
    stopped: str = ""

    @property
    def proven_optimal(self) -> bool:
        return self.peak_bytes == self.lower_bound_bytes


def least_peak_order(
    problem: OrderProblem,
    *,
    known: Sequence[int] = (),
    max_states: int = MAX_STATES,
    limits: Limits = NO_LIMITS,
    progress: Progress | None = None,
) -> OrderResult:
    """An order of least peak, proven unless a limit was hit; ties go to ``known`` or the file order.

    Deterministic unless ``limits`` end it.
    """
    began = time.monotonic()
    best = min((tuple(o) for o in (known, problem.file_order) if problem.allows(o)), key=problem.peak_bytes)
    peak, bound = problem.peak_bytes(best), must_live_bound(problem)
    if peak == bound:
        return OrderResult(best, peak, bound, 0, time.monotonic() - began)
    small = contracted(problem)
    search = Search(small.problem, bound)
    best, peak = _better(problem, best, small.expanded(search.guess()))
    stopped = ""
    while peak > bound and not stopped:
        found = search.advance(peak, _LOOK_UP_EVERY)
        if found is not None:
            best, peak = _better(problem, best, small.expanded(found))
        bound = min(peak, search.bound)
        if progress:
            progress(peak, bound)
        if peak > bound:
            stopped = limits.reached or ("states" if search.states >= max_states else "")
    if stopped:
        best, peak = _better(problem, best, small.expanded(search.guess()))
    return OrderResult(best, peak, bound, search.states, time.monotonic() - began, stopped)


def must_live_bound(problem: OrderProblem) -> int:
    """A peak that no order stays below: at some operator at least this much is live."""
    before, behind = closures(problem)
    loads, every = list(problem.scratch_bytes), (1 << len(before)) - 1
    for buffer in problem.buffers:
        touchers = union(1 << op for op in buffer.operators) or every
        for op in range(len(loads)):
            here = 1 << op
            begun = buffer.at_start or touchers & (before[op] | here)
            if begun and (buffer.at_end or touchers & (behind[op] | here)):
                loads[op] += buffer.bytes
    return max(loads, default=0)


def _better(problem: OrderProblem, best: tuple[int, ...], other: tuple[int, ...]) -> tuple[tuple[int, ...], int]:
    order = min(best, other, key=problem.peak_bytes)
    return order, problem.peak_bytes(order)
