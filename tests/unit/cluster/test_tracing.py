"""What Dask's configuration and the environment say of spans."""

from __future__ import annotations

import importlib.util
from typing import Any

import dask.config
import pytest
from opentelemetry.sdk.trace.export import ConsoleSpanExporter

from daskflow.cluster.tracing import KEY, chosen_tracing
from daskflow.runtime.tracing import exporter_of_environment, is_sampled, span_id_of, trace_id_of
from tests.unit.cluster.test_forkserver import TO_TRACE


def test_by_default_nothing_is_traced() -> None:
    assert chosen_tracing() == (0.0, ())


@pytest.mark.parametrize("wrong", [-0.1, 1.5, "often", True])
def test_a_wrong_share_is_refused(wrong: Any) -> None:
    with dask.config.set({KEY: wrong}), pytest.raises(ValueError, match="the share of messages"):
        chosen_tracing()


def test_without_opentelemetry_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    with dask.config.set({KEY: 0.5}), pytest.raises(ImportError, match=r"pip install 'daskflow\[otel\]'"):
        chosen_tracing()


def test_the_environment_names_the_exporter(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OTEL_TRACES_EXPORTER", "console")
    assert isinstance(exporter_of_environment(), ConsoleSpanExporter)
    with dask.config.set({KEY: 0.25}):
        assert chosen_tracing() == (0.25, ("daskflow.runtime.tracing", "opentelemetry.sdk.trace.export"))
    monkeypatch.setenv("OTEL_TRACES_EXPORTER", "pigeon")
    with pytest.raises(ValueError, match=r"no exporter 'pigeon'.* installed are .*console"):
        exporter_of_environment()


def test_workers_are_forked_with_the_usual_exporter_loaded() -> None:
    with dask.config.set({KEY: 1}):
        assert chosen_tracing().preloads == TO_TRACE


def test_ids_are_the_same_everywhere_and_the_share_is_right() -> None:
    assert trace_id_of("ab", "a", 3) == trace_id_of("ab", "a", 3) != trace_id_of("ab", "a", 4)
    assert span_id_of("ab", 3, "a") != span_id_of("ab", 3, "b")
    sampled = sum(is_sampled(trace_id_of("ab", "a", number), 0.1) for number in range(10_000))
    assert 900 < sampled < 1100
    assert all(is_sampled(trace_id_of("ab", "a", number), 1.0) for number in range(100))
