"""Boards: what memory there is, what reaches it, and what work costs on it."""

from mcu_lab.device.ad_hoc import ad_hoc
from mcu_lab.device.load import board, boards
from mcu_lab.device.model import Core, Device, Link, Memory, Power

__all__ = ["Core", "Device", "Link", "Memory", "Power", "ad_hoc", "board", "boards"]
