"""Seconds and bytes of the searches: orders, placements, and fit on every model.

Run: python benchmarks/bench_search.py [orders] [placements] [fits]
"""

from __future__ import annotations

import csv
import json
import os
import sys
import time
from pathlib import Path

from mcu_lab.device.ad_hoc import ad_hoc
from mcu_lab.graph.tflite_read import read_tflite
from mcu_lab.ops import problems
from mcu_lab.search.blocks import Block, live_bound
from mcu_lab.search.fit import fit
from mcu_lab.search.limits import Limits
from mcu_lab.search.order import least_peak_order
from mcu_lab.search.placement import place
from mcu_lab.search.problem import OrderBuffer, OrderProblem
from mcu_lab.search.techniques import TECHNIQUES, WHOLE

ROOT = Path(__file__).resolve().parent.parent
MODELS = Path(os.environ.get("MCU_LAB_MODELS", ROOT.parent / "shared" / "models"))
#: Capacity that the published hard arenas are to be packed into, and the time allowed for each.
HARD_BYTES, HARD_SECONDS = 1_048_576, 60.0


def order_problem(document: dict) -> OrderProblem:
    """A published instance: whole tensors, nothing aliased."""
    rank = {op["id"]: i for i, op in enumerate(document["ops"])}
    producer = {t: rank[op["id"]] for op in document["ops"] for t in op["writes"]}
    touchers: dict[int, set[int]] = {t["id"]: set() for t in document["tensors"]}
    for op in document["ops"]:
        for t in op["reads"] + op["writes"]:
            touchers[t].add(rank[op["id"]])
    return OrderProblem(
        tuple(frozenset(producer[t] for t in op["reads"] if t in producer) for op in document["ops"]),
        tuple(
            OrderBuffer(
                str(t["id"]),
                t["bytes"],
                frozenset(touchers[t["id"]]),
                t["id"] in document["inputs"],
                t["id"] in document["outputs"],
            )
            for t in document["tensors"]
        ),
        (0,) * len(rank),
    )


def orders() -> None:
    print(f"\n{'order instance':38}{'ops':>5}{'file':>10}{'best':>10}{'known':>10}{'states':>8}{'s':>8}  certificate")
    for path in sorted((MODELS.parent / "order_instances").glob("*.json")):
        document = json.loads(path.read_text())
        problem = order_problem(document)
        began = time.perf_counter()
        result = least_peak_order(problem)
        seconds = time.perf_counter() - began
        known = document.get("known_optimal_peak_bytes", "-")
        certificate = "optimal" if result.proven_optimal else f">= {result.lower_bound_bytes}"
        print(
            f"{path.stem:38}{len(document['ops']):5}{document['default_peak_bytes']:10}{result.peak_bytes:10}{known:>10}"
            f"{result.states:8}{seconds:8.3f}  {certificate}"
        )


def placements() -> None:
    print(f"\n{'placement instance':46}{'blocks':>7}{'bound':>9}{'height':>9}{'s':>8}  certificate")
    folder = MODELS.parent / "alloc_instances"
    for path in (*sorted(folder.glob("mcu/*.csv")), *sorted(folder.glob("?.1048576.csv"))):
        with path.open() as file:
            blocks = [Block(r["id"], int(r["size"]), int(r["lower"]), int(r["upper"])) for r in csv.DictReader(file)]
        hard = path.stem.endswith(str(HARD_BYTES))
        limits = Limits.starting_now(HARD_SECONDS if hard else None)
        result = place(blocks, enough_bytes=HARD_BYTES if hard else 0, effort=10.0 if hard else 1.0, limits=limits)
        certificate = "optimal" if result.proven_optimal else f">= {result.lower_bound_bytes}"
        if hard:
            certificate = "fits 1048576" if result.height_bytes <= HARD_BYTES else f"unsolved ({result.stopped})"
        print(
            f"{path.stem:46}{len(blocks):7}{live_bound(blocks):9}{result.height_bytes:9}{result.seconds:8.2f}"
            f"  {certificate}",
            flush=True,
        )


def fits() -> None:
    uses = {
        "none": frozenset[str](),
        "order": frozenset({"order"}),
        "order+alias": frozenset({"order", "alias"}),
        "order+inplace": frozenset({"order", "inplace"}),
        "whole": WHOLE,
        "all": TECHNIQUES,
    }
    print(f"\n{'arena bytes (* proven least)':32}" + "".join(f"{name:>15}{'s':>7}" for name in uses))
    for path in sorted(MODELS.glob("*.tflite")):
        graph = read_tflite(path)
        if unsupported := problems(graph):
            print(f"{path.stem:32}  not executable: {len(unsupported)} operators unsupported")
            continue
        print(f"{path.stem:32}", end="")
        for use in uses.values():
            result = fit(graph, ad_hoc(), use=use)
            print(f"{result.peak_sram_bytes:14}{'*' if result.proven_optimal else ' '}{result.seconds:7.2f}", end="")
            sys.stdout.flush()
        print()


if __name__ == "__main__":
    chosen = sys.argv[1:] or ["orders", "placements", "fits"]
    for name in chosen:
        {"orders": orders, "placements": placements, "fits": fits}[name]()
