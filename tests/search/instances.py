"""Ordering and placement problems for tests: the published instances and small random ones."""

from __future__ import annotations

import json
import random
from pathlib import Path

import pytest

from mcu_lab.search.problem import OrderBuffer, OrderProblem
from tests.conftest import shared_folder


def instance_names(folder: str, pattern: str) -> list[str]:
    found = sorted(str(p.relative_to(shared_folder(folder))) for p in shared_folder(folder).glob(pattern))
    return found or [f"no {pattern} in {folder}"]


def instance_path(folder: str, name: str) -> Path:
    path = shared_folder(folder) / name
    if not path.is_file():
        pytest.skip(f"{folder}/{name} not found: set MCU_LAB_MODELS to the models folder beside {folder}")
    return path


def order_problem(document: dict) -> OrderProblem:
    """An instance of ``order_instances`` as a problem: whole tensors, nothing aliased."""
    number = {op["id"]: i for i, op in enumerate(document["ops"])}
    producer = {t: number[op["id"]] for op in document["ops"] for t in op["writes"]}
    touchers: dict[int, set[int]] = {t["id"]: set() for t in document["tensors"]}
    for op in document["ops"]:
        for t in op["reads"] + op["writes"]:
            touchers[t].add(number[op["id"]])
    return OrderProblem(
        tuple(frozenset(producer[t] for t in op["reads"] if t in producer) for op in document["ops"]),
        tuple(
            OrderBuffer(
                f"t{t['id']}",
                t["bytes"],
                frozenset(touchers[t["id"]]),
                at_start=t["id"] in document["inputs"],
                at_end=t["id"] in document["outputs"],
            )
            for t in document["tensors"]
        ),
        (0,) * len(document["ops"]),
    )


def read_order_instance(name: str) -> tuple[OrderProblem, dict]:
    document = json.loads(instance_path("order_instances", name).read_text())
    return order_problem(document), document


def random_order_problem(seed: int, operators: int) -> OrderProblem:
    """Any shape of graph, buffers shared by any operators, some live at start or end, some scratch."""
    rng = random.Random(seed)
    density = rng.choice((0.1, 0.3, 0.6))
    before = tuple(frozenset(p for p in range(op) if rng.random() < density) for op in range(operators))
    buffers = tuple(
        OrderBuffer(
            f"b{i}",
            rng.randint(0, 12),
            frozenset(rng.sample(range(operators), min(operators, rng.choice((0, 1, 2, 2, 3, 4))))),
            at_start=rng.random() < 0.2,
            at_end=rng.random() < 0.2,
        )
        for i in range(rng.randint(1, 2 * operators))
    )
    scratch = tuple(rng.choice((0, 0, 0, 5)) for _ in range(operators))
    return OrderProblem(before, buffers, scratch)


def all_orders(problem: OrderProblem) -> list[tuple[int, ...]]:
    """Every topological order."""
    found: list[tuple[int, ...]] = []

    def extend(order: tuple[int, ...]) -> None:
        if len(order) == len(problem.predecessors):
            found.append(order)
        for op, before in enumerate(problem.predecessors):
            if op not in order and before <= set(order):
                extend((*order, op))

    extend(())
    return found
