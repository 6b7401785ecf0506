"""Whether what is forecast comes true: flows are profiled, run as advised, and measured.

``python -m daskflow.experiments.forecast`` does it and prints a table.
"""
