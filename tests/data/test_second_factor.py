from __future__ import annotations

from datetime import timedelta

import pyotp
import pytest

from data.errors import StoreError
from data.model import Account, Role
from data.store import Store
from tests.fakes import StandingClock

PASSWORD = "correct horse"


@pytest.fixture
def officer(store: Store) -> Account:
    return store.accounts.create("officer", PASSWORD, Role.OFFICER, "示例")


def _on(store: Store, officer: Account, clock: StandingClock) -> tuple[str, tuple[str, ...]]:
    secret = store.second_factor.new_secret()
    code = pyotp.TOTP(secret).at(clock())
    return secret, store.second_factor.turn_on(officer.id, secret, code)


def test_the_codes_are_those_of_the_standard(store: Store, officer: Account) -> None:
    """RFC 6238, appendix B: the SHA-1 secret at 1111111109 s gives 07081804, here six digits."""
    secret = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"
    assert pyotp.TOTP(secret).at(1111111109) == "081804"
    assert "secret=GEZDGNBV" in store.second_factor.address(
        secret, username=officer.username, issuer="Fieldwrit"
    )


def test_a_code_is_good_once_and_for_a_minute(
    store: Store, officer: Account, clock: StandingClock
) -> None:
    secret, _ = _on(store, officer, clock)
    totp = pyotp.TOTP(secret)
    assert store.second_factor.is_on(officer.id)
    assert not store.second_factor.accepts(officer.id, totp.at(clock()))  # it turned it on
    clock.now += timedelta(seconds=30)
    early, code = totp.at(clock() - timedelta(seconds=90)), totp.at(clock())
    assert not store.second_factor.accepts(officer.id, early)
    for typed in ("", "汉字", "１２３４５６"):
        assert not store.second_factor.accepts(officer.id, typed)
    assert store.second_factor.accepts(officer.id, f"{code[:3]} {code[3:]}")
    assert not store.second_factor.accepts(officer.id, code)
    clock.now += timedelta(seconds=60)
    slow = totp.at(clock() - timedelta(seconds=30))
    wide = "".join(chr(ord(each) + 0xFEE0) for each in slow)  # as a Chinese keyboard may write
    assert store.second_factor.accepts(officer.id, wide)


def test_a_code_on_paper_is_good_once(store: Store, officer: Account, clock: StandingClock) -> None:
    _, codes = _on(store, officer, clock)
    assert len(set(codes)) == 8
    first = codes[0]
    written = f"{first[:4]}-{first[4:8]}-{first[8:]}".upper()
    assert store.second_factor.accepts(officer.id, written)
    assert not store.second_factor.accepts(officer.id, written)
    assert store.second_factor.accepts(officer.id, codes[1])
    other = store.accounts.create("other", PASSWORD, Role.OFFICER, "示例")
    assert not store.second_factor.accepts(other.id, codes[2])


def test_it_is_turned_on_by_a_right_code_only(store: Store, officer: Account) -> None:
    with pytest.raises(StoreError, match="验证码"):
        store.second_factor.turn_on(officer.id, store.second_factor.new_secret(), "000000x")
    assert not store.second_factor.is_on(officer.id)


def test_turned_off_nothing_is_left_of_it(
    store: Store, officer: Account, clock: StandingClock
) -> None:
    _, codes = _on(store, officer, clock)
    store.second_factor.turn_off(officer.id, by="u-admin")
    assert not store.second_factor.is_on(officer.id)
    assert not store.second_factor.accepts(officer.id, codes[0])
    acts = [entry.act for entry in store.audit.entries()]
    assert acts[:2] == ["second_factor.off", "second_factor.on"]
