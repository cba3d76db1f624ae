"""``fieldwrit geocode --online``: only with leave, with an audit entry, its trouble told."""

from __future__ import annotations

import json
import shutil
from contextlib import closing
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from data.model import Role
from data.store import Store
from tests.data.streams_samples import read_csv, write_csv
from tests.geo.online_server import serving
from web.cli import main
from web.clock import system_clock

TEXT = "中山路12号"


@pytest.fixture
def court(demo_dir: Path, tmp_path: Path) -> Path:
    """A court with roads, whose administrator may allow a service."""
    folder = tmp_path / "court"
    shutil.copytree(demo_dir, folder)
    with closing(Store.open(folder, clock=system_clock)) as store:
        store.accounts.create("overseer", "a long enough secret", Role.ADMIN, "管理员")
    return folder


def _allow(court: Path, port: int, kind: str) -> None:
    path = court / "online.toml"
    path.write_text(
        'enabled = true\nallowed_by = "overseer"\napproval = "（2026）某院办字第8号"\n'
        f'below_confidence = 1.0\n\n[nominatim]\nurl = "http://127.0.0.1:{port}/{kind}"\n'
        "min_delay_s = 0.0\n",
        encoding="utf-8",
    )
    path.chmod(0o600)


def _geocode(court: Path, *words: str | Path) -> Result:
    asked = ("--data-dir", court, "geocode", "--online", "nominatim", *words)
    return CliRunner().invoke(main, [*map(str, asked)])


def _acts(court: Path) -> list[str]:
    with closing(Store.open(court, clock=system_clock)) as store:
        return [entry.act for entry in store.audit.entries(20) if "online" in entry.act]


def test_nothing_is_asked_without_leave(court: Path, tmp_path: Path) -> None:
    source = write_csv(tmp_path / "a.csv", [["地址"], [TEXT]])
    for words in ((TEXT,), ("--input", source, "--output", tmp_path / "b.csv")):
        result = _geocode(court, *words)
        assert result.exit_code == 1
        assert "online.toml" in result.stderr
    assert _acts(court) == []
    assert not (tmp_path / "b.csv").exists()


def test_one_text_and_a_table_are_asked(court: Path, tmp_path: Path) -> None:
    texts = [[f"中山路{number}号"] for number in range(1, 8)]
    source, target = write_csv(tmp_path / "a.csv", [["地址"], *texts]), tmp_path / "b.csv"
    with serving() as server:
        _allow(court, server.server_port, "good")
        result = _geocode(court, TEXT, "--json")
        assert result.exit_code == 0, result.stderr
        assert len(server.seen) == 1  # type: ignore[attr-defined]
        assert json.loads(result.stdout)["candidates"]
        result = _geocode(court, "--input", source, "--output", target)
        assert result.exit_code == 0, result.stderr
        assert len(server.seen) == len(texts) + 1  # type: ignore[attr-defined]
    assert _acts(court) == ["online.answered", "online.ask"] * 2
    assert [row[:1] for row in read_csv(target)[1:]] == texts


def test_trouble_is_told_and_the_offline_answer_stands(court: Path) -> None:
    offline = CliRunner().invoke(main, ["--data-dir", str(court), "geocode", TEXT, "--json"])
    with serving() as server:
        _allow(court, server.server_port, "broken")
        result = _geocode(court, TEXT, "--json")
    assert result.exit_code == 0
    assert json.loads(result.stdout) == json.loads(offline.stdout)
    assert TEXT not in result.stderr
    assert "nominatim" in result.stderr
