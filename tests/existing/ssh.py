"""An SSH server for a test: on a port and with keys of its own, so that nobody's own ones are touched."""

from __future__ import annotations

import contextlib
import getpass
import os
import shutil
import signal
import socket
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from tests.existing.clusters import free_port, within

REPOSITORY = Path(__file__).parents[2]


def why_no_ssh() -> str:
    """Why there can be no SSH server here; empty where there can."""
    try:
        import asyncssh  # noqa: F401
    except ImportError:
        return "asyncssh, which Dask's SSHCluster needs, is not installed"
    if _sshd() is None or shutil.which("ssh-keygen") is None:
        return "no OpenSSH server is installed"
    return ""


def _sshd() -> str | None:
    return shutil.which("sshd", path=f"{os.environ.get('PATH', '')}:/usr/sbin")


@contextlib.contextmanager
def ssh_server(folder: Path) -> Iterator[dict[str, Any]]:
    """Runs one; yields arguments of `asyncssh.connect`, for this user on this machine."""
    server_key, own_key, port = folder / "server_key", folder / "own_key", free_port()
    for key in server_key, own_key:
        subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", key], check=True)
    config = folder / "sshd_config"
    config.write_text(
        f"""
        ListenAddress 127.0.0.1:{port}
        HostKey {server_key}
        AuthorizedKeysFile {own_key}.pub
        PidFile none
        StrictModes no
        UsePAM no
        PermitRootLogin prohibit-password
        PasswordAuthentication no
        SetEnv PYTHONPATH={REPOSITORY} TMPDIR={os.environ.get("TMPDIR", "/tmp")}
        """
    )
    command = [str(_sshd()), "-D", "-e", "-f", str(config)]
    if os.geteuid() == 0:  # as root it wants this directory, which only the system's own makes
        hidden = 'mount -t tmpfs tmpfs /run && mkdir -m 755 /run/sshd && exec "$@"'
        command = ["unshare", "--mount", "sh", "-c", hidden, "sh", *command]
    with (folder / "sshd.log").open("wb") as log:
        server = subprocess.Popen(command, stdout=log, stderr=log, start_new_session=True)
    try:
        assert within(10, lambda: _answers(port)), (folder / "sshd.log").read_text()
        yield {
            "port": port,
            "username": getpass.getuser(),
            "client_keys": [str(own_key)],
            "known_hosts": None,
            "config": None,
            "agent_path": None,
        }
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(server.pid, signal.SIGTERM)
        server.wait(10)


def _answers(port: int) -> bool:
    with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
        return True
    return False
