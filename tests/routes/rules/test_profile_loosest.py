"""The loosest value that each parameter takes still says what the law says."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from routes.measures import ActKind
from routes.model import CaseKind, Grade, Identifier, Instalment, PlaceKind, Verdict
from routes.rules import RuleProfile, load_profile
from routes.rules.floors import FLOORS, Tighter
from routes.rules.profile import profile_values
from tests.routes.rules import measure_samples as m
from tests.routes.rules.samples import CASE, CLAIM, DEBTOR, TEAM, TODAY, WHEN
from tests.routes.rules.test_profile_fuzz import findings_of

BLOCK, SIGN, WARN = Verdict.BLOCK, Verdict.SIGN_OFF, Verdict.WARN
DAY, HOUR = timedelta(days=1), timedelta(hours=1)
BIRTHDAY = TODAY.replace(year=TODAY.year - 70)


def _named(*identifiers: Identifier) -> frozenset[Identifier]:
    return frozenset(identifiers)


def _questioned(hours: int, *, complex_matter: bool) -> dict[str, Any]:
    controlled = m.acts(ActKind.CONTROLLED, at=m.AT - hours * HOUR)
    acts = (*m.SUMMONS.acts, *controlled)
    return {"summons": replace(m.SUMMONS, acts=acts, complex_matter=complex_matter)}


def _detained(**changes: Any) -> dict[str, Any]:
    born_on = changes.pop("born_on", m.TARGET.born_on)
    target = replace(m.TARGET, born_on=born_on)
    return {"detention": replace(m.DETENTION, target=target, **changes)}


def _identified(claim: frozenset[Identifier], debtor: frozenset[Identifier]) -> dict[str, Any]:
    return {
        "claim": replace(CLAIM, identifiers=claim),
        "debtor": replace(DEBTOR, identifiers=debtor),
    }


_NAME, _NUMBER, _KIN = Identifier.NAME, Identifier.ID_NUMBER, Identifier.KIN
_ADMINISTRATIVE = replace(CASE, kind=CaseKind.ADMINISTRATIVE)
_HOLIDAY = WHEN.replace(month=10, day=1)
_PLACE = CLAIM.place
assert _PLACE is not None

LAW: dict[str, tuple[dict[str, Any], str, Verdict]] = {
    "crew.min_officers": ({"team": replace(TEAM, officers=1)}, "B2", BLOCK),
    "identity.required": (_identified(_named(_NAME, _KIN), _named(_NAME)), "N1", BLOCK),
    "identity.required_on_claim": (
        _identified(_named(_NAME), _named(_NAME, _NUMBER, _KIN)),
        "N1",
        BLOCK,
    ),
    "identity.never_counted": (_identified(_named(_NAME), _named(_NUMBER)), "N1", BLOCK),
    "identity.dependent": (
        _identified(_named(_NUMBER), _named(Identifier.BIRTH_DATE, Identifier.CREDIT_CODE)),
        "N1",
        BLOCK,
    ),
    **{
        f"hours.{kind}": (
            {
                "case": _ADMINISTRATIVE,
                "claim": replace(CLAIM, kind=kind),
                "starts_at": WHEN.replace(hour=21, minute=30),
            },
            "T2",
            BLOCK,
        )
        for kind in PlaceKind
    },
    "closed_days.civil": ({"starts_at": _HOLIDAY}, "T1", SIGN),
    "closed_days.administrative": (
        {"case": _ADMINISTRATIVE, "starts_at": _HOLIDAY},
        "T2",
        BLOCK,
    ),
    "notice.due_d": ({"case": replace(CASE, notice_sent_on=None)}, "A2", WARN),
    "address.stale_d": (
        {"claim": replace(CLAIM, seen_on=TODAY - 1099 * DAY)},
        "P4",
        WARN,
    ),
    "address.min_confidence": (
        {"claim": replace(CLAIM, place=replace(_PLACE, confidence=0.29))},
        "P4",
        WARN,
    ),
    "contact.valid_d": (
        {"case": replace(CASE, grade=Grade.WHITE, contact_logged_on=TODAY - 367 * DAY)},
        "N3",
        SIGN,
    ),
    "questioning.most_h": (_questioned(9, complex_matter=False), "C3", BLOCK),
    "questioning.long_most_h": (_questioned(25, complex_matter=True), "C3", BLOCK),
    "detention.most_d": (_detained(detention_days=16), "D1", BLOCK),
    "detention.adult_y": (_detained(born_on=date(TODAY.year - 17, 1, 1)), "D5", BLOCK),
    "detention.old_y": (_detained(born_on=BIRTHDAY), "D5", BLOCK),
    "instalments.grace_d": (
        {"case": replace(CASE, instalments=(Instalment(TODAY, None),))},
        "N5",
        BLOCK,
    ),
    "seizure.excess_share": ({"excess": 1.21}, "Z6", BLOCK),
    "seizure.costs_share": ({"costs": 3_001.0}, "Z6", SIGN),
}
"""Facts that the law or LAW.md speaks against, with the rule and what it says."""

ELSEWHERE = {
    "court.high_court": "a name; only a high court's is taken (test_profile)",
    "detention.family_notice_h": "a clock; never beyond the statute (test_profile)",
    "notice.after_measures_d": "a clock; never beyond the statute (test_profile)",
    "notice.alert_d": "when a clock presses",
    "questioning.alert_h": "when a clock presses",
    "seizure.alert_d": "when a clock presses",
    "retention.case_d": "how long data are kept: a policy with a range",
    "retention.plan_d": "how long data are kept: a policy with a range",
    "retention.record_d": "how long data are kept: a policy with a range",
    "retention.quarantine_d": "how long data are kept: a policy with a range",
    "retention.live_d": "how long data are kept: a policy with a range",
    "live.silent_min": "when an alarm is given",
}
"""What turns no verdict, and why."""


def _loosest_values() -> dict[str, Any]:
    values = profile_values()
    for key, floor in FLOORS.items():
        if isinstance(floor.statute, frozenset):
            codes = sorted(floor.statute)
            values[key] = [codes] if floor.tighter is Tighter.TOGETHER else codes
        elif isinstance(floor.statute, tuple):
            values[key] = list(floor.statute)
        elif floor.statute is not None:
            values[key] = floor.statute
        elif floor.tighter is Tighter.LOWER:
            values[key] = floor.most
        elif floor.tighter is Tighter.HIGHER:
            values[key] = floor.least
    values["questioning.alert_h"] = values["questioning.most_h"]  # it may not come after
    return values


@pytest.fixture(scope="module")
def loosest(tmp_path_factory: pytest.TempPathFactory) -> RuleProfile:
    path: Path = tmp_path_factory.mktemp("loosest") / "court.toml"
    lines = (f"{key} = {json.dumps(value)}\n" for key, value in _loosest_values().items())
    path.write_text("".join(lines), encoding="utf-8")
    return load_profile(path)


def test_each_parameter_is_looked_at() -> None:
    assert LAW.keys() | ELSEWHERE.keys() == FLOORS.keys()
    assert not LAW.keys() & ELSEWHERE.keys()


@pytest.mark.parametrize("key", sorted(LAW))
def test_the_loosest_value_says_what_the_law_says(key: str, loosest: RuleProfile) -> None:
    changes, rule, verdict = LAW[key]
    facts = {
        "case": CASE,
        "debtor": DEBTOR,
        "claim": CLAIM,
        "team": TEAM,
        "starts_at": WHEN,
        "summons": m.SUMMONS,
        "detention": m.DETENTION,
        "excess": 0.5,
        "costs": 0.0,
    }
    found = findings_of(tuple((facts | changes).values()), loosest)
    assert (rule, verdict) in {(one.rule, one.verdict) for one in found}
    plain = findings_of(tuple(facts.values()), loosest)
    assert (rule, verdict) not in {(one.rule, one.verdict) for one in plain}
