"""The command ``daskflow workers``."""

from __future__ import annotations

from typing import Any

import click

from daskflow.cli.options import TARGET, with_cluster, with_overrides, with_tasks_per_worker


@click.command()
@click.argument("target", metavar=TARGET)
@with_cluster
@with_tasks_per_worker
@with_overrides
def workers(target: str, cluster: str | None, tasks_per_worker: int, overrides: Any) -> None:
    """Print the command lines that start the workers of a flow, and the same for Dask's usual deployers.

    A worker for each task, with the resources and GPUs that it wishes for. With --cluster the lines have the
    address of that scheduler, and first it is said whether its workers would do. For NAME see
    `daskflow run --help`.
    """
    from daskflow.cli.loading import load_flow
    from daskflow.cli.supplying import workers_text

    click.echo(workers_text(load_flow(target), cluster, tasks_per_worker, overrides))
