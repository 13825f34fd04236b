"""Placement as a constraint problem for OR-tools CP-SAT: one offset for each block, no two on the same bytes at once.

The blocks live together at a step form a section, and in a section they are intervals of one line that must not
overlap. Sections that others contain say nothing new and are left out. A lowest placement can always be slid down until
every block rests on another or on the ground, so without pins its offsets are sums of padded sizes, and all
arithmetic is done in units of their common divisor.

To find a placement, CP-SAT fills from the ground up: always the block that can lie lowest, at its lowest offset. Which
of several to take decides between a second and an hour, and no rule is best everywhere. To prove that there is none,
it does best with one yes-or-no variable for each pair of blocks (which lies below), from which it learns. So all of
these get short turns, then turns with the rules' figures shaken, then longer ones. The lowest height is found by
asking again and again whether a height can be reached. Filling upwards and trying several rules are ideas of
MiniMalloc (Moffitt 2023).

Blocks that are live in parts are no intervals of one line. For each pair of them one lies wholly over or under the
other, and how far apart they then start is known; learning from these pairs is the only rule there.
"""

from __future__ import annotations

import random
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import count
from math import gcd

from ortools.sat.python import cp_model

from mcu_lab.search.blocks import Block, apart, height_bytes, in_parts, sections
from mcu_lab.search.limits import Limits, Progress
from mcu_lab.stopping import look_up

#: Deterministic time of the first turn of each rule; one unit is some 30 s. Every other round, turns get longer.
_TURN, _LONGER = 0.005, 4
#: Share of what is left of the effort that one question may take.
_SHARE = 0.5
_SEED = 1
_LOOK_UP_EVERY_S = 0.05


def lowest(
    blocks: Sequence[Block],
    known: Sequence[int],
    bound: int,
    enough_bytes: int,
    effort: float,
    limits: Limits,
    progress: Progress | None = None,
) -> tuple[list[int], int, str]:
    """(offsets no higher than ``known``, a height that no placement stays below, why it stopped or "").

    ``bound`` is proven already. The first placement no higher than ``enough_bytes`` ends the search. ``effort`` is in
    CP-SAT's deterministic time.
    """
    best, grain = list(known), _grain(blocks)
    rules = _rules_for(blocks)
    floor = budget = enough_bytes // grain * grain
    proven = True
    while floor < (height := height_bytes(blocks, best)):
        answer = decide(blocks, budget, _SHARE * effort, limits, rules)
        effort -= answer.spent
        rules = tuple(sorted(rules, key=lambda rule: rule != answer.rule))
        if answer.offsets is not None:
            best = answer.offsets
        else:
            floor = budget + grain
            proven = proven and answer.impossible
            bound = min(height, max(bound, floor)) if proven else bound
        if progress:
            progress(height_bytes(blocks, best), bound)
        if limits.reached or effort < _TURN:
            break
        budget = floor + (height_bytes(blocks, best) - floor) // grain // 2 * grain
    reached_enough = height_bytes(blocks, best) <= max(bound, enough_bytes)
    return best, bound, "" if reached_enough else limits.reached or "effort"


@dataclass(frozen=True)
class Answer:
    """Whether blocks fit: offsets, or proof that there are none, or neither; and what it cost."""

    offsets: list[int] | None
    impossible: bool
    spent: float
    rule: Rule | None = None
    """The one that found it out."""


@dataclass(frozen=True)
class Rule:
    """How CP-SAT is told to go about it.

    keys   which block to take first, the largest by these figures in turn. t: bytes in the block's fullest
           section, w: lifetime, a: bytes times lifetime, d: blocks it meets. Empty: learn from pairs instead.
    fixed  CP-SAT tries no other way beside it.
    share  how long its turns are.
    """

    keys: str = ""
    fixed: bool = False
    share: int = 1


#: Deterministic time runs slower here, and making the pairs ready takes a good part of the first turn.
PAIRS = Rule(share=32)
#: What settles most in few turns comes first; each is the only one that settles some arenas soon.
_FILLING = tuple(
    Rule(keys, fixed=True, share=share)
    for keys, share in (("td", 1), ("a", 1), ("tw", 3), ("wa", 6), ("da", 14), ("twa", 5))
)
#: Up to this many pairs, learning from them settles most questions at once.
_FEW_PAIRS = 2_000


def _rules_for(blocks: Sequence[Block]) -> tuple[Rule, ...]:
    if in_parts(blocks):
        return (PAIRS,)
    pairs = sum(map(len, apart(blocks))) // 2
    return (PAIRS, *_FILLING) if pairs <= _FEW_PAIRS else (*_FILLING, replace(PAIRS, share=4))


def decide(
    blocks: Sequence[Block], budget_bytes: int, effort: float, limits: Limits, rules: Sequence[Rule] = ()
) -> Answer:
    """Look for a placement no higher than ``budget_bytes``; each rule gets turns until the effort is spent."""
    rules = rules or _rules_for(blocks)
    spent, rng = 0.0, random.Random(_SEED)
    for number in count():
        turn, shake = _TURN * _LONGER ** (number // 2), rng if number % 2 else None
        for rule in rules if shake is None else [r for r in rules if r.keys]:
            if spent >= effort or limits.reached:
                return Answer(None, False, spent)
            task = _task(blocks, budget_bytes)
            if task is None:
                return Answer(None, True, spent)
            _apply(rule, task, blocks, shake)
            solver = _solver(min(turn * rule.share, effort - spent), limits, fixed=rule.fixed)
            status = _run(solver, task, limits)
            spent += max(solver.response_proto.deterministic_time, _TURN / 100)
            if status in (cp_model.OPTIMAL, cp_model.FEASIBLE):
                return Answer(task.offsets(solver), False, spent, rule)
            if status == cp_model.INFEASIBLE:
                return Answer(None, True, spent, rule)
    raise AssertionError("unreachable")


@dataclass(frozen=True)
class _Task:
    """A model in which block ``i`` lies at ``starts[i] * steps[i]`` bytes; blocks without a start lie at ``rest``."""

    model: cp_model.CpModel
    starts: Mapping[int, cp_model.IntVar]
    steps: Mapping[int, int]
    rest: tuple[int, ...]

    def offsets(self, solver: cp_model.CpSolver) -> list[int]:
        return [
            solver.value(self.starts[i]) * self.steps[i] if i in self.starts else o for i, o in enumerate(self.rest)
        ]


def _task(blocks: Sequence[Block], budget_bytes: int) -> _Task | None:
    """Place every block below the budget; None when one alone is too large for it."""
    solid = [i for i, b in enumerate(blocks) if b.bytes and b.lower < b.upper]
    unit = _unit([blocks[i] for i in solid])
    model = cp_model.CpModel()
    starts, steps, spans = {}, {}, {}
    for i in solid:
        block = blocks[i]
        steps[i] = step = max(unit, block.alignment)
        lowest_start, highest_start = 0, (budget_bytes - block.bytes) // step
        if block.pinned is not None:
            lowest_start, highest_start = block.pinned // step, min(highest_start, block.pinned // step)
        if lowest_start > highest_start:
            return None
        starts[i] = model.new_int_var(lowest_start, highest_start, block.name)
        spans[i] = model.new_fixed_size_interval_var(starts[i] * (step // unit), -(-block.bytes // unit), block.name)
    task = _Task(model, starts, steps, tuple(b.pinned or 0 for b in blocks))
    if in_parts(blocks):
        _choose_for_each_pair(task, blocks)
        return task
    for live in sections(blocks):
        model.add_no_overlap([spans[i] for i in live if i in spans])
    return task


def _grain(blocks: Sequence[Block]) -> int:
    """A number of bytes that divides the height of every placement worth trying."""
    solid = [b for b in blocks if b.bytes and b.lower < b.upper]
    unit = _unit(solid)
    return gcd(*(max(unit, b.alignment) for b in solid), *(b.bytes for b in solid)) or 1


def _unit(blocks: Sequence[Block]) -> int:
    """A number of bytes that divides every offset worth trying."""
    step = gcd(*(b.alignment for b in blocks)) or 1
    if in_parts(blocks) or any(b.alignment != step or b.pinned is not None for b in blocks):
        return step
    return gcd(*(-(-b.bytes // step) * step for b in blocks)) or 1


def _apply(rule: Rule, task: _Task, blocks: Sequence[Block], rng: random.Random | None) -> None:
    """Tell CP-SAT to go by the rule; with ``rng`` the figures are shaken by up to a half."""
    if not rule.keys:
        if not in_parts(blocks):
            _choose_for_each_pair(task, blocks)
        return
    figures = _figures(blocks)
    shaken = {i: rng.uniform(0.5, 1.5) if rng else 1.0 for i in task.starts}
    order = sorted(task.starts, key=lambda i: ([-figures[k][i] * shaken[i] for k in rule.keys], i))
    task.model.add_decision_strategy(
        [task.starts[i] for i in order], cp_model.CHOOSE_LOWEST_MIN, cp_model.SELECT_MIN_VALUE
    )


def _choose_for_each_pair(task: _Task, blocks: Sequence[Block]) -> None:
    for i, others in enumerate(apart(blocks)):
        for j, above, below in others:
            if j < i and i in task.starts and j in task.starts:
                i_below = task.model.new_bool_var(f"{i} below {j}")
                _stack(task, i, j, below).only_enforce_if(i_below)
                _stack(task, j, i, above).only_enforce_if(~i_below)


def _stack(task: _Task, low: int, high: int, apart_bytes: int) -> cp_model.Constraint:
    """Block ``high`` starts at least so far above the start of block ``low``."""
    unit = gcd(task.steps[low], task.steps[high])
    return task.model.add(
        task.starts[low] * (task.steps[low] // unit) + -(-apart_bytes // unit)
        <= task.starts[high] * (task.steps[high] // unit)
    )


def _figures(blocks: Sequence[Block]) -> dict[str, list[int]]:
    fullest = [0] * len(blocks)
    for live in sections(blocks):
        load = sum(blocks[i].bytes for i in live)
        for i in live:
            fullest[i] = max(fullest[i], load)
    width = [b.upper - b.lower for b in blocks]
    area = [w * b.bytes for w, b in zip(width, blocks, strict=True)]
    return {"t": fullest, "w": width, "a": area, "d": [len(others) for others in apart(blocks)]}


def _solver(effort: float, limits: Limits, fixed: bool = False) -> cp_model.CpSolver:
    solver = cp_model.CpSolver()
    solver.parameters.num_workers = 1
    solver.parameters.random_seed = _SEED
    solver.parameters.linearization_level = 0
    solver.parameters.catch_sigint_signal = False  # Ctrl-C is for whoever waits for the solver
    solver.parameters.max_deterministic_time = effort
    if limits.until is not None:
        solver.parameters.max_time_in_seconds = limits.seconds_left
    if fixed:
        solver.parameters.search_branching = cp_model.FIXED_SEARCH
    return solver


def _run(solver: cp_model.CpSolver, task: _Task, limits: Limits) -> cp_model.CpSolverStatus:
    """Solve on a thread, so that Ctrl-C, cancelling and the end of the time are heard here, and end it soon."""
    found: list[cp_model.CpSolverStatus] = []
    worker = threading.Thread(target=lambda: found.append(solver.solve(task.model)), daemon=True)
    worker.start()
    try:
        while worker.is_alive():
            worker.join(_LOOK_UP_EVERY_S)
            if limits.reached:
                solver.stop_search()
            look_up()
    except BaseException:
        solver.stop_search()
        raise
    return found[0] if found else cp_model.UNKNOWN
