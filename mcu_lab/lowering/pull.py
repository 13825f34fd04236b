"""What a stage by rows makes when: nothing twice and nothing early.

Whoever makes the stage's outputs pulls the rows it reads, those pull theirs, one piece at a time; branches, residuals,
strides and paddings all follow from the operators' region rules. A search asks this for thousands of stages, so what
does not depend on the stage is worked out once for each graph.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from heapq import heapify, heappop, heappush
from typing import Protocol

from mcu_lab.graph.box import Box, Interval
from mcu_lab.graph.ir import Graph, Operator
from mcu_lab.limits import ROWS
from mcu_lab.lowering.folding import without_memory
from mcu_lab.lowering.pieces import ROW_AXIS, has_rows
from mcu_lab.ops import spec_of
from mcu_lab.schedule.model import InputMode
from mcu_lab.stopping import look_up


@dataclass(frozen=True, slots=True)
class Rows:
    """How a tensor comes apart in rows: ``height`` of them, each with ``unit`` coordinates of ``axis``.

    An image has its rows on axis 1. As a vector, (1, height * width * channels), it has the same ones.
    """

    axis: int
    unit: int
    height: int

    def box(self, shape: tuple[int, ...], lo: int, hi: int) -> Box:
        """Rows ``lo:hi`` of a tensor of that shape."""
        return Box.full(shape).replaced(self.axis, Interval(lo * self.unit, hi * self.unit))


@dataclass(frozen=True, slots=True)
class Piece:
    """One step of an operator, or some rows of a streamed input as they arrive.

    op       id of the operator; None for an input.
    tensors  what it makes.
    lo, hi   the rows of each that it makes; of an operator that ``adds`` up rows, the rows of input 0 that it adds.
    made     how many rows of ``tensors`` there are afterwards.
    reads    activations: (tensor, first row, row behind the last). A tensor without rows counts as one.
    adds     it adds up rows; the last such piece of an operator writes the output, at once.
    """

    op: int | None
    tensors: tuple[int, ...]
    lo: int
    hi: int
    made: int
    reads: tuple[tuple[int, int, int], ...]
    adds: bool = False


class RowTables:
    """Rows of every tensor of a graph, and pieces of every operator by how many rows they make."""

    def __init__(self, graph: Graph) -> None:
        self._graph = graph
        self.rows: Mapping[int, Rows] = _rows_of_tensors(graph)
        self._needs: dict[int, tuple[bool, list[dict[int, tuple[int, int]]]]] = {}
        self._pieces: dict[tuple[int, int], tuple[Piece, ...]] = {}
        self._faults: dict[int, str] = {}

    def height(self, op_id: int) -> int | None:
        """How many rows all outputs of an operator have; None when they do not come apart alike."""
        found = {self.rows[t].height if t in self.rows else None for t in self._graph.operators[op_id].outputs}
        return found.pop() if len(found) == 1 else None

    def fault(self, op_id: int) -> str:
        """Why an operator can neither make rows, nor add them up, nor do without any; empty when it can."""
        if op_id not in self._faults:
            self._faults[op_id] = self._fault(self._graph.operators[op_id])
        return self._faults[op_id]

    def _fault(self, op: Operator) -> str:
        if self.summed(op.id) is not None or self.height(op.id) is not None:
            return ""
        output = next((self._graph.tensors[t] for t in op.outputs if t not in self.rows), None)
        if output is None:
            return "cannot be made row by row: its outputs differ in height."
        if any(t in self.rows and self.rows[t].height > 1 for t in op.inputs):
            return f"cannot be made row by row: {output} is not a single image of rank 4, and no sum of rows."
        return ""

    def summed(self, op_id: int) -> Rows | None:
        """The rows of input 0 that an operator can add up one after the other; None when it cannot."""
        op = self._graph.operators[op_id]
        rows = self.rows.get(op.inputs[0]) if op.inputs else None
        spec = spec_of(op)
        if rows is None or rows.height < 2 or len(op.outputs) != 1 or spec.accumulate is None:
            return None
        return rows if spec.reduce_axis(self._graph, op) == rows.axis else None

    def pieces(self, op_id: int, tile: int) -> tuple[Piece, ...]:
        """All steps of an operator when it makes (or adds up) ``tile`` rows at a time."""
        key = op_id, tile
        if key not in self._pieces:
            self._pieces[key] = self._cut(op_id, tile)
        return self._pieces[key]

    def arrivals(self, tensor: int, tile: int) -> tuple[Piece, ...]:
        """A streamed input, ``tile`` rows at a time."""
        height = self.rows[tensor].height
        bounds = ((lo, min(lo + tile, height)) for lo in range(0, height, tile))
        return tuple(Piece(None, (tensor,), lo, hi, hi, ()) for lo, hi in bounds)

    def _cut(self, op_id: int, tile: int) -> tuple[Piece, ...]:
        if op_id not in self._needs:
            self._needs[op_id] = self._needed_rows(self._graph.operators[op_id])
        adds, needed = self._needs[op_id]
        found = []
        for lo in range(0, len(needed), tile):
            reads: dict[int, tuple[int, int]] = {}
            for row in needed[lo : lo + tile]:
                for tensor, (first, last) in row.items():
                    other = reads.get(tensor, (first, last))
                    reads[tensor] = min(first, other[0]), max(last, other[1])
            hi = min(lo + tile, len(needed))
            made = hi if not adds else int(hi == len(needed))
            ordered = tuple((tensor, *reads[tensor]) for tensor in reads)
            found.append(Piece(op_id, self._graph.operators[op_id].outputs, lo, hi, made, ordered, adds))
        return tuple(found)

    def _needed_rows(self, op: Operator) -> tuple[bool, list[dict[int, tuple[int, int]]]]:
        """Whether the operator adds up rows, and for each of its rows the rows of its inputs."""
        graph, spec, shapes = self._graph, spec_of(op), [self._graph.tensors[t].shape for t in op.outputs]
        whole = tuple(Box.full(shape) for shape in shapes)
        summed, height = self.summed(op.id), self.height(op.id)
        if summed is not None:
            slices = (Interval(row * summed.unit, (row + 1) * summed.unit) for row in range(summed.height))
            return True, [self._rows_in(op, spec.needs(graph, op, whole, each)) for each in slices]
        if height is None:
            return False, [self._rows_in(op, spec.needs(graph, op, whole, None))]
        forms = [self.rows[t] for t in op.outputs]
        boxes = (tuple(f.box(s, row, row + 1) for f, s in zip(forms, shapes, strict=True)) for row in range(height))
        return False, [self._rows_in(op, spec.needs(graph, op, each, None)) for each in boxes]

    def _rows_in(self, op: Operator, needed: Sequence[Box | None]) -> dict[int, tuple[int, int]]:
        look_up()
        reads: dict[int, tuple[int, int]] = {}
        for tensor, box in zip(op.inputs, needed, strict=True):
            if tensor < 0 or self._graph.tensors[tensor].is_const or box is None or not box.size:
                continue
            rows = self.rows.get(tensor)
            lo, hi = (box[rows.axis].lo // rows.unit, -(-box[rows.axis].hi // rows.unit)) if rows else (0, 1)
            other = reads.get(tensor, (lo, hi))
            reads[tensor] = min(lo, other[0]), max(hi, other[1])
        return reads


def row_tables(graph: Graph) -> RowTables:
    """The tables of a graph; those of the last few graphs are remembered."""
    return _remembered(_Identical(graph))


def passing(graph: Graph, operators: Collection[int]) -> frozenset[int]:
    """Activations that only these operators read, and that are no outputs of the graph."""
    inside = frozenset(operators)
    touched = {t for op in inside for t in (*graph.operators[op].inputs, *graph.operators[op].outputs)}
    return frozenset(
        t
        for t in touched
        if t >= 0 and t not in graph.outputs and (found := graph.readers.get(t)) and inside.issuperset(found)
    )


def kept_tensors(graph: Graph, operators: Collection[int], inputs: InputMode, alias: Collection[int]) -> frozenset[int]:
    """Tensors of which a stage by rows only ever has some: with rows, made or received by it, and read by it alone.

    Tensors that share storage because of ``alias`` are all kept or none.
    """
    tables, inside = row_tables(graph), frozenset(operators)
    own = {t for op in inside for t in graph.operators[op].outputs} | set(graph.inputs if inputs == "streamed" else ())
    kept = {t for t in own & passing(graph, inside) if t in tables.rows}
    return all_or_none(graph, kept, inside.intersection(alias))


def all_or_none(graph: Graph, tensors: Collection[int], still: Collection[int]) -> frozenset[int]:
    """``tensors`` without those that share storage, because operators of ``still`` move nothing, with any other."""
    kept, shared = set(tensors), [linked(graph, op) for op in still]
    while torn := [group for group in shared if group & kept and group - kept]:
        kept.difference_update(*torn)
    return frozenset(kept)


def row_pieces(
    graph: Graph, operators: Collection[int], inputs: InputMode, rows: int, alias: Collection[int] = ()
) -> tuple[Piece, ...]:
    """The pieces of a stage that makes ``rows`` rows at a time, in their order.

    Of several operators that make what others read, or the graph's outputs, the one that lags behind furthest is
    pulled, and those that are read inside only when the others are complete: what they still lack is wanted by nobody
    here. Operators of ``alias`` move nothing; they go row by row, exactly as far as they are wanted.
    """
    tables, passed = row_tables(graph), passing(graph, operators)
    arriving = kept_tensors(graph, operators, inputs, alias).intersection(graph.inputs)
    cuts = [tables.pieces(op, 1 if op in alias else rows) for op in sorted(operators)]
    cuts += [tables.arrivals(t, rows) for t in graph.inputs if t in arriving]
    leaving = [i for i, cut in enumerate(cuts) if not passed.issuperset(cut[0].tensors)]
    read = {t for op in operators for t in graph.operators[op].inputs}
    makers = {t: i for i, cut in enumerate(cuts) for t in cut[0].tensors}
    order = pulled(cuts, makers, leaving, [not read.isdisjoint(cut[0].tensors) for cut in cuts])
    return tuple(cuts[at][number] for at, number in order)


class Part(Protocol):
    """What pulling has to know of a piece: the rows there are after it, and what it reads as (source, from, up to)."""

    @property
    def made(self) -> int: ...
    @property
    def reads(self) -> tuple[tuple[int, int, int], ...]: ...


def pulled(
    cuts: Sequence[Sequence[Part]], makers: Mapping[int, int], leaving: Sequence[int], late: Sequence[bool]
) -> list[tuple[int, int]]:
    """(cut, number of its piece) in the order in which pulling the cuts ``leaving`` makes them.

    ``makers`` gives the cut that makes a source; others are there already. Those that are ``late`` are pulled only
    when the others are complete.
    """
    done = [0] * len(cuts)
    made = [0] * len(cuts)
    order: list[tuple[int, int]] = []
    waiting = [(late[i], 0.0, i) for i in leaving if len(cuts[i])]
    heapify(waiting)
    while waiting:
        look_up()
        _, part, cut = heappop(waiting)
        # Who is further than it was has been read by others, and waits anew.
        agenda = [cut] if part == done[cut] / len(cuts[cut]) else []
        while agenda:
            at = agenda[-1]
            piece = cuts[at][done[at]]
            for source, _, hi in piece.reads:
                maker = makers.get(source)
                if maker is not None and made[maker] < hi and done[maker] < len(cuts[maker]):
                    agenda.append(maker)
                    break
            else:
                order.append((at, done[at]))
                made[at] = piece.made
                done[at] += 1
                agenda.pop()
        if done[cut] < len(cuts[cut]):
            heappush(waiting, (late[cut], done[cut] / len(cuts[cut]), cut))
    return order


class _Identical:
    """A graph as a key that is equal to itself alone."""

    def __init__(self, graph: Graph) -> None:
        self.graph = graph

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Identical) and self.graph is other.graph

    def __hash__(self) -> int:
        return id(self.graph)


@lru_cache(maxsize=8)
def _remembered(key: _Identical) -> RowTables:
    return RowTables(key.graph)


def _rows_of_tensors(graph: Graph) -> dict[int, Rows]:
    """Rows of images, and of what is an image under another shape."""
    found: dict[int, Rows] = {}
    most = ROWS.most
    for tensor in graph.activations:
        held = graph.tensors[tensor]
        if has_rows(held) and held.shape[ROW_AXIS] <= most:
            found[tensor] = Rows(ROW_AXIS, 1, held.shape[ROW_AXIS])
    renamed = [(op.inputs[0], op.outputs[0]) for op in graph.operators if _renames(graph, op)]
    for source, target in renamed:
        if target not in found and source in found:
            _add_renamed(graph, found, source, target)
    for source, target in reversed(renamed):
        if source in graph.inputs and source not in found and target in found:
            _add_renamed(graph, found, target, source)
    return found


def _add_renamed(graph: Graph, found: dict[int, Rows], known: int, other: int) -> None:
    """The rows of a tensor that has the elements of another one in the same order, where an axis of it has them."""
    shape, height = graph.tensors[other].shape, found[known].height
    axis = next((a for a, length in enumerate(shape) if length > 1), len(shape) - 1)
    if axis >= 0 and shape[axis] and shape[axis] % height == 0:
        found[other] = Rows(axis, shape[axis] // height, height)


def _renames(graph: Graph, op: Operator) -> bool:
    """Whether the one output is input 0 under another shape."""
    for alias in spec_of(op).aliases(graph, op) if len(op.outputs) == 1 else ():
        if (alias.part, alias.whole) == (op.outputs[0], op.inputs[0]):
            source, target = graph.tensors[alias.whole], graph.tensors[alias.part]
            seen = alias.view(without_memory(source.shape))
            return source.elements == target.elements and bool(seen.flags.c_contiguous)
    return False


def linked(graph: Graph, op_id: int) -> frozenset[int]:
    """The tensors that share storage when an operator moves nothing."""
    op = graph.operators[op_id]
    return frozenset(t for alias in spec_of(op).aliases(graph, op) for t in (alias.part, alias.whole))
