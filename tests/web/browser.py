"""Headless Chromium: opens pages of a running application and tells what it saw."""

from __future__ import annotations

import json
import shutil
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlsplit

from flask import Flask
from selenium.webdriver import Chrome, ChromeOptions, ChromeService
from selenium.webdriver.common.by import By
from selenium.webdriver.support.ui import WebDriverWait
from werkzeug.serving import make_server

_ANSWERS_COME_S = 0.2
_FINGER_RESTS_S = 0.2
SIZES = {"wide": (1440, 900), "narrow": (390, 844)}
MISSING = "needs Chromium and chromedriver"


def is_installed() -> bool:
    """Whether a browser and its driver are on the path."""
    return bool(shutil.which("chromium") and shutil.which("chromedriver"))


@contextmanager
def serving(app: Flask) -> Iterator[str]:
    """Serve an application on a free port; yields its address."""
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join(timeout=10)


@contextmanager
def browsing() -> Iterator[Chrome]:
    """Start a browser without a window, with its logs kept; it finds no other machine."""
    options = ChromeOptions()
    options.binary_location = str(shutil.which("chromium"))
    for argument in (
        "--headless=new",
        "--no-sandbox",
        "--disable-dev-shm-usage",
        "--disable-gpu",
        "--hide-scrollbars",
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-features=BackForwardCache",  # a page left behind would go on asking
        "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
    ):
        options.add_argument(argument)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
    driver = Chrome(options=options, service=ChromeService(shutil.which("chromedriver")))
    try:
        yield driver
    finally:
        driver.quit()


class Screen:
    """One signed-in reader before a screen of a given size."""

    def __init__(self, driver: Chrome, address: str) -> None:
        self.driver = driver
        self.address = address

    def resize(self, size: str) -> None:
        width, height = SIZES[size]
        self.driver.execute_cdp_cmd(
            "Emulation.setDeviceMetricsOverride",
            {
                "width": width,
                "height": height,
                "deviceScaleFactor": 1,
                "mobile": size == "narrow",
            },
        )

    def open(self, path: str) -> None:
        """Open a page and wait until it asks for nothing more."""
        self.driver.get(self.address + path)
        self.settle()

    def settle(self) -> None:
        self.driver.execute_async_script(
            """
            const done = arguments[arguments.length - 1];
            let quiet = 0, before = -1;
            const timer = setInterval(() => {
              const now = performance.getEntriesByType("resource").length;
              const note = document.getElementById("map-note");
              const waits = "asked" in document.documentElement.dataset
                || (note && note.textContent.endsWith("…"))
                || document.querySelector(".leaflet-tile:not(.leaflet-tile-loaded)");
              quiet = now === before && !waits ? quiet + 1 : 0;
              before = now;
              if (quiet >= 5) { clearInterval(timer); document.fonts.ready.then(() => done()); }
            }, 100);
            """
        )

    def sign_out(self) -> None:
        """Forget the session, and what answers on their way say of it."""
        self.driver.get("about:blank")  # the page left open asks for nothing without a session
        while self.driver.execute_cdp_cmd("Network.getAllCookies", {})["cookies"]:
            self.driver.execute_cdp_cmd("Network.clearBrowserCookies", {})
            time.sleep(_ANSWERS_COME_S)

    def sign_in(self, username: str, password: str) -> None:
        self.sign_out()
        self.open("/login")
        self.driver.find_element(By.ID, "username").send_keys(username)
        self.driver.find_element(By.ID, "password").send_keys(password)
        self.driver.find_element(By.CSS_SELECTOR, ".gate-card .button--main").click()
        WebDriverWait(self.driver, 60).until(lambda d: "/login" not in d.current_url)

    def count(self, selector: str) -> int:
        return len(self.driver.find_elements(By.CSS_SELECTOR, selector))

    def text(self, selector: str) -> str:
        return self.driver.find_element(By.CSS_SELECTOR, selector).text

    def click(self, selector: str) -> None:
        self.driver.execute_script(
            "document.querySelector(arguments[0]).dispatchEvent("
            "new MouseEvent('click', {bubbles: true}))",
            selector,
        )

    def until(self, condition: str) -> None:
        """Wait until an expression of the page's own language holds."""
        WebDriverWait(self.driver, 20).until(lambda d: d.execute_script(f"return {condition}"))

    def pointer(self, act: str, x: float, y: float) -> None:
        """Let the mouse act at a point of the window."""
        event = {"type": act, "x": x, "y": y, "button": "left", "buttons": 1, "clickCount": 1}
        self.driver.execute_cdp_cmd("Input.dispatchMouseEvent", event)

    def touches(self) -> None:
        """Let the screen be one for fingers from now on."""
        command = {"enabled": True, "maxTouchPoints": 5}
        self.driver.execute_cdp_cmd("Emulation.setTouchEmulationEnabled", command)

    def touch(self, *points: tuple[float, float]) -> None:
        """Put a finger on a point of the window, draw it over the others, and lift it."""
        for n, (x, y) in enumerate(points):
            event = {"type": "touchMove" if n else "touchStart", "touchPoints": [{"x": x, "y": y}]}
            self.driver.execute_cdp_cmd("Input.dispatchTouchEvent", event)
        if len(points) > 1:
            time.sleep(
                _FINGER_RESTS_S
            )  # else the page counts the next tap as one that stops a fling
        end = {"type": "touchEnd", "touchPoints": []}
        self.driver.execute_cdp_cmd("Input.dispatchTouchEvent", end)

    def tap(self, selector: str) -> None:
        """Tap on something with a finger, where nothing else lies over it."""
        x, y, is_free = self.driver.execute_script(
            "const one = document.querySelector(arguments[0]);"
            "one.scrollIntoView({block: 'center', behavior: 'instant'});"
            "const box = one.getBoundingClientRect();"
            "const x = box.left + box.width / 2, y = box.top + box.height / 2;"
            "const top = document.elementFromPoint(x, y);"
            "return [x, y, one.contains(top) || Boolean(top?.closest('label')?.contains(one))]",
            selector,
        )
        assert is_free, f"{selector} is covered"
        self.touch((x, y))

    def overflow(self) -> int:
        """Return by how many pixels the page is wider than the screen."""
        width: int = self.driver.execute_script(
            "return document.documentElement.scrollWidth - document.documentElement.clientWidth"
        )
        return width

    def _log(self, kind: str) -> list[dict[str, Any]]:
        entries: list[dict[str, Any]] = self.driver.get_log(kind)  # type: ignore[no-untyped-call]
        return entries

    def complaints(self) -> list[str]:
        """Return what the console said at the levels of warning and error, and forget it."""
        return [
            entry["message"]
            for entry in self._log("browser")
            if entry["level"] in ("SEVERE", "WARNING")
        ]

    def foreign_requests(self) -> list[str]:
        """Return the addresses off this machine that were asked for, and forget them."""
        asked = []
        for entry in self._log("performance"):
            message: dict[str, Any] = json.loads(entry["message"])["message"]
            if message["method"] == "Network.requestWillBeSent":
                url = message["params"]["request"]["url"]
                parts = urlsplit(url)
                if parts.scheme not in ("data", "blob") and parts.hostname != "127.0.0.1":
                    asked.append(url)
        return asked
