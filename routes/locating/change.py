"""Evidence with one item more or less, and evidence of some debtors only."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, TypeVar

import numpy as np
import numpy.typing as npt

from geo.localtime import DAY_S, local_day
from geo.model import Ints
from routes.errors import LocatingError
from routes.locating.days import DayTypes, day_number
from routes.locating.evidence import Evidence, outcome_position, position
from routes.locating.layout import frozen
from routes.locating.numbers import hours
from routes.locating.posterior import Weighed, reported, weigh
from routes.model import ClaimId, Outcome

__all__ = ["part", "with_outcome", "without"]

_N = TypeVar("_N", bound=np.generic)


def without(weighed: Weighed, item: str) -> tuple[Weighed, int]:
    """Return the evidence as if an outcome or lead had never been, and whose it is.

    Raises
    ------
    LocatingError
        If the evidence holds no such item.
    """
    evidence = weighed.evidence
    for debtor, ids in enumerate(evidence.outcome_ids):
        if item in ids:
            on = evidence.visit_on.copy()
            on[int(evidence.visit_first[debtor]) + ids.index(item)] = False
            changed = replace(
                weighed,
                evidence=replace(evidence, visit_on=on),
                visits=frozen(weighed.visits._replace(on=on)),
            )
            return changed, debtor
    if item in evidence.lead_ids:
        at = evidence.lead_ids.index(item)
        on = evidence.lead_on.copy()
        on[at] = False
        owner = _owner(evidence.place_first, int(evidence.lead_place[at]))
        return weigh(replace(evidence, lead_on=on), weighed.numbers), owner
    raise LocatingError("证据 %(id)s 不在本次定位计算之内", id=item)


def with_outcome(
    weighed: Weighed, claim_at: dict[ClaimId, int], day_types: DayTypes, outcome: Outcome
) -> tuple[Weighed, int]:
    """Return the evidence with one more outcome, and whose it is.

    Raises
    ------
    LocatingError
        If its claim is unknown, or it lies after the moment of the evidence.
    """
    evidence = weighed.evidence
    claim = claim_at.get(outcome.claim_id, -1)
    if claim < 0:
        raise LocatingError(
            "走访结果 %(id)s 的地址线索不在本次定位计算之内，请连同其被执行人一并载入",
            id=outcome.id,
        )
    if outcome.at.tzinfo is None:
        raise LocatingError("走访结果 %(id)s 的时间须带时区", id=outcome.id)
    age_d = (evidence.now.timestamp() - outcome.at.timestamp()) / DAY_S
    if age_d < 0.0:
        raise LocatingError(
            "走访结果 %(id)s 的时间晚于本次定位计算的时间，请核对后重新计算", id=outcome.id
        )
    owner = _owner(evidence.claim_first, claim)
    place = int(evidence.claim_place[claim])
    if place < 0:
        return weighed, owner
    day = np.array([day_number(local_day(outcome.at))])
    kind = np.array([outcome_position(outcome.kind)])
    band = position(outcome.band)
    first, last = evidence.visit_first[owner : owner + 2].tolist()
    key = (int(day[0]), band, place, int(kind[0]), claim, -age_d)
    at = first
    while at < last and key > _key(evidence, at):
        at += 1
    precision = evidence.claim_precision[claim : claim + 1]
    present, absent, base = reported(weighed.numbers, kind, precision)
    first_after = evidence.visit_first.copy()
    first_after[owner + 1 :] += 1
    new = {
        "visit_place": place,
        "visit_kind": kind[0],
        "visit_claim": claim,
        "visit_precision": precision[0],
        "visit_day": day[0],
        "visit_band": band,
        "visit_day_type": day_types.codes(day)[0],
        "visit_age_d": age_d,
        "visit_on": True,
    }
    arrays: dict[str, Any] = {
        name: _inserted(getattr(evidence, name), at, value) for name, value in new.items()
    }
    ids = evidence.outcome_ids
    own = (*ids[owner][: at - first], outcome.id, *ids[owner][at - first :])
    ids = (*ids[:owner], own, *ids[owner + 1 :])
    after = replace(evidence, visit_first=first_after, outcome_ids=ids, **arrays)
    visits = frozen(
        weighed.visits._replace(
            first=after.visit_first,
            place=after.visit_place,
            day=after.visit_day,
            band=after.visit_band,
            hour=hours(after.visit_band, after.visit_day_type),
            base=_inserted(weighed.visits.base, at, base[0]),
            absent=_inserted(weighed.visits.absent, at, absent[0] - base[0]),
            gain=_inserted(weighed.visits.gain, at, np.exp(present[0] - absent[0])),
            on=after.visit_on,
        )
    )
    return replace(weighed, evidence=after, visits=visits), owner


def _inserted(array: npt.NDArray[_N], at: int, value: Any) -> npt.NDArray[_N]:
    """Return the array with one value more; quicker than numpy.insert."""
    longer = np.empty(len(array) + 1, dtype=array.dtype)
    longer[:at] = array[:at]
    longer[at] = value
    longer[at + 1 :] = array[at:]
    return longer


def _key(evidence: Evidence, at: int) -> tuple[int, int, int, int, int, float]:
    """Return by what the visits of a debtor are ordered."""
    return (
        int(evidence.visit_day[at]),
        int(evidence.visit_band[at]),
        int(evidence.visit_place[at]),
        int(evidence.visit_kind[at]),
        int(evidence.visit_claim[at]),
        -float(evidence.visit_age_d[at]),
    )


def _owner(first: Ints, at: int) -> int:
    return int(np.searchsorted(first, at, side="right")) - 1


def part(evidence: Evidence, debtors: Ints) -> tuple[Evidence, Ints]:
    """Return the evidence of some debtors, and where each claim now stands (-1: nowhere)."""
    claims, claim_first = _ranges(evidence.claim_first, debtors)
    places, place_first = _ranges(evidence.place_first, debtors)
    visits, visit_first = _ranges(evidence.visit_first, debtors)
    claim_at = _inverse(claims, len(evidence.claims))
    place_at = np.append(_inverse(places, len(evidence.place_township)), -1)  # of -1: -1
    leads = np.flatnonzero(place_at[evidence.lead_place] >= 0)
    kept: dict[str, Ints] = {"claim": claims, "place": places, "visit": visits, "lead": leads}
    arrays: dict[str, Any] = {
        name: getattr(evidence, name)[kept[name.split("_")[0]]]
        for name in evidence.__slots__
        if name.split("_")[0] in kept and not name.endswith(("_first", "_ids"))
    }
    arrays["claim_place"] = place_at[arrays["claim_place"]]
    arrays["claim_copy"] = claim_at[arrays["claim_copy"]]
    arrays["visit_place"] = place_at[arrays["visit_place"]]
    arrays["visit_claim"] = claim_at[arrays["visit_claim"]]
    arrays["lead_place"] = place_at[arrays["lead_place"]]
    some = replace(
        evidence,
        debtors=tuple(evidence.debtors[d] for d in debtors.tolist()),
        claims=tuple(evidence.claims[i] for i in claims.tolist()),
        outcome_ids=tuple(evidence.outcome_ids[d] for d in debtors.tolist()),
        lead_ids=tuple(evidence.lead_ids[i] for i in leads.tolist()),
        is_company=evidence.is_company[debtors],
        claim_first=claim_first,
        place_first=place_first,
        visit_first=visit_first,
        **arrays,
    )
    return some, claim_at


def _ranges(first: Ints, chosen: Ints) -> tuple[Ints, Ints]:
    """Return the positions from ``first[d]`` to ``first[d + 1]`` of the chosen, and new firsts."""
    counts = first[chosen + 1] - first[chosen]
    new_first = np.concatenate(([0], np.cumsum(counts))).astype(np.int64)
    shift = np.repeat(first[chosen] - new_first[:-1], counts)
    return np.arange(new_first[-1]) + shift, new_first


def _inverse(kept: Ints, count: int) -> Ints:
    at = np.full(count, -1, dtype=np.int64)
    at[kept] = np.arange(len(kept))
    return at
