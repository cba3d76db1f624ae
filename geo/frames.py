"""Datums of geopandas' frames and series, by name: ``frame.datum.to("wgs84")``.

Importing this module registers the accessor ``datum`` on GeoDataFrame and GeoSeries. The datum
is kept where geopandas keeps such things, in ``crs``: WGS84 is EPSG:4326, CGCS2000 EPSG:4490.
GCJ-02 and BD-09 have no EPSG code and no transformation that PROJ knows, so each is an
engineering coordinate system of that name. It survives copies, selections, joins and GeoPackage
files; geopandas refuses to mix it with another, and ``to_crs`` fails instead of calling its
numbers WGS84.

    >>> import geopandas, shapely
    >>> import geo.frames
    >>> doors = geopandas.GeoSeries([shapely.Point(118.6758, 24.8739)]).datum.set("gcj02")
    >>> doors.crs.name
    'GCJ-02'
    >>> doors.datum.to("wgs84").crs.to_epsg()
    4326
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Generic, TypeVar

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from geo import coordinates
from geo.errors import CoordinateError
from geo.model import Datum, Floats
from geo.projections import crs_of, datum_of

__all__ = ["DatumAccessor", "move_points", "set_datum", "to_datum"]

_Frame = TypeVar("_Frame", gpd.GeoDataFrame, gpd.GeoSeries)


def set_datum(frame: _Frame, datum: Datum | str, *, override: bool = False) -> _Frame:
    """Return the frame with its datum stated; the numbers stay as they are.

    Parameters
    ----------
    frame
        Degrees, longitude first.
    datum
        A datum or its name, such as ``gcj02``.
    override
        State another datum than the frame claims: files written by Chinese map services often
        claim WGS84 falsely.

    Raises
    ------
    CoordinateError
        If the name is not known, or the frame claims another datum and ``override`` is not set.
    """
    wanted = _named(datum)
    if not override and frame.crs is not None and datum_of(frame.crs) is not wanted:
        raise CoordinateError(
            "数据已声明为“%(claimed)s”；确要改为 %(datum)s 请加 override=True，换算请用 to",
            claimed=frame.crs.name,
            datum=wanted.value,
        )
    return frame.set_crs(crs_of(wanted), allow_override=True)


def to_datum(frame: _Frame, datum: Datum | str) -> _Frame:
    """Return the frame in another datum; geometry types, heights, None and empty ones stay.

    Parameters
    ----------
    frame
        Degrees, longitude first, whose datum is stated. Of a GeoDataFrame the active geometry
        is converted, as ``to_crs`` does.
    datum
        A datum or its name, such as ``wgs84``.

    Raises
    ------
    CoordinateError
        If the name is not known, or the frame states no datum, or is projected.
    """
    target, source = _named(datum), datum_of(frame.crs)
    if source is None:
        raise CoordinateError('数据没有声明坐标系；请先声明，例如 frame.datum.set("gcj02")，再换算')

    return move_points(frame, lambda lonlat: coordinates.convert(lonlat, source, target), target)


def move_points(frame: _Frame, move: Callable[[Floats], Floats], datum: Datum) -> _Frame:
    """Return the frame with its points moved, and the datum stated that they are in then.

    Parameters
    ----------
    frame
        Of a GeoDataFrame the active geometry is moved.
    move
        Gets and returns pairs of shape (n, 2); heights stay.
    datum
        Datum of the degrees that ``move`` returns.
    """

    def moved(points: Floats) -> Floats:
        return np.hstack([move(points[:, :2]), points[:, 2:]])

    shapes = np.array(frame.geometry.array, dtype=object)
    high = shapely.has_z(shapes)
    for rows, has_z in ((~high, False), (high, True)):
        shapes[rows] = shapely.transform(shapes[rows], moved, include_z=has_z)
    if isinstance(frame, gpd.GeoDataFrame):
        series = gpd.GeoSeries(shapes, index=frame.index, crs=crs_of(datum))
        return frame.assign(**{frame.geometry.name: series})
    return gpd.GeoSeries(shapes, index=frame.index, name=frame.name, crs=crs_of(datum))


def _named(datum: Datum | str) -> Datum:
    try:
        return Datum(str(datum).strip().casefold().replace("-", "").replace("_", ""))
    except ValueError as error:
        raise CoordinateError(
            "不认识坐标系“%(name)s”；请用以下之一：%(known)s",
            name=datum,
            known="、".join(one.value for one in Datum),
        ) from error


@pd.api.extensions.register_dataframe_accessor("datum")
@pd.api.extensions.register_series_accessor("datum")
class DatumAccessor(Generic[_Frame]):
    """What ``frame.datum`` offers on a GeoDataFrame or GeoSeries."""

    def __init__(self, frame: _Frame) -> None:
        if not isinstance(frame, gpd.GeoDataFrame | gpd.GeoSeries):
            # the error that pandas expects where an accessor does not apply
            raise AttributeError(  # noqa: TRY004
                ".datum is for GeoDataFrame and GeoSeries; a column of that name is frame['datum']"
            )
        self._frame = frame

    @property
    def name(self) -> Datum | None:
        """The stated datum, or None."""
        return datum_of(self._frame.crs)

    def set(self, datum: Datum | str, *, override: bool = False) -> _Frame:
        """State the datum, as :func:`set_datum` does."""
        return set_datum(self._frame, datum, override=override)

    def to(self, datum: Datum | str) -> _Frame:
        """Convert, as :func:`to_datum` does."""
        return to_datum(self._frame, datum)
