from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import pytest

from daskflow.core.signature import MethodSignature, method_signature


class _Sample:
    def plain(self, a: Any, b: Any) -> None: ...
    def optional(self, a: Any, b: Any = 0) -> None: ...
    def many(self, *items: Any) -> None: ...
    def first_and_many(self, first: Any, *items: Any) -> None: ...
    def with_context(self, a: Any, ctx: Any) -> None: ...
    def with_default_context(self, a: Any, ctx: Any = None) -> None: ...
    def many_with_context(self, *items: Any, ctx: Any) -> None: ...
    def anything(self, *items: Any, **context: Any) -> None: ...
    def keyword(self, a: Any, *, scale: int) -> None: ...
    def keyword_default(self, a: Any, *, scale: int = 2) -> None: ...


_S = _Sample()


@pytest.mark.parametrize(
    ("method", "expected"),
    [
        (_S.plain, MethodSignature(2, 2, False)),
        (_S.optional, MethodSignature(1, 2, False)),
        (_S.many, MethodSignature(0, None, False)),
        (_S.first_and_many, MethodSignature(1, None, False)),
        (_S.with_context, MethodSignature(1, 1, True)),
        (_S.with_default_context, MethodSignature(1, 1, True)),
        (_S.many_with_context, MethodSignature(0, None, True)),
        (_S.anything, MethodSignature(0, None, False)),
        (_S.keyword, MethodSignature(1, 1, False, ("scale",))),
        (_S.keyword_default, MethodSignature(1, 1, False)),
        (lambda: 0, MethodSignature(0, 0, False)),
        (lambda a, ctx: 0, MethodSignature(1, 1, True)),
        (functools.partial(_S.keyword, scale=1), MethodSignature(1, 1, False)),
    ],
)
def test_method_signature(method: Callable[..., Any], expected: MethodSignature) -> None:
    assert method_signature(method) == expected


def test_positional_only_ctx_is_an_input() -> None:
    def function(ctx: Any, /) -> None: ...

    assert method_signature(function) == MethodSignature(1, 1, False)


def test_what_cannot_be_inspected_accepts_anything() -> None:
    class Opaque:
        __signature__ = "not a signature"

        def __call__(self) -> None: ...

    assert method_signature(Opaque()) == MethodSignature(0, None, False)


@pytest.mark.parametrize(
    ("signature", "accepted", "refused", "words"),
    [
        (MethodSignature(1, 1, False), [1], [0, 2], "1"),
        (MethodSignature(1, 3, False), [1, 2, 3], [0, 4], "1 to 3"),
        (MethodSignature(2, None, False), [2, 9], [0, 1], "at least 2"),
        (MethodSignature(0, None, False), [0, 9], [], "any number of"),
    ],
)
def test_accepts(signature: MethodSignature, accepted: list[int], refused: list[int], words: str) -> None:
    assert all(signature.accepts(count) for count in accepted)
    assert not any(signature.accepts(count) for count in refused)
    assert signature.describe() == words
