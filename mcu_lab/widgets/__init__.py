"""Sessions on screen: in JupyterLab's document panel and in notebook cells.

Nothing is imported here: a panel's kernel loads :mod:`mcu_lab.widgets.comm` alone, and must be quick.
"""
