"""Which metrics a user wants: some more, or some only."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping

from daskflow.errors import SweepError
from daskflow.experiments.sweeps.metrics import NODE_UNITS, UNITS, UserMetric, UserMetrics, names_for
from daskflow.experiments.sweeps.rows import OF_TRIALS
from daskflow.options.naming import refuse_unknown


def checked_metrics(
    metrics: UserMetrics | Iterable[str] | None,
) -> tuple[dict[str, UserMetric], list[str] | None]:
    """What is measured besides the usual, and what alone is kept; None for all.

    Raises
    ------
    SweepError
        It is neither functions by name nor names, or a name is taken.
    """
    if metrics is None:
        return {}, None
    if isinstance(metrics, Mapping):
        return _own(metrics), None
    if isinstance(metrics, str) or not isinstance(metrics, Iterable):
        raise SweepError(
            "metrics is a list of what alone to keep, such as ['rate', 'latency_p95_s'], or a mapping of "
            f"names to functions for what to measure besides, got {metrics!r}"
        )
    chosen = list(dict.fromkeys(metrics))
    if not chosen:
        raise SweepError("metrics is an empty list: nothing would be kept of a trial. Leave it out for all")
    return {}, chosen


def refuse_unknown_metrics(chosen: Iterable[str], nodes: Collection[str]) -> None:
    """Refuse what is not measured of a flow with these nodes, or with some of them in one task.

    Raises
    ------
    OptionError
        With the nearest name that there is.
    """
    refuse_unknown(
        (name for name in chosen if not _is_of_fused(name, nodes)), names_for(nodes), "there is no metric {}"
    )


def _own(metrics: UserMetrics) -> dict[str, UserMetric]:
    own = dict(metrics)
    for name, metric in own.items():
        if name in UNITS or name in OF_TRIALS or "." in name:
            raise SweepError(
                f"metric {name!r} is in records already, or could be a node's: call yours otherwise"
            )
        if not callable(metric):
            raise SweepError(
                f"metric {name!r} is a function that makes a number of a snapshot, got {metric!r}"
            )
    return own


def _is_of_fused(name: str, nodes: Collection[str]) -> bool:
    fused, _, share = str(name).rpartition(".")
    return share in NODE_UNITS and "+" in fused and all(part in nodes for part in fused.split("+"))
