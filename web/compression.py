"""What is the same for everybody goes over the line compressed; pages and data of cases do not.

A length that depends on what is secret in a page tells of it to whoever can have something put
beside it and sees the length (BREACH); scripts, styles, tiles and boundaries tell nothing.
"""

from __future__ import annotations

from flask import Flask
from flask_compress import Compress

__all__ = ["COMPRESSED", "install_compression"]

COMPRESSED = ("static", "tiles.tile", "network.tile", "overview.areas")
"""The views that are compressed, as the browser asks."""

_TYPES = (
    "text/css",
    "text/javascript",
    "image/svg+xml",
    "application/json",
    "application/vnd.mapbox-vector-tile",
    "font/ttf",
)


def install_compression(app: Flask) -> None:
    """Let these views be compressed; call it once they are registered."""
    app.config.update(COMPRESS_REGISTER=False, COMPRESS_MIMETYPES=_TYPES)
    compress = Compress(app)
    for name in COMPRESSED:
        app.view_functions[name] = compress.compressed()(app.view_functions[name])
