"""The offline geocoder first; an online service only where that is not sure enough."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Protocol

from geo.coordinates import distance_m
from geo.errors import OnlineKeyError, OnlineQuotaError, OnlineServiceError
from geo.messages import message
from geo.model import AddressLevel, Candidate, Geocode, Precision
from geo.online.geocoder import OnlineGeocoder
from geo.online.services import Answer
from geo.online.worth import checks
from geo.ports import Geocoder, ProgressListener

__all__ = ["FallbackGeocoder", "OnlineUse", "UseListener", "merge"]

_FINEST_FIRST = tuple(Precision)
_POINTLIKE = frozenset({Precision.DOOR, Precision.INTERPOLATED, Precision.POI})
_LIKELY = 0.5
_FAILURES_IN_A_ROW = 3
_NUMBERED = (AddressLevel.NUMBER, AddressLevel.ESTATE)


@dataclass(frozen=True, slots=True)
class OnlineUse:
    """How often a service was asked for one batch of addresses.

    Parameters
    ----------
    asked
        Texts sent.
    answered
        Texts sent that got at least one place.
    recalled
        Texts whose answer was kept from before, so that nothing was sent.
    withheld
        Addresses that needed help but hold nothing that may be sent.
    trouble
        Why asking ended early, or None.
    """

    asked: int = 0
    answered: int = 0
    recalled: int = 0
    withheld: int = 0
    trouble: OnlineServiceError | None = None


class UseListener(Protocol):
    """Told before texts are sent and after; records who asked whom, and how often."""

    def begins(self, service: str, texts: int) -> None:
        """Hear how many texts are about to be sent; raising stops them."""
        ...

    def ended(self, service: str, use: OnlineUse) -> None:
        """Hear what became of them, also when the run was stopped."""
        ...


class FallbackGeocoder:
    """Implements :class:`geo.ports.Geocoder`: offline, with an online service for the rest.

    A failing service costs no answer: the offline candidates stand, and after a refused key, a
    used-up quota or three failures in a row nothing more is asked.

    Parameters
    ----------
    offline
        Answers first.
    online
        Asked where the best offline candidate is less sure than ``below_confidence``.
    below_confidence
        0..1; a text without any offline candidate is always below.
    doors
        Also ask where a text names a number or estate and the offline answer is a road or
        coarser.
    listener
        Records the use.
    """

    def __init__(
        self,
        offline: Geocoder,
        online: OnlineGeocoder,
        *,
        listener: UseListener,
        below_confidence: float = 0.6,
        doors: bool = False,
    ) -> None:
        self._offline = offline
        self._online = online
        self._listener = listener
        self._below = below_confidence
        self._doors = doors
        self._trouble: OnlineServiceError | None = None
        self._given_up = False
        self._failures = 0

    @property
    def trouble(self) -> OnlineServiceError | None:
        """The service's last failure, to be told to whoever asked; None if there was none."""
        return self._trouble

    def geocode(self, text: str, *, limit: int = 5) -> Geocode:
        """Return up to ``limit`` candidates of both, the most likely first."""
        return self.geocode_many((text,), limit=limit)[0]

    def geocode_many(
        self, texts: Iterable[str], *, limit: int = 5, progress: ProgressListener | None = None
    ) -> list[Geocode]:
        """Return one answer a text, in order.

        Equal questions are sent once, in the order of their own text, which says nothing of
        the order of cases.

        Raises
        ------
        OnlineRefusedError
            If a question would have left the lawful hosts.
        """
        answers = self._offline.geocode_many(texts, limit=limit)
        rows: dict[str, list[int]] = {}
        withheld = 0
        for row, answer in enumerate(answers):
            if limit < 1 or not self._unsure(answer):
                continue
            sent = self._online.question(answer.parsed)
            if sent is None:
                withheld += 1
            else:
                rows.setdefault(sent, []).append(row)
        done = len(answers) - sum(map(len, rows.values()))
        for sent, found in self._found(sorted(rows), withheld):
            for row in rows[sent]:
                answers[row] = self._merged(answers[row], found, limit)
            done += len(rows[sent])
            if progress:
                progress(done, len(answers))
        if progress:
            progress(len(answers), len(answers))
        return answers

    def _unsure(self, answer: Geocode) -> bool:
        best = answer.best
        if best is None or best.confidence < self._below:
            return True
        fine = best.precision in _POINTLIKE
        return self._doors and not fine and any(map(answer.parsed.get, _NUMBERED))

    def _found(
        self, questions: Sequence[str], withheld: int
    ) -> Iterable[tuple[str, Sequence[Answer]]]:
        """Yield each question with its answers: those remembered, then those asked for."""
        kept = {sent: self._online.recall(sent) for sent in questions}
        fresh = [sent for sent, answers in kept.items() if answers is None]
        use = OnlineUse(recalled=len(kept) - len(fresh), withheld=withheld)
        for sent, answers in kept.items():
            if answers is not None:
                yield sent, answers
        if not fresh or self._given_up:
            return
        self._listener.begins(self._online.service, len(fresh))
        try:
            for sent in fresh:
                use = replace(use, asked=use.asked + 1)
                try:
                    answers = self._online.ask(sent)
                    self._failures = 0
                except OnlineServiceError as error:
                    self._failures += 1
                    final = isinstance(error, OnlineKeyError | OnlineQuotaError)
                    self._trouble = error
                    use = replace(use, trouble=error)
                    if final or self._failures >= _FAILURES_IN_A_ROW:
                        self._given_up = True
                        return
                    continue
                use = replace(use, answered=use.answered + bool(answers))
                yield sent, answers
        finally:
            self._listener.ended(self._online.service, use)

    def _merged(self, answer: Geocode, found: Sequence[Answer], limit: int) -> Geocode:
        online = self._online.candidates(answer.parsed, found)
        merged = merge(answer.candidates, online)
        return replace(answer, candidates=merged[:limit])


def merge(offline: Sequence[Candidate], online: Sequence[Candidate]) -> tuple[Candidate, ...]:
    """Return the candidates of two independent sources, the most likely first.

    Two points within ``agree_m`` are one: it is wrong only where both are. The best points of
    each that lie apart exclude one another: with probabilities p and q, p becomes
    p (1 - q) / (1 - p q), which is Bayes' rule where both sources err independently and both
    cannot be right. Coarser places (a village round a door) are no rivals.
    """
    factors = checks()
    left, right = list(offline), list(online)
    for i, one in enumerate(left):
        for j, other in enumerate(right):
            if not {one.precision, other.precision} <= _POINTLIKE:
                continue
            a, b = (one.point.lon, one.point.lat), (other.point.lon, other.point.lat)
            if float(distance_m(a, b)) <= factors.agree_m:
                sure = 1.0 - (1.0 - one.confidence) * (1.0 - other.confidence)
                sure = max(min(sure, factors.assumed_most), one.confidence, other.confidence)
                left[i] = replace(
                    one,
                    confidence=sure,
                    reason=message("%(reason)s；两个来源一致", reason=one.reason),
                )
                del right[j]
                break
    fine_left, fine_right = (
        max((c.confidence for c in part if c.precision in _POINTLIKE), default=0.0)
        for part in (left, right)
    )
    if len(right) == len(online):  # none agreed
        left = [_against(each, fine_right) for each in left]
        right = [_against(each, fine_left) for each in right]
    return tuple(sorted((*left, *right), key=_rank))


def _against(candidate: Candidate, rival: float) -> Candidate:
    if candidate.precision not in _POINTLIKE:
        return candidate
    most = checks().assumed_most
    own, other = min(candidate.confidence, most), min(rival, most)
    return replace(candidate, confidence=own * (1.0 - other) / (1.0 - own * other))


def _rank(candidate: Candidate) -> tuple[bool, int, float]:
    """Sort what is more likely right than wrong first, the finest of it first."""
    likely = candidate.confidence >= _LIKELY
    fineness = _FINEST_FIRST.index(candidate.precision) if likely else 0
    return not likely, fineness, -candidate.confidence
