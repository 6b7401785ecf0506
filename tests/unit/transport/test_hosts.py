"""Which processes are on one host."""

from __future__ import annotations

import pytest

from daskflow.transport import hosts
from daskflow.transport.hosts import host_tag
from daskflow.transport.places import RunPlaces


@pytest.fixture(autouse=True)
def _nothing_remembered(monkeypatch):
    hosts._tag.cache_clear()
    yield
    hosts._tag.cache_clear()


def test_workers_with_one_host_in_their_addresses_share_it():
    tag = host_tag("tcp://10.0.0.2:40123")
    assert len(tag) == 8
    assert int(tag, 16) >= 0
    assert tag == host_tag("tls://10.0.0.2:8786") == host_tag("10.0.0.2:1")
    assert tag != host_tag("tcp://10.0.0.3:40123")
    assert host_tag("tcp://[::1]:80") == host_tag("tls://[::1]:81") != tag


@pytest.mark.parametrize(
    ("what", "other"),
    [("_boot_id", lambda: "another"), ("_identity", lambda path: "another"), ("os.geteuid", lambda: 12345)],
)
def test_the_same_address_elsewhere_is_another_host(monkeypatch, what, other):
    tag = host_tag("tcp://10.0.0.2:40123")
    monkeypatch.setattr(f"daskflow.transport.hosts.{what}", other)
    hosts._tag.cache_clear()
    assert host_tag("tcp://10.0.0.2:40123") != tag


def test_hosts_with_one_memory_have_places_of_their_own():
    one, other = (RunPlaces.of_run("abc", tag) for tag in ("11111111", "22222222"))
    assert one.memory.name == one.disk.name == "daskflow-abc@11111111"
    assert not set(one.both) & set(other.both)
    assert RunPlaces.of_run("abc").memory.name == "daskflow-abc"
