"""The OpenAPI 3.1 document of every data end point: made from the views and their classes.

Paths, parameters and scopes come from the views, answers and bodies from :mod:`web.api_shapes`.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import msgspec
from flask import Flask
from werkzeug.routing import Rule

from data.rights import READING, Right
from web.api_shapes import LEFT_OUT, QUERIES, SHAPES, Refusal, Shape

__all__ = ["api_document", "data_rules"]

_VERSION = "1.1.0"
_DATA = ("/api/", "/tiles/")
_METHODS = ("GET", "POST")
_TYPES = {"IntegerConverter": {"type": "integer", "minimum": 0}}


def data_rules(app: Flask) -> Iterator[tuple[str, Rule]]:
    """Yield method and rule of every data end point, those that are left out too."""
    for rule in sorted(app.url_map.iter_rules(), key=lambda one: one.rule):
        if rule.rule.startswith(_DATA):
            for method in _METHODS:
                if method in (rule.methods or ()):
                    yield method, rule


def api_document(app: Flask) -> dict[str, Any]:
    """Return the document of an application; one without services will do.

    Raises
    ------
    KeyError
        If a data end point has neither a shape nor a reason to be left out.
    """
    rules = [(method, rule) for method, rule in data_rules(app) if rule.endpoint not in LEFT_OUT]
    shapes = [SHAPES[rule.endpoint] for _method, rule in rules]
    kinds = [one for shape in shapes for one in (shape.answer, shape.body) if one is not None]
    schemas, components = msgspec.json.schema_components(
        [*kinds, Refusal], ref_template="#/components/schemas/{name}"
    )
    refusal = schemas[-1]
    told = iter(schemas)
    paths: dict[str, Any] = {}
    for (method, rule), shape in zip(rules, shapes, strict=True):
        answer = next(told)
        body = None if shape.body is None else next(told)
        where, parameters = _path(rule)
        paths.setdefault(where, {})[method.lower()] = _operation(
            app, method, rule, shape, parameters, answer, body, refusal
        )
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Fieldwrit",
            "version": _VERSION,
            "description": "Data end points of one enforcement bureau's server. Programs read with "
            "a token; changes are made by persons in a session. What is read of persons depends "
            "on the reader's role: in full, behind a mask, or null.",
        },
        "paths": paths,
        "components": {
            "schemas": components,
            "securitySchemes": {
                "token": {"type": "http", "scheme": "bearer"},
                "session": {"type": "apiKey", "in": "cookie", "name": "fieldwrit"},
            },
        },
    }


def _operation(
    app: Flask,
    method: str,
    rule: Rule,
    shape: Shape,
    parameters: list[dict[str, Any]],
    answer: dict[str, Any],
    body: dict[str, Any] | None,
    refusal: dict[str, Any],
) -> dict[str, Any]:
    view: Any = app.view_functions[rule.endpoint]
    right: Right = view.needed_right
    refused = {"application/json": {"schema": refusal}}
    texts = {"401": "No session and no token", "403": f"Without the right {right}"}
    if parameters:
        texts["404"] = "There is no such thing"
    if method == "POST":
        texts["400"] = "Not understood, or may not be kept"
        parameters = [*parameters, _CSRF]
    queries = [
        {
            "name": one.name,
            "in": "query",
            "description": one.text,
            "required": one.required,
            "schema": dict(one.schema),
        }
        for one in QUERIES.get(rule.endpoint, ())
    ]
    summary = (view.__doc__ or "").strip().splitlines()[0].removesuffix(".")
    held = {"type": "string", "format": "binary"} if shape.answer is bytes else answer
    told = {
        "operationId": rule.endpoint.replace(".", "_"),
        "tags": [rule.endpoint.split(".")[0]],
        "summary": summary,
        "parameters": [*parameters, *queries],
        "responses": {
            str(shape.status): {
                "description": summary,
                "content": {shape.media_type: {"schema": held}},
            },
            **{code: {"description": text, "content": refused} for code, text in texts.items()},
        },
        "security": _security(method, right),
    }
    if body is not None:
        content = {"application/json": {"schema": body}}
        told["requestBody"] = {"required": True, "content": content}
    return told


_CSRF = {
    "name": "X-CSRFToken",
    "in": "header",
    "required": True,
    "description": "The session's token against forged requests",
    "schema": {"type": "string"},
}


def _security(method: str, right: Right) -> list[dict[str, list[str]]]:
    """Return who may ask; a token's scopes are the rights that it was given."""
    session = {"session": [str(right)]}
    by_token = method == "GET" and right in READING
    return [{"token": [str(right)]}, session] if by_token else [session]


def _path(rule: Rule) -> tuple[str, list[dict[str, Any]]]:
    """Return a rule as a path of the document, with its parameters."""
    where, parameters = rule.rule, []
    for name, converter in rule._converters.items():
        kind = type(converter).__name__
        for written in (f"<{name}>", f"<int:{name}>"):
            where = where.replace(written, f"{{{name}}}")
        schema = _TYPES.get(kind, {"type": "string"})
        parameters.append({"name": name, "in": "path", "required": True, "schema": schema})
    return where, parameters
