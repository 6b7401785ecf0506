"""Ports for the dashboard."""

from __future__ import annotations

import socket


def dashboard_address(host: str = "127.0.0.1", preferred: int = 8787) -> str:
    """An address for the dashboard: the preferred port, or any free one if that is taken."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, preferred))
        except OSError:
            return f"{host}:0"
    return f"{host}:{preferred}"
