"""How well P(found) kept its word on the court's own visits. No person shows in it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from datetime import date
from typing import Any

import numpy as np

from geo.localtime import local_day, moment_at
from geo.messages import Message, message
from geo.model import Ints
from geo.ports import ProgressListener
from routes.locating.reliability import FEWEST, Forecasts, forecasts, reliability, townships
from routes.ports import Clock
from routes.rules import check_lead, has_block
from web.clock import system_clock
from web.config import Settings
from web.i18n import translator
from web.wiring import Court, using

__all__ = ["check_reliability"]


def check_reliability(
    settings: Settings,
    *,
    since: date | None = None,
    by_township: bool = False,
    clock: Clock = system_clock,
    listener: ProgressListener | None = None,
) -> dict[str, Any]:
    """Return scores and the reliability table of the forecasts of the court's visits.

    Each visit is forecast from what was known before it, with the parameters in use. Of a
    group of fewer than ``FEWEST`` visits only their number is told.

    Parameters
    ----------
    since
        First day of the visits that count; None: all.
    by_township
        Also by township of the address.
    """
    say = translator(settings.language)
    with using(Court(settings, clock=clock)) as court:
        store, claims = court.store, court.store.claims()
        made = forecasts(
            debtors=store.debtors(),
            claims=claims,
            outcomes=store.outcomes(),
            leads=[
                lead
                for lead in store.leads()
                if not has_block(check_lead(lead, at=lead.received_at, profile=court.profile))
            ],
            now=clock(),
            parameters=court.parameters,
            calendar=court.calendar,
            since=None if since is None else moment_at(since, 0),
            listener=listener,
            answers=store.answers(),
        )
        store.audit.append("cli", "locating.check", "store:-", {"visits": len(made.p)})
        groups: dict[Message | str, Ints] = {message("全部走访"): np.arange(len(made.p))}
        if by_township:
            groups |= _of_townships(townships(made.outcomes, claims))
        return {
            "since": None if since is None else since.isoformat(),
            "visits": len(made.p),
            "unforeseen": made.unforeseen,
            "groups": [
                {
                    "group": name.render(say) if isinstance(name, Message) else name,
                    **_scores(made, at),
                }
                for name, at in groups.items()
            ],
            "notes": [note.render(say) for note in _notes(court, made, since)],
        }


def _of_townships(found: Mapping[str, Ints]) -> dict[Message | str, Ints]:
    return {code or message("乡镇不明"): at for code, at in found.items()}


def _scores(made: Forecasts, at: Ints) -> dict[str, Any]:
    told = reliability(made.p[at], made.found[at])
    return {"count": len(at), "scores": None if told is None else asdict(told)}


def _notes(court: Court, made: Forecasts, since: date | None) -> list[Message]:
    """Return what should be known to read the scores."""
    notes = []
    if len(made.p) < FEWEST:
        notes.append(message("走访结果太少：至少 %(least)d 次才能检验可靠性", least=FEWEST))
    if made.unforeseen:
        notes.append(
            message(
                "%(count)d 次走访的地址当时尚无有效来源，未作预测，不计在内",
                count=made.unforeseen,
            )
        )
    held = court.store.locating_fits.in_use()
    if held is not None and court.parameters is not court.stated_parameters:
        after = local_day(held.applied_at)
        if since is None or since < after:
            notes.append(
                message(
                    "在用的参数是由 %(day)s 以前的走访学得的，对这些走访的检验会过于乐观；"
                    "用 --since %(day)s 只看此后的走访",
                    day=after.isoformat(),
                )
            )
    return notes
