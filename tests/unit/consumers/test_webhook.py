from __future__ import annotations

import pickle
import socket
import threading
from base64 import b64decode
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

import numpy as np
import pytest

from daskflow import BATCH, Flow
from daskflow.consumers import WebhookConsumer
from daskflow.consumers.posting import retry_after_s
from daskflow.core.context import Context
from daskflow.errors import NodeError
from daskflow.scene import Event
from daskflow.testing import Given, Kill, simulate
from tests.unit.consumers.hook_server import hook

FINE = (200, {}, "thanks")
BUSY = (503, {}, "busy")


def context(number: int = 0) -> Context:
    return Context("flow", "run", "hook", sequence_number=number)


@contextmanager
def opened(url: str, **options: Any) -> Iterator[WebhookConsumer]:
    before = threading.enumerate()
    node = pickle.loads(pickle.dumps(WebhookConsumer(url, first_wait_s=0, name="hook", **options)))
    node.open(context())
    try:
        yield node
    finally:
        node.close(context())
        threads = set(threading.enumerate()).difference(before)
        assert not [thread for thread in threads if thread.name == "daskflow-webhook"]


def test_each_message_is_posted_in_order() -> None:
    with hook() as server, opened(server.url + "?a=b%20c&d=ü", headers={"X-Camera": "north"}) as node:
        for number in range(3):
            node.consume({"number": np.int64(number)}, ctx=context(number))
        server.await_requests(3)
    assert server.bodies == [{"number": 0}, {"number": 1}, {"number": 2}]
    assert server.keys == ["run-hook-0", "run-hook-1", "run-hook-2"]
    path, headers, _ = server.requests[0]
    assert path == "/hook?a=b%20c&d=%C3%BC"
    assert headers["Content-Type"] == "application/json"
    assert headers["X-Camera"] == "north"


def test_failing_twice_and_then_fine() -> None:
    with hook(BUSY, (429, {"Retry-After": "0"}, ""), FINE) as server, opened(server.url) as node:
        node.consume([1, 2], ctx=context(7))
    assert server.keys == ["run-hook-7"] * 3


def test_events_only() -> None:
    events = [Event("line_in", tracker_id=1), Event("line_out", tracker_id=2)]
    with hook() as server, opened(server.url, events_only=True) as node:
        node.consume(events, ctx=context(4))
        node.consume([], ctx=context(5))
    assert [body["kind"] for body in server.bodies] == ["line_in", "line_out"]
    assert server.keys == ["run-hook-4-0", "run-hook-4-1"]


def test_a_refusal_shows_what_the_server_said_and_no_secret() -> None:
    answer = (401, {}, "not with geheim-1234 at /hook?key=pfad-5678")
    with (
        hook(answer) as server,
        pytest.raises(ConnectionError, match="401 Unauthorized: not with") as error,
        opened(server.url + "?key=pfad-5678", headers={"Authorization": "geheim-1234"}) as node,
    ):
        node.consume(1, ctx=context())
    assert "geheim" not in str(error.value)
    assert "pfad" not in str(error.value)
    assert f"127.0.0.1:{server.port}/***" in str(error.value)


def test_the_failure_is_raised_once_by_the_next_message_or_else_at_the_end() -> None:
    with hook((404, {}, "")) as server, opened(server.url, max_waiting=1) as node:
        node.consume(1, ctx=context())
        with pytest.raises(ConnectionError, match="404"):
            node.consume(2, ctx=context(1))  # waits for room, which does not come
    assert server.bodies == [1]


def test_with_on_error_skip_a_refusal_is_counted(caplog: pytest.LogCaptureFixture) -> None:
    with hook((404, {}, "")) as server, opened(server.url, on_error="skip") as node:
        node.consume(1, ctx=context())
        node.consume(2, ctx=context(1))
    assert server.bodies == [1, 2]
    assert "1 given up" in caplog.text


@pytest.mark.parametrize(("user", "sent"), [("user:p%40ss", "user:p@ss"), ("token", "token:")])
def test_user_and_password(user: str, sent: str) -> None:
    with hook() as server, opened(server.url.replace("//", f"//{user}@")) as node:
        node.consume(1, ctx=context())
    scheme, credentials = server.requests[0][1]["Authorization"].split()
    assert (scheme, b64decode(credentials).decode()) == ("Basic", sent)


@pytest.mark.parametrize("header", ["Connection", "X-Close"])
def test_a_connection_that_the_server_has_closed_is_no_failed_attempt(header: str) -> None:
    with hook((200, {header: "close"}, ""), FINE) as server, opened(server.url, attempts=1) as node:
        node.consume(1, ctx=context())
        node.consume(2, ctx=context(1))
    assert server.bodies == [1, 2]


def test_a_long_answer_is_not_read_to_its_end() -> None:
    with hook((200, {}, "x" * 100_000), FINE) as server, opened(server.url, attempts=1) as node:
        node.consume(1, ctx=context())
        node.consume(2, ctx=context(1))
    assert server.bodies == [1, 2]


def test_a_dead_server() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    with (
        pytest.raises(ConnectionError, match=r"ConnectionRefusedError.* after 2 attempts"),
        opened(f"http://127.0.0.1:{port}", attempts=2) as node,
    ):
        node.consume(1, ctx=context())


def test_a_slow_server() -> None:
    with (
        hook(is_open=False) as server,
        pytest.raises(ConnectionError, match=r"TimeoutError: no answer within 0\.05 s, after 2 attempts"),
        opened(server.url, timeout_s=0.05, attempts=2) as node,
    ):
        node.consume(1, ctx=context())


def test_a_server_that_sends_a_byte_now_and_then_is_a_slow_one() -> None:
    def drip() -> None:
        connection, _ = listener.accept()
        with connection:
            connection.sendall(b"HTTP/1.1 200 OK\r\n")
            while connection.recv(1000):  # and does not go on
                pass

    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=drip)
        thread.start()
        with (
            pytest.raises(ConnectionError, match="no answer within"),
            opened(f"http://127.0.0.1:{listener.getsockname()[1]}", timeout_s=0.05, attempts=1) as node,
        ):
            node.consume(1, ctx=context())
        thread.join()


def test_when_full_new_ones_are_dropped_and_counted(caplog: pytest.LogCaptureFixture) -> None:
    with hook(is_open=False) as server, opened(server.url, on_full="drop", max_waiting=2) as node:
        for number in range(5):
            node.consume(number, ctx=context(number))
        server.await_requests()
        server.gate.set()
    assert server.bodies == [0, 1]
    assert "3 dropped" in caplog.text
    assert caplog.text.count("a new one is dropped") == 1


def test_the_end_says_how_many_were_not_delivered(caplog: pytest.LogCaptureFixture) -> None:
    with hook(is_open=False) as server, opened(server.url, close_timeout_s=0) as node:
        for number in range(5):
            node.consume(number, ctx=context(number))
        server.await_requests()
    assert "5 not delivered" in caplog.text


def test_what_waits_outlives_the_process() -> None:
    with hook(is_open=False) as server:
        with opened(server.url, close_timeout_s=0) as killed:
            for number in range(3):
                killed.consume(number, ctx=context(number))
            state = pickle.loads(pickle.dumps(killed.snapshot()))
            server.await_requests()
        server.gate.set()
        with opened(server.url) as successor:
            successor.restore(state)
    assert server.bodies == [0, 0, 1, 2]
    assert server.keys[0] == server.keys[1]


def test_in_a_flow_a_kill_loses_nothing() -> None:
    with hook() as server:
        source = Given(list(range(30)))
        post = WebhookConsumer(server.url, name="post")(source)
        result = simulate(Flow([source], [post], BATCH), [Kill("post", at=20)])
    assert result.missed == ()
    assert set(server.bodies) == set(range(30))
    assert len(set(server.keys)) == 30
    assert len(server.bodies) > 30


def test_a_refusal_fails_the_flow() -> None:
    with hook((404, {}, "")) as server:
        source = Given([1])
        flow = Flow([source], [WebhookConsumer(server.url)(source)], BATCH)
        with pytest.raises(NodeError, match="404"):
            simulate(flow)


def test_a_frame_is_refused() -> None:
    with (
        opened("http://127.0.0.1:9") as node,
        pytest.raises(TypeError, match=r"hook posts JSON: .*too large"),
    ):
        node.consume(np.zeros((480, 640, 3), np.uint8), ctx=context())


@pytest.mark.parametrize(
    "url", ["", "example.com", "ftp://a/geheim", "http://", "http://a:b/geheim", "http://a /geheim"]
)
def test_no_address(url: str) -> None:
    with pytest.raises(ValueError, match="url is an address such as") as error:
        WebhookConsumer(url)
    assert "geheim" not in str(error.value)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"attempts": 0}, "attempts is at least 1"),
        ({"attempts": 1.5}, "attempts is a whole number"),
        ({"max_waiting": 0}, "max_waiting is at least 1"),
        ({"timeout_s": 0}, "timeout_s"),
        ({"first_wait_s": 100}, "longest_wait_s is not less"),
        ({"close_timeout_s": -1}, "close_timeout_s"),
        ({"on_full": "wait"}, "on_full is one of block, drop"),
        ({"headers": {"X": 1}}, "'X': int"),
        ({"headers": {"X Y": "a"}}, "'X Y'"),
        ({"headers": {"X": "geheim\r\nY: b"}}, "one line of ASCII; got another, not shown"),
    ],
)
def test_arguments_that_are_none(options: dict[str, Any], message: str) -> None:
    with pytest.raises((TypeError, ValueError), match=message) as error:
        WebhookConsumer("http://127.0.0.1", **options)
    assert "geheim" not in str(error.value)


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        (None, None),
        ("120", 120.0),
        ("Fri, 02 Jan 2026 00:01:00 GMT", 60.0),
        ("Fri, 02 Jan 2026 00:01:00 -0000", 60.0),
        ("Thu, 01 Jan 2026 00:00:00 GMT", 0.0),
        ("soon", None),
    ],
)
def test_retry_after(text: str | None, seconds: float | None) -> None:
    assert retry_after_s(text, datetime(2026, 1, 2, tzinfo=UTC)) == seconds
