"""Why a number is what it is: each reason with the factor by which it moves the odds.

The factor of a statement, outcome or lead is exact: the odds that the place is the debtor's with
everything that is known, over the odds without that one, everything else being as it is. Statements
that repeat each other are one, and go together; a place stays known, whatever statement goes.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, timedelta
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from geo.localtime import local_day
from geo.messages import Message, message
from geo.model import Floats, Precision
from routes.bands import BAND_HOURS_S
from routes.locating.change import part, with_counts, without
from routes.locating.posterior import Weighed, solve, weigh
from routes.locating.words import (
    BAND_WORDS,
    OUTCOME_WORDS,
    PLACE_WORDS,
    PRECISION_WORDS,
    SOURCE_WORDS,
)
from routes.model import ClaimSource, OutcomeKind, PlaceKind, VisitBand

if TYPE_CHECKING:
    from routes.locating.located import Located

__all__ = ["Reader"]

_EPOCH = date(1970, 1, 1)
_SHOWN = math.log(1.05)  # a factor nearer to one is left out
_LEAST = 1e-300
_LARGEST = math.log(1000.0)  # of a factor that is written out


class Reader:
    """Reads one debtor's evidence; what each item changes is reckoned once for all places."""

    def __init__(self, located: Located, debtor: int) -> None:
        self._evidence, self._claim_at = part(located.evidence, np.array([debtor]))
        self._weighed = weigh(self._evidence, located.weighed.numbers)
        made = solve(self._weighed)
        self._either = made.either
        self.nowhere = float(made.nowhere[0])
        self._told: dict[int, Message] = {}

    def on_claim(self, at: int) -> tuple[Message, ...]:
        """Return the sentences on a claim's place: the summary, then what it rests on."""
        at, place = self._place_of(at)
        remarks = tuple(self._remarks(at, place))
        if not self._weighed.stated.named[:, place].any():
            return remarks[:1]
        summary = message(
            "在此处的概率 %(p).2f：%(reasons)s；不在任何已知地址 %(elsewhere).2f",
            p=float(self._either[place]),
            reasons=self._reasons(place),
            elsewhere=self.nowhere,
        )
        return (summary, *remarks)

    def on_hours(self, at: int, p_there: Sequence[tuple[VisitBand, float]]) -> tuple[Message, ...]:
        """Return one sentence a band: how likely the debtor is at a claim's place, and why."""
        _, place = self._place_of(at)
        if not self._weighed.stated.named[:, place].any():
            return ()
        return tuple(
            message(
                "%(start)s–%(end)s 在此处的概率 %(p).2f：%(reasons)s；"
                "不在任何已知地址 %(elsewhere).2f",
                start=_clock(BAND_HOURS_S[band][0]),
                end=_clock(BAND_HOURS_S[band][1]),
                p=p,
                reasons=self._reasons(place),
                elsewhere=self.nowhere,
            )
            for band, p in p_there
        )

    def _place_of(self, at: int) -> tuple[int, int]:
        own = int(self._claim_at[at])
        return own, int(self._evidence.claim_place[own])

    def _reasons(self, place: int) -> Message:
        """Return what moves the odds of the place, with its factor."""
        held = self._told.get(place)
        if held is None:
            reasons = [*self._of_claims(place), *self._of_visits(place), *self._of_leads(place)]
            nothing = message("没有可用的陈述，按起始比计算")
            held = self._told[place] = _joined(reasons) if reasons else nothing
        return held

    def _remarks(self, at: int, place: int) -> Iterator[Message]:
        """Say what does not show in the factors."""
        evidence, told = self._evidence, self._weighed.stated
        if evidence.claim_age_d[at] < 0.0:
            yield message("地址线索的日期在将来，暂不采用，请核对日期")
        elif not evidence.claim_used[at]:
            yield message("地址线索已到期或已认定属同名他人，不再使用")
        elif not told.claim_counts[at]:
            yield message("与同一地点的另一线索同源或相互抄录，不重复计算")
        precision = list(Precision)[evidence.claim_precision[at]]
        if precision is Precision.NONE:
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

    def _of_claims(self, place: int) -> Iterator[Message]:
        evidence = self._evidence
        today = local_day(evidence.now)
        for i, change in self._claim_changes.items():
            if evidence.claim_place[i] == place:
                seen = today - timedelta(days=int(evidence.claim_age_d[i]))
                yield message(
                    "%(month)s 的%(source)s（×%(factor)s）",
                    month=f"{seen:%Y-%m}",
                    source=SOURCE_WORDS[list(ClaimSource)[evidence.claim_source[i]]],
                    factor=_factor(change[place]),
                )

    def _of_visits(self, place: int) -> Iterator[Message]:
        evidence = self._evidence
        for v, item in enumerate(evidence.outcome_ids[0]):
            change = self._item_changes[item][place]
            here = evidence.visit_place[v] == place
            if not here and abs(change) < _SHOWN:
                continue
            yield message(
                "%(day)s %(band)s走访%(where)s：%(outcome)s（×%(factor)s）",
                day=(_EPOCH + timedelta(days=int(evidence.visit_day[v]))).isoformat(),
                band=BAND_WORDS[list(VisitBand)[evidence.visit_band[v]]],
                where=message("本处") if here else message("另一地址"),
                outcome=OUTCOME_WORDS[list(OutcomeKind)[evidence.visit_kind[v]]],
                factor=_factor(change),
            )

    def _of_leads(self, place: int) -> Iterator[Message]:
        evidence = self._evidence
        for i in np.flatnonzero(self._weighed.stated.lead_counts).tolist():
            change = self._item_changes[evidence.lead_ids[i]][place]
            if evidence.lead_place[i] == place or abs(change) >= _SHOWN:
                yield message(
                    "线索（编号 %(id)s，×%(factor)s）",
                    id=evidence.lead_ids[i],
                    factor=_factor(change),
                )

    @cached_property
    def _claim_changes(self) -> Mapping[int, Floats]:
        """Return by claim that counts the log odds of each place less those without it."""
        counts = self._weighed.stated.claim_counts
        changes = {}
        for i in np.flatnonzero(counts).tolist():
            less = counts.copy()
            less[i] = False
            changes[i] = self._change(with_counts(self._weighed, less))
        return changes

    @cached_property
    def _item_changes(self) -> Mapping[str, Floats]:
        """Return the same by outcome and by lead."""
        items = (*self._evidence.outcome_ids[0], *self._evidence.lead_ids)
        return {item: self._change(without(self._weighed, item, 0)[0]) for item in items}

    def _change(self, less: Weighed) -> Floats:
        return _log_odds(self._either) - _log_odds(solve(less).either)


def _joined(reasons: Sequence[Message]) -> Message:
    """Return the reasons as a list in the reader's language."""
    joined = reasons[-1]
    for reason in reasons[-2::-1]:
        joined = message("%(first)s、%(rest)s", first=reason, rest=joined)
    return joined


def _log_odds(p: Floats) -> Floats:
    return np.log(np.maximum(p, _LEAST)) - np.log(np.maximum(1.0 - p, _LEAST))


def _factor(log_factor: float) -> str:
    if abs(log_factor) >= _LARGEST:
        return "1000+" if log_factor > 0.0 else "0.001-"
    value = math.exp(log_factor)
    if value >= 99.5:
        return f"{value:.0f}"
    return f"{value:.1f}" if value >= 0.1 else f"{value:.2g}"


def _clock(second: int) -> str:
    return f"{second // 3600:02d}:{second % 3600 // 60:02d}"
