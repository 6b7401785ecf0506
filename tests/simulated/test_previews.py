"""Somebody looks at a flow while it runs: at joins, batches and consumers, through kills, or not at all."""

from __future__ import annotations

from collections import Counter
from typing import Any

import cv2
import numpy as np
import pytest
import supervision as sv

import daskflow.testing.run
from daskflow import BATCH, BatchProcessorNode, ConsumerNode, Flow, OneTaskProcessorNode, ProcessorNode
from daskflow.consumers import CollectConsumer
from daskflow.processors.vision import thumbnail
from daskflow.runtime import previews
from daskflow.testing import Given, Kill, simulate
from daskflow.testing.link import Link
from daskflow.testing.simulation import Simulation
from daskflow.transport import wire
from daskflow.transport.pictures import AT_MOST_EVERY_S, Shown

COUNT = 40
SHAPE = 200, 300, 3
Edge = tuple[str, str]


class Finds(OneTaskProcessorNode):
    """One thing in each frame, always in the same place."""

    def process(self, frame: np.ndarray) -> sv.Detections:
        return sv.Detections(xyxy=np.array([[40.0, 40.0, 120.0, 120.0]]))


class Darkens(ProcessorNode):
    """Looks at a join; in place, which nobody else may notice."""

    writable_inputs = True

    def process(self, frame: np.ndarray, found: sv.Detections) -> np.ndarray:
        assert (frame == frame[0, 0]).all(), "somebody has drawn on it"
        frame //= 2
        return frame


class Together(BatchProcessorNode):
    def process_batch(self, frames: list[np.ndarray]) -> list[int]:
        return [int(frame[0, 0, 0]) for frame in frames]


class Ends(ConsumerNode):
    def consume(self, frame: np.ndarray, found: sv.Detections) -> None:
        assert (frame == frame[0, 0]).all()


def brightness(number: int) -> int:
    return 40 + 4 * number


def flow() -> Flow:
    source = Given([np.full(SHAPE, brightness(i), np.uint8) for i in range(COUNT)], name="source")
    finds = Finds(name="finds")(source)
    darkens = Darkens(name="darkens", nb_tasks=2)(source, finds)
    together = Together(batch_size=4, max_wait_s=0.3, name="together")(darkens)
    ends = Ends(name="ends")(source, finds)
    return Flow([source], [CollectConsumer(name="collect")(together), ends], BATCH, queue_size=8)


EDGES = [
    ("source", "finds"), ("source", "darkens"), ("finds", "darkens"), ("darkens", "together"),
    ("together", "collect"), ("source", "ends"),
]  # fmt: skip
IN_FRAMES = [("source", "finds"), ("source", "darkens"), ("darkens", "together"), ("source", "ends")]


class Audience:
    """What was seen of each edge, and what was sent for it."""

    def __init__(self, edges: list[Edge]) -> None:
        self.edges = edges
        self.pictures: dict[Edge, dict[int, Shown]] = {edge: {} for edge in edges}
        self.reasons: dict[Edge, set[str]] = {edge: set() for edge in edges}
        self.sent: Counter[str] = Counter()

    def watches(self, monkeypatch: pytest.MonkeyPatch) -> Audience:
        """Have the next simulations watched."""
        audience, tell, send = self, Link.tell, Link.send

        class Watched(Simulation):
            def run(self) -> None:
                self.agenda.after(0.0, self.look)
                super().run()

            def look(self) -> None:
                for edge in audience.edges:
                    shown, why_not = self.service.pictures.look(*edge)
                    self.service.ask_for_picture(*edge)
                    audience.reasons[edge] |= {why_not} - {""}
                    if shown is not None:
                        audience.pictures[edge][shown.number] = shown
                if self.final is None and self.agenda.now_s < 60:
                    self.agenda.after(AT_MOST_EVERY_S / 2, self.look)

        def noted_tell(link: Link, frame: list[Any]) -> None:
            audience.sent["asked"] += frame[0] == wire.SHOW
            tell(link, frame)

        def noted_send(link: Link, frame: list[Any]) -> None:
            audience.sent["answered"] += frame[0] == wire.PICTURE
            send(link, frame)

        monkeypatch.setattr(daskflow.testing.run, "Simulation", Watched)
        monkeypatch.setattr(Link, "tell", noted_tell)
        monkeypatch.setattr(Link, "send", noted_send)
        return self


@pytest.fixture(autouse=True)
def loaded() -> None:
    previews._maker.load()  # it would be, in a thread: too soon or late for what the seed says


def run(seed: int = 0, *faults: Any) -> list[Any]:
    call_s = {"source": 0.05, "darkens": 0.08}
    return simulate(flow(), faults, seed=seed, call_s=call_s).results("collect")


def pixels(shown: Shown) -> np.ndarray:
    return cv2.imdecode(np.frombuffer(shown.jpeg, np.uint8), cv2.IMREAD_COLOR).astype(int)


UNWATCHED = [brightness(i) // 2 for i in range(COUNT)]


def test_nothing_is_asked_sent_or_made_while_nobody_looks(monkeypatch) -> None:
    audience = Audience([]).watches(monkeypatch)
    for place, name in ((previews.Previews, "ask"), (previews.Previews, "show"), (thumbnail, "thumbnail")):
        monkeypatch.setattr(place, name, None)  # to call it would fail the run
    assert run() == UNWATCHED
    assert audience.sent == {"asked": 0, "answered": 0}


@pytest.mark.parametrize("seed", range(2))
def test_who_looks_sees_every_edge_and_changes_nothing(monkeypatch, seed: int) -> None:
    audience = Audience(EDGES).watches(monkeypatch)
    assert run(seed) == UNWATCHED
    for edge in IN_FRAMES:
        assert len(audience.pictures[edge]) >= 3
        for number, shown in audience.pictures[edge].items():
            image = pixels(shown)
            assert image.shape == SHAPE
            halved = 2 if edge == ("darkens", "together") else 1
            assert abs(image[180, 280] - brightness(number) // halved).max() < 4
            has_box = np.ptp(image[38:43, 60], axis=1).max() > 40
            assert has_box == (edge[1] in ("darkens", "ends"))
    assert audience.reasons["finds", "darkens"] == {"the message is no picture, but a Detections"}
    assert audience.reasons["together", "collect"] == {"the message is no picture, but a int"}
    assert 0 < audience.sent["answered"] <= audience.sent["asked"]


@pytest.mark.parametrize("point", ["lease", "process", "commit"])
def test_kills_lose_a_picture_at_most(monkeypatch, point: Any) -> None:
    audience = Audience(EDGES).watches(monkeypatch)
    faults = [Kill("darkens", at=at, point=point) for at in (8, 9, 20)] + [Kill("ends", at=15, point=point)]
    assert run(1, *faults) == UNWATCHED
    assert all(max(audience.pictures[edge]) > 25 for edge in IN_FRAMES)


def test_an_error_in_making_pictures_does_not_touch_the_run(monkeypatch) -> None:
    def fail(*_: Any) -> None:
        raise MemoryError("no room")

    audience = Audience(EDGES).watches(monkeypatch)
    monkeypatch.setattr(previews._maker, "_thumbnail", fail)
    assert run() == UNWATCHED
    assert audience.reasons["source", "ends"] == {"MemoryError: no room"}
