"""Evidence with one item more or less, and evidence of some debtors only."""

from __future__ import annotations

from bisect import bisect_left
from dataclasses import fields, replace
from typing import Any, TypeVar

import numpy as np
import numpy.typing as npt

from geo.localtime import DAY_S, local_day
from geo.model import Floats, Ints
from routes.errors import LocatingError
from routes.locating.days import DayTypes, day_number
from routes.locating.evidence import HOME, Evidence, outcome_position, position
from routes.locating.gathering import is_usable, lead_age_d
from routes.locating.layout import Flags, Visits, frozen
from routes.locating.numbers import hours
from routes.locating.posterior import Weighed, reported
from routes.locating.weights import place_weights, restated, told_bands
from routes.model import ClaimId, Lead, Outcome, VisitBand

__all__ = ["first_visits", "not_at", "part", "with_lead", "with_outcome", "without"]

_N = TypeVar("_N", bound=np.generic)
_OF_REPORTS = ("base", "absent", "gain")  # columns of the kernels' visits


def without(weighed: Weighed, item: str, owner: int | None) -> tuple[Weighed, int]:
    """Return the evidence as if an outcome or lead had never been, and whose it is.

    Parameters
    ----------
    owner
        Position of the debtor who holds an outcome of this name; None where nobody does.

    Raises
    ------
    LocatingError
        If the evidence holds no such item.
    """
    evidence = weighed.evidence
    if item in evidence.lead_ids:
        at = evidence.lead_ids.index(item)
        debtor, counts = int(evidence.lead_debtor[at]), weighed.stated.lead_counts
        arrays: dict[str, Any] = {
            name: np.delete(getattr(evidence, name), at) for name in _columns(evidence, "lead")
        }
        ids = (*evidence.lead_ids[:at], *evidence.lead_ids[at + 1 :])
        after = replace(evidence, lead_ids=ids, **arrays)
        return _heard_again(weighed, after, np.delete(counts, at), debtor), debtor
    if owner is None:
        raise LocatingError("证据 %(id)s 不在本次定位计算之内", id=item)
    ids = evidence.outcome_ids[owner]
    here = ids.index(item)
    at = int(evidence.visit_first[owner]) + here
    arrays = {name: np.delete(getattr(evidence, name), at) for name in _columns(evidence, "visit")}
    after = _with_visits(evidence, owner, (*ids[:here], *ids[here + 1 :]), arrays)
    lines = {name: np.delete(getattr(weighed.visits, name), at) for name in _OF_REPORTS}
    return _again(weighed, after, owner, lines), owner


def not_at(weighed: Weighed, places: Ints, anchors: Ints) -> Weighed:
    """Return what holds if these places are not now the residence (day place) of their debtors."""
    home, day = weighed.places.home_on.copy(), weighed.places.day_on.copy()
    home[places[anchors == HOME]] = 0.0
    day[places[anchors != HOME]] = 0.0
    return replace(weighed, places=frozen(weighed.places._replace(home_on=home, day_on=day)))


def with_lead(
    weighed: Weighed, claim_at: dict[ClaimId, int], lead: Lead
) -> tuple[Weighed, int] | None:
    """Return the evidence with one more lead, and whose it is; None where the lead counts nothing.

    That is one that was withdrawn, has expired or lies in the future.

    Raises
    ------
    LocatingError
        If its debtor or claim is unknown, or the evidence holds it already.
    """
    evidence = weighed.evidence
    if not is_usable(lead, evidence.now):
        return None
    claim = -1 if lead.claim_id is None else claim_at.get(lead.claim_id, -2)
    if lead.debtor_id not in evidence.debtors or claim == -2:
        raise LocatingError(
            "线索 %(id)s 的被执行人或地址线索不在本次定位计算之内，请一并载入", id=lead.id
        )
    debtor = evidence.debtors.index(lead.debtor_id)
    if claim >= 0 and _owner(evidence.claim_first, claim) != debtor:
        raise LocatingError("线索 %(id)s 的地址线索属于另一被执行人，请核对", id=lead.id)
    if lead.id in evidence.lead_ids:
        raise _held(lead.id)
    age_d = lead_age_d(lead, evidence.now)
    order = list(zip((-evidence.lead_age_d).tolist(), evidence.lead_ids, strict=True))
    at = bisect_left(order, (-age_d, lead.id))
    sources = dict.fromkeys((*evidence.lead_sources, lead.source))
    new = {
        "lead_debtor": debtor,
        "lead_place": -1 if claim < 0 else evidence.claim_place[claim],
        "lead_anchor": -1 if claim < 0 else evidence.claim_anchor[claim],
        "lead_band": -1 if lead.band is None else position(lead.band),
        "lead_source": list(sources).index(lead.source),
        "lead_age_d": age_d,
        "lead_day": day_number(local_day(lead.received_at)),
    }
    arrays: dict[str, Any] = {
        name: _inserted(getattr(evidence, name), at, value) for name, value in new.items()
    }
    after = replace(
        evidence,
        lead_ids=(*evidence.lead_ids[:at], lead.id, *evidence.lead_ids[at:]),
        lead_sources=tuple(sources),
        **arrays,
    )
    counts = _inserted(weighed.stated.lead_counts, at, value=False)
    return _heard_again(weighed, after, counts, debtor), debtor


def with_outcome(
    weighed: Weighed, claim_at: dict[ClaimId, int], day_types: DayTypes, outcome: Outcome
) -> tuple[Weighed, int] | None:
    """Return the evidence with one more outcome, and whose it is; None where it counts nothing.

    That is one that was withdrawn, or seen where only a namesake's claims point.

    Raises
    ------
    LocatingError
        If its claim is unknown, it lies after the moment of the evidence, or the evidence holds
        it already.
    """
    evidence = weighed.evidence
    if outcome.withdrawn:
        return None
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
    ids = evidence.outcome_ids[owner]
    if outcome.id in ids:
        raise _held(outcome.id)
    place = int(evidence.claim_place[claim])
    own_claims = slice(*evidence.claim_first[owner : owner + 2].tolist())
    here = evidence.claim_place[own_claims] == place
    if evidence.claim_namesake[own_claims][here].all():
        return None
    day = np.array([day_number(local_day(outcome.at))])
    kind = np.array([outcome_position(outcome.kind)])
    band = position(outcome.band)
    first, last = evidence.visit_first[owner : owner + 2].tolist()
    key = (int(day[0]), band, place, int(kind[0]), claim, -age_d, outcome.id)
    at = first
    while at < last and key > (*_key(evidence, at), ids[at - first]):
        at += 1
    precision = evidence.claim_precision[claim : claim + 1]
    new = {
        "visit_place": place,
        "visit_kind": kind[0],
        "visit_claim": claim,
        "visit_precision": precision[0],
        "visit_day": day[0],
        "visit_band": band,
        "visit_day_type": day_types.codes(day)[0],
        "visit_age_d": age_d,
    }
    arrays: dict[str, Any] = {
        name: _inserted(getattr(evidence, name), at, value) for name, value in new.items()
    }
    own = (*ids[: at - first], outcome.id, *ids[at - first :])
    after = _with_visits(evidence, owner, own, arrays)
    present, absent, base = reported(weighed.numbers, kind, precision)
    values = (base[0], absent[0] - base[0], np.exp(present[0] - absent[0]))
    lines = {
        name: _inserted(getattr(weighed.visits, name), at, value)
        for name, value in zip(_OF_REPORTS, values, strict=True)
    }
    return _again(weighed, after, owner, lines), owner


def _held(item: str) -> LocatingError:
    return LocatingError("证据 %(id)s 已在本次定位计算之内；如需更正，请先撤回原来的", id=item)


def _columns(evidence: Evidence, of: str) -> list[str]:
    """Return the names of the arrays of visits, or of leads."""
    names = (each.name for each in fields(evidence) if each.name.split("_")[0] == of)
    return [name for name in names if not name.endswith(("_first", "_ids", "_sources"))]


def _with_visits(
    evidence: Evidence, debtor: int, own: tuple[str, ...], arrays: dict[str, Any]
) -> Evidence:
    """Return the evidence with other visits of one debtor."""
    before = evidence.outcome_ids
    first = evidence.visit_first.copy()
    first[debtor + 1 :] += len(own) - len(before[debtor])
    ids = (*before[:debtor], own, *before[debtor + 1 :])
    return replace(evidence, visit_first=first, outcome_ids=ids, **arrays)


def _again(weighed: Weighed, after: Evidence, debtor: int, lines: dict[str, Floats]) -> Weighed:
    """Return the weighed evidence after one debtor's visits changed.

    What statements make of the debtor's places is reckoned anew where the visits decide it: by
    what is visited though nobody names it.
    """
    visits = Visits(
        first=after.visit_first,
        place=after.visit_place,
        day=after.visit_day,
        band=after.visit_band,
        hour=hours(after.visit_band, after.visit_day_type),
        **lines,
    )
    changed = replace(weighed, evidence=after, visits=frozen(visits))
    if _decides(weighed.evidence, debtor) == _decides(after, debtor):
        return changed
    return _restated(changed, debtor)


def _heard_again(weighed: Weighed, after: Evidence, counts: Flags, debtor: int) -> Weighed:
    """Return the weighed evidence after one debtor's leads changed; ``counts``: what others do."""
    told = replace(weighed.stated, lead_counts=counts)
    return _restated(replace(weighed, evidence=after, stated=told), debtor)


def _restated(weighed: Weighed, debtor: int) -> Weighed:
    """Return the same with what is stated of one debtor's places reckoned anew."""
    evidence, was, places = weighed.evidence, weighed.stated, weighed.places
    some, _ = part(evidence, np.array([debtor]))
    claims, at = (
        slice(*first[debtor : debtor + 2].tolist())
        for first in (evidence.claim_first, evidence.place_first)
    )
    told = restated(some, was.log_ratio[claims], was.claim_counts[claims])
    named, heard = was.named.copy(), was.lead_counts.copy()
    named[:, at], heard[evidence.lead_debtor == debtor] = told.named, told.lead_counts
    new = (*place_weights(some, weighed.numbers, told), told_bands(some, len(VisitBand)))
    home, day, bands = places.home.copy(), places.day.copy(), places.told.copy()
    home[at], day[at], bands[at] = new
    return replace(
        weighed,
        stated=replace(was, named=named, lead_counts=heard),
        places=frozen(places._replace(home=home, day=day, told=bands)),
    )


def first_visits(weighed: Weighed, count: int) -> Weighed:
    """Return one debtor's weighed evidence as it was after so many visits; places stay known."""
    columns = {
        name: column[:count] for name, column in weighed.visits._asdict().items() if name != "first"
    }
    visits = Visits(first=np.array([0, count]), **columns)
    return replace(weighed, visits=frozen(visits))


def _decides(evidence: Evidence, debtor: int) -> frozenset[int]:
    """Return the places of a debtor that were visited and that no claim names."""
    first, last = evidence.visit_first[debtor : debtor + 2].tolist()
    own = slice(*evidence.claim_first[debtor : debtor + 2].tolist())
    live = set(evidence.claim_place[own][evidence.claim_used[own]].tolist())
    return frozenset(evidence.visit_place[first:last].tolist()) - live


def _inserted(array: npt.NDArray[_N], at: int, value: Any) -> npt.NDArray[_N]:
    """Return the array with one value more; quicker than numpy.insert."""
    longer = np.empty(len(array) + 1, dtype=array.dtype)
    longer[:at] = array[:at]
    longer[at] = value
    longer[at + 1 :] = array[at:]
    return longer


def _key(evidence: Evidence, at: int) -> tuple[int, int, int, int, int, float]:
    """Return by what the visits of a debtor are ordered, before their ids."""
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
    debtor_at = _inverse(debtors, len(evidence.debtors))
    leads = np.flatnonzero(debtor_at[evidence.lead_debtor] >= 0)
    answers = np.flatnonzero(claim_at[evidence.answer_claim] >= 0)
    kept: dict[str, Ints] = {
        "claim": claims,
        "place": places,
        "visit": visits,
        "lead": leads,
        "answer": answers,
    }
    arrays: dict[str, Any] = {
        name: getattr(evidence, name)[at]
        for of, at in kept.items()
        for name in _columns(evidence, of)
    }
    arrays["claim_place"] = place_at[arrays["claim_place"]]
    arrays["claim_copy"] = claim_at[arrays["claim_copy"]]
    arrays["visit_place"] = place_at[arrays["visit_place"]]
    arrays["visit_claim"] = claim_at[arrays["visit_claim"]]
    arrays["answer_claim"] = claim_at[arrays["answer_claim"]]
    arrays["lead_debtor"] = debtor_at[arrays["lead_debtor"]]
    arrays["lead_place"] = place_at[arrays["lead_place"]]
    some = replace(
        evidence,
        debtors=tuple(evidence.debtors[d] for d in debtors.tolist()),
        claims=tuple(evidence.claims[i] for i in claims.tolist()),
        outcome_ids=tuple(evidence.outcome_ids[d] for d in debtors.tolist()),
        lead_ids=tuple(evidence.lead_ids[i] for i in leads.tolist()),
        answer_ids=tuple(evidence.answer_ids[i] for i in answers.tolist()),
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
