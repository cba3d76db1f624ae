"""Days of a made district for the planner, each from a seed: whom to visit, where, when, by whom.

Roads are generated and driven by the project's own travel engine. Candidates live in villages and
have one to three addresses; what a visit is worth follows from the claim, the kind of place, the
hour and the case, as in the locating model, but is drawn here. Whom to plan for is chosen by the
planner's own pre-selection.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from itertools import combinations

import numpy as np
from scipy.spatial import cKDTree

from benchmarks.generated_network import generated_network
from geo.model import Floats, Ints, Point, TrafficDay
from geo.travel import RoadEngine, load_engine
from routes.bands import BAND_HOURS_S
from routes.model import PlaceKind, Team, TeamId, VisitBand
from routes.planning.journeys import Places, travel_bands, travel_matrices
from routes.planning.preselect import Need, plane_m, preselect
from routes.planning.problem import (
    Break,
    EscortMode,
    EscortSlot,
    EscortStation,
    Matrix,
    Option,
    PlanDuty,
    PlanTeam,
    Prices,
    Problem,
    TimeBand,
    VisitSet,
    WorkShift,
)

__all__ = ["District", "Setting", "district", "make_days"]

_START = date(2026, 3, 2)  # a Monday
_JUNCTIONS, _ROADS_SEED = 20_000, 7
_VILLAGES = 86
_TOWN = 6  # villages that hold more people than the others
_STATIONS = 5
_SERVICE_S = {
    PlaceKind.HOME: 1800,
    PlaceKind.WORK: 1500,
    PlaceKind.BUSINESS: 2400,
    PlaceKind.REGISTERED: 1200,
}
_KINDS = (PlaceKind.HOME, PlaceKind.WORK, PlaceKind.BUSINESS, PlaceKind.REGISTERED)
_KIND_SHARES = (0.55, 0.15, 0.12, 0.18)
_PRESENCE = np.array(  # of a kind of place in a band
    [
        [0.75, 0.40, 0.55, 0.35, 0.80],
        [0.02, 0.70, 0.45, 0.70, 0.10],
        [0.05, 0.60, 0.60, 0.65, 0.40],
        [0.25, 0.20, 0.25, 0.20, 0.30],
    ]
)
_BANDS = tuple(VisitBand)
_MORE_CLAIMS = 0.33  # chance of a second claim, and of a third
_FAILED = 0.02  # cost of an attempt that finds nobody
_OPTIONS = 8  # most of a debtor
_ESCORTED = 0.12  # share of debtors whom a team meets with police only
_SKILLED = (("female_officer", 0.05), ("dialect", 0.08), ("locksmith", 0.04))
_LIVELIHOOD = 0.1  # share of cases for wages, support, injury
_SECOND_SHARE = 0.6  # of the chance of a second try by itself, after a first that found nobody
_SECOND_GAIN = 0.05  # least that a second try adds, as a share of the first
_TRAVEL_H = 0.05
_LUNCH = Break(41_400, 46_800, 3_600)
_DINNER = Break(61_200, 68_400, 1_800)
_HOURS: tuple[tuple[int, int, tuple[Break, ...]], ...] = (  # of teams in turn; with rests
    (23_400, 57_600, (_LUNCH,)),
    (30_600, 63_000, (_LUNCH,)),
    (43_200, 75_600, (_DINNER,)),
)
_CREWS = (
    frozenset({"licence", "recorder", "female_officer"}),
    frozenset({"licence", "recorder", "locksmith"}),
    frozenset({"licence", "recorder", "dialect"}),
    frozenset({"licence", "recorder", "female_officer", "dialect"}),
)


@dataclass(frozen=True, slots=True)
class Setting:
    """How large a problem is, and what it holds.

    Parameters
    ----------
    candidates
        Debtors whom the court could visit.
    debtors
        So many of them are planned for.
    teams, days
        One shift a team and day.
    doors
        In each village; debtors share them.
    plain
        Whether it holds nothing that a common routing engine cannot say: no escorts, no rests, no
        second tries, and one travel time all day.
    escorted
        Whether some debtors are met with police only; without, the day is the same but for that.
    """

    candidates: int = 3_000
    debtors: int = 150
    teams: int = 6
    days: int = 1
    doors: int = 40
    plain: bool = False
    escorted: bool = True


@dataclass(frozen=True, slots=True, eq=False)
class District:
    """Roads with their engine, and where villages and stations are, degrees."""

    engine: RoadEngine
    junctions: Floats
    villages: Floats
    stations: Floats
    base: Point
    checkpoint: Point


@cache
def district() -> District:
    """Return the district in which all days lie."""
    network = generated_network(_JUNCTIONS, seed=_ROADS_SEED)
    rng = np.random.default_rng(_ROADS_SEED)
    lonlat: Floats = network.node_lonlat
    villages = lonlat[rng.choice(len(lonlat), _VILLAGES, replace=False)]
    stations = villages[rng.choice(_VILLAGES, _STATIONS, replace=False)]
    middle = cKDTree(lonlat).query(lonlat.mean(axis=0))[1]
    return District(
        load_engine(network, threads=1),
        lonlat,
        villages,
        stations,
        Point(*lonlat[middle].tolist()),
        Point(*villages[0].tolist()),
    )


@dataclass(frozen=True, slots=True, eq=False)
class _Tries:
    """Ways to try the candidates, row by row; ``weight`` is the worth of a find."""

    debtor: Ints
    door: Ints
    day: Ints
    band: Ints
    kind: Ints
    weight: Floats
    p_found: Floats
    value: Floats

    def take(self, rows: Ints) -> _Tries:
        return _Tries(*(getattr(self, name)[rows] for name in _Tries.__slots__))


def make_days(setting: Setting, *, seed: int) -> Problem:
    """Return the problem of a seed; the same seed gives the same problem."""
    rng = np.random.default_rng((_ROADS_SEED, seed))
    here = district()
    doors = _doors(here, setting.doors, rng)
    days = [_START + timedelta(days=k) for k in range(setting.days)]
    places = Places()
    base = places.at(here.base, "court")
    shifts = _shifts(setting, days, base)
    duties = [duty for day in days for duty in _duties(here, day, places)]
    stations = () if setting.plain else _escort_stations(here, days, places)
    tries = _tries(setting, len(doors), rng)
    livelihood = np.flatnonzero(rng.random(setting.candidates) < _LIVELIHOOD)
    tries.value[np.isin(tries.debtor, livelihood)] *= 1.5
    kept = _selected(setting, tries, doors, places, livelihood)
    tries = tries.take(kept)
    options = tuple(_options(setting, tries, doors, places, rng))
    bands, conditions = travel_bands(shifts, dict.fromkeys(days, TrafficDay.WORKDAY))
    teams = [
        Team(TeamId(f"t{k}"), f"第{k + 1}组", 3, _CREWS[k % len(_CREWS)], "car", here.base)
        for k in range(setting.teams)
    ]
    if setting.plain:
        name = next(band.name for band in bands if band.start_s <= 36_000 < band.end_s)
        bands, conditions = (TimeBand(name, 0, 86_400),), {name: conditions[name]}
    listed = places.listed()
    matrices = travel_matrices(
        here.engine, listed, conditions, teams, stations=(), advance=lambda: None
    )
    return Problem(
        id=f"{'plain' if setting.plain else 'day' if setting.escorted else 'unescorted'}-{seed}",
        places=listed,
        bands=bands,
        matrices=tuple(_found(matrix) for matrix in matrices),
        teams=tuple(PlanTeam(t.id, t.officers, t.skills, t.profile, t.name) for t in teams),
        shifts=shifts,
        options=options,
        duties=tuple(duties),
        escort_stations=stations if setting.escorted else (),
        prices=Prices(travel_h=_TRAVEL_H),
        sets=() if setting.plain else tuple(_second_tries(options)),
    )


def _found(matrix: Matrix) -> Matrix:
    """Return a matrix in which every place can be reached.

    Raises
    ------
    RuntimeError
        If a place cannot: the roads are made so that all can.
    """
    if not np.isfinite(matrix.travel_s).all():
        raise RuntimeError(f"{matrix.band}: no way between some places of the district")
    return matrix


def _doors(here: District, count: int, rng: np.random.Generator) -> Floats:
    """Return doors, village by village, at junctions near its middle."""
    _, near = cKDTree(here.junctions).query(here.villages, 3 * count)
    chosen = np.array([rng.permutation(row)[:count] for row in near])
    doors: Floats = here.junctions[chosen.reshape(-1)]
    return doors


def _shifts(setting: Setting, days: Sequence[date], base: str) -> tuple[WorkShift, ...]:
    made = []
    for k in range(setting.teams):
        for number, day in enumerate(days):
            begin_s, end_s, rests = _HOURS[(k + number) % len(_HOURS)]
            rests = () if setting.plain else rests
            made.append(
                WorkShift(f"t{k}-{number}", f"t{k}", day, begin_s, end_s, base, base, rests)
            )
    return tuple(made)


def _duties(here: District, day: date, places: Places) -> Iterator[PlanDuty]:
    """Yield a checkpoint at a fixed time, a hearing and the handing over of keys."""
    court = places.at(here.base, "court")
    rail = places.at(here.checkpoint, "checkpoint")
    house = places.at(Point(*here.villages[1].tolist()), "house")
    yield PlanDuty(f"check-{day}", "checkpoint", rail, day, 55_800, 55_800, 5_400)
    yield PlanDuty(f"hearing-{day}", "hearing", court, day, 36_000, 37_800, 3_600)
    yield PlanDuty(
        f"keys-{day}", "key_handover", house, day, 50_400, 54_000, 1_200, frozenset({"locksmith"})
    )


def _escort_stations(
    here: District, days: Sequence[date], places: Places
) -> tuple[EscortStation, ...]:
    """Return stations with officers free in the morning and in the afternoon, two at the first."""
    return tuple(
        EscortStation(
            f"e{k}",
            places.at(Point(*lonlat), f"station-{k}"),
            tuple(
                EscortSlot(day, begin_s, end_s, 2 if k == 0 else 1)
                for day in days
                for begin_s, end_s in ((30_600, 41_400), (52_200, 66_600))
            ),
        )
        for k, lonlat in enumerate(here.stations.tolist())
    )


def _tries(setting: Setting, doors: int, rng: np.random.Generator) -> _Tries:
    """Draw the claims of all candidates and return the best tries of each."""
    n = setting.candidates
    count = 1 + rng.binomial(2, _MORE_CLAIMS, n)
    debtor = np.repeat(np.arange(n), count)
    crowd = rng.dirichlet(np.where(np.arange(_VILLAGES) < _TOWN, 8.0, 1.0))
    home = rng.choice(_VILLAGES, n, p=crowd)
    village = np.where(
        rng.random(len(debtor)) < 0.7, home[debtor], rng.choice(_VILLAGES, len(debtor), p=crowd)
    )
    door = village * (doors // _VILLAGES) + rng.integers(0, doors // _VILLAGES, len(debtor))
    kind = rng.choice(len(_KINDS), len(debtor), p=_KIND_SHARES)
    believed = rng.gamma(1.0, 1.0, len(debtor)) + 1e-9
    believed *= (rng.beta(3.0, 2.0, n) / np.bincount(debtor, believed))[debtor]
    weight = rng.lognormal(0.0, 0.5, n)
    spread = rng.lognormal(0.0, 0.25, (len(debtor), len(_BANDS)))
    chance = believed[:, None] * np.minimum(_PRESENCE[kind] * spread, 0.95)
    claim, band = (axis.ravel() for axis in np.indices(chance.shape))
    tries = _Tries(
        debtor[claim],
        door[claim],
        (debtor[claim] + band) % setting.days,
        band,
        kind[claim],
        weight[debtor[claim]],
        chance.ravel(),
        weight[debtor[claim]] * chance.ravel() - _FAILED * (1.0 - chance.ravel()),
    )
    order = np.lexsort((-tries.value, tries.debtor))
    rank = np.arange(len(order)) - np.searchsorted(tries.debtor[order], tries.debtor[order])
    return tries.take(order[(rank < _OPTIONS) & (tries.value[order] > 0.0)])


def _selected(
    setting: Setting,
    tries: _Tries,
    doors: Floats,
    places: Places,
    livelihood: Ints,
) -> Ints:
    """Return the tries of the debtors to plan for."""
    spots_m = plane_m(
        np.concatenate([doors, [(p.lon, p.lat) for p in places.listed()]], dtype=np.float64)
    )
    fixed_m = spots_m[len(doors) :]
    kept = preselect(
        spots_m[tries.door],
        tries.value,
        np.array([_SERVICE_S[kind] for kind in _KINDS], dtype=np.float64)[tries.kind],
        tries.debtor,
        bases_m=fixed_m[:1],
        anchors_m=fixed_m[1:],
        most=setting.debtors,
        most_places=len(doors),
        needs=(Need(livelihood, setting.debtors // 10),),
    )
    return np.flatnonzero(np.isin(tries.debtor, kept))


def _options(
    setting: Setting, tries: _Tries, doors: Floats, places: Places, rng: np.random.Generator
) -> Iterator[Option]:
    drawn = rng.random((setting.candidates, 1 + len(_SKILLED)))
    police = setting.escorted and not setting.plain
    nearest = cKDTree(plane_m(district().stations)).query(plane_m(doors))[1]
    for row in range(len(tries.debtor)):
        debtor, door, day, band, kind = (
            int(getattr(tries, name)[row]) for name in ("debtor", "door", "day", "band", "kind")
        )
        begin_s, end_s = BAND_HOURS_S[_BANDS[band]]
        skills = {name for k, (name, share) in enumerate(_SKILLED) if drawn[debtor, k] < share}
        escorted = police and drawn[debtor, -1] < _ESCORTED
        yield Option(
            id=f"o{debtor}-{row}",
            debtor=f"d{debtor}",
            place=places.at(Point(*doors[door].tolist()), f"door-{door}"),
            day=_START + timedelta(days=day),
            window_start_s=begin_s + (3_600 if band == 0 else 0),
            window_end_s=end_s - 1,
            service_s=_SERVICE_S[_KINDS[kind]],
            value=float(tries.value[row]),
            p_found=float(tries.p_found[row]),
            band=_BANDS[band],
            needed_skills=frozenset({"licence", "recorder"} | skills),
            escort=EscortMode.AT_DOOR if escorted else EscortMode.NONE,
            escort_stations=(f"e{nearest[door]}",) if escorted else (),
        )


def _second_tries(options: Sequence[Option]) -> Iterator[VisitSet]:
    """Yield pairs of a debtor's options of which the second adds enough."""
    rows: defaultdict[str, list[int]] = defaultdict(list)
    for row, option in enumerate(options):
        rows[option.debtor].append(row)
    for ours in rows.values():
        for pair in combinations(ours, 2):
            one, other = (options[row] for row in pair)
            if one.escort is not EscortMode.NONE or (one.day, one.band) == (other.day, other.band):
                continue
            least, most = sorted((one.p_found, other.p_found))
            more = _SECOND_SHARE * least * (1.0 - most)
            value = max(one.value, other.value)
            scale = value / max(most, 1e-9)  # worth of a find, less what an attempt costs
            if more * scale >= _SECOND_GAIN * value:
                yield VisitSet((one.id, other.id), value + more * scale, most + more)
