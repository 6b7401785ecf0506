"""Looking at edges whose frames are on a GPU, over a real socket."""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
import pytest

from daskflow.runtime import previews
from daskflow.transport.pictures import Shown
from daskflow.transport.service import LedgerService
from tests.cluster.nodes import Frames
from tests.unit.runtime import test_gpu_task
from tests.unit.runtime.test_gpu_task import (
    COUNT,
    SHAPE,
    AddsOne,
    Notes,
    Together,
    kinds,
    numbers,
    on_gpu,
    rig,
)

__all__ = ["rig"]

seen: dict[int, Shown] = {}


class Watched(LedgerService):
    """Somebody looks whenever there is something to say."""

    def flush(self) -> None:
        super().flush()
        shown, _ = self.pictures.look("a", "b")
        self.ask_for_picture("a", "b")
        if shown is not None:
            seen[shown.number] = shown


@pytest.fixture(autouse=True)
def watched(monkeypatch: pytest.MonkeyPatch) -> None:
    previews._maker.load()
    seen.clear()
    monkeypatch.setattr(test_gpu_task, "LedgerService", Watched)


@pytest.mark.parametrize("kind", [AddsOne, Together])
def test_a_frame_on_the_device_is_brought_over_for_who_looks(rig: Any, kind: type) -> None:
    source = Frames(COUNT, SHAPE)
    options = {"batch_size": 4, "max_wait_s": 0.05} if kind is Together else {}
    second = on_gpu(kind, "b", **options)(on_gpu(AddsOne, "a")(source))
    if kind is Together:
        second = on_gpu(test_gpu_task.First, "c")(second)
    Notes()(second)
    ledger = rig.run(source)
    assert ledger.failure is None
    assert numbers() == [i + 2 for i in range(COUNT)]
    assert kinds("b") & {test_gpu_task.DeviceArray, 4}  # it was on the device
    assert ledger.slots_in_use == 0
    assert seen
    for number, shown in seen.items():
        image = cv2.imdecode(np.frombuffer(shown.jpeg, np.uint8), cv2.IMREAD_COLOR).astype(int)
        assert image.shape == SHAPE
        assert abs(image - (number + 1)).max() < 4
