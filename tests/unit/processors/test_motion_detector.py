from __future__ import annotations

import pickle
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

from daskflow.processors.vision import MotionDetector
from daskflow.producers import VideofileReader
from daskflow.scene import Zone
from tests.unit.media import PEDESTRIANS, Picture, context


def street(height: int = 240, width: int = 320, walker: tuple[int, int, int, int] | None = None) -> Picture:
    """Noise-free grey ground, with a bright box (left, top, right, bottom) if one is given."""
    image = np.full((height, width, 3), 90, np.uint8)
    if walker:
        left, top, right, bottom = walker
        image[top:bottom, left:right] = (30, 200, 220)
    image.flags.writeable = False
    return image


def opened(**options: Any) -> MotionDetector:
    detector: MotionDetector = pickle.loads(pickle.dumps(MotionDetector(**options)))
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
    box = (800, 400, 920, 760)
    (found,) = found_by(street(1080, 1920, box))
    assert np.abs(np.subtract(found, box)).max() <= 9


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


def found_by(image: Picture, **options: Any) -> list[list[float]]:
    """The boxes in `image`, after five frames of an empty street of its size."""
    detector = opened(warm_up_frames=4, **options)
    for _ in range(5):
        detector.process(street(*image.shape[:2]))
    boxes: list[list[float]] = np.round(detector.process(image).xyxy).tolist()
    return boxes


def test_nearest_neighbours() -> None:
    box = (50, 60, 80, 140)
    (found,) = found_by(street(walker=box), algorithm="KNN")
    assert np.abs(np.subtract(found, box)).max() <= 3
    faint = street(walker=box).copy()
    faint[60:140, 50:80] = 110  # 20 grey levels brighter
    assert found_by(faint, algorithm="knn")
    assert not found_by(faint, algorithm="knn", dist2_threshold=2000)


def test_shadows_may_be_part_of_the_box() -> None:
    image = street(walker=(100, 60, 130, 140)).copy()
    image[130:140, 130:200] = 60
    (found,) = found_by(image, detect_shadows=False)
    assert found[2] == pytest.approx(200, abs=3)


def test_morphology_may_be_changed_or_left_out() -> None:
    in_two = street().copy()
    in_two[60:100, 100:130] = in_two[106:140, 100:130] = 240
    assert len(found_by(in_two)) == 1
    assert len(found_by(in_two, closing=None)) == 2
    assert len(found_by(in_two, closing=(3, 3))) == 2
    specks = street().copy()
    specks[60:140:4, 100:130:4] = 240
    assert found_by(specks, closing=(9, 9)) == []
    assert len(found_by(specks, opening=None, closing=(9, 9))) == 1


def test_where_nothing_matters() -> None:
    tree = Zone(((0, 0), (320, 0), (320, 480), (0, 480)))  # the left half
    image = street(480, 640).copy()
    image[120:280, 100:160] = image[120:280, 400:460] = 240
    (found,) = found_by(image, ignore=[tree])
    assert np.abs(np.subtract(found, (400, 120, 460, 280))).max() <= 5
    assert len(found_by(image)) == 2
    assert found_by(image, ignore=Zone(((0, 0), (640, 0), (640, 480), (0, 480)))) == []


def test_without_reduction_boxes_are_as_fine_as_the_frame() -> None:
    box = (300, 150, 361, 331)
    for lines, off in ((None, 3), (100, 20)):
        (found,) = found_by(street(600, 800, box), lines=lines)
        assert np.abs(np.subtract(found, box)).max() <= off


@pytest.mark.parametrize(
    ("options", "error", "says"),
    [
        ({"min_area": -0.1}, ValueError, "area"),
        ({"max_area": 2}, ValueError, "area"),
        ({"min_area": 0.5, "max_area": 0.1}, ValueError, "area"),
        ({"history": 0}, ValueError, "history"),
        ({"algorithm": "gmg"}, ValueError, "algorithm is mog2 or knn, got 'gmg'"),
        ({"var_threshold": 0}, ValueError, "thresholds are above 0"),
        ({"lines": 0}, ValueError, "lines is at least 1"),
        ({"opening": (3,)}, ValueError, "opening is width and height"),
        ({"closing": (3, 0)}, ValueError, "closing is width and height"),
        ({"opening": 3}, ValueError, "opening is width and height in pixels, or None, got 3"),
        ({"opening": (3, 2.5)}, TypeError, "opening is a whole number of pixels"),
        ({"history": 12.5}, TypeError, "history is a whole number of frames"),
        ({"lines": 240.0}, TypeError, "lines is a whole number"),
        ({"warm_up_frames": None}, TypeError, "warm_up_frames is a whole number"),
        ({"ignore": [((0, 0), (1, 0), (1, 1))]}, TypeError, "ignored zones are daskflow.scene.Zone objects"),
    ],
)
def test_arguments(options: dict[str, Any], error: type[Exception], says: str) -> None:
    with pytest.raises(error, match=says):
        MotionDetector(**options)


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
