"""A server on this machine that answers as a Nominatim does, well or badly."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from tests.geo.online_doubles import RECORDED


class Handler(BaseHTTPRequestHandler):
    """Behaves as the path says."""

    def do_GET(self) -> None:
        kind = self.path.split("/")[1]
        body = (RECORDED / "nominatim_house.json").read_bytes()
        status = {"moved": 302, "foreign": 301, "broken": 500, "busy": 429}.get(kind, 200)
        if kind == "slow":
            time.sleep(1.0)
        if kind == "odd":
            body = b"<html>"
        if kind == "huge":
            body = b" " * 1_500_000
        self.send_response(status)
        if kind == "moved":
            self.send_header("Location", "/good/search")
        if kind == "foreign":
            self.send_header("Location", "https://nominatim.openstreetmap.org/search?q=x")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.server.seen.append((self.path, dict(self.headers)))  # type: ignore[attr-defined]
        if kind == "drip":
            for _ in range(20):
                self.wfile.write(b" ")
                self.wfile.flush()
                time.sleep(0.1)
            return
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@contextmanager
def serving() -> Iterator[ThreadingHTTPServer]:
    """Yield a server on this machine; its ``seen`` lists paths and headers asked for."""
    made = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    made.daemon_threads = True
    made.seen = []  # type: ignore[attr-defined]
    thread = threading.Thread(target=made.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield made
    made.shutdown()
    thread.join()
    made.server_close()
