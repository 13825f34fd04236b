"""Inputs of the reference run: found by id or name, checked, reproducible."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from mcu_lab.errors import InputError, UnsupportedError
from mcu_lab.execution.reference import random_inputs, resolve_inputs, run_reference
from tests.ops.one_operator import convolution, pool


def test_inputs_may_be_named_or_numbered() -> None:
    graph = convolution()
    inputs = random_inputs(graph, 0)
    by_id, by_name = run_reference(graph, inputs), run_reference(graph, {"x": inputs[0]})
    assert by_id.keys() == by_name.keys() == {0, 3}
    np.testing.assert_array_equal(by_id[3], by_name[3])


def test_the_same_seed_gives_the_same_inputs_over_the_whole_range() -> None:
    graph = pool(shape=(1, 64, 64, 8))
    first, again, other = (random_inputs(graph, seed)[0] for seed in (7, 7, 8))
    np.testing.assert_array_equal(first, again)
    assert (first != other).any()
    assert (first.min(), first.max(), first.dtype) == (-128, 127, np.int8)


def test_float_inputs_are_standard_normal() -> None:
    values = random_inputs(pool(dtype="float32", shape=(1, 64, 64, 8)), 0)[0]
    assert values.dtype == np.float32
    assert abs(values.mean()) < 0.05 and abs(values.std() - 1) < 0.05


def test_wrong_inputs_are_told_apart() -> None:
    graph = convolution()
    right = random_inputs(graph, 0)[0]
    for inputs, said in (
        ({}, "no values for t0 x"),
        ({"picture": right}, "'picture' is not an input"),
        ({1: right}, "1 is not an input"),
        ({0: right[:1]}, "shape (1, 9, 11, 6)"),
        ({0: right.astype(np.uint8)}, "dtype uint8"),
    ):
        with pytest.raises(InputError) as caught:
            resolve_inputs(graph, inputs)
        assert said in str(caught.value)
    with pytest.raises(InputError, match="given twice"):
        resolve_inputs(graph, {0: right, "x": right})  # type: ignore[dict-item]


def test_what_cannot_be_executed_is_refused_before_anything_runs() -> None:
    graph = convolution()
    op = dataclasses.replace(graph.operators[0], kind="CUSTOM:mystery")
    with pytest.raises(UnsupportedError, match="CUSTOM:mystery"):
        run_reference(dataclasses.replace(graph, operators=(op,)), random_inputs(graph, 0))
