"""Which bytes of tensors that lie whole hold values, and are wanted, at a cut of an order."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from functools import cached_property

from mcu_lab.graph.box import Box
from mcu_lab.graph.ir import Graph, Operator
from mcu_lab.lowering.groups import Groups
from mcu_lab.ops import spec_of
from mcu_lab.ops.demand import demanded
from mcu_lab.plan.extent import Run
from mcu_lab.plan.extents import byte_runs
from mcu_lab.plan.model import View

#: (position of an operator, bytes that it touches)
_At = list[tuple[int, list[Run]]]


class Holding:
    """For one order, whose operators have a ``position``, and one way of sharing. A store is named by its root.

    lasting   stores that hold values at the end.
    given     inputs of the graph -> the position at which they arrive.
    """

    def __init__(
        self,
        graph: Graph,
        shared: Groups,
        position: Mapping[int, int],
        lasting: Collection[int],
        given: Mapping[int, int],
    ) -> None:
        self._graph, self._shared, self._position = graph, shared, position
        self._lasting, self._given = lasting, given
        self._last = max(position.values(), default=-1) + 1
        self._wanted: dict[tuple[int, bool], _At] = {}
        self._written: dict[int, _At] = {}

    def wanted_from(self, root: int, cut: int) -> list[Run]:
        """Bytes of a store that operators behind a cut read when they run whole, or that hold values at the end."""
        return [run for at, runs in self._reads(root, False) if at >= cut for run in runs]

    def written_before(self, root: int, cut: int) -> list[Run]:
        """Bytes of a store that operators ahead of a cut make when they run whole, or that are given."""
        if root not in self._written:
            self._written[root] = list(self._writes(root))
        return [run for at, runs in self._written[root] if at < cut for run in runs]

    def surely_bytes(self, root: int, written: int, begin: int, end: int) -> int:
        """Bytes of a store that are live, at least, when all that is made ahead of cut ``written`` is there, and what
        operators from ``begin`` until before ``end`` read is wanted, however they are executed."""
        first, last = _hull(self.written_before(root, written))
        wanted = [run for at, runs in self._reads(root, True) if begin <= at < end for run in runs]
        lo, hi = _hull(wanted)
        return max(0, min(hi, last) - max(lo, first))

    def surely_live(self, root: int, written: int, cut: int) -> int:
        """The same for all that is wanted behind a cut."""
        return self.surely_bytes(root, written, cut, self._last + 1)

    @cached_property
    def _members(self) -> Mapping[int, Sequence[int]]:
        found: dict[int, list[int]] = {}
        for tensor, root in self._shared.root.items():
            found.setdefault(root, []).append(tensor)
        return found

    def _reads(self, root: int, surely: bool) -> _At:
        """(position, what is read); ``surely``: only what outputs depend on."""
        if (root, surely) not in self._wanted:
            self._wanted[root, surely] = list(self._readers(root, surely))
        return self._wanted[root, surely]

    def _readers(self, root: int, surely: bool) -> Iterator[tuple[int, list[Run]]]:
        if root in self._lasting:
            yield self._last, [(0, self._graph.tensors[root].bytes)]
        wanted = demanded(self._graph)
        for tensor in self._members[root]:
            for op in map(self._graph.operators.__getitem__, self._graph.readers.get(tensor, ())):
                boxes = tuple(wanted.get(t) if surely else self._whole(t) for t in op.outputs)
                if not any(boxes):
                    continue
                for read, box in zip(op.inputs, spec_of(op).needs(self._graph, op, boxes, None), strict=True):
                    if read == tensor and box is not None and box.size:
                        yield self._at(op), self._runs(root, tensor, box)

    def _writes(self, root: int) -> Iterator[tuple[int, list[Run]]]:
        for tensor in self._members[root]:
            maker = self._graph.producer.get(tensor)
            if self._graph.tensors[tensor].variable:
                yield -1, self._runs(root, tensor, self._whole(tensor))
            elif maker is not None:
                yield self._at(self._graph.operators[maker]), self._runs(root, tensor, self._whole(tensor))
            elif tensor in self._given:
                yield self._given[tensor], self._runs(root, tensor, self._whole(tensor))

    def _at(self, op: Operator) -> int:
        return self._position.get(op.id, self._last)

    def _whole(self, tensor: int) -> Box:
        return Box.full(self._graph.tensors[tensor].shape)

    def _runs(self, root: int, tensor: int, box: Box) -> list[Run]:
        layout = self._shared.layout[tensor]
        view = View("", tensor, box & self._shared.held.get(tensor, box), layout.origin, layout.strides)
        return byte_runs(view, self._graph.tensors[tensor].element_bytes, self._graph.tensors[root].bytes)[0]


def _hull(runs: Sequence[Run]) -> Run:
    return min((lo for lo, _ in runs), default=0), max((hi for _, hi in runs), default=0)
