"""Whether data end points answer as their document says; the tests' applications ask at each."""

from __future__ import annotations

import gzip
import json
import zlib
from collections.abc import Callable, Mapping
from functools import cache

import brotli
from flask import Flask, Response, request
from flask_compress.compat import compression
from jsonschema import Draft202012Validator

from web.api_document import api_document
from web.api_shapes import QUERIES, SHAPES
from web.views import BLUEPRINTS

_JSON = ("application/json", "application/geo+json")
_UNPACKED: Mapping[str | None, Callable[[bytes], bytes]] = {
    None: lambda data: data,
    "br": brotli.decompress,
    "deflate": zlib.decompress,
    "gzip": gzip.decompress,
    "zstd": compression.zstd.decompress,
}
"""By what browsers ask for; tests without one ask for nothing."""


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
                known.validate(json.loads(_UNPACKED[answer.content_encoding](data)))
        return answer
