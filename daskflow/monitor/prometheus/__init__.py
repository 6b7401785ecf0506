"""Runs as Prometheus sees them: on the ``/metrics`` of a flow's dashboard, or as a registry of one's own."""

from daskflow.monitor.prometheus.collector import RunCollector, export_runs, registry_of
from daskflow.monitor.prometheus.families import FAMILIES, Family

__all__ = ["FAMILIES", "Family", "RunCollector", "export_runs", "registry_of"]
