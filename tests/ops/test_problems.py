"""What cannot be executed is named, all of it at once, and nothing that can be is refused."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from mcu_lab.errors import UnsupportedError
from mcu_lab.graph.ir import Graph, Operator, Quant
from mcu_lab.graph.tflite_read import read_tflite
from mcu_lab.ops import SPECS, problems, require_supported, spec_of
from tests.conftest import model_path, shared_folder
from tests.ops.element_cases import CASES, graph, made, stored

EXECUTED = (
    "mlperf_kws_dscnn_int8", "mlperf_vww_mobilenetv1_int8", "mlperf_ic_resnet8_int8", "mlperf_ad_autoencoder_int8",
    "person_detect_int8", "micro_speech_int8", "hello_world_int8", "mobilenetv2_035_160_int8",
    "mobilenetv2_100_224_int8", "mcunet_5fps_vww_int8", "mcunet_person_det_int8", "yolo_face_int8",
    "dscnn_large_kws_int8", "har_cnn_int8", "kws_basic_lstm_unrolled_int8", "mobilenetv1_025_128_uint8",
    "swiftnet_cell_vww_uint8", "mlperf_ic_resnet8_float", "mlperf_ad_autoencoder_float", "cifar10_cnn_float",
    "magic_wand_float", "knift_inception_float", "blazeface_fp16w", "rnnoise_int8", "hps_tiled_presence_int8",
    "yamnet256_esc10_int8",
)  # fmt: skip


@pytest.mark.parametrize("name", EXECUTED)
def test_a_supported_model_has_no_problems(name: str) -> None:
    assert problems(read_tflite(model_path(name))) == ()


def test_every_other_model_says_why_not_and_never_raises() -> None:
    files = sorted(shared_folder("models").glob("*.tflite"))
    if not files:
        pytest.skip("real models not found: set MCU_LAB_MODELS to the folder that holds them")
    for file in files:
        for found in problems(read_tflite(file)):
            assert found.reason.endswith("."), found


def of_unknown_operators() -> Graph:
    graph = read_tflite(model_path("okay_nabu_streaming_int8"))
    return replace(graph, operators=tuple(replace(op, kind=f"CUSTOM:{op.kind}") for op in graph.operators))


def test_all_problems_are_listed_at_once() -> None:
    graph = of_unknown_operators()
    assert [(p.op, p.kind) for p in problems(graph)] == [(op.id, op.kind) for op in graph.operators]


def test_require_supported_raises_one_error_with_every_reason() -> None:
    g = of_unknown_operators()
    with pytest.raises(UnsupportedError) as caught:
        require_supported(g)
    for found in problems(g):
        assert str(found) in str(caught.value)


def test_an_unknown_operator_has_no_specification() -> None:
    op = Operator(0, "CUSTOM:mystery", (0,), (1,))
    assert op.kind not in SPECS
    with pytest.raises(UnsupportedError, match="mystery"):
        spec_of(op)


def test_an_input_cannot_be_state() -> None:
    g = CASES["RESHAPE"]
    with_state = replace(g, tensors=(replace(g.tensors[0], variable=True), *g.tensors[1:]))
    assert [p.op for p in problems(with_state)] == [None]


def _changed(case: str, tensor: int, **change: object) -> Graph:
    g = CASES[case]
    tensors = list(g.tensors)
    tensors[tensor] = replace(tensors[tensor], **change)  # type: ignore[arg-type]
    return replace(g, tensors=tuple(tensors))


def _with(case: str, **attrs: object) -> Graph:
    g = CASES[case]
    op = replace(g.operators[0], attrs={**g.operators[0].attrs, **attrs})  # type: ignore[dict-item]
    return replace(g, operators=(op,))


def _fed(case: str, *inputs: int) -> Graph:
    g = CASES[case]
    return replace(g, operators=(replace(g.operators[0], inputs=inputs),))


def test_a_shape_may_be_computed_from_shapes() -> None:
    """FILL in this model takes its dimensions from SHAPE, STRIDED_SLICE and PACK."""
    g = read_tflite(model_path("kws_basic_lstm_unrolled_int8"))
    (fill,) = (op for op in g.operators if op.kind == "FILL")
    assert not g.tensors[fill.inputs[0]].is_const and problems(g) == ()
    wrong = list(g.tensors)
    wrong[fill.outputs[0]] = replace(wrong[fill.outputs[0]], shape=(2, 59))
    assert fill.id in {p.op for p in problems(replace(g, tensors=tuple(wrong)))}


def _computed(case: str, tensor: int) -> Graph:
    """The same operator with a constant operand that is computed at run time instead."""
    return _changed(case, tensor, data=None)


REFUSED = {
    "dtype": _changed("ADD int8", 1, dtype="float64"),
    "mixed dtypes": _changed("ADD int8", 1, dtype="uint8"),
    "no scale": _changed("ADD int8", 2, quant=None),
    "scale 0": _changed("MUL int8", 2, quant=Quant((0.0,), (0,))),
    "scale per channel": _changed("TANH int8", 0, quant=Quant((0.1, 0.2), (0, 0), 0)),
    "ratio of scales": _changed("ADD int8", 2, quant=Quant((1e-9,), (0,))),
    "activation": _with("ADD int8", fused_activation_function="ODD"),
    "three operands": _fed("ADD int8", 0, 1, 1),
    "absent operand": _fed("ADD int8", 0, -1),
    "broadcast": _changed("ADD int8", 1, shape=(7,)),
    "broadcast beyond the output": _changed("ADD int8", 2, shape=(1, 5, 4, 1)),
    "empty": _changed("ADD int8", 2, shape=(0, 5, 4, 6)),
    "free dimension": _changed("RELU int8", 1, shape=(-1, 64)),
    "logistic scale": _changed("LOGISTIC int8", 1, quant=Quant((0.01,), (-128,))),
    "alpha that is no number": _with("LEAKY_RELU int8", alpha=float("nan")),
    "softmax scale": _changed("SOFTMAX int8 beta", 1, quant=Quant((1 / 128,), (-128,))),
    "softmax beta": _with("SOFTMAX int8 beta", beta=0.0),
    "softmax of almost equal values": _with("SOFTMAX int8 beta", beta=1e-9),
    "softmax too long": graph(
        "SOFTMAX", [made((1, 8192))], [made((1, 8192), "int8", 1 / 256, -128)], beta=1.0
    ),
    "softmax of a scalar": graph("SOFTMAX", [made(())], [made((), "int8", 1 / 256, -128)], beta=1.0),
    "norm activation": _with("L2_NORMALIZATION float32", fused_activation_function="SIGN_BIT"),
    "quantize to int32": _changed("QUANTIZE int8 to int8", 1, dtype="int32"),
    "quantize without scale": _changed("QUANTIZE float32 to int8", 1, quant=None),
    "quantize shape": _changed("QUANTIZE int8 to int8", 1, shape=(8, 32)),
    "dequantize int16": _changed("DEQUANTIZE int8", 0, dtype="int16"),
    "split axis computed": _computed("SPLIT channels", 0),
    "split axis beyond": graph("SPLIT", [stored(4), made((2, 4))], [made((2, 2))] * 2, num_splits=2),
    "split lengths": _changed("SPLIT channels", 2, shape=(2, 6, 5, 1)),
    "split sizes computed": _computed("SPLIT_V", 1),
    "unpack axis": _with("UNPACK 0", axis=5),
    "unpack shape": _changed("UNPACK 0", 1, shape=(5, 4)),
    "pack axis": _with("PACK 0", axis=-7),
    "pack of other scales": _changed("PACK 0", 1, quant=Quant((0.5,), (0,))),
    "pack count": _fed("PACK 0", 0, 1),
    "pad computed": _computed("PAD", 1),
    "pad negative": graph("PAD", [made((4,)), stored([[-1, 0]])], [made((3,))]),
    "pad shape": _changed("PAD", 2, shape=(2, 9, 7, 6)),
    "transpose computed": _computed("TRANSPOSE", 1),
    "transpose of a scalar": graph("TRANSPOSE", [made(()), stored(np.zeros(0))], [made(())]),
    "transpose twice": graph("TRANSPOSE", [made((2, 3)), stored([0, 0])], [made((2, 2))]),
    "slice begin computed": _computed("STRIDED_SLICE", 1),
    "slice new axis": _with("STRIDED_SLICE", new_axis_mask=1),
    "slice ellipses": _with("STRIDED_SLICE ellipsis", ellipsis_mask=6),
    "slice ellipsis of no axis": _with("STRIDED_SLICE", ellipsis_mask=2),
    "slice entries": _with("STRIDED_SLICE new axes", new_axis_mask=4, begin_mask=0, ellipsis_mask=0),
    "slice shrinks backwards": _with("STRIDED_SLICE", shrink_axis_mask=4),
    "block size": _with("DEPTH_TO_SPACE", block_size=3),
    "block size 0": _with("SPACE_TO_DEPTH", block_size=0),
    "block size that overflows": _with("SPACE_TO_DEPTH", block_size=2**31 - 1),
    "block rank": _changed("DEPTH_TO_SPACE", 0, shape=(3, 2, 12)),
    "blocks computed": _computed("SPACE_TO_BATCH_ND", 1),
    "blocks of nothing": graph(
        "SPACE_TO_BATCH_ND", [made((2, 5, 3)), stored([0]), stored([[1, 2]])], [made((4, 4, 3))]
    ),
    "blocks of other scales": _changed("BATCH_TO_SPACE_ND", 3, quant=Quant((0.5,), (0,))),
    "crops below 0": graph("BATCH_TO_SPACE_ND", [made((4, 4, 3)), stored([2]), stored([[-1, 2]])], [made((2, 7, 3))]),
    "bilinear both options": _with(
        "RESIZE_BILINEAR int8 plain (4, 5) to (8, 9)", align_corners=True, half_pixel_centers=True
    ),
    "bilinear rank": _changed("RESIZE_BILINEAR int8 plain (4, 5) to (8, 9)", 0, shape=(4, 5, 3)),
    "bilinear beyond the input": graph(
        "RESIZE_BILINEAR", [made((1, 3, 1, 1)), stored([2000, 1])], [made((1, 2000, 1, 1))], 3
    ),
    "bilinear too long": graph(
        "RESIZE_BILINEAR", [made((1, 2**22, 1, 1)), stored([7, 1])], [made((1, 7, 1, 1))], 3
    ),
    "tile computed": _computed("TILE", 1),
    "tile shape": _changed("TILE", 2, shape=(2, 9, 4, 4)),
    "tile count": graph("TILE", [made((2,)), stored([5000])], [made((10000,))]),
    "mirror computed": _computed("MIRROR_PAD reflect", 1),
    "mirror mode": _with("MIRROR_PAD reflect", mode="ODD"),
    "mirror beyond the end": graph("MIRROR_PAD", [made((3,)), stored([[0, 3]])], [made((6,))], mode="REFLECT"),
    "broadcast to another shape": _changed("BROADCAST_TO", 2, shape=(2, 5, 4, 4)),
    "pad value of another scale": _changed("PADV2", 2, quant=Quant((0.5,), (3,))),
    "slice of a box computed": _computed("SLICE", 1),
    "slice of a box beyond": graph("SLICE", [made((3,)), stored([1]), stored([3])], [made((3,))]),
    "reverse axes apart": graph("REVERSE_V2", [made((2, 3, 4)), stored([0, 2])], [made((2, 3, 4))]),
    "reverse nothing": graph("REVERSE_V2", [made((2, 3)), stored(np.zeros(0))], [made((2, 3))]),
    "reverse axis twice": graph("REVERSE_V2", [made((2, 3, 4)), stored([1, 1])], [made((2, 3, 4))]),
    "compare scale": _changed("LESS int8", 0, quant=Quant((1.5,), (3,))),
    "compare dtypes": _changed("LESS int8", 1, dtype="uint8"),
    "compare to numbers": _changed("LESS int8", 2, dtype="int8"),
    "compare bools": _changed("LESS int32 by scalar", 0, dtype="bool"),
    "logic broadcast": _changed("LOGICAL_AND", 1, shape=(7,)),
    "select by numbers": _changed("SELECT", 0, dtype="int8"),
    "select shapes": _changed("SELECT", 1, shape=(4,)),
    "select condition": _changed("SELECT", 0, shape=(4,)),
    "select dtypes": _changed("SELECT_V2", 1, dtype="uint8"),
    "arg axis": graph("ARG_MAX", [made((3, 4)), stored(2)], [made((3,), "int32")], output_type="INT32"),
    "arg axis computed": _computed("ARG_MIN", 1),
    "arg output": _changed("ARG_MIN", 2, dtype="int8"),
    "cast shape": _changed("CAST int8 to bool", 1, shape=(7, 3)),
    "gather axis": _with("GATHER", axis=4),
    "gather batches": _with("GATHER", batch_dims=2),
    "gather beyond": graph("GATHER", [made((3, 4)), stored([3])], [made((1, 4))], axis=0, batch_dims=0),
    "gather by bytes": _changed("GATHER computed", 1, dtype="int8"),
    "slice shape": _changed("STRIDED_SLICE", 4, shape=(2, 3, 3, 4)),
    "slice outside": graph(
        "STRIDED_SLICE", [made((3,), "int32"), stored([3]), stored([4]), stored([1])], [made((), "int32")],
        shrink_axis_mask=1,
    ),
    "slice stride 0": graph(
        "STRIDED_SLICE", [made((3,)), stored([0]), stored([3]), stored([0])], [made((3,))], shrink_axis_mask=0
    ),
    "reshape elements": _changed("RESHAPE", 2, shape=(2, 3, 41)),
    "reshape to data": replace(_computed("RESHAPE", 1), inputs=(0, 1)),
    "reshape to another shape": _changed("RESHAPE", 2, shape=(3, 2, 40)),
    "concatenation axis": _with("CONCATENATION rows", axis=3),
    "add of a sum as coarse as its output": _changed(
        "ADD int8", 2, quant=Quant((CASES["ADD int8"].tensors[0].quant.scale * 2.0**-19 * (1 + 2.0**-40),), (0,))
    ),
    "concatenation of other scales": _changed("CONCATENATION rows", 0, quant=Quant((0.5,), (0,))),
    "concatenation activation": _with("CONCATENATION rows", fused_activation_function="RELU"),
    "concatenation length": _changed("CONCATENATION rows", 2, shape=(1, 5, 4)),
    "resize size computed": _computed("RESIZE_NEAREST_NEIGHBOR floor (4, 5) to (8, 10)", 1),
    "resize both options": _with(
        "RESIZE_NEAREST_NEIGHBOR floor (4, 5) to (8, 10)", align_corners=True, half_pixel_centers=True
    ),
    "resize rank": _changed("RESIZE_NEAREST_NEIGHBOR floor (4, 5) to (8, 10)", 0, shape=(4, 5, 3)),
    "shape dtype": _changed("SHAPE", 1, dtype="int8"),
    "fill dimensions": _changed("FILL", 2, shape=(4, 3)),
    "fill value": _changed("FILL", 1, shape=(1,)),
}  # fmt: skip


@pytest.mark.parametrize("case", REFUSED)
def test_a_use_that_cannot_be_executed_is_refused_with_a_sentence(case: str) -> None:
    found = problems(REFUSED[case])
    assert found and all(p.op == 0 for p in found)
    for problem in found:
        assert problem.reason.endswith(".") and len(problem.reason.split()) > 3
