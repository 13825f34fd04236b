"""Graphs of a few hundred bytes that have what real ones have: windows, branches, joins, aliases, in-place chances."""

from __future__ import annotations

from dataclasses import replace
from types import MappingProxyType

import numpy as np

from mcu_lab.graph.ir import AttrValue, Graph, Operator, Quant, Tensor


class Net:
    """A graph under construction, int8. Each method adds an operator and gives the id of its output."""

    def __init__(self, shape: tuple[int, ...], seed: int = 0) -> None:
        self._rng = np.random.default_rng(seed)
        self._tensors: list[Tensor] = []
        self._operators: list[Operator] = []
        self.input = self._activation(shape, "input")

    def shape(self, tensor: int) -> tuple[int, ...]:
        return self._tensors[tensor].shape

    def conv(self, x: int, channels: int, kernel: int = 3, stride: int = 1) -> int:
        _, height, width, depth = self.shape(x)
        weights = self._weights((channels, kernel, kernel, depth), 0)
        shape = (1, -(-height // stride), -(-width // stride), channels)
        return self._operator("CONV_2D", (x, weights, self._bias(channels)), shape, **_window(stride))

    def depthwise(self, x: int, kernel: int = 3, stride: int = 1, multiplier: int = 1) -> int:
        _, height, width, depth = self.shape(x)
        depth *= multiplier
        weights = self._weights((1, kernel, kernel, depth), 3)
        shape = (1, -(-height // stride), -(-width // stride), depth)
        attrs: dict[str, AttrValue] = {**_window(stride), "depth_multiplier": multiplier}
        return self._operator("DEPTHWISE_CONV_2D", (x, weights, self._bias(depth)), shape, **attrs)

    def fully_connected(self, x: int, units: int) -> int:
        depth = int(np.prod(self.shape(x)))
        weights = self._weights((units, depth), 0)
        attrs = {"fused_activation_function": "NONE", "weights_format": "DEFAULT", "keep_num_dims": False}
        return self._operator("FULLY_CONNECTED", (x, weights, self._bias(units)), (1, units), **attrs)

    def average_pool(self, x: int, size: int) -> int:
        _, height, width, depth = self.shape(x)
        attrs = {**_pool(size), "padding": "VALID", "filter_height": size, "filter_width": size}
        return self._operator("AVERAGE_POOL_2D", (x,), (1, height // size, width // size, depth), **attrs)

    def max_pool(self, x: int, size: int) -> int:
        """Overlapping windows, one position apart."""
        attrs = {**_pool(1), "filter_height": size, "filter_width": size}
        return self._operator("MAX_POOL_2D", (x,), self.shape(x), **attrs)

    def mean(self, x: int, *axes: int) -> int:
        kept = tuple(n for axis, n in enumerate(self.shape(x)) if axis not in axes)
        return self._operator("MEAN", (x, self._constant(np.array(axes, dtype=np.int32))), kept, keep_dims=False)

    def mul(self, x: int, y: int) -> int:
        return self._operator("MUL", (x, y), self.shape(x), fused_activation_function="NONE")

    def sub(self, x: int, y: int) -> int:
        return self._operator("SUB", (x, y), self.shape(x), fused_activation_function="NONE")

    def unary(self, kind: str, x: int, quant: Quant | None = None, **attrs: AttrValue) -> int:
        """An operator of one input whose output has its shape, and the quantization that some kinds ask for."""
        output = self._operator(kind, (x,), self.shape(x), **attrs)
        self._tensors[output] = replace(self._tensors[output], quant=quant or self._tensors[output].quant)
        return output

    def resize(self, x: int, height: int, width: int) -> int:
        size = self._constant(np.array((height, width), dtype=np.int32))
        attrs: dict[str, AttrValue] = {"align_corners": False, "half_pixel_centers": False}
        return self._operator("RESIZE_NEAREST_NEIGHBOR", (x, size), (1, height, width, self.shape(x)[3]), **attrs)

    def bilinear(self, x: int, height: int, width: int) -> int:
        size = self._constant(np.array((height, width), dtype=np.int32))
        attrs: dict[str, AttrValue] = {"align_corners": False, "half_pixel_centers": True}
        return self._operator("RESIZE_BILINEAR", (x, size), (1, height, width, self.shape(x)[3]), **attrs)

    def depth_to_space(self, x: int, block: int) -> int:
        _, height, width, depth = self.shape(x)
        shape = (1, height * block, width * block, depth // block**2)
        return self._operator("DEPTH_TO_SPACE", (x,), shape, block_size=block)

    def space_to_depth(self, x: int, block: int) -> int:
        _, height, width, depth = self.shape(x)
        shape = (1, height // block, width // block, depth * block**2)
        return self._operator("SPACE_TO_DEPTH", (x,), shape, block_size=block)

    def mirror(self, x: int, height: tuple[int, int], width: tuple[int, int]) -> int:
        _, rows, columns, depth = self.shape(x)
        paddings = self._constant(np.array([[0, 0], height, width, [0, 0]], dtype=np.int32))
        shape = (1, rows + sum(height), columns + sum(width), depth)
        return self._operator("MIRROR_PAD", (x, paddings), shape, mode="SYMMETRIC")

    def add(self, x: int, y: int) -> int:
        return self._operator("ADD", (x, y), self.shape(x), fused_activation_function="NONE")

    def relu(self, x: int) -> int:
        return self._operator("RELU", (x,), self.shape(x))

    def concatenation(self, parts: tuple[int, ...], axis: int = 3) -> int:
        shape = list(self.shape(parts[0]))
        shape[axis] = sum(self.shape(p)[axis] for p in parts)
        attrs: dict[str, AttrValue] = {"axis": axis, "fused_activation_function": "NONE"}
        return self._operator("CONCATENATION", parts, tuple(shape), **attrs)

    def split(self, x: int, parts: int, axis: int = 3) -> tuple[int, ...]:
        shape = list(self.shape(x))
        shape[axis] //= parts
        at = self._constant(np.array(axis, dtype=np.int32))
        outputs = tuple(self._activation(tuple(shape), "split") for _ in range(parts))
        attrs: dict[str, AttrValue] = {"num_splits": parts}
        self._append("SPLIT", (at, x), outputs, attrs)
        return outputs

    def pad(self, x: int, height: tuple[int, int], width: tuple[int, int]) -> int:
        """Rows above and below, columns left and right."""
        _, rows, columns, depth = self.shape(x)
        by = self._constant(np.array([(0, 0), height, width, (0, 0)], dtype=np.int32))
        return self._operator("PAD", (x, by), (1, rows + sum(height), columns + sum(width), depth))

    def reshape(self, x: int, shape: tuple[int, ...]) -> int:
        to = self._constant(np.array(shape, dtype=np.int32))
        return self._operator("RESHAPE", (x, to), shape, new_shape=shape)

    def later_rows(self, x: int, rows: int) -> int:
        """The last so many rows."""
        _, height, width, depth = self.shape(x)
        ends = ((0, height - rows, 0, 0), (1, height, width, depth), (1, 1, 1, 1))
        given = tuple(self._constant(np.array(end, dtype=np.int32)) for end in ends)
        masks = ("begin_mask", "end_mask", "ellipsis_mask", "new_axis_mask", "shrink_axis_mask")
        none: dict[str, AttrValue] = dict.fromkeys(masks, 0)
        return self._operator("STRIDED_SLICE", (x, *given), (1, rows, width, depth), **none, offset=False)

    def state(self, shape: tuple[int, ...], initial: bytes | None = None) -> int:
        """What one inference leaves to the next."""
        state = self._activation(shape, "state")
        self._tensors[state] = replace(self._tensors[state], variable=True, initial=initial)
        return state

    def read(self, state: int) -> int:
        return self._operator("READ_VARIABLE", (state,), self.shape(state), **_named(state))

    def assign(self, state: int, x: int) -> None:
        self._append("ASSIGN_VARIABLE", (x,), (state,), _named(state))

    def graph(self, *outputs: int) -> Graph:
        return Graph("tiny", tuple(self._tensors), tuple(self._operators), (self.input,), outputs)

    def _operator(self, kind: str, inputs: tuple[int, ...], shape: tuple[int, ...], **attrs: AttrValue) -> int:
        output = self._activation(shape, kind.lower())
        self._append(kind, inputs, (output,), attrs)
        return output

    def _append(
        self, kind: str, inputs: tuple[int, ...], outputs: tuple[int, ...], attrs: dict[str, AttrValue]
    ) -> None:
        self._operators.append(Operator(len(self._operators), kind, inputs, outputs, MappingProxyType(attrs)))

    def _activation(self, shape: tuple[int, ...], name: str) -> int:
        """All are quantized alike, as CONCATENATION, SPLIT and pools ask for."""
        return self._tensor(name, shape, "int8", Quant((0.1,), (-3,)), None)

    def _weights(self, shape: tuple[int, ...], axis: int) -> int:
        values = self._rng.integers(-127, 128, shape).astype(np.int8)
        scale = 0.012 / np.sqrt(values.size / shape[axis])
        quant = Quant((float(np.float32(scale)),) * shape[axis], (0,) * shape[axis], axis)
        return self._tensor("weights", shape, "int8", quant, values.tobytes())

    def _bias(self, channels: int) -> int:
        return self._constant(self._rng.integers(-500, 500, channels).astype(np.int32), Quant((0.001,), (0,)))

    def _constant(self, values: np.ndarray, quant: Quant | None = None) -> int:
        return self._tensor("constant", values.shape, str(values.dtype), quant, values.tobytes())

    def _tensor(self, name: str, shape: tuple[int, ...], dtype: str, quant: Quant | None, data: bytes | None) -> int:
        number = len(self._tensors)
        self._tensors.append(Tensor(number, f"{name}_{number}", shape, dtype, quant, data))
        return number


def _named(state: int) -> dict[str, AttrValue]:
    return {"container": "", "shared_name": f"state_{state}"}


def _pool(stride: int) -> dict[str, AttrValue]:
    return {name: value for name, value in _window(stride).items() if not name.startswith("dilation")}


def _window(stride: int) -> dict[str, AttrValue]:
    return {
        "padding": "SAME",
        "stride_h": stride,
        "stride_w": stride,
        "dilation_h_factor": 1,
        "dilation_w_factor": 1,
        "fused_activation_function": "NONE",
    }


def chain() -> Graph:
    """Convolutions as in a small MobileNet, ending in a pool and a classifier."""
    net = Net((1, 8, 6, 3), seed=1)
    x = net.conv(net.input, 4)
    x = net.depthwise(x)
    x = net.conv(x, 6, kernel=1)
    x = net.depthwise(x, stride=2)
    x = net.conv(x, 4, kernel=1)
    x = net.average_pool(x, 2)
    x = net.reshape(x, (1, int(np.prod(net.shape(x)))))
    return net.graph(net.fully_connected(x, 3))


def branches() -> Graph:
    """A residual join, a split, and a concatenation of which one part is read again afterwards."""
    net = Net((1, 4, 5, 4), seed=2)
    a = net.conv(net.input, 4)
    b = net.add(a, net.input)
    c, d = net.split(net.relu(b), 2)
    e = net.conv(c, 3, kernel=1)
    f = net.depthwise(d)
    g = net.concatenation((e, f))
    h = net.add(net.conv(g, 2, kernel=1), f)
    return net.graph(net.fully_connected(h, 3), net.relu(g))


def pointwise() -> Graph:
    """Only operators that promise an order, and what moves nothing."""
    net = Net((1, 3, 4, 2), seed=3)
    a = net.relu(net.input)
    b = net.reshape(a, (1, 24))
    c = net.add(b, net.reshape(net.input, (1, 24)))
    return net.graph(net.relu(c))
