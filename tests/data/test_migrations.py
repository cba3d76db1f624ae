from __future__ import annotations

import sqlite3
from datetime import timedelta
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, create_engine, inspect, text
from sqlalchemy.pool import StaticPool

from data import migrations
from data.errors import KeyFileError, StoreError
from data.field import read_teams
from data.schema import Base
from data.sign_offs import add
from data.store import DATABASE_NAME, KEY_NAME, Store
from routes.rules.signoffs import Role, SignOff
from tests.data import samples
from tests.fakes import StandingClock

DAY = timedelta(days=1)


@pytest.fixture
def connection() -> Connection:
    engine = create_engine("sqlite://", poolclass=StaticPool)
    return engine.connect()


def test_the_newest_tables_are_those_of_the_schema(connection: Connection) -> None:
    migrations.upgrade(connection)
    context = MigrationContext.configure(
        connection, opts={"compare_type": True, "render_as_batch": True}
    )
    assert compare_metadata(context, Base.metadata) == []
    assert migrations.current_revision(connection) == migrations.HEAD


def test_the_named_revisions_are_those_of_the_files(connection: Connection) -> None:
    script = ScriptDirectory.from_config(migrations.config(connection))
    found = [revision.revision for revision in script.walk_revisions()]
    assert found[0] == migrations.HEAD == script.get_current_head()
    assert set(found[1:]) == migrations.EARLIER


def test_every_step_can_be_taken_back_and_again(connection: Connection) -> None:
    migrations.upgrade(connection)
    tables = set(inspect(connection).get_table_names())
    migrations.downgrade(connection, "base")
    assert set(inspect(connection).get_table_names()) == {"alembic_version"}
    migrations.upgrade(connection)
    assert set(inspect(connection).get_table_names()) == tables


def test_a_store_of_the_first_version_keeps_its_rows(store: Store, tmp_path: Path) -> None:
    store.put(stations=[samples.station("PS01")])
    store.audit.append("u1", "account.list", "store:-")
    with store.write() as work:
        migrations.downgrade(work.connection, "0001")
        assert not inspect(work.connection).has_table("closure")
    store.close()
    again = Store.open(tmp_path / "court", clock=StandingClock())
    assert [one.id for one in again.stations()] == ["PS01"]
    assert again.audit.verify() == len(tuple(again.audit.entries())) >= 2
    assert again.closures.all() == ()
    with again.write() as work:
        assert migrations.current_revision(work.connection) == migrations.HEAD
    again.close()


def test_every_table_is_strict(connection: Connection) -> None:
    migrations.upgrade(connection)
    rows = connection.execute(text("PRAGMA table_list")).all()
    loose = {row.name for row in rows if row.schema == "main" and not row.strict}
    assert loose <= {"alembic_version", "sqlite_schema"}


def test_a_store_of_a_newer_version_is_refused(store: Store, tmp_path: Path) -> None:
    with store.write() as work:
        work.connection.exec_driver_sql("UPDATE alembic_version SET version_num = '9999'")
    with pytest.raises(StoreError, match="9999"):
        Store.open(tmp_path / "court", clock=StandingClock())


def test_a_store_is_made_only_when_asked(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="fieldwrit init"):
        Store.open(tmp_path / "none", clock=StandingClock())
    assert not (tmp_path / "none").exists()
    (tmp_path / "file").write_text("x")
    with pytest.raises(StoreError, match="file"):
        Store.open(tmp_path / "file", clock=StandingClock(), create=True)


def test_another_key_or_none_is_refused(store: Store, tmp_path: Path) -> None:
    folder = tmp_path / "court"
    key = folder / KEY_NAME
    own = key.read_text()
    key.write_text("00" * 32)
    with pytest.raises(KeyFileError, match="不属于"):
        Store.open(folder, clock=StandingClock())
    key.write_text("short")
    with pytest.raises(KeyFileError, match="损坏"):
        Store.open(folder, clock=StandingClock())
    key.chmod(0o644)
    with pytest.raises(KeyFileError, match="600"):
        Store.open(folder, clock=StandingClock())
    key.unlink()
    with pytest.raises(KeyFileError, match="找不到"):
        Store.open(folder, clock=StandingClock(), create=True)
    key.write_text(own)
    key.chmod(0o600)
    Store.open(folder, clock=StandingClock()).close()


def test_a_file_that_is_no_database(store: Store, tmp_path: Path) -> None:
    store.close()
    for extra in ("-wal", "-shm"):
        (tmp_path / "court" / f"{DATABASE_NAME}{extra}").unlink(missing_ok=True)
    (tmp_path / "court" / DATABASE_NAME).write_bytes(b"no database at all" * 500)
    with pytest.raises(StoreError, match="损坏"):
        Store.open(tmp_path / "court", clock=StandingClock())


def test_what_earlier_rows_do_not_say_is_not_so(connection: Connection) -> None:
    migrations.upgrade(connection, "0003")
    columns = {each["name"] for each in inspect(connection).get_columns("team")}
    assert not {"recorders", "outsiders"} & columns
    connection.execute(
        text(
            "INSERT INTO team (id, name, officers, skills, profile, lon, lat, content_hash) "
            "VALUES ('T1', '-', 2, 'recorder', 'car', 118.6, 24.9, '')"
        )
    )
    migrations.upgrade(connection)
    (team,) = read_teams(connection)
    assert (team.recorders, team.outsiders) == (1, 0)
    migrations.downgrade(connection, "0003")
    assert {each["name"] for each in inspect(connection).get_columns("team")} == columns


def test_papers_of_earlier_signatures_are_encrypted_and_come_back(
    store: Store, tmp_path: Path, clock: StandingClock
) -> None:
    signed = SignOff(
        "A6", "case:c1", Role.DIRECTOR, "已安置", "批甲号", "u1", clock(), clock() + DAY, "0a1b"
    )
    with store.write() as work:
        add(work, signed)
    raw = sqlite3.connect(tmp_path / "court" / DATABASE_NAME)
    query = "SELECT document_no FROM sign_off"
    assert isinstance(raw.execute(query).fetchone()[0], bytes)
    with store.write() as work:
        migrations.downgrade(work.connection, "0012")
    assert raw.execute(query).fetchone()[0] == "批甲号"
    with store.write() as work:
        migrations.upgrade(work.connection)
    assert isinstance(raw.execute(query).fetchone()[0], bytes)
    (kept,) = store.sign_offs.standing(["case:c1"], clock())
    assert kept.sign_off == signed
    raw.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    raw.close()
    assert "批甲号".encode() not in (tmp_path / "court" / DATABASE_NAME).read_bytes()


def test_requests_of_before_are_open_until_they_begin(connection: Connection) -> None:
    migrations.upgrade(connection, "0013")
    columns = {each["name"] for each in inspect(connection).get_columns("support_request")}
    for number, (state, other) in enumerate((("draft", None), ("sent", "A0")), start=1):
        connection.execute(
            text(
                "INSERT INTO action (id, made_at, made_by, problem, plan, other_id) "
                "VALUES (:action, '2026-01-01T00:00:00+00:00', 'u1', x'', x'', :other)"
            ),
            {"action": f"A{number}", "other": other},
        )
        connection.execute(
            text(
                "INSERT INTO support_request (id, action_id, station_id, kind, ref, starts_at, "
                "ends_at, state, created_at, created_by) VALUES (:id, :action, 'PS01', 'escort', "
                "'O1', '2026-01-02T01:00:00+00:00', '2026-01-02T02:00:00+00:00', :state, "
                "'2026-01-01T00:00:00+00:00', 'u1')"
            ),
            {"id": f"q{number}", "action": f"A{number}", "state": state},
        )
    migrations.upgrade(connection)
    query = "SELECT expires_at = starts_at, is_duty, sent_by, document FROM support_request"
    assert sorted(connection.execute(text(query)), key=str) == [
        (1, 0, "u1", None),
        (1, 0, None, None),
    ]
    kinds = connection.execute(text("SELECT id, branch_on FROM action ORDER BY id"))
    assert list(map(tuple, kinds)) == [("A1", None), ("A2", "approval")]
    migrations.downgrade(connection, "0013")
    assert {each["name"] for each in inspect(connection).get_columns("support_request")} == columns
