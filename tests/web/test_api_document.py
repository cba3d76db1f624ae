"""The document of the data end points: whole, valid, kept to, and opened by map programs."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import pyogrio
import pytest
from flask import Flask, Request
from openapi_spec_validator import OpenAPIV31SpecValidator

from data.model import Role
from data.rights import READING, RIGHTS, Right
from tests.web.answers import validators
from tests.web.browser import serving
from tests.web.conftest import KEY, Reader
from tests.web.court import ACTION
from tests.web.test_rights import ways
from web.api_document import api_document, data_rules
from web.api_shapes import LEFT_OUT, QUERIES, SHAPES
from web.app import create_app
from web.services import Services

_ELSEWHERE = {"/healthz": "says that the server runs, to whoever starts it"}


def _secret(court: Services, *scopes: Right) -> str:
    officer = court.store.accounts.named(Role.OFFICER.value)
    assert officer is not None
    ends_at = court.clock() + timedelta(days=1)
    _kept, secret = court.store.tokens.create(
        officer, "地图程序", set(scopes), expires_at=ends_at, by=officer.id
    )
    return secret


def test_every_data_end_point_is_described_or_left_out_with_a_reason(app: Flask) -> None:
    document = api_document(app)
    OpenAPIV31SpecValidator(document).validate()
    described = {
        (told["operationId"], method.upper())
        for methods in document["paths"].values()
        for method, told in methods.items()
    }
    known = {(rule.endpoint, method) for method, rule in data_rules(app)}
    left_out = {(name, "GET") for name in LEFT_OUT}
    assert described == {(name.replace(".", "_"), method) for name, method in known - left_out}
    assert set(SHAPES) == {name for name, _method in known} - set(LEFT_OUT)
    assert all(LEFT_OUT.values())


def test_every_way_of_json_lies_where_the_document_looks(app: Flask, court: Services) -> None:
    """A page's own address never answers with JSON: else the document would miss it."""
    officer = Reader(app.test_client())
    officer.sign_in(Role.OFFICER)
    looked_at = {rule.rule for _method, rule in data_rules(app)}
    for rule in app.url_map.iter_rules():
        if (
            rule.rule in {*looked_at, *_ELSEWHERE}
            or rule.arguments
            or "GET" not in (rule.methods or ())
        ):
            continue
        answer = officer.get(rule.rule)
        assert answer.mimetype not in ("application/json", "application/geo+json"), rule.rule


def test_scopes_of_tokens_are_those_that_may_be_given(app: Flask) -> None:
    for methods in api_document(app)["paths"].values():
        for method, told in methods.items():
            by_token = [one["token"] for one in told["security"] if "token" in one]
            for (scope,) in by_token:
                assert (method, Right(scope) in READING) == ("get", True)
            if method == "post":
                assert any(one["name"] == "X-CSRFToken" for one in told["parameters"])


def test_every_answer_and_every_body_has_a_shape_of_its_own(app: Flask) -> None:
    for path, methods in api_document(app)["paths"].items():
        for told in methods.values():
            answers = [held for code, held in told["responses"].items() if code < "300"]
            for held in (*answers, *filter(None, [told.get("requestBody")])):
                for content in held["content"].values():
                    schema = content["schema"]
                    assert "$ref" in schema or schema.get("format") == "binary", path


def test_every_query_that_a_view_reads_is_described(app: Flask, court: Services) -> None:
    """Each data end point is asked with words that say what they are asked for."""

    told = {"start": "station:PS-1", "ref": "", "first": 0, "count": 1}

    class Noting:
        def __getitem__(self, key: str) -> str:
            read.add(key)
            return "1"

        def get(self, key: str, default: Any = None, **_more: Any) -> Any:
            read.add(key)
            return told.get(key, default or "1")

        def getlist(self, key: str) -> list[str]:
            read.add(key)
            return []

    class Asking(Request):
        args: Any = Noting()

    read: set[str] = set()
    asking = create_app(court, secret_key=KEY, session_idle=timedelta(days=4000))
    officer = Reader(asking.test_client())
    officer.sign_in(Role.OFFICER)
    asking.request_class = Asking
    endpoints = {rule.endpoint for method, rule in data_rules(app) if method == "GET"}
    for method, path, right in ways(app):
        endpoint, _arguments = app.url_map.bind("localhost").match(path, method=method)
        if method == "GET" and endpoint in endpoints and right in RIGHTS[Role.OFFICER]:
            read.clear()
            officer.client.get(path)
            assert read <= {one.name for one in QUERIES.get(endpoint, ())}, (endpoint, read)


def test_an_answer_that_breaks_its_promise_is_found() -> None:
    check = validators()["get", "/api/cases/{case_id}"]
    point = {"number": 1, "lon": 1.0, "lat": 2.0, "precision": "door", "error_m": 3}
    point = {**point, "confidence": 0.9}
    assert not check.is_valid({"claims": [point]})
    assert check.is_valid({"claims": [{**point, "p_place": None}]})


@pytest.fixture
def served(app: Flask, court: Services) -> Iterator[str]:
    with serving(app) as address:
        yield address


@pytest.mark.parametrize(
    ("path", "right", "kinds"),
    [
        ("/api/v1/cases.geojson", Right.MAP_READ, {"Point"}),
        (f"/api/v1/plans/{ACTION}.geojson", Right.PLAN_READ, {"Point", "LineString"}),
    ],
)
def test_map_programs_open_it_with_a_token(
    path: str, right: Right, kinds: set[str], served: str, court: Services
) -> None:
    """As QGIS does: GDAL reads it over HTTP, with the token in a header."""
    with _token_in_a_header(court, right):
        read = pyogrio.read_dataframe(f"{served}{path}")
    assert set(read.geometry.geom_type) == kinds
    assert read.crs.to_epsg() == 4326
    assert read.total_bounds[0] > 118.0
    assert "某" not in str(read.drop(columns="geometry").to_dict())
    act = "cases.map" if right is Right.MAP_READ else "plan.map"
    assert court.store.audit.entries(1)[0].act == act


def test_map_programs_draw_a_tile_of_the_base_map(served: str, court: Services) -> None:
    """GDAL's own driver of vector tiles decodes it: layers, names, and where things lie."""
    tile = f"MVT:/vsicurl/{served}/tiles/12/3396/1755.mvt"
    with _token_in_a_header(court, Right.BASEMAP_READ):
        layers = {name for name, _kind in pyogrio.list_layers(tile)}
        roads = pyogrio.read_dataframe(tile, layer="roads")
        places = pyogrio.read_dataframe(tile, layer="places")
    assert layers == {"water", "landuse", "rail", "roads", "places"}
    assert set(roads["name"]) == {"青白大道", "石井路"}
    assert roads.crs.to_epsg() == 3857
    town = places.set_index("name").geometry.to_crs(4326)["青溪镇"]
    assert (town.x, town.y) == pytest.approx((118.55, 24.925), abs=1e-3)


@contextmanager
def _token_in_a_header(court: Services, scope: Right) -> Iterator[None]:
    options: dict[str, Any] = {
        "GDAL_HTTP_HEADERS": f"Authorization: Bearer {_secret(court, scope)}"
    }
    pyogrio.set_gdal_config_options(options)
    try:
        yield
    finally:
        pyogrio.set_gdal_config_options({"GDAL_HTTP_HEADERS": None})


def test_a_token_of_another_scope_or_none_opens_no_features(
    app: Flask, court: Services, reader: Reader
) -> None:
    wrong = {"Authorization": f"Bearer {_secret(court, Right.BASEMAP_READ)}"}
    for path in ("/api/v1/cases.geojson", f"/api/v1/plans/{ACTION}.geojson"):
        assert reader.client.get(path).status_code == 401
        assert reader.client.get(path, headers=wrong).status_code == 403
    tile = reader.client.get("/tiles/12/3397/1760.mvt", headers=wrong)
    assert tile.status_code == 200
