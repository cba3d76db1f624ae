"""Take a picture of every page: ``python -m tests.web.screenshots``.

Each page of :mod:`tests.web.seen_pages` is drawn at 1440 and at 390 pixels, light and dark, into a
folder with one sheet of all. The court is invented, and nothing leaves this machine.
"""

from __future__ import annotations

import argparse
import base64
import sys
import tempfile
from html import escape
from itertools import groupby
from pathlib import Path

from tests.web.browser import MISSING, SIZES, Screen, browsing, is_installed, serving
from tests.web.court import fill
from tests.web.seen_court import MORNING, open_empty, open_seen
from tests.web.seen_pages import (
    SeenPage,
    empty_pages,
    pages_of,
    show,
    sign_in,
    turn,
    unlisted,
)
from tests.web.test_field_browser import shift_clock
from web import build

__all__ = ["main", "take"]

_THEMES = ("light", "dark")
_TALLEST = 4000
_SHEET = """<!doctype html>
<html lang="zh-CN"><head><meta charset="utf-8"><title>Fieldwrit</title><style>
body {{ font: 14px sans-serif; margin: 24px; }}
figure {{ display: inline-block; margin: 0 12px 24px 0; vertical-align: top; }}
img {{ border: 1px solid; display: block; max-height: 480px; max-width: 480px; }}
</style></head><body>
{figures}
</body></html>
"""


def main(arguments: list[str] | None = None) -> int:
    """Run the command; returns the exit code."""
    parser = argparse.ArgumentParser(prog="python -m tests.web.screenshots", description=__doc__)
    parser.add_argument("--output", type=Path, default=Path("build/screenshots"))
    parser.add_argument("--language", choices=("zh", "en"), default="zh")
    parser.add_argument("--only", action="append", help="the name of a page; may be repeated")
    options = parser.parse_args(arguments)
    if not is_installed() or not build.VENDOR.exists():
        sys.stderr.write(f"{MISSING} and python -m web.build\n")
        return 1
    with tempfile.TemporaryDirectory() as folder:
        fill(Path(folder) / "data")
        app, court, ids = open_seen(Path(folder) / "data")
        bare, without = open_empty(Path(folder) / "empty")
        pages, empty = pages_of(ids), empty_pages()
        missing = unlisted(app, pages + empty)
        if missing:
            sys.stderr.write(f"tests/web/seen_pages.py lacks {', '.join(sorted(missing))}\n")
            return 1
        names: tuple[str, ...] = ()
        with serving(app) as full, serving(bare) as other, browsing() as driver:
            driver.set_script_timeout(60)
            driver.set_page_load_timeout(60)
            shift_clock(driver, MORNING)
            for address, of_court in ((full, pages), (other, empty)):
                screen = Screen(driver, address)
                chosen = tuple(p for p in of_court if not options.only or p.name in options.only)
                names += take(screen, chosen, options.output, language=options.language)
        court.store.close()
        without.store.close()
    figures = "\n".join(
        f'<figure><a href="{escape(name)}"><img src="{escape(name)}" alt="" loading="lazy"></a>'
        f"<figcaption>{escape(name)}</figcaption></figure>"
        for name in names
    )
    (options.output / "index.html").write_text(_SHEET.format(figures=figures), encoding="utf-8")
    sys.stdout.write(f"{len(names)} pictures in {options.output}\n")
    return 0


def take(
    screen: Screen, pages: tuple[SeenPage, ...], folder: Path, *, language: str
) -> tuple[str, ...]:
    """Draw each page in both sizes and themes; returns the names of the files."""
    folder.mkdir(parents=True, exist_ok=True)
    names = []
    for size in SIZES:
        screen.resize(size)
        for role, own in groupby(pages, key=lambda page: page.role):
            sign_in(screen, role, language)
            for page in own:
                show(screen, page)
                for theme in _THEMES:
                    turn(screen, theme)
                    screen.settle()
                    name = f"{page.name}-{language}-{SIZES[size][0]}-{theme}.png"
                    (folder / name).write_bytes(_picture(screen))
                    names.append(name)
    return tuple(names)


def _picture(screen: Screen) -> bytes:
    """Return the whole page as PNG, down to a sensible length."""
    width, seen, height = screen.driver.execute_script(
        "const page = document.documentElement;"
        "document.styleSheets[0].insertRule('* { content-visibility: visible !important; }');"
        "return [page.clientWidth, page.clientHeight, page.scrollHeight]"
    )
    if height <= seen:  # beyond its window a page is laid out anew, and maps are drawn later
        return screen.driver.get_screenshot_as_png()
    clip = {"x": 0, "y": 0, "width": width, "height": min(height, _TALLEST), "scale": 1}
    answer = screen.driver.execute_cdp_cmd(
        "Page.captureScreenshot", {"clip": clip, "captureBeyondViewport": True}
    )
    return base64.b64decode(answer["data"])


if __name__ == "__main__":
    sys.exit(main())
