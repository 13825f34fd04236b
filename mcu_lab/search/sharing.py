"""Which operators run without moving a byte, and which write over their input: chosen by what it does to the peak.

Some decisions never hurt. When a tensor and its alias have the same size, a PAD writes nothing, or an operator writes
over an input that nobody else reads, two buffers whose lifetimes touch become one, no larger, that lives while either
did. Others may hurt: a CONCATENATION in place keeps the room of the whole from its first part on, a SPLIT until its
last part is dead, and writing over an input with other readers forces these to run first. Those are tried.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from mcu_lab.errors import ScheduleError
from mcu_lab.graph.ir import Graph
from mcu_lab.lowering import candidates, groups
from mcu_lab.lowering.folding import leaves_border
from mcu_lab.ops import spec_of
from mcu_lab.search.limits import NO_LIMITS, Limits

#: Most sets of decisions that are tried.
_TRIES = 120


@dataclass(frozen=True)
class Sharing:
    """Decisions in the form of :class:`~mcu_lab.schedule.model.Schedule`."""

    alias: tuple[int, ...] = ()
    in_place: tuple[tuple[int, int], ...] = ()

    def __or__(self, other: Sharing) -> Sharing:
        return Sharing(tuple(sorted({*self.alias, *other.alias})), tuple(sorted({*self.in_place, *other.in_place})))

    def __sub__(self, other: Sharing) -> Sharing:
        return Sharing(
            tuple(a for a in self.alias if a not in other.alias),
            tuple(p for p in self.in_place if p not in other.in_place),
        )

    def __le__(self, other: Sharing) -> bool:
        return set(self.alias) <= set(other.alias) and set(self.in_place) <= set(other.in_place)


def choose(
    graph: Graph,
    allowed: Sharing,
    peak_bytes: Callable[[Sharing], int | None],
    enough_bytes: int,
    limits: Limits = NO_LIMITS,
) -> Sharing:
    """The decisions among ``allowed`` with the least peak found; ends at ``enough_bytes``.

    ``peak_bytes`` judges a set, None when it is not allowed (or the search is to end). Of equally good sets the
    one that moves fewer bytes wins. Deterministic unless a limit is met.
    """
    harmless, doubtful = _sorted_by_doubt(graph, allowed)
    base = _added(graph, Sharing(), harmless)
    best = _added(graph, base, doubtful)
    peak = peak_bytes(best)
    surely = peak_bytes(base)
    if surely is not None and (peak is None or surely < peak):
        best, peak = base, surely
    tries, changed = 0, True
    while changed:
        changed = False
        for one in doubtful:
            if peak is None or peak <= enough_bytes or tries >= _TRIES or limits.reached:
                return best
            held = one <= best
            trial = best - one if held else best | one
            if not legal(graph, trial):
                continue
            tries += 1
            tried = peak_bytes(trial)
            if tried is not None and (tried < peak or (tried == peak and not held)):
                best, changed = trial, changed or tried < peak
                peak = tried
    return best


def cautious(graph: Graph, allowed: Sharing) -> Sharing:
    """As many of ``allowed`` as can hold together and that never hurt."""
    return _added(graph, Sharing(), _sorted_by_doubt(graph, allowed)[0])


def allowed_sharing(graph: Graph, alias: bool, in_place: bool) -> Sharing:
    """All decisions of these kinds that are legal by themselves."""
    aliases, pairs = candidates(graph) if alias or in_place else ((), ())
    return Sharing(aliases if alias else (), pairs if in_place else ())


def legal(graph: Graph, sharing: Sharing) -> bool:
    """Whether these decisions can hold together."""
    try:
        groups(graph, sharing.alias, sharing.in_place)
    except ScheduleError:
        return False
    return True


def _sorted_by_doubt(graph: Graph, allowed: Sharing) -> tuple[list[Sharing], list[Sharing]]:
    """(decisions that never hurt, the rest), one at a time."""
    harmless: list[Sharing] = []
    doubtful: list[Sharing] = []
    for op in allowed.alias:
        links = spec_of(graph.operators[op]).aliases(graph, graph.operators[op])
        equal = all(graph.tensors[a.part].bytes == graph.tensors[a.whole].bytes for a in links)
        folded = leaves_border(graph, graph.operators[op])
        (harmless if equal or folded else doubtful).append(Sharing(alias=(op,)))
    for op, slots in _slots(allowed).items():
        alone = [slot for slot in slots if graph.readers[graph.operators[op].inputs[slot]] == (op,)]
        (harmless if alone else doubtful).append(Sharing(in_place=((op, (alone or slots)[0]),)))
    return harmless, doubtful


def _slots(sharing: Sharing) -> dict[int, list[int]]:
    """For each operator the input slots it may write over; it can take only one of them."""
    found: dict[int, list[int]] = {}
    for op, slot in sharing.in_place:
        found.setdefault(op, []).append(slot)
    return found


def _added(graph: Graph, base: Sharing, more: Sequence[Sharing]) -> Sharing:
    """``base`` with as many of ``more`` as can hold together, earlier ones first; halves are tried as wholes."""
    if not more:
        return base
    trial = base
    for one in more:
        trial = trial | one
    if legal(graph, trial):
        return trial
    if len(more) == 1:
        return base
    half = len(more) // 2
    return _added(graph, _added(graph, base, more[:half]), more[half:])
