"""What is sent that is too much, too many, of the wrong kind, or a bomb: told, and not kept."""

from __future__ import annotations

import base64
import os
import re
import socket
import struct
import threading
import zlib
from collections.abc import Callable, Iterator
from dataclasses import replace
from io import BytesIO, RawIOBase
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from werkzeug.test import TestResponse

from data.jobs import JobState
from data.model import Role
from tests.data.imports.broken_files import BROKEN
from tests.web.conftest import Reader, Waiting
from tests.web.picture_server import picture
from web.config import Settings
from web.pictures import MOST_PIXELS, pixels
from web.services import Services, attach
from web.steps.serving import open_server
from web.views.jobs import MOST_UPLOAD
from web.working import work_on

SignIn = Callable[[Role | str], Reader]
_MIB = 1024 * 1024


@pytest.fixture
def app(pages: Flask, court: Services, queue: Waiting, settings: Settings) -> Flask:
    served = replace(
        court, queue=queue, uploads_dir=settings.uploads_dir, packs_dir=settings.packs_dir
    )
    attach(pages, served)
    return pages


@pytest.fixture
def officer(app: Flask) -> Reader:
    reader = Reader(app.test_client())
    reader.sign_in("officer")
    reader.get("/jobs")
    return reader


class Endless(RawIOBase):
    """A body that does not end, and how much of it was taken."""

    def __init__(self, head: bytes, filler: bytes = b"a", most: int = 1 << 40) -> None:
        self.taken, self._head, self._filler, self._most = 0, head, filler, most

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1) -> bytes:
        assert 0 <= size <= 16 * _MIB, "a body is never read whole"
        size = min(size, self._most - self.taken)
        chunk = self._head[self.taken : self.taken + size]
        self.taken += size
        return chunk + self._filler * (size - len(chunk))

    def readinto(self, buffer: Any) -> int:
        chunk = self.read(len(buffer))
        buffer[: len(chunk)] = chunk
        return len(chunk)


def _send(
    reader: Reader, path: str, body: Endless, kind: str, length: int | None = None
) -> TestResponse:
    """Send a body with a length that the head names, or in pieces without one."""
    more: dict[str, Any] = {"wsgi.input": body, "CONTENT_TYPE": kind}
    if length is None:
        more |= {"wsgi.input_terminated": True, "HTTP_TRANSFER_ENCODING": "chunked"}
    else:
        more["CONTENT_LENGTH"] = str(length)
    headers = {"X-CSRFToken": reader.token}
    return reader.client.post(path, headers=headers, environ_overrides=more)


_PLAIN_FORM = "application/x-www-form-urlencoded"
_FORM = "multipart/form-data; boundary=xx"
_FILE = b'--xx\r\nContent-Disposition: form-data; name="file"; filename="a.csv"\r\n\r\n'
_LIMITS = {"/help/tour": 1, "/jobs/geocode": 1, "/api/outcomes": 24, "/jobs/import": 64}


@pytest.mark.parametrize("path", _LIMITS)
def test_a_body_of_too_great_a_length_is_not_read(
    path: str, officer: Reader, queue: Waiting, settings: Settings
) -> None:
    kind = "application/json" if path.startswith("/api/") else _FORM
    for over in (_LIMITS[path] * _MIB + 1, 1 << 50):
        body = Endless(_FILE)
        answer = _send(officer, path, body, kind, over)
        assert answer.status_code == 413
        assert "提交的内容过大" in (answer.json["error"] if kind != _FORM else answer.text)  # type: ignore[index]
        assert body.taken == 0
    assert queue.ids == []
    assert not settings.uploads_dir.exists()


@pytest.mark.parametrize("path", _LIMITS)
@pytest.mark.parametrize(
    ("kind", "head"),
    [(_FORM, _FILE), (_PLAIN_FORM, b"reason="), ("application/json", b'{"outcomes": "')],
)
def test_a_body_without_a_length_is_not_taken(
    path: str, kind: str, head: bytes, officer: Reader, settings: Settings
) -> None:
    """Its end would be cut off; the server itself measures what comes in pieces."""
    body = Endless(head)
    answer = _send(officer, path, body, kind)
    assert answer.status_code == 411
    assert "没有写明长度" in (answer.json["error"] if path.startswith("/api/") else answer.text)  # type: ignore[index]
    assert body.taken == 0
    assert not settings.uploads_dir.exists()


def test_a_form_without_files_is_never_large(officer: Reader) -> None:
    for path in ("/jobs/import", "/api/outcomes"):
        body = Endless(b"reason=")
        assert _send(officer, path, body, _PLAIN_FORM, 2 * _MIB).status_code == 413
        assert body.taken == 0
    answer = officer.post("/help/tour", reason="字" * 40_000)
    assert answer.status_code == 400
    assert "文字过长" in answer.text


def test_who_may_not_import_may_not_send_much_either(
    app: Flask, settings: Settings, signed_in: SignIn
) -> None:
    for reader in (Reader(app.test_client()), signed_in(Role.POLICE_LIAISON)):
        reader.get("/login")
        body = Endless(_FILE)
        assert _send(reader, "/jobs/import", body, _FORM, 2 * _MIB).status_code == 413
        assert body.taken == 0
    assert not settings.uploads_dir.exists()


def test_too_many_fields_and_parts_are_refused(officer: Reader, queue: Waiting) -> None:
    many: dict[str, Any] = {f"field-{n}": "x" for n in range(1100)}
    files = {f"file-{n}": (BytesIO(b"x"), "a.csv") for n in range(1100)}
    for fields in (many, files):
        sent = {"csrf_token": officer.token, **fields}
        answer = officer.client.post("/jobs/geocode", data=sent, content_type="multipart/form-data")
        assert answer.status_code == 413
        assert "提交的内容过大" in answer.text
    assert queue.ids == []


@pytest.mark.parametrize(
    "body",
    [
        b"[" * 200_000,
        b'{"outcomes":' * 50_000,
        b'{"outcomes": [' + b"[" * 100_000 + b"]" * 100_000 + b"]}",
        b'{"outcomes": 1' + b"0" * 20_000 + b"}",
        b'{"outcomes": [NaN, Infinity]}',
        b"\xff\xfe{\x00",
        b"\x00" * 1000,
        b"",
    ],
)
def test_a_body_that_is_no_object_is_refused(body: bytes, officer: Reader) -> None:
    for path in ("/api/outcomes", "/api/overview/find", "/api/overview/within"):
        answer = officer.client.post(
            path,
            data=body,
            content_type="application/json",
            headers={"X-CSRFToken": officer.token},
        )
        assert answer.status_code == 400, path
        assert answer.json["error"], path  # type: ignore[index]


def _upload(reader: Reader, content: bytes, name: str) -> TestResponse:
    fields = {
        "csrf_token": reader.token,
        "kind": "stations",
        "file": (BytesIO(content), name),
    }
    return reader.client.post("/jobs/import", data=fields)


@pytest.mark.parametrize(
    "name",
    ["a.csv.exe", "a.svg", "a.html", "a.xlsm.js", "a.xlsx\u202e.exe", "csv", ".htaccess", "a."],
)
def test_a_file_of_another_kind_is_not_taken_in(
    name: str, officer: Reader, queue: Waiting, settings: Settings
) -> None:
    answer = _upload(officer, b"x", name)
    assert answer.status_code == 302
    assert "不能导入这种文件；可用 xlsx" in officer.get(answer.location).text
    assert queue.ids == []
    assert not settings.uploads_dir.exists()


@pytest.mark.parametrize(
    "name",
    [
        "../../../evil.csv",
        "..\\..\\evil.csv",
        "/etc/cron.d/evil.csv",
        "C:\\windows\\evil.csv",
        "uploads/../../evil.csv",
        "%2e%2e%2fevil.csv",
        "evil\x01.csv",
        "‮vsc.evil.csv",
        "名" * 3000 + ".csv",
        "con.csv",
        "-rf.csv",
        ".csv.csv",
    ],
)
def test_a_name_of_a_file_names_no_place(
    name: str, officer: Reader, court: Services, queue: Waiting, settings: Settings
) -> None:
    def files() -> set[Path]:
        return {one for one in settings.data_dir.parent.rglob("*") if one.is_file()}

    before = files()
    answer = _upload(officer, "编号,派出所名称,经度,纬度\n".encode(), name)
    assert answer.status_code == 302
    (kept,) = {one for one in files() - before if "sqlite3" not in one.name}
    assert kept.parent == settings.uploads_dir
    assert kept.stem.isalnum()
    assert len(kept.name) == 36
    assert os.stat(kept).st_mode & 0o077 == 0
    job = court.store.jobs.get(queue.ids[-1])
    assert job is not None
    assert job.wanted["file"] == kept.name
    assert officer.get("/jobs").status_code == 200


@pytest.mark.parametrize("name", ["bomb of texts", "picture", "members with a way out"])
def test_a_bomb_in_a_table_is_refused_by_the_page(
    name: str,
    officer: Reader,
    court: Services,
    queue: Waiting,
    settings: Settings,
    tmp_path: Path,
) -> None:
    """How much memory and time it may take is measured where the reader is tested."""
    known = [one for one in BROKEN if name in one]
    path = BROKEN[known[0]](tmp_path) if known else _way_out(tmp_path)
    before = court.store.stations()
    assert _upload(officer, path.read_bytes(), path.name).status_code == 302
    work_on(court.store, settings, queue.ids[-1], telling=queue, clock=court.clock)
    job = court.store.jobs.get(queue.ids[-1])
    assert job is not None
    assert job.state is JobState.FAILED
    (told,) = re.findall(r'class="warn-text">([^<]+)<', officer.get("/jobs").text)
    assert "请" in told
    assert court.store.stations() == before


def _way_out(folder: Path) -> Path:
    import zipfile

    path = folder / "a.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("../../evil.csv", "a")
        archive.writestr("a.shp", b"\0")
    return path


def _png(width: int, height: int) -> bytes:
    """Return a picture whose head promises so many pixels."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return (
            struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
        )

    head = struct.pack(">IIBBBBB", width, height, 1, 0, 0, 0, 0)
    data = zlib.compress(b"\0" * min(height * (width // 8 + 1), 4 * _MIB), 9)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", data) + chunk(b"IEND", b"")


def _jpeg(width: int, height: int) -> bytes:
    small = picture("JPEG", 16)
    at = small.index(b"\xff\xc0") + 5
    return small[:at] + struct.pack(">HH", height, width) + small[at + 4 :]


def test_pixels_are_counted_without_unpacking() -> None:
    assert pixels(picture("PNG", 256)) == pixels(picture("JPEG", 256)) == 256 * 256
    assert pixels(_png(8000, 6000)) == 48_000_000
    for bomb in (_png(60_000, 60_000), _png(1 << 30, 1 << 30), _jpeg(65_000, 65_000)):
        assert (pixels(bomb) or 0) > MOST_PIXELS
    for nothing in (b"", b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff\xe0 invented", b"<svg/>", b"GIF89a"):
        assert pixels(nothing) is None


@pytest.mark.parametrize(
    ("content", "media_type", "told"),
    [
        (_png(60_000, 60_000), "image/png", "50,000,000 个像素"),
        (_jpeg(65_000, 65_000), "image/jpeg", "50,000,000 个像素"),
        (b"\xff\xd8\xff\xe0<script>alert(1)</script>", "image/jpeg", "打不开"),
        (b"\x89PNG\r\n\x1a\n", "image/png", "打不开"),
        (picture("PNG"), "image/jpeg", "JPEG 或 PNG"),
        (picture("GIF"), "image/gif", "打不开"),
        (b"<svg onload=alert(1)>", "image/svg+xml", "打不开"),
        (picture("PNG") + b"\0" * 2 * _MIB, "image/png", "2 MiB"),
    ],
)
def test_a_photo_that_is_a_bomb_or_none_is_refused_with_its_outcome(
    content: bytes, media_type: str, told: str, officer: Reader, court: Services
) -> None:
    before = court.store.outcomes()
    photo = {
        "kind": "photo",
        "media_type": media_type,
        "content": base64.b64encode(content).decode(),
    }
    outcome = {
        "key": "visit-0001",
        "claim": court.store.claims()[0].id,
        "kind": "moved",
        "at": "2026-11-24T09:30:00+08:00",
        "record": {"team": "T1", "files": [photo]},
    }
    answer = officer.client.post(
        "/api/outcomes", json={"outcomes": [outcome]}, headers={"X-CSRFToken": officer.token}
    )
    assert answer.status_code == 200
    (receipt,) = answer.json["outcomes"]  # type: ignore[index]
    assert receipt["state"] == "refused"
    assert told in receipt["text"]
    assert court.store.outcomes() == before


@pytest.fixture
def served(app: Flask) -> Iterator[int]:
    """The server as ``fieldwrit serve`` opens it; yields its port."""
    server: Any = open_server(app, host="127.0.0.1", port=0)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    yield int(server.effective_port)
    server.trigger.pull_trigger(server.close)  # its own loop closes it
    thread.join(timeout=10)
    server.task_dispatcher.shutdown()
    assert not thread.is_alive()


def _first_line(port: int, head: str, body: Callable[[socket.socket], None] | None = None) -> str:
    with socket.create_connection(("127.0.0.1", port), timeout=30) as line:
        line.sendall(head.encode())
        if body is not None:
            body(line)
        return line.makefile("rb").readline().decode()


def test_the_server_takes_in_no_more_than_the_pages_could_use(served: int) -> None:
    head = "POST /login HTTP/1.1\r\nHost: localhost\r\n"
    length = f"Content-Length: {2 * MOST_UPLOAD + 1}\r\n\r\n"
    assert "413" in _first_line(served, head + length)
    both = "Transfer-Encoding: chunked\r\nContent-Length: 4\r\n\r\n0\r\n\r\n"
    assert _first_line(served, head + both).split()[1] == "400"
    for wrong in ("Content-Length: -1", "Content-Length: 1, 2", "Transfer-Encoding: x"):
        assert _first_line(served, f"{head}{wrong}\r\n\r\n").split()[1] in ("400", "501")


def test_a_body_in_pieces_is_held_to_the_pages_limit(served: int) -> None:
    head = (
        "POST /login HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n"
        "Content-Type: application/x-www-form-urlencoded\r\n\r\n"
    )

    def two_mib(line: socket.socket) -> None:
        piece = b"10000\r\n" + b"a" * 0x10000 + b"\r\n"
        for _ in range(32):
            line.sendall(piece)
        line.sendall(b"0\r\n\r\n")

    assert "413" in _first_line(served, head, two_mib)
