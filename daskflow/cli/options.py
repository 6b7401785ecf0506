"""What several commands take."""

from __future__ import annotations

from typing import Any

import click

TARGET = "FILE.py[:NAME]"


def _gpus_of(context: click.Context, option: click.Parameter, text: str | None) -> Any:
    from daskflow.cli.devices import gpus_of

    return None if text is None else gpus_of(text)


def _overrides_of(context: click.Context, option: click.Parameter, texts: tuple[str, ...]) -> Any:
    from daskflow.cli.overriding import overrides_of

    return overrides_of(texts)


with_overrides = click.option(
    "--set",
    "overrides",
    multiple=True,
    callback=_overrides_of,
    metavar="NODE.OPTION=VALUE",
    help="Say an option of a node for this run (detector.nb_tasks=4), or of the flow (flow.queue_size=2); "
    "may be repeated.",
)

with_quiet = click.option("-q", "--quiet", is_flag=True, help="Say nothing but what went wrong.")

with_gpus = click.option(
    "--gpus",
    callback=_gpus_of,
    metavar="N|LIST",
    help="Use so many GPUs (2; 0 for none), or these (0,1 or GPU-8f2c); by default all that are visible.",
)

with_cluster = click.option(
    "--cluster",
    metavar="ADDRESS",
    help="On the workers of this Dask scheduler, tcp://host:port, instead of on this machine.",
)

with_tasks_per_worker = click.option(
    "--tasks-per-worker",
    type=click.IntRange(1),
    default=1,
    help="With --cluster: how many tasks a worker may be given, 1 by default.",
)
