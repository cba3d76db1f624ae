"""A tiny invented court: two stations, four grids, a few dozen cases, one plan of two days."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from functools import partial
from pathlib import Path

import mapbox_vector_tile
import numpy as np
from argon2 import PasswordHasher
from shapely.geometry import LineString, Polygon, box
from shapely.geometry import Point as Dot
from shapely.geometry.base import BaseGeometry

from data.demo.people import credit_code, id_number
from data.model import Role
from data.store import Store
from geo.areas import AreaSet
from geo.model import Area, AreaKind, Point, Precision
from geo.travel import PROFILES
from routes.calendar import WorkCalendar
from routes.locating import default_parameters, locate
from routes.model import (
    ActionId,
    AddressClaim,
    Case,
    CaseId,
    CaseKind,
    CaseNumber,
    CaseStatus,
    Checkpoint,
    ClaimId,
    ClaimSource,
    Debtor,
    DebtorId,
    DebtorKind,
    DutyBasis,
    EscortHours,
    Grade,
    Identifier,
    Outcome,
    OutcomeKind,
    Place,
    PlaceKind,
    SecretText,
    Situation,
    Station,
    Team,
    TeamId,
    VisitBand,
)
from routes.planning.problem import (
    Break,
    EscortMode,
    EscortSlot,
    EscortStation,
    Matrix,
    Option,
    Plan,
    PlanDuty,
    PlanPlace,
    PlanTeam,
    Problem,
    Route,
    Stop,
    StopKind,
    TimeBand,
    Together,
    Unassigned,
    UnassignedReason,
    WorkShift,
)
from routes.rules import load_profile
from web.services import Services

NOW = datetime(2026, 11, 25, 1, 0, tzinfo=UTC)
DAYS = (date(2026, 11, 26), date(2026, 11, 27))
TEAM_SKILLS = frozenset({"licence", "recorder", "female_officer"})
DUTY = f"CP-1-{DAYS[0]:%Y%m%d}-1400"
ACTION = ActionId("20261126-a1b2c3")
DUTY_PHONE = "0595 0000 0201"
PASSWORD = "correct-horse-7"
QUICK = PasswordHasher(time_cost=1, memory_cost=64, parallelism=1)
HOSTILE_NAME = "<script>alert('x')</script>${7*7}{{ 7*7 }}"
HOSTILE_TEXT = "示例市青溪镇<img src=x onerror=alert(1)>石井村\"'`12号"
WEST, SOUTH, EAST, NORTH = 118.50, 24.84, 118.70, 25.00
_MIDDLE_LON, _MIDDLE_LAT = 118.60, 24.92
_SURNAMES = "欧阳甲乙丙丁戊己庚辛"
_CASES = 48


@dataclass
class SetClock:
    """A clock that tests set."""

    at: datetime = NOW

    def __call__(self) -> datetime:
        return self.at


def fill(folder: Path) -> None:
    """Write the tiny court's store into a folder."""
    store = Store.open(folder, clock=SetClock(), create=True, hasher=QUICK)
    try:
        store.replace_areas(areas())
        store.put(
            stations=stations(),
            checkpoints=checkpoints(),
            duty_hours={"CP-1": (EscortHours(DAYS[0].weekday(), time(14), time(15)),)},
            duty_basis={
                "CP-1": DutyBasis(
                    "协助执行通知书（2026）第7号",
                    DebtorId("d001"),
                    "协助查找下落",
                    "示例站派出所值班室",
                    DAYS[-1],
                )
            },
            teams=teams(),
        )
        cases, debtors, claims, outcomes = case_files()
        store.put(cases_=cases, debtors=debtors, claims=claims, outcomes=outcomes)
        problem = plan_problem(claims)
        store.save(ACTION, problem, plan(problem), made_at=NOW)
        _open_accounts(store)
        store.accounts.create("neighbour", PASSWORD, Role.POLICE_LIAISON, "邻所", station_id="PS-2")
    finally:
        store.close()


def fill_empty(folder: Path) -> None:
    """Write the store of a court that has its accounts and one station, and nothing else yet."""
    store = Store.open(folder, clock=SetClock(), create=True, hasher=QUICK)
    try:
        store.put(stations=stations()[:1])
        _open_accounts(store)
    finally:
        store.close()


def _open_accounts(store: Store) -> None:
    for role in Role:
        made = store.accounts.create(
            role.value,
            PASSWORD,
            role,
            f"示范{role.value}",
            station_id="PS-1" if role is Role.POLICE_LIAISON else None,
            grid_code="350504101201" if role is Role.GRID_LIAISON else None,
        )
        store.accounts.set_tour_seen(made.id, seen=True)


def open_services(folder: Path, clock: SetClock) -> Services:
    """Join the store in a folder with the parts that pages call."""
    store = Store.open(folder, clock=clock, hasher=QUICK)
    return Services(
        store=store,
        clock=clock,
        locate=partial(locate, parameters=default_parameters()),
        profile=load_profile(None),
        calendar=WorkCalendar(),
        vehicles=PROFILES,
        areas=AreaSet(store.areas()),
        basemap=TinyBasemap(),
    )


def areas() -> list[Area]:
    """Return the district, two townships, four grids and two territories."""
    district = box(WEST, SOUTH, EAST, NORTH)
    left, right = box(WEST, SOUTH, _MIDDLE_LON, NORTH), box(_MIDDLE_LON, SOUTH, EAST, NORTH)
    found = [
        Area("350504", "示例区", AreaKind.JURISDICTION, district),
        Area("350504101", "青溪镇", AreaKind.TOWNSHIP, left, "350504"),
        Area("350504102", "白沙镇", AreaKind.TOWNSHIP, right, "350504"),
        Area("PS-1", "青溪派出所辖区", AreaKind.STATION_TERRITORY, left),
        Area("PS-2", "白沙派出所辖区", AreaKind.STATION_TERRITORY, right),
    ]
    for side, town, name in ((left, "350504101", "青溪"), (right, "350504102", "白沙")):
        west, south, east, north = side.bounds
        for row, village in enumerate(("上", "下")):
            low = south if row == 0 else _MIDDLE_LAT
            high = _MIDDLE_LAT if row == 0 else north
            code = f"{town}20{row + 1}"
            shape = box(west, low, east, high)
            found.append(Area(code, f"{name}{village}村", AreaKind.GRID, shape, town))
    return found


def stations() -> list[Station]:
    hours = tuple(EscortHours(day, time(8), time(18)) for day in range(5))
    return [
        Station("PS-1", "青溪派出所", Point(118.552, 24.921), hours, DUTY_PHONE),
        Station("PS-2", "白沙派出所", Point(118.648, 24.915), hours),
    ]


def checkpoints() -> list[Checkpoint]:
    return [
        Checkpoint("CP-1", "示例站", "rail", Point(118.59, 24.905)),
        Checkpoint("CP-2", "青溪出口", "expressway", Point(118.53, 24.95)),
    ]


def teams() -> list[Team]:
    base = Point(118.602, 24.93)
    return [
        Team(TeamId("T1"), "第一组", 2, TEAM_SKILLS, "car", base),
        Team(TeamId("T2"), "第二组", 3, TEAM_SKILLS | {"locksmith"}, "car", base),
    ]


def company(problem: Problem) -> Problem:
    """Return a problem in which two teams make one visit together and fetch officers for two."""
    days = {slot.day for one in problem.escort_stations for slot in one.calendar}
    escorted = {one.id for one in problem.options if one.escort is not EscortMode.NONE}
    joint, also, *_ = (o for o in problem.options if o.day in days and o.id not in escorted)
    fetched = {*escorted, also.id}
    lunch = (Break(41_400, 46_800, 3_600),)
    station = problem.escort_stations[0].id

    def changed(one: Option) -> Option:
        if one.id in fetched:
            return replace(one, escort=EscortMode.PICK_UP, escort_stations=(station,))
        return replace(one, together=Together()) if one is joint else one

    return replace(
        problem,
        options=tuple(changed(one) for one in problem.options),
        shifts=tuple(replace(one, breaks=lunch) for one in problem.shifts),
        sets=(),
    )


CaseFiles = tuple[list[Case], list[Debtor], list[AddressClaim], list[Outcome]]


def case_files() -> CaseFiles:
    """Return cases with every kind, grade and precision; case 1 and its debtor are hostile."""
    draw = np.random.default_rng(7)
    cases, debtors, claims, outcomes = [], [], [], []
    kinds, grades, precisions = list(CaseKind), list(Grade), list(Precision)
    for n in range(1, _CASES + 1):
        case_id, debtor_id = CaseId(f"c{n:03d}"), DebtorId(f"d{n:03d}")
        grade = grades[n % 4] if n % 3 == 0 and n != 9 else Grade.NONE  # 9 is visited
        cases.append(
            Case(
                case_id,
                CaseNumber(2026, "闽0504", "执", n),
                kinds[n % len(kinds)],
                CaseStatus.ACTIVE if n % 6 or n <= 10 else CaseStatus.PAUSED,
                float(8_000 * n),
                date(2026, 1 + n % 10, 1 + n % 27),
                basis_document=f"（2025）闽0504民初{n}号",
                basis_served_on=date(2026, 1, 5),
                performance_due_on=date(2026, 2, 1),
                notice_sent_on=date(2026, 3, 1),
                grade=grade,
                contact_logged_on=date(2026, 11, 1),
                major_matter=n == 2,
                vulnerable=("elderly",) if n in (1, 9) else (),
                objection_pending=False,
            )
        )
        name = HOSTILE_NAME if n == 1 else f"{_SURNAMES[n % len(_SURNAMES)]}某{n}"
        debtors.append(
            Debtor(
                debtor_id,
                case_id,
                DebtorKind.PERSON if n % 5 else DebtorKind.COMPANY,
                SecretText(name),
                id_number=SecretText(
                    id_number(date(1980, 1 + n % 12, 1), n) if n % 5 else credit_code(n)
                ),
                identifiers=frozenset({Identifier.ID_NUMBER, Identifier.KIN}),
                situation=Situation.ORDINARY,
            )
        )
        for k in range(1 + n % 2):
            point = Point(
                float(np.clip(draw.normal(118.56 + 0.07 * (n % 2), 0.018), WEST, EAST)),
                float(np.clip(draw.normal(24.92, 0.02), SOUTH, NORTH)),
            )
            precision = precisions[(n + k) % len(precisions)] if n > 10 else Precision.DOOR
            text = HOSTILE_TEXT if n == 1 and k == 0 else f"青溪镇石井村{n}号王记杂货店后面"
            claims.append(
                AddressClaim(
                    ClaimId(f"a{n:03d}{k}"),
                    debtor_id,
                    SecretText(text),
                    ClaimSource.APPLICANT if k else ClaimSource.HOUSEHOLD_REGISTER,
                    PlaceKind.WORK if k else PlaceKind.HOME,
                    date(2026, 5, 1 + n % 28),
                    basis="查询函 12 号",
                    identifiers=frozenset({Identifier.ID_NUMBER, Identifier.KIN}),
                    place=None
                    if precision is Precision.NONE
                    else Place(point, precision, 0.5 + 0.4 * float(draw.random()), "350504101"),
                )
            )
    outcomes.append(
        Outcome(
            "o1",
            ClaimId("a0010"),
            OutcomeKind.LIVES_HERE_ABSENT,
            NOW - timedelta(days=9),
            VisitBand.MORNING,
        )
    )
    return cases, debtors, claims, outcomes


def plan_problem(claims: list[AddressClaim]) -> Problem:
    """Return a problem of two teams and two days, ten doors and one duty."""
    doors = [next(c for c in claims if c.debtor_id == f"d{n:03d}") for n in range(1, 11)]
    places = [
        PlanPlace("base", 118.602, 24.93),
        PlanPlace("CP-1", 118.59, 24.905),
        *(
            PlanPlace(c.id, c.place.point.lon, c.place.point.lat)
            for c in doors
            if c.place is not None
        ),
    ]
    n = len(places)
    travel = np.full((n, n), 600.0) - 600.0 * np.eye(n)
    return Problem(
        id="P-1",
        places=tuple(places),
        bands=(TimeBand("all", 0, 86400),),
        matrices=(Matrix("car", "all", travel, travel * 10.0),),
        teams=(
            PlanTeam("T1", 2, TEAM_SKILLS, "car", "第一组"),
            PlanTeam("T2", 3, TEAM_SKILLS | {"locksmith"}, "car", "第二组"),
        ),
        shifts=tuple(
            WorkShift(f"{team}-{day}", team, day, 30600, 64800, "base", "base")
            for day in DAYS
            for team in ("T1", "T2")
        ),
        options=tuple(
            Option(
                f"v{k}",
                claim.debtor_id,
                claim.id,
                DAYS[k % 2],
                30600,
                64800,
                1500,
                3.0 + k,
                0.2 + 0.06 * k,
                band="morning",
                escort=EscortMode.AT_DOOR if k == 0 else EscortMode.NONE,
                escort_stations=("PS-1",) if k == 0 else (),
                claim=claim.id,
            )
            for k, claim in enumerate(doors)
        ),
        duties=(PlanDuty(DUTY, "checkpoint", "CP-1", DAYS[0], 50400, 50400, 3600),),
        escort_stations=(EscortStation("PS-1", "base", (EscortSlot(DAYS[0], 28800, 64800),)),),
    )


def plan(problem: Problem) -> Plan:
    """Return routes that hold every kind of stop and of finding."""
    routes = []
    for number, shift in enumerate(problem.shifts):
        own = [
            option
            for option in problem.options
            if option.day == shift.day and (int(option.id[1:]) // 2) % 2 == (shift.team == "T2")
        ]
        at, stops = 31800, []
        for option in own:
            stops.append(
                Stop(
                    StopKind.VISIT,
                    option.id,
                    option.place,
                    at,
                    at,
                    at + 1500,
                    option.value,
                    escort_station="PS-1" if option.escort is EscortMode.AT_DOOR else None,
                )
            )
            at += 2700
        if own:
            stops.append(Stop(StopKind.BREAK, "", own[-1].place, 43200, 43200, 46800))
        if number == 0:
            stops.append(Stop(StopKind.DUTY, DUTY, "CP-1", 50000, 50400, 54000))
        routes.append(
            Route(
                shift.id, shift.team, shift.day, 31200, 56000, tuple(stops), 600 * len(stops), 18000
            )
        )
    return Plan(
        problem.id,
        "alns",
        1,
        10,
        33.0,
        tuple(routes),
        (
            Unassigned("d011", UnassignedReason.OUTBID),
            Unassigned("d012", UnassignedReason.BLOCKED, "N1"),
        ),
    )


class TinyBasemap:
    """Draws a few invented roads, a river and names into whichever tile is asked for."""

    SHAPES: tuple[tuple[str, BaseGeometry, dict[str, object]], ...] = (
        (
            "water",
            Polygon([(118.48, 24.80), (118.72, 24.80), (118.72, 24.85), (118.48, 24.86)]),
            {"kind": "sea"},
        ),
        (
            "water",
            LineString([(118.57, 25.02), (118.585, 24.93), (118.575, 24.85)]),
            {"kind": "river", "name": "清溪"},
        ),
        ("landuse", box(118.53, 24.91, 118.57, 24.94), {"kind": "residential"}),
        ("landuse", box(118.62, 24.95, 118.67, 24.99), {"kind": "wood"}),
        ("rail", LineString([(118.48, 24.90), (118.72, 24.91)]), {"kind": "rail"}),
        (
            "roads",
            LineString([(118.48, 24.95), (118.60, 24.96), (118.72, 24.94)]),
            {"kind": "motorway", "name": "示例高速", "rank": 0},
        ),
        (
            "roads",
            LineString([(118.50, 24.92), (118.60, 24.93), (118.70, 24.92)]),
            {"kind": "primary", "name": "青白大道", "rank": 2},
        ),
        (
            "roads",
            LineString([(118.55, 24.86), (118.55, 25.0)]),
            {"kind": "residential", "name": "石井路", "rank": 5},
        ),
        ("places", Dot(118.55, 24.925), {"kind": "town", "name": "青溪镇", "rank": 2}),
        ("places", Dot(118.65, 24.92), {"kind": "town", "name": "白沙镇", "rank": 2}),
        ("places", Dot(118.53, 24.89), {"kind": "village", "name": "石井村", "rank": 4}),
    )

    def tile(self, z: int, x: int, y: int) -> bytes | None:
        west, north = _corner(z, x, y)
        east, south = _corner(z, x + 1, y + 1)
        margin = (east - west) * 0.05
        window = box(west - margin, south - margin, east + margin, north + margin)
        layers: dict[str, list[dict[str, object]]] = {}
        for layer, shape, properties in self.SHAPES:
            cut = shape.intersection(window)
            if not cut.is_empty:
                layers.setdefault(layer, []).append({"geometry": cut, "properties": properties})
        if not layers:
            return None
        encoded: bytes = mapbox_vector_tile.encode(
            [{"name": name, "features": features} for name, features in layers.items()],
            default_options={"quantize_bounds": (west, south, east, north)},
        )
        return encoded


def _corner(z: int, x: int, y: int) -> tuple[float, float]:
    n = 1 << z
    lat = np.degrees(np.arctan(np.sinh(np.pi * (1.0 - 2.0 * y / n))))
    return x / n * 360.0 - 180.0, float(lat)
