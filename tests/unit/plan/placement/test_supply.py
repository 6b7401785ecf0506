"""The workers that a flow needs, in the words of what starts them."""

from __future__ import annotations

import ast
import shlex

from daskflow import GPU
from daskflow.core.node import ConsumerNode, ProcessorNode
from daskflow.plan.placement import deployed, needs_of, supplies_for
from daskflow.producers import IntProducer
from tests.unit.plan.placement.pretended import planned


def supplies():
    camera = IntProducer(name="camera")
    net = ProcessorNode(2, GPU, name="net", gpu_share=0.5)(camera)
    ConsumerNode(name="writer")(net)
    plan = planned(
        camera,
        gpus=2,
        camera={"host": "cam-1", "resources": {"camera-host": 1, "disk": 2}, "memory_limit": "1GB"},
        writer={"workers": "archive"},
    )
    return supplies_for(needs_of(plan).values())


def test_the_lines_of_each_deployer():
    found = dict(deployed(supplies(), "My yard!", "tcp://s:1"))
    by_hand, ssh, slurm, kube = found.values()
    assert by_hand == [
        'dask worker tcp://s:1 --nworkers 2 --nthreads 1 --resources "GPU=0.5"',
        "dask worker tcp://s:1 --nworkers 1 --nthreads 1 --name archive",
        'dask worker tcp://s:1 --nworkers 1 --nthreads 1 --resources "camera-host=1 disk=2" '
        "--memory-limit 1GB  # on cam-1",
    ]
    assert ssh == [
        'SSHCluster(["SCHEDULER", "HOST"], '
        'worker_options={"n_workers": 2, "nthreads": 1, "resources": {"GPU": 0.5}})',
        "ssh HOST 'dask worker tcp://s:1 --nworkers 1 --nthreads 1 --name archive'",
        "ssh cam-1 'dask worker tcp://s:1 --nworkers 1 --nthreads 1 "
        '--resources "camera-host=1 disk=2" --memory-limit 1GB\'',
    ]
    assert slurm == [
        'SLURMCluster(cores=1, processes=1, memory="4GB", '
        'worker_extra_args=["--resources", "\'GPU=0.5\'"]).scale(2)',
        "sbatch --cpus-per-task=1 --wrap='dask worker tcp://s:1 --nworkers 1 --nthreads 1 --name archive'",
        "sbatch --cpus-per-task=1 --nodelist=cam-1 --wrap='dask worker tcp://s:1 --nworkers 1 --nthreads 1 "
        '--resources "camera-host=1 disk=2" --memory-limit 1GB\'',
    ]
    assert kube == [
        'cluster = KubeCluster(name="my-yard", image="IMAGE", n_workers=2, '
        'worker_command=["dask", "worker", "--nthreads", "1", "--resources", "GPU=0.5"])',
        'cluster.add_worker_group(name="group-2", image="IMAGE", n_workers=1, '
        'worker_command=["dask", "worker", "--nthreads", "1"])',
        'cluster.add_worker_group(name="group-3", image="IMAGE", n_workers=1, '
        'worker_command=["dask", "worker", "--nthreads", "1", "--resources", "camera-host=1 disk=2", '
        '"--memory-limit", "1GB"])  # on cam-1',
    ]


def test_they_can_be_read_by_what_they_are_for():
    for _, lines in deployed(supplies(), "yard", "tcp://s:1"):
        for line in lines:
            if "Cluster(" in line or line.startswith("cluster."):
                ast.parse(line)
            else:
                assert shlex.split(line, comments=True)


def test_a_worker_that_is_there_is_not_started_again():
    camera = IntProducer(name="camera")
    plan = planned(camera, camera={"workers": ["a", "b"]})
    (one,) = supplies_for(needs_of(plan).values(), frozenset({"a"}))
    assert one.name == "b"
    assert supplies_for(needs_of(plan).values(), frozenset("ab")) == []
