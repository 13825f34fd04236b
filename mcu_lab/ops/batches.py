"""BATCH_TO_SPACE_ND and SPACE_TO_BATCH_ND: the places of a block one behind the other along the batch.

Sources: TFLite ``kernels/batch_to_space_nd.cc`` and ``space_to_batch_nd.cc``, Prepare.
"""

from __future__ import annotations

from mcu_lab.graph.ir import Graph, Operator, Tensor
from mcu_lab.ops.blocks import (
    MOST_PLACES,
    RANK,
    Blocks,
    block_params,
    fold_compute,
    fold_needs,
    unfold_compute,
    unfold_needs,
)
from mcu_lab.ops.moving import MOVED
from mcu_lab.ops.regions import constant, same_quantization
from mcu_lab.ops.spec import OpSpec


def batch_spec(kind: str, *, unfolds: bool) -> OpSpec:
    """The specification of one of the two."""

    def given(graph: Graph, op: Operator) -> tuple[tuple[int, ...], tuple[tuple[int, int], ...]]:
        """Block sizes, and what lies around the image, for rows and, at rank 4, columns."""
        sizes, around = constant(graph, op, 1), constant(graph, op, 2)
        assert sizes is not None and around is not None
        return tuple(int(n) for n in sizes), tuple((int(a), int(b)) for a, b in around)

    def image_of(graph: Graph, op: Operator) -> Tensor:
        return graph.tensors[op.outputs[0] if unfolds else op.inputs[0]]

    def blocks(graph: Graph, op: Operator) -> Blocks:
        image = image_of(graph, op)
        sizes, around = given(graph, op)
        quant = graph.tensors[op.outputs[0]].quant
        fill = quant.zero_point if quant else 0
        if len(image.shape) == RANK:
            n, rows, columns, _ = image.shape
            return Blocks(sizes[0], sizes[1], n, rows, columns, 0, top=around[0][0], left=around[1][0], fill=fill)
        n, rows, _ = image.shape
        return Blocks(sizes[0], 1, n, rows, 1, packed=1, row=2, column=0, top=around[0][0], fill=fill)

    def limits(graph: Graph, op: Operator) -> tuple[str, ...]:
        if len(op.inputs) != 3 or min(op.inputs) < 0 or len(op.outputs) != 1:
            return (f"it has {len(op.inputs)} inputs and {len(op.outputs)} outputs; three and one are expected.",)
        x, y = graph.tensors[op.inputs[0]], graph.tensors[op.outputs[0]]
        sizes, around = constant(graph, op, 1), constant(graph, op, 2)
        if sizes is None or around is None:
            return ("the block shape or what is around the image is not constant integers.",)
        axes = len(x.shape) - 2
        if axes not in (1, 2) or len(y.shape) != len(x.shape):
            return (f"{list(x.shape)} and {list(y.shape)} do not both have 3 or both have 4 axes.",)
        if sizes.shape != (axes,) or around.shape != (axes, 2):
            return (f"blocks of {sizes.tolist()} with {around.tolist()} do not fit {axes} axes of an image.",)
        if (sizes < 1).any() or (sizes > MOST_PLACES).any() or int(sizes.prod()) > MOST_PLACES:
            return (f"the block shape is {sizes.tolist()}; 1 to {MOST_PLACES} places are supported.",)
        if (around < 0).any():
            return (f"{around.tolist()} around the image must not be negative.",)
        image, folded = (y, x) if unfolds else (x, y)
        whole = tuple(n * int(s) for n, s in zip(folded.shape[1:], sizes, strict=False))
        expected = tuple(n + int(a) + int(b) for n, (a, b) in zip(image.shape[1:], around, strict=False))
        places = int(sizes.prod())
        if whole != expected or folded.shape[0] != image.shape[0] * places or x.shape[-1] != y.shape[-1]:
            return (
                f"blocks of {sizes.tolist()} with {around.tolist()} do not make {list(y.shape)} of {list(x.shape)}.",
            )
        if x.dtype != y.dtype or not same_quantization((x, y)):
            return ("the input and the output are not quantized alike.",)
        return ()

    return OpSpec(
        kind=kind,
        dtypes=MOVED,
        needs=unfold_needs(blocks) if unfolds else fold_needs(blocks),
        compute=unfold_compute(blocks) if unfolds else fold_compute(blocks),
        limits=limits,
        notes=f"Constant block shape and {'crops' if unfolds else 'paddings'}; ranks 3 and 4.",
        c_kernel="blocks",
        c_params=block_params(blocks, unfolds=unfolds),
    )
