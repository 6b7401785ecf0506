"""An RTSP server to publish to: run by the system's python, whose GStreamer has gst-rtsp-server.

Prints its port, then a line for each 10 pictures that came.
"""

from __future__ import annotations

import sys

import gi

gi.require_version("Gst", "1.0")
gi.require_version("GstRtspServer", "1.0")
from gi.repository import GLib, Gst, GstRtspServer  # noqa: E402  after the versions are chosen

Gst.init(None)
count = 0


def came(_identity, _buffer):
    global count
    count += 1
    if count % 10 == 0:
        print(f"pictures {count}", flush=True)


def configure(_factory, media):
    media.get_element().get_by_name("counter").connect("handoff", came)


factory = GstRtspServer.RTSPMediaFactory()
factory.set_transport_mode(GstRtspServer.RTSPTransportMode.RECORD)
factory.set_launch("( rtph264depay name=depay0 ! h264parse ! identity name=counter ! fakesink async=false )")
factory.connect("media-configure", configure)
server = GstRtspServer.RTSPServer()
server.set_address("127.0.0.1")
server.set_service(sys.argv[1])
server.get_mount_points().add_factory("/gate", factory)
server.attach(None)
print(f"port {server.get_bound_port()}", flush=True)
GLib.MainLoop().run()
