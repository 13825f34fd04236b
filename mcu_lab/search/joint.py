"""Order and placement chosen together: equally good orders pack differently.

The exact searches look at one at a time: an order of least peak may force gaps, while another one of the same
peak, or of a higher peak that is still below the arena, leaves none. So from a known order this walks through
neighbours whose peak stays below the best arena, and asks CP-SAT of some of them whether they pack lower.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from mcu_lab.search.blocks import Block, height_bytes, live_bound
from mcu_lab.search.first_fit import quick_offsets
from mcu_lab.search.limits import Limits, Progress
from mcu_lab.search.placement_exact import PAIRS, decide
from mcu_lab.search.problem import OrderProblem

#: Moves between two orders that are packed, and how many are packed in vain before the walk ends.
_MOVES, _PATIENCE = 5, 32
#: How often a whole branch moves, and not one operator.
_BRANCHES = 0.9
#: Tries to find a move before an order counts as having none.
_TRIES = 200
_SEED = 1


@dataclass(frozen=True)
class Joint:
    """An order, offsets for its blocks (as ``blocks_of`` lists them), and how many orders were packed on the way."""

    order: tuple[int, ...]
    offsets: tuple[int, ...]
    height_bytes: int
    packed: int


def least_arena(
    problem: OrderProblem,
    blocks_of: Callable[[Sequence[int]], list[Block]],
    order: Sequence[int],
    offsets: Sequence[int],
    *,
    enough_bytes: int,
    effort: float,
    limits: Limits,
    progress: Progress | None = None,
) -> Joint:
    """An order and placement no higher than those given.

    ``blocks_of`` gives the blocks of an order, pins included. No arena stays below ``enough_bytes``; reaching it ends
    the walk. ``effort`` is what CP-SAT may spend on one order. Deterministic unless a limit is met.
    """
    rng = random.Random(_SEED)
    here = tuple(order)
    best = Joint(here, tuple(offsets), height_bytes(blocks_of(order), offsets), 0)
    in_vain = 0
    while here and best.height_bytes > enough_bytes and in_vain < _PATIENCE and not limits.reached:
        for _ in range(_MOVES):
            here = _moved(problem, here, best.height_bytes - 1, rng)
        found = _lower(blocks_of(here), enough_bytes, best.height_bytes - 1, effort, limits)
        in_vain += 1
        best = Joint(best.order, best.offsets, best.height_bytes, best.packed + 1)
        if found is not None:
            in_vain = 0
            best = Joint(here, tuple(found), height_bytes(blocks_of(here), found), best.packed)
            if progress:
                progress(best.height_bytes, enough_bytes)
    return best


def _lower(
    blocks: Sequence[Block], enough_bytes: int, budget_bytes: int, effort: float, limits: Limits
) -> list[int] | None:
    """Offsets within the budget, as low as is found soon; None when there are none or they stay unknown."""
    bound = max(live_bound(blocks), enough_bytes)
    if bound > budget_bytes:
        return None
    quick = quick_offsets(blocks, bound, limits)
    if height_bytes(blocks, quick) <= bound:
        return quick
    found = quick if height_bytes(blocks, quick) <= budget_bytes else None
    found = found or decide(blocks, budget_bytes, effort, limits, [PAIRS]).offsets
    if found is None:
        return None
    for budget in (bound, (bound + height_bytes(blocks, found)) // 2):
        lower = decide(blocks, budget, effort, limits, [PAIRS]).offsets
        if lower is not None:
            return lower
    return found


def _moved(problem: OrderProblem, order: Sequence[int], budget_bytes: int, rng: random.Random) -> tuple[int, ...]:
    """A legal order with a run of operators elsewhere and a peak within the budget; the same when none is found.

    Mostly a branch moves as far as it is there in one piece: one operator at a time, it could not pass another one.
    """
    order = tuple(order)
    place = {op: at for at, op in enumerate(order)}
    for _ in range(_TRIES):
        at = rng.randrange(len(order))
        end = at + 1
        if rng.random() < _BRANCHES:
            while end < len(order) and order[end - 1] in problem.predecessors[order[end]]:
                end += 1
        ahead = (place[p] + 1 for op in order[at:end] for p in problem.predecessors[op] if not at <= place[p] < end)
        behind = (place[s] for op in order[at:end] for s in problem.successors[op] if not at <= place[s] < end)
        to = rng.randint(max(ahead, default=0), min(behind, default=len(order)) - (end - at))
        if to == at:
            continue
        rest = order[:at] + order[end:]
        moved = rest[:to] + order[at:end] + rest[to:]
        if problem.peak_bytes(moved) <= budget_bytes:
            return moved
    return order
