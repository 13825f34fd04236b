"""Which operators there are: every file in ``kinds`` is found by itself."""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module
from pkgutil import iter_modules
from types import MappingProxyType

from mcu_lab.errors import UnsupportedError
from mcu_lab.graph.ir import Operator
from mcu_lab.graph.opaque import is_opaque
from mcu_lab.ops import kinds
from mcu_lab.ops.opaque import opaque_spec
from mcu_lab.ops.spec import OpSpec


def _specs() -> Mapping[str, OpSpec]:
    found = (import_module(f"{kinds.__name__}.{module.name}").SPEC for module in iter_modules(kinds.__path__))
    return MappingProxyType({spec.kind: spec for spec in sorted(found, key=lambda spec: spec.kind)})


#: Every operator that can be executed, by TFLite builtin name.
SPECS = _specs()


def spec_of(op: Operator) -> OpSpec:
    """The specification of a supported operator, or of an opaque one. Raises UnsupportedError for any other."""
    spec = opaque_spec(op.kind) if is_opaque(op) else SPECS.get(op.kind)
    if spec is None:
        raise UnsupportedError(f"{op.kind} is not supported.", where=str(op))
    return spec
