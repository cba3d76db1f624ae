"""Processor time to find the cheapest lawful change of a visit with many faults.

``python -m benchmarks.rules [--repeats N]`` prints ``name value unit``.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Sequence
from datetime import date, timedelta

import numpy as np

from benchmarks.report import figure
from geo.localtime import moment_at
from geo.model import Point, Precision
from routes.calendar import WorkCalendar
from routes.model import (
    AddressClaim,
    Case,
    CaseId,
    CaseKind,
    CaseNumber,
    CaseStatus,
    ClaimId,
    ClaimSource,
    Debtor,
    DebtorId,
    DebtorKind,
    Grade,
    Identifier,
    Place,
    PlaceKind,
    SecretText,
    Shift,
    Team,
    TeamId,
)
from routes.rules import load_profile
from routes.rules.fixes import LawfulVisit, VisitAsk, cheapest_fix

__all__ = ["faulty_visit"]

_DAY = date(2026, 11, 25)
_HOUR_S = 3600
_TEAMS = 10
_POINT = Point(118.61, 24.95)


def faulty_visit() -> tuple[VisitAsk, tuple[Team, ...]]:
    """Return a visit before dawn with faults of case, address, crew and court, and other teams."""
    case = Case(
        id=CaseId("c"),
        number=CaseNumber.parse("（2026）闽0599执1号"),
        kind=CaseKind.LOAN,
        status=CaseStatus.STAYED,
        claim_yuan=50_000.0,
        filed_on=date(2026, 3, 2),
        performance_due_on=date(2025, 12, 31),
        notice_sent_on=date(2026, 3, 5),
        grade=Grade.WHITE,
        paused_until=_DAY + timedelta(days=9),
        major_matter=False,
        vulnerable=("elderly",),
        objection_pending=False,
    )
    debtor = Debtor(
        id=DebtorId("d"),
        case_id=case.id,
        kind=DebtorKind.PERSON,
        name=SecretText("示例"),
        identifiers=frozenset({Identifier.NAME}),
    )
    claim = AddressClaim(
        id=ClaimId("a"),
        debtor_id=debtor.id,
        text=SecretText("示例"),
        source=ClaimSource.HOUSEHOLD_REGISTER,
        kind=PlaceKind.HOME,
        seen_on=date(2026, 5, 1),
        place=Place(_POINT, Precision.DOOR, 0.9),
        expires_on=_DAY,
    )
    skills = frozenset({"licence", "recorder"})
    teams = tuple(Team(TeamId(f"t{n}"), "示例", 2, skills, "car", _POINT) for n in range(1, _TEAMS))
    alone = Team(TeamId("t0"), "示例", 1, frozenset(), "car", _POINT, outsiders=2)
    begin = moment_at(_DAY, 5 * _HOUR_S)
    end = begin + timedelta(minutes=30)
    ask = VisitAsk(case, debtor, claim, alone, begin, end, inside=False, other_province=False)
    return ask, teams


def fix_ms(repeats: int) -> float:
    """Return the median processor time of the search, warm; it must find a lawful visit."""
    ask, teams = faulty_visit()
    calendar, profile = WorkCalendar(), load_profile(None)
    assert ask.team is not None
    rostered = (ask.team, *teams)

    def shifts(day: date) -> Sequence[Shift]:
        begin, end = (moment_at(day, hour * _HOUR_S) for hour in (8, 18))
        return [Shift(team.id, begin, end) for team in rostered]

    def search() -> None:
        found = cheapest_fix(
            ask, calendar=calendar, profile=profile, teams=teams, shifts=shifts, now=ask.starts_at
        )
        assert isinstance(found, LawfulVisit)

    search()
    times_s = []
    for _ in range(repeats):
        begun_s = time.process_time()
        search()
        times_s.append(time.process_time() - begun_s)
    return 1_000.0 * float(np.median(times_s))


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser(description="Measure the search of the cheapest lawful fix.")
    parser.add_argument("--repeats", type=int, default=20, help="searches that are timed")
    figure("cheapest_fix_of_many_faults_cpu_ms", fix_ms(parser.parse_args().repeats), "ms")


if __name__ == "__main__":
    main()
