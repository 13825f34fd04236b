"""All sets of executed operators of one size after all of the size before: a beam search that knows when it was
complete.

A state is a set of executed operators; how much memory is live depends on the set, not on the order it ran in, so of
two ways to a state one is enough. A sweep goes through the states that can be reached with a peak below a budget, size
by size, and keeps of each size at most ``width``, those with the lowest peak and then the fewest live bytes. If it
reaches the end, there is an order. If it does not and never had to leave out any, there is none: that is a proof.

*Commitment* keeps it small. Let ``L(S)`` be the bytes live between operators after the set S has run, and ``M(S, v)``
those live while v runs. A buffer with touchers T adds ``[S meets T] - [T within S]`` times its bytes to ``L`` (first
term 1 if at start, second 0 if at end): both terms are submodular in S, so ``L`` is, and what v adds to ``L`` only
shrinks as more operators have run. Say v is ready in S, ``M(S, v)`` is below the budget and ``L(S + v) <= L(S)``. Take
any completion of S below the budget and move v to its front. Every operator it passes now runs in ``S' + v`` instead
of S'. That changes ``M`` by the bytes v touches first minus those v finishes; the former are no more, the latter no
less than at S, where they sum to at most 0. So the peak stays below, and v alone need be tried. The same holds for a
run ``v1 .. vk`` in which each operator waits for the one before: if it is the first prefix with ``L(S + v1 .. vk) <=
L(S)``, every smaller part of it leaves more live than the whole, and the argument repeats; of such a run v1 alone need
be tried.

Dynamic programming over these sets is in Liberis & Lane 2019 and, with a budget, in Serenity (Ahn et al. 2020, section
3.2). Commitment generalises the hill-valley segments that Liu (1987) merges for trees.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mcu_lab.search.problem import OrderProblem

Ints = NDArray[np.int64]
#: What an operator that has run waits for.
_DONE = np.iinfo(np.int16).max
#: Longest runs that commitment looks for, and the largest table of who touches what that is kept for it.
_RUN, _TABLE = 6, 6_000_000


@dataclass(frozen=True)
class Swept:
    """An order with a peak below the budget, or none; ``complete``: then there is none at all."""

    order: tuple[int, ...] | None
    complete: bool
    states: int


class Sweeper:
    """A problem in arrays, ready to be swept again and again. Immutable after construction."""

    def __init__(self, problem: OrderProblem) -> None:
        count, nothing = len(problem.predecessors), len(problem.buffers)
        self.count = count
        touched: list[list[int]] = [[] for _ in range(count)]
        for number, buffer in enumerate(problem.buffers):
            for op in sorted(buffer.operators):
                touched[op].append(number)
        # Everybody touches something, if only nothing: sums over no buffers would need care.
        self._touched = _Rows([row or [nothing] for row in touched])
        self._behind = _Rows(problem.successors)
        self._touchers = np.array([len(b.operators) for b in problem.buffers] + [0], dtype=np.int16)
        self._first = np.array([0 if b.at_start else b.bytes for b in problem.buffers] + [0], dtype=np.int64)
        self._last = np.array([0 if b.at_end else b.bytes for b in problem.buffers] + [0], dtype=np.int64)
        self._scratch = np.array(problem.scratch_bytes, dtype=np.int64)
        self._waits = np.array([len(before) for before in problem.predecessors], dtype=np.int16)
        self._live = sum(b.bytes for b in problem.buffers if b.at_start or not b.operators)
        self._hash = np.random.default_rng(0).integers(1 << 63, size=count, dtype=np.int64)
        self._table = count * max(count, nothing) <= _TABLE
        if self._table:
            self._touches = self._touched.table(nothing + 1)
            self._precedes = self._behind.table(count)

    def sweep(
        self,
        budget: int,
        width: int,
        *,
        floor: int = 0,
        whole: bool = False,
        stop: Callable[[int], object] = lambda _: False,
    ) -> Swept:
        """Look for an order with a peak below ``budget``; ``whole``: give up rather than leave out a state.

        Peaks up to ``floor`` are all alike. Ends without an answer as soon as ``stop`` says so, which is asked with
        the number of states seen.
        """
        states = _States.first(self._waits, self._touchers, self._live, floor)
        came: list[tuple[Ints, Ints]] = []
        complete, seen = True, 0
        for _ in range(self.count):
            seen += len(states.live)
            if stop(seen):
                return Swept(None, False, seen)
            at, op, peak, live = self._steps(states, budget, whole)
            key = states.hash[at] ^ self._hash[op]
            kept = np.lexsort((key, live, peak))
            _, alone = np.unique(key[kept], return_index=True)
            if complete and len(alone) < len(kept):
                complete = _same(states, at, op, key)
            alone.sort()
            kept = kept[alone]
            if not len(kept) or (len(kept) > width and whole):
                return Swept(None, complete and not len(kept), seen)
            complete = complete and len(kept) <= width
            kept = kept[:width]
            at, op = at[kept], op[kept]
            came.append((at, op))
            states = self._after(states, at, op, peak[kept], live[kept], key[kept])
        order, row = [], 0
        for at, op in reversed(came):
            order.append(int(op[row]))
            row = at[row]
        return Swept(tuple(reversed(order)), False, seen)

    def _steps(self, states: _States, budget: int, runs: bool) -> tuple[Ints, Ints, Ints, Ints]:
        """(states, operators that may run next, peaks, live bytes afterwards): all worth trying below the budget."""
        at, op = np.divmod(np.flatnonzero(states.waits == 0), self.count)
        during, after = self._run(states, at, op, states.live[at], [])
        fine = during < budget
        at, op, during, after = at[fine], op[fine], during[fine], after[fine]
        falls = after <= states.live[at]
        if runs and self._table:
            open_ = np.ones(len(states.live), dtype=bool)
            open_[at[falls]] = False
            rising = np.flatnonzero(open_[at])
            falls[rising] = self._falls(states, at[rising], op[rising], after[rising], budget)
        keep = ~_marked(at[falls], len(states.live))[at]
        chosen = np.flatnonzero(falls)
        keep[chosen[np.unique(at[chosen], return_index=True)[1]]] = True
        at, op, during, after = at[keep], op[keep], during[keep], after[keep]
        return at, op, np.maximum(states.peak[at], during), after

    def _run(self, states: _States, at: Ints, op: Ints, live: Ints, ran: list[Ints]) -> tuple[Ints, Ints]:
        """Bytes live while and after ``op`` runs in states ``at``, where ``live`` are, and ``ran`` have run besides."""
        flat, row, starts = self._touched.of(op)
        left = states.left[at[row], flat]
        for other in ran:
            left = left - self._touches[other[row], flat]
        first = np.where(left == self._touchers[flat], self._first[flat], 0)
        last = np.where(left == 1, self._last[flat], 0)
        if not len(starts):
            return live, live
        live = live + np.add.reduceat(first, starts)
        return live + self._scratch[op], live - np.add.reduceat(last, starts)

    def _falls(self, states: _States, at: Ints, op: Ints, live: Ints, budget: int) -> NDArray[np.bool_]:
        """Whether a run that begins with ``op`` ends with no more live than before it, all below the budget."""
        falls = np.zeros(len(at), dtype=bool)
        pair, ran = np.arange(len(at)), [op]
        for _ in range(_RUN - 1):
            nxt, row, _ = self._behind.of(ran[-1])
            waits = states.waits[at[pair[row]], nxt]
            for other in ran:
                waits = waits - self._precedes[other[row], nxt]
            free = waits == 0
            nxt, row = nxt[free], row[free]
            if not len(row):
                break
            ran, pair, live = [other[row] for other in ran], pair[row], live[row]
            during, live = self._run(states, at[pair], nxt, live, ran)
            fine = np.flatnonzero(during < budget)
            best = fine[np.lexsort((nxt[fine], live[fine], pair[fine]))]
            best = best[np.unique(pair[best], return_index=True)[1]]
            ran, pair, live = [other[best] for other in (*ran, nxt)], pair[best], live[best]
            down = live <= states.live[at[pair]]
            falls[pair[down]] = True
            ran, pair, live = [other[~down] for other in ran], pair[~down], live[~down]
        return falls

    def _after(self, states: _States, at: Ints, op: Ints, peak: Ints, live: Ints, key: Ints) -> _States:
        waits, left = states.waits[at], states.left[at]
        flat, row, _ = self._behind.of(op)
        waits[row, flat] -= 1
        waits[np.arange(len(op)), op] = _DONE
        flat, row, _ = self._touched.of(op)
        left[row, flat] -= 1
        return _States(waits, left, peak, live, key)


@dataclass(frozen=True)
class _States:
    """By state: what each operator still waits for, how many touchers each buffer has left, and its figures."""

    waits: NDArray[np.int16]
    left: NDArray[np.int16]
    peak: Ints
    live: Ints
    hash: Ints

    @staticmethod
    def first(waits: NDArray[np.int16], touchers: NDArray[np.int16], live: int, peak: int) -> _States:
        zero = np.zeros(1, dtype=np.int64)
        return _States(waits[None], touchers[None], zero + peak, zero + live, zero)


class _Rows:
    """Lists of numbers one behind the other."""

    def __init__(self, rows: list[list[int]] | tuple[tuple[int, ...], ...]) -> None:
        self._lengths = np.array([len(row) for row in rows], dtype=np.int64)
        self._starts = np.cumsum(self._lengths) - self._lengths
        self._flat = np.array([n for row in rows for n in row], dtype=np.int64)

    def of(self, rows: Ints) -> tuple[Ints, Ints, Ints]:
        """(the lists of ``rows`` joined, which of ``rows`` each number is from, where each list starts)."""
        lengths = self._lengths[rows]
        starts = np.cumsum(lengths) - lengths
        row = np.repeat(np.arange(len(rows)), lengths)
        return self._flat[np.arange(len(row)) + (self._starts[rows] - starts)[row]], row, starts

    def table(self, columns: int) -> NDArray[np.int8]:
        found = np.zeros((len(self._lengths), columns), dtype=np.int8)
        found[np.repeat(np.arange(len(self._lengths)), self._lengths), self._flat] = 1
        return found


def _marked(rows: Ints, count: int) -> NDArray[np.bool_]:
    found = np.zeros(count, dtype=bool)
    found[rows] = True
    return found


def _same(states: _States, at: Ints, op: Ints, key: Ints) -> bool:
    """Whether steps with equal hashes lead to equal states, so that nothing was left out by taking one of them."""
    by_key = np.argsort(key, kind="stable")
    one, other = by_key[:-1], by_key[1:]
    equal = key[one] == key[other]
    one, other = one[equal], other[equal]
    done = np.packbits(states.waits == _DONE, axis=1)
    return bool((_with(done[at[one]], op[one]) == _with(done[at[other]], op[other])).all())


def _with(done: NDArray[np.uint8], op: Ints) -> NDArray[np.uint8]:
    done[np.arange(len(op)), op // 8] |= (128 >> op % 8).astype(np.uint8)
    return done
