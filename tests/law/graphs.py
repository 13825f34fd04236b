"""Random small graphs that look like what people put on microcontrollers."""

from __future__ import annotations

import numpy as np

from mcu_lab.graph.ir import Graph
from tests.plan.tiny import Net

KINDS = (
    "conv", "pointwise", "depthwise", "block", "add", "mul", "pad", "padded", "join", "halves", "pool", "max", "relu"
)  # fmt: skip


def random_graph(rng: np.random.Generator) -> Graph:
    """An image of up to 10 rows through windows, strides, paddings, branches, joins, and often a classifier."""
    net = Net((1, int(rng.integers(4, 11)), int(rng.integers(3, 9)), int(rng.integers(1, 5))), int(rng.integers(1000)))
    live = [net.input]
    for _ in range(int(rng.integers(2, 11))):
        # The latest tensor most of the time, so that deep nets come out and not only bushes.
        x = live[-1] if rng.random() < 0.7 else live[int(rng.integers(len(live)))]
        live += _grown(net, rng, x, live)
    made = live[1:] or [net.relu(net.input)]
    outputs = {made[-1], made[int(rng.integers(len(made)))]} if rng.random() < 0.3 else {made[-1]}
    if rng.random() < 0.4:
        outputs = {_classified(net, rng, made[-1])}
    return net.graph(*sorted(outputs))


def remembering_graph(rng: np.random.Generator) -> Graph:
    """A random graph of which some tensors are joined with what is left of earlier ones, or added to it."""
    net = Net((1, int(rng.integers(1, 6)), int(rng.integers(1, 5)), int(rng.integers(1, 5))), int(rng.integers(1000)))
    live = [net.input]
    for number in range(int(rng.integers(3, 9))):
        x = live[-1] if rng.random() < 0.7 else live[int(rng.integers(len(live)))]
        live += _remembered(net, rng, x) if number % 2 == 0 else _grown(net, rng, x, live)
    made = live[1:]
    outputs = {made[-1], made[int(rng.integers(len(made)))]} if rng.random() < 0.5 else {made[-1]}
    return net.graph(*sorted(outputs))


def _remembered(net: Net, rng: np.random.Generator, x: int) -> tuple[int, ...]:
    """Rows of earlier inferences before those of this one, a running sum, or the last inference's tensor instead."""
    _, height, width, depth = net.shape(x)
    how = rng.integers(4)
    rows = int(rng.integers(1, 5)) if how < 2 else height
    size = rows * width * depth
    start = rng.integers(-128, 128, size).astype(np.int8).tobytes() if rng.random() < 0.5 else None
    state = net.state((1, rows, width, depth), start)
    was = net.read(state)
    if how < 2:
        whole = net.concatenation((was, x), 1)
        net.assign(state, net.later_rows(whole, rows))
        return (whole,)
    if how == 2:
        total = net.add(was, x)
        net.assign(state, total)
        return (total, net.read(state)) if rng.random() < 0.3 else (total,)
    net.assign(state, x)
    return (was,)


def _grown(net: Net, rng: np.random.Generator, x: int, live: list[int]) -> tuple[int, ...]:
    alike = [t for t in live if net.shape(t) == net.shape(x)]
    other = alike[int(rng.integers(len(alike)))]
    _, height, width, depth = net.shape(x)
    match KINDS[int(rng.integers(len(KINDS)))]:
        case "conv":
            return (net.conv(x, int(rng.integers(1, 7)), int(rng.choice((1, 3, 5))), int(rng.integers(1, 3))),)
        case "pointwise":
            return (net.conv(x, int(rng.integers(2, 9)), 1),)
        case "depthwise":
            return (net.depthwise(x, int(rng.choice((2, 3, 5))), int(rng.integers(1, 3)), int(rng.integers(1, 3))),)
        case "block":
            wide = net.conv(x, 2 * depth, 1)
            narrow = net.conv(net.depthwise(wide), depth, 1)
            return (net.add(narrow, x),)
        case "add":
            return (net.add(x, other),)
        case "mul":
            return (net.mul(x, other),)
        case "pad":
            return (net.pad(x, (int(rng.integers(3)), 1), (1, int(rng.integers(2)))),)
        case "padded":
            wide = net.pad(x, (1, int(rng.integers(2))), (int(rng.integers(2)), 1))
            return (net.depthwise(wide) if rng.random() < 0.5 else net.conv(wide, 2, 3, 2),)
        case "join":
            return (net.concatenation((x, other), int(rng.integers(1, 4))),)
        case "halves":
            axis = int(rng.integers(1, 4))
            return net.split(x, 2, axis) if net.shape(x)[axis] % 2 == 0 else ()
        case "pool":
            return (net.average_pool(x, 2),) if min(height, width) > 1 else ()
        case "max":
            return (net.max_pool(x, 2),) if min(height, width) > 1 else ()
    return (net.relu(x),)


def _classified(net: Net, rng: np.random.Generator, x: int) -> int:
    _, height, width, depth = net.shape(x)
    if rng.random() < 0.5:
        return net.fully_connected(net.mean(x, 1, 2), 3)
    if height == width:
        x, height, width = net.average_pool(x, height), 1, 1
    return net.fully_connected(net.reshape(x, (1, height * width * depth)), 3)
