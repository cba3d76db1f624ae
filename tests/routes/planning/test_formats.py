"""JSON forms: what is written is read back; what is wrong is named by its path."""

from __future__ import annotations

import copy
import json
import re
import stat
from collections.abc import Callable
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from jsonschema import Draft202012Validator

from routes.errors import PlanError, ProblemError
from routes.planning import MaxIterations, formats, solve
from routes.planning.formats import (
    plan_from_json,
    plan_to_json,
    problem_from_json,
    problem_to_json,
    read_plan,
    read_problem,
    write_plan,
    write_problem,
)
from routes.planning.problem import Plan, Problem
from routes.planning.validate import CODES, violations
from routes.planning.validate_answers import ANSWER_CODES
from tests.routes.planning.samples import district, district_plan
from tests.routes.strategies import plans, problems

ROOT = Path(__file__).resolve().parents[3]
_CALM = settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])


def _same(one: Problem, other: Problem) -> bool:
    plain = all(
        getattr(one, f.name) == getattr(other, f.name)
        for f in fields(Problem)
        if f.name != "matrices"
    )
    return plain and all(
        (a.profile, a.band) == (b.profile, b.band)
        and np.array_equal(a.travel_s, b.travel_s)
        and np.array_equal(a.length_m, b.length_m)
        for a, b in zip(one.matrices, other.matrices, strict=True)
    )


def _through_text(form: dict[str, Any]) -> Any:
    return json.loads(json.dumps(form, allow_nan=False))


@_CALM
@given(problems())
def test_problems_are_read_back(problem: Problem) -> None:
    form = _through_text(problem_to_json(problem))
    assert _same(problem_from_json(form), problem)
    assert _same(problem_from_json(form, trusted=True), problem)


@_CALM
@given(plans())
def test_plans_are_read_back(plan: Plan) -> None:
    form = _through_text(plan_to_json(plan))
    sound = all(finding.verdict for finding in plan.findings)
    assert sound
    assert plan_from_json(form) == plan
    assert plan_from_json(form, trusted=True) == plan


def test_files_are_read_back(tmp_path: Path) -> None:
    write_problem(district(), tmp_path / "problem.json")
    write_plan(district_plan(), tmp_path / "plan.json", mark="草稿")
    for name in ("problem.json", "plan.json"):
        assert stat.S_IMODE((tmp_path / name).stat().st_mode) == 0o600
    assert _same(read_problem(tmp_path / "problem.json"), district())
    assert read_plan(tmp_path / "plan.json") == district_plan()
    assert sorted(p.name for p in tmp_path.iterdir()) == ["plan.json", "problem.json"]


def test_no_road_is_null() -> None:
    travel_s = problem_to_json(district())["matrices"][0]["travel_s"]
    assert travel_s[0][24] is None
    assert travel_s[0][1] == 300


@pytest.mark.parametrize("name", ["problem", "plan"])
def test_schemas_are_schemas(name: str) -> None:
    schema = json.loads(
        (ROOT / f"routes/planning/schemas/{name}.schema.json").read_text(encoding="utf-8")
    )
    Draft202012Validator.check_schema(schema)
    form = problem_to_json(district()) if name == "problem" else plan_to_json(district_plan())
    beside = {"draft"} if name == "problem" else {"draft", "other"}
    assert set(schema["properties"]) == {*form, *beside}
    Draft202012Validator(schema).validate(form)  # matrices too


def _set(*path: Any) -> Callable[[Any], None]:
    *way, last, value = path

    def change(form: Any) -> None:
        for key in way:
            form = form[key]
        form[last] = value

    return change


def _delete(*path: Any) -> Callable[[Any], None]:
    *way, last = path

    def change(form: Any) -> None:
        for key in way:
            form = form[key]
        del form[last]

    return change


@pytest.mark.parametrize(
    ("path", "change"),
    [
        ("$.format", _set("format", "fieldwrit-plan")),
        ("$.version", _set("version", "2.0")),
        ("$", _delete("options")),
        ("$", _set("extra", 1)),
        ("$.options[3]", _delete("options", 3, "value")),
        ("$.options[3].day", _set("options", 3, "day", "2026-02-30")),
        ("$.options[3].day", _set("options", 3, "day", "20260105")),
        ("$.options[3].p_found", _set("options", 3, "p_found", 1.5)),
        ("$.options[3].value", _set("options", 3, "value", True)),
        ("$.options[3].service_s", _set("options", 3, "service_s", 1.5)),
        ("$.options[3].escort", _set("options", 3, "escort", "ride")),
        ("$.options[3].id", _set("options", 3, "id", "")),
        ("$.options[3].needed_skills", _set("options", 3, "needed_skills", ["a", "a"])),
        ("$.matrices", _set("matrices", 5)),
        ("$.matrices[0]", _set("matrices", 0, 5)),
        ("$.matrices[0].travel_s", _set("matrices", 0, "travel_s", 5)),
        ("$.matrices[0]", _delete("matrices", 0, "travel_s")),
        ("$.matrices[0].travel_s[2]", _set("matrices", 0, "travel_s", 2, 1, "5")),
        ("$.matrices[0].travel_s[2]", _set("matrices", 0, "travel_s", 2, 1, True)),
        ("$.matrices[0].travel_s[2]", _set("matrices", 0, "travel_s", 2, 1, 10**400)),
        ("$.matrices[0].travel_s[2]", _set("matrices", 0, "travel_s", 2, 1, 1e999)),
        ("$.matrices[1].length_m[2]", _set("matrices", 1, "length_m", 2, [1, 2])),
        ("matrices[0].travel_s", _set("matrices", 0, "travel_s", 2, 1, -5)),
        ("options[3].place", _set("options", 3, "place", "nowhere")),
        ("shifts", _set("shifts", 1, "id", "s1")),
        ("$.options[3].load", _set("options", 3, "load", -1)),
        ("$.prices.travel_h", _set("prices", "travel_h", -0.1)),
        ("sets[0].options", _set("sets", 0, "options", ["o2", "nobody"])),
        ("sets[0].options", _set("sets", 0, "options", ["o2", "o3"])),
        ("sets[0].options", _set("sets", 0, "options", ["o2"])),
        ("sets[1]", _set("sets", 1, "options", ["o26", "o2"])),
        ("$.sets[0].value", _set("sets", 0, "value", -1.0)),
        ("duties[0].min_officers", _set("duties", 0, "min_officers", 0)),
        ("$.sets[0].p_found", _set("sets", 0, "p_found", 1.5)),
    ],
)
def test_a_wrong_problem_is_named_by_its_path(path: str, change: Callable[[Any], None]) -> None:
    form = copy.deepcopy(_through_text(problem_to_json(district())))
    change(form)
    with pytest.raises(ProblemError) as caught:
        problem_from_json(form)
    assert re.search(rf"(^|\s|:|：)?{re.escape(path)}(\W|$)", str(caught.value))
    assert "%(" not in str(caught.value)


@pytest.mark.parametrize(
    ("path", "change"),
    [
        ("$.routes[0].stops[1].kind", _set("routes", 0, "stops", 1, "kind", "nap")),
        ("$.routes[0]", _delete("routes", 0, "travel_s")),
        ("$.unassigned[0].reason", _set("unassigned", 0, "reason", "lazy")),
        ("$.seed", _set("seed", None)),
    ],
)
def test_a_wrong_plan_is_named_by_its_path(path: str, change: Callable[[Any], None]) -> None:
    form = copy.deepcopy(_through_text(plan_to_json(district_plan())))
    change(form)
    with pytest.raises(PlanError, match=re.escape(path)):
        plan_from_json(form)


@pytest.mark.parametrize(
    ("content", "hint"),
    [
        (b'{"format": "fieldwrit-problem", "ver', "第 1 行"),
        (b'{"a": NaN}', "NaN"),
        ("{'甲'}".encode("gbk"), "UTF-8"),
        (b"[" * 100_000, "JSON"),
        (b"[]", "$.format"),
    ],
)
def test_a_file_that_is_none_says_why(tmp_path: Path, content: bytes, hint: str) -> None:
    path = tmp_path / "problem.json"
    path.write_bytes(content)
    for read, error in ((read_problem, ProblemError), (read_plan, PlanError)):
        with pytest.raises(error) as caught:
            read(path)  # type: ignore[operator]
        assert hint in str(caught.value)
        assert "problem.json" in str(caught.value)


def test_missing_files_and_folders(tmp_path: Path) -> None:
    with pytest.raises(ProblemError, match="无法读取"):
        read_problem(tmp_path / "none.json")
    with pytest.raises(PlanError, match="无法写入"):
        write_plan(district_plan(), tmp_path / "none" / "plan.json")


def test_a_failed_write_leaves_the_old_file(tmp_path: Path) -> None:
    path = tmp_path / "plan.json"
    write_plan(district_plan(), path)
    path.with_name(".plan.json.part").mkdir()
    with pytest.raises(PlanError):
        write_plan(replace(district_plan(), seed=9), path)
    assert read_plan(path) == district_plan()


def _example(name: str) -> Any:
    page = (ROOT / f"docs/formats/{name}.md").read_text(encoding="utf-8")
    (block,) = re.findall(r"```json\n(.*?)```", page, re.DOTALL)
    return json.loads(block)


def test_documented_examples_fit_together() -> None:
    problem = problem_from_json(_example("problem"))
    plan = plan_from_json(_example("plan"))
    assert violations(problem, plan) == ()
    assert solve(problem, stop=MaxIterations(plan.iterations), seed=plan.seed) == plan


@pytest.mark.parametrize("name", ["problem", "plan"])
def test_every_field_is_documented(name: str) -> None:
    page = (ROOT / f"docs/formats/{name}.md").read_text(encoding="utf-8")
    schema = formats._validator(name).schema
    parts: list[Any] = [schema, *schema["$defs"].values()]
    shown = set(re.findall(r"`([a-z_]+)`", page))
    shared = {"stop", "route", "finding"} if name == "problem" else set()
    for key, part in [("", parts[0]), *schema["$defs"].items()]:
        if key not in shared:
            assert set(part["properties"]) <= shown, key


def test_every_code_of_the_check_is_documented() -> None:
    page = (ROOT / "docs/formats/plan.md").read_text(encoding="utf-8")
    assert {*CODES, *ANSWER_CODES} <= set(re.findall(r"`([a-z_]+)`", page))
