"""Closures of roads at the terminal: made with a look at what they do, listed, lifted."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np
import shapely
from shapely import MultiPolygon, Polygon
from shapely.geometry.base import BaseGeometry

from data.closures import KeptClosure
from geo import coordinates
from geo.area_repair import fault_of
from geo.messages import message
from geo.model import Datum
from geo.travel.closures import Closure, Direction, RoadIndex, RoadRef, refs_of_way, unmatched
from routes.ports import Clock
from web.clock import system_clock
from web.closure_board import Effect, effect_of, spots_of
from web.config import Settings
from web.errors import WebError
from web.formats import moment_text
from web.i18n import Translate, translator
from web.labels import LABELS
from web.network_board import RoadBoard
from web.wiring import Court, using

__all__ = ["add_closure", "lift_closure", "list_closures", "unknown_roads"]

_DRAFT = "（新）"
_DEGREES = ("CRS84", "4326", "4490")
_SHOWN_CUT_OFF, _SHOWN_FARTHER = 20, 5


def _always(effect: Effect, notes: Sequence[str]) -> None:
    """Let every closure pass."""


def add_closure(
    settings: Settings,
    source: Path | None,
    ways: Sequence[int],
    *,
    reason: str,
    begin: datetime | None = None,
    end: datetime | None = None,
    direction: str = Direction.BOTH.value,
    datum: Datum = Datum.WGS84,
    approve: Callable[[Effect, Sequence[str]], None] = _always,
    clock: Clock = system_clock,
) -> dict[str, Any]:
    """Close the roads in a file's polygons, or those of ways, and tell what that does.

    Parameters
    ----------
    source
        GeoJSON with polygons; None where only ways are closed.
    ways
        Ids of OpenStreetMap; all roads that begin with such a way are closed.
    begin, end
        Aware; from now, and until it is lifted, where they are None.
    approve
        Told the effect, and in sentences what is severed and made far, before anything is kept;
        raises where the closure is not meant.

    Raises
    ------
    WebError
        If there is no network, the file is no GeoJSON of polygons, a way is not known, the
        end is past, or no road for cars would be closed.
    ClosureError
        If the closure makes no sense; see :class:`geo.travel.closures.Closure`.
    """
    say = translator(settings.language)
    with using(Court(settings, clock=clock)) as court:
        now = court.clock()
        court.need_network()
        if end is not None and end <= now:
            raise WebError("结束时间 %(end)s 已经过去，请核对", end=moment_text(end))
        here, board = court.services(), RoadBoard(court.network)
        area = None if source is None else _read_area(source, datum)
        asked = Closure(
            id=_DRAFT,
            reason=reason.strip(),
            begin=begin or now.replace(second=0, microsecond=0),
            end=end,
            area=area,
            roads=_roads(board.index, ways),
            direction=Direction(direction),
        )
        effect = effect_of(
            asked,
            court.store.closures.standing(),
            board,
            spots=spots_of(here, begin=asked.begin or now, end=end),
            engine=court.engine,
        )
        notes = _notes(effect, say)
        approve(effect, notes)
        made = court.store.closures.add(asked, "cli")
    return {
        "closure": made.closure.id,
        "closed_roads": effect.roads,
        "closed_km": round(effect.length_km, 2),
        "cut_off": len(effect.cut_off),
        "notes": notes,
    }


def list_closures(
    settings: Settings, *, every: bool = False, clock: Clock = system_clock
) -> dict[str, Any]:
    """Return the closures that hold or will hold, or with ``every`` the past ones too."""
    say = translator(settings.language)
    with using(Court(settings, clock=clock)) as court:
        now = court.clock()
        kept = [one for one in court.store.closures.all() if every or _state(one, now) in _OPEN]
        notes = []
        if court.has_network:
            notes = unknown_roads(court, (one.closure for one in kept), say)
    return {
        "closures": [
            {
                "id": one.closure.id,
                "state": _state(one, now),
                "reason": one.closure.reason,
                "begin": None if one.closure.begin is None else moment_text(one.closure.begin),
                "end": None if one.closure.end is None else moment_text(one.closure.end),
                "direction": one.closure.direction.value,
                "by_area": one.closure.area is not None,
                "named_roads": len(one.closure.roads),
                "made_at": moment_text(one.made_at),
                "made_by": one.made_by,
            }
            for one in kept
        ],
        "notes": notes,
    }


def lift_closure(
    settings: Settings, closure_id: str, *, clock: Clock = system_clock
) -> dict[str, Any]:
    """Open the roads of a closure again.

    Raises
    ------
    StoreError
        If there is no such closure.
    """
    with using(Court(settings, clock=clock)) as court:
        kept = court.store.closures.lift(closure_id, "cli")
        assert kept.lifted_at is not None
        return {"closure": closure_id, "lifted_at": moment_text(kept.lifted_at)}


def unknown_roads(court: Court, closures: Iterable[Closure], say: Translate) -> list[str]:
    """Return a sentence for each closure that names roads which the network no longer has."""
    named = [closure for closure in closures if closure.roads]
    if not named:
        return []
    lost: dict[str, int] = {}
    for closure, _ in unmatched(court.network, named):
        lost[closure.id] = lost.get(closure.id, 0) + 1
    return [
        message(
            "封闭 %(id)s 有 %(count)d 条道路不在现有路网中，未起作用；请解除后重新封闭",
            id=closure_id,
            count=count,
        ).render(say)
        for closure_id, count in lost.items()
    ]


_OPEN = ("in_force", "to_come")


def _state(kept: KeptClosure, now: datetime) -> str:
    closure = kept.closure
    if kept.lifted_at is not None:
        return "lifted"
    if closure.end is not None and closure.end <= now:
        return "ended"
    return "in_force" if closure.meets(now, now) else "to_come"


def _notes(effect: Effect, say: Translate) -> list[str]:
    """Return what a closure severs and makes far, the worst first."""
    kinds = LABELS["spot_kind"]
    notes = [
        message("切断：%(kind)s %(label)s", kind=kinds[one.kind], label=one.label).render(say)
        for one in effect.cut_off[:_SHOWN_CUT_OFF]
    ]
    more = len(effect.cut_off) - _SHOWN_CUT_OFF
    if more > 0:
        notes.append(message("切断：另有 %(count)d 处", count=more).render(say))
    notes += [
        message(
            "绕行：%(kind)s %(label)s 远 %(minutes)d 分钟",
            kind=kinds[one.spot.kind],
            label=one.spot.label,
            minutes=round(one.later_s / 60.0),
        ).render(say)
        for one in effect.farther[:_SHOWN_FARTHER]
    ]
    if effect.is_large:
        notes.append(
            message(
                "这次封闭涉及全区 %(share).0f%% 的道路，请核对范围", share=effect.share * 100.0
            ).render(say)
        )
    return notes


def _roads(index: RoadIndex, ways: Iterable[int]) -> tuple[RoadRef, ...]:
    refs: dict[RoadRef, None] = {}
    for way in ways:
        found = refs_of_way(index, way)
        if not found:
            raise WebError(
                "路网中没有以编号 %(way)d 起始的道路；请核对 OpenStreetMap 编号，"
                "或改用 GeoJSON 范围",
                way=way,
            )
        refs |= dict.fromkeys(found)
    return tuple(refs)


def _read_area(source: Path, datum: Datum) -> Polygon | MultiPolygon:
    """Return all polygons of a GeoJSON file as one area in WGS84."""
    found: list[BaseGeometry] = []
    for number, feature in enumerate(_features(source), start=1):
        facts = {"file": source.name, "number": number}
        held: Any = feature.get("geometry", feature) if isinstance(feature, dict) else feature
        try:
            shape: Any = shapely.force_2d(shapely.from_geojson(json.dumps(held)))
        except (shapely.errors.ShapelyError, TypeError) as error:
            raise WebError(
                "文件 %(file)s 第 %(number)d 个要素不是有效的 GeoJSON 图形，请重新导出", **facts
            ) from error
        if not isinstance(shape, Polygon | MultiPolygon) or shape.is_empty:
            raise WebError(
                "文件 %(file)s 第 %(number)d 个要素不是面；请把要封闭的路段圈成多边形", **facts
            )
        where = message("文件 %(file)s 第 %(number)d 个要素", **facts)
        corners = shapely.get_coordinates(shape)
        coordinates.check_china_lonlat(corners, where=where)
        fault = fault_of(shape)
        if fault is not None:
            raise WebError("%(where)s不合规范（%(why)s），请重新画出", where=where, why=fault)
        if datum not in (Datum.WGS84, Datum.CGCS2000):
            shape = shapely.transform(shape, lambda xy: coordinates.to_wgs84(xy, datum))
        found.append(shape)
    if not found:
        raise WebError("文件 %(file)s 中没有图形，请确认选对了文件", file=source.name)
    joined: Any = shapely.union_all(np.array(found, dtype=object))
    return joined  # type: ignore[no-any-return]


def _features(source: Path) -> list[Any]:
    """Return the features of a file, or the one geometry that it is."""
    try:
        form = json.loads(source.read_text(encoding="utf-8-sig"))
    except OSError as error:
        raise WebError("文件 %(file)s 无法读取，请检查路径和权限", file=source.name) from error
    except json.JSONDecodeError as error:
        raise WebError(
            "文件 %(file)s 第 %(line)d 行第 %(column)d 列不是有效的 JSON，文件可能不完整",
            file=source.name,
            line=error.lineno,
            column=error.colno,
        ) from error
    except (ValueError, RecursionError) as error:
        raise WebError("文件 %(file)s 不是 GeoJSON，请确认选对了文件", file=source.name) from error
    if not isinstance(form, dict) or "type" not in form:
        raise WebError("文件 %(file)s 不是 GeoJSON，请确认选对了文件", file=source.name)
    crs = form.get("crs")
    if crs is not None and not any(name in json.dumps(crs) for name in _DEGREES):
        raise WebError(
            "文件 %(file)s 写明的坐标系不是经纬度；请导出为 WGS84（EPSG:4326）", file=source.name
        )
    features = form.get("features", [form])
    if not isinstance(features, list):
        raise WebError("文件 %(file)s 不是 GeoJSON，请确认选对了文件", file=source.name)
    return features
