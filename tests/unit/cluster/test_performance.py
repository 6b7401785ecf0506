"""Dask's report is asked for once its tasks have ended, and a run ends also without it."""

from __future__ import annotations

import contextlib
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from daskflow import BATCH, Flow
from daskflow.cluster import performance
from daskflow.consumers import VoidConsumer
from daskflow.producers import IntProducer


class Report:
    """Stands for Dask's, and cannot be written."""

    def __init__(self, filename: str, mode: str) -> None:
        self.filename = filename

    def __enter__(self) -> None: ...

    async def __aexit__(self, *error: Any, code: str) -> None: ...


class Client:
    """Stands for a client whose scheduler is gone."""

    asked = 0

    def as_current(self) -> contextlib.AbstractContextManager[None]:
        return contextlib.nullcontext()

    def sync(self, function: Any, *arguments: Any, code: str, callback_timeout: float) -> None:
        self.asked += 1
        raise OSError("the scheduler is gone")


class Task(SimpleNamespace):
    """Ends when it was looked at for the third time."""

    looks = 0

    @property
    def status(self) -> str:
        self.looks += 1
        return "finished" if self.looks >= 3 else "pending"


def test_what_fails_is_logged_and_no_more(caplog, monkeypatch) -> None:
    monkeypatch.setattr(performance, "performance_report", Report)
    client, task = Client(), Task()
    write = performance.begin_report(client, Path("run.html"), "flow yard", [task])
    assert client.asked == 0
    write()
    assert (client.asked, task.looks) == (1, 3)
    assert "there is no performance report at run.html" in caplog.text


@pytest.mark.parametrize("path", ["nowhere/run.html", "."])
def test_a_file_that_cannot_be_written_is_refused_before_anything_starts(path: str, tmp_path: Path) -> None:
    source = IntProducer(0, 3)
    flow = Flow([source], [VoidConsumer()(source)], BATCH)
    with pytest.raises(OSError, match=r"performance_report cannot be written \((No such|Is a)") as caught:
        flow.run(performance_report=tmp_path / path)
    assert caught.value.filename == str(tmp_path / path)
    assert not flow.is_running
