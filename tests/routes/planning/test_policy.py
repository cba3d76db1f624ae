"""A court's own prices and rests, and what they may not be."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from routes.errors import ProfileError
from routes.planning.policy import default_policy, load_policy, mean_of_best
from routes.planning.problem import Break
from routes.planning.replan import CHANGE_SHARE

SHIPPED = default_policy()


def test_a_court_changes_what_it_names(tmp_path: Path) -> None:
    path = tmp_path / "planning.toml"
    path.write_text("[prices]\ntravel_h = 0.3\n", encoding="utf-8-sig")
    policy = load_policy(path)
    assert policy.prices == replace(SHIPPED.prices, travel_h=0.3)
    assert policy.rests == SHIPPED.rests
    path.write_text(
        '[[rests]]\nfrom = "18:00"\nuntil = "18:30"\nminutes = 30\n'
        '[[rests]]\nfrom = "12:00"\nuntil = "12:00"\nminutes = 90\n',
        encoding="utf-8",
    )
    policy = load_policy(path)
    assert policy.prices == SHIPPED.prices
    assert policy.rests == (Break(43200, 43200, 5400), Break(64800, 66600, 1800))
    path.write_text("rests = []\n", encoding="utf-8")
    assert load_policy(path).rests == ()


_REST = '[[rests]]\nfrom = "{}"\nuntil = "{}"\nminutes = {}\n'


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("[prices]\ntravel_h = -1\n", r"prices\.travel_h"),
        ("[prices]\ntravel_h = true\n", r"prices\.travel_h"),
        ("[prices]\ntravel_h = nan\n", r"prices\.travel_h"),
        ("[prices]\nfuel_km = 1\n", r"prices\.fuel_km"),
        ("prices = 1\n", "prices"),
        ("[price]\ntravel_h = 1\n", "price"),
        ("rests = 1\n", "rests"),
        (_REST.format("12:00", "11:00", 60), r"rests\[1\]"),
        (_REST.format("noon", "13:00", 60), r"rests\[1\]\.from"),
        (_REST.format("11:00", "12:00", 0), r"rests\[1\]\.minutes"),
        (_REST.format("11:00", "12:00", 7.5), r"rests\[1\]"),
        (_REST.format("11:00", "12:00", 60) + _REST.format("12:30", "13:00", 30), r"rests\[2\]"),
        ('[[rests]]\nfrom = "11:00"\n', r"rests\[1\]"),
        ("[prices\n", r"planning\.toml"),
    ],
)
def test_what_no_policy_may_be(tmp_path: Path, text: str, key: str) -> None:
    path = tmp_path / "planning.toml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(ProfileError, match=key):
        load_policy(path)


def test_what_is_shipped_is_what_a_plan_made_anew_assumes() -> None:
    assert SHIPPED.prices.change == CHANGE_SHARE
    assert SHIPPED.prices.waiting_h > 0.0


def test_a_visit_is_priced_by_those_that_can_be_made() -> None:
    assert mean_of_best([1.0, 5.0, 3.0], visits=2) == 4.0
    assert mean_of_best([2.0], visits=0) == 2.0
    assert mean_of_best([], visits=3) == 0.0
