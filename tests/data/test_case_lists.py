"""Lists of cases by the database hold what a plain filter over all cases holds."""

from __future__ import annotations

from collections.abc import Mapping

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from data.case_lists import CaseFilter, CaseLines
from data.store import Store
from geo.model import Point, Precision
from routes.model import (
    Case,
    CaseId,
    CaseKind,
    CaseNumber,
    CaseStatus,
    ClaimId,
    DebtorId,
    Grade,
    Place,
    SecretText,
)
from tests.data import samples

_NUMBERS = st.builds(
    CaseNumber,
    st.integers(1000, 2100),
    st.sampled_from(["闽0504", "闽05", "京0101", "最高法"]),
    st.sampled_from(["执", "执恢", "执保"]),
    st.integers(0, 999_999),
    st.sampled_from(["", "一", "二", "十"]),
)


@given(st.lists(_NUMBERS))
def test_keys_sort_as_numbers_do(numbers: list[CaseNumber]) -> None:
    assert sorted(numbers, key=lambda one: one.sort_key) == sorted(numbers)
    assert len({one.sort_key for one in numbers}) == len(set(numbers))


_CODES = st.tuples(
    st.sampled_from(list(CaseKind)[:3]),
    st.sampled_from(list(CaseStatus)[:3]),
    st.sampled_from(list(Grade)),
)


@settings(
    max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None
)
@given(
    drawn=st.dictionaries(_NUMBERS, _CODES, min_size=1, max_size=12),
    wanted=st.tuples(*(st.booleans() for _ in range(3))),
    window=st.tuples(st.integers(0, 14), st.integers(1, 5)),
)
def test_a_page_is_a_part_of_the_plain_filter(
    store: Store,
    drawn: Mapping[CaseNumber, tuple[CaseKind, CaseStatus, Grade]],
    wanted: tuple[bool, bool, bool],
    window: tuple[int, int],
) -> None:
    store.put(
        cases_=[
            samples.case(
                id=CaseId(number.sort_key), number=number, kind=kind, status=status, grade=grade
            )
            for number, (kind, status, grade) in drawn.items()
        ]
    )
    codes = next(iter(drawn.values()))
    chosen = CaseFilter(*(code if asked else "" for code, asked in zip(codes, wanted, strict=True)))
    plain = [case for case in store.cases() if _fits(case, chosen)]
    first, count = window
    listed = store.case_lines(chosen, first=first, count=count)
    assert listed.total == len(plain)
    assert [line.number for line in listed.lines] == [
        c.number for c in plain[first : first + count]
    ]


def _fits(case: Case, chosen: CaseFilter) -> bool:
    return all(
        not code or getattr(case, name) == code
        for name, code in (
            ("kind", chosen.kind),
            ("status", chosen.status),
            ("grade", chosen.grade),
        )
    )


@pytest.mark.parametrize("confidences", [(0.4, 0.9), (0.9, 0.4), (0.5, 0.5), (None, 0.3)])
def test_the_surest_place_of_a_case_is_listed(
    store: Store, confidences: tuple[float | None, ...]
) -> None:
    case, debtor = samples.case(), samples.debtor()
    claims = [
        samples.claim(
            id=ClaimId(f"a{n}"),
            debtor_id=DebtorId(debtor.id),
            text=SecretText(f"示例路{n + 1}号"),
            place=None
            if sure is None
            else Place(Point(118.0 + n, 24.0), Precision.DOOR, sure, f"T{n}"),
        )
        for n, sure in enumerate(confidences)
    ]
    store.put(cases_=[case], debtors=[debtor], claims=claims)
    (point,) = store.case_points()
    known = [(sure, -n) for n, sure in enumerate(confidences) if sure is not None]
    sure, n = max(known)
    assert (point.claims, point.confidence, point.lon) == (2, sure, 118.0 - n)
    assert (point.number, point.township_code) == (str(case.number), f"T{-n}")
    (line,) = store.case_lines(CaseFilter(), first=0, count=5).lines
    assert (line.point, line.claim_yuan) == (point, case.claim_yuan)


def test_nothing_is_listed_of_an_empty_store(store: Store) -> None:
    assert store.case_lines(CaseFilter(), first=0, count=50) == CaseLines(0, ())
    assert store.case_points() == ()
