"""Tables of a flatbuffer. When they are read, every offset is checked before it is followed, for the file is untrusted.

The accessors generated for Python trust the file: a damaged offset reads from a negative index, a damaged length asks
for gigabytes, and offsets that share one table make a small file large. Here every byte is checked to lie in the file,
and a budget for tables, vector elements and bytes is used up by each visit, so the work is bounded by the size of the
file whatever it says. (Flatbuffer internals: https://flatbuffers.dev/internals/)
"""

from __future__ import annotations

import struct
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import flatbuffers
import numpy as np
from flatbuffers import number_types

from mcu_lab.errors import ModelError
from mcu_lab.graph.schema import Field, Shape, fields_of

_U16, _U32, _I32 = struct.Struct("<H"), struct.Struct("<I"), struct.Struct("<i")
_FORMAT = {"Bool": "?", "Int8": "b", "Uint8": "B", "Int16": "h", "Uint16": "H", "Int32": "i", "Uint32": "I"} | {
    "Int64": "q", "Uint64": "Q", "Float32": "f", "Float64": "d",
}  # fmt: skip
_MAX_TABLES = 100_000
_MAX_ELEMENTS = 2_000_000


@dataclass
class Budget:
    """What may still be visited. A sound file uses each table and vector about once.

    A table counts where a vector refers to it and again when it is opened.
    """

    tables: int
    elements: int
    bytes: int

    @staticmethod
    def for_file(size_bytes: int) -> Budget:
        return Budget(min(_MAX_TABLES, size_bytes // 2), min(_MAX_ELEMENTS, size_bytes), size_bytes + 4096)

    def spend(self, *, tables: int = 0, elements: int = 0, bytes: int = 0) -> None:
        self.tables -= tables
        self.elements -= elements
        self.bytes -= bytes
        if min(self.tables, self.elements, self.bytes) < 0:
            raise ModelError(
                "the file unfolds to more tables, numbers or bytes than a model of its size holds.",
                hint="It is damaged or was made to harm.",
            )


@dataclass(frozen=True)
class Span:
    """Where a vector of bytes lies in the file; the bytes are copied only when asked for."""

    buffer: bytes
    start: int
    size: int

    def cut(self) -> bytes:
        return self.buffer[self.start : self.start + self.size]


class Table:
    """A table of the schema at a place of the buffer. ``table["field"]`` reads a field, or gives its default.

    Scalars give int, float or bool; strings text (undecodable bytes replaced); vectors tuples; vectors of bytes a
    :class:`Span`; tables and unions a position for :meth:`at`; an absent field that is no scalar gives None.
    Raises ModelError for anything that points out of the file or uses up the budget.
    """

    __slots__ = ("_budget", "_buffer", "_fields", "_pos", "_vtable", "_vtable_bytes", "name")

    def __init__(self, name: str, buffer: bytes, pos: int, budget: Budget) -> None:
        budget.spend(tables=1)
        self.name = name
        self._buffer = buffer
        self._budget = budget
        self._pos = pos
        self._fields: Mapping[str, Field] = fields_of(name)
        self._vtable = pos - self._read(_I32, pos)
        self._vtable_bytes = self._read(_U16, self._vtable)
        if self._vtable_bytes < 4:
            raise self._damaged("its list of fields is too short")
        self._check(self._vtable, self._vtable_bytes)

    @staticmethod
    def root(name: str, buffer: bytes) -> Table:
        """The root table of a whole file."""
        if len(buffer) < 8:
            raise ModelError(f"the file ends after {len(buffer)} bytes.", hint="It is truncated.")
        return Table(name, buffer, _U32.unpack_from(buffer)[0], Budget.for_file(len(buffer)))

    def at(self, name: str, pos: int) -> Table:
        """The table ``name`` of the same file at a position that a field of this table gave."""
        return Table(name, self._buffer, pos, self._budget)

    def table(self, field: str, name: str) -> Table | None:
        pos = self[field]
        return None if pos is None else self.at(name, pos)

    def tables(self, field: str, name: str) -> tuple[Table, ...]:
        """The tables of a vector; an absent vector gives none."""
        return tuple(self.at(name, pos) for pos in self[field] or ())

    def __getitem__(self, name: str) -> Any:
        field = self._fields[name]
        place = self._place(field.slot)
        if place is None:
            return field.default
        if field.shape is Shape.SCALAR:
            return self._read(_struct_of(field), place)
        target = self._follow(place)
        if field.shape in (Shape.TABLE, Shape.UNION):
            return target
        length, start = self._read(_U32, target), target + 4
        if field.shape is Shape.STRING:
            return self._span(start, length).cut().decode(errors="replace")
        if field.shape is Shape.TABLES:
            self._budget.spend(tables=length)  # at once, before time goes into offsets that will not be followed
            self._take(start, length, 4)
            return tuple(self._follow(start + 4 * i) for i in range(length))
        if field.is_bytes:
            return self._span(start, length)
        width = _struct_of(field).size
        self._take(start, length, width)
        return struct.unpack_from(f"<{length}{_struct_of(field).format[1:]}", self._buffer, start)

    def __contains__(self, name: str) -> bool:
        """Whether the field is stored in the file (and not left to its default)."""
        return self._place(self._fields[name].slot) is not None

    def _place(self, slot: int) -> int | None:
        entry = 4 + 2 * slot
        if entry + 2 > self._vtable_bytes:
            return None
        offset = _U16.unpack_from(self._buffer, self._vtable + entry)[0]
        return self._pos + offset if offset else None

    def _follow(self, place: int) -> int:
        return place + self._read(_U32, place)

    def _span(self, start: int, size: int) -> Span:
        self._budget.spend(bytes=size)
        self._check(start, size)
        return Span(self._buffer, start, size)

    def _take(self, start: int, length: int, width: int) -> None:
        self._budget.spend(elements=length, bytes=length * width)
        self._check(start, length * width)

    def _read(self, number: struct.Struct, place: int) -> Any:
        self._check(place, number.size)
        return number.unpack_from(self._buffer, place)[0]

    def _check(self, start: int, size: int) -> None:
        if start < 0 or start + size > len(self._buffer):
            raise self._damaged(f"it points to byte {start} to {start + size} of a file of {len(self._buffer)} bytes")

    def _damaged(self, what: str) -> ModelError:
        return ModelError(
            f"the table {self.name} at byte {self._pos} is damaged: {what}.", hint="The file is truncated or damaged."
        )


def _struct_of(field: Field) -> struct.Struct:
    return _STRUCTS[field.flags.__name__]


_STRUCTS = {f"{name}Flags": struct.Struct(f"<{code}") for name, code in _FORMAT.items()}


def write_table(builder: flatbuffers.Builder, table: str, /, **values: Any) -> int:
    """Write a table; sequences become vectors, absent (None) and default values are left out. Returns its offset."""
    fields = fields_of(table)
    given = [(fields[name], value) for name, value in values.items() if value is not None]
    stored = [(field, _stored(builder, field.shape, field.flags, value)) for field, value in given]
    builder.StartObject(1 + max((field.slot for field in fields.values()), default=-1))
    for field, value in stored:
        if field.shape is Shape.SCALAR:
            builder.PrependSlot(field.flags, field.slot, value, field.default)
        else:
            builder.PrependUOffsetTRelativeSlot(field.slot, value, 0)
    return int(builder.EndObject())


def _stored(builder: flatbuffers.Builder, shape: Shape, flags: Any, value: Any) -> Any:
    """What goes into the table itself: the scalar, or the offset of what is written before it."""
    if shape is Shape.STRING:
        return builder.CreateString(value, errors="replace")
    if shape is Shape.TABLES:
        return _vector_of_offsets(builder, value)
    if shape is not Shape.SCALARS:
        return value
    if isinstance(value, bytes):
        return builder.CreateByteVector(value)
    return builder.CreateNumpyVector(np.asarray(value, dtype=number_types.to_numpy_type(flags)))


def _vector_of_offsets(builder: flatbuffers.Builder, offsets: Sequence[int]) -> int:
    width = number_types.UOffsetTFlags.bytewidth
    builder.StartVector(width, len(offsets), width)
    for offset in reversed(offsets):
        builder.PrependUOffsetTRelative(offset)
    return int(builder.EndVector())
