"""What a stage costs that lowering has written out: what its steps touch."""

from __future__ import annotations

from dataclasses import replace
from math import prod

from mcu_lab.lowering.pieces import Make, StageSteps
from mcu_lab.ops import spec_of
from mcu_lab.plan.extents import Touches, byte_runs
from mcu_lab.plan.model import Form, View
from mcu_lab.search.runs import Runs
from mcu_lab.search.touched import EXECUTED, MOMENTS, Part, Touched


def steps_price(runs: Runs, begin: int, end: int, stage: StageSteps) -> int:
    """Bytes live at once while the run ``[begin, end)`` executes as that stage."""
    graph, touched = runs.graph, Touched(runs, begin, end)
    own = {
        s.id: Touches(prod(s.shape) * graph.tensors[s.tensor].element_bytes)
        for s in stage.stores
        if s.form is Form.PLAIN
    }
    touched.own += own.values()

    def part(view: View) -> Part:
        touches = own[view.buffer]
        return (touches, *byte_runs(view, graph.tensors[view.tensor].element_bytes, touches.bytes))

    def read(number: int, part: Part) -> None:
        part[0].read(MOMENTS * number + EXECUTED, part[1])

    def write(number: int, part: Part) -> None:
        part[0].write(MOMENTS * number + EXECUTED, *part[1:])

    for number, step in enumerate(stage.steps):
        if not isinstance(step, Make):
            if step.src:
                read(number, part(step.src))
            write(number, part(step.dst))
            continue
        op = graph.operators[step.op]
        made = (step.sums.box,) if step.sums else step.writes
        for view in (view for views in step.reads.values() for view in views):
            read(number, part(view))
        whole = {t for t in op.inputs if t >= 0 and not graph.tensors[t].is_const and t not in step.reads}
        for tensor, box in zip(
            op.inputs, spec_of(op).needs(graph, op, made, step.reduce) if whole else (), strict=False
        ):
            if tensor in whole and box is not None and box.size:
                read(number, touched.lying(number, tensor, box))
        if step.sums and step.reduce:
            touched.sums(number, step.op, step.reduce.lo == 0)
        for tensor, box in zip(op.outputs, step.writes, strict=True):
            if box is not None and tensor in step.into:
                write(number, part(replace(step.into[tensor], box=box)))
            elif box is not None:
                write(number, touched.lying(number, tensor, box))
        touched.works(number, step.op, made)
    return touched.most(len(stage.steps))
