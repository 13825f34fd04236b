"""Copies and Waits among the steps of a draft: when each transfer begins, and who waits for it.

A draft says of each step what has to have arrived before it; here that becomes Copies, and only then are steps
numbered. Fetching what lies in external storage ahead of its use is swapping (Miao & Lin 2021/22).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from mcu_lab.graph.box import Interval
from mcu_lab.plan.model import Compute, Copy, Step, View, Wait

#: Buffer, tensor and slot.
_Place = tuple[str, int, int]


@dataclass(frozen=True, slots=True)
class Arrival:
    """What steps read at ``dst`` has to come from ``src`` first.

    ahead  how many Computes before the first one that reads it the transfer begins; 0: right before it.
    slot   which place of its buffer it takes. Of arrivals that take turns in one place, each waits until nobody reads
           the one before it any more.
    """

    src: View
    dst: View
    ahead: int = 0
    slot: int = 0

    @property
    def place(self) -> _Place:
        return self.dst.buffer, self.dst.tensor, self.slot


@dataclass(frozen=True, slots=True)
class Work:
    """A :class:`mcu_lab.plan.model.Compute` without a number, and what has to have ``arrived``, in order of reading."""

    op: int
    writes: tuple[View | None, ...]
    reads: tuple[tuple[View, ...], ...]
    reduce: Interval | None
    sums: View | None
    scratch: str | None
    arrived: tuple[Arrival, ...]


@dataclass(frozen=True, slots=True)
class Shift:
    """A blocking Copy without a number, that is a step of its own accord: a stage says where."""

    src: View
    dst: View


def with_copies(draft: Sequence[Work | Shift], at_end: Sequence[Arrival]) -> tuple[Step, ...]:
    """The steps of a draft, numbered, with what each of them waits for; last, what has to be there ``at_end``.

    What arrives is copied once, however many steps read it. A transfer that would be waited for at once blocks. Before
    a Compute come the transfers that it waits for, in the order in which it reads, then the starts of others.
    """
    before, starts, there = _times([item for item in draft if isinstance(item, Work)])
    steps: list[Step] = []
    under_way: dict[_Place, int] = {}
    number = 0
    for item in draft:
        if isinstance(item, Shift):
            steps.append(Copy(len(steps), item.src, item.dst))
            continue
        for arrival in before.get(number, ()):
            copy = under_way.pop(arrival.place, None)
            at = len(steps)
            steps.append(Copy(at, arrival.src, arrival.dst) if copy is None else Wait(at, copy))
        for arrival in starts.get(number, ()):
            under_way[arrival.place] = len(steps)
            steps.append(Copy(len(steps), arrival.src, arrival.dst, blocking=False))
        at = len(steps)
        steps.append(Compute(at, item.op, item.writes, item.reads, item.reduce, item.sums, item.scratch))
        number += 1
    for arrival in (a for a in at_end if a.place not in there):
        steps.append(Copy(len(steps), arrival.src, arrival.dst))
    return tuple(steps)


#: Arrivals by the number of a Compute.
_Times = dict[int, list[Arrival]]


def _times(works: Sequence[Work]) -> tuple[_Times, _Times, dict[_Place, Arrival]]:
    """Before which Compute each arrival has to be there; before which it starts, of those that start earlier; and what
    is in each place in the end."""
    before: _Times = defaultdict(list)
    starts: _Times = defaultdict(list)
    there: dict[_Place, Arrival] = {}
    last_read: dict[_Place, int] = {}
    for number, work in enumerate(works):
        for arrival in work.arrived:
            place = arrival.place
            if there.get(place) != arrival:
                start = max(number - arrival.ahead, last_read.get(place, -1) + 1)
                before[number].append(arrival)
                if start < number:
                    starts[start].append(arrival)
                there[place] = arrival
            last_read[place] = number
    return before, starts, there
