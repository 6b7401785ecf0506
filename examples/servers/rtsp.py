"""An RTSP server to try `rtsp.py` with: a film as a camera at /camera, and /gate to publish to.

    /usr/bin/python3 rtsp.py FILM.mp4 RECORDING.ts [PORT]

It is run by the system's Python, which has GStreamer where these are installed (Debian's names): python3-gi,
gir1.2-gst-rtsp-server-1.0, gstreamer1.0-plugins-good, gstreamer1.0-plugins-bad. The film has H.264 in an mp4.
What is published is written to the recording. The port is printed; the server goes on until it is ended.
"""

import sys

import gi

gi.require_version("Gst", "1.0")
gi.require_version("GstRtspServer", "1.0")
from gi.repository import GLib, Gst, GstRtspServer  # noqa: E402  a version is asked for first

film, recording, port = [*sys.argv[1:], "0"][:3]
# Packets as large as TCP takes: the server drops those beyond a hundred, and so half of a key frame.
CAMERA = f'( filesrc location="{film}" ! qtdemux ! h264parse ! rtph264pay name=pay0 mtu=60000 )'
GATE = f'( rtph264depay name=depay0 ! h264parse ! mpegtsmux ! filesink async=false location="{recording}" )'

Gst.init(None)
missing = [
    name for name in ("qtdemux", "rtph264pay", "h264parse", "mpegtsmux") if not Gst.ElementFactory.find(name)
]
if missing:
    sys.exit(f"GStreamer has no {', '.join(missing)}")
server = GstRtspServer.RTSPServer()
server.set_address("127.0.0.1")
server.set_service(port)
for path, pipeline in (("/camera", CAMERA), ("/gate", GATE)):
    factory = GstRtspServer.RTSPMediaFactory()
    factory.set_launch(pipeline)
    if path == "/gate":
        factory.set_transport_mode(GstRtspServer.RTSPTransportMode.RECORD)
    server.get_mount_points().add_factory(path, factory)
if not server.attach(None):
    sys.exit(f"port {port} cannot be listened on")
print(server.get_bound_port(), flush=True)
GLib.MainLoop().run()
