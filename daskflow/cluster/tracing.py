"""Whether messages of a run are traced, and how many."""

from __future__ import annotations

import importlib.util

from daskflow.options.configured import configured

KEY = "daskflow.tracing.sample"


def chosen_sample() -> float:
    """The share of messages that are traced, from 0 to 1, as Dask's configuration says; 0 by default.

    Raises
    ------
    ValueError
        It is no such number; or the environment names an exporter that is not installed.
    ImportError
        OpenTelemetry is not installed.
    """
    sample = configured("tracing.sample")
    if isinstance(sample, bool) or not isinstance(sample, int | float) or not 0.0 <= sample <= 1.0:
        raise ValueError(
            f"{KEY} in Dask's configuration is the share of messages to trace, 0 to 1, got {sample!r}"
        )
    if sample:
        if importlib.util.find_spec("opentelemetry") is None or (
            importlib.util.find_spec("opentelemetry.sdk") is None
        ):
            raise ImportError(f"{KEY} is {sample:g}, for which pip install 'daskflow[otel]'; or set it to 0")
        from daskflow.runtime.tracing import exporter_of_environment  # optional, and imported when used

        exporter_of_environment().shutdown()  # what is wrong with it is said here, before anything starts
    return float(sample)
