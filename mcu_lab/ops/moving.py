"""Which dtypes operators that only move elements take: those that LiteRT's kernels take and C has a type for."""

from __future__ import annotations

#: Of operators that LiteRT lets move elements of any size.
MOVED = ("int8", "uint8", "int16", "uint16", "int32", "uint32", "int64", "bool", "float32")
#: Of operators for which LiteRT lists dtypes one by one; some of them lack one of these.
LISTED = ("int8", "uint8", "int16", "int32", "int64", "bool", "float32")
