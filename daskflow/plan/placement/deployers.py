"""The same workers, in the words of what starts them."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence

from daskflow.plan.placement.supply import Supply


def deployed(supplies: Sequence[Supply], flow_name: str, scheduler: str) -> list[tuple[str, list[str]]]:
    """How each of Dask's usual deployers starts workers: who, and the lines.

    A cluster object starts workers that are alike: where there are several kinds, it starts the first, and
    the others join its scheduler.

    Parameters
    ----------
    supplies : sequence of Supply
        The workers; at least one kind.
    flow_name : str
        What clusters are named after.
    scheduler : str
        The address of the scheduler.
    """
    first, *others = supplies
    return [
        ("by hand, or by a service manager", [each.command(scheduler) for each in supplies]),
        ("distributed.SSHCluster", [_ssh_cluster(first), *(_ssh(each, scheduler) for each in others)]),
        (
            "dask_jobqueue, here for SLURM",
            [_slurm_cluster(first), *(_sbatch(each, scheduler) for each in others)],
        ),
        (
            "dask_kubernetes, whose image has daskflow",
            [_kube_cluster(first, flow_name), *(_kube_group(i, each) for i, each in enumerate(others, 2))],
        ),
    ]


def _ssh_cluster(supply: Supply) -> str:
    options: dict[str, object] = {"n_workers": supply.count, "nthreads": 1}
    if supply.resources:
        options["resources"] = dict(supply.resources)
    if supply.memory_bytes:
        options["memory_limit"] = supply.memory_words
    if supply.name:
        options["name"] = supply.name
    return f'SSHCluster(["SCHEDULER", "{supply.host or "HOST"}"], worker_options={json.dumps(options)})'


def _ssh(supply: Supply, scheduler: str) -> str:
    return f"ssh {supply.host or 'HOST'} '{supply.line(scheduler)}'"


def _slurm_cluster(supply: Supply) -> str:
    memory = supply.memory_words if supply.memory_bytes else "4GB"
    said = f'cores=1, processes=1, memory="{memory}"'
    if supply.resources:  # which come to stand in a shell script
        resources = f"'{supply.resource_words}'"
        said += f", worker_extra_args={json.dumps(['--resources', resources])}"
    if supply.host:
        said += f', job_extra_directives=["--nodelist={supply.host}"]'
    return f"SLURMCluster({said}).scale({supply.count})"


def _sbatch(supply: Supply, scheduler: str) -> str:
    where = f" --nodelist={supply.host}" if supply.host else ""
    return f"sbatch --cpus-per-task={supply.count}{where} --wrap='{supply.line(scheduler)}'"


def _kube_cluster(supply: Supply, flow_name: str) -> str:
    name = re.sub("[^a-z0-9]+", "-", flow_name.lower()).strip("-") or "flow"
    return f'cluster = KubeCluster(name="{name}", image="IMAGE", {_kube_workers(supply)})'


def _kube_group(i: int, supply: Supply) -> str:
    line = f'cluster.add_worker_group(name="group-{i}", image="IMAGE", {_kube_workers(supply)})'
    return f"{line}  # on {supply.host}" if supply.host else line


def _kube_workers(supply: Supply) -> str:
    options = supply.options[: -2 if supply.name else None]  # names are given by the operator
    return f"n_workers={supply.count}, worker_command={json.dumps(['dask', 'worker', *options])}"
