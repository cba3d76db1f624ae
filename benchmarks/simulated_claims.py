"""What sources state about the debtors of a made district, right or wrong.

Whether a statement names the true place of the first day follows from the source and the age
of the statement; wrong ones name the parents' house, a former home or workplace, or a stranger's
door. Some are copied by another source that does not say so. Who moves may be seen at the new
place, and then there is a new statement.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np

from benchmarks.simulated_nature import Nature, odds_to_share
from benchmarks.simulated_people import (
    FORMER_HOME,
    FORMER_WORK,
    HOME,
    NOWHERE,
    PARENTS,
    SLOTS,
    STRANGERS,
    WORK,
    People,
)
from geo.model import Floats, Point, Precision
from routes.model import (
    AddressClaim,
    ClaimId,
    ClaimSource,
    DebtorId,
    Place,
    PlaceKind,
    SecretText,
)

__all__ = ["LOST", "TOWN_M", "Statement", "draw_claims"]

LOST = -2
"""Slot of a statement whose geocode is wrong: the officers stand before a stranger's door."""

TOWN_M = 6_000.0
"""Distance between neighbouring townships, which lie in rows of three."""

_LON, _LAT = 118.6, 25.0
_DEG_M = 111_195.0
_S = ClaimSource

# Source, chance of a debtor to have such a statement, mean age in days.
_OF_HOMES = (
    (_S.APPLICANT, 0.85, 200.0),
    (_S.HOUSEHOLD_REGISTER, 0.80, 2500.0),
    (_S.JUDGMENT, 0.45, 400.0),
    (_S.UTILITY, 0.25, 250.0),
    (_S.LEASE, 0.20, 300.0),
    (_S.RESIDENCE_PERMIT, 0.20, 350.0),
    (_S.DELIVERY_CONFIRMED, 0.20, 400.0),
    (_S.LIAISON, 0.20, 100.0),
    (_S.PROPERTY_REGISTER, 0.20, 1500.0),
    (_S.VEHICLE_REGISTER, 0.25, 1000.0),
    (_S.OTHER, 0.25, 200.0),
)
_OF_WORK = (
    (_S.SOCIAL_INSURANCE, 0.45, 200.0),
    (_S.APPLICANT, 0.30, 200.0),
    (_S.COMPANY_REGISTER, 0.20, 700.0),
    (_S.LIAISON, 0.15, 100.0),
)
_OF_SEATS = (
    (_S.COMPANY_REGISTER, 1.00, 1200.0),
    (_S.APPLICANT, 0.70, 200.0),
    (_S.JUDGMENT, 0.40, 400.0),
    (_S.DELIVERY_CONFIRMED, 0.30, 400.0),
    (_S.UTILITY, 0.30, 250.0),
)
_COPIERS = (_S.OTHER, _S.VEHICLE_REGISTER, _S.JUDGMENT, _S.LIAISON, _S.UTILITY, _S.RESIDENCE_PERMIT)
_SEES_NEW_HOME = (_S.LIAISON, _S.APPLICANT, _S.UTILITY, _S.LEASE)

# Precision, share among geocodes, distance of the point from the door in metres, and the mean
# confidence that the geocoder names.
_PRECISIONS = (
    (Precision.DOOR, 0.50, 5.0, 0.93),
    (Precision.INTERPOLATED, 0.15, 15.0, 0.85),
    (Precision.POI, 0.12, 12.0, 0.85),
    (Precision.ROAD, 0.12, 150.0, 0.70),
    (Precision.VILLAGE, 0.11, 400.0, 0.65),
)
_MOST_RIGHT = 0.97


@dataclass(frozen=True, slots=True)
class Statement:
    """A statement as it is seen, and the slot that it truly names, or ``LOST``."""

    claim: AddressClaim
    debtor: int
    slot: int


@dataclass(frozen=True, slots=True)
class _Said:
    """A statement before it has an identifier and a place."""

    source: ClaimSource
    kind: PlaceKind
    slot: int
    seen_d: int
    wording: int


def draw_claims(
    nature: Nature,
    people: People,
    *,
    names: tuple[DebtorId, ...],
    start: date,
    random: np.random.Generator,
) -> list[Statement]:
    """Draw the statements about each debtor, those of later days included."""
    lonlat = _lonlat(people, random)
    made: list[Statement] = []
    for row, name in enumerate(names):
        said = list(_statements(nature, people, row, random))
        said += [
            copy for one in said if random.random() < nature.copies for copy in _copied(one, random)
        ]
        said += _new_home(people, row, random)
        places: dict[tuple[int, int], tuple[Place, bool]] = {}
        for number, one in enumerate(said):
            key = (one.slot, one.wording)
            if key not in places:
                town = int(people.township[row, one.slot])
                places[key] = _geocoded(nature, lonlat[row, one.slot], town, random)
            place, right = places[key]
            claim = AddressClaim(
                id=ClaimId(f"{name}-{number}"),
                debtor_id=name,
                text=SecretText(f"示例 {name} {one.slot} {one.wording}"),
                source=one.source,
                kind=one.kind,
                seen_on=start + timedelta(days=one.seen_d),
                place=place,
            )
            made.append(Statement(claim, row, one.slot if right else LOST))
    return made


def _statements(
    nature: Nature, people: People, row: int, random: np.random.Generator
) -> Iterator[_Said]:
    """Yield what is known of one debtor on the first day."""
    strangers = iter(random.permutation(np.arange(STRANGERS, SLOTS)).tolist() * 4)
    if people.company[row]:
        wanted = [(one, nature.seat, WORK, people.work[row, 0]) for one in _OF_SEATS]
        possible = {WORK: 1.0 - nature.vanished}
    else:
        wanted = [(one, 1.0, HOME, people.home[row, 0]) for one in _OF_HOMES]
        wanted += [(one, nature.day_place, WORK, people.work[row, 0]) for one in _OF_WORK]
        away = nature.outside + nature.migrants
        possible = {HOME: 1.0 - away, WORK: 1.0 - nature.jobless}
    for (source, chance, mean_age_d), factor, slot, true_slot in wanted:
        if random.random() >= chance:
            continue
        age_d = random.exponential(mean_age_d)
        still = 2.0 ** (-age_d / nature.half_life_d[source])
        odds = factor * (
            nature.stale_odds[source]
            + still * (nature.fresh_odds[source] - nature.stale_odds[source])
        )
        right_share = min(odds_to_share(odds) / possible[slot], _MOST_RIGHT)
        if true_slot != NOWHERE and random.random() < right_share:
            named = slot
        else:
            former = FORMER_HOME if slot == HOME else FORMER_WORK
            choices = ((PARENTS, 0.4), (former, 0.35)) if slot == HOME else ((former, 0.5),)
            draw = random.random()
            named = -1
            for choice, share in choices:
                if named < 0 and draw < share:
                    named = choice
                draw -= share
            if named < 0:
                named = next(strangers)
        yield _Said(
            source,
            _kind(people, row, slot, source),
            named,
            -int(age_d) - 1,
            int(random.random() < 0.5),
        )


def _kind(people: People, row: int, slot: int, source: ClaimSource) -> PlaceKind:
    if slot == HOME:
        return PlaceKind.HOME
    if people.company[row]:
        register = source in (_S.COMPANY_REGISTER, _S.JUDGMENT)
        return PlaceKind.REGISTERED if register else PlaceKind.BUSINESS
    if people.owner[row] or source is _S.COMPANY_REGISTER:
        return PlaceKind.BUSINESS
    return PlaceKind.WORK


def _copied(one: _Said, random: np.random.Generator) -> Iterator[_Said]:
    """Yield the same again by another source, later, and half of the time in other words."""
    source = _COPIERS[random.integers(len(_COPIERS))]
    if source is not one.source:
        wording = one.wording if random.random() < 0.5 else 2
        seen_d = int(random.uniform(one.seen_d, 0))
        yield _Said(source, one.kind, one.slot, min(seen_d, -1), wording)


def _new_home(people: People, row: int, random: np.random.Generator) -> Iterator[_Said]:
    """Yield what is seen of somebody who moves within the district, some weeks after."""
    moved_d, days = int(people.moved_on[row]), people.home.shape[1]
    if moved_d >= days or people.home[row, moved_d] == NOWHERE or random.random() < 0.4:
        return
    seen_d = moved_d + 1 + int(random.exponential(40.0))
    if seen_d < days:
        source = _SEES_NEW_HOME[random.integers(len(_SEES_NEW_HOME))]
        yield _Said(source, PlaceKind.HOME, int(people.home[row, moved_d]), seen_d, 0)


def _lonlat(people: People, random: np.random.Generator) -> Floats:
    """Return the true position of each place, shape (debtors, slots, 2)."""
    towns = people.township
    centre_m = np.stack([towns % 3, towns // 3], axis=2) * TOWN_M
    place_m = centre_m + random.normal(0.0, TOWN_M / 4.0, centre_m.shape)
    return np.asarray(place_m / (_DEG_M * np.array([np.cos(np.radians(_LAT)), 1.0])) + [_LON, _LAT])


def _geocoded(
    nature: Nature, lonlat: Floats, township: int, random: np.random.Generator
) -> tuple[Place, bool]:
    """Return the place of one text, and whether it is the right one."""
    share = np.array([each[1] for each in _PRECISIONS])
    precision, _, off_m, mean = _PRECISIONS[random.choice(len(_PRECISIONS), p=share)]
    confidence = float(random.beta(20.0 * mean, 20.0 * (1.0 - mean)))
    confidence = min(max(confidence, 0.05), 0.99)
    odds = confidence / (1.0 - confidence) * nature.geocode_odds
    right = bool(random.random() < odds_to_share(odds))
    scatter_m = off_m if right else 2_000.0
    lon, lat = lonlat + random.normal(0.0, scatter_m, 2) / _DEG_M
    point = Point(float(lon), float(lat))
    code = f"35059910{township + 1}"
    return Place(point, precision, confidence, township_code=code), right
