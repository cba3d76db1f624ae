"""Files of everybody are compressed on the way; what is about a case never is."""

from __future__ import annotations

import gzip

import pytest
from brotli import decompress

from tests.web.conftest import Reader

STYLE = "/static/css/fieldwrit.css"


def test_a_style_is_sent_compressed_and_known_again(reader: Reader) -> None:
    plain = reader.client.get(STYLE)
    assert "Content-Encoding" not in plain.headers
    packed = reader.client.get(STYLE, headers={"Accept-Encoding": "br"})
    assert packed.headers["Content-Encoding"] == "br"
    assert "Accept-Encoding" in packed.headers["Vary"]
    assert decompress(packed.data) == plain.data
    assert len(packed.data) < len(plain.data) / 3
    again = {"Accept-Encoding": "br", "If-None-Match": packed.headers["ETag"]}
    assert reader.client.get(STYLE, headers=again).status_code == 304


def test_tiles_and_boundaries_are_compressed_too(officer: Reader) -> None:
    for path in ("/tiles/10/849/438.mvt", "/api/overview/areas"):
        plain = officer.client.get(path)
        packed = officer.client.get(path, headers={"Accept-Encoding": "gzip"})
        assert packed.headers["Content-Encoding"] == "gzip", path
        assert gzip.decompress(packed.data) == plain.data


@pytest.mark.parametrize("path", ["/account", "/cases", "/api/overview/cases"])
def test_pages_and_data_are_not(officer: Reader, path: str) -> None:
    answer = officer.client.get(path, headers={"Accept-Encoding": "br, gzip"})
    assert answer.status_code == 200
    assert "Content-Encoding" not in answer.headers


@pytest.fixture
def officer(reader: Reader) -> Reader:
    reader.sign_in("officer")
    return reader
