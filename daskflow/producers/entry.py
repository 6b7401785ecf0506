"""Where the decoding of a file may begin, for a frame far into it."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import av

# Of these each packet is one frame that is shown, and a key frame needs nothing of what comes before it.
_CODECS = frozenset(
    [
        "av1",
        "dnxhd",
        "ffv1",
        "ffvhuff",
        "h264",
        "hevc",
        "huffyuv",
        "mjpeg",
        "mpeg1video",
        "mpeg2video",
        "mpeg4",
        "msmpeg4v2",
        "msmpeg4v3",
        "png",
        "prores",
        "rawvideo",
        "vp9",
    ]
)
_DEEPEST_REORDERING = 64  # packets between which a decoder may exchange the order; the standards allow 16
_SMALLEST_PICTURE_BYTES = 16  # MPEG-4 says "as before" in fewer, and then no frame comes out


@dataclass(frozen=True, slots=True)
class Entry:
    """A key frame from which a later frame can be decoded.

    Attributes
    ----------
    index : int
        Position of the key frame in the file, from 0.
    stamps : list of int
        Time stamps of the frames from the key frame to the one that is wanted, both included. They are to
        be compared with what the decoder gives: where they differ, the file is not what it looked like.
    first_stamp : int
        Time stamp of the file's first frame.
    """

    index: int
    stamps: list[int]
    first_stamp: int


def entry_before(container: Any, stream: Any, position: int) -> Entry | None:
    """The last key frame before the frame at a position, or before the file's last one if that comes first.

    Reads the packets up to there, without decoding them, so that frames are counted and not guessed from
    times: some 0.01 ms a frame. Blocks meanwhile. The container is left somewhere else.

    Returns
    -------
    Entry or None
        None where frames cannot be counted without decoding them, or where there is no gain.
    """
    codec = stream.codec_context.codec.canonical_name
    if codec not in _CODECS:
        return None
    stamps: list[int] = []
    keys: set[int] = set()
    try:
        for packet in container.demux(stream):
            if packet.pts is None and not packet.size:
                break  # the end, which the decoder wants to hear of
            if packet.pts is None or packet.is_corrupt or packet.is_discard:
                return None
            if packet.size < _SMALLEST_PICTURE_BYTES:
                return None
            stamps.append(packet.pts)
            if packet.is_keyframe:
                keys.add(packet.pts)
            if len(stamps) > position + _DEEPEST_REORDERING:
                break
    except av.FFmpegError:
        return None
    stamps.sort()
    if any(one == other for one, other in pairwise(stamps)):
        return None
    last = min(position, len(stamps) - 1)
    index = next((i for i in range(last, 0, -1) if stamps[i] in keys), 0)
    return Entry(index, stamps[index : last + 1], stamps[0]) if index else None
