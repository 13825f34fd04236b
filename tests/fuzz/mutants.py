"""Field-aware mutants of models: most can still be read, and mean something that nobody meant.

One field after the other gets a value that files could hold: shapes, dtypes, scales, bytes, options, kinds, who reads
what, what goes in and out. What reading insists on (bytes that fill a constant's shape, one maker for each tensor) is
mended afterwards, because a file that cannot be read says nothing about what comes behind.
"""

from __future__ import annotations

import random
import struct
from collections.abc import Callable, Mapping
from dataclasses import replace
from math import prod
from types import MappingProxyType

import numpy as np

from mcu_lab.errors import ModelError
from mcu_lab.graph.ir import ELEMENT_BYTES, AttrValue, Graph, Operator, Quant, Tensor
from mcu_lab.graph.schema import fields_of, names_of, options_of
from mcu_lab.graph.tflite_write import write_tflite
from mcu_lab.graph.topology import in_topological_order
from mcu_lab.ops import SPECS

LENGTHS = (0, 0, 1, 1, 2, 3, 5, 7, 16, 33, 64, 255, 1 << 10, 1 << 16, 1 << 20, 1 << 27, (1 << 31) - 1)
NUMBERS = (0, 1, -1, 2, -2, 3, 7, 127, -128, 255, 1 << 15, 1 << 20, (1 << 31) - 1, -(1 << 31))
REALS = (0.0, -0.0, 1.0, -1.0, 0.5, 1e-30, 1e-9, 1e9, 1e30, 3.4e38, float("inf"), float("nan"))
SCALES = (0.0, -1.0, 1e-38, 1e-20, 1e-6, 0.003, 0.5, 1.0, 100.0, 1e20, 3e38)
DTYPES = (*ELEMENT_BYTES, "int4", "string")
#: More bytes of one constant would only make the file large.
MOST_CONSTANT_BYTES = 1 << 16


def mutant(graph: Graph, seed: int) -> bytes:
    """The file of a mutant of ``graph``; the same for the same seed."""
    rng = random.Random(f"{graph.sha256} {seed}")
    while True:
        bent = graph
        try:
            for _ in range(rng.choice((1, 1, 1, 2, 3, 6))):
                bent = rng.choice(MUTATIONS)(bent, rng)
            return write_tflite(_mended(bent, rng))
        except (ModelError, struct.error, TypeError, OverflowError):
            continue  # no file can say this


def _some(rng: random.Random, graph: Graph) -> Tensor | None:
    return rng.choice(graph.tensors) if graph.tensors else None


def _with_tensor(graph: Graph, tensor: Tensor) -> Graph:
    tensors = list(graph.tensors)
    tensors[tensor.id] = tensor
    return replace(graph, tensors=tuple(tensors))


def _with_operator(graph: Graph, at: int, op: Operator) -> Graph:
    operators = list(graph.operators)
    operators[at] = op
    return replace(graph, operators=tuple(operators))


def _added(graph: Graph, **fields: object) -> tuple[Graph, int]:
    number = len(graph.tensors)
    made = Tensor(number, f"added{number}", **fields)  # type: ignore[arg-type]
    return replace(graph, tensors=(*graph.tensors, made)), number


def other_shape(graph: Graph, rng: random.Random) -> Graph:
    tensor = _some(rng, graph)
    return _with_tensor(graph, replace(tensor, shape=_bent(tensor.shape, rng))) if tensor else graph


def _bent(shape: tuple[int, ...], rng: random.Random) -> tuple[int, ...]:
    axes = list(shape)
    at = rng.randrange(len(axes)) if axes else 0
    match rng.randrange(7):
        case 0:
            axes.insert(at, rng.choice((1, 1, 2)))
        case 1 if axes:
            del axes[at]
        case 2 if axes:
            axes[at] += rng.choice((1, -1)) if axes[at] else 1
        case 3:
            rng.shuffle(axes)
        case 4:
            axes = [rng.choice(LENGTHS[:9]) for _ in range(rng.randrange(7))]
        case 5:
            axes = [prod(axes)]
        case _ if axes:
            axes[at] = rng.choice(LENGTHS)
    return tuple(axes)


def same_shapes(graph: Graph, rng: random.Random) -> Graph:
    """Every activation of one length along one axis gets another one: the whole network is made larger or smaller."""
    lengths = [n for t in graph.activations for n in graph.tensors[t].shape]
    if not lengths:
        return graph
    old, new = rng.choice(lengths), rng.choice(LENGTHS)
    for t in graph.activations:
        tensor = graph.tensors[t]
        graph = _with_tensor(graph, replace(tensor, shape=tuple(new if n == old else n for n in tensor.shape)))
    return graph


def other_rank(graph: Graph, rng: random.Random) -> Graph:
    """All activations get an axis of length 1 more, or lose one."""
    front, more = rng.random() < 0.5, rng.random() < 0.5
    for t in graph.activations:
        shape = graph.tensors[t].shape
        if more:
            shape = (1, *shape) if front else (*shape, 1)
        elif shape and shape[0 if front else -1] == 1:
            shape = shape[1:] if front else shape[:-1]
        graph = _with_tensor(graph, replace(graph.tensors[t], shape=shape))
    return graph


def other_dtype(graph: Graph, rng: random.Random) -> Graph:
    tensor, dtype = _some(rng, graph), rng.choice(DTYPES)
    if tensor and rng.random() < 0.5:  # of every tensor like it
        for like in [t for t in graph.tensors if t.dtype == tensor.dtype]:
            graph = _with_tensor(graph, replace(like, dtype=dtype))
        return graph
    return _with_tensor(graph, replace(tensor, dtype=dtype)) if tensor else graph


def other_quant(graph: Graph, rng: random.Random) -> Graph:
    tensor = _some(rng, graph)
    if not tensor:
        return graph
    zero = rng.choice((*NUMBERS, tensor.quant.zero_point if tensor.quant else 0))
    axis = rng.randrange(len(tensor.shape)) if tensor.shape else 0
    quants: list[Quant | None] = [None, Quant((rng.choice(SCALES),), (zero,))]
    if tensor.shape and 1 < tensor.shape[axis] < 512:
        count = tensor.shape[axis]
        quants.append(Quant(tuple(rng.choice(SCALES) for _ in range(count)), (zero,) * count, axis))
    return _with_tensor(graph, replace(tensor, quant=rng.choice(quants)))


def other_bytes(graph: Graph, rng: random.Random) -> Graph:
    """What a constant holds: most of all those that say axes, sizes, paddings."""
    constants = [t for t in graph.tensors if t.is_const]
    small = [t for t in constants if t.elements <= 16] or constants
    if not small:
        return graph
    tensor = rng.choice(small if rng.random() < 0.8 else constants)
    data = tensor.data or b""
    if tensor.dtype in ("int32", "int64") and data and len(data) % np.dtype(tensor.dtype).itemsize == 0:
        values = np.frombuffer(data, tensor.dtype).copy()
        values[rng.randrange(len(values))] = rng.choice(NUMBERS)
        return _with_tensor(graph, replace(tensor, data=values.tobytes()))
    return _with_tensor(graph, replace(tensor, data=rng.randbytes(len(data))))


def other_source(graph: Graph, rng: random.Random) -> Graph:
    """A constant that nothing feeds, an activation that is constant, state."""
    tensor = _some(rng, graph)
    if not tensor:
        return graph
    changes: tuple[dict[str, object], ...] = ({"data": None}, {"data": b"\1"}, {"variable": True, "data": None})
    return _with_tensor(graph, replace(tensor, **rng.choice(changes)))  # type: ignore[arg-type]


def other_kind(graph: Graph, rng: random.Random) -> Graph:
    if not graph.operators:
        return graph
    at = rng.randrange(len(graph.operators))
    kinds = list(SPECS) if rng.random() < 0.9 else [*names_of("BuiltinOperator").values()]
    kinds = [k for k in kinds if k not in ("CUSTOM", "PLACEHOLDER_FOR_GREATER_OP_CODES")]
    return _with_operator(graph, at, replace(graph.operators[at], kind=rng.choice(kinds)))


def other_option(graph: Graph, rng: random.Random) -> Graph:
    if not graph.operators:
        return graph
    at = rng.randrange(len(graph.operators))
    op = graph.operators[at]
    attrs = dict(op.attrs)
    if not attrs or rng.random() < 0.1:
        donor = rng.choice(graph.operators)
        return _with_operator(graph, at, replace(op, attrs=MappingProxyType(dict(donor.attrs) if attrs else {})))
    name = rng.choice(list(attrs))
    attrs[name] = _bent_option(attrs[name], rng)
    return _with_operator(graph, at, replace(op, attrs=MappingProxyType(attrs)))


def _bent_option(value: AttrValue, rng: random.Random) -> AttrValue:
    if isinstance(value, bool):
        return not value
    if isinstance(value, int):
        return (
            rng.choice(NUMBERS) if rng.random() < 0.6 else max(-(1 << 31), min(value + rng.choice((1, -1)), 2**31 - 1))
        )
    if isinstance(value, float):
        return rng.choice(REALS)
    if isinstance(value, tuple):
        return tuple(rng.choice(NUMBERS) for _ in range(rng.randrange(6)))
    if value in ("SAME", "VALID"):
        return "VALID" if value == "SAME" else "SAME"
    if value in names_of("ActivationFunctionType").values():
        return rng.choice([*names_of("ActivationFunctionType").values()])
    return value


def other_input(graph: Graph, rng: random.Random) -> Graph:
    """Who reads what: another tensor, none, the same one twice, one more or less."""
    if not graph.operators:
        return graph
    at = rng.randrange(len(graph.operators))
    op = graph.operators[at]
    inputs = list(op.inputs)
    slot = rng.randrange(len(inputs)) if inputs else 0
    match rng.randrange(6):
        case 0 if inputs:
            inputs[slot] = -1
        case 1 if inputs:
            inputs[slot] = rng.choice(inputs)
        case 2 if inputs:
            del inputs[slot]
        case 3:
            inputs.append(rng.choice((-1, rng.randrange(len(graph.tensors)))))
        case 4:
            rng.shuffle(inputs)
        case _ if inputs:
            inputs[slot] = rng.randrange(len(graph.tensors))
    return _with_operator(graph, at, replace(op, inputs=tuple(inputs)))


def other_output(graph: Graph, rng: random.Random) -> Graph:
    if not graph.operators:
        return graph
    at = rng.randrange(len(graph.operators))
    op = graph.operators[at]
    if rng.random() < 0.4 and op.outputs:
        return _with_operator(graph, at, replace(op, outputs=op.outputs[1:]))
    like = graph.tensors[op.outputs[0]] if op.outputs else None
    if like is None:
        return graph
    graph, more = _added(graph, shape=like.shape, dtype=like.dtype, quant=like.quant)
    return _with_operator(graph, at, replace(op, outputs=(*op.outputs, more)))


def other_ends(graph: Graph, rng: random.Random) -> Graph:
    """What goes in and what comes out: nothing, constants, inputs, all of it, the same one twice."""
    everything = tuple(range(len(graph.tensors)))
    if not everything:
        return graph
    made = tuple(t for op in graph.operators for t in op.outputs)
    match rng.randrange(8):
        case 0:
            return replace(graph, outputs=())
        case 1:
            return replace(graph, inputs=())
        case 2:
            return replace(graph, outputs=made or everything)
        case 3:
            return replace(graph, outputs=(*graph.outputs, *graph.outputs[:1]))
        case 4:
            return replace(graph, inputs=(*graph.inputs, *graph.inputs[:1]))
        case 5:
            return replace(graph, outputs=(*graph.outputs, *graph.inputs))
        case 6:
            return replace(graph, inputs=(*graph.inputs, rng.choice(everything)))
        case _:
            return replace(graph, outputs=(*graph.outputs, rng.choice(everything)))


def fewer_operators(graph: Graph, rng: random.Random) -> Graph:
    """One operator less; or only a few, or none; the others read what nobody makes."""
    operators = list(graph.operators)
    if not operators:
        return graph
    at = rng.randrange(len(operators))
    kept = rng.choice(
        (operators[:at] + operators[at + 1 :], operators[: at + 1], operators[at:], operators[at : at + 3])
    )
    if rng.random() < 0.1:
        kept = []
    made = {t for op in kept for t in op.outputs}
    read = {t for op in kept for t in op.inputs if t >= 0}
    free = tuple(sorted(t for t in read if t not in made and not graph.tensors[t].is_const))
    if rng.random() < 0.8:  # as a model of its own
        ends = tuple(sorted(made - read)) or graph.outputs
        return replace(graph, operators=tuple(kept), inputs=free, outputs=ends)
    return replace(graph, operators=tuple(kept))


def more_operators(graph: Graph, rng: random.Random) -> Graph:
    """An operator once more, on what it makes itself where that is possible."""
    if not graph.operators:
        return graph
    op = rng.choice(graph.operators)
    outputs = []
    for t in op.outputs:
        like = graph.tensors[t]
        graph, number = _added(graph, shape=like.shape, dtype=like.dtype, quant=like.quant)
        outputs.append(number)
    inputs = list(op.inputs)
    if inputs and op.outputs and rng.random() < 0.7:
        inputs[0] = op.outputs[0]
    again = Operator(len(graph.operators), op.kind, tuple(inputs), tuple(outputs), op.attrs, op.version)
    ends = (*graph.outputs, *outputs) if rng.random() < 0.6 else graph.outputs
    return replace(graph, operators=(*graph.operators, again), outputs=ends)


def another_view(graph: Graph, rng: random.Random) -> Graph:
    """A tensor seen under another shape, of any rank, by all who read it: a RESHAPE in between."""
    tensors = [t for t in graph.activations if graph.readers.get(t)]
    if not tensors:
        return graph
    source = graph.tensors[rng.choice(tensors)]
    shape = _factors(source.elements, rng)
    graph, to = _added(graph, shape=(len(shape),), dtype="int32", data=np.array(shape, np.int32).tobytes())
    graph, seen = _added(graph, shape=shape, dtype=source.dtype, quant=source.quant)
    graph, again = _added(graph, shape=source.shape, dtype=source.dtype, quant=source.quant)
    back = np.array(source.shape, np.int64).clip(0, 2**31 - 1).astype(np.int32)
    graph, home = _added(graph, shape=(len(back),), dtype="int32", data=back.tobytes())
    count = len(graph.operators)
    moved = tuple(
        replace(
            op, inputs=tuple(again if t == source.id and op.id in graph.readers[source.id] else t for t in op.inputs)
        )
        for op in graph.operators
    )
    there = Operator(count, "RESHAPE", (source.id, to), (seen,), MappingProxyType({"new_shape": shape}))
    home_again = Operator(count + 1, "RESHAPE", (seen, home), (again,), MappingProxyType({"new_shape": source.shape}))
    ends = (*graph.outputs, seen) if rng.random() < 0.3 else graph.outputs
    return replace(graph, operators=(*moved, there, home_again), outputs=ends)


def _factors(number: int, rng: random.Random) -> tuple[int, ...]:
    found = []
    for _ in range(rng.randrange(6)):
        divisors = [d for d in (1, 2, 3, 4, 5, 7, 8) if number and number % d == 0]
        factor = rng.choice(divisors) if divisors else 1
        found.append(factor)
        number //= factor
    if number != 1 or rng.random() < 0.3:
        found.append(number)
    rng.shuffle(found)
    return tuple(found)


MUTATIONS: tuple[Callable[[Graph, random.Random], Graph], ...] = (
    other_shape, other_shape, same_shapes, same_shapes, other_rank, other_dtype, other_quant, other_bytes, other_bytes,
    other_source, other_kind, other_option, other_option, other_input, other_input, other_output, other_ends,
    other_ends, fewer_operators, fewer_operators, more_operators, another_view, another_view,
)  # fmt: skip


def _mended(graph: Graph, rng: random.Random) -> Graph:
    """The graph as far as reading insists; now and then as it is."""
    if rng.random() < 0.03:
        return graph
    inputs = tuple(dict.fromkeys(graph.inputs)) if rng.random() < 0.8 else graph.inputs
    taken = set(inputs)
    operators = []
    for op in graph.operators:
        outputs = []
        for t in op.outputs:
            if t in taken:
                like = graph.tensors[t]
                graph, t = _added(graph, shape=like.shape, dtype=like.dtype, quant=like.quant)
            taken.add(t)
            outputs.append(t)
        operators.append(replace(op, id=len(operators), outputs=tuple(outputs), attrs=_known(op)))
    tensors = tuple(_filled(t, t.id in taken, rng) for t in graph.tensors)
    with_ids = tuple(operators)
    try:
        ordered = in_topological_order(with_ids, tensors)
    except Exception:  # a circle: reading will say so
        ordered = with_ids
    return replace(graph, tensors=tensors, operators=ordered, inputs=inputs, signatures=(), metadata={}, subgraphs=())


def _known(op: Operator) -> Mapping[str, AttrValue]:
    """The operator's options as far as its kind has such fields."""
    if "options_table" in op.attrs:
        return op.attrs
    table = options_of(op.kind)
    fields = fields_of(table) if table else {}
    return MappingProxyType({name: value for name, value in op.attrs.items() if name in fields})


def _filled(tensor: Tensor, fed: bool, rng: random.Random) -> Tensor:
    """A constant with just as many bytes as its shape and dtype ask for; none at all where something feeds it."""
    quant = tensor.quant
    if quant and quant.axis is not None:
        fits = quant.axis < len(tensor.shape) and tensor.shape[quant.axis] == len(quant.scales)
        quant = quant if fits else Quant(quant.scales[:1], quant.zero_points[:1])
    if fed or tensor.data is None:
        return replace(tensor, data=None, quant=quant)
    wanted = prod(tensor.shape) * ELEMENT_BYTES.get(tensor.dtype, 0)
    if tensor.dtype == "int4":
        wanted = (prod(tensor.shape) + 1) // 2
    if wanted > MOST_CONSTANT_BYTES or not wanted:
        return replace(tensor, data=None, quant=quant)
    data = tensor.data or b"\1"
    return replace(tensor, data=(data * -(-wanted // len(data)))[:wanted], quant=quant)
