"""From what tasks have told to the mishaps of a snapshot."""

from __future__ import annotations

import logging
from collections.abc import Iterable

from daskflow.monitor.parts import Mishap
from daskflow.transport.records import Record


def mishaps_of(records: Iterable[Record]) -> tuple[Mishap, ...]:
    """The mishaps that records tell of, in their order; see `daskflow.transport.records.Records.kept`."""
    return tuple(
        Mishap(
            time_s=record.time_s,
            level=_level(abs(record.level)),
            node=record.node,
            task=record.task,
            number=record.number,
            words=record.text,
            traceback=record.traceback,
            is_dead_letter=record.is_dead_letter,
        )
        for record in records
    )


def _level(level: int) -> str:
    """The level's name, also of one that is a user's own."""
    if level >= logging.CRITICAL:
        return "CRITICAL"
    return "ERROR" if level >= logging.ERROR else "WARNING"
