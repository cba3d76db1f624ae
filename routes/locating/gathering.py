"""Pack debtors with their claims, outcomes and leads into :class:`Evidence`."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import TypeVar

import numpy as np

from geo.address_text import comparable
from geo.localtime import DAY_S, LOCAL_ZONE, local_day
from geo.model import Floats, Ints, Precision
from routes.calendar import WorkCalendar
from routes.errors import LocatingError
from routes.locating.days import DayTypes, day_number
from routes.locating.evidence import DAY, FINE, HOME, Evidence, outcome_position, position
from routes.locating.layout import Flags
from routes.locating.parameters import LocatingParameters
from routes.locating.places import group_copies, group_places
from routes.model import (
    AddressClaim,
    ClaimId,
    ClaimSource,
    Debtor,
    DebtorId,
    DebtorKind,
    Lead,
    NamesakeVerdict,
    Outcome,
    Place,
    PlaceKind,
)

__all__ = ["gather", "is_usable", "lead_age_d"]

_T = TypeVar("_T")

_SOURCES = {code: i for i, code in enumerate(ClaimSource)}
_KINDS = {code: i for i, code in enumerate(PlaceKind)}
_PRECISIONS = {code: i for i, code in enumerate(Precision)}

# Which kind of a place's claims says when presence is likely there.
_AS_HOME = (PlaceKind.HOME, PlaceKind.REGISTERED, PlaceKind.BUSINESS, PlaceKind.WORK)
_AS_DAY = (PlaceKind.BUSINESS, PlaceKind.WORK, PlaceKind.REGISTERED, PlaceKind.HOME)
# Registered addresses from these sources are where business is done, not where people sleep.
_OF_BUSINESS = frozenset({ClaimSource.COMPANY_REGISTER, ClaimSource.SOCIAL_INSURANCE})


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
    namesake: Flags
    anchor: Ints
    source: Ints
    kind: Ints
    precision: Ints
    confidence: Floats
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
        Those of other debtors are left out, and so is what was withdrawn or lies in the future,
        and leads that have expired. An outcome tells of its claim's place, however old the claim:
        also if the claim is dated later, or has expired; but not where only claims that were
        decided to be a namesake's point.
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
    held = _of_leads(leads, people, own, known, now)
    today = now.astimezone(LOCAL_ZONE).date().toordinal()
    live = np.zeros(n_places, dtype=np.bool_)
    live[own.place[own.used]] = True
    once = ~live[own.place] & ~own.namesake  # of a place that nobody names any more, all did
    speaks = own.used | once
    home_kind = np.full(n_places, len(_AS_HOME) - 1, dtype=np.int64)
    day_kind = np.full(n_places, len(_AS_DAY) - 1, dtype=np.int64)
    for kinds, order, anchor in ((home_kind, _AS_HOME, HOME), (day_kind, _AS_DAY, DAY)):
        rank = _codes([order.index(kind) for kind in PlaceKind])
        mine = speaks & (own.anchor == anchor)
        np.minimum.at(kinds, own.place[mine], rank[own.kind[mine]])
        kinds[:] = _codes([_KINDS[kind] for kind in order])[kinds]
    return Evidence(
        now=now,
        debtors=tuple(people),
        claims=tuple(known),
        outcome_ids=visits.ids,
        lead_ids=held.ids,
        lead_sources=held.sources,
        townships=towns,
        is_company=np.array(
            [d.kind is DebtorKind.COMPANY for d in people.values()], dtype=np.bool_
        ),
        claim_first=own.first,
        place_first=own.place_first,
        visit_first=visits.first,
        claim_place=own.place,
        claim_used=own.used,
        claim_namesake=own.namesake,
        claim_anchor=own.anchor,
        claim_copy=own.copy,
        claim_source=own.source,
        claim_kind=own.kind,
        claim_precision=own.precision,
        claim_confidence=own.confidence,
        claim_age_d=np.array([today - c.seen_on.toordinal() for c in own.rows], dtype=np.float64),
        place_home_kind=home_kind,
        place_day_kind=day_kind,
        place_township=own_towns,
        visit_place=visits.place.astype(np.int32),
        visit_kind=visits.kind.astype(np.int8),
        visit_claim=visits.claim.astype(np.int32),
        visit_precision=own.precision[visits.claim].astype(np.int8),
        visit_day=visits.day.astype(np.int32),
        visit_band=visits.band.astype(np.int8),
        visit_day_type=visits.day_type.astype(np.int8),
        visit_age_d=visits.age_d,
        lead_debtor=held.debtor,
        lead_place=held.place,
        lead_anchor=held.anchor,
        lead_band=held.band,
        lead_source=held.source,
        lead_age_d=held.age_d,
        lead_day=held.day,
    )


def _tells(claim: AddressClaim, today: date) -> bool:
    """Return whether a claim is dated and in its term."""
    return claim.seen_on <= today and (claim.expires_on is None or claim.expires_on >= today)


def _is_namesakes(claim: AddressClaim) -> bool:
    return claim.ruling is not None and claim.ruling.verdict is NamesakeVerdict.DIFFERENT


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
    namesake = np.array([_is_namesakes(claim) for claim in rows], dtype=np.bool_)
    used = np.array([_tells(claim, today) for claim in rows], dtype=np.bool_) & ~namesake
    points = [None if c.place is None else c.place for c in rows]
    lon = np.array([0.0 if p is None else p.point.lon for p in points], dtype=np.float64)
    lat = np.array([0.0 if p is None else p.point.lat for p in points], dtype=np.float64)
    fine = np.array([p is not None and p.precision in FINE for p in points], dtype=np.bool_)
    text = _numbered(comparable(c.text.reveal() for c in rows))
    root, copy = np.empty(len(rows), dtype=np.int64), np.empty(len(rows), dtype=np.int64)
    most = int(np.diff(first).max(initial=0))
    far_m = np.empty((most, most))
    group_places(first, lon, lat, fine, text, parameters.same_place_m, far_m, root)
    heads = np.flatnonzero(root == np.arange(len(rows)))
    place = np.searchsorted(heads, root)
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
        namesake=namesake,
        anchor=anchor,
        source=source,
        kind=_codes([_KINDS[c.kind] for c in rows]),
        precision=_codes(
            [_PRECISIONS[Precision.NONE if p is None else p.precision] for p in points]
        ),
        confidence=_confidence(points, fine, text, place),
        place=place,
        place_first=_firsts(owner[heads], len(people)),
        copy=copy,
    )


def _confidence(points: Sequence[Place | None], fine: Flags, text: Ints, place: Ints) -> Floats:
    """Return the confidence of each claim's geocode.

    A claim that stands at the place of fine claims of its text has the best of theirs.
    """
    stated = np.array([0.0 if p is None else p.confidence for p in points], dtype=np.float64)
    _, key = np.unique(np.stack([place, text]), axis=1, return_inverse=True)
    best = np.full(len(points), -1.0)
    np.maximum.at(best, key[fine], stated[fine])
    return np.where(fine | (best[key] < 0.0), stated, best[key])


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
    known = np.flatnonzero(of_claim > 0)[::-1]
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
    rows: list[Outcome] = []
    claim: list[int] = []
    for outcome in outcomes:
        i = known.get(outcome.claim_id, -1)
        if i < 0 or outcome.withdrawn:
            continue
        if outcome.at.tzinfo is None:
            raise LocatingError("走访结果 %(id)s 的时间须带时区", id=outcome.id)
        rows.append(outcome)
        claim.append(i)
    moment = now.timestamp()
    at_s = np.array([outcome.at.timestamp() for outcome in rows], dtype=np.float64)
    of = np.array(claim, dtype=np.int64)
    of_debtor = np.zeros(int(own.place_first[-1]), dtype=np.bool_)
    of_debtor[own.place[~own.namesake]] = True
    past = (at_s <= moment) & of_debtor[own.place[of]]
    band = _codes([position(outcome.band) for outcome in rows])
    kind = _codes([outcome_position(outcome.kind) for outcome in rows])
    shift = LOCAL_ZONE.utcoffset(now)
    assert shift is not None
    day = np.floor((at_s + shift.total_seconds()) / DAY_S).astype(np.int64)
    key = (own.owner[of] * 2**24 + day) * 8 + band
    age_d = (moment - at_s) / DAY_S
    name = np.array([outcome.id for outcome in rows], dtype=np.str_)
    order = np.lexsort((name, -age_d, of, kind, own.place[of], key))
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
        age_d=age_d[order],
    )


@dataclass(frozen=True, slots=True, eq=False)
class _Leads:
    """Usable leads, as columns; places and bands are -1 where none is named."""

    ids: tuple[str, ...]
    sources: tuple[str, ...]
    debtor: Ints
    place: Ints
    anchor: Ints
    band: Ints
    source: Ints
    age_d: Floats
    day: Ints


def is_usable(lead: Lead, now: datetime) -> bool:
    """Tell whether a lead counts at a moment: received, not expired, not withdrawn."""
    return not lead.withdrawn and lead.received_at <= now < lead.expires_at


def lead_age_d(lead: Lead, now: datetime) -> float:
    """Return how old a lead is, days; leads are ordered by age, then by id."""
    return (now.timestamp() - lead.received_at.timestamp()) / DAY_S


def _of_leads(
    leads: Iterable[Lead],
    people: dict[DebtorId, Debtor],
    own: _Claims,
    known: dict[ClaimId, int],
    now: datetime,
) -> _Leads:
    number = {debtor: i for i, debtor in enumerate(people)}
    sources: dict[str, int] = {}
    rows = []
    usable = (lead for lead in leads if lead.debtor_id in number and is_usable(lead, now))
    for lead in sorted(usable, key=lambda each: (-lead_age_d(each, now), each.id)):
        d = number[lead.debtor_id]
        at = known.get(lead.claim_id, -1) if lead.claim_id is not None else -1
        if lead.claim_id is not None and (at < 0 or own.owner[at] != d):
            continue
        rows.append(
            (
                lead.id,
                d,
                own.place[at] if at >= 0 else -1,
                own.anchor[at] if at >= 0 else -1,
                -1 if lead.band is None else position(lead.band),
                sources.setdefault(lead.source, len(sources)),
                day_number(local_day(lead.received_at)),
                lead_age_d(lead, now),
            )
        )
    ids, *columns, ages = zip(*rows, strict=True) if rows else ((),) * 8
    debtor, place, anchor, band, source, day = map(_codes, columns)
    return _Leads(
        ids=tuple(ids),
        sources=tuple(sources),
        debtor=debtor,
        place=place,
        anchor=anchor,
        band=band,
        source=source,
        age_d=np.array(ages, dtype=np.float64),
        day=day,
    )
