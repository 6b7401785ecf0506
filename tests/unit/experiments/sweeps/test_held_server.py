"""One fork server for the trials of a sweep, as long as it is the one that each would start."""

from __future__ import annotations

import os

import pytest

from daskflow.experiments.sweeps import held_server
from daskflow.experiments.sweeps.held_server import HeldServer
from tests.unit.experiments.sweeps.flows import build


class Server:
    """Stands in for `ForkServer`."""

    said: list[str]

    def __init__(self, preloads: list[str]) -> None:
        self.said.append("start " + preloads[-1])

    def release(self) -> None:
        self.said.append("release")


@pytest.fixture
def said(monkeypatch) -> list[str]:
    monkeypatch.setattr(held_server, "ForkServer", Server)
    monkeypatch.setattr(held_server, "preloads_for", lambda nodes: [f"of {len(nodes)}"])
    monkeypatch.setattr(Server, "said", [], raising=False)
    return Server.said


def test_flows_of_the_same_kind_share_it(said):
    server = HeldServer()
    for _ in range(3):
        server.serve(build())
    server.close()
    server.close()
    assert said == ["start of 3", "release"]


def test_what_workers_take_from_it_must_be_as_it_is_now(said, monkeypatch):
    server = HeldServer()
    server.serve(build(1))
    server.serve(build(2))
    monkeypatch.setenv("BY_BUILD", "1")
    server.serve(build(2))
    monkeypatch.setattr(os, "sched_getaffinity", lambda pid: {7})
    server.serve(build(2))
    server.serve(build(2))
    assert said == ["start of 3", *["release", "start of 4"] * 3]


def test_one_that_did_not_start_is_not_held(said, monkeypatch):
    server = HeldServer()
    server.serve(build(1))
    monkeypatch.setattr(Server, "__init__", lambda self, preloads: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        server.serve(build(2))
    server.close()
    assert said == ["start of 3", "release"]
