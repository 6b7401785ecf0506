"""Clusters that are there before a flow, each started in another way; all are stopped by who started them."""

from __future__ import annotations

import contextlib
import glob
import re
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import dask.config
import pytest
from distributed import Client, LocalCluster, Security, SSHCluster

WORKERS = 6

FORKED = {
    "distributed.worker.multiprocessing-method": "forkserver",
    "distributed.nanny.pre-spawn-environ.MALLOC_TRIM_THRESHOLD_": 65536,
}
"""Workers of a LocalCluster start several times as fast."""


@contextlib.contextmanager
def local_cluster(
    workers: int = WORKERS, threads_per_worker: int = 1, **options: object
) -> Iterator[LocalCluster]:
    """A LocalCluster that a user has opened."""
    with (
        dask.config.set(FORKED),
        LocalCluster(
            n_workers=workers,
            threads_per_worker=threads_per_worker,
            dashboard_address=":0",
            silence_logs=50,
            **options,
        ) as cluster,
    ):
        yield cluster


@contextlib.contextmanager
def started_by_hand(folder: Path, security: Security | None = None, workers: int = WORKERS) -> Iterator[str]:
    """``dask scheduler`` and ``dask worker`` processes; yields the scheduler's address."""
    port = free_port()
    scheme = "tcp" if security is None else "tls"
    address = f"{scheme}://127.0.0.1:{port}"
    with contextlib.ExitStack() as ends:
        scheduler = [
            "scheduler", "--host", address, "--dashboard-address", ":0", *certificates(security, "scheduler"),
        ]  # fmt: skip
        ends.enter_context(dask_program(scheduler, folder / "scheduler.log"))
        worker = [
            "worker", address, "--nworkers", str(workers), "--nthreads", "1", "--no-dashboard",
            "--local-directory", str(folder), *certificates(security, "worker"),
        ]  # fmt: skip
        ends.enter_context(dask_program(worker, folder / "worker.log"))
        with Client(address, security=security, timeout=60, set_as_default=False) as client:
            client.wait_for_workers(workers, timeout=60)
        yield address


@contextlib.contextmanager
def over_ssh(folder: Path, workers: int = WORKERS) -> Iterator[SSHCluster]:
    """Scheduler and workers that Dask has started over SSH, on this machine."""
    from tests.existing.ssh import ssh_server, why_no_ssh

    if why_no_ssh():
        pytest.skip(why_no_ssh())
    with (
        ssh_server(folder) as options,
        dask.config.set(FORKED),
        SSHCluster(
            ["127.0.0.1", "127.0.0.1"],
            connect_options=options,
            worker_options={"nthreads": 1, "n_workers": workers, "local_directory": str(folder)},
            scheduler_options={"port": 0, "dashboard_address": ":0"},
        ) as cluster,
    ):
        yield cluster


@contextlib.contextmanager
def dask_program(arguments: list[str], log: Path) -> Iterator[subprocess.Popen[bytes]]:
    """A ``dask`` command of its own process group, ended with the block."""
    with log.open("wb") as file:
        program = subprocess.Popen(
            [sys.executable, "-m", "dask", *arguments], stdout=file, stderr=file, start_new_session=True
        )
    try:
        yield program
    finally:
        program.terminate()
        try:
            program.wait(20)
        except subprocess.TimeoutExpired:
            program.kill()
            program.wait()


def certificates(security: Security | None, role: str) -> list[str]:
    if security is None:
        return []
    return [
        "--tls-ca-file", security.tls_ca_file,
        "--tls-cert", getattr(security, f"tls_{role}_cert"),
        "--tls-key", getattr(security, f"tls_{role}_key"),
    ]  # fmt: skip


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def within(seconds: float, is_so: object) -> bool:
    """Whether something becomes so in time; looked at now and then, for what no event tells of."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if is_so():  # type: ignore[operator]
            return True
        time.sleep(0.05)
    return False


def keys(client: Client) -> list[str]:
    """Of Dask's tasks on the scheduler."""
    found: list[str] = client.run_on_scheduler(lambda dask_scheduler: list(map(str, dask_scheduler.tasks)))
    return found


def places() -> list[str]:
    """What runs on existing clusters have in shared memory here.

    Those of others are named without a host, and those of tests without a run have ids that no run has.
    """
    return [path for path in glob.glob("/dev/shm/daskflow-*@*") if re.search("/daskflow-[0-9a-f]+@", path)]


def placed(client: Client) -> dict[str, str]:
    """The workers that hold tasks of the flow that was started last, by the names of the tasks."""

    def look(dask_scheduler: Any) -> dict[str, str]:
        run = list(dask_scheduler.plugins["daskflow-flows"]._runs.values())[-1]
        return dict(run.crew.places)

    found: dict[str, str] = client.run_on_scheduler(look)
    return found


def worker_of(client: Client, task: str) -> str:
    """The address of the worker that holds a task of the flow that was started last."""
    return placed(client)[task]


def end_runs(client: Client) -> None:
    """End all runs on a cluster: those of a test that has failed do not disturb the next."""

    async def end(dask_scheduler: Any) -> None:
        plugin = dask_scheduler.plugins.get("daskflow-flows")
        for run in [] if plugin is None else plugin._live():
            await run.end()

    client.run_on_scheduler(end)
