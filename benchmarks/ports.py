"""A port of this machine that nobody listens at."""

from __future__ import annotations

import socket

__all__ = ["free_port"]


def free_port() -> int:
    """Return one; whoever wants it takes it soon."""
    with socket.socket() as asked:
        asked.bind(("127.0.0.1", 0))
        port: int = asked.getsockname()[1]
        return port
