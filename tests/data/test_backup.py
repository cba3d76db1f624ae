from __future__ import annotations

import os
import stat
import threading
from pathlib import Path

import pyrage
import pytest

from data import backup as module
from data import migrations
from data.backup import BackupFacts, make_backup, restore_backup, verify_backup
from data.errors import BackupError, KeyFileError, StoreFullError
from data.imports import import_file
from data.rotation import KEY_LOCK_NAME
from data.sealing import Opener, Sealer, make_identity, open_sealed, seal
from data.store import DATABASE_NAME, KEY_NAME, Store
from tests.data.courts import CourtFolder
from tests.data.samples import CASE_ROW, NUMBER, write_csv
from tests.fakes import StandingClock

_ROWS = [CASE_ROW | {"案号": NUMBER.replace("执1号", f"执{seq}号")} for seq in range(2, 30)]


@pytest.fixture
def database_kind() -> str:
    """Those of a server have tests of their own."""
    return "sqlite"


class _StoppedError(Exception):
    pass


@pytest.fixture(scope="module")
def identity() -> pyrage.x25519.Identity:
    return pyrage.x25519.Identity.generate()


@pytest.fixture
def sealer(identity: pyrage.x25519.Identity) -> Sealer:
    return Sealer(recipients=(str(identity.to_public()),))


@pytest.fixture
def opener(identity: pyrage.x25519.Identity) -> Opener:
    return Opener(identities=(str(identity),))


@pytest.fixture
def held(store: Store, tmp_path: Path) -> Store:
    import_file(store, "cases", write_csv(tmp_path / "held.csv", _ROWS))
    (tmp_path / "court" / "rules.toml").write_text("x = 1\n", encoding="utf-8")
    (tmp_path / "court" / "uploads").mkdir()
    (tmp_path / "court" / "uploads" / "waits.csv").write_bytes(b"waits" * 5000)
    (tmp_path / "court" / "network").mkdir()
    (tmp_path / "court" / "network" / "roads.npz").write_bytes(b"roads")
    (tmp_path / "court" / ".part").write_bytes(b"temporary")
    return store


def _make(store: Store, tmp_path: Path, sealer: Sealer) -> BackupFacts:
    return make_backup(
        store, tmp_path / "court", tmp_path / "b", sealer, by="cli", leave_out={"network"}
    )


def _left(folder: Path) -> list[str]:
    return sorted(one.name for one in folder.glob(".*") if one.name != ".part")


def test_another_machine_restores_all_that_cannot_be_made_anew(
    held: Store, tmp_path: Path, sealer: Sealer, opener: Opener
) -> None:
    made = _make(held, tmp_path, sealer)
    assert stat.S_IMODE((tmp_path / "b").stat().st_mode) == 0o600
    assert held.audit.entries()[0].act == "backup.make"
    assert held.audit.entries()[0].detail["backup"] == made.id
    before = held.cases(), held.debtors(), held.claims()
    assert verify_backup(tmp_path / "b", opener) == made
    other = tmp_path / "elsewhere" / "machine"
    done = restore_backup(tmp_path / "b", opener, other, clock=StandingClock(), by="cli")
    assert done == made
    assert done.counts["enforcement_case"] == len(_ROWS)
    assert stat.S_IMODE(other.stat().st_mode) == 0o700
    assert stat.S_IMODE((other / KEY_NAME).stat().st_mode) == 0o600
    assert (other / "rules.toml").read_text() == "x = 1\n"
    assert (other / "uploads" / "waits.csv").read_bytes() == b"waits" * 5000
    assert not (other / "network").exists()
    assert not (other / ".part").exists()
    again = Store.open(other, clock=StandingClock())
    assert (again.cases(), again.debtors(), again.claims()) == before
    assert again.debtors()[0].name.reveal() == held.debtors()[0].name.reveal()
    assert again.audit.verify() == made.audit_entries + 1
    assert again.audit.entries()[0].act == "backup.restore"
    again.close()
    assert _left(tmp_path) == _left(tmp_path / "court") == _left(other.parent) == []


def test_a_passphrase_opens_it_and_no_other(held: Store, tmp_path: Path) -> None:
    made = _make(held, tmp_path, Sealer("correct horse battery"))
    assert verify_backup(tmp_path / "b", Opener("correct horse battery")) == made
    with pytest.raises(BackupError, match="口令不对"):
        verify_backup(tmp_path / "b", Opener("correct horse Battery"))
    with pytest.raises(BackupError, match="请给出口令"):
        verify_backup(tmp_path / "b", Opener())
    with pytest.raises(BackupError, match="太短"):
        Sealer("short")
    assert b"correct horse" not in (tmp_path / "b").read_bytes()
    assert "correct" not in f"{Opener('correct horse battery')!r}{Sealer('correct horse battery')}"


def test_nothing_of_it_is_in_clear(held: Store, tmp_path: Path, sealer: Sealer) -> None:
    _make(held, tmp_path, sealer)
    data = (tmp_path / "b").read_bytes()
    for text in ("执2号", "SQLite format", (tmp_path / "court" / KEY_NAME).read_text().strip()):
        assert text.encode() not in data


def test_another_private_key_is_refused(held: Store, tmp_path: Path, sealer: Sealer) -> None:
    _make(held, tmp_path, sealer)
    other = str(pyrage.x25519.Identity.generate())
    with pytest.raises(BackupError, match="不是给这个私钥的"):
        verify_backup(tmp_path / "b", Opener(identities=(other,)))


def test_files_of_keys_are_made_and_read(held: Store, tmp_path: Path) -> None:
    public = make_identity(tmp_path / "identity")
    assert stat.S_IMODE((tmp_path / "identity").stat().st_mode) == 0o600
    (tmp_path / "recipients").write_text(f"# the director\n{public}\n")
    made = _make(held, tmp_path, Sealer.for_file(tmp_path / "recipients"))
    assert verify_backup(tmp_path / "b", Opener.for_file(tmp_path / "identity")) == made
    with pytest.raises(BackupError, match="不会覆盖"):
        make_identity(tmp_path / "identity")
    with pytest.raises(BackupError, match="无法读取"):
        Sealer.for_file(tmp_path / "none")
    with pytest.raises(BackupError, match="无法识别"):
        Sealer(recipients=("age1x",))


@pytest.mark.parametrize("damage", ["cut", "flip", "swap", "lengthen", "head", "empty"])
def test_every_damage_is_told_and_restores_nothing(
    held: Store, tmp_path: Path, sealer: Sealer, opener: Opener, damage: str
) -> None:
    _make(held, tmp_path, sealer)
    data = bytearray((tmp_path / "b").read_bytes())
    piece = 65536 + 16
    assert len(data) > 3 * piece
    end = len(data) - len(data) % piece
    match damage:
        case "cut":
            del data[-2 * piece :]
        case "flip":
            data[len(data) // 2] ^= 4
        case "swap":
            one, two = end - 2 * piece, end - piece
            data[one:two], data[two:end] = data[two:end], data[one:two]
        case "lengthen":
            data += b"x"
        case "head":
            data[40] ^= 4
        case "empty":
            data.clear()
    (tmp_path / "b").write_bytes(data)
    target = tmp_path / "new"
    with pytest.raises(BackupError, match="另取一份备份"):
        restore_backup(tmp_path / "b", opener, target, clock=StandingClock(), by="cli")
    assert not target.exists()
    assert _left(tmp_path) == []


def test_a_folder_with_content_is_never_overwritten(
    held: Store, tmp_path: Path, sealer: Sealer, opener: Opener
) -> None:
    _make(held, tmp_path, sealer)
    before = (tmp_path / "court" / DATABASE_NAME).read_bytes()
    for target in (tmp_path / "court", tmp_path / "held.csv"):
        with pytest.raises(BackupError, match="不会覆盖"):
            restore_backup(tmp_path / "b", opener, target, clock=StandingClock(), by="cli")
    assert (tmp_path / "court" / DATABASE_NAME).read_bytes() == before
    (tmp_path / "empty").mkdir()
    restore_backup(tmp_path / "b", opener, tmp_path / "empty", clock=StandingClock(), by="cli")


def test_an_earlier_revision_is_brought_up_to_date_and_a_later_one_refused(
    held: Store, tmp_path: Path, sealer: Sealer, opener: Opener, monkeypatch: pytest.MonkeyPatch
) -> None:
    with held.write() as work:
        migrations.downgrade(work.connection, "0015")
    made = make_backup(held, tmp_path / "court", tmp_path / "old", sealer, by="cli")
    assert made.revision == "0015"
    restore_backup(tmp_path / "old", opener, tmp_path / "new", clock=StandingClock(), by="cli")
    again = Store.open(tmp_path / "new", clock=StandingClock())
    with again.write() as work:
        assert migrations.current_revision(work.connection) == migrations.HEAD
    assert len(again.cases()) == len(_ROWS)
    again.close()
    monkeypatch.setattr(migrations, "EARLIER", frozenset({"0001"}))
    with pytest.raises(BackupError, match=r"0015.*较?.*更新的版本"):
        restore_backup(tmp_path / "old", opener, tmp_path / "x", clock=StandingClock(), by="cli")
    assert not (tmp_path / "x").exists()


def test_a_later_format_is_refused(
    held: Store,
    tmp_path: Path,
    sealer: Sealer,
    opener: Opener,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    _make(held, tmp_path, sealer)
    monkeypatch.setattr(module, "_NEWEST_FORMAT", 0)
    with pytest.raises(BackupError, match="比本程序新"):
        verify_backup(tmp_path / "b", opener)
    data = (tmp_path / "b").read_bytes()
    (tmp_path / "b").write_bytes(data.replace(b"fieldwrit-backup 1", b"fieldwrit-backup 2", 1))
    with pytest.raises(BackupError, match="比本程序新"):
        verify_backup(tmp_path / "b", opener)


def test_a_copy_is_of_one_moment_while_others_write(
    held: Store, court: CourtFolder, tmp_path: Path, sealer: Sealer, opener: Opener
) -> None:
    ended, kept = threading.Event(), []

    def write() -> None:
        other = court.open(StandingClock())
        while not ended.is_set():
            kept.append(other.audit.append("u1", "account.list", "store:-"))
        other.close()

    writer = threading.Thread(target=write)
    writer.start()
    try:
        while len(kept) < 5:
            pass
        made = _make(held, tmp_path, sealer)
    finally:
        ended.set()
        writer.join()
    assert made.audit_entries >= 5
    assert held.audit.verify() > made.audit_entries
    assert verify_backup(tmp_path / "b", opener) == made


@pytest.mark.parametrize("after", [0, 1, 3])
def test_it_can_be_stopped_and_leaves_nothing(
    held: Store, tmp_path: Path, sealer: Sealer, after: int
) -> None:
    (tmp_path / "b").write_bytes(b"the one before")
    calls = 0

    def listener(_done: int, _total: int) -> None:
        nonlocal calls
        calls += 1
        if calls > after:
            raise _StoppedError

    with pytest.raises(_StoppedError):
        make_backup(held, tmp_path / "court", tmp_path / "b", sealer, by="cli", progress=listener)
    assert (tmp_path / "b").read_bytes() == b"the one before"
    assert _left(tmp_path) == _left(tmp_path / "court") == []


@pytest.mark.parametrize("room", ["all but its end", "half, in pages", "half, within a page"])
def test_a_full_disk_leaves_the_backup_before(
    held: Store, tmp_path: Path, sealer: Sealer, room: str
) -> None:
    """A write that does not begin and one that is cut have codes of their own in SQLite."""
    import resource

    _make(held, tmp_path, sealer)
    size = (tmp_path / "b").stat().st_size
    half = size // 2 // 4096 * 4096
    limit = {"all but its end": size - 4096, "half, in pages": half}.get(room, half + 1000)
    (tmp_path / "b").write_bytes(b"the one before")
    process = os.fork()
    if process == 0:
        resource.setrlimit(resource.RLIMIT_FSIZE, (limit, resource.RLIM_INFINITY))
        import signal

        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        try:
            _make(held, tmp_path, sealer)
        except StoreFullError:
            os._exit(7)
        finally:
            os._exit(1)  # whatever else it was, the child goes no further
    assert os.waitstatus_to_exitcode(os.waitpid(process, 0)[1]) == 7
    assert (tmp_path / "b").read_bytes() == b"the one before"
    assert _left(tmp_path) == _left(tmp_path / "court") == []
    acts = [entry.act for entry in held.audit.entries()]
    assert acts.count("backup.make") == 1


def test_a_damaged_database_is_no_backup(held: Store, tmp_path: Path, sealer: Sealer) -> None:
    held.close()
    path = tmp_path / "court" / DATABASE_NAME
    data = bytearray(path.read_bytes())
    data[40960:81920] = os.urandom(40960)
    path.write_bytes(data)
    (tmp_path / "b").write_bytes(b"the one before")
    with pytest.raises(Exception, match=r"doctor|损坏|备份"):
        _make(held, tmp_path, sealer)
    assert (tmp_path / "b").read_bytes() == b"the one before"


def test_it_waits_for_no_change_of_keys(held: Store, tmp_path: Path, sealer: Sealer) -> None:
    from filelock import FileLock

    with FileLock(tmp_path / "court" / KEY_LOCK_NAME), pytest.raises(BackupError, match="更换密钥"):
        _make(held, tmp_path, sealer)


def test_it_may_not_lie_in_the_folder(held: Store, tmp_path: Path, sealer: Sealer) -> None:
    inside = tmp_path / "court" / "uploads" / "b"
    with pytest.raises(BackupError, match="数据目录里"):
        make_backup(held, tmp_path / "court", inside, sealer, by="cli")


def test_a_stream_that_would_write_elsewhere_is_refused(
    tmp_path: Path, sealer: Sealer, opener: Opener
) -> None:
    from data.packing import Packed

    (tmp_path / "a").write_bytes(b"a")
    for name in ("../a", "/a", "x/../../a"):
        with (tmp_path / "b").open("wb") as target:
            seal(sealer, Packed({name: tmp_path / "a"}, {}, lambda _: None), target)  # type: ignore[arg-type]
        with pytest.raises(BackupError, match="与清单不符"):
            verify_backup(tmp_path / "b", opener)


def test_a_backup_of_a_wrong_key_is_refused(held: Store, tmp_path: Path, sealer: Sealer) -> None:
    (tmp_path / "court" / KEY_NAME).write_text("00" * 32)
    with pytest.raises((KeyFileError, BackupError, ValueError)):
        _make(held, tmp_path, sealer)
    assert not (tmp_path / "b").exists()


def test_what_is_sealed_can_be_opened_by_age_itself(
    tmp_path: Path, identity: pyrage.x25519.Identity, sealer: Sealer
) -> None:
    from io import BytesIO

    held = BytesIO()
    opened = BytesIO()
    own = seal(sealer, BytesIO(b"content"), held)
    body = held.getvalue().split(b"\n", 2)[2]
    assert pyrage.decrypt(body, [identity]) == b"content"
    held.seek(0)
    open_sealed(own, held, opened)
    assert opened.getvalue() == b"content"
