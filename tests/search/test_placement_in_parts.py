"""Blocks that are live in parts: legal at every step, lowest against every offset tried, and well explained."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import replace
from itertools import product

import pytest

from mcu_lab.errors import ScheduleError
from mcu_lab.graph.box import Interval
from mcu_lab.graph.tflite_read import read_tflite
from mcu_lab.plan.extent import Extent, separations
from mcu_lab.plan.lifetimes import peak_bytes
from mcu_lab.search.blocks import Block, fullest, height_bytes, live_bound
from mcu_lab.search.conflict import conflict
from mcu_lab.search.from_plan import placement_blocks
from mcu_lab.search.placement import place
from tests.conftest import model_path
from tests.lowering.stage_cases import staged

STEPS = 8


def block(name: str, size: int, lower: int, hulls: Sequence[tuple[int, int]], alignment: int = 1) -> Block:
    """Live from ``lower`` on, in each step with one of ``hulls``."""
    extent = Extent.of(range(lower, lower + len(hulls) + 1), hulls)
    return Block(name, size, lower, lower + len(hulls), alignment, extent=extent)


def random_blocks(seed: int, count: int, largest: int) -> list[Block]:
    """Some grow, some die from the front, some come and go, some are whole."""
    rng = random.Random(seed)
    blocks = []
    for i in range(count):
        lower = rng.randrange(STEPS - 2)
        length = rng.randint(2, STEPS - lower)
        size = rng.randint(1, largest)
        part = [round(size * (t + 1) / length) for t in range(length)]
        kinds = {
            "grows": [(0, p) for p in part],
            "dies": [(min(size - 1, size - p), size) for p in reversed(part)],
            "comes and goes": [(0, size) if rng.random() < 0.5 else (0, 0) for _ in part],
            "moves": [tuple(sorted(rng.sample(range(size + 1), 2))) for _ in part],
            "stays": [(0, size) for _ in part],
        }
        hulls = kinds[rng.choice(list(kinds))]
        blocks.append(block(f"b{i}", size, lower, hulls, rng.choice((1, 1, 2, 4))))
    return blocks


def problems_with(blocks: Sequence[Block], offsets: Sequence[int]) -> list[str]:
    """An independent judge: every byte of every step."""
    found = [f"{b.name} at {o}" for b, o in zip(blocks, offsets, strict=True) if o < 0 or o % b.alignment]
    for step in range(max((b.upper for b in blocks), default=0)):
        owner: dict[int, str] = {}
        for b, offset in zip(blocks, offsets, strict=True):
            hull = b.live().at(step)
            for byte in range(hull.lo + offset, hull.hi + offset):
                if byte in owner:
                    found.append(f"{b.name} and {owner[byte]} at step {step}")
                owner[byte] = b.name
    return found


def least_by_grid(blocks: Sequence[Block], below: int) -> int:
    """The least height of all offsets by which every block lies wholly over or under every other."""
    near = [[separations(a.live(), b.live()) for b in blocks] for a in blocks]
    heights = []
    for offsets in product(*(range(0, below, b.alignment) for b in blocks)):
        apart = (
            (offsets[j] - offsets[i], near[i][j])
            for j in range(len(blocks))
            for i in range(j)
            if near[i][j] is not None
        )
        if all(distance >= over or -distance >= under for distance, (over, under) in apart):
            heights.append(height_bytes(blocks, offsets))
    return min(heights)


@pytest.mark.quick(10)
@pytest.mark.parametrize("seed", range(30))
def test_small_arenas_are_lowest(seed: int) -> None:
    blocks = random_blocks(seed, count=4, largest=7)
    result = place(blocks)
    assert problems_with(blocks, result.offsets) == []
    assert result.proven_optimal
    assert result.height_bytes == least_by_grid(blocks, result.height_bytes)


@pytest.mark.quick(2)
@pytest.mark.parametrize("seed", range(20))
def test_larger_arenas_are_legal_and_their_bounds_hold(seed: int) -> None:
    blocks = random_blocks(seed, count=14, largest=40)
    quick, long = place(blocks, effort=0.0), place(blocks, effort=0.05)
    for result in (quick, long):
        assert problems_with(blocks, result.offsets) == []
        assert fullest(blocks)[1] <= live_bound(blocks) <= result.lower_bound_bytes <= result.height_bytes
    assert quick.lower_bound_bytes <= long.height_bytes <= quick.height_bytes
    assert place(blocks, effort=0.0).offsets == quick.offsets


def test_pins_are_kept() -> None:
    for seed in range(12):
        free = random_blocks(seed, count=7, largest=12)
        offsets = place(free).offsets
        blocks = [replace(b, pinned=o) if i % 3 == 0 else b for i, (b, o) in enumerate(zip(free, offsets, strict=True))]
        result = place(blocks)
        assert problems_with(blocks, result.offsets) == []
        assert all(b.pinned in (None, o) for b, o in zip(blocks, result.offsets, strict=True))
        assert result.height_bytes == height_bytes(free, offsets)


def test_pins_collide_where_live_bytes_do() -> None:
    dies = block("dies", 4, 0, [(0, 4), (2, 4), (3, 4)])
    grows = block("grows", 4, 1, [(0, 2), (0, 3)])
    assert place([dies, replace(grows, pinned=0)]).height_bytes == 4
    place([replace(dies, pinned=0), replace(grows, pinned=0)])
    with pytest.raises(ScheduleError, match="pinned onto bytes of dies"):
        place([replace(dies, pinned=0), replace(grows, pinned=1)])


def test_whole_blocks_are_the_same_with_and_without_an_extent() -> None:
    rng = random.Random(3)
    blocks = [Block(f"b{i}", rng.randint(1, 30), lo := rng.randrange(6), rng.randint(lo + 1, 8)) for i in range(9)]
    told = [replace(b, extent=Extent.whole(Interval(b.lower, b.upper), b.bytes)) for b in blocks]
    assert place(blocks).height_bytes == place(told).height_bytes
    assert live_bound(blocks) == live_bound(told)


def test_conflict_counts_what_is_live() -> None:
    blocks = [block("a", 10, 0, [(0, 10), (6, 10)]), block("b", 8, 1, [(0, 8)]), Block("c", 9, 2, 3)]
    found = conflict(blocks, 11)
    assert found is not None
    assert (found.names, found.live_bytes, found.step, found.minimal) == (("a", "b"), 12, 1, True)
    assert conflict(blocks, 12) is None


@pytest.mark.quick(2)
@pytest.mark.parametrize(
    ("model", "last"), [("mlperf_kws_dscnn_int8", 8), ("mlperf_vww_mobilenetv1_int8", 12), ("person_detect_int8", 26)]
)
@pytest.mark.parametrize("inputs", ["resident", "streamed"])
def test_real_stages_are_placed_close_to_the_lowest_without_a_search(model: str, last: int, inputs: str) -> None:
    plan = staged(read_tflite(model_path(model)), (0, last), inputs=inputs)  # type: ignore[arg-type]
    blocks = placement_blocks(plan, {})
    assert live_bound(blocks) == peak_bytes(plan)
    quick, proven = place(blocks, effort=0.0), place(blocks)
    assert proven.proven_optimal
    assert quick.height_bytes <= 1.02 * proven.height_bytes
    assert problems_with(blocks, proven.offsets) == []
