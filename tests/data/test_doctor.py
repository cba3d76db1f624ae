from __future__ import annotations

import os
import sqlite3
import stat
import time
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import Connection

from data import migrations
from data.doctor import Health, State, examine
from data.imports import import_file
from data.store import DATABASE_NAME, KEY_NAME, Store
from geo.model import Point, Precision
from routes.model import Place
from tests.data.courts import ON_BOTH, ON_SQLITE, CourtFolder
from tests.data.samples import CASE_ROW, NUMBER, write_csv
from tests.fakes import StandingClock

_ROWS = [CASE_ROW | {"案号": NUMBER.replace("执1号", f"执{seq}号")} for seq in range(2, 20)]


@pytest.fixture
def held(store: Store, tmp_path: Path) -> Store:
    import_file(store, "cases", write_csv(tmp_path / "held.csv", _ROWS))
    place = Place(Point(118.61, 24.91), Precision.DOOR, 0.9)
    store.set_places({one.id: place for one in store.claims()})
    return store


def _examine(court: CourtFolder, *, mend: bool = False, every_field: bool = False) -> Health:
    return examine(
        court.folder,
        clock=StandingClock(),
        by="cli",
        url=court.url,
        mend=mend,
        every_field=every_field,
    )


def _codes(health: Health, state: State = State.FAULT) -> list[str]:
    return [one.code for one in health.troubles if one.state is state]


@ON_BOTH
def test_a_sound_store_has_nothing_wrong(held: Store, court: CourtFolder) -> None:
    health = _examine(court, every_field=True)
    assert health.is_sound, health.troubles
    assert health.counts["enforcement_case"] == len(_ROWS)
    assert set(_codes(health, State.NOTE)) <= {"backup"}


@ON_BOTH
def test_a_field_that_does_not_open_is_told_as_lost(held: Store, court: CourtFolder) -> None:
    with held.write() as work:
        work.connection.exec_driver_sql("UPDATE address_claim SET basis = text")
    health = _examine(court, mend=True, every_field=True)
    assert set(_codes(health)) == {"field"}
    assert any("address_claim.basis" in str(one.text) for one in health.troubles)


@ON_BOTH
def test_a_broken_audit_chain_is_told(held: Store, court: CourtFolder, outside: Connection) -> None:
    outside.exec_driver_sql("UPDATE setting SET value = 'x' WHERE name = 'audit_head'")
    assert _codes(_examine(court, mend=True)) == ["audit"]


@ON_SQLITE
def test_a_file_that_went_back_is_told_with_what_is_lost(held: Store, court: CourtFolder) -> None:
    held.close()
    path = court.folder / DATABASE_NAME
    before = path.read_bytes()
    again = court.open(StandingClock())
    for _ in range(3):
        again.audit.append("u1", "account.list", "store:-")
    again.close()
    assert _examine(court).is_sound
    path.write_bytes(before)
    health = _examine(court)
    assert _codes(health) == ["audit.back"]
    assert "至少 3 项" in "".join(str(one.text) for one in health.troubles)
    assert _codes(_examine(court, mend=True), State.MENDED) == ["audit.back"]
    assert _examine(court).is_sound


@ON_BOTH
def test_hashes_are_made_to_fit_again(held: Store, court: CourtFolder) -> None:
    name = held.debtors(held.cases()[0].id)[0].name.reveal()
    with held.write() as work:
        work.connection.exec_driver_sql("UPDATE debtor SET name_hash = 'x' || name_hash")
        work.connection.exec_driver_sql("DELETE FROM name_part")  # names are found by parts, too
    assert held.find_cases(name) == ()
    assert _codes(_examine(court)) == ["hash"]
    assert _codes(_examine(court, mend=True), State.MENDED) == ["hash"]
    assert held.find_cases(name)
    assert _examine(court).is_sound
    held.audit.verify()
    assert held.audit.entries()[0].act == "doctor.mend"


@ON_SQLITE
@pytest.mark.parametrize(
    "damage",
    [
        "DELETE FROM place_box WHERE number = 1",
        "UPDATE place_box SET west = 1, east = 2 WHERE number = 1",
        "INSERT INTO place_box (west, east, south, north, id) VALUES (1, 1, 1, 1, 'gone')",
    ],
)
def test_the_index_by_box_is_made_anew(held: Store, court: CourtFolder, damage: str) -> None:
    before = held.places_in(118, 24, 119, 25)
    with held.write() as work:
        work.connection.exec_driver_sql(damage)
    assert _codes(_examine(court)) == ["boxes"]
    assert "boxes" in _codes(_examine(court, mend=True), State.MENDED)
    assert _examine(court).is_sound
    assert held.places_in(118, 24, 119, 25) == before


@ON_SQLITE
def test_an_index_that_does_not_fit_its_table_is_made_anew(held: Store, court: CourtFolder) -> None:
    held.close()
    with closing(sqlite3.connect(court.folder / DATABASE_NAME)) as connection:
        connection.execute("PRAGMA writable_schema = ON")
        connection.execute(
            "UPDATE sqlite_schema SET sql = 'CREATE INDEX ix_debtor_name_hash ON debtor "
            "(name_hash) WHERE id = ''none''' WHERE name = 'ix_debtor_name_hash'"
        )
        connection.commit()
    with closing(sqlite3.connect(court.folder / DATABASE_NAME)) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchone() != ("ok",)
    assert _codes(_examine(court)) == ["database.damaged"]
    assert "database.index" in _codes(_examine(court, mend=True), State.MENDED)
    assert _examine(court).is_sound


@ON_SQLITE
@pytest.mark.parametrize("damage", ["short", "random", "none", "no"])
def test_a_damaged_file_says_what_can_be_read_and_points_to_the_backup(
    held: Store, court: CourtFolder, damage: str
) -> None:
    held.close()
    path = court.folder / DATABASE_NAME
    data = bytearray(path.read_bytes())
    match damage:
        case "short":
            data = data[: len(data) // 3]
        case "random":
            data[8192 : len(data) // 2] = os.urandom(len(data) // 2 - 8192)
        case "none":
            data = bytearray()
        case "no":
            data = bytearray(b"no database at all" * 500)
    path.write_bytes(data)
    health = _examine(court, mend=True)
    assert not health.is_sound
    said = "".join(str(one.text) for one in health.troubles)
    assert "备份" in said
    assert path.read_bytes() == data or damage == "none"


@ON_SQLITE
def test_rows_that_refer_to_none_are_told(held: Store, court: CourtFolder) -> None:
    held.close()
    with closing(sqlite3.connect(court.folder / DATABASE_NAME)) as connection:
        connection.execute("DELETE FROM enforcement_case WHERE rowid = 1")
        connection.commit()
    health = _examine(court, mend=True)
    assert _codes(health) == ["database.reference"]
    assert "debtor" in str(health.troubles[-1].text) or health.troubles


@ON_SQLITE
def test_modes_are_put_right(held: Store, court: CourtFolder) -> None:
    court.folder.chmod(0o755)
    (court.folder / KEY_NAME).chmod(0o644)
    assert _codes(_examine(court)) == ["folder.mode", "key.mode"]
    assert _codes(_examine(court, mend=True), State.MENDED) == ["folder.mode", "key.mode"]
    assert _examine(court).is_sound
    Store.open(court.folder, clock=StandingClock()).close()


@ON_SQLITE
def test_what_an_earlier_version_left_open_to_others_is_closed(
    held: Store, court: CourtFolder, tmp_path: Path
) -> None:
    folder, other = court.folder / "uploads", tmp_path / "another"
    folder.mkdir()
    folder.chmod(0o755)
    files = (folder / "old.csv", court.folder / "rules.toml", court.folder / DATABASE_NAME, other)
    for path in files:
        path.touch()
        path.chmod(0o644)
    (folder / "program").touch()
    (folder / "program").chmod(0o755)
    (court.folder / "elsewhere").symlink_to(other)
    for mend, state in ((False, State.FAULT), (True, State.MENDED)):
        (told,) = (one for one in _examine(court, mend=mend).troubles if one.code == "file.mode")
        assert told.state is state
        assert "5 个" in str(told.text) or mend  # the database is closed by whoever opens it
    assert _examine(court).is_sound
    modes = {path.name: stat.S_IMODE(path.lstat().st_mode) for path in folder.iterdir()}
    assert modes == {"old.csv": 0o600, "program": 0o600}
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert [stat.S_IMODE(path.stat().st_mode) for path in files] == [0o600, 0o600, 0o600, 0o644]


@ON_SQLITE
def test_the_key_is_told_to_be_missing_damaged_or_anothers(held: Store, court: CourtFolder) -> None:
    path = court.folder / KEY_NAME
    own = path.read_text()
    path.write_text("00" * 32)
    assert _codes(_examine(court)) == ["key.other"]
    path.write_text("x")
    assert _codes(_examine(court, mend=True)) == ["key"]
    path.unlink()
    health = _examine(court, mend=True)
    assert _codes(health) == ["key"]
    assert health.counts["debtor"] == len(_ROWS)
    path.write_text(own)
    path.chmod(0o600)
    assert _examine(court).is_sound


@ON_SQLITE
def test_what_cut_off_work_left_is_removed_and_what_is_new_is_not(
    held: Store, court: CourtFolder
) -> None:
    old, new = court.folder / ".key.1.part", court.folder / ".key.2.part"
    folder = court.folder / ".backup-1"
    folder.mkdir(0o700)
    for path in (old, new, folder / "fieldwrit.sqlite3"):
        path.write_bytes(b"x")
        path.chmod(0o600)
    at_s = time.time() - 7200
    for path in (old, folder):
        os.utime(path, (at_s, at_s))
    assert _codes(_examine(court)) == ["leftover", "leftover"]
    assert _codes(_examine(court, mend=True), State.MENDED) == ["leftover", "leftover"]
    assert not old.exists()
    assert not folder.exists()
    assert new.exists()


@ON_BOTH
def test_revisions_are_told(held: Store, court: CourtFolder) -> None:
    with held.write() as work:
        migrations.downgrade(work.connection, "0015")
    assert "database.revision" in _codes(_examine(court), State.NOTE)
    with held.write() as work:
        work.connection.exec_driver_sql("UPDATE alembic_version SET version_num = '9999'")
    assert _codes(_examine(court)) == ["database.revision"]
    with held.write() as work:
        work.connection.exec_driver_sql("UPDATE alembic_version SET version_num = '0015'")
        migrations.upgrade(work.connection)
    assert _examine(court).is_sound


@ON_SQLITE
def test_an_old_backup_is_told(held: Store, court: CourtFolder) -> None:
    assert "backup" in _codes(_examine(court), State.NOTE)
    held.audit.append("cli", "backup.make", "store:-", {})
    assert "backup" not in _codes(_examine(court), State.NOTE)
    later = StandingClock()
    health = examine(
        court.folder, clock=lambda: later() + timedelta(days=30), by="cli", url=court.url
    )
    assert "backup" in _codes(health, State.NOTE)


def test_no_folder(tmp_path: Path) -> None:
    health = examine(tmp_path / "none", clock=StandingClock(), by="cli")
    assert _codes(health) == ["folder"]
