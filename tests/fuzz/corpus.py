"""Which mutants a campaign looks at, and what is done with each."""

from __future__ import annotations

import random
from collections.abc import Iterator
from contextlib import suppress
from functools import lru_cache
from pathlib import Path

from mcu_lab.device import ad_hoc
from mcu_lab.errors import McuLabError
from mcu_lab.graph.ir import Graph
from mcu_lab.graph.tflite_read import read_tflite
from mcu_lab.lowering import lower
from mcu_lab.ops import require_supported
from mcu_lab.plan.model import Plan
from mcu_lab.plan.verify import verify
from tests.conftest import DATA, shared_folder
from tests.fuzz.campaign import Case, Fault, timed
from tests.fuzz.mutants import mutant
from tests.fuzz.schedules import random_schedule

#: Larger models take longer to mutate than they teach.
MOST_BYTES = 60_000
SCHEDULES = 2
#: What the verifier's own budget comes to on a slow machine: a plan of 32,768 steps is followed to its end.
VERIFY_SECONDS = 60.0

#: One of each is run on every mutant.
COMMANDS = (
    (("show", "{}"), ("show", "{}", "--json")),
    (
        ("fit", "{}", "--seconds", "0.5", "-o", "{out}.mcuplan.json"),
        ("fit", "{}", "--seconds", "0.5", "--input", "streamed", "--max-macs", "1.5"),
        ("fit", "{}", "--seconds", "0.5", "--front", "--json"),
    ),
    (("export", "{}", "-o", "{out}"),),
)


@lru_cache(maxsize=1)
def models() -> tuple[Path, ...]:
    """Small models: those of this project, and the shared ones where they are there."""
    found = [*sorted(DATA.glob("*.tflite")), *sorted(shared_folder("cases").glob("*.tflite"))]
    return tuple(p for p in found if p.stat().st_size <= MOST_BYTES)


@lru_cache(maxsize=512)
def _graph(path: Path) -> Graph | None:
    try:
        return read_tflite(path)
    except McuLabError:
        return None


def case(number: int) -> Case:
    """The mutant of that number: of every model in turn."""
    readable = [p for p in models() if _graph(p) is not None]
    path = readable[number % len(readable)]
    graph = _graph(path)
    assert graph is not None
    rng = random.Random(number)
    return Case(f"{path.stem} {number}", mutant(graph, number), tuple(map(rng.choice, COMMANDS)))


def judge(case: Case, path: Path) -> Iterator[Fault]:
    """Random schedules are lowered to plans that verify, or refused."""
    try:
        graph = read_tflite(path)
    except McuLabError:
        return
    for seed in range(SCHEDULES):
        lowered = _Lowered(graph, seed)
        for fault in (
            timed(case.name, f"lower {seed}", lowered.lower),
            timed(case.name, f"verify {seed}", lowered.verify, VERIFY_SECONDS),
        ):
            if fault:
                yield fault


class _Lowered:
    """A random schedule made a plan, and what is wrong with that: a command each, so each in its own time."""

    def __init__(self, graph: Graph, seed: int) -> None:
        self.graph, self.seed = graph, seed
        self.plan: Plan | None = None

    def lower(self) -> str:
        with suppress(McuLabError):
            require_supported(self.graph)
            self.plan = lower(self.graph, random_schedule(self.graph, random.Random(self.seed)), ad_hoc())
        return ""

    def verify(self) -> str:
        problems = verify(self.plan) if self.plan else ()
        return str(problems[0]) if problems and problems[0].code.value != "too-large" else ""
