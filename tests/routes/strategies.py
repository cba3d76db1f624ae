"""Hypothesis generators for values of the routes package."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from itertools import combinations

import numpy as np
from hypothesis import strategies as st

from routes.planning import MaxIterations, solve
from routes.planning.problem import (
    Break,
    EscortMode,
    EscortSlot,
    EscortStation,
    Floor,
    Matrix,
    Option,
    Plan,
    PlanDuty,
    PlanFinding,
    PlanPlace,
    PlanTeam,
    Prices,
    Problem,
    Route,
    Stop,
    StopKind,
    TimeBand,
    Together,
    Unassigned,
    UnassignedReason,
    VisitSet,
    WorkShift,
)

DAYS = (date(2026, 1, 5), date(2026, 1, 6))
_OPEN_S, _CLOSE_S = 28800, 64800
_SKILLS = ("licence", "recorder", "locksmith")
ids = st.text(min_size=1, max_size=6, alphabet=st.characters(exclude_categories=("Cs",)))
texts = st.text(max_size=12, alphabet=st.characters(exclude_categories=("Cs",)))


@st.composite
def _matrices(draw: st.DrawFn, n: int, bands: list[str]) -> tuple[Matrix, ...]:
    """Draw points in a square; distance at a speed, sometimes with a place that no road reaches."""
    corner = st.integers(0, 12000)
    xy = np.array([[draw(corner), draw(corner)] for _ in range(n)], dtype=np.float64)
    length_m = np.abs(xy[:, None, :] - xy[None, :, :]).sum(axis=2)
    made = []
    for band in bands:
        speed = draw(st.sampled_from([3.0, 7.0, 11.3]))
        travel_s = length_m / speed
        if draw(st.integers(0, 4)) == 0:
            cut = draw(st.integers(0, n - 1))
            travel_s[cut, :] = travel_s[:, cut] = np.inf
            travel_s[cut, cut] = 0.0
        made.append(Matrix("car", band, travel_s, length_m.copy()))
    return tuple(made)


@st.composite
def _windows(draw: st.DrawFn) -> tuple[int, int]:
    start_s = draw(st.integers(_OPEN_S - 3600, _CLOSE_S))
    return start_s, start_s + draw(st.integers(0, 21600))


_loads = st.integers(0, 3)


@st.composite
def _sets(draw: st.DrawFn, options: tuple[Option, ...]) -> tuple[VisitSet, ...]:
    """Let some options of a debtor go together, for less than the sum of their values."""
    made: dict[frozenset[str], VisitSet] = {}
    for size in (2, 3):
        for chosen in combinations(options, size):
            ids = tuple(option.id for option in chosen)
            named = size == 2 or all(frozenset(pair) in made for pair in combinations(ids, 2))
            if len({option.debtor for option in chosen}) == 1 and named and draw(st.booleans()):
                share = draw(st.integers(4, 8)) / 8.0
                value = share * sum(option.value for option in chosen)
                made[frozenset(ids)] = VisitSet(ids, value, 0.5)
    return tuple(made.values())


@st.composite
def problems(
    draw: st.DrawFn,
    *,
    max_options: int = 12,
    max_duties: int = 2,
    max_shifts: int = 3,
    escorts: bool = True,
    breaks: bool = True,
    priced: bool = True,
) -> Problem:
    """Draw a small problem with two bands, rests, duties, skills and escorts."""
    n = draw(st.integers(2, 7))
    places = [f"p{i}" for i in range(n)]
    place = st.sampled_from(places)
    lunch = (Break(41400, 46800, 3600),) if breaks else ()
    split_s = draw(st.integers(_OPEN_S, _CLOSE_S))
    bands = (TimeBand("early", 0, split_s), TimeBand("late", split_s, 86400))
    if draw(st.booleans()):  # one day has bands of its own
        ends_s = sorted(draw(st.sets(st.integers(_OPEN_S, _CLOSE_S), min_size=2, max_size=2)))
        begins_s, own = (0, *ends_s), ("early", "late", "early")
        bands += tuple(
            TimeBand(*band, DAYS[0]) for band in zip(own, begins_s, (*ends_s, 86400), strict=True)
        )
    teams = tuple(
        PlanTeam(
            f"t{k}", draw(st.integers(2, 3)), frozenset(draw(st.sets(st.sampled_from(_SKILLS)))),
            "car",
        )
        for k in range(draw(st.integers(1, 2)))
    )  # fmt: skip
    shifts = tuple(
        WorkShift(
            f"s{k}",
            draw(st.sampled_from(teams)).id,
            draw(st.sampled_from(DAYS)),
            _OPEN_S,
            draw(st.integers(_OPEN_S + 7200, _CLOSE_S)),
            draw(place),
            draw(place),
            draw(st.sampled_from([(), lunch])),
            draw(st.sampled_from([None, None, 2])),
            draw(st.sampled_from([None, None, 4])),
        )
        for k in range(draw(st.integers(1, max_shifts)))
    )
    stations = tuple(
        EscortStation(
            f"e{k}",
            draw(place),
            tuple(
                EscortSlot(day, start_s, start_s + 10800, draw(st.integers(1, 2)))
                for day in DAYS
                for start_s in draw(
                    st.lists(st.sampled_from([28800, 39600, 50400]), max_size=2, unique=True)
                )
            ),
        )
        for k in range(2 if escorts else 0)
    )

    def option(k: int) -> Option:
        begin_s, end_s = draw(_windows())
        escorted = escorts and draw(st.integers(0, 3)) == 0
        sent = (
            st.lists(st.sampled_from([s.id for s in stations]), unique=True) if escorted else None
        )
        return Option(
            f"o{k}",
            f"d{draw(st.integers(0, max(1, max_options // 2)))}",
            draw(place),
            draw(st.sampled_from(DAYS)),
            begin_s,
            end_s,
            draw(st.integers(0, 5400)),
            draw(st.integers(0, 400)) / 8.0,
            0.5,
            "morning",
            frozenset(draw(st.sets(st.sampled_from(_SKILLS), max_size=1))),
            draw(st.sampled_from([2, 2, 3])),
            EscortMode.AT_DOOR if escorted else EscortMode.NONE,
            tuple(draw(sent)) if sent is not None else (),
            f"c{k}",
            load=draw(_loads),
        )

    def duty(k: int) -> PlanDuty:
        begin_s, end_s = draw(_windows())
        only = draw(st.booleans())
        return PlanDuty(
            f"q{k}",
            "checkpoint",
            draw(place),
            draw(st.sampled_from(DAYS)),
            begin_s,
            end_s,
            draw(st.integers(0, 7200)),
            teams=(teams[0].id,) if only else (),
            load=draw(_loads),
        )

    options = tuple(option(k) for k in range(draw(st.integers(0, max_options))))
    return Problem(
        id="problem",
        places=tuple(PlanPlace(p, 118.5, 24.9) for p in places),
        bands=bands,
        matrices=draw(_matrices(n, ["early", "late"])),
        teams=teams,
        shifts=shifts,
        options=options,
        sets=draw(_sets(options)),
        duties=tuple(duty(k) for k in range(draw(st.integers(0, max_duties)))),
        escort_stations=stations,
        blocked=draw(
            st.sampled_from([(), (PlanFinding("N2", "block", "debtor:red", "不走访", "本院规则"),)])
        ),
        prices=Prices(draw(st.sampled_from([0.0, 3.0, 60.0]))) if priced else Prices(),
    )


@st.composite
def rich_problems(draw: st.DrawFn, *, max_options: int = 8) -> Problem:
    """Draw a small problem with second teams, fetched officers, their ways, and all prices."""
    plain = draw(problems(max_options=max_options))
    stations = tuple(
        replace(one, profile=draw(st.sampled_from(["", "car"]))) for one in plain.escort_stations
    )
    refs = st.sets(st.sampled_from([o.debtor for o in plain.options] or ["nobody"]))
    mixed = replace(
        plain,
        options=tuple(draw(_mixed(option)) for option in plain.options),
        duties=tuple(
            replace(duty, together=draw(st.sampled_from([None, Together()])))
            for duty in plain.duties
        ),
        shifts=tuple(
            replace(shift, overtime_s=draw(st.sampled_from([0, 0, 3600]))) for shift in plain.shifts
        ),
        escort_stations=stations,
        prices=Prices(*(draw(st.sampled_from([0.0, 0.5, 4.0])) for _ in range(4))),
        floors=tuple(
            Floor(f"f{k}", frozenset(draw(refs)), draw(st.integers(0, 3)), 7.0)
            for k in range(draw(st.integers(0, 2)))
        ),
    )
    before = solve(mixed, stop=MaxIterations(0)).routes if draw(st.booleans()) else ()
    return replace(mixed, before=before)


@st.composite
def company_problems(draw: st.DrawFn) -> Problem:
    """Draw a problem in which most stops tie teams together: officers, fetched ones, two teams."""
    at_m = [0, *draw(st.lists(st.integers(1, 40), min_size=4, max_size=6))]
    line = np.array(at_m, dtype=np.float64)
    travel_s = np.abs(line[:, None] - line[None, :]) * 60.0
    lunch = (Break(41400, 46800, 3600),)
    teams = draw(st.integers(2, 3))

    def option(k: int) -> Option:
        begin_s = draw(st.sampled_from([28800, 32400, 46800]))
        plain = Option(
            f"o{k}", f"d{k // 2}" if draw(st.booleans()) else f"e{k}",
            f"p{draw(st.integers(2, len(at_m) - 1))}", draw(st.sampled_from(DAYS)), begin_s,
            begin_s + draw(st.sampled_from([1800, 10800, 21600])),
            draw(st.sampled_from([900, 1800])), 10.0, 0.5, claim=f"c{k}", load=1,
        )  # fmt: skip
        escort = draw(st.sampled_from([EscortMode.NONE, EscortMode.AT_DOOR, EscortMode.PICK_UP]))
        if escort is not EscortMode.NONE:
            plain = replace(plain, escort=escort, escort_stations=(draw(st.sampled_from("ef")),))
        low_s = draw(st.sampled_from([0, 0, 900]))
        needs = Together(min_officers=2, gap_low_s=low_s, gap_high_s=low_s + 600)
        return replace(plain, together=draw(st.sampled_from([None, None, Together(), needs])))

    return Problem(
        id="company",
        places=tuple(PlanPlace(f"p{k}", 118.5, 24.9) for k in range(len(at_m))),
        bands=(TimeBand("early", 0, 36000), TimeBand("late", 36000, 86400)),
        matrices=(
            Matrix("car", "early", travel_s, travel_s * 10.0),
            Matrix("car", "late", travel_s * draw(st.sampled_from([1.0, 0.5])), travel_s * 10.0),
        ),
        teams=tuple(PlanTeam(f"t{k}", 2, frozenset(), "car") for k in range(teams)),
        shifts=tuple(
            WorkShift(
                f"s{n}-{k}", f"t{k}", day, 28800, 63000, "p0", "p0",
                draw(st.sampled_from([(), lunch])), draw(st.sampled_from([None, None, 3])),
            )
            for n, day in enumerate(DAYS)
            for k in range(teams)
        ),
        options=tuple(option(k) for k in range(draw(st.integers(2, 8)))),
        escort_stations=tuple(
            EscortStation(
                name, "p1",
                tuple(EscortSlot(day, 28800, 61200, draw(st.integers(1, 2))) for day in DAYS),
                draw(st.sampled_from(["", "car"])),
            )
            for name in "ef"
        ),
        prices=Prices(travel_h=1.0),
    )  # fmt: skip


@st.composite
def _mixed(draw: st.DrawFn, option: Option) -> Option:
    """Let an option need a second team, or fetch its officer."""
    if option.escort_stations and draw(st.booleans()):
        option = replace(
            option, escort=EscortMode.PICK_UP, escort_stations=option.escort_stations[:1]
        )
    if draw(st.integers(0, 3)) > 0:
        return option
    low_s = draw(st.sampled_from([0, 0, 900]))
    needs = Together(
        frozenset(draw(st.sets(st.sampled_from(_SKILLS), max_size=1))),
        2,
        draw(st.sampled_from([None, 600])),
        low_s,
        low_s + draw(st.sampled_from([0, 1200])),
    )
    return replace(option, together=needs)


def _stops() -> st.SearchStrategy[Stop]:
    seconds = st.integers(0, 172800)
    return st.builds(
        Stop,
        st.sampled_from(StopKind),
        texts,
        ids,
        seconds,
        seconds,
        seconds,
        st.floats(allow_nan=False, allow_infinity=False),
        st.none() | ids,
        st.booleans(),
    )


def plans() -> st.SearchStrategy[Plan]:
    """Draw plans of any content, good or not: for formats."""
    count = st.integers(0, 10**6)
    routes = st.builds(
        Route, ids, ids, st.dates(), count, count, st.lists(_stops(), max_size=3).map(tuple),
        count, count,
    )  # fmt: skip
    findings = st.builds(
        PlanFinding, texts, st.sampled_from(["block", "sign_off", "warn"]), texts, texts, texts
    )
    return st.builds(
        Plan,
        ids,
        texts,
        st.integers(-(2**63), 2**63),
        count,
        st.floats(allow_nan=False, allow_infinity=False),
        st.lists(routes, max_size=3).map(tuple),
        st.lists(
            st.builds(Unassigned, ids, st.sampled_from(UnassignedReason), texts, st.booleans()),
            max_size=3,
        ).map(tuple),
        st.lists(findings, max_size=3).map(tuple),
        st.floats(allow_nan=False, allow_infinity=False),
    )
