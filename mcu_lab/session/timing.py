"""When each step runs: the time axis of the timeline and its two lanes."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise

from mcu_lab.cost import Cost

#: No lane has more spans than this, nor the axis more marks: a screen is not wider.
MOST_SPANS = 1_000


@dataclass(frozen=True)
class Timing:
    """An estimate, in microseconds from the first step.

    marks      (step, start): steps between two marks start in between, evenly.
    cpu        (start, end) of the times at which the core works; ``transfers`` those at which a link does.
    """

    marks: tuple[tuple[int, float], ...]
    cpu: tuple[tuple[float, float], ...]
    transfers: tuple[tuple[float, float], ...]


def timing(estimate: Cost, steps: int) -> Timing:
    """When each of so many steps runs."""
    stride = -(-steps // MOST_SPANS) or 1
    starts = [0.0] * steps
    for span in estimate.spans:
        starts[span.step] = span.start_us
    marks = [(step, round(starts[step], 1)) for step in range(0, steps, stride)]
    lanes = {
        lane: _merged([(s.start_us, s.end_us) for s in estimate.spans if s.lane == lane])
        for lane in ("cpu", "transfer")
    }
    return Timing((*marks, (steps, round(estimate.latency_us, 1))), lanes["cpu"], lanes["transfer"])


def _merged(spans: Sequence[tuple[float, float]]) -> tuple[tuple[float, float], ...]:
    """Spans that touch become one; of very many, those closest to each other too."""
    joined = _joined(spans, 0.0)
    gaps = sorted((b[0] - a[1] for a, b in pairwise(joined)), reverse=True)
    if len(joined) > MOST_SPANS:
        joined = _joined(joined, gaps[MOST_SPANS - 1])
    return tuple((round(lo, 1), round(hi, 1)) for lo, hi in joined)


def _joined(spans: Iterable[tuple[float, float]], gap: float) -> list[tuple[float, float]]:
    found: list[tuple[float, float]] = []
    for lo, hi in spans:
        if hi <= lo:
            continue
        if found and lo - found[-1][1] <= gap:
            found[-1] = found[-1][0], max(hi, found[-1][1])
        else:
            found.append((lo, hi))
    return found
