"""Commands on a PostgreSQL database: from the files of a court to a stored plan."""

from __future__ import annotations

import json
from contextlib import closing
from pathlib import Path

import pytest

from data.store import Store
from routes.model import ActionId
from tests.conftest import run_fieldwrit
from tests.data.exports.samples import MADE_AT, plan, problem
from tests.data.samples import CASE_ROW, GOOD_ROWS, NUMBER, write_csv
from tests.fakes import StandingClock
from tests.postgres import PASSWORD, Server, database
from web.config import read_settings
from web.wiring import Court, using


def test_a_courts_files_come_in_and_a_plan_is_kept(
    postgres: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    numbers = [NUMBER.replace("执1号", f"执{seq}号") for seq in range(1, 101)]
    tables = {
        "stations": [GOOD_ROWS["stations"]],
        "cases": [CASE_ROW | {"案号": number} for number in numbers],
    }
    with database(postgres, "end_to_end"):
        url = postgres.by_password("end_to_end")
        monkeypatch.setenv("FIELDWRIT_DATABASE_URL", url)
        court = tmp_path / "court"

        def run(*words: str | Path) -> str:
            done = run_fieldwrit("--data-dir", court, *words, cwd=tmp_path)
            assert done.returncode == 0, done.stderr
            assert PASSWORD not in done.stdout + done.stderr
            return done.stdout

        run("init")
        assert not list(court.glob("fieldwrit.sqlite3*"))
        for kind, rows in tables.items():
            path = write_csv(tmp_path / f"{kind}.csv", rows)
            told = json.loads(run("import", kind, path, "--json"))
            assert told["accepted"] == len(rows), kind
        with closing(Store.open(court, clock=StandingClock(), url=url)) as store:
            assert store.counts().cases == len(numbers)
            store.save(ActionId("P-1"), problem(), plan(), made_at=MADE_AT)
            assert store.latest() == ActionId("P-1")
        run("audit", "verify")
        with using(Court(read_settings(str(court)))) as opened:
            assert opened.store.latest() == ActionId("P-1")
            assert PASSWORD not in repr(opened.settings)
        wrong = url.replace(PASSWORD, "another-word-9")
        monkeypatch.setenv("FIELDWRIT_DATABASE_URL", wrong)
        refused = run_fieldwrit("--data-dir", court, "audit", "verify", cwd=tmp_path)
        assert refused.returncode != 0
        assert "账户与密码" in refused.stderr
        assert "another-word-9" not in refused.stdout + refused.stderr
        demo = run_fieldwrit("--data-dir", tmp_path / "d", "demo", "--no-serve", cwd=tmp_path)
        assert demo.returncode != 0
        assert "FIELDWRIT_DATABASE_URL" in demo.stderr
