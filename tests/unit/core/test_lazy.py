from __future__ import annotations

import subprocess
import sys
from types import ModuleType

import pytest

from daskflow.core.lazy import lazy_names

HEAVY = ("av", "cv2", "supervision", "distributed")


@pytest.mark.parametrize(
    "package",
    [
        "daskflow.producers",
        "daskflow.processors",
        "daskflow.processors.vision",
        "daskflow.consumers",
    ],
)
def test_import_of_a_package_loads_nothing_heavy(package: str) -> None:
    code = f"import sys, {package}; print([m for m in {HEAVY} if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_names_resolve() -> None:
    from daskflow import consumers, processors, producers
    from daskflow.processors import vision

    for package in (consumers, processors, producers, vision):
        for name in package.__all__:
            assert getattr(package, name).__name__ == name


def test_unknown_name() -> None:
    import daskflow.consumers

    with pytest.raises(AttributeError, match=r"daskflow\.consumers.*'Nothing'"):
        daskflow.consumers.Nothing  # noqa: B018


def test_missing_package_comes_with_advice(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(sys.modules, "daskflow.producers.video", raising=False)
    monkeypatch.delitem(sys.modules, "daskflow.producers.decoding", raising=False)
    for name in [name for name in sys.modules if name == "av" or name.startswith("av.")]:
        monkeypatch.delitem(sys.modules, name)

    class Absent:
        """An import hook by which there is no PyAV."""

        def find_spec(self, name: str, path: object = None, target: ModuleType | None = None) -> None:
            if name == "av":
                raise ModuleNotFoundError("No module named 'av'", name="av")

    monkeypatch.setattr(sys, "meta_path", [Absent(), *sys.meta_path])
    load = lazy_names("daskflow.producers", {"VideofileReader": "video"})
    with pytest.raises(
        ModuleNotFoundError, match=r"VideofileReader needs the package 'av'.*daskflow\[vision\]"
    ):
        load("VideofileReader")


def test_own_missing_module_is_not_blamed_on_the_user() -> None:
    with pytest.raises(ModuleNotFoundError, match=r"No module named 'daskflow.producers.absent'"):
        lazy_names("daskflow.producers", {"Absent": "absent"})("Absent")
