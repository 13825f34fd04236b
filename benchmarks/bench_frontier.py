"""The smallest arenas found by partial execution, each proven on the spot.

For every model and way of input: fit, verify, run in the executor, compare all outputs with LiteRT's reference
kernels, export, and run the C on an emulated Cortex-M4 in lock-step with the executor, row by row. Peers' figures are
those measured on the same files (TinyTS, Vela) or published (msf-CNN): bytes, the same way of input.

Run: python benchmarks/bench_frontier.py [model[:resident|:streamed] ...]
"""

from __future__ import annotations

import os
import sys
import time
from dataclasses import dataclass
from pathlib import Path

import mcu_lab
from mcu_lab.execution.executor import execute
from mcu_lab.execution.oracle import litert_tensors
from mcu_lab.execution.reference import random_inputs
from mcu_lab.firmware.harness import lockstep
from mcu_lab.firmware.tables import table_bytes
from mcu_lab.firmware.vector import TestVector
from mcu_lab.schedule.model import InputMode
from mcu_lab.search.techniques import TECHNIQUES

MODELS = Path(os.environ.get("MCU_LAB_MODELS", Path(__file__).resolve().parents[2] / "shared" / "models"))


@dataclass(frozen=True)
class Case:
    """One figure: which schedules are allowed, and the best that a peer reaches."""

    model: str
    inputs: InputMode
    peer: str = ""
    factor: float = 1.0
    use: frozenset[str] = TECHNIQUES


CASES = (
    Case("mlperf_vww_mobilenetv1_int8", "resident", "TinyTS 29,568"),
    Case("mlperf_vww_mobilenetv1_int8", "streamed", "TinyTS 13,824"),
    Case("mlperf_ic_resnet8_int8", "resident", "TinyTS 14,080"),
    Case("mlperf_ic_resnet8_int8", "streamed", "TinyTS 13,568"),
    Case("mlperf_kws_dscnn_int8", "resident", "TinyTS 9,920"),
    Case("mlperf_kws_dscnn_int8", "streamed", "TinyTS 9,920"),
    Case("person_detect_int8", "resident", "TinyTS 14,976"),
    Case("person_detect_int8", "resident", use=frozenset({"channels"})),
    Case("dscnn_large_kws_int8", "resident", "TinyTS 32,112"),
    Case("mcunet_5fps_vww_int8", "resident", "TinyTS 36,960"),
    Case("mcunet_5fps_vww_int8", "streamed", "TinyTS 34,448"),
    Case("mcunet_5fps_vww_int8", "streamed", "msf-CNN 17,904", 1.35),
    Case("mcunet_5fps_vww_int8", "streamed", "msf-CNN 15,368", 1.96),
    Case("yolo_face_int8", "resident", "Vela 102,400"),
    Case("yamnet256_esc10_int8", "resident", "Vela 75,776"),
    Case("har_cnn_int8", "resident", "Vela 6,930"),
    Case("mobilenetv2_035_160_int8", "resident", "Vela 156,160"),
    Case("mobilenetv2_035_160_int8", "streamed"),
    Case("mobilenetv2_100_224_int8", "resident", "Vela 361,984"),
    Case("mobilenetv2_100_224_int8", "streamed", "MCUNetV2 176,128 at 1.10"),
)

HEAD = (
    "| model | input | arena | MACs | best peer | steps | table B | stack B | seconds | proven |\n"
    "|---|---|--:|--:|---|--:|--:|--:|--:|---|"
)


def row(case: Case) -> str:
    """One line of the table; an AssertionError that names the judge that disagrees."""
    path = MODELS / f"{case.model}.tflite"
    graph = mcu_lab.load(path)
    began = time.monotonic()
    best = mcu_lab.fit(graph, inputs=case.inputs, max_mac_factor=case.factor, use=case.use)
    seconds = time.monotonic() - began
    problems = mcu_lab.verify(best.plan)
    assert not problems, problems[0]
    inputs = random_inputs(graph, 7)
    run = execute(best.plan, inputs, trace="written")
    judged = litert_tensors(path.read_bytes(), inputs)
    for tensor in graph.outputs:
        assert run.outputs[tensor].tobytes() == judged[tensor].tobytes(), f"{case.model}: LiteRT differs"
    board = lockstep(best.plan, TestVector(inputs, run.outputs), run.checksums, "cortex-m4")
    assert board.same, f"{case.model}: row {board.differs} differs on the Cortex-M4: {board.report.text[-500:]}"
    how = case.inputs + (f", only {'/'.join(sorted(case.use))}" if case.use != TECHNIQUES else "")
    return (
        f"| {case.model} | {how} | {best.peak_sram_bytes:,} | {best.mac_factor:.2f} | {case.peer or '–'} | "
        f"{len(best.plan.steps):,} | {table_bytes(best.plan):,} | {board.report.stack_bytes:,} | {seconds:.0f} | "
        "verifier, LiteRT, Cortex-M4 |"
    )


def main() -> None:
    wanted = sys.argv[1:]
    print(HEAD, flush=True)
    for case in CASES:
        if not wanted or case.model in wanted or f"{case.model}:{case.inputs}" in wanted:
            print(row(case), flush=True)


if __name__ == "__main__":
    main()
