"""Who is responsible for a place: township, grid, station territory, and which court.

Facts of geography only; what the law makes of a place outside is said by ``routes.rules``.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from geo.courts import CountyCourt, CountyReading, counties_in, court_of
from geo.divisions import Division, divisions
from geo.messages import Message, message
from geo.model import AddressLevel, Area, AreaKind, ParsedAddress, Point
from geo.ports import AreaIndex

__all__ = ["Ground", "Responsibility", "grounds", "responsibility"]


@dataclass(frozen=True, slots=True)
class Ground:
    """Whether a place lies in the court's jurisdiction and in another province; None unknown."""

    inside: bool | None = None
    other_province: bool | None = None


@dataclass(frozen=True, slots=True)
class Responsibility:
    """Which areas hold a place, and which courts come into question where it lies outside.

    Parameters
    ----------
    inside
        Whether the place lies in the court's jurisdiction; None where that is not known.
    areas
        The area of each kind that holds the point.
    courts
        Counties and their courts that the place may belong to: none inside, several where the
        name is found more than once in the country.
    other_province
        Whether all of them lie in another province than the jurisdiction; None if not known.
    reasons
        How this was found, and what to confirm.
    """

    inside: bool | None
    areas: Mapping[AreaKind, Area] = field(default_factory=dict)
    courts: tuple[CountyCourt, ...] = ()
    other_province: bool | None = None
    reasons: tuple[Message, ...] = ()


def responsibility(
    areas: AreaIndex, *, point: Point | None = None, parsed: ParsedAddress | None = None
) -> Responsibility:
    """Say who is responsible for a point, an address, or an address that was located.

    A county that the text names decides before the point does: an offline geocoder knows only
    its own district and may find a road of the same name there. Where the name is found in
    several cities and the text does not tell which, all of them are answered.
    """
    reading = CountyReading() if parsed is None else counties_in(parsed)
    home = _home_codes(areas)
    ours = [one for one in reading.counties if home and one.code.startswith(home)]
    if len(ours) == len(reading.counties):
        if point is None:
            return Responsibility(None, reasons=(_not_located(reading),))
        return _at(areas, point)
    own_names = {area.name for area in areas.areas(AreaKind.JURISDICTION)}
    if ours or not own_names or (not home and reading.counties[0].name in own_names):
        return _ambiguous(areas, reading, point)
    return _named_outside(areas, reading)


def grounds(areas: AreaIndex | None, points: Sequence[Point]) -> tuple[Ground, ...]:
    """Return the ground of each point; nothing is known where no jurisdiction is stored."""
    if areas is None or not points or not areas.areas(AreaKind.JURISDICTION):
        return tuple(Ground() for _ in points)
    lonlat = np.array([(point.lon, point.lat) for point in points], dtype=np.float64)
    codes = areas.code_at(lonlat, kind=AreaKind.JURISDICTION)
    return tuple(
        Ground(False, responsibility(areas, point=point).other_province)
        if code is None
        else Ground(True)
        for point, code in zip(points, codes, strict=True)
    )


def _at(areas: AreaIndex, point: Point) -> Responsibility:
    held = _holding(areas, point)
    if not areas.areas(AreaKind.JURISDICTION):
        reason = message("库中没有法院辖区边界，无法判断是否在辖区内；请导入类别为“辖区”的边界")
        return Responsibility(None, held, reasons=(reason,))
    if AreaKind.JURISDICTION in held:
        return Responsibility(True, held, reasons=(message("点在本院辖区边界之内"),))
    county = held.get(AreaKind.COUNTY)
    if county is None:
        reason = message("点在本院辖区之外，邻近区县的边界未导入或不含此点；请写明省、市、县再查")
        return Responsibility(False, held, reasons=(reason,))
    reason = message("点在本院辖区之外，落在已导入的%(county)s边界内", county=county.name)
    found = _divisions_of(county)
    courts = tuple(court_of(one) for one in found)
    if not courts:
        courts = (CountyCourt("", county.name, f"{county.name}人民法院"),)
    other = _other_province(areas, found)
    return Responsibility(False, held, courts, other, (reason, *_cautions(courts)))


def _named_outside(areas: AreaIndex, reading: CountyReading) -> Responsibility:
    courts = tuple(court_of(one) for one in reading.counties)
    reason = message("地址写明%(county)s，不是本院辖区", county=reading.named)
    other = _other_province(areas, reading.counties)
    return Responsibility(False, {}, courts, other, (reason, *_doubts(reading), *_cautions(courts)))


def _ambiguous(areas: AreaIndex, reading: CountyReading, point: Point | None) -> Responsibility:
    """Answer for a name that our own district shares with others."""
    held = {} if point is None else _holding(areas, point)
    courts = tuple(court_of(one) for one in reading.counties)
    return Responsibility(None, held, courts, None, (*_doubts(reading), *_cautions(courts)))


def _doubts(reading: CountyReading) -> tuple[Message, ...]:
    facts = {"county": reading.named, "count": len(reading.counties)}
    if reading.contradicts:
        return (
            message(
                "地址中的省、市与%(county)s不符，列出全国同名的 %(count)d 个，请核对地址", **facts
            ),
        )
    if len(reading.counties) > 1:
        return (
            message("全国有 %(count)d 个%(county)s，地址未写明省市，不能替您选定，请核实", **facts),
        )
    return ()


def _cautions(courts: tuple[CountyCourt, ...]) -> tuple[Message, ...]:
    said = [message("法院名称按通常叫法推定，发函前请核实")] if courts else []
    if any(one.several_courts for one in courts):
        said.append(message("该市不设区县，可能有几个基层法院，请按管辖乡镇核实"))
    return tuple(said)


def _not_located(reading: CountyReading) -> Message:
    if reading.counties:
        return message("地址在本院所在区县，但离线未能定位，请补充乡镇、道路或村名")
    return message("地址没有写明区县，离线也未能定位，无法判断；请补充省、市、县")


def _holding(areas: AreaIndex, point: Point) -> dict[AreaKind, Area]:
    lonlat = np.array([[point.lon, point.lat]])
    found = {}
    for kind in AreaKind:
        (code,) = areas.code_at(lonlat, kind=kind)
        if code is not None:
            found[kind] = next(area for area in areas.areas(kind) if area.code == code)
    return found


def _home_codes(areas: AreaIndex) -> tuple[str, ...]:
    """Return what the codes of the jurisdiction's counties begin with; empty if not known."""
    codes = set()
    for area in areas.areas(AreaKind.JURISDICTION):
        stem = area.code.removesuffix("00").removesuffix("00")  # a city's, a province's
        known = divisions().of(stem)
        named = [one for one in divisions().named(area.name) if not one.short]
        if known is not None:
            codes.add(known.code)
        elif len(named) == 1:
            codes.add(named[0].code)
    return tuple(sorted(codes))


def _divisions_of(area: Area) -> tuple[Division, ...]:
    """Return the county that an area is by its code, otherwise all counties of its name."""
    known = divisions().of(area.code)
    if known is not None and known.level is AddressLevel.COUNTY:
        return (known,)
    named = divisions().named(area.name)
    return tuple(one for one in named if one.level is AddressLevel.COUNTY and not one.short)


def _other_province(areas: AreaIndex, counties: tuple[Division, ...]) -> bool | None:
    """Return whether all counties lie in other provinces; None where that is not known."""
    codes = {area.code for area in areas.areas(AreaKind.JURISDICTION) if area.code.isdigit()}
    provinces = {code[:2] for code in (*codes, *_home_codes(areas)) if divisions().of(code[:2])}
    same = {one.code[:2] in provinces for one in counties}
    return None if not provinces or len(same) != 1 else not same.pop()
