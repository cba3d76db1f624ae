"""A server on this machine that answers as Nominatim and Overpass do, well or badly."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

LON, LAT = 118.60, 24.90
SIDE = 5
BORDER = [(LON - 0.01, LAT - 0.01), (LON + 0.02, LAT - 0.01), (LON + 0.02, LAT + 0.02)]
STATUS = "Connected as: 1\nCurrent time: now\nRate limit: 2\n\n2 slots available now.\n"


@dataclass(frozen=True, slots=True)
class Asked:
    """One request as it came in."""

    method: str
    path: str
    headers: dict[str, str]
    body: str


@dataclass(slots=True)
class Behaviour:
    """What the server does, and what it was asked."""

    border: Any = field(default_factory=lambda: [_border("Polygon")])
    roads: Any = field(default_factory=lambda: {"elements": _grid()})
    status: int = 200
    location: str = ""
    asked: list[Asked] = field(default_factory=list)


@contextmanager
def road_server() -> Iterator[tuple[str, Behaviour]]:
    """Yield the origin of a running server and its behaviour, which a test may change."""
    behaviour = Behaviour()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self._answer("")

        def do_POST(self) -> None:
            self._answer(self.rfile.read(int(self.headers["Content-Length"])).decode())

        def _answer(self, body: str) -> None:
            headers = dict(self.headers)
            behaviour.asked.append(Asked(self.command, self.path, headers, body))
            if self.path.endswith("/status"):
                content = STATUS.encode()
            elif self.command == "GET":
                content = json.dumps(behaviour.border).encode()
            else:
                content = json.dumps(behaviour.roads).encode()
            self.send_response(behaviour.status)
            if behaviour.location:
                self.send_header("Location", behaviour.location)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}", behaviour
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def write_servers(path: Path, origin: str, *, rate_limit: bool = False) -> None:
    """Write the settings that send a download to this server."""
    path.write_text(
        f'[roads]\nnominatim_url = "{origin}/search-of-names"\noverpass_url = "{origin}/api"\n'
        f"rate_limit = {str(rate_limit).lower()}\ntimeout_s = 10\n",
        encoding="utf-8",
    )
    path.chmod(0o600)


def _border(kind: str) -> dict[str, Any]:
    ring = [*BORDER, (LON - 0.01, LAT + 0.02), BORDER[0]]
    south, north = str(LAT - 0.01), str(LAT + 0.02)
    west, east = str(LON - 0.01), str(LON + 0.02)
    return {
        "lat": str(LAT),
        "lon": str(LON),
        "importance": 0.5,
        "display_name": "洛江区, 泉州市, 福建省, 中国",
        "boundingbox": [south, north, west, east],
        "geojson": {"type": kind, "coordinates": [ring] if kind == "Polygon" else [LON, LAT]},
    }


def point_answer() -> dict[str, Any]:
    """Return an answer that knows the place as a point only."""
    return _border("Point")


def _grid() -> list[dict[str, Any]]:
    nodes = [
        {
            "type": "node",
            "id": row * SIDE + column + 1,
            "lat": LAT + row * 0.002,
            "lon": LON + column * 0.002,
            "tags": {"highway": "traffic_signals"} if row == column == 2 else {},
        }
        for row in range(SIDE)
        for column in range(SIDE)
    ]
    ways = [
        {
            "type": "way",
            "id": 100 + line,
            "nodes": [line * SIDE + k + 1 for k in range(SIDE)],
            "tags": {"highway": "residential", "maxspeed": "40", "name": f"{line}号路"},
        }
        for line in range(SIDE)
    ] + [
        {
            "type": "way",
            "id": 200 + line,
            "nodes": [k * SIDE + line + 1 for k in range(SIDE)],
            "tags": {"highway": "tertiary"},
        }
        for line in range(SIDE)
    ]
    return nodes + ways
