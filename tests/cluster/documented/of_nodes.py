"""Pages about nodes: their flows run in this process, where nodes do what they do elsewhere."""

from __future__ import annotations

import re
from pathlib import Path
from types import SimpleNamespace

import numpy as np

from daskflow import BATCH, Flow, FunctionProcessorNode
from daskflow.consumers import CollectConsumer, VoidConsumer
from daskflow.core.node import Node
from daskflow.processors.vision import DetectionsCropper, MotionDetector
from daskflow.producers import IntProducer, VideofileReader, device
from daskflow.testing import Given
from tests.cluster.documented.pasting import Pasting
from tests.cluster.documented.props import COUNT, chain, frames_in, web_server
from tests.unit.media import picture, write_video
from tests.unit.producers.test_video_device_reader import CAMERA, Plug

RTSP = '"rtsp://user:password@192.168.1.20:554/stream1", max_frames=1000'
"""A camera that nobody has; a film at an address is played as one."""


def results(source: Node, node: Node) -> list[object]:
    """What a node of the page gives for what comes out of the source."""
    collected = CollectConsumer()(node)
    flow = Flow([source], [collected], BATCH)
    flow.run()
    return flow.results(collected)


def cameras(page: Pasting) -> None:
    with page.simulated():
        camera = f'"{Path("street.mp4").resolve().as_uri()}", max_frames=3'
        page.paste({RTSP: camera})
        page.patch.setattr(device, "Connection", Plug())
        page.paste({"VideoDeviceReader(0": f'VideoDeviceReader("{CAMERA}"', "=300": "=3"})
        page.paste({RTSP: camera})


def coming_from_videoflow(page: Pasting) -> None:
    with page.simulated():
        page.paste_all()
    assert frames_in("tracked.mp4") == COUNT


def configuration(page: Pasting) -> None:
    flow = chain("detector", "writer")
    page.give(flow=flow)
    with page.simulated():
        page.paste()
        assert flow.metrics()["detector"].nb_tasks == 4
        page.paste()
    assert page["detector"].resources == {"GPU": 0.5}


def drawing(page: Pasting) -> None:
    with page.simulated():
        page.paste()
        assert frames_in("annotated.mp4") == COUNT
        page.paste()
        source = Given([np.full((576, 768, 3), 200, np.uint8)])
        (hidden,) = results(source, page["private"](source))
    assert not (hidden == 200).all()


def finding_the_bottleneck(page: Pasting) -> None:
    flow = chain("detector")
    page.paste()
    with page.simulated():
        page["watch"](flow.run())


def fusion(page: Pasting) -> None:
    page.paste_all()
    flow = page["flow"]
    assert page["measured_chains"](
        flow._graph, flow.options(), dict.fromkeys(("crop", "blue", "level"), 1e-5)
    )
    with page.simulated():
        scores = Given([0.2, 0.7])
        assert results(scores, page["rounded"](page["Threshold"]()(scores))) == [0, 1]


def networks(page: Pasting) -> None:
    with page.simulated():
        page.paste()
        found = page["people_boxed"]("street.mp4", "yolo11n.onnx")
        page.paste()
    assert [len(each) for each in found] == [1] * COUNT
    assert frames_in("boxed.mp4") == COUNT


def prometheus(page: Pasting) -> None:
    page.paste()
    with page.simulated():
        page["run_and_write"](chain("detector"), "daskflow.prom")
    assert 'daskflow_node_messages_total{flow="flow",node="detector"' in Path("daskflow.prom").read_text()


def tracking_and_counting(page: Pasting) -> None:
    with page.simulated():
        page.paste_all()
        counts = Given([page["at_the_gate"], page["in_the_hall"]])
        results(counts, page["OnlyEvents"]()(counts))


def transforms(page: Pasting) -> None:
    with page.simulated():
        page.paste()
        frames = VideofileReader("street.mp4")
        crops = DetectionsCropper()(frames, MotionDetector()(frames))
        lights = results(frames, page["Light"]()(crops))
        page.paste()
    assert any(lights)
    assert frames_in("found.mp4") == 20


def when_things_fail(page: Pasting) -> None:
    page.paste()
    page.paste()
    with page.simulated():
        values = Given([1, 2, 3])
        assert results(values, page["total"](values)) == [1, 3, 6]
        numbers = IntProducer(0, 3)
        inverse = FunctionProcessorNode(lambda number: 1 / number, name="inverse", on_error="skip")(numbers)
        Flow([numbers], [VoidConsumer()(inverse)], BATCH).run(dead_letters="letters")
        page.printed()
        page.paste()
    said = page.printed()
    assert re.match(r"\S+/inverse-0 \S.*division by zero", said), said
    assert list(Path("letters/replayed").rglob("inverse-0.json"))


def writing_data(page: Pasting) -> None:
    Path("vtest.avi").symlink_to("street.mp4")
    Path("det.txt").write_text("2,-1,10,20,30,40,0.9,-1,-1,-1\n")
    with page.simulated(), web_server() as (address, bodies):
        page.paste()
        assert Path("street.csv").read_text().count("\n") > COUNT
        page.paste({"frames=795": f"frames={COUNT}"})
        assert frames_in("drawn.mp4") == COUNT
        page.paste()
        camera = f'"{Path("street.mp4").resolve().as_uri()}", max_frames=3'
        page.paste({'"rtsp://camera.example/stream"': camera, "https://example.com": address})
    assert len(Path("street.jsonl").read_text().splitlines()) == COUNT
    assert bodies


def writing_nodes(page: Pasting) -> None:
    with page.simulated():
        page.paste()
        noise = page["Noise"](3)
        Flow([noise], [page["Lines"]("lines.txt")(page["Difference"]()(noise))], BATCH).run()
        assert len(Path("lines.txt").read_text().splitlines()) == 3
        page.paste()
        boxes = Given([[SimpleNamespace(area=area)] for area in (10, 2000)])
        assert len(results(boxes, page["OnlyLarge"]()(boxes))) == 1
        page.paste()
        frames = Given([np.full((200, 200), 5, np.uint8)])
        assert (results(frames, page["Negative"]()(frames))[0] == 250).all()
        page.paste()
        camera = page["Camera"]()
        flow = Flow([camera], [VoidConsumer()(page["Brightness"]()(camera))], BATCH)
    with page.simulated(stop_after_s=0.5):
        flow.run()
    with page.simulated():
        page.paste()
        frames = Given([np.full((200, 200), 5, np.uint8)] * 3)
        assert results(frames, page["brightness"](frames)) == [5.0] * 3
        page.paste_all()


def writing_video(page: Pasting) -> None:
    write_video(Path("gate.avi"), map(picture, range(5)))
    with page.simulated():
        page.paste()
        page.paste()
        frames = Given([picture(i) for i in range(5)])
        Flow([frames], [page["pictures"](frames), page["stream"](frames)], BATCH).run()
    assert frames_in("gate.mkv", codec="hevc") == 5
    assert len(list(Path("pictures").glob("*.png"))) == 5
    assert list(Path("public/gate").glob("*.m3u8"))


STAGES = {
    "docs/cameras.md": cameras,
    "docs/coming-from-videoflow.md": coming_from_videoflow,
    "docs/configuration.md": configuration,
    "docs/drawing.md": drawing,
    "docs/finding-the-bottleneck.md": finding_the_bottleneck,
    "docs/fusion.md": fusion,
    "docs/networks.md": networks,
    "docs/prometheus.md": prometheus,
    "docs/tracking-and-counting.md": tracking_and_counting,
    "docs/transforms.md": transforms,
    "docs/when-things-fail.md": when_things_fail,
    "docs/writing-data.md": writing_data,
    "docs/writing-nodes.md": writing_nodes,
    "docs/writing-video.md": writing_video,
}
