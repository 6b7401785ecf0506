"""H.264 that comes out at once and can be cut: no frame waits, and key frames come by the clock."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from av.container import OutputContainer
from av.packet import Packet
from av.video.frame import PictureType
from av.video.reformatter import VideoReformatter

from daskflow.consumers.encoding import MATRIX_BT601, RANGE_LIMITED, open_encoder, picture_for
from daskflow.consumers.timetable import Timetable
from daskflow.core.frame import Frame


class LiveEncoder:
    """Encodes frames as H.264 for a container, which decides what becomes of the packets.

    Parameters
    ----------
    container : av.container.OutputContainer
        Gets the stream.
    width, height : int
        Of the first frame; an odd one is made even, others are resized.
    rate : Fraction
        Nominal frames per second.
    timetable : Timetable
        Of the frames: the unit of the time stamps, and how long a frame is shown.
    crf, preset : int, str
        As for `VideofileWriter`.
    threads : int
        Of the encoder.
    key_every_s : float
        Seconds from one key frame to the next.
    """

    def __init__(
        self,
        container: OutputContainer,
        *,
        width: int,
        height: int,
        rate: Fraction,
        timetable: Timetable,
        crf: int,
        preset: str,
        threads: int,
        key_every_s: float,
    ) -> None:
        self.stream: Any = container.add_stream("libx264", rate=rate)
        self._unit, self._period = timetable.unit, timetable.period
        self._key_every = round(key_every_s / float(self._unit))
        self._next_key = 0
        self._reformatter = VideoReformatter()
        context = self.stream.codec_context
        context.width, context.height = width + width % 2, height + height % 2
        context.pix_fmt = "yuv420p"
        context.time_base = self._unit
        context.colorspace, context.color_range = MATRIX_BT601, RANGE_LIMITED
        context.gop_size = 100_000  # by the clock instead
        context.thread_count = threads
        options = {"crf": str(crf), "preset": preset, "tune": "zerolatency", "bf": "0"}
        context.options = {**options, "forced-idr": "1", "flags": "+global_header"}
        open_encoder(context)
        container.start_encoding()  # only then does the stream know what others need to copy it

    def encode(self, frame: Frame, stamp: int, *, key: bool = False) -> list[Packet[Any]]:
        """The packets of a frame, one as a rule.

        Parameters
        ----------
        frame : numpy.ndarray
            uint8, height × width × 3 (BGR) or height × width (grey).
        stamp : int
            In units, greater than that of the frame before.
        key : bool, default False
            Make it a key frame, whatever the clock says.
        """
        picture = picture_for(self.stream.codec_context, self._reformatter, frame)
        picture.pts, picture.time_base = stamp, self._unit
        picture.pict_type = PictureType.NONE
        if key or stamp >= self._next_key:
            picture.pict_type = PictureType.I
            self._next_key = stamp + self._key_every
        return self._timed(self.stream.encode(picture))

    def finish(self) -> list[Packet[Any]]:
        """What is still in the encoder."""
        return self._timed(self.stream.encode(None))

    def _timed(self, packets: list[Packet[Any]]) -> list[Packet[Any]]:
        for packet in packets:
            packet.duration = self._period
        return packets
