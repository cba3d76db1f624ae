"""Convert the coordinates of a table or a map layer from one datum into another."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from data.streams.layers import LAYER_SUFFIXES
from geo.model import Datum
from geo.projections import MetricSystem, datum_of, metric_crs, metric_system
from web.config import Settings
from web.errors import TableError
from web.i18n import marked, translator
from web.progress import stage
from web.steps.coordinate_columns import Converting
from web.steps.table_streams import run_table, summary
from web.steps.tables import roads_known

if TYPE_CHECKING:
    import geopandas as gpd

    from geo.datum_evidence import KnownPlaces

__all__ = ["convert_file", "stated_system"]

_MOST_HEARD = 5_000


def stated_system(text: str) -> Datum | MetricSystem:
    """Return the datum of this name, or the metric coordinate system of this code.

    Raises
    ------
    CoordinateError
        If it is neither.
    """
    plain = text.strip().casefold().replace("-", "").replace("_", "")
    if plain in {datum.value for datum in Datum}:
        return Datum(plain)
    return metric_system(text)


def convert_file(
    settings: Settings,
    source: Path,
    target: Path,
    *,
    stated: str | None,
    wanted: Datum,
    columns: Sequence[str] = (),
    sheet: str | None = None,
    check_datum: bool = False,
) -> dict[str, Any]:
    """Convert a file of any size; the source stays as it is.

    A table gets columns with the converted coordinates, and one that says why a row has none.
    A layer with shapes, where the target is a layer too, has its shapes converted instead.

    Parameters
    ----------
    stated
        Datum or EPSG code of the source. A layer may be left to say it itself.
    wanted
        Datum of the result.
    columns
        Headers of longitude and latitude, or of one column with both.
    check_datum
        Compare the positions with the court's roads and say which datum they are likely in.

    Raises
    ------
    TableError
        If the datum is missing, no column holds coordinates, or the target cannot say in which
        datum it is.
    CoordinateError
        If the coordinate system is not known.
    """
    system = None if stated is None else stated_system(stated)
    known = _roads(settings) if check_datum else None
    if target.suffix.lower() in (".geojson", ".json") and wanted in (Datum.GCJ02, Datum.BD09):
        raise TableError(
            "GeoJSON 只能表示 WGS84，写入 %(datum)s 会被误认；请把结果文件改为 .gpkg",
            datum=wanted.value,
        )
    if source.suffix.lower() in (*LAYER_SUFFIXES, ".kml"):
        from data.layers import LAYER_TARGETS, holds_shapes  # loads geopandas

        if target.suffix.lower() in LAYER_TARGETS and holds_shapes(source):
            return _convert_layers(settings, source, target, system, wanted, known)
    if system is None:
        raise TableError("表格没有写明坐标系；请用 --from 指明，例如 --from gcj02")
    say = translator(settings.language)
    work = Converting(system, wanted, columns, say, source.name)
    name = system.value if isinstance(system, Datum) else system.name
    report = run_table(
        settings,
        source,
        target,
        transform=work,
        fingerprint="\t".join(("coordinates 1", name, wanted.value, settings.language, *columns)),
        title=marked("换算坐标"),
        sheet=sheet,
    )
    result = summary(report)
    if not report.resumed_rows:
        result["unconverted"] = work.unconverted
    if known is not None and isinstance(system, Datum):
        result["datum_check"] = _judged(settings, work.heard, system, known)
    return result


def _convert_layers(
    settings: Settings,
    source: Path,
    target: Path,
    system: Datum | MetricSystem | None,
    wanted: Datum,
    known: KnownPlaces | None,
) -> dict[str, Any]:
    from data.layers import change_layers
    from geo import frames

    heard: list[tuple[str, float, float]] = []
    read_as: list[Datum] = []

    def change(frame: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
        stated = _in_degrees(frame, system, source)
        datum = datum_of(stated.crs)
        if datum is None:
            raise TableError(
                "文件 %(file)s 没有写明坐标系；请用 --from 指明，例如 --from gcj02",
                file=source.name,
            )
        read_as.append(datum)
        if known is not None and len(heard) < _MOST_HEARD:
            heard.extend(_heard(stated)[: _MOST_HEARD - len(heard)])
        return frames.to_datum(stated, wanted)

    with stage(settings, marked("换算坐标")) as listener:
        rows = change_layers(source, target, change=change, progress=listener)
    result: dict[str, Any] = {"rows": rows, "output": str(target)}
    if known is not None and read_as:
        result["datum_check"] = _judged(settings, heard, read_as[0], known)
    return result


def _in_degrees(
    frame: gpd.GeoDataFrame, system: Datum | MetricSystem | None, source: Path
) -> gpd.GeoDataFrame:
    """Return the frame in degrees with its datum stated."""
    from geo import frames

    crs = frame.crs
    if crs is not None and crs.is_projected and not isinstance(system, MetricSystem):
        metric_crs(crs)  # refuses what cannot be brought to degrees
        degrees = frame.to_crs(4326)
        return degrees if system is None else frames.set_datum(degrees, system, override=True)
    if isinstance(system, MetricSystem):
        return frames.move_points(frame, system.to_degrees, system.datum)
    if system is None:
        return frame
    if crs is not None and not crs.is_geographic:
        claimed = datum_of(crs)
        if claimed is not system:
            raise TableError(
                "文件 %(file)s 写明的坐标系是 %(claimed)s，与 --from %(datum)s 不符；请去掉 --from",
                file=source.name,
                claimed=crs.name,
                datum=system.value,
            )
    return frames.set_datum(frame, system, override=True)


def _heard(frame: gpd.GeoDataFrame) -> list[tuple[str, float, float]]:
    """Return a point of each shape, with its name where there is one."""
    named = next((name for name in ("名称", "name", "NAME") if name in frame.columns), None)
    names = [""] * len(frame) if named is None else frame[named].fillna("").astype(str).tolist()
    points = frame.geometry.representative_point()
    triples = zip(names, points.x.tolist(), points.y.tolist(), strict=True)
    return [(name, lon, lat) for name, lon, lat in triples if lon == lon]


def _roads(settings: Settings) -> KnownPlaces:
    """Return what the court's roads know; read before any work, as it may be damaged."""
    read = roads_known(settings)
    if read is None:
        raise TableError(
            "还没有道路网络，无法核对坐标系；请先运行 fieldwrit network build，或去掉 --check-datum"
        )
    return read()


def _judged(
    settings: Settings,
    heard: Sequence[tuple[str, float, float]],
    claimed: Datum,
    known: KnownPlaces,
) -> str:
    """Return what the court's roads say of the datum."""
    from geo.datum_evidence import judge_datum

    evidence = judge_datum(
        [(lon, lat) for _, lon, lat in heard], known, names=[name for name, _, _ in heard]
    )
    return evidence.message(claimed).render(translator(settings.language))
