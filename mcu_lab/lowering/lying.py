"""Where tensors lie that lie whole, and the buffers that hold them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from math import prod

from mcu_lab.device.model import Device, Link, Memory
from mcu_lab.graph.ir import Graph, Tensor
from mcu_lab.graph.remembered import remembered
from mcu_lab.lowering.groups import Groups, groups
from mcu_lab.plan.address import dense_view
from mcu_lab.plan.model import APPLICATION, Buffer, Form, View


@dataclass(frozen=True)
class Memories:
    """What a draft depends on of a device: everything but the sizes of its memories."""

    memories: tuple[Memory, ...]
    links: tuple[Link, ...]
    arena: str
    constants: str
    device: Device = field(compare=False)

    @staticmethod
    def of(device: Device) -> Memories:
        unsized = tuple(replace(m, bytes=0) for m in device.memories)
        return Memories(unsized, device.links, device.arena, device.constants, device)


@remembered(most=8)
def sharing(graph: Graph, alias: tuple[int, ...], in_place: tuple[tuple[int, int], ...]) -> Groups:
    return groups(graph, alias, in_place)


@remembered(most=4)
def lying(
    graph: Graph, alias: tuple[int, ...], in_place: tuple[tuple[int, int], ...], memories: Memories
) -> Mapping[int, tuple[Buffer, View]]:
    """Where each activation lies when it lies whole."""
    shared, device = sharing(graph, alias, in_place), memories.device
    found = {}
    for tensor in (t for t in graph.tensors if not t.is_const or t.variable):
        root = shared.root.get(tensor.id, tensor.id)
        buffer = holding(graph.tensors[root], f"t{root}", device, device.arena)
        view = dense_view(buffer.id, tensor.id, tensor.shape)
        if layout := shared.layout.get(tensor.id):
            view = View(buffer.id, tensor.id, view.box, layout.origin, layout.strides)
        found[tensor.id] = buffer, view
    return found


def holding(tensor: Tensor, name: str, device: Device, memory: str, shape: tuple[int, ...] | None = None) -> Buffer:
    """A buffer of that name that holds a tensor, whole or as much as ``shape`` of it."""
    held = tensor.shape if shape is None else shape
    return buffer_of(name, device, memory, held, tensor.dtype, tensor.element_bytes, Form.PLAIN)


def buffer_of(
    name: str, device: Device, memory: str, shape: tuple[int, ...], dtype: str, element_bytes: int, form: Form
) -> Buffer:
    unit = 1 if memory == APPLICATION else device.memory(memory).alignment
    return Buffer(name, memory, prod(shape) * element_bytes, max(unit, element_bytes), None, shape, dtype, form)
