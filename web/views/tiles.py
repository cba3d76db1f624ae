"""The base map's vector tiles, served from here."""

from __future__ import annotations

from flask import Blueprint, Response, abort
from flask.typing import ResponseReturnValue

from data.rights import Right
from web.security import needs
from web.services import services

bp = Blueprint("tiles", __name__)
_GZIP = b"\x1f\x8b"
_MAX_ZOOM = 20


@bp.get("/tiles/<int:z>/<int:x>/<int:y>.mvt")
@needs(Right.BASEMAP_READ)
def tile(z: int, x: int, y: int) -> ResponseReturnValue:
    """Answer with one tile; an empty place has an empty tile."""
    basemap = services().basemap
    if basemap is None or z > _MAX_ZOOM or x >= 1 << z or y >= 1 << z:
        abort(404)
    data = basemap.tile(z, x, y) or b""
    response = Response(data, mimetype="application/vnd.mapbox-vector-tile")
    if data.startswith(_GZIP):
        response.headers["Content-Encoding"] = "gzip"
    response.headers["Cache-Control"] = "private, max-age=3600"
    return response
