"""docs/SUPPORTED_OPS.md: what the operators' own files say they can do, as a table.

``python -m mcu_lab.firmware.operator_table > docs/SUPPORTED_OPS.md``
"""

from __future__ import annotations

from dataclasses import MISSING, fields

from mcu_lab.firmware.kernels import KERNELS
from mcu_lab.ops import SPECS
from mcu_lab.ops.spec import OpSpec

_DEFAULTS = {f.name: f.default for f in fields(OpSpec) if f.default is not MISSING}
_HEADER = """# Supported operators

Written by `make docs` from the operators' own files (`mcu_lab/ops/`) and the C kernels beside the runtime
(`mcu_lab/firmware/runtime/kernels/`).

`mcu-lab show MODEL` names every operator of a model that cannot be executed, with the reason.

* **Dtypes**: of activations. On integers the numpy kernels give the bytes of LiteRT's reference kernels on every
  tensor; float32 agrees to a relative 1e-5 of a tensor's largest magnitude.
* **C kernel**: dtypes for which firmware can be exported, with the executor's bytes; "a to b" where input and output
  differ.
* **In place**: the output may take over an input's storage, where shapes and element sizes match.
* **Zero-copy**: the tensors can share storage, so that nothing has to be done at run time.
* **Parts**: every operator makes any box of its output (rows, columns, channels) from the smallest box of its input.
  "slices": it can also consume its input in slices, through int32 sums (int8 and uint8): channels of a convolution,
  values or rows of a fully connected layer, rows of a MEAN over them or of an average over the whole height. "whole":
  it keeps state, which it changes where it lies, and takes all of its input.

| Operator | Dtypes | C kernel | In place | Zero-copy | Parts | Notes |
|---|---|---|---|---|---|---|
"""


def supported_ops() -> str:
    """The whole page, in Markdown."""
    return _HEADER + "".join(_row(SPECS[kind]) for kind in sorted(SPECS)) + _FOOTER


_FOOTER = """
Not executed, and kept when a model is read and written: control flow, custom operators, dynamic-range quantization
(float activations with int8 weights).
"""


def _row(spec: OpSpec) -> str:
    cells = (
        spec.kind,
        ", ".join(spec.dtypes),
        ", ".join(c_dtypes(spec)) or "–",
        _mark(spec.in_place is not _DEFAULTS["in_place"]),
        _mark(spec.aliases is not _DEFAULTS["aliases"]),
        "whole" if spec.updates else "slices" if spec.accumulate else "boxes",
        spec.notes,
    )
    return "| " + " | ".join(cells) + " |\n"


def _mark(holds: bool) -> str:
    return "yes" if holds else "–"


def c_dtypes(spec: OpSpec) -> tuple[str, ...]:
    """The dtypes, or pairs of input and output dtype, that a C kernel of this operator takes."""
    if isinstance(spec.c_kernel, str) and (KERNELS / f"{spec.c_kernel}.c").is_file():
        return spec.dtypes
    pairs = [(a, b) for a in spec.dtypes for b in spec.dtypes]
    return tuple(
        a if a == b else f"{a} to {b}"
        for a, b in pairs
        if (KERNELS / f"{'_'.join(dict.fromkeys((spec.c_family(a) or '?', a, b)))}.c").is_file()
    )


if __name__ == "__main__":
    print(supported_ops(), end="")
