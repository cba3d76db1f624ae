"""Stores in, problem out: windows, needs, escorts, duties, blocks, and the limits of size."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime, time
from typing import Any

import numpy as np
import pytest

from geo.errors import TravelError
from geo.model import Area, AreaKind, Floats, HourBand, Point, Precision, TravelMatrix, TravelPath
from routes.calendar import WorkCalendar
from routes.errors import CalendarError, ProblemError
from routes.locating import default_parameters
from routes.model import (
    Case,
    CaseId,
    CaseKind,
    CaseStatus,
    Checkpoint,
    ClaimId,
    Debtor,
    DebtorId,
    EscortHours,
    Grade,
    Place,
    PlaceKind,
    Station,
    TeamId,
)
from routes.planning import MaxIterations, solve
from routes.planning.prepare import Prepared, build_problem
from routes.planning.problem import EscortMode, EscortSlot, UnassignedReason
from routes.planning.validate import violations
from tests.fakes import MemoryCases, MemoryField
from tests.routes.rules.samples import CASE, CLAIM, DEBTOR, LOCAL, PROFILE, TEAM

DAY = date(2026, 11, 26)  # a Thursday
SATURDAY = date(2026, 11, 28)
NEW_YEAR = date(2026, 1, 1)
NOW = datetime(2026, 11, 25, 10, 0, tzinfo=LOCAL)
CREW = replace(TEAM, officers=3, skills=frozenset({"licence", "recorder", "female_officer"}))


class Plain:
    """Travel in a straight line at 10 m/s; east of 119 degrees no road leads."""

    profiles: tuple[str, ...] = ("car",)

    def __init__(self) -> None:
        self.asked: list[tuple[int, HourBand]] = []

    def matrix(
        self,
        origins_lonlat: Floats,
        targets_lonlat: Floats,
        *,
        profile: str = "car",
        band: HourBand = HourBand.MIDDAY,
    ) -> TravelMatrix:
        if profile not in self.profiles:
            raise TravelError("未知的交通方式")
        self.asked.append((len(origins_lonlat), band))
        step = origins_lonlat[:, None, :] - targets_lonlat[None, :, :]
        length_m = np.sqrt((step**2).sum(axis=2)) * 100_000.0
        length_m[origins_lonlat[:, 0] > 119.0, :] = np.inf
        length_m[:, targets_lonlat[:, 0] > 119.0] = np.inf
        return TravelMatrix(length_m / 10.0, length_m)

    def path(self, origin: Point, target: Point, **_: object) -> TravelPath | None:
        return None


class Halves:
    """Station P1 holds the west, P2 the east of 118.65 degrees."""

    def areas(self, kind: AreaKind) -> Sequence[Area]:
        return ()

    def code_at(self, points_lonlat: Floats, *, kind: AreaKind) -> list[str | None]:
        assert kind is AreaKind.STATION_TERRITORY
        return ["P1" if lon < 118.65 else "P2" for lon in points_lonlat[:, 0]]


def _weekly(start: int, end: int, days: Sequence[int] = range(7), officers: int = 1) -> Any:
    return tuple(EscortHours(day, time(start), time(end), officers) for day in days)


def _field(**changes: Any) -> MemoryField:
    parts: dict[str, Any] = {
        "teams": (CREW,),
        "shifts": {"T1": _weekly(8, 18)},
        "stations": (
            Station("P1", "甲所", Point(118.62, 24.96), _weekly(9, 12) + _weekly(11, 17)),
            Station("P2", "乙所", Point(118.67, 24.96)),
        ),
        "checkpoints": (Checkpoint("K1", "东站", "rail", Point(118.63, 24.97)),),
        "duty_hours": {"K1": _weekly(15, 16, (3,))},
    }
    return MemoryField(**{**parts, **changes})


def _case(n: int, **changes: Any) -> tuple[Case, Debtor]:
    number = replace(CASE.number, seq=n)
    case = replace(CASE, id=CaseId(f"C{n}"), number=number, **changes)
    return case, replace(DEBTOR, id=DebtorId(f"D{n}"), case_id=case.id)


def _claim(n: int, lon: float = 118.62, **changes: Any) -> Any:
    place = Place(Point(lon, 24.95 + n / 1000), Precision.DOOR, 0.9)
    return replace(
        CLAIM, id=ClaimId(f"A{n}"), debtor_id=DebtorId(f"D{n}"), **{"place": place, **changes}
    )


def _store(*made: tuple[tuple[Case, Debtor], tuple[Any, ...]]) -> MemoryCases:
    return MemoryCases(
        [case for (case, _), _ in made],
        [debtor for (_, debtor), _ in made],
        [claim for _, claims in made for claim in claims],
    )


def _build(store: MemoryCases, **changes: Any) -> Prepared:
    asked: dict[str, Any] = {
        "problem_id": "P",
        "days": (DAY,),
        "now": NOW,
        "cases": store,
        "field": _field(),
        "travel": Plain(),
        "calendar": WorkCalendar(),
        "parameters": default_parameters(),
        "profile": PROFILE,
        "areas": Halves(),
    }
    return build_problem(**{**asked, **changes})


ONE = ((_case(1)), (_claim(1),))


def test_windows_are_the_bands_inside_lawful_hours() -> None:
    field = _field(shifts={"T1": _weekly(7, 18)})
    options = {o.band: o for o in _build(_store(ONE), field=field).problem.options}
    assert set(options) == {"dawn", "morning", "midday", "afternoon"}  # no shift in the evening
    assert (options["dawn"].window_start_s, options["dawn"].window_end_s) == (25200, 28799)
    assert (options["morning"].window_start_s, options["morning"].window_end_s) == (28800, 41399)
    for option in options.values():
        assert option.needed_skills == {"licence", "recorder"}
        assert option.min_officers == 2
        assert (option.debtor, option.claim, option.day) == ("D1", "A1", DAY)
        assert option.service_s > 0
        assert 0.0 < option.p_found < 1.0
        assert option.value > 0.0


def test_needs_follow_from_the_debtor() -> None:
    case, debtor = _case(1)
    asked = replace(debtor, needs_female_officer=True)
    problem = _build(_store(((case, asked), (_claim(1),)))).problem
    assert all("female_officer" in option.needed_skills for option in problem.options)


def test_eviction_and_black_list_take_an_escort_of_the_territory() -> None:
    held = replace(_claim(3).place, station_id="P1")
    problem = _build(
        _store(
            (_case(1, grade=Grade.BLACK), (_claim(1, 118.62),)),
            (_case(2, kind=CaseKind.EVICTION, major_matter=True), (_claim(2, 118.67),)),
            (_case(3, grade=Grade.BLACK), (_claim(3, place=held),)),
            (_case(4), (_claim(4),)),
        )
    ).problem
    sent = {o.debtor: (o.escort, o.escort_stations) for o in problem.options}
    assert sent == {
        "D1": (EscortMode.AT_DOOR, ("P1",)),
        "D2": (EscortMode.AT_DOOR, ("P2",)),
        "D3": (EscortMode.AT_DOOR, ("P1",)),
        "D4": (EscortMode.NONE, ()),
    }


def test_overlapping_escort_hours_add_up() -> None:
    station = _build(_store(ONE)).problem.escort_stations[0]
    assert station.calendar == (
        EscortSlot(DAY, 32400, 39600, 1),
        EscortSlot(DAY, 39600, 43200, 2),
        EscortSlot(DAY, 43200, 61200, 1),
    )


def test_what_a_rule_blocks_is_listed_and_never_planned() -> None:
    prepared = _build(
        _store(
            ONE,
            (_case(2, grade=Grade.RED), (_claim(2),)),
            (_case(3), (_claim(3, basis=None),)),
            (_case(4, status=CaseStatus.ENDED), (_claim(4),)),
            (_case(5), (_claim(5, place=None),)),
            (_case(6), (_claim(6, place=Place(Point(118.6, 24.9), Precision.TOWNSHIP, 0.9)),)),
        )
    )
    assert prepared.debtors_considered == 5
    assert prepared.blocked == 2
    assert prepared.unlocated == 2
    assert {f.subject for f in prepared.problem.blocked} == {"debtor:D2", "debtor:D3"}
    assert {f.rule for f in prepared.problem.blocked} >= {"N2", "N7"}
    assert {o.debtor for o in prepared.problem.options} == {"D1"}
    plan = solve(prepared.problem, stop=MaxIterations(20))
    reasons = {item.ref: item.reason for item in plan.unassigned}
    assert reasons["D2"] is UnassignedReason.BLOCKED
    assert violations(prepared.problem, plan) == ()


def test_a_blocked_address_leaves_the_others() -> None:
    other = replace(_claim(1, 118.63, basis=None), id=ClaimId("A1b"))
    problem = _build(_store((_case(1), (_claim(1), other)))).problem
    assert {o.claim for o in problem.options} == {"A1"}


def test_a_holiday_has_no_lawful_hour() -> None:
    due = _case(1, filed_on=date(2025, 3, 2), performance_due_on=date(2025, 1, 2))
    prepared = _build(
        _store((due, (_claim(1, seen_on=date(2025, 3, 1)),))),
        days=(NEW_YEAR,),
        now=datetime(2025, 12, 20, tzinfo=LOCAL),
    )
    assert prepared.problem.options == ()
    assert (prepared.without_hour, prepared.blocked) == (1, 0)


def test_a_night_shift_ends_every_visit_by_the_lawful_end() -> None:
    made = [(_case(n), (_claim(n, kind=list(PlaceKind)[n % 4]),)) for n in range(1, 30)]
    evicted = (_case(30, kind=CaseKind.EVICTION, major_matter=True), (_claim(30),))
    prepared = _build(_store(*made, evicted), field=_field(shifts={"T1": _weekly(17, 23)}))
    options = prepared.problem.options
    assert max(o.window_end_s + o.service_s for o in options) == 21 * 3600
    plan = solve(prepared.problem, stop=MaxIterations(50))
    ends = [s.departure_s for r in plan.routes for s in r.stops if s.kind == "visit"]
    assert ends
    assert max(ends) <= 21 * 3600
    late = datetime(2026, 11, 26, 20, 45, tzinfo=LOCAL)
    assert _timely(_build(_store(ONE), now=late, field=_field(shifts={"T1": _weekly(17, 23)}))) == 0


def _timely(prepared: Prepared) -> int:
    shift = prepared.problem.shifts[0]
    return sum(o.window_end_s >= shift.start_s for o in prepared.problem.options)


def test_presence_differs_on_days_of_rest() -> None:
    problem = _build(_store(ONE), days=(SATURDAY, DAY)).problem
    p_found = {(o.day, o.band): o.p_found for o in problem.options}
    assert p_found[SATURDAY, "morning"] != p_found[DAY, "morning"]


def test_shifts_have_lunch_and_lose_what_has_passed() -> None:
    shift = _build(_store(ONE)).problem.shifts[0]
    assert (shift.start_s, shift.end_s) == (28800, 64800)
    assert [b.window_start_s for b in shift.breaks] == [41400]
    now = datetime(2026, 11, 26, 13, 30, tzinfo=LOCAL)
    cut = _build(_store(ONE), now=now).problem.shifts[0]
    assert (cut.start_s, cut.end_s, cut.breaks) == (48600, 64800, ())


def test_duties_come_with_their_rules() -> None:
    prepared = _build(_store(ONE))
    (duty,) = prepared.problem.duties
    assert (duty.window_start_s, duty.window_end_s, duty.service_s) == (54000, 54000, 3600)
    assert duty.label == "东站"
    plan = solve(prepared.problem, stop=MaxIterations(20))
    assert [s.ref for r in plan.routes for s in r.stops if s.kind == "duty"] == [duty.id]


def test_the_most_valuable_debtors_are_taken_while_there_is_room() -> None:
    made = [(_case(n, claim_yuan=1000.0 * n), (_claim(n),)) for n in range(1, 9)]
    prepared = _build(_store(*made), max_debtors=3)
    assert {o.debtor for o in prepared.problem.options} == {"D8", "D7", "D6"}
    assert prepared.left_out == 5
    few = _build(_store(*made), max_options_per_debtor=1).problem
    assert len(few.options) == 8


def test_matrices_are_asked_only_for_bands_in_which_somebody_is_out() -> None:
    travel, heard = Plain(), []
    problem = _build(
        _store(ONE), travel=travel, progress=lambda done, total: heard.append((done, total))
    ).problem
    assert [band for _, band in travel.asked] == ["morning_peak", "midday", "evening_peak"]
    assert problem.bands[0].start_s == 0
    assert problem.bands[-1].end_s == 86400
    assert heard[-1][0] == heard[-1][1]
    assert [done for done, _ in heard] == sorted(done for done, _ in heard)


def test_the_plan_of_a_district_is_valid_and_far_debtors_say_so() -> None:
    made = [
        (
            _case(n, grade=Grade.BLACK if n % 5 == 0 else Grade.NONE),
            (_claim(n, 118.6 + n / 800, kind=list(PlaceKind)[n % 4]),),
        )
        for n in range(1, 60)
    ]
    far = (_case(99), (_claim(99, 119.5),))
    prepared = _build(_store(*made, far), days=(DAY, SATURDAY))
    plan = solve(prepared.problem, stop=MaxIterations(200), seed=1)
    assert violations(prepared.problem, plan) == ()
    assert sum(len(r.stops) for r in plan.routes) > 20
    reasons = {item.ref: item.reason for item in plan.unassigned}
    assert reasons["D99"] is UnassignedReason.TOO_FAR


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"days": ()}, ProblemError),
        ({"days": (date(2026, 11, 24),)}, ProblemError),
        ({"field": _field(shifts={})}, ProblemError),
        ({"field": _field(teams=(replace(CREW, profile="boat"),))}, ProblemError),
        ({"days": (date(2031, 1, 6),)}, CalendarError),
    ],
    ids=["no-day", "past", "no-shift", "vehicle", "calendar"],
)
def test_what_cannot_be_planned_is_refused(changes: dict[str, Any], error: type) -> None:
    with pytest.raises(error) as caught:
        _build(_store(ONE), **changes)
    assert "%(" not in str(caught.value)


def test_unknown_teams_have_no_shift() -> None:
    field = _field(teams=(CREW, replace(CREW, id=TeamId("T2"))))
    assert [s.team for s in _build(_store(ONE), field=field).problem.shifts] == ["T1"]
