"""Who sees how much of a person: each role and each field."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from data.masks import EVERYTHING, SIGHTS, PersonField, Sight, Sights, masked
from data.model import Role
from data.rights import RIGHTS, Right
from routes.model import SecretText

VALUES = {
    PersonField.NAME: ("张某某", "张**"),
    PersonField.ID_NUMBER: ("35000019900101123X", "350***********123X"),
    PersonField.PHONE: ("13812345678", "138****5678"),
    PersonField.PLATE: ("闽C12345", "闽C***45"),
    PersonField.ADDRESS: ("石井村12号", "***"),
}
F, A, M, N = Sight.FULL, Sight.ASKED, Sight.MASKED, Sight.NONE
EXPECTED = {  # name, identity number, telephone, plate, address
    Role.OFFICER: (F, A, A, F, F),
    Role.COMMANDER: (F, A, A, F, F),
    Role.POLICE_LIAISON: (N, N, N, N, N),
    Role.GRID_LIAISON: (N, N, N, N, N),
    Role.AUDITOR: (M, M, M, M, N),
    Role.ADMIN: (N, N, N, N, N),
}


@pytest.mark.parametrize("role", list(Role))
@pytest.mark.parametrize("field", list(PersonField))
def test_each_role_sees_of_each_field_what_the_table_says(role: Role, field: PersonField) -> None:
    sight = EXPECTED[role][list(PersonField).index(field)]
    plain, mask = VALUES[field]
    shown = {F: plain, A: mask, M: mask, N: None}[sight]
    held = SIGHTS[role]
    assert Sights(held).seen(field, SecretText(plain)) == shown
    asked = Sights(held, frozenset({field})).seen(field, SecretText(plain))
    assert asked == (plain if sight is A else shown)
    unread = Sights(held).at_most_masked().seen(field, SecretText(plain))
    assert unread == (None if sight is N else mask)


def test_who_sees_in_full_has_the_right_to_read_persons() -> None:
    for role, sights in SIGHTS.items():
        assert (Sight.FULL in sights.values()) == (Right.PERSON_READ in RIGHTS[role])
        assert (Sight.ASKED in sights.values()) == (Right.PERSON_SHOW in RIGHTS[role])
        if Right.CASE_EXPORT in RIGHTS[role]:
            assert sights[PersonField.NAME] is Sight.FULL


@given(st.sampled_from(list(PersonField)), st.text("张李13579X甲乙", min_size=1, max_size=30))
def test_a_mask_hides_most_of_a_text(field: PersonField, text: str) -> None:
    mask = masked(field, text)
    left = mask.replace("*", "")
    assert len(left) <= 7
    assert len(left) < len(text)
    assert EVERYTHING.seen(field, SecretText(text)) == text


def test_what_is_not_there_has_no_mask() -> None:
    assert EVERYTHING.seen(PersonField.NAME, None) is None
    assert masked(PersonField.NAME, " ") == ""
