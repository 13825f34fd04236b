"""Stages by tiles: narrow line buffers for one strip of columns after the other, or what is read made anew.

Three ways to make again what a line buffer would have kept:

* ``columns`` alone: strips of the stage's output, one after the other, each by rows with line buffers as narrow as the
  columns it needs. What is read from outside has to be whole: a streamed input is, before the first strip.
* ``anew="all"``: tiles of ``rows`` x ``columns``, row by row of tiles; all operators but those that make the
  stage's outputs are made anew for each of them (patches: MCUNetV2, Lin et al. 2021). A streamed input is kept in a
  line buffer as high as the rows that a tile needs.
* ``anew`` of some: only these operators are made anew, all others keep their rows. This pays most: of a network of
  inverted residual blocks the wide tensor between expansion and depthwise convolution is made anew, a few columns at a
  time, from narrow line buffers. All blocks of a stage then share one small place for it, and only the expansions are
  done twice or so (the H-cache of msf-CNN, Huang et al. 2025, is the other way round: it keeps columns, not rows).
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass

from mcu_lab.errors import ScheduleError
from mcu_lab.graph.box import Box, Interval
from mcu_lab.graph.ir import Graph, Operator
from mcu_lab.limits import STEPS
from mcu_lab.lowering.boundary import Shifted, kept_places, operators_of
from mcu_lab.lowering.groups import Groups
from mcu_lab.lowering.pieces import ROW_AXIS, Make, Move, StageSteps, Store, has_rows
from mcu_lab.lowering.pull import passing
from mcu_lab.lowering.refusal import refused
from mcu_lab.lowering.tile_pieces import COLUMN_AXIS, TilePiece, Tiling, allow_steps, tile_pieces, wanted_boxes
from mcu_lab.plan.address import dense_strides, packed_view
from mcu_lab.plan.model import Ring, View
from mcu_lab.schedule.model import ByTiles, InputMode


def tiled_stage(graph: Graph, stage: ByTiles, inputs: InputMode, shared: Groups, alias: frozenset[int]) -> StageSteps:
    """The steps of a stage by tiles.

    Raises ScheduleError for operators that cannot be executed so, and for strips of a stage with several outputs.
    """
    operators = operators_of(graph, stage)
    for op in operators:
        _check_rows(graph, op)
    received = [t for t in graph.inputs if inputs == "streamed" and has_rows(graph.tensors[t])]
    places = kept_places(graph, stage, [*received, *(t for op in operators for t in op.outputs)], alias)
    anew = _made_anew(graph, stage, operators, places)
    kept: dict[tuple[int, ...], Operator | None] = {op.outputs: op for op in operators if op not in anew}
    passed = passing(graph, stage.operators)
    leaving = tuple(tensors for tensors in kept if not passed.issuperset(tensors))
    strips = _strips(graph, stage, operators, leaving) if stage.columns and not anew else [_whole(graph, operators)]
    arriving = {t for t, place in places.items() if place.root == t and t in graph.inputs}
    if len(strips) > 1:
        places = {t: place for t, place in places.items() if place.root not in arriving}
        arriving.clear()
    kept |= {(t,): None for t in sorted(arriving)}
    columns = stage.columns if anew else 0
    runs = []
    for extent in strips:
        tiling = Tiling(graph, kept, anew, leaving, stage.rows, columns, alias, extent, shared.held)
        runs.append(tile_pieces(tiling))
        allow_steps(tiling, sum(map(len, runs)))
    buffers = _buffers(graph, strips, runs, places, frozenset(t for op in anew for t in op.outputs))
    steps = [
        step
        for extent, pieces in zip(strips, runs, strict=True)
        for step in _steps(graph, pieces, places, {b.tensor: b.view(extent) for b in buffers if b.rows})
    ]
    return StageSteps(operators[0].id, tuple(b.store() for b in buffers), tuple(steps), frozenset(places))


@dataclass(frozen=True)
class _Buffer:
    """Where a root lies: ``rows`` rows of so many columns, in a ring; or (0) whatever box of it is made at a time."""

    tensor: int
    shape: tuple[int, ...]
    height: int
    rows: int

    def store(self) -> Store:
        return Store(f"t{self.tensor}", self.tensor, self.shape)

    def view(self, extent: Mapping[int, Box]) -> View:
        """The root in the buffer, of the columns that a strip makes of it."""
        strides, box = dense_strides(self.shape), extent[self.tensor]
        ring = Ring(ROW_AXIS, self.rows) if self.rows < self.height else None
        return View(f"t{self.tensor}", self.tensor, box, -strides[COLUMN_AXIS] * box[COLUMN_AXIS].lo, strides, ring)


def _check_rows(graph: Graph, op: Operator) -> None:
    outputs = [graph.tensors[t] for t in op.outputs]
    if not all(map(has_rows, outputs)) or len({t.shape[ROW_AXIS] for t in outputs}) != 1:
        raise refused(
            graph, op.id, "cannot be made tile by tile: its outputs are not images of one height.", "Run it whole."
        )


def _made_anew(
    graph: Graph, stage: ByTiles, operators: Sequence[Operator], places: Mapping[int, Shifted]
) -> tuple[Operator, ...]:
    """The operators that are made anew; one that moves nothing goes with the one that makes what it is given."""
    chosen = frozenset(() if stage.anew == "all" else stage.anew)
    if stray := chosen.difference(stage.operators):
        where = f"stage of operator {min(stage.operators)}"
        raise ScheduleError(f"would make operator {min(stray)} anew, which is not in it.", where=where)
    for op_id in sorted(chosen):
        if not places.keys() >= set(graph.operators[op_id].outputs):
            raise refused(
                graph, op_id, "cannot be made anew: what it makes is wanted outside its stage.",
                "End the stage with it, or keep its rows.",
            )  # fmt: skip

    def is_anew(op: Operator) -> bool:
        roots = {places[t].root if t in places else -1 for t in op.outputs}
        makers = {graph.producer.get(root) for root in roots}
        return -1 not in roots and None not in makers and (stage.anew == "all" or makers <= chosen)

    return tuple(op for op in operators if is_anew(op))


def _whole(graph: Graph, operators: Sequence[Operator]) -> dict[int, Box]:
    tensors = {t for op in operators for t in (*op.inputs, *op.outputs) if t >= 0}
    return {t: Box.full(graph.tensors[t].shape) for t in tensors}


def _strips(
    graph: Graph, stage: ByTiles, operators: Sequence[Operator], leaving: Sequence[tuple[int, ...]]
) -> list[dict[int, Box]]:
    """For each strip of the stage's output, the columns of each tensor that are needed for it, in full height."""
    whole = _whole(graph, operators)
    widths = {whole[t][COLUMN_AXIS] for tensors in leaving for t in tensors}
    if len(leaving) != 1 or len(widths) != 1:
        raise ScheduleError(
            f"makes t{', t'.join(str(t) for tensors in leaving for t in tensors)}, which others read: it cannot be "
            "made in strips of columns.",
            where=f"stage of operator {operators[0].id}",
            hint="Let it end in one tensor, or choose 0 columns.",
        )
    (width,) = widths
    starts = range(0, width.hi, stage.columns)
    where = f"stage of operator {operators[0].id}"
    STEPS.allow(len(starts) * len(operators), "making such narrow strips", where=where, error=ScheduleError)
    found = []
    for lo in starts:
        strip = Interval(lo, min(lo + stage.columns, width.hi))
        wanted = {t: whole[t].replaced(COLUMN_AXIS, strip) for t in leaving[0]}
        wanted = wanted_boxes(graph, operators, wanted, whole)
        nothing = Interval(0, 0)
        found.append(
            {
                t: box.replaced(COLUMN_AXIS, wanted[t][COLUMN_AXIS] if t in wanted else nothing)
                for t, box in whole.items()
                if len(box) > COLUMN_AXIS
            }
        )
    return found


def _buffers(
    graph: Graph,
    strips: Sequence[Mapping[int, Box]],
    runs: Sequence[Sequence[TilePiece]],
    places: Mapping[int, Shifted],
    fresh: Collection[int],
) -> list[_Buffer]:
    """One buffer for each root, in the order of their first use."""
    roots = dict.fromkeys(places[t].root for run in runs for piece in run for t in piece.boxes if t in places)
    rows = [_rows_alive(run, places) for run in runs]
    found = []
    for root in roots:
        height, depth = graph.tensors[root].shape[ROW_AXIS], graph.tensors[root].shape[-1]
        if root in fresh:
            boxes = [piece.boxes[root] for run in runs for piece in run if root in piece.boxes]
            found.append(_Buffer(root, max(boxes, key=lambda box: box.size).shape, height, 0))
        else:
            most = max(alive.get(root, 0) for alive in rows)
            width = max(len(extent[root][COLUMN_AXIS]) for extent in strips)
            found.append(_Buffer(root, (1, most, width, depth), height, most))
    return found


def _rows_alive(pieces: Sequence[TilePiece], places: Mapping[int, Shifted]) -> dict[int, int]:
    """For each root, the most rows from the oldest that is still wanted to the newest that is made."""
    oldest: dict[int, int] = {}
    most: dict[int, int] = {}
    for piece in reversed(pieces):
        for root, rows in _rows_in_roots(piece.boxes, places):
            alive = rows.hi - min(oldest.get(root, rows.lo), rows.lo)
            most[root] = max(most.get(root, 0), alive)
        for root, rows in _rows_in_roots(piece.reads, places):
            oldest[root] = min(oldest.get(root, rows.lo), rows.lo)
    return most


def _rows_in_roots(boxes: Mapping[int, Box], places: Mapping[int, Shifted]) -> Iterator[tuple[int, Interval]]:
    for tensor, box in boxes.items():
        if tensor in places:
            yield places[tensor].root, places[tensor].in_root(box)[ROW_AXIS]


def _steps(
    graph: Graph, pieces: Sequence[TilePiece], places: Mapping[int, Shifted], lying: Mapping[int, View]
) -> Iterator[Make | Move]:
    """The pieces as steps. ``lying`` says where the roots are that are kept; the others go where there is room."""
    at = dict(lying)

    def view(tensor: int, box: Box) -> View:
        return places[tensor].view(at[places[tensor].root], tensor, box)

    for piece in pieces:
        for tensor, box in piece.boxes.items():
            if tensor in places and places[tensor].root == tensor and tensor not in lying:
                at[tensor] = packed_view(f"t{tensor}", tensor, box)
        into = {t: view(t, box) for t, box in piece.boxes.items() if t in places}
        if piece.op is None:
            yield from (Move(None, dst) for dst in into.values())
            continue
        reads = {t: (view(t, box),) for t, box in piece.reads.items() if t in places}
        outputs = graph.operators[piece.op].outputs
        yield Make(piece.op, tuple(piece.boxes.get(t) for t in outputs), reads, into)
