"""Rows that differ only in where their boxes lie, as patterns: a box slides by a fixed step each time a pattern runs.

What is the same in all rows of a pattern is said once. Boxes are clipped at the ends of the axis that they slide
along, so that the rows at an image's padded edges are no exceptions.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from mcu_lab.firmware.layout import CView
from mcu_lab.firmware.places import Place, Range, Store, place_of, store_of
from mcu_lab.firmware.rows import Row


@dataclass(frozen=True, slots=True)
class Slide:
    """Run number n covers [base + step * n, base + size + step * n) of ``axis``, clipped to the place's axis.

    With a period p a run's number has two digits, n // p (``outer``) and n % p.
    """

    axis: int
    outer: bool
    base: int
    size: int
    step: int


@dataclass(frozen=True, slots=True)
class Placed:
    """A View of a pattern."""

    place: Place
    slides: tuple[Slide, ...]


@dataclass(frozen=True, slots=True)
class Pattern:
    """Rows that are alike. ``row`` is the first of them, for all that they share.

    views   in the order of :func:`views_in`.
    reduce  all slices together, and how they slide.
    """

    row: Row
    period: int
    views: tuple[Placed, ...]
    reduce: tuple[Range, Slide | None] | None

    @property
    def counts(self) -> bool:
        """Whether it matters how often the pattern has run."""
        slides = [s for v in self.views for s in v.slides] + ([self.reduce[1]] if self.reduce else [])
        return any(s is not None and s.step for s in slides)


def views_in(row: Row) -> tuple[CView, ...]:
    """All Views of a row: of its inputs, its outputs, its sums."""
    inputs = tuple(v for slot in row.slots for v in slot)
    return inputs + tuple(v for v in row.outs if v) + ((row.sums,) if row.sums else ())


def patterns_of(rows: Sequence[Row]) -> tuple[tuple[Pattern, ...], tuple[int, ...]]:
    """Patterns, and for each row the number of its pattern. Those of which the runs are counted come first."""
    alike: dict[object, list[int]] = {}
    for number, row in enumerate(rows):
        alike.setdefault(_shape(row), []).append(number)
    known = Counter(store_of(v, anchored=a) for row in rows for v in views_in(row) for a in (False, True))
    groups = [same for group in alike.values() for same in _same_places(rows, group, known)]
    hulls: dict[Store, tuple[Range, ...]] = {}
    for numbers, stores in groups:
        for number in numbers:
            for view, store in zip(views_in(rows[number]), stores, strict=True):
                boxes = tuple((lo, hi) for lo, hi, _ in view.axes)
                held = hulls.get(store, boxes)
                hulls[store] = tuple((min(a, c), max(b, d)) for (a, b), (c, d) in zip(held, boxes, strict=True))
    found = [fitted for numbers, stores in groups for fitted in _fitted(rows, numbers, stores, hulls)]
    found.sort(key=lambda pair: (not pair[0].counts, pair[1][0]))
    pattern_of = [0] * len(rows)
    for index, (_, numbers) in enumerate(found):
        for number in numbers:
            pattern_of[number] = index
    return tuple(pattern for pattern, _ in found), tuple(pattern_of)


def _shape(row: Row) -> object:
    """What two rows of a pattern must have in common whatever their boxes are."""
    return (
        (row.kernel, row.owner, row.flags, row.rank, row.element_bytes, row.scratch, row.awaits, row.out_bytes),
        (tuple(map(len, row.slots)), tuple(v is None for v in row.outs), row.sums is None, row.reduce is None),
        tuple((v.memory, v.ring_axis, v.ring_rows, v.ring_phase) for v in views_in(row)),
    )


def _same_places(
    rows: Sequence[Row], numbers: Sequence[int], known: Counter[Store]
) -> list[tuple[list[int], tuple[Store, ...]]]:
    """The rows in groups of which each View has one store: its offset holds for coordinate 0, or for the box's first.

    Of the two, that which makes fewer groups; of two that make as many, the one that more rows could have.
    """
    stores: list[list[Store]] = [[] for _ in numbers]
    for views in zip(*(views_in(rows[n]) for n in numbers), strict=True):
        ways = ([store_of(v, anchored=False) for v in views], [store_of(v, anchored=True) for v in views])
        best = min(ways, key=lambda way: (len(set(way)), -sum(known[store] for store in way)))
        for chosen, store in zip(stores, best, strict=True):
            chosen.append(store)
    groups: dict[tuple[Store, ...], list[int]] = {}
    for key, number in zip(stores, numbers, strict=True):
        groups.setdefault(tuple(key), []).append(number)
    return [(same, key) for key, same in groups.items()]


Hulls = Mapping[Store, tuple[Range, ...]]


def _fitted(
    rows: Sequence[Row], numbers: Sequence[int], stores: tuple[Store, ...], hulls: Hulls
) -> list[tuple[Pattern, list[int]]]:
    """As few patterns as a walk from the front needs, each as long as it fits."""
    found: list[tuple[Pattern, list[int]]] = []
    rest = list(numbers)
    while rest:
        whole = _fit(rows, rest, stores, hulls)
        if whole:
            return [*found, (whole, rest)]
        fits, fails, reach = 1, len(rest), 2
        while fails - fits > 1:
            middle = min(reach, (fits + fails) // 2)
            if _fit(rows, rest[:middle], stores, hulls):
                fits, reach = middle, 4 * middle
            else:
                fails = middle
        pattern = _fit(rows, rest[:fits], stores, hulls)
        assert pattern, "a row alone is a pattern"
        found.append((pattern, rest[:fits]))
        rest = rest[fits:]
    return found


def _fit(rows: Sequence[Row], numbers: Sequence[int], stores: tuple[Store, ...], hulls: Hulls) -> Pattern | None:
    """The one pattern of all these rows, if there is one."""
    first = rows[numbers[0]]
    columns = list(zip(*(views_in(rows[n]) for n in numbers), strict=True))
    boxes = [[[v.axes[axis][:2] for v in views] for axis in range(first.rank)] for views in columns]
    reduces = [rows[n].reduce or (0, 0) for n in numbers]
    for period in _periods([*(ranges for view in boxes for ranges in view), reduces]):
        views = [_placed(view, store, hulls[store], period) for view, store in zip(boxes, stores, strict=True)]
        reduce = _slid(0, reduces, period)
        if reduce is not None and all(views):
            return Pattern(first, period, tuple(v for v in views if v), reduce if first.reduce else None)
    return None


def _periods(columns: Sequence[Sequence[Range]]) -> list[int]:
    """0, and what the places suggest where something first returns or, standing still till then, first moves."""
    found = [0]
    for ranges in columns:
        moves = next((i for i, (a, b) in enumerate(pairwise(ranges), 1) if a != b), 0)
        back = next((i for i, (a, b) in enumerate(pairwise(ranges), 1) if b < a), 0)
        found += [p for p in (back, moves) if p > 1 and p not in found]
    return found[:4]


def _placed(boxes: Sequence[Sequence[Range]], store: Store, hull: tuple[Range, ...], period: int) -> Placed | None:
    """The View whose axes have these ranges, in the place that all Views of its store share where that is possible."""
    axes, slides = [], []
    for axis, (ranges, widest) in enumerate(zip(boxes, hull, strict=True)):
        slid = _slid(axis, ranges, period, widest) or _slid(axis, ranges, period)
        if slid is None:
            return None
        axes.append(slid[0])
        slides += [slid[1]] if slid[1] else []
    return Placed(place_of(store, tuple(axes)), tuple(slides))


def _slid(
    axis: int, ranges: Sequence[Range], period: int, hull: Range | None = None
) -> tuple[Range, Slide | None] | None:
    """The hull of these ranges, or a wider one, and the slide that gives them: None for one that is all of the hull.

    None if no slide gives them.
    """
    first = ranges[0]
    hull = hull or (min(lo for lo, _ in ranges), max(hi for _, hi in ranges))
    if all(r == first for r in ranges):
        return hull, None if first == hull else Slide(axis, False, first[0], first[1] - first[0], 0)
    for outer in (False, True) if period else (False,):
        digits = [(n // period if outer else n % period) if period else n for n in range(len(ranges))]
        slide = _slide(axis, outer, ranges, digits, hull)
        if slide:
            return hull, slide
    return None


def _slide(axis: int, outer: bool, ranges: Sequence[Range], digits: Sequence[int], hull: Range) -> Slide | None:
    by_digit = sorted(dict(zip(reversed(digits), reversed(ranges), strict=True)).items())
    moves = [(q[side] - p[side]) // (b - a) for (a, p), (b, q) in pairwise(by_digit) for side in (0, 1)]
    for step in sorted({m for m in moves if m}, key=lambda m: (-moves.count(m), m)):
        # Ends that are not clipped tell the base; ends that all are only bound it.
        lows = [lo - step * d for d, (lo, _) in by_digit if lo > hull[0]]
        highs = [hi - step * d for d, (_, hi) in by_digit if hi < hull[1]]
        low = max(lows) if lows else min(hull[0] - step * d for d, _ in by_digit)
        high = min(highs) if highs else max(hull[1] - step * d for d, _ in by_digit)
        slide = Slide(axis, outer, low, high - low, step)
        if high >= low and all(slid(slide, d, hull) == r for d, r in zip(digits, ranges, strict=True)):
            return slide
    return None


def slid(slide: Slide, digit: int, hull: Range) -> Range:
    """The range that a slide gives for a digit of the run's number."""
    lo = slide.base + slide.step * digit
    return min(max(lo, hull[0]), hull[1]), min(max(lo + slide.size, hull[0]), hull[1])
