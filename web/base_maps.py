"""Which base map pages draw: the court's own road file, or another's pictures over it."""

from __future__ import annotations

from typing import Any

from flask import url_for
from flask_babel import gettext as _

from web.services import services

__all__ = ["base_maps", "local_base"]


def local_base() -> dict[str, Any]:
    """Return the addresses of the local map, with fields; None where none was made.

    ``raster`` are pictures of what ``local`` lets the browser draw.
    """
    here = services()
    return {
        "local": None if here.basemap is None else "/tiles/{z}/{x}/{y}.mvt",
        "raster": None if here.raster is None else "/tiles/{theme}/{z}/{x}/{y}{r}.png",
        "server": None,
        "texts": {
            "choice": _("底图"),
            "local": _("本地底图"),
            "raster": _("本地底图（图片）"),
            "broken": _("浏览器无法绘制矢量底图，已改用图片底图"),
        },
    }


def base_maps() -> dict[str, Any]:
    """Return what the script of a map needs to draw what lies under the work."""
    server = services().tile_server
    base = local_base()
    if server is None:
        return base
    return {
        **base,
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
            **base["texts"],
            "server": _("天地图") if server.kind == "tianditu" else _("法院图源"),
            "down": _("外部图源暂不可用，已换用本地底图"),
        },
    }
