"""Pack debtors with their claims, outcomes and leads into :class:`Evidence`."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar

import numpy as np

from geo.address_text import comparable
from geo.localtime import DAY_S, LOCAL_ZONE, local_day
from geo.model import Floats, Ints, Precision
from routes.calendar import WorkCalendar
from routes.checks import CHECK_SOURCES, Answer, Check, CheckAnswer
from routes.errors import LocatingError
from routes.locating.columns import (
    KINDS,
    SOURCES,
    ClaimColumns,
    DebtorColumns,
    claim_columns,
    debtor_columns,
)
from routes.locating.days import DayTypes, day_number
from routes.locating.evidence import DAY, FINE, HOME, Evidence, outcome_position, position
from routes.locating.layout import Flags
from routes.locating.numbers import answer_half_life_d
from routes.locating.parameters import LocatingParameters
from routes.locating.places import group_copies, group_places, group_statements
from routes.model import (
    AddressClaim,
    ClaimId,
    ClaimSource,
    Debtor,
    DebtorId,
    Lead,
    Outcome,
    PlaceKind,
)

__all__ = ["gather", "is_usable", "lead_age_d"]

_T = TypeVar("_T")

_FINE = np.array([code in FINE for code in Precision], dtype=np.bool_)

# Which kind of a place's claims says when presence is likely there.
_AS_HOME = (PlaceKind.HOME, PlaceKind.REGISTERED, PlaceKind.BUSINESS, PlaceKind.WORK)
_AS_DAY = (PlaceKind.BUSINESS, PlaceKind.WORK, PlaceKind.REGISTERED, PlaceKind.HOME)
# Registered addresses from these sources are where business is done, not where people sleep.
_OF_BUSINESS = np.array(
    [s in (ClaimSource.COMPANY_REGISTER, ClaimSource.SOCIAL_INSURANCE) for s in ClaimSource],
    dtype=np.bool_,
)
_LEAST_SURE = 0.01  # of a statement's places one without a geocode is hardly meant. assumed
_CHECKS, _SAID = list(Check), list(Answer)
_BY_DAY = np.array([kind in (PlaceKind.WORK, PlaceKind.BUSINESS) for kind in PlaceKind], np.bool_)


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

    rows: ClaimColumns
    owner: Ints
    first: Ints
    used: Flags
    anchor: Ints
    confidence: Floats
    place: Ints
    place_first: Ints
    copy: Ints
    share: Floats
    named: Floats


def gather(
    *,
    debtors: Iterable[Debtor] | DebtorColumns,
    claims: Iterable[AddressClaim] | ClaimColumns,
    outcomes: Iterable[Outcome],
    leads: Iterable[Lead],
    now: datetime,
    parameters: LocatingParameters,
    calendar: WorkCalendar | None = None,
    answers: Iterable[CheckAnswer] = (),
) -> Evidence:
    """Pack what is known of the debtors.

    Parameters
    ----------
    debtors, claims
        As objects, or as columns where there are many.
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
    answers
        To checks; those of other claims or of a later day are left out. Of what one source says of
        one place within one of its half-lives, statement or answer, the newest counts; of one
        day the answer.

    Raises
    ------
    LocatingError
        If a moment has no time zone.
    """
    if now.tzinfo is None:
        raise LocatingError("定位计算的时间须带时区")
    people = debtors if isinstance(debtors, DebtorColumns) else debtor_columns(debtors)
    given = claims if isinstance(claims, ClaimColumns) else claim_columns(claims)
    number = {debtor: i for i, debtor in enumerate(people.ids)}
    today = now.astimezone(LOCAL_ZONE).date().toordinal()
    own = _of_claims(people, number, given, today, parameters)
    rows = own.rows
    towns, own_towns = _townships(own)
    n_places = int(own.place_first[-1])
    known = {claim: i for i, claim in enumerate(rows.ids)}
    visits = _of_outcomes(outcomes, own, known, now, DayTypes(calendar or WorkCalendar()))
    held = _of_leads(leads, number, own, known, now)
    told = _of_answers(answers, own, known, today, parameters)
    live = np.zeros(n_places, dtype=np.bool_)
    live[own.place[own.used]] = True
    once = ~live[own.place] & ~rows.namesake  # of a place that nobody names any more, all did
    speaks = own.used | once
    home_kind = np.full(n_places, len(_AS_HOME) - 1, dtype=np.int64)
    day_kind = np.full(n_places, len(_AS_DAY) - 1, dtype=np.int64)
    for kinds, order, anchor in ((home_kind, _AS_HOME, HOME), (day_kind, _AS_DAY, DAY)):
        rank = _codes([order.index(kind) for kind in PlaceKind])
        mine = speaks & (own.anchor == anchor)
        np.minimum.at(kinds, own.place[mine], rank[rows.kind[mine]])
        kinds[:] = _codes([KINDS[kind] for kind in order])[kinds]
    return Evidence(
        now=now,
        debtors=tuple(people.ids),
        claims=tuple(known),
        outcome_ids=visits.ids,
        lead_ids=held.ids,
        lead_sources=held.sources,
        answer_ids=told.ids,
        townships=towns,
        is_company=people.is_company,
        claim_first=own.first,
        place_first=own.place_first,
        visit_first=visits.first,
        claim_place=own.place,
        claim_used=own.used,
        claim_namesake=rows.namesake,
        claim_anchor=own.anchor,
        claim_answered=told.instead,
        claim_copy=own.copy,
        claim_share=own.share,
        claim_source=rows.source,
        claim_kind=rows.kind,
        claim_precision=rows.precision,
        claim_confidence=own.confidence,
        claim_age_d=(today - rows.seen_on).astype(np.float64),
        place_home_kind=home_kind,
        place_day_kind=day_kind,
        place_township=own_towns,
        place_home_share=own.named[HOME],
        place_day_share=own.named[DAY],
        visit_place=visits.place.astype(np.int32),
        visit_kind=visits.kind.astype(np.int8),
        visit_claim=visits.claim.astype(np.int32),
        visit_precision=rows.precision[visits.claim].astype(np.int8),
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
        answer_claim=told.claim,
        answer_check=told.check,
        answer_said=told.said,
        answer_age_d=told.age_d,
    )


def _of_claims(
    people: DebtorColumns,
    number: Mapping[DebtorId, int],
    claims: ClaimColumns,
    today: int,
    parameters: LocatingParameters,
) -> _Claims:
    whose = _codes([number.get(debtor, -1) for debtor in claims.debtors])
    order = np.argsort(whose, kind="stable")
    order = order[whose[order] >= 0]
    rows, owner = claims.take(order), whose[order]
    first = _firsts(owner, len(people.ids))
    used = (rows.seen_on <= today) & (rows.expires_on >= today) & ~rows.namesake
    fine = _FINE[rows.precision]
    text = _numbered(comparable(rows.texts))
    root, copy = np.empty(len(owner), dtype=np.int64), np.empty(len(owner), dtype=np.int64)
    most = int(np.diff(first).max(initial=0))
    far_m = np.empty((most, most))
    group_places(first, rows.lon, rows.lat, fine, text, parameters.same_place_m, far_m, root)
    heads = np.flatnonzero(root == np.arange(len(owner)))
    place = np.searchsorted(heads, root)
    registered = (rows.kind == KINDS[PlaceKind.REGISTERED]) & _OF_BUSINESS[rows.source]
    by_day = people.is_company[owner] | _BY_DAY[rows.kind] | registered
    anchor = np.where(by_day, DAY, HOME)
    family = _numbered(parameters.claim.family[s] for s in ClaimSource)
    copies = np.array([s in parameters.claim.transcribing for s in ClaimSource], dtype=np.bool_)
    group_copies(
        first,
        np.where(used, place, -1),
        anchor,
        family[rows.source],
        text,
        rows.seen_on,
        copies[rows.source],
        np.zeros(len(owner), dtype=np.bool_),
        copy,
    )
    sure = _confidence(rows.confidence, fine, text, place)
    said = np.empty(len(owner), dtype=np.int64)
    group_statements(
        first, used, anchor, family[rows.source], text, rows.seen_on, copies[rows.source], said
    )
    share, named = _shares(used, said, place, anchor, sure, len(heads))
    return _Claims(
        rows=rows,
        owner=owner,
        first=first,
        used=used,
        anchor=anchor,
        confidence=sure,
        place=place,
        place_first=_firsts(owner[heads], len(people.ids)),
        copy=copy,
        share=share,
        named=named,
    )


def _confidence(stated: Floats, fine: Flags, text: Ints, place: Ints) -> Floats:
    """Return the confidence of each claim's geocode.

    A claim that stands at the place of fine claims of its text has the best of theirs.
    """
    _, key = np.unique(place * (int(text.max(initial=0)) + 1) + text, return_inverse=True)
    best = np.full(len(stated), -1.0)
    np.maximum.at(best, key[fine], stated[fine])
    return np.where(fine | (best[key] < 0.0), stated, best[key])


def _shares(
    used: Flags, said: Ints, place: Ints, anchor: Ints, sure: Floats, n_places: int
) -> tuple[Floats, Floats]:
    """Return by claim, and by anchor and place, how far statements mean one place and not others.

    A statement that points to several places or anchors means one of them: each with the
    confidence of its geocode there, in proportion. See :class:`Evidence`.
    """
    share, named = np.ones(len(used)), np.ones((2, n_places))
    at = np.flatnonzero(used)
    cell = place[at] * 2 + anchor[at]
    pairs, pair = np.unique(np.stack([said[at], cell]), axis=1, return_inverse=True)
    pair = pair.reshape(-1)
    statement = np.unique(pairs[0], return_inverse=True)[1].reshape(-1)
    split = np.bincount(statement)[statement] > 1 if len(at) else np.zeros(0, dtype=np.bool_)
    if not split.any():
        return share, named
    best = np.full(pairs.shape[1], _LEAST_SURE)
    np.maximum.at(best, pair, sure[at])
    means = np.where(split, best / np.bincount(statement, best)[statement], 1.0)
    missed = np.ones(2 * n_places)
    np.multiply.at(missed, pairs[1], 1.0 - means)
    reached = np.ones(2 * n_places)
    reached[pairs[1]] = 1.0 - missed[pairs[1]]
    share[at] = (means / reached[pairs[1]])[pair]
    return share, reached.reshape(n_places, 2).T.copy()


def _townships(own: _Claims) -> tuple[tuple[str, ...], Ints]:
    """Return the codes, and each place's by the first of its claims that knows."""
    seen: dict[str, int] = {"": 0}
    of_claim = _codes([seen.setdefault(town, len(seen)) for town in own.rows.townships])
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
    of_debtor[own.place[~own.rows.namesake]] = True
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
    number: Mapping[DebtorId, int],
    own: _Claims,
    known: dict[ClaimId, int],
    now: datetime,
) -> _Leads:
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


@dataclass(frozen=True, slots=True, eq=False)
class _Answers:
    """Answers that count, as columns, and which claims they stand instead of."""

    ids: tuple[str, ...]
    claim: Ints
    check: Ints
    said: Ints
    age_d: Floats
    instead: Flags


def _of_answers(
    answers: Iterable[CheckAnswer],
    own: _Claims,
    known: Mapping[ClaimId, int],
    today: int,
    parameters: LocatingParameters,
) -> _Answers:
    """Keep the newest word of each check on each place and anchor within its half-life."""
    seen_on, instead = own.rows.seen_on, np.zeros(len(own.owner), dtype=np.bool_)
    spoken: dict[tuple[Check, int, int], list[tuple[int, str, CheckAnswer]]] = {}
    for answer in answers:
        at, day = known.get(answer.claim_id, -1), answer.answered_on.toordinal()
        if at >= 0 and day <= today and not own.rows.namesake[at]:
            key = answer.check, int(own.place[at]), int(own.anchor[at])
            spoken.setdefault(key, []).append((day, answer.id, answer))
    rows = []
    for (check, place, anchor), told in spoken.items():
        half_life_d, source = answer_half_life_d(parameters, check), CHECK_SOURCES.get(check)
        same = own.used & (own.place == place) & (own.anchor == anchor)
        code = -1 if source is None else SOURCES[source]
        claims = np.flatnonzero(same & (own.rows.source == code))
        newer = seen_on[claims].tolist()
        kept: list[int] = []
        for day, _, answer in sorted(told, key=lambda one: one[:2], reverse=True):
            if any(0 <= other - day <= half_life_d for other in kept) or any(
                0 < other - day <= half_life_d for other in newer
            ):
                continue
            kept.append(day)
            since = day - seen_on[claims]
            instead[claims[(since >= 0) & (since <= half_life_d)]] = True
            rows.append((answer, known[answer.claim_id], float(today - day)))
    return _Answers(
        ids=tuple(answer.id for answer, _, _ in rows),
        claim=_codes([at for _, at, _ in rows]),
        check=_codes([_CHECKS.index(answer.check) for answer, _, _ in rows]),
        said=_codes([_SAID.index(answer.answer) for answer, _, _ in rows]),
        age_d=np.array([age_d for _, _, age_d in rows], dtype=np.float64),
        instead=instead,
    )
