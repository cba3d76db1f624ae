"""A year of visits: outcomes that follow from the hidden truth, and leads from partners."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

import numpy as np

from data.demo.claims import Claim, Subject
from data.demo.district import District
from data.demo.frame import stream

__all__ = ["Hint", "Visit", "make_hints", "make_visits"]

_BANDS = ("清晨", "上午", "午间", "下午", "傍晚")
_BAND_SHARES = (0.24, 0.31, 0.09, 0.25, 0.11)
_BAND_MINUTES = ((400, 475), (485, 685), (695, 835), (845, 1070), (1085, 1215))
_PRESENCE: dict[str, tuple[tuple[float, ...], tuple[float, ...]]] = {
    "住所": ((0.62, 0.28, 0.42, 0.25, 0.68), (0.70, 0.50, 0.55, 0.45, 0.65)),
    "工作单位": ((0.25, 0.70, 0.50, 0.68, 0.20), (0.10, 0.30, 0.25, 0.30, 0.10)),
    "经营场所": ((0.20, 0.62, 0.55, 0.65, 0.35), (0.15, 0.50, 0.45, 0.50, 0.30)),
    "登记地址": ((0.06, 0.34, 0.25, 0.34, 0.08), (0.05, 0.15, 0.12, 0.15, 0.06)),
}
"""Share of true debtors met, by kind of place: workdays, days of rest; one a band."""
_REFUSED = 0.12
_MISTAKEN = 0.04
_FAULTS = {
    "moved": "已搬走",
    "no_such_address": "查无此址",
    "namesake": "同名非本人",
    "closed": "关门歇业",
}


@dataclass(frozen=True, slots=True)
class Visit:
    """An outcome: position of the subject and of its claim, when and what."""

    subject: int
    claim: int
    at: datetime
    outcome: str


@dataclass(frozen=True, slots=True)
class Hint:
    """A lead: position of the subject and of the claim it speaks of (-1: none)."""

    subject: int
    claim: int
    source: str
    received_at: datetime
    expires_at: datetime
    band: str
    withdrawn: bool


def _present(subject: Subject, claim: Claim, day: date, band: int) -> float:
    share = _PRESENCE[claim.kind][int(day.weekday() >= 5)][band]
    return 1.0 / (1.0 + math.exp(-(math.log(share / (1.0 - share)) + subject.habit)))


def _outcome(subject: Subject, claim: Claim, day: date, band: int, rng: np.random.Generator) -> str:
    if not claim.true:
        return _FAULTS[claim.fault] if rng.random() > _MISTAKEN else "在此居住未遇"
    if rng.random() < _present(subject, claim, day, band):
        return "拒绝开门" if rng.random() < _REFUSED else "找到"
    if claim.kind in ("经营场所", "登记地址") and rng.random() < 0.5:
        return "关门歇业"
    return "已搬走" if rng.random() < _MISTAKEN else "在此居住未遇"


def make_visits(
    subjects: tuple[Subject, ...],
    filed_on: tuple[date, ...],
    *,
    count: int,
    as_of: date,
    seed: int,
) -> tuple[Visit, ...]:
    """Return past visits in order of time, all after filing and before ``as_of``."""
    rng = stream(seed, "visits")
    old_enough = [
        s for s in range(len(subjects)) if (as_of - filed_on[s]).days > 25 and subjects[s].claims
    ]
    taken: set[tuple[int, int, datetime]] = set()
    closed: set[tuple[int, int]] = set()
    found: list[Visit] = []
    tries = 0
    while len(found) < count and tries < 40 * count:
        tries += 1
        s = old_enough[int(rng.integers(len(old_enough)))]
        subject = subjects[s]
        c = int(rng.integers(len(subject.claims)))
        if (s, c) in closed:
            continue
        span = min(365, (as_of - filed_on[s]).days - 12)
        day = as_of - timedelta(days=1 + int(rng.integers(span)))
        if day.weekday() >= 5 and rng.random() < 0.88:
            continue
        band = int(rng.choice(5, p=_BAND_SHARES))
        minute = int(rng.integers(*_BAND_MINUTES[band])) // 5 * 5
        at = datetime.combine(day, time(minute // 60, minute % 60))
        if (s, c, at) in taken:
            continue
        taken.add((s, c, at))
        outcome = _outcome(subject, subject.claims[c], day, band, rng)
        if outcome in ("已搬走", "查无此址", "同名非本人", "找到"):
            closed.add((s, c))
        found.append(Visit(s, c, at, outcome))
    return tuple(sorted(found, key=lambda visit: (visit.at, visit.subject, visit.claim)))


def make_hints(
    district: District,
    subjects: tuple[Subject, ...],
    open_subjects: tuple[int, ...],
    *,
    count: int,
    as_of: date,
    seed: int,
) -> tuple[Hint, ...]:
    """Return leads of the last weeks, most of them right, a few expired or withdrawn."""
    rng = stream(seed, "leads")
    fit = [
        (s, c)
        for s in open_subjects
        for c, claim in enumerate(subjects[s].claims)
        if claim.true or rng.random() < 0.2
    ]
    picks = rng.choice(len(fit), min(count, len(fit)), replace=False)
    villages = district.places.villages
    found = []
    for pick in picks.tolist():
        s, c = fit[pick]
        claim = subjects[s].claims[c]
        village = villages[int(district.houses.village[claim.house])]
        days = int(rng.integers(1, 24))
        received = datetime.combine(
            as_of - timedelta(days=days), time(int(rng.integers(8, 20)), int(rng.integers(12)) * 5)
        )
        lasts = timedelta(days=int(rng.choice((14, 30, 45, 60), p=(0.2, 0.5, 0.15, 0.15))))
        shares = np.asarray(_PRESENCE[claim.kind][0])
        band = _BANDS[int(rng.choice(5, p=shares / shares.sum()))] if rng.random() < 0.6 else ""
        police = district.plan.police
        station = next(name for name, towns in police if village.township in towns)
        source = f"{village.full_name}网格联络员" if rng.random() < 0.75 else station
        found.append(
            Hint(
                s,
                c if rng.random() < 0.75 else -1,
                source,
                received,
                received + lasts,
                band,
                bool(rng.random() < 0.06),
            )
        )
    return tuple(sorted(found, key=lambda hint: (hint.received_at, hint.subject)))
