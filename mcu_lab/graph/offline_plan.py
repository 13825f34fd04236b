"""Tell stock TFLite Micro where each activation shall lie.

TFLM's greedy planner takes offsets from the metadata entry ``OfflineMemoryAllocation`` (little-endian int32: version
1, subgraph 0, number of tensors, then one offset in bytes for each tensor) and packs the rest around them; -1 leaves a
tensor to it. So a runtime that nobody has changed gains from exact offsets. (tflite-micro, docs/memory_management.md)
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from types import MappingProxyType

import numpy as np

from mcu_lab.errors import ScheduleError
from mcu_lab.graph.ir import Graph
from mcu_lab.graph.state import without_state

METADATA_NAME = "OfflineMemoryAllocation"
ALIGNMENT = 16
"""TFLM aligns every buffer of its arena to this many bytes and rounds sizes up to it."""
_VERSION = 1
_BY_THE_RUNTIME = -1


def with_offline_plan(graph: Graph, offsets: Mapping[int, int]) -> Graph:
    """The graph with TFLM's offline plan: ``offsets`` maps tensor ids to bytes from the start of the arena.

    Tensors that are not named are left to the runtime. Raises ScheduleError for constants, variables, unknown tensors,
    offsets that are negative or not aligned, and models with several subgraphs, to all of which TFLM would apply them.
    """
    if others := len(without_state(graph).subgraphs):
        raise ScheduleError(f"an offline plan covers one subgraph, and the model has {1 + others}.", where=graph.name)
    plan = np.full(len(graph.tensors), _BY_THE_RUNTIME, dtype="<i4")
    placeable = frozenset(graph.activations)
    for tensor, offset in offsets.items():
        if tensor not in placeable or graph.tensors[tensor].variable:
            raise ScheduleError(f"tensor {tensor} is no activation that could be placed.", where=graph.name)
        if offset < 0 or offset % ALIGNMENT:
            raise ScheduleError(
                f"the offset {offset} is no multiple of {ALIGNMENT}.",
                where=str(graph.tensors[tensor]),
                hint=f"Place for TFLM with an alignment of {ALIGNMENT} bytes.",
            )
        plan[tensor] = offset
    header = np.array([_VERSION, 0, len(plan)], dtype="<i4")
    data = header.tobytes() + plan.tobytes()
    return replace(graph, metadata=MappingProxyType({**graph.metadata, METADATA_NAME: data}), sha256="")


def offline_plan_of(graph: Graph) -> Mapping[int, int]:
    """The offsets that a model carries for TFLM, by tensor id; empty if it carries none."""
    words = np.frombuffer(graph.metadata.get(METADATA_NAME, b""), dtype="<i4")[3:]
    return MappingProxyType({t: int(o) for t, o in enumerate(words) if o != _BY_THE_RUNTIME})
