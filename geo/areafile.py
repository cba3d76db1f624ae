"""Boundary files into areas: GeoJSON, GeoPackage, Shapefile and KML, mended where needed."""

from __future__ import annotations

import glob
import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pyogrio
import shapely
from shapely.geometry.base import BaseGeometry

from geo import coordinates
from geo.area_repair import MAX_LOST_SHARE, Mending, mend
from geo.coordinates import area_m2
from geo.errors import AreaFileError, CoordinateError
from geo.messages import Message, message
from geo.model import Area, AreaKind, Datum
from geo.ports import ProgressListener
from geo.projections import datum_of

if TYPE_CHECKING:
    import geopandas as gpd
    from pyproj import CRS

__all__ = ["AreaReading", "MendedArea", "read_areas", "survey_areas"]

_FIELDS: dict[str, tuple[str, ...]] = {
    "code": ("code", "代码", "编码", "编号"),
    "name": ("name", "名称"),
    "kind": ("kind", "类别", "类型"),
    "parent_code": ("parent_code", "parent", "上级代码", "上级编码"),
}
_KINDS: dict[str, AreaKind] = {
    "辖区": AreaKind.JURISDICTION,
    "法院辖区": AreaKind.JURISDICTION,
    "乡镇": AreaKind.TOWNSHIP,
    "街道": AreaKind.TOWNSHIP,
    "乡镇街道": AreaKind.TOWNSHIP,
    "网格": AreaKind.GRID,
    "村": AreaKind.GRID,
    "派出所": AreaKind.STATION_TERRITORY,
    "派出所辖区": AreaKind.STATION_TERRITORY,
    "查控点": AreaKind.CHECKPOINT_CATCHMENT,
    "查控点范围": AreaKind.CHECKPOINT_CATCHMENT,
    "区县": AreaKind.COUNTY,
    "县区": AreaKind.COUNTY,
    "邻县": AreaKind.COUNTY,
    **{kind.value: kind for kind in AreaKind},
}
_POLYGONAL = ("Polygon", "MultiPolygon")
_TOLD_EACH = 500
_LARGEST_FEATURE_MB = 2_000  # GDAL stops at 200, some million corners
_LARGEST_KM2 = 1_700_000
"""Somewhat more than the largest province."""

_MODERN = re.compile(r"WGS.?(19)?84|CGCS.?2000|China.Geodetic.Coordinate.System.2000", re.I)


@dataclass(frozen=True, slots=True)
class MendedArea:
    """A polygon of a file that was not valid, and what its repair did."""

    file: str
    number: int
    kind: AreaKind
    code: str
    mending: Mending

    @property
    def needs_person(self) -> bool:
        """Whether the repair drops so much that somebody has to draw the polygon anew."""
        return self.mending.lost_share > MAX_LOST_SHARE or self.mending.mended_m2 <= 0.0

    @property
    def message(self) -> Message:
        """One sentence: what was wrong, where roughly, and how the area changed."""
        facts: dict[str, Any] = {
            "file": self.file,
            "number": self.number,
            "code": self.code,
            "reason": self.mending.reason,
            "near": _near(self.mending),
            "stated": round(self.mending.stated_m2),
            "mended": round(self.mending.mended_m2),
            "lost": round(self.mending.lost_m2),
            "share": 100.0 * self.mending.lost_share,
        }
        if self.mending.mended_m2 <= 0.0:
            return message(
                "区域文件 %(file)s 第 %(number)d 个要素（%(code)s）的%(reason)s%(near)s，"
                "修复后没有面积，不是有面积的面，请重新绘制",
                **facts,
            )
        if self.needs_person:
            return message(
                "区域文件 %(file)s 第 %(number)d 个要素（%(code)s）的%(reason)s%(near)s，"
                "自动修复会舍去 %(lost)d 平方米（所画面积的 %(share).1f%%），须人工重新绘制",
                **facts,
            )
        return message(
            "区域文件 %(file)s 第 %(number)d 个要素（%(code)s）的%(reason)s%(near)s，已修复："
            "面积由 %(stated)d 变为 %(mended)d 平方米，舍去 %(lost)d 平方米（%(share).1f%%），"
            "请在图上核对",
            **facts,
        )


def _near(mending: Mending) -> Message | str:
    if mending.near is None:
        return ""
    return message(
        "（约在经度 %(lon).3f、纬度 %(lat).3f）", lon=mending.near.lon, lat=mending.near.lat
    )


@dataclass(frozen=True, slots=True)
class AreaReading:
    """Areas of a file, what had to be mended, what to know, and what is wrong.

    ``problems`` holds one sentence for each feature that is no usable area; such features are
    not among ``areas``.
    """

    areas: tuple[Area, ...]
    mended: tuple[MendedArea, ...] = ()
    notes: tuple[Message, ...] = ()
    problems: tuple[Message, ...] = ()

    @property
    def repairs(self) -> tuple[Message, ...]:
        """A sentence for each polygon that was mended, and what else to know of the file."""
        return (*(one.message for one in self.mended if not one.needs_person), *self.notes)


def read_areas(path: Path, *, datum: Datum = Datum.WGS84) -> AreaReading:
    """Read named polygons from GeoJSON, GeoPackage, Shapefile (also zipped) or KML.

    Each feature needs the properties ``code``, ``name`` and ``kind`` (a value of
    :class:`geo.model.AreaKind` or 辖区, 乡镇, 网格, 派出所, 查控点, 区县); a layer or KML folder
    that is named for a kind stands for it. ``parent_code`` may be empty. A file that states
    another coordinate system than longitude and latitude is projected back. Polygons that are
    not valid are mended and reported. Layers without polygons are left out with a note.

    Parameters
    ----------
    path
        The file.
    datum
        Datum of the numbers in the file, whatever its header claims.

    Raises
    ------
    AreaFileError
        If the file cannot be read, or a feature lacks a property, repeats a code, holds no
        polygon, lies outside the country, or would lose more than :data:`MAX_LOST_SHARE` of
        its area by repair. Names file, feature number and cure; ``problems`` has the others.
    """
    reading = survey_areas(path, datum=datum)
    if reading.problems:
        first, *others = reading.problems
        raise AreaFileError(first.msgid, problems=tuple(others), **dict(first.facts))
    return reading


def survey_areas(
    path: Path, *, datum: Datum = Datum.WGS84, progress: ProgressListener | None = None
) -> AreaReading:
    """Read what :func:`read_areas` reads, and go on after bad features to find all of them.

    Raises
    ------
    AreaFileError
        If the file as a whole cannot be used.
    """
    survey = _Survey(path, datum)
    notes: list[Message] = []
    tables = _tables(path)
    total = sum(len(frame) for _, frame in tables)
    for layer, table in tables:
        if len(tables) > 1 and not _holds_polygons(table):
            notes.append(
                message(
                    "区域文件 %(file)s 的图层“%(layer)s”没有面要素，未读入",
                    file=path.name,
                    layer=layer,
                )
            )
            survey.number += len(table)
            continue
        frame, note = _in_degrees(table, path, datum)
        if note is not None and note not in notes:
            notes.append(note)
        columns = _columns(frame, path, layer)
        for geometry, values in zip(frame.geometry, _values(frame, columns), strict=True):
            survey.take(geometry, values | ({"kind": layer} if not columns["kind"] else {}))
            if progress is not None and survey.number % _TOLD_EACH == 0:
                progress(survey.number, total)
    if not survey.number or not (survey.areas or survey.problems):
        raise AreaFileError(
            "区域文件 %(file)s 中没有任何要素，请导出含面要素的图层", file=path.name
        )
    if progress is not None:
        progress(total, total)
    return AreaReading(
        tuple(survey.areas), tuple(survey.mended), tuple(notes), tuple(survey.problems)
    )


class _Survey:
    """Takes a file's features one by one, and keeps what is good of them and what is not."""

    def __init__(self, path: Path, datum: Datum) -> None:
        self._path = path
        self._datum = datum
        self._first: dict[tuple[AreaKind, str], int] = {}
        self.number = 0
        self.areas: list[Area] = []
        self.mended: list[MendedArea] = []
        self.problems: list[Message] = []

    def take(self, geometry: BaseGeometry | None, values: dict[str, str]) -> None:
        """Judge the next feature."""
        self.number += 1
        try:
            self.areas.append(self._area(geometry, values))
        except AreaFileError as error:
            self.problems.append(error.message)

    def _area(self, geometry: BaseGeometry | None, values: dict[str, str]) -> Area:
        code, name, kind, parent_code = _properties(values, self._path, self.number)
        first = self._first.setdefault((kind, code), self.number)
        if first != self.number:
            raise AreaFileError(
                "区域文件 %(file)s 第 %(number)d 个要素的代码 %(code)s 与第 %(first)d 个"
                "重复，同类区域的代码必须唯一",
                file=self._path.name,
                number=self.number,
                code=code,
                first=first,
            )
        return Area(code, name, kind, self._polygon(geometry, kind, code), parent_code)

    def _polygon(self, geometry: BaseGeometry | None, kind: AreaKind, code: str) -> BaseGeometry:
        facts: dict[str, Any] = {"file": self._path.name, "number": self.number, "code": code}
        shape = None if geometry is None else _drawn(shapely.force_2d(geometry))
        if shape is None or shape.is_empty:
            raise AreaFileError(
                "区域文件 %(file)s 第 %(number)d 个要素（%(code)s）不是有面积的面，请重新绘制",
                **facts,
            )
        if not np.isfinite(shapely.get_coordinates(shape)).all():
            raise AreaFileError(
                "区域文件 %(file)s 第 %(number)d 个要素（%(code)s）含有不是数字的坐标，请重新导出",
                **facts,
            )
        _check_place(shape, self._path, self.number)
        polygon, mending = mend(_to_wgs84(shape, self._datum))
        if mending is not None:
            mended = MendedArea(self._path.name, self.number, kind, code, mending)
            self.mended.append(mended)
            if mended.needs_person:
                found = mended.message
                raise AreaFileError(found.msgid, **dict(found.facts))
        if polygon is None:
            raise AreaFileError(
                "区域文件 %(file)s 第 %(number)d 个要素（%(code)s）不是有面积的面，请重新绘制",
                **facts,
            )
        km2 = float(area_m2(polygon)) / 1e6
        if km2 > _LARGEST_KM2:
            raise AreaFileError(
                "区域文件 %(file)s 第 %(number)d 个要素（%(code)s）约有 %(km2)d 平方千米，"
                "比任何省都大，请核对坐标和坐标系",
                **facts,
                km2=round(km2),
            )
        return polygon


def _tables(path: Path) -> list[tuple[str, gpd.GeoDataFrame]]:
    """Return name and frame of each layer that has a geometry column."""
    if not path.is_file():
        raise AreaFileError("区域文件 %(file)s 不存在，请核对路径", file=path.name)
    _check_shapefile(path)
    pyogrio.set_gdal_config_options({"OGR_GEOJSON_MAX_OBJ_SIZE": _LARGEST_FEATURE_MB})
    try:
        layers = [str(name) for name, geometry in pyogrio.list_layers(path) if geometry]
        return [(layer, _read_layer(path, layer)) for layer in layers]
    except (pyogrio.errors.DataSourceError, pyogrio.errors.DataLayerError, ValueError) as error:
        raise AreaFileError(
            "区域文件 %(file)s 无法读取或不完整，请重新导出为 GeoJSON、GPKG、SHP 或 KML",
            file=path.name,
        ) from error


def _check_shapefile(path: Path) -> None:
    """Refuse a Shapefile that ends before its own header says, or lacks a companion."""
    if path.suffix.lower() != ".shp":
        return
    beside = {one.suffix.lower() for one in path.parent.glob(f"{glob.escape(path.stem)}.*")}
    for needed in (".shx", ".dbf"):
        if needed not in beside:
            raise AreaFileError(
                "区域文件 %(file)s 旁边缺少同名的 %(needed)s 文件，请把 .shp、.shx、.dbf 放在一起",
                file=path.name,
                needed=needed,
            )
    with path.open("rb") as file:
        words = int.from_bytes(file.read(28)[24:], "big")  # 16-bit words, by the ESRI standard
    if 2 * words != path.stat().st_size:
        raise AreaFileError(
            "区域文件 %(file)s 的大小与文件头不符，文件不完整，请重新复制或导出", file=path.name
        )


def _read_layer(path: Path, layer: str) -> gpd.GeoDataFrame:
    """Read a layer; a Shapefile without a code page may hold UTF-8 or GBK."""
    if path.suffix.lower() not in (".shp", ".zip"):
        return pyogrio.read_dataframe(path, layer=layer)
    for encoding in (None, "utf-8", "gb18030"):
        try:
            frame = pyogrio.read_dataframe(path, layer=layer, encoding=encoding)
        except UnicodeDecodeError:
            continue
        if encoding is not None or pyogrio.read_info(path, layer=layer)["encoding"] == "UTF-8":
            return frame
    raise AreaFileError(
        "区域文件 %(file)s 的属性表编码无法识别，请另存为 UTF-8 或 GBK", file=path.name
    )


def _holds_polygons(frame: gpd.GeoDataFrame) -> bool:
    """Whether a layer is one of areas: some polygon, or nothing drawn at all but kinds."""
    kinds = set(frame.geometry.dropna().geom_type)
    return bool(kinds & {*_POLYGONAL, "GeometryCollection"})


def _in_degrees(
    frame: gpd.GeoDataFrame, path: Path, datum: Datum
) -> tuple[gpd.GeoDataFrame, Message | None]:
    """Return longitude and latitude, and a note where an old datum makes them inexact."""
    crs = frame.crs
    if crs is None:
        box = frame.total_bounds
        if np.isfinite(box).all() and np.abs(box).max() > 360:
            raise AreaFileError(
                "区域文件 %(file)s 使用平面坐标却没有说明坐标系，请附上 .prj 或导出为经纬度",
                file=path.name,
            )
        return frame, None
    if not (crs.is_geographic or crs.is_projected):
        _check_claim(crs, path, datum)
        return frame, None
    base = crs.geodetic_crs
    modern = base is not None and _MODERN.search(base.name) is not None
    if modern and crs.is_geographic:
        return frame, None
    note = message(
        "区域文件 %(file)s 的坐标系为 %(crs)s，换算到 WGS84 可能有几米至上百米的误差，请在图上核对",
        file=path.name,
        crs=crs.name,
    )
    return frame.to_crs(4326), None if modern else note


def _check_claim(crs: CRS, path: Path, datum: Datum) -> None:
    """Refuse a system that PROJ cannot convert, unless it is the datum that was stated."""
    try:
        claimed = datum_of(crs)
    except CoordinateError as error:
        raise AreaFileError(
            "区域文件 %(file)s 的坐标系“%(crs)s”无法换算为经纬度，请导出为 WGS84 或 CGCS2000",
            file=path.name,
            crs=crs.name,
        ) from error
    if claimed is not None and claimed is not datum:
        raise AreaFileError(
            "区域文件 %(file)s 写明的坐标系是 %(crs)s，请加 --datum %(datum)s 后重新读入",
            file=path.name,
            crs=crs.name,
            datum=claimed.value,
        )


def _columns(frame: gpd.GeoDataFrame, path: Path, layer: str) -> dict[str, tuple[str, ...]]:
    """Return the frame's columns for each field; KML adds an empty one of its own."""
    by_name = {str(column).strip().lower(): str(column) for column in frame.columns}
    found = {
        key: tuple(by_name[name] for name in names if name in by_name)
        for key, names in _FIELDS.items()
    }
    for key in ("code", "name", "kind"):
        if not found[key] and not (key == "kind" and layer.lower() in _KINDS):
            raise AreaFileError(
                "区域文件 %(file)s 缺少属性 %(field)s，请为每个要素填写 code、name、kind",
                file=path.name,
                field=key,
            )
    return found


def _values(frame: gpd.GeoDataFrame, columns: dict[str, tuple[str, ...]]) -> list[dict[str, str]]:
    """Return the fields of each feature as text; empty where missing."""
    records: list[dict[str, Any]] = frame.drop(columns=frame.geometry.name).to_dict("records")
    return [
        {
            key: next(filter(None, (_text(record[name]) for name in names)), "")
            for key, names in columns.items()
        }
        for record in records
    ]


def _text(value: object) -> str:
    if value is None or value != value:
        return ""
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value).strip()


def _properties(
    values: dict[str, str], path: Path, number: int
) -> tuple[str, str, AreaKind, str | None]:
    for key in ("code", "name", "kind"):
        if not values[key]:
            raise AreaFileError(
                "区域文件 %(file)s 第 %(number)d 个要素的 %(field)s 为空，请补填",
                file=path.name,
                number=number,
                field=key,
            )
    kind = _KINDS.get(values["kind"].lower())
    if kind is None:
        raise AreaFileError(
            "区域文件 %(file)s 第 %(number)d 个要素的类别“%(kind)s”不认识，请改为 %(known)s 之一",
            file=path.name,
            number=number,
            kind=values["kind"],
            known="、".join(kind.value for kind in AreaKind),
        )
    return values["code"], values["name"], kind, values["parent_code"] or None


def _drawn(shape: BaseGeometry) -> BaseGeometry | None:
    """Return the polygons of a shape, valid or not; None where it holds none."""
    if shape.geom_type in _POLYGONAL:
        return shape
    parts = [
        polygon
        for part in shapely.get_parts(shape)
        if part.geom_type in _POLYGONAL
        for polygon in shapely.get_parts(part)
    ]
    return shapely.multipolygons(parts) if parts else None


def _to_wgs84(polygon: BaseGeometry, datum: Datum) -> BaseGeometry:
    if datum in (Datum.WGS84, Datum.CGCS2000):
        return polygon
    return shapely.transform(polygon, lambda lonlat: coordinates.to_wgs84(lonlat, datum))


def _check_place(polygon: BaseGeometry, path: Path, number: int) -> None:
    west, south, east, north = polygon.bounds
    where = message("区域文件 %(file)s 第 %(number)d 个要素", file=path.name, number=number)
    try:
        coordinates.check_china_lonlat([(west, south), (east, north)], where=where)
    except CoordinateError as error:
        raise AreaFileError(error.message.msgid, **error.facts) from error
