"""Check boundaries before they are used, and say who is responsible for a place."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from geo import coordinates
from geo.area_check import AreaReport, check_areas
from geo.areafile import AreaReading, survey_areas
from geo.areas import KIND_NAMES
from geo.coordinate_text import parse_lonlat
from geo.messages import Message, message
from geo.model import Area, AreaKind, Datum, ParsedAddress, Point, Precision
from geo.nearest import nearest
from geo.responsibility import Responsibility, responsibility
from routes.ports import Clock
from routes.rules import RuleProfile, check_district
from web.clock import system_clock
from web.config import Settings
from web.errors import TableError
from web.i18n import Translate, marked, translator
from web.progress import stage
from web.wiring import Court, using

__all__ = ["boundary_lines", "check_boundaries", "point_of", "responsible", "responsible_lines"]

_DRIVERS = {".gpkg": "GPKG", ".geojson": "GeoJSON"}
_TOO_WIDE = (Precision.NONE, Precision.COUNTY)
_SLIVERS = {
    "overlap": message("重叠"),
    "gap": message("空隙"),
    "outside": message("越出辖区"),
    "crosses": message("越出乡镇"),
}
_INSIDE = {
    True: marked("在本院辖区内"),
    False: marked("在本院辖区外"),
    None: marked("是否在本院辖区内无法确定"),
}


def check_boundaries(
    settings: Settings,
    source: Path | None,
    *,
    datum: Datum = Datum.WGS84,
    output: Path | None = None,
    sliver_m: float = 5.0,
    clock: Clock = system_clock,
) -> dict[str, Any]:
    """Check a boundary file, or without one the stored boundaries; the store stays as it is.

    Parameters
    ----------
    output
        ``.gpkg`` or ``.geojson`` for the findings with their shapes; written also when empty.
    sliver_m
        Overlaps and gaps of a smaller mean width are only counted.

    Raises
    ------
    AreaFileError
        If the file as a whole cannot be used.
    TableError
        If the output is of another kind; nothing is written.
    """
    if output is not None and output.suffix.lower() not in _DRIVERS:
        raise TableError("结果文件 %(file)s 的类型不支持，请用 .gpkg 或 .geojson", file=output.name)
    reading = _read(settings, source, datum, clock)
    with stage(settings, marked("核对边界")) as listener:
        report = check_areas(
            reading.areas, mended=reading.mended, sliver_m=sliver_m, progress=listener
        )
    say = translator(settings.language)
    if output is not None:
        _write(report, output, say)
    counts = {kind.value: count for kind, count in report.counts.items()}
    slivers = [
        {"problem": problem.value, "kind": kind.value, "count": count}
        for (problem, kind), count in sorted(report.slivers.items())
    ]
    return {
        "areas": counts,
        "faults": len(report.faults) + len(reading.problems),
        "problems": [problem.render(say) for problem in reading.problems],
        "findings": [
            {
                "problem": one.problem.value,
                "kind": one.kind.value,
                "codes": list(one.codes),
                "area_m2": round(one.area_m2, 1),
                "fault": one.is_fault,
                "text": one.text.render(say),
            }
            for one in report.findings
        ],
        "slivers": slivers,
        "notes": [note.render(say) for note in reading.notes],
        **({} if output is None else {"output": str(output)}),
    }


def boundary_lines(result: dict[str, Any], say: Translate) -> list[str]:
    """Return what :func:`check_boundaries` found as lines to read."""
    lines = [
        message("%(kind)s：%(count)d 个", kind=KIND_NAMES[AreaKind(kind)], count=count).render(say)
        for kind, count in result["areas"].items()
    ]
    lines += [*result["notes"], *result["problems"]]
    lines += [one["text"] for one in result["findings"]]
    lines += [
        message(
            "%(kind)s：另有 %(count)d 处狭缝（%(problem)s）窄于限值，未逐一列出",
            kind=KIND_NAMES[AreaKind(one["kind"])],
            count=one["count"],
            problem=_SLIVERS[one["problem"]],
        ).render(say)
        for one in result["slivers"]
    ]
    if "output" in result:
        lines.append(message("问题清单：%(file)s", file=result["output"]).render(say))
    return [*lines, message("须处理 %(count)d 处", count=result["faults"]).render(say)]


def _read(settings: Settings, source: Path | None, datum: Datum, clock: Clock) -> AreaReading:
    with stage(settings, marked("读取边界")) as listener:
        if source is not None:
            return survey_areas(source, datum=datum, progress=listener)
        with using(Court(settings, clock=clock)) as court:
            return AreaReading(court.store.areas())


def _write(report: AreaReport, output: Path, say: Translate) -> None:
    from data.layers import staged_layer  # loads geopandas

    frame = report.to_frame(say)
    with staged_layer(output) as written:
        frame.to_file(written, driver=_DRIVERS[output.suffix.lower()], layer="findings")


def responsible(
    settings: Settings,
    *,
    point: Point | None = None,
    address: str | None = None,
    clock: Clock = system_clock,
) -> dict[str, Any]:
    """Say who is responsible for a point or an address: court, township, grid, station.

    Whose name and telephone of a liaison was read stands in the audit chain.
    """
    say = translator(settings.language)
    with using(Court(settings, clock=clock)) as court:
        parsed: ParsedAddress | None = None
        if address is not None:
            parsed, point = _located(court, address)
        found = responsibility(court.areas, point=point, parsed=parsed)
        held = {kind.value: _unit(area) for kind, area in found.areas.items()}
        grid = found.areas.get(AreaKind.GRID)
        return {
            "inside": found.inside,
            **({} if point is None else {"lon": round(point.lon, 6), "lat": round(point.lat, 6)}),
            "areas": held,
            "liaisons": [] if grid is None else _liaisons(court, grid.code),
            "station": None if found.inside is False else _station(court, found, point, say),
            "courts": [
                {"county_code": one.code, "county": one.county, "court": one.court}
                for one in found.courts
            ],
            "rules": _rules(found, court.profile, say),
            "reasons": [reason.render(say) for reason in found.reasons],
        }


def responsible_lines(result: dict[str, Any], say: Translate) -> list[str]:
    """Return what :func:`responsible` found as lines to read."""
    lines = [say(_INSIDE[result["inside"]])]
    for kind, area in result["areas"].items():
        lines.append(f"{KIND_NAMES[AreaKind(kind)].render(say)}：{area['code']} {area['name']}")
    for one in result["liaisons"]:
        name = say(marked("联络员"))
        lines.append(" ".join([f"{name}：{one['id']}", one["name"], one["phone"] or ""]).strip())
    if result["station"] is not None:
        name = say(marked("派出所"))
        lines.append(f"{name}：{result['station']['name']}（{result['station']['why']}）")
    for one in result["courts"]:
        facts = {"court": one["court"], "county": one["county"]}
        asked = message("委托执行：%(court)s（%(county)s）", **facts)
        if len(result["courts"]) > 1:
            asked = message("待核实，可能是：%(court)s（%(county)s）", **facts)
        lines.append(asked.render(say))
    lines += [f"{one['rule']}：{one['text']}（{one['citation']}）" for one in result["rules"]]
    return lines + list(result["reasons"])


def _located(court: Court, address: str) -> tuple[ParsedAddress, Point | None]:
    """Return an address read, and where the court's own roads and names place it.

    A text that names another county is not looked for among the court's own roads.
    """
    parsed = court.parser.parse(address)
    if not court.has_network or responsibility(court.areas, parsed=parsed).inside is False:
        return parsed, None
    answer = court.geocoder.geocode(address, limit=1)
    best = answer.best
    if best is None or best.precision in _TOO_WIDE:
        return answer.parsed, None
    return answer.parsed, best.point


def _unit(area: Area) -> dict[str, str]:
    return {"code": area.code, "name": area.name}


def _liaisons(court: Court, grid_code: str) -> list[dict[str, str | None]]:
    found = [one for one in court.store.liaisons() if one.grid_code == grid_code]
    for one in found:
        court.store.audit.append("cli", "liaison.read", f"liaison:{one.id}")
    return [
        {
            "id": one.id,
            "name": one.name.reveal(),
            "phone": None if one.phone is None else one.phone.reveal(),
        }
        for one in found
    ]


def _station(
    court: Court, found: Responsibility, point: Point | None, say: Translate
) -> dict[str, Any] | None:
    """Return the station whose territory holds the point, otherwise the nearest one."""
    stations = court.store.stations()
    territory = found.areas.get(AreaKind.STATION_TERRITORY)
    if territory is not None:
        named = {station.id: station.name for station in stations}
        why = message("点在其辖区内")
        if territory.code not in named:
            why = message("点在其辖区内，但派出所表中没有这个编号，请核对")
        return _answer(territory.code, named.get(territory.code, territory.name), why, say)
    if point is None or not stations:
        return None
    targets = np.array([(one.point.lon, one.point.lat) for one in stations])
    engine = court.engine if court.has_network else None
    near = nearest(np.array([[point.lon, point.lat]]), targets, engine=engine)
    station = stations[int(near.index[0])]
    km = float(near.distance_m[0]) / 1000.0
    if near.by_road[0]:
        minutes = float(near.travel_s[0]) / 60.0
        why = message(
            "不在任何派出所辖区内；行车最近，约 %(minutes).0f 分钟、%(km).1f 千米",
            minutes=minutes,
            km=km,
        )
    else:
        why = message("不在任何派出所辖区内，路网也不通；按直线最近，%(km).1f 千米", km=km)
    return _answer(station.id, station.name, why, say)


def _answer(station_id: str, name: str, why: Message, say: Translate) -> dict[str, Any]:
    return {"id": station_id, "name": name, "why": why.render(say)}


def _rules(found: Responsibility, profile: RuleProfile, say: Translate) -> list[dict[str, str]]:
    """Return what the law says of a place outside; nothing of one inside."""
    if found.inside is not False:
        return []
    said = check_district("-", inside=False, other_province=found.other_province, profile=profile)
    return [
        {"rule": one.rule, "text": one.message.render(say), "citation": one.citation}
        for one in said
    ]


def point_of(text: str, datum: Datum) -> Point:
    """Return the WGS84 point of a text such as ``118.67,24.87``.

    Raises
    ------
    CoordinateError
        If the text is no pair of coordinates, or they are swapped or lie outside of the country.
    """
    lonlat = parse_lonlat(text)
    coordinates.check_china_lonlat(lonlat)
    lon, lat = coordinates.to_wgs84(lonlat, datum)
    return Point(float(lon), float(lat))
