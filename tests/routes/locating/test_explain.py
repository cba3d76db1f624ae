"""Explanations: the factors are exact, the sentences are complete and tell nothing private."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given, settings

from routes.locating import Located
from routes.model import ClaimSource, OutcomeKind, PlaceKind, VisitBand

from .samples import NOW, claim, debtors_evidence, lead, located, outcome

FACTOR = re.compile(r"×([0-9.e+-]+)）")


def factors(made: Located, claim_id: str) -> dict[str, float]:
    """Return the factor by the reason that stands before it."""
    text = str(made.claims[claim_id].evidence[0]).split("：", 1)[1]
    reasons = text.split("；")[0].split("、")
    return {r.split("（")[0].split("，")[0]: float(FACTOR.search(r)[1]) for r in reasons}


def odds(p: float) -> float:
    return p / (1.0 - p)


def test_sentence_as_people_read_it() -> None:
    lease = claim("A", source=ClaimSource.LEASE, age_d=200)
    register = claim("B", source=ClaimSource.HOUSEHOLD_REGISTER, age_d=15 * 365)
    made = located([lease, register], [outcome("O1", lease, OutcomeKind.LIVES_HERE_ABSENT)])
    told = [str(line) for line in made.claims["A"].explain("workday")]
    assert [line[:11] for line in told] == [
        *("06:00–08:00", "08:00–11:30", "11:30–14:00", "14:00–18:00", "18:00–21:00")
    ]
    assert re.fullmatch(
        r"06:00–08:00 在此处的概率 0\.\d\d：2026-05 的租赁备案（×\d\.\d）、"
        r"2011-11 的户籍（×0\.\d）、"
        r"2026-11-15 上午走访本处：在此居住未遇（×\d\.\d）；不在任何已知地址 0\.\d\d",
        told[0],
    )


def test_factors_of_outcomes_and_leads_are_odds_with_over_odds_without() -> None:
    first, second = claim("A"), claim("B", at=1, source=ClaimSource.UTILITY)
    visits = [
        outcome("O1", first, OutcomeKind.LIVES_HERE_ABSENT),
        outcome("O2", second, OutcomeKind.MOVED, age_d=20.0),
    ]
    tips = [lead("L1", first)]
    made = located([first, second], visits, tips)
    shown = factors(made, "A")
    p = made.claims["A"].p_place
    without = {
        "2026-11-15 上午走访本处：在此居住未遇": located([first, second], visits[1:], tips),
        "2026-11-05 上午走访另一地址：已搬走": located([first, second], visits[:1], tips),
        "线索": located([first, second], visits),
    }
    for reason, less in without.items():
        assert shown[reason] == pytest.approx(odds(p) / odds(less.claims["A"].p_place), rel=0.05)


def test_the_factor_of_a_claim_is_odds_with_over_odds_without() -> None:
    """Also where residence, day place and visits say more than the claim's own ratio."""
    home = claim("A", source=ClaimSource.UTILITY, age_d=60)
    work = replace(claim("B", source=ClaimSource.SOCIAL_INSURANCE, kind=PlaceKind.WORK, age_d=50))
    other = claim("C", at=1, source=ClaimSource.LEASE, age_d=300)
    late = claim("D", source=ClaimSource.LIAISON, age_d=2, text="另写")
    visits = [outcome("O1", home, OutcomeKind.MOVED, age_d=20.0)]
    claims = [home, work, other, late]
    made = located(claims, visits)
    p = made.claims["A"].p_place
    shown = factors(made, "A")
    words = {
        "A": "2026-09 的水电气账户",
        "B": "2026-10 的社保缴纳单位",
        "D": "2026-11 的网格联络员",
    }
    for name, reason in words.items():
        # a statement of no confidence says nothing, and its place stays known
        silent = [
            replace(c, place=replace(c.place, confidence=0.0)) if c.id == name else c
            for c in claims
        ]
        less = located(silent, visits).claims["A"].p_place
        assert shown[reason] == pytest.approx(odds(p) / odds(less), rel=0.05)
    assert len(shown) == 4


def test_copies_are_one_statement_with_one_factor() -> None:
    register = claim("A", confidence=1.0, age_d=0)
    vehicle = claim("B", source=ClaimSource.VEHICLE_REGISTER)
    made = located([register, vehicle])
    assert list(factors(made, "A").values()) == [2.2]
    assert any("不重复计算" in str(line) for line in made.claims["B"].evidence)
    assert not any("不重复计算" in str(line) for line in made.claims["A"].evidence)


def test_a_place_known_by_a_find_alone_says_so() -> None:
    gone = replace(claim("A"), expires_on=(NOW - timedelta(days=1)).date())
    summary, expired, *_ = map(
        str, located([gone], [outcome("O", gone, OutcomeKind.FOUND)]).claims["A"].evidence
    )
    assert "找到（×1000+）" in summary
    assert "到期" in expired


def test_what_presence_rests_on_is_told() -> None:
    shop = claim("A", kind=PlaceKind.BUSINESS)
    made = located([shop], leads=[lead("L", shop, band=VisitBand.EVENING)])
    lines = [str(line) for line in made.claims["A"].evidence]
    assert any("经营场所" in line for line in lines)
    assert any("傍晚" in line and "上调" in line for line in lines)
    assert "地址尚未定位" in [str(x) for x in located([claim("B", at=None)]).claims["B"].evidence]


def test_an_expired_claim_at_a_live_place_says_so() -> None:
    gone = replace(claim("A"), expires_on=(NOW - timedelta(days=1)).date())
    made = located([gone, claim("B", source=ClaimSource.UTILITY)])
    assert any("到期" in str(line) for line in made.claims["A"].evidence)
    assert "户籍" not in str(made.claims["A"].evidence[0])


@settings(deadline=None, max_examples=25)
@given(debtors_evidence())
def test_nothing_private_and_nothing_missing(evidence) -> None:
    claims, outcomes, leads = evidence
    made = located(claims, outcomes, leads)
    for each in claims:
        text = "".join(str(line) for line in made.claims[each.id].evidence)
        assert text
        for secret in ("甲", "乙", "示例地址", "118.", "24.9"):
            assert secret not in text
