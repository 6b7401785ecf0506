"""Whether messages of a run are traced, how many, and what its workers need for that."""

from __future__ import annotations

import importlib.util
from typing import NamedTuple

from daskflow.options.configured import configured

KEY = "daskflow.tracing.sample"

SAFE_TO_FORK = ("opentelemetry.sdk.", "opentelemetry.exporter.otlp.proto.http.")
"""Exporters that start no thread when they are imported; that of gRPC does."""


class Tracing(NamedTuple):
    """What is traced.

    Attributes
    ----------
    sample : float
        The share of messages that are traced, from 0 to 1.
    preloads : tuple of str
        Modules that are imported once for all workers.
    """

    sample: float = 0.0
    preloads: tuple[str, ...] = ()


def chosen_tracing() -> Tracing:
    """What Dask's configuration and the environment say is to be traced; by default nothing.

    Raises
    ------
    ValueError
        The share is no number from 0 to 1; or the environment names an exporter that is not installed.
    ImportError
        OpenTelemetry is not installed.
    """
    sample = configured("tracing.sample")
    if isinstance(sample, bool) or not isinstance(sample, int | float) or not 0.0 <= sample <= 1.0:
        raise ValueError(
            f"{KEY} in Dask's configuration is the share of messages to trace, 0 to 1, got {sample!r}"
        )
    if not sample:
        return Tracing()
    if (
        importlib.util.find_spec("opentelemetry") is None
        or importlib.util.find_spec("opentelemetry.sdk") is None
    ):
        raise ImportError(f"{KEY} is {sample:g}, for which pip install 'daskflow[otel]'; or set it to 0")
    from daskflow.runtime import tracing  # optional, and imported when used

    exporter = tracing.exporter_of_environment()  # what is wrong with it is said before anything starts
    exporter.shutdown()
    module = type(exporter).__module__
    return Tracing(float(sample), (tracing.__name__, *([module] if module.startswith(SAFE_TO_FORK) else [])))
