from __future__ import annotations

import pickle
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import supervision as sv

from daskflow.core.context import Context
from daskflow.processors.vision import OnnxDetector
from daskflow.processors.vision.networks.layouts import LAYOUTS
from tests.unit.media import Picture, context
from tests.unit.processors.networks.models import finds_the_bright_rectangle, giving

CELLS = 84  # of a picture of 64×64 pixels
SIZE = (160, 96)


def opened(model: Path, layout: str = "auto", **options: Any) -> OnnxDetector:
    detector: OnnxDetector = pickle.loads(
        pickle.dumps(OnnxDetector(model, layout, name="detector", **options))
    )
    detector.open(context())
    return detector


def found(detector: OnnxDetector, frame: Picture) -> sv.Detections:
    return detector.process(frame, ctx=context())  # type: ignore[no-any-return]


def rectangle(width: int, height: int, box: tuple[int, int, int, int]) -> Picture:
    frame = np.zeros((height, width, 3), np.uint8)
    left, top, right, bottom = box
    frame[top:bottom, left:right] = (40, 255, 90)
    frame.flags.writeable = False
    return frame


BLANK = np.zeros((64, 64, 3), np.uint8)

FRAMES = [  # where pixels of the frame are no smaller than the network's, or the edges lie on the network's
    pytest.param((160, 96), (33, 17, 78, 50), id="the network's own"),
    pytest.param((80, 48), (5, 6, 41, 30), id="half"),
    pytest.param((97, 61), (13, 7, 60, 44), id="odd"),
    pytest.param((61, 89), (20, 3, 41, 80), id="portrait"),
    pytest.param((64, 64), (0, 0, 64, 64), id="all of it"),
    pytest.param((1280, 768), (96, 64, 960, 512), id="eight times"),
    pytest.param((1920, 1080), (120, 240, 1536, 960), id="1080p, a bar above and below"),
    pytest.param((720, 1440), (150, 300, 600, 1350), id="portrait, a bar left and right"),
]


@pytest.mark.parametrize("layout", LAYOUTS)
def test_boxes_are_right_to_the_pixel(tmp_path: Path, layout: str) -> None:
    width, height = SIZE
    model = finds_the_bright_rectangle(tmp_path / "m.onnx", layout, ("batch", 3, height, width), SIZE)
    certain = layout not in ("detr", "detr-sigmoid", "detr-scores", "yolo-end2end")
    detector = opened(model, "auto" if certain else layout)
    frames, boxes = zip(*(param.values for param in FRAMES), strict=True)
    pictures = [rectangle(*size, box) for size, box in zip(frames, boxes, strict=True)]
    for detections, box in zip(detector.process_batch(pictures, context()), boxes, strict=True):
        assert len(detections) == 1
        assert detections.xyxy.dtype == np.float32
        assert np.rint(detections.xyxy[0]).tolist() == list(box)
        assert detections.class_id is not None
        assert detections.class_id.tolist() == [1]
        assert detections.confidence is not None
        assert detections.confidence.dtype == np.float32
        assert detections.confidence[0] == pytest.approx(0.9, abs=1e-5)
    detector.close()


@pytest.mark.parametrize(("size", "box"), FRAMES)
def test_stretched_frames_too(tmp_path: Path, size: tuple[int, int], box: tuple[int, int, int, int]) -> None:
    model = finds_the_bright_rectangle(tmp_path / "m.onnx", "yolov8", ("batch", 3, "h", "w"), (64, 64))
    across, down = size[0] / 64, size[1] / 64
    detector = opened(model, letterbox=False, input_size=64)
    ((left, top, right, bottom),) = found(detector, rectangle(*size, box)).xyxy
    assert abs(left - box[0]) <= across / 2 + 1e-3
    assert abs(right - box[2]) <= across / 2 + 1e-3
    assert abs(top - box[1]) <= down / 2 + 1e-3
    assert abs(bottom - box[3]) <= down / 2 + 1e-3


def test_frames_of_any_shape_and_order_in_memory(tmp_path: Path) -> None:
    model = finds_the_bright_rectangle(tmp_path / "m.onnx", "yolov8", ("batch", 3, 64, 64), (64, 64))
    detector = opened(model)
    frame = rectangle(96, 64, (30, 18, 51, 48))
    for view, box in [
        (frame[:, ::-1], [45, 18, 66, 48]),
        (frame.transpose(1, 0, 2), [18, 30, 48, 51]),
        (frame[::3, ::3], [10, 6, 17, 16]),
        (np.full((1, 1, 3), 255, np.uint8), [0, 0, 1, 1]),
        (np.full((1, 900, 3), 255, np.uint8), [0, 0, 900, 1]),
    ]:
        (found_box,) = found(detector, view).xyxy
        assert np.abs(found_box - box).max() <= max(0.75 * max(view.shape) / 64, 0.01)


def columns(*rows: tuple[float, ...]) -> Any:
    """An output of layout yolov8: a row is centre, width, height and the classes."""
    table = np.zeros((len(rows[0]), CELLS), np.float32)
    table[:, : len(rows)] = np.array(rows).T
    return table


def test_of_overlapping_boxes_the_best_of_each_class_is_kept(tmp_path: Path) -> None:
    one, same, other, apart = (20, 20, 20, 20), (21, 20, 20, 20), (20, 21, 20, 20), (50, 50, 10, 10)
    output = columns(
        (*one, 0.6, 0), (*same, 0.8, 0), (*other, 0, 0.7), (*apart, 0.3, 0.1), (*apart, 0.1, 0.2)
    )
    model = giving(tmp_path / "m.onnx", output)
    kept = found(opened(model), BLANK)
    assert kept.xyxy.tolist() == [[11, 10, 31, 30], [10, 11, 30, 31], [45, 45, 55, 55]]
    assert kept.confidence == pytest.approx([0.8, 0.7, 0.3])
    assert kept.class_id is not None
    assert kept.class_id.tolist() == [0, 1, 0]
    assert len(found(opened(model, class_agnostic=True), BLANK)) == 2
    assert len(found(opened(model, iou=0.95), BLANK)) == 4
    assert len(found(opened(model, confidence=0.15, iou=1), BLANK)) == 5
    assert len(found(opened(model, max_detections=2), BLANK)) == 2
    assert found(opened(model, classes=[1]), BLANK).confidence == pytest.approx([0.7])
    names = opened(model, classes=["cat"], class_names=["dog", "cat"])
    assert found(names, BLANK).data["class_name"].tolist() == ["cat"]
    nothing = found(opened(model, confidence=0.99), BLANK)
    assert nothing.xyxy.shape == (0, 4)
    assert nothing.xyxy.dtype == np.float32


def test_boxes_end_at_the_border_and_those_in_the_bars_go(tmp_path: Path) -> None:
    # a frame of 128×64 lies in rows 16 to 48
    output = columns((32, 32, 60, 100, 0.9), (60, 30, 20, 8, 0.8), (32, 5, 10, 10, 0.7))
    kept = found(opened(giving(tmp_path / "m.onnx", output)), np.zeros((64, 128, 3), np.uint8))
    assert kept.xyxy.tolist() == [[4, 0, 124, 64], [100, 20, 128, 36]]


@pytest.mark.parametrize(
    ("given", "names"),
    [
        (["cat", "dog"], ["dog", "cat"]),
        ({0: "cat", 1: "dog"}, ["dog", "cat"]),
        (None, ["hen", "cow"]),
        ("names.txt", ["frog", "toad"]),
        ("names.json", ["bee", "ant"]),
    ],
)
def test_names_come_from_the_user_or_the_model(
    tmp_path: Path, given: Any, names: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("names.txt").write_text("toad\nfrog\n")
    Path("names.json").write_text('{"0": "ant", "1": "bee"}')
    output = columns((20, 20, 20, 20, 0.1, 0.9), (50, 50, 9, 9, 0.8, 0.1))
    model = giving(Path("m.onnx"), output, names="{0: 'cow', 1: 'hen'}", task="detect")
    detector = OnnxDetector(model, class_names=given)
    monkeypatch.chdir("/")
    detector.open(context())
    assert found(detector, BLANK).data["class_name"].tolist() == names


def test_without_names_there_are_none(tmp_path: Path) -> None:
    model = giving(tmp_path / "m.onnx", columns((20, 20, 20, 20, 0.9)), names="no dict")
    assert "class_name" not in found(opened(model), BLANK).data


def test_a_sparse_dict_of_names_and_layouts_of_unknown_classes(tmp_path: Path) -> None:
    row = [[1, 2, 11, 12, 0.9, 7], [20, 20, 30, 30, 0.8, 3]]
    model = giving(tmp_path / "m.onnx", row)
    detector = opened(model, "yolo-end2end", class_names={7: "owl"})
    assert found(detector, BLANK).data["class_name"].tolist() == ["owl", "3"]


def test_a_sparse_dict_of_names_is_of_as_many_classes_as_there_are(tmp_path: Path) -> None:
    model = giving(tmp_path / "m.onnx", columns((20, 20, 20, 20, 0.1, 0.9, 0), (50, 50, 9, 9, 0.8, 0, 0.1)))
    for layout in ("auto", "yolov8"):
        detector = opened(model, layout, class_names={1: "owl"})
        assert found(detector, BLANK).data["class_name"].tolist() == ["owl", "0"]


@pytest.mark.parametrize(
    ("layout", "output"),
    [
        ("yolov8", np.zeros((6, 0))),
        ("yolov5", np.zeros((0, 7))),
        ("yolo-end2end", np.zeros((0, 6))),
        ("detr-scores", np.zeros((0, 6))),
    ],
)
def test_a_network_that_gives_no_boxes(tmp_path: Path, layout: str, output: Any) -> None:
    nothing = found(opened(giving(tmp_path / "m.onnx", output), layout), BLANK)
    assert nothing.xyxy.shape == (0, 4)
    assert nothing.class_id is not None
    assert nothing.class_id.shape == (0,)


@pytest.mark.parametrize("edge", [np.inf, np.nan])
def test_a_box_without_an_edge_does_not_displace_others(tmp_path: Path, edge: float) -> None:
    output = columns((9, 9, edge, 9, 0.9, 0), (20, 20, 20, 20, 0, 0.8), (50, 50, 10, 10, 0.7, 0))
    kept = found(opened(giving(tmp_path / "m.onnx", output)), BLANK)
    assert kept.confidence == pytest.approx([0.8, 0.7])


@pytest.mark.parametrize("boxes_first", [False, True])
def test_boxes_are_told_from_logits_of_four_classes(tmp_path: Path, boxes_first: bool) -> None:
    boxes, logits = [[0.5, 0.5, 0.25, 0.25]], [[-3.0, -3.0, np.log(9), 0.5]]
    outputs = (boxes, logits) if boxes_first else (logits, boxes)
    kept = found(opened(giving(tmp_path / "m.onnx", *outputs), "detr-sigmoid"), BLANK)
    assert kept.xyxy.tolist() == [[24, 24, 40, 40]]
    assert kept.class_id is not None
    assert kept.class_id.tolist() == [2]


class Counted:
    """A session that says how often, and with how many pictures, it was run."""

    def __init__(self, session: Any) -> None:
        self._session = session
        self.batches: list[int] = []

    def run(self, names: Any, inputs: dict[str, Any]) -> Any:
        self.batches.append(len(inputs["images"]))
        return self._session.run(names, inputs)


@pytest.mark.parametrize(("batch", "runs"), [("batch", [5]), (1, [1] * 5), (2, [2, 2, 2]), (5, [5])])
def test_batches(tmp_path: Path, batch: int | str, runs: list[int]) -> None:
    model = finds_the_bright_rectangle(tmp_path / "m.onnx", "yolov8", (batch, 3, 64, 64), (64, 64))
    detector = opened(model, batch_size=8)
    counted = Counted(detector.network._session)
    detector.network._session = counted
    boxes = [(8 * i, 8, 8 * i + 16, 24) for i in range(5)]
    frames = [rectangle(64 * (1 + i % 2), 64 * (1 + i % 2), box) for i, box in enumerate(boxes)]
    results = detector.process_batch(frames, context())
    assert [np.rint(r.xyxy).tolist() for r in results] == [[list(box)] for box in boxes]
    assert counted.batches == runs


def test_the_input_size_of_the_export_is_used_where_any_will_do(tmp_path: Path) -> None:
    model = giving(tmp_path / "m.onnx", [[0.0] * 6], dims=("n", 3, "h", "w"), imgsz="[96, 160]")
    network = opened(model, "yolo-end2end").network
    assert (network.width, network.height) == (160, 96)
    assert opened(model, "yolo-end2end", input_size=(32, 64)).network.height == 64


def test_threads_are_those_of_the_task(tmp_path: Path) -> None:
    detector = OnnxDetector(giving(tmp_path / "m.onnx", [[0.0] * 6]), "yolo-end2end")
    detector.open(Context("flow", "run", "node", cpu_threads=3))
    assert detector.network._session.get_session_options().intra_op_num_threads == 3
