"""The law on files as people have them: small models from real reports, and the public ones.

What LiteRT runs, or else TFLM, has its bytes here, on random and on extreme inputs; in every kind of plan, proven; and
in C. What both refuse is refused in a sentence. One case in eight is tried; with MCU_LAB_FULL=1 all are.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from mcu_lab.device.ad_hoc import ad_hoc
from mcu_lab.errors import ModelError
from mcu_lab.execution.executor import execute
from mcu_lab.execution.oracle import FLOAT_TOLERANCE, compare, litert_frames
from mcu_lab.execution.reference import random_inputs, run_reference
from mcu_lab.graph.ir import Graph
from mcu_lab.graph.tflite_read import read_tflite
from mcu_lab.ops import problems
from mcu_lab.plan.model import Plan
from mcu_lab.plan.verify import verify
from mcu_lab.search.fit import fit
from mcu_lab.search.techniques import WHOLE
from tests.cli.conftest import Command
from tests.cli.conftest import mcu_lab as mcu_lab
from tests.conftest import part, shared_folder
from tests.firmware.cases import needs_gcc
from tests.firmware.together import Case, differences
from tests.graph.tflm import interpreter

pytestmark = pytest.mark.slow

#: Files that a runtime takes and that are refused here, each with a word of the sentence that says so.
REFUSED: Mapping[str, str] = {
    "found_run_4GB": "are allowed",  # a kilobyte that asks for 19 GB
    "no_inputs": "nobody makes it",  # runtimes compute with whatever lies there
    "sig_hw_shape1": "windows over",  # TFLM reads behind the input; LiteRT refuses it
    "ss_empty": "has the shape",  # a tensor of no elements, which needs no plan
}
#: On which LiteRT 2.3.0 corrupts its heap, as stored, with any resolver.
NOT_FOR_LITERT = {"keyword_scrambled_int8"}
#: In which ways a plan is looked for.
MODES: Mapping[str, Mapping[str, Any]] = {
    "whole": {"use": WHOLE},
    "resident": {},
    "streamed": {"inputs": "streamed"},
    "with more work": {"max_mac_factor": 1.5},
}
#: Models whose searches or whose C take minutes have tests of their own.
MOST_BYTES = 300_000
#: How many of them are built into one program.
SHARE = 24
_HIGH = 100.0


def _files() -> list[Path]:
    found = [*shared_folder("cases").glob("*.tflite"), *shared_folder("models").glob("*.tflite")]
    small = [file for file in found if file.stat().st_size <= MOST_BYTES]
    mixed = sorted(small, key=lambda file: zlib.crc32(file.name.encode()))
    return mixed[: part(len(mixed), 8)]


FILES = {file.stem: file for file in _files()}
ABSENT = "no cases found: set MCU_LAB_MODELS to the shared models, with the folder `cases` beside them"
each_case = pytest.mark.parametrize("case", [*FILES] or [pytest.param("", marks=pytest.mark.skip(reason=ABSENT))])


def _given(graph: Graph) -> Iterator[Mapping[int, np.ndarray]]:
    """Random inputs, and the ends of what they can be."""
    yield random_inputs(graph, 0)
    yield random_inputs(graph, 1)
    for end in ("zero", "one", "low", "high", "both"):
        yield {t: _ends(graph, t, end) for t in graph.inputs}


def _ends(graph: Graph, tensor: int, end: str) -> np.ndarray:
    t = graph.tensors[tensor]
    if np.dtype(t.dtype).kind in "fb":
        low, high = (-_HIGH, _HIGH) if t.dtype != "bool" else (0, 1)
    else:
        low, high = np.iinfo(t.dtype).min, np.iinfo(t.dtype).max
    if end == "both":
        return np.resize(np.array([low, high, 0]), t.shape).astype(t.dtype)
    return np.full(t.shape, {"zero": 0, "one": 1, "low": low, "high": high}[end]).astype(t.dtype)


@cache
def _runs_in_litert(case: str) -> bool:
    """Whether LiteRT takes the model; what it then says of one input is another matter."""
    pytest.importorskip("ai_edge_litert")
    if case in NOT_FOR_LITERT:
        return False
    try:
        next(litert_frames(FILES[case].read_bytes(), []), None)
    except ModelError:
        return False
    return True


@cache
def _runs_in_tflm(case: str) -> bool:
    try:
        interpreter(FILES[case].read_bytes(), 8 * 2**20)
    except RuntimeError:
        return False
    return True


def _runs(case: str) -> bool:
    return case not in REFUSED and (_runs_in_litert(case) or _runs_in_tflm(case))


@cache
def _graph(case: str) -> Graph:
    """The graph of a case that is to run. Skips the test where that is refused."""
    if not _runs(case):
        pytest.skip("refused, as another test says")
    graph = read_tflite(FILES[case])
    assert not problems(graph), [str(p) for p in problems(graph)]
    return graph


def test_the_cases_are_there() -> None:
    if not shared_folder("cases").is_dir():
        pytest.skip(ABSENT)
    assert FILES


@each_case
def test_a_runtimes_bytes(case: str) -> None:
    graph, model = _graph(case), FILES[case].read_bytes()
    tried = 0
    for inputs in _given(graph):
        if not _runs_in_litert(case):
            _compare_with_tflm(graph, model, inputs)
            tried += 1
            continue
        try:
            comparison = compare(graph, model, inputs)
        except ModelError:  # LiteRT refuses these values: an index outside, a root of what is below 0
            continue
        assert comparison.equal, [str(t) for t in comparison.differing]
        tried += 1
    assert tried


def _compare_with_tflm(graph: Graph, model: bytes, inputs: Mapping[int, np.ndarray]) -> None:
    tflm = interpreter(model, 8 * 2**20)
    for number, t in enumerate(graph.inputs):
        tflm.set_input(inputs[t], number)
    tflm.invoke()
    ours = run_reference(graph, inputs)
    for number, t in enumerate(graph.outputs):
        theirs = tflm.get_output(number).reshape(graph.tensors[t].shape)
        if theirs.dtype.kind == "f":
            largest = np.abs(theirs).max(initial=1)
            np.testing.assert_allclose(ours[t], theirs, rtol=0, atol=FLOAT_TOLERANCE * largest)
        else:
            np.testing.assert_array_equal(ours[t], theirs)


def _plan(case: str, mode: str) -> Plan:
    return fit(_graph(case), ad_hoc(), **MODES[mode]).plan


@each_case
@pytest.mark.parametrize("mode", MODES)
def test_a_plan_of_every_kind(case: str, mode: str) -> None:
    plan = _plan(case, mode)
    assert verify(plan) == ()
    inputs = random_inputs(plan.graph, 0)
    expected = run_reference(plan.graph, inputs)
    outputs = execute(plan, inputs).outputs
    for t in plan.graph.outputs:
        wanted = plan.graph.tensors[t].array if plan.graph.tensors[t].is_const else expected[t]
        assert outputs[t].tobytes() == np.ascontiguousarray(wanted).tobytes()


@needs_gcc
@pytest.mark.parametrize("share", range(-(-len(FILES) // SHARE)))
def test_their_c(share: int) -> None:
    """Whole, and as fit has it, so many of them in one program."""
    cases = []
    for case in [*FILES][share * SHARE :][:SHARE]:
        if _runs(case):
            plans = {mode: _plan(case, mode) for mode in ("whole", "resident")}
            cases += [(f"{case}, {mode}", Case.of(plan)) for mode, plan in plans.items()]
    found = differences([case for _, case in cases])
    assert not found, "; ".join(f"{cases[number][0]}: {text}" for (number, _), text in found.items())


@each_case
def test_what_nobody_runs_is_refused_in_a_sentence(case: str, mcu_lab: Command) -> None:
    if _runs(case):
        pytest.skip("runs")
    for command in ("check", "run") if case in REFUSED else ("check",):
        result = mcu_lab(command, FILES[case])
        assert (result.code, result.out) == (2, "")
        assert result.err.startswith("mcu-lab: ") and result.err.count("\n") == 1
        assert REFUSED.get(case, "") in result.err
