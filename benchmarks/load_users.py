"""The users of :mod:`benchmarks.web_load`, as locust runs them in a process of its own.

Half of them look at pages, half are programs and open pages that ask the data end points. Each
waits between two requests as somebody does who reads.
"""

from __future__ import annotations

import os
from itertools import count

from locust import FastHttpUser, between, task

_COOKIES = os.environ.get("LOAD_COOKIES", "").split("\n")
_PLAN = os.environ.get("LOAD_PLAN", "")
_TILES = os.environ.get("LOAD_TILES", "").split(",")
_CASES = os.environ.get("LOAD_CASES", "").split(",")
_turn = count()


class _SignedIn(FastHttpUser):
    """Somebody with a session that was begun before."""

    abstract = True

    def on_start(self) -> None:
        self.headers = {"Cookie": _COOKIES[next(_turn) % len(_COOKIES)]}

    def ask(self, path: str, name: str) -> None:
        """Ask for a page or an answer; whoever is led to sign in has failed."""
        with self.client.get(
            path, name=name, headers=self.headers, allow_redirects=False, catch_response=True
        ) as answer:
            if answer.status_code != 200:
                answer.failure(f"{answer.status_code}")


class Programs(_SignedIn):
    """Data end points, each about as often as open pages ask for it."""

    wait_time = between(2.0, 6.0)

    @task(4)
    def live(self) -> None:
        self.ask(f"/api/live/{_PLAN}", "api live")

    @task(3)
    def jobs(self) -> None:
        self.ask("/api/jobs", "api jobs")

    @task(3)
    def case_points(self) -> None:
        self.ask(f"/api/cases/{_CASES[next(_turn) % len(_CASES)]}", "api case")

    @task(2)
    def plan(self) -> None:
        self.ask(f"/api/plans/{_PLAN}", "api plan")

    @task(2)
    def cases(self) -> None:
        self.ask("/api/v1/cases?count=20", "api cases")

    @task(1)
    def overview(self) -> None:
        self.ask("/api/overview/cases", "api overview")

    @task(4)
    def tile(self) -> None:
        self.ask(f"/tiles/{_TILES[next(_turn) % len(_TILES)]}.mvt", "api tile")

    @task(2)
    def field(self) -> None:
        self.ask("/api/field/state", "api field")


class Readers(_SignedIn):
    """Main pages."""

    wait_time = between(5.0, 15.0)

    @task(4)
    def overview(self) -> None:
        self.ask("/overview", "page overview")

    @task(4)
    def cases(self) -> None:
        self.ask("/cases", "page cases")

    @task(4)
    def case(self) -> None:
        self.ask(f"/cases/{_CASES[next(_turn) % len(_CASES)]}", "page case")

    @task(1)
    def plan(self) -> None:
        self.ask(f"/plans/{_PLAN}", "page plan")

    @task(1)
    def live(self) -> None:
        self.ask(f"/live/{_PLAN}", "page live")


class Bare(FastHttpUser):
    """Users of the peer, who ask as often."""

    wait_time = between(2.0, 6.0)

    @task
    def hello(self) -> None:
        self.client.get("/", name="bare")
