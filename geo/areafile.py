"""Boundary files into areas: GeoJSON, GeoPackage, Shapefile and KML, mended where needed."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pyogrio
import shapely
from shapely.geometry.base import BaseGeometry

from geo import coordinates
from geo.errors import AreaFileError, CoordinateError
from geo.messages import Message, message
from geo.model import Area, AreaKind, Datum

if TYPE_CHECKING:
    import geopandas as gpd

__all__ = ["AreaReading", "read_areas"]

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


@dataclass(frozen=True, slots=True)
class AreaReading:
    """Areas of a file, and a sentence for each polygon that had to be mended."""

    areas: tuple[Area, ...]
    repairs: tuple[Message, ...] = ()


def read_areas(path: Path, *, datum: Datum = Datum.WGS84) -> AreaReading:
    """Read named polygons from GeoJSON, GeoPackage, Shapefile (also zipped) or KML.

    Each feature needs the properties ``code``, ``name`` and ``kind`` (a value of
    :class:`geo.model.AreaKind` or 辖区, 乡镇, 网格, 派出所); ``parent_code`` may be empty.
    A file that states another coordinate system than longitude and latitude is projected back.
    Polygons that cross themselves are mended and reported.

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
        polygon, or lies outside the country. Names file, feature number and cure.
    """
    areas: list[Area] = []
    repairs: list[Message] = []
    seen: dict[tuple[AreaKind, str], int] = {}
    number = 0
    for table in _tables(path):
        frame = _in_degrees(table, path)
        columns = _columns(frame, path)
        for geometry, values in zip(frame.geometry, _values(frame, columns), strict=True):
            number += 1
            code, name, kind, parent_code = _properties(values, path, number)
            first = seen.setdefault((kind, code), number)
            if first != number:
                raise AreaFileError(
                    "区域文件 %(file)s 第 %(number)d 个要素的代码 %(code)s 与第 %(first)d 个"
                    "重复，同类区域的代码必须唯一",
                    file=path.name,
                    number=number,
                    code=code,
                    first=first,
                )
            polygon, repair = _polygon(geometry, path, number, code)
            if repair:
                repairs.append(repair)
            polygon = _to_wgs84(polygon, datum)
            _check_place(polygon, path, number)
            areas.append(Area(code, name, kind, polygon, parent_code))
    if not areas:
        raise AreaFileError(
            "区域文件 %(file)s 中没有任何要素，请导出含面要素的图层", file=path.name
        )
    return AreaReading(tuple(areas), tuple(repairs))


def _tables(path: Path) -> list[gpd.GeoDataFrame]:
    """Return one frame a layer."""
    if not path.is_file():
        raise AreaFileError("区域文件 %(file)s 不存在，请核对路径", file=path.name)
    try:
        layers = [str(name) for name, geometry in pyogrio.list_layers(path) if geometry]
        return [_read_layer(path, layer) for layer in layers]
    except (pyogrio.errors.DataSourceError, pyogrio.errors.DataLayerError, ValueError) as error:
        raise AreaFileError(
            "区域文件 %(file)s 无法读取或不完整，请重新导出为 GeoJSON、GPKG、SHP 或 KML",
            file=path.name,
        ) from error


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


def _in_degrees(frame: gpd.GeoDataFrame, path: Path) -> gpd.GeoDataFrame:
    if frame.crs is None:
        box = frame.total_bounds
        if np.isfinite(box).all() and np.abs(box).max() > 360:
            raise AreaFileError(
                "区域文件 %(file)s 使用平面坐标却没有说明坐标系，请附上 .prj 或导出为经纬度",
                file=path.name,
            )
        return frame
    return frame if frame.crs.is_geographic else frame.to_crs(4326)


def _columns(frame: gpd.GeoDataFrame, path: Path) -> dict[str, tuple[str, ...]]:
    """Return the frame's columns for each field; KML adds an empty one of its own."""
    by_name = {str(column).strip().lower(): str(column) for column in frame.columns}
    found = {
        key: tuple(by_name[name] for name in names if name in by_name)
        for key, names in _FIELDS.items()
    }
    for key in ("code", "name", "kind"):
        if not found[key]:
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


def _polygon(
    geometry: BaseGeometry | None, path: Path, number: int, code: str
) -> tuple[BaseGeometry, Message | None]:
    """Return a valid polygon, and how it was mended."""
    shape = None if geometry is None else shapely.force_2d(geometry)
    mended = None if shape is None or shape.is_valid else shapely.make_valid(shape)
    polygon = _polygonal(shape if mended is None else mended)
    if polygon is None:
        raise AreaFileError(
            "区域文件 %(file)s 第 %(number)d 个要素（%(code)s）不是有面积的面，请重新绘制",
            file=path.name,
            number=number,
            code=code,
        )
    if mended is None:
        return polygon, None
    return polygon, message(
        "区域文件 %(file)s 第 %(number)d 个要素（%(code)s）的边界自相交，已修复，请在图上核对",
        file=path.name,
        number=number,
        code=code,
    )


def _polygonal(shape: BaseGeometry | None) -> BaseGeometry | None:
    """Return the part of a shape that has area, or None."""
    if shape is None:
        return None
    if shape.geom_type not in _POLYGONAL:
        parts = [part for part in shapely.get_parts(shape) if part.geom_type in _POLYGONAL]
        shape = shapely.union_all(parts)
    return shape if shape.area > 0 and np.isfinite(shape.bounds).all() else None


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
