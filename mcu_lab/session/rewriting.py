"""Rewriting the graph as an edit, and what there is to rewrite, in words."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

from mcu_lab.graph.ir import Graph
from mcu_lab.graph.remembered import remembered
from mcu_lab.plan.model import Plan
from mcu_lab.rewriting import KINDS, Rewrite, numbers_of, rewritten
from mcu_lab.session.carrying import carried
from mcu_lab.session.decisions import Decisions
from mcu_lab.view.words import bytes_words, counted, listed


@dataclass(frozen=True)
class SetRewrites:
    """Rewrite the graph of the file so, in this order, and take over what was decided of the graph before."""

    rewrites: tuple[Rewrite, ...]
    type: Literal["set_rewrites"] = "set_rewrites"

    def words(self, plan: Plan) -> str:
        return listed([rewrite.label for rewrite in self.rewrites]) or "the graph as the file has it"

    def applied_to(self, base: Graph, plan: Plan, decisions: Decisions) -> Decisions:
        """The decisions that it leads to; ``base`` is the file's graph. Raises ScheduleError for what cannot be."""
        graph = rewritten(base, self.rewrites)
        if graph is plan.graph:
            return replace(decisions, rewrites=self.rewrites)
        numbers = numbers_of(base, decisions.rewrites, self.rewrites)
        schedule = carried(plan, decisions.schedule, graph, numbers, decisions.device)
        return Decisions(decisions.device, schedule, rewrites=self.rewrites)


@dataclass(frozen=True)
class RewriteInfo:
    """A rewrite that is in force, or that would change something.

    label  what it does; ``words`` what that is of this graph, ``promise`` what becomes of the network's outputs.
    then   the rewrites that there are once this one is turned on, or off.
    """

    label: str
    words: str
    promise: str
    in_force: bool
    then: tuple[Rewrite, ...]


@remembered(most=4)
def rewrite_infos(base: Graph, rewrites: tuple[Rewrite, ...]) -> tuple[RewriteInfo, ...]:
    """Those in force, in order, and those that would change something after them."""
    found = []
    for at, rewrite in enumerate(rewrites):
        then = (*rewrites[:at], *rewrites[at + 1 :])
        said = _words(rewrite, rewritten(base, rewrites[:at]), rewritten(base, rewrites[: at + 1]))
        found.append(RewriteInfo(rewrite.label, said, _promise(rewrite), True, then))
    now = rewritten(base, rewrites)
    for rewrite in (kind() for kind in KINDS.values()):
        if rewrite not in rewrites and (after := rewritten(base, (*rewrites, rewrite))) is not now:
            said = _words(rewrite, now, after)
            found.append(RewriteInfo(rewrite.label, said, _promise(rewrite), False, (*rewrites, rewrite)))
    return tuple(found)


def _words(rewrite: Rewrite, before: Graph, after: Graph) -> str:
    """``3 operators and 2,048 B of constants that no output needs``."""
    operators = len(before.operators) - len(after.operators)
    constants = sum(t.bytes for t in before.tensors if t.is_const) - sum(t.bytes for t in after.tensors if t.is_const)
    tensors = len(before.tensors) - len(after.tensors)
    parts = [counted(operators, "operator")] if operators else []
    if constants > 0:
        parts.append(f"{bytes_words(constants)} of constants")
    if not parts and tensors:
        parts = [counted(tensors, "tensor")]
    more = f", for {bytes_words(-constants)} more of constants" if constants < 0 else ""
    return f"{listed(parts)} {rewrite.removes}{more}" if parts else "nothing"


def _promise(rewrite: Rewrite) -> str:
    return "changes no output byte" if rewrite.exact else "changes what the network computes"
