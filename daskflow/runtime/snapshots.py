"""The state of a node with memory, stored from time to time and taken up again in a new process."""

from __future__ import annotations

import pickle

from daskflow.core import pickling
from daskflow.runtime.runner import NodeRunner
from daskflow.transport.descriptor import Descriptor
from daskflow.transport.payload import PayloadWriter, decode
from daskflow.transport.views import SlotViews


class Snapshots:
    """Takes a snapshot after every so many messages.

    Parameters
    ----------
    runner : NodeRunner
        Of a node that has `snapshot` and `restore`.
    writer : PayloadWriter
        Puts large snapshots into shared memory.
    every : int
        After how many messages.
    """

    def __init__(self, runner: NodeRunner, writer: PayloadWriter, every: int) -> None:
        self._runner = runner
        self._writer = writer
        self._every = every
        self._since = 0

    def after_message(self) -> Descriptor | None:
        """A snapshot of the node's state, if one is due after this message.

        Raises
        ------
        Exception
            Whatever `snapshot` raises, or pickling what it returns; or there is no room for it.
        """
        self._since += 1
        if self._since < self._every:
            return None
        self._since = 0
        # Pickled on its own first: what the node goes on writing to must not be sent as it lies in memory.
        return self._writer.encode(pickling.dumps(self._runner.snapshot()))

    def restore(self, snapshot: Descriptor, views: SlotViews) -> None:
        """Give the node the state of a snapshot.

        Raises
        ------
        Exception
            Whatever `restore` raises, or unpickling the state.
        """
        self._runner.restore(pickle.loads(decode(snapshot, views, private=True)))
