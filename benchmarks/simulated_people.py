"""Where the debtors of a made district really are, every band of every day.

A person has a home and perhaps a day place, and both may change in the course of the year;
has a routine (office hours, night shifts, a market stall, mostly at home, late hours); is away in
spells of any length that begin on any day; and goes to the parents' house for the festival. All
of it is drawn before anybody visits, so that every way of visiting meets the same people.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

import chinese_calendar
import numpy as np
import numpy.typing as npt

from benchmarks.simulated_nature import Nature
from geo.model import Floats, Ints
from routes.locating import DayType
from routes.model import PlaceKind, VisitBand

__all__ = [
    "FORMER_HOME",
    "FORMER_WORK",
    "HOME",
    "NEXT_HOME",
    "NEXT_WORK",
    "NOWHERE",
    "PARENTS",
    "SLOTS",
    "STRANGERS",
    "WORK",
    "People",
    "day_types",
    "draw_people",
]

Flags = npt.NDArray[np.bool_]
Slots = npt.NDArray[np.int8]

HOME, PARENTS, FORMER_HOME, NEXT_HOME, WORK, FORMER_WORK, NEXT_WORK = range(7)
"""The places a debtor has to do with; strangers' doors come after them."""

STRANGERS = 7
SLOTS = 12
NOWHERE = -1

_YEAR_D = 365.25
_STICKY = 0.25  # chance that the next band finds a person where the last one did
_LONG_D = 7
_BANDS = len(VisitBand)

# Log odds by band (dawn, morning, midday, afternoon, evening) of being at home, and at work.
_ROUTINES = (
    (0.45, (0.0, 0.0, 0.0, 0.0, 0.0), (0.0, 0.0, 0.0, 0.0, 0.0)),  # office hours
    (0.12, (-1.0, 1.2, 0.8, 0.6, -1.0), (1.0, -1.2, -0.8, -0.6, 1.0)),  # night shifts
    (0.13, (-1.5, -0.5, 0.6, 0.8, 0.3), (1.5, 0.5, -0.6, -0.8, -0.3)),  # market stall
    (0.15, (0.3, 0.8, 0.5, 0.6, 0.2), (0.0, -0.8, -0.5, -0.6, 0.0)),  # mostly at home
    (0.15, (0.8, 0.4, 0.0, -0.2, -1.2), (-0.8, -0.4, 0.0, 0.2, 1.2)),  # late hours
)


@dataclass(frozen=True, slots=True, eq=False)
class People:
    """The debtors, by row.

    Parameters
    ----------
    company, owner
        Whether a company, whether a person with a shop rather than an employer.
    township
        Of each place, by debtor and slot.
    home, work
        Slot by day, or ``NOWHERE``.
    where
        Slot by day and band, or ``NOWHERE`` where the debtor is at none of these places.
    long_away
        By day: in a spell away of more than a week.
    moved_on
        First day at another home, or the number of days where there is none.
    """

    company: Flags
    owner: Flags
    township: Ints
    home: Slots
    work: Slots
    where: Slots
    long_away: Flags
    moved_on: Ints


def day_types(start: date, days: int) -> Ints:
    """Return the position in :class:`DayType` of each day.

    A run of days off that holds a statutory holiday is a festival from end to end.
    """
    margin = 12
    run = [start + timedelta(days=n) for n in range(-margin, days + margin)]
    off = [chinese_calendar.is_holiday(day) for day in run]
    named = [chinese_calendar.get_holiday_detail(day)[1] is not None for day in run]
    kinds = list(DayType)
    codes = []
    for at in range(margin, margin + days):
        kind = DayType.WORKDAY
        if off[at]:
            first, last = at, at
            while off[first - 1]:
                first -= 1
            while off[last + 1]:
                last += 1
            kind = DayType.FESTIVAL if any(named[first : last + 1]) else DayType.REST_DAY
        codes.append(kinds.index(kind))
    return np.array(codes, dtype=np.int64)


def draw_people(
    nature: Nature, count: int, *, start: date, days: int, random: np.random.Generator
) -> People:
    """Draw so many debtors and where they are, from ``start`` on."""
    company = random.random(count) < 0.12
    owner = ~company & (random.random(count) < 0.25)
    township = _townships(nature, count, random)
    migrant = ~company & (random.random(count) < nature.migrants)
    outside = (random.random(count) < nature.outside) | migrant
    home = np.full((count, days), HOME, dtype=np.int8)
    home[outside | company] = NOWHERE
    moved_on = _change_days(nature.moves_a_year, count, days, random)
    moved_on[company | migrant] = days
    target = random.choice([NEXT_HOME, PARENTS, NOWHERE], size=count, p=[0.4, 0.25, 0.35])
    later = np.arange(days)[None, :] >= moved_on[:, None]
    home = np.where(later, target[:, None], home).astype(np.int8)
    idle = np.where(company, nature.vanished, nature.jobless)
    work = np.full((count, days), WORK, dtype=np.int8)
    work[random.random(count) < idle] = NOWHERE
    changed_on = _change_days(nature.job_changes_a_year, count, days, random)
    next_work = random.choice([NEXT_WORK, NOWHERE], size=count, p=[0.6, 0.4])
    work = np.where(
        np.arange(days)[None, :] >= changed_on[:, None], next_work[:, None], work
    ).astype(np.int8)
    away, long_away = _spells(nature, count, days, random)
    kinds = day_types(start, days)
    visiting = _festival_visits(migrant, company, kinds, start, random)
    where = _whereabouts(
        nature, company, owner, township, home, work, away, visiting, kinds, random
    )
    return People(company, owner, township, home, work, where, long_away, moved_on)


def _townships(nature: Nature, count: int, random: np.random.Generator) -> Ints:
    """Return a township for each place; a debtor's homes tend to be in one."""
    number = len(nature.township)
    weight = random.dirichlet(np.full(number, 3.0))
    township = random.choice(number, size=(count, SLOTS), p=weight)
    near = random.random((count, SLOTS)) < 0.5
    return np.where(near, township[:, :1], township).astype(np.int64)


def _change_days(a_year: float, count: int, days: int, random: np.random.Generator) -> Ints:
    rate = -np.log1p(-a_year) / _YEAR_D
    return np.minimum(random.exponential(1.0 / rate, count), days).astype(np.int64)


def _spells(
    nature: Nature, count: int, days: int, random: np.random.Generator
) -> tuple[Flags, Flags]:
    """Return which days are away, and which lie in a long spell.

    Spells last a lognormal number of days (median 4); some debtors travel more than others.
    """
    away = np.zeros((count, days), dtype=np.bool_)
    long_away = np.zeros((count, days), dtype=np.bool_)
    mean_length_d = 4.0 * np.exp(0.5)
    mean_gap_d = mean_length_d * (1.0 - nature.away_share) / nature.away_share
    for row in range(count):
        gap_d = mean_gap_d / random.gamma(3.0, 1.0 / 3.0)
        at = -random.exponential(gap_d)
        while at < days:
            length = max(1.0, round(4.0 * np.exp(random.normal())))
            first, last = max(0, int(at)), max(0, int(at + length))
            away[row, first:last] = True
            long_away[row, first:last] = length > _LONG_D
            at += length + random.exponential(gap_d)
    return away, long_away


def _festival_visits(
    migrant: Flags, company: Flags, kinds: Ints, start: date, random: np.random.Generator
) -> Flags:
    """Return on which days each person stays with the parents: migrants mostly, others some."""
    count, days = len(migrant), len(kinds)
    staying = np.zeros((count, days), dtype=np.bool_)
    festival = kinds == list(DayType).index(DayType.FESTIVAL)
    starts = np.flatnonzero(festival & ~np.concatenate(([False], festival[:-1])))
    for first in starts.tolist():
        last = first
        while last + 1 < days and festival[last + 1]:
            last += 1
        spring = (start + timedelta(days=first)).month in (1, 2) and last - first >= 5
        chance = np.where(migrant, 0.85 if spring else 0.3, 0.4 if spring else 0.1)
        goes = ~company & (random.random(count) < chance)
        before, after = random.integers(0, 8 if spring else 2, (2, count))
        for row in np.flatnonzero(goes).tolist():
            staying[row, max(0, first - int(before[row])) : last + 1 + int(after[row])] = True
    return staying


def _whereabouts(
    nature: Nature,
    company: Flags,
    owner: Flags,
    township: Ints,
    home: Slots,
    work: Slots,
    away: Flags,
    visiting: Flags,
    kinds: Ints,
    random: np.random.Generator,
) -> Slots:
    """Return the slot of each debtor by day and band."""
    count, days = home.shape
    rows = np.arange(count)[:, None]
    person = random.normal(0.0, 0.7, (count, 1))
    routine = random.choice(len(_ROUTINES), size=count, p=[share for share, _, _ in _ROUTINES])
    shares = np.array([[share] for share, _, _ in _ROUTINES], dtype=np.float64)
    at_home = np.array([home_odds for _, home_odds, _ in _ROUTINES], dtype=np.float64)
    at_work = np.array([work_odds for _, _, work_odds in _ROUTINES], dtype=np.float64)
    at_home, at_work = at_home - (shares * at_home).sum(0), at_work - (shares * at_work).sum(0)
    places = list(PlaceKind)
    of_work = np.where(
        owner | company, places.index(PlaceKind.BUSINESS), places.index(PlaceKind.WORK)
    )
    home_now = np.where(visiting, np.int8(PARENTS), home)
    home_town = nature.township[township[rows, np.maximum(home_now, 0)]]
    work_town = nature.township[township[rows, np.maximum(work, 0)]]
    where = np.full((count, days, _BANDS), NOWHERE, dtype=np.int8)
    for band in range(_BANDS):
        work_odds = (
            nature.presence[of_work[:, None], band, kinds[None, :]]
            + work_town
            + person
            + np.where(company, 0.0, at_work[routine, band])[:, None]
        )
        home_odds = (
            nature.presence[places.index(PlaceKind.HOME), band, kinds][None, :]
            + home_town
            + person
            + at_home[routine, band][:, None]
        )
        works = (work >= 0) & ~visiting & _happens(work_odds, random)
        rests = (home_now >= 0) & _happens(home_odds, random)
        now = np.where(works, work, np.where(rests, home_now, np.int8(NOWHERE)))
        if band:
            same = random.random((count, days)) < _STICKY
            now = np.where(same, where[:, :, band - 1], now)
        where[:, :, band] = np.where(away & ~visiting, np.int8(NOWHERE), now)
    return where


def _happens(log_odds: Floats, random: np.random.Generator) -> Flags:
    return np.asarray(random.random(log_odds.shape) < 1.0 / (1.0 + np.exp(-log_odds)))
