"""Two plans around an answer from a problem file, with no store."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from routes.planning.formats import read_plans, write_problem
from routes.planning.problem import Awaits, EscortMode, PlanFinding, Problem
from tests.routes.planning.line import DAY, FIVE_S, TEN_S, at_door, line
from web.cli import main

_ASKED = PlanFinding("A6", "sign_off", "visit:a", "须签批", "本院规则")
_PLAIN = line(
    at_door("a", "p3", window_start_s=TEN_S + 3600, window_end_s=TEN_S + 4200, value=9.0),
    at_door("b", "p2", window_start_s=TEN_S, window_end_s=FIVE_S - 7200, value=5.0),
)
_ESCORTED = replace(
    _PLAIN,
    options=(
        replace(_PLAIN.options[0], escort=EscortMode.AT_DOOR, escort_stations=("e",)),
        *_PLAIN.options[1:],
    ),
)


def run(*words: Any) -> Result:
    return CliRunner().invoke(main, ["plan", *map(str, words)])


@pytest.mark.parametrize(
    ("problem", "awaits", "standing", "other"),
    [
        (_PLAIN, Awaits(DAY, TEN_S, (_ASKED,)), {"b"}, {"a", "b"}),
        (_ESCORTED, Awaits(DAY, TEN_S, support=("a",)), {"a", "b"}, {"b"}),
    ],
    ids=["approval", "support"],
)
def test_both_plans_are_written_checked_and_found_out(
    tmp_path: Path, problem: Problem, awaits: Awaits, standing: set[str], other: set[str]
) -> None:
    asked, made = tmp_path / "problem.json", tmp_path / "problem.plan.json"
    write_problem(replace(problem, awaits=awaits), asked)
    told = json.loads(run("solve", asked, "--iterations", 60, "--json").stdout)
    assert told["other_value"] == pytest.approx(told["value"] + (9 if other > standing else -9))
    first, second = read_plans(made)
    assert second is not None
    for plan, refs in ((first, standing), (second, other)):
        assert {stop.ref for route in plan.routes for stop in route.stops} == refs
    checked = run("check", asked, made, "--json")
    assert (checked.exit_code, json.loads(checked.stdout)["valid"]) == (0, True)
    assert run("bound", asked, made, "--stop-s", 1).exit_code == 0
    assert run("why", asked, made, "--visit", "b").exit_code == 0

    form = json.loads(made.read_text("utf-8"))
    form["other"]["value"] += 1.0
    made.write_text(json.dumps(form), "utf-8")
    found = run("check", asked, made, "--json")
    assert found.exit_code == 1
    assert [one["path"] for one in json.loads(found.stdout)["violations"]] == ["$.other.value"]
    del form["other"]
    made.write_text(json.dumps(form), "utf-8")
    (missing,) = json.loads(run("check", asked, made, "--json").stdout)["violations"]
    assert missing["code"] == "other_missing"


def test_the_same_file_is_solved_to_the_same_two_plans(tmp_path: Path) -> None:
    asked = tmp_path / "problem.json"
    write_problem(replace(_PLAIN, awaits=Awaits(DAY, TEN_S, (_ASKED,))), asked)
    texts = []
    for name in ("one", "two"):
        made = tmp_path / f"{name}.json"
        assert run("solve", asked, "--output", made, "--iterations", 60).exit_code == 0
        texts.append(made.read_bytes())
    assert texts[0] == texts[1]
