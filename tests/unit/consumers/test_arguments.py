"""An argument that is no number is refused by its name, where the node is constructed."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import numpy as np
import pytest

from daskflow.consumers import (
    EventClipWriter,
    HlsWriter,
    ImageFolderWriter,
    MjpegServer,
    RtspRestreamer,
    VideofileWriter,
)


@pytest.mark.parametrize(
    ("kind", "place", "options"),
    [
        (VideofileWriter, ["v.mp4"], {"fps": "25"}),
        (VideofileWriter, ["v.mp4"], {"fps": True}),
        (VideofileWriter, ["v.mp4"], {"crf": 23.5}),
        (VideofileWriter, ["v.mp4"], {"encoder_threads": 1.5}),
        (EventClipWriter, ["clips"], {"before_s": "5"}),
        (HlsWriter, ["stream"], {"segment_s": "2"}),
        (HlsWriter, ["stream"], {"keep": 4.5}),
        (ImageFolderWriter, ["pictures"], {"quality": "90"}),
        (MjpegServer, [], {"port": "8080"}),
        (RtspRestreamer, ["rtsp://h/gate"], {"fps": "25"}),
    ],
)
def test_what_is_no_number(kind: Any, place: list[str], options: dict[str, Any]) -> None:
    [(name, value)] = options.items()
    with pytest.raises(TypeError, match=rf"{name} is a (whole )?number, got {value!r}"):
        kind(*place, **options)


def test_numbers_of_other_libraries() -> None:
    VideofileWriter("v.mp4", Fraction(30_000, 1001), crf=np.int64(23))
    VideofileWriter("v.mp4", np.float32(25))
