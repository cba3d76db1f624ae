"""Maps in Chromium for who sets colours or less motion on the device, or finds marks by touch."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from data.model import Role
from tests.web.browser import MISSING, Screen, browsing, is_installed, serving
from tests.web.conftest import KEY
from tests.web.court import ACTION, PASSWORD, SetClock, open_services
from web import build
from web.app import create_app

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(not is_installed(), reason=MISSING),
    pytest.mark.skipif(not build.VENDOR.exists(), reason="needs python -m web.build"),
]
_MAP = "window[JSON.parse(document.getElementById('config').textContent).map]"
_SYSTEM = """
const shown = document.body.appendChild(document.createElement("i"));
shown.style.cssText = `forced-color-adjust: none; background: ${arguments[0]}`;
const { backgroundColor } = getComputedStyle(shown);
shown.remove();
return backgroundColor.match(/[0-9]+/g).slice(0, 3).map(Number);
"""
_PAINTED = """
const [x, y] = arguments, sheet = document.querySelector(".case-marks");
const box = sheet.getBoundingClientRect(), dots = sheet.width / box.width;
const at = [(x - box.left) * dots, (y - box.top) * dots].map(Math.round);
const { data } = sheet.getContext("2d").getImageData(at[0] - 1, at[1] - 1, 3, 3);
return Array.from({ length: 9 }, (_, n) => [...data.slice(4 * n, 4 * n + 3)]);
"""
_BUTTONS = """
return [...document.querySelectorAll(".mark-list button")].map((button) => {
  const { left, top, width, height } = button.getBoundingClientRect();
  const found = document.elementFromPoint(left + width / 2, top + height / 2);
  const told = { name: button.ariaLabel, kind: button.className, found: found?.ariaLabel };
  return { ...told, x: left + width / 2, y: top + height / 2, radius: width / 2 };
});
"""


@pytest.fixture(scope="module")
def seen(filled: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Screen]:
    folder = tmp_path_factory.mktemp("for-all") / "data"
    shutil.copytree(filled, folder)
    services = open_services(folder, SetClock())
    with serving(create_app(services, secret_key=KEY)) as address, browsing() as driver:
        driver.set_script_timeout(60)
        screen = Screen(driver, address)
        screen.resize("wide")
        screen.sign_in(str(Role.COMMANDER), PASSWORD)
        yield screen
    services.store.close()


@pytest.fixture
def screen(seen: Screen) -> Iterator[Screen]:
    seen.resize("wide")
    yield seen
    emulate(seen)


def emulate(screen: Screen, **features: str) -> None:
    """Let the device say such as ``forced_colors="active"``."""
    told = [{"name": name.replace("_", "-"), "value": value} for name, value in features.items()]
    screen.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": told})


def system(screen: Screen, name: str) -> list[int]:
    colour: list[int] = screen.driver.execute_script(_SYSTEM, name)
    return colour


def far(screen: Screen, at: tuple[float, float], name: str) -> int:
    """Return how far what is painted about a point is from one of the device's colours."""
    wanted = system(screen, name)
    painted: list[list[int]] = screen.driver.execute_script(_PAINTED, *at)
    return min(sum(abs(a - b) for a, b in zip(one, wanted, strict=True)) for one in painted)


def overview(screen: Screen, zoom: int = 15) -> list[dict[str, Any]]:
    """Open the overview close to some cases; return its buttons, with what lies at their middle."""
    screen.open("/overview")
    screen.driver.execute_script("document.querySelector('.tour')?.remove()")
    screen.driver.execute_script(f"{_MAP}.setView([24.92, 118.6], {zoom}, {{animate: false}})")
    screen.settle()
    screen.until("document.querySelector('.mark-list--there button') !== null")
    buttons: list[dict[str, Any]] = screen.driver.execute_script(_BUTTONS)
    return buttons


def inside(screen: Screen, buttons: list[dict[str, Any]]) -> list[dict[str, Any]]:
    frame = screen.driver.execute_script(
        "const b = document.querySelector('.map-frame').getBoundingClientRect();"
        "return [b.left + 60, b.top + 90, b.right - 60, b.bottom - 60]"
    )
    return [
        one for one in buttons if frame[0] < one["x"] < frame[2] and frame[1] < one["y"] < frame[3]
    ]


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_marks_and_the_chosen_one_have_the_colours_that_the_device_forces(
    screen: Screen, scheme: str
) -> None:
    emulate(screen, forced_colors="active", prefers_color_scheme=scheme)
    dot = next(one for one in inside(screen, overview(screen)) if one["kind"] == "mark--case")
    edge = dot["x"] - dot["radius"] + 1, dot["y"]
    ring = dot["x"] - dot["radius"] - 1.5, dot["y"]
    assert far(screen, edge, "CanvasText") < 60
    plain = far(screen, ring, "Highlight")
    screen.driver.execute_script(
        "[...document.querySelectorAll('.mark-list button')]"
        ".find((one) => one.ariaLabel === arguments[0]).click()",
        dot["name"],
    )
    chosen = far(screen, ring, "Highlight")
    assert chosen < 60
    assert plain > chosen + 60
    emulate(screen, prefers_color_scheme=scheme)
    screen.until("!matchMedia('(forced-colors: active)').matches")
    assert far(screen, ring, "Highlight") > chosen + 60


def test_the_focus_on_a_mark_and_the_legend_stay_in_sight_in_forced_colours(
    screen: Screen,
) -> None:
    emulate(screen, forced_colors="active")
    overview(screen)
    outline = screen.driver.execute_script(
        "const button = document.querySelector('.mark-list button'); button.focus();"
        "const { outlineColor, outlineStyle, outlineWidth } = getComputedStyle(button);"
        "return [outlineColor, outlineStyle, outlineWidth]"
    )
    assert re.findall(r"\d+", outline[0])[:3] == [str(one) for one in system(screen, "Highlight")]
    assert outline[1:] == ["solid", "3px"]
    swatches = screen.driver.execute_script(
        "return [...document.querySelectorAll('#legend .swatch')]"
        ".map((one) => getComputedStyle(one).backgroundColor)"
    )
    assert len(set(swatches)) == len(swatches) > 1


def test_a_chosen_stop_of_a_plan_stands_out_in_forced_colours(screen: Screen) -> None:
    emulate(screen, forced_colors="active")
    screen.open(f"/plans/{ACTION}")
    screen.click("[data-show]")
    screen.until("document.querySelector('.stop-mark--chosen') !== null")
    chosen, other = (
        screen.driver.execute_script(
            "const look = getComputedStyle(document.querySelector(arguments[0]));"
            "return [look.backgroundColor, look.outlineColor, look.outlineStyle, look.borderColor]",
            selector,
        )
        for selector in (".stop-mark--chosen", ".stop-mark:not(.stop-mark--chosen)")
    )
    held = [[int(part) for part in re.findall(r"\d+", one)[:3]] for one in chosen[:2]]
    assert held == [system(screen, "Highlight")] * 2
    assert chosen[2] == "solid"
    assert other[0] != chosen[0]
    assert other[2] == "none"
    assert [int(part) for part in re.findall(r"\d+", other[3])] == system(screen, "CanvasText")


def test_maps_jump_where_less_motion_is_wanted(screen: Screen) -> None:
    glides = f"return {_MAP}._zoomAnimated"
    moved = (
        f"const map = {_MAP}, before = map.getCenter().lng; map.panBy([180, 0]);"
        "const at = map.getPane('mapPane').getBoundingClientRect().left;"
        "return new Promise((done) => setTimeout(() => done("
        "map.getPane('mapPane').getBoundingClientRect().left === at"
        " && map.getCenter().lng > before), 120))"
    )
    overview(screen)
    assert screen.driver.execute_script(glides) is True
    assert screen.driver.execute_script(moved) is False
    emulate(screen, prefers_reduced_motion="reduce")
    overview(screen)
    assert screen.driver.execute_script(glides) is False
    assert screen.driver.execute_script(moved) is True


@pytest.mark.parametrize("size", ["wide", "narrow"])
def test_a_finger_that_feels_its_way_finds_a_named_button_at_each_mark(
    screen: Screen, size: str
) -> None:
    screen.resize(size)
    buttons = overview(screen, zoom=12)
    assert all(one["name"] for one in buttons)
    ys = [round(one["y"], 1) for one in buttons]
    assert ys == sorted(ys)  # from north to south, as they are read
    felt = inside(screen, buttons)
    assert felt
    names = {one["name"] for one in buttons}
    assert all(one["found"] in names for one in felt)
    tree = screen.driver.execute_cdp_cmd("Accessibility.getFullAXTree", {})["nodes"]
    told = [one for one in tree if not one.get("ignored")]
    listed = next(
        one for one in told if one["role"]["value"] == "list" and "方向键" in one["name"]["value"]
    )
    heard = [
        one["name"]["value"]
        for one in told
        if one["role"]["value"] == "button" and one["name"]["value"] in names
    ]
    assert listed["name"]["value"]
    assert heard == [one["name"] for one in buttons]


def test_a_mark_that_is_touched_is_chosen_and_the_map_is_dragged_by_it(screen: Screen) -> None:
    dot = next(
        one
        for one in inside(screen, overview(screen))
        if one["kind"] == "mark--case" and one["found"] == one["name"]
    )
    for act in ("mousePressed", "mouseReleased"):
        screen.pointer(act, dot["x"], dot["y"])
    screen.until("!document.getElementById('selected').hidden")
    assert dot["name"] in screen.text("#selected h2")
    before = screen.driver.execute_script(f"return {_MAP}.getCenter().lng")
    screen.pointer("mousePressed", dot["x"], dot["y"])
    for step in range(1, 6):
        screen.pointer("mouseMoved", dot["x"] - 20 * step, dot["y"])
    screen.pointer("mouseReleased", dot["x"] - 100, dot["y"])
    screen.until(f"{_MAP}.getCenter().lng > {before}")


def test_a_stop_on_the_map_is_named_and_pressed_by_keyboard(screen: Screen) -> None:
    screen.complaints()  # of the tests' own looks at a canvas
    screen.open(f"/plans/{ACTION}")
    screen.driver.execute_script("document.querySelector('.tour')?.remove()")
    name = screen.driver.execute_script(
        "const mark = document.querySelector('.leaflet-marker-icon:has(.stop-mark:not("
        ".stop-mark--base))'); mark.focus(); return [mark.ariaLabel, mark.role, mark.tabIndex]"
    )
    assert name[0].endswith(" 1")
    assert len(name[0]) > 2
    assert name[1:] == ["button", 0]
    key = {"key": "Enter", "code": "Enter", "windowsVirtualKeyCode": 13, "text": "\r"}
    for act in ("keyDown", "keyUp"):
        screen.driver.execute_cdp_cmd("Input.dispatchKeyEvent", {"type": act, **key})
    screen.until("document.querySelector('.stop--chosen') !== null")
    assert screen.complaints() == []
