"""Settings from options and environment."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from data.crypto import GIVEN_KEY, Keys
from data.errors import KeyFileError
from web.config import read_settings


def test_an_option_outweighs_a_variable_and_that_the_default(tmp_path: Path) -> None:
    environ = {"FIELDWRIT_DATA_DIR": str(tmp_path), "FIELDWRIT_LANG": "en"}
    assert read_settings(environ=environ).data_dir == tmp_path
    assert read_settings("other", "zh", environ=environ).data_dir == Path("other").absolute()
    assert read_settings("other", "zh", environ=environ).language == "zh"
    assert read_settings(environ={}).data_dir == Path("fieldwrit-data").absolute()
    assert read_settings(environ={"FIELDWRIT_LANG": "xx"}).language == "zh"


@pytest.mark.parametrize(
    ("asked", "most"), [("", 4), ("1", 1), ("0", 1), ("2", 2), ("-3", 4), ("many", 4)]
)
def test_no_more_processes_than_asked_for_or_processors(asked: str, most: int) -> None:
    workers = read_settings(environ={"FIELDWRIT_WORKERS": asked}).workers
    assert workers == min(most, os.cpu_count() or 1)


def test_a_key_in_the_environment_is_in_no_text_of_the_settings() -> None:
    value = Keys.fresh().with_new().value()
    found = read_settings(environ={GIVEN_KEY: value})
    assert found.keys is not None
    assert found.keys.value() == value
    assert not [part for part in value.split(";") if part.split()[-1] in repr(found)]
    with pytest.raises(KeyFileError, match=GIVEN_KEY):
        read_settings(environ={GIVEN_KEY: "short"})
