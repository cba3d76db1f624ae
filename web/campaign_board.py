"""Campaigns as people read them: days, weeks, needs by township, with the townships' names."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

from geo.localtime import local_day
from geo.messages import Message, message
from geo.ports import AreaIndex, TravelEngine
from routes.locating import Located
from routes.planning.campaign_needs import Campaigns, build_campaigns
from routes.planning.problem import Break
from routes.planning.step_stops import clocks_by_case
from routes.seasons import Seasons
from web.overview import township_choices
from web.step_records import RuleSources, step_files

__all__ = [
    "MOST_WEEKS",
    "campaign_json",
    "campaign_notes",
    "campaigns_of",
    "next_monday",
    "township_needs",
]

MOST_WEEKS = 26


def next_monday(sources: RuleSources) -> date:
    """Return the first Monday after today."""
    today = local_day(sources.clock())
    return today + timedelta(days=7 - today.weekday())


def campaigns_of(
    sources: RuleSources,
    located: Located,
    seasons: Seasons,
    travel: TravelEngine | None,
    *,
    first: date,
    weeks: int,
    rests: Sequence[Break],
) -> Campaigns:
    """Return campaign days for some weeks, by the cases as they stand now."""
    clocks = clocks_by_case(
        step_files(sources),
        now=sources.clock(),
        calendar=sources.calendar,
        profile=sources.profile,
    )
    return build_campaigns(
        first=first,
        weeks=weeks,
        cases=sources.store,
        field=sources.store,
        located=located,
        calendar=sources.calendar,
        parameters=located.parameters,
        profile=sources.profile,
        seasons=seasons,
        travel=travel,
        clocks=clocks,
        rests=rests,
    )


def campaign_json(found: Campaigns, areas: AreaIndex | None) -> dict[str, list[dict[str, Any]]]:
    """Return weeks, campaign days and needs; debtors by number only, hours with two digits."""
    names = dict(township_choices(areas))
    return {
        "weeks": [
            {
                "week": week.first.isoformat(),
                "seasons": list(seasons),
                "capacity_h": _hours(week.capacity_s),
                "pressing_h": _hours(week.pressing_s),
                "planned_h": _hours(week.planned_s),
                "overload_h": _hours(week.overload_s),
                "left_waiting": week.left_waiting,
                "assumed_days": week.assumed_days,
            }
            for week, seasons in zip(found.plan.weeks, found.seasons, strict=True)
        ],
        "campaigns": [
            {
                "day": one.day.isoformat(),
                "township": one.township,
                "name": names.get(one.township, one.township),
                "kind": one.kind.value,
                "debtors": len(one.debtors),
                "expected_found": round(one.expected_found, 2),
                "hours": _hours(one.team_s),
                "lost_by_waiting": round(one.lost, 2),
                "limit": None if one.limit is None else one.limit.isoformat(),
            }
            for one in found.plan.campaigns
        ],
        "needs": [
            {
                "township": one.township,
                "name": names.get(one.township, one.township),
                "kind": one.kind.value,
                "debtors": one.debtors,
                "expected_found": round(one.expected_found, 2),
                "hours": _hours(one.team_s) if one.reachable else None,
                "planned": one.planned,
            }
            for one in found.plan.needs
        ],
    }


def township_needs(found: Campaigns) -> dict[str, dict[str, float]]:
    """Return by township the debtors, expected finds and team-hours of all kinds."""
    totals: dict[str, dict[str, float]] = {}
    for one in found.plan.needs:
        total = totals.setdefault(one.township, {"debtors": 0, "expected": 0.0, "hours": 0.0})
        total["debtors"] += one.debtors
        total["expected"] = round(total["expected"] + one.expected_found, 2)
        total["hours"] = round(total["hours"] + _hours(one.team_s), 2)
    return totals


def campaign_notes(found: Campaigns) -> tuple[Message, ...]:
    """Return sentences on what the numbers rest on and who was left aside."""
    notes = [
        message("季节对在家、在岗概率的影响为假定值，可在数据目录的 seasons.toml 中改为本院数值")
    ]
    assumed = sum(one.assumed for one in found.days)
    if assumed:
        notes.append(
            message(
                "有 %(count)d 天工作日历尚未发布，按星期推定；请在放假安排公布后导入工作日历",
                count=assumed,
            )
        )
    if found.by_crow:
        notes.append(message("没有路网，路程按直线距离估算"))
    if found.blocked:
        notes.append(message("另有 %(count)d 个被执行人因规则不得走访", count=found.blocked))
    if found.unlocated:
        notes.append(message("另有 %(count)d 个被执行人没有可到达的地址", count=found.unlocated))
    return tuple(notes)


def _hours(seconds: int) -> float:
    return round(seconds / 3600, 2)
