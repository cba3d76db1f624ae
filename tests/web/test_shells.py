"""Map shells, the overview's data, fetched assets, and times as readers see them."""

from __future__ import annotations

import re
import shutil
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from flask import Flask

from geo.areas import AreaSet
from geo.localtime import local_day
from geo.messages import message
from geo.model import AreaKind, Point
from tests.web.court import areas
from web import build
from web.errors import AssetError, ShellError
from web.formats import clock_text, day_text, moment_text, second_of_day
from web.labels import label
from web.maps import MapShell, Overlay, _split, build_shell
from web.overview import areas_json, best_place, map_centre, township_choices
from web.services import Services

STATIC = Path(build.__file__).parent / "static"


@pytest.fixture
def shell(app: Flask) -> MapShell:
    with app.test_request_context():
        return build_shell(
            centre=Point(118.6, 24.9),
            zoom=12,
            overlays=(Overlay("cases", message("案件")),),
        )


def test_a_shell_names_its_map_layers_and_own_files(shell: MapShell) -> None:
    assert f'id="{shell.name}"' in shell.html
    assert f"var {shell.name} = L.map(" in shell.code
    assert f"var {shell.layers['cases']} = L.featureGroup(" in shell.code
    assert all(name.startswith("vendor/") for name in (*shell.scripts, *shell.styles))
    assert re.search(r'"maxZoom": 19', shell.code)


def test_a_shell_holds_no_markup_handler_and_no_foreign_link(shell: MapShell) -> None:
    text = "".join((shell.css, shell.head_code, shell.html, shell.code))
    assert "http" not in text
    assert " style=" not in shell.html
    assert "<script" not in text


@pytest.mark.parametrize(
    "head",
    [
        '<script src="https://cdn.example/unknown.js"></script>',
        '<link rel="stylesheet" href="https://cdn.example/unknown.css"/>',
        "<iframe></iframe>",
    ],
)
def test_an_unknown_part_of_a_shell_is_refused(head: str) -> None:
    with pytest.raises(ShellError):
        _split(name="map", head=head, html="", code="", layers={})


def test_a_foreign_address_in_a_shell_s_code_is_refused() -> None:
    with pytest.raises(ShellError, match="//tile"):
        _split(name="map", head="", html="", code="L.tileLayer('//tile.example/1')", layers={})


def test_every_file_a_page_links_to_was_fetched(shell: MapShell) -> None:
    if not build.VENDOR.exists():
        pytest.skip("page assets were not fetched: python -m web.build")
    assert build.is_current()
    for name in (*shell.scripts, *shell.styles):
        assert (STATIC / name).is_file()


_MARKUP = re.compile(
    r"innerHTML|outerHTML|insertAdjacentHTML|createContextualFragment|DOMParser|srcdoc"
    r"|document\.write|eval\(|new Function|set(?:Timeout|Interval)\([\"'`]|setAttribute\([\"']on"
)
_SHOWS = re.compile(
    r"(?:bindTooltip|bindPopup|setTooltipContent|setPopupContent|setContent|openPopup|openTooltip)"
    r"\(\s*(.{12})",
    re.DOTALL,
)
"""What Leaflet takes for markup where it is a text: it must be an element, made of texts."""


def test_own_scripts_write_no_markup() -> None:
    shown = 0
    for script in (STATIC / "js").rglob("*.js"):
        text = script.read_text(encoding="utf-8")
        assert not _MARKUP.search(text), script.name
        assert not re.search(r"https?://", text), script.name
        for argument in _SHOWS.findall(text):
            assert re.match(r'lines\(|linesOf\(|tooltip\(\)|"",', argument), (script.name, argument)
            shown += 1
        assert set(re.findall(r"\bhtml:\s*(\w+)", text)) <= {"box"}, script.name
    assert shown > 10


def test_the_most_trusted_place_is_shown(court: Services) -> None:
    claims = court.store.claims()
    best = best_place(claims)
    assert best is not None
    assert best.confidence == max(c.place.confidence for c in claims if c.place is not None)
    assert best_place([]) is None


def test_areas_are_drawn_thin_and_named(court: Services) -> None:
    drawn = areas_json(court.areas, (AreaKind.GRID, AreaKind.TOWNSHIP))
    assert [f["properties"]["kind"] for f in drawn["features"]] == ["grid"] * 4 + ["township"] * 2
    assert areas_json(None, (AreaKind.GRID,))["features"] == []
    assert township_choices(AreaSet(areas())) == [("350504101", "青溪镇"), ("350504102", "白沙镇")]
    centre, _zoom = map_centre(court)
    assert centre == Point(118.6, 24.92)


def test_build_copies_what_is_used_and_knows_when_it_is_current(tmp_path: Path) -> None:
    vendor = tmp_path / "vendor"
    assert not build.is_current(assets=build.ASSETS, vendor=vendor)
    vendor.mkdir()
    (vendor / "manifest.json").write_text("{broken", encoding="utf-8")
    assert not build.is_current(assets=build.ASSETS, vendor=vendor)


def test_build_says_so_without_npm(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "which", lambda _: None)
    monkeypatch.setattr(build, "find_spec", lambda _: None)
    with pytest.raises(AssetError, match="Node"):
        build.build(vendor=tmp_path / "vendor", force=True)


def test_times_are_shown_in_shanghai(app: Flask) -> None:
    late = datetime(2026, 11, 25, 17, 5, tzinfo=UTC)
    assert moment_text(late) == "2026-11-26 01:05"
    assert local_day(late) == date(2026, 11, 26)
    assert second_of_day(late) == 3900
    assert clock_text(86400 + 60) == "00:01+1"
    with app.test_request_context():
        assert day_text(date(2026, 11, 26)) == "11月26日周四"
        assert label("grade", "red") == "红"
        assert label("grade", "unheard") == "unheard"
