"""LiteRT's reference kernels, the judge of every byte, and the comparison of our tensors with theirs."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field

import numpy as np
import tflite

from mcu_lab.errors import ModelError, ToolMissing, printable
from mcu_lab.execution.footprint import reference_bytes
from mcu_lab.execution.reference import reference_frames
from mcu_lab.graph.ir import Graph, Tensor
from mcu_lab.limits import RUN_BYTES
from mcu_lab.ops import SPECS

#: Largest difference of a float tensor that still counts as equal, relative to the tensor's largest magnitude.
FLOAT_TOLERANCE = 1e-5
_HANDLES = (tflite.TensorType.RESOURCE, tflite.TensorType.VARIANT)
_QUANTIZED_DIMENSION_SLOT = 16  # vtable offset of QuantizationParameters.quantized_dimension, field 6


@dataclass(frozen=True)
class TensorComparison:
    """One tensor held against LiteRT's.

    ``max_abs`` is the largest difference in the tensor's own units; ``relative`` the same over the largest
    magnitude LiteRT has in that tensor; ``first`` the coordinate of the first element that is not the same.
    """

    tensor: int
    name: str
    dtype: str
    elements: int
    identical: bool
    max_abs: float
    relative: float
    first: tuple[int, ...] | None

    @property
    def equal(self) -> bool:
        """The same bytes, or for floats within FLOAT_TOLERANCE."""
        return self.identical or (self.dtype == "float32" and self.relative <= FLOAT_TOLERANCE)

    def __str__(self) -> str:
        head = printable(f"t{self.tensor} {self.name} ({self.dtype}, {self.elements:,} elements)")
        if self.identical:
            return f"{head}: identical"
        verdict = "within tolerance" if self.equal else "DIFFERS"
        return f"{head}: {verdict}, by at most {self.max_abs:g}, first at {self.first}"


@dataclass(frozen=True)
class Comparison:
    """Every tensor that the graph's operators make, in the order they are made."""

    tensors: tuple[TensorComparison, ...]
    skipped: tuple[int, ...]
    """Tensors that LiteRT does not hand out (state handles, strings)."""
    outputs: Mapping[int, np.ndarray] = field(repr=False, compare=False)
    """Our values of the graph's outputs, by tensor id."""

    @property
    def equal(self) -> bool:
        return all(t.equal for t in self.tensors)

    @property
    def differing(self) -> tuple[TensorComparison, ...]:
        return tuple(t for t in self.tensors if not t.equal)


def litert_tensors(model: bytes, inputs: Mapping[int, np.ndarray]) -> Mapping[int, np.ndarray]:
    """Every tensor of the first subgraph after one inference, by tensor id as in the file. As :func:`litert_frames`."""
    return next(litert_frames(model, [inputs]))


def litert_frames(
    model: bytes, frames: Iterable[Mapping[int, np.ndarray]], *, optimized: bool = False
) -> Iterator[Mapping[int, np.ndarray]]:
    """Every tensor of the first subgraph, by tensor id as in the file, after one inference and the next.

    Runs LiteRT's reference kernels, or its ``optimized`` ones, with no delegate and all tensors preserved. LiteRT
    refuses per-channel quantization whose ``quantized_dimension`` lies outside a one-dimensional tensor
    (person_detect's biases have 3, which TFLM accepts); it is given a copy in which that field is 0, nothing else
    changed.
    Raises ToolMissing without the package ai-edge-litert, ModelError when LiteRT refuses the model.
    """
    try:
        from ai_edge_litert.interpreter import Interpreter, OpResolverType
    except ImportError as error:
        raise ToolMissing(
            "comparing with LiteRT needs the package ai-edge-litert", hint="pip install 'mcu-lab[oracle]'"
        ) from error
    kernels = OpResolverType.BUILTIN_WITHOUT_DEFAULT_DELEGATES if optimized else OpResolverType.BUILTIN_REF
    with _refusals():
        interpreter = Interpreter(
            model_content=normalised(model),
            experimental_op_resolver_type=kernels,
            experimental_preserve_all_tensors=True,
        )
        interpreter.allocate_tensors()
    subgraph = tflite.Model.GetRootAs(model, 0).Subgraphs(0)
    # LiteRT crashes when it is asked for what is behind a handle.
    asked = [t for t in range(subgraph.TensorsLength()) if subgraph.Tensors(t).Type() not in _HANDLES]
    for inputs in frames:
        with _refusals():
            for tensor, value in inputs.items():
                interpreter.set_tensor(tensor, value)
            _beside(interpreter.invoke)
        found: dict[int, np.ndarray] = {}
        for tensor in asked:
            with suppress(ValueError):  # a tensor without data: an unused temporary
                found[tensor] = interpreter.get_tensor(tensor)
        yield found


@contextmanager
def _refusals() -> Iterator[None]:
    try:
        yield
    except (RuntimeError, ValueError) as error:
        raise ModelError(f"LiteRT refuses it: {error}") from error


def _beside(work: Callable[[], object]) -> None:
    """Do it on a thread, so that Ctrl-C is heard while LiteRT computes. Raises what it raises."""
    failed: list[Exception] = []

    def run() -> None:
        try:
            work()
        except Exception as error:
            failed.append(error)

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    while thread.is_alive():
        thread.join(0.1)
    if failed:
        raise failed[0]


def normalised(model: bytes) -> bytes:
    """``model`` with ``quantized_dimension`` 0 on every one-dimensional tensor; the same object if it is so already."""
    patched = bytearray(model)
    root = tflite.Model.GetRootAs(patched, 0)
    for s in range(root.SubgraphsLength()):
        subgraph = root.Subgraphs(s)
        for t in range(subgraph.TensorsLength()):
            tensor = subgraph.Tensors(t)
            quantization = tensor.Quantization()
            if tensor.ShapeLength() != 1 or quantization is None or quantization.QuantizedDimension() == 0:
                continue
            at = quantization._tab.Pos + quantization._tab.Offset(_QUANTIZED_DIMENSION_SLOT)
            patched[at : at + 4] = bytes(4)
    return model if patched == model else bytes(patched)


def compare(graph: Graph, model: bytes, inputs: Mapping[int, np.ndarray]) -> Comparison:
    """Our reference run of ``graph`` against LiteRT's of ``model``. As :func:`compare_frames`."""
    return next(compare_frames(graph, model, [inputs]))


def compare_frames(graph: Graph, model: bytes, frames: Sequence[Mapping[int, np.ndarray]]) -> Iterator[Comparison]:
    """Our reference run of ``graph`` against LiteRT's of ``model``, the file it was read from, on every tensor.

    One inference after the other: each finds the state that the last one left. Raises what both raise, and LimitError
    where it would take more memory than allowed. LiteRT runs its reference kernels unless one of them reads the model
    wrongly (:func:`misread`).
    """
    # LiteRT keeps every tensor too, and hands out a copy; differences are float64.
    largest = max((graph.tensors[t].elements for t in graph.activations), default=0)
    asked = 3 * reference_bytes(graph) + 32 * largest
    RUN_BYTES.allow(asked, "comparing it with LiteRT, tensor by tensor,", where=graph.name)
    made = tuple(dict.fromkeys(t for op in graph.operators for t in op.outputs))
    litert = litert_frames(model, frames, optimized=misread(graph))
    for ours, theirs in zip(reference_frames(graph, frames), litert, strict=True):
        yield Comparison(
            tensors=tuple(_compare(graph.tensors[t], ours[t], theirs[t]) for t in made if t in ours and t in theirs),
            skipped=tuple(t for t in made if t in ours and t not in theirs),
            outputs={t: graph.tensors[t].array if graph.tensors[t].is_const else ours[t] for t in graph.outputs},
        )


def misread(graph: Graph) -> bool:
    """Whether a reference kernel of LiteRT reads what an operator is given as another dtype."""
    known = [(op, SPECS[op.kind].misread) for op in graph.operators if op.kind in SPECS and op.inputs]
    return any(op.inputs[0] >= 0 and graph.tensors[op.inputs[0]].dtype in dtypes for op, dtypes in known)


def _compare(tensor: Tensor, ours: np.ndarray, theirs: np.ndarray) -> TensorComparison:
    if theirs.size != tensor.elements:
        raise ModelError(f"LiteRT gives it the shape {list(theirs.shape)}.", where=str(tensor))
    theirs = theirs.reshape(tensor.shape)
    same = (ours == theirs) | ((ours != ours) & (theirs != theirs))
    with np.errstate(invalid="ignore"):  # infinities that are the same
        difference = np.where(same, 0.0, np.abs(ours.astype(np.float64) - theirs.astype(np.float64)))
    largest = float(np.abs(theirs.astype(np.float64)).max(initial=0.0))
    max_abs = float(difference.max(initial=0.0))
    identical = bool(same.all())
    return TensorComparison(
        tensor=tensor.id,
        name=tensor.name,
        dtype=tensor.dtype,
        elements=tensor.elements,
        identical=identical,
        max_abs=max_abs,
        relative=max_abs / largest if largest else float(max_abs > 0),
        first=None if identical else tuple(int(i) for i in np.argwhere(~same)[0]),
    )
