"""Home-care instances of others: read as they are meant, and their solutions judged as they are."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from benchmarks.planning_care import (
    Call,
    Cared,
    Published,
    care_files,
    care_problem,
    cared,
    opened,
    print_care,
    published_plan,
    published_problem,
    read_care,
    read_solution,
    within,
)
from routes.planning import MaxIterations, solve
from routes.planning.validate import violations
from tests.reference import reference_data

_INSTANCE = {
    "patients": [
        {
            "id": "p1",
            "time_window": [20.0, 40.0],
            "required_caregivers": [{"service": "s1", "duration": 10.0}],
        },
        {
            "id": "p2",
            "time_window": [30.0, 90.0],
            "required_caregivers": [
                {"service": "s1", "duration": 10.0},
                {"service": "s2", "duration": 15.0},
            ],
            "synchronization": {"type": "sequential", "distance": [5, 25]},
        },
    ],
    "caregivers": [
        {"id": "c1", "abilities": ["s1"]},
        {"id": "c2", "abilities": ["s2"]},
        {"id": "c3", "abilities": ["s2"]},
    ],
    "distances": [[0.0, 5.001, 8.0], [5.001, 0.0, 9.5], [8.0, 9.5, 0.0]],
}
_SOLUTION = {
    "routes": [
        {
            "caregiver_id": "c1",
            "locations": [
                {"patient": "p1", "service": "s1", "arrival_time": 20.0, "departure_time": 30.0},
                {"patient": "p2", "service": "s1", "arrival_time": 39.5, "departure_time": 49.5},
            ],
        },
        {
            "caregiver_id": "c2",
            "locations": [
                {"patient": "p2", "service": "s2", "arrival_time": 50.0, "departure_time": 65.0}
            ],
        },
        {"caregiver_id": "c3"},
    ]
}


@pytest.fixture
def written(tmp_path: Path) -> Path:
    path = tmp_path / "made_2_1.json"
    path.write_text(json.dumps(_INSTANCE), encoding="utf-8")
    path.with_name("made_2_1.solution.json").write_text(json.dumps(_SOLUTION), encoding="utf-8")
    return path


def test_an_instance_becomes_a_problem_with_hard_windows(written: Path) -> None:
    inst = read_care(written)
    assert care_files(written.parent) == [written]
    problem = care_problem(inst)
    assert problem.matrices[0].travel_s[0].tolist() == [0.0, 501.0, 800.0]
    alone, *pair = problem.options
    assert (alone.window_start_s, alone.window_end_s, alone.service_s) == (2_000, 4_000, 1_000)
    assert alone.together is None
    gaps = [o.together.gap_high_s for o in pair if o.together is not None]
    assert gaps == [500, 1_000, 1_500, 2_000, 2_500]
    assert [o.window_end_s + gap for o, gap in zip(pair, gaps, strict=True)] == [9_000] * 5
    assert {o.debtor for o in pair} == {"p2"}
    plan = solve(problem, stop=MaxIterations(100), seed=1)
    assert plan.value == 2.0
    assert violations(problem, plan) == ()


def test_a_patient_of_three_caregivers_and_a_short_table_are_refused(written: Path) -> None:
    told = json.loads(written.read_text(encoding="utf-8"))
    told["patients"][0]["required_caregivers"] *= 3
    written.write_text(json.dumps(told), encoding="utf-8")
    with pytest.raises(ValueError, match="p1 needs 3 caregivers"):
        read_care(written)
    short = {**_INSTANCE, "distances": [[0.0, 1.0], [1.0, 0.0]]}
    written.write_text(json.dumps(short), encoding="utf-8")
    with pytest.raises(ValueError, match="distances"):
        read_care(written)


def test_a_solution_is_a_plan_and_its_faults_are_seen(written: Path) -> None:
    inst = read_care(written)
    solution = read_solution(written.with_name("made_2_1.solution.json"))
    assert solution["c3"] == []
    problem = published_problem(inst)
    plan = published_plan(inst, problem, solution)
    assert violations(problem, plan) == ()
    assert plan.value == 2.0
    assert within(inst, solution) == {"p1", "p2"}
    apart = {**solution, "c2": [Call("p2", "s2", 64.6)]}
    codes = {found.code for found in violations(problem, published_plan(inst, problem, apart))}
    assert codes == {"window"}  # beyond the longest gap after the first
    swapped = {"c1": solution["c1"], "c3": [], "c2": [Call("p2", "s1", 50.0)]}
    found = violations(problem, published_plan(inst, problem, swapped))
    assert {each.code for each in found} >= {"together"}


def test_what_a_solution_serves_late_has_a_window_as_late(written: Path) -> None:
    inst = read_care(written)
    late = {"c1": [Call("p1", "s1", 47.0)], "c2": [Call("p2", "s2", 95.0)]}
    assert within(inst, late) == set()
    assert [patient.window for patient in opened(inst, late).patients] == [(20, 47), (30, 95)]


@pytest.mark.reference
@pytest.mark.parametrize("size", ["10_1", "10_2", "25_1", "25_2", "50_1", "75_1", "100_1"])
def test_the_validator_judges_published_solutions_as_their_windows_do(size: str) -> None:
    """It accepts all of them but for the first services that they begin late, and names these."""
    path = reference_data() / f"hhcrsp/mankowska_{size}.json"
    if not path.exists():
        pytest.skip("no home-care instances among the reference data")
    inst = read_care(path)
    solution = read_solution(path.with_name(f"{path.stem}.solution.json"))
    problem = published_problem(inst)
    plan = published_plan(inst, problem, solution)
    closes = {patient.id: patient.window[1] for patient in inst.patients}
    first = {patient.id: patient.services[0][0] for patient in inst.patients}
    late = {
        call.patient
        for calls in solution.values()
        for call in calls
        if call.service == first[call.patient] and call.begins > closes[call.patient] + 1e-9
    }
    expected = {
        f"$.routes[{r}].stops[{s}]"
        for r, route in enumerate(plan.routes)
        for s, stop in enumerate(route.stops)
        if stop.place in late and not stop.second
    }
    found = violations(problem, plan)
    assert {each.code for each in found} <= {"window"}
    assert {each.path.rsplit(".", 1)[0] for each in found} == expected
    generous = published_problem(opened(inst, solution))
    assert violations(generous, published_plan(inst, generous, solution)) == ()


@pytest.mark.reference
def test_an_instance_is_served_in_full_where_the_published_solution_serves_all() -> None:
    path = reference_data() / "hhcrsp/mankowska_10_1.json"
    if not path.exists():
        pytest.skip("no home-care instances among the reference data")
    found = cared(path, stop_s=0.5, seed=1)
    assert found.published is not None
    assert (found.patients, found.published.in_time) == (10, 10)
    assert found.served >= 9
    assert found.published.late_min == 0.0


def test_shares_are_over_all_patients(capsys: pytest.CaptureFixture[str]) -> None:
    told = Published(in_time=6, late_min=8.0, way_min=80.0, as_late=8, as_late_way_min=60.0)
    print_care([Cared(8, 7, told), Cared(2, 2, None)])
    assert capsys.readouterr().out.splitlines() == [
        "hhcrsp_served_share 0.9 share",
        "hhcrsp_served_share_published 0.75 share",
        "hhcrsp_late_published 1 min",
        "hhcrsp_served_share_as_late 1 share",
        "hhcrsp_distance_over_published 0.75 ratio",
    ]
