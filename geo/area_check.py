"""What is wrong with a set of areas: overlaps, gaps, parts outside, codes that do not fit."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import shapely
from shapely import Polygon
from shapely.geometry.base import BaseGeometry

from geo.areafile import MendedArea
from geo.areas import KIND_NAMES
from geo.coordinates import area_m2, length_m
from geo.messages import Message, message
from geo.model import Area, AreaKind
from geo.ports import ProgressListener

if TYPE_CHECKING:
    import geopandas as gpd

__all__ = ["AreaFinding", "AreaProblem", "AreaReport", "check_areas"]


COVERING = (AreaKind.TOWNSHIP, AreaKind.GRID, AreaKind.STATION_TERRITORY)
"""Kinds whose areas together should fill the jurisdiction and lie in it."""

_HELD_SHARE = 0.5
_CODE_DIGITS = (6, 9, 12)
_SHOWN_CODES = 10


class AreaProblem(StrEnum):
    """What may be wrong with an area."""

    REPAIR = "repair"
    OVERLAP = "overlap"
    GAP = "gap"
    OUTSIDE = "outside"
    CROSSES = "crosses"
    PARENT = "parent"
    CODE = "code"
    NAME = "name"


@dataclass(frozen=True, slots=True, eq=False)
class AreaFinding:
    """One thing to look at on the map or in the attribute table.

    Parameters
    ----------
    codes
        The areas that it is about; none for a gap.
    geometry
        Where it is, in WGS84: the overlap, the gap, the part that is too much, or the area.
    area_m2
        Ground that is affected; 0 where only codes or names are wrong.
    is_fault
        False for what may be so on purpose, such as one village name in two townships.
    """

    problem: AreaProblem
    kind: AreaKind
    codes: tuple[str, ...]
    geometry: BaseGeometry
    area_m2: float
    text: Message
    is_fault: bool = True


@dataclass(frozen=True, slots=True, eq=False)
class AreaReport:
    """What :func:`check_areas` found.

    ``slivers`` counts, by problem and kind, the parts that are narrower than the tolerance:
    what remains where two people drew one border.
    """

    counts: Mapping[AreaKind, int]
    findings: tuple[AreaFinding, ...]
    slivers: Mapping[tuple[AreaProblem, AreaKind], int]

    @property
    def faults(self) -> tuple[AreaFinding, ...]:
        """The findings that somebody has to put right."""
        return tuple(finding for finding in self.findings if finding.is_fault)

    def to_frame(self, translate: Callable[[str], str] = str) -> gpd.GeoDataFrame:
        """Return the findings as a table to look at in a geographic information system."""
        import geopandas as gpd  # heavy, and needed for this table only

        columns: dict[str, list[Any]] = {
            "problem": [one.problem.value for one in self.findings],
            "kind": [one.kind.value for one in self.findings],
            "codes": ["、".join(one.codes) for one in self.findings],
            "area_m2": [round(one.area_m2, 1) for one in self.findings],
            "fault": [one.is_fault for one in self.findings],
            "text": [one.text.render(translate) for one in self.findings],
        }
        shapes = [one.geometry for one in self.findings]
        return gpd.GeoDataFrame(columns, geometry=shapes, crs=4326)


def check_areas(
    areas: Sequence[Area],
    *,
    mended: Sequence[MendedArea] = (),
    sliver_m: float = 5.0,
    progress: ProgressListener | None = None,
) -> AreaReport:
    """Look for overlaps, gaps, parts outside, crossed borders, and codes and names that clash.

    Areas of one kind must not overlap. Where there is a jurisdiction, townships, grids and
    station territories must fill it and stay in it; otherwise holes inside of their union
    count as gaps. A grid must lie in its township (or, without a parent, in one township).

    Parameters
    ----------
    areas
        Valid polygons, as :func:`geo.areafile.survey_areas` returns them.
    mended
        Those of them that had to be mended, from the same reading.
    sliver_m
        Parts of a smaller mean width (twice the area over the perimeter) are only counted.
    progress
        Told after each step.
    """
    check = _Check(areas, sliver_m)
    steps: list[Iterator[AreaFinding]] = [
        check.repairs(mended),
        *(check.overlaps(kind) for kind in AreaKind),
        *(check.gaps(kind) for kind in COVERING),
        *(check.outside(kind) for kind in COVERING),
        check.crossings(),
        check.codes(),
        check.names(),
    ]
    findings: list[AreaFinding] = []
    for number, step in enumerate(steps, start=1):
        findings += step
        if progress is not None:
            progress(number, len(steps))
    counts = {kind: len(members) for kind, members in check.areas.items() if members}
    return AreaReport(counts, tuple(findings), dict(check.slivers))


class _Check:
    """The areas by kind, and the slivers counted so far."""

    def __init__(self, areas: Sequence[Area], sliver_m: float) -> None:
        self._sliver_m = sliver_m
        self.areas: dict[AreaKind, list[Area]] = {kind: [] for kind in AreaKind}
        for area in areas:
            self.areas[area.kind].append(area)
        self._shapes = {
            kind: np.array([area.geometry for area in members], dtype=object)
            for kind, members in self.areas.items()
        }
        self._clashing: dict[AreaKind, npt.NDArray[np.bool_]] = {}
        self._unions: dict[AreaKind, BaseGeometry] = {}
        self.slivers: Counter[tuple[AreaProblem, AreaKind]] = Counter()

    def repairs(self, mended: Sequence[MendedArea]) -> Iterator[AreaFinding]:
        """Yield a finding for each area that had to be mended."""
        by_key = {(area.kind, area.code): area for area in self._all()}
        for one in mended:
            area = by_key.get((one.kind, one.code))
            if area is not None:
                changed_m2 = one.mending.changed_m2
                yield AreaFinding(
                    AreaProblem.REPAIR,
                    area.kind,
                    (area.code,),
                    area.geometry,
                    changed_m2,
                    one.message,
                )

    def overlaps(self, kind: AreaKind) -> Iterator[AreaFinding]:
        """Yield a finding for each pair of one kind that shares ground."""
        shapes, members = self._shapes[kind], self.areas[kind]
        clashing = self._clashes(kind)  # of two, one may be clean: that which holds the other
        left, right = shapely.STRtree(shapes).query(shapes[clashing], predicate="intersects")
        left = np.flatnonzero(clashing)[left]
        pairs = np.unique(np.sort(np.stack([left, right], axis=1)[left != right], axis=1), axis=0)
        first, second = pairs.T
        shared = shapely.intersection(shapes[first], shapes[second])
        for a, b, common in zip(first, second, shared, strict=True):
            wide = self._wide(common, AreaProblem.OVERLAP, kind)
            if not wide:
                continue
            one, other, ground_m2 = members[a], members[b], _total_m2(wide)
            yield AreaFinding(
                AreaProblem.OVERLAP,
                kind,
                (one.code, other.code),
                shapely.multipolygons(wide),
                ground_m2,
                message(
                    "%(kind)s %(one)s 与 %(other)s 重叠 %(area)d 平方米，请确定归属",
                    kind=KIND_NAMES[kind],
                    one=_named(one),
                    other=_named(other),
                    area=round(ground_m2),
                ),
            )

    def gaps(self, kind: AreaKind) -> Iterator[AreaFinding]:
        """Yield a finding for each piece of ground that no area of the kind covers."""
        if not self.areas[kind]:
            return
        union = self._union(kind)
        if self.areas[AreaKind.JURISDICTION]:
            missing = shapely.difference(self._union(AreaKind.JURISDICTION), union)
        else:
            rings = [ring for part in shapely.get_parts(union) for ring in part.interiors]
            missing = shapely.difference(
                shapely.union_all([Polygon(ring) for ring in rings]), union
            )
        for part in self._wide(missing, AreaProblem.GAP, kind):
            ground_m2 = _total_m2([part])
            yield AreaFinding(
                AreaProblem.GAP,
                kind,
                (),
                part,
                ground_m2,
                message(
                    "约在经度 %(lon).3f、纬度 %(lat).3f 处有 %(area)d 平方米不属于任何%(kind)s，"
                    "请补画",
                    kind=KIND_NAMES[kind],
                    area=round(ground_m2),
                    **_middle(part),
                ),
            )

    def outside(self, kind: AreaKind) -> Iterator[AreaFinding]:
        """Yield a finding for each area that reaches beyond the jurisdiction."""
        if not (self.areas[AreaKind.JURISDICTION] and self.areas[kind]):
            return
        home = self._union(AreaKind.JURISDICTION)
        shapely.prepare(home)
        suspects = np.flatnonzero(~shapely.covers(home, self._shapes[kind]))
        beyond = shapely.difference(self._shapes[kind][suspects], home)
        for index, rest in zip(suspects, beyond, strict=True):
            area = self.areas[kind][index]
            wide = self._wide(rest, AreaProblem.OUTSIDE, kind)
            if not wide:
                continue
            ground_m2 = _total_m2(wide)
            yield AreaFinding(
                AreaProblem.OUTSIDE,
                kind,
                (area.code,),
                shapely.multipolygons(wide),
                ground_m2,
                message(
                    "%(kind)s %(one)s 有 %(area)d 平方米在法院辖区以外，请核对边界",
                    kind=KIND_NAMES[kind],
                    one=_named(area),
                    area=round(ground_m2),
                ),
            )

    def crossings(self) -> Iterator[AreaFinding]:
        """Yield a finding for each grid that does not lie in one township, its own."""
        grids, towns = self.areas[AreaKind.GRID], self.areas[AreaKind.TOWNSHIP]
        if not (grids and towns):
            return
        shapes, homes = self._shapes[AreaKind.GRID], self._shapes[AreaKind.TOWNSHIP]
        by_code = {town.code: index for index, town in enumerate(towns)}
        best = self._holders()
        for index, grid in enumerate(grids):
            own = by_code.get(grid.parent_code or "")
            town = best[index] if own is None else own
            if town < 0:
                continue  # no township at all: told as a part outside
            rest = shapely.difference(shapes[index], homes[town])
            wide = self._wide(rest, AreaProblem.CROSSES, AreaKind.GRID)
            if not wide:
                continue
            ground_m2 = _total_m2(wide)
            share = ground_m2 / float(area_m2(shapes[index]))
            if own is not None and share > _HELD_SHARE:
                problem, text = AreaProblem.PARENT, _misplaced(grid, towns[own], share)
            else:
                problem = AreaProblem.CROSSES
                text = message(
                    "网格 %(one)s 有 %(area)d 平方米越出乡镇 %(other)s，请核对边界",
                    one=_named(grid),
                    other=_named(towns[town]),
                    area=round(ground_m2),
                )
            codes = (grid.code, towns[town].code)
            shape = shapely.multipolygons(wide)
            yield AreaFinding(problem, AreaKind.GRID, codes, shape, ground_m2, text)

    def codes(self) -> Iterator[AreaFinding]:
        """Yield a finding for each parent that is unknown, or whose digits the code denies."""
        known = {area.code for members in self.areas.values() for area in members}
        for area in self._all():
            parent = area.parent_code
            if parent is None:
                continue
            if parent not in known:
                text = message(
                    "%(kind)s %(one)s 的上级代码 %(parent)s 不在文件中，请核对",
                    kind=KIND_NAMES[area.kind],
                    one=_named(area),
                    parent=parent,
                )
                yield _about(AreaProblem.PARENT, area, (area.code,), text)
            elif _denies(area.code, parent):
                text = message(
                    "%(kind)s %(one)s 的代码不以上级代码 %(parent)s 开头，请核对两者",
                    kind=KIND_NAMES[area.kind],
                    one=_named(area),
                    parent=parent,
                )
                yield _about(AreaProblem.CODE, area, (area.code, parent), text)

    def names(self) -> Iterator[AreaFinding]:
        """Yield a finding for each name that several areas of one kind have."""
        same: dict[tuple[AreaKind, str], list[Area]] = defaultdict(list)
        for area in self._all():
            same[area.kind, area.name].append(area)
        for (kind, name), members in same.items():
            if len(members) < 2:
                continue
            parents = Counter(area.parent_code for area in members)
            codes = tuple(area.code for area in members)
            text = message(
                "%(kind)s名称“%(name)s”出现 %(count)d 次（代码 %(codes)s），请核对是否重名",
                kind=KIND_NAMES[kind],
                name=name,
                count=len(members),
                codes="、".join(codes[:_SHOWN_CODES]) + ("…" if codes[_SHOWN_CODES:] else ""),
            )
            clash = max(parents.values()) > 1
            yield _about(AreaProblem.NAME, members[0], codes, text, is_fault=clash)

    def _all(self) -> Iterator[Area]:
        for members in self.areas.values():
            yield from members

    def _clashes(self, kind: AreaKind) -> npt.NDArray[np.bool_]:
        """Tell which areas do not fit their neighbours line by line; the others are clean."""
        if kind not in self._clashing:
            shapes = self._shapes[kind]
            edges = shapely.coverage_invalid_edges(shapes) if len(shapes) else shapes
            self._clashing[kind] = ~shapely.is_empty(edges)
        return self._clashing[kind]

    def _union(self, kind: AreaKind) -> BaseGeometry:
        if kind not in self._unions:
            shapes, clashing = self._shapes[kind], self._clashes(kind)
            clean = shapely.coverage_union_all(shapes[~clashing])
            self._unions[kind] = shapely.union_all([clean, *shapes[clashing]])
        return self._unions[kind]

    def _holders(self) -> npt.NDArray[np.int64]:
        """Return for each grid the township that holds most of it, -1 where none does."""
        shapes, homes = self._shapes[AreaKind.GRID], self._shapes[AreaKind.TOWNSHIP]
        grid, town = shapely.STRtree(homes).query(shapes, predicate="intersects")
        shared = shapely.area(shapely.intersection(shapes[grid], homes[town]))
        best = np.full(len(shapes), -1)
        rising = np.argsort(shared, kind="stable")
        best[grid[rising]] = np.where(shared[rising] > 0, town[rising], -1)
        return best

    def _wide(self, shape: BaseGeometry, problem: AreaProblem, kind: AreaKind) -> list[Any]:
        """Return the polygons in a shape that are no slivers, and count those that are."""
        parts = shapely.get_parts(shapely.get_parts(shape))
        parts = parts[shapely.area(parts) > 0]
        if not len(parts):
            return []
        wide = 2.0 * area_m2(parts) >= self._sliver_m * length_m(shapely.boundary(parts))
        thin = int(np.count_nonzero(~wide))
        if thin:
            self.slivers[problem, kind] += thin
        return list(parts[wide])


def _total_m2(parts: Sequence[BaseGeometry]) -> float:
    return float(np.sum(area_m2(np.asarray(parts, dtype=object))))


def _named(area: Area) -> str:
    return f"{area.code}（{area.name}）"


def _middle(shape: BaseGeometry) -> dict[str, float]:
    point = shapely.point_on_surface(shape)
    return {"lon": point.x, "lat": point.y}


def _misplaced(grid: Area, town: Area, share: float) -> Message:
    return message(
        "网格 %(one)s 的上级是乡镇 %(other)s，但 %(share)d%% 的面积不在其中，请核对上级代码",
        one=_named(grid),
        other=_named(town),
        share=round(100.0 * share),
    )


def _denies(code: str, parent: str) -> bool:
    """Whether two statistical codes of six, nine or twelve digits contradict each other."""
    if not all(one.isdigit() and len(one) in _CODE_DIGITS for one in (code, parent)):
        return False
    whole = parent[:6].removesuffix("00").removesuffix("00")  # a city, a province
    if len(whole) == 6:
        whole = parent
        while len(whole) > 6 and whole.endswith("000"):
            whole = whole[:-3]
    return not code.startswith(whole)


def _about(
    problem: AreaProblem,
    area: Area,
    codes: tuple[str, ...],
    text: Message,
    *,
    is_fault: bool = True,
) -> AreaFinding:
    return AreaFinding(problem, area.kind, codes, area.geometry, 0.0, text, is_fault)
