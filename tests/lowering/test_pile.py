"""First fit: the way for blocks that are live whole gives what the way for all blocks gives."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from mcu_lab.graph.box import Interval
from mcu_lab.lowering.pile import Pile, lowest_whole
from mcu_lab.plan.extent import Extent, neighbours

BLOCK = st.tuples(
    st.integers(0, 12), st.integers(1, 8), st.integers(1, 40), st.sampled_from([1, 4, 16]), st.integers(-80, 40)
)


@settings(deadline=None, max_examples=60)
@given(blocks=st.lists(BLOCK, min_size=1, max_size=24), turn=st.integers(0, 23))
def test_blocks_that_are_live_whole_need_no_neighbours(blocks: list[tuple[int, ...]], turn: int) -> None:
    lives = [Interval(first, first + length) for first, length, *_ in blocks]
    sizes, alignments = [b[2] for b in blocks], [b[3] for b in blocks]
    pinned = [b[4] if b[4] >= 0 else None for b in blocks]
    near = neighbours([Extent.whole(life, size) for life, size in zip(lives, sizes, strict=True)])
    numbers = list(range(len(blocks)))
    order = numbers[turn:] + numbers[:turn]
    pile = Pile(sizes, alignments, pinned, near)
    assert lowest_whole(order, sizes, alignments, pinned, lives) == pile.lowest(order)
