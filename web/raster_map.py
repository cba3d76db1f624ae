"""Pictures of the base map, drawn by Mapnik from the file of vector tiles that the pages draw."""

from __future__ import annotations

import os
from functools import cache, lru_cache
from importlib.util import find_spec
from itertools import count
from pathlib import Path
from threading import Lock
from typing import Any

from data.tiles import TileFile
from web.latest_map import FollowedFile
from web.map_style import FONTS, style_sheet

__all__ = ["LatestRasterMap", "RasterMap", "open_raster_map"]

_TILE_PX = 256
_SIDE = 4  # tiles that are drawn in one go, along each edge
_MARGIN_PX = 256  # drawn beyond, so that what lies there has its place
_KEPT = 96  # blocks of so many tiles: some 25 MB
_WORLD_M = 20_037_508.342789244  # from the middle of the map to its edges
_FORMAT = "png8:m=h:z=3"  # a palette of 256 colours, found by a tree of them
_LAST_ZOOM = 20
_OTHERS = ("GDAL_DATA", "PROJ_LIB")  # read by other libraries than the one that sets them
_OPENED = count(1)


class RasterMap:
    """Square pictures of one file by zoom, column and row; threads take turns.

    Parameters
    ----------
    path
        PMTiles file of :func:`data.basemap.build_basemap`.
    """

    def __init__(self, path: Path) -> None:
        tiles = TileFile.open(path)
        self.zooms = (tiles.zooms[0] + 1, _LAST_ZOOM)
        """First and last zoom; a picture shows tiles of the zoom before, as the pages do."""
        self._name = _own_name(path)
        self._layers = tiles.layers
        self._turn = Lock()
        self._sheet = lru_cache(maxsize=2 * _LAST_ZOOM)(self._new_sheet)
        self._block = lru_cache(maxsize=_KEPT)(self._new_block)

    def tile(self, theme: str, scale: int, z: int, x: int, y: int) -> bytes | None:
        """Return a picture as PNG, of 256 pixels times ``scale``; None beyond the zooms.

        Parameters
        ----------
        theme
            One of :data:`web.map_style.THEMES`.
        scale
            1, or 2 for dense screens.
        """
        first, last = self.zooms
        if not (first <= z <= last and 0 <= x < 1 << z and 0 <= y < 1 << z):
            return None
        with self._turn:
            block = self._block(theme, scale, z, x // _SIDE, y // _SIDE)
        return block[y % _SIDE * _SIDE + x % _SIDE]

    def _new_block(
        self, theme: str, scale: int, z: int, column: int, row: int
    ) -> tuple[bytes, ...]:
        mapnik = _mapnik()
        side_px, tile_px = _SIDE * _TILE_PX * scale, _TILE_PX * scale
        side_m = _SIDE * 2.0 * _WORLD_M / (1 << z)
        west, north = column * side_m - _WORLD_M, _WORLD_M - row * side_m
        sheet = self._sheet(theme, z)
        sheet.resize(side_px, side_px)
        sheet.buffer_size = _MARGIN_PX * scale
        sheet.zoom_to_box(mapnik.Box2d(west, north - side_m, west + side_m, north))
        image = mapnik.Image(side_px, side_px)
        mapnik.render(sheet, image, float(scale))
        return tuple(
            image.view(tile_px * x, tile_px * y, tile_px, tile_px).to_string(_FORMAT)
            for y in range(_SIDE)
            for x in range(_SIDE)
        )

    def _new_sheet(self, theme: str, z: int) -> Any:
        mapnik = _mapnik()
        sheet = mapnik.Map(_TILE_PX, _TILE_PX)
        mapnik.load_map_from_string(sheet, style_sheet(theme, z, self._name, self._layers))
        return sheet


class LatestRasterMap:
    """The pictures of the file that is there now; see :class:`RasterMap`."""

    def __init__(self, path: Path) -> None:
        self._map = FollowedFile(path, RasterMap)

    def tile(self, theme: str, scale: int, z: int, x: int, y: int) -> bytes | None:
        """Return a picture as PNG, or None beyond the zooms."""
        return self._map.latest().tile(theme, scale, z, x, y)


def open_raster_map(path: Path) -> LatestRasterMap | None:
    """Return the pictures of a file; None where there is no file, or no Mapnik on this machine.

    Raises
    ------
    ExportError
        If the file is cut short, or none of vector tiles.
    """
    return LatestRasterMap(path) if path.exists() and find_spec("mapnik") is not None else None


def _own_name(path: Path) -> str:
    """Return a file's address as nobody wrote it before in this process.

    Mapnik holds whatever it once read for its address, for as long as the process lives.
    """
    return f"{path.parent}{'/.' * next(_OPENED)}/{path.name}"


@cache
def _mapnik() -> Any:
    """Load Mapnik and its faces where a picture is asked for; leave other libraries alone."""
    before = {name: os.environ.get(name) for name in _OTHERS}
    import mapnik  # takes 0.1 s and 60 MB

    for name, value in before.items():
        if value is None:
            os.environ.pop(name, None)
    for font in FONTS:
        mapnik.FontEngine.register_font(str(font))
    return mapnik
