"""What is said where the workers of a cluster do not do, word by word."""

from __future__ import annotations

import socket

import pytest

from daskflow import GPU
from daskflow.core.node import ConsumerNode, OneTaskProcessorNode, ProcessorNode
from daskflow.errors import PlacementError
from daskflow.plan.placement import place, sorted_workers
from daskflow.plan.placement.own_machine import refuse_other_places
from daskflow.producers import IntProducer
from tests.unit.plan.placement.pretended import HERE, planned, worker, workers

ADDRESS = "tcp://10.0.0.1:8786"


def yard():
    camera = IntProducer(name="camera")
    detector = ProcessorNode(4, GPU, name="detector")(camera)
    tracker = OneTaskProcessorNode(name="tracker")(detector)
    ConsumerNode(name="writer")(tracker)
    return camera


def refusal(plan, there, **options) -> list[str]:
    """Its lines, without the rules of tables."""
    with pytest.raises(PlacementError) as caught:
        place(plan, there, here=HERE, scheduler=HERE, scheduler_address=ADDRESS, **options)
    return [line for line in str(caught.value).splitlines() if not line.startswith("---")]


def test_too_few_workers():
    assert refusal(planned(yard()), workers(5)) == [
        "the workers of the cluster cannot take flow 'yard': 2 of its 7 tasks have no place",
        "",
        "node     no place  each needs                      workers",
        "tracker  1 of 1    a worker alone: it keeps state  all 5 would do, and have no room left",
        "writer   1 of 1    a worker                        all 5 would do, and have no room left",
        "",
        "This would start what is missing:",
        "",
        "    dask worker tcp://10.0.0.1:8786 --nworkers 2 --nthreads 1",
    ]


def test_no_workers_at_all():
    text = refusal(planned(yard(), gpus=4), [])
    assert [line.rstrip() for line in text[2:7]] == [
        "node      no place  each needs                      workers",
        "camera    1 of 1    a worker                        there is none",
        "detector  4 of 4    GPU=1                           there is none",
        "tracker   1 of 1    a worker alone: it keeps state  there is none",
        "writer    1 of 1    a worker                        there is none",
    ]
    assert text[-2:] == [
        "    dask worker tcp://10.0.0.1:8786 --nworkers 3 --nthreads 1",
        '    dask worker tcp://10.0.0.1:8786 --nworkers 4 --nthreads 1 --resources "GPU=1"',
    ]


def test_missing_gpus_and_tags():
    plan = planned(yard(), gpus=4, camera={"resources": {"camera-host": 1}})
    there = [*workers(8), *workers(2, "gpus", resources={"GPU": 1, "camera_host": 1})]
    assert refusal(plan, there) == [
        "the workers of the cluster cannot take flow 'yard': 3 of its 7 tasks have no place",
        "",
        "node      no place  each needs     workers",
        "camera    1 of 1    camera-host=1  none of 10 has that: did you mean 'camera_host'?",
        "detector  2 of 4    GPU=1          2 of 10 would do, and have no room left",
        "",
        "This would start what is missing:",
        "",
        '    dask worker tcp://10.0.0.1:8786 --nworkers 2 --nthreads 1 --resources "GPU=1"',
        '    dask worker tcp://10.0.0.1:8786 --nworkers 1 --nthreads 1 --resources "camera-host=1"',
    ]


def test_several_tasks_on_a_worker_would_do():
    text = refusal(planned(yard()), workers(4, nthreads=2))
    assert text[-1] == "With tasks_per_worker=2 the workers that are there are enough."
    assert "tasks_per_worker" not in "\n".join(refusal(planned(yard()), workers(4)))
    assert "tasks_per_worker" not in "\n".join(refusal(planned(yard()), workers(2, nthreads=2)))


def test_never_more_tasks_than_threads():
    assert len(refusal(planned(yard()), workers(4, nthreads=1), tasks_per_worker=8)) > 1
    assert place(planned(yard()), workers(4, nthreads=2), tasks_per_worker=8)


def test_workers_that_others_use():
    there = [*workers(6), worker("x", held=("other/net-0", "other/net-1"))]
    assert (
        "all 7 would do, and have no room left, 1 with tasks of other flows"
        in refusal(planned(yard()), there)[3]
    )


def test_workers_that_cannot_be_used():
    there = [
        *workers(5),
        worker("a", versions={**HERE, "daskflow": ""}),
        worker("b", versions={**HERE, "python": "3.12", "daskflow": "0.0.9"}),
        worker("c", "two", error="gave no answer within 10 s"),
        worker("d", "two", error="TypeError: odd", versions={**HERE, "python": "3.9", "daskflow": ""}),
    ]
    text = refusal(planned(yard()), there)
    assert text[6:] == [
        "4 workers cannot be used:",
        "",
        "worker  host  why",
        "a       one   has no daskflow: pip install daskflow==0.1.0",
        "b       one   daskflow 0.0.9 (here 0.1.0), Python 3.12 (here 3.11)",
        "c       two   could not be asked: gave no answer within 10 s",
        "d       two   Python 3.9 (here 3.11)",
        "",
        "This would start what is missing:",
        "",
        "    dask worker tcp://10.0.0.1:8786 --nworkers 2 --nthreads 1",
    ]
    assert "none can be used" in "\n".join(refusal(planned(yard()), there[5:]))


def test_they_do_no_harm_where_the_others_are_enough():
    there = [*workers(7), worker("a", versions={**HERE, "daskflow": ""})]
    placement = place(planned(yard()), there, here=HERE)
    assert "tcp://one:a" not in placement.address_of.values()
    assert placement.warnings == ("not used: a has no daskflow: pip install daskflow==0.1.0",)


def test_a_list_of_workers_has_an_end():
    text = refusal(planned(yard()), workers(33, error="is asleep"))
    assert "33 workers cannot be used:" in text
    assert "and 13 more" in text


def test_a_scheduler_of_another_version():
    with pytest.raises(PlacementError) as caught:
        place(planned(yard()), workers(9), here=HERE, scheduler={**HERE, "python": "3.12"})
    assert str(caught.value) == (
        "the scheduler has Python 3.12 (here 3.11): it holds the runs of flows, and needs the same as "
        "this program"
    )


def test_a_host_that_is_not_there():
    there = [*workers(9, "cam-1"), *workers(2, "server")]
    assert refusal(planned(yard(), gpus=4, detector={"host": "cam1"}), there) == [
        "node 'detector' is to run on host 'cam1', which has no worker: did you mean 'cam-1'? There are "
        "cam-1, server",
        "",
        "This would start what is missing:",
        "",
        "    dask worker tcp://10.0.0.1:8786 --nworkers 4 --nthreads 1  # on cam1",
    ]


def test_a_worker_that_is_not_there():
    there = [worker("alice"), worker("bob")]
    assert refusal(planned(yard(), tracker={"workers": ["bob", "alise"]}), there) == [
        "node 'tracker' is to run on worker 'alise', which is not there: did you mean 'alice'? There are "
        "alice, bob",
        "",
        "This would start what is missing:",
        "",
        "    dask worker tcp://10.0.0.1:8786 --nworkers 1 --nthreads 1 --name alise",
    ]
    assert refusal(planned(yard(), tracker={"workers": "bob"}), [])[0] == (
        "node 'tracker' is to run on worker 'bob', which is not there: the cluster has none at all"
    )


def test_a_worker_that_is_taken_cannot_be_had_twice():
    plan = planned(yard(), tracker={"workers": "one-0"}, camera={"workers": "one-0"})
    text = refusal(plan, workers(9))
    assert text[3].startswith(
        "tracker  1 of 1    on worker one-0, alone there: it keeps state  1 of 9 would do"
    )
    assert len(text) == 4
    assert not any("dask worker" in line for line in text)


def test_a_run_with_a_cluster_of_its_own_is_on_this_machine():
    refuse_other_places(planned(yard(), camera={"host": [socket.gethostname(), "cam-1"]}))
    refuse_other_places(planned(yard(), camera={"host": "localhost"}))
    with pytest.raises(PlacementError) as caught:
        refuse_other_places(planned(yard(), camera={"host": "cam-1"}))
    assert str(caught.value) == (
        "node 'camera' is to run on host cam-1, and this run has all its workers on this machine, "
        f"{socket.gethostname()}: run it on a cluster that has workers there, run(cluster=ADDRESS)"
    )
    with pytest.raises(PlacementError) as caught:
        refuse_other_places(planned(yard(), camera={"workers": ["a", "b"]}))
    assert str(caught.value) == (
        "node 'camera' is to run on worker a or b, and this run has workers of its own, one for each task: "
        "workers= chooses among those of an existing cluster, run(cluster=ADDRESS)"
    )


def test_workers_that_do_not_run_are_given_nothing():
    workers = [
        worker("a", status="paused"),
        worker("b", status="closing_gracefully"),
        worker("c", status="closing"),
    ]
    found = sorted_workers(workers, {})
    assert [why for _, why in found.useless] == [
        "is paused by Dask: its memory is nearly full", "is about to close", "is closing",
    ]  # fmt: skip
