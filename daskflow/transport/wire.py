"""The frames that tasks and ledger exchange: msgpack arrays that begin with an operation."""

from __future__ import annotations

from typing import Any

import msgpack

# From a task.
HELLO = 0  # task, process id
STEP = 1  # outcomes, released slots, leases wanted from now on
END = 2  # the producer has no further message
BYE = 3  # the node is closed
BROKEN = 4  # error: the node failed outside any message
# Seconds in all, waiting and in the node; buckets and counts; slots, those on disk; which are pictures;
# seconds waiting for a core.
TIMES = 5
RECORD = 6  # time in s, level, logger, number or None, text, traceback, is dead letter, file, line
PICTURE = 7  # argument, number, JPEG or in its place the reason why there is none, width, height
LOST = 8  # number, slots: an input of the number was in them and cannot be had; what the task holds goes back

# To a task.
WELCOME = 0  # incarnation, first number, snapshot of the node's state or None
TOLD = 1  # leases, room, room for inline outputs, freed slots, flags, steps taken in since the last of these
REFUSED = 2  # reason: the incarnation was given up
SHOW = 3  # argument: a picture of it is wanted, of the next message

# A lease is [number, descriptors of the inputs, what is known of it]; an outcome is [number, kind, body,
# seconds in the node], perhaps with the descriptor of a snapshot.

STOP, ENDED, ABORT, ANEW = 1, 2, 4, 8
"""Flags of a `TOLD` frame; see `daskflow.ledger.state.Outbox`."""

_NO_LIMIT = 2**31 - 1
_LONGEST_LIST = 1 << 20  # room for it is made when its length is read, before any of it has come


CHUNK = 1 << 18
"""Bytes that either side reads at once."""


class MalformedFrame(ValueError):
    """Bytes or values that are no frame; the message says what is wrong, without the content."""


def new_unpacker() -> Any:
    """A decoder of frames, for `frames_in`."""
    return msgpack.Unpacker(
        use_list=True,
        raw=False,
        max_buffer_size=_NO_LIMIT,
        strict_map_key=False,
        max_array_len=_LONGEST_LIST,
        max_map_len=_LONGEST_LIST,
    )


def frames_in(unpacker: Any, data: bytes) -> list[Any]:
    """The whole frames in what has come so far, `data` being the latest of it.

    Raises
    ------
    MalformedFrame
        The bytes are no msgpack; nothing that follows them can be understood.
    """
    try:
        unpacker.feed(data)
        return list(unpacker)
    except Exception as error:  # noqa: BLE001  msgpack raises many kinds, those of the values' own included
        raise MalformedFrame(f"its bytes are no message ({type(error).__name__})") from None
