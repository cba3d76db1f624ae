"""Every command that the documents show is run here, in order, page by page."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from tests.reference import reference_data
from web.cli import main

ROOT = Path(__file__).resolve().parents[2]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
_BLOCK = re.compile(r"```console\n(.*?)```", re.DOTALL)


def _commands(page: Path) -> list[str]:
    text = page.read_text(encoding="utf-8")
    return [
        line.removeprefix("$ ")
        for block in _BLOCK.findall(text)
        for line in block.splitlines()
        if line.startswith("$ ")
    ]


def commands_by_heading(page: Path) -> dict[str, list[str]]:
    """Return the commands of a page by the heading that they stand under."""
    parts = re.split(r"^## (.*)$", page.read_text(encoding="utf-8"), flags=re.MULTILINE)[1:]
    return {
        heading: [
            line.removeprefix("$ ")
            for block in _BLOCK.findall(text)
            for line in block.splitlines()
            if line.startswith("$ ")
        ]
        for heading, text in zip(parts[::2], parts[1::2], strict=True)
    }


def _blocks_elsewhere(page: Path) -> list[str]:
    return re.findall(r"```(?:sh|bash|shell)\n", page.read_text(encoding="utf-8"))


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_commands_stand_in_console_blocks(page: Path) -> None:
    assert not _blocks_elsewhere(page)


_OWN_TEST = {"postgresql.md"}  # needs a server


@pytest.mark.parametrize(
    "page",
    [p for p in PAGES if _commands(p) and p.name not in _OWN_TEST],
    ids=lambda page: page.name,
)
def test_commands_run(page: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Commands that end run for real; servers and make targets are only looked up."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("FIELDWRIT_DATA_DIR", raising=False)
    monkeypatch.setenv("PASSWORD", "a long enough secret")
    monkeypatch.setenv("PATH", f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}")
    if any("$EXTRACT" in command for command in _commands(page)):
        extract = reference_data().resolve() / "osm" / "small_guixi_jiangxi.osm"
        monkeypatch.setenv("EXTRACT", str(extract))
    for written in _commands(page):
        command = written.replace("$EXTRACT", os.environ.get("EXTRACT", ""))
        words = shlex.split(command)
        if words == ["fieldwrit", "serve"] or words[:2] == ["fieldwrit", "demo"]:
            words = [*words[:2], "--help"]
        if words[0] == "fieldwrit":
            result = CliRunner().invoke(main, words[1:])
            assert result.exit_code == 0, f"{command}\n{result.output}"
            continue
        if words[0] == "make":
            command, folder = command.replace("make", "make --dry-run", 1), ROOT
        else:
            folder = tmp_path
        run = subprocess.run(
            ["bash", "-c", command], cwd=folder, capture_output=True, text=True, timeout=240
        )
        assert run.returncode == 0, f"{command}\n{run.stdout}\n{run.stderr}"


def test_every_command_is_in_the_handbook() -> None:
    handbook = "\n".join(page.read_text(encoding="utf-8") for page in PAGES)
    for name in main.commands:
        assert f"fieldwrit {name}" in handbook, name
