"""Networks of the sizes that architecture search and hand-written zoos give: many operators, many branches.

Graphs of real operators, int8; the weights are few and without meaning.
"""

from __future__ import annotations

import random

from mcu_lab.graph.ir import Graph
from tests.plan.tiny import Net


def chain(operators: int) -> Graph:
    """One operator after the other, sizes up and down."""
    net = Net((1, 8, 8, 4))
    x = net.input
    for at in range(operators):
        x = net.conv(x, 4 + at % 5, kernel=1)
    return net.graph(x)


def ladder(rungs: int) -> Graph:
    """Two rails; on each rung both are read by an ADD that the left one goes on from."""
    net = Net((1, 8, 8, 4))
    left, right = net.relu(net.input), net.conv(net.input, 4, kernel=1)
    for _ in range(rungs):
        left, right = net.add(net.conv(left, 4, kernel=1), right), net.relu(right)
    return net.graph(net.add(left, right))


def fan(branches: int) -> Graph:
    """Branches of two convolutions, wide in the middle, listed breadth first; joined in one CONCATENATION."""
    net = Net((1, 16, 16, 4))
    wide = [net.conv(net.input, 6 + at % 7, kernel=1) for at in range(branches)]
    return net.graph(net.concatenation(tuple(net.conv(x, 2, kernel=1) for x in wide)))


def randwire(nodes: int, seed: int = 1) -> Graph:
    """RandWire (Xie et al. 2019): a Watts-Strogatz graph, k = 4, p = 0.75, read from the lower to the higher node.

    A node adds up what it reads and applies a separable convolution.
    """
    before = _watts_strogatz(nodes, 4, 0.75, random.Random(seed))
    net = Net((1, 28, 28, 8))
    stem = net.conv(net.input, 32, kernel=1)
    made: list[int] = []
    for node in range(nodes):
        x, *more = [made[other] for other in sorted(before[node])] or [stem]
        for y in more:
            x = net.add(x, y)
        made.append(net.conv(net.depthwise(x), 32, kernel=1))
    read = {other for others in before for other in others}
    x, *more = [made[node] for node in range(nodes) if node not in read]
    for y in more:
        x = net.add(x, y)
    return net.graph(net.mean(x, 1, 2))


def _watts_strogatz(nodes: int, k: int, p: float, rng: random.Random) -> list[set[int]]:
    """For each node its lower neighbours: a ring in which each edge has its far end moved with probability ``p``."""
    beside: list[set[int]] = [set() for _ in range(nodes)]

    def join(a: int, b: int) -> None:
        beside[a].add(b)
        beside[b].add(a)

    ring = [(a, (a + step) % nodes) for step in range(1, k // 2 + 1) for a in range(nodes)]
    for a, b in ring:
        join(a, b)
    for a, b in ring:
        others = [c for c in range(nodes) if c != a and c not in beside[a]]
        if rng.random() < p and others:
            beside[a].discard(b)
            beside[b].discard(a)
            join(a, rng.choice(others))
    return [{b for b in beside[a] if b < a} for a in range(nodes)]


def densenet(layers: tuple[int, ...] = (6, 12, 24, 16), growth: int = 4) -> Graph:
    """DenseNet-121 (Huang et al. 2017) with fewer channels: each layer reads all before it of its block."""
    net = Net((1, 32, 32, 3))
    x = net.conv(net.input, 2 * growth, stride=2)
    for block, count in enumerate(layers):
        parts = [x]
        for _ in range(count):
            whole = net.concatenation(tuple(parts)) if len(parts) > 1 else parts[0]
            parts.append(net.conv(net.conv(net.relu(whole), 4 * growth, kernel=1), growth))
        x = net.relu(net.concatenation(tuple(parts)))
        if block + 1 < len(layers):
            x = net.average_pool(net.conv(x, net.shape(x)[3] // 2, kernel=1), 2)
    return net.graph(net.fully_connected(net.mean(x, 1, 2), 10))


#: DARTS_V2 (Liu et al. 2019): pairs (operator, input) of the four nodes in turn; inputs 0 and 1 are the cells before.
NORMAL = (("sep", 0), ("sep", 1), ("sep", 0), ("sep", 1), ("sep", 1), ("skip", 0), ("skip", 0), ("dil", 2))
REDUCTION = (("max", 0), ("max", 1), ("skip", 2), ("max", 1), ("max", 0), ("skip", 2), ("skip", 2), ("max", 1))


def darts(cells: int = 20, channels: int = 4, size: int = 32) -> Graph:
    """The network that DARTS found: every cell reads the two before it, two of them halve rows and columns."""
    net = Net((1, size, size, 3))
    two = one = net.conv(net.input, 3 * channels)
    halved_before = False
    for cell in range(cells):
        halving = cell in (cells // 3, 2 * cells // 3)
        channels *= 2 if halving else 1
        first = net.conv(net.relu(two), channels, kernel=1, stride=2 if halved_before else 1)
        made = [first, net.conv(net.relu(one), channels, kernel=1)]
        genes = REDUCTION if halving else NORMAL
        for at in range(0, len(genes), 2):
            x, y = (_gene(net, kind, made[read], 2 if halving and read < 2 else 1) for kind, read in genes[at : at + 2])
            made.append(net.add(x, y))
        two, one = one, net.concatenation(tuple(made[2:]))
        halved_before = halving
    return net.graph(net.fully_connected(net.mean(one, 1, 2), 10))


def _gene(net: Net, kind: str, x: int, stride: int) -> int:
    channels = net.shape(x)[3]
    if kind == "skip":
        return x if stride == 1 else net.conv(net.relu(x), channels, kernel=1, stride=stride)
    if kind == "max":
        return net.max_pool(x, 3) if stride == 1 else net.average_pool(x, 2)
    for step in (stride, 1) if kind == "sep" else (stride,):
        x = net.conv(net.depthwise(net.relu(x), stride=step), channels, kernel=1)
    return x
