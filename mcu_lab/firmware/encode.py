"""Patterns and grammar as bytes, in the form that runtime/mcu_unfold.c reads.

All numbers are of seven bits a byte, the low ones first; signed ones have their sign in the lowest bit. A place that
was written before is named by where it begins.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from mcu_lab.errors import PlanError
from mcu_lab.firmware.patterns import Pattern, Placed, Slide, patterns_of
from mcu_lab.firmware.places import Place, Range, Strides
from mcu_lab.firmware.rows import Row
from mcu_lab.firmware.sequence import Grammar, grammar

_OWN_SIZES = 8
_HAS_SUMS, _HAS_REDUCE, _HAS_SCRATCH, _AWAITS, _HAS_PERIOD = 8, 16, 32, 64, 128
_MORE, _KNOWN, _SLIDES_AT, _ABSENT = 1, 2, 2, 0xFF
_HAS_RING, _FROM_ZERO, _FRONT_AT = 4, 8, 4
_OUTER = 8
END, REPEAT, _FIRST_SYMBOL, _FIRST_WIDE = 0, 1, 2, 224
_MOST_BYTES = 0xFFFF
_MOST_RUNS = 0xFFFF


@dataclass(frozen=True)
class Folded:
    """The step table of a plan.

    code           all patterns; ``starts`` says where each begins.
    order          all rules; ``rules`` says where each begins.
    kernels        C functions by their number less 1. ``operators``: whose parameters, likewise.
    runs           how often each pattern runs.
    counters       patterns of which the runtime has to count the runs.
    depth          rules that are begun and not yet finished, at most.
    views, slots, outs  the most that one row has of each; ``axes``: of all its Views.
    """

    code: bytes
    starts: tuple[int, ...]
    order: bytes
    rules: tuple[int, ...]
    kernels: tuple[str, ...]
    operators: tuple[int, ...]
    patterns: tuple[Pattern, ...]
    runs: tuple[int, ...]
    counters: int
    depth: int
    views: int
    slots: int
    outs: int
    axes: int


def fold(rows: Sequence[Row]) -> Folded:
    """The table that unfolds to these rows. Raises PlanError where it would be larger than 64 kB."""
    patterns, letters = patterns_of(rows)
    spelled = grammar(letters, len(patterns))
    writer = _Writer()
    starts = []
    for pattern in patterns:
        starts.append(len(writer.code))
        writer.pattern(pattern)
    order, rules = _order(spelled)
    runs = [0] * len(patterns)
    for letter in letters:
        runs[letter] += 1
    if max(len(writer.code), len(order), *runs, 0) > min(_MOST_BYTES, _MOST_RUNS):
        raise PlanError(
            f"has a step table of {len(writer.code) + len(order):,} bytes; 65,535 can be addressed.",
            where="steps",
            hint="Its steps are too irregular to fold; larger tiles make fewer of them.",
        )
    views = [len(p.views) for p in patterns]
    return Folded(
        bytes(writer.code), tuple(starts), order, rules, tuple(writer.kernels), tuple(writer.operators), patterns,
        tuple(runs), sum(p.counts for p in patterns), spelled.depth, max(views, default=0),
        max((len(p.row.slots) for p in patterns), default=0), max((len(p.row.outs) for p in patterns), default=0),
        max((len(p.views) * p.row.rank for p in patterns), default=0),
    )  # fmt: skip


def _order(spelled: Grammar) -> tuple[bytes, tuple[int, ...]]:
    order = bytearray()
    rules = []
    for rule in spelled.rules:
        rules.append(len(order))
        for item in rule:
            if item.times > 1:
                order += bytes([REPEAT]) + unsigned(item.times)
            order += symbol(item.symbol)
        order.append(END)
    return bytes(order), tuple(rules)


def symbol(number: int) -> bytes:
    """One byte for the first 222 symbols, two for others."""
    code = number + _FIRST_SYMBOL
    if code < _FIRST_WIDE:
        return bytes([code])
    high, low = divmod(code - _FIRST_WIDE, 256)
    if high >= 256 - _FIRST_WIDE:
        raise PlanError(f"has {number} patterns and rules; there is room for 8,413.", where="steps")
    return bytes([_FIRST_WIDE + high, low])


def unsigned(number: int) -> bytes:
    assert number >= 0
    digits = bytearray()
    while number >= 128:
        digits.append(number & 127 | 128)
        number >>= 7
    digits.append(number)
    return bytes(digits)


def signed(number: int) -> bytes:
    return unsigned(number << 1 if number >= 0 else ~number << 1 | 1)


@dataclass
class _Writer:
    """Appends patterns to ``code``. Lives only while :func:`fold` runs."""

    code: bytearray = field(default_factory=bytearray)
    places: dict[Place, int] = field(default_factory=dict)
    kernels: dict[str, int] = field(default_factory=dict)
    operators: dict[int, int] = field(default_factory=dict)

    def pattern(self, pattern: Pattern) -> None:
        row = pattern.row
        flags = row.flags
        flags |= _HAS_SUMS if row.sums else 0
        flags |= _HAS_REDUCE if pattern.reduce else 0
        flags |= _HAS_SCRATCH if row.scratch else 0
        flags |= _AWAITS if row.awaits else 0
        flags |= _HAS_PERIOD if pattern.period else 0
        kernel = self.kernels.setdefault(row.kernel, len(self.kernels) + 1) if row.kernel else 0
        has_params = row.kernel is not None and row.owner >= 0
        operator = self.operators.setdefault(row.owner, len(self.operators) + 1) if has_params else 0
        self.code += bytes([flags, row.element_bytes << 4 | row.rank | (_OWN_SIZES if row.out_bytes else 0)])
        self.code += unsigned(kernel) + unsigned(operator)
        self.code += unsigned(len(row.slots)) + unsigned(len(row.outs))
        self.code += bytes(row.out_bytes)
        if row.awaits:
            self.code += unsigned(row.awaits)
        if pattern.period:
            self.code += unsigned(pattern.period)
        if row.scratch:
            self.code += unsigned(row.scratch[0]) + unsigned(row.scratch[1])
        if pattern.reduce:
            self.reduce(*pattern.reduce)
        views = iter(pattern.views)
        for slot in row.slots:
            for left in range(len(slot), 0, -1):
                self.view(next(views), more=left > 1)
            if not slot:
                self.code.append(_ABSENT)
        for out in row.outs:
            if out:
                self.view(next(views))
            else:
                self.code.append(_ABSENT)
        if row.sums:
            self.view(next(views))

    def reduce(self, whole: Range, slide: Slide | None) -> None:
        self.code += unsigned(whole[0]) + unsigned(whole[1] - whole[0]) + unsigned(1 if slide else 0)
        if slide:
            self.slide(slide)

    def view(self, view: Placed, *, more: bool = False) -> None:
        known = self.places.get(view.place)
        head = (_MORE if more else 0) | (_KNOWN if known is not None else 0) | len(view.slides) << _SLIDES_AT
        self.code.append(head)
        if known is None:
            self.places[view.place] = len(self.code)
            self.place(view.place)
        else:
            self.code += unsigned(known)
        for slide in view.slides:
            self.slide(slide)

    def slide(self, slide: Slide) -> None:
        self.code.append(slide.axis | (_OUTER if slide.outer else 0))
        self.code += signed(slide.base) + unsigned(slide.size) + signed(slide.step)

    def place(self, place: Place) -> None:
        axes = place.axes[place.front :]
        from_zero = all(lo == 0 for lo, _ in axes)
        head = (
            place.kind | (_HAS_RING if place.ring else 0) | (_FROM_ZERO if from_zero else 0) | place.front << _FRONT_AT
        )
        self.code.append(head)
        self.code += unsigned(place.memory) + signed(place.offset)
        if place.kind in (Strides.DENSE, Strides.PACKED):
            self.code += unsigned(place.unit)
        if place.ring:
            axis, rows, phase = place.ring
            self.code += unsigned(axis) + unsigned(rows) + signed(phase)
        for lo, hi in axes:
            self.code += unsigned(hi) if from_zero else signed(lo) + unsigned(hi - lo)
        for stride in place.strides:
            self.code += signed(stride)
