"""What the caller passed in as a cluster, brought down to how its scheduler is reached."""

from __future__ import annotations

import contextlib
from dataclasses import dataclass
from typing import Any

import dask.config
from distributed import Client
from distributed.client import default_client
from distributed.comm.addressing import normalize_address, parse_address, parse_host_port
from distributed.comm.registry import get_backend

from daskflow.errors import OptionError

CURRENT = "current"
"""Stands for the Dask client that the program has opened last."""


@dataclass(frozen=True, slots=True)
class ClusterAccess:
    """How to reach the scheduler of a cluster.

    Attributes
    ----------
    address : str
        Of the scheduler.
    security : distributed.Security or None
        With which to connect; None for what Dask's configuration says.
    is_asynchronous : bool
        Whether it belongs to an event loop, which nothing may block.
    """

    address: str
    security: Any = None
    is_asynchronous: bool = False


def access_to(cluster: object) -> ClusterAccess:
    """How to reach the scheduler that a caller means.

    Parameters
    ----------
    cluster : str, distributed.Client or distributed.deploy.Cluster
        The address of a scheduler, ``"current"`` for the client that was opened last, a client, or any
        cluster object that has the address of its scheduler and what secures it.

    Raises
    ------
    TypeError
        It is none of these.
    OptionError
        There is no current client, it is no address, or what was passed in is closed.
    """
    if cluster == CURRENT:
        try:
            cluster = default_client()
        except ValueError:
            raise OptionError(
                'cluster="current" stands for the Dask client that this program has opened last, and there '
                "is none: make one, Client(address), or pass the address itself"
            ) from None
    if isinstance(cluster, str):
        return ClusterAccess(_checked(cluster))
    if isinstance(cluster, Client):
        if cluster.status == "closed" or cluster.scheduler is None:
            remedy = "await it first" if cluster.status == "newly-created" else "open one, and keep it open"
            raise OptionError(f"the client that was passed in is {cluster.status}: {remedy}")
        return ClusterAccess(cluster.scheduler.address, cluster.security, cluster.asynchronous)
    address = getattr(cluster, "scheduler_address", None)
    if address is None:
        raise TypeError(
            "cluster is the address of a scheduler, a distributed.Client, a cluster object such as "
            f"SSHCluster, or a mapping of LocalCluster's arguments; got a {type(cluster).__name__}"
        )
    if not isinstance(address, str) or not address or "Not Connected" in address:
        raise OptionError(f"the {type(cluster).__name__} that was passed in has no scheduler (any more)")
    security = getattr(cluster, "security", None)
    return ClusterAccess(address, security, bool(getattr(cluster, "asynchronous", False)))


def access_to_default() -> ClusterAccess:
    """The current client's scheduler, else the one that Dask's configuration names.

    Raises
    ------
    OptionError
        There is neither.
    """
    with contextlib.suppress(ValueError):
        return access_to(default_client())
    address = dask.config.get("scheduler-address", None)
    if not address:
        raise OptionError(
            "which scheduler? Give its address, tcp://host:port, or say it in DASK_SCHEDULER_ADDRESS, or "
            "open a Dask client"
        )
    return ClusterAccess(_checked(address))


def _checked(address: str) -> str:
    try:
        parse_host_port(parse_address(address)[1])
        get_backend(parse_address(address)[0])
    except (ValueError, TypeError) as error:
        raise OptionError(
            f"{address!r} is no address of a scheduler: expected tcp://host:port, tls://host:port or "
            f"host:port, as dask scheduler prints it ({error})"
        ) from error
    return str(normalize_address(address))
