"""The mp4 as a browser sees it: headless Chromium plays it to its end."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from daskflow.consumers import VideofileWriter
from tests.unit.media import context, picture

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
PAGE = """<!doctype html><video id="video" muted autoplay src="v.mp4"></video><pre id="state"></pre><script>
const video = document.getElementById("video"), state = document.getElementById("state");
const say = () => state.textContent = [video.currentTime, video.videoWidth, video.videoHeight,
  video.duration, video.error ? video.error.message : "fine"].join();
video.ontimeupdate = video.onended = video.onerror = say;
</script>"""


@pytest.mark.skipif(CHROMIUM is None, reason="chromium is not installed")
def test_chromium_plays_the_mp4(tmp_path: Path) -> None:
    writer = VideofileWriter(tmp_path / "v.mp4")
    writer.open(context())
    for number in range(6):
        writer.consume(picture(number), context(event_time=number / 10, frame_rate=10))
    writer.close()
    (tmp_path / "page.html").write_text(PAGE)
    command = [
        *(str(CHROMIUM), "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"),
        *("--disable-background-networking", "--disable-component-update", "--disable-sync"),
        *("--autoplay-policy=no-user-gesture-required", f"--user-data-dir={tmp_path / 'profile'}"),
        *("--virtual-time-budget=2000", "--dump-dom", (tmp_path / "page.html").as_uri()),
    ]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    state = re.search(r'<pre id="state">(.*)</pre>', done.stdout)
    assert state is not None, done.stderr
    time, width, height, duration, error = state[1].split(",")
    assert (width, height, error) == ("64", "48", "fine")
    assert float(duration) == pytest.approx(0.6)
    assert float(time) == pytest.approx(0.6)
