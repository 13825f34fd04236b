"""Operator order and exact offsets for people who stay on stock TFLite Micro.

TFLM keeps every tensor whole, shares none, and rounds sizes up to 16 bytes; within that, order and offsets are ours.
:mod:`mcu_lab.graph.offline_plan` hands the offsets over.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from mcu_lab.graph.ir import Graph
from mcu_lab.graph.offline_plan import ALIGNMENT
from mcu_lab.graph.rewrite import must_precede
from mcu_lab.search.blocks import Block
from mcu_lab.search.placement import Placement, place
from mcu_lab.search.problem import OrderBuffer, OrderProblem


@dataclass(frozen=True)
class TflmPlan:
    """``offsets`` in bytes by tensor id; ``placement`` says how high they reach and what is proven of it."""

    offsets: Mapping[int, int]
    placement: Placement


def tflm_problem(graph: Graph) -> OrderProblem:
    """The ordering problem under TFLM's rules. Variables do not count: TFLM keeps them apart from the activations."""
    buffers = tuple(
        OrderBuffer(
            name=str(tensor),
            bytes=-(-graph.tensors[tensor].bytes // ALIGNMENT) * ALIGNMENT,
            operators=_touchers(graph, tensor),
            at_start=tensor in graph.inputs,
            at_end=tensor in graph.outputs,
        )
        for tensor in graph.activations
        if not graph.tensors[tensor].variable
    )
    return OrderProblem(must_precede(graph), buffers, (0,) * len(graph.operators))


def _touchers(graph: Graph, tensor: int) -> frozenset[int]:
    readers = frozenset(graph.readers.get(tensor, ()))
    return readers | {graph.producer[tensor]} if tensor in graph.producer else readers


def tflm_plan(graph: Graph, *, effort: float = 1.0) -> TflmPlan:
    """The lowest offsets for the graph's own order; ``effort`` as in :func:`mcu_lab.search.placement.place`."""
    problem = tflm_problem(graph)
    lives = problem.lifetimes(problem.file_order)
    blocks = [
        Block(buffer.name, buffer.bytes, lower, upper, ALIGNMENT)
        for buffer, (lower, upper) in zip(problem.buffers, lives, strict=True)
    ]
    placement = place(blocks, effort=effort)
    offsets = {int(block.name): offset for block, offset in zip(blocks, placement.offsets, strict=True)}
    return TflmPlan(MappingProxyType(offsets), placement)
