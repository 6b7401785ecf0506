"""Whether a frame from a task is one that tasks send, before any of it reaches the ledger."""

from __future__ import annotations

from typing import Any

from daskflow.ledger import DEAD, FAILED, NOTHING, OUTPUT, REPLAYED, SKIPPED, Outcome, Payload
from daskflow.transport import wire
from daskflow.transport.descriptor import WITH_EDITIONS, slots_of
from daskflow.transport.records import HIGHEST_LEVEL, MOST_NAME, MOST_TEXT, MOST_TRACEBACK
from daskflow.transport.wire import MalformedFrame

_LENGTHS = {
    wire.HELLO: 3,
    wire.STEP: 4,
    wire.END: 1,
    wire.BYE: 1,
    wire.BROKEN: 2,
    wire.TIMES: 9,
    wire.RECORD: 10,
    wire.PICTURE: 6,
    wire.LOST: 3,
}
_MOST = 1 << 20  # leases that a task may want, by far
_MOST_BUCKETS = 1 << 12  # on either side of a second in a histogram, by far
_FOR_EVER = float("inf")
_LARGEST_PICTURE = 1 << 20  # bytes of a JPEG, several times as many as one of that size has
_LONGEST_SIDE = 4096  # of it, in pixels
_LONGEST_REASON = 1000  # letters


def check_frame(frame: Any) -> None:
    """Refuse what is not made like a frame from a task; whether it fits the run is the ledger's to say.

    Raises
    ------
    MalformedFrame
        The message says what is wrong, without the content.
    """
    if type(frame) is not list or not frame:
        raise MalformedFrame(f"a frame is a list, got {type(frame).__name__}")
    operation = frame[0]
    length = _LENGTHS.get(operation) if type(operation) is int else None
    if length is None:
        raise MalformedFrame("its operation is unknown to this version")
    if len(frame) != length:
        raise MalformedFrame(f"operation {operation} takes {length} fields, got {len(frame)}")
    if operation == wire.STEP:
        _check_step(*frame[1:])
    elif operation == wire.HELLO:
        if not _is_count(frame[1]) or not _is_count(frame[2]):
            raise MalformedFrame("a task is named by its index, a process by its id")
    elif operation == wire.BROKEN and type(frame[1]) is not bytes:
        raise MalformedFrame("an error is told in bytes")
    elif operation == wire.RECORD:
        _check_record(*frame[1:])
    elif operation == wire.TIMES:
        _check_times(*frame[1:])
    elif operation == wire.PICTURE:
        _check_picture(*frame[1:])
    elif operation == wire.LOST and not (_is_count(frame[1]) and _are_slots(frame[2]) and frame[2]):
        raise MalformedFrame("lost slots are those of an input of a number")


def outcomes_of(told: list[Any]) -> list[Outcome]:
    """The outcomes of a step, checked one by one as they are made.

    Raises
    ------
    MalformedFrame
        As `check_frame` does, which leaves them to be checked here.
    """
    outcomes = []
    for fields in told:
        if type(fields) is list and len(fields) == 4:  # first the usual ones: this is done for each message
            number, kind, body, busy_s = fields
            if (
                kind == OUTPUT
                and type(body) is bytes
                and type(number) is int
                and number >= 0
                and type(busy_s) is float
                and 0.0 <= busy_s < _FOR_EVER
            ):
                outcomes.append(Outcome._make((number, OUTPUT, Payload(body), busy_s, None)))
                continue
        outcomes.append(_outcome(fields))
    return outcomes


def _outcome(fields: Any) -> Outcome:
    if type(fields) is not list or len(fields) not in (4, 5):
        raise MalformedFrame("an outcome is number, kind, body and time, and perhaps a snapshot")
    number, kind, body, busy_s = fields[:4]
    if type(number) is not int or number < 0 or type(kind) is not int:
        raise MalformedFrame("an outcome has a number and a kind")
    if type(busy_s) is not float or not 0.0 <= busy_s < _FOR_EVER:
        raise MalformedFrame("an outcome has a time in seconds")
    if type(body) is not bytes or kind not in (OUTPUT, FAILED):
        _check_body(kind, body)
    snapshot = None
    if len(fields) == 5:
        if not _is_descriptor(fields[4]):
            raise MalformedFrame("a snapshot is a descriptor")
        snapshot = Payload(fields[4], slots_of(fields[4]))
    if kind == OUTPUT:
        body = NOTHING if body is None else Payload(body, slots_of(body))
    return Outcome(number, kind, body, busy_s, snapshot)


def _check_step(outcomes: Any, released: Any, wanted: Any) -> None:
    if type(outcomes) is not list:
        raise MalformedFrame("outcomes come in a list")
    if not _are_slots(released):
        raise MalformedFrame("released slots come in a list of numbers")
    if not _is_count(wanted) or wanted > _MOST:
        raise MalformedFrame(f"the leases that are wanted are from 0 to {_MOST}")


def _check_record(
    time_s: Any,
    level: Any,
    logger: Any,
    number: Any,
    text: Any,
    traceback: Any,
    is_dead_letter: Any,
    path: Any,
    line: Any,
) -> None:
    if type(time_s) is not float or not 0.0 <= time_s < _FOR_EVER:
        raise MalformedFrame("a record has a time in seconds")
    if type(level) is not int or not 0 < abs(level) <= HIGHEST_LEVEL:
        raise MalformedFrame(f"a record has a level from 1 to {HIGHEST_LEVEL}, or the same below 0")
    if number is not None and not _is_count(number):
        raise MalformedFrame("a record is of a message, or of none")
    if type(is_dead_letter) is not bool or not _is_count(line):
        raise MalformedFrame("a record says whether the message was given up, and has a line")
    for value, most in (
        (logger, MOST_NAME),
        (path, MOST_NAME),
        (text, MOST_TEXT),
        (traceback, MOST_TRACEBACK),
    ):
        if type(value) is not str or len(value) > most:
            raise MalformedFrame("a record has texts, which are not longer than they may be")


def _check_times(
    span_s: Any,
    waited_s: Any,
    busy_s: Any,
    counts: Any,
    slots: Any,
    on_disk: Any,
    pictures: Any,
    queued_s: Any,
) -> None:
    times_s = (span_s, waited_s, busy_s, queued_s)
    if not all(type(time_s) is float and 0.0 <= time_s < _FOR_EVER for time_s in times_s):
        raise MalformedFrame("times are in seconds")
    if type(counts) is not list or len(counts) % 2 or not all(type(value) is int for value in counts):
        raise MalformedFrame("a histogram is buckets and counts")
    if not all(count > 0 for count in counts[1::2]) or not all(abs(n) < _MOST_BUCKETS for n in counts[::2]):
        raise MalformedFrame("a histogram has buckets near 0, with something in them")
    if not _is_count(slots) or not _is_count(on_disk) or not _are_slots(pictures):
        raise MalformedFrame("slots are counted, pictures are arguments")


def _check_picture(argument: Any, number: Any, body: Any, *sides: Any) -> None:
    if not _is_count(argument) or not _is_count(number):
        raise MalformedFrame("a picture is of an argument of a number")
    if type(body) is str:
        if len(body) > _LONGEST_REASON:
            raise MalformedFrame(f"the reason for no picture has at most {_LONGEST_REASON} letters")
        return
    if type(body) is not bytes or not body.startswith(b"\xff\xd8") or len(body) > _LARGEST_PICTURE:
        raise MalformedFrame(f"a picture is a JPEG of at most {_LARGEST_PICTURE} bytes")
    if not all(_is_count(side) and 0 < side <= _LONGEST_SIDE for side in sides):
        raise MalformedFrame(f"a picture has sides of 1 to {_LONGEST_SIDE} pixels")


def _check_body(kind: int, body: Any) -> None:
    if body is None and kind in (OUTPUT, SKIPPED, DEAD, REPLAYED):
        return
    if kind != OUTPUT or not _is_descriptor(body):
        raise MalformedFrame("an outcome is an output, in bytes or a descriptor, none, or an error in bytes")


def _is_descriptor(value: Any) -> bool:
    if type(value) is not list:
        return type(value) is bytes
    if len(value) in WITH_EDITIONS:
        return _are_slots(value[2]) and _are_slots(value[-1]) and len(value[2]) == len(value[-1])
    return len(value) in (3, 5) and _are_slots(value[2])


def _are_slots(value: Any) -> bool:
    return type(value) is list and all([type(slot) is int and slot >= 0 for slot in value])  # noqa: C419  few


def _is_count(value: Any) -> bool:
    return type(value) is int and value >= 0
