"""The ways to execute every run of an order, what they cost, and the schedule that a path through them stands for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import cached_property
from typing import assert_never

from mcu_lab import limits
from mcu_lab.errors import ScheduleError
from mcu_lab.lowering.boundary import kept_places
from mcu_lab.lowering.pull import row_tables
from mcu_lab.schedule.model import ByChannels, ByRows, ByTiles, Schedule, Stage
from mcu_lab.search.channel_cost import channel_costs
from mcu_lab.search.growing import Growing, Run
from mcu_lab.search.paths import Link
from mcu_lab.search.row_bound import row_bounds
from mcu_lab.search.row_cost import RowCost, row_cost
from mcu_lab.search.runs import Runs
from mcu_lab.search.tile_cost import Tiles, all_images, expansions

#: Rows made at a time that are tried.
ROWS = (1, 2, 4)

#: Most operators in a stage by channels.
MOST_BY_CHANNELS = 4

#: Columns of a tile that are tried where something is made anew for it, and most operators in such a stage.
COLUMNS = (8, 4, 2)
MOST_BY_PATCHES = 16

#: How a link executes its operators: one operator whole (None), or as this stage.
Way = Stage | None


class Staging:
    """Links between the cuts of one order. Remembers what was worked out; otherwise immutable."""

    def __init__(self, runs: Runs, techniques: frozenset[str]) -> None:
        self.runs = runs
        self.techniques = techniques
        self.asked = 0
        self._costs: dict[tuple[int, int, int], RowCost] = {}
        self._bounds: dict[tuple[int, int, bool], dict[int, int]] = {}
        self._tile_peaks: dict[tuple[int, int, int], int] = {}
        self._fine: dict[int, tuple[Link[Way], ...]] = {}
        self._coarse: dict[int, tuple[Link[Way], ...]] = {}
        self._growing: dict[int, Growing] = {}
        self._live = [sum(s.bytes for s in runs.stores if s.first < cut <= s.last) for cut in range(runs.count + 1)]
        self._macs = [runs.macs(at) for at in range(runs.count)]
        self._tiles = Tiles(runs)

    @property
    def makes_anew(self) -> bool:
        """Whether some of its links make something twice."""
        return "patches" in self.techniques

    def links(self, begin: int) -> tuple[Link[Way], ...]:
        """All links that begin at a cut."""
        return *self._finest(begin), *self._coarser(begin)

    def finest_links(self, begin: int) -> tuple[Link[Way], ...]:
        """Those that make nothing twice, and as little at a time as they can: who makes more hardly ever holds less."""
        return tuple(link for link in self._finest(begin) if not isinstance(link.way, ByTiles))

    def _finest(self, begin: int) -> tuple[Link[Way], ...]:
        if begin not in self._fine:
            found = [*self._whole(begin)]
            if "rows" in self.techniques:
                found += self._by_rows(begin, ROWS[:1])
            if "channels" in self.techniques:
                found += self._by_channels(begin)
            if "patches" in self.techniques:
                found += self._by_patches(begin)
            self._fine[begin] = tuple(found)
        return self._fine[begin]

    def _coarser(self, begin: int) -> tuple[Link[Way], ...]:
        if begin not in self._coarse:
            found: list[Link[Way]] = []
            if "rows" in self.techniques:
                found += self._by_rows(begin, ROWS[1:])
            self._coarse[begin] = tuple(found)
        return self._coarse[begin]

    def peak(self, link: Link[Way]) -> int | None:
        """Bytes live at once while a link executes, as far as they are known without placing anything."""
        match link.way:
            case None:
                return self.runs.whole_bytes[link.begin]
            case ByRows(rows=rows, fresh=fresh):
                cost = self._row_cost(link.begin, link.end, rows)
                return cost.apart_bytes if fresh == "apart" else cost.inside_bytes
            case ByTiles(columns=columns):
                return self._tile_peak(link.begin, link.end, columns)
            case ByChannels():
                return link.low_bytes
            case _:
                assert_never(link.way)

    def schedule(self, path: Sequence[Link[Way]], decided: Schedule) -> Schedule:
        """The decisions of a path, beside those of ``decided`` about storage, pins and input."""
        runs = self.runs
        order: list[int] = []
        stages, in_place = [], []
        for link in path:
            if link.way is None:
                op = runs.operators[link.begin]
                order += [*runs.riders[link.begin], op]
                if runs.saved_in_place(link.begin):
                    in_place.append((op, runs.in_place[op]))
            else:
                order += [*runs.ahead(link.begin, link.end), *link.way.operators]
                stages.append(link.way)
        return replace(
            decided,
            order=(*order, *runs.trailing),
            alias=tuple(sorted(runs.alias)),
            in_place=tuple(sorted(in_place)),
            stages=tuple(stages),
        )

    def _whole(self, begin: int) -> tuple[Link[Way], ...]:
        if begin == self.runs.count:
            return ()
        return (Link(begin, begin + 1, None, self.runs.whole_bytes[begin], (self._macs[begin], 1)),)

    def _by_rows(self, begin: int, at_a_time: Sequence[int]) -> list[Link[Way]]:
        runs, tables = self.runs, row_tables(self.runs.graph)
        found: list[Link[Way]] = []
        macs, most = 0, limits.ROWS.most
        steps = dict.fromkeys(ROWS, 0)
        for end in range(begin + 1, min(begin + runs.reach, runs.count) + 1):
            at = end - 1
            if not runs.has_rows(at):
                break
            macs += self._macs[at]
            for rows in ROWS:
                steps[rows] += len(tables.pieces(runs.operators[at], rows))
            if steps[1] > most:
                break
            run = self._run(begin, end)
            operators = run.operators
            if run.in_rows and run.together and steps[1] > end - begin:
                for rows in (n for n in at_a_time if n == 1 or steps[n] < steps[n // 2]):
                    low = self._row_bound(begin, end, rows)
                    found.append(Link(begin, end, ByRows(operators, rows), low, (macs, steps[rows])))
                    if end > begin + 1:
                        apart = ByRows(operators, rows, fresh="apart")
                        found.append(Link(begin, end, apart, low, (macs, 2 * steps[rows])))
            if runs.adds_rows(at):
                break
        return found

    def _by_channels(self, begin: int) -> list[Link[Way]]:
        runs = self.runs
        found: list[Link[Way]] = []
        for end in range(begin + 2, min(begin + MOST_BY_CHANNELS, runs.count) + 1):
            run = self._run(begin, end)
            if not run.together:
                continue
            operators = run.operators
            macs = sum(self._macs[begin:end])
            for cost in channel_costs(runs, begin, end):
                stage = ByChannels(operators, cost.channels)
                found.append(Link(begin, end, stage, cost.bytes, (macs, cost.steps)))
        return found

    def _by_patches(self, begin: int) -> list[Link[Way]]:
        runs = self.runs
        found: list[Link[Way]] = []
        for end in range(begin + 2, min(begin + MOST_BY_PATCHES, runs.count) + 1):
            if not all_images(runs, end - 1 if end > begin + 2 else begin, end):
                break
            run = self._run(begin, end)
            operators = run.operators
            made_anew = tuple(runs.operators[at] for at in expansions(runs, begin, end))
            if not made_anew or not run.together or not self._may_be_anew(operators, made_anew):
                continue
            low = self._row_bound(begin, end, 1, anew=True)
            for columns in COLUMNS:
                work = self._tiles.work(begin, end, columns)
                stage = ByTiles(operators, columns=columns, anew=made_anew)
                found.append(Link(begin, end, stage, low, (work.macs, work.steps)))
        return found

    def _may_be_anew(self, operators: tuple[int, ...], anew: Sequence[int]) -> bool:
        """Whether what some of these operators make is wanted nowhere else, by lowering's own word."""
        graph = self.runs.graph
        made = [t for op in operators for t in graph.operators[op].outputs]
        try:
            places = kept_places(graph, ByTiles(operators), made, self.runs.alias.intersection(operators))
        except ScheduleError:
            return False
        return all(places.keys() >= set(graph.operators[op].outputs) for op in anew)

    def _run(self, begin: int, end: int) -> Run:
        if begin not in self._growing:
            self._growing[begin] = Growing(self.runs, begin)
        return self._growing[begin].until(end)

    def _tile_peak(self, begin: int, end: int, columns: int) -> int:
        key = begin, end, columns
        if key not in self._tile_peaks:
            self.asked += 1
            self._tile_peaks[key] = self._tiles.peak_bytes(begin, end, columns)
        return self._tile_peaks[key]

    def _row_bound(self, begin: int, end: int, rows: int, anew: bool = False) -> int:
        key = end, rows, anew
        if key not in self._bounds:
            runs = self.runs
            most = min(MOST_BY_PATCHES, runs.reach) if anew else runs.reach
            self._bounds[key] = row_bounds(runs, end, rows, most, self._made_anew if anew else ())
        return max(self._bounds[key][begin], self._live[begin], self._live[end])

    @cached_property
    def _made_anew(self) -> frozenset[int]:
        """Stores that some stage may make anew."""
        runs = self.runs
        return frozenset(k for at in expansions(runs, 0, runs.count) for k in runs.makes[at])

    def _row_cost(self, begin: int, end: int, rows: int) -> RowCost:
        key = begin, end, rows
        if key not in self._costs:
            self.asked += 1
            self._costs[key] = row_cost(self.runs, begin, end, rows)
        return self._costs[key]
