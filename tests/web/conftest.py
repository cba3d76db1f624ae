from __future__ import annotations

import re
import shutil
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from data.model import Role
from tests.web.answers import check_answers
from tests.web.court import PASSWORD, SetClock, fill, open_services
from web.app import create_app
from web.build import compile_catalogues
from web.config import Settings
from web.queueing import Progress
from web.services import Services, attach

KEY = "k" * 40
_TOKEN = re.compile(r'name="csrf_token" value="([^"]+)"')


class Reader:
    """A browser without scripts: signs in, reads pages, sends forms with their token."""

    def __init__(self, client: FlaskClient) -> None:
        self.client = client
        self.token = ""

    def get(self, path: str, *, follow_redirects: bool = False) -> TestResponse:
        response = self.client.get(path, follow_redirects=follow_redirects)
        found = _TOKEN.search(response.text) if "html" in response.content_type else None
        if found:
            self.token = found[1]
        return response

    def post(self, path: str, **fields: str | list[str]) -> TestResponse:
        return self.client.post(path, data={"csrf_token": self.token, **fields})

    def send(self, path: str, **fields: str | list[str]) -> str:
        """Send a form and return the page to which it leads."""
        response = self.post(path, **fields)
        assert response.status_code == 302
        return self.get(response.location).text

    def sign_in(self, username: str, password: str = PASSWORD) -> TestResponse:
        self.get("/login")
        response = self.post("/login", username=username, password=password)
        self.get("/", follow_redirects=True)
        return response


class Waiting:
    """A queue in memory that only notes what it was given."""

    def __init__(self) -> None:
        self.ids: list[str] = []
        self.told: dict[str, Progress] = {}
        self.stops: set[str] = set()

    def put(self, job_id: str) -> None:
        self.ids.append(job_id)

    def tell(self, job_id: str, progress: Progress) -> bool:
        self.told[job_id] = progress
        return job_id in self.stops

    def progress(self, job_id: str) -> Progress | None:
        return self.told.get(job_id)

    def ask_to_stop(self, job_id: str) -> None:
        self.stops.add(job_id)

    def stop_asked(self, job_id: str) -> bool:
        return job_id in self.stops


@pytest.fixture(scope="session", autouse=True)
def _catalogues() -> None:
    compile_catalogues()


@pytest.fixture(scope="session")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("court") / "data"
    fill(folder)
    return folder


@pytest.fixture
def clock() -> SetClock:
    return SetClock()


@pytest.fixture
def court(filled: Path, tmp_path: Path, clock: SetClock) -> Iterator[Services]:
    """A fresh copy of the tiny court, for tests that write."""
    shutil.copytree(filled, tmp_path / "data")
    services = open_services(tmp_path / "data", clock)
    yield services
    services.store.close()


@pytest.fixture(scope="module")
def session_idle() -> timedelta:
    """A test may move the clock by days and go on."""
    return timedelta(days=4000)


@pytest.fixture(scope="module")
def pages(filled: Path, session_idle: timedelta) -> Flask:
    """The pages, built once a module: that takes longer than most tests."""
    services = open_services(filled, SetClock())
    services.store.close()
    made = create_app(services, secret_key=KEY, session_idle=session_idle)
    check_answers(made)
    return made


@pytest.fixture
def app(pages: Flask, court: Services) -> Flask:
    """The pages of a test's own court."""
    attach(pages, court)
    return pages


@pytest.fixture
def own_app(court: Services, session_idle: timedelta) -> Flask:
    """Pages for a test that changes them."""
    return create_app(court, secret_key=KEY, session_idle=session_idle)


@pytest.fixture
def reader(app: Flask) -> Reader:
    return Reader(app.test_client())


@pytest.fixture
def signed_in(app: Flask) -> Callable[[Role | str], Reader]:
    def sign_in(who: Role | str) -> Reader:
        reader = Reader(app.test_client())
        assert reader.sign_in(str(who)).status_code == 302
        return reader

    return sign_in


@pytest.fixture
def queue() -> Waiting:
    return Waiting()


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(tmp_path / "data")
