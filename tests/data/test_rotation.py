from __future__ import annotations

import os
import signal
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from data.crypto import FieldCipher, Keys, parse_keys, read_key_file, replace_key_file
from data.errors import KeyFileError, StoreError
from data.imports import import_file
from data.rotation import KEY_LOCK_NAME, rotate_field_key, secret_columns
from data.schema import Base, Encrypted
from data.store import KEY_NAME, Store
from tests.data.courts import ON_BOTH, ON_SQLITE, CourtFolder
from tests.data.samples import CASE_ROW, NUMBER, write_csv
from tests.fakes import StandingClock

_ROWS = [
    CASE_ROW | {"案号": NUMBER.replace("执1号", f"执{seq}号"), "特殊人员": "无"}
    for seq in range(2, 12)
]


class _CutError(Exception):
    pass


@pytest.fixture
def held(store: Store, tmp_path: Path) -> Store:
    import_file(store, "cases", write_csv(tmp_path / "held.csv", _ROWS))
    return store


def _rotate(court: CourtFolder, **more: Any) -> Any:
    return rotate_field_key(
        court.folder, lambda: court.open(StandingClock()), by="cli", piece_rows=3, **more
    )


def _content(store: Store) -> tuple[Any, ...]:
    return (
        store.cases(),
        [(one, one.name.reveal()) for one in store.debtors()],
        [(one, one.text.reveal()) for one in store.claims()],
    )


@ON_BOTH
def test_every_field_goes_over_and_nothing_else_changes(held: Store, court: CourtFolder) -> None:
    before, old = _content(held), read_key_file(court.folder / KEY_NAME)
    held.close()
    done = _rotate(court)
    assert (done.number, done.unreadable, done.resumed) == (2, {}, False)
    assert done.fields >= 3 * len(_ROWS)
    new = read_key_file(court.folder / KEY_NAME)
    assert new.secret == old.secret
    assert [one.number for one in new.fields] == [2]
    again = court.open(StandingClock())
    assert _content(again) == before
    again.audit.verify()
    assert import_file(again, "cases", court.folder.parent / "held.csv").unchanged == len(_ROWS)
    with again.write() as work:
        for table, _, columns in secret_columns():
            for row in work.connection.execute(table.select()):
                assert all(getattr(row, one.name) is not Ellipsis for one in columns)
    again.close()
    assert _rotate(court).number == 3


@ON_SQLITE
def test_the_old_key_opens_nothing_afterwards(held: Store, court: CourtFolder) -> None:
    old = (court.folder / KEY_NAME).read_text()
    held.close()
    _rotate(court)
    (court.folder / KEY_NAME).write_text(old)
    with pytest.raises(KeyFileError, match="第 2 把"):
        court.open(StandingClock())


def test_a_running_program_takes_the_new_key_up_by_itself(held: Store, court: CourtFolder) -> None:
    before = _content(held)
    seen: list[int] = []

    def listener(_done: int, _total: int) -> None:
        held.audit.append("u1", "account.list", "store:-")
        assert _content(held) == before
        seen.append(len(held.cipher.fields))

    _rotate(court, progress=listener)
    assert set(seen) == {2}
    assert _content(held) == before
    held.audit.append("u1", "account.list", "store:-")
    assert [one.number for one in held.cipher.fields] == [2]


def test_a_program_without_the_new_key_says_so_until_it_gets_it(
    held: Store, court: CourtFolder
) -> None:
    before, path = _content(held), court.folder / KEY_NAME
    old = read_key_file(path)
    _rotate(court)
    new = read_key_file(path)
    replace_key_file(path, old)
    for act in (held.debtors, lambda: held.audit.append("u1", "account.list", "store:-")):
        with pytest.raises(KeyFileError, match="不必重新启动"):
            act()
    replace_key_file(path, Keys.first(bytes(range(32))))
    with pytest.raises(KeyFileError, match="不属于"):
        held.debtors()
    replace_key_file(path, new)
    held.audit.append("u1", "account.list", "store:-")
    assert _content(held) == before


@ON_SQLITE
def test_it_goes_on_wherever_it_is_cut_off(held: Store, court: CourtFolder) -> None:
    """At every boundary of a piece, by an error; the store is read with both keys meanwhile."""
    before, cuts = _content(held), 0
    held.close()
    while True:
        calls = 0

        def listener(_done: int, _total: int, most: int = cuts) -> None:
            nonlocal calls
            calls += 1
            if calls > most:
                raise _CutError

        try:
            done = _rotate(court, progress=listener)
        except _CutError:
            both = court.open(StandingClock())
            assert _content(both) == before
            both.audit.append("u1", "account.list", "store:-")
            both.close()
            assert len(read_key_file(court.folder / KEY_NAME).fields) == 2
            cuts += 1
        else:
            break
    assert cuts > 10
    assert (done.number, done.resumed) == (2, True)
    again = court.open(StandingClock())
    assert _content(again) == before
    again.audit.verify()
    again.close()


@ON_SQLITE
@pytest.mark.parametrize("at", range(0, 12, 3))
def test_it_goes_on_after_kill(held: Store, court: CourtFolder, at: int) -> None:
    before = _content(held)
    held.close()
    process = os.fork()
    if process == 0:

        def listener(done: int, _total: int) -> None:
            if done >= at:
                os.kill(os.getpid(), signal.SIGKILL)

        try:
            _rotate(court, progress=listener)
        finally:
            os._exit(1)
    assert os.waitstatus_to_exitcode(os.waitpid(process, 0)[1]) == -signal.SIGKILL
    both = court.open(StandingClock())
    assert _content(both) == before
    both.close()
    done = _rotate(court)
    assert (done.number, done.resumed) == (2, True)
    again = court.open(StandingClock())
    assert _content(again) == before
    again.audit.verify()
    again.close()


@ON_SQLITE
@pytest.mark.parametrize("which", [0, 1])
def test_it_goes_on_after_the_key_file_could_not_be_replaced(
    held: Store, court: CourtFolder, which: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = _content(held)
    held.close()
    import data.rotation as module

    calls: list[Keys] = []
    real: Callable[[Path, Keys], None] = module.replace_key_file

    def failing(path: Path, keys: Keys) -> None:
        calls.append(keys)
        if len(calls) == which + 1:
            raise StoreError("full")
        real(path, keys)

    monkeypatch.setattr(module, "replace_key_file", failing)
    with pytest.raises(StoreError, match="full"):
        _rotate(court)
    again = court.open(StandingClock())
    assert _content(again) == before
    again.close()
    assert _rotate(court).number == 2
    last = court.open(StandingClock())
    assert _content(last) == before
    last.close()


@ON_SQLITE
def test_a_field_that_no_key_opens_is_counted_and_left(held: Store, court: CourtFolder) -> None:
    with held.write() as work:
        work.connection.exec_driver_sql(
            "UPDATE debtor SET name = x'00112233445566778899aabbccddeeff00' WHERE id = "
            "(SELECT min(id) FROM debtor)"
        )
    held.close()
    assert _rotate(court).unreadable == {"debtor.name": 1}


@ON_SQLITE
def test_two_at_once_are_refused(held: Store, court: CourtFolder) -> None:
    from filelock import FileLock

    with FileLock(court.folder / KEY_LOCK_NAME), pytest.raises(StoreError, match="正在进行"):
        _rotate(court)


def test_a_key_file_is_read_in_both_forms() -> None:
    first = Keys.first(bytes(range(32)))
    assert first.text() == bytes(range(32)).hex() + "\n"
    assert parse_keys(first.text(), file="key") == first
    both = first.with_new()
    assert parse_keys(both.text(), file="key") == both
    only = both.only_newest()
    assert parse_keys(only.text(), file="key") == only
    sealed = FieldCipher.of(first).encrypt("x", field="f")
    assert FieldCipher.of(both).decrypt(sealed, field="f") == "x"
    with pytest.raises(StoreError):
        FieldCipher.of(only).decrypt(sealed, field="f")


@pytest.mark.parametrize(
    "more",
    ["field 2", "field x " + "00" * 32, "other 2 " + "00" * 32, "field 2 00", "x"]
    + [f"field 2 {'00' * 32}\nfield {n} {'00' * 32}" for n in (1, 2)],
)
def test_a_damaged_key_file_is_refused(more: str) -> None:
    with pytest.raises(KeyFileError, match="损坏"):
        parse_keys(f"{'00' * 32}\n{more}\n", file="key")


def test_every_encrypted_column_is_reached() -> None:
    named = {
        f"{table.name}.{one.name}"
        for table in Base.metadata.tables.values()
        for one in table.columns
        if isinstance(one.type, Encrypted)
    }
    reached = {f"{t.name}.{one.name}" for t, _, columns in secret_columns() for one in columns}
    assert reached == named
