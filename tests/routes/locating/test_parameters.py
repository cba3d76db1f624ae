import re
from collections.abc import Callable
from dataclasses import replace
from importlib.resources import files
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from routes.errors import ProfileError
from routes.locating import default_parameters, load_parameters, parameters_text
from routes.model import ClaimSource

TEXT = (files("routes.locating") / "defaults.toml").read_text(encoding="utf-8")


def changed(old: str, new: str) -> Callable[[], str]:
    assert TEXT.count(old) >= 1, old
    return lambda: TEXT.replace(old, new, 1)


def written(folder: Path, text: str) -> Path:
    path = folder / "numbers.toml"
    path.write_text(text, encoding="utf-8")
    return path


def test_the_defaults_as_a_file_are_the_defaults(tmp_path: Path) -> None:
    assert load_parameters(written(tmp_path, TEXT)) == default_parameters()


@pytest.mark.parametrize(
    "make",
    [
        changed("utility = 6.0", "utility = -1.0"),
        changed("utility = 6.0", 'utility = "6.0"'),
        changed("utility = 6.0", ""),
        changed("utility = 6.0", "utility = 6.0\nrumour = 0.9"),
        changed("utility = 365", "utility = 0"),
        changed('utility = "utility"', "utility = 1"),
        changed("found = 0.840", "found = 0.800"),  # shares no longer sum to one
        changed("habit_sd = 0.8", "habit_sd = 0.0"),
        changed("ratio = 3.0", "ratio = 0.5"),
        changed("ratio = 3.0", "ratio = nan"),
        changed('transcribing = ["judgment"', 'transcribing = ["rumour"'),
        changed("[presence.township]", "[presence.township]\n350504101 = inf"),
        changed("draws = 64", "draws = 64.5"),
        changed("draws = 64", "draws = 0"),
        changed("draws = 64", "draws = 1"),
        changed("failed_cost = 0.05", "failed_cost = -1"),
        changed("home = [0.76, 0.34, 0.50, 0.32, 0.74]", "home = [0.76]"),
        changed("home = [0.76, 0.34", "home = [1.76, 0.34"),
        changed("base = 1.0", "base = true"),
        changed("[value]", "[worth]"),
        lambda: "not toml",
    ],
)
def test_bad_numbers_are_refused_with_their_file(tmp_path: Path, make: Callable[[], str]) -> None:
    with pytest.raises(ProfileError, match=re.escape("numbers.toml")):
        load_parameters(written(tmp_path, make()))


def test_missing_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ProfileError):
        load_parameters(tmp_path / "none.toml")


@pytest.mark.parametrize(
    ("old", "new", "key"),
    [
        ("week = 0.08", "week = 0", "away.week"),
        ("home = [0.76, 0.34", "home = [1, 0.34", "presence.workday.home"),
        ("door = 0.99", "door = 1.0", "detection.door"),
        ("found = 0.002", "found = 0.0", "outcome.here_absent.found"),
    ],
)
def test_certainty_is_refused_with_its_key_and_the_cure(
    tmp_path: Path, old: str, new: str, key: str
) -> None:
    with pytest.raises(ProfileError, match=rf"{re.escape(key)} 不能正好取 0 或 1.*0\.001"):
        load_parameters(written(tmp_path, changed(old, new)()))


def test_every_table_of_the_defaults_says_where_its_numbers_are_from() -> None:
    """Measured numbers would name their source; these say that they are assumed."""
    tables = re.split(r"(?m)^\[", TEXT)[1:]
    silent = [
        table.splitlines()[0]
        for table in tables
        if "assumed" not in table and not table.startswith("presence.township")
    ]
    assert silent == []


@settings(deadline=None, max_examples=30)
@given(
    ratio=st.floats(1e-6, 1e6),
    week=st.floats(1e-9, 1.0 - 1e-9),
    towns=st.dictionaries(st.text(max_size=8), st.floats(-5.0, 5.0), max_size=3),
)
def test_numbers_as_a_file_are_the_same_numbers(
    tmp_path_factory: pytest.TempPathFactory, ratio: float, week: float, towns: dict[str, float]
) -> None:
    numbers = default_parameters()
    towns = {code: shift for code, shift in towns.items() if code.isprintable()}
    changed = replace(
        numbers,
        claim=replace(numbers.claim, fresh={**numbers.claim.fresh, ClaimSource.LEASE: ratio}),
        away=replace(numbers.away, week=week),
        presence=replace(numbers.presence, township=towns),
    )
    folder = tmp_path_factory.mktemp("numbers")
    assert load_parameters(written(folder, parameters_text(changed))) == changed


def lines_without_source(text: str) -> list[str]:
    """Return the lines that state a number and neither its source nor that it is assumed."""
    found = []
    for line in text.splitlines():
        stated, _, remark = line.partition("#")
        has_number = re.search(r"\d", stated.partition("=")[2]) is not None
        if has_number and not re.search(r"\bassumed\b|\bsource: \S", remark):
            found.append(line)
    return found


def test_every_number_says_on_its_line_where_it_comes_from() -> None:
    assert lines_without_source(TEXT) == []
    stated = [line for line in TEXT.splitlines() if re.search(r"=.*\d", line.partition("#")[0])]
    assert len(stated) >= 130
    for line in (stated[0], stated[-1]):
        bare = line.partition("#")[0]
        assert lines_without_source(TEXT.replace(line, bare, 1)) == [bare]
        assert lines_without_source(TEXT.replace(line, f"{bare}# source: a court's count")) == []
