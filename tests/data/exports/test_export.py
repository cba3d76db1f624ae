"""Each format is read back by a reader that is not ours."""

from __future__ import annotations

import dataclasses
import json
import os
import re
from collections.abc import Callable
from datetime import datetime, timedelta
from html import unescape
from html.parser import HTMLParser
from pathlib import Path
from xml.etree import ElementTree as ET

import gpxpy
import icalendar
import numpy as np
import openpyxl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pypdf import PdfReader

from data.errors import ExportError
from data.exports import FORMATS, StopLabel, export_plan
from data.exports.model import plain_text
from geo import coordinates
from geo.localtime import LOCAL_ZONE
from geo.model import Datum
from geo.navigation import NavigationApp, navigation_link
from geo.roadwindow import RoadLine
from routes.planning.problem import StopKind
from tests.data.exports.samples import (
    DAY,
    DOOR_LONLAT,
    HOSTILE,
    MADE_AT,
    label,
    paths,
    plan,
    problem,
)

_KML = {"k": "http://www.opengis.net/kml/2.2"}
_FONT_FOLDERS = (
    Path("web/static/vendor/fonts"),
    Path("web/assets/node_modules/@expo-google-fonts/noto-sans-sc/400Regular"),
)


@pytest.fixture(scope="session")
def font_dir() -> Path:
    root = Path(__file__).parents[3]
    for folder in _FONT_FOLDERS:
        if any((root / folder).glob("*.[ot]tf")):
            return root / folder
    pytest.skip("no Chinese font here; run python -m web.build first")


@pytest.fixture
def export(tmp_path: Path) -> Callable[..., Path]:
    def run(kind: str, text: str = "张三住处", **options: object) -> Path:
        path = tmp_path / f"plan.{kind}"
        made: dict[str, object] = {"title": text, "made_at": MADE_AT, **options}
        export_plan(plan(), problem(), {"O1": label(text)}, path, format=kind, **made)  # type: ignore[arg-type]
        return path

    return run


def _shown(text: str) -> str:
    """Letters of a text without blanks and line ends, for readers that lay lines out anew."""
    return re.sub(r"[\s\u200b\u00ad]+", "", text)


class _Page(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str | None]] = []
        self.text = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += attrs

    def handle_data(self, data: str) -> None:
        self.text += data


def _page(path: Path) -> _Page:
    page = _Page()
    page.feed(path.read_text("utf-8"))
    return page


def test_geojson_holds_stops_routes_and_its_datum(export: Callable[..., Path]) -> None:
    read = json.loads(export("geojson", paths=paths()).read_text("utf-8"))
    kinds = [f["properties"]["kind"] for f in read["features"]]
    assert kinds == ["route", "visit", "duty", "break"]
    route, visit = read["features"][:2]
    assert route["geometry"]["coordinates"] == paths()["S1"].tolist()
    assert visit["geometry"] == {"type": "Point", "coordinates": list(DOOR_LONLAT)}
    assert visit["properties"]["arrival"] == "2026-11-26T08:30:00+08:00"
    assert visit["properties"]["case_number"] == "（2026）闽0504执123号"
    assert read["datum"] == "wgs84"
    assert "note" not in read


@pytest.mark.parametrize("datum", [Datum.GCJ02, Datum.BD09])
def test_positions_are_in_the_datum_asked_for(export: Callable[..., Path], datum: Datum) -> None:
    expected = coordinates.from_wgs84(np.array([DOOR_LONLAT]), datum)[0]
    assert np.abs(expected - DOOR_LONLAT).max() > 1e-3
    read = json.loads(export("geojson", datum=datum, paths=paths()).read_text("utf-8"))
    route, visit = read["features"][:2]
    assert visit["geometry"]["coordinates"] == pytest.approx(expected, abs=1e-7)
    assert route["geometry"]["coordinates"][-1] == pytest.approx(expected, abs=1e-7)
    assert read["datum"] == datum.value
    assert read["note"]
    gpx = gpxpy.parse(export("gpx", datum=datum).read_text("utf-8"))
    assert (gpx.waypoints[0].longitude, gpx.waypoints[0].latitude) == pytest.approx(expected)
    assert datum.value.upper()[:2] in gpx.description
    kml = ET.parse(export("kml", datum=datum)).getroot()
    shown = kml.findtext(".//k:Point/k:coordinates", namespaces=_KML)
    assert [float(x) for x in (shown or "").split(",")] == pytest.approx(expected, abs=1e-7)
    page = openpyxl.load_workbook(export("xlsx", datum=datum)).worksheets[0]
    assert [page["Q2"].value, page["R2"].value] == pytest.approx(expected, abs=1e-7)
    event = icalendar.Calendar.from_ical(export("ics", datum=datum).read_bytes()).events[0]
    assert "GEO" not in event


def test_gpx_has_points_route_and_track(export: Callable[..., Path]) -> None:
    read = gpxpy.parse(export("gpx", paths=paths()).read_text("utf-8"))
    assert [w.type for w in read.waypoints] == ["visit", "duty", "break"]
    assert read.waypoints[0].time == datetime(2026, 11, 26, 8, 30, tzinfo=LOCAL_ZONE)
    assert read.routes[0].points[0].name == "张三住处"
    points = [(p.longitude, p.latitude) for p in read.tracks[0].segments[0].points]
    assert points == [tuple(pair) for pair in paths()["S1"].tolist()]


def test_kml_has_a_folder_a_route(export: Callable[..., Path]) -> None:
    read = ET.parse(export("kml", paths=paths())).getroot()
    folder = read.find("k:Document/k:Folder", _KML)
    assert folder is not None
    assert folder.findtext("k:name", namespaces=_KML) == "2026-11-26 第一组"
    assert len(folder.findall("k:Placemark/k:Point", _KML)) == 3
    line = folder.findtext("k:Placemark/k:LineString/k:coordinates", namespaces=_KML)
    assert len((line or "").split()) == 3


def test_calendar_events_stand_at_local_hours(export: Callable[..., Path]) -> None:
    read = icalendar.Calendar.from_ical(export("ics").read_bytes())
    first = read.events[0]
    assert first.start == datetime(2026, 11, 26, 8, 30, tzinfo=LOCAL_ZONE)
    assert first.end - first.start == timedelta(minutes=30)
    assert str(first["LOCATION"]) == "张三住处"
    assert [str(e["UID"]) for e in read.events] == [
        "P-1.S1.O1@fieldwrit",
        "P-1.S1.Q1@fieldwrit",
        "P-1.S1.break-3@fieldwrit",
    ]
    assert [str(zone["TZID"]) for zone in read.timezones] == ["Asia/Shanghai"]


def test_workbook_holds_stops_and_what_was_left_out(export: Callable[..., Path]) -> None:
    book = openpyxl.load_workbook(export("xlsx"))
    assert book.sheetnames == ["站点", "未排入", "规则提示"]
    stops, left, findings = book.worksheets
    assert stops.max_row == 4
    assert stops["A2"].value.date() == DAY
    assert stops["E2"].value.isoformat() == "2026-11-26T08:30:00"
    assert [c.value for c in left[2]] == ["D2", "班次内无法往返", "4.5 h"]
    assert findings["A2"].value == "A1"


def test_html_is_one_file_that_fetches_and_runs_nothing(export: Callable[..., Path]) -> None:
    page = _page(export("html"))
    assert not {"script", "link", "img", "iframe", "object", "form", "a"} & set(page.tags)
    assert not {"src", "href", "style", "srcset", "action"} & {name for name, _ in page.attributes}
    assert not [name for name, _ in page.attributes if name.startswith("on")]
    assert "url(" not in page.text
    assert "@import" not in page.text
    for wanted in (
        "张三住处",
        "08:30–09:00",
        "在此居住未遇",
        "民事诉讼法第二百五十二条",
        "班次内无法往返",
    ):
        assert wanted in page.text


def test_field_pack_lists_the_day_then_each_stop(
    export: Callable[..., Path], font_dir: Path
) -> None:
    reader = PdfReader(export("pdf", font_dir=font_dir))
    cover, *sections = [_shown(page.extract_text()) for page in reader.pages]
    assert reader.metadata is not None
    assert reader.metadata.title == "张三住处"
    for wanted in ("2026-11-26第一组", "08:30–09:00", "休息"):
        assert wanted in cover
    body = "".join(sections)
    for wanted in ("（2026）闽0504执123号", "在此居住未遇", "民事诉讼法第二百五十二条", "□传票"):
        assert wanted in body
    for name in reader.pages[0]["/Resources"]["/Font"].values():  # type: ignore[index]
        assert "NotoSansSC" in name.get_object()["/BaseFont"]


class _Roads:
    """Two roads that cross at the door, and what was asked for."""

    def __init__(self) -> None:
        self.asked: list[tuple[float, ...]] = []

    def within(self, *bounds: float) -> tuple[RoadLine, ...]:
        self.asked.append(bounds)
        lon, lat = DOOR_LONLAT
        along = np.array([[lon - 0.004, lat], [lon + 0.004, lat]])
        across = np.array([[lon, lat - 0.001], [lon, lat + 0.001]])
        return RoadLine(5, "", across), RoadLine(3, "迎宾<路>", along)


@pytest.mark.parametrize("datum", [Datum.WGS84, Datum.GCJ02])
def test_each_stop_of_a_field_pack_has_a_page_with_its_map(
    export: Callable[..., Path], font_dir: Path, datum: Datum
) -> None:
    roads = _Roads()
    reader = PdfReader(export("pdf", font_dir=font_dir, ground=roads, datum=datum, paths=paths()))
    stops = [s for r in plan().routes for s in r.stops if s.kind is not StopKind.BREAK]
    assert len(reader.pages) == 1 + len(stops)
    west, south, east, north = roads.asked[0]
    assert ((west + east) / 2, (south + north) / 2) == pytest.approx(DOOR_LONLAT, abs=2e-6)
    assert (east - west) * 111_195 * np.cos(np.radians(south)) == pytest.approx(1238.1, abs=1.0)
    page = _shown(reader.pages[1].extract_text())
    assert "迎宾<路>" in page
    assert "200m" in page
    plain = PdfReader(export("pdf", font_dir=font_dir))
    assert "200m" not in _shown(plain.pages[1].extract_text())


@pytest.mark.parametrize("app", list(NavigationApp))
def test_each_format_opens_the_navigation_app_at_the_stop(
    export: Callable[..., Path], font_dir: Path, app: NavigationApp
) -> None:
    lon, lat = coordinates.from_wgs84(np.array([DOOR_LONLAT]), app.datum)[0].round(7).tolist()
    link = navigation_link(app, lon=lon, lat=lat)
    made: dict[str, object] = {"app": app, "datum": app.datum}
    geojson = json.loads(export("geojson", **made).read_text("utf-8"))
    stops = [f["properties"] for f in geojson["features"] if f["properties"]["kind"] == "visit"]
    assert [stop["navigation"] for stop in stops] == [link]
    sheet = openpyxl.load_workbook(export("xlsx", **made)).worksheets[0]
    heads = [cell.value for cell in sheet[1]]
    cell = sheet.cell(2, heads.index("导航") + 1)
    assert (cell.value, cell.hyperlink.target) == (link, link)  # type: ignore[union-attr]
    page = _page(export("html", **made))
    assert ("href", link) in page.attributes
    for kind in ("gpx", "kml", "ics"):
        text = unescape(unescape(export(kind, **made).read_text("utf-8")))
        assert link in re.sub(r"\r?\n ", "", text).replace("\\,", ","), kind
    reader = PdfReader(export("pdf", font_dir=font_dir, **made))
    opened = [a.get_object()["/A"]["/URI"] for p in reader.pages for a in p.get("/Annots", [])]
    assert link in opened


def test_a_datum_that_is_not_the_app_s_is_refused(export: Callable[..., Path]) -> None:
    with pytest.raises(ExportError, match="gcj02"):
        export("gpx", app=NavigationApp.AMAP)


def test_the_same_export_is_the_same_file(export: Callable[..., Path], font_dir: Path) -> None:
    for kind in ("geojson", "gpx", "html", "ics", "kml", "pdf"):
        first = export(kind, font_dir=font_dir).read_bytes()
        assert export(kind, font_dir=font_dir).read_bytes() == first, kind


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_text_stays_text(export: Callable[..., Path], text: str) -> None:
    read = json.loads(export("geojson", text).read_text("utf-8"))
    assert read["features"][0]["properties"]["address"] == text

    gpx = gpxpy.parse(export("gpx", text).read_text("utf-8"))
    assert gpx.name == text
    assert len(gpx.waypoints) == 3
    assert text in gpx.waypoints[0].description

    kml = ET.parse(export("kml", text)).getroot()
    assert len(kml.findall(".//k:Folder", _KML)) == 1
    mark = kml.find(".//k:Placemark", _KML)
    assert mark is not None
    assert mark.findtext("k:name", namespaces=_KML) == f"1 {text}"
    described = mark.findtext("k:description", namespaces=_KML) or ""
    assert set(re.findall(r"<[^>]*>", described)) <= {"<br/>"}
    assert text in unescape(described.replace("<br/>", "\n"))

    calendar = icalendar.Calendar.from_ical(export("ics", text).read_bytes())
    assert len(calendar.events) == 3
    assert str(calendar.events[0]["LOCATION"]) == text

    page = openpyxl.load_workbook(export("xlsx", text)).worksheets[0]
    assert {cell.data_type for row in page.iter_rows() for cell in row} <= {"s", "n", "d"}
    assert page["K2"].value == text
    assert page["K2"].quotePrefix is text.startswith(("=", "+", "-", "@", "\t"))

    shown = _page(export("html", text))
    assert "script" not in shown.tags
    assert text in shown.text


def test_hostile_text_is_printed_as_it_is(export: Callable[..., Path], font_dir: Path) -> None:
    text = "\n".join(t for t in HOSTILE if "\u2028" not in t)
    reader = PdfReader(export("pdf", text, font_dir=font_dir))
    shown = _shown("".join(page.extract_text() for page in reader.pages))
    for line in HOSTILE[:9]:
        assert _shown(line) in shown, line
    assert not [page for page in reader.pages if "/Annots" in page]


@settings(
    max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(text=st.text(st.characters(codec=None), min_size=1, max_size=30))
def test_any_text_can_be_written_and_read(export: Callable[..., Path], text: str) -> None:
    kept = plain_text(text)
    read = json.loads(export("geojson", text).read_text("utf-8"))
    assert read["title"] == kept
    gpx = gpxpy.parse(export("gpx", text).read_text("utf-8"))
    assert len(gpx.waypoints) == 3
    kml = ET.parse(export("kml", text)).getroot()
    assert (kml.findtext(".//k:Placemark/k:name", namespaces=_KML) or "") == f"1 {kept}"
    page = openpyxl.load_workbook(export("xlsx", text)).worksheets[0]
    assert (page["K2"].value or "") == kept
    calendar = icalendar.Calendar.from_ical(export("ics", text).read_bytes())
    assert len(calendar.events) == 3
    assert _page(export("html", text)).tags.count("article") == 2


@pytest.mark.parametrize("missing", [None, "nowhere", "empty"])
def test_a_missing_font_is_told_with_the_cure(
    export: Callable[..., Path], tmp_path: Path, missing: str | None
) -> None:
    (tmp_path / "empty").mkdir()
    with pytest.raises(ExportError, match=r"web\.build"):
        export("pdf", font_dir=None if missing is None else tmp_path / missing)
    assert os.listdir(tmp_path) == ["empty"]


DRAFT = "草稿 · 未签批"


@pytest.mark.parametrize("kind", sorted({*FORMATS} - {"pdf", "xlsx", "outcomes"}))
def test_a_draft_is_marked_in_the_file_and_at_each_stop(
    kind: str, export: Callable[..., Path]
) -> None:
    text = export(kind, mark=DRAFT).read_text(encoding="utf-8").replace("\r\n ", "")
    assert text.count(DRAFT) >= (2 if kind == "html" else 1 + len(plan().routes[0].stops))
    assert DRAFT not in export(kind).read_text(encoding="utf-8").replace("\r\n ", "")


def test_each_sheet_of_a_draft_is_marked_above_its_header(export: Callable[..., Path]) -> None:
    clean, draft = (
        openpyxl.load_workbook(export("xlsx", **more)).worksheets for more in ({}, {"mark": DRAFT})
    )
    for one, marked in zip(clean, draft, strict=True):
        assert marked["A1"].value == marked.oddHeader.center.text == DRAFT
        assert marked.freeze_panes == "A3"
        rows = [list(page.iter_rows(values_only=True)) for page in (one, marked)]
        assert rows[0] == rows[1][1:]


def test_each_page_of_a_draft_is_marked(export: Callable[..., Path], font_dir: Path) -> None:
    for mark, least in ((DRAFT, 2), ("", 0)):  # in the head of the page and across it
        pages = PdfReader(export("pdf", font_dir=font_dir, mark=mark)).pages
        shown = [_shown(page.extract_text()).count("未签批") for page in pages]
        assert min(shown) >= least
        assert bool(mark) == bool(sum(shown))


def test_an_unknown_format_names_the_known_ones(export: Callable[..., Path]) -> None:
    with pytest.raises(ExportError, match=" ".join(FORMATS)):
        export("docx")


def test_a_plan_of_another_problem_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ExportError, match="P-2"):
        export_plan(
            plan("P-2"), problem(), {}, tmp_path / "a", format="gpx", title="", made_at=MADE_AT
        )


def test_a_place_or_team_that_the_problem_lacks_is_refused(tmp_path: Path) -> None:
    bare = dataclasses.replace(plan().routes[0], team="T9")
    lost = dataclasses.replace(plan().routes[0].stops[0], place="moon")
    for route, name in (
        (bare, "T9"),
        (dataclasses.replace(plan().routes[0], stops=(lost,)), "moon"),
    ):
        broken = dataclasses.replace(plan(), routes=(route,))
        with pytest.raises(ExportError, match=name):
            export_plan(
                broken, problem(), {}, tmp_path / "a", format="kml", title="", made_at=MADE_AT
            )


def test_a_time_without_zone_is_refused(export: Callable[..., Path]) -> None:
    with pytest.raises(ExportError, match="时区"):
        export("ics", made_at=MADE_AT.replace(tzinfo=None))


def test_the_old_file_survives_a_refused_export(export: Callable[..., Path]) -> None:
    path = export("html")
    before = path.read_bytes()
    with pytest.raises(ExportError):
        export("html", made_at=MADE_AT.replace(tzinfo=None))
    assert path.read_bytes() == before


def test_labels_do_not_show_persons_by_accident() -> None:
    shown = repr(StopLabel("张三", address="某路 1 号", debtor="张三"))
    assert "张三" not in shown
    assert "某路" not in shown


def test_words_are_translated(export: Callable[..., Path]) -> None:
    page = _page(export("html", translate=lambda text: {"走访": "Visit"}.get(text, text)))
    assert "Visit" in page.text
