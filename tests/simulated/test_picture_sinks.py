"""Sinks for pictures at the end of whole flows."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from daskflow import BATCH, Flow, ProcessorNode, ProducerNode
from daskflow.consumers import EventClipWriter, HlsWriter, ImageFolderWriter
from daskflow.core.context import Context
from daskflow.scene import Event
from daskflow.testing import simulate
from tests.unit.media import picture, read_video


class Pictures(ProducerNode):
    """Ten pictures a second."""

    def __init__(self, count: int, **options: Any) -> None:
        super().__init__(**options)
        self.length = count
        self._given = 0

    def next(self, ctx: Context) -> Any:
        if self._given == self.length:
            raise StopIteration
        ctx.metadata.update(event_time=self._given / 10, index=self._given, frame_rate=10)
        self._given += 1
        return picture(self._given - 1)


class Alarm(ProcessorNode):
    def process(self, frame: Any, ctx: Context) -> Any:
        return Event("alarm", "alarm", ctx.sequence_number) if ctx.sequence_number == 25 else None


def test_a_clip_of_what_replicas_found(tmp_path: Path) -> None:
    source = Pictures(60)
    clips = EventClipWriter(tmp_path, 1, 1)(source, Alarm(nb_tasks=2)(source))
    simulate(Flow([source], [clips], BATCH), seed=3)
    said = json.loads((tmp_path / "00000025-alarm.json").read_text())
    pictures, _, _ = read_video(tmp_path / "00000025-alarm.mp4")
    at = round(said["events"][0]["at_s"] * 10)
    assert len(pictures) == said["frames"] == at + 11
    assert np.abs(pictures[at].astype(int) - picture(25)).mean() < 6


@pytest.mark.parametrize("sink", [ImageFolderWriter, HlsWriter])
def test_nodes_whose_loss_is_made_good(tmp_path: Path, sink: Any) -> None:
    assert sink(tmp_path).resumable
    source = Pictures(12)
    simulate(Flow([source], [sink(tmp_path)(source)], BATCH), seed=1)
    assert len(list(tmp_path.iterdir())) == (12 if sink is ImageFolderWriter else 2)
