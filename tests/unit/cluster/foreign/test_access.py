"""What can be passed as a cluster, and what is said of what cannot."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from daskflow import Flow
from daskflow.cluster.foreign.access import ClusterAccess, access_to
from daskflow.cluster.foreign.existing import ExistingCluster
from daskflow.consumers import VoidConsumer
from daskflow.errors import ClusterError, FlowStateError
from daskflow.producers import IntProducer


def test_any_object_with_the_address_of_a_scheduler_will_do():
    cluster = SimpleNamespace(scheduler_address="tls://10.0.0.1:8786", security="theirs", asynchronous=True)
    assert access_to(cluster) == ClusterAccess("tls://10.0.0.1:8786", "theirs", is_asynchronous=True)
    assert access_to("10.0.0.1:8786") == ClusterAccess("tcp://10.0.0.1:8786")


@pytest.mark.parametrize(
    ("cluster", "error", "words"),
    [
        ("scheduler", ValueError, "'scheduler' is no address of a scheduler: expected tcp://host:port"),
        ("http://10.0.0.1:8786", ValueError, "is no address of a scheduler"),
        ("current", ValueError, "there is none: make one"),
        (SimpleNamespace(scheduler_address="<Not Connected>"), ValueError, "has no scheduler"),
        (7, TypeError, "got a int"),
    ],
)
def test_what_is_no_cluster(cluster, error, words):
    with pytest.raises(error, match=words):
        access_to(cluster)


def test_tls_without_certificates_is_refused_before_anything_is_opened():
    with pytest.raises(
        ClusterError, match=r"wants TLS, and no certificates are known: pass a distributed\.Client"
    ):
        ExistingCluster(ClusterAccess("tls://127.0.0.1:1"))


def test_a_flow_with_a_cluster_of_its_own_cannot_outlive_its_program():
    numbers = IntProducer(0, 9)
    flow = Flow([numbers], [VoidConsumer()(numbers)])
    with pytest.raises(FlowStateError, match="detach=True is for a cluster that is there already"):
        flow.run(detach=True)
