"""Map shells: folium draws the frame, controls and plugins; it never sees a case.

A shell is split into its parts so that a page can place them under its own policy: links are
rewritten to files served from here (an unknown link is an error), inline code waits for the
nonce. Points, colours and pop-ups come later, as JSON read by ``static/js``.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import folium

from geo.messages import Message
from geo.model import Point
from web.errors import ShellError
from web.labels import say

__all__ = ["MapShell", "Overlay", "build_shell"]

_PAINTER = "vendor/protomaps-leaflet/protomaps-leaflet.js"  # of the local base map; needs Leaflet

# What folium links to, by the file's name, and where it is served from here. ``None``: a
# library that only folium's own markers and pop-ups use; it is left out.
_LOCAL: dict[str, str | None] = {
    "leaflet.js": "vendor/leaflet/leaflet.js",
    "leaflet.css": "vendor/leaflet/leaflet.css",
    "jquery-3.7.1.min.js": None,
    "bootstrap.bundle.min.js": None,
    "bootstrap.min.css": None,
    "bootstrap-glyphicons.css": None,
    "leaflet.awesome-markers.js": None,
    "leaflet.awesome-markers.css": None,
    "leaflet.awesome.rotate.min.css": None,
    "all.min.css": None,
}

_PART = re.compile(
    r"""<script\s+src="(?P<script>[^"]+)"\s*>\s*</script>"""
    r"""|<link\s+rel="stylesheet"\s+href="(?P<style>[^"]+)"\s*/?>"""
    r"""|<style[^>]*>(?P<css>.*?)</style>"""
    r"""|<script>(?P<code>.*?)</script>"""
    r"""|<meta\s[^>]*>""",
    re.DOTALL,
)
_FOREIGN = re.compile(r"""(?:https?:)?//[\w.-]+\.\w""")


@dataclass(frozen=True, slots=True)
class Overlay:
    """A layer that a reader can switch: its key for scripts, and its label."""

    key: str
    label: Message
    shown: bool = True


@dataclass(frozen=True, slots=True)
class MapShell:
    """The parts of a folium figure, ready for a page.

    ``layers`` maps an overlay's key to the name of folium's script variable.
    """

    name: str
    scripts: tuple[str, ...]
    styles: tuple[str, ...]
    css: str
    head_code: str
    html: str
    code: str
    layers: Mapping[str, str]


def build_shell(
    *,
    centre: Point,
    zoom: int,
    overlays: tuple[Overlay, ...],
) -> MapShell:
    """Let folium build a map frame with switchable, empty layers.

    Raises
    ------
    ShellError
        If folium links to a file that is not served from here.
    """
    chart = folium.Map(
        location=(centre.lat, centre.lon),
        zoom_start=zoom,
        tiles=None,
        zoom_control=False,
        minZoom=8,  # folium gives its own min_zoom and max_zoom to tile layers only
        maxZoom=19,
        fadeAnimation=False,  # tiles that fade in are drawn in dozens of frames
        zoomSnap=0.5,  # a district fills the frame; whole steps leave half of it empty
    )
    layers: dict[str, str] = {}
    for overlay in overlays:
        layer = folium.FeatureGroup(name=say(overlay.label), show=overlay.shown)
        layer.add_to(chart)
        layers[overlay.key] = layer.get_name()
    if len(overlays) > 1:
        folium.LayerControl(position="topright", collapsed=True).add_to(chart)
    figure: Any = chart.get_root()
    figure.render()
    return _split(
        name=chart.get_name(),
        head=figure.header.render(),
        html=figure.html.render(),
        code=figure.script.render(),
        layers=layers,
    )


def _split(*, name: str, head: str, html: str, code: str, layers: Mapping[str, str]) -> MapShell:
    scripts: list[str] = []
    styles: list[str] = []
    css: list[str] = []
    head_code: list[str] = []
    for part in _PART.finditer(head):
        if part["script"]:
            scripts.extend(_local(part["script"]))
        elif part["style"]:
            styles.extend(_local(part["style"]))
        elif part["css"] and f"#{name}" in part["css"]:
            css.append(part["css"].strip())
        elif part["code"]:
            head_code.append(part["code"].strip())
    rest = _PART.sub("", head).strip()
    if rest:
        raise ShellError("地图框架含有无法识别的部分：%(part)s", part=rest[:80])
    for text in (*css, *head_code, html, code):
        foreign = _FOREIGN.search(text)
        if foreign:
            raise ShellError("地图框架指向外部地址：%(link)s", link=foreign[0])
    return MapShell(
        name=name,
        scripts=(*scripts, _PAINTER),
        styles=tuple(styles),
        css="\n".join(css),
        head_code="\n".join(head_code),
        html=html.strip(),
        code=code,
        layers=layers,
    )


def _local(link: str) -> list[str]:
    file_name = link.rsplit("/", 1)[-1]
    if file_name not in _LOCAL:
        raise ShellError("地图框架指向未收录的文件：%(link)s", link=link)
    local = _LOCAL[file_name]
    return [] if local is None else [local]
