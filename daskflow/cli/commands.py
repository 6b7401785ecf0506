"""The commands of ``daskflow``: what can be asked for; how it is done is in the files beside this one."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from daskflow.cli.comparing import compare_command
from daskflow.cli.deadletters import deadletters
from daskflow.cli.ending import sigterm_is_ctrl_c
from daskflow.cli.options import (
    TARGET,
    with_cluster,
    with_gpus,
    with_overrides,
    with_quiet,
    with_tasks_per_worker,
)
from daskflow.cli.reporting import report_command
from daskflow.cli.workers import workers
from daskflow.version import __version__

# Dask takes most of a second to import: each command imports what it needs, so that --help comes at once.


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="daskflow")
def main() -> None:
    """Video and stream processing as a flow graph that runs on Dask."""


main.add_command(compare_command)
main.add_command(deadletters)
main.add_command(workers)
main.add_command(report_command)


@main.command()
@click.option(
    "--input", "source", type=click.Path(path_type=Path), help="A video; by default people in a yard."
)
@click.option(
    "--output",
    type=click.Path(path_type=Path),
    default=Path("daskflow-demo.mp4"),
    show_default=True,
    help="The video to write, .mp4, .mkv, .webm or .avi; it is replaced if it exists.",
)
@with_quiet
@sigterm_is_ctrl_c()
def demo(source: Path | None, output: Path, quiet: bool) -> None:
    """Find what moves in a video and draw boxes around it."""
    from daskflow.cli.demo import demo_flow
    from daskflow.cli.show import run_and_show

    flow = demo_flow(source, output)
    run_and_show(flow, quiet=quiet)
    if not quiet:
        click.echo(f"wrote {output.resolve()}")


@main.command()
@click.argument("target", metavar=TARGET)
@with_gpus
@click.option(
    "--dead-letters",
    type=click.Path(file_okay=False, path_type=Path),
    metavar="FOLDER",
    help="Keep messages that are given up here; see daskflow deadletters.",
)
@click.option(
    "--max-restarts",
    type=click.IntRange(0),
    help="How many processes of a task may die within a minute, 3 by default; one more fails the run.",
)
@with_cluster
@click.option("--detach", is_flag=True, help="With --cluster: start the flow, and let it go on alone.")
@with_tasks_per_worker
@with_overrides
@with_quiet
@sigterm_is_ctrl_c()
def run(
    target: str,
    cluster: str | None,
    detach: bool,
    tasks_per_worker: int,
    gpus: Any,
    dead_letters: Path | None,
    max_restarts: int | None,
    overrides: Any,
    quiet: bool,
) -> None:
    """Run the flow that a Python file makes.

    NAME is a function that returns the flow, or the flow itself. Without it the file's only global Flow is
    taken, else its function build or build_flow. A file that runs its flow itself is executed up to there.
    """
    from daskflow.cli.loading import load_flow
    from daskflow.cli.show import run_and_show

    if cluster is None and (detach or tasks_per_worker > 1):
        raise click.UsageError("--detach and --tasks-per-worker are about the cluster that --cluster names")
    flow = load_flow(target)
    run_and_show(
        flow,
        quiet=quiet,
        is_left=detach,
        cluster=cluster,
        detach=detach,
        tasks_per_worker=tasks_per_worker,
        gpus=gpus,
        dead_letters=dead_letters,
        max_restarts=max_restarts,
        overrides=overrides,
    )


@main.command()
@click.argument("address", required=False)
def ps(address: str | None) -> None:
    """List the flows of a Dask cluster, those that have ended lately too.

    ADDRESS is that of its scheduler, tcp://host:port; if not given, DASK_SCHEDULER_ADDRESS says it. For flows
    on clusters of their own on this machine see `daskflow top`.
    """
    from rich.console import Console

    from daskflow.cli.clusters import cluster_at, print_runs

    with cluster_at(address) as cluster:
        print_runs(cluster.runs(), Console())


@main.command()
@click.argument("name")
@click.argument("address", required=False)
@click.option("--now", is_flag=True, help="End at once: what is under way is not finished.")
def stop(name: str, address: str | None, now: bool) -> None:
    """End a flow on a Dask cluster, by its name or the beginning of its run's id, and wait until it has.

    ADDRESS as for `daskflow ps`.
    """
    from daskflow.cli.clusters import cluster_at, stop_run

    with cluster_at(address) as cluster:
        stop_run(cluster, name, drain=not now)


@main.command()
@click.argument("name")
@click.argument("address", required=False)
@click.option("-f", "--follow", is_flag=True, help="Go on until the flow ends.")
def logs(name: str, address: str | None, follow: bool) -> None:
    """Print what the tasks of a flow on a Dask cluster have logged, as far as it is kept: the last thousand.

    ADDRESS as for `daskflow ps`.
    """
    from daskflow.cli.clusters import cluster_at, print_logs

    with cluster_at(address) as cluster:
        print_logs(cluster, name, follow=follow)


@main.command()
@click.argument("target", metavar=TARGET)
@with_gpus
@click.option(
    "--picture",
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="FILE",
    help="Draw the graph as .svg, .png or .mmd (Mermaid) too; the file is replaced if it exists.",
)
@with_cluster
@with_tasks_per_worker
@with_overrides
def explain(
    target: str, gpus: Any, picture: Path | None, cluster: str | None, tasks_per_worker: int, overrides: Any
) -> None:
    """Print the graph of a flow and what `run` would start, and start nothing.

    With --cluster that is told with the workers that the tasks would be on now. For NAME see
    `daskflow run --help`.
    """
    from daskflow.cli.explaining import plan_of, plan_text, save_picture
    from daskflow.cli.loading import load_flow

    flow = load_flow(target)
    click.echo(plan_text(plan_of(flow, gpus, overrides, cluster, tasks_per_worker)))
    if picture is not None:
        save_picture(flow, picture, overrides)
        click.echo(f"wrote {picture.resolve()}")


@main.command()
@click.argument("target", metavar=TARGET)
@click.option(
    "--target-rate",
    type=click.FloatRange(0.0, min_open=True),
    metavar="RATE",
    help="Messages per second to come to the end of the flow; by default the most that the cores allow.",
)
@click.option(
    "--cores",
    type=click.IntRange(1),
    metavar="N",
    help="Advise for so many cores; by default this machine's.",
)
@click.option(
    "--gpus", type=click.IntRange(0), metavar="N", help="Advise for so many GPUs; by default this machine's."
)
@click.option(
    "--messages",
    type=click.IntRange(1),
    default=200,
    show_default=True,
    metavar="N",
    help="How many messages to measure.",
)
@click.option(
    "--profile",
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="FILE",
    help="Go by a profile that was saved, and run nothing.",
)
@click.option(
    "--save-profile",
    "save",
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="FILE",
    help="Keep the profile as JSON; the file is replaced if it exists.",
)
@with_quiet
@sigterm_is_ctrl_c()
def advise(
    target: str,
    target_rate: float | None,
    cores: int | None,
    gpus: int | None,
    messages: int,
    profile: Path | None,
    save: Path | None,
    quiet: bool,
) -> None:
    """Run a flow once to measure it, and say how many tasks each node should have.

    The run ends after so many messages, or when the flow does; its consumers write what they write. For NAME
    see `daskflow run --help`.
    """
    from daskflow.cli.advising import advise_and_show
    from daskflow.cli.loading import load_flow

    advise_and_show(
        load_flow(target),
        target_rate=target_rate,
        cores=cores,
        gpus=gpus,
        messages=messages,
        profile=profile,
        save=save,
        quiet=quiet,
    )


@main.command()
@click.argument("target", metavar=f"[{TARGET}]", required=False)
@with_gpus
def devices(target: str | None, gpus: Any) -> None:
    """Print the cores and GPUs that were found, and what the tasks of a flow would get of them.

    For NAME see `daskflow run --help`.
    """
    from daskflow.cli.devices import devices_text
    from daskflow.cli.loading import load_flow

    plan = load_flow(target).plan(gpus=gpus) if target is not None else None
    click.echo(devices_text(gpus, plan))


@main.command()
@click.argument("address", required=False)
@click.option(
    "--flow", "wanted", metavar="NAME", help="Only flows of this name, or the run whose id begins so."
)
@click.option(
    "--every",
    "every_s",
    type=click.FloatRange(0.1),
    default=1.0,
    show_default=True,
    metavar="SECONDS",
    help="How often the table is drawn anew.",
)
@click.option("--once", is_flag=True, help="Print one table and end, as where the output is no terminal.")
@click.option("--json", "as_json", is_flag=True, help="Print a line of JSON for each flow, and end.")
def top(address: str | None, wanted: str | None, every_s: float, once: bool, as_json: bool) -> None:
    """Watch running flows: rates, what limits them, where time goes.

    Without ADDRESS yours on this machine, else those of the Dask scheduler at tcp://HOST:PORT. The key q
    ends it.
    """
    from daskflow.cli.top import top

    top(address, wanted=wanted, every_s=every_s, once=once, as_json=as_json)


@main.command()
@click.option("--quick", is_flag=True, help="Few workloads, once each: less than half a minute.")
@click.option("--workload", "workloads", multiple=True, metavar="NAME", help="Only this; may be repeated.")
@click.option("--repeats", type=click.IntRange(1), help="How often each is measured; 3, or 1 if quick.")
@click.option("--json", "file", type=click.Path(path_type=Path), help="Write every figure to this file too.")
@click.option("--list", "is_list", is_flag=True, help="Say what can be measured, and measure nothing.")
def bench(
    quick: bool, workloads: tuple[str, ...], repeats: int | None, file: Path | None, is_list: bool
) -> None:
    """Measure on this machine what daskflow costs, beside plain Python without it."""
    from daskflow.cli.bench import bench_and_show, list_workloads

    if is_list:
        list_workloads()
    else:
        bench_and_show(quick=quick, workloads=workloads, repeats=repeats, file=file)


@main.command()
@click.argument("target", metavar=TARGET)
@click.option(
    "--set",
    "grid",
    multiple=True,
    required=True,
    metavar="NAME=VALUE,...",
    help="Values to try of an option of a node (detector.nb_tasks=1,2,4), of the flow (flow.queue_size=2,8), "
    "or of a parameter of the function that builds it (width=640,1920); may be repeated.",
)
@click.option(
    "--repeats", type=click.IntRange(1), default=3, show_default=True, help="How often each is tried."
)
@click.option(
    "--out",
    "folder",
    type=click.Path(file_okay=False, path_type=Path),
    metavar="FOLDER",
    help="Keep everything here. If it has trials of the same sweep, those are not run again.",
)
@click.option(
    "--warmup",
    "warmup_messages",
    type=click.IntRange(0),
    default=0,
    metavar="MESSAGES",
    help="Measure a run from when so many messages had come to its end.",
)
@click.option("--messages", type=click.IntRange(1), help="End a run after so many messages more.")
@click.option(
    "--duration",
    "duration_s",
    type=click.FloatRange(0, min_open=True),
    metavar="SECONDS",
    help="End a run so long after the warm-up.",
)
@click.option(
    "--timeout",
    "trial_timeout_s",
    type=click.FloatRange(0, min_open=True),
    metavar="SECONDS",
    help="A run that takes longer than this in all has failed.",
)
@click.option(
    "--seed",
    type=click.IntRange(0),
    default=0,
    show_default=True,
    help="Of the order of the runs, and of a parameter seed of the function.",
)
@with_quiet
@sigterm_is_ctrl_c()
def sweep(target: str, grid: tuple[str, ...], quiet: bool, **options: Any) -> None:
    """Run a flow under every combination of some settings, and measure each run.

    \b
    daskflow sweep yard.py:build --set detector.nb_tasks=1,2,4 --out results

    NAME is a function that returns the flow, or the flow itself; see `daskflow run --help`.
    """
    from daskflow.cli.sweeping import sweep_and_show

    sweep_and_show(target, grid, quiet=quiet, **options)
