"""Edits of a session's decisions, as values: what was asked, separate from what follows."""

from __future__ import annotations

from dataclasses import dataclass, replace

from mcu_lab.device import ad_hoc, board
from mcu_lab.device.model import Device
from mcu_lab.graph.ir import Graph
from mcu_lab.schedule.model import Schedule
from mcu_lab.view.words import size_words


@dataclass(frozen=True)
class Proof:
    """What a search proved about a schedule: ``proven`` when nothing it was allowed to do does better."""

    proven: bool
    text: str


@dataclass(frozen=True)
class Decisions:
    """Everything a person decided: the board and the schedule, and what is known about the latter."""

    device: Device
    schedule: Schedule
    proof: Proof | None = None


@dataclass(frozen=True)
class SetDevice:
    """Plan for the board with this id, or for the one described by this ``.toml`` file."""

    device: str

    def label(self) -> str:
        return f"board {board(self.device).name}"

    def applied(self, graph: Graph, decisions: Decisions) -> Decisions:
        return replace(decisions, device=board(self.device), proof=None)


@dataclass(frozen=True)
class SetBudget:
    """Plan for a device given by its sizes in bytes; None sets no limit."""

    sram_bytes: int | None
    flash_bytes: int | None

    def label(self) -> str:
        sizes = [size_words(n) for n in (self.sram_bytes, self.flash_bytes) if n is not None]
        return f"budget {' + '.join(sizes) or 'without limit'}"

    def applied(self, graph: Graph, decisions: Decisions) -> Decisions:
        return replace(decisions, device=ad_hoc(self.sram_bytes, self.flash_bytes), proof=None)


@dataclass(frozen=True)
class SetSchedule:
    """Replace all decisions about the graph. ``proof`` when they come from a search that proved something."""

    schedule: Schedule
    name: str = "schedule"
    proof: Proof | None = None

    def label(self) -> str:
        return self.name

    def applied(self, graph: Graph, decisions: Decisions) -> Decisions:
        return replace(decisions, schedule=self.schedule, proof=self.proof)


Edit = SetDevice | SetBudget | SetSchedule
