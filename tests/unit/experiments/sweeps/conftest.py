"""Sweeps in tests are not drawn, which takes seconds, but where that is what is tested."""

from __future__ import annotations

import pytest

from daskflow.experiments.sweeps import result

DRAWN = result.drawn


@pytest.fixture(autouse=True)
def draws_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(result, "drawn", lambda folder: [])
