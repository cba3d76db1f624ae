"""Explanations: the factors are exact, the sentences are complete and tell nothing private."""

from __future__ import annotations

import itertools
import math
import re
from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import given, settings

from routes.locating import DayType, Located, PlannedVisit
from routes.model import AddressClaim, ClaimSource, OutcomeKind, PlaceKind, VisitBand
from web.catalogue import read_catalogue

from .samples import NOW, claim, debtors_evidence, lead, located, outcome

ENGLISH = read_catalogue()
FACTOR = re.compile(r"×([0-9.e+-]+)）")
START = re.compile(r"起始比 ([0-9.e+-]+)")


def factors(made: Located, claim_id: str) -> dict[str, float]:
    """Return the factor by the reason that stands before it."""
    text = str(made.claims[claim_id].evidence[0]).split("：", 1)[1]
    reasons = text.split("，合比")[0].split("、")[1:]
    return {r.split("（")[0].split("，")[0]: float(FACTOR.search(r)[1]) for r in reasons}


def odds(p: float) -> float:
    return p / (1.0 - p)


def multiplied(line: str) -> tuple[float, float, float]:
    """Return the product of what a line shows, the odds and the probability that it states."""
    reasons, rest = line.split("，合比 ")
    product = float(START.search(reasons)[1]) * math.prod(map(float, FACTOR.findall(reasons)))
    return (
        product,
        float(re.match("[0-9.e+-]+", rest)[0]),
        float(re.search("概率 ([0-9.]+)", line)[1]),
    )


def silent(claims: list[AddressClaim], *names: str) -> list[AddressClaim]:
    """Return the claims, some of no confidence: they say nothing, and their place stays known."""
    return [
        replace(c, place=replace(c.place, confidence=0.0)) if c.id in names else c for c in claims
    ]


def test_sentence_as_people_read_it() -> None:
    lease = claim("A", source=ClaimSource.LEASE, age_d=200)
    register = claim("B", source=ClaimSource.HOUSEHOLD_REGISTER, age_d=15 * 365)
    other = claim("C", at=1, source=ClaimSource.UTILITY)
    made = located([lease, register, other], [outcome("O1", lease, OutcomeKind.LIVES_HERE_ABSENT)])
    told = [str(line) for line in made.claims["A"].explain("workday")]
    assert [line[:11] for line in told] == [
        *("06:00–08:00", "08:00–11:30", "11:30–14:00", "14:00–18:00", "18:00–21:00")
    ]
    assert re.fullmatch(
        r"06:00–08:00 在此处的概率 0\.\d\d：起始比 0\.\d+、2026-05 的租赁备案（×\d\.\d\d）、"
        r"2011-11 的户籍（×0\.\d+）、另一地址的陈述：2026-08 的水电气账户（×0\.\d+）、"
        r"2026-11-15 上午走访本处：在此居住未遇（×\d\.\d\d），合比 \d\.\d+，"
        r"即此处属实的概率 0\.\d+；此时段在场（×0\.\d+）；不在任何已知地址 0\.\d\d",
        told[0],
    )


@settings(deadline=None, max_examples=60)
@given(debtors_evidence())
def test_the_numbers_of_a_sentence_multiply_out_to_what_it_states(evidence) -> None:
    claims, outcomes, leads = evidence
    made = located(claims, outcomes, leads)
    for each in claims:
        estimate = made.claims[each.id]
        lines = estimate.explain("workday")
        if not lines:
            continue
        product, stated, p = multiplied(str(estimate.evidence[0]))
        assert product == pytest.approx(stated, rel=0.011)
        assert product / (1.0 + product) == pytest.approx(estimate.p_place, abs=0.002)
        assert p == pytest.approx(estimate.p_place, abs=0.00501)
        for band, line in zip(VisitBand, map(str, lines), strict=True):
            place = float(re.search("属实的概率 ([0-9.e+-]+)", line)[1])
            there = float(re.search("在场（×([0-9.e+-]+)）", line)[1])
            assert multiplied(line)[0] == product
            assert place == pytest.approx(product / (1.0 + product), abs=0.003)
            assert place * there == pytest.approx(multiplied(line)[2], abs=0.008)
            exact = estimate.presence[band, DayType.WORKDAY]
            assert place * there == pytest.approx(exact, abs=0.003)


def test_factors_follow_one_another_statements_first_then_visits() -> None:
    first, second = claim("A"), claim("B", at=1, source=ClaimSource.UTILITY, text="另一示例")
    visits = [
        outcome("O2", second, OutcomeKind.MOVED, age_d=20.0),
        outcome("O1", first, OutcomeKind.LIVES_HERE_ABSENT),
    ]
    tips = [lead("L1", first)]
    claims = [first, second]
    stages = {
        "start": located(silent(claims, "A", "B")),
        "2026-08 的户籍": located(silent(claims, "B")),
        "线索": located(silent(claims, "B"), leads=tips),
        "另一地址的陈述：2026-08 的水电气账户": located(claims, leads=tips),
        "2026-11-05 上午走访另一地址：已搬走": located(claims, visits[:1], tips),
        "2026-11-15 上午走访本处：在此居住未遇": located(claims, visits, tips),
    }
    made = located(claims, visits, tips)
    shown = factors(made, "A")
    assert list(shown) == list(stages)[1:]
    ratios = [odds(stage.claims["A"].p_place) for stage in stages.values()]
    for (reason, factor), (less, more) in zip(
        shown.items(), itertools.pairwise(ratios), strict=True
    ):
        assert factor == pytest.approx(more / less, rel=0.02), reason


def test_many_reasons_stand_together_and_still_multiply() -> None:
    claims = [claim(f"A{n}", at=n % 20, source=ClaimSource.UTILITY, age_d=n) for n in range(40)]
    visits = [
        outcome(f"O{n}", claims[0], OutcomeKind.LIVES_HERE_ABSENT, age_d=7.0 * n + 1)
        for n in range(30)
    ]
    made = located(claims, visits)
    summary = str(made.claims["A0"].evidence[0])
    assert "其他地址的 19 条陈述和线索（×" in summary
    assert "影响较小的其余 " in summary
    product, stated, _ = multiplied(summary)
    assert product == pytest.approx(stated, rel=0.011)
    assert summary.count("×") <= 13


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
    assert "找到（×" in summary
    assert multiplied(summary)[1] > 1.0
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


@settings(deadline=None, max_examples=15)
@given(debtors_evidence())
def test_english_lines_have_no_chinese_marks(evidence) -> None:
    made = located(*evidence)

    def say(text: str) -> str:
        told = ENGLISH.get(text)
        assert told is None or told.string
        return text if told is None else str(told.string)

    for each in evidence[0]:
        estimate = made.claims[each.id]
        visits = estimate.explain_visits(NOW.date())
        for line in (*estimate.evidence, *estimate.explain("workday"), *visits):
            told = line.render(say)
            assert not re.search("[\u3000-\u303f\uff00-\uffef]", told)
            assert not re.search("[一-龥]", told.replace("甲", "").replace("乙", ""))


@settings(deadline=None, max_examples=15)
@given(debtors_evidence())
def test_the_factors_of_a_visit_multiply_out_to_what_the_model_gives(evidence) -> None:
    made = located(*evidence)
    for day in (NOW.date(), NOW.date() + timedelta(days=4), date(2026, 10, 1)):
        for claim_id, estimate in made.claims.items():
            lines = estimate.explain_visits(day)
            for band, line in zip(VisitBand, map(str, lines), strict=False):
                p = made.p_found_any([PlannedVisit(claim_id, day, band)])
                low, high = made.interval_of([[PlannedVisit(claim_id, day, band)]])[0]
                assert f"概率 {p:.2f}（{low:.2f}–{high:.2f}）" in line
                place = float(re.search("属实的概率 ([0-9.e+-]+)", line)[1])
                product = place * math.prod(map(float, FACTOR.findall(line)))
                assert product == pytest.approx(p, rel=0.006, abs=1e-9)


def test_a_try_of_this_morning_shows_in_the_factor_of_the_week() -> None:
    only = claim("A", source=ClaimSource.UTILITY)
    tried = located([only], [outcome("O", only, OutcomeKind.LIVES_HERE_ABSENT, age_d=0.05)])
    untried = located([only])

    def week(made: Located, day: date) -> float:
        (line,) = made.claims["A"].explain_visits(day, [VisitBand.MORNING])
        return float(re.search("当周已有的走访（×([0-9.]+)）", str(line))[1])

    today = NOW.date()
    assert week(tried, today) < 0.5 < week(tried, today + timedelta(days=1)) < 1.0
    assert week(tried, today + timedelta(days=7)) == pytest.approx(1.0, abs=0.01)
    assert week(untried, today) == pytest.approx(1.0, abs=0.01)
    kinds = [
        str(untried.claims["A"].explain_visits(day, [VisitBand.DAWN])[0]).split("）")[0]
        for day in (today, today + timedelta(days=4), date(2026, 10, 1))
    ]
    assert kinds == ["2026-11-25（工作日", "2026-11-29（休息日", "2026-10-01（节假日"]
