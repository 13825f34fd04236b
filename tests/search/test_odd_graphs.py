"""Legal graphs that nobody draws by hand: whatever they are, they are fitted, and what comes out verifies."""

from __future__ import annotations

from collections.abc import Callable
from itertools import product

import numpy as np
import pytest

from mcu_lab.device.ad_hoc import ad_hoc
from mcu_lab.graph.ir import Graph
from mcu_lab.graph.tflite_read import read_tflite
from mcu_lab.plan.verify import verify
from mcu_lab.schedule.model import InputMode
from mcu_lab.search.fit import fit
from mcu_lab.search.front import front
from tests.conftest import shared_folder
from tests.plan.tiny import Net


def packed() -> Graph:
    """An image seen with one axis more, in the midst of a run that could go by channels."""
    net = Net((1, 4, 4, 2))
    x = net.conv(net.input, 8, 1)
    seen = net._operator("PACK", (x,), (1, 1, 4, 4, 8), values_count=1, axis=1)
    return net.graph(net.relu(seen))


def other_heights() -> Graph:
    """Four rows that become 24 of another image, through a shape that has no rows at all."""
    net = Net((1, 4, 2, 3))
    x = net.reshape(net.relu(net.input), (24, 1))
    nothing = net._constant(np.zeros((2, 2), np.int32))
    x = net._operator("PAD", (x, nothing), (24, 1))
    return net.graph(net.depthwise(net.reshape(x, (1, 24, 1, 1))))


def constant_rows() -> Graph:
    """An image whose middle rows are a constant, read by an operator for which its other rows are made anew."""
    net = Net((1, 7, 11, 1))
    wide = net.conv(net.input, 3, 1)
    middle = net._constant(np.zeros((1, 3, 11, 3), np.int8), net._tensors[wide].quant)
    joined = net.concatenation((wide, middle, wide), 1)
    return net.graph(joined, net.conv(net.mul(wide, wide), 4, 3))


def unequal_parts() -> Graph:
    """Parts of unequal height, one of which leaves the graph."""
    net = Net((1, 13, 9, 4))
    sizes, axis = net._constant(np.array((2, 11), np.int32)), net._constant(np.array(1, np.int32))
    top, rest = net._activation((1, 2, 9, 4), "top"), net._activation((1, 11, 9, 4), "rest")
    net._append("SPLIT_V", (net.input, sizes, axis), (top, rest), {"num_splits": 2})
    return net.graph(*net.split(top, 2), net.conv(net.relu(net.add(rest, rest)), 2, 11, 11))


def parts_made_anew() -> Graph:
    """A wide tensor that is cut in two before it is read, so that its maker would be made anew for both."""
    net = Net((1, 9, 8, 2))
    wide = net.conv(net.input, 8, 1)
    left, right = net.split(wide, 2)
    return net.graph(net.add(net.conv(net.depthwise(left), 2, 1), net.conv(net.depthwise(right), 2, 1)))


GRAPHS = (packed, other_heights, constant_rows, unequal_parts, parts_made_anew)
WAYS: tuple[tuple[InputMode, float], ...] = tuple(product(("resident", "streamed"), (1.0, 1.5)))


@pytest.mark.quick(5)
@pytest.mark.parametrize("make", GRAPHS, ids=lambda make: make.__name__)
@pytest.mark.parametrize(("inputs", "factor"), WAYS)
def test_odd_graphs_are_fitted(make: Callable[[], Graph], inputs: InputMode, factor: float) -> None:
    assert verify(fit(make(), ad_hoc(), inputs=inputs, max_mac_factor=factor).plan) == ()


@pytest.mark.slow
@pytest.mark.parametrize("inputs", ["resident", "streamed"])
def test_shared_odd_models_are_fitted(inputs: InputMode) -> None:
    paths = sorted(shared_folder("cases").glob("found_*fit*.tflite"))
    if not paths:
        pytest.skip("shared models not found: set MCU_LAB_MODELS to the folder beside them")
    for path in paths:
        graph = read_tflite(path)
        assert verify(fit(graph, ad_hoc(), inputs=inputs, seconds=5).plan) == (), path.name
        assert front(graph, ad_hoc(), inputs=inputs, seconds=3), path.name
