"""Lighthouse, the npm package, on a page of a running application; it asks nobody outside."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from typing import Any

from web import build

__all__ = ["CLI", "inspect"]

CLI = build.ASSETS / "node_modules" / "lighthouse" / "cli" / "index.js"
_LONGEST_S = 180
_MOST_TRIES = 3
_ASKED_AGAIN = "Please run Lighthouse again"


def inspect(url: str, *, cookie: str, categories: str, is_phone: bool) -> dict[str, Any]:
    """Return Lighthouse's report on a page, opened in a fresh headless Chromium.

    A browser that is slow to start may lose the beginning of its trace. Lighthouse then says
    nothing about the page and asks to be run again, which is done twice at most.

    Parameters
    ----------
    cookie
        As the header of a signed-in reader has it.
    categories
        Such as ``performance,pwa``.
    is_phone
        A slow phone on a slow line, or a desk.

    Raises
    ------
    RuntimeError
        Lighthouse gave no report; it holds what Lighthouse said.
    """
    said = [
        str(shutil.which("node")),
        str(CLI),
        url,
        "--quiet",
        "--output=json",
        "--output-path=stdout",
        "--no-enable-error-reporting",
        f"--only-categories={categories}",
        f"--extra-headers={json.dumps({'Cookie': cookie})}",
        "--chrome-flags=--headless=new --no-sandbox --disable-gpu --disable-dev-shm-usage"
        " --disable-background-networking --disable-component-update",
    ]
    for _ in range(_MOST_TRIES):
        done = subprocess.run(
            said if is_phone else [*said, "--preset=desktop"],
            env={**os.environ, "CHROME_PATH": str(shutil.which("chromium"))},
            capture_output=True,
            timeout=_LONGEST_S,
            check=False,
        )
        if done.returncode == 0:
            report: dict[str, Any] = json.loads(done.stdout)
            return report
        if _ASKED_AGAIN.encode() not in done.stderr:
            break
    raise RuntimeError(done.stderr.decode(errors="replace"))
