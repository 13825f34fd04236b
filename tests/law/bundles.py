"""Random bundles: random plans of random models on one random device, put together."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from mcu_lab.graph.ir import Graph
from mcu_lab.lowering.together import together
from mcu_lab.plan.bundle import Bundle, bundle_bytes
from mcu_lab.plan.model import Buffer, Codes
from mcu_lab.plan.verify import verify
from tests.law.graphs import remembering_graph
from tests.law.plans import any_device, right_plan
from tests.law.wide_graphs import wide_graph
from tests.plan.bundles import with_plan


def right_bundle(seed: int) -> Bundle:
    """Two or three plans, each of which verify accepts; half of the models have state, some share constants."""
    rng = np.random.default_rng((seed, 2))
    device = any_device(rng)
    count = int(rng.integers(2, 4))
    plans = {}
    graph: Graph | None = None
    while len(plans) < count:
        if graph is None or rng.random() < 0.7:
            graph = remembering_graph(rng) if rng.random() < 0.5 else wide_graph(rng)
        made = right_plan(rng, graph, device=device)
        if not verify(made.plan):
            name = f"m{len(plans)}"
            plans[name] = replace(made.plan, buffers=tuple(_own_codebook(b, name) for b in made.plan.buffers))
    return together(plans)


def _own_codebook(buffer: Buffer, name: str) -> Buffer:
    """Codebooks of different models are different ones, so they are called so."""
    if isinstance(buffer.holds, Codes):
        return replace(buffer, holds=replace(buffer.holds, codebook=f"{name} {buffer.holds.codebook}"))
    return replace(buffer, id=f"{name} {buffer.id}") if buffer.holds else buffer


def damaged_bundles(bundle: Bundle, seed: int, count: int) -> Iterator[Bundle]:
    """One buffer of one plan elsewhere: where a buffer of another plan lies, or anywhere."""
    rng = np.random.default_rng((seed, 3))
    for _ in range(count):
        name = str(rng.choice(list(bundle.plans)))
        plan = bundle.plans[name]
        buffer = plan.buffers[int(rng.integers(len(plan.buffers)))]
        others = [b for n, p in bundle.plans.items() if n != name for b in p.buffers if b.memory == buffer.memory]
        offset = int(rng.integers(0, bundle_bytes(bundle, buffer.memory) + 1))
        if others and rng.random() < 0.7:
            offset = others[int(rng.integers(len(others)))].offset or 0
        offset = offset // buffer.alignment * buffer.alignment
        moved = tuple(replace(b, offset=offset) if b.id == buffer.id else b for b in plan.buffers)
        yield with_plan(bundle, name, replace(plan, buffers=moved))
