"""mcu_lab: make a neural network fit a microcontroller, and see why it fits."""

__version__ = "0.1.0"
