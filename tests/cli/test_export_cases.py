"""``fieldwrit export cases``: for commanders, with an audit entry, and imported again as it was."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from data.model import Role
from data.store import Store
from tests.data.samples import CASE_ROW, NAME, write_csv
from tests.web.court import PASSWORD
from web.cli import main
from web.clock import system_clock


@pytest.fixture
def court(tmp_path: Path) -> Path:
    folder = tmp_path / "court"
    with closing(Store.open(folder, clock=system_clock, create=True)) as store:
        store.accounts.create("chief", PASSWORD, Role.COMMANDER, "指挥员")
        store.accounts.create("officer", PASSWORD, Role.OFFICER, "执行员")
    run(folder, "import", "cases", str(write_csv(tmp_path / "c.csv", [CASE_ROW])))
    return folder


def run(court: Path, *words: str) -> Result:
    return CliRunner().invoke(main, ["--data-dir", str(court), *words], input=f"{PASSWORD}\n")


@pytest.mark.parametrize("form", ["xlsx", "csv", "gpkg"])
def test_a_commander_gets_the_table(court: Path, tmp_path: Path, form: str) -> None:
    target = tmp_path / f"out.{form}"
    words = ["export", "cases", "--format", form, "--output", str(target), "--by", "chief"]
    result = run(court, *words, "--password-stdin")
    assert result.exit_code == 0, result.output
    assert target.stat().st_mode & 0o777 == 0o600
    with closing(Store.open(court, clock=system_clock)) as store:
        entry = store.audit.entries(limit=1)[0]
        chief = next(one for one in store.accounts.all() if one.username == "chief")
        assert (entry.act, entry.actor) == ("case.export", chief.id)
        assert entry.detail == {"format": form, "cases": 1, "persons": 1}
    if form != "gpkg":  # nothing has a place here
        again = run(court, "import", "cases", str(target), "--json")
        assert '"unchanged": 1' in again.output


def test_others_may_not(court: Path, tmp_path: Path) -> None:
    target = tmp_path / "out.xlsx"
    words = ["export", "cases", "--format", "xlsx", "--output", str(target)]
    refused = run(court, *words, "--by", "officer", "--password-stdin")
    assert refused.exit_code == 1
    assert run(court, *words).exit_code == 2
    assert run(court, "export", "cases", "--format", "ics", "--by", "chief").exit_code == 2
    assert run(court, "export", "latest", "--format", "csv").exit_code == 2
    assert not target.exists()
    assert NAME not in refused.output
