"""The base map's tiles, served from here: the court's own, as vectors or pictures, and others'."""

from __future__ import annotations

from flask import Blueprint, Response, abort, request
from flask.typing import ResponseReturnValue

from data.rights import Right
from web.map_style import THEMES
from web.pictures import NoPictureError, picture_kind
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


@bp.get("/tiles/<theme>/<int:z>/<int:x>/<int:y>.png")
@needs(Right.BASEMAP_READ)
def raster(theme: str, z: int, x: int, y: int) -> ResponseReturnValue:
    """Answer with one tile as a picture of 256 pixels, its theme ``light`` or ``dark``."""
    return _drawn(theme, 1, z, x, y)


@bp.get("/tiles/<theme>/<int:z>/<int:x>/<int:y>@2x.png")
@needs(Right.BASEMAP_READ)
def dense_raster(theme: str, z: int, x: int, y: int) -> ResponseReturnValue:
    """Answer with one tile as a picture of 512 pixels, its theme ``light`` or ``dark``."""
    return _drawn(theme, 2, z, x, y)


def _drawn(theme: str, scale: int, z: int, x: int, y: int) -> Response:
    drawer = services().raster
    data = None if drawer is None or theme not in THEMES else drawer.tile(theme, scale, z, x, y)
    if data is None:
        abort(404)
    response = Response(data, mimetype="image/png")
    response.headers["Cache-Control"] = "private, max-age=3600"
    response.add_etag()
    response.make_conditional(request)
    return response


@bp.get("/tiles/server/<layer>/<int:z>/<int:x>/<int:y>")
@needs(Right.BASEMAP_READ)
def picture(layer: str, z: int, x: int, y: int) -> ResponseReturnValue:
    """Answer with a picture of the tile server that the court set; 503 where it gives none."""
    server = services().tile_server
    beyond = z > _MAX_ZOOM or x >= 1 << z or y >= 1 << z
    if server is None or layer not in server.layers or beyond or z > server.max_zoom:
        abort(404)
    try:
        data = server.tile(layer, z, x, y)
    except NoPictureError:
        abort(503)
    response = Response(data, mimetype=picture_kind(data))
    response.headers["Cache-Control"] = "private, max-age=86400"
    return response
