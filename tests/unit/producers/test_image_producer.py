from __future__ import annotations

import pickle
from fractions import Fraction
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from daskflow import BATCH, Flow
from daskflow.consumers import CollectConsumer
from daskflow.core.node import FunctionProcessorNode
from daskflow.producers import ImageProducer, stills
from daskflow.testing import Kill, simulate
from tests.unit.media import context, picture
from tests.unit.producers.recordings import are_equal, rest_of


@pytest.fixture
def path(tmp_path: Path) -> Path:
    cv2.imwrite(str(tmp_path / "v.png"), picture(5))
    return tmp_path / "v.png"


def test_one_file(path: Path) -> None:
    [(frame, metadata)] = rest_of(ImageProducer(path), None)
    np.testing.assert_array_equal(frame, picture(5))
    assert metadata == {
        "source": str(path), "index": 0, "pts": 0, "time_base": Fraction(1, 25), "event_time": 0.0,
        "frame_rate": 25,
    }  # fmt: skip


def test_a_list_several_times(path: Path) -> None:
    grey = np.ascontiguousarray(picture()[:, :, 0])
    producer = ImageProducer([picture(1), str(path), grey], repeat=3, fps=2)
    whole = rest_of(producer, None)
    assert producer.length == len(whole) == 9
    assert [m["source"] for _, m in whole] == ["image 0", str(path), "image 2"] * 3
    assert [m["index"] for _, m in whole] == list(range(9))
    assert [m["event_time"] for _, m in whole] == [n / 2 for n in range(9)]
    np.testing.assert_array_equal(whole[5][0], grey)
    for sequence in range(11):
        assert are_equal(rest_of(producer, sequence), whole[sequence:])


def test_for_ever_and_never(path: Path) -> None:
    assert ImageProducer(path, repeat=None).length is None
    assert len(rest_of(ImageProducer(path, repeat=None), None, 50)) == 50
    assert rest_of(ImageProducer(path, repeat=0), None) == []


def test_a_repeated_file_is_read_once(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    count = []
    monkeypatch.setattr(
        "daskflow.producers.image.read_image",
        lambda *of: (count.append(of), stills.read_image(*of))[1],
    )
    producer, ctx = ImageProducer(path, repeat=20, format="rgb24"), context()
    producer.open()
    frames = [producer.next(ctx) for _ in range(20)]
    assert len(count) == 1
    np.testing.assert_array_equal(frames[19][:, :, ::-1], picture(5))


def test_frames_are_copied_and_contiguous() -> None:
    mirrored = picture(3).copy()[:, ::-1]
    producer = ImageProducer(mirrored)
    mirrored[:] = 0
    [(frame, _)] = rest_of(producer, None)
    assert frame.flags.c_contiguous
    np.testing.assert_array_equal(frame, picture(3)[:, ::-1])
    assert len(pickle.dumps(producer)) < frame.nbytes + 5000


def test_in_a_flow_with_a_kill(path: Path) -> None:
    producer = ImageProducer([path, picture(1)], name="images", repeat=10)
    mean = FunctionProcessorNode(lambda frame: float(frame.mean()), name="mean")(producer)
    flow = Flow([producer], [CollectConsumer(name="collect")(mean)], BATCH)
    result = simulate(flow, [Kill("images", at=7)])
    assert result.missed == ()
    assert result.results("collect") == [float(picture(n).mean()) for n in (5, 1)] * 10


@pytest.mark.parametrize(
    ("images", "error", "message"),
    [
        ([], ValueError, "images is an empty list"),
        (None, TypeError, "images is a path, a frame, or a list of them; got a NoneType"),
        ([3], TypeError, "an image is a path or a frame, got a int"),
        (np.zeros((4, 4, 3)), TypeError, "dtype float64"),
        (np.zeros((4, 4, 4), np.uint8), ValueError, r"shape \(4, 4, 4\)"),
        ("http://u:secret@camera/v.jpg", ValueError, r"http://u:\*\*\*@camera/v.jpg is an address"),
    ],
)
def test_what_is_no_image(images: Any, error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=message):
        ImageProducer(images)
    with pytest.raises(ValueError, match="repeat is not negative"):
        ImageProducer("v.png", repeat=-1)


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    for path, error in ((tmp_path / "absent.png", FileNotFoundError), (tmp_path, IsADirectoryError)):
        with pytest.raises(error, match=str(path)):
            rest_of(ImageProducer(path), None)
