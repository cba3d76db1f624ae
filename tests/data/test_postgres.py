"""What a database server does that a file does not: it refuses, goes away, and is shared."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from threading import Barrier, Thread
from traceback import format_exception

import pytest
from sqlalchemy import text

from data.errors import DataError, StaleError, StoreBusyError, StoreError, StoreFullError
from data.postgres import Postgres
from data.store import Store
from routes.model import ActionId
from tests.data import samples
from tests.data.courts import ON_POSTGRESQL, CourtFolder
from tests.data.test_replans import NEW, NEWER, OLD, made_anew, under
from tests.fakes import StandingClock
from tests.postgres import PASSWORD, Server, database, make, own_folder, started, wanted

SECRET = "s3cret-wörd"


def _opened(url: str, folder: Path) -> Store:
    return Store.open(folder, clock=StandingClock(), url=url, create=True)


@pytest.mark.parametrize(
    "text_",
    [
        f"mysql://u:{SECRET}@h/d",
        f"postgresql://u:{SECRET}@h:port/d",
        f"postgresql://u:{SECRET}@h",
        f"//u:{SECRET}@h/d",
        "",
    ],
)
def test_an_address_that_cannot_be_read_is_not_repeated(text_: str) -> None:
    with pytest.raises(StoreError, match="postgresql://") as caught:
        Postgres.at(text_)
    shown = "".join(format_exception(caught.value)).replace(f'"{text_}"', "")
    assert SECRET not in shown


def test_the_password_of_an_address_is_not_shown() -> None:
    backend = Postgres.at(f"postgres://u:{SECRET}@h/d")
    assert SECRET not in f"{backend!r} {backend} {backend.url!r} {backend.open()!r}"


@pytest.mark.parametrize(
    ("account", "word", "name", "told"),
    [
        ("postgres", SECRET, "postgres", "账户与密码"),
        ("nobody_here", PASSWORD, "postgres", "账户与密码"),
        ("postgres", PASSWORD, "not_there", "not_there.*createdb"),
    ],
)
def test_who_may_not_in_is_told_why(
    postgres: Server, tmp_path: Path, account: str, word: str, name: str, told: str
) -> None:
    with pytest.raises(StoreError, match=told) as caught:
        _opened(postgres.by_password(name, account=account, word=word), tmp_path)
    assert word not in "".join(format_exception(caught.value))


def test_a_server_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match=r"连接不上数据库服务器 127\.0\.0\.1"):
        _opened(f"postgresql://u:{SECRET}@127.0.0.1:9/d", tmp_path)


def test_a_database_of_another_encoding_is_refused(postgres: Server, tmp_path: Path) -> None:
    postgres.tell("CREATE DATABASE ascii TEMPLATE template0 ENCODING 'SQL_ASCII' LOCALE 'C'")
    try:
        with pytest.raises(StoreError, match=r"SQL_ASCII.*UTF8"):
            _opened(postgres.url("ascii"), tmp_path)
    finally:
        postgres.tell("DROP DATABASE ascii WITH (FORCE)")


def test_without_postgis_the_cure_is_told_and_nothing_is_made(
    postgres: Server, tmp_path: Path
) -> None:
    postgres.tell("CREATE ROLE clerk LOGIN PASSWORD 'clerk'")
    try:
        with database(postgres, "plain", template="template0") as url:
            postgres.tell("ALTER DATABASE plain OWNER TO clerk")
            theirs = postgres.by_password("plain", account="clerk", word="clerk")
            with pytest.raises(StoreError, match="CREATE EXTENSION postgis"):
                _opened(theirs, tmp_path / "court")
            assert not Postgres.at(url).has_store()
            postgres.tell("CREATE EXTENSION postgis", database="plain")
            postgres.tell("GRANT ALL ON SCHEMA public TO clerk", database="plain")
            _opened(theirs, tmp_path / "court").close()  # an account without more rights will do
    finally:
        postgres.tell("DROP ROLE clerk")


def test_a_database_without_tables_is_made_only_when_asked(
    postgres: Server, tmp_path: Path
) -> None:
    with (
        database(postgres, "plain") as url,
        pytest.raises(StoreError, match="fieldwrit init"),
    ):
        Store.open(tmp_path, clock=StandingClock(), url=url)


def test_without_the_driver_the_cure_is_told() -> None:
    code = (
        "import sys; sys.modules['psycopg'] = None\n"
        "from data.errors import StoreError\nfrom data.postgres import Postgres\n"
        "try: Postgres.at('postgresql://u:p@h/d').open()\n"
        "except StoreError as error: print(error)\n"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert "fieldwrit[postgresql]" in run.stdout


@ON_POSTGRESQL
@pytest.mark.parametrize(
    ("state", "kind", "told"),
    [
        ("53100", StoreFullError, "原有数据保持不变"),
        ("53300", StoreError, "用尽"),
        ("25006", StoreError, "只读"),
        ("42501", StoreError, "权限"),
        ("40001", StoreBusyError, "稍后重试"),
        ("57P01", StoreError, "连接断开"),
        ("22003", StoreError, "超出"),
        ("XX001", StoreError, "备份"),
        ("58030", StoreError, "58030"),
    ],
)
def test_what_the_server_says_comes_with_a_cure(
    store: Store, state: str, kind: type[StoreError], told: str
) -> None:
    says = f"DO $$ BEGIN RAISE EXCEPTION 'x' USING ERRCODE = '{state}'; END $$"

    def fail() -> None:
        with store.write() as work:
            work.record("u1", "x", "case:1")
            work.connection.exec_driver_sql(says)

    with pytest.raises(StoreError, match=told) as caught:
        fail()
    assert type(caught.value) is kind
    assert store.audit.verify() == 0


@ON_POSTGRESQL
def test_a_text_with_a_nul_is_refused_whole(store: Store) -> None:
    with pytest.raises(StoreError, match="空字符"):
        store.put(stations=[samples.station("PS\x0001")])
    assert store.stations() == ()


@ON_POSTGRESQL
def test_a_reader_may_not_write(store: Store) -> None:
    with pytest.raises(StoreError, match="只读"), store._database.read() as connection:
        connection.execute(text("DELETE FROM setting"))


@ON_POSTGRESQL
def test_a_writer_that_waits_too_long_is_told(
    store: Store, court: CourtFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("data.postgres._QUEUE_UP", _short("data.postgres"))
    other = court.open(StandingClock())
    with store.write(), pytest.raises(StoreError, match="正被另一操作占用"):
        other.audit.append("u1", "x", "case:1")
    other.close()


def _short(module: str) -> str:
    held = sys.modules[module]
    return str(held._QUEUE_UP).replace("10000", "50")


@ON_POSTGRESQL
def test_a_connection_that_was_cut_is_made_anew(store: Store, court: CourtFolder) -> None:
    store.audit.append("u1", "x", "case:1")
    cut = (
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
        "WHERE datname = current_database() AND pid <> pg_backend_pid()"
    )
    with court.outside() as outside:
        outside.exec_driver_sql(cut)
        store.audit.append("u1", "x", "case:2")

        def write() -> None:
            with store.write() as work:
                work.record("u1", "x", "case:3")
                outside.exec_driver_sql(cut)
                work.record("u1", "x", "case:4")

        with pytest.raises(StoreError, match="连接断开"):
            write()
    assert [one.subject for one in store.audit.entries()] == ["case:2", "case:1"]
    assert store.audit.verify() == 2


def test_writers_of_several_processes_leave_a_chain_without_gap_or_fork(
    store: Store, court: CourtFolder
) -> None:
    """Each has connections of its own, as on several machines."""
    others = [court.open(StandingClock()) for _ in range(4)]

    def write(one: Store, name: str) -> None:
        for number in range(10):
            one.audit.append(name, "x", f"case:{number}")

    threads = [Thread(target=write, args=(one, f"u{n}")) for n, one in enumerate(others)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for one in others:
        one.close()
    assert store.audit.verify() == 40
    assert [one.seq for one in store.audit.entries()] == list(range(40, 0, -1))


def test_a_reader_sees_one_state_throughout(store: Store, court: CourtFolder) -> None:
    other = court.open(StandingClock())
    asked = text("SELECT count(*) FROM audit_entry")
    with store._database.read() as connection:
        assert connection.scalar(asked) == 0
        other.audit.append("u1", "x", "case:1")
        assert connection.scalar(asked) == 0
    assert store.counts().audit_entries == 1
    other.close()


def test_of_two_who_make_a_plan_anew_the_second_is_told_of_the_first(
    store: Store, court: CourtFolder
) -> None:
    store.save(OLD, *under(OLD), made_at=StandingClock().now)
    other, start = court.open(StandingClock()), Barrier(2)
    refused: list[StaleError] = []

    def edit(one: Store, name: ActionId) -> None:
        start.wait()
        try:
            made_anew(one, name)
        except StaleError as error:
            refused.append(error)

    threads = [Thread(target=edit, args=each) for each in ((store, NEW), (other, NEWER))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    other.close()
    kept = store.replans.later(OLD)
    assert kept is not None
    (error,) = refused
    assert (error.asked, error.stored) == (OLD, kept.action_id)
    assert OLD in str(error)
    assert kept.action_id in str(error)
    assert set(store.action_ids()) == {OLD, kept.action_id}


def test_a_server_that_dies_keeps_what_was_written_and_nothing_half(tmp_path: Path) -> None:
    """With its log flushed as on a court's machine; it is killed in the middle of a step."""
    programs = wanted()
    with own_folder() as folder:
        make(programs, folder)
        with started(programs, folder, {}) as server:
            server.tell("CREATE DATABASE court")
            store = _opened(server.url("court"), tmp_path / "court")
            store.put(stations=[samples.station()])

            def write() -> None:
                with store.write() as work:
                    work.record("u1", "x", "case:1")
                    server.kill()
                    work.record("u1", "x", "case:2")

            with pytest.raises(StoreError, match="连接"):
                write()
            store.close()
        with started(programs, folder, {}) as server:
            again = _opened(server.url("court"), tmp_path / "court")
            assert again.stations() == (samples.station(),)
            assert again.audit.verify() == 1
            again.close()


def test_another_key_is_refused(postgres: Server, tmp_path: Path) -> None:
    with database(postgres, "keyed") as url:
        _opened(url, tmp_path / "one").close()
        with pytest.raises(DataError, match="找不到"):
            _opened(url, tmp_path / "two")
        assert not (tmp_path / "two" / "key").exists()
