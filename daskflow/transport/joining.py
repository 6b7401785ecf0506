"""How a task on any host comes to its ledger: it joins at the scheduler, and is given a carrier."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Mapping
from typing import Any

import dask.config
from dask.utils import parse_timedelta
from distributed.comm import connect
from distributed.comm.tcp import TCP

from daskflow.transport.carrier import Carrier, TcpCarrier
from daskflow.transport.comm_carrier import CommCarrier
from daskflow.transport.looping import run_on_loop

JOIN = "daskflow-join"
"""The operation by which a comm to the scheduler becomes a task's way to its ledger."""

JOINED, HANDED_OVER = "daskflow-joined", "daskflow-handed-over"
"""The answers to it: the comm itself, or its socket, is the way. Dask itself answers None where no run has
registered the operation."""


def join(
    loop: asyncio.AbstractEventLoop, address: str, run_id: str, connection_args: Mapping[str, Any]
) -> Carrier:
    """A carrier to the ledger of a run. Blocks until it is connected.

    Over plain TCP both sides take the socket out of Dask's hands as soon as they have found each other: no
    event loop has to be woken then for what is said. Otherwise, as over TLS, it goes through the comm.

    Parameters
    ----------
    loop : asyncio.AbstractEventLoop
        Runs in another thread, and goes on running: in a worker the worker's.
    address : str
        Where the scheduler is.
    run_id : str
        The run whose ledger to join.
    connection_args : mapping
        Arguments of `distributed.comm.connect`, such as those for TLS.

    Raises
    ------
    ConnectionError
        The scheduler cannot be reached, or knows of no such run (any more).
    """
    connect_s = parse_timedelta(dask.config.get("distributed.comm.timeouts.connect"), default="seconds")
    try:
        way = run_on_loop(loop, _way_to(address, run_id, connection_args), 2 * connect_s)
    except OSError as error:
        raise ConnectionError(f"the ledger at {address} was not reached: {error}") from error
    return TcpCarrier(way) if isinstance(way, socket.socket) else CommCarrier(loop, way)


def can_be_handed_over(comm: Any) -> bool:
    """Whether the bytes on a comm's socket are those that are written to it."""
    return type(comm) is TCP


async def handed_over(comm: Any) -> socket.socket:
    """The socket of a comm on which nothing is under way but, perhaps, what was written last."""
    stream = comm.stream
    if stream is None:
        raise ConnectionResetError("the other side is gone")
    await stream.write(b"")  # when all before it is on its way
    own: socket.socket = stream.socket.dup()
    comm.abort()  # closes its own descriptor, and no more
    return own


async def joined(comm: Any, run_id: str, *, hand_over: bool) -> Any:
    """The way to the ledger of a run, by a comm to its scheduler: its socket, or the comm itself.

    Raises
    ------
    OSError
        The scheduler knows of no such run, or is gone; the comm is closed then.
    """
    try:
        await comm.write({"op": JOIN, "run": run_id, "hand_over": hand_over})
        answer = await comm.read()
        if answer == HANDED_OVER:
            return await handed_over(comm)
        if answer != JOINED:
            raise ConnectionRefusedError(f"it knows of no run {run_id}")
    except BaseException:
        comm.abort()
        raise
    return comm


async def _way_to(address: str, run_id: str, connection_args: Mapping[str, Any]) -> Any:
    comm = await connect(address, **connection_args)
    return await joined(comm, run_id, hand_over=can_be_handed_over(comm))
