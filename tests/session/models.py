"""A small graph with a branch, so that order matters, for sessions that need no file."""

from __future__ import annotations

from types import MappingProxyType

from mcu_lab.graph.ir import Graph, Operator, Quant, Tensor

QUANT = Quant((0.5,), (0,))
ADD = MappingProxyType({"fused_activation_function": "NONE", "pot_scale_int16": True})


def diamond(width: int = 64) -> Graph:
    """in -> relu a, relu b -> add; each tensor ``width`` bytes."""
    tensors = tuple(Tensor(i, name, (1, width), "int8", QUANT) for i, name in enumerate(["in", "a", "b", "out"]))
    operators = (
        Operator(0, "RELU", (0,), (1,)),
        Operator(1, "RELU6", (0,), (2,)),
        Operator(2, "ADD", (1, 2), (3,), ADD),
    )
    return Graph("diamond", tensors, operators, (0,), (3,))
