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

    Best first: of links that may lie on a path of least peak, those that reach furthest are asked first.
    """
    came: dict[int, Link[Way] | None] = {}
    # Entries: peak so far, minus the end, a number that decides ties, the link, whether its peak is known.
    queue: list[tuple[int, int, int, Link[Way] | None, bool]] = [(0, 0, 0, None, True)]
    pushed = 0
    while queue and not cancelled():
        so_far, minus_end, _, link, known = heappop(queue)
        end = -minus_end
        if end in came:
            continue
        if link is not None and not known:
            found = peak(link)
            if found is not None:
                pushed += 1
                heappush(queue, (max(so_far, found), minus_end, pushed, link, True))
            continue
        came[end] = link
        if end == count:
            return so_far, _traced(came, count)
        for following in links(end):
            if following.end not in came:
                pushed += 1
                heappush(queue, (max(so_far, following.low_bytes), -following.end, pushed, following, False))
    return None


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

    Best first (A*, Hart et al. 1968): the work from a cut to the end is bounded by what it would be if every link took
    only ``low_bytes``, and a link is asked when no path could be better than one through it.
    """
    ahead = _work_ahead(count, links, budget_bytes, roomy_bytes)
    if ahead[0] is None:
        return None
    came: dict[int, Link[Way] | None] = {}
    behind: dict[int, tuple[int, ...]] = {}
    # Entries: work of the whole path at least, minus the end, a number that decides ties, work so far, link, known.
    queue: list[_Entry[Way]] = [(ahead[0], 0, 0, tuple(0 for _ in ahead[0]), None, True)]
    pushed = 0
    while queue and not cancelled():
        _, minus_end, _, so_far, link, known = heappop(queue)
        end = -minus_end
        rest = ahead[end]
        if end in came or rest is None:
            continue
        if link is not None and not known:
            found = peak(link)
            if found is not None and found <= budget_bytes:
                so_far = _added(behind[link.begin], _work(link, found, roomy_bytes))
                pushed += 1
                heappush(queue, (_added(so_far, rest), minus_end, pushed, so_far, link, True))
            continue
        came[end], behind[end] = link, so_far
        if end == count:
            return _traced(came, count)
        for following in links(end):
            further = ahead[following.end]
            if following.end not in came and following.low_bytes <= budget_bytes and further is not None:
                work = _added(so_far, _work(following, following.low_bytes, roomy_bytes))
                pushed += 1
                heappush(queue, (_added(work, further), -following.end, pushed, work, following, False))
    return None


_Entry = tuple[tuple[int, ...], int, int, tuple[int, ...], Link[Way] | None, bool]


def _work_ahead(
    count: int, links: Links[Way], budget_bytes: int, roomy_bytes: int | None
) -> list[tuple[int, ...] | None]:
    """For each cut the least work to the end if links took no more than ``low_bytes``; None: there is no way."""
    ahead: list[tuple[int, ...] | None] = [None] * (count + 1)
    for cut in range(count, -1, -1):
        for link in links(cut) if cut < count else ():
            further = ahead[link.end] if link.end < count else tuple(0 for _ in _work(link, 0, None))
            if link.low_bytes > budget_bytes or further is None:
                continue
            work = _added(_work(link, link.low_bytes, roomy_bytes), further)
            known = ahead[cut]
            if known is None or work < known:
                ahead[cut] = work
                ahead[link.end] = further
    return ahead


def _work(link: Link[Way], peak_bytes: int, roomy_bytes: int | None) -> tuple[int, ...]:
    over = 0 if roomy_bytes is None else max(0, peak_bytes - roomy_bytes)
    return (link.work[0], over, *link.work[1:])


def _added(work: tuple[int, ...], more: tuple[int, ...]) -> tuple[int, ...]:
    return tuple(a + b for a, b in zip(work, more, strict=True))


def _traced(came: dict[int, Link[Way] | None], count: int) -> tuple[Link[Way], ...]:
    path: list[Link[Way]] = []
    link = came[count]
    while link is not None:
        path.append(link)
        link = came[link.begin]
    return tuple(reversed(path))
