"""Networks with heads on several depths: what the search takes for a stage, lowering does too."""

from __future__ import annotations

import numpy as np
import pytest

import mcu_lab.search.task
from mcu_lab.device.ad_hoc import ad_hoc
from mcu_lab.errors import ScheduleError
from mcu_lab.graph.ir import Graph
from mcu_lab.graph.tflite_read import read_tflite
from mcu_lab.lowering import lower
from mcu_lab.plan.lifetimes import arena_bytes
from mcu_lab.plan.verify import verify
from mcu_lab.schedule.model import InputMode
from mcu_lab.search.fit import fit
from mcu_lab.search.front import front
from tests.conftest import DATA
from tests.law.graphs import random_graph
from tests.plan.tiny import Net


def detector(side: int = 48) -> Graph:
    """A backbone with heads on four depths (SSD, Liu et al. 2016); of each depth one explicit PAD is read by all that
    follow: two heads, and the next depth."""
    net = Net((1, side, side, 3))
    around = net._constant(np.array(((0, 0), (1, 1), (1, 1), (0, 0)), np.int32))
    x, heads = net.conv(net.input, 16, 3, 2), []
    for depth, channels in enumerate((16, 24, 32, 48)):
        _, rows, columns, held = net._tensors[x].shape
        padded = net._operator("PAD", (x, around), (1, rows + 2, columns + 2, held))
        heads += [net.conv(padded, 1, 3), net.conv(padded, 2, 3)]
        x = net.conv(net.depthwise(padded), channels, 1, 2 if depth < 3 else 1)
    return net.graph(*heads)


def refusals(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What lowering refuses of the search's candidates, from now on."""
    found: list[str] = []

    def watched(graph, schedule, device):
        try:
            return lower(graph, schedule, device)
        except ScheduleError as error:
            if schedule.stages:
                found.append(str(error))
            raise

    monkeypatch.setattr(mcu_lab.search.task, "lower", watched)
    return found


@pytest.mark.slow
@pytest.mark.parametrize("inputs", ["resident", "streamed"])
def test_heads_on_four_depths_are_fitted_in_rows(monkeypatch: pytest.MonkeyPatch, inputs: InputMode) -> None:
    refused = refusals(monkeypatch)
    graph = detector()
    found = fit(graph, ad_hoc(), inputs=inputs)
    assert not refused
    assert verify(found.plan) == ()
    whole = fit(graph, ad_hoc(), inputs=inputs, use=frozenset({"order", "alias", "inplace"}))
    assert arena_bytes(found.plan) < 0.8 * arena_bytes(whole.plan)


@pytest.mark.slow
@pytest.mark.parametrize("model", sorted(DATA.glob("*.tflite")), ids=lambda path: path.stem)
def test_no_candidate_of_own_models_is_refused(monkeypatch: pytest.MonkeyPatch, model) -> None:
    refused = refusals(monkeypatch)
    front(read_tflite(model), ad_hoc())
    assert not refused


@pytest.mark.quick(3)
@pytest.mark.parametrize("seed", range(12))
def test_no_candidate_of_random_graphs_is_refused(monkeypatch: pytest.MonkeyPatch, seed: int) -> None:
    refused = refusals(monkeypatch)
    front(random_graph(np.random.default_rng(seed)), ad_hoc(), inputs=("resident", "streamed")[seed % 2])
    assert not refused
