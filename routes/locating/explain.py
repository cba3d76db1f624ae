"""Why a number is what it is: each reason with the factor by which it moves the odds.

A claim shows its own ratio. An outcome or lead shows its exact factor: the odds that the place
is the debtor's with it, over the odds without it, everything else being as it is.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from typing import TYPE_CHECKING

import numpy as np

from geo.localtime import local_day
from geo.messages import Message, message
from geo.model import Precision
from routes.bands import BAND_HOURS_S
from routes.locating.change import part, without
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

__all__ = ["explain_claim", "explain_hour"]

_EPOCH = date(1970, 1, 1)
_SHOWN = math.log(1.05)  # a factor nearer to one is left out
_LEAST = 1e-300


def explain_claim(located: Located, at: int) -> tuple[Message, ...]:
    """Return the sentences on a claim's place: the summary, then what it rests on."""
    reader = _Reader(located, at)
    if reader.place < 0:
        return (message("地址线索已到期，不再使用"),)
    summary = message(
        "在此处的概率 %(p).2f：%(reasons)s；不在任何已知地址 %(elsewhere).2f",
        p=reader.p_place,
        reasons=_joined(reader.reasons()),
        elsewhere=reader.nowhere,
    )
    return (summary, *reader.remarks())


def explain_hour(located: Located, at: int, band: VisitBand, p_there: float) -> Message:
    """Return one sentence on a claim's place in one band."""
    reader = _Reader(located, at)
    start_s, end_s = BAND_HOURS_S[band]
    return message(
        "%(start)s–%(end)s 在此处的概率 %(p).2f：%(reasons)s；不在任何已知地址 %(elsewhere).2f",
        start=_clock(start_s),
        end=_clock(end_s),
        p=p_there,
        reasons=_joined(reader.reasons()),
        elsewhere=reader.nowhere,
    )


class _Reader:
    """Reads one debtor's evidence from the view of one claim's place."""

    def __init__(self, located: Located, at: int) -> None:
        whole = located.evidence
        debtor = int(np.searchsorted(whole.claim_first, at, side="right")) - 1
        self._evidence, claim_at = part(whole, np.array([debtor]))
        self._weighed = weigh(self._evidence, located.weighed.numbers)
        self._at = int(claim_at[at])
        self.place = int(self._evidence.claim_place[self._at])
        if self.place >= 0:
            made = solve(self._weighed)
            self.p_place = float(made.either[self.place])
            self.nowhere = float(made.nowhere[0])
        else:
            self.p_place, self.nowhere = 0.0, 1.0

    def reasons(self) -> Sequence[Message]:
        """Return what moves the odds of the place, with its factor."""
        return [*self._of_claims(), *self._of_visits(), *self._of_leads()]

    def remarks(self) -> Iterator[Message]:
        """Say what does not show in the factors."""
        evidence, at = self._evidence, self._at
        if not evidence.claim_used[at]:
            yield message("地址线索已到期，不再使用")
        elif not self._weighed.claim_counts[at]:
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
        yield message(
            "在场率按%(kind)s、时段和日期类型计算", kind=PLACE_WORDS[self._presence_kind()]
        )
        told = evidence.place_told[self.place]
        for band, said in zip(VisitBand, told.tolist(), strict=True):
            if said:
                yield message("有效线索提到%(band)s，该时段在场率上调", band=BAND_WORDS[band])

    def _presence_kind(self) -> PlaceKind:
        evidence = self._evidence
        kinds = (evidence.place_home_kind, evidence.place_day_kind)
        return list(PlaceKind)[int(kinds[evidence.claim_anchor[self._at]][self.place])]

    def _of_claims(self) -> Iterator[Message]:
        evidence = self._evidence
        here = (evidence.claim_place == self.place) & self._weighed.claim_counts
        today = local_day(evidence.now)
        for i in np.flatnonzero(here).tolist():
            seen = today - timedelta(days=int(evidence.claim_age_d[i]))
            yield message(
                "%(month)s 的%(source)s（×%(factor)s）",
                month=f"{seen:%Y-%m}",
                source=SOURCE_WORDS[list(ClaimSource)[evidence.claim_source[i]]],
                factor=_factor(math.exp(self._weighed.claim_log_ratio[i])),
            )

    def _of_visits(self) -> Iterator[Message]:
        evidence = self._evidence
        for v in np.flatnonzero(evidence.visit_on).tolist():
            change = self._change(evidence.outcome_ids[0][v])
            here = evidence.visit_place[v] == self.place
            if not here and abs(change) < _SHOWN:
                continue
            told = message("本处") if here else message("另一地址")
            yield message(
                "%(day)s %(band)s走访%(where)s：%(outcome)s（×%(factor)s）",
                day=(_EPOCH + timedelta(days=int(evidence.visit_day[v]))).isoformat(),
                band=BAND_WORDS[list(VisitBand)[evidence.visit_band[v]]],
                where=told,
                outcome=OUTCOME_WORDS[list(OutcomeKind)[evidence.visit_kind[v]]],
                factor=_factor(math.exp(change)),
            )

    def _of_leads(self) -> Iterator[Message]:
        evidence = self._evidence
        for i in np.flatnonzero(evidence.lead_on).tolist():
            change = self._change(evidence.lead_ids[i])
            if evidence.lead_place[i] == self.place or abs(change) >= _SHOWN:
                yield message(
                    "线索（编号 %(id)s，×%(factor)s）",
                    id=evidence.lead_ids[i],
                    factor=_factor(math.exp(change)),
                )

    def _change(self, item: str) -> float:
        """Return the log odds of the place with the item less those without it."""
        less: Weighed = without(self._weighed, item)[0]
        return _log_odds(self.p_place) - _log_odds(float(solve(less).either[self.place]))


def _joined(reasons: Sequence[Message]) -> Message:
    """Return the reasons as a list in the reader's language."""
    joined = reasons[-1]
    for reason in reasons[-2::-1]:
        joined = message("%(first)s、%(rest)s", first=reason, rest=joined)
    return joined


def _log_odds(p: float) -> float:
    return math.log(max(p, _LEAST)) - math.log(max(1.0 - p, _LEAST))


def _factor(value: float) -> str:
    if value >= 99.5:
        return f"{value:.0f}"
    return f"{value:.1f}" if value >= 0.1 else f"{value:.2g}"


def _clock(second: int) -> str:
    return f"{second // 3600:02d}:{second % 3600 // 60:02d}"
