"""What may be done with one operator, stage, buffer or constant; asked for one thing at a time.

Whether an edit is possible is never decided here a second time: a choice is legal when :func:`try_edit` makes it,
and where trying each would take too long, a test tries them all.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from mcu_lab.errors import McuLabError, ScheduleError
from mcu_lab.graph.ir import Graph
from mcu_lab.lowering import checked
from mcu_lab.ops import spec_of
from mcu_lab.plan.lifetimes import lifetimes
from mcu_lab.plan.model import Plan
from mcu_lab.schedule.model import Stage
from mcu_lab.session.decisions import Decisions
from mcu_lab.session.edits import Edit
from mcu_lab.session.moving import Moves, legal_moves
from mcu_lab.session.placing import Pin, Store
from mcu_lab.session.sharing import SetAlias, SetInPlace
from mcu_lab.session.staging import ChangeStage, MakeStage, stage_of

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
class StageChoices:
    """What may be done with a stage. ``rows``, ``columns``, ``channels``: (from, up to); both ends are possible.

    A preview tells of what lies between. ``recompute`` lets new rows lie in the ring, ``apart`` keeps rows that are
    wanted again: each of them turned on gives up the other.
    ``columns`` and ``channels`` up to 1 leaves 0 alone: this stage cannot be executed so. A stage that is to have
    channels has everything else as it is by default.
    """

    stage: Stage
    moves: Moves
    rows: tuple[int, int]
    columns: tuple[int, int]
    channels: tuple[int, int]
    extend_before: Choice
    extend_after: Choice
    recompute: Choice
    apart: Choice


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


def stage_choices(plan: Plan, decisions: Decisions, operator: int) -> StageChoices:
    """What may be done with the stage that ``operator`` is in. Raises ScheduleError when it is in none."""
    graph, schedule = plan.graph, decisions.schedule
    stage = stage_of(schedule, operator)
    places = sorted(schedule.order.index(op) for op in stage.operators)
    shapes = [s for s in (graph.tensors[t].shape for t in _outputs(graph, stage)) if len(s) == 4]
    heights, widths, depths = ([s[axis] for s in shapes] or [1] for axis in (1, 2, 3))

    def change(**fields: object) -> ChangeStage:
        return ChangeStage(operator, replace(stage, **fields))  # type: ignore[arg-type]

    def at_once(**fields: object) -> ChangeStage:
        return change(rows=stage.rows if stage.channels else AT_ONCE, **fields)

    def most(longest: int, *ends: ChangeStage) -> int:
        return 0 if any(_why_not(plan, decisions, end) for end in ends) else longest

    def by_channels(count: int) -> ChangeStage:
        return ChangeStage(operator, Stage(stage.operators, channels=count))

    def extended(place: int) -> Choice:
        if not 0 <= place < len(schedule.order):
            return Choice(False, False, "The order ends here.")
        return _choice(plan, decisions, at_once(operators=(*stage.operators, schedule.order[place])), False)

    recompute, apart = stage.halo == "recompute", stage.fresh == "apart"
    kept = at_once(halo="keep") if recompute else at_once(halo="recompute", fresh="inside")
    inside = change(fresh="inside") if apart else change(fresh="apart", halo="keep")
    return StageChoices(
        stage=stage,
        moves=legal_moves(plan, schedule, stage.operators),
        rows=(1, 2 if stage.channels else max(heights) + 1),
        columns=(0, most(max(widths), *(at_once(columns=n) for n in (1, max(widths)))) + 1),
        channels=(0, most(max(depths), *(by_channels(n) for n in (1, max(depths)))) + 1),
        extend_before=extended(places[0] - 1),
        extend_after=extended(places[-1] + 1),
        recompute=_choice(plan, decisions, kept, recompute),
        apart=_choice(plan, decisions, inside, apart),
    )


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
    why = _why_not(plan, decisions, edit)
    return Choice(on, not why, why)


def _why_not(plan: Plan, decisions: Decisions, edit: Edit) -> str:
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


def _outputs(graph: Graph, stage: Stage) -> list[int]:
    return [t for op in stage.operators for t in graph.operators[op].outputs]


def _stage_run(plan: Plan, decisions: Decisions, op: int) -> StageRun:
    """A run around ``op``, grown at both ends until neither leaves a legal stage."""
    order = decisions.schedule.order
    lo = order.index(op)
    hi = lo + 1

    def why_not(earlier: int, later: int) -> str:
        """Why the run cannot be longer by so many at either end."""
        if lo - earlier < 0 or hi + later > len(order):
            return "The order ends here."
        return _why_not(plan, decisions, MakeStage(Stage(tuple(order[lo - earlier : hi + later]), rows=AT_ONCE)))

    if why := why_not(0, 0):
        return StageRun(False, why, lo, hi)
    while True:
        hi += _most(lambda n: not why_not(0, n))
        if not (earlier := _most(lambda n: not why_not(n, 0))):
            return StageRun(True, "", lo, hi)
        lo -= earlier


def _most(legal: Callable[[int], bool]) -> int:
    """A number that is legal, or 0, while the next one is not; found with few questions, because each takes a while."""
    most, step = 0, 1
    while step:
        fine = legal(most + step)
        most, step = (most + step, 2 * step) if fine else (most, step // 2)
    return most
