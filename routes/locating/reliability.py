"""How well P(found) kept its word: forecasts before each visit against what the visit met.

Each visit is forecast from what was known before it: claims dated by its day, leads usable at its
moment, and outcomes that came before it. What is forecast for one visit is never drawn from that
visit or from a later one; the parameters are those that are handed in.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

import numpy as np
from scipy.stats import binomtest

from geo.localtime import local_day
from geo.model import Floats, Ints
from geo.ports import ProgressListener
from routes.calendar import WorkCalendar
from routes.checks import CheckAnswer
from routes.errors import LocatingError
from routes.locating.days import DayTypes, day_number
from routes.locating.evidence import DAY, HOME, position
from routes.locating.found import VisitSets, found_by
from routes.locating.gathering import gather
from routes.locating.layout import Flags
from routes.locating.numbers import numbers_of
from routes.locating.parameters import LocatingParameters
from routes.locating.posterior import weigh
from routes.model import AddressClaim, ClaimId, Debtor, DebtorId, Lead, Outcome, OutcomeKind

__all__ = ["FEWEST", "Bin", "Forecasts", "Reliability", "forecasts", "reliability", "townships"]

FEWEST = 30
"""Visits below which nothing is said of reliability."""

_MOST_BINS = 10
_FEWEST_OF_BIN = 10
_LEAST_P = 1e-9  # of a logarithm


@dataclass(frozen=True, slots=True, eq=False)
class Forecasts:
    """What was forecast of each visit, in order of time, and what it met.

    Parameters
    ----------
    outcomes
        The visits.
    p, found
        P(found) before the visit, and whether the debtor was found; shape (visits,).
    unforeseen
        Further visits to places that no claim named at their time: they were never forecast.
    """

    outcomes: tuple[Outcome, ...]
    p: Floats
    found: Flags
    unforeseen: int


@dataclass(frozen=True, slots=True)
class Bin:
    """Visits with like forecasts: the mean forecast, and the share found.

    ``low`` and ``high`` are Wilson's 95 % interval of the share.
    """

    count: int
    mean: float
    share: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Reliability:
    """How forecasts of P(found) agree with what was met; all scores are better when smaller.

    Parameters
    ----------
    count
        Visits.
    mean, share
        Mean forecast, and share found.
    brier
        Mean squared difference of forecast and outcome.
    brier_of_share
        The same had each forecast been the share found: what forecasts must beat.
    log_loss
        Mean of -log of the forecast of what came.
    calibration_error
        Expected calibration error: mean distance of share found and mean forecast over the bins,
        by their visits.
    bins
        At most ten, of equal count up to one, the smallest forecasts first.
    """

    count: int
    mean: float
    share: float
    brier: float
    brier_of_share: float
    log_loss: float
    calibration_error: float
    bins: tuple[Bin, ...]


def reliability(p: Floats, found: Flags) -> Reliability | None:
    """Compare forecasts with what was met; None where there are fewer than ``FEWEST``.

    There are ten bins, or fewer, so that each holds ten visits at least.

    Parameters
    ----------
    p, found
        Shape (visits,), as in :class:`Forecasts`.

    References
    ----------
    G. W. Brier, Verification of forecasts expressed in terms of probability, Monthly Weather
    Review 78 (1950). M. P. Naeini, G. F. Cooper, M. Hauskrecht, Obtaining well calibrated
    probabilities using Bayesian binning, AAAI (2015). E. B. Wilson, Probable inference, the law
    of succession, and statistical inference, Journal of the American Statistical Association 22
    (1927).

    Examples
    --------
    >>> told = reliability(np.tile([0.25, 0.75], 20), np.tile([False, True], 20))
    >>> told.brier, told.calibration_error, len(told.bins)
    (0.0625, 0.25, 4)
    """
    count = len(p)
    if count < FEWEST:
        return None
    met = found.astype(np.float64)
    order = np.argsort(p, kind="stable")
    n_bins = min(_MOST_BINS, count // _FEWEST_OF_BIN)
    bins = tuple(_bin(p[at], found[at]) for at in np.array_split(order, n_bins))
    share = float(met.mean())
    of_what_came = np.clip(np.where(found, p, 1.0 - p), _LEAST_P, 1.0)
    return Reliability(
        count=count,
        mean=float(p.mean()),
        share=share,
        brier=float(np.mean((p - met) ** 2)),
        brier_of_share=share * (1.0 - share),
        log_loss=float(-np.log(of_what_came).mean()),
        calibration_error=sum(one.count * abs(one.mean - one.share) for one in bins) / count,
        bins=bins,
    )


def _bin(p: Floats, found: Flags) -> Bin:
    count, met = len(p), int(found.sum())
    interval = binomtest(met, count).proportion_ci(0.95, method="wilson")
    return Bin(count, float(p.mean()), met / count, float(interval.low), float(interval.high))


def forecasts(
    *,
    debtors: Iterable[Debtor],
    claims: Iterable[AddressClaim],
    outcomes: Iterable[Outcome],
    leads: Iterable[Lead],
    now: datetime,
    parameters: LocatingParameters,
    calendar: WorkCalendar | None = None,
    since: datetime | None = None,
    listener: ProgressListener | None = None,
    answers: Iterable[CheckAnswer] = (),
) -> Forecasts:
    """Forecast each visit from what was known before it, exactly.

    Visits of different debtors on one day are reckoned together. Visits to one debtor at the
    same moment do not know of each other. What a claim's place is and what a person decided of
    it is taken as it stands now.

    Parameters
    ----------
    outcomes
        Withdrawn ones and those after ``now`` are left out.
    now
        Aware.
    parameters
        Held fixed for all visits. Where they were learned from these very outcomes, forecasts
        look better than they were.
    since
        Visits before it are known, and are not forecast.
    answers
        To checks; known to visits of later days.

    Raises
    ------
    LocatingError
        If a moment has no time zone.
    """
    if now.tzinfo is None:
        raise LocatingError("定位计算的时间须带时区")
    file = _File(debtors, claims, outcomes, leads, now, answers)
    used = calendar or WorkCalendar()
    day_types = DayTypes(used)
    p_of: dict[str, float] = {}
    groups = file.groups(since)
    for done, group in enumerate(groups, start=1):
        p_of.update(_of_group(group, file, parameters, used, day_types))
        if listener is not None:
            listener(done, len(groups))
    told = sorted(
        (one for group in groups for one in group if one.id in p_of),
        key=lambda each: (each.at, each.id),
    )
    return Forecasts(
        outcomes=tuple(told),
        p=np.array([p_of[one.id] for one in told], dtype=np.float64),
        found=np.array([one.kind is OutcomeKind.FOUND for one in told], dtype=np.bool_),
        unforeseen=sum(map(len, groups)) - len(told),
    )


class _File:
    """What is on record, by debtor; outcomes in order of time."""

    def __init__(
        self,
        debtors: Iterable[Debtor],
        claims: Iterable[AddressClaim],
        outcomes: Iterable[Outcome],
        leads: Iterable[Lead],
        now: datetime,
        answers: Iterable[CheckAnswer],
    ) -> None:
        self.debtor = {debtor.id: debtor for debtor in debtors}
        self.claims: defaultdict[DebtorId, list[AddressClaim]] = defaultdict(list)
        self.owner: dict[ClaimId, DebtorId] = {}
        for claim in claims:
            if claim.debtor_id in self.debtor:
                self.claims[claim.debtor_id].append(claim)
                self.owner[claim.id] = claim.debtor_id
        known = [one for one in outcomes if not one.withdrawn and one.claim_id in self.owner]
        for one in known:
            if one.at.tzinfo is None:
                raise LocatingError("走访结果 %(id)s 的时间须带时区", id=one.id)
        self.outcomes: defaultdict[DebtorId, list[Outcome]] = defaultdict(list)
        for one in sorted(known, key=lambda each: (each.at, each.id)):
            if one.at <= now:
                self.outcomes[self.owner[one.claim_id]].append(one)
        self.leads: defaultdict[DebtorId, list[Lead]] = defaultdict(list)
        for lead in leads:
            self.leads[lead.debtor_id].append(lead)
        self.answers: defaultdict[DebtorId, list[CheckAnswer]] = defaultdict(list)
        for answer in answers:
            if answer.claim_id in self.owner:
                self.answers[self.owner[answer.claim_id]].append(answer)

    def groups(self, since: datetime | None) -> list[list[Outcome]]:
        """Return visits that can be forecast together: of one day, each of another debtor.

        A lead that comes or ends within the day is known to some of its visits only: these
        stand alone.
        """
        found: defaultdict[tuple[date, int, str], list[Outcome]] = defaultdict(list)
        for who, visits in self.outcomes.items():
            changes = {
                local_day(moment)
                for lead in self.leads[who]
                for moment in (lead.received_at, lead.expires_at)
            }
            of_day: defaultdict[date, int] = defaultdict(int)
            for visit in visits:
                day = local_day(visit.at)
                if since is None or visit.at >= since:
                    alone = visit.id if day in changes else ""
                    found[day, of_day[day], alone].append(visit)
                of_day[day] += 1
        return [found[key] for key in sorted(found)]


def _of_group(
    group: Sequence[Outcome],
    file: _File,
    parameters: LocatingParameters,
    calendar: WorkCalendar,
    day_types: DayTypes,
) -> Mapping[str, float]:
    """Return P(found) by visit, of those to places that a claim named by then."""
    owners = [file.owner[visit.claim_id] for visit in group]
    day = local_day(group[0].at)
    before = [
        earlier
        for who, visit in zip(owners, group, strict=True)
        for earlier in file.outcomes[who]
        if earlier.at < visit.at
    ]
    seen = {visit.claim_id for visit in (*before, *group)}  # on record, whatever their date
    evidence = gather(
        debtors=[file.debtor[who] for who in owners],
        claims=[
            claim
            for who in owners
            for claim in file.claims[who]
            if claim.seen_on <= day or claim.id in seen
        ],
        outcomes=before,
        leads=[lead for who in owners for lead in file.leads[who]],
        answers=[one for who in owners for one in file.answers[who] if one.answered_on < day],
        now=max(visit.at for visit in group),
        parameters=parameters,
        calendar=calendar,
    )
    weighed = weigh(evidence, numbers_of(parameters, evidence.townships))
    at = {claim: i for i, claim in enumerate(evidence.claims)}
    claim = np.array([at[visit.claim_id] for visit in group], dtype=np.int64)
    named = weighed.stated.named
    foreseen = (named[HOME] | named[DAY])[evidence.claim_place[claim]]
    visits = [visit for visit, is_known in zip(group, foreseen.tolist(), strict=True) if is_known]
    days = np.full(len(visits), day_number(day), dtype=np.int64)
    sets = VisitSets(
        first=np.arange(len(visits) + 1),
        claim=claim[foreseen],
        day=days,
        band=np.array([position(visit.band) for visit in visits], dtype=np.int64),
        day_type=day_types.codes(days),
    )
    found = found_by(weighed, sets).tolist()
    return {visit.id: p for visit, p in zip(visits, found, strict=True)}


def townships(outcomes: Sequence[Outcome], claims: Iterable[AddressClaim]) -> Mapping[str, Ints]:
    """Return the positions of the visits by township of their address, the most visits first.

    "" where the township is unknown.
    """
    code = {c.id: (c.place.township_code if c.place else None) or "" for c in claims}
    found: defaultdict[str, list[int]] = defaultdict(list)
    for i, outcome in enumerate(outcomes):
        found[code[outcome.claim_id]].append(i)
    order = sorted(found, key=lambda each: (-len(found[each]), each))
    return {each: np.array(found[each], dtype=np.int64) for each in order}
