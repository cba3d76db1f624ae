"""A court where stations proposed other times than a plan has, and the court agreed."""

from __future__ import annotations

from dataclasses import replace

from data.store import Store
from geo.localtime import moment_at
from routes.model import ActionId, SupportState
from routes.planning import MaxIterations, solve
from routes.planning.support import requests_of
from tests.web.court import ACTION, NOW

__all__ = ["AGREED_S", "SOLVED", "agree_on_other_times"]

SOLVED = ActionId("20261126-solved")
AGREED_S = 15 * 3600 + 1800
"""When the visit with an escort is to be; the duty at the checkpoint an hour later."""


def agree_on_other_times(store: Store, *, document: str) -> None:
    """Keep a solved plan of which every request was moved by agreement."""
    held = store.problem(ACTION)
    assert held is not None
    problem = replace(held, id=str(SOLVED))
    made = solve(problem, stop=MaxIterations(50), seed=1)
    store.save(SOLVED, problem, made, made_at=NOW)
    for ask in requests_of(problem, made, territory={"CP-1": "PS-1"}):
        sent = store.support_requests.create(
            SOLVED,
            "PS-1",
            ask.kind,
            ask.ref,
            ask.starts_at,
            ask.ends_at,
            "test",
            is_duty=ask.is_duty,
            document=document,
            state=SupportState.SENT,
        )
        store.support_requests.answer(
            sent.id,
            SupportState.OTHER_TIME_PROPOSED,
            "test",
            proposed_starts_at=moment_at(ask.day, AGREED_S + 3600 * ask.is_duty),
        )
        store.support_requests.answer(sent.id, SupportState.CONFIRMED, "test")
