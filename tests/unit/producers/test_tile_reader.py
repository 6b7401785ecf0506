"""Frames as tiles: a producer inside a producer."""

from __future__ import annotations

import pickle
import weakref
from itertools import pairwise, product
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from daskflow import SKIP, Context, ProducerNode
from daskflow.processors import IdentityProcessor
from daskflow.producers import IntProducer, TileReader, VideofileReader
from daskflow.scene import tiles_of
from daskflow.testing import Given
from tests.unit.media import Picture, context, noise, open_files, picture, read_video, write_video


def given(count: int) -> list[Picture]:
    return [noise(i) for i in range(count)]


def read(reader: TileReader, first: int = 0, most: int = 100) -> list[tuple[Any, dict[str, Any]]]:
    messages = []
    for number in range(first, first + most):
        ctx = context()
        ctx.sequence_number = number
        try:
            messages.append((reader.next(ctx), ctx.metadata))
        except StopIteration:
            break
    return messages


class TestGeometry:
    @pytest.mark.parametrize("size", [(64, 48), (65, 47), (7, 5), (1, 1), (2, 3)])
    def test_own_parts_are_the_frame_once(self, size: tuple[int, int]) -> None:
        for columns, rows, overlap in product((1, 2, 3, 5), (1, 2, 4), (0, 1, 7, 100)):
            self.check(size, columns, rows, overlap)

    def check(self, size: tuple[int, int], columns: int, rows: int, overlap: int) -> None:
        tiles = tiles_of(3, *size, columns, rows, overlap)
        seen = np.zeros(size[::-1], int)
        for index, tile in enumerate(tiles):
            assert (tile.index, tile.count, tile.frame_number) == (index, columns * rows, 3)
            assert (tile.frame_width, tile.frame_height) == size
            assert 0 <= tile.left <= tile.left + tile.width <= size[0]
            assert 0 <= tile.top <= tile.top + tile.height <= size[1]
            left, top, right, bottom = tile.own
            assert tile.left <= left
            assert right <= tile.left + tile.width
            assert tile.top <= top
            assert bottom <= tile.top + tile.height
            seen[top:bottom, left:right] += 1
        assert (seen == 1).all()
        assert len({(tile.width, tile.height) for tile in tiles}) == 1

    def test_neighbours_share_the_overlap_and_cut_it_in_the_middle(self) -> None:
        one, other = tiles_of(0, 100, 10, 2, 1, 20)
        assert (one.left, one.width, other.left, other.width) == (0, 60, 40, 60)
        assert (one.own, other.own) == ((0, 0, 50, 10), (50, 0, 100, 10))
        for size in range(30, 60):
            tiles = tiles_of(0, size, 1, 4, 1, 5)
            shared = [a.left + a.width - b.left for a, b in pairwise(tiles)]
            assert min(shared) >= 5
            assert tiles[0].width <= -(-(size + 3 * 5) // 4)


class TestReading:
    def test_each_tile_is_a_copy_of_its_part(self) -> None:
        reader = TileReader(Given(given(3)), columns=3, rows=2, overlap=5)
        reader.open(context())
        messages = read(reader)
        assert len(messages) == 18
        for number, (part, metadata) in enumerate(messages):
            tile = metadata["tile"]
            assert (tile.frame_number, tile.index) == divmod(number, 6)
            frame = noise(tile.frame_number)
            expected = frame[tile.top : tile.top + tile.height, tile.left : tile.left + tile.width]
            np.testing.assert_array_equal(part, expected)
            assert part.flags.c_contiguous

    def test_does_not_hold_a_frame_of_which_all_is_given(self) -> None:
        frames = [noise(0), noise(1)]
        gone = [weakref.ref(frame) for frame in frames]
        source = Given(frames)
        source.next = lambda: frames.pop(0)  # type: ignore[method-assign]
        source._values.clear()
        reader = TileReader(source)
        reader.open(context())
        read(reader, most=3)
        assert gone[0]() is not None
        read(reader, first=3, most=1)
        assert gone[0]() is None

    def test_counts_by_itself_without_sequence_numbers(self) -> None:
        reader = TileReader(Given(given(2)))
        reader.open(context())
        ctxs = [context() for _ in range(8)]
        for ctx in ctxs:
            reader.next(ctx)
        assert [ctx.metadata["tile"].frame_number for ctx in ctxs] == [0] * 4 + [1] * 4

    def test_grey_and_changing_sizes(self) -> None:
        frames = [picture(), picture(width=99, height=20), picture()[..., 0].copy()]
        reader = TileReader(Given(frames), columns=2, rows=1)
        reader.open(context())
        assert [part.shape for part, _ in read(reader)] == [
            *[(48, 32, 3)] * 2,
            *[(20, 50, 3)] * 2,
            *[(48, 32)] * 2,
        ]

    def test_what_is_no_frame_is_refused_by_name(self) -> None:
        with pytest.raises(TypeError, match=r"columns is a whole number, got 2\.0"):
            TileReader(Given(given(2)), columns=2.0)
        reader = TileReader(IntProducer(0, 3), name="tiles")
        reader.open(context())
        with pytest.raises(TypeError, match=r"^tiles takes frames.*got int"):
            read(reader)

    def test_a_video(self, tmp_path: Path) -> None:
        path = write_video(tmp_path / "v.mp4", [picture(i) for i in range(4)])
        pictures = read_video(path)[0]
        reader = pickle.loads(pickle.dumps(TileReader(VideofileReader(path), columns=2, rows=2)))
        assert reader.length == 16
        assert not reader.is_live
        reader.open(context())
        messages = read(reader)
        assert [metadata["index"] for _, metadata in messages] == [i // 4 for i in range(16)]
        assert [metadata["event_time"] for _, metadata in messages] == [i // 4 / 10 for i in range(16)]
        np.testing.assert_array_equal(messages[11][0], pictures[2][24:, 32:])
        reader.close(context())
        assert str(path) not in open_files()


class TestSeeking:
    @pytest.mark.parametrize("start", range(14))
    def test_goes_on_at_any_tile(self, start: int) -> None:
        whole, other = (TileReader(Given(given(2)), columns=3, rows=2) for _ in range(2))
        for reader in (whole, other):
            reader.open(context())
        expected = read(whole)[start:]
        other.seek(start, ctx=context())
        found = read(other, first=start)
        assert [said for _, said in found] == [said for _, said in expected]
        for (one, _), (two, _) in zip(found, expected, strict=True):
            np.testing.assert_array_equal(one, two)

    def test_can_as_far_as_the_reader_can(self) -> None:
        class Camera(ProducerNode):
            is_live = True

        assert TileReader(Camera()).is_live
        assert not hasattr(TileReader(Camera()), "seek")
        assert TileReader(Camera()).length is None
        assert hasattr(TileReader(Given([])), "seek")


class TestLive:
    class Camera(ProducerNode):
        """Frames with some `SKIP` between."""

        is_live = True

        def __init__(self) -> None:
            super().__init__()
            self.values = [picture(0), SKIP, picture(1)]

        def next(self, ctx: Context) -> Any:
            ctx.metadata["production_time"] = float(len(self.values))
            return self.values.pop(0)

    def test_skips_are_of_whole_frames(self) -> None:
        reader = TileReader(self.Camera(), columns=2, rows=1)
        reader.open(context())
        messages = read(reader, most=6)
        assert [value is SKIP for value, _ in messages] == [False, False, True, True, False, False]
        assert [said.get("production_time") for _, said in messages] == [3, 3, 2, None, 1, 1]
        assert [messages[i][1]["tile"].frame_number for i in (0, 1, 4, 5)] == [0, 0, 2, 2]

    def test_a_new_process_begins_with_a_whole_frame(self) -> None:
        reader = TileReader(self.Camera(), columns=2, rows=2)
        reader.open(context())
        messages = read(reader, first=6, most=4)
        assert [value is SKIP for value, _ in messages] == [True, True, False, False]
        assert [said["tile"].index for _, said in messages[2:]] == [0, 1]

    def test_an_error_costs_a_frame(self) -> None:
        class Breaks(Given):
            def next(self) -> Any:
                value = super().next()
                if isinstance(value, Exception):
                    raise value
                return value

        reader = TileReader(Breaks([picture(0), OSError("x"), picture(1)]), columns=2, rows=1)
        reader.open(context())
        assert len(read(reader, most=2)) == 2
        with pytest.raises(OSError, match="x"):
            read(reader, first=2)
        values = [value for value, _ in read(reader, first=3)]
        assert values[0] is SKIP
        assert len(values) == 3


@pytest.mark.parametrize(
    ("make", "error", "says"),
    [
        (lambda: TileReader(IdentityProcessor()), TypeError, "producer of frames"),
        (lambda: TileReader(Given([]), columns=0), ValueError, "columns is at least 1"),
        (lambda: TileReader(Given([]), overlap=-1), ValueError, "overlap"),
        (lambda: TileReader(IdentityProcessor()(Given([])).parents[0]), ValueError, "for itself"),
    ],
)
def test_what_makes_no_sense(make: Any, error: type[Exception], says: str) -> None:
    with pytest.raises(error, match=says):
        make()
