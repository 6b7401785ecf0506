"""A stream that is watched by a thread: its newest frame at any time, connected anew where it breaks."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from daskflow.producers.connection import Connection
from daskflow.producers.timing import CaptureClock

CLOSE_S = 2.0
"""How long `LiveStream.close` waits for the thread; what hangs in the network ends by its own time-out."""

LONGEST_WAIT_S = 30.0
"""Between two attempts to connect anew."""

_LATEST_S = 1.0  # a frame that is later than this has been delayed for good, or the clocks run apart
_LONGEST_PAUSE_S = 60.0  # between two pictures of a recording, to be waited for


@dataclass(frozen=True, slots=True)
class Capture:
    """A picture that came in, with what is known of it.

    Attributes
    ----------
    picture : av.VideoFrame
        As decoded.
    index : int
        How many pictures came before it, damaged ones included.
    pts, time_base, frame_rate
        As the stream says; None where it does not.
    event_time, capture_time : float
        When it was taken and when it came, in seconds since the epoch.
    reconnects : int
        How often the stream was connected anew so far.
    """

    picture: Any
    index: int
    pts: int | None
    time_base: Fraction | None
    frame_rate: Fraction | None
    event_time: float
    capture_time: float
    reconnects: int


class LiveStream:
    """Keeps the newest picture of a stream, in a thread of its own.

    Parameters
    ----------
    connect : callable
        Opens a `Connection`, in the thread.
    address : str
        For messages.
    reconnects : int or None
        How often in a row a lost connection may fail to bring a picture before it is given up; None for ever.
    first_wait_s : float
        Before the first of these attempts; it doubles with each, up to `LONGEST_WAIT_S`.
    logger : logging.Logger
        Told of losses.
    """

    def __init__(
        self,
        connect: Callable[[], Connection],
        *,
        address: str,
        reconnects: int | None,
        first_wait_s: float,
        logger: logging.Logger,
    ) -> None:
        self._connect = connect
        self._address = address
        self._most_attempts = reconnects
        self._first_wait_s = first_wait_s
        self._logger = logger
        self._closing = threading.Event()
        self._changed = threading.Condition()
        self._newest: Capture | None = None
        self._is_open = self._is_over = False
        self._failure: Exception | None = None
        self._count = 0  # pictures so far
        self._connections = 0
        self._last_s = 0.0  # when the last one came
        self._thread = threading.Thread(target=self._run, name="daskflow stream", daemon=True)

    def start(self, timeout_s: float) -> None:
        """Connect; blocks until that is done, for `timeout_s` at most. Raises what `connect` does."""
        self._thread.start()
        with self._changed:
            self._changed.wait_for(lambda: self._is_open or self._is_over, timeout_s)
            if self._failure is not None:
                raise self._failure
            if not self._is_open:
                raise TimeoutError(f"{self._address} is not found within {timeout_s:g} s: check its name")

    def newest(self, timeout_s: float) -> Capture | None:
        """The newest picture that was not given yet; None if none comes in time.

        Raises
        ------
        StopIteration
            A recording is at its end.
        ConnectionError
            The stream was lost, and all attempts to connect anew have failed; or a recording broke off.
        """
        with self._changed:
            self._changed.wait_for(lambda: self._newest is not None or self._is_over, timeout_s)
            capture, self._newest = self._newest, None
            if capture is None and self._is_over:
                raise self._failure or StopIteration
            return capture

    def close(self) -> None:
        """Have the thread end; blocks until it has, for `CLOSE_S` at most."""
        self._closing.set()
        if self._thread.ident is not None:
            self._thread.join(CLOSE_S)
            if self._thread.is_alive():
                self._logger.info("%s: the network hangs; its thread ends by the time-out", self._address)

    # -- in the thread ----------------------------------------------------------------------------------

    def _run(self) -> None:
        failure: Exception | None = None
        try:
            self._watch()
        except Exception as error:  # noqa: BLE001  it belongs to the thread that asks for pictures
            failure = error
        with self._changed:
            self._failure, self._is_over = failure, True
            self._changed.notify_all()

    def _watch(self) -> None:
        attempts = 0
        reason = self._follow()  # what is not there at first is an error at once
        while reason is not None and not self._closing.is_set():
            if attempts == self._most_attempts:
                raise ConnectionError(
                    f"{self._address} was lost ({reason}) and did not come back in {attempts} attempts"
                )
            wait_s = min(self._first_wait_s * 2 ** min(attempts, 30), LONGEST_WAIT_S)
            self._logger.warning("%s: lost (%s); connecting anew in %g s", self._address, reason, wait_s)
            if self._closing.wait(wait_s):
                return
            attempts += 1
            before = self._count
            try:
                reason = self._follow()
            except (OSError, ValueError) as error:
                reason = str(error)
            if self._count > before:
                attempts = 0

    def _follow(self) -> str | None:
        """Connect and read until it breaks off; the reason, or None for an end that is one."""
        connection = self._connect()
        try:
            self._connections += 1
            with self._changed:
                self._is_open = True
                self._changed.notify_all()
            self._read(connection)
        except ConnectionError as error:
            if connection.is_recording:  # anew it would come from its beginning
                raise ConnectionError(f"{self._address}, a recording, broke off: {error}") from None
            return str(error)
        finally:
            connection.close()
        return None if connection.is_recording or self._closing.is_set() else "the stream ended"

    def _read(self, connection: Connection) -> None:
        is_recording = connection.is_recording
        clock = CaptureClock(ahead_s=_LONGEST_PAUSE_S if is_recording else 0.0, behind_s=_LATEST_S)
        damaged, is_first = 0, self._connections > 1
        for picture in connection.pictures():
            now = time.time()
            stamp_s = None if picture.pts is None else float(picture.pts * picture.time_base)
            taken = clock.time_of(stamp_s, now)
            if self._closing.wait(max(0.0, taken - now)) if is_recording else self._closing.is_set():
                return
            if is_first:
                is_first = False
                self._logger.warning("%s: frames again, after %.1f s", self._address, now - self._last_s)
            self._count += connection.damaged - damaged
            damaged = connection.damaged
            self._publish(picture, connection.stream.average_rate, taken)

    def _publish(self, picture: Any, frame_rate: Fraction | None, taken: float) -> None:
        self._last_s = time.time()
        capture = Capture(
            picture,
            self._count,
            picture.pts,
            picture.time_base,
            frame_rate,
            taken,
            self._last_s,
            self._connections - 1,
        )
        self._count += 1
        with self._changed:
            self._newest = capture
            self._changed.notify_all()
