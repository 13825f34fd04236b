"""Small graphs for sessions that need no file."""

from __future__ import annotations

from random import Random
from types import MappingProxyType

import numpy as np

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


def column(length: int, *, constants: bool = False) -> Graph:
    """``length`` elementwise operators in a row on images of 6x4x2; with ``constants``, each adds one of its own."""
    shape = (1, 6, 4, 2)
    tensors = [Tensor(i, f"t{i}", shape, "int8", QUANT) for i in range(length + 1)]
    operators = [Operator(i, "RELU", (i,), (i + 1,)) for i in range(length)]
    if constants:
        data = np.arange(48, dtype=np.int8)
        for i in range(length):
            added = Tensor(len(tensors), f"c{i}", shape, "int8", QUANT, data=(data + i).tobytes())
            tensors.append(added)
            operators[i] = Operator(i, "ADD", (i, added.id), (i + 1,), ADD)
    return Graph("column", tuple(tensors), tuple(operators), (0,), (length,))


def woven(random: Random) -> Graph:
    """A random graph of images and vectors: unary operators, sums of two, and reshapes between the two kinds.

    Sometimes nobody wants all that it makes.
    """
    image, vector = (1, 4, 3, 2), (1, 24)
    tensors = [Tensor(0, "in", image, "int8", QUANT)]
    operators: list[Operator] = []
    for i in range(random.randrange(3, 8)):
        source = random.choice(tensors[-4:])
        alike = [t for t in tensors if t.shape == source.shape and t is not source]
        shape = source.shape
        if alike and random.random() < 0.4:
            made = ("ADD", (source.id, random.choice(alike).id), ADD)
        elif random.random() < 0.25:
            shape = vector if shape == image else image
            made = ("RESHAPE", (source.id,), MappingProxyType({"new_shape": shape}))
        else:
            made = (random.choice(["RELU", "RELU6"]), (source.id,), MappingProxyType({}))
        tensors.append(Tensor(i + 1, f"t{i + 1}", shape, "int8", QUANT))
        operators.append(Operator(i, made[0], made[1], (i + 1,), made[2]))
    read = {t for op in operators for t in op.inputs}
    outputs = tuple(t.id for t in tensors[1:] if t.id not in read)
    if random.random() < 0.3:
        outputs = (random.choice(outputs),)
    return Graph("woven", tuple(tensors), tuple(operators), (0,), outputs)
