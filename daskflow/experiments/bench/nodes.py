"""The nodes of the flows that are measured."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from daskflow.core.context import Context
from daskflow.core.node import ConsumerNode, ProcessorNode, ProducerNode
from daskflow.experiments.bench.arrivals import Arrivals
from daskflow.experiments.bench.frames import WrongMessage
from daskflow.experiments.bench.meter import CpuMeter
from daskflow.experiments.bench.payloads import payload_of
from daskflow.experiments.bench.spec import Pacer, StreamSpec

# Templates and meters are made in open(), in the task's process: a node travels as a small pickle.


class Source(ProducerNode):
    """Sends a stream.

    Parameters
    ----------
    spec : StreamSpec
        The stream.
    folder : str
        Where the note goes.
    is_metered : bool, default False
        Whether the CPU time of the task's process is noted.
    """

    def __init__(self, spec: StreamSpec, folder: str, *, is_metered: bool = False) -> None:
        super().__init__("source")
        self._spec, self._folder, self._is_metered = spec, folder, is_metered

    def open(self) -> None:
        """Prepare the message."""
        self._payload = payload_of(self._spec)
        self._pacer = Pacer(self._spec)
        self._meter = CpuMeter(self._spec.warm_s) if self._is_metered else None
        self._number = 0

    def next(self, ctx: Context) -> Any:
        """The next message, with the time at which it was ready, in ns."""
        if not self._pacer.has(self._number):
            raise StopIteration
        value = self._payload.make(self._number)
        self._number += 1
        if self._meter is not None:
            self._meter.tick()
        ctx.metadata["sent_ns"] = time.monotonic_ns()
        return value

    def close(self) -> None:
        """Leave the note."""
        _note(self._folder, self, _cpu(self._meter))


class Hop(ProcessorNode):
    """Passes on what it gets, or something new made of it.

    Parameters
    ----------
    spec, folder, is_metered
        As for `Source`.
    name : str
        Unique in the flow.
    nb_tasks : int, default 1
        How many tasks run it.
    sleep_s : float, default 0
        How long each message takes it, in seconds.
    """

    def __init__(
        self,
        spec: StreamSpec,
        folder: str,
        name: str,
        *,
        is_metered: bool = False,
        nb_tasks: int = 1,
        sleep_s: float = 0.0,
    ) -> None:
        super().__init__(nb_tasks, name=name)
        self._spec, self._folder, self._is_metered = spec, folder, is_metered
        self._sleep_s = sleep_s

    def open(self) -> None:
        """Prepare the operation."""
        self._renewed = payload_of(self._spec).renewed if self._spec.operation == "new" else None
        self._meter = CpuMeter(self._spec.warm_s) if self._is_metered else None

    def process(self, value: Any) -> Any:
        """The value itself, or a new one."""
        if self._sleep_s:
            time.sleep(self._sleep_s)
        if self._meter is not None:
            self._meter.tick()
        return value if self._renewed is None else self._renewed(value)

    def close(self) -> None:
        """Leave the note."""
        _note(self._folder, self, _cpu(self._meter))


class Sink(ConsumerNode):
    """Checks and times what arrives.

    Parameters
    ----------
    spec, folder, is_metered
        As for `Source`.
    name : str, default "sink"
        Unique in the flow.
    """

    def __init__(
        self, spec: StreamSpec, folder: str, name: str = "sink", *, is_metered: bool = False
    ) -> None:
        super().__init__(name)
        self._spec, self._folder, self._is_metered = spec, folder, is_metered

    def open(self) -> None:
        """Prepare the check."""
        self._arrivals = Arrivals(self._spec, payload_of(self._spec))
        self._meter = CpuMeter(self._spec.warm_s) if self._is_metered else None
        self._first_s: float | None = None
        self._last_s: float | None = None

    def consume(self, value: Any, ctx: Context) -> None:
        """Note a message."""
        arrived_ns = time.monotonic_ns()
        self._last_s = arrived_ns / 1e9
        if self._first_s is None:
            self._first_s = self._last_s
        if self._meter is not None:
            self._meter.tick()
        self._arrivals.add(value, ctx.metadata["sent_ns"], arrived_ns)

    def close(self) -> None:
        """Leave the note."""
        note = {**_cpu(self._meter), "first_s": self._first_s, "last_s": self._last_s}
        try:
            note["figures"] = self._arrivals.figures()
        except WrongMessage as error:
            note["problem"] = str(error)  # whoever needs the figures raises it; a start needs none
        _note(self._folder, self, {**note, "messages": self._arrivals.messages})


def read_note(folder: str, name: str) -> dict[str, Any]:
    """What the task of a node left when it closed."""
    note: dict[str, Any] = json.loads((Path(folder) / f"{name}.json").read_text())
    return note


def _cpu(meter: CpuMeter | None) -> dict[str, Any]:
    return {} if meter is None else {"cpu": meter.figures()}


def _note(folder: str, node: ProducerNode | ProcessorNode | ConsumerNode, note: Mapping[str, Any]) -> None:
    (Path(folder) / f"{node.name}.json").write_text(json.dumps(note))
