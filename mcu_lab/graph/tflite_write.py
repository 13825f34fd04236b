"""Write a :class:`Graph` as a ``.tflite`` file, from the graph alone.

``read_tflite(write_tflite(g))`` equals ``g`` but for the sha256. Equal constants share one buffer, buffers start at
multiples of 16 bytes (as runtimes that read weights in place want them), and equal graphs give equal bytes.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import flatbuffers

from mcu_lab.errors import ModelError
from mcu_lab.graph.compact import packed
from mcu_lab.graph.flatbuffer import write_table
from mcu_lab.graph.ir import Graph, Operator, Signature, Tensor
from mcu_lab.graph.opaque import without_opaque
from mcu_lab.graph.schema import FILE_IDENTIFIER, VERSION, enum_value, fields_of, options_of, values_of
from mcu_lab.graph.state import without_state

BUFFER_ALIGNMENT = 16
_LAST_ONE_BYTE_CODE = 127
"""``PLACEHOLDER_FOR_GREATER_OP_CODES``: what the older, one-byte field says for every newer operator."""
_NOT_OPTIONS = frozenset({"custom_options", "intermediates", "mutating_variable_inputs", "options_table"})

_Code = tuple[str, int]


def write_tflite(graph: Graph) -> bytes:
    """The bytes of a ``.tflite`` file. Raises ModelError for a kind, dtype or attribute that the schema cannot hold."""
    graph = without_state(without_opaque(graph))
    builder = flatbuffers.Builder(1 << 16)
    graphs = (graph, *graph.subgraphs)
    constants = [_stored(t) for g in graphs for t in g.tensors if t.data]
    # Buffer 0 is the empty one, by convention of the format.
    buffers = {data: i for i, data in enumerate(dict.fromkeys((b"", *constants, *graph.metadata.values())))}
    codes = {code: i for i, code in enumerate(dict.fromkeys((o.kind, o.version) for g in graphs for o in g.operators))}
    root = write_table(
        builder,
        "Model",
        version=VERSION,
        operator_codes=[_operator_code(builder, code) for code in codes],
        subgraphs=[_subgraph(builder, g, buffers, codes) for g in graphs],
        description=graph.description,
        buffers=[_buffer(builder, data) for data in buffers],
        metadata=[write_table(builder, "Metadata", name=n, buffer=buffers[data]) for n, data in graph.metadata.items()],
        signature_defs=[_signature(builder, s) for s in graph.signatures],
    )
    builder.Finish(root, FILE_IDENTIFIER)
    return bytes(builder.Output())


def _operator_code(builder: flatbuffers.Builder, code: _Code) -> int:
    kind, version = code
    builtin, _, custom = kind.partition(":")
    number = _value("BuiltinOperator", builtin, f"operator kind {kind!r}")
    return write_table(
        builder,
        "OperatorCode",
        deprecated_builtin_code=min(number, _LAST_ONE_BYTE_CODE),
        builtin_code=number,
        version=version,
        custom_code=custom or None,
    )


def _subgraph(
    builder: flatbuffers.Builder, graph: Graph, buffers: Mapping[bytes, int], codes: Mapping[_Code, int]
) -> int:
    return write_table(
        builder,
        "SubGraph",
        tensors=[_tensor(builder, t, buffers) for t in graph.tensors],
        inputs=graph.inputs,
        outputs=graph.outputs,
        operators=[_operator(builder, op, codes) for op in graph.operators],
        name=graph.name,
    )


def _stored(tensor: Tensor) -> bytes:
    data = tensor.data or b""
    return packed(data) if tensor.packed else data


def _tensor(builder: flatbuffers.Builder, tensor: Tensor, buffers: Mapping[bytes, int]) -> int:
    quant = tensor.quant
    return write_table(
        builder,
        "Tensor",
        shape=tensor.shape,
        type=_value("TensorType", "INT4" if tensor.packed else tensor.dtype.upper(), str(tensor)),
        buffer=buffers[_stored(tensor)],
        name=tensor.name,
        quantization=quant
        and write_table(
            builder,
            "QuantizationParameters",
            scale=quant.scales,
            zero_point=quant.zero_points,
            quantized_dimension=quant.axis or 0,
        ),
        is_variable=tensor.variable,
        shape_signature=tensor.shape_signature,
        has_rank=bool(tensor.shape),
    )


def _operator(builder: flatbuffers.Builder, op: Operator, codes: Mapping[_Code, int]) -> int:
    options = {name: value for name, value in op.attrs.items() if name not in _NOT_OPTIONS}
    table = op.attrs.get("options_table") or (options_of(op.kind) if options else None)
    if "options_table" in op.attrs:
        prefix = f"{table!s}."
        options = {n.removeprefix(prefix): v for n, v in options.items() if n.startswith(prefix)}
    if options and table is None:
        raise ModelError(f"{op.kind} has no options, but the attributes {', '.join(options)} are given.", where=str(op))
    return write_table(
        builder,
        "Operator",
        opcode_index=codes[op.kind, op.version],
        inputs=op.inputs,
        outputs=op.outputs,
        custom_options=op.attrs.get("custom_options"),
        intermediates=op.attrs.get("intermediates"),
        mutating_variable_inputs=op.attrs.get("mutating_variable_inputs"),
        **(_options(builder, str(table), options, str(op)) if table else {}),
    )


def _options(builder: flatbuffers.Builder, table: str, options: Mapping[str, Any], where: str) -> dict[str, int]:
    fields = fields_of(table)
    unknown = [name for name in options if name not in fields]
    if unknown:
        raise ModelError(f"{table} has no field {', '.join(unknown)}.", where=where)
    enums = {name: fields[name].enum for name in options}
    values = {n: _value(e, options[n], where) if e else options[n] for n, e in enums.items()}
    union = "BuiltinOptions" if table in values_of("BuiltinOptions") else "BuiltinOptions2"
    field = "builtin_options" if union == "BuiltinOptions" else "builtin_options2"
    return {f"{field}_type": values_of(union)[table], field: write_table(builder, table, **values)}


def _value(enum: str, name: str, where: str) -> int:
    try:
        return enum_value(enum, name)
    except KeyError:
        raise ModelError(f"the schema's {enum} has no {name!r}.", where=where) from None


def _signature(builder: flatbuffers.Builder, signature: Signature) -> int:
    def named(pairs: Iterable[tuple[str, int]]) -> list[int]:
        return [write_table(builder, "TensorMap", name=name, tensor_index=tensor) for name, tensor in pairs]

    return write_table(
        builder,
        "SignatureDef",
        inputs=named(signature.inputs),
        outputs=named(signature.outputs),
        signature_key=signature.key,
        subgraph_index=signature.subgraph,
    )


def _buffer(builder: flatbuffers.Builder, data: bytes) -> int:
    if not data:
        return write_table(builder, "Buffer")
    builder.Prep(BUFFER_ALIGNMENT, len(data))  # a vector of bytes alone would start at any multiple of 4
    return write_table(builder, "Buffer", data=data)
