"""Reads a folded step table back, from its bytes alone, by what mcu_unfold.c says of them and not by the encoder."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from mcu_lab.firmware.encode import Folded
from mcu_lab.firmware.layout import CView
from mcu_lab.firmware.rows import Row


@dataclass
class Bytes:
    data: bytes
    at: int

    def byte(self) -> int:
        self.at += 1
        return self.data[self.at - 1]

    def number(self) -> int:
        value, bits = 0, 0
        while True:
            byte = self.byte()
            value |= (byte & 127) << bits
            bits += 7
            if byte < 128:
                return value

    def signed(self) -> int:
        value = self.number()
        return ~(value >> 1) if value & 1 else value >> 1


def letters(table: Folded) -> Iterator[int]:
    """Numbers of patterns, in the order in which they run."""

    def rule(at: int) -> Iterator[int]:
        reader = Bytes(table.order, at)
        while (first := reader.byte()) != 0:
            times = reader.number() if first == 1 else 1
            symbol = reader.byte() if first == 1 else first
            symbol = 224 + (symbol - 224) * 256 + reader.byte() if symbol >= 224 else symbol
            symbol -= 2
            for _ in range(times):
                if symbol < len(table.starts):
                    yield symbol
                else:
                    yield from rule(table.rules[symbol - len(table.starts)])

    yield from rule(table.rules[0])


def unfold(table: Folded) -> list[Row]:
    """All rows. ``owner`` and CView.tensor, of which C knows nothing, are -1: but for the owner of parameters."""
    runs = [0] * len(table.starts)
    rows = []
    for pattern in letters(table):
        rows.append(_row(table, table.starts[pattern], runs[pattern] if pattern < table.counters else 0))
        runs[pattern] += 1
    return rows


def plain(row: Row) -> Row:
    """The row without what C does not know."""

    def view(v: CView) -> CView:
        return replace(v, tensor=-1)

    return replace(
        row,
        owner=row.owner if row.kernel and row.owner >= 0 else -1,
        slots=tuple(tuple(map(view, slot)) for slot in row.slots),
        outs=tuple(view(v) if v else None for v in row.outs),
        sums=view(row.sums) if row.sums else None,
    )


def _row(table: Folded, start: int, run: int) -> Row:
    r = Bytes(table.code, start)
    flags, elements, kernel, params, slots, outs = r.byte(), r.byte(), r.number(), r.number(), r.number(), r.number()
    sizes = tuple(r.byte() for _ in range(outs)) if elements & 8 else ()
    awaits = r.number() if flags & 64 else 0
    digits = [run, 0]
    if flags & 128:
        period = r.number()
        digits = [run % period, run // period]
    scratch = (r.number(), r.number()) if flags & 32 else None
    reduce = None
    if flags & 16:
        lo = r.number()
        reduce = [lo, lo + r.number()]
        if r.byte():
            _slide(r, [reduce], digits)
    rank = elements & 7
    found = []
    for _ in range(slots):
        slot: list[CView] = []
        head = r.byte()
        while head != 255:
            slot.append(_view(r, head, rank, digits))
            head = r.byte() if head & 1 else 255
        found.append(tuple(slot))
    made = []
    for _ in range(outs):
        head = r.byte()
        made.append(None if head == 255 else _view(r, head, rank, digits))
    return Row(
        kernel=table.kernels[kernel - 1] if kernel else None,
        owner=table.operators[params - 1] if params else -1,
        flags=flags & 7,
        rank=rank,
        element_bytes=elements >> 4,
        slots=tuple(found),
        outs=tuple(made),
        sums=_view(r, r.byte(), rank, digits) if flags & 8 else None,
        reduce=(reduce[0], reduce[1]) if reduce else None,
        scratch=scratch,
        awaits=awaits,
        out_bytes=sizes,
    )


def _slide(r: Bytes, axes: list[list[int]], digits: list[int]) -> None:
    which, base, size, step = r.byte(), r.signed(), r.number(), r.signed()
    axis = axes[which & 7]
    lo = base + step * digits[which >> 3]
    axis[:] = [min(max(end, axis[0]), axis[1]) for end in (lo, lo + size)]


def _view(r: Bytes, head: int, rank: int, digits: list[int]) -> CView:
    at = Bytes(r.data, r.number() if head & 2 else r.at)
    form = at.byte()
    kind, front = form & 3, form >> 4
    memory, offset = at.number(), at.signed()
    unit = at.number() if kind in (0, 2) else 0
    ring = (at.number(), at.number(), at.signed()) if form & 4 else None
    axes = [[0, 1] for _ in range(front)]
    for _ in range(rank - front):
        lo = 0 if form & 8 else at.signed()
        axes.append([lo, lo + at.number()])
    shape = [hi for _, hi in axes]
    strides = [0] * front + [at.signed() if kind in (1, 3) else 0 for _ in range(rank - front)]
    r.at = r.at if head & 2 else at.at
    for _ in range(head >> 2):
        _slide(r, axes, digits)
    shape = [hi - lo for lo, hi in axes] if kind == 2 else shape
    for axis in range(rank - 1, front - 1, -1):
        if kind in (0, 2):
            strides[axis] = unit
            unit *= shape[axis]
    if kind in (2, 3):
        offset -= sum(lo * stride for (lo, _), stride in zip(axes, strides, strict=True))
    return CView(
        tensor=-1,
        axes=tuple((lo, hi, stride) for (lo, hi), stride in zip(axes, strides, strict=True)),
        offset=offset,
        ring_rows=ring[1] if ring else 0,
        ring_phase=ring[2] if ring else 0,
        ring_axis=ring[0] if ring else None,
        memory=memory,
    )
