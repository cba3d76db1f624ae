"""How soon the plan board answers: a visit dragged over the lanes of a demonstration.

The small demonstration is made anew, and beside its plan one of several days with about ten
shifts, and the same with visits of two teams and fetched officers. Each is opened in the real
application and asked for changes that a hand might make: visits to any lane at any five minutes,
lawful or not. Beside it, as a peer, what answering without a prepared desk would take: the plan
read cold and all of it checked. With a browser, the time from the pointer's move to the shown
figures too.

``python -m benchmarks.board [--data-dir DIR]`` measures the latest plan of a demonstration that is
there already.
"""

from __future__ import annotations

import argparse
import logging
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import numpy as np
from flask import Flask

from benchmarks.report import figure
from routes.calendar import DayKind
from routes.model import ActionId
from routes.planning import MaxIterations, solve
from routes.planning.figures import Figures
from routes.planning.problem import EscortMode, EscortSlot, Option, StopKind, Together
from routes.planning.validate import violations
from tests.web.browser import Screen, browsing, is_installed, serving
from tests.web.conftest import Reader
from web import demonstration
from web.app import create_app
from web.approval import current_findings
from web.config import Settings
from web.demonstration import PASSWORD
from web.steps.planning import make_plan, next_workday
from web.wiring import Court, using

__all__ = ["main"]

_TRIES = 300
_COLD = 5
_MOVES = 60
_DAYS = 4
_ITERATIONS = 150
_SEED = 1
_WORTH = 4.0  # of a tied visit, in the place of 1, so that the plan makes some


@dataclass(frozen=True, slots=True)
class _Asked:
    """A plan's board and a hand that tries changes on it: every other where there is room."""

    lanes: Sequence[dict[str, Any]]
    refs: Sequence[str]
    room: Callable[[str], dict[str, Any]]

    def change(self, draw: np.random.Generator) -> dict[str, Any]:
        if draw.random() < 0.5:
            ref = self.refs[int(draw.integers(len(self.refs)))]
            spans = [(shift, span) for shift, held in self.room(ref).items() for span in held]
            if spans:
                shift, (first_s, last_s) = spans[int(draw.integers(len(spans)))]
                second = int(draw.integers(first_s, last_s + 1))
                return {"kind": "move", "ref": ref, "shift": shift, "start_s": second}
        lane = self.lanes[int(draw.integers(len(self.lanes)))]
        second = int(draw.integers(lane["start_s"] // 300, lane["end_s"] // 300)) * 300
        ref = self.refs[int(draw.integers(len(self.refs)))]
        return {"kind": "move", "ref": ref, "shift": lane["shift"], "start_s": second}


def main() -> None:
    """Print the figures of each plan."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data-dir", type=Path)
    given = parser.parse_args().data_dir
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    if given is not None:
        _measured(Settings(given), {"given": None})
        return
    with tempfile.TemporaryDirectory(prefix="fieldwrit-board-") as folder:
        settings = Settings(Path(folder) / "data")
        demonstration.run(settings, small=True, seed=_SEED)
        with using(Court(settings)) as court:
            demo = court.stored_plan("latest")[0]
            days = _workdays(court, next_workday(settings))
        make_plan(settings, days, iterations=_ITERATIONS, seed=_SEED)
        with using(Court(settings)) as court:
            several = court.stored_plan("latest")[0]
            tied = _tied(court, several)
        _measured(settings, {"demo": demo, "days": several, "tied": tied})


def _tied(court: Court, action_id: ActionId) -> ActionId:
    """Store a plan in which two teams visit every sixth debtor, and fetch for every fifth.

    All else is as in another plan.
    """
    problem = court.store.problem(action_id)
    assert problem is not None
    station = problem.escort_stations[0]
    all_day = tuple(
        EscortSlot(day, 28_800, 64_800, 3) for day in sorted({one.day for one in problem.shifts})
    )
    changed = ActionId(f"{action_id}-tied")

    debtors = sorted({one.debtor for one in problem.options})
    rows = {debtor: row for row, debtor in enumerate(debtors)}

    def one_of_many(one: Option) -> Option:
        row = rows[one.debtor]
        if row % 5 == 0:
            one = replace(one, escort=EscortMode.PICK_UP, escort_stations=(station.id,))
        if row % 6 == 0:
            one = replace(one, together=Together())
        return replace(one, value=one.value * _WORTH) if row % 5 * row % 6 == 0 else one

    tied = replace(
        problem,
        id=str(changed),
        options=tuple(one_of_many(one) for one in problem.options),
        sets=(),
        escort_stations=(replace(station, calendar=all_day), *problem.escort_stations[1:]),
    )
    plan = solve(tied, stop=MaxIterations(_ITERATIONS), seed=_SEED)
    court.store.save(changed, tied, plan, made_at=court.clock())
    figure(
        "board_tied_joint", len({s.ref for r in plan.routes for s in r.stops if s.second}), "visits"
    )
    fetched = sum(s.kind is StopKind.PICK_UP for r in plan.routes for s in r.stops)
    figure("board_tied_fetches", fetched, "stops")
    return changed


def _workdays(court: Court, first: date) -> tuple[date, ...]:
    after = (first + timedelta(days=n) for n in range(30))
    return tuple([day for day in after if court.calendar.day_kind(day) is DayKind.WORKDAY][:_DAYS])


def _measured(settings: Settings, plans: dict[str, ActionId | None]) -> None:
    with using(Court(settings)) as court:
        app = create_app(court.services(), secret_key="b" * 40)
        for name, wanted in plans.items():
            action_id = court.stored_plan("latest")[0] if wanted is None else wanted
            cold_ms = _cold_ms(court, action_id)
            try_ms = _tries(app, name, action_id)
            figure(f"board_{name}_cold_check_ms", cold_ms, "ms")
            figure(f"board_{name}_cold_over_try", cold_ms / try_ms, "ratio")
            if is_installed():
                _drags(app, name, action_id)


def _cold_ms(court: Court, action_id: ActionId) -> float:
    """Return what reading the plan and checking all of it takes, as the plan page does."""

    def answered() -> None:
        problem, plan = court.store.problem(action_id), court.store.plan(action_id)
        assert problem is not None
        assert plan is not None
        violations(problem, plan)
        Figures.of(problem, plan)
        current_findings(court, problem, plan)

    return float(np.median([_took_ms(answered) for _ in range(_COLD)]))


def _tries(app: Flask, name: str, action_id: ActionId) -> float:
    """Print the times of tries through the application; return their 95th percentile."""
    reader = Reader(app.test_client())
    reader.sign_in("commander", PASSWORD)
    opened_ms = _took_ms(lambda: reader.get(f"/plans/{action_id}/board"))
    board = reader.get(f"/api/plans/{action_id}/draft").json
    assert board is not None
    refs = list(
        dict.fromkeys(
            s["ref"] for lane in board["lanes"] for s in lane["stops"] if s["kind"] == "visit"
        )
    )

    def sent(path: str, body: dict[str, Any]) -> dict[str, Any]:
        answer = reader.client.post(
            f"/api/plans/{action_id}/{path}", json=body, headers={"X-CSRFToken": reader.token}
        )
        return dict(answer.json or {})

    asked = _Asked(board["lanes"], refs, lambda ref: dict(sent("room", {"ref": ref})["room"]))
    draw = np.random.default_rng(_SEED)
    took_ms, lawful = [], 0
    for _ in range(_TRIES):
        change = asked.change(draw)
        began_s = time.perf_counter()
        told = sent("tries", change)
        took_ms.append(1000.0 * (time.perf_counter() - began_s))
        lawful += bool(told.get("lawful"))
    p50, p95, most = np.percentile(took_ms, [50, 95, 100])
    figure(f"board_{name}_visits", len(refs), "visits")
    figure(f"board_{name}_shifts", len(board["lanes"]), "shifts")
    figure(f"board_{name}_open_ms", opened_ms, "ms")
    figure(f"board_{name}_try_p50_ms", p50, "ms")
    figure(f"board_{name}_try_p95_ms", p95, "ms")
    figure(f"board_{name}_try_max_ms", most, "ms")
    figure(f"board_{name}_lawful_share", lawful / _TRIES, "ratio")
    return float(p95)


def _drags(app: Flask, name: str, action_id: ActionId) -> None:
    """Print the time from a pointer's move to the shown figures, the page's own wait included."""
    with serving(app) as address, browsing() as driver:
        driver.set_script_timeout(60)
        screen = Screen(driver, address)
        screen.resize("wide")
        screen.sign_in("commander", PASSWORD)
        screen.open(f"/plans/{action_id}/board")
        x, y = driver.execute_script(
            "const v = document.querySelector('.visit:not(.visit--frozen):not(.visit--locked)');"
            "const b = v.getBoundingClientRect(); return [b.left + 6, b.top + 10]"
        )
        tracks = driver.execute_script(
            "return [...document.querySelectorAll('.lane-track')].map((t) => t"
            ".getBoundingClientRect()).filter((b) => b.bottom < innerHeight)"
            ".map((b) => [b.left, b.top, b.width])"
        )
        draw, took_ms = np.random.default_rng(_SEED), []
        screen.pointer("mousePressed", x, y)
        for _ in range(_MOVES):
            left, top, width = tracks[int(draw.integers(len(tracks)))]
            driver.execute_script("delete document.querySelector('#board').dataset.tryMs")
            screen.pointer("mouseMoved", left + width * draw.uniform(0.1, 0.9), top + 20)
            screen.until("document.querySelector('#board').dataset.tryMs !== undefined")
            took_ms.append(
                float(
                    driver.execute_script("return document.querySelector('#board').dataset.tryMs")
                )
            )
        screen.pointer("mouseReleased", 5, 5)
    p50, p95 = np.percentile(took_ms, [50, 95])
    figure(f"board_{name}_drag_p50_ms", p50, "ms")
    figure(f"board_{name}_drag_p95_ms", p95, "ms")


def _took_ms(work: Callable[[], object]) -> float:
    began_s = time.perf_counter()
    work()
    return 1000.0 * (time.perf_counter() - began_s)


if __name__ == "__main__":
    main()
