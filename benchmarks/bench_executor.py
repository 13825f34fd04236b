"""The plan executor against LiteRT's reference kernels: one inference each, in turns, in one process, on one thread.

Usage: bench_executor.py [MODEL ...]     names without .tflite, in MCU_LAB_MODELS or ../shared/models
"""

from __future__ import annotations

import os
import statistics
import sys
import time
from collections.abc import Callable
from pathlib import Path

os.environ["OPENBLAS_NUM_THREADS"] = "1"  # numpy reads it when it is imported

from ai_edge_litert.interpreter import Interpreter, OpResolverType

from mcu_lab.device.ad_hoc import ad_hoc
from mcu_lab.execution.executor import execute
from mcu_lab.execution.oracle import normalised
from mcu_lab.execution.reference import random_inputs
from mcu_lab.graph.tflite_read import read_tflite
from mcu_lab.lowering import default_schedule, lower

ROUNDS = 15
#: No slower than this many times LiteRT's reference kernels.
BAR = 3.0
JUDGED = "mobilenetv2_035_160_int8"
OTHERS = (
    "mlperf_vww_mobilenetv1_int8",
    "mlperf_ic_resnet8_int8",
    "mobilenetv2_100_224_int8",
    "swiftnet_cell_vww_uint8",
)
MODELS = Path(os.environ.get("MCU_LAB_MODELS", Path(__file__).resolve().parents[2] / "shared" / "models"))


def compared(name: str) -> tuple[float, float]:
    """Median seconds of (LiteRT, executor)."""
    path = MODELS / f"{name}.tflite"
    graph = read_tflite(path)
    plan = lower(graph, default_schedule(graph), ad_hoc())
    inputs = random_inputs(graph, 0)
    interpreter = Interpreter(
        model_content=normalised(path.read_bytes()),
        experimental_op_resolver_type=OpResolverType.BUILTIN_REF,
        num_threads=1,
    )
    interpreter.allocate_tensors()
    for tensor, values in inputs.items():
        interpreter.set_tensor(tensor, values)
    runs: tuple[Callable[[], object], ...] = (interpreter.invoke, lambda: execute(plan, inputs))
    seconds: tuple[list[float], ...] = ([], [])
    for _ in range(ROUNDS):
        for run, found in zip(runs, seconds, strict=True):
            start = time.perf_counter()
            run()
            found.append(time.perf_counter() - start)
    litert, ours = (statistics.median(found) for found in seconds)
    return litert, ours


def main(names: list[str]) -> int:
    print(f"{'model':34} {'LiteRT ref':>11} {'executor':>11} {'ratio':>6}")
    ratios = {}
    for name in names or [JUDGED, *OTHERS]:
        litert, ours = compared(name)
        ratios[name] = ours / litert
        print(f"{name:34} {litert * 1e3:8.1f} ms {ours * 1e3:8.1f} ms {ratios[name]:6.2f}")
    if ratios.get(JUDGED, 0) > BAR:
        print(f"{JUDGED} is slower than {BAR:g} times LiteRT's reference kernels.")
        return 1
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
