"""Why a number is what it is: starting odds, and the factor by which each reason moves them.

The numbers of a sentence multiply out to the probability that it states. The starting odds are
those of the place before any statement; then come the statements and leads on the place, one after
the other, those on other places together, and the visits in their order. A factor is exact: the
odds with this one and all before it, over the odds with all before it. Places stay known
throughout. What moves little stands in one factor at the end, and every factor takes up what was
lost in rounding those before it.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property, partial
from typing import TYPE_CHECKING

import numpy as np

from geo.localtime import hour_text, local_day
from geo.messages import Message, message
from geo.model import Floats, Precision
from routes.bands import BAND_HOURS_S
from routes.checks import Answer, Check
from routes.locating.change import first_visits, part
from routes.locating.evidence import DAY, FINE, HOME
from routes.locating.parameters import DayType
from routes.locating.posterior import solve, weigh
from routes.locating.weights import answer_log_ratios, odds_row
from routes.locating.words import (
    BAND_WORDS,
    DAY_TYPE_WORDS,
    OUTCOME_WORDS,
    PLACE_WORDS,
    PRECISION_WORDS,
    SOURCE_WORDS,
    listed,
)
from routes.model import ClaimSource, OutcomeKind, PlaceKind, VisitBand

if TYPE_CHECKING:
    from routes.locating.located import Located

__all__ = ["Chance", "Reader"]

_Tell = Callable[[str], Message]  # given the factor

_EPOCH = date(1970, 1, 1)
_SHOWN = math.log(1.05)  # a factor nearer to one stands with others, unless it is of the place
_MOST = 12  # reasons that stand by themselves
_LEAST = 1e-12  # odds beyond are written as this


@dataclass(frozen=True, slots=True)
class _Step:
    """One reason: by how much it moves the log odds, and how it is told with its factor."""

    change: float
    told: _Tell
    of_place: bool


@dataclass(frozen=True, slots=True)
class _Stated:
    """A statement or lead that counts: of which place and anchor, and its log ratio.

    ``told`` says it, given whether it is of the place that is explained.
    """

    place: int
    anchor: int
    gain: float
    told: Callable[[bool], _Tell]


@dataclass(frozen=True, slots=True)
class _Reasons:
    """What the odds of a place are made of, and the odds and the probability that come of it."""

    told: Message
    odds: str
    p: str


@dataclass(frozen=True, slots=True)
class Chance:
    """What one visit on a day would meet.

    Parameters
    ----------
    p_found, low, high
        P(found) with its range.
    p_there
        That the debtor is there, by all visits so far.
    p_usual
        The same on a day of this type in a week without other visits.
    """

    band: VisitBand
    p_found: float
    low: float
    high: float
    p_there: float
    p_usual: float


class Reader:
    """Reads one debtor's evidence; what each visit changes is reckoned once for all places."""

    def __init__(self, located: Located, debtor: int) -> None:
        self._evidence, self._claim_at = part(located.evidence, np.array([debtor]))
        self._weighed = weigh(self._evidence, located.weighed.numbers)
        made = solve(self._weighed)
        self._either = made.either
        self.nowhere = float(made.nowhere[0])
        self._told: dict[int, _Reasons] = {}

    def on_claim(self, at: int) -> tuple[Message, ...]:
        """Return the sentences on a claim's place: the summary, then what it rests on."""
        at, place = self._place_of(at)
        remarks = tuple(self._remarks(at, place))
        if not self._is_named(place):
            return remarks[:1]
        reasons = self._reasons(place)
        summary = message(
            "此处属实的概率 %(p).2f：%(reasons)s，合比 %(odds)s；不在任何已知地址 %(elsewhere).2f",
            p=float(self._either[place]),
            reasons=reasons.told,
            odds=reasons.odds,
            elsewhere=self.nowhere,
        )
        return (summary, *remarks)

    def on_hours(self, at: int, p_there: Sequence[tuple[VisitBand, float]]) -> tuple[Message, ...]:
        """Return one sentence a band: how likely the debtor is at a claim's place, and why."""
        _, place = self._place_of(at)
        if not self._is_named(place):
            return ()
        reasons = self._reasons(place)
        p_place = max(float(self._either[place]), _LEAST)
        return tuple(
            message(
                "%(start)s–%(end)s 在此处的概率 %(p).2f：%(reasons)s，合比 %(odds)s，即此处属实"
                "的概率 %(place)s；此时段在场（×%(there)s）；不在任何已知地址 %(elsewhere).2f",
                start=hour_text(BAND_HOURS_S[band][0]),
                end=hour_text(BAND_HOURS_S[band][1]),
                p=p,
                reasons=reasons.told,
                odds=reasons.odds,
                place=reasons.p,
                there=_written(min(p / p_place, 1.0)),
                elsewhere=self.nowhere,
            )
            for band, p in p_there
        )

    def on_visits(
        self, at: int, day: date, day_type: DayType, chances: Sequence[Chance]
    ) -> tuple[Message, ...]:
        """Return one sentence a visit: how likely it finds the debtor on this day, and why."""
        _, place = self._place_of(at)
        if not self._is_named(place):
            return ()
        p_place = _written(float(self._either[place]))
        told = []
        for one in chances:
            shown, factors = float(p_place), []
            for p in (one.p_usual, one.p_there, one.p_found):
                factors.append(_written(p / max(shown, _LEAST)))
                shown *= float(factors[-1])
            told.append(
                message(
                    "%(day)s（%(type)s）%(band)s走访一次找到的概率 %(p).2f"
                    "（%(low).2f–%(high).2f）：此处属实的概率 %(place)s；"
                    "这类日期此时段在场（×%(usual)s）；当周已有的走访（×%(week)s）；在场时遇到并认出，连同误报为找到（×%(met)s）",
                    day=day.isoformat(),
                    type=DAY_TYPE_WORDS[day_type],
                    band=BAND_WORDS[one.band],
                    p=one.p_found,
                    low=one.low,
                    high=one.high,
                    place=p_place,
                    usual=factors[0],
                    week=factors[1],
                    met=factors[2],
                )
            )
        return tuple(told)

    def _place_of(self, at: int) -> tuple[int, int]:
        own = int(self._claim_at[at])
        return own, int(self._evidence.claim_place[own])

    def _is_named(self, place: int) -> bool:
        return bool(self._weighed.stated.named[:, place].any())

    def _has_fine(self, place: int) -> bool:
        at = np.flatnonzero(self._evidence.claim_place == place)
        return any(list(Precision)[p] in FINE for p in self._evidence.claim_precision[at])

    def _reasons(self, place: int) -> _Reasons:
        """Return what makes the odds of the place."""
        held = self._told.get(place)
        if held is None:
            held = self._told[place] = self._multiplied(place)
        return held

    def _multiplied(self, place: int) -> _Reasons:
        """Write the starting odds and the factors, each rounded so that their product holds."""
        start, steps = self._start_of(place)
        steps = _gathered([*steps, *self._of_visits(place)])
        odds = _written(math.exp(start))
        told = [message("起始比 %(odds)s", odds=odds)]
        shown, exact = math.log(float(odds)), start
        for step in steps:
            exact += step.change
            factor = _written(math.exp(exact - shown))
            shown += math.log(float(factor))
            told.append(step.told(factor))
        p = float(self._either[place])
        return _Reasons(listed(told), _written(p / max(1.0 - p, _LEAST)), _written(p))

    def _remarks(self, at: int, place: int) -> Iterator[Message]:
        """Say what does not show in the factors."""
        evidence, told = self._evidence, self._weighed.stated
        if evidence.claim_age_d[at] < 0.0:
            yield message("地址线索的日期在将来，暂不采用，请核对日期")
        elif not evidence.claim_used[at]:
            yield message("地址线索已到期或已认定属同名他人，不再使用")
        elif evidence.claim_answered[at]:
            yield message("同一来源其后已答复对此处的核实，以答复为准")
        elif not told.claim_counts[at]:
            yield message("与同一地点的另一线索同源或相互抄录，不重复计算")
        if evidence.claim_used[at] and self._means_another(at, place):
            yield message("同一陈述另指向别的地点或性质，各处按定位可信度分担，合计只算一次")
        precision = list(Precision)[evidence.claim_precision[at]]
        if precision not in FINE and self._has_fine(place):
            yield message(
                "文字与另一线索相同，按其地点计算，可信度 %(confidence).2f",
                confidence=float(evidence.claim_confidence[at]),
            )
        elif precision is Precision.NONE:
            yield message("地址尚未定位")
        else:
            yield message(
                "定位到%(precision)s，可信度 %(confidence).2f",
                precision=PRECISION_WORDS[precision],
                confidence=float(evidence.claim_confidence[at]),
            )
        kinds = (evidence.place_home_kind, evidence.place_day_kind)
        kind = list(PlaceKind)[int(kinds[evidence.claim_anchor[at]][place])]
        yield message("在场率按%(kind)s、时段和日期类型计算", kind=PLACE_WORDS[kind])
        spoken = self._weighed.places.told[place].tolist()
        for band, said in zip(VisitBand, spoken, strict=True):
            if said:
                yield message("有效线索提到%(band)s，该时段在场率上调", band=BAND_WORDS[band])

    def _means_another(self, at: int, place: int) -> bool:
        """Whether the statement of a claim points to another place or anchor too."""
        evidence = self._evidence
        named = (evidence.place_home_share, evidence.place_day_share)
        anchor = int(evidence.claim_anchor[at])
        return bool(evidence.claim_share[at] * named[anchor][place] < 1.0)

    def _start_of(self, place: int) -> tuple[float, list[_Step]]:
        """Return the log odds of a place before any statement, and the steps of statements."""
        told, numbers = self._weighed.stated, self._weighed.numbers
        row = odds_row(self._evidence.is_company[[0, 0]], np.array([HOME, DAY]))
        evidence = self._evidence
        shares = np.stack([evidence.place_home_share, evidence.place_day_share])
        weights = np.where(told.named, np.exp(numbers.log_odds[row])[:, None] * shares, 0.0)
        start = before = _log_odds_of_either(weights, place)
        steps = []
        own = [each for each in self._stated if each.place == place]
        others = [each for each in self._stated if each.place != place]
        for each in (*own, *(others if len(others) <= _MOST else ())):
            weights[each.anchor, each.place] *= math.exp(each.gain)
            after = _log_odds_of_either(weights, place)
            here = each.place == place
            steps.append(_Step(after - before, each.told(here), here))
            before = after
        if len(others) > _MOST:
            at = self._weighed.places
            weights = np.exp(np.stack([at.home, at.day])) * np.stack([at.home_on, at.day_on])
            change = _log_odds_of_either(weights, place) - before
            steps.append(_Step(change, _telling_others(len(others)), of_place=True))
        return start, steps

    @cached_property
    def _stated(self) -> tuple[_Stated, ...]:
        """Return the statements, leads and answers that count."""
        return (*self._of_claims(), *self._of_leads(), *self._of_answers())

    def _of_claims(self) -> Iterator[_Stated]:
        """Yield the statements that count."""
        evidence, told = self._evidence, self._weighed.stated
        today = local_day(evidence.now)
        for i in np.flatnonzero(told.claim_counts).tolist():
            seen = today - timedelta(days=int(evidence.claim_age_d[i]))
            source = SOURCE_WORDS[list(ClaimSource)[evidence.claim_source[i]]]
            yield _Stated(
                place=int(evidence.claim_place[i]),
                anchor=int(evidence.claim_anchor[i]),
                gain=float(told.log_ratio[i]),
                told=partial(_telling_claim, f"{seen:%Y-%m}", source),
            )

    def _of_leads(self) -> Iterator[_Stated]:
        """Yield the leads that count."""
        evidence = self._evidence
        for i in np.flatnonzero(self._weighed.stated.lead_counts).tolist():
            yield _Stated(
                place=int(evidence.lead_place[i]),
                anchor=int(evidence.lead_anchor[i]),
                gain=self._weighed.numbers.log_lead,
                told=partial(_telling_lead, evidence.lead_ids[i]),
            )

    def _of_answers(self) -> Iterator[_Stated]:
        """Yield the answers to checks."""
        evidence, today = self._evidence, local_day(self._evidence.now)
        gains = answer_log_ratios(evidence, self._weighed.numbers).tolist()
        for i, (at, gain) in enumerate(zip(evidence.answer_claim.tolist(), gains, strict=True)):
            asked = message(
                "%(day)s %(check)s，答“%(answer)s”",
                day=(today - timedelta(days=int(evidence.answer_age_d[i]))).isoformat(),
                check=list(Check)[evidence.answer_check[i]].label,
                answer=list(Answer)[evidence.answer_said[i]].label,
            )
            yield _Stated(
                place=int(evidence.claim_place[at]),
                anchor=int(evidence.claim_anchor[at]),
                gain=gain,
                told=partial(_telling_answer, asked),
            )

    def _of_visits(self, place: int) -> Iterator[_Step]:
        changes = np.diff(self._after_visits[:, place]).tolist()
        at = (self._evidence.visit_place == place).tolist()
        for v, (change, here) in enumerate(zip(changes, at, strict=True)):
            yield _Step(change, partial(self._tell_visit, v, here), here)

    def _tell_visit(self, v: int, here: bool, factor: str) -> Message:
        evidence = self._evidence
        return message(
            "%(day)s %(band)s走访%(where)s：%(outcome)s（×%(factor)s）",
            day=(_EPOCH + timedelta(days=int(evidence.visit_day[v]))).isoformat(),
            band=BAND_WORDS[list(VisitBand)[evidence.visit_band[v]]],
            where=message("本处") if here else message("另一地址"),
            outcome=OUTCOME_WORDS[list(OutcomeKind)[evidence.visit_kind[v]]],
            factor=factor,
        )

    @cached_property
    def _after_visits(self) -> Floats:
        """Return the log odds of each place after so many visits, shape (visits + 1, places)."""
        count = len(self._evidence.visit_place)
        some = (solve(first_visits(self._weighed, n)).either for n in range(count))
        return np.stack([_log_odds(either) for either in (*some, self._either)])


def _log_odds_of_either(weights: Floats, place: int) -> float:
    """Return the log odds that a place is residence or day place, before any visit.

    Parameters
    ----------
    weights
        By anchor and place, against elsewhere and none.
    """
    held = weights[:, place]
    rest = 1.0 + np.delete(weights, place, axis=1).sum(axis=1)
    odds = math.expm1(float(np.log1p(held / rest).sum()))
    return math.log(min(max(odds, _LEAST), 1.0 / _LEAST))


def _gathered(steps: Sequence[_Step]) -> list[_Step]:
    """Return the steps that matter most, in order, and the others as one."""
    order = sorted(range(len(steps)), key=lambda i: -abs(steps[i].change))
    kept = {i for i in order[:_MOST] if steps[i].of_place or abs(steps[i].change) >= _SHOWN}
    left = [step.change for i, step in enumerate(steps) if i not in kept]
    told = [step for i, step in enumerate(steps) if i in kept]
    return [*told, _Step(sum(left), _telling_rest(len(left)), of_place=False)] if left else told


def _telling_claim(month: str, source: Message, here: bool) -> _Tell:
    if here:
        return lambda factor: message(
            "%(month)s 的%(source)s（×%(factor)s）", month=month, source=source, factor=factor
        )
    return lambda factor: message(
        "另一地址的陈述：%(month)s 的%(source)s（×%(factor)s）",
        month=month,
        source=source,
        factor=factor,
    )


def _telling_lead(lead: str, here: bool) -> _Tell:
    if here:
        return lambda factor: message("线索（编号 %(id)s，×%(factor)s）", id=lead, factor=factor)
    return lambda factor: message(
        "另一地址的线索（编号 %(id)s，×%(factor)s）", id=lead, factor=factor
    )


def _telling_answer(asked: Message, here: bool) -> _Tell:
    if here:
        return lambda factor: message("%(asked)s（×%(factor)s）", asked=asked, factor=factor)
    return lambda factor: message(
        "另一地址的核实：%(asked)s（×%(factor)s）", asked=asked, factor=factor
    )


def _telling_others(count: int) -> _Tell:
    return lambda factor: message(
        "其他地址的 %(count)d 条陈述和线索（×%(factor)s）", count=count, factor=factor
    )


def _telling_rest(count: int) -> _Tell:
    return lambda factor: message(
        "影响较小的其余 %(count)d 项（×%(factor)s）", count=count, factor=factor
    )


def _log_odds(p: Floats) -> Floats:
    return np.log(np.maximum(p, _LEAST)) - np.log(np.maximum(1.0 - p, _LEAST))


def _written(value: float) -> str:
    """Return three digits of a number, which reads back as a number above zero."""
    if not 1e-3 <= value < 1e6:
        return f"{max(value, _LEAST):.2e}"
    return f"{value:.{max(2 - math.floor(math.log10(value)), 0)}f}"
