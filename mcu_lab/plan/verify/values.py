"""Names for values: one number for each byte that a tensor, or the sums on the way to it, can have.

A *tag* is ``occupant << 40 | byte``: which value, and which byte of it. Two elements get the same tag only if
they are equal by definition: what RESHAPE, SPLIT or CONCATENATION passes on keeps the name it came with, and constants
with the same bytes share one. Tag 0 is nothing: never written, or destroyed.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterator

import numpy as np

from mcu_lab.errors import printable
from mcu_lab.graph.box import Box
from mcu_lab.graph.ir import Graph, Operator, Tensor
from mcu_lab.ops import SPECS, problems
from mcu_lab.ops.spec import Alias
from mcu_lab.plan.codes import contents
from mcu_lab.plan.model import Buffer
from mcu_lab.plan.verify.budget import OCCUPANTS, PASSED_ON_ELEMENTS, Budget
from mcu_lab.plan.verify.cells import outer_sum

NOTHING = 0
_BYTE_BITS = 40
#: Bytes of one accumulator.
SUM_BYTES = 4


class Values:
    """Hands out tags for one graph, and turns them back into words."""

    def __init__(self, graph: Graph) -> None:
        """Raises OutOfBudgetError when more than PASSED_ON_ELEMENTS pass through operators that move nothing."""
        self._graph = graph
        self._names = Budget(OCCUPANTS)
        self._occupants: list[Hashable] = [None]
        self._numbers: dict[Hashable, int] = {}
        self._holders = _constants_by_content(graph)
        self._passed_on = self._follow_aliases()

    def of_tensor(self, tensor: int, box: Box, version: int = 0) -> np.ndarray:
        """Tags of a box's bytes: int64, shape ``(*box.shape, element_bytes)``."""
        passed_on = self._passed_on.get((tensor, version))
        if passed_on is None:
            return self._own(self._graph.tensors[tensor], box, version)
        return passed_on[box.slices][..., None] + np.arange(self._graph.tensors[tensor].element_bytes)

    def of_sums(self, tensor: int, box: Box, upto: int) -> np.ndarray:
        """Tags of the int32 sums of ``0:upto`` of the reduce axis towards a box: shape ``(*box.shape, 4)``."""
        return _tags(self._base(("sums", tensor, upto)), self._graph.tensors[tensor].shape, box, SUM_BYTES)

    def of_codes(self, buffer: Buffer) -> np.ndarray:
        """Tags of the bytes of a buffer of codes, or of a codebook: the same for the same ones, wherever they lie."""
        return self._base(("codes", contents(buffer))) + np.arange(buffer.bytes)

    def versions(self, tensor: int) -> tuple[int, ...]:
        """A variable that an operator writes has a value before (0) and one after (1); others have one."""
        rewritten = self._graph.tensors[tensor].variable and tensor in self._graph.producer
        return (0, 1) if rewritten else (0,)

    def version_read_by(self, op: Operator, tensor: int) -> int:
        """The version that an operator means, by the order of the file."""
        return int(len(self.versions(tensor)) > 1 and self._graph.producer[tensor] < op.id)

    def describe(self, tag: int) -> str:
        """What a byte with this tag holds, in words."""
        if tag == NOTHING:
            return "nothing (never written, or destroyed since)"
        occupant = self._occupants[tag >> _BYTE_BITS]
        byte = tag & ((1 << _BYTE_BITS) - 1)
        if not isinstance(occupant, tuple):
            return "nothing"
        if occupant[0] == "codes":
            return "codes or a codebook"
        tensor = self._graph.tensors[occupant[1]]
        if occupant[0] == "sums":
            return f"the sums of slices 0:{occupant[2]} for {_element(tensor, byte // SUM_BYTES)}"
        return _element(tensor, byte // tensor.element_bytes)

    def _own(self, tensor: Tensor, box: Box, version: int) -> np.ndarray:
        base = self._base(("tensor", self._holders.get(tensor.id, tensor.id), version))
        return _tags(base, tensor.shape, box, tensor.element_bytes)

    def _base(self, occupant: Hashable) -> int:
        if occupant not in self._numbers:
            self._names.spend(1)
            self._numbers[occupant] = len(self._occupants)
            self._occupants.append(occupant)
        return self._numbers[occupant] << _BYTE_BITS

    def _follow_aliases(self) -> dict[tuple[int, int], np.ndarray]:
        """Tags of every element's first byte, for tensors that pass on values they were given, or are given them.

        By tensor and version: what is read from a variable passes on what it was or has become, and a variable becomes
        what is assigned to it.
        """
        found: dict[tuple[int, int], np.ndarray] = {}
        budget = Budget(PASSED_ON_ELEMENTS)

        def first_bytes(tensor: Tensor, version: int) -> np.ndarray:
            key = tensor.id, version
            if key not in found:
                budget.spend(tensor.elements)
                found[key] = self._own(tensor, Box.full(tensor.shape), version)[..., 0]
            return found[key]

        unsupported = {problem.op for problem in problems(self._graph)}
        for op in (op for op in self._graph.operators if op.id not in unsupported):
            for alias in _aliases(self._graph, op):
                part, whole = self._graph.tensors[alias.part], self._graph.tensors[alias.whole]
                budget.spend_at_once(whole.elements)
                within = alias.view(np.arange(whole.elements, dtype=np.int64).reshape(whole.shape))
                if within.shape != part.shape:
                    continue
                if alias.part in op.outputs and alias.whole in op.inputs:
                    given = first_bytes(whole, self.version_read_by(op, whole.id))
                    found[part.id, self.versions(part.id)[-1]] = given.ravel()[within]
                elif alias.whole in op.outputs and alias.part in op.inputs:
                    made = self.versions(whole.id)[-1]
                    passed_on = first_bytes(whole, made).ravel()
                    passed_on[within] = first_bytes(part, self.version_read_by(op, part.id))
                    found[whole.id, made] = passed_on.reshape(whole.shape)
        return found


def _aliases(graph: Graph, op: Operator) -> Iterator[Alias]:
    """Those of the operator whose two tensors hold the same bytes once it has run."""
    for alias in SPECS[op.kind].aliases(graph, op):
        if graph.tensors[alias.part].dtype == graph.tensors[alias.whole].dtype:
            yield alias


def _constants_by_content(graph: Graph) -> dict[int, int]:
    """Constant -> the first one with the same bytes, in elements of the same size."""
    first: dict[tuple[int, bytes], int] = {}
    return {t.id: first.setdefault((t.element_bytes, t.data), t.id) for t in graph.tensors if t.data is not None}


def _tags(base: int, shape: tuple[int, ...], box: Box, element_bytes: int) -> np.ndarray:
    """Tags of the bytes of a box, numbered through the whole tensor: ``(*box.shape, element_bytes)``."""
    along = [np.arange(i.lo, i.hi) * (n * element_bytes) for i, n in zip(box, _strides(shape), strict=True)]
    return outer_sum(base, (*along, np.arange(element_bytes)))


def _strides(shape: tuple[int, ...]) -> list[int]:
    strides = [1] * len(shape)
    for axis in range(len(shape) - 1, 0, -1):
        strides[axis - 1] = strides[axis] * shape[axis]
    return strides


def _element(tensor: Tensor, number: int) -> str:
    where = ",".join(str(int(i)) for i in np.unravel_index(number, tensor.shape)) if tensor.shape else ""
    return printable(f"element [{where}] of t{tensor.id} {tensor.name}")
