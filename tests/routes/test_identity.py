"""Identity numbers looked at together."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from stdnum.cn import ric

from routes.errors import ValueRangeError
from routes.identity import identity_number, resident_numbers

_BODIES = st.builds(
    lambda region, year, month, day, serial: (
        f"{region:06d}{year:04d}{month:02d}{day:02d}{serial:03d}"
    ),
    st.integers(0, 999_999),
    st.sampled_from((0, 4, 1900, 1996, 2000, 2023, 9999)),
    st.integers(0, 13),
    st.sampled_from((0, 1, 28, 29, 30, 31, 32)),
    st.integers(0, 999),
)
_RIGHT = st.builds(lambda body: body + ric.calc_check_digit(body + "0"), _BODIES)
_OTHERS = st.builds(lambda body, sign: body + sign, _BODIES, st.sampled_from("0123456789Xx０ :/"))


def is_right(text: str) -> bool:
    try:
        return identity_number(text) == text
    except ValueRangeError:
        return False


@given(st.lists(_RIGHT | _OTHERS | st.text(max_size=20), max_size=30))
def test_numbers_are_looked_at_together_as_they_are_one_by_one(texts: list[str]) -> None:
    assert resident_numbers(texts) == frozenset(filter(is_right, texts))


def test_a_day_that_no_calendar_has_makes_no_number() -> None:
    bodies = [f"350599{day}001" for day in ("20240229", "20230229", "19000229", "20000431")]
    numbers = [body + ric.calc_check_digit(body + "0") for body in bodies]
    assert resident_numbers(numbers) == {numbers[0]}
