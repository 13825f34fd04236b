"""Line buffers and fresh places hold what is read, when it is read, and have no row too many."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from mcu_lab.lowering.residence import Residence, Use, apart, inside

HEIGHT = 12


@st.composite
def histories(draw: st.DrawFn) -> list[Use]:
    """Rows made in order, a few at a time, and reads of any that are there."""
    uses: list[Use] = []
    made = 0
    for more, back, length in draw(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 6), st.integers(1, 5)))):
        if more and made < HEIGHT:
            hi = min(made + more, HEIGHT)
            uses.append(Use(len(uses), made, hi, True))
            made = hi
        elif made:
            lo = max(0, made - 1 - back)
            uses.append(Use(len(uses), lo, min(lo + length, made), False))
    return uses


def follow(uses: list[Use], residence: Residence) -> None:
    """Do what the stays say, in a line buffer and a fresh place of the sizes they say."""
    line: dict[int, int] = {}
    fresh: dict[int, int] = {}
    for use, stay in zip(uses, residence.stays, strict=True):
        for row in range(use.lo, use.hi):
            old = row < stay.first
            held, place = (line, row % max(1, residence.line)) if old else (fresh, row - stay.first)
            assert 0 <= place < (residence.line if old else residence.fresh)
            if use.made:
                held[place] = row
            assert held[place] == row
        for row in range(*stay.moved):
            assert fresh[row - stay.first] == row
            line[row % residence.line] = row
        if stay.moved[0] < stay.moved[1]:
            fresh.clear()


@given(histories())
def test_everything_in_the_line_buffer(uses: list[Use]) -> None:
    residence = inside(uses, HEIGHT)
    follow(uses, residence)
    assert residence.fresh == 0
    assert residence.line == max((alive(uses, at, including=True) for at in range(len(uses))), default=0)


@given(histories())
def test_fresh_rows_apart(uses: list[Use]) -> None:
    residence = apart(uses, HEIGHT)
    follow(uses, residence)
    burst_ends = [at for at, use in enumerate(uses) if not use.made and at + 1 < len(uses) and uses[at + 1].made]
    assert residence.line == max((alive(uses, at, including=False) for at in burst_ends), default=0)
    assert residence.line <= inside(uses, HEIGHT).line


def alive(uses: list[Use], at: int, *, including: bool) -> int:
    """Rows from the oldest that is read later (or by use ``at`` itself) to the newest made."""
    wanted = [use.lo for use in uses[at if including else at + 1 :] if not use.made]
    made = max(use.hi for use in uses[: at + 1] if use.made)
    if including and uses[at].made:
        wanted.append(uses[at].lo)
    return max(0, made - min(wanted, default=HEIGHT))


def test_a_sliding_window_keeps_what_the_next_one_shares() -> None:
    uses: list[Use] = []
    for row in range(HEIGHT):
        uses.append(Use(len(uses), row, row + 1, True))
        if row >= 2:
            uses.append(Use(len(uses), row - 2, row + 1, False))
    assert inside(uses, HEIGHT).line == 3
    assert (apart(uses, HEIGHT).line, apart(uses, HEIGHT).fresh) == (2, 1)
