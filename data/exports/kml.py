"""A plan as KML 2.2: a folder a route, a placemark a stop."""

from __future__ import annotations

from html import escape
from xml.etree import ElementTree as ET

from data.exports.describe import stop_text
from data.exports.model import PlanSheet, RouteSheet, StopSheet

__all__ = ["KML_NAMESPACE", "render"]

KML_NAMESPACE = "http://www.opengis.net/kml/2.2"
_LINE_WIDTH_PX = "4"
_COLOURS_ABGR = ("ffb4771f", "ff0e7fff", "ff2ca02c", "ff2827d6", "ffbd6794", "ff4b568c")


def render(sheet: PlanSheet) -> bytes:
    """Return KML; the document's description names the datum.

    Viewers show a placemark's description as HTML, so its text is escaped as HTML first and
    then, like every text, as XML. ``ExtendedData`` holds the same facts unescaped.
    """
    root = ET.Element("kml", xmlns=KML_NAMESPACE)
    document = ET.SubElement(root, "Document")
    _text(document, "name", sheet.title)
    _text(document, "description", _html(sheet.datum_text))
    for number in range(len(sheet.routes)):
        _add_style(document, number)
    for number, route in enumerate(sheet.routes):
        _add_route(document, sheet, route, number)
    ET.indent(root, " ")
    return bytes(ET.tostring(root, encoding="UTF-8", xml_declaration=True))


def _text(parent: ET.Element, tag: str, text: str) -> None:
    ET.SubElement(parent, tag).text = text


def _html(text: str) -> str:
    return escape(text).replace("\n", "<br/>")


def _add_style(document: ET.Element, number: int) -> None:
    style = ET.SubElement(document, "Style", id=f"route-{number}")
    line = ET.SubElement(style, "LineStyle")
    _text(line, "color", _COLOURS_ABGR[number % len(_COLOURS_ABGR)])
    _text(line, "width", _LINE_WIDTH_PX)


def _add_route(document: ET.Element, sheet: PlanSheet, route: RouteSheet, number: int) -> None:
    folder = ET.SubElement(document, "Folder")
    heading = f"{route.day.isoformat()} {route.team_name}"
    _text(folder, "name", f"{sheet.mark} {heading}" if sheet.mark else heading)
    if route.path_lonlat is not None and len(route.path_lonlat) > 1:
        mark = ET.SubElement(folder, "Placemark")
        _text(mark, "name", f"{sheet.word('route')} {route.team_name}")
        _text(mark, "styleUrl", f"#route-{number}")
        line = ET.SubElement(mark, "LineString")
        _text(line, "tessellate", "1")
        pairs = (f"{lon:.7f},{lat:.7f}" for lon, lat in route.path_lonlat)
        _text(line, "coordinates", " ".join(pairs))
    for stop in route.stops:
        _add_stop(folder, sheet, stop)


def _add_stop(folder: ET.Element, sheet: PlanSheet, stop: StopSheet) -> None:
    mark = ET.SubElement(folder, "Placemark")
    _text(mark, "name", stop.heading)
    _text(mark, "description", _html(stop_text(sheet, stop)))
    span = ET.SubElement(mark, "TimeSpan")
    _text(span, "begin", stop.arrival.isoformat())
    _text(span, "end", stop.departure.isoformat())
    extended = ET.SubElement(mark, "ExtendedData")
    for name, value in (
        ("ref", stop.ref),
        ("kind", stop.kind.value),
        ("case_number", stop.case_number),
        ("debtor", stop.debtor),
        ("address", stop.address),
        ("datum", sheet.datum.value),
    ):
        data = ET.SubElement(extended, "Data", name=name)
        _text(data, "value", value)
    point = ET.SubElement(mark, "Point")
    _text(point, "coordinates", f"{stop.lon:.7f},{stop.lat:.7f}")
