"""The collector that Prometheus' client library asks for the runs of this process."""

from __future__ import annotations

import itertools
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence

from prometheus_client import REGISTRY, CollectorRegistry
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily, Metric
from prometheus_client.registry import Collector

from daskflow.core.histogram import Histogram
from daskflow.monitor.prometheus.families import BOUNDS_S, COUNTER, FAMILIES, HISTOGRAM, Family
from daskflow.monitor.prometheus.samples import samples_of
from daskflow.monitor.runs import RUNS
from daskflow.monitor.snapshot import RunSnapshot


class RunCollector(Collector):
    """Collects samples of runs whenever somebody scrapes, in the thread of who does.

    Parameters
    ----------
    snapshots : callable
        Gives the snapshots of the runs there are, earlier ones first.
    """

    def __init__(self, snapshots: Callable[[], Sequence[RunSnapshot]]) -> None:
        self._snapshots = snapshots
        self._lock = threading.Lock()
        self._names: dict[str, str] = {}  # of runs, by id
        self._highest: dict[tuple[str, str, tuple[str, ...]], float] = {}

    def describe(self) -> Iterable[Metric]:
        """All families, without samples."""
        return [_metric(family) for family in FAMILIES]

    def collect(self) -> Iterator[Metric]:
        """All families, with the samples of all runs."""
        with self._lock:
            metrics = {family: _metric(family) for family in FAMILIES}
            snapshots = self._snapshots()
            self._forget_all_but({snapshot.run_id for snapshot in snapshots})
            for snapshot in snapshots:
                run, name = snapshot.run_id, self._name_of(snapshot)
                for family, labels, value in samples_of(snapshot):
                    if family.kind == COUNTER and isinstance(value, float):
                        value = self._not_lower(run, family, labels, value)
                    _add(metrics[family], (name, *labels), value)
        yield from metrics.values()

    def _name_of(self, snapshot: RunSnapshot) -> str:
        """The flow's name; of a second one of that name, at the same time, ``name (2)``, until it ends."""
        name = self._names.get(snapshot.run_id)
        if name is None:
            taken = set(self._names.values())
            others = (f"{snapshot.flow_name} ({i})" for i in itertools.count(2))
            names = itertools.chain([snapshot.flow_name], others)
            name = self._names[snapshot.run_id] = next(name for name in names if name not in taken)
        return name

    def _not_lower(self, run: str, family: Family, labels: tuple[str, ...], value: float) -> float:
        """A counter made of shares, which by rounding may be lower than before: that would mean a restart."""
        key = run, family.name, labels
        value = self._highest[key] = max(value, self._highest.get(key, 0.0))
        return value

    def _forget_all_but(self, runs: set[str]) -> None:
        if not self._names.keys() <= runs:
            self._names = {run: name for run, name in self._names.items() if run in runs}
            self._highest = {key: value for key, value in self._highest.items() if key[0] in runs}


def registry_of(snapshot: RunSnapshot) -> CollectorRegistry:
    """A registry with one snapshot, such as the last of a run.

    Where the process ends with its flow, nobody may have scraped the last counts: push this one to a
    Pushgateway, or write it to a file for the node exporter (``push_to_gateway`` and ``write_to_textfile`` of
    the package `prometheus_client`).

    Parameters
    ----------
    snapshot : RunSnapshot
        As `Flow.metrics` gives it.
    """
    registry = CollectorRegistry()
    registry.register(RunCollector(lambda: [snapshot]))
    return registry


class _Export:
    """The collector in the global registry, for as long as somebody needs it."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._nb_users = 0
        self._collector = RunCollector(lambda: [run.latest() for run in RUNS.all()])

    def begin(self) -> None:
        with self._lock:
            self._nb_users += 1
            if self._nb_users == 1:
                REGISTRY.register(self._collector)

    def end(self) -> None:
        with self._lock:
            self._nb_users -= 1
            if self._nb_users == 0:
                REGISTRY.unregister(self._collector)


_EXPORT = _Export()


def export_runs() -> Callable[[], None]:
    """Show all runs of this process in the library's global registry, which Dask's ``/metrics`` shows.

    May be called several times, in any thread.

    Returns
    -------
    callable
        To be called once it is no longer needed; after the last the runs are not shown any more.
    """
    _EXPORT.begin()
    return _EXPORT.end


def _metric(family: Family) -> CounterMetricFamily | GaugeMetricFamily | HistogramMetricFamily:
    labels = ("flow", *family.labels)
    if family.kind == COUNTER:
        return CounterMetricFamily(family.name, family.help, labels=labels)
    if family.kind == HISTOGRAM:
        return HistogramMetricFamily(family.name, family.help, labels=labels)
    return GaugeMetricFamily(family.name, family.help, labels=labels)


def _add(
    metric: CounterMetricFamily | GaugeMetricFamily | HistogramMetricFamily,
    labels: tuple[str, ...],
    value: float | Histogram,
) -> None:
    if isinstance(value, Histogram):
        assert isinstance(metric, HistogramMetricFamily)
        buckets = [(str(bound), value.up_to(bound)) for bound in BOUNDS_S]
        metric.add_metric(labels, [*buckets, ("+Inf", value.count)], value.sum_s)
    else:
        assert not isinstance(metric, HistogramMetricFamily)
        metric.add_metric(labels, value)
