"""Pictures of the help, taken of the demonstration: ``python -m tests.help_pictures``.

Writes ``web/static/img/help/LANGUAGE/TOPIC.webp``; who changes a page runs it again.
"""

from __future__ import annotations

import argparse
import logging
import sys
import tempfile
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

from flask import Flask
from PIL import Image
from selenium.webdriver import Chrome
from selenium.webdriver.common.by import By

from data.model import Role
from data.store import Store
from geo.localtime import moment_at
from routes.ports import Clock
from tests.web.browser import Screen, browsing, is_installed, serving
from tests.web.test_field_browser import shift_clock
from web.app import create_app
from web.config import LANGUAGES, Settings, secret_key
from web.demonstration import ACCOUNTS, PASSWORD, run
from web.help_pages import PICTURES
from web.help_texts import GUIDES, TOPICS, Topic
from web.wiring import Court, using

__all__ = ["FOLDER", "main"]

FOLDER = Path(__file__).resolve().parents[1] / "web" / "static" / PICTURES
_SIZES = {False: (1200, 750), True: (390, 700)}  # narrow or not
_QUALITY = 62
_SEED = 1
_PIN = "240680"
_MORNING_S = 8 * 3600 + 1800


def main(arguments: list[str] | None = None) -> int:
    """Run the command; returns the exit code."""
    parser = argparse.ArgumentParser(prog="python -m tests.help_pictures", description=__doc__)
    parser.add_argument("--data-dir", type=Path, help="a demonstration that is there already")
    parser.add_argument("--small", action="store_true", help="the small demonstration")
    parser.add_argument("topics", nargs="*", metavar="TOPIC", help="take these only")
    options = parser.parse_args(arguments)
    if not is_installed():
        sys.stderr.write("needs Chromium and chromedriver\n")
        return 1
    logging.getLogger("werkzeug").setLevel(logging.WARNING)
    with tempfile.TemporaryDirectory(prefix="fieldwrit-") as scratch:
        folder = options.data_dir or Path(scratch) / "demonstration"
        settings = Settings(folder)
        run(settings, small=options.small, seed=_SEED)
        with using(Court(settings, clock=_morning_of_the_plan(settings))) as court:
            for account in court.store.accounts.all():
                court.store.accounts.set_tour_seen(account.id, seen=True)
            services = court.services()
            app = create_app(services, secret_key=secret_key(settings))
            for language in LANGUAGES:
                _take(app, court, language, options.topics or list(TOPICS))
    size = sum(path.stat().st_size for path in FOLDER.rglob("*.webp"))
    sys.stdout.write(f"help_pictures {size / 1e6:.2f} MB\n")
    return 0


def _morning_of_the_plan(settings: Settings) -> Clock:
    """Return a clock that shows the morning of the plan's first day."""
    with using(Court(settings)) as court:
        _, problem, _ = court.stored_plan("latest")
    at = moment_at(problem.shifts[0].day, _MORNING_S)
    return lambda: at


def _take(app: Flask, court: Court, language: str, topics: list[str]) -> None:
    with serving(app) as address, browsing() as driver:
        driver.set_script_timeout(60)
        shift_clock(driver, court.clock())
        screen = Screen(driver, address)
        for role, key, topic in _topics():
            if key not in topics:
                continue
            username = next(name for name, held, _ in ACCOUNTS if held is role)
            size = _resize(driver, topic)
            screen.sign_in(username, PASSWORD)
            driver.get(f"{address}/login")
            _speak(driver, language)
            screen.open(_path(app, court.store, key, topic))
            if key == "field":
                _open_day(screen)
            target = FOLDER / language / f"{key}.webp"
            target.parent.mkdir(parents=True, exist_ok=True)
            picture = Image.open(BytesIO(driver.get_screenshot_as_png())).convert("RGB")
            picture.crop((0, 0, *size)).save(target, "WEBP", quality=_QUALITY, method=6)
            sys.stdout.write(f"{language} {key} {target.stat().st_size} bytes\n")


def _topics() -> Iterator[tuple[Role, str, Topic]]:
    """Yield each topic with the role in whose guide it comes first."""
    seen = set()
    for role, guide in GUIDES.items():
        for key in guide.topics:
            if key not in seen:
                seen.add(key)
                yield role, key, TOPICS[key]
    yield Role.ADMIN, "own_account", TOPICS["own_account"]


def _resize(driver: Chrome, topic: Topic) -> tuple[int, int]:
    width, height = _SIZES[topic.narrow]
    driver.execute_cdp_cmd(
        "Emulation.setDeviceMetricsOverride",
        {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": topic.narrow},
    )
    return width, height


def _speak(driver: Chrome, language: str) -> None:
    for button in driver.find_elements(By.CSS_SELECTOR, f'button[value="{language}"]'):
        driver.execute_script("arguments[0].click()", button)


def _path(app: Flask, store: Store, key: str, topic: Topic) -> str:
    action = store.latest()
    assert action is not None
    if key == "plans":
        return f"/plans/{action}"
    if key == "live":
        return f"/live/{action}"
    if key == "cases":
        return f"/cases/{store.cases()[0].id}"
    return app.url_map.bind("localhost").build(topic.endpoint)


def _open_day(screen: Screen) -> None:
    """Set a PIN and fetch the first task."""
    screen.driver.find_element(By.ID, "pin").send_keys(_PIN)
    screen.driver.find_element(By.ID, "pin-again").send_keys(_PIN)
    screen.driver.find_element(By.ID, "device").send_keys("1")
    screen.click("#pin-submit")
    screen.until("!document.getElementById('tasks').hidden")
    screen.settle()
    screen.until("document.querySelector('#task-list button')")
    screen.click("#task-list button")
    screen.until("!document.getElementById('day').hidden")
    screen.settle()


if __name__ == "__main__":
    sys.exit(main())
