"""What letters are called, in a folder and on a command line."""

from __future__ import annotations

import hashlib
from urllib.parse import quote

LONGEST = 120
"""Characters of a name; file systems allow 255 bytes, and a suffix has to fit too."""


def letter_id(run_id: str, node: str, number: int) -> str:
    """The name of a letter: its path in the folder, without suffix."""
    return f"{file_name(run_id)}/{file_name(node)}-{number}"


def file_name(text: str) -> str:
    """A name for a file or folder, the same as `text` where that will do; different for different texts."""
    name = quote(text, safe="", errors="surrogatepass")
    if name.startswith("."):  # hidden, or the folder above
        name = "%2E" + name[1:]
    if len(name) > LONGEST:
        name = f"{name[:80]}~{hashlib.sha256(text.encode(errors='surrogatepass')).hexdigest()[:24]}"
    return name
