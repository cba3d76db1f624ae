"""One table of places, written in every kind of file that courts send."""

from __future__ import annotations

import csv
import json
import zipfile
from collections.abc import Callable, Mapping, Sequence
from datetime import date
from pathlib import Path
from xml.sax.saxutils import escape

import numpy as np
import pyogrio
import shapely
import xlwt
from openpyxl import Workbook

from data.exports.workbook import put_text

Rows = Sequence[Mapping[str, str]]

_CONTENT_TYPES = "application/vnd.oasis.opendocument.spreadsheet"
_MANIFEST = (
    '<manifest:manifest xmlns:manifest="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0"/>'
)
_SPACES = " ".join(
    f'xmlns:{name}="urn:oasis:names:tc:opendocument:xmlns:{name}:1.0"'
    for name in ("office", "table", "text")
)
WGS84_PRJ = (
    'GEOGCS["GCS_WGS_1984",DATUM["D_WGS_1984",SPHEROID["WGS_1984",6378137.0,298.257223563]],'
    'PRIMEM["Greenwich",0.0],UNIT["Degree",0.0174532925199433]]'
)


def headers_of(rows: Rows) -> list[str]:
    return list(dict.fromkeys(key for row in rows for key in row))


def write_csv(path: Path, rows: Rows, encoding: str) -> None:
    with path.open("w", encoding=encoding, newline="") as file:
        writer = csv.DictWriter(file, headers_of(rows))
        writer.writeheader()
        writer.writerows(rows)


def write_xlsx(path: Path, rows: Rows) -> None:
    book = Workbook()
    page = book.active
    assert page is not None
    headers = headers_of(rows)
    for number, line in enumerate((headers, *([row[key] for key in headers] for row in rows)), 1):
        for column, text in enumerate(line, start=1):
            put_text(page.cell(number, column), text)
    book.save(path)


def write_xls(path: Path, rows: Rows) -> None:
    book = xlwt.Workbook()
    page = book.add_sheet("表")
    headers = headers_of(rows)
    for number, line in enumerate((headers, *([row[key] for key in headers] for row in rows))):
        for column, text in enumerate(line):
            page.write(number, column, text)
    book.save(str(path))


def ods_content(lines: Sequence[Sequence[str]], prolog: str = "") -> str:
    """Return the content of an ods workbook of texts."""
    body = "".join(
        "<table:table-row>"
        + "".join(
            f'<table:table-cell office:value-type="string"><text:p>{escape(text)}</text:p>'
            "</table:table-cell>"
            for text in line
        )
        + "</table:table-row>"
        for line in lines
    )
    return (
        f'<?xml version="1.0" encoding="UTF-8"?>{prolog}<office:document-content {_SPACES}>'
        f'<office:body><office:spreadsheet><table:table table:name="表">{body}</table:table>'
        "</office:spreadsheet></office:body></office:document-content>"
    )


def pack_ods(path: Path, content: str | bytes) -> None:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("mimetype", _CONTENT_TYPES)
        archive.writestr("META-INF/manifest.xml", _MANIFEST)
        archive.writestr("content.xml", content)


def write_ods(path: Path, rows: Rows) -> None:
    headers = headers_of(rows)
    pack_ods(path, ods_content([headers, *([row[key] for key in headers] for row in rows)]))


def feature_collection(rows: Rows) -> dict[str, object]:
    return {
        "type": "FeatureCollection",
        "features": [
            {
                "type": "Feature",
                "properties": {k: v for k, v in row.items() if k not in ("经度", "纬度")},
                "geometry": {
                    "type": "Point",
                    "coordinates": [float(row["经度"]), float(row["纬度"])],
                },
            }
            for row in rows
        ],
    }


def write_geojson(path: Path, rows: Rows) -> None:
    path.write_text(json.dumps(feature_collection(rows), ensure_ascii=False), "utf-8")


def write_layer(
    path: Path, rows: Rows, *, crs: str | None = "EPSG:4326", driver: str = "GPKG", **options: str
) -> None:
    """Write points in a coordinate system; GDAL cuts the headers where its format is short."""
    fields = [key for key in headers_of(rows) if key not in ("经度", "纬度")]
    lonlat = np.array([(float(row["经度"]), float(row["纬度"])) for row in rows])
    if crs not in (None, "EPSG:4326"):
        from pyproj import Transformer

        there = Transformer.from_crs("EPSG:4326", crs, always_xy=True)
        lonlat = np.column_stack(there.transform(lonlat[:, 0], lonlat[:, 1]))
    pyogrio.raw.write(
        path,
        geometry=shapely.to_wkb(shapely.points(lonlat)),
        field_data=[np.array([row[key] for row in rows], dtype=object) for key in fields],
        fields=fields,
        geometry_type="Point",
        crs=crs,
        driver=driver,
        **options,
    )


def write_shapefile(path: Path, rows: Rows, encoding: str = "UTF-8") -> None:
    write_layer(path, rows, driver="ESRI Shapefile", encoding=encoding)


def write_zipped_shapefile(path: Path, rows: Rows) -> None:
    inner = path.with_name("inner.shp")
    write_shapefile(inner, rows)
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for part in sorted(inner.parent.glob("inner.*")):
            archive.write(part, f"派出所/{part.name}")


def kml_text(rows: Rows, prolog: str = "") -> str:
    places = "".join(
        "<Placemark><ExtendedData>"
        + "".join(
            f'<Data name="{key}"><value>{escape(value)}</value></Data>'
            for key, value in row.items()
            if key not in ("经度", "纬度")
        )
        + f"</ExtendedData><Point><coordinates>{row['经度']},{row['纬度']}</coordinates></Point>"
        "</Placemark>"
        for row in rows
    )
    return (
        f'<?xml version="1.0" encoding="UTF-8"?>{prolog}<kml xmlns="http://www.opengis.net/kml/2.2">'
        f"<Document><Folder><name>stations</name>{places}</Folder></Document></kml>"
    )


def write_kml(path: Path, rows: Rows) -> None:
    path.write_text(kml_text(rows), "utf-8")


FORMATS: dict[str, tuple[str, Callable[[Path, Rows], None]]] = {
    "xlsx": ("a.xlsx", write_xlsx),
    "xls": ("a.xls", write_xls),
    "ods": ("a.ods", write_ods),
    **{
        f"csv {encoding}": (
            "a.csv",
            lambda path, rows, encoding=encoding: write_csv(path, rows, encoding),
        )
        for encoding in (
            "utf-8",
            "utf-8-sig",
            "gb18030",
            "utf-16",
            "utf-16-le",
            "utf-16-be",
        )
    },
    "geojson": ("a.geojson", write_geojson),
    "gpkg": ("a.gpkg", write_layer),
    "gpkg in metres": ("a.gpkg", lambda path, rows: write_layer(path, rows, crs="EPSG:4547")),
    "shp": ("a.shp", write_shapefile),
    "shp in gbk": ("a.shp", lambda path, rows: write_shapefile(path, rows, "GBK")),
    "zip": ("a.zip", write_zipped_shapefile),
    "kml": ("a.kml", write_kml),
}
"""File name and writer by format."""

STATIONS: Rows = tuple(
    {
        "编号": f"PS{number:02d}",
        "派出所名称": f"{name}派出所",
        "经度": str(118.6 + number / 100),
        "纬度": str(24.9 + number / 100),
        "坐标系": "",
        "协助时段": "周一至周五 08:30-17:30 2人；周六 09:00-11:00",
    }
    for number, name in enumerate(("河埔", "前洋", "东海", "=1+1", "𠮷安"), start=1)
)
"""Invented stations; one name begins like a formula."""

DAY = date(2026, 3, 12)
