"""Base graph and rewrites give the graph. It is remembered with the base graph: equal decisions, the same object."""

from __future__ import annotations

from mcu_lab.errors import ScheduleError
from mcu_lab.graph.ir import Graph
from mcu_lab.graph.remembered import remembered
from mcu_lab.rewriting.kinds import Rewrite
from mcu_lab.rewriting.numbers import Numbers


def rewritten(graph: Graph, rewrites: tuple[Rewrite, ...]) -> Graph:
    """``graph`` after these rewrites, one after the other; ``graph`` itself when they change nothing.

    Raises ScheduleError for a rewrite that is given twice, or that the graph does not allow.
    """
    return _made(graph, rewrites)[0] if rewrites else graph


def numbers_of(graph: Graph, before: tuple[Rewrite, ...], after: tuple[Rewrite, ...]) -> Numbers:
    """Ids of the graph rewritten as ``before`` -> those of it rewritten as ``after``. Raises as :func:`rewritten`."""
    return _made(graph, before)[1].back().then(_made(graph, after)[1])


@remembered(most=8)
def _made(graph: Graph, rewrites: tuple[Rewrite, ...]) -> tuple[Graph, Numbers]:
    """The rewritten graph, and ``graph``'s ids -> its ids."""
    if not rewrites:
        return graph, Numbers.same(graph)
    *earlier, last = rewrites
    if last in earlier:
        raise ScheduleError("is given twice.", where=f"rewrite {last.type}")
    before, numbers = _made(graph, tuple(earlier))
    made = last.applied(before)
    return (before, numbers) if made is None else (made[0], numbers.then(made[1]))
