"""UNIDIRECTIONAL_SEQUENCE_LSTM: a long short-term memory over the steps of a sequence, with four gates.

Sources: TFLite ``kernels/lstm_eval.cc`` (CalculateLstmGateInteger8x8_16, UpdateLstmCellInteger,
CalculateLstmOutputInteger8x8_16, EvalFloat) and ``kernels/unidirectional_sequence_lstm.cc`` (effective scales are
float32). Both the output of the last step and the cell are state.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from math import isfinite, log2

import numpy as np

from mcu_lab.graph.box import Interval
from mcu_lab.graph.ir import Graph, Operator, Quant, Tensor
from mcu_lab.numerics.exp32 import exp32
from mcu_lab.numerics.fixed16 import MOST_INTEGER_BITS, logistic_table, looked_up, saturated16, tanh_table, wrapped16
from mcu_lab.numerics.fixed_point import (
    multiply_by_quantized_multiplier,
    quantize_multiplier,
    rounding_divide_by_pot,
    wrapped,
)
from mcu_lab.numerics.products import ordered_product
from mcu_lab.ops.regions import number
from mcu_lab.ops.spec import Follow, Forms, OpSpec, ReadBoxes, Region, WriteBoxes
from mcu_lab.ops.whole import needs_all, scale_limits, values_of

INPUT, OUTPUT_STATE, CELL_STATE, SLOTS = 0, 18, 19, 24
#: Of the input, forget, cell and output gate: weights of the input, weights of the last output, biases.
WEIGHTS, RECURRENT, BIASES = (1, 2, 3, 4), (5, 6, 7, 8), (12, 13, 14, 15)
GATES = range(4)
IN, FORGET, CELL, OUT = GATES
_GIVEN = (INPUT, *WEIGHTS, *RECURRENT, *BIASES, OUTPUT_STATE, CELL_STATE)
#: The fifth of the intermediate tensors has the scale of what leaves the gates.
_HIDDEN = 4
_GATE_SCALE = np.float32(2.0**-12)


@dataclass(frozen=True)
class Sizes:
    batch: int
    steps: int
    inputs: int
    cells: int
    time_major: bool


def sizes(graph: Graph, op: Operator) -> Sizes:
    shape, time_major = graph.tensors[op.inputs[INPUT]].shape, bool(op.attrs.get("time_major", False))
    batch, steps = (shape[1], shape[0]) if time_major else shape[:2]
    return Sizes(batch, steps, shape[2], graph.tensors[op.inputs[WEIGHTS[OUT]]].shape[0], time_major)


def limits(graph: Graph, op: Operator) -> tuple[str, ...]:
    slots = dict(enumerate(op.inputs))
    if not 20 <= len(slots) <= SLOTS:
        return (f"it has {len(slots)} inputs; 20 to {SLOTS} are expected.",)
    missing = [slot for slot in _GIVEN if slots[slot] < 0]
    if missing:
        return (f"its input {missing[0]} is absent; coupled gates are not supported.",)
    more = [slot for slot, t in slots.items() if t >= 0 and slot not in _GIVEN]
    if more:
        return (f"it has an input {more[0]}; peepholes, projections and layer normalization are not supported.",)
    if len(op.outputs) != 3 or op.outputs[1:] != (slots[OUTPUT_STATE], slots[CELL_STATE]):
        return ("its states are no variables of its own.",)
    if op.attrs.get("fused_activation_function", "NONE") != "TANH":
        return (f"fused_activation_function is {op.attrs.get('fused_activation_function')!r}; only TANH is supported.",)
    if op.attrs.get("diagonal_recurrent_tensors", False):
        return ("its recurrent weights are diagonals, which is not supported.",)
    clip = number(op, "cell_clip", 0.0)
    if not isfinite(clip) or clip < 0:
        return (f"cell_clip is {clip!r}.",)
    tensors = [graph.tensors[slots[slot]] for slot in _GIVEN]
    y = graph.tensors[op.outputs[0]]
    if len(tensors[0].shape) != 3 or any(len(graph.tensors[slots[slot]].shape) != 2 for slot in (*WEIGHTS, *RECURRENT)):
        return ("its input has not three axes, or its weights not two.",)
    return _shape_limits(graph, op, sizes(graph, op)) or _type_limits(graph, op, y)


def _shape_limits(graph: Graph, op: Operator, given: Sizes) -> tuple[str, ...]:
    shape = graph.tensors[op.inputs[INPUT]].shape
    wanted: list[tuple[int, tuple[int, ...]]] = [(op.outputs[0], (*shape[:2], given.cells))]
    wanted += [(op.inputs[slot], (given.cells, given.inputs)) for slot in WEIGHTS]
    wanted += [(op.inputs[slot], (given.cells, given.cells)) for slot in RECURRENT]
    wanted += [(op.inputs[slot], (given.cells,)) for slot in BIASES]
    wanted += [(op.inputs[slot], (given.batch, given.cells)) for slot in (OUTPUT_STATE, CELL_STATE)]
    return tuple(
        f"{graph.tensors[t].name!r} is {list(graph.tensors[t].shape)}, not {list(n)}."
        for t, n in wanted
        if graph.tensors[t].shape != n
    )


def _type_limits(graph: Graph, op: Operator, y: Tensor) -> tuple[str, ...]:
    x = graph.tensors[op.inputs[INPUT]]
    is_float = x.dtype == "float32"
    kinds = {slot: "float32" if is_float else "int8" for slot in (INPUT, *WEIGHTS, *RECURRENT, OUTPUT_STATE)}
    kinds |= {slot: "float32" if is_float else "int32" for slot in BIASES}
    kinds[CELL_STATE] = "float32" if is_float else "int16"
    wrong = [
        graph.tensors[op.inputs[slot]] for slot, kind in kinds.items() if graph.tensors[op.inputs[slot]].dtype != kind
    ]
    wrong += [y] if y.dtype != kinds[INPUT] else []
    if wrong or is_float:
        return tuple(f"{t.name!r} is {t.dtype}, which does not go with the others." for t in wrong)
    found = scale_limits(
        [x, y, *(graph.tensors[op.inputs[s]] for s in (*WEIGHTS, *RECURRENT, OUTPUT_STATE, CELL_STATE))]
    )
    if found:
        return tuple(found)
    cell = _quant(graph, op.inputs[CELL_STATE])
    bits = 15 + log2(cell.scale)
    if bits not in range(MOST_INTEGER_BITS + 1) or cell.zero_point:
        return (
            f"its cells have the scale {cell.scale:g} and the zero point {cell.zero_point}; a power of two from 2**-15 "
            "to 2**-9 is needed, and 0.",
        )
    if _hidden_quant(graph, op).zero_point not in range(-128, 128):
        return (f"what leaves its gates has the zero point {_hidden_quant(graph, op).zero_point}, which is not int8.",)
    if max(*_gate_scales(graph, op), _hidden_scale(graph, op)) >= 2.0**30:
        return ("its scales are too far apart for 32-bit fixed point.",)
    return ()


def _quant(graph: Graph, tensor: int) -> Quant:
    quant = graph.tensors[tensor].quant
    assert quant
    return quant


def _hidden_quant(graph: Graph, op: Operator) -> Quant:
    named = op.attrs.get("intermediates", ())
    found = named[_HIDDEN] if isinstance(named, tuple) and len(named) > _HIDDEN else -1
    quant = graph.tensors[int(found)].quant if 0 <= found < len(graph.tensors) else None
    return quant if quant and quant.scale > 0 else _quant(graph, op.inputs[OUTPUT_STATE])


def _hidden_scale(graph: Graph, op: Operator) -> float:
    power = np.float32(2.0**-15)
    return float(power / np.float32(_hidden_quant(graph, op).scale) * power)


def _gate_scales(graph: Graph, op: Operator) -> Iterator[float]:
    """Of the four gates: from products with the input, then from products with the last output."""
    for slots, given in ((WEIGHTS, INPUT), (RECURRENT, OUTPUT_STATE)):
        scale = np.float32(_quant(graph, op.inputs[given]).scale)
        for slot in slots:
            yield float(np.float32(_quant(graph, op.inputs[slot]).scale) * scale / _GATE_SCALE)


@dataclass(frozen=True)
class Fixed:
    """What the integer kernel works with; ``factors`` of the input's products, then of the last output's."""

    factors: tuple[tuple[int, int], ...]
    hidden: tuple[int, int]
    hidden_zero: int
    input_zero: int
    output_zero: int
    cell_shift: int
    tanh_bits: int
    clip: int


def fixed(graph: Graph, op: Operator) -> Fixed:
    cell = _quant(graph, op.inputs[CELL_STATE])
    power, clip = round(log2(cell.scale)), number(op, "cell_clip", 0.0)
    return Fixed(
        factors=tuple(quantize_multiplier(scale) for scale in _gate_scales(graph, op)),
        hidden=quantize_multiplier(_hidden_scale(graph, op)),
        hidden_zero=_hidden_quant(graph, op).zero_point,
        input_zero=_quant(graph, op.inputs[INPUT]).zero_point,
        output_zero=_quant(graph, op.inputs[OUTPUT_STATE]).zero_point,
        cell_shift=30 + power,
        tanh_bits=15 + power,
        clip=int(min(float(np.float32(clip) / np.float32(cell.scale)), 32767.0)) if clip > 0 else 0,
    )


def needs(graph: Graph, op: Operator, writes: WriteBoxes, reduce: Interval | None) -> ReadBoxes:
    return needs_all(graph, op, writes)


def compute(
    graph: Graph, op: Operator, writes: WriteBoxes, regions: tuple[Region | None, ...]
) -> tuple[np.ndarray | None, ...]:
    given = sizes(graph, op)
    arrays = [values_of(graph, op, slot, regions) for slot in _GIVEN]
    found = dict(zip(_GIVEN, arrays, strict=True))
    values = {slot: array for slot, array in found.items() if array is not None}
    x = values[INPUT] if given.time_major else values[INPUT].swapaxes(0, 1)
    run = _floats if x.dtype == np.float32 else _integers
    steps, hidden, cell = run(graph, op, x, values)
    y = steps if given.time_major else steps.swapaxes(0, 1)
    return tuple(
        None if box is None else array[box.slices] for box, array in zip(writes, (y, hidden, cell), strict=True)
    )


_Made = tuple[np.ndarray, np.ndarray, np.ndarray]


def _floats(graph: Graph, op: Operator, x: np.ndarray, values: Mapping[int, np.ndarray]) -> _Made:
    hidden, cell = values[OUTPUT_STATE], values[CELL_STATE]
    clip = np.float32(number(op, "cell_clip", 0.0))
    made = []
    for at in x:
        gates = [
            (values[BIASES[g]] + ordered_product(at, values[WEIGHTS[g]].T))
            + ordered_product(hidden, values[RECURRENT[g]].T)
            for g in GATES
        ]
        cell = sigmoid32(gates[FORGET]) * cell + sigmoid32(gates[IN]) * tanh32(gates[CELL])
        cell = np.clip(cell, -clip, clip) if clip > 0 else cell
        hidden = sigmoid32(gates[OUT]) * tanh32(cell)
        made.append(hidden)
    return np.stack(made), hidden, cell


def sigmoid32(x: np.ndarray) -> np.ndarray:
    """The logistic function of float32 values, by the same operations as in C."""
    e = exp32(-np.abs(x))
    return np.where(x < 0, e, np.float32(1)) / (np.float32(1) + e)


def tanh32(x: np.ndarray) -> np.ndarray:
    """tanh of float32 values, within 2e-7, by the same operations as in C."""
    e = exp32(np.float32(-2) * np.abs(x))
    size = (np.float32(1) - e) / (np.float32(1) + e)
    return np.where(x < 0, -size, size)


def _integers(graph: Graph, op: Operator, x: np.ndarray, values: Mapping[int, np.ndarray]) -> _Made:
    f = fixed(graph, op)
    wide = {slot: values[slot].astype(np.int64) for slot in values}
    hidden, cell = wide[OUTPUT_STATE], wide[CELL_STATE]
    made = []
    for at in x.astype(np.int64):
        gates = []
        for g in GATES:
            given = wrapped((at - f.input_zero) @ wide[WEIGHTS[g]].T + wide[BIASES[g]])
            again = wrapped((hidden - f.output_zero) @ wide[RECURRENT[g]].T)
            gate = saturated16(multiply_by_quantized_multiplier(given, *f.factors[g]))
            gate = saturated16(multiply_by_quantized_multiplier(again, *f.factors[4 + g]) + gate)
            gates.append(looked_up(tanh_table(3) if g == CELL else logistic_table(), gate))
        kept = wrapped16(rounding_divide_by_pot(gates[FORGET] * cell, 15))
        fresh = wrapped16(rounding_divide_by_pot(gates[IN] * gates[CELL], f.cell_shift))
        cell = saturated16(kept + fresh)
        cell = np.clip(cell, -f.clip, f.clip) if f.clip else cell
        product = gates[OUT] * looked_up(tanh_table(f.tanh_bits), cell)
        hidden = np.clip(multiply_by_quantized_multiplier(product, *f.hidden) + f.hidden_zero, -128, 127)
        made.append(hidden.astype(np.int8))
    return np.stack(made), hidden.astype(np.int8), cell.astype(np.int16)


def macs(graph: Graph, op: Operator, writes: WriteBoxes, reduce: Interval | None) -> int:
    given = sizes(graph, op)
    return given.batch * given.steps * 4 * given.cells * (given.inputs + given.cells)


def scratch_bytes(graph: Graph, op: Operator, writes: WriteBoxes) -> int:
    """The cells, the last output and the one under way of one sequence."""
    given = sizes(graph, op)
    return given.cells * (12 if graph.tensors[op.inputs[INPUT]].dtype == "float32" else 4)


def c_params(graph: Graph, op: Operator) -> Mapping[str, int | float | np.ndarray]:
    given = sizes(graph, op)
    params: dict[str, int | float | np.ndarray] = {
        "batch": given.batch, "steps": given.steps, "inputs": given.inputs, "cells": given.cells,
        "time_major": int(given.time_major),
    }  # fmt: skip
    if graph.tensors[op.inputs[INPUT]].dtype == "float32":
        return params | {"clip": float(np.float32(number(op, "cell_clip", 0.0)))}
    f = fixed(graph, op)
    return params | {
        "multipliers": np.array([m for m, _ in f.factors], np.int32),
        "shifts": np.array([s for _, s in f.factors], np.int32),
        "hidden_multiplier": f.hidden[0], "hidden_shift": f.hidden[1], "hidden_zero": f.hidden_zero,
        "input_zero": f.input_zero, "output_zero": f.output_zero, "cell_shift": f.cell_shift,
        "tanh_bits": f.tanh_bits, "fixed_clip": f.clip,
    }  # fmt: skip


SPEC = OpSpec(
    kind="UNIDIRECTIONAL_SEQUENCE_LSTM",
    dtypes=("int8", "int16", "float32"),
    needs=needs,
    compute=compute,
    limits=limits,
    macs=macs,
    forms=Forms((Follow.NOWHERE,), Follow.NOWHERE),
    updates=((OUTPUT_STATE, 1), (CELL_STATE, 2)),
    scratch_bytes=scratch_bytes,
    notes=(
        "Runs whole; its last output and its cells are state. int8 with cells of int16, or float32; four gates, no "
        "peepholes, projection or layer normalization."
    ),
    c_kernel="lstm",
    c_params=c_params,
)
