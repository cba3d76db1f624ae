"""A server on this machine that answers with pictures of a map, or with something else."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from io import BytesIO

from PIL import Image

__all__ = ["PICTURE", "PictureServer", "picture", "serving_pictures"]


def picture(kind: str = "PNG", side: int = 256) -> bytes:
    """Return a square of one colour."""
    file = BytesIO()
    Image.new("RGB", (side, side), "#dfe8d8").save(file, kind)
    return file.getvalue()


PICTURE = picture()


class PictureServer(ThreadingHTTPServer):
    """Keeps what was asked; ``body`` and ``status`` are what it answers."""

    body = PICTURE
    status = 200

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.seen: list[tuple[str, dict[str, str]]] = []

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"


class _Handler(BaseHTTPRequestHandler):
    server: PictureServer

    def do_GET(self) -> None:
        self.server.seen.append((self.path, dict(self.headers)))
        self.send_response(self.server.status)
        self.send_header("Content-Length", str(len(self.server.body)))
        self.end_headers()
        self.wfile.write(self.server.body)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@contextmanager
def serving_pictures() -> Iterator[PictureServer]:
    """Yield a running server."""
    made = PictureServer()
    made.daemon_threads = True
    thread = threading.Thread(target=made.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield made
    made.shutdown()
    thread.join()
    made.server_close()
