"""What may be done with one operator, buffer or constant; asked for one thing at a time.

Whether an edit is possible is never decided here a second time: a choice is legal when :func:`try_edit` makes it,
and where trying each would take too long, a test tries them all.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from mcu_lab.errors import McuLabError, ScheduleError
from mcu_lab.lowering import checked
from mcu_lab.ops import spec_of
from mcu_lab.plan.lifetimes import lifetimes
from mcu_lab.plan.model import Plan
from mcu_lab.schedule.model import ByRows
from mcu_lab.session.decisions import Decisions
from mcu_lab.session.edits import Edit
from mcu_lab.session.moving import Moves, legal_moves
from mcu_lab.session.placing import Pin, Store
from mcu_lab.session.sharing import SetAlias, SetInPlace
from mcu_lab.session.staging import MakeStage

#: More rows than any tensor has: a stage of so many is tried out in one step for each operator.
AT_ONCE = 1 << 20


@dataclass(frozen=True)
class Choice:
    """Something that is on or off. ``legal``: the other way is possible; else ``why`` not."""

    on: bool
    legal: bool
    why: str


@dataclass(frozen=True)
class SlotChoice:
    """Whether the output may take over the buffer of the input in ``slot``."""

    slot: int
    tensor: int
    choice: Choice


@dataclass(frozen=True)
class StageRun:
    """Indices ``lo`` up to ``hi`` of the order: a run around an operator that can be a stage, and no longer by one."""

    legal: bool
    why: str
    lo: int
    hi: int


@dataclass(frozen=True)
class OperatorChoices:
    """What may be done with an operator."""

    moves: Moves
    alias: Choice | None
    in_place: tuple[SlotChoice, ...]
    stage: StageRun


@dataclass(frozen=True)
class BufferChoices:
    """Where a buffer may be pinned: (from, up to) of offsets at which it meets no other pinned buffer in its life."""

    pinned: int | None
    alignment: int
    offsets: tuple[tuple[int, int], ...]


@dataclass(frozen=True)
class MemoryChoice:
    """Whether a constant may be stored in ``memory``."""

    memory: str
    choice: Choice


@dataclass(frozen=True)
class TensorChoices:
    """Where a constant may be stored; nothing for other tensors."""

    memories: tuple[MemoryChoice, ...]


def try_edit(plan: Plan, decisions: Decisions, edit: Edit) -> Decisions:
    """The decisions that ``edit`` leads to, checked as lowering checks them, but not lowered. Raises the refusal."""
    after = edit.applied(plan, decisions)
    checked(plan.graph, after.schedule, after.device)
    return after


def operator_choices(plan: Plan, decisions: Decisions, op_id: int) -> OperatorChoices:
    """What may be done with operator ``op_id``. Raises ScheduleError when there is none of that number."""
    graph, schedule = plan.graph, decisions.schedule
    if not 0 <= op_id < len(graph.operators):
        raise ScheduleError(f"there is no operator {op_id}.", where="inspect")
    op = graph.operators[op_id]
    spec = spec_of(op)
    over = dict(schedule.in_place)
    alias = None
    if spec.aliases(graph, op):
        alias = _choice(plan, decisions, SetAlias(op_id, op_id not in schedule.alias), op_id in schedule.alias)
    slots = tuple(
        SlotChoice(
            slot, op.inputs[slot], _choice(plan, decisions, _in_place(op_id, slot, over), over.get(op_id) == slot)
        )
        for slot in spec.in_place(graph, op)
    )
    moves = legal_moves(plan, schedule, (op_id,))
    return OperatorChoices(moves, alias, slots, _stage_run(plan, decisions, op_id))


def buffer_choices(plan: Plan, decisions: Decisions, name: str) -> BufferChoices:
    """Where buffer ``name`` may be pinned. Raises ScheduleError when there is no such buffer on the board."""
    pins = dict(decisions.schedule.pins)
    buffer = plan.buffer.get(name)
    if buffer is None or buffer.offset is None:
        raise ScheduleError("there is no such buffer.", where=f"buffer {name}")
    Pin(name, 0).applied(plan, decisions)
    lives = lifetimes(plan)
    life = lives.get(name)
    taken = sorted(
        (offset, offset + plan.buffer[other].bytes)
        for other, offset in pins.items()
        if other != name
        and other in lives
        and life
        and plan.buffer[other].memory == buffer.memory
        and lives[other] & life
    )
    end = plan.device.memory(buffer.memory).bytes
    free, at = [], 0
    for lo, hi in (*taken, (end, end)):
        if lo - buffer.bytes >= at:
            free.append((at, lo - buffer.bytes + 1))
        at = max(at, hi)
    return BufferChoices(pins.get(name), buffer.alignment, tuple(free))


def tensor_choices(plan: Plan, decisions: Decisions, tensor: int) -> TensorChoices:
    """Where constant ``tensor`` may be stored. Raises ScheduleError when there is no tensor of that number."""
    if not 0 <= tensor < len(plan.graph.tensors):
        raise ScheduleError(f"there is no tensor {tensor}.", where="inspect")
    if not plan.graph.tensors[tensor].is_const:
        return TensorChoices(())
    now = dict(decisions.schedule.storage).get(tensor, plan.device.constants)
    names = [m.name for m in plan.device.memories]
    return TensorChoices(tuple(MemoryChoice(m, _choice(plan, decisions, Store((tensor,), m), m == now)) for m in names))


def _choice(plan: Plan, decisions: Decisions, edit: Edit, on: bool) -> Choice:
    why = why_not(plan, decisions, edit)
    return Choice(on, not why, why)


def why_not(plan: Plan, decisions: Decisions, edit: Edit) -> str:
    """Why an edit is refused; empty when it is not. Pins never are a reason: those without a buffer go."""
    try:
        try_edit(plan, replace(decisions, schedule=replace(decisions.schedule, pins=())), edit)
    except McuLabError as error:
        return _sentence(error)
    return ""


def _sentence(error: McuLabError) -> str:
    """An error beside the very thing it is about, which needs no number there."""
    kind = error.where.split(" ")[0]
    subject = {"stage": "The stage ", "a": "The stage ", "order": "The order ", "operator": "", "": ""}
    return f"{subject.get(kind, f'{error.where}: ')}{error.what} {error.hint}".strip()


def _in_place(op: int, slot: int, over: dict[int, int]) -> SetInPlace:
    return SetInPlace(op, None if over.get(op) == slot else slot)


def _stage_run(plan: Plan, decisions: Decisions, op: int) -> StageRun:
    """A run around ``op``, grown at both ends until neither leaves a legal stage."""
    order = decisions.schedule.order
    lo = order.index(op)
    hi = lo + 1

    def refusal(earlier: int, later: int) -> str:
        """Why the run cannot be longer by so many at either end."""
        if lo - earlier < 0 or hi + later > len(order):
            return "The order ends here."
        return why_not(plan, decisions, MakeStage(ByRows(tuple(order[lo - earlier : hi + later]), AT_ONCE)))

    if why := refusal(0, 0):
        return StageRun(False, why, lo, hi)
    while True:
        hi += _most(lambda n: not refusal(0, n))
        if not (earlier := _most(lambda n: not refusal(n, 0))):
            return StageRun(True, "", lo, hi)
        lo -= earlier


def _most(legal: Callable[[int], bool]) -> int:
    """A number that is legal, or 0, while the next one is not; found with few questions, because each takes a while."""
    most, step = 0, 1
    while step:
        fine = legal(most + step)
        most, step = (most + step, 2 * step) if fine else (most, step // 2)
    return most
