"""Before any visit: how strong is each address, and which addresses are one place."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from geo.messages import Message, message
from geo.model import Point, Precision
from routes.locating.parameters import LocatingParameters
from routes.locating.words import PRECISION_WORDS, SOURCE_WORDS
from routes.model import AddressClaim

__all__ = ["Strength", "claim_strength", "place_strength", "same_places"]

_FINE = (Precision.DOOR, Precision.INTERPOLATED, Precision.POI)
_LEAST = 1e-6  # even a poor address may turn out right
_EARTH_M = 6_371_008.8


@dataclass(frozen=True, slots=True)
class Strength:
    """Probability that one claim alone is right, with the reasons for it."""

    value: float
    reasons: tuple[Message, ...]


def claim_strength(claim: AddressClaim, *, today: date, parameters: LocatingParameters) -> Strength:
    """Return reliability x recency x geocode confidence x precision of one claim.

    An expired claim has no strength at all: it is not used.
    """
    if claim.expires_on is not None and claim.expires_on < today:
        return Strength(
            0.0,
            (message("地址线索已于 %(day)s 到期，不再使用", day=claim.expires_on.isoformat()),),
        )
    reliability = parameters.reliability[claim.source]
    age_d = max((today - claim.seen_on).days, 0)
    recency = 2.0 ** (-age_d / parameters.source_half_life_d[claim.source])
    reasons = [
        message(
            "来源为%(source)s：新线索可靠度 %(value).2f（预设值）",
            source=SOURCE_WORDS[claim.source],
            value=reliability,
        ),
        message(
            "线索日期 %(day)s，距今 %(days)d 日，时效系数 %(value).2f",
            day=claim.seen_on.isoformat(),
            days=age_d,
            value=recency,
        ),
    ]
    if claim.place is None:
        located = parameters.precision[Precision.NONE]
        reasons.append(message("地址尚未定位，系数 %(value).2f", value=located))
    else:
        share = parameters.precision[claim.place.precision]
        located = share * claim.place.confidence
        reasons.append(
            message(
                "定位到%(precision)s，可信度 %(confidence).2f，系数 %(value).2f",
                precision=PRECISION_WORDS[claim.place.precision],
                confidence=claim.place.confidence,
                value=located,
            )
        )
    return Strength(max(reliability * recency * located, _LEAST), tuple(reasons))


def same_places(
    claims: Sequence[AddressClaim], *, parameters: LocatingParameters
) -> tuple[tuple[int, ...], ...]:
    """Group the claims of one debtor that point to one place.

    Two claims are one place where both are at least as precise as a point of interest and
    lie within ``same_place_m``; the relation is closed over chains.

    Returns
    -------
    groups
        Positions in ``claims``, every position once, in order of the first of each group.
    """
    group = list(range(len(claims)))
    for j, second in enumerate(claims):
        for i in range(j):
            if group[i] != group[j] and _near(claims[i], second, parameters.same_place_m):
                old, new = max(group[i], group[j]), min(group[i], group[j])
                group = [new if g == old else g for g in group]
    return tuple(
        tuple(i for i, g in enumerate(group) if g == first) for first in sorted(set(group))
    )


def place_strength(
    claims: Sequence[AddressClaim],
    strengths: Sequence[Strength],
    *,
    parameters: LocatingParameters,
) -> float:
    """Join the claims of one place: independent families of sources confirm each other.

    ``1 - product over families of (1 - strongest claim of the family)``, at most
    ``max_strength``.
    """
    best: dict[str, float] = {}
    for claim, strength in zip(claims, strengths, strict=True):
        family = parameters.family[claim.source]
        best[family] = max(best.get(family, 0.0), strength.value)
    return min(1.0 - math.prod(1.0 - value for value in best.values()), parameters.max_strength)


def _near(first: AddressClaim, second: AddressClaim, limit_m: float) -> bool:
    a, b = first.place, second.place
    if a is None or b is None or a.precision not in _FINE or b.precision not in _FINE:
        return False
    return _distance_m(a.point, b.point) <= limit_m


def _distance_m(a: Point, b: Point) -> float:
    """Equirectangular distance; exact enough at the tens of metres asked for here."""
    lat = math.radians((a.lat + b.lat) / 2.0)
    x = math.radians(b.lon - a.lon) * math.cos(lat)
    y = math.radians(b.lat - a.lat)
    return _EARTH_M * math.hypot(x, y)
