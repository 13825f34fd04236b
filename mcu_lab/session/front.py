"""Trade-offs between SRAM and work, as a person chooses among them."""

from __future__ import annotations

from dataclasses import dataclass

from mcu_lab.rewriting import Rewrite
from mcu_lab.schedule.model import Schedule
from mcu_lab.session.figures import Figures
from mcu_lab.view.words import bytes_words


@dataclass(frozen=True)
class Point:
    """One schedule and what it takes. ``mac_factor``: multiply-accumulates over those of the whole model, once.

    The schedule is of the graph after the ``rewrites``.
    """

    schedule: Schedule
    figures: Figures
    mac_factor: float
    rewrites: tuple[Rewrite, ...]


def point_words(point: Point) -> str:
    """``29,012 B, 1.04x MACs``."""
    return f"{bytes_words(point.figures.arena_bytes)}, {point.mac_factor:.3g}x MACs"
