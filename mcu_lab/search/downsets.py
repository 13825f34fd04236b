"""Best-first search over sets of executed operators; see :mod:`mcu_lab.search.order` for why it is exact."""

from __future__ import annotations

from heapq import heappop, heappush

from mcu_lab.search.problem import OrderProblem, closures, union

#: A state: executed operators (bit set), bytes live after them, operators that are ready (ascending).
State = tuple[int, int, tuple[int, ...]]


class Memory:
    """What running an operator does to live memory, in any state. Pure after construction."""

    def __init__(self, problem: OrderProblem) -> None:
        self.count = len(problem.predecessors)
        self.full = (1 << self.count) - 1
        self.waits_for = [union(1 << p for p in before) for before in problem.predecessors]
        self.successors = problem.successors
        self.scratch = problem.scratch_bytes
        # For each operator: bytes, the buffer's other touchers, whether it is live before and after all of them.
        self.touched: list[list[tuple[int, int, bool, bool]]] = [[] for _ in range(self.count)]
        for b in problem.buffers:
            touchers = union(1 << op for op in b.operators)
            for op in sorted(b.operators):
                self.touched[op].append((b.bytes, touchers & ~(1 << op), b.at_start, b.at_end))
        live = sum(b.bytes for b in problem.buffers if b.at_start or not b.operators)
        self.start: State = (0, live, tuple(op for op in range(self.count) if not self.waits_for[op]))

    def run(self, done: int, live: int, op: int) -> tuple[int, int]:
        """(bytes live while ``op`` runs, bytes live after it)."""
        first = last = 0
        for size, others, at_start, at_end in self.touched[op]:
            if not at_start and not others & done:
                first += size
            if not at_end and not others & ~done:
                last += size
        return live + first + self.scratch[op], live + first - last

    def freed(self, done: int, op: int) -> tuple[int, ...]:
        """Operators that become ready when ``op`` joins ``done`` (which already holds it)."""
        return tuple(s for s in self.successors[op] if not self.waits_for[s] & ~done)

    def after(self, state: State, op: int, live: int) -> State:
        done, _, ready = state
        done |= 1 << op
        fresh = self.freed(done, op)
        rest = tuple(r for r in ready if r != op)
        return done, live, tuple(sorted(rest + fresh)) if fresh else rest

    def commitment(self, state: State, budget: int) -> list[tuple[int, int]]:
        """A run of (operator, live bytes after it) that may be executed at once within ``budget``; [] if none."""
        done, live, ready = state
        rising = []
        for op in ready:
            during, after = self.run(done, live, op)
            if during > budget:
                continue
            if after <= live:
                return [(op, after)]
            rising.append((op, after))
        for op, after in rising:
            run = self._descent(done, live, op, after, budget)
            if run:
                return run
        return []

    def greedy(self, state: State, budget: int) -> list[int]:
        """Operators that complete ``state``: cheap, allowed, and without any promise."""
        ops = []
        while state[0] != self.full:
            run = self.commitment(state, budget)
            if not run:
                steps = ((*self.run(state[0], state[1], op), op) for op in state[2])
                budget, after, op = min((max(budget, during), after, op) for during, after, op in steps)
                run = [(op, after)]
            for op, after in run:
                state = self.after(state, op, after)
                ops.append(op)
        return ops

    def _descent(self, done: int, live: int, op: int, after: int, budget: int) -> list[tuple[int, int]]:
        run = [(op, after)]
        while after > live:
            done |= 1 << op
            options = []
            for s in self.freed(done, op):
                during, then = self.run(done, after, s)
                if during <= budget:
                    options.append((then, s))
            if not options:
                return []
            after, op = min(options)
            run.append((op, after))
        return run


class Search:
    """Dijkstra's algorithm over states with the largest step as length, advanced a bounded piece at a time."""

    def __init__(self, problem: OrderProblem, bound: int) -> None:
        self.memory = Memory(problem)
        self.bound = bound
        self.states = 0
        self._prefix: list[int] = []
        self._frontier: list[tuple[int, int, int, State]] = []
        self._came: dict[int, tuple[int, tuple[int, ...]]] = {0: (0, ())}
        self._cuts = _cuts(problem)
        self._push(bound, self.memory.start)

    def advance(self, known_bytes: int, states: int) -> tuple[int, ...] | None:
        """Expand up to ``states`` states; the order of least peak once it is found, if below ``known_bytes``.

        Afterwards no order has a peak below ``self.bound``; an exhausted search sets it to ``known_bytes``.
        """
        for _ in range(states):
            if not self._frontier:
                self.bound = max(self.bound, known_bytes)
                return None
            budget, _, _, state = heappop(self._frontier)
            self.bound = max(self.bound, budget)
            self.states += 1
            if state[0] == self.memory.full:
                return tuple(self._prefix + self._path(state[0]))
            self._pass_cuts(state[0])
            self._expand(state, budget, known_bytes)
        return None

    def guess(self) -> tuple[int, ...]:
        """An order through the state on the frontier that has executed most; of some peak."""
        budget, _, _, state = min(self._frontier, key=lambda entry: (entry[1], entry[0], entry[2]))
        return tuple(self._prefix + self._path(state[0]) + self.memory.greedy(state, budget))

    def _push(self, budget: int, state: State) -> None:
        heappush(self._frontier, (budget, -state[0].bit_count(), state[1], state))

    def _expand(self, state: State, budget: int, known_bytes: int) -> None:
        run = self.memory.commitment(state, budget)
        if run:
            self._commit(state, run, budget)
            return
        done, live, ready = state
        dearer = known_bytes
        for op in ready:
            during, after = self.memory.run(done, live, op)
            if during > budget:
                dearer = min(dearer, during)
                continue
            then = done | 1 << op
            if then not in self._came:
                self._came[then] = (done, (op,))
                self._push(budget, self.memory.after(state, op, after))
        if dearer < known_bytes:
            self._push(dearer, state)

    def _commit(self, state: State, run: list[tuple[int, int]], budget: int) -> None:
        source, ops = state[0], []
        while run:
            for op, after in run:
                state = self.memory.after(state, op, after)
                ops.append(op)
            run = self.memory.commitment(state, budget)
        if state[0] not in self._came:
            self._came[state[0]] = (source, tuple(ops))
            self._push(budget, state)

    def _pass_cuts(self, done: int) -> None:
        passed = False
        while self._cuts and not self._cuts[-1] & ~done:
            self._cuts.pop()
            passed = True
        if passed:
            self._prefix += self._path(done)
            self._came = {done: (done, ())}
            self._frontier.clear()

    def _path(self, done: int) -> list[int]:
        pieces: list[tuple[int, ...]] = []
        while True:
            before, ops = self._came[done]
            if not ops:
                return [op for piece in reversed(pieces) for op in piece]
            pieces.append(ops)
            done = before


def _cuts(problem: OrderProblem) -> list[int]:
    """Sets that every order passes through, the largest first."""
    before, behind = closures(problem)
    count = len(before)
    fixed = [op for op in range(count) if before[op].bit_count() + behind[op].bit_count() == count - 1]
    sets = {s for op in fixed for s in (before[op], before[op] | 1 << op)}
    return sorted((s for s in sets if 0 < s.bit_count() < count), key=int.bit_count, reverse=True)
