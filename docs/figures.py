"""Write docs/FIGURES.md: what each technique gives on each model. ``make figures`` runs this; it takes some minutes."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import mcu_lab
from mcu_lab.errors import UnsupportedError

DOCS = Path(__file__).parent
ROOT = DOCS.parent
USES = (("order",), ("order", "alias"), ("order", "inplace"), ("order", "alias", "inplace"))
SECONDS = 120.0

HEAD = """# Figures

Arena in bytes, by technique: what `mcu-lab fit MODEL --use …` finds without a limit on SRAM. Input resident, MAC factor
1.00, offsets aligned to 4 bytes, sizes not rounded, kernels' scratch included. Written by `make figures`, which stops a
search after two minutes.

**file** is the peak of live bytes in the order of the file, tensors whole and separate. **✓** marks an arena that is
proven: no order, sharing and placement that the column allows takes less. Elsewhere the proven lower bound follows.

| model | operators | file | order | order, alias | order, in place | all | seconds for all |
|---|--:|--:|--:|--:|--:|--:|--:|
"""


def row(path: Path) -> str:
    """One line of the table."""
    graph = mcu_lab.load(path)
    results = [mcu_lab.fit(graph, use=use, seconds=SECONDS) for use in USES]
    cells = [
        f"{r.peak_sram_bytes:,} ✓" if r.proven_optimal else f"{r.peak_sram_bytes:,} (≥ {r.lower_bound_bytes:,})"
        for r in results
    ]
    default = f"{results[0].default_peak_bytes:,}"
    return f"| {path.stem} | {len(graph.operators)} | {default} | {' | '.join(cells)} | {results[-1].seconds:.1f} |\n"


def main() -> None:
    shared = Path(os.environ.get("MCU_LAB_MODELS", ROOT.parent / "shared" / "models"))
    lines, left_out = [], []
    for path in (*sorted(shared.glob("*.tflite")), *sorted((ROOT / "data").glob("*.tflite"))):
        try:
            lines.append(row(path))
            print(lines[-1], end="", file=sys.stderr)
        except UnsupportedError as error:
            left_out.append(f"* {path.stem}: {error.what.split(';')[0].rstrip('.')}.\n")
    tail = "\nNot planned, because operators cannot be executed yet:\n\n" + "".join(left_out) if left_out else ""
    (DOCS / "FIGURES.md").write_text(HEAD + "".join(lines) + tail, encoding="utf-8")


if __name__ == "__main__":
    main()
