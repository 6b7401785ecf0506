"""What ``daskflow ps``, ``stop`` and ``logs`` do with the flows of a cluster."""

from __future__ import annotations

import contextlib
import logging
import time
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import click
from rich.console import Console
from rich.table import Table

from daskflow.cli.complaints import FlowProblem, NothingToShow, UsageProblem, harmless
from daskflow.cluster.foreign.access import access_to, access_to_default
from daskflow.cluster.foreign.existing import ExistingCluster
from daskflow.cluster.foreign.finding import find_run
from daskflow.errors import DaskflowError
from daskflow.monitor.terminal.words import duration
from daskflow.runtime.failure import failure_from_bytes
from daskflow.transport.records import Record

LOG_WAIT_S = 5.0


@contextlib.contextmanager
def cluster_at(address: str | None) -> Iterator[ExistingCluster]:
    """The way to a scheduler, or to the one that Dask's configuration names.

    Raises
    ------
    UsageProblem
        That is no address, or none is known.
    NothingToShow
        It gives no answer, or no such flow is there.
    """
    try:
        access = access_to_default() if address is None else access_to(address)
    except ValueError as error:
        raise UsageProblem(str(error)) from error
    try:
        cluster = ExistingCluster(access)
        try:
            yield cluster
        finally:
            cluster.close()
    except DaskflowError as error:
        raise NothingToShow(str(error)) from error


def print_runs(runs: Sequence[Mapping[str, Any]], console: Console) -> None:
    """A line for each run."""
    table = Table(box=None, pad_edge=False)
    for title in ("flow", "state", "for", "tasks", "workers", "", "run"):
        table.add_column(title, justify="right" if title in ("for", "tasks", "workers") else "left")
    for run in runs:
        table.add_row(
            harmless(str(run["flow"])), run["state"], duration(run["elapsed_s"]), str(run["tasks"]),
            str(run["workers"]), "detached" if run["detached"] else "", run["run"],
        )  # fmt: skip
    console.print(table)


def stop_run(cluster: ExistingCluster, name: str, *, drain: bool) -> None:
    """End a run and wait until it has; says how it ended.

    Raises
    ------
    FlowProblem
        It failed.
    """
    run = find_run(cluster, name)
    cluster.tell(run["run"], "stop", drain)
    for told in _told(cluster, run["run"], int(run["position"])):
        if told["ended"] and told["failure"]:
            failure = failure_from_bytes(told["failure"])
            raise FlowProblem(str(failure), failure.__cause__)
    click.echo(f"flow {run['flow']} has ended")


def print_logs(cluster: ExistingCluster, name: str, *, follow: bool) -> None:
    """What was logged in the tasks of a run, as far as it is kept; and what is, until its end."""
    run = find_run(cluster, name)
    for told in _told(cluster, run["run"], 0, LOG_WAIT_S if follow else 0.0):
        for fields in told["records"]:
            click.echo(line_of(Record._make(fields)))
        if not follow:
            return


def line_of(record: Record) -> str:
    """A record as a line, with a traceback below where there is one."""
    stamp = time.strftime("%H:%M:%S", time.localtime(record.time_s))
    at = "" if record.number is None else f" [message {record.number}]"
    line = f"{stamp} {logging.getLevelName(abs(record.level)):7} {record.task}{at}: {record.text}"
    return harmless(f"{line}\n{record.traceback}".rstrip())


def _told(
    cluster: ExistingCluster, run_id: str, position: int, wait_s: float = LOG_WAIT_S
) -> Iterator[Mapping[str, Any]]:
    """What a run tells from a position on, until its end; waits so long each time for something new."""
    while True:
        told = cluster.news(run_id, position, wait_s)
        position = told["position"]
        yield told
        if told["ended"]:
            return
