"""One HTTP server to which bodies are posted, one at a time."""

from __future__ import annotations

import contextlib
import http.client
import re
import socket
import ssl
from base64 import b64encode
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from threading import Timer
from urllib.parse import quote, unquote, urlsplit

from daskflow.core.secrets import MASK
from daskflow.version import __version__

_MOST_READ = 4096
"""Bytes of an answer: enough to say what is wrong."""

_MOST_SHOWN = 200
_HEADER_NAME = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]+")  # a token of RFC 9110
_SHORTEST_SECRET = 4  # shorter values of headers are no secrets, and would be masked everywhere


@dataclass(frozen=True)
class Answer:
    """What a server says to a request.

    Attributes
    ----------
    status : int
        Such as 200.
    text : str
        Status, reason and the first words of the answer, without secrets.
    retry_after_s : float or None
        How long to wait, if the server says so, in seconds.
    """

    status: int
    text: str
    retry_after_s: float | None = None


@dataclass(frozen=True)
class Address:
    """Where to post to.

    Attributes
    ----------
    is_https : bool
        Whether the connection is encrypted.
    host : str
        A name or an IP address.
    port : int
        Of it.
    target : str
        Path and query.
    user : str
        What stands before the ``@``; empty for nobody.
    """

    is_https: bool
    host: str
    port: int
    target: str
    user: str

    def __str__(self) -> str:
        """Without user, path and query: with many services a path is the secret."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{'https' if self.is_https else 'http'}://{host}:{self.port}/{MASK}"


def parsed_address(url: str) -> Address:
    """Take an address apart.

    Raises
    ------
    ValueError
        It is no address of HTTP; the message does not repeat it.
    """
    try:
        parts = urlsplit(url)
        port = parts.port
        host = (parts.hostname or "").encode("idna").decode()
    except ValueError:
        host, port = "", None
    else:
        if parts.scheme not in ("http", "https") or any(c.isspace() for c in url):
            host = ""
    if not host:
        raise ValueError(
            "url is an address such as https://example.com/hook; got one that is none, not shown"
        )
    target = quote(parts.path or "/", safe="/%:@!$&'()*+,;=~-._")
    if parts.query:
        target += "?" + quote(parts.query, safe="/%:@!$&'()*+,;=~-._?")
    is_https = parts.scheme == "https"
    user = parts.netloc.rpartition("@")[0]
    return Address(is_https, host, port or (443 if is_https else 80), target, user)


def checked_headers(headers: Mapping[str, str]) -> dict[str, str]:
    """A copy of headers that can be sent.

    Raises
    ------
    TypeError, ValueError
        One of them cannot; the message names it, and does not show its value.
    """
    for name, value in headers.items():
        if not isinstance(name, str) or not isinstance(value, str):
            raise TypeError(f"headers are a dict of str to str, got {name!r}: {type(value).__name__}")
        if not _HEADER_NAME.fullmatch(name):
            raise ValueError(f"the name of a header is letters, digits and dashes, got {name!r}")
        if not value.isascii() or not value.isprintable():
            raise ValueError(f"the value of header {name!r} is one line of ASCII; got another, not shown")
    return dict(headers)


class Poster:
    """Posts to one address, over one connection that is kept as long as the server keeps it.

    Parameters
    ----------
    address : Address
        Where to.
    headers : mapping of str to str
        Of each request.
    timeout_s : float
        How long a request may take, from the connecting to the last byte of the answer. Only the look-up of
        the name may take longer: the system has a limit of its own for it.
    """

    def __init__(self, address: Address, headers: Mapping[str, str], timeout_s: float) -> None:
        self._address = address
        self._timeout_s = timeout_s
        self._headers = {"User-Agent": f"daskflow/{__version__}", "Content-Type": "application/json"}
        if address.user:
            user = address.user if ":" in address.user else f"{address.user}:"  # RFC 7617, 2
            self._headers["Authorization"] = f"Basic {b64encode(unquote(user).encode()).decode()}"
        self._headers.update(headers)
        self._secrets = [v for v in (*headers.values(), address.target) if len(v) >= _SHORTEST_SECRET]
        self._connection: http.client.HTTPConnection | None = None
        self._is_over = False

    def post(self, body: bytes, key: str) -> Answer:
        """Post a body, and wait for the answer.

        Parameters
        ----------
        body : bytes
            JSON.
        key : str
            ``Idempotency-Key``: the same each time that this body is posted.

        Raises
        ------
        OSError, http.client.HTTPException
            There is no answer in time.
        """
        self._is_over = False
        is_kept = self._connection is not None
        timer = Timer(self._timeout_s, self.abort)  # the time-out of a socket is one for each byte
        timer.daemon = True
        timer.start()
        try:
            try:
                answer = self._posted(body, key)
            except (ConnectionError, http.client.BadStatusLine):
                if not is_kept or self._is_over:
                    raise
                self.close()  # the server has let go of an idle connection: that says nothing of this request
                answer = self._posted(body, key)
            if self._is_over:
                raise TimeoutError  # what had come until then may look like an answer
            return answer
        except (OSError, http.client.HTTPException) as error:
            self.close()
            if self._is_over or isinstance(error, TimeoutError):  # whichever of the two clocks was first
                raise TimeoutError(f"no answer within {self._timeout_s} s") from error
            raise
        finally:
            timer.cancel()

    def abort(self) -> None:
        """End the request that another thread waits for."""
        self._is_over = True
        connection = self._connection
        if connection is not None and connection.sock is not None:
            with contextlib.suppress(OSError):
                # Not that of an encrypted socket, which would say farewell in the other thread's place.
                socket.socket.shutdown(connection.sock, socket.SHUT_RDWR)

    def close(self) -> None:
        """Close the connection, if there is one."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def _posted(self, body: bytes, key: str) -> Answer:
        if self._connection is None:
            self._connection = self._connected()
        connection = self._connection
        connection.request("POST", self._address.target, body, {**self._headers, "Idempotency-Key": key})
        with connection.getresponse() as response:
            words = response.read(_MOST_READ)
            is_read = response.isclosed()
        if not is_read:
            self.close()  # what is left of a long answer is not worth reading
        text = " ".join(words[:_MOST_SHOWN].decode("utf-8", "replace").split())
        text = f"{response.status} {response.reason}" + (f": {text}" if text else "")
        for secret in self._secrets:
            text = text.replace(secret, MASK)
        return Answer(response.status, text, retry_after_s(response.getheader("Retry-After")))

    def _connected(self) -> http.client.HTTPConnection:
        host, port = self._address.host, self._address.port
        if self._address.is_https:
            return http.client.HTTPSConnection(
                host, port, timeout=self._timeout_s, context=ssl.create_default_context()
            )
        return http.client.HTTPConnection(host, port, timeout=self._timeout_s)


def retry_after_s(text: str | None, now: datetime | None = None) -> float | None:
    """The header ``Retry-After`` (RFC 9110, 10.2.3) in seconds; None where it says nothing.

    Parameters
    ----------
    text : str or None
        A number of seconds, or a date.
    now : datetime, optional
        For dates.
    """
    if text is None:
        return None
    if text.strip().isdecimal():
        return float(text)
    try:
        date = parsedate_to_datetime(text)
    except ValueError:
        return None
    if date.tzinfo is None:
        date = date.replace(tzinfo=UTC)
    return max(0.0, (date - (now or datetime.now(UTC))).total_seconds())
