"""Read a ``.tflite`` file into a :class:`Graph`.

Everything that a microcontroller runtime looks at is kept: subgraphs, variables, custom and unknown operators,
metadata, signatures. Not kept: training ranges (``min``/``max``), debug information, bytes appended to the flatbuffer.
"""

from __future__ import annotations

import errno
import hashlib
import math
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import Any

from mcu_lab.errors import ModelError
from mcu_lab.files import read_file, reason
from mcu_lab.graph.compact import densified, unpacked
from mcu_lab.graph.flatbuffer import Span, Table
from mcu_lab.graph.ir import ELEMENT_BYTES, AttrValue, Graph, Operator, Quant, Signature, Tensor
from mcu_lab.graph.schema import FILE_IDENTIFIER, VERSION, Field, Shape, enum_name, fields_of, names_of, options_of
from mcu_lab.graph.shapes import with_known_shapes
from mcu_lab.graph.state import with_state
from mcu_lab.graph.topology import in_topological_order
from mcu_lab.graph.unroll import unrolled
from mcu_lab.limits import FILE_BYTES

MAX_ELEMENTS = 2**31 - 1
"""TFLite indexes elements with 32-bit integers."""
MAX_RANK = 16
"""Twice what any kernel takes."""
_LONGEST_PLACE = 200


def read_tflite(source: str | os.PathLike[str] | bytes) -> Graph:
    """Read a model from a path or from the bytes of a file.

    The graph is named after the file, or after its first subgraph if there is no path. Operators are sorted
    topologically if they are not stored so (ties as in the file). Raises ModelError for a file that cannot be read, is
    not a ``.tflite`` file, is damaged, cyclic or oversized.
    """
    try:
        return _graph(source, "") if isinstance(source, bytes) else _graph(_bytes_of(Path(source)), Path(source).stem)
    except ModelError as error:
        # Names come from the file and may be of any length.
        places = ["" if isinstance(source, bytes) else Path(source).name, error.where[:_LONGEST_PLACE]]
        raise ModelError(error.what, where=": ".join(filter(None, places)), hint=error.hint) from None


def model_bytes(path: str | os.PathLike[str]) -> bytes:
    """What is in a model's file, unread. Raises ModelError as :func:`read_tflite` does."""
    try:
        return _bytes_of(Path(path))
    except ModelError as error:
        raise ModelError(error.what, where=Path(path).name, hint=error.hint) from None


def _bytes_of(path: Path) -> bytes:
    try:
        return read_file(path, FILE_BYTES.most)
    except OSError as error:
        if error.errno == errno.EFBIG:
            raise ModelError(f"{reason(error)}.", hint=f"Set {FILE_BYTES.variable} to allow more.") from None
        raise ModelError(f"cannot be read: {reason(error)}.", hint="Check the path and its permissions.") from None


def _graph(data: bytes, name: str) -> Graph:
    FILE_BYTES.allow(len(data), "the file", error=ModelError)
    if data[4:8] != FILE_IDENTIFIER:
        raise ModelError(
            f"not a .tflite file: bytes 4 to 8 are {data[4:8]!r} instead of {FILE_IDENTIFIER!r}.",
            hint="Convert the model with the TFLite converter first.",
        )
    model = Table.root("Model", data)
    if model["version"] != VERSION:
        raise ModelError(f"schema version {model['version']}, but only version {VERSION} is known.")
    buffers = tuple(_buffer(i, b) for i, b in enumerate(model.tables("buffers", "Buffer")))
    codes = tuple(_operator_code(i, c) for i, c in enumerate(model.tables("operator_codes", "OperatorCode")))
    graphs = [_subgraph(s, buffers, codes) for s in model.tables("subgraphs", "SubGraph")]
    if not graphs:
        raise ModelError("the model has no subgraph.")
    main = graphs[0]
    whole = Graph(
        name=name or main.name,
        tensors=main.tensors,
        operators=main.operators,
        inputs=main.inputs,
        outputs=main.outputs,
        subgraphs=tuple(graphs[1:]),
        metadata=_metadata(model, buffers),
        signatures=tuple(_signature(s, graphs) for s in model.tables("signature_defs", "SignatureDef")),
        description=model["description"] or "",
        sha256=hashlib.sha256(data).hexdigest(),
    )
    return with_known_shapes(unrolled(with_state(whole)))


def _buffer(index: int, buffer: Table) -> bytes:
    if buffer["offset"] > 1 or buffer["size"] > 1:
        raise ModelError(
            "its bytes lie outside the flatbuffer, as in models over 2 GB.", where=f"buffer {index}",
            hint="Store the model as one flatbuffer.",
        )  # fmt: skip
    span: Span | None = buffer["data"]
    return span.cut() if span else b""


def _operator_code(index: int, code: Table) -> tuple[str, int]:
    # The older field is one byte wide; writers of either age leave the other one at 0.
    number = max(code["deprecated_builtin_code"], code["builtin_code"])
    if number < 0:
        raise ModelError(f"the builtin code {number} is negative.", where=f"operator code {index}")
    kind = enum_name("BuiltinOperator", number)
    return f"CUSTOM:{code['custom_code'] or ''}" if kind == "CUSTOM" else kind, code["version"]


def _metadata(model: Table, buffers: Sequence[bytes]) -> Mapping[str, bytes]:
    found: dict[str, bytes] = {}
    for entry in model.tables("metadata", "Metadata"):
        name = entry["name"] or ""
        found.setdefault(name, _buffer_of(entry["buffer"], buffers, f"metadata {name!r}"))
    return MappingProxyType(found)


def _signature(signature: Table, graphs: Sequence[Graph]) -> Signature:
    key, subgraph = signature["signature_key"] or "", signature["subgraph_index"]
    if subgraph >= len(graphs):
        raise ModelError(f"subgraph {subgraph} of {len(graphs)} does not exist.", where=f"signature {key!r}")

    def named(field: str) -> tuple[tuple[str, int], ...]:
        maps = signature.tables(field, "TensorMap")
        pairs = tuple((m["name"] or "", m["tensor_index"]) for m in maps)
        _check_ids([t for _, t in pairs], len(graphs[subgraph].tensors), f"signature {key!r} {field}")
        return pairs

    return Signature(key, named("inputs"), named("outputs"), subgraph)


def _subgraph(table: Table, buffers: Sequence[bytes], codes: Sequence[tuple[str, int]]) -> Graph:
    stored = table.tables("tensors", "Tensor")
    operators = tuple(_operator(i, op, codes) for i, op in enumerate(table.tables("operators", "Operator")))
    inputs, outputs = tuple(table["inputs"] or ()), tuple(table["outputs"] or ())
    _check_ids(inputs, len(stored), "graph inputs")
    _check_ids(outputs, len(stored), "graph outputs")
    for op in operators:
        _check_ids(op.inputs, len(stored), f"{op} inputs", lowest=-1)
        _check_ids(op.outputs, len(stored), f"{op} outputs")
        _check_ids(op.attrs.get("intermediates", ()), len(stored), f"{op} intermediates", lowest=-1)  # type: ignore[arg-type]
    fed = {*inputs, *(t for op in operators for t in op.outputs)}
    tensors = tuple(_tensor(i, t, buffers, fed=i in fed) for i, t in enumerate(stored))
    # Runtimes take what is stored, and let nobody set it.
    inputs = tuple(t for t in inputs if not tensors[t].is_const)
    _check_producers(inputs, operators, tensors)
    return Graph(table["name"] or "", tensors, in_topological_order(operators, tensors), inputs, outputs)


def _check_producers(inputs: Sequence[int], operators: Sequence[Operator], tensors: Sequence[Tensor]) -> None:
    """Each tensor holds a constant, is a graph input, or is written by one operator: one of these at most."""
    source = dict.fromkeys(inputs, "a graph input")
    for op in operators:
        for t in op.outputs:
            if t in source:
                raise ModelError(f"written by {op}, but it is {source[t]} already.", where=str(tensors[t]))
            source[t] = f"written by {op}"
    for t, what in source.items():
        if tensors[t].is_const:
            raise ModelError(f"a constant, but it is {what} too.", where=str(tensors[t]))


def _check_ids(ids: Sequence[int], count: int, where: str, lowest: int = 0) -> None:
    for i in ids:
        if not lowest <= i < count:
            raise ModelError(f"tensor {i} does not exist; there are {count}.", where=where)


def _operator(index: int, table: Table, codes: Sequence[tuple[str, int]]) -> Operator:
    code = table["opcode_index"]
    if code >= len(codes):
        raise ModelError(f"operator code {code} of {len(codes)} does not exist.", where=f"op{index}")
    kind, version = codes[code]
    if table["large_custom_options_offset"] > 1:
        raise ModelError("its options lie outside the flatbuffer, as in models over 2 GB.", where=f"op{index} {kind}")
    attrs = _options(kind, table)
    custom: Span | None = table["custom_options"]
    if custom is not None:
        attrs["custom_options"] = custom.cut()
    for field in ("intermediates", "mutating_variable_inputs"):
        if table[field]:
            attrs[field] = table[field]
    inputs, outputs = tuple(table["inputs"] or ()), tuple(table["outputs"] or ())
    return Operator(index, kind, inputs, outputs, MappingProxyType(attrs), version)


def _options(kind: str, table: Table) -> dict[str, AttrValue]:
    """The fields of the operator's own options, by default values where the file has none of them.

    Options of another operator's table are ignored, as runtimes do; as ``Table.field`` they are kept to be written
    back.
    """
    own = options_of(kind)
    attrs: dict[str, AttrValue] = {name: _attr(field, field.default) for name, field in _fields(own).items()}
    for union, enum in (("builtin_options", "BuiltinOptions"), ("builtin_options2", "BuiltinOptions2")):
        name = names_of(enum).get(table[f"{union}_type"], "NONE")
        options = None if name == "NONE" else table.table(union, name)
        if options is None:
            continue
        stored = {field: _attr(fields_of(name)[field], options[field]) for field in fields_of(name)}
        if name == own:
            return attrs | stored
        return attrs | {"options_table": name} | {f"{name}.{field}": value for field, value in stored.items()}
    return attrs


def _fields(table: str | None) -> Mapping[str, Field]:
    return fields_of(table) if table else {}


def _attr(field: Field, value: Any) -> AttrValue:
    if field.enum:
        return enum_name(field.enum, value)
    if isinstance(value, Span):
        return value.cut()
    if value is None:  # an absent string or vector; runtimes take it for an empty one
        return "" if field.shape is Shape.STRING else b"" if field.is_bytes else ()
    return value


def _tensor(index: int, table: Table, buffers: Sequence[bytes], *, fed: bool) -> Tensor:
    name = table["name"] or ""
    where = f"t{index} {name}"
    shape = tuple(table["shape"] or ())
    if len(shape) > MAX_RANK:
        raise ModelError(f"the shape has {len(shape)} axes; at most {MAX_RANK} are possible.", where=where)
    if any(n < 0 for n in shape) or math.prod(shape) > MAX_ELEMENTS:
        raise ModelError(f"the shape {shape} is impossible.", where=where)
    dtype = enum_name("TensorType", table["type"]).lower()
    variable, stored = table["is_variable"], _buffer_of(table["buffer"], buffers, where)
    elements = math.prod(shape)
    sparsity = table.table("sparsity", "SparsityParameters")
    if sparsity and stored and dtype in ELEMENT_BYTES:
        stored = densified(sparsity, shape, stored, ELEMENT_BYTES[dtype], where)
    elif sparsity:
        raise ModelError(f"a sparse {dtype} cannot be read.", where=where, hint="Convert the model without sparsity.")
    if stored:
        _check_size(stored, elements, dtype, where)
    packed = dtype == "int4" and bool(stored) and not variable
    if packed:
        stored, dtype = unpacked(stored, elements), "int8"
    # What nothing feeds and needs no bytes is an empty constant.
    is_empty_constant = elements == 0 and not fed and dtype in ELEMENT_BYTES
    signature = table["shape_signature"]
    return Tensor(
        id=index,
        name=name,
        shape=shape,
        dtype=dtype,
        quant=_quant(table, shape, where),
        data=stored if (stored or is_empty_constant) and not variable else None,
        variable=variable,
        shape_signature=tuple(signature) if signature else None,
        packed=packed,
    )


def _buffer_of(index: int, buffers: Sequence[bytes], where: str) -> bytes:
    if index >= len(buffers):
        raise ModelError(f"buffer {index} of {len(buffers)} does not exist.", where=where)
    return buffers[index]


def _check_size(data: bytes, elements: int, dtype: str, where: str) -> None:
    half_bytes = {"int4", "uint4"}
    if dtype not in ELEMENT_BYTES and dtype not in half_bytes:
        return
    expected = (elements + 1) // 2 if dtype in half_bytes else elements * ELEMENT_BYTES[dtype]
    if len(data) != expected:
        raise ModelError(f"{len(data):,} bytes are stored, but shape and {dtype} need {expected:,}.", where=where)


def _quant(tensor: Table, shape: Sequence[int], where: str) -> Quant | None:
    table = tensor.table("quantization", "QuantizationParameters")
    scales = tuple(table["scale"] or ()) if table else ()
    if table is None or not scales:
        return None
    zero_points = tuple(table["zero_point"] or (0,) * len(scales))
    if len(zero_points) != len(scales):
        raise ModelError(f"{len(scales)} scales but {len(zero_points)} zero points.", where=where)
    if not all(map(math.isfinite, scales)):
        raise ModelError("a quantization scale is not finite.", where=where)
    if len(scales) == 1:
        return Quant(scales, zero_points)  # one scale has no axis; some files store a meaningless one
    # Some converters leave the weights' axis on one-dimensional biases, where only axis 0 can be meant.
    axis = 0 if len(shape) == 1 else table["quantized_dimension"]
    if not 0 <= axis < len(shape) or shape[axis] != len(scales):
        raise ModelError(f"{len(scales)} scales do not fit axis {axis} of shape {tuple(shape)}.", where=where)
    return Quant(scales, zero_points, axis)
