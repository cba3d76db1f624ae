"""The answers of the locating model: by claim, by debtor, by set of visits."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from functools import cached_property

import numpy as np

from geo.messages import Message
from geo.model import Floats, Ints
from routes.calendar import WorkCalendar
from routes.checks import CheckAnswer
from routes.locating import found
from routes.locating.change import with_lead, with_outcome, without
from routes.locating.columns import ClaimColumns, DebtorColumns
from routes.locating.days import DayTypes, day_number, day_type_of
from routes.locating.evidence import Evidence, position
from routes.locating.explain import Chance, Reader
from routes.locating.found import PlannedVisit, VisitSets
from routes.locating.gathering import gather
from routes.locating.index import Index, index_of
from routes.locating.intervals import intervals
from routes.locating.numbers import numbers_of
from routes.locating.parameters import DayType, LocatingParameters
from routes.locating.posterior import Posterior, Weighed, solve, solve_again, weigh
from routes.model import AddressClaim, ClaimId, Debtor, DebtorId, Lead, Outcome, VisitBand

__all__ = ["ClaimEstimate", "Located", "locate"]

_SOME_DAY = 10**6  # a day that shares its week with no past visit


def locate(
    *,
    debtors: Iterable[Debtor] | DebtorColumns,
    claims: Iterable[AddressClaim] | ClaimColumns,
    outcomes: Iterable[Outcome],
    leads: Iterable[Lead],
    now: datetime,
    parameters: LocatingParameters,
    calendar: WorkCalendar | None = None,
    answers: Iterable[CheckAnswer] = (),
) -> Located:
    """Estimate where each debtor is, and when.

    Parameters
    ----------
    claims, outcomes, leads, answers
        Those of the debtors; see :func:`routes.locating.gather`.
    now
        Aware.
    calendar
        For the day types of visits. None: the published calendar.

    Raises
    ------
    LocatingError
        If a moment has no time zone.
    """
    used = calendar or WorkCalendar()
    evidence = gather(
        debtors=debtors,
        claims=claims,
        outcomes=outcomes,
        leads=leads,
        now=now,
        parameters=parameters,
        calendar=used,
        answers=answers,
    )
    weighed = weigh(evidence, numbers_of(parameters, evidence.townships))
    index = index_of(evidence)
    return Located(weighed, solve(weighed), parameters, DayTypes(used), index)


class Located:
    """What is believed of some debtors; never changed, an update gives another one.

    Parameters
    ----------
    weighed
        The evidence with its numbers.
    posterior
        Of that evidence.
    index
        Of that evidence.
    """

    def __init__(
        self,
        weighed: Weighed,
        posterior: Posterior,
        parameters: LocatingParameters,
        day_types: DayTypes,
        index: Index,
    ) -> None:
        self.weighed = weighed
        self.posterior = posterior
        self.parameters = parameters
        self.day_types = day_types
        self._index = index
        self._readers: dict[int, Reader] = {}
        self._ranges: dict[tuple[int, DayType], Floats] = {}
        self._on_day: dict[tuple[int, date], Floats] = {}

    @property
    def evidence(self) -> Evidence:
        """The inputs."""
        return self.weighed.evidence

    @property
    def claim_at(self) -> dict[ClaimId, int]:
        """Position of each claim in the evidence."""
        return self._index.claims

    def at(self, claim: ClaimId) -> int:
        """Return a claim's position in the evidence.

        Raises
        ------
        LocatingError
            If it is not among the evidence.
        """
        held = self.claim_at.get(claim)
        if held is None:
            raise found.unknown_claim(claim)
        return held

    @cached_property
    def claims(self) -> Mapping[ClaimId, ClaimEstimate]:
        """Estimates by claim, made when they are asked for."""
        return _Claims(self)

    @cached_property
    def elsewhere(self) -> Mapping[DebtorId, float]:
        """Probability that neither residence nor day place (or seat) is at a named place."""
        return dict(zip(self.evidence.debtors, self.posterior.nowhere.tolist(), strict=True))

    def p_found_any(self, visits: Sequence[PlannedVisit]) -> float:
        """Return the probability that at least one of one debtor's visits finds the debtor.

        Raises
        ------
        LocatingError
            If a claim is unknown or the visits are of several debtors.
        """
        return float(self.found_by([visits])[0])

    def found_by(self, sets: Sequence[Sequence[PlannedVisit]] | VisitSets) -> Floats:
        """Return P(found) of each set of visits; see :func:`routes.locating.found.found_by`."""
        return found.found_by(self.weighed, self.packed(sets))

    def found_on(self, claims: Sequence[ClaimId], days: Sequence[date]) -> Floats:
        """Return P(found) of each single visit, shape (claims, days, bands).

        Raises
        ------
        LocatingError
            If a claim is unknown.
        """
        n_bands = len(VisitBand)
        shape = (len(claims), len(days), n_bands)
        at = np.array([self.at(claim) for claim in claims], dtype=np.int64)
        day = np.array([day_number(day) for day in days], dtype=np.int64)
        count = len(claims) * len(days) * n_bands
        sets = VisitSets(
            first=np.arange(count + 1),
            claim=np.repeat(at, len(days) * n_bands),
            day=np.tile(np.repeat(day, n_bands), len(claims)),
            band=np.tile(np.arange(n_bands), len(claims) * len(days)),
            day_type=np.tile(np.repeat(self.day_types.codes(day), n_bands), len(claims)),
        )
        return found.found_by(self.weighed, sets).reshape(shape)

    def found_in_bands(self, first: Ints, claims: Ints) -> Floats:
        """Return P(found) of going to all claims of each set in one band of one day.

        On a day in whose week there was no visit.

        Parameters
        ----------
        first
            Where each set begins, one more at the end; none is empty.
        claims
            Positions in the evidence, by set; each set is of one debtor.

        Returns
        -------
        shape (sets, day types, bands)

        Raises
        ------
        LocatingError
            If a set holds claims of several debtors.
        """
        shape = (len(DayType), len(VisitBand))
        n_hours = shape[0] * shape[1]
        size = np.repeat(np.diff(first), n_hours)  # the hours of a set together: that is quicker
        begins = np.concatenate(([0], np.cumsum(size)))
        hour = np.repeat(np.tile(np.arange(n_hours), len(first) - 1), size)
        within = np.arange(len(hour)) - np.repeat(begins[:-1], size)
        sets = VisitSets(
            first=begins,
            claim=claims[np.repeat(np.repeat(first[:-1], n_hours), size) + within],
            day=np.full(len(hour), _SOME_DAY),
            band=hour % shape[1],
            day_type=hour // shape[1],
        )
        return found.found_by(self.weighed, sets).reshape(len(first) - 1, *shape)

    def interval_of(
        self, sets: Sequence[Sequence[PlannedVisit]] | VisitSets, *, level: float = 0.9
    ) -> Floats:
        """Return lower and upper limits of P(found) of each set; shape (sets, 2).

        The limits hold what the uncertainty of the parameters leaves open: ``level`` of the
        draws lie between them.
        """
        return intervals(self.weighed, self.parameters, self.packed(sets), level=level)

    def reader(self, debtor: int) -> Reader:
        """Return who explains the numbers of a debtor; made once."""
        held = self._readers.get(debtor)
        if held is None:
            held = self._readers[debtor] = Reader(self, debtor)
        return held

    def ranges(self, debtor: int, day_type: DayType) -> Floats:
        """Return what single visits to each of a debtor's claims in each band would meet.

        On a day in whose week there was no visit. Reckoned once for all claims.

        Returns
        -------
        shape (claims, bands, 4)
            P(found), its lower and upper limit, and P(there).
        """
        held = self._ranges.get((debtor, day_type))
        if held is None:
            first, last = self.evidence.claim_first[debtor : debtor + 2].tolist()
            bands = [(band, day_type) for band in VisitBand]
            sets = _some_days(np.arange(first, last), bands)
            limits = self.interval_of(sets)
            there = found.there_by(self.weighed, sets)
            held = np.column_stack([self.found_by(sets), limits, there])
            held = held.reshape(-1, len(bands), held.shape[1])
            self._ranges[debtor, day_type] = held
        return held

    def on_day(self, debtor: int, day: date) -> Floats:
        """Return what single visits to each of a debtor's claims in each band of a day would meet.

        Past visits of its week count. Reckoned once for all claims.

        Returns
        -------
        shape (claims, bands, 5)
            P(found), its lower and upper limit, P(there), and P(there) on such a day in a week
            without other visits.
        """
        held = self._on_day.get((debtor, day))
        if held is None:
            first, last = self.evidence.claim_first[debtor : debtor + 2].tolist()
            bands = [(band, self.day_types(day)) for band in VisitBand]
            usual = _some_days(np.arange(first, last), bands)
            sets = replace(usual, day=np.full(len(usual.day), day_number(day)))
            held = np.column_stack(
                [
                    self.found_by(sets),
                    self.interval_of(sets),
                    found.there_by(self.weighed, sets),
                    found.there_by(self.weighed, usual),
                ]
            )
            held = held.reshape(-1, len(bands), held.shape[1])
            self._on_day[debtor, day] = held
        return held

    def packed(self, sets: Sequence[Sequence[PlannedVisit]] | VisitSets) -> VisitSets:
        """Return sets of visits as arrays."""
        if isinstance(sets, VisitSets):
            return sets
        return found.pack(sets, claim_at=self.claim_at, day_types=self.day_types)

    def without(self, item: str) -> Located:
        """Return what would be believed had this outcome or lead never been.

        Raises
        ------
        LocatingError
            If the evidence holds no such outcome or lead.
        """
        owner = self._index.debtor_of(item, self.evidence)
        return self._changed(*without(self.weighed, item, owner), self._index)

    def with_outcome(self, outcome: Outcome) -> Located:
        """Return what is believed after one more outcome; the same where it was withdrawn.

        Raises
        ------
        LocatingError
            If its claim is unknown, it lies after the moment of the evidence, or it is held
            already.
        """
        changed = with_outcome(self.weighed, self.claim_at, self.day_types, outcome)
        if changed is None:
            return self
        return self._changed(*changed, self._index.with_outcome(outcome.id, changed[1]))

    def with_lead(self, lead: Lead) -> Located:
        """Return what is believed after one more lead; the same where it counts nothing.

        Raises
        ------
        LocatingError
            If its debtor or claim is unknown, or it is held already.
        """
        changed = with_lead(self.weighed, self.claim_at, lead)
        return self if changed is None else self._changed(*changed, self._index)

    def _changed(self, weighed: Weighed, debtor: int, index: Index) -> Located:
        after = solve_again(weighed, self.posterior, np.array([debtor]))
        return Located(weighed, after, self.parameters, self.day_types, index)


class _Claims(Mapping[ClaimId, "ClaimEstimate"]):
    """Estimates by claim."""

    def __init__(self, located: Located) -> None:
        self._located = located

    def __getitem__(self, claim: ClaimId) -> ClaimEstimate:
        return ClaimEstimate(self._located, claim, self._located.claim_at[claim])

    def __iter__(self) -> Iterator[ClaimId]:
        return iter(self._located.claim_at)

    def __len__(self) -> int:
        return len(self._located.claim_at)


@dataclass(frozen=True, slots=True, eq=False)
class ClaimEstimate:
    """What is believed of one address claim, and why."""

    located: Located
    claim_id: ClaimId
    at: int

    @property
    def place(self) -> int:
        """Position of its place in the evidence."""
        return int(self.located.evidence.claim_place[self.at])

    @property
    def debtor(self) -> int:
        """Position of its debtor in the evidence."""
        first = self.located.evidence.claim_first
        return int(np.searchsorted(first, self.at, side="right")) - 1

    @property
    def p_place(self) -> float:
        """Probability that the place is the debtor's residence or day place (seat)."""
        return self._of(self.located.posterior.either)

    @property
    def p_home(self) -> float:
        """Probability that the place is the residence; with elsewhere they sum to one."""
        return self._of(self.located.posterior.home)

    @property
    def p_day(self) -> float:
        """Probability that the place is the day place or seat; with none they sum to one."""
        return self._of(self.located.posterior.day)

    @property
    def same_place(self) -> tuple[ClaimId, ...]:
        """Other claims of the debtor at the same place."""
        evidence, d = self.located.evidence, self.debtor
        own = range(int(evidence.claim_first[d]), int(evidence.claim_first[d + 1]))
        same = evidence.claim_place
        return tuple(evidence.claims[i] for i in own if i != self.at and same[i] == same[self.at])

    @property
    def presence(self) -> Mapping[tuple[VisitBand, DayType], float]:
        """Probability of being at the place by band and day type, whoever's it is."""
        bands = [(band, day) for day in DayType for band in VisitBand]
        values = found.there_by(self.located.weighed, self._some_days(bands))
        return dict(zip(bands, values.tolist(), strict=True))

    @property
    def evidence(self) -> tuple[Message, ...]:
        """Sentences that say what made the probability, the summary first."""
        return self.located.reader(self.debtor).on_claim(self.at)

    def p_found(self, band: VisitBand, day_kind: str) -> float:
        """Return the probability that one visit finds the debtor.

        The visit is on a day in whose week there was no visit; else see ``p_found_any``.

        Parameters
        ----------
        band
            When the visit starts.
        day_kind
            Code of a day type or of a calendar's day kind.
        """
        sets = self._some_days([(band, day_type_of(day_kind))])
        return float(found.found_by(self.located.weighed, sets)[0])

    def interval(self, band: VisitBand, day_kind: str) -> tuple[float, float]:
        """Return the limits between which 90 % of the draws of ``p_found`` lie."""
        sets = self._some_days([(band, day_type_of(day_kind))])
        low, high = self.located.interval_of(sets)[0].tolist()
        return low, high

    def ranges(self, day_kind: str) -> Mapping[VisitBand, tuple[float, float, float]]:
        """Return ``p_found`` with the limits of its interval by band."""
        rows = self._in_bands(day_kind)
        return {band: (p, low, high) for band, (p, low, high, _) in rows}

    def explain(self, day_kind: str) -> tuple[Message, ...]:
        """Return one sentence a band: how likely the debtor is here then, and why.

        None where no usable claim names the place.
        """
        there = [(band, p_there) for band, (*_, p_there) in self._in_bands(day_kind)]
        return self.located.reader(self.debtor).on_hours(self.at, there)

    def explain_visits(
        self, day: date, bands: Sequence[VisitBand] = tuple(VisitBand)
    ) -> tuple[Message, ...]:
        """Return one sentence a band: how likely one visit on this day finds the debtor, and why.

        None where no usable claim names the place.
        """
        first = int(self.located.evidence.claim_first[self.debtor])
        rows = self.located.on_day(self.debtor, day)[self.at - first]
        chances = [Chance(band, *rows[position(band)].tolist()) for band in bands]
        reader = self.located.reader(self.debtor)
        return reader.on_visits(self.at, day, self.located.day_types(day), chances)

    def _in_bands(self, day_kind: str) -> list[tuple[VisitBand, list[float]]]:
        first = int(self.located.evidence.claim_first[self.debtor])
        rows = self.located.ranges(self.debtor, day_type_of(day_kind))[self.at - first]
        return list(zip(VisitBand, rows.tolist(), strict=True))

    def _of(self, by_place: Floats) -> float:
        return float(by_place[self.place])

    def _some_days(self, bands: Sequence[tuple[VisitBand, DayType]]) -> VisitSets:
        return _some_days(np.array([self.at]), bands)


def _some_days(claims: Ints, bands: Sequence[tuple[VisitBand, DayType]]) -> VisitSets:
    """Return single visits to each of these claims in each band, in weeks without other visits."""
    count = len(claims) * len(bands)
    return VisitSets(
        first=np.arange(count + 1),
        claim=np.repeat(claims, len(bands)),
        day=np.full(count, _SOME_DAY),
        band=np.tile([position(band) for band, _ in bands], len(claims)),
        day_type=np.tile([position(day) for _, day in bands], len(claims)),
    )
