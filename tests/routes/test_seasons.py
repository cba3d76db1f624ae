"""Seasons: which days they hold, what they multiply, and files that are refused."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import pytest

from routes.calendar import lunar_new_year, statutory_days, tomb_sweeping
from routes.errors import CalendarError, ProfileError
from routes.model import PlaceKind
from routes.seasons import default_seasons, festival_eve, load_seasons


def names(day: date) -> set[str]:
    return {one.id for one in default_seasons().on(day)}


@pytest.mark.parametrize("year", range(2004, 2027))
def test_the_first_day_of_the_lunar_year_is_a_holiday(year: int) -> None:
    assert lunar_new_year(year) in statutory_days(year)


@pytest.mark.parametrize("year", range(2027, 2037))
def test_later_lunar_years_begin_with_a_new_moon_between_the_right_dates(year: int) -> None:
    day = lunar_new_year(year)
    assert date(year, 1, 21) <= day <= date(year, 2, 20)
    months = (day - lunar_new_year(year - 1)).days / 29.530588  # whole lunar months apart
    assert abs(months - round(months)) < 0.05
    assert date(year, 4, 4) <= tomb_sweeping(year) <= date(year, 4, 6)


def test_a_year_beyond_the_table_is_not_guessed() -> None:
    with pytest.raises(CalendarError, match="2037"):
        lunar_new_year(2037)
    assert festival_eve(date(2036, 6, 1)) is None
    assert "spring_festival" not in names(date(2037, 2, 10))


def test_a_season_lasts_from_its_first_day_to_its_last() -> None:
    festival = date(2027, 2, 6)
    assert "spring_festival" in names(festival - timedelta(days=20))
    assert "spring_festival" not in names(festival - timedelta(days=21))
    assert "spring_festival" in names(festival + timedelta(days=15))
    assert "spring_festival" not in names(festival + timedelta(days=16))
    assert {"early_rice"} == names(date(2026, 7, 10)) == names(date(2026, 8, 5))
    assert names(date(2026, 8, 6)) == names(date(2026, 7, 9)) == set()


def test_the_eve_is_of_the_next_festival() -> None:
    assert festival_eve(date(2026, 11, 26)) == date(2027, 2, 5)
    assert festival_eve(date(2027, 2, 5)) == date(2027, 2, 5)
    assert festival_eve(date(2027, 2, 6)) == date(2028, 1, 25)


def test_odds_are_those_of_the_kind_of_place() -> None:
    seasons, day = default_seasons(), date(2027, 1, 25)
    assert seasons.odds(PlaceKind.HOME, day) == 2.0
    assert seasons.odds(PlaceKind.BUSINESS, day) == 0.6
    assert seasons.odds(PlaceKind.HOME, date(2026, 12, 1)) == 1.0


def test_a_court_changes_what_it_names_and_adds_its_own(tmp_path: Path) -> None:
    path = tmp_path / "seasons.toml"
    path.write_text(
        '[wheat]\nodds_home = 1.4\n[tea]\nname = "采茶"\nfrom = "12-20"\nuntil = "01-10"\n'
        "odds_home = 1.2\nodds_work = 1.0\n",
        encoding="utf-8",
    )
    seasons = load_seasons(path)
    assert seasons.odds(PlaceKind.HOME, date(2026, 6, 1)) == 1.4
    for day in (date(2026, 12, 20), date(2027, 1, 10)):
        assert [one.name for one in seasons.on(day)] == ["采茶"]
    assert seasons.on(date(2027, 1, 11)) == ()
    assert seasons.after_expiry == default_seasons().after_expiry


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("[wheat]\nodds_home = 11.0\n", "wheat.odds_home"),
        ("[wheat]\nodds_home = true\n", "wheat.odds_home"),
        ('[wheat]\nfrom = "02-30"\n', "wheat.from"),
        ("[wheat]\nfirst_d = 3\n", "wheat.first_d"),
        ("[spring_festival]\nfirst_d = 20\n", "spring_festival.last_d"),
        ("[spring_festival]\nlast_d = 61\n", "spring_festival.last_d"),
        ('[spring_festival]\naround = "mid_autumn"\n', "spring_festival.around"),
        ('[tea]\nfrom = "01-01"\nuntil = "01-02"\nodds_home = 1.0\nodds_work = 1.0\n', "tea.name"),
        ("[waiting]\nafter_expiry = 1.5\n", "waiting.after_expiry"),
        ("[waiting]\nother = 1.0\n", "waiting.other"),
        ("wheat = 3\n", "wheat"),
        ("[wheat\n", "seasons.toml"),
    ],
)
def test_what_no_seasons_may_be(tmp_path: Path, text: str, key: str) -> None:
    path = tmp_path / "seasons.toml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(ProfileError, match=key):
        load_seasons(path)
