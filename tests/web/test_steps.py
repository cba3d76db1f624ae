"""Steps of the main job where something goes wrong, or two do the same at once."""

from __future__ import annotations

from contextlib import closing
from dataclasses import replace
from datetime import date
from pathlib import Path

import networkx as nx
import pytest
from shapely.geometry import box

from data.store import Store
from geo.errors import NetworkFileError, OnlineRefusedError
from geo.model import Area, AreaKind
from routes.planning.problem import Unassigned, UnassignedReason
from tests.web.court import ACTION, NOW, SetClock, case_files, plan, plan_problem
from web.clock import system_clock
from web.config import PLACES_FILE, Settings, secret_key
from web.errors import WebError
from web.steps import planning, roads, setup


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    made = Settings(tmp_path / "court")
    setup.initialise(made)
    return made


def square(lon: float, lat: float, side: int = 6) -> nx.MultiDiGraph:
    """Return a grid of two-way streets as osmnx would."""
    graph = nx.MultiDiGraph(crs="epsg:4326")
    for row in range(side):
        for column in range(side):
            node = row * side + column
            graph.add_node(node, x=lon + column / 500, y=lat + row / 500)
            for other in (node - 1 if column else None, node - side if row else None):
                if other is not None:
                    for pair in ((node, other), (other, node)):
                        graph.add_edge(*pair, highway="residential", length=200.0, osmid=node)
    return graph


def test_roads_by_name_come_only_with_leave(settings: Settings) -> None:
    with pytest.raises(OnlineRefusedError, match="--allow-online"):
        roads.build_network(settings, "洛江区")
    built = roads.build_network(
        settings, "洛江区", allow_online=True, download=lambda *_, **__: square(118.6, 25.0)
    )
    assert built["nodes"] == 32  # corners are no junctions
    assert (settings.network_dir / PLACES_FILE).exists()


def test_roads_abroad_are_noted_and_never_put_beside_areas(settings: Settings) -> None:
    built = roads.build_network(
        settings, "洛江区", allow_online=True, download=lambda *_, **__: square(0.1, 51.5)
    )
    assert "不在中国境内" in built["notes"][0]
    with closing(Store.open(settings.data_dir, clock=system_clock)) as store:
        shape = box(118.5, 24.9, 118.7, 25.1)
        store.replace_areas([Area("350599", "示例区", AreaKind.JURISDICTION, shape)])
    before = (settings.network_dir / PLACES_FILE).stat().st_mtime_ns
    with pytest.raises(NetworkFileError, match="不相交"):
        roads.build_network(
            settings, "洛江区", allow_online=True, download=lambda *_, **__: square(0.1, 51.5)
        )
    assert (settings.network_dir / PLACES_FILE).stat().st_mtime_ns == before


@pytest.mark.parametrize("left", ["", "cut short"])
def test_a_key_that_was_cut_short_is_renewed(left: str, settings: Settings) -> None:
    settings.secret_path.write_text(left, encoding="ascii")
    key = secret_key(settings)
    assert len(key) >= 48
    assert secret_key(settings) == key
    assert settings.secret_path.stat().st_mode & 0o077 == 0


def test_a_key_that_cannot_be_read_is_told(settings: Settings) -> None:
    settings.secret_path.unlink()
    settings.secret_path.mkdir()
    with pytest.raises(WebError, match="session-key"):
        secret_key(settings)


def test_two_plans_of_one_number_are_both_kept(tmp_path: Path) -> None:
    problem = plan_problem(case_files()[2])
    made = plan(problem)
    with closing(Store.open(tmp_path / "data", clock=SetClock(), create=True)) as store:
        first, second = (
            planning.save(store, date(2026, 11, 26), problem, made, made_at=NOW) for _ in range(2)
        )
        assert first != second
        kept = store.plan(second)
        assert kept is not None
        assert kept.problem_id == second


def test_what_is_left_out_of_a_plan_is_told_with_its_reason() -> None:
    problem = plan_problem(case_files()[2])
    (duty,) = problem.duties
    left_out = (
        Unassigned(duty.id, UnassignedReason.CLOSED, "洪水", is_duty=True),
        Unassigned("d1", UnassignedReason.TOO_FAR),
        Unassigned("d2", UnassignedReason.OUTBID),
        Unassigned("d3", UnassignedReason.OUTBID),
    )
    made = replace(plan(problem), unassigned=left_out)
    summary = planning.plan_summary(ACTION, problem, made, seconds=0.0)
    assert (summary["duties"], summary["unassigned"]) == (0, 4)
    assert planning.unassigned_notes(made, str) == [
        f"勤务 {duty.id} 未安排：道路封闭（洪水）",
        "未安排的被执行人：价值低于已安排的走访，共 2 个",
        "未安排的被执行人：路程过远，共 1 个",
    ]
    assert planning.plan_summary(ACTION, problem, plan(problem), seconds=0.0)["duties"] == 1
