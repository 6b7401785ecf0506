"""Small pictures for who looks at a flow."""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
import pytest
import supervision as sv

from daskflow.processors.vision.thumbnail import LONGEST_SIDE, MOST_BOXES, thumbnail, warm_up
from tests.unit.transport.device_double import FakeDevice, FakeMemory


def ramp(*shape: int) -> np.ndarray:
    """Brighter to the right, as any picture of it must be, and read-only like an input."""
    row = np.linspace(0, 255, shape[1]).astype(np.uint8)
    picture = np.broadcast_to(row.reshape(1, -1, *[1] * (len(shape) - 2)), shape).copy()
    picture.flags.writeable = False
    return picture


def seen(picture: Any, *others: Any) -> np.ndarray:
    small = thumbnail(picture, others)
    image = cv2.imdecode(np.frombuffer(small.jpeg, np.uint8), cv2.IMREAD_UNCHANGED)
    assert image.shape[:2] == (small.height, small.width)
    assert max(small.width, small.height) <= LONGEST_SIDE
    return image


@pytest.mark.parametrize(
    ("shape", "wanted"),
    [
        ((576, 768, 3), (360, 480, 3)),
        ((576, 768), (360, 480)),
        ((1920, 1080, 3), (480, 270, 3)),
        ((2160, 3840, 3), (270, 480, 3)),
        ((100, 60, 3), (100, 60, 3)),
        ((1, 1), (1, 1)),
        ((1, 3, 3), (1, 3, 3)),
        ((2, 50_000), (1, 480)),
    ],
)
def test_it_is_small_and_the_same_scene(shape: tuple[int, ...], wanted: tuple[int, ...]) -> None:
    picture = ramp(*shape)
    before = picture.copy()
    image = seen(picture)
    assert image.shape == wanted
    if wanted[1] > 50:
        for part in (0.1, 0.5, 0.9):
            assert abs(int(image[0, int(part * wanted[1])].max()) - 255 * part) < 12
    assert (picture == before).all()


def test_parts_of_frames_and_turned_ones_are_pictures_too() -> None:
    whole = ramp(600, 800, 3)
    assert seen(whole[100:400, 200:500]).shape == (300, 300, 3)
    assert seen(whole[:, ::-1]).shape == (360, 480, 3)
    assert int(seen(whole[:, ::-1])[0, 0, 0]) > 240
    assert seen(whole.transpose(1, 0, 2)).shape == (480, 360, 3)
    assert seen(whole[:, :, 0]).shape == (360, 480)


def test_a_mask_is_black_and_white() -> None:
    mask = np.zeros((600, 900), bool)
    mask[:, 450:] = True
    image = seen(mask)
    assert (image[0, 10], image[0, -10]) == (0, 255)
    assert seen(mask[:, ::-1])[0, 10] == 255


def test_a_picture_on_a_gpu_is_brought_over_in_part() -> None:
    memory = FakeMemory(FakeDevice())
    picture = memory.put(ramp(2160, 3840, 3))
    copied: list[int] = []
    part = picture[::4, ::4]
    picture.__class__.__getitem__, original = lambda self, key: part, picture.__class__.__getitem__
    try:
        part.get = lambda out: copied.append(out.nbytes) or type(part).get(part, out)
        assert seen(picture).shape == (270, 480, 3)
    finally:
        picture.__class__.__getitem__ = original
    assert copied == [540 * 960 * 3]


def boxes(*xyxy: tuple[float, ...], **known: Any) -> sv.Detections:
    return sv.Detections(xyxy=np.array(xyxy, np.float32).reshape(-1, 4), **known)


def is_drawn(image: np.ndarray, x: int, y: int) -> bool:
    """Whether something with a colour is near a place of a grey picture."""
    near = image[max(0, y - 2) : y + 3, max(0, x - 2) : x + 3].astype(int)
    return bool((near.max(axis=2) - near.min(axis=2)).max() > 60)


def test_boxes_are_where_they_were_in_the_frame() -> None:
    for picture in (ramp(960, 1920), ramp(960, 1920, 3)):
        image = seen(picture, boxes((400, 400, 800, 800)), "something else", None)
        assert [is_drawn(image, *place) for place in [(100, 150), (200, 150), (150, 100), (150, 200)]] == [
            True
        ] * 4
        assert not is_drawn(image, 150, 150)
        assert not is_drawn(image, 300, 150)


def test_names_and_tracks_are_written_above_them() -> None:
    known = {"tracker_id": np.array([7]), "class_id": np.array([0])}
    plain = seen(ramp(400, 400), boxes((50, 200, 350, 350)))
    numbered = seen(ramp(400, 400), boxes((50, 200, 350, 350), **known))
    named = seen(
        ramp(400, 400), boxes((50, 200, 350, 350), **known, data={"class_name": np.array(["a person"])})
    )
    widths = [
        (np.ptp(image[185:196].astype(int), axis=2) > 60).any(axis=0).sum()
        for image in (plain, numbered, named)
    ]
    assert widths[0] == 0
    assert 5 < widths[1] < widths[2] < 200


def test_no_boxes_strange_boxes_and_very_many() -> None:
    grey = ramp(400, 400)
    assert seen(grey, sv.Detections.empty()).ndim == 2
    strange = boxes((-1e9, -1e9, 1e9, 1e9), (50, 50, 50, 50), (900, 900, 950, 950))
    assert seen(grey, strange).shape == (400, 400, 3)
    masks = np.ones((3, 400, 400), bool)
    assert seen(grey, boxes(*[(5, 5, 50, 50)] * 3, mask=masks)).shape == (400, 400, 3)
    first, last = [(10, 10, 100, 100)] * MOST_BOXES, [(200, 200, 300, 300)] * 3
    image = seen(grey, boxes(*first, *last))
    assert is_drawn(image, 10, 50)
    assert not is_drawn(image, 200, 250)


def test_detections_are_not_changed() -> None:
    detections = boxes((-500, 10, 5000, 300), tracker_id=np.array([1]))
    detections.xyxy.flags.writeable = False
    seen(ramp(1000, 1000), detections)
    assert detections.xyxy.tolist() == [[-500, 10, 5000, 300]]


def test_it_can_be_warmed_up() -> None:
    warm_up()
