"""Files that no court would send on purpose, each made when it is asked for."""

from __future__ import annotations

import json
import os
import random
import sqlite3
import struct
import zipfile
from collections.abc import Callable, Mapping, Sequence
from io import BytesIO
from pathlib import Path

from data.imports.columns import TableKind, columns_of
from tests.data.imports.table_files import (
    FORMATS,
    STATIONS,
    feature_collection,
    kml_text,
    ods_content,
    pack_ods,
    write_csv,
    write_layer,
    write_shapefile,
    write_zipped_shapefile,
)

__all__ = ["BROKEN"]

Make = Callable[[Path], Path]
"""Writes a file into an empty folder and returns its path."""

_DTD = '<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]>'
_LAUGHS = (
    "<!DOCTYPE a ["
    + '<!ENTITY l0 "ha">'
    + "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 10))
    + "]>"
)
_SAMPLE_FORMATS = ("xlsx", "xls", "ods", "gpkg", "geojson", "kml", "zip", "shp")
_HEADERS = [column.header for column in columns_of(TableKind.STATIONS)]
_ROW = [STATIONS[0].get(header, "") for header in _HEADERS]


def _sample(form: str, folder: Path) -> Path:
    name, write = FORMATS[form]
    write(folder / name, STATIONS)
    return folder / name


def _bytes(name: str, content: bytes | Callable[[], bytes]) -> Make:
    def make(folder: Path) -> Path:
        path = folder / name
        path.write_bytes(content if isinstance(content, bytes) else content())
        return path

    return make


def _repacked(form: str, member: str, change: Callable[[bytes], bytes], name: str = "") -> Make:
    """Take a good archive and change one member."""

    def make(folder: Path) -> Path:
        source = _sample(form, folder)
        target = folder / (name or f"b{source.suffix}")
        with (
            zipfile.ZipFile(source) as old,
            zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as new,
        ):
            found = False
            for each in old.namelist():
                content = old.read(each)
                if each == member:
                    content, found = change(content), True
                new.writestr(each, content)
            if not found:
                new.writestr(member, change(b""))
        return target

    return make


_SHEET = "xl/worksheets/sheet1.xml"


def _sheet(rows: str, prolog: str = "") -> Callable[[bytes], bytes]:
    text = (
        f'<?xml version="1.0" encoding="UTF-8"?>{prolog}<worksheet xmlns="http://schemas.openxml'
        f'formats.org/spreadsheetml/2006/main"><sheetData>{rows}</sheetData></worksheet>'
    )
    return lambda _: text.encode("utf-8", "surrogatepass")


def _text_row(number: int, cells: Sequence[str], more: str = "") -> str:
    inner = "".join(
        f'<c r="{chr(65 + i)}{number}" t="inlineStr"><is><t>{text}</t></is></c>'
        for i, text in enumerate(cells)
    )
    return f'<row r="{number}">{inner}{more}</row>'


_HEAD = _text_row(1, _HEADERS)


def _cell_xlsx(cell: str, prolog: str = "") -> Make:
    """A table whose only row has this cell in the place of its longitude."""
    row = _text_row(2, _ROW[:2]).replace("</row>", cell + "</row>")
    return _repacked("xlsx", _SHEET, _sheet(_HEAD + row, prolog))


def _cut(form: str, share: float) -> Make:
    def make(folder: Path) -> Path:
        path = _sample(form, folder)
        data = path.read_bytes()
        path.write_bytes(data[: int(len(data) * share)])
        return path

    return make


def _flipped(form: str, seed: int) -> Make:
    def make(folder: Path) -> Path:
        path, rng = _sample(form, folder), random.Random(seed)
        data = bytearray(path.read_bytes())
        for _ in range(max(40, len(data) // 20)):
            data[rng.randrange(len(data))] ^= 1 << rng.randrange(8)
        path.write_bytes(data)
        return path

    return make


def _renamed(form: str, suffix: str) -> Make:
    def make(folder: Path) -> Path:
        return _sample(form, folder).rename(folder / f"c{suffix}")

    return make


def _csv(changes: Mapping[str, str], encoding: str = "utf-8") -> Make:
    def make(folder: Path) -> Path:
        write_csv(folder / "a.csv", [dict(STATIONS[0]) | changes], encoding)
        return folder / "a.csv"

    return make


def _geojson(change: Callable[[dict[str, object]], None] | str) -> Make:
    def make(folder: Path) -> Path:
        path = folder / "a.geojson"
        if isinstance(change, str):
            path.write_text(change, "utf-8")
            return path
        table = feature_collection(STATIONS)
        change(table)
        path.write_text(json.dumps(table), "utf-8")
        return path

    return make


def _geometry(geometry: object) -> Make:
    def change(table: dict[str, object]) -> None:
        for feature in table["features"]:  # type: ignore[attr-defined]
            feature["geometry"] = geometry

    return _geojson(change)


def _gpkg(*statements: str) -> Make:
    def make(folder: Path) -> Path:
        path = folder / "a.gpkg"
        write_layer(path, STATIONS)
        database = sqlite3.connect(path)
        triggers = database.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'")
        for (name,) in triggers.fetchall():  # they call functions that only GDAL has
            database.execute(f'DROP TRIGGER "{name}"')
        for statement in statements:
            database.execute(statement)
        database.commit()
        database.close()
        return path

    return make


def _shape(change: Callable[[Path], object], name: str = "a.shp") -> Make:
    def make(folder: Path) -> Path:
        write_shapefile(folder / "a.shp", STATIONS)
        change(folder)
        return folder / name

    return make


def _edit(name: str, at: int, content: bytes) -> Callable[[Path], object]:
    def change(folder: Path) -> None:
        data = bytearray((folder / name).read_bytes())
        data[at : at + len(content)] = content
        (folder / name).write_bytes(data)

    return change


def _archive(name: str, members: Mapping[str, bytes], *, link: str = "") -> Make:
    def make(folder: Path) -> Path:
        with zipfile.ZipFile(folder / name, "w", zipfile.ZIP_DEFLATED) as archive:
            for member, content in members.items():
                archive.writestr(member, content)
            if link:
                entry = zipfile.ZipInfo("a.shp")
                entry.external_attr = 0o120777 << 16
                archive.writestr(entry, link)
        return folder / name

    return make


def _shapes_at(prefix: str) -> Make:
    def make(folder: Path) -> Path:
        write_zipped_shapefile(folder / "good.zip", STATIONS)
        with (
            zipfile.ZipFile(folder / "good.zip") as old,
            zipfile.ZipFile(folder / "a.zip", "w") as new,
        ):
            for one in old.namelist():
                new.writestr(prefix + Path(one).name, old.read(one))
        return folder / "a.zip"

    return make


def _nested(depth: int) -> bytes:
    content = b"a,b\n"
    for _ in range(depth):
        packed = BytesIO()
        with zipfile.ZipFile(packed, "w") as archive:
            archive.writestr("a.zip", content)
        content = packed.getvalue()
    return content


def _liar(folder: Path) -> Path:
    """A member that says it is small and inflates to 300 MB."""
    path = _repacked("xlsx", _SHEET, lambda _: b"<" + b" " * 300_000_000)(folder)
    data = bytearray(path.read_bytes())
    for at in (i for i in range(len(data) - 4) if data[i : i + 4] == b"PK\x01\x02"):
        if struct.unpack_from("<I", data, at + 24)[0] > 1_000_000:
            struct.pack_into("<I", data, at + 24, 2000)
    path.write_bytes(data)
    return path


def _bomb(form: str, member: str, megabytes: int = 250) -> Make:
    """A member that inflates to so much; written piece by piece."""

    def make(folder: Path) -> Path:
        source = _sample(form, folder)
        with (
            zipfile.ZipFile(source) as old,
            zipfile.ZipFile(folder / f"b{source.suffix}", "w", zipfile.ZIP_DEFLATED) as new,
        ):
            for one in old.namelist():
                if one != member:
                    new.writestr(one, old.read(one))
            with new.open(member, "w", force_zip64=True) as content:
                content.write(b"<worksheet><sheetData>")
                for _ in range(megabytes):
                    content.write(b" " * 1_000_000)
        return folder / f"b{source.suffix}"

    return make


def _compound(*streams: str) -> bytes:
    """A compound file with empty streams of these names, as encrypted workbooks have."""
    free, end = 0xFFFFFFFF, 0xFFFFFFFE
    head = struct.pack(
        "<8s16sHHHHH6xIIIIIIIII",
        *(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", b"", 0x3E, 3, 0xFFFE, 9, 6),
        *(0, 1, 1, 0, 4096, end, 0, end, 0),
    )
    head += struct.pack("<I", 0) + struct.pack("<I", free) * 108
    table = struct.pack("<II", 0xFFFFFFFD, end) + struct.pack("<I", free) * 126

    def entry(name: str, kind: int, child: int, right: int) -> bytes:
        plain = (name + "\0").encode("utf-16-le")
        return struct.pack(
            "<64sHBBIII16sIQQIQ",
            *(plain, len(plain), kind, 1, free, right, child, b"", 0, 0, 0, end, 0),
        )

    names = [
        entry(name, 2, free, n + 2 if n + 1 < len(streams) else free)
        for n, name in enumerate(streams)
    ]
    folder = b"".join([entry("Root Entry", 5, 1, free), *names])
    return head + table + folder.ljust(512, b"\0")


def _fifo(name: str) -> Make:
    def make(folder: Path) -> Path:
        os.mkfifo(folder / name)
        return folder / name

    return make


def _link(target: str, name: str = "a.csv") -> Make:
    def make(folder: Path) -> Path:
        (folder / name).symlink_to(target)
        return folder / name

    return make


def _unreadable(folder: Path) -> Path:
    path = _sample("xlsx", folder)
    path.chmod(0)
    return path


def _sparse(name: str, size: int, head: bytes) -> Make:
    def make(folder: Path) -> Path:
        with (folder / name).open("wb") as file:
            file.write(head)
            file.truncate(size)
        return folder / name

    return make


def _folder(name: str) -> Make:
    def make(folder: Path) -> Path:
        (folder / name).mkdir()
        return folder / name

    return make


def _wide(folder: Path) -> Path:
    (folder / "a.csv").write_text(",".join(_HEADERS) + "," * (1 << 20) + "x\n", "utf-8")
    return folder / "a.csv"


def _long(folder: Path) -> Path:
    with (folder / "a.csv").open("w", encoding="utf-8") as file:
        file.write(",".join(_HEADERS) + "\n")
        for number in range(300_000):
            file.write(f"P{number},a,1,2,,\n")
    return folder / "a.csv"


def _long_book(folder: Path) -> Path:
    rows = "".join(f'<row r="{n}"><c r="A{n}"><v>1</v></c></row>' for n in range(2, 250_002))
    return _repacked("xlsx", _SHEET, _sheet(_HEAD + rows))(folder)


_BAD_TEXTS = {
    "absurd number": {"经度": "1e400"},
    "nan": {"经度": "NaN"},
    "infinity": {"经度": "inf"},
    "no number": {"经度": "甲"},
    "many digits": {"经度": "9" * 5000},
    "negative": {"经度": "-118.6"},
    "swapped": {"经度": "24.9", "纬度": "118.6"},
    "metres": {"经度": "39500000", "纬度": "2750000"},
    "half": {"纬度": ""},
    "no hours": {"协助时段": "周八 25:00-26:00"},
    "endless hours": {"协助时段": "周一" * 400},
    "too many people": {"协助时段": "周一 08:00-09:00 999999999999999人"},
    "bad id": {"编号": "../../etc/passwd"},
    "long id": {"编号": "x" * 41},
    "empty id": {"编号": " "},
    "long text": {"派出所名称": "甲" * 2000},
    "longest cell": {"派出所名称": "甲" * 40_000},
    "formula in a number": {"经度": "=1+1"},
    "dde in a number": {"经度": "=cmd|'/C calc'!A0"},
    "unknown datum": {"坐标系": "Mars2000"},
    "only controls": {"派出所名称": "\x01\x02"},
    "lost digits": {"编号": "3.50504E+17"},
}
_XML_CELLS = {
    "formula without value": '<c r="C2"><f>1+1</f></c>',
    "dde without value": "<c r=\"C2\"><f>cmd|'/C calc'!A0</f></c>",
    "error": '<c r="C2" t="e"><v>#REF!</v></c>',
    "absurd number": '<c r="C2"><v>1e400</v></c>',
    "nan": '<c r="C2"><v>NaN</v></c>',
    "number that is none": '<c r="C2"><v>abc</v></c>',
    "index beyond texts": '<c r="C2" t="s"><v>999999</v></c>',
    "negative index": '<c r="C2" t="s"><v>-1</v></c>',
    "far column": '<c r="ZZZZZ2"><v>1</v></c>',
    "far row": '<c r="C99999999"><v>1</v></c>',
    "row nought": '<c r="C0"><v>1</v></c>',
    "last cell of all": '<c r="XFD1048576"><v>1</v></c>',
    "lone surrogate": '<c r="C2" t="inlineStr"><is><t>&#xD800;</t></is></c>',
    "nul": '<c r="C2" t="inlineStr"><is><t>&#0;</t></is></c>',
    "unknown entity": '<c r="C2" t="inlineStr"><is><t>&nothing;</t></is></c>',
    "unclosed": '<c r="C2"><v>1</c></row><row',
    "date beyond the calendar": '<c r="C2" s="1"><v>99999999999</v></c>',
    "negative date": '<c r="C2" s="1"><v>-5000000</v></c>',
    "deep": "<a>" * 20_000,
    "text of 40,000": f'<c r="C2" t="inlineStr"><is><t>{"x" * 40_000}</t></is></c>',
}
_ODS_HEAD = ods_content([_HEADERS, _ROW])

BROKEN: dict[str, Make] = {
    **{
        f"{form} cut at {share}": _cut(form, share)
        for form in _SAMPLE_FORMATS
        for share in (0.01, 0.1, 0.3, 0.5, 0.7, 0.9, 0.97)
    },
    **{
        f"{form} flipped {seed}": _flipped(form, seed)
        for form in ("xlsx", "xls", "ods", "gpkg", "zip", "shp")
        for seed in range(4)
    },
    **{
        f"{form} named {suffix}": _renamed(form, suffix)
        for form, suffix in (
            *(("xlsx", ".csv"), ("xlsx", ".gpkg"), ("xlsx", ".zip"), ("xlsx", ".geojson")),
            *(("gpkg", ".xlsx"), ("gpkg", ".csv"), ("gpkg", ".shp"), ("gpkg", ".kml")),
            *(("geojson", ".xlsx"), ("geojson", ".shp"), ("geojson", ".kml"), ("geojson", ".exe")),
            *(("kml", ".xlsx"), ("kml", ".csv"), ("kml", ".gpkg"), ("kml", ".geojson")),
            *(("csv utf-8", ".xlsx"), ("csv utf-8", ".xls"), ("csv utf-8", ".gpkg")),
            *(("csv utf-8", ".pdf"), ("csv utf-8", ""), ("zip", ".csv"), ("xls", ".json")),
        )
        if not (form == "xlsx" and suffix == ".csv")  # read by its content
        and not (form == "xlsx" and suffix == ".zip")
    },
    **{f"csv with {name}": _csv(changes) for name, changes in _BAD_TEXTS.items()},
    **{f"xlsx with {name}": _cell_xlsx(cell) for name, cell in _XML_CELLS.items()},
    **{
        f"empty {name}": _bytes(name, content)
        for name, content in (
            *(("a.xlsx", b""), ("a.csv", b""), ("a.gpkg", b""), ("a.shp", b""), ("a.kml", b"")),
            *(("a.zip", b""), ("b.csv", b"\n\n"), ("c.csv", b"\0" * 5000), ("a.geojson", b"{}")),
            *(("a.ods", b"PK"), ("b.zip", b"PK\x05\x06" + b"\0" * 18), ("b.xlsx", b"PK\x05\x06")),
        )
    },
    "directory": _folder("a.xlsx"),
    "directory of a layer": _folder("a.gdb"),
    "fifo": _fifo("a.csv"),
    "fifo as a layer": _fifo("a.gpkg"),
    "device without end": _link("/dev/zero"),
    "device as a layer": _link("/dev/zero", "a.shp"),
    "terminal": _link("/dev/tty"),
    "link to nothing": _link("nothing"),
    "link to itself": _link("a.csv"),
    "link to a folder": _link("/proc"),
    "unreadable": _unreadable,
    "too large csv": _sparse("a.csv", 200_000_000, b"a,b\n"),
    "too large layer": _sparse("a.geojson", 2_000_000_000, b"{"),
    "csv of nothing but nul": _sparse("a.csv", 90_000_000, b"a,b\n"),
    "cell of 90 MB": _bytes("a.csv", lambda: b'a,"' + b"x" * 90_000_000 + b'"\n'),
    "line of 90 MB in pieces": _bytes("a.csv", lambda: b"x," * 45_000_000),
    "2^20 columns": _wide,
    "300,000 rows": _long,
    "250,000 rows in a workbook": _long_book,
    "bomb": _bomb("xlsx", _SHEET, megabytes=1500),
    "bomb of texts": _bomb("xlsx", "xl/sharedStrings.xml"),
    "bomb in ods": _bomb("ods", "content.xml"),
    "bomb in a shapefile": _bomb("zip", "派出所/inner.dbf"),
    "member that lies": _liar,
    "nested archives": _bytes("a.xlsx", lambda: _nested(200)),
    "nested archives as a layer": _bytes("a.zip", lambda: _nested(50)),
    "cell of 100 MB in a workbook": _repacked(
        "xlsx",
        _SHEET,
        _sheet(f'<row r="1"><c r="A1" t="inlineStr"><is><t>{"ab" * 50_000_000}</t></is></c></row>'),
    ),
    "entities in a sheet": _cell_xlsx('<c r="C2" t="inlineStr"><is><t>&x;</t></is></c>', _DTD),
    "laughs in a sheet": _cell_xlsx('<c r="C2" t="inlineStr"><is><t>&l9;</t></is></c>', _LAUGHS),
    "entities in shared texts": _repacked(
        "xlsx",
        "xl/sharedStrings.xml",
        lambda xml: xml.replace(b"<sst", _LAUGHS.encode() + b"<sst", 1) + b"<!DOCTYPE x>",
    ),
    "entities in relations": _repacked(
        "xlsx", "xl/_rels/workbook.xml.rels", lambda xml: _DTD.encode() + xml
    ),
    "entities in ods": lambda folder: _ods(folder, ods_content([_HEADERS, ["&x;"]], _DTD)),
    "laughs in ods": lambda folder: _ods(folder, ods_content([_HEADERS, ["&l9;"]], _LAUGHS)),
    "entities in utf-16": lambda folder: _ods(
        folder, ods_content([_HEADERS], _DTD).replace("UTF-8", "UTF-16").encode("utf-16")
    ),
    "rows repeated": lambda folder: _ods(
        folder,
        _ODS_HEAD.replace(
            "<table:table-row>", '<table:table-row table:number-rows-repeated="2000000000">'
        ),
    ),
    "columns repeated": lambda folder: _ods(
        folder,
        _ODS_HEAD.replace(
            "<table:table-cell ", '<table:table-cell table:number-columns-repeated="99999999" '
        ),
    ),
    "entities in kml": _bytes("a.kml", kml_text(STATIONS, _DTD).replace("PS01", "&x;").encode()),
    "laughs in kml": _bytes("a.kml", kml_text(STATIONS, _LAUGHS).replace("PS01", "&l9;").encode()),
    "gpx": _bytes("a.gpx", f'<?xml version="1.0"?>{_LAUGHS}<gpx>&l9;</gpx>'.encode()),
    "network link": _bytes(
        "a.kml",
        b"<kml><NetworkLink><Link><href>http://127.0.0.1:9/a.kml</href></Link></NetworkLink></kml>",
    ),
    "deep kml": _bytes("a.kml", b"<kml>" + b"<Folder>" * 100_000),
    "kml in no encoding": _bytes("a.kml", b'<?xml version="1.0" encoding="x-none"?><kml></kml>'),
    "kml without numbers": _bytes(
        "a.kml", kml_text(STATIONS).replace("118.61,24.91", "east,north").encode()
    ),
    "encrypted": _bytes("a.xlsx", _compound("EncryptionInfo", "EncryptedPackage")),
    "encrypted and renamed": _bytes("a.xls", _compound("EncryptedPackage", "EncryptionInfo")),
    "compound file of nothing": _bytes("a.xls", _compound("Nothing")),
    "compound file without end": _bytes("a.xls", _compound("Workbook")[:600]),
    "document": _archive("a.docx", {"[Content_Types].xml": b"", "word/document.xml": b"<x/>"}),
    "macros without a sheet": _archive(
        "a.xlsm", {"[Content_Types].xml": b"<x/>", "xl/vbaProject.bin": b"\xd0\xcf\x11\xe0"}
    ),
    "workbook without sheets": _repacked("xlsx", "xl/workbook.xml", lambda _: b"<workbook/>"),
    "workbook that names no sheet": _repacked(
        "xlsx", "xl/_rels/workbook.xml.rels", lambda xml: xml.replace(b"sheet1", b"sheet9")
    ),
    "sheet outside": _repacked(
        "xlsx",
        "xl/_rels/workbook.xml.rels",
        lambda xml: xml.replace(b"/xl/worksheets/sheet1.xml", b"/../../../etc/passwd"),
    ),
    "sheet in wrong encoding": _repacked("xlsx", _SHEET, lambda xml: xml + b"\xff\xfe\xfd<"),
    "path upwards": _archive("a.xlsx", {"xl/workbook.xml": b"", "../../evil.xml": b"x"}),
    "path from the root": _archive("a.xlsx", {"xl/workbook.xml": b"", "/etc/evil.xml": b"x"}),
    "path of a drive": _archive("a.xlsx", {"xl/workbook.xml": b"", "C:\\evil.xml": b"x"}),
    "shapes upwards": _shapes_at("../"),
    "shapes from the root": _shapes_at("/tmp/"),
    "link in an archive": _archive(
        "a.zip", {"a.shx": b"", "a.dbf": b"", "a.prj": b""}, link="/etc/passwd"
    ),
    "two shapefiles": _archive("a.zip", {"a.shp": b"", "b.shp": b"", "a.shx": b"", "a.dbf": b""}),
    "archive of no table": _archive("a.zip", {"a.txt": b"x"}),
    "archive of a vrt": _archive("a.zip", {"a.vrt": b"<OGRVRTDataSource/>", "a.shp": b"x"}),
    "shapefile without dbf": _shape(lambda folder: (folder / "a.dbf").unlink()),
    "shapefile without shx": _shape(lambda folder: (folder / "a.shx").unlink()),
    "shapefile without prj": _shape(lambda folder: (folder / "a.prj").unlink()),
    "shapefile with a fifo": _shape(
        lambda folder: ((folder / "a.dbf").unlink(), os.mkfifo(folder / "a.dbf"))
    ),
    "shapefile of many records": _shape(_edit("a.dbf", 4, b"\xff\xff\xff\x7f")),
    "shapefile of few records": _shape(_edit("a.dbf", 4, b"\x01\0\0\0")),
    "shapefile of no records": _shape(_edit("a.dbf", 4, b"\0\0\0\0")),
    "shapefile of long records": _shape(_edit("a.dbf", 10, b"\xff\xff")),
    "shapefile of a long head": _shape(_edit("a.dbf", 8, b"\xff\xff")),
    "shapefile with a wrong length": _shape(_edit("a.shp", 24, b"\0\0\0\x01")),
    "shapefile with wild offsets": _shape(_edit("a.shx", 100, b"\x7f\xff\xff\xff" * 4)),
    "shapefile with a wild point": _shape(_edit("a.shp", 112, b"\xff" * 16)),
    "shapefile in no system": _shape(
        lambda folder: (folder / "a.prj").write_text("GEOGCS[broken", "utf-8")
    ),
    "shapefile with names of nothing": _shape(_edit("a.dbf", 32, b"\xff" * 11)),
    "dbf alone": _shape(lambda folder: (folder / "a.shp").unlink(), "a.dbf"),
    "hostile view": _gpkg(
        "ALTER TABLE a RENAME TO b",
        "CREATE VIEW a AS WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) "
        "SELECT i AS fid, NULL AS geom FROM n",
    ),
    "view of contents": _gpkg(
        "ALTER TABLE gpkg_contents RENAME TO held",
        "CREATE VIEW gpkg_contents AS WITH RECURSIVE n(i) AS "
        "(SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT held.* FROM held, n",
    ),
    "contents of nothing": _gpkg("DROP TABLE a"),
    "no geometry columns": _gpkg("DELETE FROM gpkg_geometry_columns"),
    "geometry of junk": _gpkg("UPDATE a SET geom = x'4750000112'"),
    "geometry of text": _gpkg("UPDATE a SET geom = 'POINT(1 2)'"),
    "huge blob": _gpkg("UPDATE a SET 编号 = zeroblob(80000000)"),
    "unknown system": _gpkg("UPDATE gpkg_geometry_columns SET srs_id = 999999"),
    "layer named to harm": _gpkg("UPDATE gpkg_contents SET table_name = 'a\"; DROP TABLE x; --'"),
    "database of others": lambda folder: _database(folder),
    "geojson of arrays": _geojson("{" + '"a":[' * 100_000),
    "geojson of objects": _geojson('{"a":' * 100_000),
    "geojson deep in a point": _geojson(
        '{"type":"FeatureCollection","features":[{"type":"Feature","properties":{"编号":"1"},'
        '"geometry":{"type":"Point","coordinates":' + "[" * 100_000 + "]" * 100_000 + "}}]}"
    ),
    "geojson without features": _geojson('{"type": "FeatureCollection"}'),
    "geojson of a text": _geojson('{"type": "FeatureCollection", "features": "x"}'),
    "geojson of a number": _geojson('{"type": "FeatureCollection", "features": 5}'),
    "geojson of nulls": _geojson('{"type": "FeatureCollection", "features": [null, null]}'),
    "geojson of no type": _geojson('{"features": [{"properties": {}}]}'),
    "topology": _geojson('{"type": "Topology", "objects": {}, "arcs": []}'),
    "huge coordinates": _geometry({"type": "Point", "coordinates": [1e308, -1e308]}),
    "endless coordinates": _geometry({"type": "Point", "coordinates": [1e400, 24.9]}),
    "no coordinates": _geometry({"type": "Point", "coordinates": []}),
    "coordinates of texts": _geometry({"type": "Point", "coordinates": ["a", "b"]}),
    "wrong nesting": _geometry({"type": "Point", "coordinates": [[118.6, 24.9]]}),
    "line": _geometry({"type": "LineString", "coordinates": [[118.6, 24.9], [118.7, 24.9]]}),
    "unknown shape": _geometry({"type": "Blob", "coordinates": [118.6, 24.9]}),
    "many dimensions": _geometry({"type": "Point", "coordinates": [1.0] * 100_000}),
    "geometry that is a number": _geometry(5),
    "no geometry": _geometry(None),
    "web address as a system": _geojson(
        lambda table: (
            table.update(crs={"type": "link", "properties": {"href": "http://127.0.0.1:9/"}})
            or table["features"].clear()
        )  # type: ignore[attr-defined]
    ),
    "duplicate headers": _bytes("a.csv", "编号,编号,派出所名称,经度,纬度\n1,1,a,118,24\n".encode()),
    "no headers": _bytes("a.csv", b"1,2,3\n4,5,6\n"),
    "only headers": _bytes("a.csv", (",".join(_HEADERS) + "\n").encode()),
    "headers of another table": _bytes("a.csv", "案号,被执行人\n1,2\n".encode()),
    "more cells than headers": _bytes(
        "a.csv", (",".join(_HEADERS) + "\n" + ",".join([*_ROW, "x"]) + "\n").encode()
    ),
    "mixed encodings": _bytes(
        "a.csv", ",".join(_HEADERS).encode() + b"\n" + "河埔派出所,𠮷".encode("gb18030") + b"\xff"
    ),
    "lone surrogates": _bytes("a.csv", ",".join(_HEADERS).encode() + b"\n\xed\xa0\x80,\xff"),
    "odd utf-16": _bytes("a.csv", ",".join(_HEADERS).encode("utf-16") + b"\x00"),
    "lone surrogate in utf-16": _bytes("a.csv", b"\xff\xfe" + b"\x00\xd8\x2c\x00" * 20),
    "utf-32": _bytes("a.csv", ",".join(_HEADERS).encode("utf-32")),
    "nul in a text": _bytes("a.csv", (",".join(_HEADERS) + "\n\0,\0,\0\n").encode()),
    "open quote": _bytes("a.csv", (",".join(_HEADERS) + '\n"P1,a\n' + "x\n" * 50_000).encode()),
    "web page": _bytes("a.csv", b"<!DOCTYPE html><html><table></table></html>"),
    "web page as a workbook": _bytes("a.xls", b"<html><table><tr><td>1</td></tr></table></html>"),
    "xml workbook": _bytes("a.xls", b"<?xml version='1.0'?><Workbook/>"),
    "picture": _bytes("a.csv", b"\x89PNG\r\n\x1a\n" + b"\0" * 100),
    "program": _bytes("a.xlsx", b"\x7fELF" + b"\0" * 200),
    "pdf": _bytes("a.pdf", b"%PDF-1.7"),
    "script": _bytes("a.csv", b"#!/bin/sh\nrm -rf /\n"),
}
"""How to make each file; importing one as stations must be refused."""


def _ods(folder: Path, content: str | bytes) -> Path:
    pack_ods(folder / "a.ods", content)
    return folder / "a.ods"


def _database(folder: Path) -> Path:
    database = sqlite3.connect(folder / "a.gpkg")
    database.execute("CREATE TABLE a (x)")
    database.commit()
    database.close()
    return folder / "a.gpkg"
