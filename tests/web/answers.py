"""Whether data end points answer as their document says; the tests' applications ask at each."""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cache
from gzip import decompress

from flask import Flask, Response, request
from jsonschema import Draft202012Validator

from web.api_document import api_document
from web.api_shapes import QUERIES, SHAPES
from web.views import BLUEPRINTS

_JSON = ("application/json", "application/geo+json")


@cache
def validators() -> Mapping[tuple[str, str], Draft202012Validator]:
    """Return what checks an answer, by method and path."""
    app = Flask("web")
    for blueprint in BLUEPRINTS:
        app.register_blueprint(blueprint)
    document = api_document(app)
    found = {}
    for path, methods in document["paths"].items():
        for method, told in methods.items():
            (answer,) = (held for code, held in told["responses"].items() if code < "300")
            for media_type, content in answer["content"].items():
                if media_type in _JSON:
                    schema = {**content["schema"], "components": document["components"]}
                    found[method, path] = Draft202012Validator(schema)
    return found


def check_answers(app: Flask) -> None:
    """Let an application fail where it answers, or is asked, otherwise than its document says."""

    @app.after_request
    def check(answer: Response) -> Response:
        rule = request.url_rule
        if rule is not None and answer.status_code < 300 and answer.mimetype in _JSON:
            unknown = set(request.args) - {one.name for one in QUERIES.get(rule.endpoint, ())}
            assert not (unknown and rule.endpoint in SHAPES), (rule.endpoint, unknown)
            path = rule.rule.replace("<int:", "{").replace("<", "{").replace(">", "}")
            known = validators().get((request.method.lower(), path))
            if known is not None and (data := answer.get_data()):
                packed = answer.content_encoding == "gzip"
                known.validate(json.loads(decompress(data) if packed else data))
        return answer
