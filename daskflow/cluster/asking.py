"""Asks a scheduler for the snapshots of its flows, from any process."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Mapping
from typing import Any

import msgpack
from distributed import Security
from distributed.comm.addressing import normalize_address, parse_address, parse_host_port
from distributed.comm.registry import get_backend
from distributed.core import rpc

from daskflow.cluster.snapshots import OPERATION
from daskflow.errors import DaskflowError
from daskflow.monitor.records import FORM, from_record
from daskflow.monitor.snapshot import RunSnapshot
from daskflow.version import __version__

TIMEOUT_S = 5.0
"""How long an answer may take: milliseconds as a rule, but a scheduler may be at work for a second or two."""

_PROBED = ("tcp", "tls")


class Unanswered(DaskflowError):
    """No snapshots came from an address; the message says why, and what to do.

    Attributes
    ----------
    is_gone : bool
        Whether nothing listens there: the program has ended, or never was.
    """

    def __init__(self, message: str, *, is_gone: bool = False) -> None:
        super().__init__(message)
        self.is_gone = is_gone


class SchedulerAsked:
    """A scheduler that is asked now and then, over one connection that stays open.

    Parameters
    ----------
    address : str
        ``tcp://host:port``, ``tls://host:port`` or ``host:port``. Certificates for TLS are those of Dask's
        configuration.
    timeout_s : float, optional
        How long an answer may take.

    Raises
    ------
    ValueError
        That is no address of a scheduler.
    """

    def __init__(self, address: str, timeout_s: float = TIMEOUT_S) -> None:
        self.address = _checked(address)
        self._timeout_s = timeout_s
        self._rpc: Any = None

    async def snapshots(self, *, history: bool = False) -> list[RunSnapshot]:
        """The latest snapshots of the flows there, by the time they began.

        Parameters
        ----------
        history : bool, default False
            Whether earlier moments are wanted too, which are many.

        Raises
        ------
        Unanswered
            They did not come.
        """
        try:
            return await asyncio.wait_for(self._ask(history), self._timeout_s)
        except Exception as error:  # whatever Dask makes of what it meets there
            await self.close()  # so that the next time begins anew
            raise self._unanswered(error) from error

    async def close(self) -> None:
        """Close the connection."""
        if self._rpc is not None:
            await self._rpc.close_rpc()
            self._rpc = None

    async def _ask(self, history: bool) -> list[RunSnapshot]:
        if self._rpc is not None and all(comm.closed() for comm in self._rpc.comms):
            await self.close()  # else Dask would try for long to connect anew
        if self._rpc is None:
            await self._probe()
            self._rpc = rpc(
                self.address,
                deserialize=False,  # nothing that comes is unpickled
                timeout=self._timeout_s,
                connection_args=Security().get_connection_args("client"),
            )
        answer = await getattr(self._rpc, OPERATION)(history=history)
        if not isinstance(answer, Mapping):
            raise Unanswered(
                f"{self.address} knows of no flows: none has run on that scheduler, or its daskflow is older "
                f"than {__version__} here, or it is a worker's. flow.scheduler_address says where a flow is"
            )
        if answer.get("form") != FORM:
            raise Unanswered(
                f"daskflow {answer.get('version')} at {self.address} and this one, {__version__}, do not "
                "understand each other: use the same version in both"
            )
        return [from_record(record) for record in msgpack.unpackb(answer["runs"])]

    def _unanswered(self, error: Exception) -> Unanswered:
        if isinstance(error, Unanswered):
            return error
        if isinstance(error, TimeoutError):
            return Unanswered(
                f"{self.address} did not answer within {self._timeout_s:g} s: its process is busy or "
                "stopped, or it is no Dask scheduler"
            )
        said = f"{type(error).__name__}: {error}" if str(error) else type(error).__name__
        hint = "is it the address of a Dask scheduler, and not of its dashboard?"
        if self.address.startswith("tls:"):
            hint = "it wants TLS: give the certificates in Dask's configuration, under distributed.comm.tls"
        return Unanswered(f"{self.address} gave no answer ({said}); {hint}")

    async def _probe(self) -> None:
        """Find out whether anything listens: Dask would try again and again until the time is up."""
        scheme, location = parse_address(self.address)
        if scheme in _PROBED:
            host, port = parse_host_port(location)
            try:
                _, writer = await asyncio.open_connection(host, port)
            except OSError as error:
                raise Unanswered(
                    f"nothing listens at {self.address} ({_reason(error)}): the program of that "
                    "flow has ended, or the address is another",
                    is_gone=True,
                ) from error
            writer.close()


def _checked(address: str) -> str:
    scheme, _, location = address.rpartition("://")
    if scheme in ("http", "https"):
        raise ValueError(
            f"{address} is the address of a dashboard; expected that of a scheduler, such as tcp://127.0.0.1:8786"
        )
    try:
        parse_host_port(location)
        get_backend(parse_address(address)[0])
    except ValueError as error:
        raise ValueError(
            f"{address!r} is no address of a scheduler: expected tcp://host:port or host:port ({error})"
        ) from error
    return str(normalize_address(address))


def _reason(error: OSError) -> str:
    if error.errno is None or error.errno < 0:  # of a name that was not found, or several addresses
        return error.strerror or str(error)
    return os.strerror(error.errno)
