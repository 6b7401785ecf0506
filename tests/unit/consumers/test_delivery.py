from __future__ import annotations

import logging
import threading
from typing import Any

import pytest

from daskflow.consumers.delivery import Attempts, Delivery, Parcel
from daskflow.consumers.posting import Answer
from tests.unit.consumers.hook_server import PATIENCE_S

LOGGER = logging.getLogger("daskflow.webhook")
FINE = Answer(200, "200 OK")
BUSY = Answer(503, "503 Busy")


class Server:
    """Answers as it is told, and raises what is an error."""

    def __init__(self, *answers: Any) -> None:
        self.answers = list(answers)
        self.keys: list[str] = []
        self.waits: list[float] = []

    def post(self, parcel: Parcel) -> Answer:
        self.keys.append(parcel.key)
        answer = self.answers.pop(0) if self.answers else FINE
        if isinstance(answer, Exception):
            raise answer
        return answer

    def wait(self, seconds: float) -> bool:
        self.waits.append(seconds)
        return False

    def delivery(self, **options: Any) -> Delivery:
        delivery = Delivery(
            self.post,
            most_waiting=3,
            attempts=Attempts(4, first_wait_s=1.0, longest_wait_s=20.0),
            logger=LOGGER,
            wait=self.wait,
            **options,
        )
        delivery.start()
        return delivery


def put(delivery: Delivery, *keys: str) -> None:
    for key in keys:
        assert delivery.put(Parcel(key, b"{}"), blocks=True)


def end(delivery: Delivery) -> int:
    return delivery.end(PATIENCE_S, lambda: None)


def test_in_order_and_all_before_the_end() -> None:
    server = Server()
    delivery = server.delivery()
    put(delivery, *"abcdefgh")
    assert end(delivery) == 0
    assert server.keys == list("abcdefgh")
    assert (delivery.delivered, delivery.failure) == (8, None)


@pytest.mark.parametrize(
    "trouble", [BUSY, Answer(500, "x"), Answer(429, "x"), Answer(408, "x"), OSError("x"), TimeoutError()]
)
def test_tried_again_after_longer_and_longer(trouble: Any) -> None:
    server = Server(trouble, trouble, trouble)
    delivery = server.delivery()
    put(delivery, "a", "b")
    assert end(delivery) == 0
    assert server.keys == ["a", "a", "a", "a", "b"]
    assert all(half <= wait <= 2 * half for wait, half in zip(server.waits, (0.5, 1.0, 2.0), strict=True))


def test_the_server_says_when() -> None:
    server = Server(Answer(429, "x", 7.0), Answer(503, "x", 1e9))
    delivery = server.delivery()
    put(delivery, "a")
    assert end(delivery) == 0
    assert server.waits == [7.0, 20.0]


@pytest.mark.parametrize(
    ("failures", "asked_s", "chance", "wait_s"),
    [(1, None, 0, 1), (3, None, 0, 4), (3, None, 1, 2), (9, None, 0, 20), (5000, None, 0, 20), (3, 3, 1, 3)],
)
def test_waits(failures: int, asked_s: float | None, chance: float, wait_s: float) -> None:
    assert Attempts(9, 1.0, 20.0).wait_s(failures, asked_s, chance) == wait_s


def test_a_dead_server_is_the_end() -> None:
    server = Server(*[ConnectionRefusedError("refused")] * 4)
    delivery = server.delivery(server="https://example.com")
    put(delivery, "a")
    assert end(delivery) == 1
    assert server.keys == ["a"] * 4
    assert "https://example.com was not told of a: ConnectionRefusedError: refused, after 4" in str(
        delivery.failure
    )
    with pytest.raises(ConnectionError):
        delivery.put(Parcel("b", b""), blocks=True)


@pytest.mark.parametrize("status", [301, 400, 401, 404, 413])
def test_a_refusal_is_the_end_at_once(status: int) -> None:
    server = Server(Answer(status, f"{status} no"))
    delivery = server.delivery()
    put(delivery, "a")
    assert end(delivery) == 1
    assert server.keys == ["a"]
    assert f"it answered {status} no; it will not be tried again" in str(delivery.failure)


@pytest.mark.parametrize(
    ("answers", "options"),
    [
        ([BUSY] * 4, {"is_lenient": True}),
        ([Answer(400, "400 no")], {"forgives": True}),
    ],
)
def test_or_the_next_one_is_tried(answers: list[Answer], options: dict[str, bool], caplog: Any) -> None:
    server = Server(*answers, *answers)
    delivery = server.delivery(**options)
    put(delivery, "a", "b", "c")
    assert end(delivery) == 0
    assert (delivery.delivered, delivery.given_up, delivery.failure) == (1, 2, None)
    assert caplog.text.count("was not delivered") == 1


def test_a_defect_is_no_silence() -> None:
    delivery = Server(ZeroDivisionError("of ours")).delivery(is_lenient=True)
    put(delivery, "a")
    end(delivery)
    assert "ZeroDivisionError: of ours" in str(delivery.failure)


class Gate(Server):
    """Does not answer until it is let."""

    def __init__(self) -> None:
        super().__init__()
        self.asked = threading.Semaphore(0)
        self.let = threading.Semaphore(0)

    def post(self, parcel: Parcel) -> Answer:
        self.asked.release()
        assert self.let.acquire(timeout=PATIENCE_S)
        return super().post(parcel)


def test_when_full_it_refuses_or_waits_for_room() -> None:
    server = Gate()
    delivery = server.delivery()
    put(delivery, "a", "b", "c")
    assert server.asked.acquire(timeout=PATIENCE_S)
    assert not delivery.put(Parcel("d", b""), blocks=False)
    assert [parcel.key for parcel in delivery.waiting()] == ["a", "b", "c"]
    waiting = threading.Thread(target=put, args=(delivery, "d"))
    waiting.start()
    assert waiting.is_alive()
    server.let.release(9)
    waiting.join(PATIENCE_S)
    assert end(delivery) == 0
    assert server.keys == ["a", "b", "c", "d"]


def test_the_end_does_not_wait_for_ever() -> None:
    server = Gate()
    delivery = server.delivery()
    put(delivery, "a", "b")
    assert server.asked.acquire(timeout=PATIENCE_S)
    assert delivery.end(0.0, server.let.release) == 1  # the request that is ended here had been answered
    assert (delivery.failure, server.keys) == (None, ["a"])


def test_nor_does_a_wait_between_attempts() -> None:
    delivery = Delivery(
        Server(*[BUSY] * 9).post,
        most_waiting=3,
        attempts=Attempts(9, first_wait_s=3600.0, longest_wait_s=3600.0),
        logger=LOGGER,
    )
    delivery.start([Parcel("a", b"")])
    assert delivery.end(0.0, lambda: None) == 1
    assert delivery.failure is None
