"""Privacy: whoever moves through the picture is pixelated before anybody sees it.

    python privacy_blur.py [INPUT [OUTPUT]]

It needs ``pip install "daskflow[vision]"``.

Look at the video, private.mp4 unless you say otherwise: people stay to be seen, and cannot be known. The
first frame is hidden as a whole, for nobody knows yet what moves. The number plates at the right are blacked
out in every frame: a mosaic of few digits can be guessed, and a zone does not depend on a detector.
"""

import sys
from importlib.resources import files

from daskflow import BATCH, Flow
from daskflow.consumers import VideofileWriter
from daskflow.processors.vision import MotionDetector, RegionBlurrer
from daskflow.producers import VideofileReader
from daskflow.scene import Zone

PLATES = [
    Zone([(655, 80), (722, 80), (722, 100), (655, 100)], "van"),
    Zone([(734, 76), (768, 76), (768, 94), (734, 94)], "car"),
]
"""Corners in pixels of the sample; for a street of your own, change them."""

source = sys.argv[1] if len(sys.argv) > 1 else str(files("daskflow") / "data" / "pedestrians.mp4")
target = sys.argv[2] if len(sys.argv) > 2 else "private.mp4"

reader = VideofileReader(source)
moving = MotionDetector(  # rather too much than too little
    algorithm="knn",
    dist2_threshold=200,
    detect_shadows=False,
    min_area=0.0005,
    max_area=1,
    warm_up_frames=0,
)(reader)
nobody = RegionBlurrer("pixelate", margin=0.2, name="hide people")(reader, moving)
private = RegionBlurrer("fill", zones=PLATES, name="hide plates")(nobody)
writer = VideofileWriter(target)(private)

flow = Flow([reader], [writer], BATCH, name="privacy blur")
flow.run()
flow.join()
print(f"wrote {target}")
