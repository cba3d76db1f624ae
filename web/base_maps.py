"""Which base map pages draw: the court's own road file, or another's pictures over it."""

from __future__ import annotations

from typing import Any

from flask import url_for
from flask_babel import gettext as _

from web.services import services

__all__ = ["base_maps", "local_tiles"]


def local_tiles() -> str | None:
    """Return the address of the local tiles, with fields; None where no map was made."""
    return "/tiles/{z}/{x}/{y}.mvt" if services().basemap is not None else None


def base_maps() -> dict[str, Any]:
    """Return what the script of a map needs to draw what lies under the work."""
    server = services().tile_server
    if server is None:
        return {"local": local_tiles(), "server": None}
    return {
        "local": local_tiles(),
        "server": {
            "layers": [
                url_for("tiles.picture", layer=layer, z=0, x=0, y=0).removesuffix("/0/0/0")
                + "/{z}/{x}/{y}"
                for layer in server.layers
            ],
            "datum": server.datum,
            "max_zoom": server.max_zoom,
            "attribution": server.attribution,
        },
        "texts": {
            "server": _("天地图") if server.kind == "tianditu" else _("法院图源"),
            "local": _("本地底图"),
            "down": _("外部图源暂不可用，已换用本地底图"),
        },
    }
