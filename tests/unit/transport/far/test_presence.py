"""A run's places on a host: while somebody is there, and no longer."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
import uuid
from collections.abc import Callable, Iterator

import pytest

from daskflow.transport.far import presence
from daskflow.transport.far.presence import accompany, arrive, depart, leave, places_here
from daskflow.transport.places import RunPlaces

HOST = "0123abcd"
GRACE_S = 0.5
PATIENCE_S = 20

ANOTHER = f"""
import sys
from daskflow.transport.far.presence import arrive
arrive(sys.argv[1], {HOST!r}, float(sys.argv[2]))
print("here", flush=True)
sys.stdin.read()
"""


@pytest.fixture
def run_id() -> Iterator[str]:
    run_id = uuid.uuid4().hex
    yield run_id
    leave(run_id, HOST)
    wait_until(lambda: janitors(run_id) == [])


def janitors(run_id: str) -> list[int]:
    found = []
    for pid in filter(str.isdigit, os.listdir("/proc")):
        try:
            with open(f"/proc/{pid}/cmdline", "rb") as file:
                words = file.read()
            with open(f"/proc/{pid}/stat") as file:
                is_dead = file.read().rpartition(")")[2].split()[0] == "Z"
        except OSError:
            continue
        if f"-{run_id}@".encode() in words and b"flock" in words and not is_dead:
            found.append(int(pid))
    return found


def wait_until(is_so: Callable[[], bool]) -> None:
    end = time.monotonic() + PATIENCE_S
    while not is_so():
        assert time.monotonic() < end
        time.sleep(0.02)


@pytest.fixture
def another(run_id: str) -> Iterator[Callable[..., subprocess.Popen[str]]]:
    started = []

    def start(grace_s: float = GRACE_S) -> subprocess.Popen[str]:
        process = subprocess.Popen(
            [sys.executable, "-c", ANOTHER, run_id, str(grace_s)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        started.append(process)
        assert process.stdout is not None
        assert process.stdout.readline() == "here\n"
        return process

    yield start
    for process in started:
        process.kill()
        process.communicate()


def test_the_first_makes_the_places_and_a_janitor(run_id):
    assert places_here(run_id, HOST) is None
    places = arrive(run_id, HOST)
    assert places == RunPlaces.of_run(run_id, HOST) == places_here(run_id, HOST)
    assert all(place.is_dir() and place.stat().st_mode & 0o777 == 0o700 for place in places.both)
    assert arrive(run_id, HOST) == places
    wait_until(lambda: len(janitors(run_id)) == 1)


def test_leaving_removes_all_at_once(run_id):
    places = arrive(run_id, HOST)
    (places.memory / "slot-1").write_bytes(b"x")
    leave(run_id, HOST)
    assert not any(place.exists() for place in places.both)
    assert janitors(run_id) == []
    leave(run_id, HOST)  # a second time there is nothing to do


def test_there_is_one_janitor_for_all_on_a_host(run_id, another):
    arrive(run_id, HOST)
    another()
    wait_until(lambda: len(janitors(run_id)) == 1)


def test_when_all_are_dead_the_places_go_after_a_while(run_id, another):
    one, other = another(), another()
    places = RunPlaces.of_run(run_id, HOST)
    one.send_signal(signal.SIGKILL)
    one.wait()
    time.sleep(3 * GRACE_S)
    assert places.memory.is_dir()  # the other is there
    other.send_signal(signal.SIGKILL)
    other.wait()
    wait_until(lambda: not any(place.exists() for place in places.both))
    wait_until(lambda: janitors(run_id) == [])


def test_who_comes_again_in_time_finds_all_as_it_was(run_id, another):
    grace_s = 3.0  # time to start a process in
    another(grace_s).kill()
    places = RunPlaces.of_run(run_id, HOST)
    (places.memory / "slot-1").write_bytes(b"x")
    again = another(grace_s)
    time.sleep(grace_s + GRACE_S)
    assert (places.memory / "slot-1").read_bytes() == b"x"
    again.kill()
    wait_until(lambda: not places.memory.exists())


def test_a_janitor_that_is_killed_has_a_successor(run_id, another):
    another()
    wait_until(lambda: len(janitors(run_id)) == 1)
    (first,) = janitors(run_id)
    os.kill(first, signal.SIGKILL)
    wait_until(lambda: janitors(run_id) == [])
    another()
    wait_until(lambda: len(janitors(run_id)) == 1)
    assert janitors(run_id) != [first]


def test_a_janitor_ends_with_the_run_though_who_started_it_is_dead(run_id, another):
    first = another()
    second = another()
    first.kill()
    first.wait()
    wait_until(lambda: len(janitors(run_id)) == 1)
    leave(run_id, HOST)
    second.kill()
    second.wait()
    wait_until(lambda: janitors(run_id) == [])


def test_who_departs_leaves_all_to_the_others(run_id, another):
    places = arrive(run_id, HOST, GRACE_S)
    depart(run_id, HOST)
    other = another()
    time.sleep(3 * GRACE_S)
    assert places.memory.is_dir()
    other.kill()
    wait_until(lambda: not places.memory.exists())
    depart(run_id, HOST)  # a second time there is nothing to do


def test_who_only_serves_makes_no_places(run_id):
    with pytest.raises(FileNotFoundError):
        arrive(run_id, HOST, is_first=False)
    places = arrive(run_id, HOST)
    assert arrive(run_id, HOST, is_first=False) == places


def test_a_folder_of_somebody_else_is_refused(run_id, monkeypatch):
    places = RunPlaces.of_run(run_id, HOST)
    places.memory.mkdir()
    monkeypatch.setattr(presence.os, "geteuid", lambda: 12345)
    with pytest.raises(PermissionError, match="not this user's own"):
        arrive(run_id, HOST)


def test_a_janitor_that_waits_notices_that_the_places_are_gone(run_id):
    arguments = [sys.executable, "-c", ANOTHER, run_id, "600"]
    with subprocess.Popen(arguments, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as other:
        other.stdout.readline()
        assert janitors(run_id)
        other.kill()
    time.sleep(0.2)  # now it waits for somebody to come
    leave(run_id, HOST)
    wait_until(lambda: janitors(run_id) == [])


def test_what_goes_with_the_places(run_id):
    started = []

    def start(places: RunPlaces) -> subprocess.Popen[bytes]:
        started.append(subprocess.Popen(["sleep", "60"]))
        return started[-1]

    accompany(run_id, HOST, start)
    assert started == [], "it is not here"
    arrive(run_id, HOST, GRACE_S)
    accompany(run_id, HOST, lambda places: None)
    accompany(run_id, HOST, start)
    leave(run_id, HOST)
    assert started[0].poll() == -signal.SIGKILL
