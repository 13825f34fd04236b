"""STRIDED_SLICE with random masks, new axes and ellipses: what is executed has LiteRT's bytes."""

from __future__ import annotations

import numpy as np
import pytest

from mcu_lab.execution.oracle import litert_tensors
from mcu_lab.execution.reference import run_reference
from mcu_lab.graph.ir import Graph
from mcu_lab.graph.tflite_write import write_tflite
from mcu_lab.ops import problems
from tests.ops.element_cases import graph, inputs_for, made, stored

pytest.importorskip("ai_edge_litert")
DRAWS = 80


def drawn(rng: np.random.Generator, shape: tuple[int, ...] | None = None) -> Graph:
    """A slice with an output of that shape."""
    rank = int(rng.integers(1, 5))
    count = int(rng.integers(1, rank + 2))
    x = made(tuple(int(n) for n in rng.integers(1, 6, rank)))
    begins, ends = rng.integers(-4, 5, count), rng.integers(-5, 7, count)
    strides = rng.choice([1, 1, 1, 2, -1], count)

    def bits(share: float) -> int:
        return sum(int(rng.random() < share) << k for k in range(count))

    masks = {"begin_mask": bits(0.5), "end_mask": bits(0.5), "shrink_axis_mask": bits(0.2), "new_axis_mask": bits(0.2)}
    ellipsis = 1 << int(rng.integers(count)) if rng.random() < 0.4 else 0
    return graph(
        "STRIDED_SLICE", [x, stored(begins), stored(ends), stored(strides)], [made((1,) if shape is None else shape)],
        2, **masks, ellipsis_mask=ellipsis, offset=False,
    )  # fmt: skip


@pytest.mark.parametrize("seed", range(4))
def test_what_is_executed_has_the_bytes_of_litert(seed: int) -> None:
    equal = 0
    for draw in range(DRAWS):
        seeds = (seed, draw)
        g = drawn(np.random.default_rng(seeds))
        theirs = litert_tensors(write_tflite(g), inputs_for(g, draw))[4]
        g = drawn(np.random.default_rng(seeds), theirs.shape)
        if not problems(g):
            np.testing.assert_array_equal(run_reference(g, inputs_for(g, draw))[4], theirs, err_msg=str(g.operators))
            equal += 1
    assert equal > DRAWS // 4
