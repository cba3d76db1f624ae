"""Every file of settings in TOML that cannot be read is named."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from geo.errors import FieldwritError
from geo.travel.profiles import load_profiles
from routes.locating import load_parameters
from routes.namesake_weights import read_weights
from routes.rules.profile import load_profile
from tests.geo.toml_texts import BAD
from web.config import Settings
from web.online_settings import read_road_servers


def _online(path: Path) -> object:
    online = Settings(path.parent).online_path
    path.rename(online)
    online.chmod(0o600)
    return read_road_servers(online)


READERS: dict[str, Callable[[Path], object]] = {
    "speeds": lambda path: load_profiles(path.read_text(), file=path.name),
    "locating": load_parameters,
    "rules": load_profile,
    "namesakes": lambda path: read_weights(path.read_text(), name=path.name),
    "online": _online,
}


@pytest.mark.parametrize("text", BAD.values(), ids=BAD)
@pytest.mark.parametrize("read", READERS.values(), ids=READERS)
def test_every_reader_tells_it_with_the_file(
    tmp_path: Path, read: Callable[[Path], object], text: str
) -> None:
    (tmp_path / "own.toml").write_text(text, encoding="utf-8")
    with pytest.raises(FieldwritError, match=r"own\.toml|online\.toml"):
        read(tmp_path / "own.toml")
