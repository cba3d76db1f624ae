"""How the base map is drawn, as a style sheet of Mapnik: by the same values as in the pages.

Widths, zooms and sizes stand in ``static/js/basemap_style.js``, colours in ``static/css``.
"""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any
from xml.etree.ElementTree import Element, SubElement, tostring

__all__ = ["FONTS", "THEMES", "map_colours", "style_sheet", "width_px"]

_STATIC = Path(__file__).parent / "static"
THEMES = {"light": ("colours.css",), "dark": ("colours.css", "dark.css")}
"""Themes, and the files of their colours; a later one says otherwise."""
FONTS = (
    _STATIC / "vendor/fonts/NotoSansSC_400Regular.ttf",
    _STATIC / "vendor/fonts/NotoSansSC_700Bold.ttf",
)
"""Files of the faces that names are written in."""

_FACES = ("Noto Sans SC Regular", "Noto Sans SC Bold")
_BOLD_FROM = 600
_COLOUR = re.compile(r"--(map-[\w-]+):\s*(#[0-9a-f]{6});")
_GROWTH = 1.7  # of widths, from zoom to zoom
_LOWEST, _MIDDLE, _HIGHEST = 8, 12, 18  # zooms between which widths grow
_AT_LOWEST = 0.45  # of the width at the middle
_WIDER_FROM = 14  # zoom from which casings are wide
_SHAPES = {"point": "point", "line": "linestring", "area": "polygon"}
_PLACED = {"point": "point", "line": "line", "area": "interior"}
_APART_PX = 320  # between two names of one thing
_CLEAR_PX = 4  # around a name
_TURN_DEG = 25  # most that a name on a line turns from sign to sign
_CROSSING = "places"  # the layer whose names may lie across the edge of a picture


def style_sheet(theme: str, zoom: int, source: str, layers: Collection[str]) -> str:
    """Return Mapnik's style sheet of a theme at one zoom.

    Parameters
    ----------
    source
        Address of the PMTiles file of the layers of :mod:`data.basemap`.
    layers
        Names of the layers that the file has.
    """
    style = _style()
    sheet = _Sheet(map_colours(theme), zoom, source, layers)
    sheet.land(style["land"])
    sheet.water(style["streams"])
    if zoom >= style["buildings"]["from"]:
        sheet.buildings(style["buildings"]["edge"])
    sheet.roads(style["roads"], style["casings"])
    if zoom >= style["rail"]["from"]:
        sheet.rail(style["rail"])
    for label in style["labels"]:
        if label["from"] <= zoom <= label["to"]:
            sheet.names(label, halo=style["halo"])
    return tostring(sheet.root, encoding="unicode")


@cache
def map_colours(theme: str) -> Mapping[str, str]:
    """Return the base map's colours by name, as the pages have them.

    Examples
    --------
    >>> map_colours("light")["map-water"] == map_colours("dark")["map-water"]
    False
    """
    texts = [(_STATIC / "css" / name).read_text(encoding="utf-8") for name in THEMES[theme]]
    return dict(found for text in texts for found in _COLOUR.findall(text))


@cache
def _style() -> dict[str, Any]:
    text = (_STATIC / "js/basemap_style.js").read_text(encoding="utf-8")
    style: dict[str, Any] = json.loads(text.partition("export default ")[2].rstrip().rstrip(";"))
    return style


def width_px(zoom: int, low: float, high: float) -> float:
    """Return a line's width at a zoom, from its widths at the zooms 12 and 18.

    Examples
    --------
    >>> width_px(12, 2.0, 20.0), width_px(19, 2.0, 20.0), width_px(7, 2.0, 20.0)
    (2.0, 20.0, 0.9)
    """
    if zoom <= _MIDDLE:
        first, last, low, high = _LOWEST, _MIDDLE, low * _AT_LOWEST, low
    else:
        first, last = _MIDDLE, _HIGHEST
    share = (_GROWTH ** (zoom - first) - 1.0) / (_GROWTH ** (last - first) - 1.0)
    return low + (high - low) * min(max(share, 0.0), 1.0)


class _Sheet:
    """A style sheet as it is written: from what lies lowest to the names."""

    def __init__(
        self, colours: Mapping[str, str], zoom: int, source: str, layers: Collection[str]
    ) -> None:
        self._colours = colours
        self._zoom = zoom
        self._source = source
        self._layers = layers
        paper = {"srs": "epsg:3857", "background-color": colours["map-paper"]}
        self.root = Element("Map", paper)

    def land(self, colours: Mapping[str, str]) -> None:
        style = Element("Style")
        for kind, name in colours.items():
            self._fill(_rule(style, [kind]), name)
        other = SubElement(style, "Rule")
        SubElement(other, "ElseFilter")
        self._fill(other, "map-land")
        self._add("landuse", style)

    def water(self, streams: Sequence[Mapping[str, Any]]) -> None:
        style = Element("Style")
        self._fill(_rule(style, on="area"), "map-water")
        for one in streams:
            rule = _rule(style, one["kinds"], on="line")
            self._line(rule, "map-stream", width_px(self._zoom, one["low"], one["high"]))
        self._add("water", style)

    def buildings(self, edge_px: float) -> None:
        """Draw all edges under all faces: no face shows where a tile cut it."""
        edges, faces = Element("Style"), Element("Style")
        self._line(SubElement(edges, "Rule"), "map-building-edge", 2.0 * edge_px)
        self._fill(SubElement(faces, "Rule"), "map-building")
        self._add("buildings", edges, faces)

    def roads(self, classes: Sequence[Mapping[str, Any]], casings: Mapping[str, float]) -> None:
        below, above = [], []
        around = casings["low" if self._zoom < _WIDER_FROM else "high"]
        for one in classes:
            if self._zoom < one["from"]:
                continue
            width = width_px(self._zoom, one["low"], one["high"])
            if self._zoom >= casings["from"]:
                below.append(Element("Style"))
                casing = _rule(below[-1], one["kinds"])
                self._line(casing, one["casing"], width + around, cap="butt")
            above.append(Element("Style"))
            self._line(_rule(above[-1], one["kinds"]), one["fill"], width)
        self._add("roads", *below, *above)

    def rail(self, rail: Mapping[str, float]) -> None:
        solid, dashed = Element("Style"), Element("Style")
        width = width_px(self._zoom, rail["low"], rail["high"])
        self._line(SubElement(solid, "Rule"), "map-rail", width, cap="butt")
        if self._zoom >= rail["dash_from"]:
            width = width_px(self._zoom, rail["dash_low"], rail["dash_high"])
            dash = self._line(SubElement(dashed, "Rule"), "map-rail-dash", width, cap="butt")
            dash.set("stroke-dasharray", f"{rail['dash']},{rail['dash']}")
        self._add("rail", solid, dashed)

    def names(self, label: Mapping[str, Any], *, halo: float) -> None:
        """Write names where no other name lies; one along a line, or inside an area, is whole."""
        style = Element("Style")
        rule = _rule(style, label["kinds"], on=label["on"], rank=label.get("rank"), named=True)
        text = SubElement(
            rule,
            "TextSymbolizer",
            {
                "face-name": _FACES[label["weight"] >= _BOLD_FROM],
                "size": str(label["size"]),
                "fill": self._colours[label["colour"]],
                "halo-fill": self._colours["map-halo"],
                "halo-radius": str(halo),
                "placement": _PLACED[label["on"]],
                "margin": str(_CLEAR_PX),
                "avoid-edges": str(label["layer"] != _CROSSING).lower(),
            },
        )
        if label["on"] != "point":
            text.set("repeat-distance", str(_APART_PX))
        if label["on"] == "line":
            text.set("spacing", str(_APART_PX))
            text.set("max-char-angle-delta", str(_TURN_DEG))
        text.text = "[name]"
        self._add(label["layer"], style)

    def _fill(self, rule: Element, name: str) -> None:
        SubElement(rule, "PolygonSymbolizer", fill=self._colours[name])

    def _line(self, rule: Element, name: str, width: float, *, cap: str = "round") -> Element:
        line = SubElement(rule, "LineSymbolizer", stroke=self._colours[name])
        line.set("stroke-width", f"{width:.2f}")
        line.set("stroke-linecap", cap)
        line.set("stroke-linejoin", "round")
        return line

    def _add(self, layer: str, *styles: Element) -> None:
        """Draw a layer by these styles, one after another; nothing where the file has none."""
        if layer not in self._layers:
            return
        for style in styles:
            style.set("name", f"s{len(self.root)}")
            self.root.append(style)
        element = SubElement(self.root, "Layer", name=f"l{len(self.root)}", srs="epsg:3857")
        element.set("cache-features", "true")
        for style in styles:
            SubElement(element, "StyleName").text = style.get("name")
        given = {"type": "tiles", "file": self._source, "layer": layer}
        source = SubElement(element, "Datasource")
        for name, value in given.items():
            SubElement(source, "Parameter", name=name).text = value


def _rule(
    style: Element,
    kinds: Sequence[str] = (),
    *,
    on: str | None = None,
    rank: int | None = None,
    named: bool = False,
) -> Element:
    rule = SubElement(style, "Rule")
    terms = []
    if kinds:
        terms.append(f"[kind].match('^({'|'.join(kinds)})$')")
    if on is not None:
        terms.append(f"[mapnik::geometry_type] = {_SHAPES[on]}")
    if rank is not None:
        terms.append(f"[rank] = {rank}")
    if named:
        terms.append("[name] != null")
    if terms:
        SubElement(rule, "Filter").text = " and ".join(terms)
    return rule
