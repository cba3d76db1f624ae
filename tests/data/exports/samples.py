"""A small plan with every kind of stop, and texts that try to be more than text."""

from __future__ import annotations

from datetime import UTC, date, datetime

import numpy as np

from data.exports import StopLabel
from geo.model import Floats
from routes.planning.problem import (
    Matrix,
    Option,
    Plan,
    PlanDuty,
    PlanFinding,
    PlanPlace,
    PlanTeam,
    Problem,
    Route,
    Stop,
    StopKind,
    TimeBand,
    Unassigned,
    UnassignedReason,
    WorkShift,
)

MADE_AT = datetime(2026, 11, 25, 1, 30, tzinfo=UTC)
DAY = date(2026, 11, 26)
DOOR_LONLAT = (118.5895, 24.9089)
HOSTILE = (
    "<script>alert(1)</script>",
    "${alert(1)} {{ 7*7 }} {% raw %}",
    "=cmd()|'/c calc'!A1",
    "+1+1",
    "-1-1",
    "@SUM(A1)",
    "\t=1+1",
    '#eval("1+1") #panic() *bold* _x_ $x$ @ref <lab> \\ `raw` // c',
    "\"quoted\" 'single' \\\\ ; , : \\n",
    "<![CDATA[x]]><Folder><name>evil</name></Folder>",
    "line one\nBEGIN:VEVENT\nEND:VCALENDAR",
    "]]>&amp;&lt;b&gt;",
    "</json>\u2028\u2029",
)


def problem() -> Problem:
    zeros = np.zeros((4, 4))
    return Problem(
        id="P-1",
        places=(
            PlanPlace("base", 118.58, 24.90),
            PlanPlace("door", *DOOR_LONLAT),
            PlanPlace("gate", 118.60, 24.92),
            PlanPlace("far", 118.70, 24.99),
        ),
        bands=(TimeBand("all", 0, 86400),),
        matrices=(Matrix("car", "all", zeros, zeros.copy()),),
        teams=(PlanTeam("T1", 2, frozenset(), "car", "第一组"),),
        shifts=(WorkShift("S1", "T1", DAY, 28800, 64800, "base", "base"),),
        options=(
            Option("O1", "D1", "door", DAY, 28800, 64800, 1800, 3.0, 0.5),
            Option("O2", "D2", "far", DAY, 28800, 64800, 1800, 3.0, 0.5),
        ),
        duties=(PlanDuty("Q1", "checkpoint", "gate", DAY, 36000, 36000, 3600),),
    )


def plan(problem_id: str = "P-1") -> Plan:
    finding = PlanFinding("A1", "warn", "plan", "请核对送达日期", "民事诉讼法第二百五十一条")
    stops = (
        Stop(StopKind.VISIT, "O1", "door", 30600, 30600, 32400, 3.0, escort_station="PS-1"),
        Stop(StopKind.DUTY, "Q1", "gate", 35400, 36000, 39600),
        Stop(StopKind.BREAK, "", "base", 43200, 43200, 46800),
    )
    return Plan(
        problem_id,
        "alns",
        1,
        10,
        3.0,
        (Route("S1", "T1", DAY, 30000, 50400, stops, 2400, 18350),),
        (Unassigned("D2", UnassignedReason.TOO_FAR, "4.5 h"),),
        (finding,),
    )


def label(text: str = "张三住处") -> StopLabel:
    return StopLabel(
        title=text,
        case_number="（2026）闽0504执123号",
        address=text,
        debtor=text,
        hazards=(text,),
        documents=("传票", text),
        findings=(PlanFinding("H1", "sign_off", "visit:O1", text, "民事诉讼法第二百五十二条"),),
    )


def paths() -> dict[str, Floats]:
    return {"S1": np.array([[118.58, 24.90], [118.585, 24.905], [118.5895, 24.9089]])}
