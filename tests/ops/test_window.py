"""Windows against the definition: output o reads inputs o * stride - before + k * dilation."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from mcu_lab.graph.box import Interval
from mcu_lab.ops.window import Window

SIZES = st.integers(1, 6)


@given(
    SIZES, SIZES, SIZES, st.integers(0, 12), st.integers(0, 4), st.integers(1, 20), st.integers(0, 8), st.integers(1, 8)
)
def test_needed_is_the_hull_of_the_taps_inside(
    size: int, stride: int, dilation: int, before: int, border: int, length: int, first: int, count: int
) -> None:
    inside = Interval(border, border + length)
    window = Window(size, stride, dilation, before, inside)
    taps = {
        o: [p for k in range(size) if (p := o * stride - before + k * dilation) in inside]
        for o in range(first, first + count)
    }
    hull = [p for positions in taps.values() for p in positions]
    needed = window.needed(Interval(first, first + count))
    if hull:
        assert needed == Interval(min(hull), max(hull) + 1)
    else:
        assert len(needed) == 0
    for o, positions in taps.items():
        assert len(window.valid(o)) == len(positions)
