"""No profile that loads loses a block of the law, whatever is written in it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import fields, replace
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from routes.calendar import DayKind, WorkCalendar
from routes.errors import ProfileError
from routes.measures import ActKind
from routes.model import Finding, Identifier, PlaceKind, Verdict
from routes.rules import (
    RuleProfile,
    check_case,
    check_claim,
    check_item,
    check_step,
    check_visit,
    load_profile,
)
from routes.rules.floors import FLOORS, Kind, Tighter
from tests.routes.rules import measure_samples as m
from tests.routes.rules.samples import CASE, CLAIM, DEBTOR, LOCAL, PROFILE, TODAY
from tests.routes.rules.test_fixes_exact import CASES, CLAIMS, DEBTORS, TEAMS

_CODES = {
    "identity.never_counted": sorted(Identifier),
    "closed_days.civil": sorted(DayKind),
    "closed_days.administrative": sorted(DayKind),
}
_ODD = st.sampled_from([True, -1, 0, 200, 10**7, 0.5, "7", "", "inf", [], [[]], None])


def _of_kind(key: str) -> st.SearchStrategy[Any]:
    floor = FLOORS[key]
    if floor.kind is Kind.WHOLE:
        least, most = floor.least, floor.most
        if isinstance(floor.statute, int):
            higher = floor.tighter is Tighter.HIGHER
            least, most = (floor.statute, most) if higher else (least, floor.statute)
        return st.integers(least, most)
    if floor.kind is Kind.SHARE:
        return st.floats(0.0, 1.0)
    if floor.kind is Kind.CODES:
        return st.lists(st.sampled_from(_CODES[key]), max_size=4)
    if floor.kind is Kind.GROUPS:
        group = st.lists(st.sampled_from(sorted(Identifier)), max_size=8)
        return st.lists(group, max_size=2) | st.lists(group, max_size=1).map(
            lambda more: [["id_number", "birth_date", "credit_code"], *more]
        )
    if floor.kind is Kind.HOURS:
        hour = st.times().map(lambda at: f"{at:%H:%M}") | st.just("24:00")
        return st.tuples(hour, hour).map(list)
    return st.text(max_size=5)


_PROFILES = st.dictionaries(st.sampled_from(sorted(FLOORS)), st.none(), max_size=4).flatmap(
    lambda keys: st.fixed_dictionaries(
        {key: st.one_of(*[_of_kind(key)] * 4, _ODD) for key in sorted(keys)}
    )
)


def _written(folder: Path, own: dict[str, Any]) -> Path:
    lines = [f"{key} = {json.dumps(value)}\n" for key, value in own.items() if value is not None]
    path = folder / "court.toml"
    path.write_text("".join(lines), encoding="utf-8")
    return path


def _loosest() -> RuleProfile:
    """Return the statutes alone: every policy as loose as its range lets it be."""
    values: dict[str, Any] = {}
    for key, floor in FLOORS.items():
        if isinstance(floor.statute, int | float):
            values[key] = floor.statute
        elif floor.tighter is Tighter.LOWER:
            values[key] = floor.most
        elif floor.tighter is Tighter.HIGHER:
            values[key] = floor.least
    return replace(
        PROFILE,
        hours_s=dict.fromkeys(PlaceKind, (7 * 3600, 21 * 3600)),
        instalment_grace_d=values["instalments.grace_d"],
        contact_valid_d=values["contact.valid_d"],
        seizure_excess_share=float(values["seizure.excess_share"]),
        seizure_costs_share=float(values["seizure.costs_share"]),
        address_stale_d=values["address.stale_d"],
        questioning_alert_h=values["questioning.most_h"],
    )


STATUTES = _loosest()


@st.composite
def _facts(draw: st.DrawFn) -> Any:
    starts_at = datetime.combine(draw(_NEAR_DAYS), draw(st.times()).replace(fold=0), LOCAL)
    born_on = draw(st.dates(date(1940, 1, 1), date(2012, 1, 1)))
    hours_ago = draw(st.integers(0, 30))
    acts = (*m.SUMMONS.acts, *m.acts(ActKind.CONTROLLED, at=m.AT - timedelta(hours=hours_ago)))
    case = replace(CASE, **draw(CASES))
    claim = replace(CLAIM, **draw(CLAIMS), kind=draw(st.sampled_from(PlaceKind)))
    target = replace(m.TARGET, born_on=born_on)
    return (
        case,
        replace(DEBTOR, **draw(DEBTORS)),
        claim,
        draw(st.none() | TEAMS),
        starts_at,
        replace(m.SUMMONS, acts=acts, complex_matter=draw(st.booleans())),
        replace(m.DETENTION, target=target, detention_days=draw(st.integers(0, 20))),
        draw(st.floats(0.0, 3.0)),
        draw(st.floats(0.0, 10_000.0)),
    )


_NEAR_DAYS = st.sampled_from([TODAY, date(2026, 10, 1), date(2026, 10, 4), date(2026, 11, 28)])


def _blocks(facts: Any, profile: RuleProfile) -> set[tuple[str, str]]:
    return {
        (one.rule, one.subject)
        for one in findings_of(facts, profile)
        if one.verdict is Verdict.BLOCK
    }


def findings_of(facts: Any, profile: RuleProfile) -> Iterator[Finding]:
    case, debtor, claim, team, starts_at, summons, detention, excess, costs = facts
    day = starts_at.date()
    yield from check_case(case, debtor, (claim,), on=day, profile=profile)
    yield from check_claim(case, debtor, claim, on=day, profile=profile)
    yield from check_visit(
        case,
        debtor,
        claim,
        team,
        starts_at=starts_at,
        calendar=WorkCalendar(),
        profile=profile,
    )
    for step in (summons, detention):
        yield from check_step(step, debtor.kind, at=m.AT, profile=profile)
    yield from check_item(
        replace(m.ITEM, value_yuan=10_000.0 * excess),
        m.SEIZURE.kind,
        debtor,
        debt_yuan=10_000.0,
        costs_yuan=costs,
        recorded_yuan=10_000.0,
        held_yuan=0.0,
        in_operation=False,
        on=m.ON,
        profile=profile,
    )


def test_the_loosest_lawful_profile_names_every_parameter() -> None:
    assert {one.name for one in fields(STATUTES)} == {one.name for one in fields(PROFILE)}
    assert STATUTES != PROFILE


@settings(
    deadline=None,
    max_examples=150,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(own=_PROFILES, facts=_facts())
def test_no_profile_that_loads_loses_a_block_of_the_law(
    tmp_path: Path, own: dict[str, Any], facts: Any
) -> None:
    try:
        profile = load_profile(_written(tmp_path, own))
    except ProfileError:
        return
    assert _blocks(facts, profile) >= _blocks(facts, STATUTES)
