"""Hosts, their losses, and what is between them."""

from __future__ import annotations

import pytest

from daskflow.experiments.simulated.agenda import Agenda
from daskflow.experiments.simulated.hosts import Host, Loss, Network, expanded, random_losses
from daskflow.experiments.simulated.wires import Wires

NETWORK = Network(latency_s=0.001, local_s=0.0001)


def test_what_is_sent_takes_latency_and_the_time_of_its_bytes():
    wires = Wires(Agenda(), NETWORK, [1e6, 1e6, 1e6])
    assert wires.arrival_s(0, 1, 1000) == pytest.approx(0.002)
    assert wires.arrival_s(0, 2, 1000) == pytest.approx(0.003)  # after the first, by the same interface
    assert wires.arrival_s(2, 1, 1000) == pytest.approx(0.003)  # into the same interface as the first
    assert (wires.sent_bytes, wires.received_bytes) == ([2000, 0, 1000], [0, 2000, 1000])


def test_the_slower_interface_decides():
    assert Wires(Agenda(), NETWORK, [1e6, 1e5]).arrival_s(0, 1, 1000) == pytest.approx(0.011)
    assert Wires(Agenda(), NETWORK, [1e5, 1e6]).arrival_s(0, 1, 1000) == pytest.approx(0.011)


def test_small_messages_slip_in_between_and_what_stays_on_a_host_uses_no_network():
    wires = Wires(Agenda(), NETWORK, [1e6, 1e6])
    wires.arrival_s(0, 1, 1_000_000)
    assert wires.small_s(0, 1, 100) == pytest.approx(0.0011)
    assert wires.arrival_s(1, 1, 10**9) == wires.small_s(1, 1, 10) == pytest.approx(0.0001)
    assert wires.sent_bytes == [1_000_100, 0]


def test_hosts_are_counted():
    assert expanded([Host(4, count=2), Host(8)]) == [Host(4, count=2), Host(4, count=2), Host(8)]


@pytest.mark.parametrize(
    "wrong", [{"cores": 0}, {"cores": 1, "count": 0}, {"cores": 4, "gpus": 2, "workers": 1}]
)
def test_hosts_that_there_cannot_be(wrong):
    with pytest.raises(ValueError, match="a host"):
        Host(**wrong)


@pytest.mark.parametrize("wrong", [(-1, 0.0, None), (0, -1.0, None), (0, 2.0, 2.0)])
def test_losses_that_there_cannot_be(wrong):
    with pytest.raises(ValueError, match="a host is lost"):
        Loss(*wrong)


def test_random_losses_come_at_their_rate_and_hit_hosts_that_are_there():
    losses = random_losses(10, duration_s=10_000.0, every_s=10.0, away_s=30.0, seed=1)
    assert len(losses) == pytest.approx(1000, rel=0.1)
    assert losses == random_losses(10, duration_s=10_000.0, every_s=10.0, away_s=30.0, seed=1)
    back_s = [0.0] * 10
    for loss in losses:
        assert loss.at_s >= back_s[loss.host]
        back_s[loss.host] = loss.back_s


def test_hosts_that_do_not_come_back_are_lost_once():
    losses = random_losses(3, duration_s=1000.0, every_s=1.0)
    assert sorted(loss.host for loss in losses) == [0, 1, 2]
