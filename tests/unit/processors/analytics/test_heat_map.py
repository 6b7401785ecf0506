from __future__ import annotations

import pickle
from typing import Any

import numpy as np
import pytest
import supervision as sv

from daskflow.processors.vision import HeatMap
from tests.unit.processors.analytics.steps import context, opened, standing, taken_up

SHAPE = (120, 160)


def picture(*shape: int) -> np.ndarray[Any, Any]:
    return np.zeros(shape, np.uint8)


def test_as_the_library_adds_up() -> None:
    random = np.random.default_rng(1)
    node = opened(HeatMap(SHAPE, radius=9))
    library = sv.HeatMapAnnotator(radius=9, kernel_size=None)
    for i in range(20):
        detections = standing({number: tuple(random.uniform(-20, 180, 2)) for number in range(4)})
        library.annotate(picture(*SHAPE, 3), detections)
        heat = node.process(detections, ctx=context(i))
    assert (heat.dtype, heat.shape, heat.flags.c_contiguous) == (np.float32, SHAPE, True)
    np.testing.assert_array_equal(heat, library.heat_mask)
    assert heat.max() > 1


def test_a_disc_at_the_feet() -> None:
    heat = opened(HeatMap(SHAPE, radius=5)).process(standing({1: (80, 60)}), ctx=context())
    assert heat[60, 80] == heat[60, 85] == heat[65, 80] == 1
    assert heat[60, 86] == heat[40, 80] == 0
    head = opened(HeatMap(SHAPE, radius=5, anchor="top_center"))
    assert head.process(standing({1: (80, 60)}), ctx=context())[20, 80] == 1


def test_shape_is_that_of_the_frame() -> None:
    node = opened(HeatMap())
    assert node.process(standing({1: (8, 6)}), picture(48, 64, 3), ctx=context()).max() == 1
    assert node.process(standing({1: (8, 6)}), picture(48, 64), ctx=context(1)).max() == 2
    other = node.process(standing({1: (8, 6)}), picture(60, 80, 3), ctx=context(2))
    assert (other.shape, other.max()) == ((60, 80), 1)
    with pytest.raises(ValueError, match=r"needs the frames as its second parent, or shape="):
        node.process(standing({}), ctx=context())


def test_heat_fades_by_the_clock() -> None:
    node = opened(HeatMap(SHAPE, half_life_s=2))
    node.process(standing({1: (80, 60)}), ctx=context(0))
    assert node.process(standing({}), ctx=context(20)).max() == pytest.approx(0.5)
    assert node.process(standing({}), ctx=context(40)).max() == pytest.approx(0.25)
    assert node.process(standing({}), ctx=context(0)).max() == pytest.approx(0.25)  # set back


def test_a_map_that_was_given_does_not_change() -> None:
    node = opened(HeatMap(SHAPE))
    first = node.process(standing({1: (80, 60)}), ctx=context(0))
    node.process(standing({1: (80, 60)}), ctx=context(1))
    assert first.max() == 1


def test_boxes_out_of_this_world() -> None:
    wild = sv.Detections(xyxy=np.array([[1e30] * 4, [-1e12] * 4], np.float32))
    assert opened(HeatMap(SHAPE)).process(wild, ctx=context()).max() == 0


@pytest.mark.parametrize("lost_at", range(5))
def test_another_process_goes_on(lost_at: int) -> None:
    node, places = HeatMap(SHAPE, half_life_s=1), [(i * 20.0, 60.0) for i in range(6)]
    first = opened(node)
    maps = []
    for i, place in enumerate(places):
        if i == lost_at:
            successor = taken_up(first, node)
        maps.append(first.process(standing({1: place}), ctx=context(i)))
    for i in range(lost_at, 6):
        given = successor.process(standing({1: places[i]}), ctx=context(i))
        np.testing.assert_array_equal(given, maps[i])


def test_a_state_whose_arrays_are_read_only_will_do() -> None:
    node = opened(HeatMap(SHAPE))
    node.process(standing({1: (80, 60)}), ctx=context())
    heat, time_s = pickle.loads(pickle.dumps(node.snapshot()))
    heat.flags.writeable = False
    node.restore((heat, time_s))
    assert node.process(standing({1: (80, 60)}), ctx=context(1)).max() == 2


def test_of_masks_there_may_be_none() -> None:
    mask = np.zeros((1, *SHAPE), bool)
    mask[0, 30:51, 70:91] = True
    one = sv.Detections(xyxy=np.array([[0.0, 0, 100, 100]]), mask=mask)
    node = opened(HeatMap(SHAPE, radius=0, anchor="center_of_mass"))
    for detections in (sv.Detections.empty(), one, sv.Detections.empty()):
        heat = node.process(detections, ctx=context())
    assert np.argwhere(heat).tolist() == [[40, 80]]


@pytest.mark.parametrize(
    ("options", "error", "says"),
    [
        ({"shape": (120,)}, ValueError, "shape is height and width"),
        ({"shape": (120, 0)}, ValueError, "shape is height and width"),
        ({"shape": 120}, ValueError, "shape is height and width in pixels, got 120"),
        ({"shape": (120, 1.5)}, TypeError, "shape is a whole number"),
        ({"radius": -1}, ValueError, "radius is at least 0"),
        ({"radius": 1.5}, TypeError, "radius is a whole number"),
        ({"anchor": "feet"}, ValueError, "an anchor is one of"),
        ({"half_life_s": 0}, ValueError, "half_life_s is above 0"),
    ],
)
def test_arguments(options: dict[str, Any], error: type[Exception], says: str) -> None:
    with pytest.raises(error, match=says):
        HeatMap(**options)


def test_order_of_parents() -> None:
    with pytest.raises(TypeError, match=r"heat takes supervision.Detections; got ndarray"):
        opened(HeatMap(name="heat")).process(picture(4, 4, 3), standing({}), ctx=context())  # type: ignore
