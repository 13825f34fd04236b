"""Shortest paths over cuts: the largest link decides memory, the sum of links decides work (msf-CNN's fusion graph).

Nodes 0 .. ``count`` are the cuts of an order; a link executes what lies between two of them in one particular way. What
a link costs in bytes may be dear to find out, so links carry a bound, and are asked only when a path depends on it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from heapq import heappop, heappush
from typing import Generic, TypeVar

Way = TypeVar("Way")


@dataclass(frozen=True, slots=True)
class Link(Generic[Way]):
    """One way to execute from cut ``begin`` to cut ``end``.

    low_bytes  a peak that it does not stay below.
    work       what is added up along a path and compared in order: multiply-accumulates, steps …
    """

    begin: int
    end: int
    way: Way
    low_bytes: int
    work: tuple[int, ...]


Links = Callable[[int], Sequence[Link[Way]]]
#: The peak of a link in bytes; None when it cannot be executed.
Peak = Callable[[Link[Way]], int | None]


def least_peak(
    count: int, links: Links[Way], peak: Peak[Way], *, cancelled: Callable[[], bool] = lambda: False
) -> tuple[int, tuple[Link[Way], ...]] | None:
    """The least largest peak of any path from cut 0 to ``count``, and such a path; None when there is none, or no time.

    Best first (A*, Hart et al. 1968): the peak from a cut to the end is bounded by what it would be if every link took
    only ``low_bytes``. Of links that may lie on a path of least peak, those that reach furthest are asked first.
    """
    ahead = _peak_ahead(count, links)
    came: dict[int, Link[Way] | None] = {}
    # Entries: peak at least, minus the end, a number that decides ties, peak so far, the link, whether that is known.
    queue: list[tuple[int, int, int, int, Link[Way] | None, bool]] = [(0, 0, 0, 0, None, True)]
    pushed = 0
    while queue and not cancelled():
        _, minus_end, _, so_far, link, known = heappop(queue)
        end = -minus_end
        if end in came:
            continue
        if link is not None and not known:
            found = peak(link)
            if found is not None:
                pushed += 1
                so_far = max(so_far, found)
                heappush(queue, (max(so_far, ahead.get(end, 0)), minus_end, pushed, so_far, link, True))
            continue
        came[end] = link
        if end == count:
            return so_far, _traced(came, count)
        for following in links(end):
            if following.end not in came and following.end in ahead:
                pushed += 1
                least = max(so_far, following.low_bytes, ahead[following.end])
                heappush(queue, (least, -following.end, pushed, so_far, following, False))
    return None


def _peak_ahead(count: int, links: Links[Way]) -> dict[int, int]:
    """For each cut from which there is a way to the end its least peak if links took no more than ``low_bytes``."""
    ahead = {count: 0}
    for cut in reversed(range(count)):
        found = [max(k.low_bytes, ahead[k.end]) for k in links(cut) if k.end in ahead]
        if found:
            ahead[cut] = min(found)
    return ahead


def least_work(
    count: int,
    links: Links[Way],
    peak: Peak[Way],
    budget_bytes: int,
    *,
    roomy_bytes: int | None = None,
    cancelled: Callable[[], bool] = lambda: False,
) -> tuple[Link[Way], ...] | None:
    """The path of least work whose links all stay within the budget; None when there is none, or no time.

    With ``roomy_bytes``, the bytes by which links exceed that (added up) count before everything else but the first
    kind of work: then what must be high is, and the rest leaves room.
    """
    came: list[Link[Way] | None] = [None] * (count + 1)
    best: list[tuple[int, ...] | None] = [None] * (count + 1)
    for cut in range(count):
        here = best[cut]
        if here is None and cut > 0:
            continue
        for link in links(cut):
            if cancelled():
                return None
            if link.low_bytes > budget_bytes:
                continue
            there = _added(here, _work(link, link.low_bytes, roomy_bytes))
            known = best[link.end]
            if known is not None and known <= there:
                continue
            found = peak(link)
            if found is None or found > budget_bytes:
                continue
            there = _added(here, _work(link, found, roomy_bytes))
            if known is None or there < known:
                best[link.end] = there
                came[link.end] = link
    return None if best[count] is None else _traced(dict(enumerate(came)), count)


def _work(link: Link[Way], peak_bytes: int, roomy_bytes: int | None) -> tuple[int, ...]:
    over = 0 if roomy_bytes is None else max(0, peak_bytes - roomy_bytes)
    return (link.work[0], over, *link.work[1:])


def _added(work: tuple[int, ...] | None, more: tuple[int, ...]) -> tuple[int, ...]:
    return tuple(a + b for a, b in zip(work, more, strict=True)) if work else more


def _traced(came: dict[int, Link[Way] | None], count: int) -> tuple[Link[Way], ...]:
    path: list[Link[Way]] = []
    link = came[count]
    while link is not None:
        path.append(link)
        link = came[link.begin]
    return tuple(reversed(path))
