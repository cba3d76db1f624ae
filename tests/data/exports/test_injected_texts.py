"""Texts that would act elsewhere, in every format of a plan and of the cases: they stay texts."""

from __future__ import annotations

import csv
import json
import re
import zipfile
from collections.abc import Iterator, Sequence
from dataclasses import replace
from html import unescape
from io import BytesIO
from pathlib import Path
from xml.etree import ElementTree as ET

import gpxpy
import icalendar
import openpyxl
import pytest
from pypdf import PdfReader
from pypdf.generic import ArrayObject, DictionaryObject, IndirectObject
from python_calamine import CalamineWorkbook

from data.exports import StopLabel, export_plan
from data.exports.case_table import write_cases
from data.exports.model import plain_text
from data.formula_signs import FORMULA_STARTS
from routes.model import AddressClaim, Case, CaseId, ClaimId, Debtor, DebtorId, SecretText
from routes.planning.problem import (
    Option,
    Plan,
    PlanFinding,
    PlanTeam,
    Problem,
    Route,
    Stop,
    StopKind,
    Unassigned,
    UnassignedReason,
)
from tests.data import samples as court
from tests.data.exports.samples import DAY, MADE_AT, paths, problem
from tests.data.exports.test_export import font_dir as font_dir
from tests.web.injections import KINDS, TEXTS, Page, chunks, marked, marks

_KML = {"k": "http://www.opengis.net/kml/2.2"}
_ACTING = {
    "/JS",
    "/JavaScript",
    "/OpenAction",
    "/AA",
    "/Launch",
    "/EmbeddedFile",
    "/URI",
    "/RichMedia",
}
TYPED = tuple(marked(text, "X", number) for number, text in enumerate(TEXTS))
KEPT = tuple(map(plain_text, TYPED))
"""What is written: controls that XML cannot hold are no part of any text."""


def _plan(texts: Sequence[str]) -> tuple[Problem, Plan, dict[str, StopLabel]]:
    """Return a plan with a stop for each text, which stands in every field of its label."""
    base = problem()
    options = tuple(
        Option(f"O{n}", f"D{n}", "door", DAY, 28800, 64800, 60, 3.0, 0.5) for n in range(len(texts))
    )
    stops = tuple(
        Stop(StopKind.VISIT, one.id, "door", 30600 + 60 * n, 30600 + 60 * n, 30660 + 60 * n, 3.0)
        for n, one in enumerate(options)
    )
    team = PlanTeam("T1", 2, frozenset(), "car", texts[0])
    labels = {
        f"O{n}": StopLabel(
            title=text,
            case_number=text,
            address=text,
            debtor=text,
            hazards=(text,),
            documents=(text,),
            findings=(PlanFinding("H1", "sign_off", f"visit:O{n}", text, text),),
        )
        for n, text in enumerate(texts)
    }
    made = Plan(
        base.id,
        "alns",
        1,
        10,
        3.0,
        (Route("S1", "T1", DAY, 30000, 64000, stops, 2400, 18350),),
        tuple(Unassigned("O0", UnassignedReason.TOO_FAR, text) for text in texts[:1]),
        tuple(PlanFinding("A1", "warn", "plan", text, text) for text in texts),
    )
    return replace(base, options=options, duties=(), teams=(team,)), made, labels


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Every format but the PDF, of one plan with all texts."""
    folder = tmp_path_factory.mktemp("written")
    base, made, labels = _plan(TYPED)
    found = {}
    for form in ("geojson", "gpx", "html", "ics", "kml", "outcomes", "xlsx"):
        found[form] = folder / f"plan.{form}"
        export_plan(
            made,
            base,
            labels,
            found[form],
            format=form,
            title=TYPED[1],
            made_at=MADE_AT,
            paths=paths(),
            mark=TYPED[2],
        )
    return found


def test_geojson_holds_them_as_typed(written: dict[str, Path]) -> None:
    text = written["geojson"].read_text("utf-8")
    read = json.loads(text)
    stops = [one["properties"] for one in read["features"] if one["properties"]["kind"] == "visit"]
    for key in ("title", "address", "debtor", "case_number"):
        assert [one[key] for one in stops] == list(KEPT)
    assert read["title"] == f"{KEPT[2]} {KEPT[1]}"
    assert set(read) == {"type", "title", "made_at", "problem", "datum", "mark", "features"}


def test_gpx_holds_them_as_typed(written: dict[str, Path]) -> None:
    text = written["gpx"].read_text("utf-8")
    assert "<!DOCTYPE" not in text
    read = gpxpy.parse(text)
    assert len(read.waypoints) == len(KEPT)
    assert read.name == f"{KEPT[2]} {KEPT[1]}"
    for number, (point, kept) in enumerate(zip(read.waypoints, KEPT, strict=True), 1):
        assert point.name == f"{KEPT[0]} {number} {kept}".strip()
        assert kept in (point.description or "")
    root = ET.fromstring(text)
    assert {one.tag.rpartition("}")[2] for one in root.iter()} <= {
        *("gpx", "metadata", "name", "desc", "time", "type"),
        *("wpt", "rte", "rtept", "trk", "trkseg", "trkpt"),
    }


def test_kml_holds_them_as_typed_and_no_markup_for_viewers(written: dict[str, Path]) -> None:
    root = ET.parse(written["kml"]).getroot()
    placemarks = root.findall(".//k:Placemark[k:Point]", _KML)
    assert len(placemarks) == len(KEPT)
    assert len(root.findall(".//k:Folder", _KML)) == 1
    for number, (place, kept) in enumerate(zip(placemarks, KEPT, strict=True), 1):
        assert place.findtext("k:name", namespaces=_KML) == f"{number} {kept}"
        described = place.findtext("k:description", namespaces=_KML) or ""
        assert set(re.findall(r"<[^>]*>", described)) <= {"<br/>"}
        assert kept in unescape(described.replace("<br/>", "\n"))
        data = {
            one.get("name"): one.findtext("k:value", "", _KML)
            for one in place.iter(f"{{{_KML['k']}}}Data")
        }
        assert data["debtor"] == data["address"] == kept
    assert not {"NetworkLink", "href", "BalloonStyle"} & {
        one.tag.rpartition("}")[2] for one in root.iter()
    }


def test_calendars_hold_them_as_typed(written: dict[str, Path]) -> None:
    content = written["ics"].read_bytes()
    read = icalendar.Calendar.from_ical(content)
    assert len(read.events) == len(KEPT)
    for number, (event, kept) in enumerate(zip(read.events, KEPT, strict=True), 1):
        assert str(event["SUMMARY"]) == f"{KEPT[2]} {KEPT[0]} {number} {kept}"
        assert str(event["LOCATION"]).lstrip("\ufeff") == kept.lstrip("\ufeff")  # a reader's mark
        assert kept in str(event["DESCRIPTION"])
        assert set(event) == {
            *("UID", "DTSTAMP", "DTSTART", "DTEND", "SUMMARY", "STATUS", "LOCATION"),
            *("DESCRIPTION", "CATEGORIES", "CLASS", "GEO"),
        }
    unfolded = re.sub(rb"\r\n[ \t]", b"", content).split(b"\r\n")
    assert unfolded.count(b"BEGIN:VEVENT") == len(KEPT)
    assert not [one for one in unfolded if one.startswith((b"ATTACH", b"URL", b"BEGIN:VALARM"))]


def test_html_holds_them_as_typed_and_nothing_else(written: dict[str, Path]) -> None:
    page = Page(written["html"].read_text("utf-8"))
    assert page.acting == []
    assert page.links == []
    assert page.nonces == set()
    assert page.forms == []
    assert len(marks(page.text)) == len(TYPED)
    shown = " ".join(page.texts)
    for kept in KEPT:
        assert kept in shown


@pytest.mark.parametrize("form", ["xlsx", "outcomes"])
def test_workbooks_hold_them_as_texts_alone(form: str, written: dict[str, Path]) -> None:
    content = written[form].read_bytes()
    cells = [
        cell
        for page in openpyxl.load_workbook(BytesIO(content)).worksheets
        for row in page.iter_rows()
        for cell in row
        if cell.value is not None
    ]
    assert {cell.data_type for cell in cells} <= {"s", "n", "d"}
    assert not any(cell.hyperlink for cell in cells)
    texts = {cell.value: cell for cell in cells if cell.data_type == "s"}
    for kept in KEPT:
        assert kept in texts
        assert texts[kept].quotePrefix is kept.startswith(FORMULA_STARTS)
    read = CalamineWorkbook.from_filelike(BytesIO(content))
    values = {
        value
        for name in read.sheet_names
        for row in read.get_sheet_by_name(name).to_python()
        for value in row
    }
    assert set(KEPT) <= values
    _is_plain(content)


def _is_plain(workbook: bytes) -> None:
    """Check that a workbook has no formula, link, macro or object in any of its parts."""
    with zipfile.ZipFile(BytesIO(workbook)) as archive:
        names = archive.namelist()
        sheets = [archive.read(name) for name in names if "/worksheets/sheet" in name]
        relations = [archive.read(name) for name in names if name.endswith(".rels")]
    assert sheets
    assert not [one for one in sheets if re.search(rb"<f[ >]|<oleObject|<hyperlink", one)]
    assert not [one for one in relations if b'TargetMode="External"' in one]
    assert not [
        name for name in names if re.search("externalLink|vbaProject|connections|embeddings", name)
    ]


def _objects(reader: PdfReader) -> Iterator[DictionaryObject]:
    """Yield every object of a PDF that has entries."""
    seen: set[int] = set()
    waiting: list[object] = [reader.trailer]
    while waiting:
        one = waiting.pop()
        if isinstance(one, IndirectObject):
            if one.idnum in seen:
                continue
            seen.add(one.idnum)
            one = one.get_object()
        if isinstance(one, DictionaryObject):
            yield one
            waiting += one.values()
        elif isinstance(one, ArrayObject):
            waiting += one


def test_a_field_pack_prints_them_as_typed_and_does_nothing(tmp_path: Path, font_dir: Path) -> None:
    """Typst's own markup and code among them: it is printed, not run."""
    texts = tuple(chunks(600, "P"))
    base, made, labels = _plan(texts)
    path = tmp_path / "plan.pdf"
    export_plan(
        made,
        base,
        labels,
        path,
        format="pdf",
        title="#panic() $x$",
        made_at=MADE_AT,
        font_dir=font_dir,
        mark="*草稿* #eval(1)",
    )
    reader = PdfReader(path)
    shown = re.sub(r"\s+", "", "".join(page.extract_text() for page in reader.pages))
    lost = {mark for text in texts for mark in marks(text)} - marks(shown)
    assert all("unicode" in mark for mark in lost)  # marks of direction turn them around
    assert "走访" in shown.rpartition("§Pmarkup-029§")[2]
    for text in (*KINDS["markup"], *KINDS["template"], "#panic() $x$", "*草稿* #eval(1)"):
        if text.isascii() and text.isprintable():
            assert re.sub(r"\s+", "", text) in shown, text
    assert reader.metadata is not None
    assert reader.metadata.title == "*草稿* #eval(1) #panic() $x$"
    for one in _objects(reader):
        assert not _ACTING & {*map(str, one), str(one.get("/S")), str(one.get("/Subtype"))}


Records = tuple[list[Case], list[Debtor], list[AddressClaim]]


@pytest.fixture(scope="module")
def hostile_cases() -> Records:
    cases, debtors, claims = [], [], []
    for number, text in enumerate(TYPED):
        case = replace(court.case(1), id=CaseId(f"c{number}"), basis_document=text)
        debtor = replace(
            court.debtor(1),
            id=DebtorId(f"d{number}"),
            case_id=case.id,
            name=SecretText(text),
            id_number=None,
        )
        claim = replace(
            court.claim(1),
            id=ClaimId(f"a{number}"),
            debtor_id=debtor.id,
            text=SecretText(text),
            basis=text,
        )
        cases.append(case)
        debtors.append(debtor)
        claims.append(claim)
    return cases, debtors, claims


@pytest.mark.parametrize("form", ["csv", "xlsx"])
def test_tables_of_cases_hold_them_as_texts(
    form: str, hostile_cases: Records, tmp_path: Path
) -> None:
    path = tmp_path / f"cases.{form}"
    path.touch()
    assert write_cases(path, form, *hostile_cases) == len(TYPED)
    if form == "csv":
        with path.open(encoding="utf-8-sig", newline="") as file:
            rows = list(csv.reader(file))
        assert len(rows) == len(TYPED) + 1
        assert not [cell for row in rows for cell in row if cell.startswith(FORMULA_STARTS)]
        values = {
            re.sub(rf"^'(?='*[{re.escape(''.join(FORMULA_STARTS))}])", "", cell)
            for row in rows
            for cell in row
        }
        assert set(TYPED) <= values
    else:
        _is_plain(path.read_bytes())
        page = openpyxl.load_workbook(path).worksheets[0]
        assert {cell.data_type for row in page.iter_rows() for cell in row} <= {"s", "n", "d"}
        assert len(marks(" ".join(str(c.value) for row in page.iter_rows() for c in row))) == len(
            TYPED
        )
