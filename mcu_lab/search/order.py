"""The operator order with the least peak, and the proof that there is none with less.

*Pieces.* Sets that every order passes through divide the problem; the least peak is the largest of its pieces', and
pieces with equal contents are solved once (:mod:`mcu_lab.search.pieces`). *Contraction* joins operators that may as
well run together (:mod:`mcu_lab.search.contraction`). *Twins*, equal branches, take turns
(:mod:`mcu_lab.search.twins`).

*Bounds.* Minimum cuts say what is live at least while an operator runs (:mod:`mcu_lab.search.cut_bound`). That often
is what the best order takes, and nothing is left to prove.

*Sweeps.* From either end a piece is swept with growing width (:mod:`mcu_lab.search.sweep`): a greedy order at first,
then beams, each below the peak known so far. A sweep that had to leave out no state is a proof, for the peak known or
for a budget between bound and peak; so small pieces are solved, and large ones have an order and a bound at any time.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice

from mcu_lab.search.contraction import contracted
from mcu_lab.search.cut_bound import cut_bounds
from mcu_lab.search.limits import NO_LIMITS, Limits, Progress
from mcu_lab.search.pieces import pieces, window
from mcu_lab.search.problem import OrderProblem
from mcu_lab.search.sweep import Sweeper
from mcu_lab.search.twins import in_turn, renamed, twins

#: States that one search may look at; a few microseconds each.
MAX_STATES = 1_200_000
#: How much wider each round is, and the widest: some 100 MB.
_WIDER, _WIDEST = 4, 20_000
#: Windows of fewer operators are not worth it.
_SHORTEST = 16


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
    small = contracted(problem)
    alike = twins(small.problem)
    search = _Search(in_turn(small.problem, alike), renamed(small.shortened(best), alike), max_states, limits)
    for _ in search.steps():
        if progress:
            progress(search.peak, search.bound)
    order = min(best, small.expanded(search.order()), key=problem.peak_bytes)
    peak = problem.peak_bytes(order)
    stopped = "" if peak == search.bound else limits.reached or "states"
    return OrderResult(order, peak, search.bound, search.states, time.monotonic() - began, stopped)


@dataclass
class _Piece:
    """A problem that stands once or more in a larger one, each time from another first operator on."""

    problem: OrderProblem
    firsts: list[int]
    order: tuple[int, ...]
    peak: int
    bound: int = 0
    sweepers: dict[bool, Sweeper] = field(default_factory=dict)

    def sweeper(self, turned: bool) -> Sweeper:
        if turned not in self.sweepers:
            self.sweepers[turned] = Sweeper(self.problem.reversed() if turned else self.problem)
        return self.sweepers[turned]


def _turned(order: Sequence[int]) -> tuple[int, ...]:
    """An order of the reversed problem as one of the problem itself, or the other way round."""
    return tuple(len(order) - 1 - op for op in reversed(order))


class _Search:
    """The best orders of all pieces so far, and what is proven of them."""

    def __init__(self, problem: OrderProblem, known: Sequence[int], max_states: int, limits: Limits) -> None:
        self._limits, self._most_states = limits, max_states
        self.states = 0
        found: dict[OrderProblem, _Piece] = {}
        for first, piece in pieces(problem):
            count = len(piece.predecessors)
            # Each order has the operators of a piece next to each other.
            order = tuple(op - first for op in known[first : first + count])
            peak = piece.peak_bytes(order)
            same = found.setdefault(piece, _Piece(piece, [], order, peak))
            same.firsts.append(first)
            if peak < same.peak:
                same.order, same.peak = order, peak
        self._pieces = list(found.values())

    @property
    def peak(self) -> int:
        return max((piece.peak for piece in self._pieces), default=0)

    @property
    def bound(self) -> int:
        return max((piece.bound for piece in self._pieces), default=0)

    def order(self) -> tuple[int, ...]:
        placed = sorted((first, piece) for piece in self._pieces for first in piece.firsts)
        return tuple(first + op for first, piece in placed for op in piece.order)

    def steps(self) -> Iterator[None]:
        """Better orders and bounds, one at a time, until the least peak is known or a limit is met."""
        # One cut settles most chains, and a greedy order spares many cuts.
        yield from self._bounded(most_cuts=1)
        yield from self._round(1)
        yield from self._bounded()
        width = _WIDER
        while self._open() and not self._stopped():
            yield from self._round(width)
            width = min(_WIDEST, _WIDER * width)

    def _bounded(self, most_cuts: int | None = None) -> Iterator[None]:
        for piece in self._open():
            for bound in islice(cut_bounds(piece.problem, piece.order), most_cuts):
                piece.bound = max(piece.bound, bound)
                if piece.peak <= self.bound or self._limits.reached:
                    break
            if self._limits.reached:
                return
            yield

    def _round(self, width: int) -> Iterator[None]:
        for piece in self._open():
            if not self._stopped():
                yield from self._improved(piece, width)

    def _open(self) -> list[_Piece]:
        """Pieces whose peak may be what keeps the whole from being lower, the highest first."""
        return sorted((p for p in self._pieces if p.peak > self.bound), key=lambda piece: -piece.peak)

    def _improved(self, piece: _Piece, width: int) -> Iterator[None]:
        better = True
        while better and self._wanted(piece):
            better = False
            for turned in (False, True):
                while self._wanted(piece) and self._swept(piece, piece.peak, width, turned):
                    better = True
                    yield
            while self._wanted(piece) and self._mended(piece, width):
                better = True
                yield
        while self._wanted(piece):
            # Of all budgets that say something, the middle one.
            budget = self.bound + (piece.peak - self.bound) // 2 + 1
            if not self._swept(piece, budget, width, whole=True) and piece.bound < budget:
                break
            yield

    def _wanted(self, piece: _Piece) -> bool:
        return piece.peak > self.bound and not self._stopped()

    def _swept(self, piece: _Piece, budget: int, width: int, turned: bool = False, whole: bool = False) -> bool:
        """Whether a sweep found an order below the budget; if there is none, that is noted."""
        swept = piece.sweeper(turned).sweep(budget, width, floor=self.bound, whole=whole, stop=self._stopped)
        self.states += swept.states
        if swept.order:
            piece.order = _turned(swept.order) if turned else swept.order
            piece.peak = piece.problem.peak_bytes(piece.order)
        elif swept.complete:
            piece.bound = max(piece.bound, budget)
        return swept.order is not None

    def _mended(self, piece: _Piece, width: int) -> bool:
        """Whether windows of the order could be lowered, half and a quarter as long as it and one over the other."""
        count, mended = len(piece.order), False
        for size in (count // 2, count // 4):
            for lo in range(0, count - size // 2, max(_SHORTEST, size) // 2):
                hi = lo + size
                live = piece.problem.live_bytes(piece.order)
                if size < _SHORTEST or max(live[lo:hi]) < max(live) or not self._wanted(piece):
                    continue
                small = window(piece.problem, piece.order, lo, min(hi, count))
                swept = Sweeper(small).sweep(max(live), width, floor=self.bound, stop=self._stopped)
                self.states += swept.states
                if swept.order:
                    moved = tuple(piece.order[lo + step] for step in swept.order)
                    piece.order = piece.order[:lo] + moved + piece.order[hi:]
                    piece.peak = piece.problem.peak_bytes(piece.order)
                    mended = True
        return mended

    def _stopped(self, more_states: int = 0) -> bool:
        return self.states + more_states >= self._most_states or bool(self._limits.reached)
