"""Pieces: what is read is there, nothing is made twice, and nothing that nobody wants."""

from __future__ import annotations

from collections import Counter

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mcu_lab.graph.box import Box
from mcu_lab.graph.ir import Graph
from mcu_lab.lowering.pull import Piece, passing, row_pieces, row_tables
from mcu_lab.ops import spec_of
from mcu_lab.schedule.model import InputMode
from tests.conftest import examples
from tests.lowering.stage_cases import nets
from tests.plan.tiny import Net

INPUTS = st.sampled_from(("resident", "streamed"))


@settings(max_examples=examples(60), deadline=None, suppress_health_check=list(HealthCheck))
@given(nets(), st.integers(1, 3), INPUTS)
def test_what_is_read_has_been_made(graph: Graph, rows: int, inputs: InputMode) -> None:
    operators = range(len(graph.operators))
    pieces = row_pieces(graph, operators, inputs, rows)
    there = dict.fromkeys((t for p in pieces for t in p.tensors), 0)
    for piece in pieces:
        for tensor, lo, hi in piece.reads:
            assert lo < hi <= there.get(tensor, hi)
        before = {t: there[t] for t in piece.tensors}
        there |= dict.fromkeys(piece.tensors, piece.made)
        assert piece.adds or set(before.values()) == {piece.lo}
    for tensor in graph.outputs:
        full = row_tables(graph).rows[tensor].height if tensor in row_tables(graph).rows else 1
        assert there[tensor] == full


@settings(max_examples=examples(60), deadline=None, suppress_health_check=list(HealthCheck))
@given(nets(), st.integers(1, 3), INPUTS)
def test_what_passes_is_made_no_further_than_it_is_read(graph: Graph, rows: int, inputs: InputMode) -> None:
    operators = range(len(graph.operators))
    pieces = row_pieces(graph, operators, inputs, rows)
    last = {piece.tensors: piece for piece in pieces}
    read = {t: max(hi for p in pieces for x, _, hi in p.reads if x == t) for p in pieces for t, _, _ in p.reads}
    inside = passing(graph, operators)
    for tensors, piece in last.items():
        if inside.issuperset(tensors) and not piece.adds:
            assert max(read[t] for t in tensors if t in read) > piece.lo


@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
@given(nets(), st.integers(1, 3))
def test_a_piece_reads_what_the_region_rule_asks_for(graph: Graph, rows: int) -> None:
    for piece in row_pieces(graph, range(len(graph.operators)), "resident", rows):
        if piece.op is not None and not piece.adds:
            assert dict((t, (lo, hi)) for t, lo, hi in piece.reads) == _asked(graph, piece)


def _asked(graph: Graph, piece: Piece) -> dict[int, tuple[int, int]]:
    assert piece.op is not None
    op, rows = graph.operators[piece.op], row_tables(graph).rows
    shapes = {t: graph.tensors[t].shape for t in op.outputs}
    boxes = tuple(rows[t].box(s, piece.lo, piece.hi) if t in rows else Box.full(s) for t, s in shapes.items())
    asked: dict[int, tuple[int, int]] = {}
    for tensor, box in zip(op.inputs, spec_of(op).needs(graph, op, boxes, None), strict=True):
        if tensor < 0 or graph.tensors[tensor].is_const or box is None or not box.size:
            continue
        form = rows.get(tensor)
        lo, hi = (box[form.axis].lo // form.unit, -(-box[form.axis].hi // form.unit)) if form else (0, 1)
        other = asked.get(tensor, (lo, hi))
        asked[tensor] = min(lo, other[0]), max(hi, other[1])
    return asked


def test_sums_of_rows_take_every_row_once() -> None:
    net = Net((1, 9, 4, 2))
    x = net.conv(net.input, 2)
    graph = net.graph(net.fully_connected(net.reshape(x, (1, 72)), 3), net.mean(x, 1, 2))
    pieces = row_pieces(graph, range(4), "resident", 2)
    added = Counter((p.op, row) for p in pieces if p.adds for row in range(p.lo, p.hi))
    assert added == Counter((op, row) for op in (2, 3) for row in range(9))
    assert [p.made for p in pieces if p.op == 3] == [0, 0, 0, 0, 1]


def test_operators_that_move_nothing_go_as_far_as_they_are_wanted() -> None:
    net = Net((1, 9, 4, 2))
    y = net.conv(net.pad(net.relu(net.input), (2, 2), (1, 1)), 2)
    graph = net.graph(y)
    moved = row_pieces(graph, range(3), "resident", 2)
    named = row_pieces(graph, range(3), "resident", 2, alias=(1,))
    assert {p.hi - p.lo for p in named if p.op == 1} == {1}
    assert max(p.made for p in named if p.op == 1) <= max(p.made for p in moved if p.op == 1)


def test_tables_are_those_of_one_graph() -> None:
    one, other = Net((1, 4, 4, 2)), Net((1, 6, 4, 2))
    graphs = [net.graph(net.relu(net.input)) for net in (one, other)]
    assert row_tables(graphs[0]) is row_tables(graphs[0])
    assert [row_tables(g).height(0) for g in graphs] == [4, 6]
