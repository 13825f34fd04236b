"""Small graphs and hand-made files for the tests of the reader and the writer."""

from __future__ import annotations

from typing import Any

import flatbuffers

from mcu_lab.graph.flatbuffer import write_table
from mcu_lab.graph.ir import Graph, Operator, Tensor
from mcu_lab.graph.schema import FILE_IDENTIFIER, VERSION


def relu_chain(length: int) -> Graph:
    """``length`` RELUs one after the other on four int8 elements."""
    tensors = tuple(Tensor(i, f"t{i}", (1, 4), "int8") for i in range(length + 1))
    operators = tuple(Operator(i, "RELU", (i,), (i + 1,)) for i in range(length))
    return Graph("chain", tensors, operators, (0,), (length,))


def finished(builder: flatbuffers.Builder, **model: Any) -> bytes:
    """The bytes of a file whose root table has the given fields."""
    root = write_table(builder, "Model", **{"version": VERSION, **model})
    builder.Finish(root, FILE_IDENTIFIER)
    return bytes(builder.Output())
