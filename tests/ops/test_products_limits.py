"""What an operator refuses, in words; and whatever it accepts, it runs."""

from __future__ import annotations

from dataclasses import replace
from types import MappingProxyType

import numpy as np
import pytest

from mcu_lab.execution.reference import random_inputs, run_reference
from mcu_lab.graph.ir import ELEMENT_BYTES, AttrValue, Graph, Quant, Tensor
from mcu_lab.ops import problems
from tests.ops.one_operator import CASES, INT16, convolution, fully_connected, mean, pool

MUTANTS = 2500
DTYPES = ("int8", "uint8", "int16", "int32", "int64", "float32", "float16")


def _with_tensor(graph: Graph, tensor: Tensor) -> Graph:
    """``graph`` with one tensor changed; a constant keeps a size that fits its shape and dtype, as files must."""
    if tensor.is_const and tensor.dtype in ELEMENT_BYTES and len(tensor.data or b"") != tensor.bytes:
        tensor = replace(tensor, data=bytes(tensor.bytes))
    tensors = list(graph.tensors)
    tensors[tensor.id] = tensor
    return replace(graph, tensors=tuple(tensors))


def _with_attrs(graph: Graph, **attrs: AttrValue) -> Graph:
    op = replace(graph.operators[0], attrs=MappingProxyType({**graph.operators[0].attrs, **attrs}))
    return replace(graph, operators=(op,))


def _change(graph: Graph, tensor: int, **fields: object) -> Graph:
    return _with_tensor(graph, replace(graph.tensors[tensor], **fields))  # type: ignore[arg-type]


DOUBLED = convolution(depthwise=True, multiplier=2)

REFUSED: tuple[tuple[str, Graph], ...] = (
    ("it has no bias", convolution(dtype="hybrid", bias=False)),
    ("LiteRT takes groups for floats with several", convolution(dtype="hybrid", groups=2, per_channel=False)),
    ("LiteRT reads one for each channel", convolution(dtype="hybrid", depthwise=True, per_channel=False)),
    ("no positive quantization scale", _change(convolution(dtype="hybrid"), 1, quant=None)),
    ("no groups of one size", _change(convolution(), 1, shape=(8, 3, 3, 4))),
    ("no groups of one size", _change(convolution(), 1, shape=(8, 3, 3, 2))),
    ("padding is 'REFLECT'", _with_attrs(convolution(), padding="REFLECT")),
    ("stride_h is 0", _with_attrs(convolution(), stride_h=0)),
    ("dilation_w_factor is -1", _with_attrs(convolution(), dilation_w_factor=-1)),
    ("fused_activation_function is 'ODD'", _with_attrs(convolution(), fused_activation_function="ODD")),
    ("LiteRT refuses it here", _with_attrs(fully_connected(), fused_activation_function="TANH")),
    ("windows over 9x11 give 9x11", _change(convolution(), 3, shape=(2, 8, 11, 8))),
    ("a batch of 2 to a batch of 1", _change(convolution(), 3, shape=(1, 9, 11, 8))),
    ("its weights are float32", _change(convolution(), 1, dtype="float32", quant=None)),
    ("its bias is int64", _change(convolution(), 2, dtype="int64")),
    ("its bias has shape (7,) for 8 channels", _change(convolution(), 2, shape=(7,))),
    ("no positive quantization scale", _change(convolution(), 3, quant=None)),
    ("has the scale 0", _change(convolution(), 0, quant=Quant((0.0,), (0,)))),
    ("3 scales for 8 channels", _change(convolution(), 1, quant=Quant((1.0,) * 3, (0,) * 3, 3))),
    ("axis 0 is supported", _change(convolution(channels=6), 1, quant=Quant((1.0,) * 6, (0,) * 6, 3))),
    ("accepts none below 0", _change(fully_connected(), 1, quant=Quant((-1.0,), (0,)))),
    ("wants them symmetric", _change(convolution(), 1, quant=Quant((1.0,), (4,)))),
    ("its bias has the scale", _change(fully_connected(), 2, quant=Quant((0.5,), (0,)))),
    ("bounds of RELU6 would not fit", _change(convolution(activation="RELU6"), 3, quant=Quant((1e-11,), (0,)))),
    ("quantized_bias_type is 'INT32'", _with_attrs(fully_connected(**INT16), quantized_bias_type="INT32")),
    ("12 output channels are no multiple of its 5", _change(DOUBLED, 0, shape=(2, 9, 11, 5))),
    ("weights_format is 'SHUFFLED4x16INT8'", _with_attrs(fully_connected(), weights_format="SHUFFLED4x16INT8")),
    ("cannot be read as rows of 24", _change(fully_connected(), 0, shape=(5, 23))),
    ("it maps 5 rows to 4", _change(fully_connected(), 3, shape=(4, 10))),
    ("kernel height is 0", _with_attrs(pool(), filter_height=0)),
    ("it maps int8 to uint8", _change(pool(), 1, dtype="uint8", quant=Quant((0.05,), (5,)))),
    ("no quantization scale to place RELU6", _change(pool(activation="RELU6"), 1, quant=None)),
    ("are not axes of shape", _change(mean(), 0, shape=(2, 7))),
    ("its output has shape", _change(mean(), 2, shape=(2, 7))),
    ("are not an int32 constant", _change(mean(), 1, dtype="int64")),
)


@pytest.mark.parametrize(("reason", "graph"), REFUSED, ids=[reason for reason, _ in REFUSED])
def test_what_is_refused_is_named(reason: str, graph: Graph) -> None:
    found = [str(p) for p in problems(graph)]
    assert any(reason in text for text in found), found


def _random_quant(rng: np.random.Generator, tensor: Tensor) -> Quant | None:
    if rng.random() < 0.3 or not tensor.shape:
        return None
    axis = int(rng.integers(0, len(tensor.shape)))
    count = int(rng.choice([1, tensor.shape[axis] or 1, 2]))
    return Quant((float(rng.choice([0.0, 0.5, 1.0])),) * count, (int(rng.integers(-1, 2)),) * count, axis)


def _mutant(rng: np.random.Generator, graph: Graph) -> Graph:
    tensor = graph.tensors[int(rng.integers(0, len(graph.tensors)))]
    op = graph.operators[0]
    match int(rng.integers(0, 6)):
        case 0:
            rank = int(rng.integers(0, 6))
            return _with_tensor(graph, replace(tensor, shape=tuple(int(n) for n in rng.integers(0, 5, rank))))
        case 1 if tensor.shape:
            shape = list(tensor.shape)
            shape[int(rng.integers(0, len(shape)))] = int(rng.integers(0, 12))
            return _with_tensor(graph, replace(tensor, shape=tuple(shape)))
        case 2:
            return _with_tensor(graph, replace(tensor, dtype=str(rng.choice(DTYPES))))
        case 3:
            return _with_tensor(graph, replace(tensor, quant=_random_quant(rng, tensor)))
        case 4:
            name = str(rng.choice(list(op.attrs)))
            value = rng.choice(np.array(["SAME", "VALID", "RELU6", "ODD", 0, 1, 2, -1, 2**31 - 1], dtype=object))
            return _with_attrs(graph, **{name: value})
        case _:
            places = [-1, *range(len(graph.tensors))]
            inputs = tuple(int(rng.choice(places)) for _ in range(int(rng.integers(0, 5))))
            return replace(graph, operators=(replace(op, inputs=inputs),))


def test_whatever_is_accepted_runs() -> None:
    rng = np.random.default_rng(0)
    graphs = list(CASES.values())
    accepted = refused = 0
    for _ in range(MUTANTS):
        graph = graphs[int(rng.integers(0, len(graphs)))]
        for _ in range(int(rng.integers(1, 3))):
            graph = _mutant(rng, graph)
        if problems(graph):
            refused += 1
            continue
        output = graph.tensors[graph.outputs[0]]
        if not set(graph.operators[0].inputs) <= {-1, 0, *(t.id for t in graph.tensors if t.is_const)}:
            continue  # reads its own output: no graph that a reader lets through
        values = run_reference(graph, random_inputs(graph, 0))[output.id]
        assert (values.shape, str(values.dtype)) == (output.shape, output.dtype)
        accepted += 1
    assert accepted > MUTANTS // 20 and refused > MUTANTS // 4
