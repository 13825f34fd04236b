"""The numbers that two ways of doing it are compared by."""

from __future__ import annotations

from dataclasses import dataclass

from mcu_lab.cost import Cost, cost
from mcu_lab.plan.lifetimes import arena_bytes, flash_bytes, macs, overfull, peak_bytes
from mcu_lab.plan.model import Plan
from mcu_lab.view.words import bytes_words, size_words


@dataclass(frozen=True)
class Figures:
    """What a plan takes. Latency is an estimate; everything else is exact."""

    arena_bytes: int
    live_bound_bytes: int
    flash_bytes: int
    macs: int
    latency_us: float
    stall_us: float
    energy_uj: float | None
    fits: bool


def figures(plan: Plan, estimate: Cost | None = None) -> Figures:
    """The figures of a plan whose buffers are placed. ``estimate``: its cost, when that is known already."""
    estimate = estimate or cost(plan)
    return Figures(
        arena_bytes=arena_bytes(plan),
        live_bound_bytes=peak_bytes(plan),
        flash_bytes=flash_bytes(plan),
        macs=macs(plan),
        latency_us=estimate.latency_us,
        stall_us=estimate.stall_us,
        energy_uj=estimate.energy_uj,
        fits=not overfull(plan),
    )


def difference(before: Figures, after: Figures) -> tuple[str, ...]:
    """What changes from one to the other, in sentences; none when nothing does."""
    said = []
    if change := after.arena_bytes - before.arena_bytes:
        share = f" ({change / before.arena_bytes:+.1%})" if before.arena_bytes else ""
        said.append(
            f"The arena {_moves(change)} by {bytes_words(abs(change))} to {bytes_words(after.arena_bytes)}{share}."
        )
    if change := after.flash_bytes - before.flash_bytes:
        said.append(f"Flash {_moves(change)} by {size_words(abs(change))} to {size_words(after.flash_bytes)}.")
    if after.macs != before.macs and before.macs:
        said.append(f"It multiplies {after.macs / before.macs:.3f} times as much: {after.macs:,} MACs.")
    if before.latency_us and abs(after.latency_us - before.latency_us) >= 0.001 * before.latency_us:
        said.append(f"The estimate of latency goes from {_ms(before.latency_us)} to {_ms(after.latency_us)}.")
    if after.fits != before.fits:
        said.append("It fits the board now." if after.fits else "It no longer fits the board.")
    return tuple(said)


def _moves(change: int) -> str:
    return "shrinks" if change < 0 else "grows"


def _ms(microseconds: float) -> str:
    return f"{microseconds / 1000:,.1f} ms"
