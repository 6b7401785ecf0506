"""Environment variables on a worker that is somebody else's."""

from __future__ import annotations

import os

from daskflow.runtime.environment import environment


def test_they_are_set_and_afterwards_as_they_were(monkeypatch):
    monkeypatch.setenv("KNOWN", "before")
    monkeypatch.delenv("UNKNOWN", raising=False)
    with environment({"KNOWN": "1", "UNKNOWN": "2"}):
        assert (os.environ["KNOWN"], os.environ["UNKNOWN"]) == ("1", "2")
    assert os.environ["KNOWN"] == "before"
    assert "UNKNOWN" not in os.environ


def test_what_somebody_else_has_set_meanwhile_stays(monkeypatch):
    monkeypatch.setenv("KNOWN", "before")
    with environment({"KNOWN": "1"}):
        os.environ["KNOWN"] = "2"
    assert os.environ["KNOWN"] == "2"
