"""A court whose key is only in the environment: all of it works, and nobody is told the key."""

from __future__ import annotations

import os
import re
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest
import requests

from benchmarks.ports import free_port
from data.crypto import GIVEN_KEY, Keys, given_keys
from data.jobs import JobState
from data.store import KEY_NAME, Store
from tests.conftest import FIELDWRIT
from tests.data.samples import CASE_ROW, NUMBER, write_csv
from web.build import is_current
from web.clock import system_clock

pytestmark = pytest.mark.skipif(not is_current(), reason="page assets are missing: run make assets")

_PATIENCE_S = 240.0
_PASSWORD = "a-long-enough-secret"
_CASES = 12_000  # read by processes of their own
_TOKEN = re.compile(r'name="csrf_token" value="([^"]+)"')


class Court:
    """A folder without a key file, and whatever its processes say."""

    def __init__(self, folder: Path, keys: Keys) -> None:
        self.folder, self.keys = folder, keys
        self.data_dir, self.logs = folder / "court", folder / "logs"
        self.logs.mkdir()

    @property
    def secrets(self) -> tuple[str, ...]:
        """What nobody may be told."""
        return tuple({part.split()[-1] for part in self.keys.value().split(";")})

    def store(self) -> Store:
        return Store.open(self.data_dir, clock=system_clock, keys=self.keys)

    def begin(self, *words: str, value: str | None = None) -> subprocess.Popen[str]:
        """Start a command that has the key in its environment; what it says goes into a file."""
        log = (self.logs / f"{words[0]}-{time.monotonic_ns()}.txt").open("w")
        with log:
            return subprocess.Popen(
                [FIELDWRIT, "--data-dir", self.data_dir, *words],
                env={**os.environ, GIVEN_KEY: value or self.keys.value()},
                cwd=self.folder,
                stdin=subprocess.PIPE,
                stdout=log,
                stderr=subprocess.STDOUT,
                text=True,
            )

    def run(self, *words: str, said: str = "", value: str | None = None) -> int:
        process = self.begin(*words, value=value)
        process.communicate(said, timeout=_PATIENCE_S)
        return process.returncode

    @contextmanager
    def running(self, *words: str) -> Iterator[subprocess.Popen[str]]:
        process = self.begin(*words)
        try:
            yield process
        finally:
            process.terminate()
            process.communicate(timeout=_PATIENCE_S)


class Overheard:
    """Looks again and again at the words of all processes of the machine."""

    def __init__(self, secrets: tuple[str, ...]) -> None:
        self._secrets = [one.encode() for one in secrets]
        self.seen: set[str] = set()
        self.found: set[str] = set()
        self._over = threading.Event()
        self._looking = threading.Thread(target=self._look, daemon=True)

    def __enter__(self) -> Overheard:
        self._looking.start()
        return self

    def __exit__(self, *_error: object) -> None:
        self._over.set()
        self._looking.join()

    def _look(self) -> None:
        while not self._over.wait(0.05):
            for path in Path("/proc").glob("[0-9]*/cmdline"):
                try:
                    words = path.read_bytes()
                except OSError:  # it has ended
                    continue
                if b"fieldwrit" in words or b"web.cli" in words:
                    self.seen.add(words.decode(errors="replace"))
                if any(one in words for one in self._secrets):
                    self.found.add(words.decode(errors="replace"))


@pytest.fixture
def court(tmp_path: Path) -> Iterator[Court]:
    made = Court(tmp_path, Keys.fresh().with_new())
    with Overheard(made.secrets) as overheard:
        yield made
    assert any(str(made.data_dir) in one for one in overheard.seen)
    assert overheard.found == set()
    assert not (made.data_dir / KEY_NAME).exists()
    for path in tmp_path.rglob("*"):
        if path.is_file():
            content = path.read_bytes()
            assert not any(one.encode() in content for one in made.secrets), path
            assert not any(bytes.fromhex(one) in content for one in made.secrets), path


def _said(court: Court) -> str:
    return "\n".join(path.read_text() for path in sorted(court.logs.iterdir()))


def _signed_in(address: str) -> requests.Session:
    session, ends_s = requests.Session(), time.monotonic() + _PATIENCE_S
    while True:
        try:
            page = session.get(f"{address}/login", timeout=10)
            break
        except requests.ConnectionError:
            assert time.monotonic() < ends_s
            time.sleep(0.2)
    fields = {"username": "officer", "password": _PASSWORD, "csrf_token": _token(page.text)}
    assert "/login" not in session.post(f"{address}/login", data=fields, timeout=30).url
    return session


def _token(page: str) -> str:
    found = _TOKEN.search(page)
    assert found is not None
    return found[1]


def _send(session: requests.Session, address: str, table: bytes) -> None:
    page = session.get(f"{address}/jobs", timeout=30).text
    sent = session.post(
        f"{address}/jobs/import",
        data={"kind": "cases", "datum": "", "csrf_token": _token(page)},
        files={"file": ("cases.csv", table)},
        timeout=60,
    )
    assert sent.status_code == 200, sent.text


def _jobs_done(court: Court, count: int) -> None:
    ends_s = time.monotonic() + _PATIENCE_S
    with closing(court.store()) as store:
        while True:
            jobs = store.jobs.latest()
            if len(jobs) == count and all(one.state.ended for one in jobs):
                break
            assert time.monotonic() < ends_s, jobs
            time.sleep(0.1)
    assert {one.state for one in jobs} == {JobState.DONE}, [one.error for one in jobs]


def test_pages_worker_and_import_live_by_the_key_in_the_environment(court: Court) -> None:
    assert court.run("init") == 0
    words = ("account", "add", "officer", "--role", "officer", "--name", "示例")
    assert court.run(*words, "--password-stdin", said=f"{_PASSWORD}\n") == 0
    rows = [dict(CASE_ROW) | {"案号": NUMBER.replace("执1号", f"执{k}号")} for k in range(_CASES)]
    table = write_csv(court.folder / "cases.csv", rows[1:]).read_bytes()
    port = free_port()
    address = f"http://127.0.0.1:{port}"
    with court.running("serve", "--port", str(port)):  # with a worker of its own beside it
        _send(_signed_in(address), address, table)
        _jobs_done(court, 1)
    few = write_csv(court.folder / "few.csv", [rows[1] | {"执行标的额": "1200"}]).read_bytes()
    with (
        court.running("serve", "--port", str(port), "--no-worker"),
        court.running("work"),
    ):
        _send(_signed_in(address), address, few)
        _jobs_done(court, 2)
    with closing(court.store()) as store:
        assert len(store.cases()) == _CASES - 1
        store.audit.verify()
    assert court.run("import", "cases", str(court.folder / "few.csv")) == 0
    assert court.run("doctor", "--all") == 0
    backup = ("backup", "make", str(court.folder / "monday.backup"), "--passphrase-stdin")
    assert court.run(*backup, said=f"{_PASSWORD}\n") == 0
    assert "已启动" in _said(court)


def test_errors_do_not_tell_the_key(court: Court) -> None:
    assert court.run("init") == 0
    secret, *fields = court.keys.value().split(";")
    for wrong in (
        Keys.fresh().value(),  # another store's
        f"{secret};field 1",
        f"{secret[:-2]};{';'.join(fields)}",
        f"{secret};{fields[0]};{fields[0]}",
        f"{secret}\n{secret}",
    ):
        for words in (("account", "list"), ("work",), ("serve", "--port", str(free_port()))):
            assert court.run(*words, value=wrong) != 0, words
            said = _said(court)
            assert not any(one in said for one in (*court.secrets, secret[:-2], wrong))
    assert GIVEN_KEY in _said(court)
    assert given_keys(court.keys.value()) == court.keys
    assert court.run("account", "list") == 0
