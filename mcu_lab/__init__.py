"""mcu_lab: make a neural network fit a microcontroller, and see why it fits."""

__version__ = "0.1.0"


def _jupyter_labextension_paths() -> list[dict[str, str]]:
    """Where JupyterLab finds the front end's bundle in a development install."""
    return [{"src": "labextension", "dest": "mcu-lab"}]
