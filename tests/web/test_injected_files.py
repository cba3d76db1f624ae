"""Texts that would act elsewhere, in files: areas, roads, headers, sheets and cells of any kind."""

from __future__ import annotations

import json
import shutil
import zipfile
from collections.abc import Iterator
from dataclasses import replace
from io import BytesIO
from pathlib import Path

import geopandas as gpd
import mapbox_vector_tile
import pytest
from flask import Flask
from openpyxl import Workbook
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE
from shapely.geometry import box

from data.basemap import Basemap, build_basemap
from data.imports import import_file
from data.imports.columns import TableKind, columns_of
from data.model import Role
from geo.areafile import read_areas
from geo.network import build_network
from geo.osmfile import read_features
from geo.placefile import load_places, places_json
from tests.data.samples import GOOD_ROWS, second_address, write_csv
from tests.data.test_basemap import tile_of
from tests.geo.roads import LAT, LON, STEP, osm_xml, write_osm
from tests.web.conftest import Reader, SetClock, Waiting
from tests.web.court import open_services
from tests.web.injections import TEXTS, Page, json_texts, plain
from tests.web.packed_texts import MARK, packed
from tests.web.read_pages import read_all
from web.config import Settings
from web.network_board import RoadBoard
from web.services import Services, attach
from web.working import work_on

_ROOM = 2000
_HEADER = 500
_SHEET = 31
_NO_SHEET = frozenset("[]:*?/\\'")
WHOLE = tuple(text for text in TEXTS if "\0" not in text)
"""Texts that a layer of GDAL can hold: its texts end at a zero."""
IN_XML = tuple(
    text
    for text in WHOLE
    if all(one in "\t\n\r" or " " <= one < "\ufffe" or one > "\uffff" for one in text)
)
"""Texts that an XML file can hold."""


def _shown(html: str) -> set[str]:
    text = Page(html).text
    return {one for one in TEXTS if plain(one + MARK) in text}


@pytest.fixture(scope="module")
def taken_in(
    filled: Path, pages: Flask, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Flask, Services, Settings, Waiting]]:
    folder, queue = tmp_path_factory.mktemp("hostile_files"), Waiting()
    shutil.copytree(filled, folder / "data")
    settings = Settings(folder / "data")
    services = replace(
        open_services(folder / "data", SetClock()),
        queue=queue,
        uploads_dir=settings.uploads_dir,
        packs_dir=settings.packs_dir,
    )
    attach(pages, services)
    yield pages, services, settings, queue
    services.store.close()


def _reader(app: Flask, role: Role) -> Reader:
    reader = Reader(app.test_client())
    assert reader.sign_in(role).status_code == 302
    return reader


def _areas(texts: tuple[str, ...]) -> gpd.GeoDataFrame:
    squares = [
        box(
            118.5 + n % 20 * 0.01,
            24.8 + n // 20 * 0.01,
            118.51 + n % 20 * 0.01,
            24.81 + n // 20 * 0.01,
        )
        for n in range(len(texts))
    ]
    columns = {
        "code": [f"G{n}{text}" for n, text in enumerate(texts)],
        "name": [text + MARK for text in texts],
        "kind": ["grid"] * len(texts),
    }
    return gpd.GeoDataFrame(columns, geometry=squares, crs=4326)


@pytest.mark.parametrize("suffix", ["geojson", "gpkg", "zip", "kml"])
def test_areas_are_named_as_their_file_names_them(suffix: str, tmp_path: Path) -> None:
    texts = IN_XML if suffix == "kml" else WHOLE
    path = tmp_path / f"<img src=x onerror=alert(1)>.{suffix}".replace("/", "")
    if suffix == "zip":
        _areas(texts).to_file(tmp_path / "a.shp", encoding="utf-8")
        with zipfile.ZipFile(path, "w") as archive:
            for part in tmp_path.glob("a.*"):
                archive.write(part, part.name)
    else:
        driver = "KML" if suffix == "kml" else None
        _areas(texts).to_file(tmp_path / f"a.{suffix}", driver=driver)
        (tmp_path / f"a.{suffix}").rename(path)
    areas = read_areas(path).areas
    assert [plain(one.name) for one in areas] == [plain(text + MARK) for text in texts]
    if suffix != "zip":  # whose field of 80 bytes is none for codes
        assert [plain(one.code) for one in areas] == [
            plain(f"G{n}{text}") for n, text in enumerate(texts)
        ]


def test_areas_of_a_file_are_shown_as_texts_and_a_wrong_kind_is_told_as_one(
    taken_in: tuple[Flask, Services, Settings, Waiting], tmp_path: Path
) -> None:
    app, services, settings, queue = taken_in
    path = tmp_path / "areas.geojson"
    _areas(WHOLE).to_file(path)
    held = json.loads(path.read_text("utf-8"))
    held["features"][0]["properties"] |= {text: text for text in WHOLE}  # names of attributes
    path.write_text(json.dumps(held), "utf-8")
    import_file(services.store, "areas", path)
    named = open_services(settings.data_dir, SetClock())  # which reads the areas once
    attach(app, replace(services, areas=named.areas))
    held["features"][0]["properties"]["kind"] = "<img src=x onerror=alert(1)>" + MARK
    officer = _reader(app, Role.OFFICER)
    officer.get("/jobs")
    name = "<svg onload=alert(1)>.geojson"
    fields = {"kind": "areas", "file": (BytesIO(json.dumps(held).encode()), name)}
    officer.client.post("/jobs/import", data={"csrf_token": officer.token, **fields})
    work_on(services.store, settings, queue.ids[-1], telling=queue, clock=services.clock)
    told = Page(officer.get("/jobs").text)
    assert plain("<img src=x onerror=alert(1)>" + MARK) in told.text
    assert plain(name) in told.text
    shown = plain(" ".join(json_texts(officer.client.get("/api/overview/areas").json)))
    assert {one for one in WHOLE if plain(one + MARK) not in shown} == set()
    seen = read_all(app, officer, frozenset(), most=1)
    assert seen.wrong == []
    assert seen.pages > 20
    attach(app, services)
    named.store.close()


@pytest.mark.parametrize("name", ["a.osm", "a.osm.pbf"])
def test_names_of_a_road_file_stay_texts_on_map_and_page(
    name: str, taken_in: tuple[Flask, Services, Settings, Waiting], tmp_path: Path
) -> None:
    """Roads, places, doors and points of use; the map draws their labels, it does not read them."""
    count, step = len(IN_XML), 0.01 / STEP / len(IN_XML)
    spots = {n: (n * step, n % 2 * step) for n in range(1, count + 2)}
    named = [text + MARK for text in IN_XML]
    ways = [
        (n, [n, n + 1], {"highway": "residential", "name": text, "alt_name": text, "ref": text})
        for n, text in enumerate(named, 1)
    ]
    ways += [
        (1000 + n, [n, n + 1], {"waterway": "river", "name": text})
        for n, text in enumerate(named, 1)
    ]
    tags = {
        n: {"place": "village", "name": text}
        if n % 2
        else {"amenity": "police", "name": text, "addr:street": text, "addr:housenumber": text}
        for n, text in enumerate(named, 1)
    }
    source = write_osm(tmp_path / name, osm_xml(spots, ways, node_tags=tags))
    network, features = build_network(source), read_features(source)
    wanted = {plain(text) for text in named}
    assert {plain(one) for one in network.names} - {""} == wanted
    (tmp_path / "places.json").write_text(places_json(features), "utf-8")
    again = load_places(tmp_path / "places.json")
    assert (again.places, again.pois) == (features.places, features.pois)
    points = {plain(one.name) for one in (*features.places, *features.pois)}
    assert points == wanted
    build_basemap(features, network, tmp_path / "map.pmtiles")
    labels = _labels(Basemap.open(tmp_path / "map.pmtiles"))
    assert labels <= wanted
    assert len(labels) > len(wanted) // 2

    app, services, _settings, _queue = taken_in
    board = RoadBoard(network)
    attach(app, replace(services, roads=board))
    commander = _reader(app, Role.COMMANDER)
    facts = [board.facts(road) for road in range(network.road_count)]
    assert {plain(one) for one in json_texts(facts)} >= wanted
    for path in ("/network", "/api/network/roads/0", "/api/network/closures"):
        answer = commander.client.get(path)
        assert answer.status_code == 200
        if answer.mimetype == "text/html":
            assert Page(answer.text).acting == []
    attach(app, services)


def _labels(basemap: Basemap) -> set[str]:
    """Return every name in the tiles of the chain of roads."""
    found: set[str] = set()
    for lon in (LON, LON + 0.01):
        content = basemap.tile(*tile_of(lon, LAT, 14))
        for layer in mapbox_vector_tile.decode(content).values():
            found |= {plain(one["properties"].get("name", "")) for one in layer["features"]}
    return found - {""}


def test_cells_of_any_kind_wait_as_they_were_typed(
    taken_in: tuple[Flask, Services, Settings, Waiting], tmp_path: Path
) -> None:
    """A number, a day or a choice that is none is refused, and shown for mending as a text."""
    app, services, _settings, _queue = taken_in
    officer = _reader(app, Role.OFFICER)
    for kind in TableKind:
        columns = [one for one in columns_of(kind, addresses=2) if one.kind != "text"]
        good = dict(GOOD_ROWS[kind])
        if kind is TableKind.CASES:
            good |= second_address("前洋村中山路9号") | {"地址2来源": "户籍"}
        rows = [good | {one.header: value for one in columns} for value in packed(_ROOM)]
        import_file(
            services.store,
            kind,
            write_csv(tmp_path / f"{kind}.csv", rows, "utf-8-sig"),
            quarantine=True,
        )
        waiting = [one for one in services.store.quarantined_rows() if one.kind == kind]
        html = "".join(officer.get(f"/jobs/quarantine/{one.id}").text for one in waiting)
        if columns:
            assert len(waiting) == len(rows), kind
            assert set(TEXTS) - _shown(html) == set(), kind
            assert Page(html).acting == []
    listed = officer.get("/jobs/quarantine").text
    assert Page(listed).acting == []


def test_headers_sheets_and_names_of_files_are_told_as_texts(
    taken_in: tuple[Flask, Services, Settings, Waiting],
) -> None:
    app, services, settings, queue = taken_in
    officer = _reader(app, Role.OFFICER)
    book = Workbook()
    book.remove(book.active)
    sheets = [
        text
        for text in WHOLE
        if 0 < len(text) <= _SHEET and not _NO_SHEET & set(text) and text.isprintable()
    ]
    headers = [ILLEGAL_CHARACTERS_RE.sub("", one) for one in packed(_HEADER)]
    for title in sheets[:20]:
        page = book.create_sheet(title)
        page.append([*GOOD_ROWS["stations"], *headers])
        page.append([*GOOD_ROWS["stations"].values()])
    file = BytesIO()
    book.save(file)
    for number in range(2):
        officer.get("/jobs")
        name = f"{packed(200)[number]}.xlsx".replace("\r", "").replace("\n", "")
        fields = {"csrf_token": officer.token, "kind": "stations", "preview": "1"}
        sent = fields | {"file": (BytesIO(file.getvalue()), name)}
        assert officer.client.post("/jobs/import", data=sent).status_code == 302
        work_on(services.store, settings, queue.ids[-1], telling=queue, clock=services.clock)
    html = officer.get("/jobs").text + officer.get(f"/jobs/{queue.ids[-1]}/preview").text
    assert Page(html).acting == []
    for n, text in enumerate(packed(40)):
        services.store.column_maps.put("stations", text, {f"列{n}": "name"}, by="u1")
    assert set(TEXTS) - _shown(officer.get("/jobs/columns").text) == {
        text for text in TEXTS if len(text) + len(MARK) > 40
    }
