"""One fault after another: a child that is killed, a disk that fills up, files that are torn."""

from __future__ import annotations

import contextlib
import os
import random
import resource
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import traceback
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from data.backup import make_backup, restore_backup
from data.doctor import Health, State, examine
from data.store import DATABASE_NAME
from geo.errors import FieldwritError
from tests.faults.kinds import OPENER, SEALER, Checked, Kind, open_store
from tests.web.court import SetClock, fill

__all__ = ["Trials", "small_disk"]

_WAL = f"{DATABASE_NAME}-wal"
_LONGEST_S = 60.0


@dataclass(slots=True)
class Child:
    """A process at work, and what it has told so far."""

    process: int
    pipe: int
    _held: bytes = b""

    def told(self) -> list[str]:
        """Return all that was told, to the end of the child."""
        while piece := os.read(self.pipe, 65536):
            self._held += piece
        os.close(self.pipe)
        return self._held.decode().split("\n")[:-1]

    def await_ready(self) -> None:
        """Wait until the work begins."""
        while b"ready\n" not in self._held:
            piece = os.read(self.pipe, 65536)
            if not piece:
                raise RuntimeError(f"the child ended before its work: {self._held.decode()}")
            self._held += piece


@dataclass(slots=True)
class Trials:
    """Runs faults on copies of one store, and counts.

    Parameters
    ----------
    base
        Folder with a store in ``court``, only to be copied.
    """

    base: Path
    rng: random.Random
    counts: Counter[str] = field(default_factory=Counter)
    problems: list[str] = field(default_factory=list)
    _lasts_s: dict[str, float] = field(default_factory=dict)

    @classmethod
    @contextlib.contextmanager
    def begin(cls, seed: int, *, lasts_s: float | None = None) -> Iterator[Trials]:
        """Yield trials on a new store, which is removed in the end.

        ``lasts_s`` is taken for how long each kind of work lasts; else it is measured first.
        """
        with tempfile.TemporaryDirectory() as name:
            fill(Path(name) / "court")
            trials = cls(Path(name), random.Random(seed))
            if lasts_s is not None:
                trials._lasts_s = defaultdict(lambda: lasts_s)
            yield trials

    def kill(self, kind: Kind) -> None:
        """Kill a child at a random moment of its work."""
        lasts_s = self._lasts(kind)
        with self._copy() as folder:
            kind.prepare(folder)
            child = _start(kind, folder)
            child.await_ready()
            time.sleep(self.rng.uniform(0.0, lasts_s))
            os.kill(child.process, signal.SIGKILL)
            os.waitpid(child.process, 0)
            self._count(f"kill_{kind.name}", kind, folder, child.told())

    def fill_disk(self, kind: Kind, mounted: Path | None) -> None:
        """Let the disk be full after some more bytes, then free again."""
        with self._copy(mounted) as folder:
            kind.prepare(folder)
            spare = self.rng.randrange(0, 700 * 1024)
            if mounted is not None:
                filler = mounted / "filler"
                _fill(filler, spare)
                child = _start(kind, folder)
            else:
                limit = (folder / "court" / DATABASE_NAME).stat().st_size + spare // 4
                child = _start(kind, folder, most_bytes=limit)
            told = child.told()
            os.waitpid(child.process, 0)
            if mounted is not None:
                filler.unlink()
            crashes = [one for one in told if one.startswith("crash ")]
            self._say(f"full disk, {kind.name}: {crashes}" if crashes else None)
            self.counts["disk_full_refused"] += any(one.startswith("refused ") for one in told)
            self._count(f"full_disk_{kind.name}", kind, folder, told)

    def tear_log(self, kind: Kind) -> None:
        """Kill a child, and tear what its log holds beyond the last acknowledged record."""
        with self._copy() as folder:
            kind.prepare(folder)
            before = (folder / "court" / DATABASE_NAME).stat()
            child = _start(kind, folder, tell_size=True)
            child.await_ready()
            time.sleep(self.rng.uniform(0.0, 0.6))
            os.kill(child.process, signal.SIGKILL)
            os.waitpid(child.process, 0)
            told = child.told()
            log, after = folder / "court" / _WAL, (folder / "court" / DATABASE_NAME).stat()
            synced = max((int(one.split()[1]) for one in told if one[:5] == "size "), default=0)
            if log.exists():
                moved = after.st_mtime_ns != before.st_mtime_ns  # the log began anew meanwhile
                _tear(log, log.stat().st_size if moved else synced, self.rng)
            self._count("torn_log", kind, folder, told)

    def lose_log(self, kind: Kind) -> None:
        """Take away a log that holds acknowledged records: the disk lost what it said it had."""
        with self._copy() as folder:
            kind.prepare(folder)
            child = _start(kind, folder)
            child.await_ready()
            time.sleep(self.rng.uniform(0.1, 0.6))
            os.kill(child.process, signal.SIGKILL)
            os.waitpid(child.process, 0)
            told = child.told()
            for end in ("-wal", "-shm"):
                (folder / "court" / f"{DATABASE_NAME}{end}").unlink(missing_ok=True)
            self._count("lost_log", kind, folder, told)

    def cut_database(self, kind: Kind) -> None:
        """Cut the database's file off somewhere, after a backup and some more records."""
        with self._copy() as folder:
            kind.prepare(folder)
            child = _start(kind, folder)
            told = child.told()
            os.waitpid(child.process, 0)
            store = open_store(folder)
            make_backup(store, folder / "court", folder / "kept", SEALER, by="cli")
            store.audit.append("u1", "account.list", "store:-")
            store.close()
            path = folder / "court" / DATABASE_NAME
            os.truncate(path, self.rng.randrange(path.stat().st_size))
            self.counts["faults_injected"] += 1
            self.counts["cut_database"] += 1
            health = _examine(folder)
            said = "".join(str(one.text) for one in health.troubles)
            if health.is_sound or "备份" not in said:
                self._say(f"a cut database was called sound, or no cure was told: {said}")
            with contextlib.suppress(FieldwritError):
                open_store(folder).close()
            shutil.rmtree(folder / "court")
            restore_backup(folder / "kept", OPENER, folder / "court", clock=SetClock(), by="cli")
            self._judge("cut_database", kind, folder, _acked(told))

    def _count(self, what: str, kind: Kind, folder: Path, told: list[str]) -> None:
        """Open, examine, mend, examine again, and look for the records."""
        self.counts["faults_injected"] += 1
        self.counts[what] += 1
        wrong = [one for one in told if one.startswith("crash ")]
        self._say(f"{what}: {wrong}" if wrong else None)
        told_lost = False
        try:
            open_store(folder).close()
        except FieldwritError as error:
            self.counts["stores_not_opened"] += 1
            self._say(f"{what}: the store did not open: {error}")
        first, second = _examine(folder), _examine(folder)
        for one in first.troubles:
            self.counts[f"found_{one.code}"] += one.state is not State.NOTE and one.code != "disk"
            told_lost |= one.code == "audit.back"
        left = [
            str(one.text)
            for one in second.troubles
            if one.state is not State.NOTE and one.code != "disk"  # it is small
        ]
        self._say(f"{what}: not mended: {left}" if left else None)
        self._judge(what, kind, folder, _acked(told), told_lost=told_lost)

    def _judge(
        self, what: str, kind: Kind, folder: Path, acked: list[str], *, told_lost: bool = False
    ) -> None:
        try:
            checked = kind.check(folder, acked)
            store = open_store(folder)
            store.audit.verify()
            store.close()
        except FieldwritError as error:
            checked = Checked(len(acked), 0)
            self._say(f"{what}: the check failed: {error}")
        if told_lost:
            self.counts["records_lost_by_the_disk_and_told"] += checked.lost
        else:
            self.counts["records_lost"] += checked.lost
        self.counts["half_records"] += checked.half
        self.counts["records_acknowledged"] += len(acked)
        if checked.half or (checked.lost and not told_lost):
            self._say(f"{what}: {checked}")

    def _say(self, problem: str | None) -> None:
        if problem is not None:
            self.problems.append(problem)
            sys.stderr.write(f"{problem}\n")

    def _lasts(self, kind: Kind) -> float:
        """Return how long the work lasts that nothing cuts off."""
        with contextlib.suppress(KeyError):
            return self._lasts_s[kind.name]
        with self._copy() as folder:
            kind.prepare(folder)
            child = _start(kind, folder)
            child.await_ready()
            begun_s = time.monotonic()
            child.told()
            os.waitpid(child.process, 0)
            self._lasts_s[kind.name] = time.monotonic() - begun_s
        return self._lasts_s[kind.name]

    @contextlib.contextmanager
    def _copy(self, parent: Path | None = None) -> Iterator[Path]:
        with tempfile.TemporaryDirectory(dir=parent, ignore_cleanup_errors=True) as name:
            shutil.copytree(self.base / "court", Path(name) / "court")
            yield Path(name)


@contextlib.contextmanager
def small_disk(size_mib: int) -> Iterator[Path | None]:
    """Yield a disk of its own in memory, or None where this user may not mount one."""
    with tempfile.TemporaryDirectory() as name:
        words = ["mount", "-t", "tmpfs", "-o", f"size={size_mib}m,mode=700", "tmpfs", name]
        try:
            subprocess.run(words, check=True, capture_output=True)
        except (OSError, subprocess.CalledProcessError):
            yield None
            return
        try:
            yield Path(name)
        finally:
            subprocess.run(["umount", "--lazy", name], check=True, capture_output=True)


def _start(
    kind: Kind, folder: Path, *, most_bytes: int | None = None, tell_size: bool = False
) -> Child:
    """Begin the work of a kind in a child of its own."""
    read, write = os.pipe()
    process = os.fork()
    if process:
        os.close(write)
        return Child(process, read)
    os.close(read)

    def told(what: str) -> None:
        if tell_size:
            log = folder / "court" / _WAL
            size = log.stat().st_size if log.exists() else 0
            os.write(write, f"size {size}\n".encode())
        os.write(write, f"{what}\n".encode())

    try:
        signal.alarm(int(_LONGEST_S))
        if most_bytes is not None:
            signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
            resource.setrlimit(resource.RLIMIT_FSIZE, (most_bytes, resource.RLIM_INFINITY))
        kind.work(folder, told)
    except FieldwritError as error:
        os.write(write, f"refused {type(error).__name__}\n".encode())
    except BaseException as error:
        place = traceback.extract_tb(error.__traceback__)[-1]
        os.write(write, f"crash {error!r} {place.name} {place.lineno}\n".encode())
    finally:
        os._exit(0)


def _acked(told: list[str]) -> list[str]:
    words = ("ready", "size ", "refused ", "crash ")
    return [one for one in told if not one.startswith(words)]


def _fill(path: Path, spare: int) -> None:
    free = shutil.disk_usage(path.parent).free
    with path.open("wb") as file:
        left = max(0, free - spare)
        while left > 0:
            piece = min(left, 1 << 20)
            file.write(bytes(piece))
            left -= piece


def _tear(log: Path, synced: int, rng: random.Random) -> None:
    """Cut, blank or garble what lies beyond the bytes that reached the disk."""
    size = log.stat().st_size
    at = rng.randrange(min(synced, size), size + 1)
    with log.open("r+b") as file:
        match rng.randrange(3):
            case 0:
                file.truncate(at)
            case 1:
                file.seek(at)
                file.write(bytes(size - at))
            case _:
                file.seek(at)
                file.write(rng.randbytes(size - at + rng.randrange(8192)))


def _examine(folder: Path) -> Health:
    return examine(
        folder / "court",
        clock=SetClock(),
        by="cli",
        mend=True,
        every_field=True,
        stale_s=0.0,
    )
