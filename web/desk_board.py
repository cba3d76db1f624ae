"""The desk as people read it: why an address has its turn, its parts, its candidates."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask import url_for

from data.desk_queue import QueuedClaim, Unsure
from data.masks import PersonField, Sights
from data.place_decisions import PlaceDecision, PlaceVerdict
from geo.localtime import local_day
from geo.messages import Message, message
from geo.model import Candidate, ParsedAddress, Point
from geo.nearby import near_distance_m
from routes.model import AddressClaim, CaseStatus, Verdict
from routes.rules import check_file
from web.case_file import ERROR_M
from web.labels import label, say
from web.services import Services

__all__ = ["claim_json", "decision_text", "queue_json"]

_MOST_CANDIDATES = 9  # as many as there are keys
_DOORS_M = 350.0
_MOST_DOORS = 80
_WEIGHTY = (Verdict.BLOCK, Verdict.SIGN_OFF)


def queue_json(waiting: Sequence[QueuedClaim]) -> list[dict[str, Any]]:
    """Return the queue: ids, numbers and codes, no address."""
    return [
        {
            "id": one.claim_id,
            "number": str(one.number),
            "unsure": label("unsure", one.unsure),
            "turn": _turn(one),
        }
        for one in waiting
    ]


def claim_json(
    one: QueuedClaim, claim: AddressClaim, here: Services, sights: Sights
) -> dict[str, Any]:
    """Return an address with all that helps to find it."""
    from web.steps.address_parsing import LEVEL_NAMES  # what reads addresses takes a second

    text = claim.text.reveal()
    parsed, candidates = _answer(here, text)
    points = [candidate.point for candidate in candidates]
    middle = points[0] if points else None if claim.place is None else claim.place.point
    return {
        "id": claim.id,
        "case": url_for("cases.page", case_id=one.case_id),
        "number": str(one.number),
        "text": sights.seen(PersonField.ADDRESS, claim.text) or "",
        "parts": [
            {
                "level": say(Message(LEVEL_NAMES[part.level])),
                "text": part.text,
                "start": part.start,
                "end": part.end,
                "sure": round(float(part.confidence), 2),
            }
            for part in (() if parsed is None else parsed.parts)
        ],
        "stated": " · ".join(
            (
                label("place_kind", claim.kind),
                label("claim_source", claim.source),
                claim.seen_on.isoformat(),
            )
        ),
        "unsure": _why(one.unsure, candidates),
        "turn": _turn(one),
        "findings": _findings(one, claim, here),
        "candidates": [
            {
                "lon": round(each.point.lon, 6),
                "lat": round(each.point.lat, 6),
                "precision": label("precision", each.precision),
                "confidence": each.confidence,
                "label": each.label,
                "reason": say(each.reason),
                "error_m": ERROR_M.get(each.precision, 0),
                "away_m": 0 if middle is None else round(near_distance_m(middle, each.point)),
            }
            for each in candidates
        ],
        "place": None
        if claim.place is None
        else {"lon": claim.place.point.lon, "lat": claim.place.point.lat},
        "doors": _doors(here, [p for p in (*points, middle) if p is not None]),
        "others": [
            {"lon": other.place.point.lon, "lat": other.place.point.lat}
            for other in here.store.claims(one.case_id)
            if other.debtor_id == claim.debtor_id and other.id != claim.id and other.place
        ],
    }


def decision_text(made: PlaceDecision) -> str:
    """Return what was decided, as one line without an address."""
    if made.verdict is PlaceVerdict.UNLOCATABLE:
        return say(message("标为无法定位"))
    return say(message("已确认位置（%(basis)s）", basis=label("place_basis", made.basis)))


def _answer(here: Services, text: str) -> tuple[ParsedAddress | None, tuple[Candidate, ...]]:
    if here.places is None:
        return None, ()
    answer = here.places.geocode(text, limit=_MOST_CANDIDATES)
    return answer.parsed, answer.candidates


def _why(unsure: Unsure, candidates: Sequence[Candidate]) -> str:
    if not candidates:
        return label("unsure", Unsure.NOWHERE)
    best = candidates[0].point
    apart_m = max(near_distance_m(best, each.point) for each in candidates)
    if len(candidates) > 1:
        return say(
            message(
                "%(why)s：%(count)d 个候选，相距最远 %(apart)s",
                why=label("unsure", unsure),
                count=len(candidates),
                apart=_length(apart_m),
            )
        )
    return label("unsure", unsure)


def _length(metres: float) -> str:
    if metres < 950.0:
        return say(message("%(count)d 米", count=round(metres, -1)))
    return say(message("%(count).1f 公里", count=metres / 1000.0))


def _turn(one: QueuedClaim) -> list[str]:
    """Return why an address has its turn, in the order in which the queue is sorted."""
    said = [
        say(message("案件执行中"))
        if one.status is CaseStatus.ACTIVE
        else say(message("案件%(status)s，排在后面", status=label("case_status", one.status)))
    ]
    if one.bar is not None:
        said.append(say(message("暂不能走访：%(bar)s", bar=label("visit_bar", one.bar))))
    said.append(
        say(message("被执行人另有确定的地址"))
        if one.has_sure
        else say(message("被执行人没有其他确定的地址"))
    )
    said.append(say(message("标的 %(yuan)s 元", yuan=f"{one.claim_yuan:,.0f}")))
    return said


def _findings(one: QueuedClaim, claim: AddressClaim, here: Services) -> list[dict[str, str]]:
    case = here.store.case(one.case_id)
    if case is None:
        return []
    said = check_file(
        case,
        here.store.debtors(one.case_id),
        here.store.claims(one.case_id),
        on=local_day(here.clock()),
        profile=here.profile,
    )
    return [
        {
            "verdict": finding.verdict.value,
            "head": f"{finding.rule} {label('verdict', finding.verdict)}",
            "text": say(finding.message),
            "citation": finding.citation,
        }
        for finding in said
        if finding.verdict in _WEIGHTY
        and (not finding.subject.startswith("claim:") or finding.subject == f"claim:{claim.id}")
    ]


def _doors(here: Services, points: Sequence[Point]) -> list[dict[str, Any]]:
    """Return known house numbers around the candidates, to compare the pin with."""
    if here.places is None:
        return []
    found = {
        (number, round(place.lon, 6), round(place.lat, 6), own)
        for point in points[:3]
        for number, place, own in here.places.doors_near(point, _DOORS_M)[:_MOST_DOORS]
    }
    return [
        {"number": number.removesuffix("号"), "lon": lon, "lat": lat, "own": own}
        for number, lon, lat, own in found
    ]
