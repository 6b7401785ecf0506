"""A real RTSP server on the loopback interface, as a process that can be killed and started again."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

_PYTHON = "/usr/bin/python3"  # the system's: its GStreamer is not in a virtual environment
_SCRIPT = Path(__file__).with_name("rtsp_script.py")


def missing() -> str:
    """What keeps the server from running here; empty if nothing does."""
    if not Path(_PYTHON).exists():
        return f"there is no {_PYTHON}"
    code = (
        "import gi; gi.require_version('Gst', '1.0'); gi.require_version('GstRtspServer', '1.0');"
        "from gi.repository import Gst; Gst.init(None);"
        "missing = [n for n in ('videotestsrc', 'x264enc', 'rtph264pay') if not Gst.ElementFactory.find(n)];"
        "assert not missing, missing"
    )
    done = subprocess.run([_PYTHON, "-c", code], capture_output=True, text=True, check=False)
    last = (done.stderr.strip().splitlines() or ["no reason given"])[-1]
    return "" if done.returncode == 0 else f"no GStreamer with an RTSP server: {last}"


class RtspServer:
    """Serves ``/live``; in a ``with`` statement it is gone at the end.

    Parameters
    ----------
    user, password : str
        Asked for, if they are given.
    """

    def __init__(self, user: str = "", password: str = "") -> None:
        self._credentials = [user, password] if user else []
        self.port = 0
        self._process: subprocess.Popen[str] | None = None
        self.start()

    def start(self) -> None:
        """Start it, on the same port as before."""
        command = [_PYTHON, str(_SCRIPT), str(self.port), *self._credentials]
        self._process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        if not line:
            self.kill()
            pytest.fail("the RTSP server did not start")
        self.port = int(line)

    def url(self, user: str = "") -> str:
        return f"rtsp://{user}127.0.0.1:{self.port}/live"

    def kill(self) -> None:
        """SIGKILL, if it runs."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            assert self._process.stdout is not None
            self._process.stdout.close()
            self._process = None

    def __enter__(self) -> RtspServer:
        return self

    def __exit__(self, *_: object) -> None:
        self.kill()
