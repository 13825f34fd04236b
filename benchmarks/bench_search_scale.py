"""How the searches grow: orders of large networks beside a plain beam search, and what fit makes of them.

Both order searches see the same problem in the same run, so that ratios mean something on a busy machine. Seconds are
of this process alone. The fits use whole tensors only: order, sharing, placement.

Run: python benchmarks/bench_search_scale.py [orders] [fits]
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from mcu_lab.device.ad_hoc import ad_hoc  # noqa: E402
from mcu_lab.graph.ir import Graph  # noqa: E402
from mcu_lab.search.fit import fit  # noqa: E402
from mcu_lab.search.order import least_peak_order  # noqa: E402
from mcu_lab.search.techniques import WHOLE  # noqa: E402
from mcu_lab.search.tflm import tflm_problem  # noqa: E402
from tests.search import networks  # noqa: E402
from tests.search.beam import beam_order  # noqa: E402

BEAM_WIDTH = 100
NETWORKS: dict[str, Callable[[], Graph]] = {
    "RandWire 64": lambda: networks.randwire(64),
    "RandWire 128": lambda: networks.randwire(128),
    "RandWire 256": lambda: networks.randwire(256),
    "ladder of 250": lambda: networks.ladder(250),
    "fan of 40": lambda: networks.fan(40),
    "DenseNet-121": networks.densenet,
    "DARTS, 20 cells": networks.darts,
    "chain of 1000": lambda: networks.chain(1000),
}


def orders() -> None:
    head = f"beam {BEAM_WIDTH}"
    print(f"\n{'order':16}{'ops':>6}{'file':>11}{head:>11}{'best':>11}{'bound':>11}", end="")
    print(f"{'best/beam':>11}{'s/beam s':>10}{'s':>8}")
    for name, network in NETWORKS.items():
        problem = tflm_problem(network())
        began = time.process_time()
        beam = problem.peak_bytes(beam_order(problem, BEAM_WIDTH))
        between = time.process_time()
        result = least_peak_order(problem)
        seconds = time.process_time() - between
        print(
            f"{name:16}{len(problem.predecessors):6}{problem.peak_bytes(problem.file_order):11}{beam:11}"
            f"{result.peak_bytes:11}{result.lower_bound_bytes:11}{result.peak_bytes / beam:11.3f}"
            f"{seconds / (between - began):10.2f}{seconds:8.2f}",
            flush=True,
        )


def fits() -> None:
    print(f"\n{'fit, whole':16}{'ops':>6}{'default':>11}{'arena':>11}{'bound':>11}{'first s':>9}{'s':>8}")
    for name, network in NETWORKS.items():
        graph = network()
        told: list[float] = []
        began = time.process_time()
        result = fit(
            graph, ad_hoc(), use=WHOLE, progress=lambda best, bound, told=told: told.append(time.process_time())
        )
        ended = time.process_time()
        print(
            f"{name:16}{len(graph.operators):6}{result.default_peak_bytes:11}{result.peak_sram_bytes:11}"
            f"{result.lower_bound_bytes:11}{min([*told, ended]) - began:9.2f}{ended - began:8.2f}",
            flush=True,
        )


if __name__ == "__main__":
    for chosen in sys.argv[1:] or ["orders", "fits"]:
        {"orders": orders, "fits": fits}[chosen]()
