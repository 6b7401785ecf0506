"""What is hidden, how well, and that nothing that was asked for is left to be seen."""

from __future__ import annotations

import numpy as np
import pytest
import supervision as sv

from daskflow.processors.vision import RegionBlurrer
from daskflow.scene import Zone
from tests.unit.media import Picture, context, noise
from tests.unit.processors.scenery import changed, found, masked

BOX = (100.0, 60.0, 160.0, 180.0)


def scene() -> Picture:
    image = noise(0, width=320, height=240)
    image.flags.writeable = False
    return image


@pytest.mark.parametrize("method", ["pixelate", "blur", "fill"])
def test_hides_the_box_and_its_margin_and_nothing_else(method: str) -> None:
    frame = scene()
    drawn = changed(RegionBlurrer(method, margin=0.1).process(frame, found(BOX), ctx=context()), frame)
    assert drawn[48:192, 94:166].mean() > 0.98  # noise may be its own mean
    drawn[48:192, 94:166] = False
    assert not drawn.any()
    assert not changed(RegionBlurrer(method).process(frame, sv.Detections.empty()), frame).any()


@pytest.mark.parametrize("method", ["pixelate", "blur"])
@pytest.mark.parametrize("size", [(8, 8), (60, 120), (110, 90), (3, 100)])
@pytest.mark.parametrize("cells", [1, 6])
def test_what_is_left_is_the_means_of_few_cells_at_any_size(
    method: str, size: tuple[int, int], cells: int
) -> None:
    """From all that is left there is no more to be known than from so many numbers, whatever was there."""
    height, width = size
    box = found((10, 5, 10 + width, 5 + height))
    hidden = RegionBlurrer(method, cells=cells, margin=0).process(scene(), box)[
        5 : 5 + height, 10 : 10 + width
    ]
    flat = hidden[..., 0].astype(np.float64)
    assert np.linalg.matrix_rank(flat, tol=flat.max()) <= cells
    longest = max(len(np.unique(hidden[:, 0], axis=0)), len(np.unique(hidden[0], axis=0)))
    if method == "pixelate":
        assert longest <= min(cells, max(1, max(size) // 3))


def test_a_texture_that_is_only_in_the_details_is_gone() -> None:
    stripes = np.zeros((240, 320, 3), np.uint8)
    stripes[:, ::2] = 255
    other = 255 - stripes
    for method in ("pixelate", "blur", "fill"):
        node = RegionBlurrer(method, margin=0)
        one, two = (node.process(f, found(BOX))[60:180, 100:160].astype(int) for f in (stripes, other))
        assert np.abs(one - two).max() <= 2


def test_zones_need_no_detections() -> None:
    zone = Zone([(20, 20), (120, 20), (20, 120)])
    frame = scene()
    drawn = changed(RegionBlurrer("fill", zones=[zone]).process(frame), frame)
    assert drawn[25:60, 25:60].mean() > 0.98
    assert not drawn[90:, 90:].any()
    both = changed(
        RegionBlurrer("fill", zones=[zone], margin=0).process(frame, found((200, 200, 240, 240))), frame
    )
    assert both[25:60, 25:60].mean() > 0.98
    assert both[200:, 200:240].mean() > 0.98
    with pytest.raises(ValueError, match="nothing to hide"):
        RegionBlurrer().process(frame)


def test_masks_and_not_the_rest_of_their_boxes() -> None:
    frame, detections = scene(), masked()
    detections.mask[0, 60:80, 80:100] = False
    drawn = changed(RegionBlurrer("fill", use_masks=True).process(frame, detections), frame)
    assert drawn[detections.mask[0]].mean() > 0.98
    assert not drawn[~detections.mask[0]].any()
    with pytest.raises(ValueError, match="boxes only"):
        RegionBlurrer(use_masks=True).process(frame, found())


def test_at_the_edges_and_outside() -> None:
    frame = scene()
    boxes = found((-50, -50, 30, 30), (300, 220, 400, 400), (-90, 0, -50, 50), (50, 50, 50, 50))
    drawn = changed(RegionBlurrer("fill").process(frame, boxes), frame)
    assert drawn[:30, :30].mean() > 0.98
    assert drawn[220:, 300:].mean() > 0.98


def test_a_box_that_is_none_is_an_error_and_not_passed_over() -> None:
    boxes = found((10, 10, 20, 20))
    for left in (np.nan, 30):
        boxes.xyxy[0, 0] = left
        with pytest.raises(ValueError, match="in this order, which are finite"):
            RegionBlurrer(name="privacy").process(scene(), boxes)


def test_options_that_make_no_sense() -> None:
    for options, says in (
        ({"method": "smear"}, "pixelate, blur, fill"),
        ({"cells": 0}, "cells"),
        ({"margin": -1}, "margin"),
    ):
        with pytest.raises(ValueError, match=says):
            RegionBlurrer(**options)
    with pytest.raises(TypeError, match="Zone"):
        RegionBlurrer(zones=[(1, 2)])
    with pytest.raises(TypeError, match="cells is a whole number"):
        RegionBlurrer(cells=2.5)
