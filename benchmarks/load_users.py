"""The users of :mod:`benchmarks.web_load`, as locust runs them in a process of its own.

Half of them look at pages, half are programs and open pages that ask the data end points. Each
waits between two requests as somebody does who reads.
"""

from __future__ import annotations

import os
import re
from itertools import count

from locust import FastHttpUser, between, task

_PASSWORD = os.environ.get("LOAD_PASSWORD", "")
_PLAN = os.environ.get("LOAD_PLAN", "")
_CASES = os.environ.get("LOAD_CASES", "").split(",")
_WAIT = between(1.0, 3.0)
_TOKEN = re.compile(r'name="csrf_token" value="([^"]+)"')
_turn = count()


class _SignedIn(FastHttpUser):  # type: ignore[misc]
    """Somebody with a session; the signing in is not measured."""

    abstract = True
    wait_time = _WAIT

    def on_start(self) -> None:
        page = self.client.get("/login", name="sign in")
        found = _TOKEN.search(page.text or "")
        fields = {"csrf_token": found[1] if found else "", "password": _PASSWORD}
        self.client.post("/login", data={**fields, "username": "commander"}, name="sign in")

    def case(self) -> str:
        return _CASES[next(_turn) % len(_CASES)]


class Programs(_SignedIn):
    """Data end points, each about as often as open pages ask for it."""

    @task(4)
    def live(self) -> None:
        self.client.get(f"/api/live/{_PLAN}", name="api live")

    @task(3)
    def jobs(self) -> None:
        self.client.get("/api/jobs", name="api jobs")

    @task(3)
    def case_points(self) -> None:
        self.client.get(f"/api/cases/{self.case()}", name="api case")

    @task(2)
    def plan(self) -> None:
        self.client.get(f"/api/plans/{_PLAN}", name="api plan")

    @task(2)
    def cases(self) -> None:
        self.client.get("/api/v1/cases?count=20", name="api cases")

    @task(1)
    def overview(self) -> None:
        self.client.get("/api/overview/cases", name="api overview")

    @task(4)
    def tile(self) -> None:
        self.client.get(f"/tiles/12/{3390 + next(_turn) % 16}/1760.mvt", name="api tile")

    @task(2)
    def field(self) -> None:
        self.client.get("/api/field/state", name="api field")


class Readers(_SignedIn):
    """Main pages."""

    @task(4)
    def overview(self) -> None:
        self.client.get("/overview", name="page overview")

    @task(4)
    def cases(self) -> None:
        self.client.get("/cases", name="page cases")

    @task(4)
    def case(self) -> None:
        self.client.get(f"/cases/{super().case()}", name="page case")

    @task(1)
    def plan(self) -> None:
        self.client.get(f"/plans/{_PLAN}", name="page plan")

    @task(1)
    def live(self) -> None:
        self.client.get(f"/live/{_PLAN}", name="page live")


class Bare(FastHttpUser):  # type: ignore[misc]
    """Users of the peer, who ask as often."""

    wait_time = _WAIT

    @task
    def hello(self) -> None:
        self.client.get("/", name="bare")
