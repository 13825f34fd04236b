"""Where the rows of a tensor lie in the rows of the tensor whose storage it shares."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from mcu_lab.graph.box import Box, Interval
from mcu_lab.graph.ir import Graph
from mcu_lab.lowering.groups import Groups
from mcu_lab.lowering.pull import Rows
from mcu_lab.lowering.refusal import refused
from mcu_lab.plan.address import Layout
from mcu_lab.plan.model import Ring, View


@dataclass(frozen=True)
class Seat:
    """A tensor in the storage of ``root``.

    shape     of the tensor.
    rows      how the tensor comes apart.
    layout    origin and strides of the tensor where the root lies whole.
    row       elements of one of the root's rows.
    per_row   coordinates of ``rows.axis`` that lie in one of the root's rows.
    phase     coordinate ``-phase`` of ``rows.axis`` opens the root's first row.
    """

    tensor: int
    root: int
    shape: tuple[int, ...]
    rows: Rows
    layout: Layout
    row: int
    per_row: int
    phase: int

    def box(self, lo: int, hi: int) -> Box:
        """Rows ``lo:hi`` of the tensor."""
        return self.rows.box(self.shape, lo, hi)

    def root_rows(self, lo: int, hi: int) -> tuple[int, int]:
        """The rows of the root in which rows ``lo:hi`` of the tensor lie."""
        first, last = lo * self.rows.unit + self.phase, hi * self.rows.unit + self.phase
        return first // self.per_row, -(-last // self.per_row)

    def part(self, lo: int, hi: int) -> Box:
        """What of the tensor lies in rows ``lo:hi`` of the root."""
        full = Box.full(self.shape)
        along = Interval(lo * self.per_row - self.phase, hi * self.per_row - self.phase)
        return full.replaced(self.rows.axis, along & full[self.rows.axis])

    def dense(self, buffer: str, first: int, box: Box) -> View:
        """The box in a buffer that holds the root's rows from ``first`` on, one after the other."""
        return View(buffer, self.tensor, box, self.layout.origin - first * self.row, self.layout.strides)

    def ring(self, buffer: str, rows: int, box: Box) -> View:
        """The box in a buffer that holds ``rows`` of the root's rows, each where its number modulo ``rows`` says."""
        places = rows * self.per_row
        origin = self.layout.origin - self.phase * self.layout.strides[self.rows.axis]
        ring = Ring(self.rows.axis, places, self.phase % places)
        return View(buffer, self.tensor, box, origin, self.layout.strides, ring)


def seat_of(graph: Graph, shared: Groups, rows: Mapping[int, Rows], tensor: int) -> Seat:
    """The seat of a tensor that has rows. Raises ScheduleError when its rows are not parts of its root's rows."""
    root, layout, form = shared.root[tensor], shared.layout[tensor], rows[tensor]
    shape = graph.tensors[tensor].shape
    held = shared.held.get(tensor, Box.full(shape))
    row = graph.tensors[root].elements // rows[root].height
    step = layout.strides[form.axis]
    corner = layout.origin + sum(s * i.lo for s, i in zip(layout.strides, held, strict=True))
    beside = [s * (len(i) - 1) for a, (s, i) in enumerate(zip(layout.strides, held, strict=True)) if a != form.axis]
    if rows[root].height == 1:
        return Seat(tensor, root, shape, form, layout, row, shape[form.axis], 0)
    if step < 1 or row % step or min(beside, default=0) < 0 or corner % step + sum(beside) >= step:
        raise refused(
            graph,
            graph.producer[tensor],
            f"cannot leave {graph.tensors[tensor].name} in a line buffer.",
            "Let it move its bytes.",
        )
    return Seat(tensor, root, shape, form, layout, row, row // step, corner // step - held[form.axis].lo)
