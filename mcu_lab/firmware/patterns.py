"""Rows that differ only in where their boxes lie, as patterns: a box slides by a fixed step each time a pattern runs.

What is the same in all rows of a pattern is said once. Boxes are clipped at the ends of the axis that they slide
along, so that the rows at an image's padded edges are no exceptions.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import IntEnum
from itertools import pairwise

from mcu_lab.firmware.layout import CView
from mcu_lab.firmware.rows import Row

Range = tuple[int, int]


class Strides(IntEnum):
    """How the strides of a place follow; numbers as in mcu_unfold.c."""

    DENSE = 0
    """Row-major over the place's own axes; the offset belongs to coordinate 0."""
    GIVEN = 1
    """Written out; the offset belongs to coordinate 0."""
    PACKED = 2
    """Row-major over the box, whose first element lies at the offset."""
    ANCHORED = 3
    """Written out; the box's first element lies at the offset."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where a View lies, apart from how far its box has slid. ``axes`` are all coordinates that it ever covers.

    front    axes (0, 1) with stride 0 in front.
    unit     bytes from one element to the next along the last axis, where strides follow.
    ring     (axis, rows, phase).
    strides  in bytes, of the axes behind those in front, where they are written out.
    """

    memory: int
    kind: Strides
    unit: int
    offset: int
    front: int
    axes: tuple[Range, ...]
    strides: tuple[int, ...]
    ring: tuple[int, int, int] | None


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
    known = Counter(_store(v, anchored=a) for row in rows for v in views_in(row) for a in (False, True))
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
        (row.kernel, row.owner, row.flags, row.rank, row.element_bytes, row.scratch, row.awaits),
        (tuple(map(len, row.slots)), tuple(v is None for v in row.outs), row.sums is None, row.reduce is None),
        tuple((v.memory, v.ring_axis, v.ring_rows, v.ring_phase) for v in views_in(row)),
    )


@dataclass(frozen=True, slots=True)
class Store:
    """What a Place of a tensor is without its axes. ``strides`` are empty where they follow from the box."""

    tensor: int
    memory: int
    anchored: bool
    offset: int
    strides: tuple[int, ...]
    unit: int
    front: int
    ring: tuple[int, int, int] | None


def _same_places(
    rows: Sequence[Row], numbers: Sequence[int], known: Counter[Store]
) -> list[tuple[list[int], tuple[Store, ...]]]:
    """The rows in groups of which each View has one store: its offset holds for coordinate 0, or for the box's first.

    Of the two, that which makes fewer groups; of two that make as many, the one that more rows could have.
    """
    stores: list[list[Store]] = [[] for _ in numbers]
    for views in zip(*(views_in(rows[n]) for n in numbers), strict=True):
        ways = ([_store(v, anchored=False) for v in views], [_store(v, anchored=True) for v in views])
        best = min(ways, key=lambda way: (len(set(way)), -sum(known[store] for store in way)))
        for chosen, store in zip(stores, best, strict=True):
            chosen.append(store)
    groups: dict[tuple[Store, ...], list[int]] = {}
    for key, number in zip(stores, numbers, strict=True):
        groups.setdefault(tuple(key), []).append(number)
    return [(same, key) for key, same in groups.items()]


def _store(view: CView, *, anchored: bool) -> Store:
    strides = tuple(s for _, _, s in view.axes)
    ring = None if view.ring_axis is None else (view.ring_axis, view.ring_rows, view.ring_phase)
    if not anchored:
        return Store(view.tensor, view.memory, False, view.offset, strides, strides[-1], front(strides), ring)
    first = view.offset + sum(lo * s for lo, _, s in view.axes)
    follow = strides == dense(tuple((lo, hi) for lo, hi, _ in view.axes), strides)
    return Store(view.tensor, view.memory, True, first, () if follow else strides, strides[-1], front(strides), ring)


def dense(axes: Sequence[Range], strides: Sequence[int]) -> tuple[int, ...]:
    """Row-major strides from that of the last axis on, for the axes behind those that have none."""
    found, unit = [0] * len(axes), strides[-1]
    for axis in reversed(range(front(strides), len(axes))):
        found[axis] = unit
        unit *= axes[axis][1] - axes[axis][0]
    return tuple(found)


def front(strides: Sequence[int]) -> int:
    """How many axes in front have no stride; the last one always has."""
    return next((i for i, stride in enumerate(strides) if stride or i == len(strides) - 1), 0)


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
    return Placed(_place(store, tuple(axes)), tuple(slides))


def _place(store: Store, axes: tuple[Range, ...]) -> Place:
    follow = not store.strides or store.strides == dense(tuple((0, hi) for _, hi in axes), store.strides)
    kinds = (Strides.GIVEN, Strides.DENSE) if not store.anchored else (Strides.ANCHORED, Strides.PACKED)
    return Place(
        memory=store.memory,
        kind=kinds[follow],
        unit=store.unit if follow else 0,
        offset=store.offset,
        front=store.front,
        axes=axes,
        strides=() if follow else store.strides[store.front :],
        ring=store.ring,
    )


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
