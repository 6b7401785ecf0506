from __future__ import annotations

import pickle
from collections.abc import Iterator

import numpy as np
import pytest

from daskflow.processors.vision import MotionDetector
from daskflow.producers import VideofileReader
from tests.unit.media import PEDESTRIANS, Picture, context


def street(height: int = 240, width: int = 320, walker: tuple[int, int, int, int] | None = None) -> Picture:
    """Noise-free grey ground, with a bright box (left, top, right, bottom) if one is given."""
    image = np.full((height, width, 3), 90, np.uint8)
    if walker:
        left, top, right, bottom = walker
        image[top:bottom, left:right] = (30, 200, 220)
    image.flags.writeable = False
    return image


def opened(**options: float) -> MotionDetector:
    detector: MotionDetector = pickle.loads(pickle.dumps(MotionDetector(**options)))  # type: ignore[arg-type]
    detector.open()
    return detector


def test_box_around_what_moves() -> None:
    detector = opened()
    for _ in range(20):
        assert len(detector.process(street())) == 0
    for step in range(5):
        box = (50 + step * 10, 60, 80 + step * 10, 140)
        found = detector.process(street(walker=box))
        assert len(found) == 1
        assert np.abs(found.xyxy[0] - box).max() <= 3
        assert found.xyxy.dtype == np.float32
        assert found.confidence is not None
        assert found.class_id is not None
        assert found.confidence[0] > 0.9
        assert found.class_id.tolist() == [0]


def test_two_things_are_two_boxes() -> None:
    detector = opened()
    for _ in range(20):
        detector.process(street())
    image = street(walker=(40, 60, 70, 140)).copy()
    image[60:140, 200:230] = 250
    assert len(detector.process(image)) == 2


def test_shadow_is_not_part_of_the_box() -> None:
    detector = opened()
    for _ in range(20):
        detector.process(street())
    image = street(walker=(100, 60, 130, 140)).copy()
    image[130:140, 130:200] = 60  # two thirds as bright, and of the same colour
    found = detector.process(image)
    assert len(found) == 1
    assert found.xyxy[0][2] < 140


def test_warm_up_gives_empty_detections() -> None:
    counts = []
    for warm_up_frames in (10, 20):
        detector = opened(warm_up_frames=warm_up_frames)
        for _ in range(10):
            detector.process(street())
        walks = [(20 * i, 60, 20 * i + 30, 140) for i in range(1, 13)]
        counts.append([len(detector.process(street(walker=walk))) for walk in walks])
    assert counts == [[1] * 12, [0] * 10 + [1] * 2]


def test_limits_of_area() -> None:
    small, large = (100, 100, 108, 108), (0, 0, 300, 200)
    for box in (small, large):
        detector = opened()
        for _ in range(20):
            detector.process(street())
        assert len(detector.process(street(walker=box))) == 0
    detector = opened(min_area=0, max_area=1)
    for _ in range(20):
        detector.process(street())
    assert len(detector.process(street(walker=small))) == 1


def test_change_of_resolution_starts_anew() -> None:
    detector = opened(warm_up_frames=10)
    for _ in range(20):
        detector.process(street())
    for _ in range(10):
        assert len(detector.process(street(480, 640))) == 0
    assert len(detector.process(street(480, 640, (300, 100, 360, 260)))) == 1
    assert len(detector.process(street())) == 0
    assert len(detector.process(street(walker=(50, 60, 80, 140)))) == 0  # learns again


def test_boxes_of_a_large_frame_are_in_its_pixels() -> None:
    detector = opened()
    for _ in range(20):
        detector.process(street(1080, 1920))
    box = (800, 400, 920, 760)
    found = detector.process(street(1080, 1920, box))
    assert len(found) == 1
    assert np.abs(found.xyxy[0] - box).max() <= 9


def test_grey_frames() -> None:
    detector = opened()
    for _ in range(20):
        detector.process(street()[..., 0])
    assert len(detector.process(street(walker=(50, 60, 80, 140))[..., 1])) == 1


def test_open_forgets() -> None:
    detector = opened()
    for _ in range(20):
        detector.process(street())
    detector.close()
    detector.open()
    assert len(detector.process(street(walker=(50, 60, 80, 140)))) == 0


@pytest.mark.parametrize(
    "options",
    [{"min_area": -0.1}, {"max_area": 2}, {"min_area": 0.5, "max_area": 0.1}, {"history": 0}],
)
def test_arguments(options: dict[str, float]) -> None:
    with pytest.raises(ValueError, match=r"area|history"):
        MotionDetector(**options)  # type: ignore[arg-type]


def test_no_frame_is_refused_by_name() -> None:
    detector = MotionDetector(name="motion")
    detector.open()
    with pytest.raises(TypeError, match=r"motion takes frames.*got float"):
        detector.process(1.0)  # type: ignore[arg-type]


def test_people_of_the_sample() -> None:
    detector = opened()
    found = [detector.process(frame) for frame in _frames(60)]
    assert all(len(detections) == 0 for detections in found[:15])
    counts = [len(detections) for detections in found[30:]]
    assert 3 <= sum(counts) / len(counts) <= 6  # four to five people walk there
    for detections in found[30:]:
        width, height = (detections.xyxy[:, 2:] - detections.xyxy[:, :2]).T
        assert np.median(height / width) > 1.3  # people are upright
        assert detections.xyxy.min() >= 0
        assert (detections.xyxy <= [768, 576, 768, 576]).all()


def _frames(count: int) -> Iterator[Picture]:
    reader = VideofileReader(PEDESTRIANS, max_frames=count)
    reader.open(context())
    for _ in range(count):
        yield reader.next(context())
    reader.close()
