"""Frames over one of Dask's comms: what both its ends, at a task and at the scheduler, have in common."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable
from typing import Any

import msgpack

from daskflow.transport.wire import MalformedFrame, frames_in, new_unpacker


class CommStream:
    """Carries frames both ways over a comm, in order. Lives on the event loop of the comm.

    Frames travel as one bytes object, because Dask's protocol would turn lists into tuples. What waits when
    the writer comes to run goes in one message: a burst is coalesced by the time that the loop needs to get
    there, and by the write that is under way, and a lone frame waits for nothing.

    Parameters
    ----------
    comm : distributed.comm.Comm
        An open comm, on which nobody else reads or writes.
    """

    def __init__(self, comm: Any) -> None:
        self._comm = comm
        self._packer = msgpack.Packer(use_bin_type=True)
        self._unpacker = new_unpacker()
        self._unsent: deque[bytes] = deque()
        self._woken = asyncio.Event()
        self._is_idle = True
        self._is_finishing = False

    def put(self, frame: list[Any]) -> bool:
        """Append a frame to what is to be sent; whether the writer must be woken for it.

        From any thread, but from one at a time. The frame is encoded now: its owner may go on with its parts.
        """
        self._unsent.append(self._packer.pack(frame))
        must_wake, self._is_idle = self._is_idle, False  # no other thread runs between the two: the GIL
        return must_wake

    def wake(self) -> None:
        """Let the writer send what waits."""
        self._woken.set()

    def finish(self) -> None:
        """Send what waits, and say that it was the last: the other side then closes the comm."""
        self._is_finishing = True
        self._woken.set()

    def abort(self) -> None:
        """Break the connection; `exchange` then ends."""
        self._comm.abort()

    async def exchange(self, take_in: Callable[[list[list[Any]]], None]) -> None:
        """Write what is put and read what comes until the connection ends; it is closed then.

        Parameters
        ----------
        take_in : callable
            Called with all frames that came in one message.

        Raises
        ------
        MalformedFrame
            Something else came.
        """
        writer = asyncio.create_task(self._write())
        try:
            is_last = False
            while not is_last:
                message = await self._comm.read()
                frames, is_last = self._parts_of(message)
                take_in(frames)
        except OSError:
            pass  # the other side is gone, or `abort` was called
        finally:
            self._comm.abort()
            writer.cancel()
            await asyncio.wait([writer])

    def _parts_of(self, message: Any) -> tuple[list[Any], bool]:
        if not isinstance(message, dict) or not isinstance(
            message.get("frames"), (bytes, bytearray, memoryview)
        ):
            raise MalformedFrame("a message over a comm has bytes in it")
        return frames_in(self._unpacker, message["frames"]), bool(message.get("last"))

    async def _write(self) -> None:
        try:
            is_last = False
            while not is_last:
                self._is_idle = True  # before the look: whoever puts a frame after it will wake this
                if not self._unsent and not self._is_finishing:
                    await self._woken.wait()
                self._woken.clear()
                self._is_idle = False
                is_last = self._is_finishing
                data = b"".join([self._unsent.popleft() for _ in range(len(self._unsent))])
                if data or is_last:
                    await self._comm.write({"frames": data, "last": is_last})
        except OSError:
            pass  # the reader hears of it too
        except BaseException:
            self._comm.abort()  # so that the reader does
            raise
