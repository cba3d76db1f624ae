"""Commands on a PostgreSQL database: from the files of a court to a stored plan."""

from __future__ import annotations

import json
from contextlib import closing
from datetime import date
from pathlib import Path

import pytest

from data.demo import generate
from data.store import Store
from routes.model import ActionId
from tests.conftest import run_fieldwrit
from tests.data.exports.samples import MADE_AT, plan, problem
from tests.fakes import StandingClock
from tests.postgres import PASSWORD, Server, database
from web.config import read_settings
from web.wiring import Court, using


def test_a_courts_files_come_in_and_a_plan_is_kept(
    postgres: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    files = generate(tmp_path / "district", seed=1, small=True, as_of=date(2026, 11, 25))
    with database(postgres, "court"):
        url = postgres.by_password("court")
        monkeypatch.setenv("FIELDWRIT_DATABASE_URL", url)
        court = tmp_path / "court"

        def run(*words: str | Path) -> str:
            done = run_fieldwrit("--data-dir", court, *words, cwd=tmp_path)
            assert done.returncode == 0, done.stderr
            assert PASSWORD not in done.stdout + done.stderr
            return done.stdout

        run("init")
        assert not list(court.glob("fieldwrit.sqlite3*"))
        for kind, path in (
            ("areas", files.areas),
            ("stations", files.stations),
            ("teams", files.teams),
            ("cases", files.cases),
        ):
            told = json.loads(run("import", kind, path, "--json"))
            assert told["accepted"] > 0, kind
        with closing(Store.open(court, clock=StandingClock(), url=url)) as store:
            assert store.counts().cases > 50
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
