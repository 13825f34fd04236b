"""MIRROR_PAD: a tensor that goes on behind its ends as in a mirror, with its last element (SYMMETRIC) or without it.

Source: TFLite ``kernels/mirror_pad.cc``.
"""

from __future__ import annotations

from mcu_lab.graph.ir import Graph, Operator
from mcu_lab.ops.moving import MOVED
from mcu_lab.ops.regions import constant, same_quantization
from mcu_lab.ops.spec import OpSpec
from mcu_lab.ops.taking import Piece, Taken, take_compute, take_needs, take_params

#: Mode -> elements at an end that a mirror there leaves out.
MODES = {"REFLECT": 1, "SYMMETRIC": 0}


def taken(graph: Graph, op: Operator) -> Taken:
    paddings, left_out = constant(graph, op, 1), MODES[str(op.attrs["mode"])]
    assert paddings is not None

    def pieces(n: int, before: int, behind: int) -> tuple[Piece, ...]:
        found = [Piece(0, before - 1 + left_out, -1)] if before else []
        found.append(Piece(before, 0))
        return (*found, Piece(before + n, n - 1 - left_out, -1)) if behind else tuple(found)

    shape = graph.tensors[op.inputs[0]].shape
    return tuple(pieces(n, int(before), int(behind)) for n, (before, behind) in zip(shape, paddings, strict=True))


def limits(graph: Graph, op: Operator) -> tuple[str, ...]:
    if len(op.inputs) != 2 or min(op.inputs) < 0 or len(op.outputs) != 1:
        return (f"it has {len(op.inputs)} inputs and {len(op.outputs)} outputs; two and one are expected.",)
    x, y = graph.tensors[op.inputs[0]], graph.tensors[op.outputs[0]]
    if op.attrs.get("mode") not in MODES:
        return (f"mode is {op.attrs.get('mode')!r}; {' and '.join(MODES)} are supported.",)
    paddings = constant(graph, op, 1)
    if paddings is None:
        return ("the paddings are not constant integers.",)
    if paddings.shape != (len(x.shape), 2):
        return (f"the paddings have shape {list(paddings.shape)}; {[len(x.shape), 2]} is expected.",)
    most = [n - MODES[str(op.attrs["mode"])] for n in x.shape]
    if any(not 0 <= int(p) <= n for n, pair in zip(most, paddings, strict=True) for p in pair):
        return (f"the paddings {paddings.tolist()} must lie between 0 and {most} on each axis.",)
    expected = tuple(n + int(a) + int(b) for n, (a, b) in zip(x.shape, paddings, strict=True))
    if y.shape != expected:
        return (f"the paddings give shape {list(expected)} but the output tensor has {list(y.shape)}.",)
    if x.dtype != y.dtype or not same_quantization((x, y)):
        return ("the input and the output are not quantized alike.",)
    return ()


SPEC = OpSpec(
    kind="MIRROR_PAD",
    dtypes=MOVED,
    needs=take_needs(taken),
    compute=take_compute(taken),
    notes="Constant paddings.",
    limits=limits,
    c_kernel="take",
    c_params=take_params(taken),
)
