"""Streams of the live room: how many, what they say, that they end and are given back."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest
import requests
from waitress.server import BaseWSGIServer

from data.model import Role
from tests.web.conftest import KEY, Reader
from tests.web.court import ACTION, PASSWORD
from web.app import create_app
from web.live_events import LiveEvents
from web.services import Services
from web.steps.serving import open_server

SignIn = Callable[[Role | str], Reader]
EVENTS = f"/api/live/{ACTION}/events"
CHANGE = b"event: change\ndata: -\n\n"


class Watch:
    """A clock that goes on while somebody sleeps, and what happens at some seconds of it."""

    def __init__(self, *changes_s: float) -> None:
        self.at_s = 0.0
        self._changes_s = changes_s

    def sleep(self, seconds: float) -> None:
        self.at_s += seconds

    def version(self) -> str:
        return str(sum(self.at_s >= one for one in self._changes_s))


def events(watch: Watch, most: int = 1) -> LiveEvents:
    return LiveEvents(most, now_s=lambda: watch.at_s, sleep=watch.sleep)


def test_a_stream_tells_each_change_once_and_ends_after_a_minute() -> None:
    watch = Watch(5.0, 30.0)
    told = events(watch).begin(watch.version)
    assert told is not None
    first, *rest = told
    assert first.startswith(b"retry: 500\n")
    assert first.endswith(CHANGE)
    assert rest.count(CHANGE) == 2
    assert set(rest) == {CHANGE, b": still here\n\n"}
    assert watch.at_s == 60.0


def test_no_more_streams_than_allowed_and_each_is_given_back_once() -> None:
    watch = Watch()
    streams = events(watch, most=2)
    first, second = streams.begin(watch.version), streams.begin(watch.version)
    assert first is not None
    assert second is not None
    assert streams.begin(watch.version) is None
    first.close()  # type: ignore[attr-defined]
    first.close()  # type: ignore[attr-defined]
    third = streams.begin(watch.version)
    assert third is not None
    assert streams.begin(watch.version) is None
    assert list(third)
    assert streams.begin(watch.version) is not None


def test_a_store_that_fails_gives_the_stream_back() -> None:
    def broken() -> str:
        raise OSError("no disk")

    streams = events(Watch())
    told = streams.begin(broken)
    assert told is not None
    with pytest.raises(OSError, match="no disk"):
        next(told)
    assert streams.begin(broken) is not None


def test_a_server_without_streams_says_so(court: Services, signed_in: SignIn) -> None:
    commander = signed_in(Role.COMMANDER)
    answer = commander.client.get(EVENTS)
    assert (answer.status_code, answer.data) == (204, b"")
    assert commander.client.get("/api/live/none/events").status_code == 404
    assert '"events": null' in commander.get(f"/live/{ACTION}").text


@pytest.mark.parametrize("role", [Role.POLICE_LIAISON, Role.GRID_LIAISON, Role.ADMIN])
def test_streams_are_for_who_may_read_plans(signed_in: SignIn, role: Role) -> None:
    assert signed_in(role).client.get(EVENTS).status_code == 403


def test_a_change_reaches_an_open_stream_of_the_real_server(court: Services) -> None:
    app = create_app(
        replace(court, live_events=LiveEvents(1)),
        secret_key=KEY,
        session_idle=timedelta(days=4000),
    )
    server = open_server(app, host="127.0.0.1", port=0, threads=3)
    assert isinstance(server, BaseWSGIServer)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    address = f"http://127.0.0.1:{server.effective_port}"
    try:
        with requests.Session() as reader:
            page = reader.get(f"{address}/login").text
            token = page.split('name="csrf_token" value="')[1].split('"')[0]
            sent = {"csrf_token": token, "username": "commander", "password": PASSWORD}
            reader.post(f"{address}/login", data=sent)
            assert f'"events": "{EVENTS}"' in reader.get(f"{address}/live/{ACTION}").text
            with reader.get(address + EVENTS, stream=True, timeout=20) as stream:
                assert stream.headers["Content-Type"].startswith("text/event-stream")
                lines = stream.iter_lines()
                assert b"event: change" in [next(lines), next(lines)]
                assert reader.get(address + EVENTS).status_code == 204  # the only one is taken
                court.store.audit.append("u1", "court.test", "store:-")
                assert b"event: change" in lines
    finally:
        server.close()
        thread.join(timeout=10)
