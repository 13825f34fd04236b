"""What a stage touches, collected buffer by buffer, and the bytes that are live at once because of it.

Counted, not built: no plan comes of it. Which bytes are live is for :mod:`mcu_lab.plan.extents` to say.
"""

from __future__ import annotations

from collections.abc import Sequence

from mcu_lab.graph.box import Box
from mcu_lab.ops import spec_of
from mcu_lab.ops.spec import WriteBoxes
from mcu_lab.plan.address import SUM_BYTES
from mcu_lab.plan.extent import Run, live_curve
from mcu_lab.plan.extents import Touches, byte_runs
from mcu_lab.plan.model import View
from mcu_lab.search.runs import Runs

#: Moments of a step: what it needs is fetched, and then it is executed. The very first moment is before all steps.
MOMENTS, _FETCHED, EXECUTED = 2, 1, 2
#: A buffer, bytes of it, and whether those are all that is touched between the first and the last.
Part = tuple[Touches, Sequence[Run], bool]


class Touched:
    """Of one stage of the run ``[begin, end)``; lives only while its price is worked out.

    What the stage keeps to itself is for its caller to add to ``own``. Steps are numbered from 0.
    """

    def __init__(self, runs: Runs, begin: int, end: int) -> None:
        self.runs, self.begin, self.end = runs, begin, end
        self.own: list[Touches] = []
        self._whole: dict[int, Touches] = {}
        self._sums: dict[int, Touches] = {}
        self._scratch: dict[int, int] = {}
        self._loaded: dict[int, list[int]] = {}
        self._across = runs.across(begin, end)

    def most(self, steps: int) -> int:
        """Bytes live at once, what lives across the stage included, when it has so many steps."""
        last = MOMENTS * steps + 1
        for number, touches in self._whole.items():
            store = self.runs.stores[number]
            if store.last >= self.end:
                touches.wanted_at_end(last, self.runs.holding.wanted_from(store.tensor, self.end))
        buffers = [*self._whole.values(), *self._sums.values(), *self.own]
        room = max(self._scratch.values(), default=0)
        if room:
            buffers.append(Touches(room))
            for step in self._scratch:
                buffers[-1].write(MOMENTS * step + EXECUTED, [(0, room)])
        for op, used in self._loaded.items():
            buffers.append(Touches(self.runs.loads[op]))
            buffers[-1].write(MOMENTS * used[0] + _FETCHED, [(0, self.runs.loads[op])])
            buffers[-1].read(MOMENTS * used[-1] + EXECUTED, [(0, self.runs.loads[op])])
        curve = live_curve((touches.extent() for touches in buffers if touches.by_step), last + 1)
        return self._across + int(curve[1:].max())

    def lying(self, step: int, tensor: int, box: Box) -> Part:
        """A box of an activation that lies whole, which a step uses."""
        touches, held = self._held(step, tensor), self.runs.graph.tensors[tensor]
        shared = self.runs.shared
        if tensor == shared.root[tensor] and box.shape == held.shape:
            return touches, [(0, held.bytes)], True
        layout = shared.layout[tensor]
        view = View("", tensor, box & shared.held.get(tensor, box), layout.origin, layout.strides)
        return (touches, *byte_runs(view, held.element_bytes, touches.bytes))

    def lying_rows(self, step: int, tensor: int, lo: int, hi: int, height: int) -> Part:
        """Whole rows of an activation that has so many, lies whole, and is alone in its storage or all of it."""
        touches, row = self._held(step, tensor), self.runs.graph.tensors[tensor].bytes // height
        return touches, [(lo * row, hi * row)], True

    def sums(self, step: int, op_id: int, first: bool) -> None:
        """An operator adds to its int32 sums."""
        (output,) = self.runs.graph.operators[op_id].outputs
        size = SUM_BYTES * self.runs.graph.tensors[output].elements
        touches = self._sums.setdefault(op_id, Touches(size))
        touches.write(MOMENTS * step + EXECUTED, [(0, size)])
        if not first:
            touches.read(MOMENTS * step + EXECUTED, [(0, size)])

    def works(self, step: int, op_id: int, writes: WriteBoxes) -> None:
        """An operator makes ``writes``: its kernel has working memory, and its constants have been loaded."""
        if self.runs.scratch_bytes(op_id):
            op = self.runs.graph.operators[op_id]
            self._scratch[step] = spec_of(op).scratch_bytes(self.runs.graph, op, writes)
        if self.runs.loads.get(op_id):
            self._loaded.setdefault(op_id, []).append(step)

    def _held(self, step: int, tensor: int) -> Touches:
        """A buffer that lies whole: it may hold values from before, or be fetched whole when it is first wanted."""
        number = self.runs.store_of(tensor)
        touches = self._whole.get(number)
        if touches is None:
            store = self.runs.stores[number]
            touches = self._whole[number] = Touches(store.bytes)
            if store.first < self.begin:
                touches.write(0, self.runs.holding.written_before(store.tensor, self.begin))
                self._across -= store.bytes if store.last >= self.end else 0
            elif store.arrives:
                touches.write(MOMENTS * step + _FETCHED, [(0, store.bytes)])
        return touches
