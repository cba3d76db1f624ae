"""Closures as the network page shows them, reads them from a form, and weighs before they hold."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import numpy as np
import shapely
from shapely import MultiPolygon, Polygon
from shapely.geometry.base import BaseGeometry

from data.closures import KeptClosure
from data.store import Store
from geo.localtime import LOCAL_ZONE, moment_at
from geo.model import AreaKind, Floats, Ints
from geo.ports import AreaIndex, RoadTravel
from geo.roadtags import AccessLevel, TravelMode
from geo.travel.closures import Blocks, Closure, Direction, blocks, in_force, ref_of
from routes.model import CaseStatus
from routes.planning.problem import StopKind
from routes.planning.stop_numbers import stop_numbers
from web.errors import ClosureFormError
from web.formats import moment_text
from web.labels import label
from web.network_board import RoadBoard
from web.services import Services

__all__ = [
    "CutOff",
    "Effect",
    "Spot",
    "closures_json",
    "effect_json",
    "effect_of",
    "field_spots",
    "read_closure",
    "shown_closures",
    "spots_of",
]

_LONGEST_REASON = 200
_MOST_CORNERS = 500
_MOST_ROADS = 500
_MOST_HOMES = 200
_LARGE_SHARE = 0.25
_DRAFT = "（新）"


@dataclass(frozen=True, slots=True)
class Spot:
    """A place to be reached: station, checkpoint, team's start, open case, planned stop.

    ``label`` is a name or a number, never a person's.
    """

    kind: str
    id: str
    label: str
    lon: float
    lat: float


@dataclass(frozen=True, slots=True)
class CutOff:
    """A place that the closure severs, or makes ``later_s`` seconds farther away."""

    spot: Spot
    later_s: float


@dataclass(frozen=True, slots=True)
class Effect:
    """What a closure would do while the others stand.

    Parameters
    ----------
    roads, length_km
        Closed roads or parts of roads that cars may use now.
    share
        Their share of the length of all such roads.
    cut_off
        Places that could be reached and left before and cannot after.
    farther
        Places that are at least a minute farther away, the worst first.
    weighed
        Whether travel was reckoned; without an engine it is not.
    """

    roads: int
    length_km: float
    share: float
    cut_off: tuple[Spot, ...] = ()
    farther: tuple[CutOff, ...] = ()
    weighed: bool = False

    @property
    def is_large(self) -> bool:
        """Whether so much is closed that somebody must say that it is meant."""
        return self.share >= _LARGE_SHARE


def read_closure(data: object, board: RoadBoard, *, now: datetime) -> Closure:
    """Return the closure that a page asks for, as yet without an id.

    Parameters
    ----------
    data
        ``reason``; ``begin`` and ``end`` as local times or empty; ``area`` as corners, longitude
        first, or None; ``roads`` as rows; ``direction``; ``version`` of the network.

    Raises
    ------
    ClosureFormError, ClosureError
        If something is missing, or makes no sense; says what to do.
    """
    if not isinstance(data, dict):
        raise ClosureFormError("提交的内容不是封闭数据，请刷新页面后重新填写")
    roads = _roads(data.get("roads"), board, version=data.get("version"))
    reason = data.get("reason")
    if not isinstance(reason, str) or not reason.strip():
        raise ClosureFormError("请写明封闭原因（如“桥梁维修”）")
    if len(reason.strip()) > _LONGEST_REASON:
        raise ClosureFormError("封闭原因过长，最多 %(most)d 个字", most=_LONGEST_REASON)
    begin, end = _moment(data.get("begin")), _moment(data.get("end"))
    if end is not None and end <= now:
        raise ClosureFormError("结束时间 %(end)s 已经过去，请核对", end=moment_text(end))
    area = _area(data.get("area"))
    if area is None and not roads:
        raise ClosureFormError("请先在地图上画出范围或选择道路")
    try:
        direction = Direction(data.get("direction") or Direction.BOTH)
    except ValueError:
        raise ClosureFormError("封闭方向无法识别，请重新选择") from None
    return Closure(
        id=_DRAFT,
        reason=reason.strip(),
        begin=now.replace(second=0, microsecond=0) if begin is None else begin,
        end=end,
        area=area,
        roads=tuple(ref_of(board.network, road) for road in roads),
        direction=direction,
    )


def _moment(text: object) -> datetime | None:
    if text is None or text == "":
        return None
    try:
        moment = datetime.fromisoformat(text)  # type: ignore[arg-type]
    except (TypeError, ValueError):
        raise ClosureFormError("时间无法识别，请按“年-月-日 时:分”填写") from None
    return moment.replace(tzinfo=LOCAL_ZONE) if moment.tzinfo is None else moment


def _area(corners: object) -> Polygon | None:
    if corners is None or corners == []:
        return None
    if not isinstance(corners, list) or not all(_is_position(one) for one in corners):
        raise ClosureFormError("范围的坐标无法识别，请重新画出")
    if len({tuple(one) for one in corners}) < 3:
        raise ClosureFormError("范围至少要有三个不同的角点，请继续画")
    if len(corners) > _MOST_CORNERS:
        raise ClosureFormError("范围的角点过多，最多 %(most)d 个", most=_MOST_CORNERS)
    return Polygon(corners)


def _is_position(one: object) -> bool:
    return (
        isinstance(one, list)
        and len(one) == 2
        and all(isinstance(x, int | float) and abs(x) <= 180 for x in one)
    )


def _roads(rows: object, board: RoadBoard, *, version: object) -> list[int]:
    if rows is None or rows == []:
        return []
    if not isinstance(rows, list) or not all(type(row) is int for row in rows):
        raise ClosureFormError("所选道路无法识别，请重新选择")
    if version != board.version:
        raise ClosureFormError("路网已经更新，所选道路可能已变，请刷新页面后重新选择")
    if len(rows) > _MOST_ROADS:
        raise ClosureFormError("所选道路过多，最多 %(most)d 条；请改画范围", most=_MOST_ROADS)
    if not all(0 <= row < board.network.road_count for row in rows):
        raise ClosureFormError("所选道路不在路网中，请重新选择")
    return list(dict.fromkeys(rows))


def effect_of(
    closure: Closure,
    standing: Iterable[Closure],
    board: RoadBoard,
    *,
    spots: Sequence[Spot],
    engine: RoadTravel | None,
) -> Effect:
    """Weigh a closure against those that hold when it begins.

    A place counts as cut off when it can no longer be reached from, or no longer reach, the
    station or team's start from which most places can still be reached; where there is neither,
    the first places stand for them.

    Raises
    ------
    ClosureFormError
        If no road that cars use is touched.
    """
    barred = blocks(board.index, [closure])
    roads, km = _closed_roads(board, barred)
    if not len(roads):
        raise ClosureFormError("所画范围内没有可通行汽车的道路，请核对位置")
    usable = (board.network.access[:, :, TravelMode.MOTOR] > AccessLevel.CLOSED).any(axis=1)
    whole_km = float(board.network.length_m[usable].sum()) / 1000.0
    share = km / whole_km if whole_km else 0.0
    if engine is None or not spots:
        return Effect(len(roads), km, share)
    moment = closure.begin
    held = () if moment is None else in_force(standing, moment, moment)
    lonlat = np.array([(spot.lon, spot.lat) for spot in spots])
    homes = [row for row, spot in enumerate(spots) if spot.kind in ("station", "team")]
    homes = homes or list(range(min(len(spots), _MOST_HOMES)))
    opened, closed = (engine.with_closures(some) for some in (held, (*held, closure)))
    after = closed.matrix(lonlat[homes], lonlat).travel_s
    best = int(np.isfinite(after).sum(axis=1).argmax())
    hub, after_s = lonlat[homes[best] : homes[best] + 1], after[best]
    before_s = opened.matrix(hub, lonlat).travel_s[0]
    could = np.isfinite(before_s) & np.isfinite(opened.matrix(lonlat, hub).travel_s[:, 0])
    can = np.isfinite(after_s) & np.isfinite(closed.matrix(lonlat, hub).travel_s[:, 0])
    later_s = np.zeros(len(spots))
    both = could & can
    later_s[both] = after_s[both] - before_s[both]
    order = np.argsort(-later_s, kind="stable")
    return Effect(
        roads=len(roads),
        length_km=km,
        share=share,
        cut_off=tuple(spot for spot, lost in zip(spots, could & ~can, strict=True) if lost),
        farther=tuple(
            CutOff(spots[row], float(later_s[row]))
            for row in order.tolist()
            if later_s[row] >= 60.0
        ),
        weighed=True,
    )


def _closed_roads(board: RoadBoard, barred: Blocks) -> tuple[Ints, float]:
    """Return the roads for cars that are barred in a direction that was open, and their km."""
    by_car = board.network.access[:, :, TravelMode.MOTOR] > AccessLevel.CLOSED
    rows = np.flatnonzero((barred.closed & by_car).any(axis=1))
    shut, arcs = barred.shut, 2 * board.network.road_count
    part = np.bincount(shut.arc, shut.end - shut.begin, minlength=arcs).reshape(-1, 2).max(axis=1)
    part_m = part[rows] * board.network.length_m[rows]
    return rows, float(part_m.sum()) / 1000.0


def effect_json(effect: Effect) -> dict[str, Any]:
    """Return an effect for scripts; seconds as whole minutes."""
    return {
        "roads": effect.roads,
        "length_km": round(effect.length_km, 2),
        "share": round(effect.share, 4),
        "large": effect.is_large,
        "weighed": effect.weighed,
        "cut_off": [{"kind": one.kind, "label": one.label} for one in effect.cut_off],
        "farther": [
            {"kind": one.spot.kind, "label": one.spot.label, "minutes": round(one.later_s / 60.0)}
            for one in effect.farther
        ],
    }


def field_spots(store: Store) -> list[Spot]:
    """Return stations, teams' starts, checkpoints, and the places of cases that are not ended."""
    found = [
        *(Spot("station", s.id, s.name, s.point.lon, s.point.lat) for s in store.stations()),
        *(Spot("team", t.id, t.name, t.base.lon, t.base.lat) for t in store.teams()),
        *(Spot("checkpoint", c.id, c.name, c.point.lon, c.point.lat) for c in store.checkpoints()),
    ]
    found += (
        Spot("case", case.id, case.number, case.lon, case.lat)
        for case in store.case_points()
        if case.status != CaseStatus.ENDED and case.lon is not None and case.lat is not None
    )
    return found


def spots_of(here: Services, *, begin: datetime, end: datetime | None) -> tuple[Spot, ...]:
    """Return what must stay within reach: :func:`field_spots`, and planned stops in these hours."""
    store = here.store
    found = field_spots(store)
    latest = store.latest()
    problem, plan = (None, None) if latest is None else (store.problem(latest), store.plan(latest))
    if problem is None or plan is None:
        return tuple(found)
    places = {place.id: place for place in problem.places}
    teams = {team.id: team.name or team.id for team in problem.teams}
    for route in plan.routes:
        for row, (number, stop) in enumerate(
            zip(stop_numbers(route), route.stops, strict=True), start=1
        ):
            if stop.kind is StopKind.BREAK:
                continue
            starts, ends = (moment_at(route.day, s) for s in (stop.start_s, stop.departure_s))
            if ends <= begin or (end is not None and starts >= end):
                continue
            shown = label("stop_kind", stop.kind) if number is None else number
            name = f"{teams[route.team]} {route.day:%m-%d} {shown}"
            place = places[stop.place]
            found.append(Spot("stop", f"{route.shift}-{row}", name, place.lon, place.lat))
    return tuple(found)


def shown_closures(
    kept: Iterable[KeptClosure],
    board: RoadBoard | None,
    *,
    now: datetime,
    areas: AreaIndex | None,
    station_id: str | None,
) -> list[KeptClosure]:
    """Return the closures in force and to come, the first to begin first.

    With ``station_id`` only those that meet this station's territory; none where it has no
    territory.
    """
    found = [
        one
        for one in kept
        if one.lifted_at is None and (one.closure.end is None or one.closure.end > now)
    ]
    found.sort(key=lambda one: one.closure.begin or one.made_at)
    if station_id is None:
        return found
    known = areas.areas(AreaKind.STATION_TERRITORY) if areas is not None else ()
    own = next((area.geometry for area in known if area.code == station_id), None)
    if own is None:
        return []
    return [one for one in found if _meets(one.closure, own, board)]


def _meets(closure: Closure, own: BaseGeometry, board: RoadBoard | None) -> bool:
    if closure.area is not None and shapely.intersects(closure.area, own):
        return True
    if board is None or not closure.roads:
        return False
    rows = [row for ref in closure.roads for row in board.index.of_ref(ref)[0].tolist()]
    lines = [shapely.LineString(board.network.points_lonlat(row)) for row in rows]
    return bool(np.any(shapely.intersects(own, lines)))


def closures_json(
    shown: Sequence[KeptClosure], board: RoadBoard | None, *, now: datetime
) -> list[dict[str, Any]]:
    """Return closures with what is drawn of them; positions in degrees, longitude first."""
    return [_closure_json(one.closure, board, now=now) for one in shown]


def _closure_json(closure: Closure, board: RoadBoard | None, *, now: datetime) -> dict[str, Any]:
    roads, km = (0, 0.0) if board is None else _size(closure, board)
    lines = [] if board is None else _lines(closure, board)
    return {
        "id": closure.id,
        "reason": closure.reason,
        "begin": None if closure.begin is None else moment_text(closure.begin),
        "end": None if closure.end is None else moment_text(closure.end),
        "in_force": closure.begin is None or closure.begin <= now,
        "direction": closure.direction.value,
        "area": None if closure.area is None else _rings(closure.area),
        "lines": lines,
        "unknown": 0 if board is None else _unknown(closure, board),
        "roads": roads,
        "length_km": round(km, 2),
    }


def _size(closure: Closure, board: RoadBoard) -> tuple[int, float]:
    rows, km = _closed_roads(board, blocks(board.index, [closure]))
    return len(rows), km


def _rings(area: Polygon | MultiPolygon) -> list[list[list[tuple[float, float]]]]:
    parts = area.geoms if isinstance(area, MultiPolygon) else [area]
    return [
        [_positions(np.asarray(ring.coords)) for ring in (part.exterior, *part.interiors)]
        for part in parts
    ]


def _lines(closure: Closure, board: RoadBoard) -> list[list[tuple[float, float]]]:
    """Return the closed roads, drawn in the direction that is closed where it is only one."""
    found = []
    for ref in closure.roads:
        rows, turned = board.index.of_ref(ref)
        for row, is_turned in zip(rows.tolist(), turned.tolist(), strict=True):
            points = board.network.points_lonlat(row)
            against = (closure.direction is Direction.AGAINST) != is_turned
            found.append(_positions(points[::-1] if against else points))
    return found


def _unknown(closure: Closure, board: RoadBoard) -> int:
    return sum(not len(board.index.of_ref(ref)[0]) for ref in closure.roads)


def _positions(points: Floats) -> list[tuple[float, float]]:
    return [(lon, lat) for lon, lat in np.round(points[:, :2], 6).tolist()]
