"""What stock TFLite Micro needs: a model as it is, and with our order and offsets (``mcu-lab reorder --offline-plan``).

The arena is the smallest that the interpreter of the package ``tflite-micro`` accepts, found by bisection.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from mcu_lab.graph.offline_plan import with_offline_plan  # noqa: E402
from mcu_lab.graph.rewrite import reordered  # noqa: E402
from mcu_lab.graph.tflite_read import read_tflite  # noqa: E402
from mcu_lab.graph.tflite_write import write_tflite  # noqa: E402
from mcu_lab.search.order import least_peak_order  # noqa: E402
from mcu_lab.search.tflm import tflm_plan, tflm_problem  # noqa: E402
from tests.graph.tflm import smallest_arena_bytes, tflm_outputs  # noqa: E402

MODELS = ("mlperf_vww_mobilenetv1_int8", "hps_tiled_presence_int8", "digits_two_branch_int8")


def main() -> None:
    """Print both arenas and whether the outputs are the same bytes."""
    shared = Path(os.environ.get("MCU_LAB_MODELS", ROOT.parent / "shared" / "models"))
    print(f"{'model':<30} {'as it is':>10} {'reordered':>10}  same bytes")
    for name in MODELS:
        path = next((p for p in (shared / f"{name}.tflite", ROOT / "data" / f"{name}.tflite") if p.is_file()), None)
        if path is None:
            print(f"{name:<30} skipped: not in MCU_LAB_MODELS")
            continue
        graph = read_tflite(path)
        best = reordered(graph, least_peak_order(tflm_problem(graph)).order)
        planned = write_tflite(with_offline_plan(best, tflm_plan(best).offsets))
        before, after = smallest_arena_bytes(path.read_bytes()), smallest_arena_bytes(planned)
        same = tflm_outputs(planned, after, 1) == tflm_outputs(path.read_bytes(), invocations=1)
        print(f"{name:<30} {before:>10,} {after:>10,}  {'yes' if same else 'NO'}")


if __name__ == "__main__":
    main()
