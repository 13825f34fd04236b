"""Whatever graph or bytes hypothesis thinks of: writing loses nothing, reading never crashes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from math import prod
from types import MappingProxyType

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from mcu_lab.errors import ModelError
from mcu_lab.graph import schema
from mcu_lab.graph.ir import ELEMENT_BYTES, AttrValue, Graph, Operator, Quant, Signature, Tensor
from mcu_lab.graph.shapes import with_known_shapes
from mcu_lab.graph.tflite_read import read_tflite
from mcu_lab.graph.tflite_write import write_tflite
from tests.conftest import examples

TEXT = st.text(st.characters(exclude_categories=("Cs",)), max_size=12)
FLOATS = st.floats(width=32, allow_nan=False, allow_infinity=False)
SHAPES = st.lists(st.integers(0, 5), max_size=4).map(tuple)
KINDS = [kind for kind in schema.values_of("BuiltinOperator") if kind not in ("CUSTOM", "DELEGATE")]


@st.composite
def tensors(draw: st.DrawFn, index: int, constant: bool) -> Tensor:
    shape, dtype = draw(SHAPES), draw(st.sampled_from(sorted(ELEMENT_BYTES)))
    data = draw(st.binary(min_size=(n := prod(shape) * ELEMENT_BYTES[dtype]), max_size=n)) if constant else None
    axes = [axis for axis, size in enumerate(shape) if size > 1]
    axis = draw(st.sampled_from([None, *axes]))
    count = 1 if axis is None else shape[axis]
    scales = draw(st.lists(FLOATS, min_size=count, max_size=count))
    zero_points = draw(st.lists(st.integers(-(2**63), 2**63 - 1), min_size=count, max_size=count))
    quant = draw(st.sampled_from([None, Quant(tuple(scales), tuple(zero_points), axis)]))
    signature = draw(st.sampled_from([None, tuple(-1 for _ in shape) or None]))
    return Tensor(index, draw(TEXT), shape, dtype, quant, data, shape_signature=signature)


def attr(field: schema.Field) -> st.SearchStrategy[AttrValue]:
    if field.shape is schema.Shape.STRING:
        return TEXT
    if field.enum:
        return st.sampled_from(sorted(schema.values_of(field.enum)))
    flags = field.flags.__name__
    if flags == "BoolFlags":
        one: st.SearchStrategy[AttrValue] = st.booleans()
    elif schema.is_float(field.flags):
        one = st.floats(width=32 if "32" in flags else 64, allow_nan=False)
    else:
        one = st.integers(field.flags.min_val, field.flags.max_val)
    if field.shape is schema.Shape.SCALAR:
        return one
    return st.binary(max_size=5) if field.is_bytes else st.lists(one, max_size=4).map(tuple)


@st.composite
def attributes(draw: st.DrawFn, kind: str) -> Mapping[str, AttrValue]:
    table = schema.options_of(kind)
    fields = schema.fields_of(table) if table else {}
    return MappingProxyType({name: draw(attr(field)) for name, field in fields.items()})


@st.composite
def graphs(draw: st.DrawFn) -> Graph:
    """A random chain with constants: one input, one operator for each further activation."""
    count = draw(st.integers(1, 4))
    activations = [draw(tensors(i, False)) for i in range(count + 1)]
    constants = [draw(tensors(count + 1 + i, True)) for i in range(draw(st.integers(0, 3)))]
    operators = []
    for i in range(count):
        kind = draw(st.one_of(st.sampled_from(KINDS), TEXT.map(lambda name: f"CUSTOM:{name}")))
        extra = draw(st.lists(st.sampled_from([-1, *(c.id for c in constants)]), max_size=2))
        attrs = draw(attributes(kind)) if not kind.startswith("CUSTOM:") else {"custom_options": draw(st.binary())}
        operators.append(
            Operator(i, kind, (i, *extra), (i + 1,), MappingProxyType(dict(attrs)), draw(st.integers(1, 9)))
        )
    return Graph(
        draw(TEXT),
        (*activations, *constants),
        tuple(operators),
        (0,),
        (count,),
        metadata=MappingProxyType(draw(st.dictionaries(TEXT, st.binary(max_size=40), max_size=2))),
        signatures=draw(st.sampled_from([(), (Signature("serve", (("x", 0),), (("y", count),)),)])),
        description=draw(TEXT),
    )


@settings(max_examples=examples(100), deadline=None, derandomize=True)
@given(graphs())
def test_writing_and_reading_gives_the_same_graph(graph: Graph) -> None:
    graph = with_known_shapes(graph)  # as reading works out what a file leaves open
    written = write_tflite(graph)
    assert replace(read_tflite(written), sha256="") == graph
    assert write_tflite(read_tflite(written)) == written


@settings(max_examples=examples(300), deadline=None, derandomize=True)
@given(st.binary(max_size=200))
def test_any_bytes_behind_the_identifier_give_a_model_error(tail: bytes) -> None:
    for root in (8, 12, 4 + len(tail)):
        try:
            read_tflite(root.to_bytes(4, "little") + schema.FILE_IDENTIFIER + tail)
        except ModelError as error:
            assert error.what
        else:
            raise AssertionError("random bytes were taken for a model")


def test_absent_options_are_read_as_their_defaults() -> None:
    """A file may leave out any field; writing one that has no values does just that."""
    for kind in KINDS:
        if table := schema.options_of(kind):
            op = Operator(0, kind, (0,), (1,), MappingProxyType({"options_table": table}))
            pair = (Tensor(0, "x", (1,), "int8"), Tensor(1, "y", (1,), "int8"))
            graph = read_tflite(write_tflite(Graph("g", pair, (op,), (0,), (1,))))
            attrs = graph.operators[0].attrs
            assert set(attrs) == set(schema.fields_of(table))
            again = read_tflite(write_tflite(graph))
            assert again.operators == graph.operators


def test_options_of_another_operator_are_ignored_and_written_back() -> None:
    """What runtimes take instead are the defaults of the operator's own options, as where there are none at all."""
    pair = (Tensor(0, "x", (1,), "int8"), Tensor(1, "y", (1,), "int8"))
    foreign = {"options_table": "RNNOptions", "RNNOptions.fused_activation_function": "RELU6"}
    for attrs in ({}, foreign):
        op = Operator(0, "MUL", (0,), (1,), MappingProxyType(attrs))
        written = write_tflite(Graph("g", pair, (op,), (0,), (1,)))
        graph = read_tflite(written)
        assert graph.operators[0].attrs["fused_activation_function"] == "NONE"
        assert foreign.items() & graph.operators[0].attrs.items() == attrs.items()
        assert read_tflite(write_tflite(graph)).operators == graph.operators
    assert write_tflite(graph) == written


def test_every_builtin_operator_has_its_options_table() -> None:
    """No table of options is left without an operator that uses it."""
    used = {schema.options_of(kind) for kind in schema.values_of("BuiltinOperator")}
    tables = {*schema.values_of("BuiltinOptions"), *schema.values_of("BuiltinOptions2")} - {"NONE"}
    assert tables <= used


def test_every_byte_wide_option_is_an_enumeration() -> None:
    """The schema stores enumerations in one byte; one that is not known by name would be read as a number."""
    tables = {*schema.values_of("BuiltinOptions"), *schema.values_of("BuiltinOptions2")} - {"NONE"}
    fields = [field for table in tables for field in schema.fields_of(table).values()]
    nameless = [f.name for f in fields if f.flags and f.flags.__name__ == "Int8Flags" and not f.enum]
    assert not nameless
    assert np.all([field.slot >= 0 for field in fields])
