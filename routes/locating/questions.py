"""Which question next: what a cheap lawful check is worth before a team is sent.

A check asks whether one place is the debtor's residence (day place, seat). Its answer is one
more factor on that place's odds, so that P(found) after each answer is exact: with ``pi`` the
probability of the place and ``f0(v)`` P(found) of visit ``v`` if the place is not the debtor's,

    P(answer, found by v) = here (f(v) - (1 - pi) f0(v)) + away (1 - pi) f0(v).

What is asked is whether the debtor is at an address as it is written; where its geocode is wrong,
the answer tells nothing of the place, as a statement does (``here`` is mixed with ``away`` by the
confidence). So a "yes" is worth what it is worth once it is entered as a statement of its source.

A check is worth what the best visit gains on average by knowing the answer (preposterior
analysis; H. Raiffa, R. Schlaifer, Applied Statistical Decision Theory, 1961), less its cost. What
cannot change where or whether a team goes is worth nothing, and costs something.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

import numpy as np

from geo.messages import Message, message
from geo.model import Floats
from routes.checks import Answer, Check
from routes.locating.change import not_at
from routes.locating.days import day_number
from routes.locating.evidence import HOME, position
from routes.locating.found import VisitSets, found_by
from routes.locating.intervals import Answered, intervals_after
from routes.locating.located import Located
from routes.locating.parameters import CheckParameters
from routes.locating.words import BAND_WORDS, listed
from routes.model import ClaimId, DebtorId, VisitBand
from routes.rules.citations import Citation, cite

__all__ = [
    "CHECK_BASIS",
    "BestVisit",
    "NamesClaim",
    "NextStep",
    "Question",
    "next_steps",
]

NamesClaim = Callable[[ClaimId], str | Message]
"""Names a claim for a reader: by its id, or by its number on a page."""

CHECK_BASIS: Mapping[Check, tuple[Citation, ...]] = {
    Check.LIAISON: (cite("CPL", 70),),  # units and persons asked by a court may not refuse
    Check.LEASE_REGISTER: (cite("CPL", 70),),
    Check.TELEPHONE: (
        cite("PIPL", 13),
        cite("PIPL", 34),
    ),  # needed for a duty by law, within its bounds
}
"""What allows each check."""


@dataclass(frozen=True, slots=True)
class BestVisit:
    """The visit that is worth most; ``worth`` is less failed attempts and the team's time.

    ``p_found`` lies between ``low`` and ``high``, which hold what the uncertainty of the
    parameters leaves open.
    """

    claim_id: ClaimId
    band: VisitBand
    p_found: float
    low: float
    high: float
    worth: float

    def within(self, low: float, high: float) -> BestVisit:
        """Return it with the range of ``p_found``."""
        return replace(self, low=min(low, self.p_found), high=max(high, self.p_found))

    def explain(self, named: NamesClaim = str) -> Message:
        """Return one sentence, with the claim as ``named`` has it."""
        return message(
            "走访 %(claim)s，%(band)s：找到的概率 %(p).2f（%(low).2f–%(high).2f），"
            "预期价值 %(worth).2f",
            claim=named(self.claim_id),
            band=BAND_WORDS[self.band],
            p=self.p_found,
            low=self.low,
            high=self.high,
            worth=self.worth,
        )


@dataclass(frozen=True, slots=True)
class Question:
    """A check of one place, and what its answers would lead to.

    Parameters
    ----------
    claim_id
        A claim that names the place.
    gain
        What knowing the answer adds to the best visit's worth, on average; never below zero.
    cost
        Of the check.
    p_answer
        Probability of each answer.
    after
        The best visit after each answer; None where then no visit is worth its cost.
    """

    check: Check
    claim_id: ClaimId
    gain: float
    cost: float
    p_answer: Mapping[Answer, float]
    after: Mapping[Answer, BestVisit | None]

    @property
    def worth(self) -> float:
        """Gain less cost."""
        return self.gain - self.cost

    def explain(self, named: NamesClaim = str) -> Message:
        """Return one sentence, with what allows the check and claims as ``named`` has them."""
        basis = listed([message("%(basis)s", basis=each) for each in CHECK_BASIS[self.check]])
        return message(
            "%(check)s，核实 %(claim)s：答“是”（%(p_yes).2f）则%(yes)s；"
            "答“否”（%(p_no).2f）则%(no)s；预期增值 %(gain).2f，费用 %(cost).2f；依据：%(basis)s",
            check=self.check.label,
            claim=named(self.claim_id),
            p_yes=self.p_answer[Answer.YES],
            p_no=self.p_answer[Answer.NO],
            yes=_told(self.after[Answer.YES], named),
            no=_told(self.after[Answer.NO], named),
            gain=self.gain,
            cost=self.cost,
            basis=basis,
        )


@dataclass(frozen=True, slots=True)
class NextStep:
    """What can be done about one debtor, the best first.

    Parameters
    ----------
    visit
        None where no visit is worth its cost.
    questions
        By worth, the best first.
    """

    debtor_id: DebtorId
    visit: BestVisit | None
    questions: tuple[Question, ...]

    @property
    def first(self) -> Question | BestVisit | None:
        """The best question if it is worth its cost, else the visit."""
        if self.questions and self.questions[0].worth > 0.0:
            return self.questions[0]
        return self.visit

    @property
    def others(self) -> tuple[Question | BestVisit, ...]:
        """What else is worth its cost, the visit first."""
        visit = () if self.visit is None or self.visit is self.first else (self.visit,)
        asked = (each for each in self.questions if each is not self.first and each.worth > 0.0)
        return (*visit, *asked)

    @property
    def worth(self) -> float:
        """Worth of the visit, and of asking first where that helps."""
        asked = max((question.worth for question in self.questions), default=0.0)
        return max(asked, 0.0) + (self.visit.worth if self.visit else 0.0)


def next_steps(
    located: Located,
    *,
    weights: Mapping[DebtorId, float],
    day: date,
    visits: Mapping[ClaimId, Collection[VisitBand]],
    checks: Mapping[ClaimId, Collection[Check]],
    limit: int | None = None,
) -> tuple[NextStep, ...]:
    """Weigh checks against visits for each debtor, the most worthwhile debtor first.

    Parameters
    ----------
    weights
        Worth of finding each debtor, see :func:`routes.locating.case_weight`; others are left
        out.
    day
        Of the visits.
    visits
        Bands of that day in which a claim's place may be visited lawfully.
    checks
        What may be asked of each claim's place; asked once for a place.
    limit
        How many debtors are told at most; None: all.

    Raises
    ------
    LocatingError
        If a claim is not among the evidence.
    """
    work = _Work(located, weights, day, visits)
    turns = _in_turns(located, work, checks)
    asked: dict[int, list[Question]] = {}
    for items in turns:
        for at, question in work.ask(items):
            asked.setdefault(at, []).append(question)
    steps = []
    for d, debtor in enumerate(located.evidence.debtors):
        if debtor in weights:
            ranked = sorted(
                asked.get(d, []), key=lambda q: (-q.worth, list(Check).index(q.check), q.claim_id)
            )
            steps.append(NextStep(debtor, work.now(d), tuple(ranked)))
    steps.sort(key=lambda step: (-step.worth, step.debtor_id))
    return _ranged(located, work, steps[:limit], turns)


def _ranged(
    located: Located, work: _Work, steps: Sequence[NextStep], turns: Sequence[Sequence[_Item]]
) -> tuple[NextStep, ...]:
    """Give every visit of the steps the range of its P(found)."""
    now = [step.visit for step in steps if step.visit is not None]
    limits = iter(located.interval_of(work.single(now)).tolist())
    after: dict[tuple[Check, ClaimId, Answer], BestVisit | None] = {}
    shown = {step.debtor_id: step for step in steps}
    for items in turns:
        after |= work.ranged_after(
            [
                (item, question)
                for item in items
                if (step := shown.get(located.evidence.debtors[item.debtor])) is not None
                for question in step.questions
                if question.claim_id == item.claim_id
            ]
        )
    return tuple(
        replace(
            step,
            visit=None if step.visit is None else step.visit.within(*next(limits)),
            questions=tuple(
                replace(q, after={a: after.get((q.check, q.claim_id, a)) for a in q.after})
                for q in step.questions
            ),
        )
        for step in steps
    )


@dataclass(frozen=True, slots=True)
class _Item:
    """A place to be asked about, for one anchor, and the checks that may ask."""

    debtor: int
    claim_id: ClaimId
    place: int
    anchor: int
    confidence: float
    checks: tuple[Check, ...]


def _in_turns(
    located: Located, work: _Work, checks: Mapping[ClaimId, Collection[Check]]
) -> list[list[_Item]]:
    """Return items in turns, each with at most one item a debtor."""
    evidence = located.evidence
    merged: dict[tuple[int, int, int], tuple[int, set[Check]]] = {}
    for claim, allowed in checks.items():
        at = located.at(claim)
        place, anchor = int(evidence.claim_place[at]), int(evidence.claim_anchor[at])
        debtor = int(np.searchsorted(evidence.claim_first, at, side="right")) - 1
        if located.weighed.stated.named[anchor, place] and allowed and work.weight[debtor] > 0.0:
            held = merged.setdefault((debtor, place, anchor), (at, set()))
            held[1].update(allowed)
    turns: list[list[_Item]] = []
    count: dict[int, int] = {}
    for (debtor, place, anchor), (at, allowed) in merged.items():
        turn = count[debtor] = count.get(debtor, -1) + 1
        if turn == len(turns):
            turns.append([])
        ordered = tuple(check for check in Check if check in allowed)
        sure = float(evidence.claim_confidence[at])
        turns[turn].append(_Item(debtor, evidence.claims[at], place, anchor, sure, ordered))
    return turns


class _Work:
    """Visits of all debtors with P(found), and what they are worth."""

    def __init__(
        self,
        located: Located,
        weights: Mapping[DebtorId, float],
        day: date,
        visits: Mapping[ClaimId, Collection[VisitBand]],
    ) -> None:
        self._located = located
        evidence = located.evidence
        self.weight = np.array([weights.get(debtor, 0.0) for debtor in evidence.debtors])
        rows = sorted(
            (located.at(claim), position(band)) for claim, bands in visits.items() for band in bands
        )
        claim, band = np.array(rows, dtype=np.int64).reshape(-1, 2).T
        owner = np.searchsorted(evidence.claim_first, claim, side="right") - 1
        wanted = self.weight[owner] > 0.0
        self._claim, self._band, owner = claim[wanted], band[wanted], owner[wanted]
        self._first = np.searchsorted(owner, np.arange(len(evidence.debtors) + 1))
        self._day = day_number(day)
        number = np.full(len(owner), self._day)
        self._sets = VisitSets(
            first=np.arange(len(owner) + 1),
            claim=self._claim,
            day=number,
            band=self._band,
            day_type=located.day_types.codes(number),
        )
        self._found = found_by(located.weighed, self._sets)

    def now(self, debtor: int) -> BestVisit | None:
        """Return the best visit as things are."""
        own = self._own(debtor)
        return self._best(debtor, self._found[own])

    def ask(self, items: Sequence[_Item]) -> list[tuple[int, Question]]:
        """Return the questions of items of different debtors."""
        made = self._located.posterior
        chosen = np.array([item.place for item in items], dtype=np.int64)
        anchors = np.array([item.anchor for item in items], dtype=np.int64)
        not_here = found_by(not_at(self._located.weighed, chosen, anchors), self._sets)
        asked = self._located.parameters.question.checks
        questions = []
        for item in items:
            own = self._own(item.debtor)
            shares = made.home if item.anchor == HOME else made.day
            p_here = float(shares[item.place])
            missed = (1.0 - p_here) * not_here[own]
            here = np.maximum(self._found[own] - missed, 0.0)
            questions += [
                (item.debtor, self._question(item, check, asked[check], p_here, here, missed))
                for check in item.checks
            ]
        return questions

    def _question(
        self,
        item: _Item,
        check: Check,
        asked: CheckParameters,
        p_here: float,
        here: Floats,
        missed: Floats,
    ) -> Question:
        if_here = {answer: _if_here(item, asked, answer) for answer in Answer}
        p_answer = {
            answer: if_here[answer] * p_here + asked.away[answer] * (1.0 - p_here)
            for answer in Answer
        }
        after = {
            answer: self._best(
                item.debtor,
                (if_here[answer] * here + asked.away[answer] * missed) / p_answer[answer],
            )
            for answer in Answer
        }
        now = self.now(item.debtor)
        gain = sum(p_answer[a] * visit.worth for a, visit in after.items() if visit is not None)
        return Question(
            check=check,
            claim_id=item.claim_id,
            gain=max(gain - (now.worth if now else 0.0), 0.0),
            cost=asked.cost,
            p_answer=p_answer,
            after=after,
        )

    def _own(self, debtor: int) -> slice:
        return slice(int(self._first[debtor]), int(self._first[debtor + 1]))

    def _best(self, debtor: int, p_found: Floats) -> BestVisit | None:
        parameters = self._located.parameters
        failed, time = parameters.value.failed_cost, parameters.question.visit_cost
        if not len(p_found):
            return None
        worth = p_found * self.weight[debtor] - (1.0 - p_found) * failed - time
        at = int(worth.argmax())
        if worth[at] <= 0.0:
            return None
        row = self._own(debtor).start + at
        p = min(float(p_found[at]), 1.0)
        return BestVisit(
            self._located.evidence.claims[int(self._claim[row])],
            list(VisitBand)[int(self._band[row])],
            p_found=p,
            low=p,
            high=p,
            worth=float(worth[at]),
        )

    def single(self, visits: Sequence[BestVisit]) -> VisitSets:
        """Return these visits as sets of one each."""
        number = np.full(len(visits), self._day)
        return VisitSets(
            first=np.arange(len(visits) + 1),
            claim=np.array([self._located.at(v.claim_id) for v in visits], dtype=np.int64),
            day=number,
            band=np.array([position(v.band) for v in visits], dtype=np.int64),
            day_type=self._located.day_types.codes(number),
        )

    def ranged_after(
        self, asked: Sequence[tuple[_Item, Question]]
    ) -> dict[tuple[Check, ClaimId, Answer], BestVisit]:
        """Return the visits after each answer with their ranges; one item a debtor."""
        found: dict[tuple[Check, ClaimId, Answer], BestVisit] = {}
        rows = []
        checks = self._located.parameters.question.checks
        for item, question in asked:
            check = checks[question.check]
            for answer, visit in question.after.items():
                if visit is not None:
                    found[question.check, question.claim_id, answer] = visit
                    at = self._located.at(item.claim_id)
                    rows.append((at, _if_here(item, check, answer), check.away[answer]))
        if not found:
            return found
        claim, here, away = zip(*rows, strict=True)
        limits = intervals_after(
            self._located.weighed,
            self._located.parameters,
            self.single(list(found.values())),
            Answered(np.array(claim), np.array(here), np.array(away)),
        )
        return {
            key: visit.within(*limit)
            for (key, visit), limit in zip(found.items(), limits.tolist(), strict=True)
        }


def _if_here(item: _Item, asked: CheckParameters, answer: Answer) -> float:
    """Return the probability of an answer where the debtor is at the place asked about."""
    sure = item.confidence
    return sure * asked.here[answer] + (1.0 - sure) * asked.away[answer]


def _told(visit: BestVisit | None, named: NamesClaim) -> Message:
    if visit is None:
        return message("不值得走访")
    return message(
        "走访 %(claim)s，%(band)s（找到的概率 %(p).2f，范围 %(low).2f–%(high).2f）",
        claim=named(visit.claim_id),
        band=BAND_WORDS[visit.band],
        p=visit.p_found,
        low=visit.low,
        high=visit.high,
    )
