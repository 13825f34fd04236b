"""Write docs/FIGURES.md: what the techniques give on each model. ``make figures`` runs this; it takes some minutes.

Run: python docs/figures.py [whole] [fronts]   (both by default; the other section of the page stays as it is)
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable
from pathlib import Path

import mcu_lab
from mcu_lab.errors import UnsupportedError
from mcu_lab.graph.ir import Graph
from mcu_lab.plan.lifetimes import arena_bytes
from mcu_lab.plan.verify import verify
from mcu_lab.schedule.model import InputMode
from mcu_lab.search.stage_bound import stage_bound

DOCS = Path(__file__).parent
ROOT = DOCS.parent
MODELS = Path(os.environ.get("MCU_LAB_MODELS", ROOT.parent / "shared" / "models"))
USES = (("order",), ("order", "alias"), ("order", "inplace"), ("order", "alias", "inplace"))
SECONDS = 120.0
#: Fronts are shown of models with no more operators than this.
MOST_OPERATORS = 200
INPUTS: tuple[InputMode, ...] = ("resident", "streamed")

HEAD = """# Figures

Written by `make figures`. Arena in bytes as placed: offsets aligned to 4 bytes, sizes not rounded, kernels' scratch
included, no limit on SRAM.
"""

WHOLE = """## Whole tensors

What `mcu-lab fit MODEL --use …` finds without stages: input resident, MAC factor 1.00, a search stopped after two
minutes.

**file** is the peak of live bytes in the order of the file, tensors whole and separate. **✓** marks an arena that is
proven: no order, sharing and placement that the column allows takes less. Elsewhere the proven lower bound follows.

| model | operators | file | order | order, alias | order, in place | all three | seconds for all three |
|---|--:|--:|--:|--:|--:|--:|--:|
"""

PARTIAL = """## Executed in parts

What `mcu-lab fit MODEL --front --input resident` (or `streamed`) finds with all techniques: stages by rows and by
channels, and patches, which make things twice. A point is *arena @ multiply-accumulates as a factor of the model's
own*; no other one found beats it in both. Rows that nobody reads are not made, so a factor may be below 1. Every plan
here is verified.

**bound** holds for every schedule by rows or channels; **✓** marks an arena at a factor of 1 that reaches it. **first**
is when there was a plan below the order of the file, **seconds** when the search had ended; both on one core.

| model | operators | input | points | bound | first | seconds |
|---|--:|---|---|--:|--:|--:|
"""


def whole() -> str:
    """The table of whole tensors."""
    lines, left_out = [], []
    for path in (*sorted(MODELS.glob("*.tflite")), *sorted((ROOT / "data").glob("*.tflite"))):
        try:
            lines.append(_row(path))
            print(lines[-1], end="", file=sys.stderr)
        except UnsupportedError as error:
            left_out.append(f"* {path.stem}: {error.what.split(';')[0].rstrip('.')}.\n")
    tail = "\nNot planned, because operators cannot be executed yet:\n\n" + "".join(left_out) if left_out else ""
    return WHOLE + "".join(lines) + tail


def _row(path: Path) -> str:
    graph = mcu_lab.load(path)
    results = [mcu_lab.fit(graph, use=use, seconds=SECONDS) for use in USES]
    cells = [
        f"{r.peak_sram_bytes:,} ✓" if r.proven_optimal else f"{r.peak_sram_bytes:,} (≥ {r.lower_bound_bytes:,})"
        for r in results
    ]
    default = f"{results[0].default_peak_bytes:,}"
    return f"| {path.stem} | {len(graph.operators)} | {default} | {' | '.join(cells)} | {results[-1].seconds:.1f} |\n"


def fronts() -> str:
    """The table of fronts."""
    lines = []
    for path in sorted(MODELS.glob("*.tflite")):
        graph = mcu_lab.load(path)
        try:
            for inputs in INPUTS if len(graph.operators) <= MOST_OPERATORS else ():
                lines.append(_front(path.stem, graph, inputs))
                print(lines[-1], end="", file=sys.stderr)
        except UnsupportedError:
            continue
    return PARTIAL + "".join(lines)


def _front(name: str, graph: Graph, inputs: InputMode) -> str:
    began = time.monotonic()
    default = arena_bytes(mcu_lab.lower(graph))
    found: list[float] = []

    def told(arena: int, bound: int) -> None:
        if arena < default:
            found.append(time.monotonic() - began)

    points = mcu_lab.front(graph, inputs=inputs, progress=told)
    seconds = time.monotonic() - began
    first = f"{found[0]:.1f}" if found else "–"
    bound = stage_bound(graph, inputs, tiled=False)
    for point in points:
        problems = verify(mcu_lab.lower(graph, point.schedule))
        assert not problems, problems[0]
    cells = ", ".join(
        f"{p.arena_bytes:,}{' ✓' if p.arena_bytes == bound and p.mac_factor <= 1 else ''} @ {p.mac_factor:.2f}"
        for p in points
    )
    return f"| {name} | {len(graph.operators)} | {inputs} | {cells} | {bound:,} | {first} | {seconds:.1f} |\n"


SECTIONS: dict[str, Callable[[], str]] = {"whole": whole, "fronts": fronts}


def main() -> None:
    page = DOCS / "FIGURES.md"
    old = page.read_text(encoding="utf-8").split("\n## ") if page.exists() else []
    kept = {section.split("\n")[0]: f"## {section}" for section in old[1:]}
    wanted = sys.argv[1:] or list(SECTIONS)
    texts = []
    for name, make in SECTIONS.items():
        title = (WHOLE if name == "whole" else PARTIAL).split("\n")[0].removeprefix("## ")
        text = make() if name in wanted else kept.get(title, "")
        texts += [text.rstrip("\n") + "\n"] if text else []
    page.write_text("\n".join([HEAD, *texts]), encoding="utf-8")


if __name__ == "__main__":
    main()
