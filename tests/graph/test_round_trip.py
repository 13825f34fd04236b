"""A model that was read and written again is the same graph, and runtimes give the same bytes for it."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from mcu_lab.graph.flatbuffer import Table
from mcu_lab.graph.tflite_read import read_tflite
from mcu_lab.graph.tflite_write import BUFFER_ALIGNMENT, write_tflite
from tests.graph.models import OWN, SHARED, path_of
from tests.graph.tflm import tflm_outputs

MODELS = [*OWN, *SHARED]
TFLM_ONLY = {
    "keyword_scrambled_int8": "LiteRT 2.3.0 corrupts its heap on it, as stored, with any resolver",
    "person_detect_int8": "LiteRT refuses the stored file for its quantized_dimension",
}


def litert_outputs(model: bytes, invocations: int = 2) -> list[bytes]:
    """Bytes of all outputs of a few invocations on seeded noise; several, so that state is compared too."""
    litert = pytest.importorskip("ai_edge_litert.interpreter")
    interpreter = litert.Interpreter(
        model_content=model, experimental_op_resolver_type=litert.OpResolverType.BUILTIN_REF, num_threads=1
    )
    interpreter.allocate_tensors()
    random = np.random.default_rng(7)
    seen = []
    for _ in range(invocations):
        for detail in interpreter.get_input_details():
            noise = random.integers(-128, 128, detail["shape"])
            interpreter.set_tensor(detail["index"], noise.astype(detail["dtype"]))
        interpreter.invoke()
        seen += [interpreter.get_tensor(d["index"]).tobytes() for d in interpreter.get_output_details()]
    return seen


@pytest.mark.quick(10)
@pytest.mark.parametrize("name", MODELS)
def test_reading_what_was_written_gives_the_same_graph(name: str) -> None:
    graph = read_tflite(path_of(name))
    written = write_tflite(graph)
    assert replace(read_tflite(written), sha256=graph.sha256) == graph
    assert write_tflite(graph) == written


def test_constants_are_aligned_and_equal_ones_share_a_buffer() -> None:
    graph = read_tflite(path_of("okay_nabu_streaming_int8"))
    model = Table.root("Model", write_tflite(graph))
    spans = [buffer["data"] for buffer in model.tables("buffers", "Buffer")]
    stored = [span.cut() for span in spans if span is not None]
    assert all(span.start % BUFFER_ALIGNMENT == 0 for span in spans if span is not None)
    assert len(stored) == len(set(stored))
    assert {t.data for t in graph.tensors if t.data} <= set(stored)


@pytest.mark.quick(6)
@pytest.mark.parametrize("name", [m for m in MODELS if m not in TFLM_ONLY])
def test_litert_gives_the_same_bytes(name: str) -> None:
    stored = path_of(name).read_bytes()
    assert litert_outputs(write_tflite(read_tflite(stored))) == litert_outputs(stored)


@pytest.mark.parametrize("name", ["keyword_scrambled_int8", "person_detect_int8", "mlperf_kws_dscnn_int8"])
def test_tflm_gives_the_same_bytes(name: str) -> None:
    stored = path_of(name).read_bytes()
    assert tflm_outputs(write_tflite(read_tflite(stored))) == tflm_outputs(stored)


def test_litert_runs_person_detect_once_its_axis_is_repaired() -> None:
    stored = path_of("person_detect_int8").read_bytes()
    with pytest.raises((RuntimeError, ValueError)):
        litert_outputs(stored)
    assert litert_outputs(write_tflite(read_tflite(stored))) == tflm_outputs(stored)
