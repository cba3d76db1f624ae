"""Imports tried in a process of its own, which is ended when it takes too long."""

from __future__ import annotations

import multiprocessing
import os
import re
import resource
import shutil
import signal
import tempfile
import traceback
from contextlib import closing, suppress
from dataclasses import dataclass, replace
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from data.imports import import_file, layer_tables
from data.store import Store
from geo import areafile
from geo.errors import FieldwritError
from tests.fakes import StandingClock

__all__ = ["MOST_CPU_S", "MOST_MIB", "ImportWorker", "Trial"]

MOST_CPU_S = 5.0
MOST_MIB = 1024
_WALL_S = 60.0  # the machine may be busy
_LOADED = (layer_tables, areafile)


@dataclass(frozen=True, slots=True)
class Trial:
    """What became of one file: ``end`` is taken, refused, crash or hang."""

    end: str
    message: str = ""
    written: bool = False
    cpu_s: float = 0.0
    mib: float = 0.0


class ImportWorker:
    """Tries files one after the other against one store; started again after a bad end."""

    def __init__(self, empty_court: Path) -> None:
        self._empty = empty_court
        self._process: Any = None

    def __enter__(self) -> ImportWorker:
        return self

    def __exit__(self, *_: object) -> None:
        self._end()

    def attempt(self, kind: str, path: Path, *, quarantine: bool = False) -> Trial:
        """Import a file as a kind of table; returns within a minute, whatever it holds."""
        if self._process is None:
            self._start()
        self._ours.send((kind, path, quarantine))
        if not self._ours.poll(_WALL_S):
            self._end()
            return Trial("hang", "no answer")
        try:
            trial: Trial = self._ours.recv()
        except EOFError:
            self._process.join()
            code = self._process.exitcode
            self._end()
            return Trial("crash", f"ended with {code}")
        if trial.cpu_s > MOST_CPU_S:
            trial = replace(trial, end="hang")
        if trial.mib > MOST_MIB or trial.end in ("crash", "hang"):
            self._end()
        return trial

    def _start(self) -> None:
        context = multiprocessing.get_context("spawn")  # no memory but its own
        self._ours, theirs = context.Pipe()
        self._process = context.Process(target=_serve, args=(theirs, self._empty))
        self._process.start()
        theirs.close()

    def _end(self) -> None:
        if self._process is not None:
            with suppress(ProcessLookupError):
                os.killpg(self._process.pid, signal.SIGKILL)
            self._process.kill()
            self._process.join()
            self._ours.close()
            self._process = None


def _serve(theirs: Connection, empty_court: Path) -> None:
    os.setsid()
    os.environ["GDAL_PAM_ENABLED"] = "NO"
    with tempfile.TemporaryDirectory() as folder:
        shutil.copytree(empty_court, Path(folder) / "court")
        with closing(Store.open(Path(folder) / "court", clock=StandingClock())) as store:
            while True:
                try:
                    kind, path, quarantine = theirs.recv()
                except EOFError:
                    return
                theirs.send(_tried(store, kind, path, quarantine))


def _tried(store: Store, kind: str, path: Path, quarantine: bool) -> Trial:
    before, begun_s = store.counts(), _cpu_s()
    Path("/proc/self/clear_refs").write_text("5", "ascii")  # the peak counts anew
    try:
        report = import_file(store, kind, path, quarantine=quarantine)
    except FieldwritError as error:
        end, message = "refused", str(error)
    except Exception:
        end, message = "crash", traceback.format_exc()
    else:
        end, message = "taken", "".join(map(str, report.problems))
    after = store.counts()
    return Trial(end, message, before != after, _cpu_s() - begun_s, _peak_mib())


def _cpu_s() -> float:
    used = (resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return sum(one.ru_utime + one.ru_stime for one in used)


def _peak_mib() -> float:
    own = re.search(r"VmHWM:\s*(\d+)", Path("/proc/self/status").read_text("ascii"))
    assert own is not None
    readers = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
    return max(int(own[1]), readers) / 1024
