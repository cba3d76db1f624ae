"""Floors of fairness: who has room in a plan, and how a court says so."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from routes.errors import ProfileError
from routes.planning.fairness import (
    FloorRule,
    Visitable,
    default_fairness,
    fairness_floors,
    load_fairness,
    visits_possible,
)
from routes.planning.problem import Break, WorkShift
from tests.routes.planning.samples import DAY

FAIRNESS = default_fairness()


def debtors(count: int, *, townships: int = 3) -> tuple[Visitable, ...]:
    """Return debtors of whom every fifth has a livelihood case, the first ones the oldest."""
    return tuple(
        Visitable(
            f"d{k:03}",
            1.0 + k % 7,
            k % 5 == 0,
            DAY - timedelta(days=count - k),
            f"T{k % townships}",
        )
        for k in range(count)
    )


def test_the_shifts_hold_about_a_visit_an_hour_rests_apart() -> None:
    rest = Break(41_400, 46_800, 3_600)
    long = WorkShift("s1", "t1", DAY, 28_800, 61_200, "p", "p", (rest,))
    short = WorkShift("s2", "t2", DAY, 28_800, 29_800, "p", "p")
    assert visits_possible([long, short]) == 8


def test_each_floor_takes_its_share_of_the_visits() -> None:
    floors = {one.id: one for one in fairness_floors(debtors(100), visits=40, fairness=FAIRNESS)}
    assert set(floors) == {"livelihood", "oldest", "township:T0", "township:T1", "township:T2"}
    assert floors["livelihood"].least == 6
    assert floors["livelihood"].debtors == {f"d{k:03}" for k in range(0, 100, 5)}
    assert floors["oldest"].least == 4
    assert floors["oldest"].debtors == {f"d{k:03}" for k in range(20)}
    assert floors["township:T0"].least == 1
    best = sorted((one.value for one in debtors(100)), reverse=True)[:40]
    assert floors["oldest"].price == pytest.approx(0.5 * sum(best) / 40)


def test_townships_with_most_debtors_come_first() -> None:
    many = debtors(30, townships=3) + tuple(
        Visitable(f"x{k}", 1.0, False, DAY, "T2") for k in range(5)
    )
    floors = fairness_floors(many, visits=3, fairness=FAIRNESS)
    assert [one.id for one in floors if one.id.startswith("township")] == ["township:T2"]


def test_floors_of_townships_bear_their_names() -> None:
    floors = fairness_floors(
        debtors(30), visits=30, fairness=FAIRNESS, names={"T0": "河口镇", "T1": "山前乡"}
    )
    labels = [one.label for one in floors if one.id.startswith("township")]
    assert labels == ["河口镇", "山前乡", "T2"]


def test_who_lives_in_no_township_has_none() -> None:
    nowhere = (Visitable("d", 1.0, False, DAY, None),)
    floors = fairness_floors(nowhere, visits=40, fairness=FAIRNESS)
    assert [one.id for one in floors] == ["oldest"]


@pytest.mark.parametrize("count", [0, 1])
def test_no_visit_or_no_debtor_asks_for_nothing(count: int) -> None:
    assert fairness_floors(debtors(count), visits=0, fairness=FAIRNESS) == ()
    assert fairness_floors((), visits=count, fairness=FAIRNESS) == ()


@given(st.integers(0, 60), st.integers(0, 80), st.integers(1, 9))
def test_no_floor_asks_for_more_than_there_are(count: int, visits: int, townships: int) -> None:
    for floor in fairness_floors(
        debtors(count, townships=townships), visits=visits, fairness=FAIRNESS
    ):
        assert 0 < floor.least <= len(floor.debtors)
        assert floor.price > 0.0


def test_a_court_changes_what_it_names(tmp_path: Path) -> None:
    path = tmp_path / "fairness.toml"
    path.write_text("[oldest]\nshare = 0.2\n[township]\nprice = 0\n", encoding="utf-8")
    fairness = load_fairness(path)
    assert fairness.oldest == FloorRule(0.2, FAIRNESS.oldest.price)
    assert fairness.livelihood == FAIRNESS.livelihood
    floors = fairness_floors(debtors(50), visits=20, fairness=fairness)
    assert [one.id for one in floors] == ["livelihood", "oldest"]


def test_a_file_of_an_editor_that_marks_its_encoding_is_read(tmp_path: Path) -> None:
    path = tmp_path / "fairness.toml"
    path.write_text("[oldest]\nshare = 0.2\n", encoding="utf-8-sig")
    assert load_fairness(path).oldest.share == 0.2


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("[oldest]\nshare = 1.5\n", "oldest.share"),
        ("[oldest]\nshare = true\n", "oldest.share"),
        ("[livelihood]\nprice = -1\n", "livelihood.price"),
        ('[township]\nshare = "0.1"\n', "township.share"),
        ("[livelihood]\namong = 0.1\n", "livelihood.among"),
        ("[village]\nshare = 0.1\n", "village"),
        ("oldest = 3\n", "oldest"),
        ("[oldest\n", "fairness.toml"),
    ],
)
def test_what_no_floors_may_be(tmp_path: Path, text: str, key: str) -> None:
    path = tmp_path / "fairness.toml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(ProfileError, match=key):
        load_fairness(path)


def test_the_oldest_are_told_by_the_day_of_filing() -> None:
    both = (
        Visitable("new", 9.0, False, date(2025, 1, 1), None),
        Visitable("old", 1.0, False, date(2015, 1, 1), None),
    )
    (floor,) = fairness_floors(both, visits=10, fairness=FAIRNESS)
    assert floor.debtors == {"old"}
