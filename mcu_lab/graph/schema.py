"""The tables of the ``.tflite`` schema as data: which fields each has, of what type, with which default.

The `tflite` package is generated from the official schema and has an accessor for each field. Calling an accessor on a
table that only records what it is asked for tells slot, type and default, so the facts are not kept a second time here,
and reader and writer can treat the options of every operator alike.
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from functools import cache
from importlib import import_module
from types import MappingProxyType
from typing import Any

from flatbuffers import number_types

FILE_IDENTIFIER = b"TFL3"
VERSION = 3


class Shape(Enum):
    """What a field holds."""

    SCALAR = "scalar"
    STRING = "string"
    TABLE = "table"
    UNION = "union"
    SCALARS = "vector of scalars"
    TABLES = "vector of tables"


@dataclass(frozen=True)
class Field:
    """One field of a table. ``flags`` is the number type of `flatbuffers` for scalars; ``enum`` names its values."""

    name: str
    slot: int
    shape: Shape
    flags: Any = None
    default: int | float | bool | None = None
    enum: str | None = None

    @property
    def is_bytes(self) -> bool:
        """Whether the field is a vector of bytes, read and written as one ``bytes``."""
        return self.shape is Shape.SCALARS and self.flags is number_types.Uint8Flags


_ENUM_OF_FIELD: Mapping[str, str] = MappingProxyType(
    {
        "padding": "Padding",
        "fused_activation_function": "ActivationFunctionType",
        "combiner": "CombinerType",
        "type": "LSHProjectionType",
        "weights_format": "FullyConnectedOptionsWeightsFormat",
        "kernel_type": "LSTMKernelType",
        "mode": "MirrorPadMode",
        "algorithm": "RngAlgorithm",
        "reduce_function": "ReduceWindowFunction",
        "comparison_direction": "StablehloComparisonDirection",
        "compare_type": "StablehloComparisonType",
        "composite_attributes_format": "CustomOptionsFormat",
    }
)
_TENSOR_TYPE_FIELDS = frozenset(
    {
        *("output_type", "out_type", "in_data_type", "out_data_type", "idx_out_type"),
        *("key_dtype", "value_dtype", "quantized_bias_type"),
    }
)

_OPTIONS_OF_KIND: Mapping[str, str] = MappingProxyType(
    {
        "AVERAGE_POOL_2D": "Pool2DOptions",
        "MAX_POOL_2D": "Pool2DOptions",
        "L2_POOL_2D": "Pool2DOptions",
        "L2_NORMALIZATION": "L2NormOptions",
        "MAXIMUM": "MaximumMinimumOptions",
        "MINIMUM": "MaximumMinimumOptions",
        "MEAN": "ReducerOptions",
        "SUM": "ReducerOptions",
        "REDUCE_PROD": "ReducerOptions",
        "REDUCE_MAX": "ReducerOptions",
        "REDUCE_MIN": "ReducerOptions",
        "REDUCE_ANY": "ReducerOptions",
        "REDUCE_ALL": "ReducerOptions",
        "UNIDIRECTIONAL_SEQUENCE_RNN": "SequenceRNNOptions",
        "CONV_3D_TRANSPOSE": "Conv3DOptions",
        "RANDOM_UNIFORM": "RandomOptions",
        "RANDOM_STANDARD_NORMAL": "RandomOptions",
        "MULTINOMIAL": "RandomOptions",
    }
)


class _Probe:
    """Stands in for a flatbuffer table: answers with zeros and remembers what it was asked."""

    Pos = 0
    Bytes = b""

    def __init__(self, present: bool) -> None:
        self.present = present
        self.slot = -1
        self.is_vector = False
        self.scalar: Any = None
        self.shape: Shape | None = None

    def Offset(self, vtable_offset: int) -> int:
        self.slot = (vtable_offset - 4) // 2
        return int(self.present)

    def Get(self, flags: Any, _: int) -> int:
        self.scalar = flags
        self.shape = Shape.SCALARS if self.is_vector else Shape.SCALAR
        return 0

    def Vector(self, _: int) -> int:
        self.is_vector = True
        return 0

    def Indirect(self, _: int) -> int:
        self.shape = Shape.TABLES if self.is_vector else Shape.TABLE
        return 0

    def String(self, _: int) -> bytes:
        self.shape = Shape.STRING
        return b""

    def Union(self, *_: object) -> None:
        self.shape = Shape.UNION


# The package answers BuiltinCode() from the older one-byte field, which stays 0 in files that set only the newer one.
_CORRECTED: Mapping[tuple[str, str], Field] = MappingProxyType(
    {("OperatorCode", "BuiltinCode"): Field("builtin_code", 3, Shape.SCALAR, number_types.Int32Flags, 0)}
)


@cache
def fields_of(table: str) -> Mapping[str, Field]:
    """The fields of a table of the schema (``"Tensor"``, ``"Conv2DOptions"`` …) by name, in slot order."""
    cls = getattr(import_module(f"tflite.{table}"), table)
    names = {name for name, member in vars(cls).items() if inspect.isfunction(member)} - {"__init__", "Init"}
    derived = {n + suffix for n in names for suffix in ("Length", "IsNone", "AsNumpy")}
    found = [_CORRECTED.get((table, name)) or _probe(cls, name) for name in names - derived]
    return MappingProxyType({field.name: field for field in sorted(found, key=lambda f: f.slot)})


def _probe(cls: type, accessor: str) -> Field:
    takes_index = len(inspect.signature(getattr(cls, accessor)).parameters) == 2
    arguments = (0,) if takes_index else ()

    def ask(present: bool) -> tuple[_Probe, Any]:
        table, probe = cls(), _Probe(present)
        table._tab = probe
        return probe, getattr(table, accessor)(*arguments)

    seen, _ = ask(present=True)
    _, default = ask(present=False)
    if seen.shape is None:
        raise TypeError(f"cannot tell the type of {cls.__name__}.{accessor}; the `tflite` package has changed")
    name = _snake(accessor)
    enum = _enum_of(name) if seen.shape is Shape.SCALAR and cls.__name__.endswith("Options") else None
    return Field(name, seen.slot, seen.shape, seen.scalar, default if seen.shape is Shape.SCALAR else None, enum)


def _enum_of(field: str) -> str | None:
    return "TensorType" if field in _TENSOR_TYPE_FIELDS else _ENUM_OF_FIELD.get(field)


def _snake(camel: str) -> str:
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "_", camel).lower()


@cache
def names_of(enum: str) -> Mapping[int, str]:
    """Value -> name of an enumeration of the schema (``"Padding"`` -> ``{0: "SAME", 1: "VALID"}``)."""
    members = vars(getattr(import_module(f"tflite.{enum}"), enum))
    return MappingProxyType({v: n for n, v in members.items() if isinstance(v, int)})


@cache
def values_of(enum: str) -> Mapping[str, int]:
    """Name -> value of an enumeration of the schema."""
    return MappingProxyType({name: value for value, name in names_of(enum).items()})


def enum_name(enum: str, value: int) -> str:
    """The name of a value, or ``UNKNOWN_7`` for one that this version of the schema does not have."""
    return names_of(enum).get(value, f"UNKNOWN_{value}")


def enum_value(enum: str, name: str) -> int:
    """The inverse of :func:`enum_name`. Raises ``KeyError`` for a name that is neither known nor ``UNKNOWN_n``."""
    unknown = re.fullmatch(r"UNKNOWN_(-?\d+)", name)
    return int(unknown[1]) if unknown else values_of(enum)[name]


@cache
def options_of(kind: str) -> str | None:
    """Name of the options table that belongs to a builtin operator, None for one that has no options."""
    if kind in _OPTIONS_OF_KIND:
        return _OPTIONS_OF_KIND[kind]
    wanted = kind.replace("_", "").lower() + "options"
    tables = (*values_of("BuiltinOptions"), *values_of("BuiltinOptions2"))
    return next((table for table in tables if table.lower() == wanted), None)


def is_float(flags: Any) -> bool:
    """Whether a number type of `flatbuffers` is a floating-point type."""
    return flags in (number_types.Float32Flags, number_types.Float64Flags)
