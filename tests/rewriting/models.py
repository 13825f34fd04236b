"""Graphs that hold more than their outputs need."""

from __future__ import annotations

from dataclasses import replace
from types import MappingProxyType

import numpy as np

from mcu_lab.graph.ir import Graph, Operator, Quant, Tensor

QUANT = Quant((0.5,), (0,))
ADD = MappingProxyType({"fused_activation_function": "NONE", "pot_scale_int16": True})


def with_outputs(graph: Graph, *outputs: int) -> Graph:
    """The same graph, of which nobody wants anything but ``outputs``."""
    return replace(graph, outputs=outputs, signatures=())


def cut(graph: Graph, rng: np.random.Generator) -> Graph:
    """The same graph, of which one or two random tensors are wanted."""
    made = [t for op in graph.operators for t in op.outputs]
    return with_outputs(graph, *(int(t) for t in rng.choice(made, size=min(2, len(made)), replace=False)))


def spare(width: int = 64) -> Graph:
    """in -> RELU a -> RELU6 out; a -> TANH b and b + constant -> c are read by nobody; nor is another constant."""
    names = ["in", "dead constant", "a", "b", "added", "c", "out", "loose"]
    data = {1: b"\1" * 12, 4: bytes(width)}
    tensors = tuple(
        Tensor(i, name, (1, len(data[i]) if i in data else width), "int8", QUANT, data=data.get(i))
        for i, name in enumerate(names)
    )
    operators = (
        Operator(0, "RELU", (0,), (2,)),
        Operator(1, "RELU_N1_TO_1", (2,), (3,)),
        Operator(2, "ADD", (3, 4), (5,), ADD),
        Operator(3, "RELU6", (2,), (6,)),
    )
    return Graph("spare", tensors, operators, (0,), (6,))
