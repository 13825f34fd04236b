"""``python -m mcu_lab`` is ``mcu-lab``."""

from mcu_lab.cli.main import main

main()
