"""Write how far a vehicle comes from stations, as polygons by time."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from geo.messages import message
from geo.model import Datum, HourBand, Point, TrafficDay
from geo.ports import RoadTravel
from geo.travel.closures import in_force
from geo.travel.isochrones import isochrone
from geo.travel.parts import RoadParts
from routes.ports import Clock
from web.clock import system_clock
from web.config import Settings
from web.errors import WebError
from web.i18n import marked, translator
from web.progress import stage
from web.steps.areas import point_of
from web.wiring import Court, using

__all__ = ["write_reach"]


def write_reach(
    settings: Settings,
    place: str | None,
    output: Path,
    *,
    limits_s: Sequence[float],
    profile: str,
    band: HourBand,
    day: TrafficDay,
    closed: bool = False,
    clock: Clock = system_clock,
) -> dict[str, Any]:
    """Write one polygon for each station and limit.

    Parameters
    ----------
    place
        Id of a station, degrees such as ``118.67,24.87``, or None for all stations.
    output
        ``.gpkg`` or ``.geojson``; whole, or left as it was.
    limits_s, profile, band, day
        Seconds, vehicle and hour.
    closed
        Whether the closures in force now count.

    Raises
    ------
    WebError
        If there is no road network or station, the station is unknown, or no place lies on the
        network or on a road that is open.
    TravelError
        If a limit is out of range.
    ExportError
        If the output is of another kind or cannot be written.
    """
    import pandas as pd

    from data.errors import ExportError
    from data.layers import LAYER_TARGETS, staged_layer  # loads geopandas

    driver = LAYER_TARGETS.get(output.suffix.lower())
    if driver is None:
        raise ExportError(
            "结果文件 %(file)s 的类型不支持，请用 %(known)s",
            file=output.name,
            known="、".join(LAYER_TARGETS),
        )
    with using(Court(settings, clock=clock)) as court:
        court.need_network()
        places = _places(court, place)
        engine = court.engine
        if closed:
            now = court.clock()
            engine = engine.with_closures(in_force(court.store.closures.standing(), now, now))

        def reached(chosen: RoadTravel, start: Point) -> RoadParts:
            return chosen.reach(
                np.array([(start.lon, start.lat)]),
                limit_s=max(limits_s),
                profile=profile,
                band=band,
                day=day,
            )

        frames: list[Any] = []
        off: list[str] = []
        shut: list[str] = []
        with stage(settings, marked("计算等时圈")) as listener:
            for done, (code, name, point) in enumerate(places):
                listener(done, len(places))
                parts = reached(engine, point)
                if not len(parts.road):
                    known = len(reached(engine.with_closures(()), point).road)
                    (shut if known else off).append(code)
                    continue
                frame = isochrone(court.network, parts, limits_s=limits_s)
                frame.insert(0, "station", code)
                frame.insert(1, "name", name)
                frame.insert(3, "profile", profile)
                frame.insert(4, "band", band.value)
                frame.insert(5, "day", day.value)
                frames.append(frame)
            listener(len(places), len(places))
    if not frames and shut:
        raise WebError(
            "所给的 %(count)d 处都到不了任何道路，其中 %(shut)d 处的道路已封闭；"
            "请去掉 --closed，或待道路解除封闭后重新运行",
            count=len(places),
            shut=len(shut),
        )
    if not frames:
        raise WebError(
            "所给的 %(count)d 处都到不了任何道路（离路网太远）；请核对坐标，"
            "或换用覆盖它的道路文件重新运行 fieldwrit network build",
            count=len(places),
        )
    with staged_layer(output) as written:
        pd.concat(frames, ignore_index=True).to_file(written, driver=driver, layer="reach")
    say = translator(settings.language)
    notes = [message("%(id)s 离路网太远，未画出", id=code).render(say) for code in off]
    notes += [message("%(id)s 的道路已封闭，未画出", id=code).render(say) for code in shut]
    return {
        "stations": len(frames),
        "polygons": sum(map(len, frames)),
        "notes": notes,
        "output": str(output),
    }


def _places(court: Court, place: str | None) -> list[tuple[str, str, Point]]:
    """Return id, name and point of what was asked for."""
    if place is not None and ("," in place or "，" in place):
        return [("", "", point_of(place, Datum.WGS84))]
    stations = court.store.stations()
    if not stations:
        raise WebError("库中没有派出所；请先用 fieldwrit import stations 导入，或给出经度,纬度")
    chosen = [each for each in stations if place in (None, each.id, each.name)]
    if not chosen:
        raise WebError(
            "没有编号或名称为“%(place)s”的派出所；已有编号：%(known)s",
            place=place,
            known="、".join(each.id for each in stations[:20]),
        )
    return [(each.id, each.name, each.point) for each in chosen]
