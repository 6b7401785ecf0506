import pickle
import traceback

import pytest

from daskflow.core import pickling

SCRIPT = """
def outer():
    def inner():
        raise LookupError("here")
    return inner()
"""


def test_a_traceback_out_of_code_that_travelled_shows_its_files_and_lines(tmp_path):
    file = tmp_path / "script.py"
    file.write_text(SCRIPT)
    names = {"__name__": "__main__"}  # what it defines cannot be imported elsewhere
    exec(compile(SCRIPT, str(file), "exec"), names)
    travelled = pickle.loads(pickling.dumps(names["outer"]))
    with pytest.raises(LookupError) as caught:
        travelled()
    frames = traceback.extract_tb(caught.value.__traceback__)[1:]
    assert [(frame.filename, frame.name) for frame in frames] == [(str(file), "outer"), (str(file), "inner")]
    assert frames[-1].line == 'raise LookupError("here")'


def test_large_buffers_stay_out():
    raw = []
    data = pickling.dumps({"pixels": pickle.PickleBuffer(bytearray(1000))}, raw.append)
    assert len(data) < 100
    assert pickle.loads(data, buffers=raw)["pixels"] == bytearray(1000)
