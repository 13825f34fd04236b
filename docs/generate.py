"""Write the generated pages of docs/ anew. ``make docs`` runs this."""

from pathlib import Path

from mcu_lab.firmware.operator_table import supported_ops

DOCS = Path(__file__).parent

if __name__ == "__main__":
    (DOCS / "SUPPORTED_OPS.md").write_text(supported_ops(), encoding="utf-8")
