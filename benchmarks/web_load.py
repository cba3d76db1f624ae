"""How soon end points and main pages answer fifty users, beside a bare page on the same server.

The real command serves the small demonstration on loopback; locust's users run in a process of
their own. Both share the machine's cores, so that times are those of a busy court's server. The
peer is a Flask page of one word behind the same waitress with as many threads and users.

``python -m benchmarks.web_load [--full]`` runs for a minute, or for five. ``--data-dir DIR`` serves
a demonstration that is there already.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from urllib.error import URLError
from urllib.request import urlopen

import numpy as np
import requests

from benchmarks.ports import free_port
from benchmarks.report import figure
from web import demonstration
from web.config import Settings
from web.demonstration import PASSWORD
from web.field_pack import tiles_around
from web.wiring import Court, using

__all__ = ["main"]

_USERS = 50
_A_SECOND = 5
_RUN_S, _FULL_S, _BARE_S = 60, 300, 20
_STARTS_S = 120.0
_SOON_MS = 100.0
_CASES = 200
_SESSIONS = 5
_TOKEN = re.compile(r'name="csrf_token" value="([^"]+)"')
_USERS_FILE = Path(__file__).with_name("load_users.py")
_SERVE = "from web.cli import run; run()"
_BARE = """
import sys
from flask import Flask
from waitress import serve
app = Flask("bare")
app.add_url_rule("/", view_func=lambda: "hello")
serve(app, host="127.0.0.1", port=int(sys.argv[1]), threads=8)
"""


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--full", action="store_true", help="five minutes")
    parser.add_argument("--data-dir", type=Path)
    given = parser.parse_args()
    run_s = _FULL_S if given.full else _RUN_S
    with tempfile.TemporaryDirectory(prefix="fieldwrit-load-") as folder:
        settings = Settings(given.data_dir or Path(folder) / "data")
        if given.data_dir is None:
            demonstration.run(settings, small=True, seed=1)
        _measured(settings, run_s)


def _measured(settings: Settings, run_s: int) -> None:
    with using(Court(settings)) as court:
        plan, problem, _made = court.stored_plan("latest")
        cases = [one.id for one in court.store.cases()[:_CASES]]
    places = np.array([(place.lon, place.lat) for place in problem.places])
    tiles = [f"{z}/{x}/{y}" for z, x, y in tiles_around(places)]
    port, bare_port = free_port(), free_port()
    facts = {"LOAD_PLAN": plan, "LOAD_CASES": ",".join(cases), "LOAD_TILES": ",".join(tiles)}
    data_dir = ["--data-dir", str(settings.data_dir)]
    with _serving(["-c", _SERVE, *data_dir, "serve", "--port", str(port)], port):
        facts["LOAD_COOKIES"] = "\n".join(_signed_in(port) for _each in range(_SESSIONS))
        told = _asked(port, run_s, ["Programs", "Readers"], facts)
    with _serving(["-c", _BARE, str(bare_port)], bare_port):
        bare = _asked(bare_port, _BARE_S, ["Bare"], facts)
    api, pages = _of(told, "api "), _of(told, "page ")
    bare_p95_ms = _percentile_ms([one for one in bare if one["name"] == "bare"], 0.95)
    figure("load_users", _USERS, "users")
    figure("load_time", run_s, "s")
    figure("api_requests", _requests(api), "requests")
    figure("api_failed", _failed(api), "requests")
    figure("api_p50_ms", _percentile_ms(api, 0.5), "ms")
    figure("api_p95_ms", _percentile_ms(api, 0.95), "ms")
    slow = [one for one in api if _percentile_ms([one], 0.95) > _SOON_MS]
    figure("api_end_points_over_100_ms", len(slow), "end points")
    figure("bare_p95_ms", bare_p95_ms, "ms")
    figure("api_p95_over_bare", _percentile_ms(api, 0.95) / max(1.0, bare_p95_ms), "ratio")
    figure("page_requests", _requests(pages), "requests")
    figure("page_failed", _failed(pages), "requests")
    figure("page_p95_ms", _percentile_ms(pages, 0.95), "ms")
    for one in (*api, *pages):
        figure(f"{str(one['name']).replace(' ', '_')}_p95_ms", _percentile_ms([one], 0.95), "ms")


def _signed_in(port: int) -> str:
    """Return the cookie of a session: whoever works has signed in before, which takes long."""
    session = requests.Session()
    page = f"http://127.0.0.1:{port}/login"
    found = _TOKEN.search(session.get(page, timeout=60).text)
    fields = {
        "username": "commander",
        "password": PASSWORD,
        "csrf_token": found[1] if found else "",
    }
    session.post(page, data=fields, timeout=60).raise_for_status()
    return "; ".join(f"{one.name}={one.value}" for one in session.cookies)


def _asked(
    port: int, run_s: int, users: Sequence[str], facts: Mapping[str, str]
) -> list[dict[str, object]]:
    """Let users ask for a time; return what locust counted for each kind of request."""
    options = {
        "-f": str(_USERS_FILE),
        "--host": f"http://127.0.0.1:{port}",
        "-u": str(_USERS),
        "-r": str(_A_SECOND),
        "-t": f"{run_s}s",
        "--exit-code-on-error": "0",
        "--loglevel": "ERROR",
    }
    switches = ("--headless", "--json", "--reset-stats")
    said = (part for option in options.items() for part in option)
    told = subprocess.run(
        [sys.executable, "-m", "locust", *switches, *said, *users],
        env={**os.environ, **facts},
        stdout=subprocess.PIPE,
        check=True,
    )
    found: list[dict[str, object]] = json.loads(told.stdout)
    return found


def _of(told: Sequence[dict[str, object]], start: str) -> list[dict[str, object]]:
    return [one for one in told if str(one["name"]).startswith(start)]


def _requests(told: Sequence[Mapping[str, object]]) -> int:
    return sum(int(str(one["num_requests"])) for one in told)


def _failed(told: Sequence[Mapping[str, object]]) -> int:
    return sum(int(str(one["num_failures"])) for one in told)


def _percentile_ms(told: Sequence[Mapping[str, object]], share: float) -> float:
    """Return the time within which a share of all requests was answered."""
    times: Counter[float] = Counter()
    for one in told:
        held = one["response_times"]
        assert isinstance(held, dict)
        times.update({float(took_ms): count for took_ms, count in held.items()})
    left = share * times.total()
    for took_ms in sorted(times):
        left -= times[took_ms]
        if left <= 0:
            return took_ms
    return float("nan")


@contextmanager
def _serving(command: Sequence[str], port: int) -> Iterator[None]:
    """Run a server until the end of the block; waits until it answers."""
    server = subprocess.Popen(
        [sys.executable, *command], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        until_s = time.monotonic() + _STARTS_S
        while True:
            try:
                with urlopen(f"http://127.0.0.1:{port}/", timeout=5):
                    break
            except URLError:
                if server.poll() is not None or time.monotonic() > until_s:
                    raise
                time.sleep(0.2)
        yield
    finally:
        server.send_signal(signal.SIGINT)
        server.wait(timeout=60)


if __name__ == "__main__":
    main()
