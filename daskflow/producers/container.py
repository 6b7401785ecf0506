"""Files and streams opened by PyAV, whichever version it is."""

from __future__ import annotations

from typing import Any

import av

_BEFORE_19 = int(av.__version__.partition(".")[0]) < 19

# Tags are in any encoding, and of no concern. Before PyAV 19 opening decodes them, and has to be told what to
# do with those that are not UTF-8; from then on who looks at them decodes them, and the argument is gone.
_TAGS = {"metadata_errors": "replace"} if _BEFORE_19 else {}


def open_container(source: str, **options: Any) -> Any:
    """The open container of a file or stream; its tags may be in any encoding.

    Parameters
    ----------
    source : str
        A path or an address.
    **options
        As for ``av.open``.

    Raises
    ------
    av.FFmpegError
        It cannot be opened.
    """
    return av.open(source, **_TAGS, **options)
