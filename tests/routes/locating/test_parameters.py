import re
from collections.abc import Callable
from importlib.resources import files
from pathlib import Path

import pytest

from routes.errors import ProfileError
from routes.locating import default_parameters, load_parameters

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
        changed("utility = 0.65", "utility = 1.65"),
        changed("utility = 0.65", 'utility = "0.65"'),
        changed("utility = 0.65", ""),
        changed("utility = 0.65", "utility = 0.65\nrumour = 0.9"),
        changed("utility = 365", "utility = 0"),
        changed('utility = "utility"', "utility = 1"),
        changed("found = 0.84", "found = 0.80"),  # shares no longer sum to one
        changed("strength = 24.0", "strength = -1.0"),
        changed("least = 0.02", "least = 0.96"),
        changed("odds = 3.0", "odds = 0.5"),
        changed("odds = 3.0", "odds = nan"),
        changed("failed_cost = 0.05", "failed_cost = -1"),
        changed("home = [0.70, 0.30, 0.45, 0.28, 0.68]", "home = [0.70]"),
        changed("home = [0.70, 0.30", "home = [1.70, 0.30"),
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


def test_every_table_of_the_defaults_says_where_its_numbers_are_from() -> None:
    """Measured numbers would name their source; these say that they are configured."""
    tables = re.split(r"(?m)^\[", TEXT)[1:]
    silent = [
        table.splitlines()[0]
        for table in tables
        if "configured" not in table and not table.startswith(("presence.", "source.family"))
    ]
    assert silent == []
