"""Constants of four bits and sparse ones are whole in a graph, with the bytes that LiteRT multiplies."""

from __future__ import annotations

from dataclasses import replace

import flatbuffers
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mcu_lab.errors import ModelError
from mcu_lab.execution.oracle import compare, litert_tensors
from mcu_lab.execution.reference import random_inputs
from mcu_lab.graph.compact import densified, packed, unpacked
from mcu_lab.graph.flatbuffer import Table, write_table
from mcu_lab.graph.ir import Graph
from mcu_lab.graph.tflite_read import read_tflite
from mcu_lab.graph.tflite_write import write_tflite
from tests.ops.one_operator import convolution, fully_connected


@given(st.lists(st.integers(-8, 7)))
def test_four_bits_come_back(values: list[int]) -> None:
    data = np.array(values, np.int8).tobytes()
    assert len(packed(data)) == -(-len(values) // 2)
    assert unpacked(packed(data), len(values)) == data


def _of_four_bits(graph: Graph) -> Graph:
    weights = graph.tensors[1]
    values = np.random.default_rng(0).integers(-8, 8, weights.shape)
    small = replace(weights, data=values.astype(np.int8).tobytes(), packed=True)
    return replace(graph, tensors=(graph.tensors[0], small, *graph.tensors[2:]))


FOUR_BITS = {
    "conv": convolution(),
    "an odd number of weights": convolution(channels=3, kernel=(1, 3), shape=(1, 5, 5, 3)),
    "depthwise": convolution(depthwise=True),
    "conv of int16": convolution(dtype="int16", output_scale=0.003),
    "fully connected": fully_connected(),
    "hybrid conv": convolution(dtype="hybrid"),
    "hybrid conv with one scale": convolution(dtype="hybrid", per_channel=False),
    "hybrid fully connected": fully_connected(dtype="hybrid", asymmetric=True),
}


@pytest.mark.parametrize("case", FOUR_BITS)
def test_weights_of_four_bits_have_the_bytes_of_litert(case: str) -> None:
    pytest.importorskip("ai_edge_litert")
    graph = _of_four_bits(FOUR_BITS[case])
    model = write_tflite(graph)
    read = read_tflite(model)
    assert read.tensors == graph.tensors
    assert len(model) < len(
        write_tflite(replace(graph, tensors=tuple(replace(t, packed=False) for t in graph.tensors)))
    )
    inputs = random_inputs(graph, 0)
    comparison = compare(read, model, inputs)
    assert comparison.equal
    assert np.unique(litert_tensors(model, inputs)[graph.outputs[0]]).size > 1


Level = int | tuple[list[int], list[int]]


def _sparsity(order: list[int], blocks: list[int], levels: list[Level]) -> Table:
    """A level is its size where it is dense, else segments and indices."""
    builder = flatbuffers.Builder(0)

    def vector(values: list[int]) -> int:
        return write_table(builder, "Int32Vector", values=values)

    def level(of: Level) -> int:
        if isinstance(of, int):
            return write_table(builder, "DimensionMetadata", format=0, dense_size=of)
        return write_table(
            builder, "DimensionMetadata", format=1, array_segments_type=1, array_segments=vector(of[0]),
            array_indices_type=1, array_indices=vector(of[1]),
        )  # fmt: skip

    made = [level(of) for of in levels]
    builder.Finish(
        write_table(builder, "SparsityParameters", traversal_order=order, block_map=blocks, dim_metadata=made)
    )
    return Table.root("SparsityParameters", bytes(builder.Output()))


def _compressed(values: np.ndarray) -> tuple[list[int], list[int], np.ndarray]:
    rows = [np.flatnonzero(row) for row in values]
    segments = [0, *np.cumsum([len(row) for row in rows]).tolist()]
    return segments, np.concatenate(rows).tolist(), values[values != 0]


@given(st.integers(0, 2**32 - 1))
def test_a_compressed_matrix_is_filled_up(seed: int) -> None:
    rng = np.random.default_rng(seed)
    matrix = rng.integers(-2, 3, rng.integers(1, 6, 2)) * rng.integers(0, 2, (1, 1))
    segments, indices, values = _compressed(matrix)
    by_rows = _sparsity([0, 1], [], [len(matrix), (segments, indices)])
    whole = densified(by_rows, matrix.shape, values.astype("<i4").tobytes(), 4, "here")
    np.testing.assert_array_equal(np.frombuffer(whole, "<i4").reshape(matrix.shape), matrix)
    segments, indices, values = _compressed(matrix.T)
    by_columns = _sparsity([1, 0], [], [matrix.shape[1], (segments, indices)])
    whole = densified(by_columns, matrix.shape, values.astype("<i4").tobytes(), 4, "here")
    np.testing.assert_array_equal(np.frombuffer(whole, "<i4").reshape(matrix.shape), matrix)


def test_blocks_are_filled_up() -> None:
    """Of 4x4, the two blocks of 2x2 on the diagonal."""
    blocked = _sparsity([0, 1, 2, 3], [0, 1], [2, ([0, 1, 2], [0, 1]), 2, 2])
    whole = densified(blocked, (4, 4), bytes(range(1, 9)), 1, "here")
    expected = [[1, 2, 0, 0], [3, 4, 0, 0], [0, 0, 5, 6], [0, 0, 7, 8]]
    assert np.frombuffer(whole, np.int8).reshape(4, 4).tolist() == expected


@pytest.mark.parametrize(("sparsity", "says"), [
    (_sparsity([0], [], [4]), "names no axes"),
    (_sparsity([0, 1], [], [4]), "names no axes"),
    (_sparsity([0, 1, 2], [5], [4, 4, 1]), "names no axes"),
    (_sparsity([0, 1], [], [-4, 4]), "places"),
    (_sparsity([0, 1], [], [1 << 30, 4]), "places"),
    (_sparsity([0, 1], [], [4, ([0, 1], [0])]), "too few segments"),
    (_sparsity([0, 1], [], [4, ([0, 1, 1, 1, 9], [0])]), "too few indices"),
    (_sparsity([0, 1], [], [4, ([0, 1, 0, 1, 1], [0])]), "run backwards"),
    (_sparsity([0, 1], [], [4, ([-1, 1, 1, 1, 1], [0])]), "run backwards"),
    (_sparsity([0, 1], [], [4, ([0, 1, 1, 1, 1], [4])]), "outside of its shape"),
    (_sparsity([0, 1], [], [5, 4]), "outside of its shape"),
    (_sparsity([0, 1], [], [4, 4]), "wants more"),
])  # fmt: skip
def test_nonsense_is_refused(sparsity: Table, says: str) -> None:
    with pytest.raises(ModelError, match=says):
        densified(sparsity, (4, 4), bytes(15), 1, "here")
