"""What a stage may become: just what lowering accepts, and every word about it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Literal, assert_never

from mcu_lab.plan.model import Plan
from mcu_lab.schedule.model import ByChannels, ByRows, ByTiles, Stage
from mcu_lab.session.decisions import Decisions
from mcu_lab.session.legal import AT_ONCE, why_not
from mcu_lab.session.moving import Moves, legal_moves
from mcu_lab.session.staging import ChangeStage, stage_of
from mcu_lab.view.words import anew_words

SizeField = Literal["rows", "columns", "channels"]
#: (key, words, title, stages: the first that is possible is meant)
Wish = tuple[str, str, str, tuple[Stage, ...]]


@dataclass(frozen=True)
class StageOffer:
    """A stage that may take the place of the one in focus. ``why`` not; empty where it may, or is that one."""

    key: str
    words: str
    title: str
    stage: Stage
    on: bool
    why: str


@dataclass(frozen=True)
class StageGroup:
    """What can be chosen of a stage, and the stages that each choice leads to."""

    key: str
    words: str
    offers: tuple[StageOffer, ...]


@dataclass(frozen=True)
class StageSize:
    """A number of a stage. ``range``: (from, up to); both ends are possible, a preview tells of what lies between."""

    field: SizeField
    words: str
    value: int
    range: tuple[int, int]


@dataclass(frozen=True)
class StageChoices:
    """What may be done with a stage: choose, slide, and take operators in or leave them out at its edges."""

    stage: Stage
    moves: Moves
    groups: tuple[StageGroup, ...]
    sizes: tuple[StageSize, ...]
    edges: tuple[StageOffer, ...]


def stage_choices(plan: Plan, decisions: Decisions, operator: int) -> StageChoices:
    """What may be done with the stage that ``operator`` is in. Raises ScheduleError when it is in none.

    Everything is tried out in as few steps as there can be: what has too many of them, a preview tells.
    """
    graph, schedule = plan.graph, decisions.schedule
    stage = stage_of(schedule, operator)
    shapes = [graph.tensors[t].shape for op in stage.operators for t in graph.operators[op].outputs]
    height, width, depth = (max((s[axis] for s in shapes if len(s) == 4), default=1) for axis in (1, 2, 3))

    def refusal(wish: Stage) -> str:
        at_once = wish if isinstance(wish, ByChannels) else replace(wish, rows=AT_ONCE)
        return why_not(plan, decisions, ChangeStage(operator, at_once))

    def offer(key: str, words: str, title: str, wishes: tuple[Stage, ...]) -> StageOffer:
        if stage in wishes:
            return StageOffer(key, words, title, stage, True, "")
        why = {wish: refusal(wish) for wish in wishes}
        best = next((wish for wish in wishes if not why[wish]), wishes[0])
        return StageOffer(key, words, title, best, False, why[best])

    def size(field: SizeField, words: str, low: int, high: int) -> StageSize:
        now = getattr(stage, field)
        ends = (replace(stage, **{field: end}) for end in (low, high))  # type: ignore[arg-type]
        return StageSize(field, words, now, (now, now + 1) if any(map(refusal, ends)) else (low, high + 1))

    wishes = [("axis", "In parts by", _kinds(stage, (width + 1) // 2, (depth + 1) // 2))]
    sizes = []
    match stage:
        case ByRows():
            wishes.append(("fresh", "New rows lie", _fresh(stage)))
            sizes.append(size("rows", "Rows a step", 1, height))
        case ByTiles():
            wishes.append(("anew", "Rows wanted again", _anew(stage)))
            sizes += [size("rows", "Rows a step", 1, height), size("columns", "Columns a tile", 0, width)]
        case ByChannels():
            sizes.append(size("channels", "Channels a slice", 1, depth))
        case _:
            assert_never(stage)
    return StageChoices(
        stage,
        legal_moves(plan, schedule, stage.operators),
        tuple(StageGroup(key, words, tuple(offer(*wish) for wish in own)) for key, words, own in wishes),
        tuple(sizes),
        tuple(offer(*wish) for wish in _edges(stage, schedule.order)),
    )


def _kinds(stage: Stage, columns: int, channels: int) -> list[Wish]:
    """Each kind, begun with so many columns or channels; the stage itself is the beginning of its own."""
    operators, everything = stage.operators, ByTiles(stage.operators, 1, columns, "all")
    begun: dict[str, tuple[Stage, ...]] = {
        "rows": (ByRows(operators),),
        "tiles": (replace(everything, anew=()), everything),
        "channels": (ByChannels(operators, channels),),
    }
    begun[stage.kind] = (stage,)
    titles = {
        "rows": "Whoever makes the outputs pulls the rows it reads; nothing is made twice",
        "tiles": "Less is kept at once, and some of it is made again for each tile",
        "channels": "Slices of channels are passed on, and summed up where they mix",
    }
    return [(kind, kind, titles[kind], stages) for kind, stages in begun.items()]


def _fresh(stage: ByRows) -> list[Wish]:
    return [
        ("inside", "in the ring", "In the line buffer, which has room for them", (replace(stage, fresh="inside"),)),
        ("apart", "apart", "In a place that all share, until they are read", (replace(stage, fresh="apart"),)),
    ]


def _anew(stage: ByTiles) -> list[Wish]:
    """Which operators are made anew can be taken back, but is chosen by a search."""
    some: list[Wish] = [("some", anew_words(stage.anew), "The rows of all others are kept", (stage,))]
    return [
        ("keep", "keep", "Rows that are wanted again stay in line buffers", (replace(stage, anew=()),)),
        *(some if stage.anew and stage.anew != "all" else []),
        ("all", "make anew", "Every tile makes all that it needs", (replace(stage, anew="all"),)),
    ]


def _edges(stage: Stage, order: tuple[int, ...]) -> Iterator[Wish]:
    inside = tuple(op for op in order if op in stage.operators)
    at = order.index(inside[0])
    for key, words, title, operators in (
        ("before", "+ one before", "Take in the operator before", (*order[max(at - 1, 0) : at], *inside)),
        ("after", "+ one after", "Take in the operator after", order[at : at + len(inside) + 1]),
        ("first-out", "− first", "Leave out the first operator", inside[1:]),
        ("last-out", "− last", "Leave out the last operator", inside[:-1]),
    ):
        if operators and operators != inside:
            yield key, words, title, (_with(stage, operators),)


def _with(stage: Stage, operators: tuple[int, ...]) -> Stage:
    match stage:
        case ByTiles() if stage.anew != "all":
            return replace(stage, operators=operators, anew=tuple(op for op in stage.anew if op in operators))
        case ByRows() | ByTiles() | ByChannels():
            return replace(stage, operators=operators)
        case _:
            assert_never(stage)
