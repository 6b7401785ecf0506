"""A queue into which other programs put frames, by Dask."""

from __future__ import annotations

import threading
import time
from concurrent.futures import CancelledError
from typing import TYPE_CHECKING, Any

from daskflow.core.arguments import optional_whole
from daskflow.core.constants import SKIP
from daskflow.core.context import Context
from daskflow.core.node import ProducerNode
from daskflow.core.secrets import masked
from daskflow.producers.arguments import checked_seconds

if TYPE_CHECKING:
    from distributed import Client, Queue
    from distributed.security import Security

_PATIENCE_S = 1.0  # without an item, the flow can be stopped once in so long
_SHORTEST_WAIT_S = 0.001  # for the first look into an empty queue; twice as long for each one more
_LONGEST_WAIT_S = 0.05  # which costs 1 % of a processor
_LONGEST_FETCH_S = 30.0
_LONGEST_LOSS_S = 30.0


class QueueProducer(ProducerNode):
    """Gives what any Dask client puts into a `distributed.Queue`: frames, or anything else.

    The items come in the order in which they were put. ``queue.put(None)`` is the end of the stream.

    Parameters
    ----------
    queue_name : str
        Name of the queue. It is made, without a limit, if there is none: a program that puts more than the
        flow takes had better make it with a `maxsize`, before the flow runs, or watch `qsize()`.
    name : str, optional
        Unique in the flow.
    address : str, optional
        The scheduler that has the queue, such as ``"tcp://192.168.1.5:8786"``. By default it is that of the
        flow, whose address is `Flow.scheduler_address` while it runs.
    security : distributed.Security, optional
        For a scheduler at `address` that wants TLS.
    open_timeout_s : float, default 10
        How long a scheduler at `address` may take to answer.
    max_frames : int, optional
        Stop after so many items.
    **options
        As for `Node`: `queue_size` is that of its readers; nb_tasks.

    Notes
    -----
    An item may be a `distributed.Future`. What it stands for is fetched by this node from the worker that has
    it, and never passes through the scheduler, as an item itself does: for frames put what `Client.scatter`
    gives. A list that is put comes as a tuple; one that is scattered does not. The workers of a flow are
    busy with its tasks, so that what `Client.submit` gives has a result on another cluster only.

    With each item goes this metadata:

    ================ ========= ============================================================================
    ``source``       str       name of the queue
    ``index``        int       how many items were given before, by this process of the task
    ``event_time``   float     the same as ``capture_time``
    ``capture_time`` float     when it was taken out of the queue, in seconds since the epoch
    ================ ========= ============================================================================

    While there is no item, the node gives `SKIP` once a second, so that the flow can be stopped. It is a live
    source: an item that a process had in hand when it was killed is lost, and a new process goes on with
    the next.

    Raises
    ------
    TypeError, ValueError
        An argument is not what it should be.
    """

    is_live = True

    def __init__(
        self,
        queue_name: str,
        name: str | None = None,
        *,
        address: str | None = None,
        security: Security | None = None,
        open_timeout_s: float = 10.0,
        max_frames: int | None = None,
        **options: Any,
    ) -> None:
        super().__init__(name, **options)
        if not isinstance(queue_name, str) or not queue_name:
            raise ValueError(f"queue_name is a non-empty string, got {queue_name!r}")
        if address is not None and (not isinstance(address, str) or ":" not in address):
            raise ValueError(f"address is that of a scheduler, such as tcp://127.0.0.1:8786; got {address!r}")
        if address is not None and address.startswith("inproc:"):
            raise ValueError(
                f"{address} is known in one process only: start that cluster with protocol='tcp'"
            )
        self._queue_name = queue_name
        self._address = address
        self._security = security
        self._open_timeout_s = checked_seconds("open_timeout_s", open_timeout_s)
        self._max_frames = optional_whole("max_frames", max_frames, least=0)
        self._client: Client | None = None
        self._queue: Queue | None = None
        self._future: Any = None  # taken out of the queue, and not there yet
        self._is_done: threading.Event | None = None
        self._since_s = 0.0
        self._given = 0
        self._waiting = 0  # so many items are known to be in the queue

    def open(self, ctx: Context) -> None:
        """Connect to the scheduler; runs in the producer's worker. Blocks until that is done or has failed.

        Raises
        ------
        ConnectionError
            No scheduler answers at `address`.
        RuntimeError
            There is no `address`, and this is not the process of a flow on Dask.
        """
        from distributed import Client, Queue  # here, as everything that is Dask's: other nodes do without

        address, security = self._address, self._security
        if address is None:
            address, security = _own_scheduler()
        try:
            self._client = Client(
                address,
                security=security,
                timeout=self._open_timeout_s,
                set_as_default=False,
                direct_to_workers=True,  # else what futures stand for would pass through the scheduler
                name=f"daskflow-{ctx.task_name}",
            )
        except (OSError, TimeoutError) as error:
            raise ConnectionError(
                f"no Dask scheduler answers at {masked(address)} within {self._open_timeout_s:g} s: check "
                f"the address, and `security` if it wants TLS ({type(error).__name__})"
            ) from None
        self._queue = Queue(self._queue_name, client=self._client)
        self._future, self._given, self._waiting = None, 0, 0

    def next(self, ctx: Context) -> Any:
        """Give the next item; runs in the producer's worker, and blocks until there is one.

        For a second at most, but that what a future stands for may take longer to be fetched.

        Returns
        -------
        object or SKIP
            The item. `SKIP` if there was none for a second, or what a future stands for is not there yet.

        Raises
        ------
        StopIteration
            ``None`` was put, or `max_frames` items were given.
        LookupError
            What a future stood for is lost: it was cancelled, or its worker has gone.
        ConnectionError
            The scheduler has gone.
        Exception
            What the task of a future raised.
        """
        if self._given == self._max_frames:
            raise StopIteration
        item = self._taken() if self._future is None else self._future
        if self._is_future(item):
            item = self._resolved(item)
        if item is SKIP:
            return SKIP
        if item is None:
            raise StopIteration
        now = time.time()
        ctx.metadata.update(source=self._queue_name, index=self._given, event_time=now, capture_time=now)
        self._given += 1
        return item

    def close(self) -> None:
        """Close the connection; runs in the producer's worker. What is still in the queue stays there."""
        self._future = self._is_done = None
        self._queue = None  # not closed: Dask throws a queue away with the last who says that
        client, self._client = self._client, None
        if client is not None:
            client.close(timeout=_PATIENCE_S)

    def _taken(self) -> Any:
        """The next item as it is in the queue, or `SKIP` if there is none for a second.

        It is asked for when it is there: `get` that has to wait loses the next item if this process is killed
        meanwhile, and its time-out is an error in the scheduler's log.
        """
        assert self._queue is not None
        try:
            if not self._has_items(self._queue):
                return SKIP
            item = self._queue.get(timeout=_PATIENCE_S)
        except TimeoutError:  # somebody else has taken it
            self._waiting = 0
            return SKIP
        except OSError as error:
            raise ConnectionError(
                f"the scheduler that has the queue {self._queue_name!r} has gone ({type(error).__name__})"
            ) from None
        self._waiting -= 1
        return item

    def _has_items(self, queue: Queue) -> bool:
        until_s, wait_s = time.monotonic() + _PATIENCE_S, _SHORTEST_WAIT_S
        while not self._waiting:
            self._waiting = queue.qsize()
            if not self._waiting:
                if time.monotonic() > until_s:
                    return False
                time.sleep(wait_s)
                wait_s = min(2 * wait_s, _LONGEST_WAIT_S)
        return True

    @staticmethod
    def _is_future(item: Any) -> bool:
        from distributed import Future

        return isinstance(item, Future)

    def _resolved(self, future: Any) -> Any:
        """What a future stands for, or `SKIP` if it is not computed yet."""
        if self._future is None:
            is_done = threading.Event()
            future.add_done_callback(lambda _: is_done.set())
            self._future, self._is_done, self._since_s = future, is_done, time.monotonic()
        if future.status in ("pending", "lost"):
            assert self._is_done is not None
            if self._is_done.wait(_PATIENCE_S) and future.status == "lost":
                time.sleep(_LONGEST_WAIT_S)  # so that nobody is asked all the time
            # What is lost with its worker may be computed anew; what nobody knows of any more may not.
            if future.status == "lost" and time.monotonic() - self._since_s > _LONGEST_LOSS_S:
                self._future = None
                raise self._without_result("it was cancelled, or its worker has gone")
            if future.status in ("pending", "lost"):
                return SKIP
        self._future = None
        try:
            return future.result(timeout=_LONGEST_FETCH_S)
        except CancelledError:
            reason = "it was cancelled, or its worker has gone"
        except TimeoutError:
            if future.status == "error":
                raise  # the task's own
            reason = f"its worker does not hand it over within {_LONGEST_FETCH_S:g} s"
        raise self._without_result(reason)

    def _without_result(self, reason: str) -> LookupError:
        return LookupError(
            f"an item of the queue {self._queue_name!r} is a future without a result: {reason}"
        )


def _own_scheduler() -> tuple[str, Any]:
    """Address of the scheduler that this process works for, and what it wants for TLS."""
    from distributed import get_worker

    try:
        worker = get_worker()
    except ValueError:
        raise RuntimeError(
            "a QueueProducer without address reads from the scheduler of its flow, and here is none: "
            "give it an address outside of Flow.run()"
        ) from None
    return worker.scheduler.address, worker.security
