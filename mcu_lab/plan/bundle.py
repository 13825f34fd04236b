"""Bundle: the plans of several models in one program, and what they take together."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from mcu_lab.device.model import Device, Memory
from mcu_lab.plan.lifetimes import arena_bytes, kept_in_ram
from mcu_lab.plan.model import Plan


@dataclass(frozen=True)
class Bundle:
    """Plans by the names of their models, all for one device, at offsets of the same memories.

    They take turns: an inference of one model is over before another begins. So what passes within an inference may lie
    on what passes in others, and only what *lasts* needs a place that no other model writes to: constants, codes and
    codebooks, of which equal ones may share theirs, and state. Each plan is one like any other, which can be verified,
    run, drawn and exported alone; a bundle of one is that plan.
    """

    plans: Mapping[str, Plan]

    @property
    def device(self) -> Device:
        return next(iter(self.plans.values())).device


def bundle_bytes(bundle: Bundle, memory: str | None = None) -> int:
    """Bytes of ``memory`` (default: the arena) from offset 0 to the end of the last buffer of any plan."""
    return max(arena_bytes(plan, memory) for plan in bundle.plans.values())


def bundle_used_bytes(bundle: Bundle, memory: str) -> int:
    """Bytes that all plans together take of a memory of their device. What is copied from flash into RAM takes both."""
    if memory != bundle.device.constants:
        return bundle_bytes(bundle, memory)
    copied = {(b.memory, b.offset, b.bytes) for plan in bundle.plans.values() for b in kept_in_ram(plan)}
    return bundle_bytes(bundle, memory) + sum(size for _, _, size in copied)


def bundle_overfull(bundle: Bundle) -> tuple[Memory, ...]:
    """Memories of the device of which the plans take more than there is: the bundle fits when there are none."""
    return tuple(m for m in bundle.device.memories if bundle_used_bytes(bundle, m.name) > m.bytes)
