"""A connection between a browser and a server that is cut at the worst moments."""

from __future__ import annotations

import random
import socket
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from enum import StrEnum
from urllib.parse import urlsplit

__all__ = ["Cut", "CutConnection", "cutting"]

_BYTES = 65536
_WAIT_S = 10.0


class Cut(StrEnum):
    """What becomes of a request."""

    NONE = "whole"
    REFUSED = "refused"
    IN_REQUEST = "cut in the request"
    BEFORE_ANSWER = "stored, and no answer"
    IN_ANSWER = "stored, and half an answer"


class CutConnection:
    """Passes bytes on to a server; each request that ``begins`` so may be cut, drawn by a seed."""

    def __init__(self, address: str, *, begins: bytes, seed: int, share: float) -> None:
        parts = urlsplit(address)
        self._server = (str(parts.hostname), int(parts.port or 80))
        self._begins = begins
        self._share = share
        self._draw = random.Random(seed)
        self._lock = threading.Lock()
        self.fates: Counter[Cut] = Counter()
        self._socket = socket.create_server(("127.0.0.1", 0), backlog=64)
        self.address = f"http://127.0.0.1:{self._socket.getsockname()[1]}"

    def run(self) -> None:
        """Take connections until closed."""
        with suppress(OSError):
            while True:
                client, _from = self._socket.accept()
                threading.Thread(target=self._pass_on, args=(client,), daemon=True).start()

    def close(self) -> None:
        """Take no more connections."""
        with suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)
        self._socket.close()

    def _fate(self) -> Cut:
        with self._lock:
            cut = self._draw.random() < self._share
            fate = self._draw.choice(list(Cut)[1:]) if cut else Cut.NONE
            self.fates[fate] += 1
            return fate

    def _pass_on(self, client: socket.socket) -> None:
        server = socket.create_connection(self._server, timeout=_WAIT_S)
        server.settimeout(None)
        answers = threading.Thread(target=_pump, args=(server, client), daemon=True)
        with client, server, _ended(client, server), suppress(OSError):
            quiet = False
            while sent := client.recv(_BYTES):
                fate = self._fate() if sent.startswith(self._begins) else Cut.NONE
                if fate is Cut.REFUSED:
                    return
                if fate is Cut.IN_REQUEST:
                    client.shutdown(socket.SHUT_RDWR)  # nothing comes back over a line that is cut
                    server.sendall(sent[: max(1, len(sent) * 2 // 3)])
                    return
                if fate is not Cut.NONE:
                    self._store_and_cut(sent, client, server, fate, pumped=quiet)
                    return
                server.sendall(sent)
                if not quiet:
                    answers.start()
                    quiet = True

    @staticmethod
    def _store_and_cut(
        sent: bytes, client: socket.socket, server: socket.socket, fate: Cut, *, pumped: bool
    ) -> None:
        """Let the server have the whole request, on a connection whose answer nobody passes on."""
        with socket.create_connection(server.getpeername(), timeout=_WAIT_S) as own:
            own.sendall(sent)
            head, _, body = sent.partition(b"\r\n\r\n")
            left = _length(head) - len(body)
            while left > 0 and (more := client.recv(_BYTES)):
                own.sendall(more)
                left -= len(more)
            answer = own.recv(_BYTES)
            if fate is Cut.IN_ANSWER and not pumped:
                head, gap, body = answer.partition(b"\r\n\r\n")  # half a head is none over TLS
                client.sendall(head + gap + body[: len(body) // 2])


@contextmanager
def _ended(*sockets: socket.socket) -> Iterator[None]:
    """End connections at once at the end, though a thread may still wait for their bytes."""
    try:
        yield
    finally:
        for one in sockets:
            with suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)


def _length(head: bytes) -> int:
    for line in head.split(b"\r\n"):
        name, _, value = line.partition(b":")
        if name.strip().lower() == b"content-length":
            return int(value)
    return 0


def _pump(server: socket.socket, client: socket.socket) -> None:
    with suppress(OSError):
        while answer := server.recv(_BYTES):
            client.sendall(answer)
        client.shutdown(socket.SHUT_RDWR)


@contextmanager
def cutting(
    address: str, *, begins: bytes, seed: int, share: float = 0.5
) -> Iterator[CutConnection]:
    """Stand between a browser and the server at an address."""
    made = CutConnection(address, begins=begins, seed=seed, share=share)
    threading.Thread(target=made.run, daemon=True).start()
    try:
        yield made
    finally:
        made.close()
