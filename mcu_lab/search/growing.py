"""Runs that begin at one position and grow: what lowering says of each, found out one operator at a time."""

from __future__ import annotations

from dataclasses import dataclass

from mcu_lab.lowering.check import Islands
from mcu_lab.lowering.pull import row_tables
from mcu_lab.search.runs import Runs


@dataclass(frozen=True, slots=True)
class Run:
    """The operators of a stage ``[begin, end)``.

    together  whether lowering takes them for one stage.
    in_rows   whether none of them, be it one that moves nothing, keeps it from being a stage by rows.
    """

    end: int
    operators: tuple[int, ...]
    together: bool
    in_rows: bool


class Growing:
    """The runs from one position on. Remembers those that were asked for."""

    def __init__(self, runs: Runs, begin: int) -> None:
        self._runs, self._begin = runs, begin
        self._inside: dict[int, None] = {}
        self._islands = Islands(runs.graph)
        self._may, self._in_rows = True, True
        self._known: list[Run] = []

    def until(self, end: int) -> Run:
        """The run that ends at a cut, which is behind its begin."""
        while len(self._known) < end - self._begin:
            self._grow()
        return self._known[end - self._begin - 1]

    def _grow(self) -> None:
        runs, tables, before = self._runs, row_tables(self._runs.graph), len(self._inside)
        at = self._begin + len(self._known)
        runs.take_in(self._inside, self._begin, at)
        operators = tuple(self._inside)
        for op in operators[before:]:
            self._islands.add(op)
            self._may &= op not in runs.whole_only
            self._in_rows &= not tables.fault(op)
        self._known.append(Run(at + 1, operators, self._may and self._islands.parts == 1, self._in_rows))
