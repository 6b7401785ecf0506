"""Letterbox and back, crops of detections, masks, mirrors, turns."""

from __future__ import annotations

import pickle
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
import supervision as sv

from daskflow import BATCH, Context, Flow
from daskflow.consumers import CollectConsumer
from daskflow.core.node import ProcessorNode
from daskflow.processors.vision import (
    Cropper,
    DetectionsCropper,
    Flipper,
    Letterbox,
    LetterboxTensor,
    Masker,
    ResizeByFactor,
    Resizer,
    Rotator,
)
from daskflow.scene import Line, Zone
from daskflow.testing import Given, simulate
from tests.unit.media import Picture, context, picture
from tests.unit.processors.scenery import found, masked

LEFT = Zone([(0, 0), (32, 0), (32, 48), (0, 48)])


def made(node: ProcessorNode, *inputs: Any) -> tuple[Picture, dict[str, Any]]:
    """The result, which has to be where the readers look, and what the metadata say."""
    ctx, given = context(), []
    ctx.allocate = lambda shape, dtype: given.append(np.full(shape, 77, dtype)) or given[-1]
    node = pickle.loads(pickle.dumps(node))
    node.open()
    before = inputs[0].copy()
    result = node.process(*inputs, ctx=ctx)
    assert [result is one for one in given] == [True]
    assert result.flags.c_contiguous
    np.testing.assert_array_equal(inputs[0], before)
    return result, ctx.metadata


class TestLetterbox:
    @pytest.mark.parametrize("shape", [(48, 64, 3), (64, 48, 3), (50, 50), (1, 333, 3), (333, 1)])
    @pytest.mark.parametrize("size", [(64, 64), (101, 40), (640, 384)])
    def test_the_whole_picture_between_bars(self, shape: tuple[int, ...], size: tuple[int, int]) -> None:
        frame = np.full(shape, 200, np.uint8)
        result, metadata = made(Letterbox(*size, fill=5), frame)
        assert result.shape == (size[1], size[0], *shape[2:])
        placed = metadata["letterbox"]
        width, height = placed.width, placed.height
        inside = np.zeros(result.shape[:2], bool)
        inside[placed.top : placed.top + height, placed.left : placed.left + width] = True
        assert (result[inside] == 200).all()
        assert (result[~inside] == 5).all()
        assert width == size[0] or height == size[1]
        assert size[0] - width - 2 * placed.left in (0, 1)
        assert size[1] - height - 2 * placed.top in (0, 1)

    def test_boxes_come_back(self) -> None:
        frame = np.zeros((480, 640, 3), np.uint8)
        frame[100:200, 50:150] = 255
        result, metadata = made(Letterbox(320, 320, fill=0), frame)
        y, x = (result[..., 0] > 127).nonzero()
        found = np.array([[x.min(), y.min(), x.max() + 1, y.max() + 1]])
        back = metadata["letterbox"].boxes_in_frame(found)
        np.testing.assert_allclose(back, [[50, 100, 150, 200]], atol=2)
        assert back.dtype == np.float32
        assert metadata["letterbox"].boxes_in_frame(np.empty((0, 4))).shape == (0, 4)

    @pytest.mark.parametrize("shape", [(480, 640, 3), (97, 150, 3), (33, 500, 3)])
    def test_has_the_geometry_of_the_tensor(self, shape: tuple[int, ...]) -> None:
        frame = np.random.default_rng(0).integers(0, 256, shape, dtype=np.uint8)
        image, metadata = made(Letterbox(96, 64), frame)
        ctx = context()
        tensor = LetterboxTensor(96, 64).process(frame, ctx)
        assert ctx.metadata["letterbox"] == metadata["letterbox"]
        np.testing.assert_allclose(image[..., ::-1].transpose(2, 0, 1) / 255, tensor[0], atol=1e-6)

    def test_the_way_back_travels(self) -> None:
        _, metadata = made(Letterbox(64, 64), picture())
        fit = pickle.loads(pickle.dumps(metadata["letterbox"]))
        assert (fit.scale, fit.left, fit.top) == ((1.0, 1.0), 0, 8)


class TestDetectionsCropper:
    def crops(self, boxes: sv.Detections, **options: Any) -> tuple[list[Picture], list[Any]]:
        ctx = context()
        crops = DetectionsCropper(**options).process(picture(), boxes, ctx=ctx)
        return crops, ctx.metadata["crops"]

    def test_are_parts_of_the_frame_and_say_which(self) -> None:
        boxes = found((10, 8, 30, 20), (0.5, 0.5, 4.2, 9), (50, 30, 99, 99), (70, 0, 80, 9), (5, 5, 5, 9))
        crops, places = self.crops(boxes)
        assert [crop.shape[:2] for crop in crops] == [(12, 20), (9, 5), (18, 14)]
        assert places == [(0, 10, 8), (1, 0, 0), (2, 50, 30)]
        for crop, place in zip(crops, places, strict=True):
            height, width = crop.shape[:2]
            part = picture()[place.top : place.top + height, place.left : place.left + width]
            np.testing.assert_array_equal(crop, part)
            assert crop.flags.c_contiguous
            assert not np.shares_memory(crop, part)

    def test_padding_and_least_size(self) -> None:
        crops, places = self.crops(found((10, 8, 30, 28), (0, 0, 6, 40)), padding=0.5, min_size=15)
        assert [crop.shape[:2] for crop in crops] == [(38, 40)]
        assert places == [(0, 0, 0)]
        crops, places = self.crops(found((10, 8, 30, 28), (20, 0, 40, 40)), min_size=20)
        assert [place.detection for place in places] == [0, 1]

    def test_nothing_found_is_no_crop(self) -> None:
        assert self.crops(sv.Detections.empty()) == ([], [])
        broken = found((10, 8, 30, 28))
        broken.xyxy[0, 0] = np.nan
        assert self.crops(broken) == ([], [])

    def test_grey_and_wrong(self) -> None:
        crops = DetectionsCropper().process(picture()[..., 0], found((1, 2, 3, 5)), ctx=context())
        assert crops[0].shape == (3, 2)
        with pytest.raises(TypeError, match=r"takes supervision\.Detections"):
            DetectionsCropper().process(picture(), [1, 2], ctx=context())


class TestMasker:
    def test_zones(self) -> None:
        result, _ = made(Masker([LEFT], fill=9), picture())
        np.testing.assert_array_equal(result[:, :32], picture()[:, :32])
        assert (result[:, 33:] == 9).all()
        result, _ = made(Masker([LEFT], keep="outside"), picture())
        np.testing.assert_array_equal(result[:, 33:], picture()[:, 33:])
        assert (result[:, :32] == 0).all()

    def test_a_picture_from_a_file_of_any_size(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        image = np.zeros((96, 128), np.uint8)
        image[:, 64:] = 255
        cv2.imwrite(str(tmp_path / "mask.png"), image)
        monkeypatch.chdir(tmp_path)
        node = Masker(image="mask.png")
        monkeypatch.chdir("/")
        for mask in (node, Masker(image=image), Masker(image=np.dstack([image] * 3))):
            result, _ = made(mask, picture())
            np.testing.assert_array_equal(result[:, 32:], picture()[:, 32:])
            assert not result[:, :32].any()

    def test_files_that_are_no_pictures(self, tmp_path: Path) -> None:
        with pytest.raises(FileNotFoundError):
            Masker(image=tmp_path / "absent.png").open()
        for content in (b"", b"text"):
            (tmp_path / "text").write_bytes(content)
            with pytest.raises(ValueError, match="no picture"):
                Masker(image=tmp_path / "text").open()

    def test_detections_by_mask_or_box(self) -> None:
        result, _ = made(Masker(), picture(), found((10, 8, 30, 28)))
        inside = np.zeros((48, 64), bool)
        inside[8:28, 10:30] = True
        np.testing.assert_array_equal(result, picture() * inside[..., None])
        result, _ = made(Masker(), picture(), masked(48, 64))
        np.testing.assert_array_equal(result, picture() * masked(48, 64).mask[0][..., None])
        both, _ = made(Masker([LEFT]), picture(), found((40, 8, 50, 28)))
        assert both[8:28, 40:50].any()
        assert both[:, :32].any()
        only_zone, _ = made(Masker([LEFT]), picture(), sv.Detections.empty())
        np.testing.assert_array_equal(only_zone, made(Masker([LEFT]), picture())[0])

    def test_the_region_of_earlier_detections_is_forgotten(self) -> None:
        node = Masker([LEFT])
        node.process(picture(), found((40, 8, 50, 28)))
        assert not node.process(picture(), sv.Detections.empty())[:, 33:].any()

    def test_grey_and_wrong(self) -> None:
        assert made(Masker([LEFT]), picture()[..., 0].copy())[0].shape == (48, 64)
        with pytest.raises(ValueError, match="no region"):
            Masker().process(picture())
        with pytest.raises(ValueError, match="masks of the frame's size"):
            Masker().process(picture(), masked(24, 32))


@pytest.mark.parametrize("frame", [picture(), picture()[..., 0].copy(), picture(width=1, height=5)])
def test_mirrors_and_turns(frame: Picture) -> None:
    np.testing.assert_array_equal(made(Flipper(), frame)[0], frame[:, ::-1])
    np.testing.assert_array_equal(made(Flipper("vertical"), frame)[0], frame[::-1])
    np.testing.assert_array_equal(made(Flipper("both"), frame)[0], frame[::-1, ::-1])
    for degrees, quarters in ((90, -1), (180, 2), (270, 1)):
        np.testing.assert_array_equal(made(Rotator(degrees), frame)[0], np.rot90(frame, quarters))


def test_by_a_factor() -> None:
    assert made(ResizeByFactor(0.5), picture())[0].shape == (24, 32, 3)
    assert made(ResizeByFactor(2.5), picture()[..., 0].copy())[0].shape == (120, 160)
    assert made(ResizeByFactor(0.001), picture())[0].shape == (1, 1, 3)


@pytest.mark.parametrize(
    ("make", "error", "says"),
    [
        (lambda: Letterbox(0, 5), ValueError, "at least 1"),
        (lambda: Resizer(320.0, 240), TypeError, "width is a whole number of pixels, got 320.0"),
        (lambda: Letterbox(320, "a"), TypeError, "height is a whole number of pixels, got 'a'"),
        (lambda: LetterboxTensor(True, 5), TypeError, "width is a whole number"),
        (lambda: LetterboxTensor(mean=0.5), ValueError, "of red, green and blue"),
        (lambda: LetterboxTensor(mean=(0, 0), std=(1, 1)), ValueError, "of red, green and blue"),
        (lambda: Cropper(1, 2.5, 3, 4), TypeError, "top is a whole number"),
        (lambda: ResizeByFactor(0), ValueError, "factor is above 0"),
        (lambda: ResizeByFactor(2, "cubic"), ValueError, "nearest, bilinear, area"),
        (lambda: Flipper("left"), ValueError, "horizontal, vertical, both"),
        (lambda: Rotator(45), ValueError, "90, 180 or 270"),
        (lambda: Masker(keep="left"), ValueError, "'inside' or 'outside'"),
        (lambda: Masker([Line((0, 0), (1, 1))]), TypeError, "Zone"),
        (lambda: Masker(fill=300), ValueError, "fill"),
        (lambda: DetectionsCropper(padding=-1), ValueError, "padding"),
        (lambda: DetectionsCropper(min_size=1.5), TypeError, "min_size is a whole number"),
        (lambda: DetectionsCropper(min_size=0), ValueError, "min_size"),
    ],
)
def test_options_that_make_no_sense(make: Any, error: type[Exception], says: str) -> None:
    with pytest.raises(error, match=says):
        make()


@pytest.mark.parametrize("node", [Cropper, Letterbox, Masker, Flipper, Rotator, DetectionsCropper])
def test_work_of_the_cpu(node: type[ProcessorNode]) -> None:
    assert node.devices == ("cpu",)


def test_crops_travel_with_their_places() -> None:
    class Named(ProcessorNode):
        def process(self, crops: list[Picture], ctx: Context) -> list[tuple[Any, ...]]:
            places = ctx.metadata["crops"]
            return [
                (place.detection, crop.shape, int(crop.sum()))
                for crop, place in zip(crops, places, strict=True)
            ]

    frame = picture(width=400, height=300)
    frames = Given([frame] * 3, name="frames")
    boxes = Given(
        [found((10, 8, 300, 200), (0, 0, 4, 9)), sv.Detections.empty(), found((1, 1, 9, 9))], name="boxes"
    )
    named = Named()(DetectionsCropper(nb_tasks=2)(frames, boxes))
    result = simulate(Flow([frames, boxes], [CollectConsumer(name="c")(named)], BATCH))
    assert result.results("c") == [
        [(0, (192, 290, 3), int(frame[8:200, 10:300].sum())), (1, (9, 4, 3), int(frame[:9, :4].sum()))],
        [],
        [(0, (8, 8, 3), int(frame[1:9, 1:9].sum()))],
    ]
