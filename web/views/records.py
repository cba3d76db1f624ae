"""Cases as JSON for other programs, and the document that describes it."""

from __future__ import annotations

from flask import Blueprint, Response, abort, current_app, jsonify, request
from flask.typing import ResponseReturnValue

from data.audit import of_ids
from data.case_lists import CaseFilter
from data.exports.case_json import CASES_PATH, case_json, case_records
from data.rights import Right
from geo.clusters import Box
from routes.model import ActionId, CaseId
from web.api_document import api_document
from web.api_features import case_features, geojson_text, plan_features
from web.security import account, needs, sights
from web.services import services
from web.views.stored import own_part, stored_plan

bp = Blueprint("records", __name__)

_MOST, _USUAL = 200, 50
_MOST_ON_MAP = 10_000
_GEOJSON = "application/geo+json"


@bp.get(CASES_PATH)
@needs(Right.CASE_JSON)
def cases() -> ResponseReturnValue:
    """Answer with some cases; persons are in full, masked or left out, and the reading audited."""
    store, wanted = services().store, CaseFilter()
    first = max(0, request.args.get("first", 0, type=int))
    count = min(_MOST, max(1, request.args.get("count", _USUAL, type=int)))
    listed = store.case_lines(wanted, first=first, count=count)
    people = store.people_of(line.point.id for line in listed.lines)
    found = sorted(people.cases.values(), key=lambda case: case.number)
    debtors = [*people.debtors.values()]
    seen = sights()
    records = case_records(
        found,
        debtors,
        people.claims.values(),
        sights=seen,
        first=first,
        total=listed.total,
    )
    detail = of_ids("persons", (one.id for one in debtors))
    detail |= {"cases": len(found), "masked": not seen.in_full}
    store.audit.append(account().id, "case.json", "store:-", detail)
    return Response(case_json(records), content_type="application/json")


@bp.get("/api/v1/cases.geojson")
@needs(Right.MAP_READ)
def cases_on_map() -> ResponseReturnValue:
    """Answer with the located cases as GeoJSON, by codes; each piece is audited before it goes."""
    store, by = services().store, account().id
    box, most = _box(request.args.get("bbox")), _most(request.args.get("limit"))
    after = request.args.get("after")
    place = None if after is None else store.case_place(CaseId(after))
    if after is not None and place is None:
        abort(404)

    def told(count: int) -> None:
        store.audit.append(by, "cases.map", "store:-", {"cases": count})

    texts = case_features(store, told, box=box, most=most, after=place)
    return Response(texts, content_type=_GEOJSON)


@bp.get("/api/v1/plans/<action_id>.geojson")
@needs(Right.PLAN_READ)
def plan_on_map(action_id: str) -> ResponseReturnValue:
    """Answer with a plan's routes and stops as GeoJSON, without names; the reading is audited."""
    problem, plan = stored_plan(action_id)
    answer = plan_features(services(), problem, own_part(plan))
    services().store.audit.append(account().id, "plan.map", f"action:{ActionId(action_id)}")
    return Response(geojson_text(answer), content_type=_GEOJSON)


@bp.get("/api/openapi.json")
@needs(Right.CASE_JSON)
def description() -> ResponseReturnValue:
    """Answer with the OpenAPI document."""
    return jsonify(api_document(current_app))


def _box(given: str | None) -> Box | None:
    """Return ``west,south,east,north`` as a box."""
    if given is None:
        return None
    try:
        west, south, east, north = map(float, given.split(","))
    except ValueError:
        abort(400)
    if not (-180.0 <= west <= east <= 180.0 and -90.0 <= south <= north <= 90.0):  # nan is neither
        abort(400)
    return Box(west, south, east, north)


def _most(given: str | None) -> int | None:
    if given is None:
        return None
    try:
        most = int(given)
    except ValueError:
        abort(400)
    if not 0 < most <= _MOST_ON_MAP:
        abort(400)
    return most
