"""DEPTH_TO_SPACE and SPACE_TO_DEPTH: the places of a block one behind the other along the channels.

Sources: TFLite ``kernels/depth_to_space.cc`` and ``space_to_depth.cc``, Prepare.
"""

from __future__ import annotations

from mcu_lab.graph.ir import Graph, Operator
from mcu_lab.ops.blocks import MOST_PLACES, Blocks, block_params, fold_compute, fold_needs, unfold_compute, unfold_needs
from mcu_lab.ops.spec import OpSpec

DTYPES = ("int8", "uint8", "int32", "int64", "float32")
_CHANNELS = 3


def depth_spec(kind: str, *, unfolds: bool) -> OpSpec:
    """The specification of one of the two."""

    def block_of(op: Operator) -> int:
        size = op.attrs.get("block_size", 0)
        return size if isinstance(size, int) else 0

    def blocks(graph: Graph, op: Operator) -> Blocks:
        ends = (graph.tensors[op.inputs[0]], graph.tensors[op.outputs[0]])
        image = ends[1 if unfolds else 0].shape
        return Blocks(block_of(op), block_of(op), image[3], image[1], image[2], _CHANNELS)

    def limits(graph: Graph, op: Operator) -> tuple[str, ...]:
        if len(op.inputs) != 1 or min(op.inputs) < 0 or len(op.outputs) != 1:
            return (f"it has {len(op.inputs)} inputs and {len(op.outputs)} outputs; one and one are expected.",)
        x, y = graph.tensors[op.inputs[0]], graph.tensors[op.outputs[0]]
        block = block_of(op)
        if block < 1 or block * block > MOST_PLACES:
            return (f"block_size is {op.attrs.get('block_size')!r}; 1 to {int(MOST_PLACES**0.5)} are supported.",)
        image, folded = (y, x) if unfolds else (x, y)
        if len(x.shape) != 4 or len(y.shape) != 4:
            return (f"{list(x.shape)} and {list(y.shape)} are not both images of 4 axes.",)
        n, height, width, depth = folded.shape
        if image.shape != (n, height * block, width * block, image.shape[3]) or depth != image.shape[3] * block**2:
            return (f"blocks of {block}x{block} do not make {list(y.shape)} of {list(x.shape)}.",)
        return () if x.dtype == y.dtype else (f"the input is {x.dtype} but the output {y.dtype}.",)

    return OpSpec(
        kind=kind,
        dtypes=DTYPES,
        needs=unfold_needs(blocks) if unfolds else fold_needs(blocks),
        compute=unfold_compute(blocks) if unfolds else fold_compute(blocks),
        limits=limits,
        c_kernel="blocks",
        c_params=block_params(blocks, unfolds=unfolds),
    )
