"""The inputs of the locating model, packed into arrays: this list is all that it sees.

No attribute of the person is among them: not sex, age, ethnicity, religion, health or politics.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields
from datetime import date, datetime
from typing import TypeVar

import numpy as np

from geo.localtime import DAY_S, LOCAL_ZONE
from geo.model import Floats, Ints, Precision
from routes.calendar import WorkCalendar
from routes.errors import LocatingError
from routes.locating.days import DayTypes
from routes.locating.layout import Flags, Index, Small
from routes.locating.parameters import DayType, LocatingParameters
from routes.locating.places import group_copies, group_places
from routes.model import (
    AddressClaim,
    ClaimId,
    ClaimSource,
    Debtor,
    DebtorId,
    DebtorKind,
    Lead,
    Outcome,
    OutcomeKind,
    PlaceKind,
    VisitBand,
)

__all__ = ["DAY", "HOME", "Evidence", "gather", "outcome_position", "position"]

_T = TypeVar("_T")

HOME, DAY = 0, 1  # what a claim speaks of: residence, or day place (a company's seat)

_FINE = frozenset({Precision.DOOR, Precision.INTERPOLATED, Precision.POI})
_SOURCES = {code: i for i, code in enumerate(ClaimSource)}
_KINDS = {code: i for i, code in enumerate(PlaceKind)}
_OUTCOMES = {code: i for i, code in enumerate(OutcomeKind)}
_BANDS = {code: i for i, code in enumerate(VisitBand)}
_DAY_TYPES = {code: i for i, code in enumerate(DayType)}
_PRECISIONS = {code: i for i, code in enumerate(Precision)}

# Which kind of a place's claims says when presence is likely there.
_AS_HOME = (PlaceKind.HOME, PlaceKind.REGISTERED, PlaceKind.BUSINESS, PlaceKind.WORK)
_AS_DAY = (PlaceKind.BUSINESS, PlaceKind.WORK, PlaceKind.REGISTERED, PlaceKind.HOME)
# Registered addresses from these sources are where business is done, not where people sleep.
_OF_BUSINESS = frozenset({ClaimSource.COMPANY_REGISTER, ClaimSource.SOCIAL_INSURANCE})


@dataclass(frozen=True, slots=True, eq=False)
class Evidence:
    """All that is known of some debtors, in arrays; codes are positions in their enumeration.

    Parameters
    ----------
    now
        Moment at which ages are taken.
    debtors, claims
        Identifiers; claims stand together by debtor.
    outcome_ids
        Of the visits, by debtor and in the order of their arrays.
    lead_ids
        Of the leads, in the order of their arrays.
    townships
        Codes; the first is "", for a place whose township is unknown.
    is_company
        By debtor.
    claim_first, place_first, visit_first
        Where each debtor's begin; one more at the end.
    claim_place
        Position among all places, -1 where no usable claim speaks of the place.
    claim_used
        Whether the claim itself has not expired.
    claim_anchor
        ``HOME`` or ``DAY``.
    claim_copy
        First claim that this one repeats, or itself; claims that repeat each other count once.
    claim_source, claim_kind, claim_precision, claim_confidence, claim_age_d
        As stated.
    place_home_kind, place_day_kind, place_township
        For presence.
    place_told
        By place and band: whether a lead speaks of the band.
    visit_place, visit_kind, visit_claim, visit_precision, visit_day, visit_band
        Past visits, ordered by debtor, day and band. Days count from 1970-01-01, weeks begin
        on Mondays.
    visit_day_type, visit_age_d, visit_on
        ``visit_on``: not withdrawn.
    lead_place, lead_anchor
        Leads that name a claim, one a source and place.
    lead_on
        Not withdrawn.
    """

    now: datetime
    debtors: tuple[DebtorId, ...]
    claims: tuple[ClaimId, ...]
    outcome_ids: tuple[tuple[str, ...], ...]
    lead_ids: tuple[str, ...]
    townships: tuple[str, ...]
    is_company: Flags
    claim_first: Ints
    place_first: Ints
    visit_first: Ints
    claim_place: Ints
    claim_used: Flags
    claim_anchor: Ints
    claim_copy: Ints
    claim_source: Ints
    claim_kind: Ints
    claim_precision: Ints
    claim_confidence: Floats
    claim_age_d: Floats
    place_home_kind: Ints
    place_day_kind: Ints
    place_township: Ints
    place_told: Flags
    visit_place: Index
    visit_kind: Small
    visit_claim: Index
    visit_precision: Small
    visit_day: Index
    visit_band: Small
    visit_day_type: Small
    visit_age_d: Floats
    visit_on: Flags
    lead_place: Ints
    lead_anchor: Ints
    lead_on: Flags

    def __post_init__(self) -> None:
        for each in fields(self):
            value = getattr(self, each.name)
            if isinstance(value, np.ndarray):
                value.setflags(write=False)


def position(code: VisitBand | DayType) -> int:
    """Return the number by which arrays know a band or day type."""
    return _BANDS[code] if isinstance(code, VisitBand) else _DAY_TYPES[code]


def outcome_position(kind: OutcomeKind) -> int:
    """Return the number by which arrays know a kind of outcome."""
    return _OUTCOMES[kind]


def _codes(values: Sequence[int]) -> Ints:
    return np.array(values, dtype=np.int64)


def _firsts(owner: Ints, count: int) -> Ints:
    return np.concatenate(([0], np.cumsum(np.bincount(owner, minlength=count)))).astype(np.int64)


def _numbered(values: Iterable[_T]) -> Ints:
    """Return equal numbers for equal values."""
    seen: dict[_T, int] = {}
    return _codes([seen.setdefault(value, len(seen)) for value in values])


@dataclass(frozen=True, slots=True, eq=False)
class _Claims:
    """Claims of the debtors, in order of the debtors, with their columns."""

    rows: Sequence[AddressClaim]
    owner: Ints
    first: Ints
    used: Flags
    anchor: Ints
    source: Ints
    kind: Ints
    precision: Ints
    place: Ints
    place_first: Ints
    copy: Ints


def gather(
    *,
    debtors: Iterable[Debtor],
    claims: Iterable[AddressClaim],
    outcomes: Iterable[Outcome],
    leads: Iterable[Lead],
    now: datetime,
    parameters: LocatingParameters,
    calendar: WorkCalendar | None = None,
) -> Evidence:
    """Pack what is known of the debtors.

    Parameters
    ----------
    claims, outcomes, leads
        Those of other debtors are left out, and so is what was withdrawn, has expired or lies
        in the future. An outcome dated before its claim tells of the place all the same.
    now
        Aware.
    parameters
        Of these only distance of one place, families and copying sources are used.
    calendar
        For the day types of past visits. None: the published calendar.

    Raises
    ------
    LocatingError
        If a moment has no time zone.
    """
    if now.tzinfo is None:
        raise LocatingError("定位计算的时间须带时区")
    people = {debtor.id: debtor for debtor in debtors}
    own = _of_claims(people, claims, now.astimezone(LOCAL_ZONE).date(), parameters)
    towns, own_towns = _townships(own)
    n_places = int(own.place_first[-1])
    known = {claim.id: i for i, claim in enumerate(own.rows)}
    visits = _of_outcomes(outcomes, own, known, now, DayTypes(calendar or WorkCalendar()))
    held = _of_leads(leads, people, own, known, now, n_places)
    today = now.astimezone(LOCAL_ZONE).date().toordinal()
    placed = own.place >= 0
    home_kind = np.full(n_places, len(_AS_HOME) - 1, dtype=np.int64)
    day_kind = np.full(n_places, len(_AS_DAY) - 1, dtype=np.int64)
    counted = placed & own.used
    for kinds, order, anchor in ((home_kind, _AS_HOME, HOME), (day_kind, _AS_DAY, DAY)):
        rank = _codes([order.index(kind) for kind in PlaceKind])
        mine = counted & (own.anchor == anchor)
        np.minimum.at(kinds, own.place[mine], rank[own.kind[mine]])
        kinds[:] = _codes([_KINDS[kind] for kind in order])[kinds]
    return Evidence(
        now=now,
        debtors=tuple(people),
        claims=tuple(known),
        outcome_ids=visits.ids,
        lead_ids=held.ids,
        townships=towns,
        is_company=np.array(
            [d.kind is DebtorKind.COMPANY for d in people.values()], dtype=np.bool_
        ),
        claim_first=own.first,
        place_first=own.place_first,
        visit_first=visits.first,
        claim_place=own.place,
        claim_used=own.used,
        claim_anchor=own.anchor,
        claim_copy=own.copy,
        claim_source=own.source,
        claim_kind=own.kind,
        claim_precision=own.precision,
        claim_confidence=np.array(
            [0.0 if c.place is None else c.place.confidence for c in own.rows], dtype=np.float64
        ),
        claim_age_d=np.maximum(
            np.array([today - c.seen_on.toordinal() for c in own.rows], dtype=np.float64), 0.0
        ),
        place_home_kind=home_kind,
        place_day_kind=day_kind,
        place_township=own_towns,
        place_told=held.told,
        visit_place=visits.place.astype(np.int32),
        visit_kind=visits.kind.astype(np.int8),
        visit_claim=visits.claim.astype(np.int32),
        visit_precision=own.precision[visits.claim].astype(np.int8),
        visit_day=visits.day.astype(np.int32),
        visit_band=visits.band.astype(np.int8),
        visit_day_type=visits.day_type.astype(np.int8),
        visit_age_d=visits.age_d,
        visit_on=np.ones(len(visits.place), dtype=np.bool_),
        lead_place=held.place,
        lead_anchor=held.anchor,
        lead_on=np.ones(len(held.ids), dtype=np.bool_),
    )


def _of_claims(
    people: dict[DebtorId, Debtor],
    claims: Iterable[AddressClaim],
    today: date,
    parameters: LocatingParameters,
) -> _Claims:
    number = {debtor: i for i, debtor in enumerate(people)}
    company = [debtor.kind is DebtorKind.COMPANY for debtor in people.values()]
    rows = [claim for claim in claims if claim.debtor_id in number]
    owner = _codes([number[claim.debtor_id] for claim in rows])
    order = np.argsort(owner, kind="stable")
    rows, owner = [rows[i] for i in order], owner[order]
    first = _firsts(owner, len(people))
    used = np.array([c.expires_on is None or c.expires_on >= today for c in rows], dtype=np.bool_)
    points = [None if c.place is None else c.place for c in rows]
    lon = np.array([0.0 if p is None else p.point.lon for p in points], dtype=np.float64)
    lat = np.array([0.0 if p is None else p.point.lat for p in points], dtype=np.float64)
    fine = np.array([p is not None and p.precision in _FINE for p in points], dtype=np.bool_)
    text = _numbered(c.text for c in rows)
    root, copy = np.empty(len(rows), dtype=np.int64), np.empty(len(rows), dtype=np.int64)
    group_places(first, lon, lat, fine, text, parameters.same_place_m, root)
    alive = np.zeros(len(rows), dtype=np.bool_)
    alive[root[used]] = True  # by the first claim of each place
    heads = np.flatnonzero(alive & (root == np.arange(len(rows))))
    numbers = np.full(len(rows), -1, dtype=np.int64)
    numbers[heads] = np.arange(len(heads))
    place = numbers[root] if len(rows) else numbers
    anchor = _codes(
        [
            DAY
            if company[who] or c.kind in (PlaceKind.WORK, PlaceKind.BUSINESS)
            else DAY
            if c.kind is PlaceKind.REGISTERED and c.source in _OF_BUSINESS
            else HOME
            for who, c in zip(owner, rows, strict=True)
        ]
    )
    source = _codes([_SOURCES[c.source] for c in rows])
    family = _numbered(parameters.claim.family[s] for s in ClaimSource)
    copies = np.array([s in parameters.claim.transcribing for s in ClaimSource], dtype=np.bool_)
    group_copies(
        first,
        np.where(used, place, -1),
        anchor,
        family[source],
        text,
        _codes([c.seen_on.toordinal() for c in rows]),
        copies[source],
        np.zeros(len(rows), dtype=np.bool_),
        copy,
    )
    return _Claims(
        rows=rows,
        owner=owner,
        first=first,
        used=used,
        anchor=anchor,
        source=source,
        kind=_codes([_KINDS[c.kind] for c in rows]),
        precision=_codes(
            [_PRECISIONS[Precision.NONE if p is None else p.precision] for p in points]
        ),
        place=place,
        place_first=_firsts(owner[heads], len(people)),
        copy=copy,
    )


def _townships(own: _Claims) -> tuple[tuple[str, ...], Ints]:
    """Return the codes, and each place's by the first of its claims that knows."""
    seen: dict[str, int] = {"": 0}
    of_claim = _codes(
        [
            seen.setdefault((c.place.township_code or "") if c.place else "", len(seen))
            for c in own.rows
        ]
    )
    of_place = np.zeros(int(own.place_first[-1]), dtype=np.int64)
    known = np.flatnonzero((of_claim > 0) & (own.place >= 0))[::-1]
    of_place[own.place[known]] = of_claim[known]
    return tuple(seen), of_place


@dataclass(frozen=True, slots=True, eq=False)
class _Visits:
    """Past visits in order."""

    ids: tuple[tuple[str, ...], ...]
    first: Ints
    place: Ints
    kind: Ints
    claim: Ints
    day: Ints
    band: Ints
    day_type: Ints
    age_d: Floats


def _of_outcomes(
    outcomes: Iterable[Outcome],
    own: _Claims,
    known: dict[ClaimId, int],
    now: datetime,
    day_types: DayTypes,
) -> _Visits:
    count = len(own.first) - 1
    at_of = own.place.tolist()
    rows: list[Outcome] = []
    claim: list[int] = []
    for outcome in outcomes:
        i = known.get(outcome.claim_id, -1)
        if i < 0 or outcome.withdrawn or at_of[i] < 0:
            continue
        if outcome.at.tzinfo is None:
            raise LocatingError("走访结果 %(id)s 的时间须带时区", id=outcome.id)
        rows.append(outcome)
        claim.append(i)
    moment = now.timestamp()
    at_s = np.array([outcome.at.timestamp() for outcome in rows], dtype=np.float64)
    of = np.array(claim, dtype=np.int64)
    past = at_s <= moment
    band = _codes([_BANDS[outcome.band] for outcome in rows])
    kind = _codes([_OUTCOMES[outcome.kind] for outcome in rows])
    shift = LOCAL_ZONE.utcoffset(now)
    assert shift is not None
    day = np.floor((at_s + shift.total_seconds()) / DAY_S).astype(np.int64)
    key = (own.owner[of] * 2**24 + day) * 8 + band
    order = np.lexsort((at_s, of, kind, own.place[of], key))
    order = order[past[order]]
    first = _firsts(own.owner[of[order]], count)
    ids, starts = [rows[i].id for i in order], first.tolist()
    return _Visits(
        ids=tuple(tuple(ids[i:j]) for i, j in itertools.pairwise(starts)),
        first=first,
        place=own.place[of[order]],
        kind=kind[order],
        claim=of[order],
        day=day[order],
        band=band[order],
        day_type=day_types.codes(day[order]),
        age_d=(moment - at_s[order]) / DAY_S,
    )


@dataclass(frozen=True, slots=True, eq=False)
class _Leads:
    """Leads that name a place, and the bands that any lead names."""

    ids: tuple[str, ...]
    place: Ints
    anchor: Ints
    told: Flags


def _of_leads(
    leads: Iterable[Lead],
    people: dict[DebtorId, Debtor],
    own: _Claims,
    known: dict[ClaimId, int],
    now: datetime,
    n_places: int,
) -> _Leads:
    number = {debtor: i for i, debtor in enumerate(people)}
    told = np.zeros((n_places, len(VisitBand)), dtype=np.bool_)
    heard: set[tuple[int, int, str]] = set()
    ids, places, anchors = [], [], []
    usable = [
        lead
        for lead in leads
        if not lead.withdrawn
        and lead.received_at <= now < lead.expires_at
        and lead.debtor_id in number
    ]
    for lead in sorted(usable, key=lambda each: (each.received_at, each.id)):
        d = number[lead.debtor_id]
        if lead.claim_id is None:
            if lead.band is not None:
                told[own.place_first[d] : own.place_first[d + 1], _BANDS[lead.band]] = True
            continue
        i = known.get(lead.claim_id, -1)
        if i < 0 or own.owner[i] != d or own.place[i] < 0:
            continue
        place, anchor = int(own.place[i]), int(own.anchor[i])
        if lead.band is not None:
            told[place, _BANDS[lead.band]] = True
        if (place, anchor, lead.source) not in heard:
            heard.add((place, anchor, lead.source))
            ids.append(lead.id)
            places.append(place)
            anchors.append(anchor)
    return _Leads(tuple(ids), _codes(places), _codes(anchors), told)
