"""What is put into a folder comes out of it, and what is broken there does no harm."""

from __future__ import annotations

import errno
import json
import os
import stat
import threading
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from daskflow.deadletters import DeadLetterError, DeadLetterFolder, InputDescription
from daskflow.deadletters.files import write_whole
from tests.unit.deadletters.letters import letter

FRAME = np.arange(2 * 3 * 3, dtype=np.uint8).reshape(2, 3, 3)


@pytest.fixture
def folder(tmp_path) -> DeadLetterFolder:
    return DeadLetterFolder(tmp_path / "deep" / "letters")


def files_in(folder: DeadLetterFolder) -> list[Path]:
    return sorted(path for path in folder.path.rglob("*") if path.is_file())


def test_a_letter_comes_out_as_it_went_in(folder):
    shared = FRAME.view()
    shared.flags.writeable = False
    boxes = {"boxes": [(1, 2)], "score": 0.5}
    put = folder.put(letter(), [(shared, {"production_time": 1.0}), (boxes, {})])
    assert put == replace(
        letter(),
        inputs=(
            InputDescription("ndarray", (2, 3, 3), "uint8", None, ("production_time",)),
            InputDescription("dict", length=2),
        ),
    )
    assert list(folder.letters()) == [put]
    (frame, about), second = folder.inputs(put)
    assert (frame == FRAME).all()
    assert about == {"production_time": 1.0}
    assert second == (boxes, {})
    assert put.id == "a1b2/detector-7"


def test_only_the_owner_can_read_it(folder):
    folder.put(letter(), [(1, {})])
    assert len(files_in(folder)) == 2
    assert {stat.S_IMODE(path.stat().st_mode) for path in files_in(folder)} == {0o600}
    assert stat.S_IMODE((folder.path / "a1b2").stat().st_mode) == 0o700


def test_the_same_message_again_is_one_letter(folder):
    folder.put(letter(), [(1, {})])
    again = folder.put(letter(error="again"), [(2, {})])
    assert list(folder.letters()) == [again]
    assert folder.inputs(again) == [(2, {})]
    without = folder.put(letter(), [(lambda: threading.Lock(), {}), (threading.Lock(), {})])
    assert list(folder.letters()) == [without]
    assert len(files_in(folder)) == 1, "the payload of before is not that of this letter"


def test_inputs_that_cannot_be_pickled_leave_a_letter_that_says_so(folder):
    put = folder.put(letter(), [(threading.Lock(), {"place": "yard"})])
    assert put.inputs == (InputDescription("lock", metadata_keys=("place",)),)
    assert not put.has_payload
    assert "cannot be pickled: TypeError" in put.no_payload
    assert list(folder.letters()) == [put]
    with pytest.raises(DeadLetterError, match="a1b2/detector-7 has no inputs: they cannot be pickled"):
        folder.inputs(put)


@pytest.mark.parametrize(
    ("method", "given", "said"),
    [
        ("next", "", "a producer has no inputs"),
        ("process", "", "its inputs were lost"),
        ("process", "the machine is gone", "the machine is gone"),
    ],
)
@pytest.mark.parametrize("inputs", [None, []])
def test_a_letter_without_inputs_says_why(folder, method, given, said, inputs):
    put = folder.put(letter(method=method, no_payload=given), inputs)
    assert put.no_payload == said
    assert list(folder.letters()) == [put]


class OnGpu:
    """Like an array of CuPy's."""

    __cuda_array_interface__ = {}
    shape, dtype = (2, 3, 3), np.dtype(np.uint8)

    def get(self, out):
        out[...] = FRAME
        return out


class OnLostGpu(OnGpu):
    def get(self, out):
        raise RuntimeError("no device\nat all")


def test_arrays_on_a_gpu_come_to_the_host_or_are_only_described(folder):
    put = folder.put(letter(), [([OnGpu()], {})])
    (((frame,), _),) = folder.inputs(put)
    assert type(frame) is np.ndarray
    assert (frame == FRAME).all()
    lost = folder.put(letter(number=8), [(OnLostGpu(), {})])
    assert str(lost.inputs[0]) == "OnLostGpu 2×3×3 uint8"
    assert lost.no_payload == "they cannot be pickled: RuntimeError: no device at all"


class Resists:
    @property
    def shape(self):
        raise RuntimeError("no")

    def __len__(self):
        raise RuntimeError("no")


@pytest.mark.parametrize(
    ("value", "metadata", "said"),
    [
        (FRAME, {}, "ndarray 2×3×3 uint8"),
        (np.float32(1), {}, "float32 of no dimension float32"),
        ([1, 2], {"a": 1, 2: 3}, "list of 2; metadata: a, 2"),
        (3.5, {}, "float"),
        (Resists(), {}, "Resists"),
    ],
)
def test_inputs_are_described(folder, value, metadata, said):
    assert str(folder.put(letter(), [(value, metadata)]).inputs[0]) == said


def test_letters_are_sorted_and_chosen_by_node(folder):
    keys = [("b", "x", 2), ("a", "y", 10), ("a", "y", 9), ("a", "x", 3), ("b", "x", 1)]
    for run_id, node, number in keys:
        folder.put(letter(node, number, run_id), [(number, {})])
    assert [(found.run_id, found.node, found.number) for found in folder.letters()] == sorted(keys)
    assert [found.number for found in folder.letters("y")] == [9, 10]
    assert [found.number for found in folder.letters("x", "b")] == [1, 2]
    assert [found.node for found in folder.letters(run_id="a")] == ["x", "y", "y"]
    assert list(folder.letters("z")) == list(folder.letters(run_id="c")) == []
    assert list(DeadLetterFolder(folder.path / "absent").letters()) == []


@pytest.mark.parametrize(
    "name", ["../up", "..", ".hidden", "a/b", "a b", "früh", "x" * 300, "n\udcff", "a%2Fb"]
)
def test_any_name_of_a_node_is_a_file_inside_the_folder(folder, name):
    put = folder.put(letter(name), [(name == "", {})])
    assert list(folder.letters()) == [put]
    assert folder.inputs(put) == [(False, {})]
    assert sorted(path for path in folder.path.parent.rglob("*") if path.is_file()) == files_in(folder)
    assert len(files_in(folder)) == 2


def test_long_names_that_begin_the_same_are_two_letters(folder):
    folder.put(letter("x" * 300 + "a"), [(1, {})])
    folder.put(letter("x" * 300 + "b"), [(2, {})])
    assert [folder.inputs(found)[0][0] for found in folder.letters()] == [1, 2]


BROKEN = {
    "half": b'{"format": 1, "node": "det',
    "no text": b"\xff\xfe",
    "a list": b"[]",
    "another format": b'{"format": 2}',
    "nothing": b"",
    "incomplete": b'{"format": 1, "inputs": []}',
}


@pytest.mark.parametrize("content", BROKEN.values(), ids=BROKEN)
def test_a_broken_file_is_skipped_with_a_warning_that_names_it(folder, content, caplog):
    good = folder.put(letter(), [(1, {})])
    (folder.path / "a1b2" / "broken-1.json").write_bytes(content)
    assert list(folder.letters()) == [good]
    (record,) = caplog.records
    assert "a1b2/broken-1.json is no dead letter" in record.getMessage()


@pytest.mark.parametrize(
    ("field", "wrong"), [("number", "7"), ("time_s", None), ("error", 3), ("inputs", [{}]), ("node", "other")]
)
def test_a_letter_with_something_wrong_in_it_is_broken(folder, field, wrong, caplog):
    folder.put(letter(), [(1, {})])
    (file,) = [path for path in files_in(folder) if path.suffix == ".json"]
    file.write_text(json.dumps({**json.loads(file.read_text()), field: wrong}))
    assert list(folder.letters()) == []
    assert str(file) in caplog.text


def test_what_a_killed_writer_leaves_is_not_seen(folder, caplog):
    good = folder.put(letter(), [(1, {})])
    run = folder.path / "a1b2"
    (run / ".x9.part").write_bytes(b"half")
    (run / "detector-8.pickle").write_bytes(b"of a letter whose other part never came")
    (folder.path / "notes.txt").write_text("by the user")
    assert list(folder.letters()) == [good]
    assert caplog.text == ""


def test_a_payload_that_is_gone_or_broken_is_named(folder):
    put = folder.put(letter(), [(1, {})])
    payload = folder.path / "a1b2" / "detector-7.pickle"
    payload.write_bytes(payload.read_bytes()[:-5])
    with pytest.raises(DeadLetterError, match=r"detector-7\.pickle cannot be read: .*Error"):
        folder.inputs(put)
    payload.unlink()
    with pytest.raises(DeadLetterError, match=r"detector-7\.pickle cannot be read: No such file"):
        folder.inputs(put)
    assert folder.payload_size_bytes(put) is None


def test_a_full_disk_is_said_and_leaves_no_part(folder, monkeypatch):
    def full(*paths: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr("daskflow.deadletters.files.os.replace", full)
    with pytest.raises(
        DeadLetterError, match=f"a1b2/detector-7 cannot be written to {folder.path}: No space"
    ):
        folder.put(letter(), [(1, {})])
    assert files_in(folder) == []


def test_a_folder_that_cannot_be_one_is_said(tmp_path):
    (tmp_path / "file").write_text("")
    folder = DeadLetterFolder(tmp_path / "file")
    with pytest.raises(DeadLetterError, match=r"cannot be written to .*file: (Not a directory|File exists)"):
        folder.put(letter(), [(1, {})])
    with pytest.raises(DeadLetterError, match="file cannot be read: Not a directory"):
        list(folder.letters())


def test_a_file_is_replaced_whole_or_not_at_all(tmp_path, monkeypatch):
    path = tmp_path / "file"
    write_whole(path, b"old")
    seen = []

    def interrupted(source: str, target: Path) -> None:
        seen.append((Path(source).read_bytes(), path.read_bytes()))
        raise KeyboardInterrupt

    monkeypatch.setattr("daskflow.deadletters.files.os.replace", interrupted)
    with pytest.raises(KeyboardInterrupt):
        write_whole(path, b"new")
    assert seen == [(b"new", b"old")]
    assert [(file.name, file.read_bytes()) for file in tmp_path.iterdir()] == [("file", b"old")]


def test_letters_set_aside_are_a_folder_of_their_own(folder):
    first, second = (folder.put(letter(number=number), [(number, {})]) for number in (1, 2))
    producer = folder.put(letter("reader", 3, "c3", method="next"))
    folder.set_aside([first, producer])
    aside = DeadLetterFolder(folder.path / "replayed")
    assert list(folder.letters()) == [second]
    assert list(aside.letters()) == [first, producer]
    assert aside.inputs(first) == [(1, {})]
    assert sorted(path.name for path in folder.path.iterdir()) == ["a1b2", "replayed"]
    with pytest.raises(DeadLetterError, match="a1b2/detector-1 cannot be moved"):
        folder.set_aside([first])
