"""Where a debtor is likely to be: Bayes over the debtor's places and *elsewhere*.

The hypotheses are that the debtor belongs to exactly one of the distinct places named, or to
none of them (elsewhere). With strengths s the prior odds of a place against elsewhere are
s / (1 - s), which is what independent claims become once at most one of them can be right.
Each outcome and each usable lead multiplies the odds of its place by a likelihood ratio; an
outcome's ratio fades with age. After L. D. Stone, Theory of Optimal Search (1975): probability
of area, of presence, of detection. No attribute of the person is an input.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from geo.localtime import local_day
from geo.messages import Message, message
from routes.calendar import WorkCalendar
from routes.errors import LocatingError
from routes.locating.parameters import DayType, LocatingParameters
from routes.locating.presence import DayTypes, PresenceTable, age_days, learn_presence
from routes.locating.prior import claim_strength, place_strength, same_places
from routes.locating.words import BAND_WORDS, OUTCOME_WORDS, PLACE_WORDS, SOURCE_WORDS
from routes.model import (
    AddressClaim,
    ClaimId,
    Debtor,
    DebtorId,
    Lead,
    Outcome,
    OutcomeKind,
    VisitBand,
)

__all__ = ["ClaimEstimate", "Located", "likelihood_ratio", "locate"]

_SHOWN = 0.005  # a change of another place's making that is worth a line


@dataclass(frozen=True, slots=True)
class ClaimEstimate:
    """What is believed of one address claim, and why.

    Parameters
    ----------
    p_place
        Probability that the debtor belongs to this claim's place. Claims that point to one
        place share it: sum over distinct places, see ``same_place``.
    evidence
        One sentence a reason, in the order in which they count.
    presence
        Probability of being there by (band, day type), if it is the debtor's place.
    detection
        Probability of meeting a debtor who is there.
    same_place
        Other claims of the debtor at the same place.
    """

    p_place: float
    evidence: tuple[Message, ...]
    presence: Mapping[tuple[VisitBand, str], float]
    detection: float
    same_place: tuple[ClaimId, ...] = ()

    def p_found(self, band: VisitBand, day_kind: str) -> float:
        """Return the probability that one visit finds the debtor.

        Parameters
        ----------
        band
            When the visit starts.
        day_kind
            ``workday``, ``rest_day``, or ``holiday``, which counts as a day of rest.
        """
        day = DayType.WORKDAY if day_kind == DayType.WORKDAY else DayType.REST_DAY
        return self.p_place * self.presence[band, day] * self.detection


@dataclass(frozen=True, slots=True)
class Located:
    """Estimates by claim, and each debtor's probability of being at none of the places."""

    claims: Mapping[ClaimId, ClaimEstimate]
    elsewhere: Mapping[DebtorId, float]


@dataclass(frozen=True, slots=True)
class _Event:
    """One piece of evidence on one place: adds ``log_ratio`` to the place's log odds."""

    at: datetime
    id: str
    claim: int
    log_ratio: float
    text: Message


@dataclass(frozen=True, slots=True)
class _Context:
    """What all debtors share."""

    now: datetime
    parameters: LocatingParameters
    presence: PresenceTable
    day_types: DayTypes


def likelihood_ratio(kind: OutcomeKind, presence: float, parameters: LocatingParameters) -> float:
    """Return P(outcome | belongs here) / P(outcome | does not), for a fresh outcome."""
    here = (
        presence * parameters.here_present[kind] + (1.0 - presence) * parameters.here_absent[kind]
    )
    return here / parameters.away[kind]


def locate(
    *,
    debtors: Iterable[Debtor],
    claims: Iterable[AddressClaim],
    outcomes: Iterable[Outcome],
    leads: Iterable[Lead],
    now: datetime,
    parameters: LocatingParameters,
    presence: PresenceTable | None = None,
    calendar: WorkCalendar | None = None,
) -> Located:
    """Estimate where each debtor is.

    Parameters
    ----------
    claims, outcomes, leads
        Those of the debtors; others are used for learning presence only. Withdrawn, expired
        and future evidence is left out.
    now
        Aware.
    presence
        What :func:`learn_presence` made of all the court's outcomes. None: learn from the
        outcomes given here.
    calendar
        For the day type of past visits. None: the published calendar.

    Raises
    ------
    LocatingError
        If ``now`` has no time zone.
    """
    if now.tzinfo is None:
        raise LocatingError("定位计算的时间须带时区")
    all_claims, all_outcomes = tuple(claims), tuple(outcomes)
    used = calendar or WorkCalendar()
    if presence is None:
        presence = learn_presence(
            all_claims, all_outcomes, now=now, parameters=parameters, calendar=used
        )
    context = _Context(now, parameters, presence, DayTypes(used))
    claims_of: dict[DebtorId, list[AddressClaim]] = defaultdict(list)
    for claim in all_claims:
        claims_of[claim.debtor_id].append(claim)
    outcomes_of: dict[ClaimId, list[Outcome]] = defaultdict(list)
    for outcome in all_outcomes:
        if not outcome.withdrawn and outcome.at <= now:
            outcomes_of[outcome.claim_id].append(outcome)
    leads_of: dict[DebtorId, list[Lead]] = defaultdict(list)
    for lead in leads:
        if not lead.withdrawn and lead.received_at <= now < lead.expires_at:
            leads_of[lead.debtor_id].append(lead)
    estimates: dict[ClaimId, ClaimEstimate] = {}
    elsewhere: dict[DebtorId, float] = {}
    for debtor in debtors:
        own = claims_of.get(debtor.id, [])
        visits = [outcomes_of.get(claim.id, []) for claim in own]
        made, p_elsewhere = _locate_one(own, visits, leads_of.get(debtor.id, []), context)
        estimates.update(zip((claim.id for claim in own), made, strict=True))
        elsewhere[debtor.id] = p_elsewhere
    return Located(estimates, elsewhere)


def _locate_one(
    claims: Sequence[AddressClaim],
    visits: Sequence[Sequence[Outcome]],
    leads: Sequence[Lead],
    context: _Context,
) -> tuple[list[ClaimEstimate], float]:
    parameters = context.parameters
    today = local_day(context.now)
    strengths = [claim_strength(c, today=today, parameters=parameters) for c in claims]
    live = [i for i, strength in enumerate(strengths) if strength.value > 0.0]
    groups = [
        tuple(live[k] for k in group)
        for group in same_places([claims[i] for i in live], parameters=parameters)
    ]
    place_of = {i: g for g, group in enumerate(groups) for i in group}
    log_odds: list[float] = []
    for group in groups:
        strength = place_strength(
            [claims[i] for i in group], [strengths[i] for i in group], parameters=parameters
        )
        log_odds.append(math.log(strength) - math.log1p(-strength))
    shares, p_elsewhere = _shares(log_odds)
    evidence: list[list[Message]] = [list(strength.reasons) for strength in strengths]
    for i in live:
        evidence[i] += _agreement(claims, groups[place_of[i]], i, parameters)
        evidence[i].append(
            message("综合该被执行人全部地址，走访前概率 %(p).1f%%", p=100.0 * shares[place_of[i]])
        )
    for event in _events(claims, visits, leads, live, context):
        place = place_of[event.claim]
        log_odds[place] += event.log_ratio
        before, (shares, p_elsewhere) = shares, _shares(log_odds)
        for i in live:
            other = place_of[i] != place
            old, new = before[place_of[i]], shares[place_of[i]]
            if other and abs(new - old) < _SHOWN:
                continue
            text = message("另一地址的新情况") if other else event.text
            evidence[i].append(
                message(
                    "%(day)s %(what)s，概率 %(before).1f%% → %(after).1f%%",
                    day=local_day(event.at).isoformat(),
                    what=text,
                    before=100.0 * old,
                    after=100.0 * new,
                )
            )
    made = []
    for i, claim in enumerate(claims):
        group = groups[place_of[i]] if i in place_of else (i,)
        at_place = [outcome for k in group for outcome in visits[k]]
        table, reasons = _presence(claim, at_place, leads if i in place_of else (), context)
        made.append(
            ClaimEstimate(
                p_place=shares[place_of[i]] if i in place_of else 0.0,
                evidence=(*evidence[i], *reasons) if i in place_of else tuple(evidence[i]),
                presence=table,
                detection=parameters.here_present[OutcomeKind.FOUND],
                same_place=tuple(claims[k].id for k in group if k != i),
            )
        )
    return made, p_elsewhere


def _shares(log_odds: Sequence[float]) -> tuple[list[float], float]:
    """Turn log odds against elsewhere into probabilities that sum to one with elsewhere."""
    top = max(log_odds, default=0.0)
    top = max(top, 0.0)
    weights = [math.exp(value - top) for value in log_odds]
    nowhere = math.exp(-top)
    total = math.fsum((*weights, nowhere))
    return [weight / total for weight in weights], nowhere / total


def _agreement(
    claims: Sequence[AddressClaim],
    group: Sequence[int],
    own: int,
    parameters: LocatingParameters,
) -> list[Message]:
    family = parameters.family[claims[own].source]
    texts = []
    for k in group:
        if k == own:
            continue
        source = SOURCE_WORDS[claims[k].source]
        if parameters.family[claims[k].source] == family:
            texts.append(message("%(source)s指向同一地点，但属同类来源，不重复计算", source=source))
        else:
            texts.append(message("%(source)s独立指向同一地点，相互印证", source=source))
    return texts


def _events(
    claims: Sequence[AddressClaim],
    visits: Sequence[Sequence[Outcome]],
    leads: Sequence[Lead],
    live: Sequence[int],
    context: _Context,
) -> list[_Event]:
    parameters = context.parameters
    events = []
    for i in live:
        for outcome in visits[i]:
            day = context.day_types(local_day(outcome.at))
            cell = context.presence[claims[i].kind, outcome.band, day]
            age_d = age_days(outcome.at, context.now)
            weight = 2.0 ** (-age_d / parameters.outcome_half_life_d[outcome.kind])
            ratio = likelihood_ratio(outcome.kind, cell.mean, parameters)
            text = message(
                "%(band)s走访：%(outcome)s（距今 %(days)d 日，证据效力 %(weight).2f）",
                band=BAND_WORDS[outcome.band],
                outcome=OUTCOME_WORDS[outcome.kind],
                days=int(age_d),
                weight=weight,
            )
            events.append(_Event(outcome.at, outcome.id, i, weight * math.log(ratio), text))
    position = {claims[i].id: i for i in live}
    heard: set[tuple[int, str]] = set()
    for lead in sorted(leads, key=lambda each: (each.received_at, each.id)):
        named = position.get(lead.claim_id) if lead.claim_id is not None else None
        if named is None or (named, lead.source) in heard:
            continue
        heard.add((named, lead.source))
        text = message(
            "收到线索（编号 %(id)s，有效至 %(until)s）",
            id=lead.id,
            until=local_day(lead.expires_at).isoformat(),
        )
        events.append(
            _Event(lead.received_at, lead.id, named, math.log(parameters.lead_odds), text)
        )
    return sorted(events, key=lambda event: (event.at, event.id))


def _presence(
    claim: AddressClaim,
    at_place: Sequence[Outcome],
    leads: Sequence[Lead],
    context: _Context,
) -> tuple[dict[tuple[VisitBand, str], float], list[Message]]:
    """Presence at this very place: the kind's mean, own outcomes, then leads on a band."""
    rule = context.parameters.presence
    seen: dict[tuple[VisitBand, DayType], list[float]] = defaultdict(lambda: [0.0, 0.0])
    for outcome in at_place:
        if outcome.kind in (OutcomeKind.FOUND, OutcomeKind.LIVES_HERE_ABSENT):
            day = context.day_types(local_day(outcome.at))
            weight = 2.0 ** (-age_days(outcome.at, context.now) / rule.half_life_d)
            seen[outcome.band, day][outcome.kind is not OutcomeKind.FOUND] += weight
    told = {
        lead.band for lead in leads if lead.band is not None and lead.claim_id in (None, claim.id)
    }
    reasons: list[Message] = []
    table: dict[tuple[VisitBand, str], float] = {}
    counted_found = counted_absent = 0.0
    for day in DayType:
        for band in VisitBand:
            cell = context.presence[claim.kind, band, day]
            counted_found += cell.found
            counted_absent += cell.absent
            found, absent = seen.get((band, day), (0.0, 0.0))
            mean = (rule.personal_strength * cell.mean + found) / (
                rule.personal_strength + found + absent
            )
            if band in told:
                odds = context.parameters.lead_band_odds * mean / (1.0 - mean)
                mean = odds / (1.0 + odds)
            table[band, day] = min(max(mean, rule.least), rule.most)
    if counted_found + counted_absent > 0.0:
        reasons.append(
            message(
                "%(kind)s在场率已按走访结果修正（加权找到 %(found).1f 次，未遇 %(absent).1f 次）",
                kind=PLACE_WORDS[claim.kind],
                found=counted_found,
                absent=counted_absent,
            )
        )
    for (band, day), (found, absent) in sorted(seen.items()):
        reasons.append(
            message(
                "此处%(band)s（%(day)s）加权找到 %(found).1f 次、未遇 %(absent).1f 次，"
                "在场率 %(p).1f%%",
                band=BAND_WORDS[band],
                day=message("工作日") if day is DayType.WORKDAY else message("休息日"),
                found=found,
                absent=absent,
                p=100.0 * table[band, day],
            )
        )
    reasons += [
        message("有效线索提到%(band)s，该时段在场率上调", band=BAND_WORDS[band])
        for band in sorted(told)
    ]
    return table, reasons
