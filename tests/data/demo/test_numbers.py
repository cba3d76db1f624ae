"""Numbers of invented people: valid in form, assigned to nobody."""

from datetime import date

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from data.demo.people import credit_code, id_number, make_persons, phone
from data.demo.villagegroups import spoken_number


@given(
    st.dates(date(1940, 1, 1), date(2008, 1, 1)),
    st.integers(min_value=0, max_value=999),
)
def test_an_identity_number_has_the_check_digit_of_the_standard(born: date, serial: int) -> None:
    number = id_number(born, serial)
    value = 10 if number[-1] == "X" else int(number[-1])
    weighed = sum(int(c) * pow(2, 17 - i, 11) for i, c in enumerate(number[:17])) + value
    assert len(number) == 18
    assert number.startswith("350599")
    assert weighed % 11 == 1


@given(st.integers(min_value=1, max_value=9_999_999))
def test_a_credit_code_has_the_check_of_the_standard(serial: int) -> None:
    letters = "0123456789ABCDEFGHJKLMNPQRTUWXY"
    code = credit_code(serial)
    weighed = sum(letters.index(c) * pow(3, i, 31) for i, c in enumerate(code[:17]))
    assert len(code) == 18
    assert (weighed + letters.index(code[-1])) % 31 == 0


def test_sex_stands_in_the_identity_number() -> None:
    for person in make_persons(200, date(2026, 5, 6), np.random.default_rng(1)):
        assert (int(person.number[16]) % 2 == 0) == person.female


def test_telephones_lie_in_a_block_without_a_carrier() -> None:
    assert phone(np.random.default_rng(1)).startswith("1540000")


@pytest.mark.parametrize(
    ("number", "said"), [(3, "三"), (10, "十"), (11, "十一"), (20, "二十"), (35, "三十五")]
)
def test_group_numbers_are_said_in_chinese(number: int, said: str) -> None:
    assert spoken_number(number) == said
