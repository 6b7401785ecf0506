from __future__ import annotations

import pickle
from typing import Any

import numpy as np
import pytest
import supervision as sv

from daskflow.processors.vision import BoundingBoxAnnotator
from tests.unit.media import Picture


def frame() -> Picture:
    image = np.full((120, 160, 3), 40, np.uint8)
    image.flags.writeable = False
    return image


def detections(**more: Any) -> sv.Detections:
    return sv.Detections(xyxy=np.array([[20, 40, 60, 100], [90, 40, 130, 100]], np.float32), **more)


def test_draws_boxes_on_a_copy() -> None:
    image = frame()
    annotated = BoundingBoxAnnotator().process(image, detections(class_id=np.array([0, 0])))
    assert annotated is not image
    assert not np.shares_memory(annotated, image)
    assert (image == 40).all()
    assert annotated.shape == image.shape
    assert annotated.dtype == np.uint8
    assert annotated.flags.writeable
    assert annotated.flags.c_contiguous
    drawn = (annotated != 40).any(axis=2)
    assert drawn[40, 20:61].all()
    assert drawn[40:101, 60].all()
    assert not drawn[50:90, 30:50].any()


def test_nothing_found_is_a_plain_copy() -> None:
    image = frame()
    for labels in (False, True):
        annotated = BoundingBoxAnnotator(labels=labels).process(image, sv.Detections.empty())
        assert annotated is not image
        assert not np.shares_memory(annotated, image)
        assert (annotated == 40).all()


@pytest.mark.parametrize("labels", [False, True])
@pytest.mark.parametrize(
    "more",
    [
        {},
        {"class_id": np.array([0, 1])},
        {"tracker_id": np.array([7, 8])},
        {"confidence": np.array([0.5, 0.6])},
        {"class_id": np.array([0, 1]), "data": {"class_name": np.array(["dog", "cat"])}},
    ],
)
def test_whatever_is_known_of_them(more: dict[str, Any], labels: bool) -> None:
    annotated = BoundingBoxAnnotator(labels=labels).process(frame(), detections(**more))
    assert (annotated != 40).any()


def test_colour_goes_by_track_before_class() -> None:
    same_class = np.array([0, 0])
    by_class = BoundingBoxAnnotator().process(frame(), detections(class_id=same_class))
    assert (by_class[70, 20] == by_class[70, 90]).all()
    by_track = BoundingBoxAnnotator().process(
        frame(), detections(class_id=same_class, tracker_id=np.array([1, 2]))
    )
    assert (by_track[70, 20] != by_track[70, 90]).any()


def test_labels_add_something_above_the_box() -> None:
    found = detections(class_id=np.array([0, 0]), confidence=np.array([0.5, 0.5]))
    with_labels = BoundingBoxAnnotator(labels=True).process(frame(), found)
    without = BoundingBoxAnnotator().process(frame(), found)
    assert (without[25:37] == 40).all()
    assert (with_labels[25:37] != 40).any()


def test_thickness() -> None:
    thin = BoundingBoxAnnotator(thickness=1).process(frame(), detections())
    thick = BoundingBoxAnnotator(thickness=5).process(frame(), detections())
    assert (thick != 40).sum() > 2 * (thin != 40).sum()
    with pytest.raises(ValueError, match="thickness"):
        BoundingBoxAnnotator(thickness=0)


def test_refuses_swapped_inputs_by_name() -> None:
    node = BoundingBoxAnnotator(name="boxes")
    with pytest.raises(TypeError, match=r"boxes takes frames.*got Detections"):
        node.process(detections(), frame())
    with pytest.raises(TypeError, match=r"boxes takes supervision.Detections; got list"):
        node.process(frame(), [[1, 2, 3, 4]])


def test_options_and_journey_to_a_worker() -> None:
    node = BoundingBoxAnnotator(labels=True, nb_tasks=3, name="boxes", queue_size=2)
    assert (node.nb_tasks, node.name, node.queue_size) == (3, "boxes", 2)
    copy = pickle.loads(pickle.dumps(node))
    np.testing.assert_array_equal(copy.process(frame(), detections()), node.process(frame(), detections()))
