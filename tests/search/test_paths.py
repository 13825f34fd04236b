"""Shortest paths over cuts against trying every path."""

from __future__ import annotations

import random
from collections.abc import Iterator

import pytest

from mcu_lab.search.paths import Link, least_peak, least_work

Graph = dict[int, list[Link[int]]]


def random_links(seed: int, count: int) -> tuple[Graph, dict[Link[int], int | None]]:
    """Links between ``count + 1`` cuts, some of which cannot be executed, with bounds that are often loose."""
    rng = random.Random(seed)
    links: Graph = {cut: [] for cut in range(count + 1)}
    peaks: dict[Link[int], int | None] = {}
    for way in range(4 * count):
        begin = rng.randrange(count)
        end = rng.randint(begin + 1, min(count, begin + 4))
        peak = rng.randint(1, 60)
        link = Link(begin, end, way, rng.choice((0, peak // 2, peak)), (rng.randint(1, 3), rng.randint(1, 9)))
        links[begin].append(link)
        peaks[link] = None if rng.random() < 0.1 else peak
    return links, peaks


def all_paths(links: Graph, peaks: dict[Link[int], int | None], count: int, at: int = 0) -> Iterator[list[Link[int]]]:
    if at == count:
        yield []
    for link in links[at]:
        if peaks[link] is not None:
            for rest in all_paths(links, peaks, count, link.end):
                yield [link, *rest]


def connected(path: tuple[Link[int], ...], count: int) -> bool:
    ends = [0, *(link.end for link in path)]
    return [link.begin for link in path] == ends[:-1] and ends[-1] == count


@pytest.mark.parametrize("seed", range(60))
def test_no_path_has_a_smaller_peak_or_less_work(seed: int) -> None:
    count = 2 + seed % 6
    links, peaks = random_links(seed, count)
    paths = list(all_paths(links, peaks, count))
    found = least_peak(count, links.__getitem__, peaks.__getitem__)
    if not paths:
        assert found is None
        return
    least = min(max(peaks[link] or 0 for link in path) for path in paths)
    assert found is not None and connected(found[1], count)
    assert found[0] == least == max(peaks[link] or 0 for link in found[1])
    for budget in (least - 1, least, least + 10, 100):
        within = [path for path in paths if max(peaks[link] or 0 for link in path) <= budget]
        cheap = least_work(count, links.__getitem__, peaks.__getitem__, budget)
        assert (cheap is None) == (not within)
        if cheap is not None:
            assert connected(cheap, count) and max(peaks[link] or 0 for link in cheap) <= budget
            assert work(cheap) == min(map(work, within))


@pytest.mark.parametrize("seed", range(30))
def test_room_comes_before_steps_and_behind_multiply_accumulates(seed: int) -> None:
    count = 5
    links, peaks = random_links(100 + seed, count)
    paths = list(all_paths(links, peaks, count))
    if not paths:
        return

    def roomy(path: tuple[Link[int], ...] | list[Link[int]]) -> tuple[int, int, int]:
        macs, steps = work(path)
        return macs, sum(max(0, (peaks[link] or 0) - 20) for link in path), steps

    found = least_work(count, links.__getitem__, peaks.__getitem__, 100, roomy_bytes=20)
    assert found is not None and roomy(found) == min(map(roomy, paths))


def test_a_cancelled_search_has_no_path() -> None:
    links = {0: [Link(0, 1, 0, 0, (1, 1))], 1: []}
    assert least_work(1, links.__getitem__, lambda _: 1, 5, cancelled=lambda: True) is None
    assert least_peak(1, links.__getitem__, lambda _: 1, cancelled=lambda: True) is None


def work(path: tuple[Link[int], ...] | list[Link[int]]) -> tuple[int, int]:
    return sum(link.work[0] for link in path), sum(link.work[1] for link in path)
