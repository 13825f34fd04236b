"""What a plan must have so that it can be read, drawn and run at all, rightly or wrongly.

The verifier asks for far more, and in its own words: what is here decides nothing of whether a plan is right.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import chain

from mcu_lab.errors import PlanError
from mcu_lab.graph.box import Interval
from mcu_lab.graph.ir import ELEMENT_BYTES, Graph, Operator
from mcu_lab.graph.remembered import remembered
from mcu_lab.ops import problems, spec_of
from mcu_lab.plan.model import Compute, Copy, Form, Plan, Step, View, Wait
from mcu_lab.plan.verify.codes import codebook_problems
from mcu_lab.plan.verify.wellformed import graph_problems, type_problems

#: Where a View holds elements as they are. Whether scratch lies there as well is the verifier's question.
_VALUES = (Form.PLAIN, Form.SCRATCH)


def require_runnable(plan: Plan) -> None:
    """Raises PlanError for the first thing that is no plan, or names what is not there, or does not fit together."""
    if not isinstance(plan, Plan):
        raise PlanError(f"This is {type(plan).__name__}, not a Plan.")
    _require_runnable(plan)


@remembered()
def _require_runnable(plan: Plan) -> None:
    """Of a plan that can be run this is found out once, however often it runs; a fault is told anew."""
    for problem in chain(type_problems(plan), graph_problems(plan)):
        raise PlanError(problem.message, where="" if problem.step is None else f"step {problem.step}")
    for problem in codebook_problems(plan):
        raise PlanError(problem.message, where=f"buffer {problem.buffer}")
    for buffer in plan.buffers:
        unplaced = buffer.offset is None or buffer.offset < 0
        _require(f"buffer {buffer.id}", "It has no place in its memory yet." if unplaced else "")
    for where, views in (("at_start", plan.at_start), ("at_end", plan.at_end)):
        for view in views:
            _require(where, _view_fault(plan, view, *((Form.PLAIN, Form.CODES) if where == "at_start" else _VALUES)))
    unsupported = {found.op: found.reason for found in problems(plan.graph) if found.op is not None}
    for index, step in enumerate(plan.steps):
        _require(f"step {index}", _step_fault(plan, step, unsupported))


def _require(where: str, fault: str) -> None:
    if fault:
        raise PlanError(fault, where=where)


def _step_fault(plan: Plan, step: Step, unsupported: dict[int, str]) -> str:
    if isinstance(step, Wait):
        known = 0 <= step.copy < len(plan.steps) and isinstance(plan.steps[step.copy], Copy)
        return "" if known else f"It waits for step {step.copy}, which is no copy."
    if isinstance(step, Copy):
        return _copy_fault(plan, step)
    if not 0 <= step.op < len(plan.graph.operators):
        return f"It runs operator {step.op}, which the graph does not have."
    op = plan.graph.operators[step.op]
    if step.op in unsupported:
        return f"{op} cannot be executed: {unsupported[step.op]}"
    if len(step.writes) != len(op.outputs) or len(step.reads) != len(op.inputs):
        return f"It reads {len(step.reads)} and writes {len(step.writes)} tensors, which is not what {op} does."
    if step.scratch is not None and step.scratch not in plan.buffer:
        return f"Its scratch is buffer {step.scratch!r:.80}, which the plan does not have."
    written = [(v,) if v else () for v in step.writes]
    for tensor, views in (*zip(op.inputs, step.reads, strict=True), *zip(op.outputs, written, strict=True)):
        fault = _slot_fault(plan, tensor, views)
        if fault:
            return fault
    return _sums_fault(plan, step, op)


def _copy_fault(plan: Plan, copy: Copy) -> str:
    fault = _view_fault(plan, copy.src, Form.PLAIN, Form.CODES) or _view_fault(plan, copy.dst, *_VALUES)
    if fault:
        return fault
    if copy.src.box != copy.dst.box or not _alike(plan.graph, copy.src.tensor, copy.dst.tensor):
        return f"It copies t{copy.src.tensor}{copy.src.box} to t{copy.dst.tensor}{copy.dst.box}."
    return ""


def _slot_fault(plan: Plan, tensor: int, views: Sequence[View]) -> str:
    for view in views:
        fault = _view_fault(plan, view, *_VALUES)
        if fault:
            return fault
        if tensor < 0 or not _alike(plan.graph, tensor, view.tensor):
            return f"A View of t{view.tensor} stands where {f't{tensor}' if tensor >= 0 else 'nothing'} belongs."
    return ""


def _alike(graph: Graph, one: int, other: int) -> bool:
    """Whether the elements of one tensor can be taken for those of another."""
    a, b = graph.tensors[one], graph.tensors[other]
    return (a.shape, a.dtype) == (b.shape, b.dtype)


def _sums_fault(plan: Plan, step: Compute, op: Operator) -> str:
    if step.reduce is None and step.sums is None:
        return ""
    spec = spec_of(op)
    axis = spec.reduce_axis(plan.graph, op)
    if step.reduce is None or step.sums is None:
        return "It has a slice or sums, but not both."
    if spec.accumulate is None or spec.finish is None or axis is None:
        return f"It adds up slices of {op}, which cannot take its input in slices."
    fault = _view_fault(plan, step.sums, Form.SUMS)
    if fault or not _alike(plan.graph, step.sums.tensor, op.outputs[0]):
        return fault or f"Its sums are those of t{step.sums.tensor}, which {op} does not make."
    whole = Interval(0, plan.graph.tensors[op.inputs[0]].shape[axis])
    if not step.reduce or step.reduce not in whole:
        return f"The slice {step.reduce} is no part of {whole}."
    if step.writes[0] is not None and step.writes[0].box != step.sums.box:
        return f"It writes {step.writes[0].box} from sums of {step.sums.box}."
    return ""


def _view_fault(plan: Plan, view: View, *forms: Form) -> str:
    """Why a View names no elements that are stored in one of these forms."""
    if view.buffer not in plan.buffer:
        return f"A View names buffer {view.buffer!r:.80}, which the plan does not have."
    if not 0 <= view.tensor < len(plan.graph.tensors):
        return f"A View names tensor {view.tensor}, which the graph does not have."
    tensor = plan.graph.tensors[view.tensor]
    if tensor.dtype not in ELEMENT_BYTES:
        return f"{tensor} has elements of no fixed size."
    if plan.buffer[view.buffer].form not in forms:
        return f"Buffer {view.buffer} holds {plan.buffer[view.buffer].form.value}, which does not suit a View there."
    inside = len(view.box) == len(tensor.shape) and all(
        (i or n == 0) and i in Interval(0, n) for i, n in zip(view.box, tensor.shape, strict=True)
    )
    if not inside:
        return f"Box {view.box} is no part of {tensor}."
    if view.ring is not None and not (0 <= view.ring.axis < len(view.box) and view.ring.rows > 0):
        return f"A ring of {view.ring.rows} rows on axis {view.ring.axis} does not suit {tensor}."
    return ""
