"""Each way in which a file can be wrong gives one ModelError that says so, in bounded time and memory."""

from __future__ import annotations

import time
import tracemalloc
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import flatbuffers
import pytest

from mcu_lab.errors import ModelError
from mcu_lab.graph.flatbuffer import write_table
from mcu_lab.graph.ir import Graph, Operator, Quant, Tensor
from mcu_lab.graph.schema import values_of
from mcu_lab.graph.tflite_read import read_tflite
from mcu_lab.graph.tflite_write import write_tflite
from mcu_lab.limits import FILE_BYTES
from tests.graph.build import finished, relu_chain

Build = Callable[[flatbuffers.Builder], dict[str, Any]]


def made(build: Build) -> bytes:
    builder = flatbuffers.Builder(1024)
    return finished(builder, **build(builder))


def with_tensors(*tensors: Tensor, operators: tuple[Operator, ...] = (), inputs: tuple[int, ...] = ()) -> bytes:
    return write_tflite(Graph("g", tensors, operators, inputs, ()))


CHAIN = relu_chain(3)
FLOATS = Tensor(0, "w", (2,), "float32")

WRONG_FILES: dict[str, tuple[Callable[[], bytes], str]] = {
    "empty": (lambda: b"", "not a .tflite"),
    "text": (lambda: b"<html>not found</html>", "not a .tflite"),
    "only the identifier": (lambda: b"\x08\x00\x00\x00TFL3", "damaged"),
    "version": (lambda: made(lambda b: {"version": 2}), "schema version 2"),
    "no subgraph": (lambda: made(lambda b: {}), "no subgraph"),
    "external buffer": (
        lambda: made(lambda b: {"buffers": [write_table(b, "Buffer", offset=4096, size=16)]}),
        "outside the flatbuffer",
    ),
    "cycle": (
        lambda: write_tflite(
            replace(CHAIN, operators=(replace(CHAIN.operators[0], inputs=(3,)), *CHAIN.operators[1:]), inputs=())
        ),
        "cyclic: 3 operators",
    ),
    "operator feeds itself": (
        lambda: with_tensors(FLOATS, operators=(Operator(0, "RELU", (0,), (0,)),)),
        "cyclic",
    ),
    "written twice": (
        lambda: write_tflite(replace(CHAIN, operators=(*CHAIN.operators, Operator(3, "RELU", (0,), (3,))))),
        "written by op3 RELU, but it is written by op2 RELU already",
    ),
    "input is written": (
        lambda: write_tflite(replace(CHAIN, inputs=(1,))),
        "written by op0 RELU, but it is a graph input already",
    ),
    "no such tensor": (
        lambda: write_tflite(replace(CHAIN, operators=(replace(CHAIN.operators[0], inputs=(9,)),))),
        "tensor 9 does not exist; there are 4",
    ),
    "no such output": (lambda: write_tflite(replace(CHAIN, outputs=(-1,))), "tensor -1 does not exist"),
    "negative shape": (lambda: with_tensors(Tensor(0, "x", (1, -3), "int8")), "impossible"),
    "too many axes": (lambda: with_tensors(Tensor(0, "x", (2**31 - 1,) * 100_000, "int8")), "100000 axes"),
    "huge shape": (lambda: with_tensors(Tensor(0, "x", (1 << 20, 1 << 20), "int8")), "impossible"),
    "constant too short": (
        lambda: with_tensors(replace(FLOATS, data=bytes(7))),
        r"7 bytes are stored, but shape and float32 need 8",
    ),
    "constant is written": (
        lambda: write_tflite(
            replace(CHAIN, tensors=(*CHAIN.tensors[:2], replace(CHAIN.tensors[2], data=b"1234"), *CHAIN.tensors[3:]))
        ),
        "a constant, but it is written by op1 RELU too",
    ),
    "scale not finite": (lambda: with_tensors(replace(FLOATS, quant=Quant((float("nan"),), (0,)))), "not finite"),
    "scales and zero points": (
        lambda: with_tensors(replace(FLOATS, quant=Quant((1.0, 2.0), (0, 0, 0), axis=0))),
        "2 scales but 3 zero points",
    ),
    "scales and axis": (
        lambda: with_tensors(replace(FLOATS, shape=(2, 3), quant=Quant((1.0, 2.0), (0, 0), axis=1))),
        r"2 scales do not fit axis 1 of shape \(2, 3\)",
    ),
}


def test_a_constant_that_is_an_input_is_a_constant() -> None:
    graph = read_tflite(with_tensors(replace(FLOATS, data=bytes(8)), inputs=(0,)))
    assert graph.inputs == () and graph.tensors[0].is_const


@pytest.mark.parametrize(("build", "message"), WRONG_FILES.values(), ids=WRONG_FILES)
def test_a_wrong_file_is_refused_with_its_reason(build: Callable[[], bytes], message: str) -> None:
    with pytest.raises(ModelError, match=message):
        read_tflite(build())


def one_tensor_many_times(builder: flatbuffers.Builder) -> dict[str, Any]:
    tensor = write_table(builder, "Tensor", shape=(1,), name="t" * 1000)
    subgraph = write_table(builder, "SubGraph", tensors=[tensor] * 40_000)
    return {"subgraphs": [subgraph], "buffers": [write_table(builder, "Buffer")]}


def one_buffer_many_times(builder: flatbuffers.Builder) -> dict[str, Any]:
    buffer = write_table(builder, "Buffer", data=bytes(2**20))
    return {"buffers": [buffer] * 20_000}


def many_signatures_of_one_vector(builder: flatbuffers.Builder) -> dict[str, Any]:
    tensor = write_table(builder, "Tensor", shape_signature=(1,) * 200_000)
    subgraph = write_table(builder, "SubGraph", tensors=[tensor] * 20_000)
    return {"subgraphs": [subgraph], "buffers": [write_table(builder, "Buffer")]}


def many_tensors_of_one_constant(builder: flatbuffers.Builder) -> dict[str, Any]:
    tensor = write_table(builder, "Tensor", shape=(2**20,), type=values_of("TensorType")["INT8"])
    operator = write_table(builder, "Operator", outputs=(0,))
    subgraph = write_table(builder, "SubGraph", tensors=[tensor] * 1_000, operators=[operator])
    buffer, code = write_table(builder, "Buffer", data=bytes(2**20)), write_table(builder, "OperatorCode")
    return {"subgraphs": [subgraph], "buffers": [buffer], "operator_codes": [code]}


def longest_vector_of_tables(builder: flatbuffers.Builder) -> dict[str, Any]:
    return {"subgraphs": [write_table(builder, "SubGraph")] * 500_000}


@pytest.mark.quick(1)
@pytest.mark.parametrize(
    ("build", "message"),
    [
        (one_tensor_many_times, "unfolds to more"),
        (one_buffer_many_times, "unfolds to more"),
        (many_signatures_of_one_vector, "unfolds to more"),
        (longest_vector_of_tables, "unfolds to more"),
        (many_tensors_of_one_constant, "a constant, but it is written by op0 ADD too"),
    ],
)
def test_a_file_that_would_unfold_is_refused_in_bounded_time_and_memory(build: Build, message: str) -> None:
    data = made(build)

    def refused() -> None:
        with pytest.raises(ModelError, match=message):
            read_tflite(data)

    started = time.process_time()
    refused()
    assert time.process_time() - started < 2
    tracemalloc.start()
    refused()
    _, peak_bytes = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak_bytes < 200 * 2**20


def test_a_file_over_the_limit_is_not_even_read(tmp_path: Path) -> None:
    path = tmp_path / "large.tflite"
    with path.open("wb") as file:
        file.truncate(FILE_BYTES.default + 1)
    tracemalloc.start()
    with pytest.raises(ModelError, match=r"large\.tflite: the file has 67,108,865 bytes"):
        read_tflite(path)
    _, peak_bytes = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak_bytes < FILE_BYTES.default // 4


def test_a_path_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    for path in (tmp_path / "absent.tflite", tmp_path):
        with pytest.raises(ModelError, match=path.name):
            read_tflite(path)


@pytest.mark.parametrize("length", [0, 4, 7, 8, 20, 60, 200])
def test_every_truncation_is_refused(length: int) -> None:
    with pytest.raises(ModelError):
        read_tflite(write_tflite(CHAIN)[:length])


def test_a_chain_stored_backwards_is_sorted() -> None:
    backwards = replace(CHAIN, operators=CHAIN.operators[::-1])
    read = read_tflite(write_tflite(backwards))
    assert replace(read, sha256="") == CHAIN
