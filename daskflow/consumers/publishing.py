"""An ffmpeg process that publishes frames, started anew whenever it ends."""

from __future__ import annotations

import contextlib
import logging
import os
import select
import shutil
import signal
import subprocess
import threading
import time
from collections import deque
from collections.abc import Callable
from fractions import Fraction

import numpy as np

from daskflow.core.frame import Frame
from daskflow.core.secrets import masked

LONGEST_WAIT_S = 30.0
"""Between two attempts."""

_LINES = 5  # of what ffmpeg said last, for the log
_STABLE_S = 5.0  # an ffmpeg that lived as long had reached its server
_END_S = 1.0  # for ffmpeg to say goodbye to the server
_HANGS = "took nothing"
_STEP_S = 0.1  # how soon a blocked write notices that the flow ends


class Publisher:
    """Hands the newest frame to ffmpeg, in a thread of its own.

    Parameters
    ----------
    command : list of str
        The program and its arguments; frames come to its stdin, one after the other.
    address : str
        For messages, masked.
    first_wait_s : float
        Before it is started anew; doubles with each failure, up to `LONGEST_WAIT_S`.
    write_timeout_s : float
        How long it may take for a frame; one that takes longer hangs and is killed.
    logger : logging.Logger
        Told of losses.

    Attributes
    ----------
    dropped : int
        Frames that came while another one waited, or nobody was there to take them.
    """

    def __init__(
        self,
        command: list[str],
        *,
        address: str,
        first_wait_s: float,
        write_timeout_s: float,
        logger: logging.Logger,
    ) -> None:
        self._command = command
        self._address = address
        self._first_wait_s = first_wait_s
        self._write_timeout_s = write_timeout_s
        self._logger = logger
        self._changed = threading.Condition()
        self._frame: Frame | None = None
        self._closing = False
        self.dropped = 0
        self._thread = threading.Thread(target=self._run, name="daskflow publisher", daemon=True)
        self._thread.start()

    def put(self, frame: Frame) -> None:
        """Give a frame in place of one that still waits; does not block."""
        with self._changed:
            self.dropped += self._frame is not None
            self._frame = frame
            self._changed.notify_all()

    def close(self) -> None:
        """End ffmpeg and the thread; blocks until both have, for some seconds at most."""
        with self._changed:
            self._closing = True
            self._changed.notify_all()
        self._thread.join()
        if self.dropped:
            self._logger.info("%s: %d frames were dropped", self._address, self.dropped)

    # -- in the thread ----------------------------------------------------------------------------------

    def _run(self) -> None:
        failures = 0
        while not self._closing:
            begin_s = time.monotonic()
            reason = self._publish()
            if self._closing:
                return
            failures = 0 if time.monotonic() - begin_s > _STABLE_S else failures
            wait_s = min(self._first_wait_s * 2 ** min(failures, 30), LONGEST_WAIT_S)
            failures += 1
            self._logger.warning(
                "%s: ffmpeg ended (%s), %d frames dropped so far; again in %g s",
                self._address,
                reason,
                self.dropped,
                wait_s,
            )
            with self._changed:
                self._changed.wait_for(lambda: self._closing, wait_s)

    def _publish(self) -> str:
        """Run one ffmpeg until it ends or hangs; why it did."""
        try:
            process = subprocess.Popen(
                self._command,
                stdin=subprocess.PIPE,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.PIPE,
                start_new_session=True,  # Ctrl-C ends the flow, which then ends it
            )
        except OSError as error:
            return f"cannot be started: {error.strerror}"
        said: deque[str] = deque(maxlen=_LINES)
        assert process.stdin is not None
        assert process.stderr is not None
        listener = threading.Thread(
            target=_listen, args=(process.stderr, said.append), name="daskflow publisher", daemon=True
        )
        listener.start()
        os.set_blocking(process.stdin.fileno(), False)
        reason = ""
        try:
            while not reason:
                frame = self._next(process)
                if frame is None:
                    reason = f"status {process.returncode}" if process.poll() is not None else "closed"
                else:
                    reason = self._write(process.stdin.fileno(), frame)
        finally:
            with contextlib.suppress(OSError):
                process.stdin.close()
            try:
                process.wait(0 if reason.startswith(_HANGS) else _END_S)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)  # what a script that calls ffmpeg has left
            listener.join()
            process.stderr.close()
        return masked("; ".join([reason, *said]))

    def _next(self, process: subprocess.Popen[bytes]) -> Frame | None:
        with self._changed:
            while self._frame is None and not self._closing and process.poll() is None:
                self._changed.wait(_STEP_S)
            if self._closing or process.poll() is not None:
                return None
            frame, self._frame = self._frame, None
            return frame

    def _write(self, pipe: int, frame: Frame) -> str:
        """Write a frame; why not, or nothing."""
        rest = np.ascontiguousarray(frame).reshape(-1).data
        deadline = time.monotonic() + self._write_timeout_s
        while rest:
            if self._closing:
                return "closed"
            if time.monotonic() > deadline:
                return f"{_HANGS} for {self._write_timeout_s:g} s"
            if select.select([], [pipe], [], _STEP_S)[1]:
                try:
                    rest = rest[os.write(pipe, rest) :]
                except BlockingIOError:
                    continue
                except BrokenPipeError:
                    return "ended"
        return ""


def ffmpeg_command(
    program: str, url: str, *, width: int, height: int, rate: Fraction, crf: int, preset: str, threads: int
) -> list[str]:
    """What publishes BGR frames from stdin as H.264 by RTSP over TCP, with as little delay as can be."""
    guard = shutil.which("setpriv")
    # The kernel ends ffmpeg with the worker: one that hangs in the network would not see its stdin end.
    before = [guard, "--pdeathsig", "KILL"] if guard else []
    return [
        *(*before, program, "-hide_banner", "-nostats", "-loglevel", "error"),
        *("-probesize", "32", "-fflags", "nobuffer", "-use_wallclock_as_timestamps", "1"),
        *("-f", "rawvideo", "-pixel_format", "bgr24", "-video_size", f"{width}x{height}"),
        *("-framerate", str(rate), "-i", "pipe:0", "-an", "-vf", "pad=ceil(iw/2)*2:ceil(ih/2)*2"),
        *(
            "-c:v",
            "libx264",
            "-preset",
            preset,
            "-tune",
            "zerolatency",
            "-crf",
            str(crf),
            "-pix_fmt",
            "yuv420p",
        ),
        *("-threads", str(threads), "-fps_mode", "vfr", "-g", str(max(1, round(2 * rate)))),
        *("-f", "rtsp", "-rtsp_transport", "tcp", url),
    ]


def _listen(pipe: object, note: Callable[[str], None]) -> None:
    for line in pipe:  # type: ignore[attr-defined]
        note(line[:500].decode(errors="replace").strip())
