"""Tiles through replicas and back: the round trip is exact, and what is missing costs its frame alone."""

from __future__ import annotations

import logging
import pickle
from typing import Any

import numpy as np
import pytest
import supervision as sv

from daskflow import BATCH, REALTIME, SKIP, Context, Flow, FunctionProcessorNode, ProcessorNode
from daskflow.consumers import CollectConsumer
from daskflow.processors.vision import BoundingBoxAnnotator, TileDetectionsJoiner, TileJoiner
from daskflow.producers import TileReader
from daskflow.scene import Tile, tiles_of
from daskflow.testing import Fail, Given, Kill, simulate
from tests.unit.media import Picture, context, noise, picture

FRAMES = [noise(i, width=203, height=151) for i in range(8)]


class WhoAmI(ProcessorNode):
    """Gives the inverse of a tile, and the metadata of the frame beside what it says itself."""

    def process(self, tile: Picture, ctx: Context) -> Picture:
        ctx.metadata["by"] = "replica"
        return 255 - tile


class Metadata(ProcessorNode):
    def process(self, frame: Picture, ctx: Context) -> tuple[Picture, dict[str, Any], int | None]:
        return frame, dict(ctx.metadata), ctx.sequence_number


def round_trip(columns: int = 3, rows: int = 2, overlap: int = 10, mode: str = BATCH, **options: Any) -> Flow:
    tiles = TileReader(Given(FRAMES), columns, rows, overlap, name="tiles")
    work = WhoAmI(nb_tasks=3, name="work", **options)(tiles)
    joined = TileJoiner(name="joined", snapshot_every=5)(work)
    return Flow([tiles], [CollectConsumer(name="collect")(Metadata()(joined))], mode)


class TestRoundTrip:
    @pytest.mark.parametrize("seed", range(2))
    def test_is_exact_behind_replicas(self, seed: int) -> None:
        result = simulate(round_trip(), seed=seed)
        frames = result.results("collect")
        assert len(frames) == len(FRAMES)
        for i, (frame, metadata, number) in enumerate(frames):
            np.testing.assert_array_equal(frame, 255 - FRAMES[i])
            assert number == i * 6 + 5  # that of its last tile
            assert "tile" not in metadata
            assert metadata["by"] == "replica"
            assert "incomplete_frames" not in metadata

    @pytest.mark.parametrize(
        "faults",
        [
            [Kill("joined", at=33), Kill("joined", at=41, point="commit")],
            [Kill("tiles", at=32), Kill("tiles", at=45, point="commit")],
            [Kill("work", at=20), Kill("work", at=41, point="lease")],
        ],
    )
    def test_is_exact_when_processes_die(self, faults: list[Kill]) -> None:
        result = simulate(round_trip(), faults, seed=1)
        assert result.missed == ()
        assert result.restarts == len(faults)
        for i, (frame, _, number) in enumerate(result.results("collect")):
            np.testing.assert_array_equal(frame, 255 - FRAMES[i])
            assert number == i * 6 + 5
        assert len(result.results("collect")) == len(FRAMES)

    def test_a_frame_of_which_a_tile_failed_is_left_out(self) -> None:
        result = simulate(round_trip(on_error="skip"), [Fail("work", at=4 * 6 + 2, error=ValueError("x"))])
        frames = result.results("collect")
        assert [number // 6 for _, _, number in frames] == [0, 1, 2, 3, 5, 6, 7]
        assert [said.get("incomplete_frames") for _, said, _ in frames] == [None] * 4 + [1] * 3

    def test_realtime_gives_whole_frames_or_none(self) -> None:
        result = simulate(
            round_trip(mode=REALTIME, queue_size=7),
            call_s={"tiles": 0.01, "work": 0.036, "collect": 0.0},
            seed=2,
        )
        frames = result.results("collect")
        assert 0 < len(frames) < len(FRAMES)
        assert frames[-1][1]["incomplete_frames"] > 0
        for frame, _, number in frames:
            np.testing.assert_array_equal(frame, 255 - FRAMES[number // 6])

    def test_detections_meet_their_frame(self) -> None:
        def squares(tile: Picture) -> sv.Detections:
            y, x = (tile[..., 2] == 255).nonzero()
            if not len(x):
                return sv.Detections.empty()
            return sv.Detections(
                xyxy=np.array([[x.min(), y.min(), x.max() + 1, y.max() + 1]], np.float32),
                confidence=np.ones(1, np.float32),
                class_id=np.zeros(1, int),
            )

        frames = [picture(i) for i in range(12)]  # a red square, 16 pixels wide, that moves
        tiles = TileReader(Given(frames), columns=2, rows=2, overlap=16)
        found = TileDetectionsJoiner()(FunctionProcessorNode(squares, nb_tasks=3)(tiles))
        whole = TileJoiner()(tiles)
        boxes = CollectConsumer(name="boxes")(found)
        drawn = CollectConsumer(name="drawn")(BoundingBoxAnnotator()(whole, found))
        result = simulate(Flow([tiles], [boxes, drawn], BATCH), seed=3)
        lefts = [i * 4 % 48 for i in range(12)]
        expected = [[[left, 8, left + 16, 24]] for left in lefts]
        assert [d.xyxy.tolist() for d in result.results("boxes")] == expected
        assert len(result.results("drawn")) == 12


def fed(node: Any, *messages: tuple[Tile, Any], **metadata: Any) -> list[Any]:
    """What the node gives for what came of tiles; and what goes with it, where it is not `SKIP`."""
    results = []
    for tile, value in messages:
        ctx = context(tile=tile, **metadata)
        result = node.process(value, ctx=ctx)
        results.append(SKIP if result is SKIP else (result, ctx.metadata))
    return results


def parts(
    frame: Any, number: int = 0, columns: int = 2, rows: int = 2, overlap: int = 4
) -> list[tuple[Tile, Any]]:
    tiles = tiles_of(number, frame.shape[1], frame.shape[0], columns, rows, overlap)
    return [(t, frame[t.top : t.top + t.height, t.left : t.left + t.width]) for t in tiles]


class TestTileJoiner:
    @pytest.mark.parametrize("size", [(64, 48), (65, 47), (3, 5), (1, 1)])
    @pytest.mark.parametrize(("columns", "rows", "overlap"), [(1, 1, 0), (2, 2, 0), (3, 4, 7), (5, 1, 100)])
    def test_is_the_inverse(self, size: tuple[int, int], columns: int, rows: int, overlap: int) -> None:
        frame = noise(1, width=size[0], height=size[1])
        node = TileJoiner()
        node.open()
        for number in range(2):
            results = fed(node, *parts(frame, number, columns, rows, overlap))
            assert results[:-1] == [SKIP] * (columns * rows - 1)
            np.testing.assert_array_equal(results[-1][0], frame)

    @pytest.mark.parametrize("times", [1, 2, 3])
    def test_takes_other_pictures_of_the_same_places(self, times: int) -> None:
        frame = np.random.default_rng(0).random((30, 41)).astype(np.float32)
        large = frame.repeat(times, axis=0).repeat(times, axis=1)
        tiles = [(t, p.repeat(times, axis=0).repeat(times, axis=1)) for t, p in parts(frame)]
        result = fed(TileJoiner(), *tiles)[-1][0]
        assert result.dtype == np.float32
        np.testing.assert_array_equal(result, large)

    def test_the_overlap_is_cut_in_the_middle(self) -> None:
        frame = np.zeros((4, 20), np.uint8)
        tiles = [(t, np.full_like(p, t.index + 1)) for t, p in parts(frame, columns=2, rows=1, overlap=6)]
        assert (tiles[0][0].width, tiles[1][0].left) == (13, 7)
        assert fed(TileJoiner(), *tiles)[-1][0][0].tolist() == [1] * 10 + [2] * 10

    def test_metadata_are_the_frames(self) -> None:
        node = TileJoiner()
        messages = parts(picture())
        fed(node, messages[0], production_time=1.0, source="x")
        (result,) = fed(node, *messages[1:], production_time=2.0, source="x")[2:]
        assert result[1] == {"production_time": 1.0, "source": "x", "frame_number": 0}

    @pytest.mark.parametrize("missing", range(4))
    def test_gives_up_a_frame_that_is_not_whole(self, missing: int, caplog: pytest.LogCaptureFixture) -> None:
        node = TileJoiner()
        node.open()
        for number in range(50):
            incomplete = parts(picture(number), number)
            del incomplete[missing]
            assert fed(node, *incomplete) == [SKIP] * 3
            assert len(node.snapshot()[0]) <= 3
        with caplog.at_level(logging.WARNING):
            results = fed(node, *parts(picture(99), 99))
        np.testing.assert_array_equal(results[-1][0], picture(99))
        assert results[-1][1]["incomplete_frames"] == 50

    def test_takes_the_last_of_the_same_place_where_one_is_missing(self) -> None:
        node = TileJoiner(missing="last")
        node.open()
        assert fed(node, *parts(noise(0), 0)[1:]) == [SKIP] * 3  # the first was never seen
        whole = fed(node, *parts(noise(1), 1))[-1][0]
        np.testing.assert_array_equal(whole, noise(1))
        some = parts(noise(2), 2)
        (mixed, said) = fed(node, some[0], some[2], some[3])[-1]
        assert said == {"frame_number": 2, "stale_tiles": 1, "incomplete_frames": 1}
        left, top, right, bottom = some[1][0].own
        expected = noise(2)
        expected[top:bottom, left:right] = noise(1)[top:bottom, left:right]
        np.testing.assert_array_equal(mixed, expected)

    def test_the_end_of_a_frame_without_its_last_tile_is_known_by_the_next(self) -> None:
        node = TileJoiner(missing="last")
        fed(node, *parts(noise(0), 0))
        assert fed(node, *parts(noise(1), 1)[:3], production_time=1.0) == [SKIP] * 3
        first, *_, last = parts(noise(2), 2)
        ((frame, said),) = fed(node, first, production_time=2.0)
        assert said == {"frame_number": 1, "stale_tiles": 1, "production_time": 1.0}
        np.testing.assert_array_equal(frame[:20, :30], noise(1)[:20, :30])
        (newest,) = fed(node, parts(noise(3), 3)[-1])
        np.testing.assert_array_equal(newest[0][-20:, -30:], noise(3)[-20:, -30:])
        assert fed(node, last)[0][1] == {"frame_number": 2, "stale_tiles": 3}

    def test_a_frame_is_given_though_the_next_one_cannot_be(self) -> None:
        node = TileJoiner(missing="last")
        fed(node, *parts(noise(0), 0))
        fed(node, *parts(noise(1), 1)[:3])
        ((frame, _),) = fed(node, parts(noise(2, width=80), 2)[-1])
        np.testing.assert_array_equal(frame[:20], noise(1)[:20])

    def test_tiles_of_another_size_are_not_mixed(self) -> None:
        node = TileJoiner(missing="last")
        fed(node, *parts(noise(0), 0))
        assert fed(node, *parts(noise(1, width=80), 1)[1:]) == [SKIP] * 3
        assert len(node.snapshot()[1]) == 3

    def test_says_once_that_frames_are_given_up(self, caplog: pytest.LogCaptureFixture) -> None:
        node = TileJoiner()
        for number in range(5):
            fed(node, *parts(picture(), number)[:2])
        assert [record.message[:59] for record in caplog.records] == [
            "frame 0 is given up: of its 4 tiles only 2 came. So are oth"
        ]

    def test_another_process_goes_on_in_the_middle(self) -> None:
        one, other = TileJoiner(), TileJoiner()
        other.open()
        messages = parts(picture(3))
        fed(one, *messages[:3], source="x")
        other.restore(pickle.loads(pickle.dumps(one.snapshot())))
        (result,) = fed(other, messages[3])
        np.testing.assert_array_equal(result[0], picture(3))
        assert result[1] == {"source": "x", "frame_number": 0}

    def test_what_failed_may_be_tried_again_or_left_out(self) -> None:
        node = TileJoiner(name="node")
        node.open()
        *others, (tile, part) = parts(picture())
        fed(node, *others)
        for _ in range(2):  # an error that stays is one each time, and not a frame that is not whole
            with pytest.raises(ValueError, match="joins pictures of one kind"):
                fed(node, (tile, part[..., 0]))
        np.testing.assert_array_equal(fed(node, (tile, part))[0][0], picture())
        fed(node, *others)
        with pytest.raises(ValueError, match="joins pictures of one kind"):
            fed(node, (tile, part[..., 0]))
        ((whole, said),) = fed(node, *parts(picture(1), 1))[3:]
        np.testing.assert_array_equal(whole, picture(1))
        assert said == {"frame_number": 1}

    def test_refuses_what_does_not_fit_by_name(self) -> None:
        tile, part = parts(picture())[0]
        with pytest.raises(ValueError, match=r"^node joins what came of tiles.*TileReader"):
            TileJoiner(name="node").process(part, ctx=context())
        for value, says in ((part[1:], "none of 26×34"), (part[None], "shape"), (part[:0], "shape")):
            with pytest.raises(ValueError, match=says):
                fed(TileJoiner(name="node"), (tile, value))
        with pytest.raises(TypeError, match="got list"):
            fed(TileJoiner(), (tile, [1]))
        mixed = [(t, p if t.index else p[..., 0]) for t, p in parts(picture())]
        with pytest.raises(ValueError, match=r"joins pictures of one kind: of tile 0 came \(26, 34\)"):
            fed(TileJoiner(), *mixed)


class TestTileDetectionsJoiner:
    SIZE = 200, 100

    def joined(self, *found: list[tuple[float, ...]], columns: int = 2, **options: Any) -> sv.Detections:
        """Of tiles side by side that share 40 pixels, boxes with their confidence, in pixels of the tile."""
        tiles = tiles_of(0, *self.SIZE, columns, 1, 40)
        messages = []
        for tile, rows in zip(tiles, found, strict=True):
            values = np.array(rows, np.float32).reshape(-1, 5)
            detections = sv.Detections(
                xyxy=values[:, :4], confidence=values[:, 4], class_id=np.zeros(len(values), int)
            )
            messages.append((tile, detections if len(rows) else sv.Detections.empty()))
        return fed(TileDetectionsJoiner(**options), *messages)[-1][0]

    def test_boxes_are_moved_into_the_frame(self) -> None:
        found = self.joined([(10, 20, 30, 40, 0.9)], [(60, 20, 90, 40, 0.8)])  # the second tile begins at 80
        assert found.xyxy.tolist() == [[10, 20, 30, 40], [140, 20, 170, 40]]
        assert found.xyxy.dtype == np.float32
        assert found.confidence.tolist() == pytest.approx([0.9, 0.8])

    def test_what_two_tiles_have_found_is_one(self) -> None:
        twice = [(85, 20, 105, 60, 0.9)], [(5, 20, 25, 60, 0.8)]
        for duplicates in ("merge", "nms"):
            found = self.joined(*twice, duplicates=duplicates)
            assert found.xyxy.tolist() == [[85, 20, 105, 60]]
            assert found.confidence.dtype == np.float32
        assert len(self.joined(*twice, duplicates="none")) == 2

    def test_a_part_gives_way_to_the_whole(self) -> None:
        cut_off = [(100, 20, 120, 60, 0.9)], [(20, 20, 60, 60, 0.8)]  # 100 to 120, and 100 to 140
        assert self.joined(*cut_off).xyxy.tolist() == [[100, 20, 140, 60]]
        assert self.joined(*cut_off, duplicates="nms").xyxy.tolist() == [[100, 20, 120, 60]]
        assert len(self.joined(*cut_off, metric="iou", threshold=0.6)) == 2

    def test_what_lies_in_one_tile_alone_is_left_to_the_detector(self) -> None:
        group = [(10, 20, 30, 60, 0.9), (15, 20, 35, 60, 0.8)]
        assert len(self.joined(group, [])) == 2
        twice = self.joined([*group, (85, 20, 105, 60, 0.9)], [(5, 20, 25, 60, 0.8)])
        assert sorted(twice.xyxy[:, 0].tolist()) == [10, 15, 85]

    def test_masks_are_moved_too(self) -> None:
        tiles = tiles_of(0, *self.SIZE, 2, 1, 0)
        mask = np.zeros((1, 100, 100), bool)
        mask[0, 20:40, 30:50] = True
        detections = sv.Detections(xyxy=np.array([[30, 20, 50, 40]], np.float32), mask=mask)
        messages = [(tiles[0], sv.Detections.empty()), (tiles[1], detections)]
        found = fed(TileDetectionsJoiner(), *messages)[-1][0]
        assert found.mask.shape == (1, 100, 200)
        assert found.mask[0, 20:40, 130:150].all()
        assert found.mask.sum() == 400
        assert detections.xyxy.tolist() == [[30, 20, 50, 40]]
        with pytest.raises(ValueError, match="masks of the tile's size, 100×100"):
            fed(TileDetectionsJoiner(), (tiles[0], sv.Detections(xyxy=detections.xyxy, mask=mask[:, 1:])))

    def test_boxes_alone_will_do(self) -> None:
        tiles = tiles_of(0, *self.SIZE, 2, 1, 40)
        one, two = (
            sv.Detections(xyxy=np.array([box], np.float32)) for box in ([85, 2, 105, 6], [5, 2, 25, 6])
        )
        found = fed(TileDetectionsJoiner(), (tiles[0], one), (tiles[1], two))[-1][0]
        assert found.xyxy.tolist() == [[85, 2, 105, 6]]
        assert found.confidence is None
        assert one.confidence is None

    def test_nothing_found(self) -> None:
        assert len(self.joined([], [])) == 0
        with pytest.raises(TypeError, match="takes supervision"):
            fed(TileDetectionsJoiner(), (tiles_of(0, 9, 9, 1, 1, 0)[0], [1]))

    @pytest.mark.parametrize(
        ("options", "says"),
        [
            ({"duplicates": "x"}, "merge, nms"),
            ({"threshold": 2}, "from 0 to 1"),
            ({"metric": "x"}, "iou"),
            ({"missing": "x"}, "give_up"),
        ],
    )
    def test_options_that_make_no_sense(self, options: dict[str, Any], says: str) -> None:
        with pytest.raises(ValueError, match=says):
            TileDetectionsJoiner(**options)
