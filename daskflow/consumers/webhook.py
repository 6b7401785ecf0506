"""Messages or events, told to a web server."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from daskflow.consumers.delivery import Attempts, Delivery, Parcel
from daskflow.consumers.posting import Answer, Poster, checked_headers, parsed_address
from daskflow.core.context import Context
from daskflow.core.node import ConsumerNode
from daskflow.core.node.policy import SKIP_MESSAGE
from daskflow.scene.event import events_of
from daskflow.scene.records import json_bytes

_ON_FULL = ("block", "drop")


class WebhookConsumer(ConsumerNode):
    """Posts each message, or each event in it, as JSON to a web address.

    A thread of the consumer's process posts them one after the other, so that the flow does not wait for the
    server. An answer from 200 to 299 is a success. After no answer in time, no connection, 408, 425, 429 or
    500 and above, it tries again: after `first_wait_s`, then twice as long, and so on, less a random part of
    up to half [1]_, and not before the time that ``Retry-After`` says. Any other answer, also one that sends
    it elsewhere, is final.

    Parameters
    ----------
    url : str
        Where to, with ``http://`` or ``https://``; ``user:password@`` before the host becomes basic
        authentication. Proxies are not used.
    events_only : bool, default False
        Post each `daskflow.scene.Event` in the messages, such as those of a `LineCount`, and nothing else.
    headers : mapping of str to str, optional
        Of each request, such as ``{"Authorization": "Bearer ..."}``.
    timeout_s : float, default 10
        How long one request may take, all in all, in seconds.
    attempts : int, default 5
        How often each is tried.
    first_wait_s, longest_wait_s : float, default 0.5 and 60
        Between attempts, in seconds. ``Retry-After`` does not make it longer than the longest.
    max_waiting : int, default 100
        How many may wait, with the one on its way.
    on_full : {"block", "drop"}, default "block"
        What happens when so many wait, or all attempts for one have failed. ``"block"``: the flow waits for
        room, and fails where one cannot be delivered. ``"drop"``: the new message, or the one that could not
        be delivered, is dropped and counted; the log says how many. With ``"drop"``, too, an answer that is
        final fails the flow, unless ``on_error="skip"``.
    close_timeout_s : float, default 4
        How long the end of the flow may wait for what is left, in seconds. The log says how many were not
        delivered then. A flow that fails or is stopped at once gives its nodes 5 seconds to close.
    name : str, optional
        Unique in the flow.
    **options
        As for `Node`: queue_size, on_error, snapshot_every. With ``on_error="skip"`` what cannot be delivered
        is counted and logged, and the flow goes on.

    Raises
    ------
    TypeError, ValueError
        An argument is of another type or out of its range.

    Notes
    -----
    Each is delivered at least once. Where an answer was lost, or the consumer's process was killed, it comes
    again, with the same header ``Idempotency-Key``, made of run, node, sequence number and, of an event, its
    position: a server that remembers the last of them can tell. After a kill those since the last snapshot
    come again, with those that waited then.

    Messages are as for `JsonLinesConsumer`; several parents' messages become a list. Errors and log name the
    server, and neither path nor headers, which may be secrets.

    References
    ----------
    .. [1] M. Brooker, "Exponential Backoff And Jitter", AWS Architecture Blog, 2015: "equal jitter".
    """

    def __init__(
        self,
        url: str,
        *,
        events_only: bool = False,
        headers: Mapping[str, str] | None = None,
        timeout_s: float = 10.0,
        attempts: int = 5,
        first_wait_s: float = 0.5,
        longest_wait_s: float = 60.0,
        max_waiting: int = 100,
        on_full: str = "block",
        close_timeout_s: float = 4.0,
        name: str | None = None,
        **options: Any,
    ) -> None:
        super().__init__(name, **options)
        if not isinstance(url, str):
            raise TypeError(f"url is a string, got {type(url).__name__}")
        self._address = parsed_address(url)
        self._headers = checked_headers(headers or {})
        for option, number in {"attempts": attempts, "max_waiting": max_waiting}.items():
            if isinstance(number, bool) or not isinstance(number, int):
                raise TypeError(f"{option} is a whole number, got {number!r}")
            if number < 1:
                raise ValueError(f"{option} is at least 1, got {number}")
        if not 0 < timeout_s < float("inf"):
            raise ValueError(f"timeout_s is a number of seconds above 0, got {timeout_s}")
        if not 0 <= first_wait_s <= longest_wait_s < float("inf"):
            raise ValueError(
                "first_wait_s is a number of seconds, and longest_wait_s is not less, "
                f"got {first_wait_s} and {longest_wait_s}"
            )
        if not 0 <= close_timeout_s < float("inf"):
            raise ValueError(f"close_timeout_s is a number of seconds, at least 0, got {close_timeout_s}")
        if on_full not in _ON_FULL:
            raise ValueError(f"on_full is one of {', '.join(_ON_FULL)}, got {on_full!r}")
        self._events_only = bool(events_only)
        self._timeout_s = float(timeout_s)
        self._attempts = Attempts(attempts, float(first_wait_s), float(longest_wait_s))
        self._max_waiting = max_waiting
        self._blocks = on_full == "block"
        self._close_timeout_s = float(close_timeout_s)
        self._poster: Poster | None = None
        self._delivery: Delivery | None = None
        self._inherited: list[Parcel] = []
        self._dropped = 0
        self._is_started = self._has_raised = False

    def open(self, ctx: Context) -> None:
        """Get ready to post; runs in the consumer's worker. Nothing is sent before the first message."""
        poster = self._poster = Poster(self._address, self._headers, self._timeout_s)
        skips = self.policy.on_error == SKIP_MESSAGE

        def post(parcel: Parcel) -> Answer:
            return poster.post(parcel.body, parcel.key)

        self._delivery = Delivery(
            post,
            most_waiting=self._max_waiting,
            attempts=self._attempts,
            is_lenient=skips or not self._blocks,
            forgives=skips,
            server=str(self._address),
            logger=ctx.logger,
        )
        self._inherited, self._dropped = [], 0
        self._is_started = self._has_raised = False

    def consume(self, *items: Any, ctx: Context) -> None:
        """Hand `items`, one per parent, to the thread that posts them; runs in the consumer's worker.

        Blocks while there is no room, with ``on_full="block"``: at most for all attempts of one message.

        Raises
        ------
        TypeError, ValueError
            A message, or a part of it, has no JSON form, such as a frame.
        ConnectionError
            An earlier one could not be delivered, or was refused.
        """
        delivery = self._started()
        try:
            parcels = self._parcels(items, ctx)
        except (TypeError, ValueError) as error:
            kind = TypeError if isinstance(error, TypeError) else ValueError
            raise kind(f"{self!r} posts JSON: {error}") from None
        for parcel in parcels:
            try:
                has_room = delivery.put(parcel, blocks=self._blocks)
            except ConnectionError:
                self._has_raised = True
                raise
            if not has_room:
                self._drop(ctx)

    def snapshot(self) -> list[Parcel]:
        """What has not been delivered."""
        return self._started().waiting()

    def restore(self, state: list[Parcel]) -> None:
        """Deliver what a killed process had not."""
        self._inherited = state

    def close(self, ctx: Context) -> None:
        """Wait for what is left, and end the thread; runs in the consumer's worker.

        Raises
        ------
        ConnectionError
            One of the last could not be delivered, or was refused.
        """
        delivery, self._delivery = self._delivery, None
        poster, self._poster = self._poster, None
        if delivery is None or poster is None:
            return
        left = 0
        if self._is_started or self._inherited:
            if not self._is_started:
                delivery.start(self._inherited)
            left = delivery.end(self._close_timeout_s, poster.abort)
        poster.close()
        lost = [(left, "not delivered"), (self._dropped, "dropped"), (delivery.given_up, "given up")]
        words = ", ".join(f"{count} {what}" for count, what in lost if count)
        if words:
            ctx.logger.error("%s: of the messages to %s, %s", self, self._address, words)
        if delivery.failure is not None and not self._has_raised:
            raise delivery.failure

    def _started(self) -> Delivery:
        """The delivery, at work: not before `restore` has said what is left from an earlier process."""
        if self._delivery is None:
            raise RuntimeError(f"{self!r} is not open")
        if not self._is_started:
            self._delivery.start(self._inherited)
            self._is_started = True
        return self._delivery

    def _parcels(self, items: tuple[Any, ...], ctx: Context) -> list[Parcel]:
        key = f"{ctx.run_id}-{quote(ctx.node_name, safe='')}-{ctx.sequence_number}"
        if self._events_only:
            events = [event for item in items for event in events_of(item)]
            return [Parcel(f"{key}-{i}", json_bytes(event)) for i, event in enumerate(events)]
        return [Parcel(key, json_bytes(items[0] if len(items) == 1 else items))]

    def _drop(self, ctx: Context) -> None:
        self._dropped += 1
        if self._dropped == 1:
            ctx.logger.warning(
                "%s: %d messages wait for %s, and a new one is dropped; more are counted, and not logged",
                *(self, self._max_waiting, self._address),
            )
