"""Looks for texts that became more than texts on a page that is open in a browser."""

from __future__ import annotations

from collections.abc import Collection

from tests.web.browser import Screen
from tests.web.injections import NEVER

__all__ = ["found_acting", "press_all", "refuse_acting", "watch"]

_WATCH = """
window.ran = 0;
for (const name of ["alert", "confirm", "prompt", "print", "open"]) {
  window[name] = () => window.ran++;
}
"""
_PRESS = """
const count = (what) => document.querySelectorAll(what).length;
const pressed = ".leaflet-marker-icon, .leaflet-interactive, .mark-list button";
let tips = 0;
let markup = 0;
for (const one of document.querySelectorAll(pressed)) {
  one.dispatchEvent(new MouseEvent("mouseover", { bubbles: true }));
  tips += count(".leaflet-tooltip");
  markup += count(".leaflet-tooltip :not(div), .leaflet-popup :not(div, a, span)");
  one.dispatchEvent(new MouseEvent("mouseout", { bubbles: true }));
  one.dispatchEvent(new MouseEvent("click", { bubbles: true }));
}
return [count(".leaflet-popup, #selected:not([hidden])"), tips, markup];
"""
_FOREIGN = """
const never = new Set(arguments[0]), leads = new Set(["href", "src", "action", "formaction",
  "data", "poster", "srcset", "xlink:href"]);
const elsewhere = /^\\s*(javascript:|vbscript:|data:text|file:|blob:null|\\/\\/|.*evil\\.invalid)/i;
return [...document.querySelectorAll("*")].filter((one) => never.has(one.localName) ||
  [...one.attributes].some(({ name, value }) => name.startsWith("on") || name === "srcdoc" ||
    (leads.has(name) && elsewhere.test(value)))).map((one) => one.outerHTML.slice(0, 200));
"""
"""The elements of a page that a text could have become; the page's own scripts make none such."""


def watch(screen: Screen) -> None:
    """Count from now on what a text would call if it ran."""
    command = "Page.addScriptToEvaluateOnNewDocument"
    screen.driver.execute_cdp_cmd(command, {"source": _WATCH})


def press_all(screen: Screen) -> tuple[int, int]:
    """Press every mark of the open map; return how many pop-ups and tooltips that brought."""
    popups, tooltips, markup = screen.driver.execute_script(_PRESS)
    assert markup == 0, screen.driver.current_url
    return popups, tooltips


def found_acting(screen: Screen) -> list[str]:
    """Return the elements of the open page that a text could have become."""
    found: list[str] = screen.driver.execute_script(_FOREIGN, sorted(NEVER))
    return found


def refuse_acting(screen: Screen, place: str, *, but: Collection[str] = ()) -> None:
    """Check that no text ran, became an element, was fetched for or was complained of.

    Parameters
    ----------
    but
        Parts of addresses at which the page may have been refused something.
    """
    assert screen.driver.execute_script("return window.ran") == 0, place
    assert found_acting(screen) == [], place
    assert screen.foreign_requests() == [], place
    said = [one for one in screen.complaints() if not any(part in one for part in but)]
    assert said == [], place
