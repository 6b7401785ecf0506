"""Several hosts on one machine: each has a network of its own, shared memory, processes and a name.

Their network is a bridge that no other process is on. The scheduler's host alone has a second line, to this
program: as where workers are behind a firewall, who calls reaches the scheduler and none of them. What is
sent to them from here is dropped without a word.
"""

from __future__ import annotations

import contextlib
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path

import psutil
from distributed import Client

from tests.existing.clusters import within

REPOSITORY = Path(__file__).parents[2]

PREFIX = "dfhosts"
"""How the names of the network namespaces begin; the id of the process that made them follows."""

NET, SCHEDULER = "net", "scheduler"
PORT = 8786

START_S = 120
"""How long the workers of all hosts may take to come, on a machine that does other things too."""


@cache
def why_not() -> str:
    """Why there can be no such hosts here; empty where there can."""
    if not sys.platform.startswith("linux") or os.geteuid() != 0:
        return "network namespaces need Linux and root"
    needed = "ip", "tc", "unshare", "setpriv", "mount"
    missing = [program for program in needed if not shutil.which(program)]
    if missing:
        return f"not installed: {', '.join(missing)} (iproute2, util-linux)"
    name = f"{PREFIX}-{os.getpid()}-probe"
    tried = subprocess.run(["ip", "netns", "add", name], capture_output=True, text=True)
    if tried.returncode == 0:
        tried = subprocess.run(
            ["ip", "netns", "exec", name, *_IN_PRIVATE, "mount -t tmpfs t /dev/shm && hostname probe"],
            capture_output=True, text=True,
        )  # fmt: skip
        _run("ip", "netns", "del", name)
    return tried.stderr.strip() if tried.returncode else ""


_PLACE = re.compile(r"daskflow-[0-9a-f]+@")

_IN_PRIVATE = ("unshare", "--pid", "--fork", "--kill-child", "--mount-proc", "--uts", "sh", "-c")


class Hosts:
    """Hosts that a cluster of Dask is on, and the network between them.

    Parameters
    ----------
    folder : pathlib.Path
        For their logs and temp directories.
    workers : mapping of str to int
        How many single-threaded workers there are on each host, by its name. Each has the Dask resource of
        that name, so that nodes can be put there.
    tags : mapping of str to str, optional
        One more Dask resource that a host's workers have, by the host's name.
    """

    def __init__(self, folder: Path, workers: Mapping[str, int], tags: Mapping[str, str] | None = None):
        self._folder = folder
        self._workers = workers
        self._resources = {host: f"{host}=100" for host in workers}
        for host, tag in (tags or {}).items():
            self._resources[host] += f",{tag}=100"
        self._tag = f"{PREFIX}-{os.getpid()}"
        self._subnet = f"10.{64 + os.getpid() % 128}"
        self._line = f"dfh{os.getpid()}"  # of this program to the scheduler
        self._running: dict[str, subprocess.Popen[bytes]] = {}
        self.address = f"tcp://{self._subnet}.1.1:{PORT}"
        """Of the scheduler, as this program reaches it."""

    # -- what there is ----------------------------------------------------------------------------------

    def build(self) -> None:
        """Make the network, and start the scheduler and the workers."""
        remove_left_overs()
        self._add_namespace(NET)
        self._net("link", "add", "bridge", "type", "bridge")
        self._net("link", "set", "bridge", "up")
        self._add_host(SCHEDULER, f"{self._subnet}.0.1")
        self._add_line_to_here()
        self._start(SCHEDULER, ["scheduler", "--host", "0.0.0.0", "--port", str(PORT), "--no-dashboard"])
        for number, host in enumerate(self._workers):
            self._add_host(host, f"{self._subnet}.0.{10 + number}")
            self.start(host)
        self.wait_for_workers()

    def tear_down(self) -> None:
        """End all processes and remove the network; the hosts' shared memory goes with their processes."""
        for process in self._running.values():
            process.kill()
            process.wait()
        _remove_namespaces(self._tag)
        with contextlib.suppress(subprocess.CalledProcessError):  # it goes with its other end, soon
            _run("ip", "link", "del", self._line)

    def start(self, host: str) -> None:
        """Start the workers of a host."""
        number = self._workers[host]
        self._start(
            host,
            ["worker", f"tcp://{self._subnet}.0.1:{PORT}", "--host", self.address_of(host), "--nthreads", "1",
             "--nworkers", str(number), "--name", host, "--resources", self._resources[host],
             "--no-dashboard", "--memory-limit", "0", "--local-directory", str(self.temp(host))],
        )  # fmt: skip

    def revive(self) -> None:
        """Have all hosts as they were at the beginning, whatever happened to them."""
        self.unshape()
        for host in self._workers:
            self.reconnect(host)
            if host not in self._running:
                self.start(host)
        self.wait_for_workers()

    def wait_for_workers(self) -> None:
        """Wait until all workers of all hosts that run are there."""
        wanted = sum(number for host, number in self._workers.items() if host in self._running)
        with Client(self.address, timeout=START_S, set_as_default=False) as client:
            client.wait_for_workers(wanted, timeout=START_S)

    def address_of(self, host: str) -> str:
        return f"{self._subnet}.0.{10 + list(self._workers).index(host)}"

    def host_at(self, address: str) -> str:
        """The host of a worker, by its address."""
        return next(host for host in self._workers if f"//{self.address_of(host)}:" in address)

    def temp(self, host: str) -> Path:
        """The temp directory of a host."""
        return self._folder / host

    # -- what happens to them ---------------------------------------------------------------------------

    def kill(self, host: str) -> None:
        """All processes of a host are gone at once, and with them what was in its memory."""
        process = self._running.pop(host)
        process.kill()
        process.wait()
        assert within(10, lambda: not self.processes(host)), f"{self.processes(host)} live on"
        for left in self.temp(host).glob("daskflow-*"):  # as of a machine that starts again
            shutil.rmtree(left)

    def cut_off(self, host: str) -> None:
        """Take a host from the network; nobody is told."""
        self._net("link", "set", host, "down")

    def reconnect(self, host: str) -> None:
        self._net("link", "set", host, "up")

    def limit_rate(self, rate: str) -> None:
        """Let each host send no more than that, such as ``1gbit``."""
        for host in self._workers:
            self._in(host, "tc", "qdisc", "replace", "dev", "e0", "root", "tbf",
                     "rate", rate, "burst", "128kb", "latency", "50ms")  # fmt: skip

    def delay(self, *what: str) -> bool:
        """Delay what each host sends, or lose some of it, as netem says; whether this system can."""
        try:
            for host in self._workers:
                self._in(host, "tc", "qdisc", "replace", "dev", "e0", "root", "netem", *what)
        except subprocess.CalledProcessError:
            return False
        return True

    def unshape(self) -> None:
        """Let all hosts send as they can."""
        for host in self._workers:
            with contextlib.suppress(subprocess.CalledProcessError):  # it does already
                self._in(host, "tc", "qdisc", "del", "dev", "e0", "root")

    # -- what can be seen of them -----------------------------------------------------------------------

    def bytes_received(self) -> dict[str, int]:
        """Bytes that each host has received from the network since it is on it."""
        links = json.loads(self._net("-s", "-j", "link", "show"))
        return {link["ifname"]: link["stats64"]["tx"]["bytes"] for link in links if "stats64" in link}

    def processes(self, host: str) -> list[psutil.Process]:
        """The processes on a host that have not ended."""
        found = []
        for pid in _pids_in(f"{self._tag}-{host}"):
            with contextlib.suppress(psutil.NoSuchProcess):
                process = psutil.Process(pid)
                if process.status() != psutil.STATUS_ZOMBIE and process.name() != "unshare":
                    found.append(process)
        return found

    def places(self) -> list[str]:
        """What runs have on the hosts: directories in shared memory and temp directories."""
        found = []
        for host in self._running:
            roots = {Path(f"/proc/{process.pid}/root/dev/shm") for process in self.processes(host)[:1]}
            for folder in (*roots, self.temp(host)):
                found += [f"{host}: {path.name}" for path in folder.glob("daskflow-*")]
        return found

    def janitors(self) -> list[str]:
        """Processes of runs on the hosts that are none of Dask's."""
        found = []
        for host in self._running:
            for process in self.processes(host):
                with contextlib.suppress(psutil.NoSuchProcess):
                    if _PLACE.search(line := " ".join(process.cmdline())):
                        found.append(f"{host}: {process.pid} {line[:200]}")
        return found

    def log(self, host: str) -> str:
        """What the Dask program of a host has said."""
        return (self._folder / f"{host}.log").read_text()

    def command_on(self, host: str, *command: str) -> list[str]:
        """A command line that runs another on a host's network."""
        return ["ip", "netns", "exec", f"{self._tag}-{host}", *command]

    # ---------------------------------------------------------------------------------------------------

    def _add_namespace(self, name: str) -> None:
        _run("ip", "netns", "add", f"{self._tag}-{name}")
        self._in(name, "ip", "link", "set", "lo", "up")

    def _add_host(self, host: str, address: str) -> None:
        self._add_namespace(host)
        self._net("link", "add", host, "type", "veth", "peer", "name", "e0", "netns", f"{self._tag}-{host}")
        self._net("link", "set", host, "master", "bridge", "up")
        self._in(host, "ip", "address", "add", f"{address}/24", "dev", "e0")
        self._in(host, "ip", "link", "set", "e0", "up")

    def _add_line_to_here(self) -> None:
        here, there = self._line, f"{self._tag}-{SCHEDULER}"
        _run("ip", "link", "add", here, "type", "veth", "peer", "name", "c0", "netns", there)
        _run("ip", "address", "add", f"{self._subnet}.1.2/24", "dev", here)
        _run("ip", "link", "set", here, "up")
        self._in(SCHEDULER, "ip", "address", "add", f"{self._subnet}.1.1/24", "dev", "c0")
        self._in(SCHEDULER, "ip", "link", "set", "c0", "up")
        # The scheduler's host passes nothing on: a way that leads nowhere, and to nobody else.
        _run("ip", "route", "add", f"{self._subnet}.0.0/24", "via", f"{self._subnet}.1.1")

    def _start(self, host: str, arguments: list[str]) -> None:
        temp = self.temp(host)
        temp.mkdir(exist_ok=True)
        program = [sys.executable, "-m", "dask", *arguments]
        script = 'hostname "$1"; mount -t tmpfs tmpfs /dev/shm; shift; "$@"; exit'  # not exec: sh reaps
        environment = {
            **os.environ,
            "TMPDIR": str(temp),
            "PYTHONPATH": str(REPOSITORY),
            "DASK_DISTRIBUTED__WORKER__MULTIPROCESSING_METHOD": "forkserver",
        }
        with (self._folder / f"{host}.log").open("ab") as log:
            self._running[host] = subprocess.Popen(
                ["setpriv", "--pdeathsig", "KILL", "--",
                 *self.command_on(host, *_IN_PRIVATE, script, "sh", host, *program)],
                stdin=subprocess.DEVNULL, stdout=log, stderr=log, env=environment, start_new_session=True,
            )  # fmt: skip

    def _net(self, *arguments: str) -> str:
        return _run("ip", "-n", f"{self._tag}-{NET}", *arguments)

    def _in(self, host: str, *command: str) -> str:
        return _run(*self.command_on(host, *command))


@contextlib.contextmanager
def hosts(workers: Mapping[str, int], tags: Mapping[str, str] | None = None) -> Iterator[Hosts]:
    """Hosts with workers, as `Hosts` says, which are gone after the block whatever happens in it."""
    with tempfile.TemporaryDirectory(prefix="dfhosts-", ignore_cleanup_errors=True) as folder:
        built = Hosts(Path(folder), workers, tags)
        try:
            built.build()
            yield built
        finally:
            built.tear_down()


def remove_left_overs() -> None:
    """Remove the hosts of programs that were killed."""
    for name in _namespaces():
        maker = name.split("-")[1] if name.startswith(f"{PREFIX}-") else ""
        if maker.isdigit() and int(maker) != os.getpid() and not psutil.pid_exists(int(maker)):
            _remove_namespaces(f"{PREFIX}-{maker}")


def _remove_namespaces(prefix: str) -> None:
    """Remove network namespaces, and with them all interfaces; who is in them still is killed."""
    for name in _namespaces():
        if name.startswith(f"{prefix}-"):
            for pid in _pids_in(name):
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
            _run("ip", "netns", "del", name)


def _namespaces() -> list[str]:
    return [line.split()[0] for line in _run("ip", "netns", "list").splitlines() if line]


def _pids_in(namespace: str) -> list[int]:
    found = subprocess.run(["ip", "netns", "pids", namespace], capture_output=True, text=True)
    return [int(pid) for pid in found.stdout.split()]  # of one that is gone: none


def _run(*command: str) -> str:
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout
