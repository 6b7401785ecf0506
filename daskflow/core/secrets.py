"""Texts without the passwords and tokens that addresses in them carry."""

from __future__ import annotations

import re

MASK = "***"

# The lengths are bounded so that a long text takes a time in proportion.
_SCHEME = r"[A-Za-z][A-Za-z0-9+.\-]{0,30}://"
_ADDRESS = re.compile(rf"({_SCHEME})((?:(?!{_SCHEME})\S)*)")
_USER = re.compile(r"(?:(?P<name>[^\s/?#:@]*):)?[^\s/?#]+@")
# FFmpeg takes what stands behind a colon for a port: if it is none, a password has a slash in it.
_USER_WITH_SLASH = re.compile(r"(?P<name>[^\s/?#:@\[]*):(?!\d*(?:[/?#]|$))\S*@")
_PARAMETER = re.compile(
    r"(?<![\w.%\[\]\-])(?=[\w.%\[\]\-]*?(?:token|pas|pwd|secret|sig|credential|key|auth|jwt|session))"
    r"([\w.%\[\]\-]++)=[^&#\s\"'<>]*",
    re.IGNORECASE,
)


def masked(text: str) -> str:
    """A text with ``***`` in place of the secrets of the addresses (URLs) in it.

    Parameters
    ----------
    text : str
        Any text: an address, a message, a traceback.

    Returns
    -------
    str
        The text, with the password of ``rtsp://user:password@host`` masked, a name that stands alone before
        the ``@``, which often is a token, and the values of parameters whose names speak of a key, token,
        password, signature or session. Text without an address is as it was.

    Notes
    -----
    A secret that is part of a path, like the stream key of many RTMP addresses, cannot be told from any other
    name, and stays.
    """
    return _ADDRESS.sub(_masked_address, text) if "://" in text else text


def _masked_address(found: re.Match[str]) -> str:
    scheme, rest = found.groups()
    user = _USER.match(rest) or _USER_WITH_SLASH.match(rest)
    if user is not None:
        name = f"{user['name']}:" if user["name"] else ""
        rest = f"{name}{MASK}@{rest[user.end() :]}"
    return scheme + _PARAMETER.sub(rf"\1={MASK}", rest)
